"""How a connection whose passes fail is left alone: longer after every failure, in the end but for one pass a day. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from open_finance.syncing.schedule import LAST_RETRY, next_wide_slot, retry_delay

#: A bank or Pluggy that is away for a day comes back; what lasts longer is worth a word to its person.
PARKED_AFTER = timedelta(days=2)
#: In two days of backing off there are fourteen of them; a machine that was off has fewer.
PARKED_FAILURES = 8


class Failing(NamedTuple):
    """How a connection stands after failures in a row. ``failing_since``: when the first was; ``parked_at``: when it was
    given up but for one pass a day, None while it is not; ``retry_at``: until when it is left alone."""

    failures: int
    failing_since: datetime | None
    parked_at: datetime | None
    retry_at: datetime | None


#: What a success makes of it.
WELL = Failing(0, None, None, None)


def after_failure(before: Failing, now: datetime, *, asked: float | None = None, counts: bool = True) -> Failing:
    """One failure more. ``asked``: the seconds that Pluggy wants to be left alone. ``counts``: False for what is no fault of
    this connection's, such as the operator's keys: it is never parked for that, nor does its time begin with it."""
    failures, since = before.failures + 1, before.failing_since or (now if counts else None)
    lasts = failures >= PARKED_FAILURES and since is not None and now - since >= PARKED_AFTER
    parked_at = before.parked_at or (now if counts and lasts else None)
    if parked_at is not None:
        return Failing(failures, since, parked_at, next_wide_slot(now))
    pause = max(retry_delay(failures), timedelta(seconds=min(asked or 0, LAST_RETRY.total_seconds())))
    return Failing(failures, since, None, now + pause)
