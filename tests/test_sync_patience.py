"""How long a connection that fails is left alone."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from open_finance.clock import SAO_PAULO
from open_finance.syncing.patience import PARKED_AFTER, PARKED_FAILURES, WELL, after_failure
from open_finance.syncing.schedule import LAST_RETRY
from tests.clocks import START


@given(st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=40), st.none() | st.floats(0, 10**6))
def test_every_failure_is_followed_by_another_try_within_a_day(minutes: list[int], asked: float | None) -> None:
    failing, now = WELL, START
    for wait in minutes:
        failing = after_failure(failing, now, asked=asked)
        assert failing.retry_at is not None
        assert now < failing.retry_at <= now + timedelta(days=1)
        if failing.parked_at is None:
            assert failing.retry_at <= now + LAST_RETRY
        else:
            assert failing.retry_at.astimezone(SAO_PAULO).hour == 6
            assert failing.failures >= PARKED_FAILURES
            assert failing.parked_at - START >= PARKED_AFTER
        now += timedelta(minutes=wait)
    assert (failing.failures, failing.failing_since) == (len(minutes), START)


def test_once_parked_it_is_parked_at_that_moment_for_good() -> None:
    failing, now = WELL, START
    for _ in range(30):
        failing = after_failure(failing, now)
        now += timedelta(hours=12)
    first = START + timedelta(hours=12 * (PARKED_FAILURES - 1))
    assert failing.parked_at == first
