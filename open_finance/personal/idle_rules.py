"""When the access to the banks of somebody who is away ends. Pure: days, and what was said before → what is due.

Who has not written or tapped for so many days (``IDLE_DAYS``) is warned 30 days before the end, 7 days before and on the
eve. Nobody is cut off who was not warned 30 days ago and again on the eve: where a warning came late, the end waits for it.
Whom no warning could reach (they have blocked the bot) has 30 days more. Whoever comes back begins anew: what was said
belongs to the day on which they were last here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

NOTICE: Final = 30
EVE: Final = 1
#: Days before the end, the nearest first: what is due is the nearest that holds; a late warning stands for the earlier.
STEPS: Final = (EVE, 7, NOTICE)
#: What the end waits longer for somebody who cannot be told.
GRACE: Final = 30
#: A shorter idleness would be warned of before anybody is idle.
SHORTEST: Final = 2 * NOTICE


@dataclass(frozen=True, slots=True)
class Attempt:
    """A warning of this idleness. ``days``: which one (30, 7 or 1); ``reached``: Telegram took it."""

    days: int
    made_on: date
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Warn:
    """A warning is due: the one of ``days`` before the end. ``ends_on``: the end, if the person is told today."""

    days: int
    ends_on: date


@dataclass(frozen=True, slots=True)
class End:
    """The access ends now."""


def next_step(today: date, seen_on: date, idle_days: int, attempts: Collection[Attempt]) -> Warn | End | None:
    """What is due today. ``seen_on``: the day on which the person was last here; ``idle_days``: 0 = nobody is ever idle.
    ``attempts``: the warnings of this idleness."""
    if idle_days <= 0:
        return None
    left = (ends_on(today, seen_on, idle_days, attempts) - today).days
    if left <= 0:
        return End()
    made = min((each.days for each in attempts), default=NOTICE + 1)
    due = next((days for days in STEPS if left <= days), None)
    if due is None or due >= made:
        return None
    told = [*attempts, Attempt(due, today)]
    return Warn(due, ends_on(today, seen_on, idle_days, told))


def ends_on(today: date, seen_on: date, idle_days: int, attempts: Collection[Attempt]) -> date:
    """The day of the end, as far as it is known today: a warning that is still to come is taken to be today's."""
    reached = [each for each in attempts if each.reached]
    heard = reached or list(attempts)
    term = idle_days if reached or not attempts else idle_days + GRACE
    first = min((each.made_on for each in heard), default=today)
    eve = max((each.made_on for each in attempts if each.days == EVE), default=today)
    return max(
        seen_on + timedelta(days=term),
        first + timedelta(days=NOTICE),
        eve + timedelta(days=EVE),
    )


def first_idle_day(today: date, idle_days: int) -> date:
    """Of whoever was last here after this day nothing is due yet."""
    return today - timedelta(days=idle_days - NOTICE)
