"""Whose summary is noted, once, and that it says what /extrato says; on both databases where they are asked."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from open_finance.alert_book import AlertBook
from open_finance.alerts.settings import Summary
from open_finance.reports import Period, StatementFilters, build_statement
from open_finance.storage import alerts, ledger, outbox, transaction_rows
from open_finance.storage.database import Database
from open_finance.storage.outbox import Notification
from open_finance.summaries import Summaries
from tests.clocks import ManualClock
from tests.rows import add_account, add_connection, transaction_data

ANA, BRUNO = 1000, 2000
YESTERDAY, TODAY = date(2026, 11, 22), date(2026, 11, 23)
EVENING = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)  # a Sunday, 18:00 in São Paulo
HALF_PAST_SEVEN = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EVENING)


@pytest.fixture
def summaries(database: Database, clock: ManualClock) -> Summaries:
    return Summaries(database, clock)


def spends(database: Database, user_id: int = ANA, *rows: dict[str, Any], **account: Any) -> int:
    """An account with these rows, known before the clock begins; its id."""
    with database.writing() as session:
        connection = add_connection(session, user_id, f"item-{user_id}", last_updated_at=EVENING)
        number = add_account(session, connection, user_id, pluggy_id=f"account-{user_id}", **account)
        found = [transaction_data(f"{user_id}-{at}", **values) for at, values in enumerate(rows)]
        ledger.merge_transactions(session, user_id, number, found, EVENING - timedelta(days=1))
    return number


def wants(database: Database, clock: ManualClock, user_id: int = ANA, **changes: Any) -> None:
    AlertBook(database, clock).change(user_id, **{"summary": Summary.DAILY, **changes})


def noted(database: Database, clock: ManualClock, user_id: int = ANA) -> list[Notification]:
    with database.writing() as session:
        return outbox.claim_notifications(session, user_id, clock.now(), 0)


def test_a_summary_is_noted_at_its_hour_once(summaries: Summaries, database: Database, clock: ManualClock) -> None:
    for person in (ANA, BRUNO):
        spends(database, person, {"occurred_on": YESTERDAY})
    wants(database, clock)
    assert summaries.note_due() == 0
    clock.set(HALF_PAST_SEVEN - timedelta(minutes=1))
    assert summaries.note_due() == 0
    clock.set(HALF_PAST_SEVEN)
    assert summaries.note_due() == 1
    assert summaries.note_due() == 0
    [notification] = noted(database, clock)
    assert (notification.kind, notification.key) == ("summary", "summary:daily:2026-11-23")
    assert notification.detail == {"period": "daily", "from": "2026-11-22", "to": "2026-11-22"}
    assert noted(database, clock, BRUNO) == []
    report = summaries.report(ANA, notification)
    assert report is not None
    assert (report.rows, report.totals[0].outgoing, report.available) == (1, Decimal("-50.00"), Decimal("1000.00"))


def test_nothing_is_noted_of_days_on_which_nothing_happened(
    summaries: Summaries, database: Database, clock: ManualClock
) -> None:
    spends(database, ANA, {"occurred_on": YESTERDAY - timedelta(days=1)}, {"occurred_on": TODAY})
    wants(database, clock)
    clock.set(HALF_PAST_SEVEN)
    assert summaries.note_due() == 0
    with database.reading() as session:
        assert alerts.find_wishes(session, ANA).summary_on == TODAY
        assert alerts.list_summary_wishes(session, TODAY) == []


def test_who_has_no_summary_or_blocked_the_bot_is_not_even_looked_at(database: Database, clock: ManualClock) -> None:
    wants(database, clock, ANA)
    wants(database, clock, BRUNO, summary=Summary.OFF, income=False)
    wants(database, clock, 3000)
    with database.writing() as session:
        alerts.note_blocked(session, 3000, EVENING)
    with database.reading() as session:
        assert [user_id for user_id, _ in alerts.list_summary_wishes(session, TODAY)] == [ANA]


def test_a_process_that_was_away_makes_it_up_for_three_hours(
    summaries: Summaries, database: Database, clock: ManualClock
) -> None:
    for person, hour in ((ANA, time(7, 30)), (BRUNO, time(7, 29))):
        spends(database, person, {"occurred_on": YESTERDAY})
        wants(database, clock, person, summary_at=hour)
    clock.set(HALF_PAST_SEVEN + timedelta(hours=3))
    assert summaries.note_due() == 1
    assert len(noted(database, clock)) == 1
    assert noted(database, clock, BRUNO) == []


def test_a_summary_in_quiet_hours_waits_for_their_end(
    summaries: Summaries, database: Database, clock: ManualClock
) -> None:
    spends(database, ANA, {"occurred_on": YESTERDAY})
    wants(database, clock, quiet_to=time(9))
    clock.set(HALF_PAST_SEVEN)
    assert summaries.note_due() == 1
    assert noted(database, clock) == []
    clock.advance(hours=1.5)
    assert len(noted(database, clock)) == 1


def test_another_hour_on_the_same_day_makes_no_second_summary(
    summaries: Summaries, database: Database, clock: ManualClock
) -> None:
    spends(database, ANA, {"occurred_on": YESTERDAY})
    wants(database, clock)
    clock.set(HALF_PAST_SEVEN)
    assert summaries.note_due() == 1
    wants(database, clock, summary_at=time(8))
    clock.advance(minutes=30)
    assert summaries.note_due() == 0
    assert len(noted(database, clock)) == 1


def test_a_summary_whose_rows_are_gone_says_nothing(
    summaries: Summaries, database: Database, clock: ManualClock
) -> None:
    spends(database, ANA, {"occurred_on": YESTERDAY})
    wants(database, clock)
    clock.set(HALF_PAST_SEVEN)
    summaries.note_due()
    [notification] = noted(database, clock)
    with database.writing() as session:
        (row,) = transaction_rows.list_transactions(session, ANA)
        ledger.remove_transactions(session, ANA, [row["id"]], clock.now())
    assert summaries.report(ANA, notification) is None


# --- as /extrato says --------------------------------------------------------------------------------------------------

PEOPLE = itertools.count(5000)
DAYS = st.integers(0, 6).map(lambda back: YESTERDAY - timedelta(days=back))
CATEGORIES = st.sampled_from([None, "11010000", "04000000", "05100000", "03010000", "03060000"])
ROW = st.fixed_dictionaries(
    {
        "occurred_on": DAYS,
        "amount": st.decimals(-999, 999, places=2),
        "category_id": CATEGORIES,
        "currency_code": st.sampled_from(["BRL", "BRL", "USD"]),
        "same_holder": st.sampled_from([None, True, False]),
    }
)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=15), st.sampled_from(Summary), st.booleans())
def test_a_summary_adds_up_to_what_the_statement_says(
    sqlite_database: Database, rows: list[dict[str, Any]], period: Summary, hidden: bool
) -> None:
    person = next(PEOPLE)
    number = spends(sqlite_database, person, *rows)
    with sqlite_database.writing() as session:
        ledger.set_persons_own(session, person, [number], {"hidden": hidden})
    start = {Summary.WEEKLY: TODAY - timedelta(days=7), Summary.MONTHLY: date(2026, 11, 1)}.get(period, YESTERDAY)
    detail = {"period": period.value, "from": start.isoformat(), "to": YESTERDAY.isoformat()}
    report = Summaries(sqlite_database, ManualClock(HALF_PAST_SEVEN)).report(person, notification_of(person, detail))
    statement = build_statement(sqlite_database, person, StatementFilters(Period(start, YESTERDAY)), HALF_PAST_SEVEN)
    if report is None:
        assert statement.total == 0
        return
    assert (report.rows, report.totals) == (statement.total, statement.totals)
    spent = [line.row["amount"] for line in report.biggest]
    assert spent == sorted(spent)[:3]
    assert sum(spent) >= report.totals[0].outgoing
    assert len(spent) == 3 or sum(spent) == report.totals[0].outgoing


def notification_of(person: int, detail: dict[str, Any]) -> Notification:
    nothing: dict[str, Any] = dict.fromkeys(Notification.__annotations__)
    told = {"id": 1, "user_id": person, "kind": "summary", "detail": detail}
    return Notification(**{**nothing, **told})
