"""/patrimonio with investments and loans, from the database: what counts, once, and what the net worth of a household is by
hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from open_finance.insights.loan_costs import OVERDRAFT
from open_finance.insights.wealth import Part, Source
from open_finance.investment_reports import build_portfolio
from open_finance.money import ZERO
from open_finance.reports import build_balance
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow
from tests.builders import NOW, TODAY
from tests.clocks import START, ManualClock
from tests.databases import on_both
from tests.fake_bank import World
from tests.investment_rows import add_investment, add_pot, add_read, add_snapshot
from tests.loan_rows import add_loan, add_owed
from tests.returning import STRANGER, read_world
from tests.rows import add_connection
from tests.test_wealth_reports import Home, net

ONE = timedelta(days=1)
EARLY = date(2026, 1, 1)
STOCK: dict[str, Any] = {"type": "EQUITY", "subtype": "STOCK", "purchased_on": None, "issued_on": None}


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    yield from read_world(request, clock)


class House(Home):
    """Accounts, positions and loans of connections, as they stand on ``TODAY``."""

    database: Database

    def bank(self, name: str, **fields: Any) -> int:
        with self.database.writing() as session:
            return add_connection(session, STRANGER, name, last_updated_at=START, last_synced_at=START, **fields)

    def position(self, name: str, balance: str, *, connection_id: int | None = None, **fields: Any) -> int:
        fields = {"pluggy_id": name, "balance": Decimal(balance), "amount": None, "code": name, **fields}
        with self.database.writing() as session:
            return add_investment(session, connection_id or self.connection_id, STRANGER, **fields)

    def worth(self, position_id: int, days: int, balance: str) -> None:
        with self.database.writing() as session:
            add_snapshot(session, position_id, TODAY - days * ONE, balance, STRANGER)

    def loan(self, name: str, outstanding: str | None, *, connection_id: int | None = None, **fields: Any) -> int:
        told = None if outstanding is None else Decimal(outstanding)
        with self.database.writing() as session:
            return add_loan(
                session, connection_id or self.connection_id, STRANGER, pluggy_id=name, outstanding=told, **fields
            )

    def owed(self, loan_id: int, days: int, outstanding: str) -> None:
        with self.database.writing() as session:
            add_owed(session, loan_id, TODAY - days * ONE, outstanding, STRANGER)

    def pot(self, account_id: int, amount: str) -> None:
        with self.database.writing() as session:
            add_pot(session, account_id, amount, STRANGER)

    def read(self, connection_id: int) -> None:
        with self.database.writing() as session:
            add_read(session, connection_id, STRANGER)

    def leave(self, connection_id: int) -> None:
        with self.database.writing() as session:
            session.execute(
                update(ConnectionRow).where(ConnectionRow.id == connection_id).values(disconnect_requested_at=START)
            )

    def invested(self) -> Decimal | None:
        """Today, in /patrimonio; /saldo says the same beside its pots, and so does /investimentos."""
        found, balance = self.report().now.investments, build_balance(self.database, STRANGER, NOW)
        portfolio = build_portfolio(self.database, STRANGER, NOW)
        assert found == balance.invested + balance.reserved
        assert found == portfolio.total + sum((pot["amount"] for pot in portfolio.pots), ZERO)
        return found


@pytest.fixture
def home(world: World) -> House:
    return House(world)


@on_both("world")
def test_the_net_worth_of_a_household_is_the_formula_by_hand(home: House) -> None:
    """Reference 5.3: accounts and active investments, less cards and what is outstanding of loans; pots beside them."""
    checking = home.account("c", "1234.56", reserved=Decimal("500.00"), automatically_invested=Decimal("900.00"))
    home.account("p", "300.00", subtype="SAVINGS_ACCOUNT")
    home.account("k", "812.30", type="CREDIT", subtype="CREDIT_CARD")
    home.pot(checking, "500.00")
    home.position("cdb", "10673.6049")
    home.position("sold", "0.00", status="TOTAL_WITHDRAWAL", ended_on=TODAY - 9 * ONE)
    home.position("stock", "2000.005", **STOCK)
    home.loan("one", "5123.45")
    home.loan("paid", "0.00", identity="b", ended_on=TODAY - 9 * ONE)
    report, balance = home.report(), build_balance(home.database, STRANGER, NOW)
    invested, owed = Decimal("10673.60") + Decimal("2000.01"), Decimal("5123.45")
    assert report.now.net == Decimal("1534.56") + Decimal("500.00") + invested - Decimal("812.30") - owed
    assert report.now.cash == Decimal("1534.56")
    assert (balance.invested, balance.loans) == (invested, owed)
    assert report.now.net == balance.net + balance.invested - balance.loans
    assert report.sources == frozenset(Source)


@on_both("world")
def test_what_was_sold_counts_until_then_and_what_came_later_from_its_purchase(home: House) -> None:
    home.held(home.account("c", "0.00"), 370)
    sold = home.position("sold", "0.00", ended_on=TODAY - 3 * ONE, **STOCK)
    for days, worth in ((6, "100.00"), (4, "110.00"), (3, "0.00"), (1, "7.00")):
        home.worth(sold, days, worth)
    home.worth(home.position("new", "50.00", **STOCK), 2, "50.00")
    home.position("cdb", "205.00", purchased_on=TODAY - 5 * ONE, amount_original=Decimal("200.00"))
    report = home.report()
    assert [net(report)[days] for days in range(8)] == [
        *map(Decimal, ("255.00", "250.00", "250.00", "200.00", "310.00", "300.00", "100.00")),
        None,
    ]
    assert report.late == {Source.POSITION}
    assert not any(point.is_calculated for point in report.points if point.net is not None)


def test_cash_and_debt_stay_where_the_past_of_a_share_is_not_known(home: House) -> None:
    checking = home.account("c", "700.00")
    home.row(checking, 30, "700.00")
    home.position("stock", "50.00", **STOCK)
    report = home.report()
    assert (report.now.net, report.month, report.year) == (Decimal("750.00"), None, None)
    assert [point.cash for point in report.points[-3:]] == [Decimal("700.00")] * 3
    assert net(report)[1] is None
    assert report.late == {Source.POSITION}


def test_a_loan_is_followed_back_to_its_contract(home: House) -> None:
    home.held(home.account("c", "0.00"), 370)
    one = home.loan("one", "500.00", contracted_on=TODAY - 10 * ONE, contract_amount=Decimal("1000.00"))
    home.owed(one, 5, "700.00")
    report = home.report()
    assert [net(report)[days] for days in (11, 10, 9, 5, 4, 0)] == [
        Decimal(amount) for amount in ("0.00", "-1000.00", "-940.00", "-700.00", "-700.00", "-500.00")
    ]
    assert report.is_spread
    assert report.measured_from == TODAY - 5 * ONE
    assert report.parts == {Part.CASH, Part.DEBT}


# --- once ----------------------------------------------------------------------------------------------------------------


def test_a_pot_that_is_listed_as_a_position_too_counts_once(home: House) -> None:
    checking = home.account("c", "10.00", reserved=Decimal("500.00"))
    home.pot(checking, "500.00")
    home.position("rdb", "500.00")
    assert home.invested() == Decimal("500.00")
    home.position("other", "500.00", purchased_on=EARLY)
    assert home.invested() == Decimal("1000.00")
    assert build_balance(home.database, STRANGER, NOW).invested == Decimal("500.00")


def test_the_pot_of_a_hidden_account_hides_no_position(home: House) -> None:
    checking = home.account("c", "10.00", reserved=Decimal("500.00"))
    home.pot(checking, "500.00")
    home.change(checking, hidden=True)
    home.position("rdb", "500.00")
    assert home.invested() == Decimal("500.00")


@on_both("world")
def test_a_position_and_a_contract_through_two_connections_count_once(home: House) -> None:
    other = home.bank("other")
    home.held(home.account("c", "10.00"), 370)
    first = home.position("cdb", "100.00")
    home.worth(first, 20, "90.00")
    home.position("cdb", "101.00", connection_id=other)
    home.owed(home.loan("one", "50.00"), 20, "60.00")
    home.loan("two", "49.00", connection_id=other)
    home.position("lot", "7.00", purchased_on=EARLY)
    report, balance = home.report(), build_balance(home.database, STRANGER, NOW)
    assert home.invested() == Decimal("108.00")  # the later of two that stand alike
    assert balance.loans == Decimal("49.00")
    at = {(report.today - point.day).days: point for point in report.points}
    assert (at[20].debt, at[1].debt, at[0].debt) == (Decimal("-60.00"), Decimal("-60.00"), Decimal("-49.00"))
    home.leave(other)
    assert home.invested() == Decimal("107.00")


def test_what_one_connection_lists_no_more_and_another_does_is_one(home: House) -> None:
    other = home.bank("other")
    home.held(home.account("c", "0.00"), 370)
    home.read(other)
    old = home.position("cdb", "0.00", ended_on=TODAY - 3 * ONE)
    home.worth(old, 9, "90.00")
    home.worth(home.position("cdb", "101.00", connection_id=other), 6, "95.00")
    assert [net(home.report())[days] for days in (9, 7, 6, 3, 0)] == [
        *map(Decimal, ("90.00", "90.00", "95.00", "95.00", "101.00"))
    ]
    assert home.invested() == Decimal("101.00")


def test_what_a_bank_told_before_it_was_left_is_the_past_of_what_it_tells_now(home: House) -> None:
    other = home.bank("other")
    home.held(home.account("c", "0.00"), 370)
    home.worth(home.position("stock", "90.00", connection_id=other, **STOCK), 9, "90.00")
    home.owed(home.loan("one", "70.00", connection_id=other), 9, "70.00")
    home.worth(home.position("gone", "5.00", connection_id=other, **STOCK), 9, "5.00")
    home.leave(other)
    home.position("stock", "95.00", **STOCK)
    home.loan("one", "60.00")
    assert [net(home.report())[days] for days in (9, 1, 0)] == [*map(Decimal, ("20.00", "20.00", "35.00"))]


def test_an_overdraft_is_its_accounts_balance_and_no_loan(home: House) -> None:
    checking = home.account("c", "-210.00")
    one = home.loan("over", "210.00", kind=OVERDRAFT, contracted_on=None)
    home.owed(one, 2, "150.00")
    report, balance = home.report(), build_balance(home.database, STRANGER, NOW)
    assert report.now.net == Decimal("-210.00")
    assert balance.loans == Decimal("0.00")
    home.held(checking, 2)
    assert net(home.report())[2] == Decimal("-210.00")
    home.change(checking, balance=Decimal("5.00"))
    assert build_balance(home.database, STRANGER, NOW).loans == Decimal("210.00")
    assert home.report().now.net == Decimal("-205.00")
    home.bank("elsewhere")
    assert home.report().now.net == Decimal("-205.00")


# --- apart ---------------------------------------------------------------------------------------------------------------


def test_what_is_in_no_sum_is_told(home: House) -> None:
    silent = home.bank("silent")
    home.read(home.connection_id)
    home.position("dollars", "7.00", currency_code="USD")
    home.loan("euros", "3.00", currency_code="EUR")
    home.loan("untold", None, identity="c")
    report = home.report()
    assert report.points == ()
    assert [one["code"] for one in report.apart_positions] == ["dollars"]
    assert [one["currency_code"] for one in report.apart_loans] == ["EUR"]
    assert [one["pluggy_id"] for one in report.untold] == ["untold"]
    assert [one["id"] for one in report.silent] == [silent]


def test_a_broker_alone_is_a_net_worth_too(home: House) -> None:
    home.position("cdb", "205.00", purchased_on=TODAY - 5 * ONE, amount_original=Decimal("200.00"))
    report = home.report()
    assert (report.parts, report.now.net) == (frozenset({Part.INVESTMENTS}), Decimal("205.00"))
    assert [net(report)[days] for days in (6, 5, 0)] == [Decimal("0.00"), Decimal("200.00"), Decimal("205.00")]
    assert build_balance(home.database, STRANGER, NOW).is_empty is False
