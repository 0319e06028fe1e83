"""Paying debts month by month: which first, what is paid when, and what it costs. Pure functions.

Each month begins with interest on what is left of each debt, half up to the centavo. Then each gets the least that is due,
and the rest of the budget goes to the debt under attack; what it does not need goes to the next, and what a paid debt no
longer takes is there for the others. With the same budget, more of it never takes longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_UP, Decimal
from typing import Final

from open_finance.insights.credit import Debt, Order, Plan, PlanStep
from open_finance.money import CENTAVO, ZERO, round_to_centavo

#: Whoever needs longer is told that it is not enough: fifty years.
MOST_MONTHS: Final = 600
#: Where nobody says what must be paid, what is planned at least: a month's interest and a sixtieth of the debt.
_LEAST_PART: Final = 60
#: What of the money that is left after spending is suggested on top of what must be paid.
_SUGGESTED_PART: Final = Decimal("0.10")
_TEN: Final = Decimal(10)


def build_plan(debts: Iterable[Debt], budget: Decimal, order: Order) -> Plan:
    """Pay the debts whose rate is known with ``budget`` a month, BRL; the others (``without_rate``) are not in it.

    ``is_enough`` is False, and there are no steps, where the budget does not pay what is due in the first month, or not all
    within ``MOST_MONTHS``."""
    planned = sorted((debt for debt in debts if debt.monthly_rate is not None), key=_KEYS[order])
    steps = _steps(planned, budget) if budget >= least_budget(planned) else None
    if steps is None:
        return Plan(order, budget, tuple(planned), (), (), is_enough=not planned)
    cleared = tuple(next(step.month for step in steps if step.left[place] == ZERO) for place in range(len(planned)))
    return Plan(order, budget, tuple(planned), tuple(steps), cleared, is_enough=True)


def without_rate(debts: Iterable[Debt]) -> tuple[Debt, ...]:
    """Those that no plan can hold: nobody tells what they cost."""
    return tuple(debt for debt in debts if debt.monthly_rate is None)


def least_budget(debts: Iterable[Debt]) -> Decimal:
    """What must be paid in the first month of those whose rate is known."""
    known = (debt for debt in debts if debt.monthly_rate is not None)
    return sum((min(_owed(debt, debt.balance), _least(debt, debt.balance)) for debt in known), ZERO)


def suggested_budget(debts: Iterable[Debt], income: Decimal, spending: Decimal) -> Decimal:
    """What must be paid, and on top of it a tenth of what a usual month leaves (``income - spending``), or where that is
    nothing or not known a tenth of what must be paid; up to the next ten reais. Nothing where no debt can be planned."""
    planned = [debt for debt in debts if debt.monthly_rate is not None]
    if not planned:
        return ZERO
    least = least_budget(planned)
    beyond = max(ZERO, income - spending) if income > ZERO and spending > ZERO else ZERO
    wanted = least + (beyond or least) * _SUGGESTED_PART
    return ((wanted / _TEN).quantize(Decimal(1), rounding=ROUND_UP) * _TEN).quantize(CENTAVO)


def _by_rate(debt: Debt) -> tuple[Decimal, Decimal, str, int]:
    return -(debt.monthly_rate or ZERO), debt.balance, debt.kind, debt.id


def _by_balance(debt: Debt) -> tuple[Decimal, Decimal, str, int]:
    return debt.balance, -(debt.monthly_rate or ZERO), debt.kind, debt.id


_KEYS: Final = {Order.AVALANCHE: _by_rate, Order.SNOWBALL: _by_balance}


def _steps(debts: Sequence[Debt], budget: Decimal) -> list[PlanStep] | None:
    """One a month until nothing is left; None where that is too long."""
    left = [debt.balance for debt in debts]
    steps: list[PlanStep] = []
    while any(left):
        if sum(left, ZERO) > budget * (MOST_MONTHS - len(steps)):
            return None  # what is left grows, or is more than can be paid in time
        owed = [_owed(debt, balance) for debt, balance in zip(debts, left, strict=True)]
        least = [min(due, _least(debt, balance)) for debt, due, balance in zip(debts, owed, left, strict=True)]
        paid = _pay(owed, least, budget)
        interest = sum(owed, ZERO) - sum(left, ZERO)
        left = [due - part for due, part in zip(owed, paid, strict=True)]
        steps.append(PlanStep(len(steps) + 1, tuple(paid), tuple(left), interest))
    return steps


def _pay(owed: Sequence[Decimal], least: Sequence[Decimal], budget: Decimal) -> list[Decimal]:
    """The least of each, then the rest to one after the other."""
    paid, rest = list(least), budget - sum(least, ZERO)
    for place, due in enumerate(owed):
        more = min(due - paid[place], rest)
        paid[place] += more
        rest -= more
    return paid


def _owed(debt: Debt, balance: Decimal) -> Decimal:
    """What is left, with a month's interest."""
    return balance + round_to_centavo(balance * (debt.monthly_rate or ZERO))


def _least(debt: Debt, balance: Decimal) -> Decimal:
    """What must be paid of a debt in a month, were it owed; nothing of one that is paid."""
    if debt.payment is not None:
        return debt.payment
    part = (debt.balance / _LEAST_PART).quantize(CENTAVO, rounding=ROUND_UP)
    return _owed(debt, balance) - balance + part
