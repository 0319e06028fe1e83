"""What a sentence is made of, once every word has a meaning."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from open_finance.asking.names import is_person
from open_finance.asking.question import Scope
from open_finance.asking.subjects import Subjects
from open_finance.reading.statement_query import Period

_BILL_COMES: Final = re.compile(r"\b(?:veio|vieram|vem|caiu|cairam|chegou|chegaram|entrou)\b")
#: *O Pix da Maria* came from her.
_OF_SOMEBODY: Final = re.compile(r"\b(?:pix|transferencias?|teds?|depositos?) d[aoe] ")
_WAGES: Final = "01010000"
_INTEREST: Final = frozenset({"02010000", "02020000"})
_EARNED: Final = re.compile(
    r"\b(?:receb\w+|ganh\w+|deposit\w+|credit\w+|rend\w+|me (?:mand|pag|pass|envi|transfer|dev|deu)\w*"
    r"|para mim|faturei|receitas?|entradas?)\b"
)


@dataclass(slots=True)
class Parts:
    """What a sentence is made of, once every word has a meaning. ``due``: when the bill that is meant is due,
    ``closes``: when it closes."""

    today: date
    periods: list[Period]
    above: Decimal | None
    below: Decimal | None
    subjects: Subjects
    scope: Scope
    markers: frozenset[str]
    limit: int = 0
    unclear: bool = False
    text: str = ""
    due: Period | None = None
    closes: Period | None = None
    without_scope: Scope = field(default_factory=Scope)

    @property
    def period(self) -> Period | None:
        """The period asked for, None where none is named."""
        return self.periods[0] if self.periods else None

    @property
    def has_subject(self) -> bool:
        """Whether it is about a category, a shop, a person or an operation."""
        found = self.subjects
        return bool(found.categories or found.income or found.texts or found.brands or found.operations)

    def has(self, *names: str) -> bool:
        """Whether one of these markers stands there."""
        return any(name in self.markers for name in names)


def said(text: str) -> Callable[[Parts], bool]:
    """Whether a sentence says this, in whole words."""
    pattern = re.compile(rf"(?<!\S)(?:{text})(?!\S)")
    return lambda parts: pattern.search(parts.text) is not None


def settle(parts: Parts) -> Parts:
    """What words mean beside others: a house's bill that *veio* is spent, and its *boleto* says no more than *conta*."""
    found = parts.subjects
    if found.verb_values and (found.brands or found.texts or set(found.categories) - set(found.verb_values)):
        inner = set(found.verb_values) < set(found.categories) and _holds(found.categories, found.verb_values)
        found.categories[:] = found.verb_values if inner else _without(found.categories, found.verb_values)
    if parts.has("wages") and not found.income:
        found.income.append(_WAGES)
    if parts.has("took") and not parts.has_subject and not parts.scope.holds:
        found.operations.append("SAQUE")  # *tirei 50 no banco*
    if _OF_SOMEBODY.search(parts.text) and found.texts and is_person(found.texts[0]) and not parts.has("sent"):
        parts.markers |= {"from_them"}
    if _is_yield(parts):
        found.categories.clear()
        parts.markers |= {"yields"}
    is_bill = bool(found.categories or found.brands) and not found.income
    if is_bill and not found.texts and _BILL_COMES.search(parts.text) and not _EARNED.search(parts.text):
        parts.markers = (parts.markers - {"income", "from_them"}) | {"weak"}
    if is_bill and found.operations == ["BOLETO"]:
        found.operations.clear()
    return parts


def _is_yield(parts: Parts) -> bool:
    """Interest that is earned: of savings, or by its verb; *paguei juros* is none."""
    is_interest = bool(parts.subjects.categories) and set(parts.subjects.categories) <= _INTEREST
    is_earned = parts.has("yields", "income", "from_them") or parts.scope.holds in {"savings", "pots", "kept"}
    return is_interest and is_earned and not parts.has("spend", "fees")


def _holds(categories: list[str], values: list[str]) -> bool:
    """Whether these categories are kinds of one that is named as well: fuel, where a car is."""
    return any(one[:4] == value[:4] for value in values for one in set(categories) - set(values))


def _without(categories: list[str], values: list[str]) -> list[str]:
    return [one for one in categories if one not in values]
