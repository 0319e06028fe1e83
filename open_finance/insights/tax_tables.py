"""The taxes on investments of a natural person, as data: ``data/investment_taxes.toml``, each line with its law and the
latest day of which it is known to be in force. Read at first use."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from open_finance.insights.portfolio import Kind
from open_finance.money import ZERO


@dataclass(frozen=True, slots=True)
class Step:
    """A rate, %, to this day of holding; without one, from the last step on."""

    to_day: int | None
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Exemption:
    """Kinds that pay no income tax, and the law. ``only_if_told``: only of a paper that its bank calls exempt."""

    kinds: frozenset[Kind]
    source: str
    only_if_told: bool


@dataclass(frozen=True, slots=True)
class TaxTables:
    """``iof_rates``: of the gain, day 1 first, %. ``iof_free``: kinds of which IOF is zero on every day. ``sources``: the
    laws. ``known_to``: the latest day of which each line is known to be in force."""

    steps: tuple[Step, ...]
    iof_rates: tuple[Decimal, ...]
    iof_free: frozenset[Kind]
    exemptions: tuple[Exemption, ...]
    sources: tuple[str, ...]
    known_to: date

    def income_tax_rate(self, days: int) -> Decimal:
        """Of the gain that IOF left, %, after so many days."""
        return next(step.rate for step in self.steps if step.to_day is None or days <= step.to_day)

    def iof_rate(self, kind: Kind, days: int) -> Decimal:
        """Of the gain, %. On the day of the purchase itself, the first day's."""
        if kind in self.iof_free or days > len(self.iof_rates):
            return ZERO
        return self.iof_rates[max(days, 1) - 1]

    def exemption_of(self, kind: Kind) -> Exemption | None:
        """The line that frees this kind, always or where the bank says so."""
        return next((line for line in self.exemptions if kind in line.kinds), None)


@cache
def tax_tables() -> TaxTables:
    """The tables as they are packaged."""
    written = resources.files("open_finance.insights").joinpath("data", "investment_taxes.toml")
    return read_tax_tables(tomllib.loads(written.read_text(encoding="utf-8")))


def read_tax_tables(raw: Mapping[str, Any]) -> TaxTables:
    """Raises KeyError or ValueError for tables that lack a line, or name a kind that there is not."""
    income, iof, exempt = raw["income_tax"], raw["iof"], raw["exempt"]
    lines = (income, iof, iof["zero"], *exempt)
    return TaxTables(
        steps=tuple(Step(step.get("to_day"), Decimal(step["rate"])) for step in income["step"]),
        iof_rates=tuple(Decimal(rate) for rate in iof["rates"]),
        iof_free=_kinds(iof["zero"]),
        exemptions=tuple(Exemption(_kinds(line), line["source"], line.get("only_if_told", False)) for line in exempt),
        sources=tuple(line["source"] for line in lines),
        known_to=min(line["known_to"] for line in lines),
    )


def _kinds(line: Mapping[str, Any]) -> frozenset[Kind]:
    return frozenset(Kind(name) for name in line["kinds"])
