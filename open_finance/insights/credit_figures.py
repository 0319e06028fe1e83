"""The seven figures of a person's credit health, each with what it was worked out from. Pure functions.

Every figure follows from its own evidence: with the sums of its roles, or their sums of each month, anybody can work it out
again. Where something is missing there is no figure; the evidence that there is stays.

=============  ============================================================================================================
COMMITMENT     (``debt`` + ``charges`` ÷ 3) ÷ the median monthly sum of ``income``, %
STABILITY      mean distance of the monthly sums of ``income`` from their median ÷ that median, %
LIMIT_USE      ``used`` ÷ ``limit``, %
REVOLVING      ``carried``, BRL; ``before`` is beside it
OVERDRAFT      ``overdraft``, BRL
DEBT_COST      ``charges`` ÷ 3 + ``interest``, BRL
RESERVE        ``available`` ÷ the median monthly sum of ``spending``, months; ``not_counted`` is beside it
=============  ============================================================================================================

Months are ``Measure.months`` whole ones; of them one without rows is zero. The last three are those of ``charges``. A
median is rounded to the centavo, a percentage and months to a tenth, half up. A note may carry a number after a colon.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from open_finance.insights import credit_thresholds as thresholds
from open_finance.insights.card_plans import Part, Plan
from open_finance.insights.card_report import CardReport
from open_finance.insights.cards import first_of
from open_finance.insights.carried_over import Carried, carried_over, days_below_zero, overdraft_in_use
from open_finance.insights.credit import Evidence, Figure, Measure, Missing, Threshold
from open_finance.insights.credit_inputs import (
    COST_MONTHS,
    LEAST_MONTHS,
    USUAL_MONTHS,
    CreditInputs,
    account_title,
    monthly_sums,
    percent,
    row_evidence,
    sums_by_role,
    tenth,
    usual,
)
from open_finance.insights.debt_charges import debt_charges
from open_finance.insights.income_rows import Income, find_income
from open_finance.insights.liquid_money import liquid_money
from open_finance.insights.loan_costs import OVERDRAFT, LoanCost, live_loans, loan_costs
from open_finance.insights.recurring import Kind, Recurring
from open_finance.money import ZERO, round_to_centavo

#: How far months differ is told from as many, and from no fewer than half of them.
STABILITY_MONTHS, _STABILITY_LEAST = 12, 6
#: Pluggy's word for a card that is no more.
_CANCELLED = "CANCELLED"
#: How many days back it is asked whether an account was below zero.
DAYS_BACK = 90


@dataclass(frozen=True)
class CreditFigures:
    """What several figures, and the debts, need. Everything is worked out once."""

    inputs: CreditInputs

    @cached_property
    def income(self) -> Income:
        """What came in that is income."""
        return find_income(self.inputs.situation)

    @cached_property
    def income_months(self) -> tuple[date, ...]:
        """The whole months that tell what is usual."""
        return self.income.months(self.inputs.today, USUAL_MONTHS)

    @cached_property
    def usual_income(self) -> Decimal:
        """Of a month, BRL; zero where it is not known."""
        if len(self.income_months) < LEAST_MONTHS:
            return ZERO
        return usual(self.income.sums(self.income_months))

    @cached_property
    def spending_months(self) -> tuple[date, ...]:
        """The whole months that tell what is usually spent."""
        return self.inputs.months(USUAL_MONTHS)

    @cached_property
    def usual_spending(self) -> Decimal:
        """Of a month, BRL; zero where it is not known."""
        if len(self.spending_months) < LEAST_MONTHS:
            return ZERO
        return usual(monthly_sums(((one.on, one.amount) for one in self.inputs.spent), self.spending_months))

    @cached_property
    def cost_months(self) -> tuple[date, ...]:
        """The whole months whose charges count; empty where too few are known."""
        months = self.inputs.months(COST_MONTHS)
        return months if len(months) == COST_MONTHS else ()

    @cached_property
    def charges(self) -> list[Evidence]:
        """What debts were charged for in these."""
        return debt_charges(self.inputs, self.cost_months)

    @cached_property
    def carried(self) -> list[Carried]:
        """What each card carries over."""
        return [carried_over(report, self.inputs.today) for report in self.inputs.cards]

    @cached_property
    def loans(self) -> list[LoanCost]:
        """What each loan costs that is owed."""
        connections = {account["id"]: self.inputs.bringing(account) for account in self.inputs.situation.accounts}
        return loan_costs(live_loans(self.inputs.loans), self.loan_flows, connections)

    @cached_property
    def loan_flows(self) -> list[Recurring]:
        """Instalments of loans that leave an account every month, and have not ended."""
        accounts = self.inputs.accounts
        return [
            flow
            for flow in self.inputs.situation.recurring
            if flow.kind is Kind.LOAN and not (flow.is_income or flow.has_ended or flow.on_card)
            if flow.account_id in accounts
        ]

    @cached_property
    def below_zero(self) -> frozenset[int]:
        """The connections with a checking account that is below zero, whichever of them it counts under."""
        below = (account for account in self.inputs.checking if overdraft_in_use(account) > ZERO)
        return frozenset(number for account in below for number in self.inputs.bringing(account))

    @cached_property
    def at_hand(self) -> list[Evidence]:
        """What is at hand, and what is not surely so."""
        return liquid_money(self.inputs)


def measures(figures: CreditFigures) -> tuple[Measure, ...]:
    """All seven, in the order of ``Figure``."""
    return (
        commitment(figures),
        stability(figures),
        limit_use(figures),
        revolving(figures),
        overdraft(figures),
        debt_cost(figures),
        reserve(figures),
    )


def commitment(figures: CreditFigures) -> Measure:
    """Debt service of a month, of the usual income: loans' instalments, those of card purchases on the bill that is open,
    and a month's charges."""
    loans = [cost for cost in figures.loans if cost.loan["kind"] != OVERDRAFT]
    debt = [*_loan_instalments(figures, loans), *_card_instalments(figures.inputs.cards)]
    missing = _no_income(figures)
    if any(cost.instalment is None for cost in loans):
        missing = (*missing, Missing.INSTALMENTS)
    if not figures.cost_months and Missing.HISTORY not in missing:
        missing = (*missing, Missing.HISTORY)
    value = None
    if not missing:
        service = _sum(debt) + _sum(figures.charges) / COST_MONTHS
        value = percent(service, figures.usual_income)
    evidence = [*_income(figures, figures.income_months), *debt, *figures.charges]
    notes = [f"instalment_{how}" for how in ("calculated", "rows") if any(one.instalment_from == how for one in loans)]
    return _measure(
        Figure.COMMITMENT, value, thresholds.COMMITMENT, evidence, len(figures.income_months), missing, notes
    )


def stability(figures: CreditFigures) -> Measure:
    """How far the months of income lie from the one in the middle."""
    months = figures.income.months(figures.inputs.today, STABILITY_MONTHS)
    sums = figures.income.sums(months)
    missing, middle = _no_income(figures), usual(sums)
    if not missing and len(months) < _STABILITY_LEAST:
        missing = (Missing.HISTORY,)
    if not missing and middle <= ZERO:
        missing = (Missing.INCOME,)
    value = None
    if not missing:
        value = percent(sum((abs(each - middle) for each in sums), ZERO) / len(sums), middle)
    without = sum(each <= ZERO for each in sums)
    notes = [f"months_without_income:{without}"] if without else []
    return _measure(
        Figure.STABILITY, value, thresholds.STABILITY, _income(figures, months), len(months), missing, notes
    )


def limit_use(figures: CreditFigures) -> Measure:
    """What is used of the limits of all cards whose limit is told; nobody can use the limit of one that was cancelled."""
    cards = [report.card for report in figures.inputs.cards if report.card["card_status"] != _CANCELLED]
    told = [(card, limit) for card in cards if (limit := card["credit_limit"]) is not None and limit > ZERO]
    evidence = [
        Evidence("account", card["id"], role, amount, None, account_title(card))
        for card, limit in told
        for role, amount in (("used", max(ZERO, card["balance"])), ("limit", limit))
    ]
    missing = () if told else (Missing.LIMIT,) if cards else (Missing.CARD,)
    limit = sum((limit for _, limit in told), ZERO)
    value = percent(_sum(evidence, "used"), limit) if told else None
    notes = ["card_without_limit"] if told and len(told) < len(cards) else []
    return _measure(Figure.LIMIT_USE, value, thresholds.LIMIT_USE, evidence, 0, missing, notes)


def revolving(figures: CreditFigures) -> Measure:
    """What cards carry over today."""
    told = [one for one in figures.carried if one.amount is not None]
    evidence = [each for one in figures.carried for each in (*one.evidence, *one.before)]
    missing = () if told else (Missing.BILLS,) if figures.carried else (Missing.CARD,)
    value = None if missing else _sum(evidence, "carried")
    notes = ["card_without_bills"] if told and len(told) < len(figures.carried) else []
    times = max((one.times for one in figures.carried), default=0)
    threshold = thresholds.revolving(figures.usual_income, times)
    return _measure(Figure.REVOLVING, value, threshold, evidence, 0, missing, notes)


def overdraft(figures: CreditFigures) -> Measure:
    """By how much checking accounts are below zero today, with what a bank lists as such of an account that is not."""
    accounts = [
        Evidence("account", account["id"], "overdraft", overdraft_in_use(account), None, account_title(account))
        for account in figures.inputs.checking
    ]
    listed = [
        Evidence("loan", cost.loan["id"], "overdraft", cost.outstanding, None, cost.loan["product_name"])
        for cost in figures.loans
        if cost.loan["kind"] == OVERDRAFT and cost.loan["connection_id"] not in figures.below_zero
    ]
    evidence = [*accounts, *listed]
    missing = () if evidence else (Missing.ACCOUNT,)
    days = days_below_zero(figures.inputs, DAYS_BACK)
    notes = [f"days_below_zero:{days}"] if days else []
    value = None if missing else _sum(evidence)
    return _measure(Figure.OVERDRAFT, value, thresholds.overdraft(figures.usual_income), evidence, 0, missing, notes)


def debt_cost(figures: CreditFigures) -> Measure:
    """Interest and charges of a month: what was charged in the last three, and loans' interest as their balance stands."""
    interest = [
        Evidence("loan", cost.loan["id"], "interest", cost.interest, None, cost.loan["product_name"])
        for cost in figures.loans
        if cost.interest is not None and not _is_charged_on_account(cost, figures)
    ]
    missing = () if figures.cost_months else (Missing.HISTORY,) if figures.inputs.accounts else (Missing.ACCOUNT,)
    value = None
    if not missing:
        value = round_to_centavo(_sum(figures.charges) / COST_MONTHS) + _sum(interest)
    notes = ["interest_calculated"] if interest else []
    if any(cost.rate is None for cost in figures.loans):
        notes.append("loan_without_rate")
    if not all(report.has_bills for report in figures.inputs.cards):
        notes.append("card_without_bills")
    threshold = thresholds.debt_cost(figures.usual_income)
    evidence = [*figures.charges, *interest]
    return _measure(Figure.DEBT_COST, value, threshold, evidence, len(figures.cost_months), missing, notes)


def reserve(figures: CreditFigures) -> Measure:
    """For how many months of usual spending what is at hand would last."""
    months, wanted = figures.spending_months, set(figures.spending_months)
    spending = [
        row_evidence(one.row, "spending", one.amount, one.on)
        for one in figures.inputs.spent
        if first_of(one.on) in wanted
    ]
    has_account = bool(figures.inputs.checking or figures.inputs.savings)
    missing = () if figures.usual_spending > ZERO else (Missing.HISTORY,)
    missing = missing if has_account else (Missing.ACCOUNT,)
    value = None if missing else tenth(_sum(figures.at_hand, "available") / figures.usual_spending)
    notes = ["not_counted"] if any(each.role == "not_counted" for each in figures.at_hand) else []
    evidence = [*figures.at_hand, *spending]
    return _measure(Figure.RESERVE, value, thresholds.RESERVE, evidence, len(months), missing, notes)


# --- parts of these --------------------------------------------------------------------------------------------------------


def _loan_instalments(figures: CreditFigures, loans: Iterable[LoanCost]) -> list[Evidence]:
    """What loans cost a month: those that a bank lists, and those that only a recurring charge tells of."""
    told = [
        Evidence("loan", cost.loan["id"], "debt", cost.instalment, None, cost.loan["product_name"])
        for cost in loans
        if cost.instalment is not None
    ]
    paid_by = {cost.flow.key for cost in loans if cost.flow is not None}
    seen = [
        Evidence("transaction", flow.row_ids[-1], "debt", -flow.amount, flow.last_on, flow.title)
        for flow in figures.loan_flows
        if flow.key not in paid_by
    ]
    return [*told, *seen]


def _card_instalments(cards: Iterable[CardReport]) -> list[Evidence]:
    """The instalments of purchases that are on the open bill, or will be on it."""
    return [
        Evidence(
            "transaction",
            _row_of(plan, part),
            "debt",
            part.amount,
            part.month,
            f"{plan.title} {part.number}/{plan.total}",
        )
        for report in cards
        for plan in report.plans
        for part in plan.parts
        if part.month == report.open.month and part.amount > ZERO
    ]


def _row_of(plan: Plan, part: Part) -> int:
    """The row of an instalment; of one that is not listed yet, the last that is."""
    return part.row_id if part.row_id is not None else plan.listed[-1].row_id or 0


def _income(figures: CreditFigures, months: Sequence[date]) -> list[Evidence]:
    return [row_evidence(row, "income", row["amount"]) for row in figures.income.within(months)]


def _no_income(figures: CreditFigures) -> tuple[Missing, ...]:
    """Why the usual income is not known, if it is not."""
    if not any(account["type"] == "BANK" for account in figures.inputs.accounts.values()):
        return (Missing.ACCOUNT,)
    if figures.usual_income > ZERO:
        return ()
    known = figures.income_months if figures.income.rows else figures.inputs.months(USUAL_MONTHS)
    return (Missing.HISTORY,) if len(known) < LEAST_MONTHS else (Missing.INCOME,)


def _is_charged_on_account(cost: LoanCost, figures: CreditFigures) -> bool:
    """Interest on an overdraft is charged to the account, and is a row of it."""
    return cost.loan["kind"] == OVERDRAFT and any(each.kind == "transaction" for each in figures.charges)


def _sum(evidence: Iterable[Evidence], role: str | None = None) -> Decimal:
    return sum((each.amount for each in evidence if role in {None, each.role}), ZERO)


def _measure(
    figure: Figure,
    value: Decimal | None,
    threshold: Threshold,
    evidence: Sequence[Evidence],
    months: int,
    missing: tuple[Missing, ...],
    notes: Sequence[str],
) -> Measure:
    return Measure(
        figure=figure,
        value=value,
        word=None if value is None else threshold.word(value),
        threshold=threshold,
        evidence=tuple(evidence),
        sums=sums_by_role(evidence),
        months=months,
        missing=missing,
        notes=tuple(notes),
    )
