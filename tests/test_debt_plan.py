"""Paying debts month by month: nothing is lost or made, more money is never slower, and the dearest first costs least."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from open_finance.insights.credit import Debt, Order, Plan
from open_finance.insights.debt_plan import MOST_MONTHS, build_plan, least_budget, suggested_budget, without_rate
from open_finance.money import CENTAVO, ZERO


def debt(balance: str = "1000.00", rate: str | None = "0.10", payment: str | None = None, **fields: Any) -> Debt:
    values: dict[str, Any] = {
        "kind": "loan",
        "id": 1,
        "name": "Crédito pessoal",
        "balance": Decimal(balance),
        "monthly_rate": None if rate is None else Decimal(rate),
        "rate_from": None if rate is None else "contract",
        "payment": None if payment is None else Decimal(payment),
    }
    return Debt(**(values | fields))


def cents(least: int, most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(least, most).map(lambda number: Decimal(number).scaleb(-2))


RATES = st.integers(0, 2500).map(lambda number: Decimal(number).scaleb(-4))
DEBTS = st.lists(
    st.builds(
        lambda balance, rate, payment, number: Debt(
            "loan", number, "Dívida", balance, rate, "contract", payment
        ),
        cents(1, 2_000_000),
        RATES,
        st.one_of(st.none(), cents(0, 60_000)),
        st.integers(1, 10**6),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one.id,
)  # fmt: skip
MORE = cents(0, 300_000)
ORDERS = st.sampled_from(list(Order))


def paid(plan: Plan) -> Decimal:
    return sum((sum(step.paid, ZERO) for step in plan.steps), ZERO)


def owed(plan: Plan) -> Decimal:
    return sum((one.balance for one in plan.debts), ZERO)


def test_plan_added_up_on_paper() -> None:
    """1.000,00 at 10 % and 300,00 at 2 %, 500,00 a month, 50,00 of it for the second whatever happens:

    month 1: 1.100,00 - 450,00 = 650,00 and 306,00 - 50,00 = 256,00
    month 2:   715,00 - 450,00 = 265,00 and 261,12 - 50,00 = 211,12
    month 3:   291,50 - 291,50 =   0,00 and 215,34 - 208,50 = 6,84
    month 4:                                  6,98 -   6,98 = 0,00
    """
    plan = build_plan(
        [debt("300.00", "0.02", "50.00", id=2), debt("1000.00", "0.10", "100.00")], Decimal(500), Order.AVALANCHE
    )
    assert [one.id for one in plan.debts] == [1, 2]
    assert [step.left for step in plan.steps] == [
        (Decimal("650.00"), Decimal("256.00")),
        (Decimal("265.00"), Decimal("211.12")),
        (Decimal("0.00"), Decimal("6.84")),
        (Decimal("0.00"), Decimal("0.00")),
    ]
    assert plan.cleared_in == (3, 4)
    assert plan.interest == Decimal("206.98")  # 100 + 6, 65 + 5,12, 26,50 + 4,22, 0,14
    assert plan.is_enough


def test_snowball_attacks_the_smallest_first() -> None:
    debts = [debt("300.00", "0.02", id=2), debt("1000.00", "0.10")]
    assert [one.id for one in build_plan(debts, Decimal(500), Order.SNOWBALL).debts] == [2, 1]


def test_budget_that_does_not_pay_what_is_due_is_not_enough() -> None:
    plan = build_plan([debt("1000.00", "0.10", "200.00")], Decimal("199.99"), Order.AVALANCHE)
    assert (plan.is_enough, plan.steps, plan.cleared_in) == (False, (), ())


def test_budget_that_only_pays_the_interest_is_not_enough() -> None:
    plan = build_plan([debt("1000.00", "0.10", "100.00")], Decimal("100.00"), Order.AVALANCHE)
    assert not plan.is_enough


def test_debt_whose_cost_nobody_tells_is_left_out() -> None:
    unknown = debt("700.00", None, id=9)
    plan = build_plan([debt(), unknown], Decimal(500), Order.AVALANCHE)
    assert unknown not in plan.debts
    assert without_rate([debt(), unknown]) == (unknown,)


def test_without_a_debt_there_is_nothing_to_pay() -> None:
    plan = build_plan([], Decimal(0), Order.AVALANCHE)
    assert (plan.is_enough, plan.months, plan.interest) == (True, 0, ZERO)
    assert suggested_budget([debt(rate=None)], Decimal(5000), Decimal(1000)) == ZERO


def test_suggested_budget_is_what_must_be_paid_and_a_tenth_of_what_is_left() -> None:
    # 150,00 and a tenth of 5.000,00 - 3.000,00, up to the next ten
    assert suggested_budget([debt(payment="150.00")], Decimal(5000), Decimal(3000)) == Decimal("350.00")
    assert suggested_budget([debt(payment="151.00")], Decimal(5000), Decimal(3000)) == Decimal("360.00")
    # nothing is known of the rest: a tenth more
    assert suggested_budget([debt(payment="150.00")], ZERO, ZERO) == Decimal("170.00")


@given(DEBTS, MORE, ORDERS)
def test_what_is_paid_is_what_was_owed_and_its_interest(debts: list[Debt], more: Decimal, order: Order) -> None:
    plan = build_plan(debts, least_budget(debts) + more, order)
    assert sorted(one.id for one in plan.debts) == sorted(one.id for one in debts)
    if not plan.is_enough:
        assert plan.steps == ()
        return
    assert paid(plan) == owed(plan) + plan.interest
    assert all(amount >= ZERO for step in plan.steps for amount in (*step.paid, *step.left, step.interest))
    assert all(sum(step.paid, ZERO) <= plan.budget for step in plan.steps)
    assert all(sum(step.paid, ZERO) == plan.budget for step in plan.steps[:-1])
    assert not any(plan.steps[-1].left)
    assert plan.months <= MOST_MONTHS
    for place, month in enumerate(plan.cleared_in):
        assert [step.left[place] == ZERO for step in plan.steps] == [
            number >= month for number in range(1, plan.months + 1)
        ]


@given(DEBTS, MORE, MORE, ORDERS)
def test_more_money_never_takes_longer(debts: list[Debt], more: Decimal, still_more: Decimal, order: Order) -> None:
    budget = least_budget(debts) + more
    plan, faster = build_plan(debts, budget, order), build_plan(debts, budget + still_more, order)
    if plan.is_enough:
        assert faster.is_enough
        assert faster.months <= plan.months
        assert faster.interest <= plan.interest
        assert all(one <= other for one, other in zip(faster.cleared_in, plan.cleared_in, strict=True))


@settings(max_examples=300)
@given(DEBTS, MORE)
@example([debt("1.50", "0.01", id=1), debt("1.49", "0.0099", id=2)], Decimal("0.10"))
def test_dearest_first_costs_no_more_than_smallest_first(debts: list[Debt], more: Decimal) -> None:
    """But for the centavos by which interest is rounded: half a one for each debt and month, with interest upon it."""
    budget = least_budget(debts) + more
    dearest, smallest = (build_plan(debts, budget, order) for order in (Order.AVALANCHE, Order.SNOWBALL))
    if not smallest.is_enough:
        return
    assert dearest.is_enough
    months, top = smallest.months, max(one.monthly_rate or ZERO for one in debts)
    rounding = CENTAVO * len(debts) * sum((1 + top) ** number for number in range(months + 1))
    assert dearest.interest <= smallest.interest + rounding
    if rounding < 1:
        assert dearest.months <= smallest.months + 1


@given(DEBTS, MORE, ORDERS)
def test_order_in_which_debts_are_given_does_not_matter(debts: list[Debt], more: Decimal, order: Order) -> None:
    budget = least_budget(debts) + more
    assert build_plan(debts[::-1], budget, order) == build_plan(debts, budget, order)


def test_debt_without_an_agreed_payment_shrinks_by_a_sixtieth_at_least() -> None:
    one = debt("600.00", "0.10")
    assert least_budget([one]) == Decimal("70.00")  # 60,00 of interest and 10,00
    plan = build_plan([one], Decimal("70.00"), Order.AVALANCHE)
    assert plan.steps[0].left == (Decimal("590.00"),)
    assert least_budget([replace(one, payment=Decimal("900.00"))]) == Decimal("660.00")
