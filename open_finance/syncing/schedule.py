"""When a connection is due: a pure function of the clock and of its row. Triggers only tick.

The slots are 00, 12 and 18 h (narrow: recent days) and 06 h (wide: the year), São Paulo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, TypedDict

from open_finance.clock import SAO_PAULO
from open_finance.records import Width

#: Hour of the day in São Paulo → how far back that pass reads.
SLOTS: dict[int, Width] = {0: "narrow", 6: "wide", 12: "narrow", 18: "narrow"}
NARROW_HOURS = tuple(hour for hour, width in SLOTS.items() if width == "narrow")
WIDE_HOURS = tuple(hour for hour, width in SLOTS.items() if width == "wide")

FIRST_RETRY = timedelta(minutes=5)
LAST_RETRY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Slot:
    """A point of the schedule. ``at`` is an instant, ``width`` how far back its pass reads."""

    at: datetime
    width: Width


class DueConnection(NamedTuple):
    """A connection and the slot it is owed."""

    user_id: int
    connection_id: int
    slot: Slot


class DueState(TypedDict):
    """What ``due`` needs to know of a row: the latest slot it was served, and the earliest moment of a retry."""

    served_slot_at: datetime | None
    retry_at: datetime | None


def due(now: datetime, row: DueState) -> Slot | None:
    """The slot a connection is owed now, None when it is owed none.

    It is the latest one, once: slots missed before it (a restart, a night without power) are not made up for, except that
    a missed wide slot makes the pass wide. After a failure nothing is due before ``retry_at``.
    """
    if row["retry_at"] is not None and now < row["retry_at"]:
        return None
    served, latest = row["served_slot_at"], latest_slot(now)
    if served is not None and served >= latest.at:
        return None
    if served is None or served < latest_slot(now, "wide").at:
        return Slot(latest.at, "wide")
    return latest


def served_slot(now: datetime, served: datetime | None, width: Width) -> datetime | None:
    """What ``served_slot_at`` becomes after a pass begun at ``now``: a narrow pass does not serve a wide slot."""
    owed = due(now, DueState(served_slot_at=served, retry_at=None))
    if owed is None or (owed.width == "wide" and width == "narrow"):
        return served
    return owed.at


def latest_slot(now: datetime, width: Width | None = None) -> Slot:
    """The latest slot that is not in the future; of one width, where that is given."""
    today = now.astimezone(SAO_PAULO).date()
    slots = (slot for day in (today, today - timedelta(days=1)) for slot in reversed(slots_of(day)))
    return next(slot for slot in slots if slot.at <= now and width in {None, slot.width})


def next_wide_slot(now: datetime) -> datetime:
    """When the next wide slot begins."""
    today = now.astimezone(SAO_PAULO).date()
    slots = (slot for day in (today, today + timedelta(days=1)) for slot in slots_of(day))
    return next(slot.at for slot in slots if slot.width == "wide" and slot.at > now)


def slots_of(day: date) -> list[Slot]:
    """The slots of a São Paulo day, in order."""
    return [Slot(datetime.combine(day, time(hour), SAO_PAULO).astimezone(UTC), width) for hour, width in SLOTS.items()]


def retry_delay(failures: int) -> timedelta:
    """How long to leave a connection alone after that many failures in a row: 5 minutes, doubling, at most 6 hours."""
    doublings = min(max(failures, 1) - 1, 10)  # ten are beyond the limit already
    return min(FIRST_RETRY * (1 << doublings), LAST_RETRY)
