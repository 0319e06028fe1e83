"""Who opened a Mini App: ``initData``, signed by Telegram with the bot's token. Pure.

The scheme is Telegram's (core.telegram.org/bots/webapps, "Validating data received via the Mini App"): HMAC-SHA256 over the
sorted ``name=value`` lines of every field but ``hash``, under the key HMAC-SHA256("WebAppData", token).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

MAX_AGE = timedelta(hours=1)
#: How far Telegram's clock may be ahead of ours.
SKEW = timedelta(minutes=1)
LONGEST = 8192  # characters; what Telegram sends is a tenth of it
MOST_FIELDS = 32
_KEY = b"WebAppData"


class InitDataError(ValueError):
    """What came is not Telegram's word about a person. The message says what is wrong, and quotes nothing."""


class StaleInitDataError(InitDataError):
    """It is Telegram's, but the page was opened too long ago, or by a clock that is ahead."""


@dataclass(frozen=True, slots=True)
class WebAppUser:
    """The person in front of the page, and when Telegram opened it for them."""

    id: int
    first_name: str
    opened_at: datetime


def read_init_data(text: str, bot_token: str, now: datetime, *, max_age: timedelta = MAX_AGE) -> WebAppUser:
    """The person whom Telegram names. ``text``: ``Telegram.WebApp.initData``, unchanged; ``now``: aware.

    Raises InitDataError for anything that this bot's Telegram did not sign as it stands, a field that comes twice and a
    missing person; StaleInitDataError when it is older than ``max_age`` or more than a minute ahead.
    """
    fields = _fields(text)
    given = fields.pop("hash", "")
    if not hmac.compare_digest(given.encode(), _signature(fields, bot_token).encode()):
        raise InitDataError("the signature is not this bot's")
    opened_at = _opened_at(fields.get("auth_date", ""))
    if now - opened_at > max_age or opened_at - now > SKEW:
        raise StaleInitDataError("the page was opened at another time")
    user = _user(fields.get("user", ""))
    return WebAppUser(user["id"], str(user.get("first_name", "")), opened_at)


def _fields(text: str) -> dict[str, str]:
    if len(text) > LONGEST:
        raise InitDataError("too long")
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise InitDataError("not a query string") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InitDataError("a field comes twice")
    return fields


def _signature(fields: dict[str, str], bot_token: str) -> str:
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    key = hmac.new(_KEY, bot_token.encode(), hashlib.sha256).digest()
    return hmac.new(key, lines.encode(errors="replace"), hashlib.sha256).hexdigest()


def _opened_at(text: str) -> datetime:
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        raise InitDataError("no moment")
    return datetime.fromtimestamp(int(text), UTC)


def _user(text: str) -> dict[str, Any]:
    try:
        user = json.loads(text)
    except ValueError:
        raise InitDataError("no person") from None
    number = user.get("id") if isinstance(user, dict) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**63:
        raise InitDataError("no person")
    return dict(user)
