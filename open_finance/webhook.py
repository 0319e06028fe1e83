"""What Pluggy posts to us: is it Pluggy's, and what does it say? Pure.

An event is a hint and no more: it may come twice, late, out of order or not at all, and the item is read again before
anything is believed. Sources: ``reference`` 9.1–9.3.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from open_finance.events import PluggyEvent
from open_finance.pluggy_values import parse_day, parse_instant

#: Below the public address.
PATH = "/hooks/pluggy"
#: Ours: Pluggy sends it with every event, because the webhook was registered with it.
SECRET_HEADER = "X-Webhook-Secret"  # noqa: S105 - a name
ITEM_EVENTS = frozenset(
    f"item/{what}"
    for what in (
        *("created", "updated", "error", "deleted"),
        *("waiting_user_input", "waiting_user_action", "login_succeeded"),
    )
)
ROW_EVENTS = frozenset(f"transactions/{what}" for what in ("created", "updated", "deleted"))
CONNECTOR_EVENT = "connector/status_updated"

#: Pluggy sends at most 400 of them in an event (reference 9.2).
MAX_IDS = 500
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_authentic(headers: Mapping[str, str], expected: str) -> bool:
    """Whether a request carries our secret, compared in constant time. Without a secret to expect nothing is authentic.

    Newer documentation of Pluggy's also speaks of an HMAC signature over the body. Its header and algorithm are not known to
    us; once they are, this is where it is checked, beside our own secret and not in its place.
    """
    given = headers.get(SECRET_HEADER, "")
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def read_event(body: bytes) -> PluggyEvent | None:
    """The event of a request's body; None for one that is nothing to us. Raises ValueError when it is no JSON object."""
    payload = _object(body)
    name = str(payload.get("event"))
    event_id = _id(payload.get("eventId")) or hashlib.sha256(body).hexdigest()  # a repeat repeats the whole body
    if name == CONNECTOR_EVENT:
        return PluggyEvent(CONNECTOR_EVENT, event_id, None, _connector_id(payload.get("connectorId")))
    item_id = _id(payload.get("itemId"))
    if name in ROW_EVENTS and item_id is not None:
        return PluggyEvent(name, event_id, item_id, None, _rows(payload))
    if name in ITEM_EVENTS:
        item_id = item_id or _id(payload.get("id"))  # its name in older payloads
        return None if item_id is None else PluggyEvent(name, event_id, item_id)
    return None


def _object(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(payload, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - bad data, not a mistake of the caller's
    return payload


def _rows(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Which rows an event speaks of: ``account_id``; their ``ids``; as ISO text ``created_from`` (an instant) and
    ``oldest_on`` (a day)."""
    given = payload.get("transactionIds")
    ids = [one for one in map(_id, given if isinstance(given, list) else []) if one is not None][:MAX_IDS]
    created_from = parse_instant(payload.get("transactionsCreatedAtFrom"))
    oldest_on = parse_day(payload.get("transactionsMinDate"))
    said = {
        "account_id": _id(payload.get("accountId")),
        "ids": ids,
        "created_from": None if created_from is None else created_from.isoformat(),
        "oldest_on": None if oldest_on is None else oldest_on.isoformat(),
    }
    return {name: value for name, value in said.items() if value}


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _connector_id(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None
