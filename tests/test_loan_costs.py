"""What a loan costs: the contract's rate as one of a month, the instalment from where it is told, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.loan_costs import live_loans, loan_costs, monthly_rate, price_instalment
from open_finance.insights.recurring import Kind
from open_finance.investment_records import Loan, LoanPayment, LoanRate
from tests.clocks import START
from tests.investment_builders import loan
from tests.outlook_builders import flow


def rate(fixed: str | None, periodicity: str | None = "MONTHLY", kind: str = "EFFECTIVE", **fields: Any) -> LoanRate:
    return LoanRate(
        kind=kind,
        periodicity=periodicity,
        indexer=fields.get("indexer"),
        fixed=None if fixed is None else Decimal(fixed),
        floating=fields.get("floating"),
    )


def payments(*amounts: str, is_extra: bool = False) -> list[LoanPayment]:
    first = date(2026, 5, 10)
    return [
        LoanPayment(paid_on=first + timedelta(days=30 * place), amount=Decimal(amount), is_extra=is_extra)
        for place, amount in enumerate(amounts)
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (rate("0.0199"), "0.0199"),
        (rate("0.0199", "MES", "EFETIVA"), "0.0199"),
        (rate("0.0199", "AO_MES"), "0.0199"),
        (rate("0.12", "YEARLY", "NOMINAL"), "0.01"),
        (rate("0.12", "ANO", "NOMINAL"), "0.01"),
        (rate("0.12682503", "ANO", "EFETIVA"), "0.01"),  # 1,01 to the twelfth
        (rate("0.12682503", "AO_ANO", "EFETIVA"), "0.01"),
    ],
)
def test_contract_rate_is_one_of_a_month(told: LoanRate, expected: str) -> None:
    assert monthly_rate(loan(rates=[told], cet=Decimal(99))) == pytest.approx(
        Decimal(expected), abs=Decimal("0.00000001")
    )


@pytest.mark.parametrize(
    "told",
    [[], [rate(None)], [rate("0.05", "SEMESTRAL")], [rate("0.05", None)], [rate("0.01", floating=Decimal("1.1"))]],
)
def test_without_a_fixed_rate_the_total_cost_tells_it(told: list[LoanRate]) -> None:
    found = monthly_rate(loan(rates=told, cet=Decimal("12.682503")))
    assert found == pytest.approx(Decimal("0.01"), abs=Decimal("0.00000001"))
    assert monthly_rate(loan(rates=told, cet=None)) is None


@pytest.mark.parametrize("percentage", ["1.99", "0.85"])
def test_rate_that_cannot_be_is_not_believed(percentage: str) -> None:
    """85 % a month would be the dearest debt of all: it is 0.85 %, or nobody knows."""
    assert monthly_rate(loan(rates=[rate(percentage)], cet=None)) is None
    assert monthly_rate(loan(rates=[rate(percentage)], cet=Decimal("12.682503"))) == Decimal("0.01")
    assert monthly_rate(loan(rates=[rate(percentage), rate("0.0199")], cet=None)) == Decimal("0.0199")


@pytest.mark.parametrize("index", ["POS_FIXADO", "INDICES_PRECOS", "FLUTUANTES"])
def test_rate_over_an_index_is_not_all_that_is_paid(index: str) -> None:
    """6 % a year and the IPCA, or the TR, is more than 6 %; the total cost holds both."""
    over = rate("0.06", "YEARLY", indexer=index)
    assert monthly_rate(loan(rates=[over], cet=None)) is None
    assert monthly_rate(loan(rates=[over], cet=Decimal("12.682503"))) == Decimal("0.01")
    assert monthly_rate(loan(rates=[rate("0.01", indexer="PRE_FIXADO")], cet=None)) == Decimal("0.01")


def cost_of(*flows: Any, **fields: Any) -> tuple[Decimal | None, str | None]:
    (found,) = loan_costs([loan(**fields)], flows, {1: {1}})
    return found.instalment, found.instalment_from


def test_instalment_is_what_was_paid_lately() -> None:
    agreed = payments("300.00", "300.00", "300.00", "412.10", "412.00", "411.90")
    paid = [{**agreed[-1], "amount": Decimal(5000), "is_extra": True}, *agreed, {**agreed[-1], "is_extra": True}]
    assert cost_of(payments=paid[1:-1]) == cost_of(payments=paid) == (Decimal("412.00"), "payments")
    assert cost_of(payments=[{**each, "is_extra": True} for each in agreed])[1] == "calculated"


def test_instalments_of_a_quarter_are_a_third_a_month() -> None:
    assert cost_of(payments=payments("900.00"), periodicity="QUARTERLY") == (Decimal("300.00"), "payments")


def test_without_payments_the_rows_of_the_account_tell_it() -> None:
    paying = flow("Crédito pessoal", "-455.00", 10, [7], kind=Kind.LOAN)
    assert cost_of(paying) == (Decimal("455.00"), "rows")


def test_overdraft_has_no_instalments_that_rows_could_tell() -> None:
    """The charge is the loan's, though the bank lists an overdraft beside it."""
    paying = flow("Crédito pessoal", "-455.00", 10, [7], kind=Kind.LOAN)
    below = loan(id=2, identity="b" * 64, kind="UNARRANGED_ACCOUNT_OVERDRAFT", rates=[], cet=None)
    lent, overdraft = loan_costs([loan(), below], [paying], {1: {1}})
    assert (lent.instalment, lent.instalment_from) == (Decimal("455.00"), "rows")
    assert overdraft.instalment is None
    (alone,) = loan_costs([below], [paying], {1: {1}})
    assert (alone.instalment, alone.flow) == (None, None)


def test_two_flows_that_may_pay_it_tell_nothing() -> None:
    flows = [flow(f"Empréstimo {number}", f"-45{number}.00", 10, [number], kind=Kind.LOAN) for number in (1, 2)]
    assert cost_of(*flows)[1] == "calculated"


def test_charges_of_what_was_calculated_are_no_further_loans() -> None:
    """Two loans of a bank that lists no payments, and the two charges that pay them."""
    lent = [loan(), loan(id=2, identity="b" * 64, outstanding=Decimal("8000.00"))]
    paying = [
        flow(f"Empréstimo {amount}", f"-{amount}", 10, [7], kind=Kind.LOAN, key=amount)
        for amount in ("425.00", "662.00")
    ]
    found = loan_costs(lent, paying, {1: {1}})
    assert [(one.instalment, one.instalment_from) for one in found] == [
        (Decimal("422.91"), "calculated"), (Decimal("660.35"), "calculated"),
    ]  # fmt: skip
    assert [one.flow for one in found] == paying


def test_without_either_it_is_calculated() -> None:
    # 5.123,45 · 0,0199 ÷ (1 - 1,0199^-14)
    assert cost_of() == (Decimal("422.91"), "calculated")


def test_late_instalments_are_part_of_what_is_left() -> None:
    # 5.123,45 · 0,0199 ÷ (1 - 1,0199^-16)
    assert cost_of(paid_installments=8, past_due_installments=2) == (Decimal("377.04"), "calculated")
    assert cost_of(due_installments=0, past_due_installments=1) == (Decimal("5225.41"), "calculated")


def test_instalment_of_sac_is_an_equal_part_and_a_month_s_interest() -> None:
    # 5.123,45 ÷ 14 + 5.123,45 · 0,0199
    assert cost_of(amortization="SAC") == (Decimal("467.92"), "calculated")


@pytest.mark.parametrize(
    "fields",
    [{"due_installments": None}, {"due_installments": 0}, {"rates": [], "cet": None}, {"periodicity": "IRREGULAR"}],
)
def test_where_nobody_tells_it_there_is_none(fields: dict[str, Any]) -> None:
    assert cost_of(**fields) == (None, None)


def test_flow_that_pays_a_loan_is_not_a_second_one() -> None:
    paying = flow("Crédito pessoal", "-415.00", 10, [7], kind=Kind.LOAN)
    (found,) = loan_costs([loan(payments=payments("412.00"))], [paying], {1: {1}})
    assert found.flow is paying


@given(st.integers(100, 10**8), st.integers(0, 2000), st.integers(1, 420))
def test_price_instalments_pay_the_balance(balance: int, basis: int, months: int) -> None:
    """Paid as often as there are instalments nothing is left, but for half a centavo each, with interest upon it."""
    outstanding, each_month = Decimal(balance).scaleb(-2), Decimal(basis).scaleb(-4)
    instalment = price_instalment(outstanding, each_month, months)
    left, off = outstanding, Decimal(0)
    for _ in range(months):
        left = left * (1 + each_month) - instalment
        off = off * (1 + each_month) + Decimal("0.0051")
    assert abs(left) <= off


@pytest.mark.parametrize(
    "fields",
    [
        {"ended_on": date(2026, 11, 1)},
        {"listed": False},
        {"outstanding": None},
        {"outstanding": Decimal("0.0010")},
        {"currency_code": "USD"},
    ],
)
def test_what_is_not_owed_in_brl_is_no_loan(fields: dict[str, Any]) -> None:
    assert live_loans([loan(**fields)]) == []


def test_contract_that_two_connections_bring_is_one_as_it_was_read_last() -> None:
    older = loan(id=2, connection_id=2, outstanding=Decimal("5500.00"), read_at=START - timedelta(days=9))
    newer, other = loan(), loan(id=3, identity="b" * 64)
    found: list[Loan] = live_loans([newer, older, other])
    assert [one["id"] for one in found] == [1, 3]


@pytest.mark.parametrize("paid", [{"outstanding": Decimal(0)}, {"ended_on": date(2026, 11, 20), "listed": False}])
def test_contract_that_was_paid_is_not_owed_where_it_was_read_before(paid: dict[str, Any]) -> None:
    older = loan(id=2, connection_id=2, read_at=START - timedelta(days=40))
    assert live_loans([loan(**paid), older]) == []
    silent = loan(outstanding=None)
    assert live_loans([silent, older]) == [older]


def test_what_is_owed_is_owed_whatever_day_of_settlement_is_told() -> None:
    """Pluggy's own example names the day on which it was paid out; /patrimonio counts it, too."""
    owed = loan(settled_on=date(2026, 1, 10))
    assert live_loans([owed]) == [owed]
