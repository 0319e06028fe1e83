"""/investimentos from the database, on SQLite and on PostgreSQL: each position once, and sums that are of what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from open_finance.insights.portfolio import Cover, Kind, PortfolioReport, Tax, Unknown
from open_finance.investment_reports import build_portfolio
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow
from tests.builders import NOW, TODAY
from tests.clocks import START
from tests.databases import database_for, on_both
from tests.investment_rows import add_investment, add_movement, add_pot, add_read, add_snapshot
from tests.rows import USER, add_account, add_connection

DAY = timedelta(days=1)
ON_BOTH = on_both("home")


class Home:
    """A connection that lists positions, and its account."""

    def __init__(self, database: Database) -> None:
        self.database, self._positions = database, 0
        with database.writing() as session:
            self.bank = self.connect(session, "home", connector_name="Banco Z")
            self.account = add_account(session, self.bank, balance=Decimal("500.00"), bank_code="341")

    def connect(self, session: Session, item_id: str, **values: Any) -> int:
        connection_id = add_connection(session, USER, item_id, **{"last_updated_at": START, **values})
        add_read(session, connection_id)
        return connection_id

    def position(self, balance: str, connection_id: int | None = None, **fields: Any) -> int:
        self._positions += 1
        with self.database.writing() as session:
            return add_investment(
                session,
                connection_id or self.bank,
                **{"pluggy_id": f"position-{self._positions}", "balance": Decimal(balance), **fields},
            )

    def report(self) -> PortfolioReport:
        return build_portfolio(self.database, USER, NOW)


@pytest.fixture
def home(request: pytest.FixtureRequest) -> Iterator[Home]:
    with_database = database_for(request)
    with with_database as database:
        yield Home(database)


def ids(positions: Any) -> list[int]:
    return [position.investment["id"] for position in positions]


def agrees(report: PortfolioReport) -> None:
    """What holds of every report: the total is the sum of what is shown, however it is cut."""
    assert report.total == sum((one.balance for one in report.positions), Decimal(0))
    for shares in (report.by_kind, report.by_bank):
        assert sum((share.amount for share in shares), Decimal(0)) == report.total
        assert sorted(one for share in shares for one in share.positions) == sorted(ids(report.positions))
        if report.total > 0:
            assert sum(share.percent for share in shares) == Decimal("100.0")
    assert sum((rung.amount for rung in report.ladder), Decimal(0)) == report.total
    assert sorted(one for rung in report.ladder for one in rung.positions) == sorted(ids(report.positions))


def test_nothing_is_invested(home: Home) -> None:
    report = home.report()
    assert (report.positions, report.by_kind, report.ladder, report.results) == ((), (), (), ())
    assert report.total == 0
    agrees(report)


@ON_BOTH
def test_a_position_is_shown_with_its_tax_and_how_far_it_is_from_the_banks(home: Home) -> None:
    cdb = home.position("10673.6000", issuer_cnpj="60701190000104", issuer="ITAU UNIBANCO S.A.")
    (position,) = home.report().positions
    assert (position.investment["id"], position.kind, position.bank) == (cdb, Kind.CDB, "Banco Z")
    assert (position.balance, position.gross, position.cost) == (
        Decimal("10673.60"),
        Decimal("10842.00"),
        Decimal("10000.00"),
    )
    assert isinstance(position.tax, Tax)
    assert (position.tax.total, position.difference) == (Decimal("168.40"), Decimal("0.00"))
    assert (position.cover, position.issuer_group) == (Cover.COVERED, "Itaú")
    (group,) = home.report().cover
    assert (group.covered, group.deposits, group.above) == (Decimal("10842.00"), Decimal("500.00"), Decimal("0.00"))


@ON_BOTH
def test_total_is_the_sum_however_it_is_cut(home: Home) -> None:
    with home.database.writing() as session:
        other = home.connect(session, "other", connector_name="Corretora Y")
    first = home.position("100.3333")
    second = home.position("0.3350", type="MUTUAL_FUND", subtype="FIXED_INCOME_FUND", code="F1", due_on=None)
    third = home.position("250000.00", other, type="EQUITY", subtype="STOCK", code="PETR4", due_on=None)
    foreign = home.position("70.00", other, currency_code="USD", code="X1")
    gone = home.position("80.00", ended_on=TODAY - DAY, code="G1")
    report = home.report()
    agrees(report)
    assert ids(report.positions) == [third, first, second]
    assert report.total == Decimal("250100.67")
    assert [one["id"] for one in report.apart] == [foreign]
    assert [one["id"] for one in report.ended] == [gone]
    assert [share.name for share in report.by_bank] == ["Corretora Y", "Banco Z"]
    assert [rung.key for rung in report.ladder] == ["half", "open"]


@ON_BOTH
def test_position_that_two_connections_bring_counts_once_by_the_better_one(home: Home) -> None:
    with home.database.writing() as session:
        newer = home.connect(session, "again", last_updated_at=START + DAY)
        ill = home.connect(session, "ill", last_updated_at=START + 2 * DAY, status="LOGIN_ERROR")
    first, second, third = home.position("100.00"), home.position("101.00", newer), home.position("102.00", ill)
    report = home.report()
    assert ids(report.positions) == [second]
    assert report.twins == (first, third)
    agrees(report)


def test_two_lots_of_one_connection_are_two(home: Home) -> None:
    first = home.position("100.00")
    second = home.position("100.00")
    assert sorted(ids(home.report().positions)) == [first, second]


@ON_BOTH
def test_caixinha_that_is_a_position_is_no_pot_beside_it(home: Home) -> None:
    with home.database.writing() as session:
        add_pot(session, home.account, "300.00", key="a", name="Viagem")
        add_pot(session, home.account, "450.00", key="b", name="Reserva")
    rdb = home.position("300.00", type="OTHER", subtype="OTHER", name="RDB", amount=None, issuer=None, issuer_cnpj=None)
    report = home.report()
    (position,) = report.positions
    assert (position.investment["id"], position.kind, position.cover) == (rdb, Kind.BANK_PAPER, Cover.UNKNOWN)
    assert position.twin_pot is not None
    assert position.twin_pot["name"] == "Viagem"
    assert [pot["name"] for pot in report.pots] == ["Reserva"]


def test_caixinhas_are_those_of_accounts_that_count(home: Home) -> None:
    """The account comes through two connections, and another is kept out of every sum."""
    with home.database.writing() as session:
        newer = home.connect(session, "again", last_updated_at=START + DAY)
        twin = add_account(session, newer, balance=Decimal("500.00"))
        hidden = add_account(session, newer, pluggy_id="account-2")
        session.execute(update(AccountRow).where(AccountRow.id == hidden).values(hidden=True))
        for number, key in ((home.account, "old"), (twin, "new"), (hidden, "hidden")):
            add_pot(session, number, "300.00", key=key)
    position = home.position("300.00")
    (shown,) = home.report().positions
    assert shown.investment["id"] == position
    assert shown.twin_pot is not None
    assert shown.twin_pot["key"] == "new"
    assert home.report().pots == ()


def test_door_for_companies_is_taxed_by_other_rules(home: Home) -> None:
    with home.database.writing() as session:
        company = home.connect(session, "company", connector_name="Banco Z Empresas")
    home.position("100.00", company)
    assert [position.tax for position in home.report().positions] == [Unknown.COMPANY]


def test_first_day_has_no_result_yet(home: Home) -> None:
    held = home.position("100.00", purchased_on=date(2025, 1, 1))
    with home.database.writing() as session:
        add_snapshot(session, held, TODAY, "100.00")
    assert home.report().results == ()


def test_missing_counts_until_it_is_believed_but_its_gross_is_of_another_day(home: Home) -> None:
    home.position("100.00", missing_since=START - DAY, figures_on=TODAY - 3 * DAY)
    (position,) = home.report().positions
    assert (position.gross, position.tax, position.difference) == (None, Unknown.GROSS, None)


@ON_BOTH
def test_tax_is_of_the_day_of_the_figures_however_late_they_are_looked_at(home: Home) -> None:
    """On the 180th day; forty days later another rate would hold."""
    day = TODAY - timedelta(days=180)
    home.position("10653.55", purchased_on=day, issued_on=day)
    (then,) = home.report().positions
    (later,) = build_portfolio(home.database, USER, NOW + 40 * DAY).positions
    assert isinstance(then.tax, Tax)
    assert (then.tax.days, then.tax.rate, then.told_on) == (180, Decimal("22.5"), None)
    assert (later.tax, later.gross, later.difference) == (then.tax, then.gross, then.difference)
    assert later.told_on == TODAY


def test_figures_are_of_the_day_that_they_were_collected_on(home: Home) -> None:
    """Read after midnight, or left out of the lists since: gross and net are of one day all the same."""
    held = home.position("10673.60", missing_since=START, figures_on=TODAY - DAY)
    with home.database.writing() as session:
        add_snapshot(session, held, TODAY - DAY, "10673.60")
    (position,) = home.report().positions
    assert isinstance(position.tax, Tax)
    assert (position.told_on, position.tax.days, position.gross) == (TODAY - DAY, 252, Decimal("10842.00"))


def test_connection_on_its_way_out_takes_its_positions_along(home: Home) -> None:
    with home.database.writing() as session:
        leaving = home.connect(session, "leaving", disconnect_requested_at=START)
    home.position("100.00", leaving)
    assert home.report().positions == ()


def test_bank_that_refuses_is_named(home: Home) -> None:
    with home.database.writing() as session:
        refuses = add_connection(session, USER, "refuses")
        add_read(session, refuses, reading="refused", read_at=None, listed=0)
        add_read(session, home.bank, product="loans")
    report = home.report()
    assert [one["id"] for one in report.silent] == [refuses]
    assert [read.connection_id for read in report.reads] == [home.bank, refuses]
    assert [one["id"] for one in report.connections] == [home.bank, refuses]


@ON_BOTH
def test_result_is_net_of_what_was_put_in(home: Home) -> None:
    held = home.position("1100.00", purchased_on=date(2025, 1, 1), issued_on=None)
    with home.database.writing() as session:
        add_snapshot(session, held, date(2026, 10, 20), "990.00")
        add_snapshot(session, held, date(2026, 10, 31), "1000.00")
        add_snapshot(session, held, TODAY, "1100.00")
        add_movement(session, held, amount=Decimal("80.00"), occurred_on=date(2026, 11, 10))
    month, since_first = home.report().results
    assert (month.since, month.began_with, month.put_in, month.worth) == (
        date(2026, 10, 31),
        Decimal("1000.00"),
        Decimal("80.00"),
        Decimal("1100.00"),
    )
    assert (month.amount, since_first.since, since_first.amount) == (
        Decimal("20.00"),
        date(2026, 10, 20),
        Decimal("30.00"),
    )


def test_what_was_sold_in_another_currency_is_in_no_result(home: Home) -> None:
    held = home.position("1010.00", purchased_on=date(2025, 1, 1))
    sold = home.position("500.00", currency_code="USD", code="X1", ended_on=TODAY)
    with home.database.writing() as session:
        for number, value in ((held, "1000.00"), (sold, "400.00")):
            add_snapshot(session, number, date(2026, 10, 31), value)
        out: dict[str, Any] = {"type": "SELL", "movement": "DEBIT", "occurred_on": TODAY}
        add_movement(session, sold, amount=Decimal("500.00"), **out)
    for result in home.report().results:
        assert (result.began_with, result.amount) == (Decimal("1000.00"), Decimal("10.00"))
    assert home.report().results


def test_nobody_sees_anothers(home: Home) -> None:
    home.position("100.00")
    assert build_portfolio(home.database, USER + 1, NOW).positions == ()
