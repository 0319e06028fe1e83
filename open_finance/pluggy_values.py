"""Single values of Pluggy's JSON, read leniently: what is missing, odd or absurd is None. Pure.

Numbers are ``Decimal`` or ``int`` as the client parses them. Sources: ``reference`` sections 1.1 and 6.7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from validate_docbr import CPF

from open_finance.clock import bank_day
from open_finance.money import round_to_centavo

Raw = Mapping[str, Any]
_NOTHING: Raw = {}

TEXT_LIMIT = 500
#: Well within 64-bit centavos: a larger figure is a broken row, not a fortune.
AMOUNT_LIMIT = Decimal(10) ** 13
FINE = Decimal("0.0001")
INTEGER_LIMIT = 2**31
#: Sentinels such as ``0001-01`` mean "unknown", and the zone arithmetic of year 1 overflows.
YEARS = range(1900, 2200)

#: PostgreSQL stores neither NUL nor half a surrogate pair; everything else stays as sent.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CPF = re.compile(r"(?<!\d)(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11})(?!\d)", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def mapping(value: Any) -> Raw:
    """A nested object; empty where there is none."""
    if value is None:  # most of them are, and what an abstract class is takes its time to tell
        return _NOTHING
    return value if isinstance(value, dict | Mapping) else _NOTHING


def items(value: Any) -> list[Any]:
    """The elements of a list; none where there is no list."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """Text as sent, cut to 500 characters; a number becomes its digits; empty, missing and anything else is None."""
    if isinstance(value, str):
        if value.isascii() and "\x00" not in value:  # nearly all of them
            return value[:TEXT_LIMIT] or None
        return storable(value)[:TEXT_LIMIT] or None
    if value is None:
        return None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def text_without_cpf(value: Any) -> str | None:
    """As ``text``, with every complete CPF in it masked: banks write those of payer and receiver into descriptions.

    Eleven bare digits count as one when their check digits do; other numbers (of a document, of a boleto) stay.
    """
    sent = text(value)
    return None if sent is None else _CPF.sub(_masked_cpf, sent)


def _masked_cpf(found: re.Match[str]) -> str:
    written = found.group()
    digits = re.sub(r"\D", "", written)
    if written == digits and not CPF().validate(digits):
        return written
    return f"***.{digits[3:6]}.{digits[6:9]}-**"


def decimal(value: Any) -> Decimal | None:
    """The exact number; a float, should one come, through its shortest decimal form. Never NaN, infinite or absurd."""
    if value is None or isinstance(value, bool) or not isinstance(value, (Decimal, int, float, str)):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    # copy_abs: abs() would round, and an absurd exponent overflow.
    return number if number.is_finite() and number.copy_abs() < AMOUNT_LIMIT else None


def money(value: Any) -> Decimal | None:
    """Half-up to the centavo, here and nowhere later."""
    number = decimal(value)
    return None if number is None else round_to_centavo(number)


def fine_money(value: Any) -> Decimal | None:
    """Half-up to four places, which is as fine as bills come."""
    number = decimal(value)
    return None if number is None else number.quantize(FINE, rounding=ROUND_HALF_UP)


def integer(value: Any) -> int | None:
    """A whole number that fits a database integer, also from text or a decimal (``payeeMCC`` comes as either)."""
    if value is None or type(value) is int:  # nearly all of them
        return value if value is not None and abs(value) < INTEGER_LIMIT else None
    number = decimal(value)
    if number is None or number != number.to_integral_value() or abs(number) >= INTEGER_LIMIT:
        return None
    return int(number)


def storable(content: str) -> str:
    """Text without what databases refuse."""
    return _UNSTORABLE.sub("", content)


@lru_cache(maxsize=2048)
def _parsed(value: str) -> datetime | date | None:
    """A UTC instant, or a plain date where no time was sent. A time without a zone is UTC. None for sentinels.

    Many rows share a day, and the instant in which Pluggy took them in."""
    try:
        parsed = date.fromisoformat(value) if len(value) == len("2026-11-23") else datetime.fromisoformat(value)
    except ValueError:
        return None
    if parsed.year not in YEARS:
        return None
    if not isinstance(parsed, datetime):
        return parsed
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def parse_instant(value: Any) -> datetime | None:
    """An aware UTC instant; a plain date is its midnight."""
    parsed = _parsed(value) if isinstance(value, str) else None
    if isinstance(parsed, datetime):
        return parsed
    return None if parsed is None else datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC)


def parse_day(value: Any) -> date | None:
    """The calendar day of a date or an instant, by ``clock.bank_day``."""
    parsed = _parsed(value) if isinstance(value, str) else None
    return bank_day(parsed) if isinstance(parsed, datetime) else parsed


def plain_day(value: Any) -> date | None:
    """The calendar day that was written, in UTC, whatever its hour: of a date that somebody made an instant of."""
    instant = parse_instant(value)
    return None if instant is None else instant.date()


def month(value: Any) -> str | None:
    """``YYYY-MM``; the sentinel ``0001-01`` and anything else are None."""
    match = _MONTH.match(text(value) or "")
    return match.group() if match and int(match[1]) in YEARS else None
