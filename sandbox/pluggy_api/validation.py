"""Checks on what callers send: identifiers, dates, credentials, documents, addresses. Pure; every refusal is an ApiError."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sandbox.pluggy_api.errors import ApiError, invalid
from sandbox.pluggy_api.options import Options

Json = dict[str, Any]

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.IGNORECASE)
DEEP_LINK = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://.")
REDIRECT_MESSAGE = "oauthRedirectUri must be a valid HTTPS URL (not localhost) or a valid deep link"
PRODUCTS = (
    "ACCOUNTS",
    "CREDIT_CARDS",
    "TRANSACTIONS",
    "PAYMENT_DATA",
    "INVESTMENTS",
    "INVESTMENTS_TRANSACTIONS",
    "IDENTITY",
    "BROKERAGE_NOTE",
    "MOVE_SECURITY",
    "LOANS",
    "ACCOUNT_STATEMENTS",
)


def is_uuid(value: str) -> bool:
    return UUID.match(value) is not None


def require_uuid(value: str | None, name: str) -> str:
    """``value`` in lower case. 400 in the validator's words when it is missing or malformed."""
    if value is None:
        raise invalid(f"{name} should not be null or undefined", f"{name} must be a UUID")
    if not is_uuid(value):
        raise invalid(f"{name} must be a UUID")
    return value.lower()


def refuse_unknown(query: Iterable[str], allowed: Iterable[str]) -> None:
    """The allow-list of ``/v2``: any other parameter is a 400."""
    unknown = [f"property {name} should not exist" for name in query if name not in set(allowed)]
    if unknown:
        raise invalid(*unknown)


def read_boolean(query: Mapping[str, str], name: str) -> bool | None:
    """``true`` or ``false``, lower case only (reference 1.1); None when absent."""
    value = query.get(name)
    if value is None:
        return None
    if value not in ("true", "false"):
        raise invalid(f"{name} must be a boolean value")
    return value == "true"


def read_list(query: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in query.get(name, "").split(",") if part.strip()]


def read_day(query: Mapping[str, str], name: str) -> date | None:
    """``yyyy-mm-dd``; a full timestamp is taken by its day, as the OpenAPI document calls these ``date-time``."""
    value = query.get(name)
    if value is None:
        return None
    moment = parse_moment(value)
    if moment is None:
        raise invalid(f"{name} must be a valid ISO 8601 date string")
    return moment.date()


def read_moment(query: Mapping[str, str], name: str) -> datetime | None:
    value = query.get(name)
    if value is None:
        return None
    moment = parse_moment(value)
    if moment is None:
        raise invalid(f"{name} must be a valid ISO 8601 date string")
    return moment


def parse_moment(value: str) -> datetime | None:
    """An aware UTC instant from ISO 8601 text (a date alone is its midnight); None when it is not one.

    A ``+`` that a query string turned into a space is understood.
    """
    if not re.match(r"^\d{4}-\d{2}-\d{2}(T|t| |$)", value):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r" (\d{2}:?\d{2})$", r"+\1", value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def credential_errors(credentials: Iterable[Json], parameters: Mapping[str, Any]) -> list[Json]:
    """Detail objects (reference 1.3): "001" missing, "002" against the rule. Nothing is asked of the bank."""
    errors = []
    for field in credentials:
        name, value = field["name"], parameters.get(field["name"])
        if value is None or value == "":
            if not field["optional"]:
                errors.append({"code": "001", "message": f"{name} parameter is required", "parameter": name})
        elif not fits(field, value):
            message = field.get("validationMessage") or f"{name} parameter is not valid"
            errors.append({"code": "002", "message": message, "parameter": name})
    return errors


def fits(field: Json, value: object) -> bool:
    """Does one value match the credential's pattern and, for a ``select``, its options? Only strings are values."""
    if not isinstance(value, str):
        return False
    if options := field.get("options"):
        return value in {option["value"] for option in options}
    pattern = field.get("validation")
    return pattern is None or re.match(pattern, value) is not None


def digits(value: str) -> str:
    """Upper case, without the punctuation of a document's mask."""
    return re.sub(r"[^0-9A-Z]", "", value.upper())


def is_cpf(value: str) -> bool:
    """Eleven digits, not all equal, with the two check digits of the Receita Federal."""
    numbers = [int(char) for char in digits(value) if char.isdigit()]
    if len(numbers) != 11 or len(set(numbers)) == 1:
        return False
    for length in (9, 10):
        total = sum(number * weight for number, weight in zip(numbers, range(length + 1, 1, -1), strict=False))
        if numbers[length] != total * 10 % 11 % 10:
            return False
    return True


def is_cnpj(value: str) -> bool:
    """Fourteen characters, letters allowed in the first twelve (2026), with the two check digits."""
    text = digits(value)
    if not re.match(r"^[0-9A-Z]{12}\d{2}$", text) or len(set(text)) == 1:
        return False
    for length in (12, 13):
        weights = [2 + (length - 1 - index) % 8 for index in range(length)]
        remainder = sum((ord(char) - 48) * weight for char, weight in zip(text, weights, strict=False)) % 11
        if int(text[length]) != (0 if remainder < 2 else 11 - remainder):
            return False
    return True


def split(url: str) -> SplitResult | None:
    """Its parts; None for what is no address at all."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_permitted_loopback(parts: SplitResult | None, options: Options) -> bool:
    """An address of this machine, where the server was told that they will do."""
    return (
        options.allow_loopback
        and parts is not None
        and parts.scheme in ("http", "https")
        and is_own_machine(parts.hostname or "")
    )


def check_redirect(uri: str | None, options: Options) -> None:
    """HTTPS and not this machine, or an application's deep link (reference 9.5)."""
    if uri is None:
        return
    parts = split(uri)
    if is_permitted_loopback(parts, options):
        return
    deep_link = parts is not None and DEEP_LINK.match(uri) is not None and parts.scheme not in ("http", "https")
    if deep_link:
        return
    if parts is None or parts.scheme != "https" or not parts.hostname or is_own_machine(parts.hostname):
        raise ApiError(400, REDIRECT_MESSAGE)


def check_webhook(url: str | None, options: Options) -> None:
    """The messages of reference 9.1. Names are not looked up: ``options.hosts`` says where they lead."""
    if url is None:
        return
    parts = split(url)
    if is_permitted_loopback(parts, options):
        return
    host = parts.hostname if parts is not None else None
    if parts is None or not host or parts.scheme not in ("http", "https") or "localhost" in url:
        raise ApiError(400, "Webhook url must be valid URL address and not localhost")
    if is_address(host):
        raise ApiError(400, "Webhook url host can't be an IP address")
    if parts.scheme != "https":
        raise ApiError(400, "Webhook url must be a https secured url")
    if host.endswith((".local", ".internal")):
        raise ApiError(400, "Webhook url host can't be localhost or a reserved/internal name")
    check_resolution(host, options.hosts)


def check_resolution(host: str, hosts: Mapping[str, str | None]) -> None:
    if host.endswith(".invalid") or (host in hosts and hosts[host] is None):
        raise ApiError(400, "Webhook url host could not be resolved")
    address = hosts.get(host)
    if address is not None and not ipaddress.ip_address(address).is_global:
        message = "Webhook url can't resolve to a private, loopback, link-local or reserved address"
        raise ApiError(400, message)


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_own_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return is_address(host) and ipaddress.ip_address(host).is_loopback


def check_products(products: Any) -> list[str] | None:
    if products is None:
        return None
    if not isinstance(products, list) or any(product not in PRODUCTS for product in products):
        raise invalid(f"each value in products must be one of the following values: {', '.join(PRODUCTS)}")
    return list(products)


def check_text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"{name} must be a string")
    return value


def check_boolean(body: Mapping[str, Any], name: str) -> None:
    if not isinstance(body.get(name), bool | None):
        raise invalid(f"{name} must be a boolean value")
