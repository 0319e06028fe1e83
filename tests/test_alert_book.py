"""What a person wants to be told, in the database: only theirs, only what can be, and never twice the same summary."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest

from open_finance.alert_book import AlertBook
from open_finance.alerts.settings import DEFAULTS, AlertSettings, Summary
from open_finance.storage import alerts, outbox
from open_finance.storage.database import Database
from open_finance.storage.outbox import NewNotification
from tests.clocks import START, ManualClock

ANA, BRUNO = 1000, 2000


@pytest.fixture
def book(database: Database, clock: ManualClock) -> AlertBook:
    return AlertBook(database, clock)


def summary_on(database: Database) -> date | None:
    with database.reading() as session:
        return alerts.find_wishes(session, ANA).summary_on


def test_a_change_is_one_persons_and_stays(book: AlertBook) -> None:
    assert book.get(ANA) == DEFAULTS
    assert book.change(ANA, income=False) == AlertSettings(income=False)
    assert book.change(ANA, spending_from=Decimal("80.00")) == book.get(ANA)
    assert book.get(ANA) == AlertSettings(income=False, spending_from=Decimal("80.00"))
    assert book.get(BRUNO) == DEFAULTS


@pytest.mark.parametrize(
    "changes",
    [
        {"horoscope": True},
        {"income": 1},
        {"spending_from": 80},
        {"spending_from": Decimal("-0.01")},
        {"spending_from": Decimal("0.001")},
        {"spending_from": Decimal("NaN")},
        {"spending_from": Decimal(100000000)},
        {"quiet_from": time(7, 30, 1)},
        {"summary": "daily"},
        {"income": False, "summary_at": "07:30"},
    ],
)
def test_what_cannot_be_changes_nothing(sqlite_database: Database, changes: dict[str, object]) -> None:
    book = AlertBook(sqlite_database, ManualClock())
    with pytest.raises(ValueError, match="not a value of the setting"):
        book.change(ANA, **changes)
    assert book.get(ANA) == DEFAULTS


def test_what_waits_is_looked_at_anew_by_a_change_only(book: AlertBook, database: Database, clock: ManualClock) -> None:
    later = clock.now().replace(hour=23)
    with database.writing() as session:
        for person in (ANA, BRUNO):
            outbox.add_notifications(session, person, [NewNotification("one", "back", not_before=later)], START)
    book.change(ANA, income=True)  # as it is already
    with database.reading() as session:
        assert outbox.list_waiting(session, clock.now()) == []
    book.change(ANA, income=False)
    with database.reading() as session:
        assert outbox.list_waiting(session, clock.now()) == [ANA]


def test_a_summary_whose_hour_is_over_is_not_made_up_for_by_who_chooses_it(book: AlertBook, database: Database) -> None:
    book.change(ANA, income=False)
    assert summary_on(database) is None
    book.change(ANA, summary=Summary.DAILY)  # at noon, for half past seven
    assert summary_on(database) == date(2026, 11, 23)
    book.change(ANA, summary_at=time(20))  # this evening
    assert summary_on(database) == date(2026, 11, 22)
    book.change(ANA, summary=Summary.OFF)
    assert summary_on(database) == date(2026, 11, 22)


def test_what_was_said_to_be_ones_own_can_be_taken_back(book: AlertBook, database: Database) -> None:
    with database.writing() as session:
        for person in (ANA, BRUNO):
            for pattern in ("c", "a", "b"):
                alerts.add_quiet_pattern(session, person, pattern, START)
    assert book.list_quiet(ANA) == ["a", "b", "c"]
    assert book.wake_quiet(ANA, ["b", "unknown"]) == 1
    assert book.wake_quiet(ANA, ["b"]) == 0
    assert book.list_quiet(ANA) == ["a", "c"]
    assert book.wake_quiet(ANA) == 2
    assert book.list_quiet(ANA) == []
    assert book.list_quiet(BRUNO) == ["a", "b", "c"]
