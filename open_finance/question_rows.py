"""Which rows a question is about, and in which order: the same rows as /gastos and /extrato have, narrowed. Pure.

A row's texts are matched against the words that were asked for, whole words only, and never read for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from open_finance.asking.question import Direction, Question, Scope
from open_finance.clock import local_day
from open_finance.connecting.banks import canonical
from open_finance.folding import fold
from open_finance.insights.flows import Flow
from open_finance.insights.labels import canonical as canonical_category
from open_finance.insights.own_money import own_sides
from open_finance.insights.taxonomy import GROUPS
from open_finance.money import BRL, ZERO
from open_finance.reading.balances import is_card, is_cash, is_savings
from open_finance.reading.statements import is_unconfirmed
from open_finance.records import Account, StatementRow
from open_finance.spending_reports import Known

_PIECE = re.compile(r"[a-z]+|\d+")
_WORD = re.compile(r"[a-z0-9]+")
_TEXTS = ("description", "description_raw", "merchant_name", "counterparty", "note")


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A row that counts. ``amount``: signed as the row's, money out negative; ``on``: the day on which it counts.
    ``category``, ``group``: what it counts under. ``is_income``: it came in; a refund did not."""

    row: StatementRow
    account: Account
    amount: Decimal
    on: date
    category: str
    group: str
    is_income: bool = False


def outgoing(known: Known) -> list[AnswerRow]:
    """What was spent, refunds among it (positive), by purchase."""
    return [AnswerRow(one.row, one.account, -one.amount, one.on, one.category, one.group) for one in known.spent()]


def incoming(known: Known, now: datetime) -> list[AnswerRow]:
    """What came in and is the person's: no own money that moves, no refund of a shop, no loan."""
    accounts = {account["id"]: account for account in known.counted.accounts}
    own = own_sides(known.rows, known.decided, accounts)
    returned = {one.row["id"] for one in known.spent() if one.amount < 0}
    today = local_day(now)
    found = []
    for row, decided in zip(known.rows, known.decided, strict=True):
        account = accounts.get(row["account_id"])
        if account is None or account["hidden"] or row["amount"] <= 0 or row["currency_code"] != BRL:
            continue
        is_income = decided.flow is Flow.INCOME or (decided.flow is Flow.REFUND and not is_card(account))
        stands = row["occurred_on"] <= today and not is_unconfirmed(
            row["missing_since"], min(now, account["synced_at"])
        )
        if is_income and stands and row["id"] not in own and row["id"] not in returned:
            found.append(
                AnswerRow(
                    row, account, row["amount"], row["occurred_on"], decided.category, decided.group, is_income=True
                )
            )
    return found


def moved(known: Known, now: datetime, direction: Direction) -> list[AnswerRow]:
    """Own money between own accounts: what arrived (``in``), or what left; never both, for it is the same money."""
    accounts = {account["id"]: account for account in known.counted.accounts}
    own = own_sides(known.rows, known.decided, accounts)
    today = local_day(now)
    found = []
    for row, decided in zip(known.rows, known.decided, strict=True):
        account = accounts.get(row["account_id"])
        if account is None or account["hidden"] or row["currency_code"] != BRL or row["occurred_on"] > today:
            continue
        is_own = decided.flow is Flow.OWN_TRANSFER or row["id"] in own
        is_asked = row["amount"] > ZERO if direction == "in" else row["amount"] < ZERO
        if is_own and is_asked and not is_unconfirmed(row["missing_since"], min(now, account["synced_at"])):
            found.append(AnswerRow(row, account, row["amount"], row["occurred_on"], decided.category, decided.group))
    return found


def narrowed(rows: Iterable[AnswerRow], question: Question) -> list[AnswerRow]:
    """The rows that a question is about, of whatever day, the oldest first."""
    matches = _Matches(question)
    return sorted((one for one in rows if matches(one)), key=lambda one: (one.on, one.row["id"]))


def within(rows: Iterable[AnswerRow], start: date, end: date) -> list[AnswerRow]:
    """Those of some days."""
    return [one for one in rows if start <= one.on <= end]


def total(rows: Iterable[AnswerRow]) -> Decimal:
    """Signed: money out negative."""
    return sum((one.amount for one in rows), ZERO)


def accounts_of(scope: Scope, accounts: Iterable[Account]) -> list[Account]:
    """The accounts that a scope names."""
    return [account for account in accounts if is_within(scope, account)]


def is_within(scope: Scope, account: Account) -> bool:
    """Whether a scope names an account."""
    return any(_is_within(one, account) for one in scope.each)


def is_left_out(question: Question, account: Account) -> bool:
    """Whether an account is one that a question does not count."""
    return question.without_scope.is_narrow and is_within(question.without_scope, account)


def _is_within(scope: Scope, account: Account) -> bool:
    if scope.accounts:
        return account["id"] in scope.accounts
    if scope.bank and canonical(account["connector_name"]) != canonical(scope.bank):
        return False
    if scope.brand and not _is_of_brand(account, scope.brand):
        return False
    holds = {"": True, "card": is_card(account), "savings": is_savings(account)}
    return holds.get(scope.holds, is_cash(account) and not is_savings(account))


def _is_of_brand(account: Account, brand: str) -> bool:
    told = fold(f"{account['card_brand'] or ''} {account['name']}")
    return is_card(account) and (brand in told or (brand == "mastercard" and "master" in told.split()))


class _Matches:
    """Whether a row is one that a question is about."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.categories = _expanded(question.categories)
        self.without = _expanded(question.without)
        self.texts = [_spellings(text) for text in question.texts]
        self.without_texts = [_spellings(text) for text in question.without_texts]

    def __call__(self, one: AnswerRow) -> bool:
        question, size = self.question, abs(one.amount)
        if not is_within(question.scope, one.account) or is_left_out(question, one.account):
            return False
        if question.above is not None and size <= question.above:
            return False
        if question.below is not None and size >= question.below:
            return False
        if question.operation and not _is_operation(one, question.operation):
            return False
        return not self._is_left_out(one) and self._is_about(one)

    def _is_left_out(self, one: AnswerRow) -> bool:
        if self.without and self._is_of(one, self.without):
            return True
        if any(_is_operation(one, operation) for operation in self.question.without_operations):
            return True
        return any(has_words(one.row, spelled) for spelled in self.without_texts)

    def _is_about(self, one: AnswerRow) -> bool:
        checks = []
        if self.categories:
            checks.append(self._is_of(one, self.categories))
        if self.texts:
            checks.append(any(has_words(one.row, spelled) for spelled in self.texts))
        return (any(checks) if self.question.either else all(checks)) if checks else True

    @staticmethod
    def _is_of(one: AnswerRow, categories: frozenset[str]) -> bool:
        return one.group in categories or canonical_category(one.category) in categories


def _expanded(categories: Iterable[str]) -> frozenset[str]:
    return frozenset(one if one in GROUPS else canonical_category(one) for one in categories)


@lru_cache(maxsize=256)
def _spellings(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_WORD.findall(fold(each))) for each in text.split("|"))


def has_words(row: Mapping[str, object], spelled: Sequence[Sequence[str]]) -> bool:
    """Whether one of a row's own texts has all words of one of these spellings, or the same letters without spaces."""
    for name in _TEXTS:
        text = row.get(name)
        if isinstance(text, str) and text and any(_has(text, words) for words in spelled):
            return True
    return False


def _has(text: str, words: Sequence[str]) -> bool:
    found, whole = _text_words(text)
    if all(word in found for word in words):
        return bool(words)
    joined = "".join(words)
    return len(words) + len(whole) > 2 and joined in _joined(whole) if len(joined) > 4 else False


@lru_cache(maxsize=16_384)
def _text_words(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    folded = fold(text)
    whole = tuple(_WORD.findall(folded))
    return frozenset(whole) | frozenset(_PIECE.findall(folded)), whole


def _joined(words: Sequence[str]) -> set[str]:
    """One, two or three words that follow one another, without spaces."""
    return {"".join(words[at : at + length]) for length in (1, 2, 3, 4) for at in range(len(words) - length + 1)}


def _is_operation(one: AnswerRow, operation: str) -> bool:
    row, category = one.row, one.row["category_id"] or ""
    told = row["operation_type"] or ""
    words, _ = _text_words(row["description"])
    if operation == "IOF":
        return "iof" in words or category == "15030000"
    if operation == "TRANSFER":
        return told in {"PIX", "TED", "DOC", "TRANSFERENCIA_MESMA_INSTITUICAO"} or category.startswith("05")
    if told:
        return told == operation
    prefixes = {"PIX": "0507", "SAQUE": "0502", "BOLETO": "0501"}
    return operation.lower() in words or category.startswith(prefixes.get(operation, "-"))
