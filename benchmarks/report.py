"""One row of a benchmark: a figure measured in this run beside the bar it must hold."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass

COMPARISONS: dict[str, Callable[[float, float], bool]] = {"=": operator.eq, "≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True, slots=True)
class Row:
    """``value`` must stand in ``relation`` (=, ≤ or ≥) to ``bar``. ``unit`` says what is counted."""

    name: str
    value: float
    relation: str
    bar: float
    unit: str = ""

    @property
    def holds(self) -> bool:
        return COMPARISONS[self.relation](self.value, self.bar)

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"holds": self.holds}


def format_rows(rows: list[Row]) -> str:
    """A table for people, one row a line."""
    width = max(len(row.name) for row in rows)
    return "\n".join(
        f"{'ok  ' if row.holds else 'FAIL'} {row.name:<{width}}  {row.value:>10g} {row.relation} {row.bar:g} {row.unit}"
        for row in rows
    )
