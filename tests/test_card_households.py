"""Cards of the local Pluggy's households: what we make of the rows that a bank lists, against what the bank knows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, cast

import pytest

from open_finance.bill_records import Bill
from open_finance.insights.card_bills import open_books
from open_finance.insights.card_report import CardReport, card_report
from open_finance.insights.cards import add_months
from open_finance.pluggy_bills import read_bill
from open_finance.pluggy_rows import read_transaction
from open_finance.records import Transaction
from sandbox.household import Household
from sandbox.household.cards import CardLedger
from tests.card_rows import CARD, card, card_row
from tests.pluggy_server import Json
from tests.test_household import ITAU, NUBANK, build, ledgers, rows_of, value

TODAY = date(2026, 11, 23)
ANNUITY = Decimal("32.50")
SEEDS = range(1, 5)


@dataclass(frozen=True)
class Known:
    """What the bank knows of its card: ``ahead`` is what it will bill, by the month of the bill, listed or not."""

    report: CardReport
    ledger: CardLedger
    pending: dict[date, Decimal]
    upcoming: dict[date, Decimal]


def know(household: Household, today: date = TODAY) -> Known:
    ledger = next(each for each in ledgers(household) if isinstance(each, CardLedger))
    rows = [stored_row(number, raw) for number, raw in enumerate(as_read(rows_of(household, "CREDIT")), 1)]
    bills = [stored_bill(number, raw) for number, raw in enumerate(as_read(ledger.bills), 1)]
    report = card_report(open_books(card(), bills, rows, today), ())
    pending = [one for one in ledger.rows.values() if one["status"] == "PENDING" and one["categoryId"] != "05100000"]
    return Known(report, ledger, by_month(pending), by_month(ledger.upcoming))


def as_read(raw: Iterable[Json]) -> Any:
    return json.loads(json.dumps(list(raw)), parse_float=Decimal)


def stored_row(number: int, raw: Json) -> Transaction:
    read = read_transaction(raw, account_type="CREDIT", account_currency="BRL", holder_documents=frozenset())
    return cast("Transaction", {**card_row(TODAY, id=number), **read})


def stored_bill(number: int, raw: Json) -> Bill:
    return cast("Bill", {**read_bill(raw), "id": number, "account_id": CARD})


def by_month(rows: Iterable[Json]) -> dict[date, Decimal]:
    sums: dict[date, Decimal] = defaultdict(Decimal)
    for one in rows:
        month = date.fromisoformat(f"{one['creditCardMetadata']['billForecastDate']}-01")
        sums[month] -= Decimal(value(one)) / 100
    return sums


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["silva", "lima", "souza", "ana"])
def test_the_open_bill_is_what_the_bank_has_noted(name: str, seed: int) -> None:
    known = know(build(name, seed=seed, connector_id=NUBANK) if name == "lima" else build(name, seed=seed))
    report = known.report
    assert report.open.ours == sum(amount for month, amount in known.pending.items() if month <= report.open.month)
    expected = sum((part.amount for _, part in report.expected), Decimal(0))
    assert abs(expected - known.upcoming.get(report.open.month, Decimal(0))) <= Decimal("0.12")


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_listed_at_once_is_committed_and_the_yearly_fee_is_projected(seed: int) -> None:
    known = know(build("silva", seed=seed))
    for month in known.report.committed:
        listed = month.amount - month.estimated
        assert listed == known.pending.get(month.month, 0)
        assert month.estimated in {0, ANNUITY}
    # 4/12 of the fee is on the bill of December, so that 12/12 is on that of August.
    fees = [month.month for month in known.report.committed if month.estimated]
    assert fees == [add_months(known.report.open.month, number) for number in range(1, len(fees) + 1)]
    assert fees


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_listed_one_a_month_is_projected_to_what_the_bank_will_list(seed: int) -> None:
    """To the centavo, but where of a purchase only the first instalment is known, which may hold some centavos more."""
    known = know(build("lima", seed=seed, connector_id=NUBANK))
    only_first = sum(plan.total for plan in known.report.plans if len(plan.listed) == 1)
    for month in known.report.committed:
        assert month.amount == month.estimated
        assert abs(month.amount - known.upcoming.get(month.month, 0)) <= Decimal(only_first) / 100


@pytest.mark.parametrize("name", ["silva", "lima", "souza"])
def test_the_figures_stay_right_while_the_bank_lives_on(name: str) -> None:
    """Two closings pass; rows come late, change their ids and go."""
    household, rng = build(name, connector_id=NUBANK if name == "lima" else ITAU), Random(3)
    for days in range(1, 46):
        now = datetime(2026, 11, 23, 15, tzinfo=UTC) + timedelta(days=days)
        household.evolve(now, rng)
        known = know(household, now.date())
        report = known.report
        assert report.open.ours == sum(amount for month, amount in known.pending.items() if month <= report.open.month)
        for month in report.committed:
            ahead = known.pending.get(month.month, Decimal(0)) + known.upcoming.get(month.month, Decimal(0))
            only_first = sum(plan.total for plan in report.plans if len(plan.listed) == 1)
            fee = ANNUITY if name == "silva" and month.estimated else Decimal(0)
            assert abs(month.amount - fee - ahead) <= Decimal(only_first) / 100, (now, month)


@pytest.mark.parametrize("name", ["silva", "lima", "souza", "ana"])
def test_closed_bills_are_the_bank_s_to_the_centavo_and_paid_when_they_were(name: str) -> None:
    closed = know(build(name)).report.closed
    whole = [one for one in closed if one.is_complete]
    assert len(whole) >= 9
    assert {one.difference for one in whole} == {0}
    assert {one.status for one in closed[1:]} == {"paid"}
    assert any(one.charges for one in whole) == (name == "souza")
