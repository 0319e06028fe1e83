"""What is carried over: bills that were not paid in full by their day, bills that are paid in instalments, and accounts
below zero. Pure functions.

A payment that bill N lists settles the bill before it (reference 5.5), so what a closed bill leaves is known from the one
after it, or from rows; see ``card_bills``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Final

from open_finance.insights.available_money import seen_until
from open_finance.insights.card_bills import CardBill
from open_finance.insights.card_dues import paid_on
from open_finance.insights.card_report import CardReport
from open_finance.insights.cards import add_months, first_of
from open_finance.insights.credit import Evidence
from open_finance.insights.credit_inputs import CreditInputs, account_title, row_evidence
from open_finance.insights.debt_charges import interest_of, interest_rows
from open_finance.money import BRL, ZERO
from open_finance.records import PENDING, Account, StatementRow

#: Of as many of the latest bills it is asked how often something was carried over.
RECENT_BILLS: Final = 3
#: What is charged of what was carried over, a month: anything else is not believed.
_LEAST_RATE, _MOST_RATE = ZERO, Decimal("0.30")
#: Interest that is charged so early in a month is the month's before.
_CHARGED_BY: Final = 10
_RATE_PLACES: Final = Decimal("0.00000001")
_NOT_PAID: Final = frozenset({"partly", "unpaid"})
_SETTLED: Final = frozenset({"paid", "nothing"})


@dataclass(frozen=True, slots=True)
class Carried:
    """What one card carries over today. ``amount``: BRL, zero where all was paid; None where no bill tells it. ``evidence``:
    adds up to it, under ``carried``. ``before``: earlier ones of the latest bills that were not paid in full, and how much
    of each was not, under ``before``. ``rate``: interest of a month, as a fraction; None where it was never seen, or is not
    believed. ``minimum``: the least that is to be paid of the latest bill."""

    report: CardReport
    amount: Decimal | None
    evidence: tuple[Evidence, ...]
    before: tuple[Evidence, ...]
    rate: Decimal | None
    minimum: Decimal | None

    @property
    def times(self) -> int:
        """On how many of the latest bills something was carried over."""
        return len({each.id for each in (*self.evidence, *self.before) if each.kind == "bill"})


def carried_over(report: CardReport, today: date) -> Carried:
    """Of one card."""
    over = _bills_over(report, today)
    left = _left(report, over)
    own = list(_listed_rows(report, "REVOLVING_CREDIT")) if left is None else [left]
    evidence = [*own, *_instalments_of_bills(report)]
    before = [
        _of_bill(report, bill, "before")
        for bill in over[:RECENT_BILLS]
        if bill.status in _NOT_PAID and bill.left > ZERO and not (left and _is_bill(left, bill))
    ]
    is_known = bool(evidence) or (report.has_bills and not (over and over[0].status == "unknown"))
    return Carried(
        report=report,
        amount=sum((each.amount for each in evidence), ZERO) if is_known else None,
        evidence=tuple(evidence),
        before=tuple(before),
        rate=_charged_rate(report),
        minimum=next((bill.minimum for bill in report.closed if bill.minimum is not None), None),
    )


# --- bills ---------------------------------------------------------------------------------------------------------------


def _bills_over(report: CardReport, today: date) -> list[CardBill]:
    """The bills that their bank lists and whose day is over, the latest first: what is due on a weekend may be paid on
    Monday. The latest that is listed is over only when its bank was read after that day."""
    told = [bill for bill in report.closed if bill.told is not None]
    return [
        bill
        for place, bill in enumerate(told)
        if paid_on(bill.due_on) < today and (place > 0 or bill.is_overdue or bill.status not in _NOT_PAID)
    ]


def _left(report: CardReport, over: Sequence[CardBill]) -> Evidence | None:
    """What is left of the latest bill whose day is over. What was paid of bills whose day is still to come pays this first:
    they hold it."""
    latest = over[0] if over else None
    if latest is None or latest.status not in _NOT_PAID:
        return None
    later = [bill for bill in report.closed if bill.month > latest.month]
    if any(bill.told is not None and bill.status in _SETTLED for bill in later):
        return None
    left = latest.left - sum((bill.paid for bill in later), ZERO)
    return replace(_of_bill(report, latest, "carried"), amount=left) if left > ZERO else None


def _of_bill(report: CardReport, bill: CardBill, role: str) -> Evidence:
    number = 0 if bill.bill is None else bill.bill["id"]
    return Evidence("bill", number, role, bill.left, bill.due_on, account_title(report.card))


def _is_bill(evidence: Evidence, bill: CardBill) -> bool:
    return evidence.kind == "bill" and bill.bill is not None and evidence.id == bill.bill["id"]


def _listed_rows(report: CardReport, kind: str) -> Iterator[Evidence]:
    """What the bank calls so on the open bill."""
    for row in report.open.rows:
        if row["other_credits_type"] == kind and row["amount"] < ZERO and row["currency_code"] == BRL:
            yield Evidence("transaction", row["id"], "carried", -row["amount"], row["occurred_on"], row["description"])


def _instalments_of_bills(report: CardReport) -> Iterator[Evidence]:
    """What is still to be paid of bills that are paid in instalments: the open bill's, and those after it."""
    kinds = {row["id"]: row["other_credits_type"] for bill in (report.open, *report.closed) for row in bill.rows}
    for plan in report.plans:
        if not any(kinds.get(part.row_id or 0) == "BILL_INSTALLMENT" for part in plan.listed):
            continue
        latest = plan.listed[-1].row_id or 0
        for part in plan.parts:
            if part.month >= report.open.month:
                title = f"{plan.title} {part.number}/{plan.total}"
                yield Evidence("transaction", part.row_id or latest, "carried", part.amount, part.month, title)


def _charged_rate(report: CardReport) -> Decimal | None:
    """Interest on a bill, of what the bill before it left: the median of those that are believed."""
    by_month = {bill.month: bill for bill in report.closed if bill.told is not None}
    rates = []
    for month, bill in sorted(by_month.items())[-RECENT_BILLS * 2 :]:
        before = by_month.get(add_months(month, -1))
        interest = interest_of(bill)
        if before is not None and before.status in _NOT_PAID and before.left > ZERO and interest > ZERO:
            rates.append(interest / before.left)
    return _believed(rates)


def _believed(rates: Sequence[Decimal]) -> Decimal | None:
    plausible = [rate for rate in rates if _LEAST_RATE < rate <= _MOST_RATE]
    return Decimal(median(plausible)).quantize(_RATE_PLACES) if plausible else None


# --- accounts below zero ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overdraft:
    """An account that is below zero. ``rate``: interest of a month, as a fraction, of what it was below zero by; None where
    none was seen or it is not believed. ``interest``: the rows that charge it, of the months that were asked for."""

    account: Account
    amount: Decimal
    rate: Decimal | None
    interest: tuple[Evidence, ...]


def overdraft_in_use(account: Account) -> Decimal:
    """By how much an account is below zero: its balance, or what its bank says is used of the limit; never negative."""
    return max(ZERO, -account["balance"], account["overdraft_used"] or ZERO)


def overdrafts(inputs: CreditInputs, months: Sequence[date]) -> list[Overdraft]:
    """The checking accounts that are below zero. ``months``: whose interest tells the rate."""
    found = []
    for account in inputs.checking:
        amount = overdraft_in_use(account)
        if amount > ZERO:
            rows = interest_rows(inputs, _ids(inputs, account), months)
            interest = tuple(row_evidence(row, "charges", -row["amount"]) for row in rows)
            found.append(Overdraft(account, amount, _overdraft_rate(inputs, account, rows), interest))
    return found


def _overdraft_rate(inputs: CreditInputs, account: Account, rows: Sequence[StatementRow]) -> Decimal | None:
    """Interest, of what the account was below zero by in the months that it was charged for: in the first days of a month
    that is the month before."""
    days = [row["occurred_on"] for row in rows]
    months = {add_months(first_of(on), -1) if on.day <= _CHARGED_BY else first_of(on) for on in days}
    balances = evening_balances(inputs, account, sorted(months))
    if not balances or min(balances) > min(months):
        return None
    below = -sum((held for day, held in balances.items() if held < ZERO and first_of(day) in months), ZERO)
    charged = -sum((row["amount"] for row in rows), ZERO)
    return _believed([charged * 30 / below]) if below > ZERO else None


def days_below_zero(inputs: CreditInputs, days: int) -> int:
    """On how many of the last days some checking account ended below zero, as far as rows tell."""
    first = inputs.today - timedelta(days=days - 1)
    below: set[date] = set()
    for account in inputs.checking:
        balances = evening_balances(inputs, account, (first_of(first),))
        below |= {day for day, balance in balances.items() if balance < ZERO and first <= day <= inputs.today}
    return len(below)


def evening_balances(inputs: CreditInputs, account: Account, months: Sequence[date]) -> Mapping[date, Decimal]:
    """What an account held at the end of each day from the first of these months on, to the day it was read: its balance
    followed back along its rows, as far as these are known and no further. Empty where rows and balance do not agree."""
    if not months or account["balance_gap_on"] is not None:
        return {}
    ids, moves = _ids(inputs, account), defaultdict[date, Decimal](lambda: ZERO)
    known = [row for row in inputs.situation.rows if row["account_id"] in ids and _is_settled(row)]
    for row in known:
        moves[row["occurred_on"]] += row["amount"]
    day = min(seen_until(account), inputs.today)
    first = max(months[0], min((row["occurred_on"] for row in known), default=date.max))
    balance, found = account["balance"], {}
    while day >= first:
        found[day] = balance
        balance -= moves[day]
        day -= timedelta(days=1)
    return found


def _ids(inputs: CreditInputs, account: Account) -> set[int]:
    """An account and those that it goes on for."""
    return {
        one["id"]
        for one in inputs.situation.accounts
        if one["id"] == account["id"] or (one["identity"] == account["identity"] and not one["apart"])
    }


def _is_settled(row: Mapping[str, Any]) -> bool:
    return row["status"] != PENDING and row["removed_at"] is None and row["currency_code"] == BRL
