"""What a person chose in /alertas survives being stored, and nobody is disturbed in their quiet hours."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from open_finance.alerts.settings import DEFAULTS, AlertSettings, Summary, dump, is_quiet, load, loud_from

MINUTES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
SETTINGS = st.builds(
    AlertSettings,
    spending=st.booleans(),
    spending_from=st.decimals(0, 100_000, places=2),
    income=st.booleans(),
    bills=st.booleans(),
    subscriptions=st.booleans(),
    budgets=st.booleans(),
    unusual=st.booleans(),
    fees=st.booleans(),
    banks=st.booleans(),
    summary=st.sampled_from(Summary),
    summary_at=MINUTES,
    quiet_from=MINUTES,
    quiet_to=MINUTES,
)
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda passed: BEGINS + passed)


@given(SETTINGS)
def test_what_was_chosen_survives_being_stored(settings: AlertSettings) -> None:
    assert load(json.loads(json.dumps(dump(settings)))) == settings


def test_who_has_chosen_nothing_stores_nothing() -> None:
    assert dump(DEFAULTS) == {}


def test_a_setting_that_is_none_any_more_is_left_out() -> None:
    assert load({"spending_from": "80.00", "horoscope": True}) == AlertSettings(spending_from=Decimal("80.00"))


@given(SETTINGS, MOMENTS)
def test_the_first_loud_moment_is_loud_and_within_a_day(settings: AlertSettings, now: datetime) -> None:
    moment = loud_from(settings, now)
    assert not is_quiet(settings, moment)
    assert now <= moment <= now + timedelta(days=1)


@given(MOMENTS, MINUTES)
def test_the_same_hour_twice_is_no_quiet_hour(now: datetime, moment: time) -> None:
    assert not is_quiet(AlertSettings(quiet_from=moment, quiet_to=moment), now)


def test_quiet_hours_reach_over_midnight() -> None:
    late = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # 22:30 in São Paulo
    assert is_quiet(DEFAULTS, late)
    assert loud_from(DEFAULTS, late) == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert not is_quiet(DEFAULTS, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
