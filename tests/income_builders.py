"""Income statements for tests, plausible unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from open_finance.insights.income_statement import (
    IncomeMonth,
    IncomeRow,
    IncomeSource,
    IncomeStatement,
    Left,
    LeftOut,
)

ISSUED_ON = date(2026, 11, 23)


def income_row(
    number: int, on: date, amount: str = "6200.00", payer: str = "Estúdio Jatobá", **fields: Any
) -> IncomeRow:
    record: dict[str, Any] = {"on": on, "payer": payer, "amount": Decimal(amount), "bank": "Itaú", "id": number}
    return IncomeRow(**record | fields)


def income_month(month: date, *amounts: str, **fields: Any) -> IncomeMonth:
    """A month with what came in on its fifth day."""
    rows = [income_row(number, month.replace(day=5), amount, **fields) for number, amount in enumerate(amounts, 1)]
    return IncomeMonth(month, tuple(rows))


def income_statement(months: Sequence[IncomeMonth] | None = None, **fields: Any) -> IncomeStatement:
    """Six months of a salary, the last one with something more."""
    given = [income_month(date(2026, month, 1), "6200.00") for month in range(5, 10)]
    given.append(income_month(date(2026, 10, 1), "6200.00", "850.50"))
    record: dict[str, Any] = {
        "issued_on": ISSUED_ON,
        "asked": 6,
        "months": tuple(given if months is None else months),
        "left_out": (Left(LeftOut.OWN_TRANSFER, 2, Decimal("1500.00")), Left(LeftOut.ONCE, 1, Decimal("80.00"))),
        "sources": (IncomeSource("Itaú", datetime(2026, 11, 23, 9, 12, tzinfo=UTC)), IncomeSource("Caixa", None)),
    }
    return IncomeStatement(**record | fields)
