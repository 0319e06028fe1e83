"""What a person owes that costs interest, and paying what of it helps most. Pure functions.

A rate is the contract's or what was charged, never a market's average: where nobody tells one there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from open_finance.insights.card_dues import paid_on
from open_finance.insights.carried_over import Carried, Overdraft, overdrafts
from open_finance.insights.credit import Debt, Evidence, Help
from open_finance.insights.credit_figures import CreditFigures
from open_finance.insights.credit_inputs import account_title, tenth
from open_finance.insights.loan_costs import OVERDRAFT, LoanCost
from open_finance.money import ZERO, round_to_centavo

#: What is put by little by little where nothing is at hand.
A_LITTLE: Final = Decimal("100.00")


def find_debts(figures: CreditFigures) -> tuple[Debt, ...]:
    """One for each card that carries something over, account below zero and loan that is owed; dearest first, those of an
    unknown rate last, then the largest first. What a bank lists as a loan and an account of it below zero are one debt."""
    below = overdrafts(figures.inputs, figures.cost_months)
    agreed, loans = _split(figures)
    found = [
        *(_revolving(one) for one in figures.carried if one.amount),
        *(_overdraft(one, _agreed_of(figures, one, agreed)) for one in below),
        *(_loan(cost) for cost in loans),
    ]
    return tuple(sorted(found, key=_dearest_first))


def find_help(figures: CreditFigures, debts: Iterable[Debt]) -> Help | None:
    """What saves the most interest a month: paying, with what is at hand beyond a month's usual spending and the card bills
    that have closed, as much of one debt as that pays; and where less than a hundred reais is, paying a hundred more of one.
    None without a debt whose rate is known."""
    known = [debt for debt in debts if debt.monthly_rate]
    if not known:
        return None
    beyond = _beyond(figures)
    is_at_hand = beyond >= A_LITTLE
    offers = [_help(debt, beyond if is_at_hand else A_LITTLE, is_at_hand=is_at_hand) for debt in known]
    best = max(offers, key=lambda offer: (offer.monthly_saving, offer.debt.monthly_rate or ZERO))
    return replace(best, months_left=_months_after(figures, best.amount)) if is_at_hand else best


def _available(figures: CreditFigures) -> Decimal:
    return sum((each.amount for each in figures.at_hand if each.role == "available"), ZERO)


def _months_after(figures: CreditFigures, amount: Decimal) -> Decimal:
    """How long what is at hand would last without this amount, as the reserve is told: to a tenth of a month."""
    return tenth((_available(figures) - amount) / figures.usual_spending)


def _beyond(figures: CreditFigures) -> Decimal:
    """What is at hand beyond a month's spending and what is to be paid of closed bills, which an earlier month spent;
    nothing where it is not known what a month costs."""
    if figures.usual_spending <= ZERO:
        return ZERO
    bills = sum((_still_due(one, figures.inputs.today) for one in figures.carried), ZERO)
    return max(ZERO, _available(figures) - figures.usual_spending - bills)


def _still_due(carried: Carried, today: date) -> Decimal:
    """What a card's closed bills come to whose day is still to come, without what they hold of an earlier one: that is the
    debt itself."""
    bills = (one for one in carried.report.closed if one.told is not None and paid_on(one.due_on) >= today)
    held = sum((each.amount for each in carried.evidence if each.kind == "bill"), ZERO)
    return max(ZERO, sum((one.left for one in bills), ZERO) - held)


def _help(debt: Debt, amount: Decimal, *, is_at_hand: bool) -> Help:
    paid = min(debt.balance, amount)
    return Help(debt, paid, round_to_centavo(paid * (debt.monthly_rate or ZERO)), is_at_hand)


def _split(figures: CreditFigures) -> tuple[dict[int, LoanCost], list[LoanCost]]:
    """``({connection: what its bank lists of an account below zero}, the other loans)``."""
    agreed: dict[int, LoanCost] = {}
    for cost in figures.loans:
        if _is_below_zero(figures, cost):
            agreed.setdefault(cost.loan["connection_id"], cost)
    return agreed, [cost for cost in figures.loans if not _is_below_zero(figures, cost)]


def _is_below_zero(figures: CreditFigures, cost: LoanCost) -> bool:
    return cost.loan["kind"] == OVERDRAFT and cost.loan["connection_id"] in figures.below_zero


def _agreed_of(figures: CreditFigures, one: Overdraft, agreed: Mapping[int, LoanCost]) -> LoanCost | None:
    return next((agreed[number] for number in sorted(figures.inputs.bringing(one.account)) if number in agreed), None)


def _revolving(carried: Carried) -> Debt:
    card = carried.report.card
    return Debt(
        kind="revolving",
        id=card["id"],
        name=account_title(card),
        balance=carried.amount or ZERO,
        monthly_rate=carried.rate,
        rate_from=None if carried.rate is None else "charged",
        payment=carried.minimum,
        evidence=(*carried.evidence, *carried.before),
    )


def _overdraft(one: Overdraft, agreed: LoanCost | None) -> Debt:
    """An account below zero; its rate is the contract's where the bank lists one."""
    account = one.account
    contract = None if agreed is None else agreed.rate
    rate = one.rate if contract is None else contract
    own = Evidence("account", account["id"], "overdraft", one.amount, None, account_title(account))
    listed = () if agreed is None else (_loan_evidence(agreed, "contract"),)
    return Debt(
        kind="overdraft",
        id=account["id"],
        name=account_title(account),
        balance=one.amount,
        monthly_rate=rate,
        rate_from="contract" if contract is not None else None if rate is None else "charged",
        payment=None,
        evidence=(own, *one.interest, *listed),
    )


def _loan(cost: LoanCost) -> Debt:
    loan = cost.loan
    return Debt(
        kind="loan",
        id=loan["id"],
        name=f"{loan['product_name']} · {loan['connector_name']}",
        balance=cost.outstanding,
        monthly_rate=cost.rate,
        rate_from=None if cost.rate is None else "contract",
        payment=cost.instalment,
        evidence=(_loan_evidence(cost, "owed"),),
    )


def _loan_evidence(cost: LoanCost, role: str) -> Evidence:
    return Evidence("loan", cost.loan["id"], role, cost.outstanding, None, cost.loan["product_name"])


def _dearest_first(debt: Debt) -> tuple[bool, Decimal, Decimal, str, int]:
    return debt.monthly_rate is None, -(debt.monthly_rate or ZERO), -debt.balance, debt.kind, debt.id
