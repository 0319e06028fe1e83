"""Which of the money that came in is income, and why the rest is not. Pure functions.

Income is what repeats (wages, a pension, rent received) and what its category says is income (wages, retirement, one's own
business, aid). What only may be, is not: a figure on which somebody lends must not be made larger by a friend's Pix. Own
money that moves, refunds, loans and investments never are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from open_finance.insights.cards import first_of
from open_finance.insights.credit_inputs import monthly_sums, read_until, whole_months
from open_finance.insights.flows import Flow, is_yield
from open_finance.insights.income_statement import (
    IncomeMonth,
    IncomeRow,
    IncomeSource,
    IncomeStatement,
    Left,
    LeftOut,
    payer_text,
)
from open_finance.insights.merchant_rules import title_of_merchant
from open_finance.insights.merchants import name_key
from open_finance.insights.outlook import Situation
from open_finance.insights.own_money import own_sides, suggested_transfers
from open_finance.insights.row_categories import RowCategory
from open_finance.money import BRL, ZERO
from open_finance.reading.balances import is_card
from open_finance.records import PENDING, Account, Connection, StatementRow

#: Wages, retirement, one's own business, aid; not *Renda avulsa* (``01050000``), which is whatever came once.
_EARNED: Final = ("0101", "0102", "0103", "0104")
_CASHBACK: Final = "08090000"
_PERSONAL: Final = frozenset({"manual", "rule"})
_BY_FLOW: Final = {
    Flow.OWN_TRANSFER: LeftOut.OWN_TRANSFER,
    Flow.REFUND: LeftOut.REFUND,
    Flow.BILL_PAYMENT: LeftOut.REFUND,
    Flow.INVESTMENT: LeftOut.INVESTMENT,
    Flow.OTHER: LeftOut.LOAN,
}


@dataclass(frozen=True, slots=True)
class Income:
    """``rows``: income, the oldest first. ``left_out``: what else came in, with the reason. ``accounts``: those that income
    comes to, by id. ``known_from``: the oldest row of these, ``read_on`` the day until which all of them are known; None
    without income."""

    rows: tuple[StatementRow, ...]
    left_out: tuple[tuple[StatementRow, LeftOut], ...]
    accounts: dict[int, Account]
    known_from: date | None
    read_on: date | None

    def months(self, today: date, most: int) -> tuple[date, ...]:
        """The latest whole months of the accounts that income comes to, the oldest first."""
        if self.known_from is None or self.read_on is None:
            return ()
        return whole_months(self.known_from, min(today, self.read_on), most)

    def within(self, months: Sequence[date]) -> list[StatementRow]:
        """The rows of these months."""
        wanted = set(months)
        return [row for row in self.rows if first_of(row["occurred_on"]) in wanted]

    def sums(self, months: Sequence[date]) -> list[Decimal]:
        """What came in, in each of these months."""
        return monthly_sums(((row["occurred_on"], row["amount"]) for row in self.rows), months)


def find_income(situation: Situation) -> Income:
    """The income of a person, of accounts in BRL that they do not hide."""
    accounts = {one["id"]: one for one in situation.accounts if not (is_card(one) or one["hidden"])}
    by_id = {one["id"]: one for one in situation.accounts}
    own = own_sides(situation.rows, situation.decided, by_id)
    likely = {row["id"] for pair in suggested_transfers(situation.rows, situation.decided, by_id) for row in pair}
    repeated = {number for flow in situation.recurring if flow.is_income for number in flow.row_ids}
    rows: list[StatementRow] = []
    left: list[tuple[StatementRow, LeftOut]] = []
    for row, decided in zip(situation.rows, situation.decided, strict=True):
        if row["account_id"] in accounts and _came_in(row, situation.today):
            reason = _reason(row, decided, own, likely, repeated)
            if reason is None:
                rows.append(row)
            else:
                left.append((row, reason))
    ids = {row["account_id"] for row in rows}
    identities = {accounts[number]["identity"] for number in ids}
    paid_into = [one for one in accounts.values() if one["identity"] in identities]
    return Income(
        rows=tuple(sorted(rows, key=_by_day)),
        left_out=tuple(sorted(left, key=lambda one: _by_day(one[0]))),
        accounts={number: accounts[number] for number in ids},
        known_from=_known_from(situation, identities),
        read_on=read_until(paid_into) if paid_into else None,
    )


def income_statement(
    income: Income, today: date, asked: int, sources: Iterable[tuple[Connection, datetime | None]]
) -> IncomeStatement:
    """The last ``asked`` whole months, as many of them as are known. ``sources``: connections, and of when their data is."""
    months = income.months(today, asked)
    of_month: dict[date, list[IncomeRow]] = defaultdict(list)
    for row in income.within(months):
        of_month[first_of(row["occurred_on"])].append(_statement_row(row, income.accounts[row["account_id"]]))
    return IncomeStatement(
        issued_on=today,
        asked=asked,
        months=tuple(IncomeMonth(month, tuple(of_month[month])) for month in months),
        left_out=tuple(_left(income, months)),
        sources=tuple(IncomeSource(payer_text(one["connector_name"]), read_at) for one, read_at in sources),
    )


def _came_in(row: StatementRow, today: date) -> bool:
    has_happened = row["status"] != PENDING and row["removed_at"] is None and row["occurred_on"] <= today
    return has_happened and row["amount"] > ZERO and row["currency_code"] == BRL


def _reason(
    row: StatementRow, decided: RowCategory, own: frozenset[int], likely: set[int], repeated: set[int]
) -> LeftOut | None:
    """None for income."""
    if row["id"] in own:
        return LeftOut.OWN_TRANSFER
    if decided.flow is not Flow.INCOME:
        return _BY_FLOW.get(decided.flow, LeftOut.ONCE)
    if is_yield(row):
        return LeftOut.INVESTMENT
    if row["id"] in likely:
        return LeftOut.LIKELY_OWN
    if decided.category == _CASHBACK:
        return LeftOut.ONCE
    return None if _is_earned(row, decided) or row["id"] in repeated else LeftOut.ONCE


def _is_earned(row: StatementRow, decided: RowCategory) -> bool:
    """By the person's own word where there is one; else by the bank's category, or by ours."""
    if decided.reason in _PERSONAL:
        return decided.category.startswith(_EARNED)
    return (row["category_id"] or "").startswith(_EARNED) or (decided.is_sure and decided.category.startswith(_EARNED))


def _known_from(situation: Situation, identities: set[str]) -> date | None:
    """Of the accounts that income comes to, and of those that they go on for."""
    ids = {one["id"] for one in situation.accounts if one["identity"] in identities}
    return min((row["occurred_on"] for row in situation.rows if row["account_id"] in ids), default=None)


def _by_day(row: StatementRow) -> tuple[date, int]:
    return row["occurred_on"], row["id"]


def _statement_row(row: StatementRow, account: Account) -> IncomeRow:
    payer = payer_text(title_of_merchant(row, name_key(row)) or row["description"])
    return IncomeRow(row["occurred_on"], payer, row["amount"], payer_text(account["connector_name"]), row["id"])


def _left(income: Income, months: Sequence[date]) -> Iterable[Left]:
    wanted = set(months)
    for reason in LeftOut:
        amounts = [
            row["amount"] for row, why in income.left_out if why is reason and first_of(row["occurred_on"]) in wanted
        ]
        if amounts:
            yield Left(reason, len(amounts), sum(amounts, ZERO))
