"""What a person says of what they pay again and again: stored, taken back, and what it makes of the flows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import update

from open_finance.category_changes import UNDO
from open_finance.clock import local_day
from open_finance.insights.cards import add_months
from open_finance.insights.recurring import Kind, Recurring
from open_finance.insights.subscriptions import token_of
from open_finance.spending_reports import read_known
from open_finance.storage import recurring_marks
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, ConnectionRow
from open_finance.subscription_book import read_recurring
from tests.clocks import ManualClock
from tests.databases import database_for, on_both
from tests.rows import USER
from tests.subscription_world import Subscriber

NEIGHBOUR = 2000


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


@pytest.fixture
def ana(database: Database, clock: ManualClock) -> Subscriber:
    return Subscriber(database, clock)


def flows(ana: Subscriber) -> tuple[Recurring, ...]:
    """As the forecast reads them."""
    now = ana.clock.now()
    with ana.database.reading() as session:
        known = read_known(session, ana.user_id, now, local_day(now))
        accounts = known.counted.accounts
        return read_recurring(session, ana.user_id, known.rows, known.decided, accounts, local_day(now))


def marks(ana: Subscriber, user_id: int = USER) -> list[tuple[str, str]]:
    with ana.database.reading() as session:
        return [(one["title"], one["says"]) for one in recurring_marks.list_marks(session, user_id)]


def test_what_was_paid_through_a_bank_that_was_left_ends_by_itself(ana: Subscriber) -> None:
    ana.clock.advance(days=60)
    assert ana.book.read(USER).found.subscriptions.items  # the bank is just not read: nobody knows
    with ana.database.writing() as session:
        session.execute(
            update(ConnectionRow).values(disconnect_requested_at=ana.clock.now(), disconnected_at=ana.clock.now())
        )
    found = ana.book.read(USER).found.subscriptions
    assert (found.items, [item.flow.title for item in found.ended]) == ((), ["Streaming Y"])


def test_a_subscription_is_found_with_its_price_and_its_rise(ana: Subscriber) -> None:
    found = ana.book.read(USER).found.subscriptions
    [item] = found.items
    assert (item.amount, item.year, found.month) == (Decimal("55.90"), Decimal("670.80"), Decimal("55.90"))
    assert item.flow.next_on == date(2026, 12, 12)
    assert [(one.change.on, one.percent) for one in found.rises] == [(date(2026, 10, 12), 24)]
    assert len(item.rows) == 11


@on_both("database")
def test_what_is_cancelled_has_ended_and_is_watched(ana: Subscriber) -> None:
    token = ana.token()
    mark = ana.book.mark(USER, token, "cancelled")
    assert mark is not None
    assert (mark["title"].casefold(), mark["amount"], mark["said_on"]) == (
        "streaming y",
        Decimal("55.90"),
        date(2026, 11, 23),
    )
    report = ana.book.read(USER)
    assert report.found.subscriptions.items == ()
    assert [one.mark for one in report.found.watched] == [mark]
    [flow] = flows(ana)
    assert flow.has_ended
    assert token_of(flow.key) == token
    assert mark["flow_key"].endswith(flow.key)


@on_both("database")
def test_what_is_no_subscription_stays_a_fixed_charge(ana: Subscriber) -> None:
    assert ana.book.mark(USER, ana.token(), "not_subscription") is not None
    found = ana.book.read(USER).found
    assert found.subscriptions.items == ()
    assert [(item.flow.kind, item.amount) for item in found.fixed.items] == [(Kind.OTHER, Decimal("55.90"))]
    [flow] = flows(ana)
    assert (flow.kind, flow.has_ended) == (Kind.OTHER, False)


@on_both("database")
def test_said_twice_it_is_said_once_whoever_says_it(ana: Subscriber) -> None:
    token = ana.token()
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: ana.book.mark(USER, token, "cancelled"), range(4)))
    assert len({one["id"] for one in said if one}) == 1
    assert all(said)
    assert len(marks(ana)) == 1
    assert ana.book.mark(USER, token, "not_subscription") is None
    assert [says for _, says in marks(ana)] == ["cancelled"]


@on_both("database")
def test_undo_gives_back_all_of_it_for_ten_minutes(ana: Subscriber) -> None:
    before = flows(ana)
    number = ana.cancels()
    ana.clock.advance(UNDO.total_seconds())
    assert ana.book.undo(USER, number) == "undone"
    assert flows(ana) == before
    assert ana.book.undo(USER, number) == "missing"
    again = ana.cancels()
    assert again != number
    ana.clock.advance(UNDO.total_seconds() + 1)
    assert ana.book.undo(USER, again) == "expired"
    assert len(marks(ana)) == 1


def test_it_can_be_taken_back_at_any_time(ana: Subscriber) -> None:
    number = ana.cancels()
    ana.clock.advance(days=3)
    taken = ana.book.take_back(USER, number)
    assert taken is not None
    assert taken["id"] == number
    assert ana.book.take_back(USER, number) is None
    assert len(ana.book.read(USER).found.subscriptions.items) == 1


@on_both("database")
def test_anothers_words_are_missing_ones(ana: Subscriber) -> None:
    number = ana.cancels()
    assert ana.book.undo(NEIGHBOUR, number) == "missing"
    assert ana.book.take_back(NEIGHBOUR, number) is None
    assert ana.book.mark(NEIGHBOUR, ana.token(), "cancelled") is None
    neighbour = Subscriber(ana.database, ana.clock, NEIGHBOUR)
    assert len(neighbour.book.read(NEIGHBOUR).found.subscriptions.items) == 1
    assert marks(ana, NEIGHBOUR) == []


@pytest.mark.parametrize("token", ["", "0" * 12, "streaming y", "1", "x" * 60])
def test_a_token_of_nothing_says_nothing(ana: Subscriber, token: str) -> None:
    assert ana.book.mark(USER, token, "cancelled") is None
    assert marks(ana) == []


def test_a_charge_after_it_brings_the_flow_back(ana: Subscriber) -> None:
    ana.cancels()
    ana.clock.advance(days=20)
    ana.lists(date(2026, 12, 12))
    [flow] = flows(ana)
    assert not flow.has_ended
    report = ana.book.read(USER)
    [item] = report.found.subscriptions.items
    assert item.mark is not None
    [watched] = report.found.watched
    assert [(one.on, one.amount) for one in watched.charges] == [(date(2026, 12, 12), Decimal("55.90"))]


def test_a_word_is_of_the_same_flow_however_much_of_the_history_is_looked_at(ana: Subscriber) -> None:
    """Of two subscriptions at one shop the first has the shop's name alone; a forecast sees only the second."""
    for number in range(28):
        on = add_months(date(2024, 1, 1), number).replace(day=25)
        if number not in range(10, 16):
            ana.lists(on, "-9.90" if number < 10 else "-34.90", "LOJA DE APPS", passes=False)
    for month in range(5, 12):
        ana.lists(date(2026, month, 25), "-34.90", "LOJA DE APPS", passes=False)
    [apps] = [item for item in ana.book.read(USER).found.subscriptions.items if "apps" in item.flow.title.casefold()]
    assert {flow.key for flow in flows(ana)} != {
        item.flow.key for item in ana.book.read(USER).found.subscriptions.items
    }
    assert ana.book.mark(USER, apps.token, "cancelled") is not None
    by_title = {flow.title.casefold(): flow for flow in flows(ana)}
    assert {title: flow.has_ended for title, flow in by_title.items()} == {"streaming y": False, "loja de apps": True}


def test_a_word_stays_with_its_flow_when_older_years_come(ana: Subscriber) -> None:
    number = ana.cancels()
    for month in range(1, 7):
        ana.lists(date(2025, month, 12), passes=False)
    [watched] = ana.book.read(USER).found.watched
    assert watched.item is not None
    assert watched.item.flow.last_on == date(2026, 11, 12)
    assert ana.book.take_back(USER, number) is not None
    assert ana.book.read(USER).found.subscriptions.month == Decimal("55.90")


def test_a_hidden_account_is_in_no_list(ana: Subscriber) -> None:
    with ana.database.writing() as session:
        session.execute(update(AccountRow).where(AccountRow.id == ana.card).values(hidden=True))
    assert ana.book.read(USER).found.subscriptions.items == ()


def test_without_a_bank_there_is_nothing_to_look_at(ana: Subscriber) -> None:
    report = ana.book.read(NEIGHBOUR)
    assert (report.has_bank, report.known_from, report.months_known) == (False, None, 0)


def test_history_is_counted_from_the_oldest_row(ana: Subscriber) -> None:
    report = ana.book.read(USER)
    assert (report.known_from, report.months_known) == (date(2026, 1, 12), 11)
