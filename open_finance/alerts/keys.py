"""What happened, as a short text: the same thing has the same key, whichever door it came through and however often.

Never Pluggy's id: it changes when a bill closes, when a pending row settles, and with every new connection. An account is
meant by its ``identity``, which outlives its connections.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple


class Fingerprint(NamedTuple):
    """What an economic event is known by: where, when, how much. What the bank calls it may change."""

    identity: str
    occurred_on: date
    amount: Decimal
    type: str


def transaction_key(fingerprint: Fingerprint, ordinal: int) -> str:
    """``ordinal``: of the events of one fingerprint, which one (from 0): two equal purchases are two."""
    told = f"{fingerprint.identity}|{fingerprint.occurred_on.isoformat()}|{fingerprint.amount:f}|{fingerprint.type}"
    return f"transaction:{_digest(told)}#{ordinal}"


def overdraft_key(identity: str, day: date) -> str:
    """An account went into its overdraft that day: whatever it does in the rest of it is not told."""
    return f"overdraft:{_digest(identity)}:{day.isoformat()}"


def bill_key(identity: str, due_on: date, days_left: int) -> str:
    """A card's bill is due in so many days."""
    return f"bill:{_digest(identity)}:{due_on.isoformat()}:{days_left}"


def back_key(connection_id: int, since: str) -> str:
    """A bank is back, of which the person was told that it had stopped. ``since``: when that was."""
    return f"back:{connection_id}:{since}"


def summary_key(period: str, day: date) -> str:
    """The summary of that day."""
    return f"summary:{period}:{day.isoformat()}"


def budget_key(budget_id: int, month: str, level: int, round_: int) -> str:
    """A budget has reached a level of a month (``YYYY-MM``); ``round_``: how often its warnings were made new in it."""
    return f"budget:{budget_id}:{month}:{level}:{round_}"


def charge_key(mark_id: int, row_id: int) -> str:
    """Something that a person cancelled was charged again, first listed as that row (an id of ours)."""
    return f"subscription:{mark_id}:{row_id}"


def idle_prefix(seen_on: date, idle_days: int) -> str:
    """What the keys of all warnings of one idleness begin with: since when, and by which term."""
    return f"idle:{seen_on.isoformat()}:{idle_days}:"


def idle_key(seen_on: date, idle_days: int, days: int, again: int) -> str:
    """The warning of so many days before the end; ``again``: how often it was written and then not sent."""
    return f"{idle_prefix(seen_on, idle_days)}{days}:{again}"


def idle_days_of(key: str) -> int:
    """Which warning that is: of how many days before the end."""
    return int(key.split(":")[3])


def idle_end_key(seen_on: date, idle_days: int) -> str:
    """The access of a person who was idle has ended."""
    return f"idle_end:{seen_on.isoformat()}:{idle_days}"


def joined_key(member_id: int) -> str:
    """Somebody came into the family; who comes back has another ``member_id``."""
    return f"family_joined:{member_id}"


def left_key(member_id: int) -> str:
    """Somebody left the family."""
    return f"family_left:{member_id}"


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()
