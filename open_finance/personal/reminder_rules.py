"""When to speak of a bank that needs its person. Pure: the rows, what was said before, and the moment → what is due.

Warned 15, 7 and 1 days before an authorisation ends; when a bank stops, at once and on the third day after, then no more;
when it could not be read for days and nobody need do anything, once.
One message a São Paulo day for all banks together, between 9:00 and 20:59.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from open_finance.clock import SAO_PAULO, local_day
from open_finance.trouble import ended_at

Kind = Literal["expires_15", "expires_7", "expires_1", "trouble", "trouble_3", "parked"]

WAKING_HOURS: Final = range(9, 21)
#: The widest last: what is due is the narrowest that holds, so that a warning that came late replaces the earlier one.
WARNINGS: Final[tuple[tuple[int, Kind], ...]] = ((1, "expires_1"), (7, "expires_7"), (15, "expires_15"))
BEFORE_THE_EVE: Final[tuple[Kind, ...]] = ("expires_15", "expires_7")
SECOND_DAY: Final = 3


@dataclass(frozen=True, slots=True)
class Said:
    """A notice of the past. ``sent_at`` None: the person does not want it."""

    kind: str
    episode: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """What to say of one connection. ``days_left``: until the authorisation ends (0: today), for warnings. ``since``: when
    the trouble began, for troubles."""

    kind: Kind
    episode: str
    days_left: int | None = None
    since: datetime | None = None


def is_waking_hour(now: datetime) -> bool:
    """Whether it is between 9:00 and 20:59 in São Paulo."""
    return now.astimezone(SAO_PAULO).hour in WAKING_HOURS


def may_speak(sent: Iterable[datetime], now: datetime) -> bool:
    """Whether a person may be written to now, after what was sent to them before."""
    today = local_day(now)
    return is_waking_hour(now) and all(local_day(each) != today for each in sent)


def due_notice(
    expires_at: datetime | None,
    trouble_at: datetime | None,
    said: Collection[Said],
    now: datetime,
    parked_at: datetime | None = None,
) -> Due | None:
    """What is due about one connection, by when its authorisation ends, since when it needs its person, and when it was
    given up but for one pass a day.

    An authorisation that has ended is trouble, whether or not the bank has said so yet: with what the bank says afterwards
    it is one episode, that of what came first.
    """
    over_since = ended_at(expires_at, now)
    if over_since is not None and (trouble_at is None or over_since <= trouble_at):
        return _trouble(expiry_episode(over_since), over_since, said, now)
    if trouble_at is not None:
        return _trouble(trouble_at.isoformat(), trouble_at, said, now)
    if parked_at is not None and _find(said, "parked", parked_at.isoformat()) is None:
        return Due("parked", parked_at.isoformat(), since=parked_at)
    return None if expires_at is None else _warning(expires_at, said, now)


def expiry_episode(expires_at: datetime) -> str:
    """The name of the end of an authorisation: its day, for Pluggy may give the hour anew."""
    return local_day(expires_at).isoformat()


def _warning(expires_at: datetime, said: Collection[Said], now: datetime) -> Due | None:
    days_left = (local_day(expires_at) - local_day(now)).days
    kind = next((kind for days, kind in WARNINGS if days_left <= days), None)
    episode = expiry_episode(expires_at)
    if kind is None or _find(said, kind, episode) is not None:
        return None
    return Due(kind, episode, days_left=days_left)


def _trouble(episode: str, since: datetime, said: Collection[Said], now: datetime) -> Due | None:
    """The second time is for who was told in the first three days; later, the first one has just been."""
    first = _find(said, "trouble", episode)
    if first is None:
        return Due("trouble", episode, since=since)
    was_early = first.sent_at is not None and _days(since, first.sent_at) < SECOND_DAY
    if was_early and _days(since, now) >= SECOND_DAY and _find(said, "trouble_3", episode) is None:
        return Due("trouble_3", episode, since=since)
    return None


def _find(said: Collection[Said], kind: Kind, episode: str) -> Said | None:
    return next((each for each in said if (each.kind, each.episode) == (kind, episode)), None)


def _days(since: datetime, until: datetime) -> int:
    return (local_day(until) - local_day(since)).days
