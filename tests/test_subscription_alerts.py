"""Who is told that what they cancelled was charged again: from stored rows to the outbox, once for each charge."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update

from open_finance import subscription_alerts
from open_finance.insights.cancelled import Charge
from open_finance.storage import echoes, outbox
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, TransactionRow
from open_finance.storage.outbox import Notification
from open_finance.subscription_alerts import SubscriptionAlerts
from open_finance.subscription_book import read_charges
from tests.clocks import ManualClock
from tests.databases import database_for, on_both
from tests.rows import USER
from tests.subscription_world import Subscriber

NEIGHBOUR = 2000
DECEMBER = date(2026, 12, 12)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


@pytest.fixture
def ana(database: Database, clock: ManualClock) -> Subscriber:
    """She cancelled it on 23 November; three weeks have passed."""
    return cancelled(Subscriber(database, clock))


def cancelled(one: Subscriber) -> Subscriber:
    one.cancels()
    one.clock.advance(days=20)
    return one


def written(one: Subscriber) -> list[Notification]:
    with one.database.reading() as session:
        return outbox.list_of_kind(session, one.user_id, "subscription")


def find(one: Subscriber, told: Notification) -> tuple[date, str] | None:
    found = one.alerts.find(one.user_id, told)
    return None if found is None else (found.on, str(found.amount))


# --- what is written -------------------------------------------------------------------------------------------------


@on_both("database")
def test_another_charge_is_noted_once_whoever_looks_and_however_often(ana: Subscriber) -> None:
    assert ana.alerts.note_due() == 0
    ana.lists(DECEMBER)
    assert ana.alerts.note_due() == 1
    [one] = written(ana)
    assert one.detail == {"mark": 1, "row": one.detail["row"], "on": "2026-12-12", "amount": "55.90"}
    assert find(ana, one) == (DECEMBER, "55.90")
    assert ana.alerts.note_due() == 0
    assert SubscriptionAlerts(ana.database, ana.clock).note_due() == 0
    ana.passed()
    assert ana.alerts.note_due() == 0
    ana.clock.advance(days=31)
    ana.lists(date(2027, 1, 12))
    assert ana.alerts.note_due() == 1
    assert [find(ana, each) for each in written(ana)] == [(DECEMBER, "55.90"), (date(2027, 1, 12), "55.90")]


@on_both("database")
def test_many_processes_at_once_note_it_once(ana: Subscriber) -> None:
    ana.lists(DECEMBER)
    lookers = [SubscriptionAlerts(ana.database, ana.clock) for _ in range(6)]
    with ThreadPoolExecutor(len(lookers)) as pool:
        assert sum(pool.map(SubscriptionAlerts.note_due, lookers)) == 1


def test_what_was_charged_before_they_said_so_is_no_news(database: Database, clock: ManualClock) -> None:
    ana = Subscriber(database, clock)
    ana.lists(date(2026, 11, 23))
    ana.cancels()
    ana.clock.advance(days=1)
    ana.lists(date(2026, 11, 22))
    ana.lists(date(2026, 11, 23), "-55.90")
    assert ana.alerts.note_due() == 0


def test_a_year_that_comes_late_cries_no_wolf(ana: Subscriber) -> None:
    for month in range(1, 13):
        ana.lists(date(2025, month, 12), passes=False)
    ana.passed()
    assert ana.alerts.note_due() == 0


def test_who_cancelled_nothing_is_not_looked_at(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = Subscriber(database, clock)
    ana.passed()
    monkeypatch.setattr(subscription_alerts, "read_charges", lambda *_: pytest.fail("looked at"))
    assert ana.alerts.note_due() == 0


def test_who_has_nothing_new_is_read_once_a_day(ana: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def counting(session: Any, user_id: int, now: Any) -> Any:
        looks.append(user_id)
        return read_charges(session, user_id, now)

    monkeypatch.setattr(subscription_alerts, "read_charges", counting)
    for _ in range(3):
        ana.alerts.note_due()
    assert len(looks) == 1
    ana.passed()
    ana.alerts.note_due()
    ana.alerts.note_due()
    assert len(looks) == 2
    ana.clock.advance(days=1)
    ana.alerts.note_due()
    assert len(looks) == 3


def test_only_a_few_are_looked_at_in_one_call(
    ana: Subscriber, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled(Subscriber(ana.database, clock, NEIGHBOUR)).lists(date(2027, 1, 1))
    ana.lists(DECEMBER)
    monkeypatch.setattr(subscription_alerts, "PEOPLE_A_CALL", 1)
    assert [ana.alerts.note_due(), ana.alerts.note_due()] == [1, 1]


def test_whoever_could_not_be_looked_at_is_looked_at_again(ana: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    ana.lists(DECEMBER)
    with monkeypatch.context() as broken:
        broken.setattr(subscription_alerts, "read_charges", _fail)
        with pytest.raises(RuntimeError):
            ana.alerts.note_due()
    assert ana.alerts.note_due() == 1


def _fail(*_: object) -> list[Charge]:
    raise RuntimeError


@on_both("database")
def test_a_word_taken_back_in_that_moment_is_not_told(ana: Subscriber) -> None:
    """Between the look and the writing the person says that they have not cancelled it."""
    ana.lists(DECEMBER)
    noted = outbox.list_of_kind
    taken: list[object] = []

    def meanwhile(*arguments: Any) -> Any:
        if not taken:
            taken.append(ana.book.take_back(USER, 1))
        return noted(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subscription_alerts.outbox, "list_of_kind", meanwhile)
        assert ana.alerts.note_due() == 0
    assert taken
    assert written(ana) == []


# --- what is true when it is sent ------------------------------------------------------------------------------------


def test_a_charge_taken_out_is_told_no_more_until_it_is_listed_again(ana: Subscriber) -> None:
    name = ana.lists(DECEMBER)
    ana.alerts.note_due()
    [one] = written(ana)
    ana.withdraws(name)
    assert find(ana, one) is None
    ana.lists(DECEMBER, name="under another id")
    assert find(ana, one) == (DECEMBER, "55.90")
    assert ana.alerts.note_due() == 0


def test_a_charge_given_back_is_told_no_more(ana: Subscriber) -> None:
    ana.lists(DECEMBER)
    ana.alerts.note_due()
    [one] = written(ana)
    ana.lists(date(2026, 12, 13), "55.90", "ESTORNO STREAMING Y")
    assert find(ana, one) is None
    assert ana.alerts.note_due() == 0


def test_a_charge_given_back_at_once_is_never_noted(ana: Subscriber) -> None:
    ana.lists(DECEMBER, passes=False)
    ana.lists(date(2026, 12, 13), "55.90", "ESTORNO STREAMING Y")
    assert ana.alerts.note_due() == 0


@on_both("database")
def test_a_charge_that_settles_under_another_id_and_day_is_one(ana: Subscriber) -> None:
    name = ana.lists(DECEMBER)
    ana.alerts.note_due()
    [one] = written(ana)
    settled = ana.lists(date(2026, 12, 13), passes=False)
    with ana.database.writing() as session:
        echoes.add_echoes(session, USER, {ana.id_of(settled): ana.id_of(name)})
    ana.withdraws(name)
    assert ana.alerts.note_due() == 0
    assert find(ana, one) == (date(2026, 12, 13), "55.90")


def test_whoever_has_not_cancelled_after_all_is_told_nothing(ana: Subscriber) -> None:
    ana.lists(DECEMBER)
    ana.alerts.note_due()
    [one] = written(ana)
    ana.book.take_back(USER, 1)
    assert find(ana, one) is None


def test_another_persons_notification_is_a_missing_one(ana: Subscriber) -> None:
    ana.lists(DECEMBER)
    ana.alerts.note_due()
    [one] = written(ana)
    assert ana.alerts.find(NEIGHBOUR, one) is None


def test_a_hidden_account_is_not_told_of(ana: Subscriber) -> None:
    ana.lists(DECEMBER)
    with ana.database.writing() as session:
        session.execute(update(AccountRow).where(AccountRow.id == ana.card).values(hidden=True))
    assert ana.alerts.note_due() == 0


def test_what_was_forgotten_is_not_told_anew(ana: Subscriber) -> None:
    ana.lists(DECEMBER)
    ana.alerts.note_due()
    ana.clock.advance(days=200)
    with ana.database.writing() as session:
        session.execute(delete(NotificationRow))
    ana.passed()
    assert ana.alerts.note_due() == 0


# --- any order -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_each_charge_after_it_is_told_once(
    sqlite_database: Database, clock: ManualClock, seed: int
) -> None:
    random, ana = Random(seed), cancelled(Subscriber(sqlite_database, clock))
    standing = {}
    for month in range(1, 7):
        on = date(2027, month, 12) if month > 1 else DECEMBER
        clock.set(clock.now().replace(year=on.year, month=on.month, day=13))
        for action in random.sample(["charge", "look", "pass", "look", "old"], 5):
            if action == "charge" and random.random() < 0.7:
                standing[ana.lists(on)] = on
            elif action == "old":
                ana.lists(date(2025, month, 12))
            elif action == "pass":
                ana.passed()
            else:
                SubscriptionAlerts(sqlite_database, clock).note_due()
    SubscriptionAlerts(sqlite_database, clock).note_due()
    assert sorted(one.detail["on"] for one in written(ana)) == sorted(on.isoformat() for on in standing.values())


def test_a_look_without_news_takes_no_lock(ana: Subscriber) -> None:
    ana.lists(DECEMBER)
    ana.alerts.note_due()
    ana.passed()
    statements: list[str] = []
    event.listen(ana.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]), named=False)
    assert ana.alerts.note_due() == 0
    assert statements
    assert all(one.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN")) for one in statements)


def test_rows_of_the_flow_are_hers_alone(ana: Subscriber) -> None:
    cancelled(Subscriber(ana.database, ana.clock, NEIGHBOUR))
    ana.lists(date(2027, 1, 1))
    assert ana.alerts.note_due() == 1
    with ana.database.reading() as session:
        owners = session.scalars(
            select(TransactionRow.user_id).where(TransactionRow.id == written(ana)[0].detail["row"])
        ).all()
    assert owners == [USER]
