"""What every household of the local Pluggy holds, as each kind of door tells it: the sum of the positions is the total
shown, however it is cut, and our tax is the bank's to the centavo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from open_finance.insights.portfolio import PortfolioReport, Position, Tax, Unknown
from open_finance.insights.portfolio_figures import PortfolioRows, portfolio_figures
from open_finance.investment_records import Investment, InvestmentTransaction
from open_finance.money import ZERO
from open_finance.pluggy_investments import read_investment, read_investment_transaction
from open_finance.records import Connection
from sandbox.household import NAMES
from sandbox.household.banks import Bank, bank_of
from sandbox.household.doors import Door, told_investments
from sandbox.household.holdings import listed_positions
from sandbox.household.life import Life
from sandbox.household.people import PEOPLE
from sandbox.household.rows import Pen
from tests.builders import NOW, TODAY, connection

BANKS = (601, 612, 602)  # a branch bank, a digital one, a broker
DOORS: tuple[Door, ...] = ("open_finance", "direct", "meu_pluggy")
DAYS = (0, 9, 30, 200, 400)


def life_of(name: str, bank: Bank, today: date) -> Life:
    """As much of a life as its positions are of: what else a household lives through takes a hundred times as long."""
    origin = f"7:{name}:{bank.brand}"
    return Life(PEOPLE[name], bank, origin, origin, Pen(origin, now=str(today)), born=TODAY, day=today)


class Person:
    """Connections of one household and what they list."""

    def __init__(self, name: str, days: int = 0) -> None:
        self.name, self.today, self.now = name, TODAY + timedelta(days=days), NOW + timedelta(days=days)
        self.connections: list[Connection] = []
        self.positions: list[Investment] = []
        self.movements: list[InvestmentTransaction] = []

    def connect(self, connector_id: int, door: Door) -> None:
        listed, rows = listed_positions(self.name, life_of(self.name, bank_of(connector_id), self.today))
        number = len(self.connections) + 1
        self.connections.append(
            connection(
                id=number, connector_name=f"Banco {connector_id}", last_updated_at=self.now + timedelta(hours=number)
            )
        )
        for raw in told_investments(listed, door):
            self._add(number, read_investment(raw, self.today), rows[raw["id"]])

    def _add(self, connection_id: int, data: Any, rows: list[dict[str, Any]]) -> None:
        own = {
            "id": len(self.positions) + 1,
            "connection_id": connection_id,
            "connector_name": self.connections[-1]["connector_name"],
            "listed": True,
            "missing_since": None,
            "ended_on": self.today if data["balance"] == 0 else None,
            "read_at": self.now,
            "created_at": self.now,
        }
        self.positions.append(cast("Investment", {**data, **own}))
        for row in rows:
            mark = {"id": len(self.movements) + 1, "investment_id": own["id"]}
            self.movements.append(cast("InvestmentTransaction", {**read_investment_transaction(row), **mark}))

    def report(self) -> PortfolioReport:
        rows = PortfolioRows(self.positions, self.movements, [], [], [], self.connections, [], [])
        return portfolio_figures(rows, self.now)


def everyone(*days: int) -> Iterator[tuple[Person, PortfolioReport]]:
    for name in NAMES:
        for number in days:
            for door in DOORS:
                person = Person(name, number)
                for connector_id in BANKS:
                    person.connect(connector_id, door)
                yield person, person.report()


@pytest.mark.parametrize("name", NAMES)
def test_sum_of_the_positions_is_the_total_in_every_household(name: str) -> None:
    for days in DAYS:
        for door in DOORS:
            person = Person(name, days)
            for connector_id in BANKS:
                person.connect(connector_id, door)
            report = person.report()
            listed = sum((one["balance"] for one in person.positions), ZERO)
            assert report.total == listed == sum((one.balance for one in report.positions), ZERO)
            agrees(report)


def agrees(report: PortfolioReport) -> None:
    ids = sorted(one.investment["id"] for one in report.positions)
    for parts in (report.by_kind, report.by_bank, report.ladder):
        assert sum((part.amount for part in parts), ZERO) == report.total
        assert sorted(number for part in parts for number in part.positions) == ids
    for shares in (report.by_kind, report.by_bank):
        assert not report.total or sum(share.percent for share in shares) == 100
    covered = sorted(number for group in report.cover for number in group.positions)
    assert covered == sorted(one.investment["id"] for one in report.positions if one.issuer_group is not None)


def test_second_door_to_the_same_banks_changes_no_total() -> None:
    for name in NAMES:
        person = Person(name)
        for connector_id in BANKS:
            person.connect(connector_id, "direct")
        alone = person.report()
        for connector_id in BANKS:
            person.connect(connector_id, "open_finance")
        both = person.report()
        assert both.total == alone.total, name
        assert len(both.positions) == len(alone.positions)
        agrees(both)


def test_our_tax_is_the_banks_wherever_it_is_calculated() -> None:
    """Two programs that know the law and not each other; each lot is rounded by itself."""
    positions = [one for _, report in everyone(*DAYS) for one in report.positions]
    taxed = [one for one in positions if isinstance(one.tax, Tax)]
    single = [one.difference for one in taxed if isinstance(one.tax, Tax) and one.tax.rate is not None]
    assert set(single) == {ZERO}
    assert all(abs(one.difference or ZERO) <= Decimal("0.05") for one in taxed)
    assert any(isinstance(one.tax, Tax) and one.tax.iof for one in taxed)
    assert any(isinstance(one.tax, Tax) and one.tax.rate is None for one in taxed)  # several lots
    assert len(taxed) > 200
    assert {one.tax for one in positions if not isinstance(one.tax, Tax)} <= set(Unknown)


def test_what_is_not_calculated_says_why() -> None:
    reasons: dict[str, set[Unknown | None]] = {}
    for one in (one for _, report in everyone(0) for one in report.positions):
        reasons.setdefault(one.kind.value, set()).add(_reason(one))
    assert reasons["cdb"] == reasons["treasury"] == {None}
    assert reasons["stock"] == reasons["fund"] == reasons["property_fund"] == {Unknown.KIND}


def _reason(position: Position) -> Unknown | None:
    return position.tax if isinstance(position.tax, Unknown) else None
