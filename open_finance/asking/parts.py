"""What a sentence is made of, once every word has a meaning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from open_finance.asking.question import Scope
from open_finance.asking.subjects import Subjects
from open_finance.reading.statement_query import Period


@dataclass(slots=True)
class Parts:
    """What a sentence is made of, once every word has a meaning."""

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
