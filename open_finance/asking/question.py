"""What a question in Portuguese was understood as. A ``Question`` names no row and no text of a bank's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from open_finance.reading.statement_query import Period

#: Which way money goes; ``any``: both.
Direction = Literal["out", "in", "any"]
#: Which accounts are meant, of the banks that are named or of all; ``pots`` are caixinhas, ``kept``
#: these and savings.
Holds = Literal["", "card", "checking", "savings", "pots", "kept"]
Per = Literal["", "day", "week", "month", "purchase"]
#: Money that is neither spent nor earned: between own accounts, or given back by a shop.
Flow = Literal["", "own_transfer", "refund"]
#: Which row comes first; ``smallest`` and ``oldest`` as well.
Order = Literal["", "biggest", "smallest"]


class Kind(StrEnum):
    """What is asked. Of the last nine a whole report is the answer, or none."""

    SPENT = "spent"
    FEES = "fees"
    BIGGEST_SPENDING = "biggest_spending"
    INCOME = "income"
    RECEIVED_FROM = "received_from"
    PAID_TO = "paid_to"
    COUNT = "count"
    AVERAGE = "average"
    LAST_TIME = "last_time"
    FIRST_TIME = "first_time"
    LIST_ROWS = "list_rows"
    COMPARE_MONTHS = "compare_months"
    TOP_CATEGORIES = "top_categories"
    TOP_MERCHANTS = "top_merchants"
    BY_ACCOUNT = "by_account"
    BALANCE = "balance"
    SAVED = "saved"
    CARD_OPEN_BILL = "card_open_bill"
    CARD_BILL_CLOSED = "card_bill_closed"
    CARD_BILL_LEFT = "card_bill_left"
    CARD_LIMIT = "card_limit"
    INSTALMENTS_LEFT = "instalments_left"
    SUBSCRIPTIONS = "subscriptions"
    FORECAST = "forecast"
    ALLOWANCE = "allowance"
    BUDGET_LEFT = "budget_left"
    INVESTED = "invested"
    NET_WORTH = "net_worth"
    DEBTS = "debts"
    DATA_AGE = "data_age"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scope:
    """``bank``: as this person's connections or people call it, ``""`` for all. ``brand``: visa, mastercard … ``accounts``:
    our ids, of those that the person named themselves. ``others``: what is meant besides, where several are named."""

    bank: str = ""
    holds: Holds = ""
    brand: str = ""
    accounts: tuple[int, ...] = ()
    others: tuple[Scope, ...] = ()

    @property
    def each(self) -> tuple[Scope, ...]:
        """One for each that is named."""
        return (replace(self, others=()), *self.others)

    def holding(self, holds: Holds, *, brand: bool = True) -> Scope:
        """The same of accounts of one kind only. ``brand``: whether the card's brand still counts."""
        first, *others = (replace(one, holds=holds, brand=one.brand if brand else "") for one in self.each)
        return replace(first, others=tuple(dict.fromkeys(others)))

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.bank or self.holds or self.brand or self.accounts)


@dataclass(frozen=True, slots=True)
class Question:
    """``period``: None where the kind has none, or all that is known is meant; ``other``: the one it is compared with.
    ``categories``: groups, Pluggy's ids and own ones, any of them. ``texts``: folded words to look for in rows, any of
    them; a text of several spellings has ``|`` between. ``either``: a category or a text, else both. ``person``: the texts
    name who sent or was sent money. ``operation``: PIX, SAQUE, IOF … ``above``, ``below``: more, less than this.
    ``without`` …: as ``categories``, ``texts``, ``operation``, ``scope``, left out. ``flow``: only what moved so.
    ``by_closing``: the period is when a bill closes, not when it is due. ``per`` with an ``order``: which month, or day, had
    most."""

    kind: Kind
    period: Period | None = None
    other: Period | None = None
    categories: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    either: bool = False
    person: bool = False
    direction: Direction = "out"
    scope: Scope = field(default_factory=Scope)
    operation: str = ""
    above: Decimal | None = None
    below: Decimal | None = None
    per: Per = ""
    order: Order = ""
    limit: int = 0
    without: tuple[str, ...] = ()
    without_texts: tuple[str, ...] = ()
    without_operations: tuple[str, ...] = ()
    without_scope: Scope = field(default_factory=Scope)
    flow: Flow = ""
    by_closing: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether it is about some rows only."""
        return bool(
            self.categories
            or self.texts
            or self.operation
            or self.flow
            or self.without_texts
            or self.without_operations
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What a reading may know of a person: the names of their banks as Pluggy's catalogue has them, what they call their
    own categories (``own:12`` → ``Futebol``) and accounts (our id → ``Conta da casa``). Never what a bank wrote."""

    banks: tuple[str, ...] = ()
    categories: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """``question``: what was asked, to be answered at once; None where that is not certain. ``guess``: what may have been
    meant, then; ``left_over``: the words that nothing explains. ``acts``: the person wants something done."""

    question: Question | None
    guess: Question | None = None
    left_over: str = ""
    acts: bool = False


def encode_question(question: Question) -> str:
    """A question as compact JSON: what is as usual is left out."""
    plain = Question(question.kind)
    told = {
        each.name: _plain(getattr(question, each.name))
        for each in fields(Question)
        if each.name == "kind" or getattr(question, each.name) != getattr(plain, each.name)
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def decode_question(text: str) -> Question:
    """What ``encode_question`` wrote. Raises ValueError on anything else."""
    try:
        told = json.loads(text)
        return Question(**{name: _READERS.get(name, _as_is)(value) for name, value in told.items()})
    except (TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError("no question") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Period):
        return [value.start.isoformat(), value.end.isoformat()]
    if isinstance(value, Scope):
        return [value.bank, value.holds, value.brand, list(value.accounts), *map(_plain, value.others)]
    return str(value) if isinstance(value, Decimal) else value


def _as_is(value: Any) -> Any:
    return value


def _period(value: Any) -> Period | None:
    return None if value is None else Period(*map(date.fromisoformat, value))


def _scope(value: Any) -> Scope:
    bank, holds, brand, accounts, *others = value
    return Scope(bank, holds, brand, tuple(accounts), tuple(map(_scope, others)))


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


_READERS: dict[str, Any] = {
    "kind": Kind,
    "period": _period,
    "other": _period,
    "scope": _scope,
    "without_scope": _scope,
    "above": _amount,
    "below": _amount,
    "categories": tuple,
    "texts": tuple,
    "without": tuple,
    "without_texts": tuple,
    "without_operations": tuple,
}
