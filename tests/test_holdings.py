"""What the invented households hold and owe: true to the law and to themselves, to the centavo, on any day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.household import NAMES, Household, build_household
from sandbox.household.banks import bank_of
from sandbox.household.calendar import is_business_day
from sandbox.household.contracts import CONTRACTS, Contract, listed_loans, schedule
from sandbox.household.doors import told_investments
from sandbox.household.holdings import listed_positions
from sandbox.household.levies import levy
from sandbox.household.papers import Accrual, Holding, Paper
from sandbox.household.positions import Position, position_on
from sandbox.household.rates import business_days

Json = dict[str, Any]

TODAY = date(2026, 11, 23)
ITAU, NUBANK, XP = 601, 612, 602
AFTER = (0, 1, 5, 9, 18, 19, 30, 45, 100, 200, 365, 800)
#: Decreto 6.306/2007, annex: percent of the gain, by the day of the redemption.
IOF = (
    *(96, 93, 90, 86, 83, 80, 76, 73, 70, 66, 63, 60, 56, 53, 50),
    *(46, 43, 40, 36, 33, 30, 26, 23, 20, 16, 13, 10, 6, 3, 0),
)


@cache
def household(name: str, connector_id: int = ITAU, seed: int = 7, customer: str = "") -> Household:
    return build_household(name, seed=seed, today=TODAY, bank=bank_of(connector_id), customer=customer)


def later(name: str, connector_id: int, days: int, seed: int = 7) -> tuple[list[Json], dict[str, list[Json]]]:
    """The positions and their movements so many days after the household's first."""
    life = household(name, connector_id, seed).life
    assert life is not None
    return listed_positions(name, replace(life, day=TODAY + timedelta(days=days)))


def everywhere(*days: int) -> Iterator[tuple[Json, list[Json]]]:
    """Every position of every household at every kind of bank, with its movements."""
    for name in NAMES:
        for connector_id in (ITAU, NUBANK, XP):
            for number in days:
                investments, rows = later(name, connector_id, number)
                yield from ((one, rows[one["id"]]) for one in investments)


def held(name: str, connector_id: int, text: str, days: int = 0) -> tuple[Json, list[Json]]:
    investments, rows = later(name, connector_id, days)
    found = next(one for one in investments if text in one["name"])
    return found, rows[found["id"]]


def exact(amount: float) -> Decimal:
    return Decimal(str(amount))


def centavos(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


# Figures


def test_gross_less_taxes_is_the_balance_of_every_fixed_income_position_on_any_day() -> None:
    seen = 0
    for one, _ in everywhere(*AFTER):
        if one["type"] == "FIXED_INCOME":
            seen += 1
            net = exact(one["amount"]) - exact(one["taxes"]) - exact(one["taxes2"])
            assert net == exact(one["balance"]) == exact(one["amountWithdrawal"]), one
    assert seen > 200


def test_quantity_times_value_is_the_gross_amount_and_profit_is_what_is_above_the_cost() -> None:
    for one, _ in everywhere(*AFTER):
        assert centavos(exact(one["quantity"]) * exact(one["value"])) == centavos(exact(one["amount"])), one
        assert exact(one["amountProfit"]) == exact(one["amount"]) - exact(one["amountOriginal"]), one


def test_funds_shares_pensions_and_the_like_tell_no_tax() -> None:
    for one, _ in everywhere(*AFTER):
        if one["type"] != "FIXED_INCOME":
            assert (one["taxes"], one["taxes2"], one["balance"]) == (None, None, one["amount"]), one


def test_exempt_papers_pay_nothing_and_one_debenture_does_not_say() -> None:
    told = {(one["subtype"], one["taxExempt"]) for one, _ in everywhere(0) if one["type"] == "FIXED_INCOME"}
    assert {("DEBENTURES", True), ("DEBENTURES", None), ("LCI", True), ("CDB", False)} <= told
    assert all(one["taxes"] == one["taxes2"] == 0 for one, _ in everywhere(*AFTER) if one["taxExempt"])
    assert held("silva", XP, "Lojas")[0]["taxes"] > 0


def test_movements_explain_what_is_held() -> None:
    for one, rows in everywhere(*AFTER):
        units = {"BUY": 1, "SELL": -1}
        left = sum((units.get(row["type"], 0) * exact(row["quantity"] or 0) for row in rows), Decimal(0))
        assert left == exact(one["quantity"]), one
        assert [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)
        assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("days", [1, 2, 15, 29, 30, 31, 180, 181, 360, 361, 720, 721])
def test_tax_follows_the_law_on_the_days_on_which_it_changes(days: int) -> None:
    gain = 123_457
    due = levy(gain, days)
    iof = centavos(Decimal(gain) * IOF[days - 1] / 10_000) if days < 30 else Decimal(0)
    percent = next((rate for most, rate in ((180, "22.5"), (360, "20"), (720, "17.5")) if days <= most), "15")
    tax = centavos((Decimal(gain) / 100 - iof) * Decimal(percent) / 100)
    assert (Decimal(due.income_tax) / 100, Decimal(due.iof) / 100) == (tax, iof)


def test_nothing_is_taken_of_a_loss() -> None:
    assert levy(-500, 3) == levy(0, 300) == (0, 0)


def test_every_lot_pays_by_its_own_age() -> None:
    position, rows = held("silva", XP, "Tesouro IPCA+")
    total = [Decimal(0), Decimal(0)]
    for row in rows:
        age = (TODAY - date.fromisoformat(row["date"][:10])).days
        gain = centavos(exact(row["quantity"]) * exact(position["value"])) - exact(row["amount"])
        for place, cents in enumerate(levy(int(gain * 100), age)):
            total[place] += Decimal(cents) / 100
    assert len(rows) == 3
    assert [exact(position["taxes"]), exact(position["taxes2"])] == total
    assert position["taxes2"] > 0


# Days


@given(st.dates(date(2021, 1, 1), date(2031, 1, 1)), st.integers(0, 900))
def test_interest_is_counted_on_business_days(start: date, number: int) -> None:
    days = [start + timedelta(days=place) for place in range(number)]
    assert business_days(start, start + timedelta(days=number)) == sum(map(is_business_day, days))


def test_fixed_income_grows_on_every_business_day_and_rests_on_others() -> None:
    for number in range(10):
        day = TODAY + timedelta(days=number)
        before, after = (held("silva", ITAU, "CDB", number + step)[0]["amount"] for step in (0, 1))
        assert (after > before) == is_business_day(day), day


def test_household_built_later_or_lived_day_by_day_holds_the_same() -> None:
    days = 45
    jumped = build_household("souza", seed=7, today=TODAY, bank=bank_of(ITAU))
    walked = build_household("souza", seed=7, today=TODAY, bank=bank_of(ITAU))
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 15, tzinfo=UTC)
    for number in range(5, days + 1, 5):
        walked.evolve(noon + timedelta(days=number), Random(1))
    jumped.evolve(noon + timedelta(days=days), Random(2))
    assert walked.investments == jumped.investments
    assert walked.investment_transactions == jumped.investment_transactions
    assert walked.loans == jumped.loans


def test_another_customer_holds_the_same_under_other_ids_and_another_seed_other_sums() -> None:
    mine, theirs, elsewhere = household("silva"), household("silva", customer="2"), household("silva", seed=8)
    assert [one["amount"] for one in mine.investments] == [one["amount"] for one in theirs.investments]
    assert not {one["id"] for one in mine.investments} & {one["id"] for one in theirs.investments}
    assert [one["amount"] for one in mine.investments] != [one["amount"] for one in elsewhere.investments]
    assert not {one["contractNumber"] for one in mine.loans} & {one["contractNumber"] for one in theirs.loans}


def test_maturity_pays_back_and_the_position_stays_listed_at_nothing() -> None:
    before, _ = held("souza", ITAU, "LCI", 8)
    after, rows = held("souza", ITAU, "LCI", 9)
    assert (before["status"], before["balance"] > 0) == ("ACTIVE", True)
    assert (after["status"], after["balance"], after["amount"], after["quantity"]) == ("TOTAL_WITHDRAWAL", 0, 0, 0)
    assert (rows[0]["type"], rows[0]["date"], rows[0]["expenses"]) == ("SELL", after["dueDate"], {})
    assert rows[0]["netAmount"] == rows[0]["amount"] > after["amountOriginal"] == 0


def test_redemption_says_what_was_withheld_in_it_or_in_a_row_of_its_own() -> None:
    apart = held("lima", NUBANK, "Tesouro", 25)[1]
    assert [row["type"] for row in apart[:2]] == ["TAX", "SELL"]
    assert (apart[0]["amount"] > 0, apart[1]["expenses"]) == (True, {})
    within = next(row for row in held("silva", NUBANK, "CDB", 45)[1] if row["type"] == "SELL")
    assert exact(within["amount"]) - exact(within["expenses"]["incomeTax"]) == exact(within["netAmount"])


def test_young_redemption_pays_iof_too() -> None:
    paper = Paper("FIXED_INCOME", "CDB", "CDB", Accrual("CDI", 100), pays_tax=True)
    holding = Holding("young", paper, ((-10, 100_000_000),), sells=((0, 50),))
    position = position_on(holding, TODAY, TODAY, 1.0)
    assert isinstance(position, Position)
    taken = position.moves[-1].levy
    assert taken.iof > 0 < taken.income_tax
    assert abs(taken.iof - position.levy.iof) <= 1


def test_monthly_income_and_dividends_are_paid_on_what_is_held() -> None:
    position, rows = held("silva", XP, "HGLG11")
    paid = [row for row in rows if row["type"] == "INTEREST"]
    assert len(paid) > 12
    assert paid[0]["quantity"] == position["quantity"] > paid[-1]["quantity"]
    assert {row["date"][5:7] for row in held("silva", XP, "PETR4")[1] if row["type"] == "INTEREST"} <= {
        "03",
        "06",
        "09",
        "12",
    }


# Who has what


def test_everything_a_bot_has_to_understand_is_held_by_somebody() -> None:
    found = {(one["type"], one["subtype"]) for one, _ in everywhere(0)}
    fixed = {"CDB", "LCI", "LCA", "TREASURY", "DEBENTURES", "CRI"}
    assert {("FIXED_INCOME", kind) for kind in fixed} <= found
    assert {("MUTUAL_FUND", "MULTIMARKET_FUND"), ("MUTUAL_FUND", "FIXED_INCOME_FUND"), ("ETF", "ETF")} <= found
    assert {("EQUITY", "STOCK"), ("EQUITY", "REAL_ESTATE_FUND"), ("SECURITY", "RETIREMENT")} <= found
    assert {("COE", "STRUCTURED_NOTE"), ("OTHER", "OTHER")} <= found
    assert {one["rateType"] for one, _ in everywhere(0)} == {"CDI", "IPCA", "SELIC", "PRE_FIXADO", None}
    pension = held("silva", ITAU, "VGBL")[0]
    assert pension["metadata"]["taxRegime"] == "REGRESSIVO"
    assert any(one["taxes2"] for one, _ in everywhere(0))
    assert {one["status"] for one, _ in everywhere(0)} == {"ACTIVE", "TOTAL_WITHDRAWAL"}


def test_some_have_nothing_and_brokers_have_most() -> None:
    for name in ("vazia", "volume"):
        for connector_id in (ITAU, NUBANK, XP):
            assert (household(name, connector_id).investments, household(name, connector_id).loans) == ([], [])
    assert household("lima", ITAU).investments == []
    assert len(household("silva", XP).investments) > 3 * len(household("silva", ITAU).investments)
    assert household("silva", XP).loans == []


def test_issuer_is_the_bank_by_its_real_number_or_the_company_that_may_take_deposits() -> None:
    assert held("silva", ITAU, "CDB")[0]["issuerCNPJ"] == "60.701.190/0001-04"
    assert held("silva", NUBANK, "CDB")[0]["issuerCNPJ"] == "30.680.829/0001-43"
    assert held("silva", XP, "LCA")[0]["issuerCNPJ"] == "60.746.948/0001-12"
    assert held("silva", XP, "PETR4")[0]["issuerCNPJ"] is None


def test_open_finance_and_sites_leave_different_things_out() -> None:
    silva = household("silva", ITAU).investments
    by_door = {
        door: {one["subtype"]: one for one in told_investments(silva, door)} for door in ("direct", "open_finance")
    }
    assert ("RETIREMENT" in by_door["direct"], "RETIREMENT" in by_door["open_finance"]) == (True, False)
    assert [by_door[door]["LCI"]["dueDate"] is None for door in by_door] == [True, False]
    assert [by_door[door]["CDB"]["issuer"] is None for door in by_door] == [False, True]
    assert all(one["balance"] == told["balance"] for one in silva for told in (by_door["direct"][one["subtype"]],))


def test_same_rate_is_written_in_two_ways() -> None:
    fixed, over = held("ana", ITAU, "prefixado")[0], held("souza", ITAU, "IPCA")[0]
    written = [
        [(told["rate"], told["rateType"], told["fixedAnnualRate"]) for told in told_investments([fixed, over], door)]
        for door in ("direct", "open_finance")
    ]
    assert written == [
        [(13.1, "PRE_FIXADO", None), (6.4, "IPCA", None)],
        [(None, "PRE_FIXADO", 13.1), (100, "IPCA", 6.4)],
    ]


# Loans


def loans(name: str, days: int = 0) -> list[Json]:
    life = household(name).life
    assert life is not None
    return listed_loans(name, replace(life, day=TODAY + timedelta(days=days)))


def every_contract() -> list[Contract]:
    return [one for shelves in CONTRACTS.values() for owed in shelves.values() for one in owed]


@pytest.mark.parametrize("contract", every_contract(), ids=lambda one: one.key)
def test_instalments_repay_exactly_what_was_lent(contract: Contract) -> None:
    parts = schedule(contract.cents, contract.rate, contract.months, contract.scheme)
    left = contract.cents
    for part in parts:
        left -= part.paid - int(100 * centavos(Decimal(left) / 100 * Decimal(str(contract.rate)) / 100))
        assert left == part.left
    assert (len(parts), left) == (contract.months, 0)


def test_price_has_level_instalments_and_owes_what_the_formula_says() -> None:
    [contract] = CONTRACTS["silva"]["branch"]
    rate, paid = Decimal(str(contract.rate)) / 100, loans("silva")[0]["installments"]["paidInstallments"]
    [loan] = loans("silva")
    level = Decimal(contract.cents) / 100 * rate / (1 - (1 + rate) ** -contract.months)
    left = level * (1 - (1 + rate) ** -(contract.months - paid)) / rate
    assert abs(exact(loan["payments"]["contractOutstandingBalance"]) - left) < Decimal("0.20")
    assert {exact(one["paidAmount"]) for one in loan["payments"]["releases"]} == {centavos(level)}
    assert loan["interestRates"][0]["preFixedRate"] == float(rate)


def test_sac_repays_the_same_every_month_and_one_instalment_is_late() -> None:
    [loan] = loans("souza")
    counted = loan["installments"]
    assert (counted["pastDueInstallments"], loan["amortizationScheduled"]) == (1, "SAC")
    share = exact(loan["contractAmount"]) / counted["totalNumberOfInstallments"]
    owed = exact(loan["contractAmount"]) - share * counted["paidInstallments"]
    assert exact(loan["payments"]["contractOutstandingBalance"]) == owed
    paid = [one["paidAmount"] for one in loan["payments"]["releases"]]
    assert paid == sorted(paid, reverse=True)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_instalments_add_up_and_contracts_end(name: str) -> None:
    for days in (0, 30, 200, 500, 1500):
        for loan in loans(name, days):
            counted = loan["installments"]
            parts = (counted[f"{kind}Installments"] for kind in ("paid", "due", "pastDue"))
            assert sum(parts) == counted["totalNumberOfInstallments"]
            is_over = loan["payments"]["contractOutstandingBalance"] == 0
            assert is_over == (loan["settlementDate"] is not None)
            assert len(loan["payments"]["releases"]) <= 12
            assert not any(str(value).endswith("Z") for value in loan.values())
    assert loans("silva", 1500)[0]["payments"]["contractOutstandingBalance"] == 0
