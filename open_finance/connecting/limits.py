"""How often a person may ask something of banks, and why. Pure: a table, and the moment from which it is allowed again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from open_finance.records import Attempt, AttemptKind


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` of these kinds together ``within`` a span that ends now. ``spares_success``: what is known to have
    gone well does not count."""

    kinds: frozenset[AttemptKind]
    most: int
    within: timedelta
    spares_success: bool = False


TRIES: frozenset[AttemptKind] = frozenset({"connect", "reconnect", "adopt"})
TYPED: frozenset[AttemptKind] = frozenset({"connect", "reconnect"})

#: The outcome of an attempt that ended as its person wished; every other one is the code of a refusal.
SUCCESS = "SUCCESS"

TABLE = (
    # A login at a bank each. Who mistypes gets through, and so does who connects six banks in an evening; who tries out
    # other people's documents does not.
    Limit(TRIES, 5, timedelta(minutes=15), spares_success=True),
    # Everything one has, connected in one day, with some slips. Pluggy's plan counts items, and everybody shares it.
    Limit(TRIES, 20, timedelta(days=1)),
    # Pluggy takes 20 a minute from all people together; ten banks refreshed three times an hour are plenty for one.
    Limit(frozenset({"refresh"}), 30, timedelta(hours=1)),
)

#: Banks lock an access at the third wrong password, some at the fifth.
PASSWORDS_REFUSED = 2
PASSWORD_REST = timedelta(hours=1)
#: Pluggy's codes; the second says nothing of the reason, and the person reads the same of both.
REFUSED_PASSWORD = frozenset({"INVALID_CREDENTIALS", "LOGIN_ERROR"})

#: Pluggy's own rule, for every door: after as many failed logins in a row an item rests (reference 3.6).
FAILED_LOGINS = 2
LOGIN_REST = timedelta(minutes=15)

#: What tells that the bank judged a password; every other outcome, or none, says nothing of one.
_JUDGED = REFUSED_PASSWORD | {SUCCESS}

#: Longer than the longest span.
KEEP = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Limits:
    """The fair limits of a bot that many people share; a program of one's own has none."""

    table: Sequence[Limit] = TABLE


@dataclass(frozen=True, slots=True)
class Pause:
    """What is too much by a ``limit`` is allowed again from ``until`` on."""

    limit: Limit
    until: datetime


def next_allowed(limits: Limits, attempts: Iterable[Attempt], kind: AttemptKind, now: datetime) -> Pause | None:
    """The longest pause before one more of a kind is allowed; None: now. ``attempts`` are the person's, in any order."""
    made = sorted(attempts, key=lambda attempt: attempt.at)
    pauses: list[Pause] = []
    for limit in limits.table:
        recent = [one.at for one in made if _counts(one, limit) and one.at > now - limit.within]
        if kind in limit.kinds and len(recent) >= limit.most:
            pauses.append(Pause(limit, recent[-limit.most] + limit.within))
    return max(pauses, key=lambda pause: pause.until, default=None)


def _counts(attempt: Attempt, limit: Limit) -> bool:
    return attempt.kind in limit.kinds and not (limit.spares_success and attempt.outcome == SUCCESS)


def item_rests_until(failed_logins: int, ended_at: datetime | None, now: datetime) -> datetime | None:
    """Until when Pluggy takes no update of an item whose last execution ended at ``ended_at`` and that counts so many failed
    logins in a row; None: it takes one."""
    if failed_logins < FAILED_LOGINS or ended_at is None:
        return None
    until = min(ended_at, now) + LOGIN_REST  # whatever the two clocks say, no longer than that
    return until if now < until else None


def password_rests_until(attempts: Iterable[Attempt], connector_id: int, now: datetime) -> datetime | None:
    """Until when no password is given to a bank that has refused the last two it judged; None: it may be tried.

    ``attempts`` are the person's, in any order. The refusal of a document (Open Finance) has another outcome.
    """
    typed = [one for one in attempts if one.connector_id == connector_id and one.kind in TYPED]
    judged = [one for one in typed if one.outcome in _JUDGED]
    last = sorted(judged, key=lambda attempt: attempt.at)[-PASSWORDS_REFUSED:]
    if len(last) < PASSWORDS_REFUSED or any(one.outcome == SUCCESS for one in last):
        return None
    until = last[-1].at + PASSWORD_REST
    return until if now < until and last[-1].at - last[0].at < PASSWORD_REST else None
