"""/patrimonio from the database, on SQLite and on PostgreSQL: parts that add up, each account once, and what stays out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from open_finance.account_book import AccountBook
from open_finance.clock import local_day
from open_finance.demo import FAMILY, Demo
from open_finance.insights.wealth import Change, Part, Source
from open_finance.reports import build_balance
from open_finance.storage import ledger, snapshots
from open_finance.storage.models import AccountRow
from open_finance.wealth_reports import WealthReport, build_wealth, months_before
from tests.builders import NOW, TODAY
from tests.clocks import START, ManualClock
from tests.databases import on_both
from tests.fake_bank import ITEM, World
from tests.returning import HERE, STRANGER, account_of, leave, read_world, return_by_another_item
from tests.rows import USER, account_data, add_connection, transaction_data

ONE = timedelta(days=1)


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    yield from read_world(request, clock)


class Home:
    """Accounts of one connection, as they stand on ``TODAY``."""

    def __init__(self, world: World) -> None:
        self.database, self._rows = world.database, 0
        with self.database.writing() as session:
            self.connection_id = add_connection(
                session, STRANGER, "home", is_open_finance=True, last_updated_at=START, last_synced_at=START
            )

    def account(self, name: str, balance: str, **values: Any) -> int:
        data = account_data(name, balance=Decimal(balance), **values)
        with self.database.writing() as session:
            ledger.merge_accounts(session, STRANGER, self.connection_id, [data], START)
            return ledger.list_account_states(session, STRANGER, self.connection_id)[name].id

    def row(self, account_id: int, days: int, amount: str, **values: Any) -> None:
        self._rows += 1
        kind = "DEBIT" if amount.startswith("-") else "CREDIT"
        fields = {"occurred_on": TODAY - days * ONE, "amount": Decimal(amount), "type": kind, **values}
        with self.database.writing() as session:
            ledger.merge_transactions(
                session, STRANGER, account_id, [transaction_data(f"home-{self._rows}", **fields)], START
            )

    def held(self, account_id: int, days: int) -> None:
        with self.database.writing() as session:
            assert snapshots.save_snapshot(session, STRANGER, account_id, TODAY - days * ONE, START)

    def change(self, account_id: int, **values: Any) -> None:
        with self.database.writing() as session:
            session.execute(update(AccountRow).where(AccountRow.id == account_id).values(**values))

    def report(self, months: int = 12) -> WealthReport:
        return build_wealth(self.database, STRANGER, NOW, months)


@pytest.fixture
def home(world: World) -> Home:
    return Home(world)


def net(report: WealthReport) -> dict[int, Decimal | None]:
    return {(report.today - point.day).days: point.net for point in report.points}


# --- through passes ------------------------------------------------------------------------------------------------------


@on_both("world")
def test_today_is_what_the_balance_says_and_each_day_that_was_read_is_kept(world: World) -> None:
    world.bank.accounts[ITEM][0]["balance"] = Decimal("2000.00")
    world.next_day()
    world.sync()
    now = world.clock.now()
    report, balance = build_wealth(world.database, USER, now), build_balance(world.database, USER, now)
    assert report.now.net == balance.net == Decimal("2000.00") + Decimal("500.00") - Decimal("2310.55")
    assert (report.now.cash, report.now.investments) == (balance.available, balance.reserved)
    assert report.now.debt == -balance.owed
    assert net(report)[1] == Decimal("1843.27") + Decimal("500.00") - Decimal("2310.55")
    assert report.measured_from == local_day(START)
    assert report.parts == frozenset(Part)


@on_both("world")
def test_an_account_that_two_connections_bring_counts_once_and_keeps_its_past(world: World) -> None:
    world.next_day()
    before = build_wealth(world.database, USER, world.clock.now()).points[-1]
    again = return_by_another_item(world)
    world.sync(connection_id=again)
    both = build_wealth(world.database, USER, world.clock.now())
    assert both.now.net == before.net
    assert both.measured_from == local_day(START)
    leave(world)
    world.clock.advance(days=1)
    world.bank.collect("item-9")
    world.sync(connection_id=again)
    joined = build_wealth(world.database, USER, world.clock.now())
    assert (joined.now.net, joined.measured_from, joined.left) == (before.net, local_day(START), ())
    assert account_of(world, HERE)["balance"] == Decimal("1843.27")


def test_a_bank_that_was_left_takes_its_past_along_and_is_named(world: World) -> None:
    with world.database.writing() as session:
        other = add_connection(session, item_id="other", last_updated_at=START)
        own = account_data("other", balance=Decimal("5.00"))
        ledger.merge_accounts(session, USER, other, [own], START)
    leave(world)
    report = build_wealth(world.database, USER, world.clock.now())
    assert report.now.net == Decimal("5.00")
    assert [one["id"] for one in report.left] == [world.connection_id]
    assert {point.net for point in report.points} == {Decimal("5.00")}


def test_a_gap_and_a_bank_that_is_no_longer_read_carry_their_last_day(world: World) -> None:
    world.clock.advance(days=4)
    report = build_wealth(world.database, USER, world.clock.now())
    assert {point.net for point in report.points if point.day >= local_day(START)} == {report.now.net}
    assert [one["last_updated_at"] for one in report.connections] == [START]


# --- a household added up by hand ----------------------------------------------------------------------------------------


def test_the_past_is_worked_out_and_own_money_stays(home: Home) -> None:
    checking, savings = home.account("c", "700.00"), home.account("p", "300.00", subtype="SAVINGS_ACCOUNT")
    home.row(checking, 40, "1000.00")
    home.row(checking, 10, "-300.00", category_id="04000000")
    home.row(savings, 10, "300.00", category_id="04000000")
    report = home.report()
    assert report.now.net == Decimal("1000.00")
    assert net(report)[11] == net(report)[9] == net(report)[40] == Decimal("1000.00")
    assert net(report)[41] == Decimal("0.00")
    assert report.month == Change(months_before(TODAY, 1), Decimal("0.00"))
    assert report.year == Change(date(2025, 11, 23), Decimal("1000.00"))
    assert [point.is_calculated for point in report.points[-2:]] == [True, False]
    assert len(home.report(3).points) == (TODAY - date(2026, 8, 23)).days + 1


def test_an_account_on_which_little_happens_is_known_for_the_whole_year(home: Home) -> None:
    checking, savings = home.account("c", "700.00"), home.account("p", "300.00", subtype="SAVINGS_ACCOUNT")
    home.row(checking, 400, "900.00")
    home.row(checking, 100, "-200.00")
    home.row(savings, 380, "290.00")
    home.row(savings, 20, "10.00")
    report = home.report()
    assert report.points[0].day == date(2025, 11, 23)
    assert net(report)[300] == Decimal("1190.00")
    assert report.year == Change(date(2025, 11, 23), Decimal("-190.00"))


def test_a_pot_is_followed_back_along_what_went_into_it(home: Home) -> None:
    checking = home.account("c", "700.00", reserved=Decimal("200.00"), reserved_count=1)
    home.row(checking, 30, "900.00")
    home.row(checking, 5, "-200.00", category_id="03000000", description="Dinheiro guardado na caixinha")
    report = home.report()
    assert report.now.investments == Decimal("200.00")
    assert net(report)[6] == net(report)[4] == Decimal("900.00")
    assert next(point for point in report.points if point.day == TODAY - 6 * ONE).investments == Decimal("0.00")


def test_pending_rows_and_those_that_do_not_add_up_are_not_followed(home: Home) -> None:
    checking = home.account("c", "700.00")
    home.row(checking, 30, "900.00")
    home.row(checking, 5, "-10.00", status="PENDING")
    assert net(home.report())[6] == Decimal("700.00")
    home.change(checking, balance_gap_on=TODAY - 3 * ONE, balance_gap=Decimal("-35.00"))
    assert list(net(home.report())) == [3, 2, 1, 0]


def test_a_card_without_a_past_has_a_sum_from_its_first_day(home: Home) -> None:
    checking = home.account("c", "700.00")
    home.row(checking, 30, "900.00")
    owed = home.account("k", "80.00", type="CREDIT", subtype="CREDIT_CARD")
    home.held(owed, 2)
    report = home.report()
    assert net(report)[3] is None
    assert net(report)[2] == net(report)[0] == Decimal("620.00")
    assert report.points[0].cash == Decimal("700.00")


def test_hidden_accounts_and_other_currencies_are_in_no_day(home: Home) -> None:
    home.account("c", "700.00")
    hidden, dollars = home.account("h", "50.00"), home.account("u", "9.00", currency_code="USD")
    home.held(hidden, 20)
    AccountBook(home.database, ManualClock()).hide_account(STRANGER, hidden)
    report = home.report()
    assert net(report) == {0: Decimal("700.00")}
    assert ([one["id"] for one in report.hidden], [one["id"] for one in report.apart]) == ([hidden], [dollars])


def test_without_accounts_in_reais_there_are_no_points(home: Home) -> None:
    home.account("u", "9.00", currency_code="USD")
    report = home.report()
    assert (report.points, report.parts) == ((), frozenset())
    assert build_wealth(home.database, 3000, NOW).connections == ()


def test_only_a_card_is_only_debt(home: Home) -> None:
    home.account("k", "80.00", type="CREDIT", subtype="CREDIT_CARD")
    report = home.report()
    assert (report.parts, report.now.net) == (frozenset({Part.DEBT}), Decimal("-80.00"))


def test_the_invented_family_has_a_past_as_well() -> None:
    demo = Demo()
    try:
        report = build_wealth(demo.database(NOW), FAMILY, NOW)
        balance = build_balance(demo.database(NOW), FAMILY, NOW)
    finally:
        demo.close()
    assert report.now.net == balance.net + balance.invested - balance.loans
    assert report.sources == frozenset(Source)
    assert report.month is not None
    known = [point for point in report.points if point.net is not None]
    assert len(known) > 80
    assert known[0].is_calculated
    assert all(point.debt is not None and point.debt <= 0 for point in known)
