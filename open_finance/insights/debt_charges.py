"""What debts were charged for: interest and fines, as rows and as what bills charge beside their rows. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from open_finance.bill_records import Bill, FinanceCharge
from open_finance.folding import fold
from open_finance.insights.card_bills import CardBill
from open_finance.insights.cards import first_of
from open_finance.insights.credit import Evidence
from open_finance.insights.credit_inputs import CreditInputs, account_title, row_evidence
from open_finance.insights.flows import Flow
from open_finance.insights.row_categories import RowCategory
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.records import StatementRow

#: *Late payment and overdraft costs* and *Interests charged* (Pluggy's tree).
_CATEGORIES: Final = ("0201", "0202")
_OPERATIONS: Final = "ENCARGOS"
_WORDS: Final = re.compile(
    r"\bjuros\b|\bencargos?\b|\bmora\b|\bmulta (de |por )?(mora|atraso|fatura)|\brotativo\b|\bcheque especial\b"
    r"|\biof\b.*(rotativo|cheque|limite|atraso|saque)"
)
#: What tells that a bill was late, or carried over: with them its IOF is theirs, too, and alone it is of a purchase abroad.
_LATE: Final = "LATE_PAYMENT"
_INTEREST: Final = frozenset({"LATE_PAYMENT_INTEREST", "LATE_PAYMENT_REMUNERATIVE_INTEREST"})
_IS_INTEREST: Final = re.compile(r"\bjuros\b|\brotativo\b|\bencargos?\b")
_NO_INTEREST: Final = re.compile(r"\biof\b|\bmulta\b|\btarifa\b")


def debt_charges(inputs: CreditInputs, months: Sequence[date]) -> list[Evidence]:
    """What debts were charged for in these months, under ``charges``: rows of accounts and cards, and what bills that were
    due in them charge beside their rows. Each once, positive."""
    wanted, accounts = set(months), inputs.accounts
    rows = [
        row_evidence(row, "charges", -row["amount"])
        for row, decided in zip(inputs.situation.rows, inputs.situation.decided, strict=True)
        if row["account_id"] in accounts and first_of(row["occurred_on"]) in wanted and is_charge(row, decided)
    ]
    bills = [
        Evidence("bill", bill.bill["id"], "charges", amount, bill.due_on, account_title(report.card))
        for report in inputs.cards
        for bill in report.closed
        if bill.bill is not None and first_of(bill.due_on) in wanted and (amount := charged_beside(bill)) > ZERO
    ]
    return sorted([*rows, *bills], key=lambda each: (each.on or date.min, each.kind, each.id))


def is_charge(row: StatementRow, decided: RowCategory) -> bool:
    """Whether a row is what a debt is charged for, and no other fee."""
    if row["amount"] >= ZERO or row["currency_code"] != BRL or row["removed_at"] is not None:
        return False
    if decided.flow is not Flow.FEE:
        return False
    is_told = decided.category.startswith(_CATEGORIES) or (row["category_id"] or "").startswith(_CATEGORIES)
    return is_told or (row["operation_type"] or "").startswith(_OPERATIONS) or _says(row, _WORDS)


def charged_beside(bill: CardBill) -> Decimal:
    """What a bill charges for having been late or carried over, as far as it is no row of it."""
    return _sum(bill.charges) if bill.bill is not None and any(_is_late(one) for one in _told(bill.bill)) else ZERO


def interest_of(bill: CardBill) -> Decimal:
    """The interest on a bill, without fines and taxes: what the bank lists, or else what rows of it say."""
    listed = [] if bill.bill is None else [one for one in _told(bill.bill) if one["type"] in _INTEREST]
    if listed:
        return _sum(listed)
    rows = (row for row in bill.rows if row["amount"] < ZERO and row["currency_code"] == BRL)
    return -sum((row["amount"] for row in rows if _says(row, _IS_INTEREST)), ZERO) or ZERO


def interest_rows(inputs: CreditInputs, account_ids: set[int], months: Sequence[date]) -> list[StatementRow]:
    """The rows of these accounts that charge interest for being below zero, in these months; taxes and fines left out."""
    wanted = set(months)
    return [
        row
        for row, decided in zip(inputs.situation.rows, inputs.situation.decided, strict=True)
        if row["account_id"] in account_ids and first_of(row["occurred_on"]) in wanted and is_charge(row, decided)
        if not _says(row, _NO_INTEREST)
    ]


def _told(bill: Bill) -> list[FinanceCharge]:
    return [one for one in bill["finance_charges"] if one["currency_code"] == bill["currency_code"]]


def _is_late(charge: FinanceCharge) -> bool:
    return charge["type"].startswith(_LATE)


def _says(row: Mapping[str, Any], words: re.Pattern[str]) -> bool:
    return words.search(fold(row["description"])) is not None


def _sum(charges: Iterable[FinanceCharge]) -> Decimal:
    return sum((round_to_centavo(one["amount"]) for one in charges), ZERO)
