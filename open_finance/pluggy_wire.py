"""The decisions of Pluggy's protocol, apart from the network: what an answer means, whether to ask again, what comes next.

Pure functions and tables. Sources: ``reference`` sections 1.1–1.4, 3.6–3.8, 6.1 and 11.1, and the retry table of
``docs/architecture.md``.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from enum import Enum, StrEnum
from typing import Any, NoReturn
from urllib.parse import unquote

import msgspec

from open_finance.errors import (
    PluggyAuthError,
    PluggyError,
    PluggyNotFoundError,
    PluggyQuotaError,
    PluggyRateLimitError,
    PluggyRequestError,
    PluggyServerError,
)
from open_finance.pluggy_values import parse_day, parse_instant

MAX_RETRIES = 3
MAX_WAIT = 90.0
LONGEST_LATER = 86_400.0
KEY_LIFETIME = timedelta(minutes=110)
KEY_LIFETIME_LIMIT = timedelta(hours=2)
KEY_MARGIN = timedelta(minutes=5)

WRONG_KEYS = "Client ID ou Client Secret inválidos"
DISABLED_CLIENT = "A aplicação está desativada na Pluggy"

#: The filters of ``/v2/transactions`` that one tenant's server was seen to refuse.
DATE_FILTERS = frozenset({"dateFrom", "dateTo", "createdAtFrom"})


class Call(StrEnum):
    """The kinds of request that differ in what may be repeated."""

    GET = "get"
    DELETE = "delete"
    AUTH = "auth"
    REPEATABLE_POST = "repeatable_post"  # connect token, webhooks, validation of credentials
    UPDATE_WEBHOOK = "update_webhook"
    DELETE_WEBHOOK = "delete_webhook"
    CREATE_ITEM = "create_item"
    UPDATE_ITEM = "update_item"
    ANSWER_MFA = "answer_mfa"


class Outcome(StrEnum):
    """The ways a request can fail."""

    NOT_SENT = "not_sent"  # no connection was made
    LOST = "lost"  # sent, or maybe sent, and never answered
    KEY_REFUSED = "key_refused"  # a 401 or 403 without a code
    NOT_FOUND = "not_found"  # a 404 that may be a gateway's
    ITEM_GONE = "item_gone"  # Pluggy's own 404 for an item
    RATE_LIMITED = "rate_limited"  # a 429 without a code: Pluggy's own limit a minute
    QUOTA = "quota"  # a 429 with a code: the bank's limit a month
    SERVER_FAILED = "server_failed"  # 5xx, or an answer that is not Pluggy's JSON
    REFUSED = "refused"  # every other 4xx, and a 401 or 403 with a code


class Next(Enum):
    """What to do about a failure."""

    RAISE = "raise"
    REPEAT = "repeat"  # after a short, growing, jittered pause
    WAIT = "wait"  # as long as Pluggy says, then repeat
    RENEW_KEY = "renew_key"  # then repeat
    READ_ITEM = "read_item"  # never repeat: the item tells what became of the request
    ALREADY_DONE = "already_done"  # what was to be deleted does not exist


_HARMLESS = {
    Outcome.NOT_SENT: Next.REPEAT,
    Outcome.LOST: Next.REPEAT,
    Outcome.KEY_REFUSED: Next.RENEW_KEY,
    Outcome.RATE_LIMITED: Next.WAIT,
    Outcome.SERVER_FAILED: Next.REPEAT,
}
#: What each call does about each outcome; what is not named is raised.
_POLICY: dict[Call, dict[Outcome, Next]] = {
    Call.GET: _HARMLESS,
    Call.DELETE: _HARMLESS | {Outcome.NOT_FOUND: Next.READ_ITEM, Outcome.ITEM_GONE: Next.ALREADY_DONE},
    Call.AUTH: _HARMLESS | {Outcome.KEY_REFUSED: Next.RAISE},
    Call.REPEATABLE_POST: _HARMLESS,
    Call.UPDATE_WEBHOOK: _HARMLESS,
    Call.DELETE_WEBHOOK: _HARMLESS | {Outcome.NOT_FOUND: Next.ALREADY_DONE},
    # Twice would be two items that share and exhaust the bank's monthly quota.
    Call.CREATE_ITEM: {
        Outcome.NOT_SENT: Next.REPEAT,
        Outcome.KEY_REFUSED: Next.RENEW_KEY,
        Outcome.RATE_LIMITED: Next.WAIT,
    },
    # Twice could trip the bank's lock on failed logins.
    Call.UPDATE_ITEM: {
        Outcome.LOST: Next.READ_ITEM,
        Outcome.KEY_REFUSED: Next.RENEW_KEY,
        Outcome.SERVER_FAILED: Next.READ_ITEM,
    },
    # Codes are single-use. Reading the item renews the key where that was the trouble.
    Call.ANSWER_MFA: {
        Outcome.LOST: Next.READ_ITEM,
        Outcome.KEY_REFUSED: Next.READ_ITEM,
        Outcome.SERVER_FAILED: Next.READ_ITEM,
    },
}


def should_retry(
    call: Call, outcome: Outcome, *, retries: int = 0, key_renewed: bool = False, may_wait: bool = True
) -> Next:
    """What to do after ``outcome`` of ``call``, the whole policy in one place.

    ``retries``: how often this request was repeated already, renewals of the key apart. ``key_renewed``: whether it was
    repeated with a new key; that helps once or never. ``may_wait``: False inside a person's command.
    """
    step = _POLICY[call].get(outcome, Next.RAISE)
    if step is Next.RENEW_KEY:
        return Next.RAISE if key_renewed else step
    if step is Next.WAIT:
        limit = 1 if call is Call.CREATE_ITEM else MAX_RETRIES
        return step if may_wait and retries < limit else Next.RAISE
    if step is Next.REPEAT and retries >= MAX_RETRIES:
        return Next.RAISE
    return step


def outcome_of(
    status: int, body: Any, *, is_list_allowed: bool = False, is_empty_allowed: bool = False
) -> Outcome | None:
    """How an answer failed; None for a success of the right shape.

    ``body``: the parsed JSON, None when empty, text when it was not JSON. A 404 that is not Pluggy's JSON comes from a proxy
    or a wrong address: believing it would mark a living item as gone.
    """
    code = _code(body)
    if 200 <= status < 300:
        is_right = isinstance(body, dict) or (is_list_allowed and isinstance(body, list))
        return None if is_right or (is_empty_allowed and status == 204) else Outcome.SERVER_FAILED
    told = str(body.get("message")).casefold() if isinstance(body, dict) and code is None else ""
    if status == 404 and (code == "ITEM_NOT_FOUND" or told == "item not found"):
        return Outcome.ITEM_GONE
    if status == 404:
        return Outcome.NOT_FOUND if body is None or isinstance(body, dict) else Outcome.SERVER_FAILED
    if status == 429:
        return Outcome.QUOTA if code else Outcome.RATE_LIMITED
    if status in {401, 403} and not code:
        return Outcome.KEY_REFUSED
    return Outcome.REFUSED if 400 <= status < 500 else Outcome.SERVER_FAILED


def error_for(
    status: int,
    body: Any,
    headers: Mapping[str, str],
    *,
    call: Call = Call.GET,
    request: str = "Pluggy",
    sent: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> PluggyError:
    """The error a failed answer stands for. ``body`` as in ``outcome_of``.

    ``request`` names the call in the message (``GET /items/{item_id}``). ``sent``: the values the request carried; nothing
    that repeats one of them is kept in ``details`` or ``data``. ``data["items"]`` holds the ids of ITEM_USER_ALREADY_EXISTS
    wherever Pluggy sends them. ``now`` turns a ``Retry-After`` date into seconds.
    """
    answer = body if isinstance(body, dict) else {}
    values = [value for value in (sent or {}).values() if value]
    code = _code(body) if _code(body) not in values else None
    error_id = answer.get("errorId")
    fields: dict[str, Any] = {
        "status_code": status,
        "code": code,
        "details": _details(answer, sent or {}, values),
        "data": _data(answer, values),
        "error_id": error_id if isinstance(error_id, str) and _UUID.fullmatch(error_id) else None,
    }
    message = f"{request} answered {status}" + (f" {code}" if code else "")
    outcome = outcome_of(status, body)
    if outcome is Outcome.SERVER_FAILED or outcome is None:
        return PluggyServerError(message if status >= 500 else f"{message} without Pluggy's JSON", **fields)
    if outcome is Outcome.RATE_LIMITED:
        return PluggyRateLimitError(message, retry_after=retry_after(headers, now), **fields)
    if outcome is Outcome.QUOTA or code == "ITEM_CREATION_LIMIT_EXCEEDED":
        return PluggyQuotaError(message, **fields)
    if outcome in {Outcome.NOT_FOUND, Outcome.ITEM_GONE}:
        return PluggyNotFoundError(message, **fields)
    if call is Call.AUTH or outcome is Outcome.KEY_REFUSED or status == 401:
        return _auth_error(call, message, fields)
    return PluggyRequestError(message, **fields)


def _auth_error(call: Call, message: str, fields: dict[str, Any]) -> PluggyAuthError:
    """A refusal of ``POST /auth`` says what is wrong with the keys, to operators and people alike."""
    if fields["code"] == "CLIENT_DISABLED":
        sentence = DISABLED_CLIENT
    elif call is Call.AUTH or fields["code"] == "CLIENT_KEYS_UNAUTHORIZED":
        sentence = WRONG_KEYS
    else:
        return PluggyAuthError(message, **fields)
    told = f"{sentence}. Avise quem administra o bot."
    return PluggyAuthError(f"{sentence} ({message})", user_message=told, **fields)


def refused_filters(error: PluggyError) -> frozenset[str]:
    """The date filters this tenant's ``/v2/transactions`` does not know (``property dateFrom should not exist``)."""
    return DATE_FILTERS & frozenset(error.data.get("refused", ()))


def keeps_row(row: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Whether a transaction passes date filters that the server would not apply. An unreadable date passes: the reader
    of rows is the one to count it."""
    day, created_at = parse_day(row.get("date")), parse_instant(row.get("createdAt"))
    return (
        ("dateFrom" not in filters or day is None or day >= filters["dateFrom"])
        and ("dateTo" not in filters or day is None or day <= filters["dateTo"])
        and ("createdAtFrom" not in filters or created_at is None or created_at >= filters["createdAtFrom"])
    )


def next_cursor(following: Any) -> str | None:
    """The ``after`` of a cursor envelope's ``next``, relative or absolute; None on the last page.

    A ``+`` in the cursor is a plus. Raises PluggyServerError for a ``next`` without one: stopping there would lose rows.
    """
    if following is None or following == "":
        return None
    if isinstance(following, str):
        for pair in following.split("?", 1)[-1].split("&"):
            name, _, value = pair.partition("=")
            if name == "after" and value:
                return unquote(value)
    raise PluggyServerError("the next page has no cursor")


def page_rows(body: Any) -> list[dict[str, Any]]:
    """The rows of either envelope, or of a bare list. Raises PluggyServerError where there are none to be had."""
    rows = body if isinstance(body, list) else body.get("results")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PluggyServerError("a page without its rows")
    return rows


def is_last_page(body: Any, page: int) -> bool:
    """Whether a page envelope ends at ``page``. Raises PluggyServerError when the server answered another page."""
    if isinstance(body, list):
        return True
    if isinstance(body.get("page"), int) and body["page"] != page:
        raise PluggyServerError("the page did not advance")
    total = body.get("totalPages")
    return not isinstance(total, int) or page >= total


def query(params: Mapping[str, Any]) -> dict[str, str]:
    """Query parameters as Pluggy reads them: lower-case booleans, comma-joined lists, ISO dates, UTC instants with
    milliseconds; None and empty lists are left out. Raises ValueError for a datetime without a zone."""
    return {name: _parameter(value) for name, value in params.items() if value is not None and value not in ([], ())}


def _parameter(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(_parameter(element) for element in value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone")
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def parse_json(content: bytes) -> Any:
    """Strict JSON, numbers with a point as ``Decimal``; None when empty, text when it is not JSON (NaN is not)."""
    if not content.strip():
        return None
    with suppress(msgspec.DecodeError, *_NOT_JSON):
        return _fast_json(content)
    try:  # half a surrogate pair, as a text that was cut has it, is JSON to the standard library only
        return json.loads(content, parse_float=Decimal, parse_constant=_refuse_constant)
    except _NOT_JSON:
        return "not JSON"


#: The last of them: a number whose exponent no decimal has.
_NOT_JSON = (ValueError, RecursionError, ArithmeticError)
_fast_json = msgspec.json.Decoder(float_hook=Decimal).decode


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def pause_before(retries: int, jitter: float) -> float:
    """Seconds before repeat number ``retries`` + 1: between half and all of 1, 2, 4; ``jitter`` in [0, 1)."""
    return float(2**retries) * (1 + jitter) / 2


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds Pluggy asks to wait, at most a day; None when it does not say. A date needs ``now``."""
    value = headers.get("Retry-After") or headers.get("RateLimit-Reset") or ""
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        if now is None:
            return None
        seconds = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_LATER) if math.isfinite(seconds) else None


def key_lifetime(api_key: str, now: datetime) -> timedelta:
    """How long a fresh API key may be used: until ``KEY_MARGIN`` before its JWT's end, 110 minutes when that is unreadable.

    Counted from ``iat`` where there is one: a wrong clock then does no harm. A short life keeps nine tenths."""
    try:
        payload = api_key.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        lifetime = timedelta(seconds=float(claims["exp"]) - float(claims.get("iat", now.timestamp())))
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        return KEY_LIFETIME
    if lifetime <= timedelta(0):
        return KEY_LIFETIME
    lifetime = min(lifetime, KEY_LIFETIME_LIMIT)
    return lifetime - min(KEY_MARGIN, lifetime / 10)


# --- what of an error's body is kept --------------------------------------------------------------------------------------

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,99}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}")
_REFUSED = re.compile(r"property (\w{1,40}) should not exist")


def _code(body: Any) -> str | None:
    code = body.get("codeDescription") if isinstance(body, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _details(answer: Mapping[str, Any], sent: Mapping[str, str], values: list[str]) -> list[dict[str, str]]:
    """``details`` (``errors`` in older answers) without what repeats a value: code, name of the parameter, message."""
    rows = answer.get("details") or answer.get("errors")
    kept = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        code, parameter, message = (str(row.get(key) or "") for key in ("code", "parameter", "message"))
        is_name = parameter in sent or (_NAME.fullmatch(parameter) and not _repeats(parameter, values))
        kept.append(
            {
                "code": code if code.isalnum() and len(code) <= 8 and not _repeats(code, values) else "",
                "parameter": parameter if is_name else "",
                "message": "" if _repeats(message, values) else message[:300],
            }
        )
    return kept


def _data(answer: Mapping[str, Any], values: list[str]) -> dict[str, Any]:
    """Flat parameters of the error without what repeats a value, and two lists: ids in ``items``, names in ``refused``."""
    given = answer.get("data")
    raw = given if isinstance(given, dict) else {}
    kept = {
        name: value
        for name, value in raw.items()
        if isinstance(value, (str, int, Decimal))
        and name not in {"items", "refused"}  # ours, below
        and _NAME.fullmatch(name)
        and (_is_timestamp(value) or not _repeats(str(value), values))
    }
    lists = (listed for listed in (answer.get("items"), raw.get("items"), given) if isinstance(listed, list))
    ids = next(filter(None, lists), [])
    items = [item for item in ids if isinstance(item, str) and _UUID.fullmatch(item) and item not in values]
    refused = _REFUSED.findall(str(answer.get("message") or ""))
    return kept | ({"items": items} if items else {}) | ({"refused": refused} if refused else {})


def _is_timestamp(value: Any) -> bool:
    """A full ISO instant; among its many digits those of a short code turn up by chance."""
    return isinstance(value, str) and "T" in value and parse_instant(value) is not None


def _repeats(text: str, values: list[str]) -> bool:
    """Whether a text gives away one of the values, whatever its case or punctuation. Very short values must match whole."""
    folded, digits = text.casefold(), _digits(text)
    return any(
        value.casefold() == folded
        or (len(value) > 3 and value.casefold() in folded)
        or (len(_digits(value)) > 5 and _digits(value) in digits)
        for value in values
    )


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
