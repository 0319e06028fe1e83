"""The fair limits: how many, within how long, and when again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.connecting.limits import (
    KEEP,
    PASSWORD_REST,
    SUCCESS,
    TABLE,
    Limits,
    Pause,
    item_rests_until,
    next_allowed,
    password_rests_until,
)
from open_finance.records import Attempt, AttemptKind
from tests.builders import NOW

LIMITS = Limits()
REFUSED = "INVALID_CREDENTIALS"
UNEXPLAINED = "LOGIN_ERROR"  # the same sentence for the person


def attempt(
    minutes_ago: float, kind: AttemptKind = "connect", outcome: str | None = None, connector_id: int = 201
) -> Attempt:
    return Attempt(kind, connector_id, outcome, NOW - timedelta(minutes=minutes_ago))


def until(made: list[Attempt], kind: AttemptKind, now: datetime = NOW) -> datetime | None:
    pause = next_allowed(LIMITS, made, kind, now)
    return None if pause is None else pause.until


def test_fifth_try_is_allowed_and_the_sixth_waits_for_the_first_to_grow_old() -> None:
    made = [attempt(minutes) for minutes in (14, 8, 6, 4)]
    assert until(made, "connect") is None
    made.append(attempt(1, "reconnect"))
    assert until(made, "adopt") == NOW + timedelta(minutes=1)
    assert until(made, "connect", NOW + timedelta(minutes=1)) is None


def test_what_went_well_counts_for_the_day_only() -> None:
    honest = [attempt(minutes, outcome=SUCCESS) for minutes in range(1, 13)]
    failed = [
        attempt(minutes, outcome=outcome) for minutes, outcome in ((9, REFUSED), (7, None), (5, REFUSED), (3, None))
    ]
    assert until([*honest, *failed], "connect") is None
    assert until([*honest, *failed, attempt(14)], "connect") == NOW + timedelta(minutes=1)
    assert until([*honest, *(attempt(60 * hours, outcome=SUCCESS) for hours in range(1, 9))], "adopt") is not None


def test_twenty_tries_make_a_day() -> None:
    made = [attempt(60 * hours) for hours in range(1, 21)]
    assert next_allowed(LIMITS, made, "connect", NOW) == Pause(TABLE[1], NOW + timedelta(hours=4))


def test_refreshes_are_counted_apart() -> None:
    made = [attempt(minute, "refresh") for minute in range(30)]
    assert until(made, "connect") is None
    assert until(made, "refresh") == NOW + timedelta(minutes=31)
    assert until([attempt(1)] * 5, "refresh") is None


def test_old_attempts_are_forgotten_only_when_they_count_no_more() -> None:
    assert max(limit.within for limit in TABLE) < KEEP
    assert KEEP > PASSWORD_REST


@given(
    st.lists(st.integers(0, 3 * 24 * 60), max_size=60), st.sampled_from(["connect", "reconnect", "adopt", "refresh"])
)
def test_nobody_gets_more_than_the_table_says(minutes: list[int], kind: Any) -> None:
    """Try at each of these minutes whenever it is allowed: no limit is ever broken, and whoever waits gets through."""
    made: list[Attempt] = []
    for minute in sorted(minutes):
        now = NOW + timedelta(minutes=minute)
        allowed_at = until(made, kind, now)
        if allowed_at is None:
            made.append(Attempt(kind, 201, None, now))
        else:
            assert allowed_at > now
            assert until(made, kind, allowed_at) is None
    for limit in TABLE:
        if kind in limit.kinds:
            assert all(_count_from(made, one.at, limit.within) <= limit.most for one in made)


def _count_from(made: list[Attempt], start: datetime, within: timedelta) -> int:
    return sum(start <= one.at < start + within for one in made)


# --- two passwords ----------------------------------------------------------------------------------------------------


def test_two_refused_passwords_rest_an_hour_from_the_last() -> None:
    made = [attempt(40, outcome=REFUSED), attempt(10, "reconnect", REFUSED)]
    assert password_rests_until(made, 201, NOW) == NOW + timedelta(minutes=50)
    assert password_rests_until(made, 201, NOW + timedelta(minutes=50)) is None
    assert password_rests_until(made, 212, NOW) is None  # another bank


@pytest.mark.parametrize(
    "made",
    [
        [],
        [attempt(10, outcome=REFUSED)],
        [attempt(40, outcome=REFUSED), attempt(30, outcome=SUCCESS), attempt(10, outcome=REFUSED)],
        [attempt(40, outcome=REFUSED), attempt(10, outcome="SITE_NOT_AVAILABLE")],
        [attempt(80, outcome=REFUSED), attempt(10, outcome=REFUSED)],  # not within an hour
        [attempt(40, "refresh", REFUSED), attempt(10, outcome=REFUSED)],  # nobody typed the first
        [attempt(40, outcome=REFUSED, connector_id=212), attempt(10, outcome=REFUSED)],
    ],
)
def test_less_than_that_does_not(made: list[Attempt]) -> None:
    assert password_rests_until(made, 201, NOW) is None


@pytest.mark.parametrize("outcome", [None, "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES", "SITE_NOT_AVAILABLE"])
def test_attempt_that_no_bank_judged_comes_between_no_two_refusals(outcome: str | None) -> None:
    made = [attempt(40, outcome=REFUSED), attempt(30, outcome=outcome), attempt(10, outcome=REFUSED)]
    assert password_rests_until(made, 201, NOW) == NOW + timedelta(minutes=50)


@pytest.mark.parametrize("codes", [(UNEXPLAINED, UNEXPLAINED), (REFUSED, UNEXPLAINED)])
def test_refusal_without_a_reason_counts_as_one_of_the_password(codes: tuple[str, str]) -> None:
    made = [attempt(5, outcome=codes[0]), attempt(1, outcome=codes[1])]
    assert password_rests_until(made, 201, NOW) == NOW - timedelta(minutes=1) + PASSWORD_REST


@pytest.mark.parametrize(
    ("failed", "minutes_ago", "rests"),
    [(1, 1, None), (2, 1, 14), (3, 14, 1), (2, 15, None), (2, -600, 15), (2, None, None)],
)
def test_item_rests_after_failed_logins_as_pluggy_says(failed: int, minutes_ago: int | None, rests: int | None) -> None:
    ended_at = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    until = item_rests_until(failed, ended_at, NOW)
    assert until == (None if rests is None else NOW + timedelta(minutes=rests))
