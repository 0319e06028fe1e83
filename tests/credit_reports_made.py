"""Credit reports for the tests of words and screens: plausible unless told otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from open_finance.insights import credit_thresholds as thresholds
from open_finance.insights.credit import (
    CreditReport,
    Debt,
    Evidence,
    Figure,
    Help,
    Measure,
    Missing,
    Threshold,
)
from open_finance.insights.credit_inputs import sums_by_role
from open_finance.reading.freshness import freshness_of
from tests.builders import NOW, TODAY, connection

INCOME = Decimal("4430.00")
THRESHOLDS = {
    Figure.COMMITMENT: thresholds.COMMITMENT,
    Figure.STABILITY: thresholds.STABILITY,
    Figure.LIMIT_USE: thresholds.LIMIT_USE,
    Figure.REVOLVING: thresholds.revolving(INCOME, 1),
    Figure.OVERDRAFT: thresholds.overdraft(INCOME),
    Figure.DEBT_COST: thresholds.debt_cost(INCOME),
    Figure.RESERVE: thresholds.RESERVE,
}


def evidence(number: int, amount: str, role: str = "income", **fields: Any) -> Evidence:
    """A row of October."""
    record: dict[str, Any] = {"kind": "transaction", "on": date(2026, 10, 5), "label": f"Linha {number}"} | fields
    return Evidence(id=number, role=role, amount=Decimal(amount), **record)


def measure(figure: Figure, value: str | None, *behind: Evidence, **fields: Any) -> Measure:
    """A figure with its word; None is one of which something is missing."""
    threshold: Threshold = fields.pop("threshold", THRESHOLDS[figure])
    known = None if value is None else Decimal(value)
    word = None if known is None else threshold.word(known)
    return Measure(figure, known, word, threshold, tuple(behind), sums=sums_by_role(behind), **fields)


def debt(**fields: Any) -> Debt:
    """A card's revolving balance at 12,2 % a month."""
    record: dict[str, Any] = {
        "kind": "revolving",
        "id": 9,
        "name": "Itaú ••8890",
        "balance": Decimal("640.00"),
        "monthly_rate": Decimal("0.122"),
        "rate_from": "charged",
        "payment": Decimal("96.00"),
    }
    return Debt(**record | fields)


def report(*measures: Measure, missing: Iterable[Missing] = (Missing.HISTORY,), **fields: Any) -> CreditReport:
    """Figures that are not given have something ``missing``."""
    given = {one.figure: one for one in measures}
    told = tuple(given.get(figure) or measure(figure, None, missing=tuple(missing)) for figure in Figure)
    connections = fields.get("connections", (connection(),))
    record: dict[str, Any] = {
        "today": TODAY,
        "measures": told,
        "debts": (),
        "help": None,
        "connections": connections,
        "ages": freshness_of(connections, NOW),
    }
    return CreditReport(**record | fields)


def whole_report(**fields: Any) -> CreditReport:
    """Every figure is known, and there is a debt."""
    owed = debt()
    more: dict[str, Any] = {
        "debts": (owed,),
        "help": Help(owed, owed.balance, Decimal("78.08"), is_at_hand=True),
    } | fields
    return report(
        measure(Figure.COMMITMENT, "28"),
        measure(Figure.STABILITY, "22.5"),
        measure(Figure.LIMIT_USE, "45"),
        measure(Figure.REVOLVING, "640.00"),
        measure(Figure.OVERDRAFT, "0.00"),
        measure(Figure.DEBT_COST, "78.00"),
        measure(Figure.RESERVE, "4.2"),
        **more,
    )


def plain(text: str) -> list[str]:
    """The lines as they are read."""
    return re.sub(r"</?(?:b|i|code)>", "", text).replace("\xa0", " ").split("\n")
