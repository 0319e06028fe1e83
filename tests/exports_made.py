"""Statements to write files from, made by hand: what the tests of writers are told with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from open_finance.reading.freshness import Freshness
from open_finance.reading.statement_export import ExportAccount, ExportRow, StatementExport, totals_of
from open_finance.reading.statement_query import Period
from open_finance.reading.statements import StatementFilters

MADE_AT = datetime(2026, 12, 2, 1, 30, tzinfo=UTC)  # still the first of December in São Paulo
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
CHECKING = ExportAccount(
    id=1,
    identity="a" * 64,
    bank="Itaú",
    bank_code="341",
    name="Conta corrente ••2346",
    number="2346",
    type="BANK",
    subtype="CHECKING_ACCOUNT",
    currency="BRL",
    balance=Decimal("5300.00"),
    balance_on=date(2026, 12, 1),
)
SAVINGS = replace(CHECKING, id=2, identity="b" * 64, name="Poupança ••9913", number="9913", subtype="SAVINGS_ACCOUNT")
CARD = replace(
    CHECKING,
    id=3,
    identity="c" * 64,
    bank="Nubank",
    bank_code="260",
    name="Visa ••8890",
    number="8890",
    type="CREDIT",
    subtype="CREDIT_CARD",
    balance=Decimal("-812.30"),
)


def export_row(number: int, amount: str = "-10.00", day: int = 15, **more: Any) -> ExportRow:
    """A row of November, spent on food at home; ``more`` as in ``ExportRow``."""
    value = Decimal(amount)
    values: dict[str, Any] = {
        "id": number,
        "account_id": CHECKING.id,
        "day": date(2026, 11, day),
        "at": None,
        "description": f"Loja {number}",
        "bank_text": f"LOJA {number}",
        "amount": value,
        "currency": "BRL",
        "category": "Mercado",
        "category_id": "10000000",
        "group": "Mercado",
        "is_sure": True,
        "kind": "income" if value > 0 else "outgoing",
        "known_since": MADE_AT,
    } | more
    values.setdefault(
        "counted",
        values["kind"] in {"income", "outgoing"} and not (values.get("scheduled") or values.get("unconfirmed")),
    )
    return ExportRow(**values)


def export_of(
    rows: Sequence[ExportRow], accounts: Sequence[ExportAccount] = (CHECKING, SAVINGS, CARD), **more: Any
) -> StatementExport:
    """All of November on these accounts."""
    values: dict[str, Any] = {
        "made_at": MADE_AT,
        "period": NOVEMBER,
        "filters": StatementFilters(more.get("period", NOVEMBER)),
        "title": "todas as contas",
        "only": "",
        "accounts": tuple(accounts),
        "rows": tuple(sorted(rows, key=lambda row: (row.day, row.id))),
        "totals": totals_of(rows),
        "freshness": (Freshness(1, "Itaú", MADE_AT, partial=False, is_old=False, is_connecting=False),),
    }
    return StatementExport(**(values | more))
