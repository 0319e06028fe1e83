"""What is charged again and again as a calendar file (RFC 5545): days without an hour, that phones and web calendars take.

What falls on one day of every month is one event that repeats; what weekends and holidays move is one event for each of the
twelve next days, for no calendar knows Brazil's. An event has the same id whenever it is made: who takes the file in again
has it once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

from open_finance.extras import from_extra
from open_finance.insights.cards import add_months, months_between
from open_finance.insights.recurring import Recurring, occurrences
from open_finance.insights.recurring_days import DayRule

if TYPE_CHECKING:
    from icalendar import Event

MONTHS = 12
#: And some days, for what moves.
A_YEAR = timedelta(days=380)
#: Every month has these; of a later day a rule would leave months out.
_LAST_PLAIN_DAY = 28
_TEXT_LIMIT = 200
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A flow in the calendar. ``summary``: what it is called there, plain text of any kind."""

    flow: Recurring
    summary: str


def calendar_file(entries: Iterable[Entry], owner: int, now: datetime, name: str = "Assinaturas") -> bytes:
    """The file. What has ended is left out. ``owner``: whose flows these are; of that, as of a flow's key, only a digest is
    written. ``now``: when the file is made; ``name``: of the calendar."""
    with from_extra("calendar"):
        from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Gerente Financeiro//Assinaturas//PT")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _plain(name))
    for entry in entries:
        for event in _events(entry, owner, now):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def next_days(flow: Recurring) -> Sequence[date]:
    """The twelve next days on which it is charged, or as many as there are to come."""
    if flow.next_on is None:
        return ()
    return occurrences(flow, flow.next_on, flow.next_on + A_YEAR)[:MONTHS]


def _events(entry: Entry, owner: int, now: datetime) -> list[Event]:
    days = next_days(entry.flow)
    if not days:
        return []
    uid = _digest(f"{owner}|{entry.flow.key}")
    if not _is_plain(entry.flow, days):
        turns = _turns(entry.flow, days[0])
        return [_event(entry, f"{uid}-{turn:%Y%m}", day, now) for day, turn in zip(days, turns, strict=False)]
    rule: dict[str, Any] = {"freq": "monthly", "bymonthday": entry.flow.day}
    if entry.flow.parts_left is not None:
        rule["count"] = entry.flow.parts_left
    event = _event(entry, uid, days[0], now)
    event.add("rrule", rule)
    return [event]


def _turns(flow: Recurring, first: date) -> Iterator[date]:
    """The months whose turns the days are: a day that is moved may lie in the next one."""
    month = (flow.rule or DayRule("day", flow.day)).month_of(first)
    return (add_months(month, number) for number in count())


def _is_plain(flow: Recurring, days: Sequence[date]) -> bool:
    """Whether a rule without exceptions says the same."""
    months = all(months_between(day, later) == 1 for day, later in pairwise(days))
    return flow.day <= _LAST_PLAIN_DAY and months and all(day.day == flow.day for day in days)


def _event(entry: Entry, uid: str, day: date, now: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{uid}@gerente-financeiro")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", _plain(entry.summary))
    event.add("transp", "TRANSPARENT")
    return event


def _plain(text: str) -> str:
    """One line that may be shown: whoever names a charge writes into a person's calendar."""
    spaced = (" " if char.isspace() else char for char in text)
    visible = "".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE)
    return " ".join(visible.split())[:_TEXT_LIMIT]


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
