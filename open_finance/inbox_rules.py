"""How what Pluggy tells is worked on: when a burst is over, how wide a pass it calls for, when to try again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from open_finance.clock import bank_day
from open_finance.pluggy_values import parse_day, parse_instant
from open_finance.reconcile import MARGIN_DAYS, NARROW_DAYS
from open_finance.records import Width
from open_finance.webhook import ROW_EVENTS

#: A burst is over when nothing came for so long; but nobody waits longer than ``LONGEST``.
QUIET = timedelta(seconds=0.5)
LONGEST = timedelta(seconds=2)
#: Between the beginnings of two passes over one item: a bank that talks without end is listened to once in a while.
GAP = timedelta(seconds=5)
#: Seconds before each new try; then, after some fifteen minutes, the scheduled reads are left to find it.
RETRIES = (5, 10, 20, 40, 60, 120, 240, 360)
KEEP = timedelta(days=3)


class Event(Protocol):
    """What is known of an event (``storage.inbox.OpenEvent``)."""

    @property
    def id(self) -> int: ...
    @property
    def event(self) -> str: ...
    @property
    def item_id(self) -> str | None: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def attempts(self) -> int: ...
    @property
    def retry_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Burst:
    """What is to be done of one item at once. ``ids``: the events'; ``attempts``: of the one that was tried least, so that
    news begins a new patience. ``accounts``: whose rows it speaks of, by Pluggy's ids; None: it does not say whose they
    are, or how old."""

    item_id: str
    ids: tuple[int, ...]
    attempts: int
    is_new: bool
    of_rows: bool
    accounts: frozenset[str] | None
    row_ids: frozenset[str]
    oldest_on: date | None

    def width(self, today: date, oldest_stored: date | None) -> Width:
        """How far back a pass must read to see all that the burst speaks of. ``oldest_stored``: the day of the oldest of
        its rows that is stored."""
        judged_from = today - timedelta(days=NARROW_DAYS - MARGIN_DAYS)
        days = [day for day in (self.oldest_on, oldest_stored) if day is not None]
        return "wide" if days and min(days) < judged_from else "narrow"


class Bursts(NamedTuple):
    """``ready``: to be worked on now. ``next_at``: when more will be, None when nothing waits."""

    ready: list[Burst]
    next_at: datetime | None


def bursts(events: Iterable[Event], now: datetime, begun: Mapping[str, datetime], in_hand: Collection[str]) -> Bursts:
    """The events of each item together. ``begun``: when the latest pass over an item began; ``in_hand``: items that a pass
    is reading just now."""
    by_item: dict[str, list[Event]] = {}
    for event in events:
        if event.item_id is not None and event.item_id not in in_hand:
            by_item.setdefault(event.item_id, []).append(event)
    ready, later = [], []
    for item_id, told in by_item.items():
        at = _ready_at(told)
        if item_id in begun:
            at = max(at, begun[item_id] + GAP)
        if at <= now:
            ready.append(_burst(item_id, told))
        else:
            later.append(at)
    return Bursts(ready, min(later, default=None))


def retry_at(attempts: int, now: datetime) -> datetime | None:
    """When to try again what was tried ``attempts`` times before this one; None: it is given up."""
    return now + timedelta(seconds=RETRIES[attempts]) if attempts < len(RETRIES) else None


def _ready_at(events: list[Event]) -> datetime:
    """The first of: the end of the news, or the next try of what was in vain."""
    new = [event.received_at for event in events if event.retry_at is None]
    moments = [event.retry_at for event in events if event.retry_at is not None]
    if new:
        moments.append(min(max(new) + QUIET, min(new) + LONGEST))
    return min(moments)


def _burst(item_id: str, events: list[Event]) -> Burst:
    days = [day for event in events for day in _days(event.detail)]
    of_rows = [event for event in events if event.event in ROW_EVENTS]
    named = [event.detail["account_id"] for event in of_rows if _is_precise(event)]
    return Burst(
        item_id=item_id,
        ids=tuple(event.id for event in events),
        attempts=min(event.attempts for event in events),
        is_new=any(event.attempts == 0 for event in events),
        of_rows=bool(of_rows),
        accounts=frozenset(named) if named and len(named) == len(of_rows) else None,
        row_ids=frozenset(row for event in events for row in event.detail.get("ids", ())),
        oldest_on=min(days, default=None),
    )


def _is_precise(event: Event) -> bool:
    """Whether it says whose rows have changed, and how far back one must read to see them."""
    days = "ids" if event.event != "transactions/created" else "oldest_on"
    return "account_id" in event.detail and days in event.detail


def _days(detail: Mapping[str, Any]) -> list[date]:
    created_from, oldest_on = parse_instant(detail.get("created_from")), parse_day(detail.get("oldest_on"))
    return [day for day in (oldest_on, None if created_from is None else bank_day(created_from)) if day is not None]
