"""Cards, bills and card rows for tests, as stored: valid by default, each value to be overridden."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any, cast

from open_finance.bill_records import Bill
from open_finance.records import Account, Transaction
from tests.builders import account
from tests.rows import transaction_data

CARD = 7
_numbers = itertools.count(1)


def card(**fields: Any) -> Account:
    """A card of Itaú's that owes R$ 1.000,00 of a limit of R$ 5.000,00."""
    values: dict[str, Any] = {
        "id": CARD,
        "type": "CREDIT",
        "subtype": "CREDIT_CARD",
        "balance": Decimal("1000.00"),
        "credit_limit": Decimal("5000.00"),
        "available_credit_limit": Decimal("4000.00"),
        "bill_closes_on": None,
        "bill_due_on": None,
        "minimum_payment": None,
    }
    return account(**{**values, **fields})


def bill(due_on: date, closes_on: date | None = None, total: str = "100.00", **fields: Any) -> Bill:
    """A closed bill, called by the month of its day: ``bill 2026-11``."""
    values: dict[str, Any] = {
        "id": due_on.year * 100 + due_on.month,
        "account_id": CARD,
        "pluggy_id": f"bill {due_on:%Y-%m}",
        "due_on": due_on,
        "closes_on": closes_on,
        "total": Decimal(total),
        "currency_code": "BRL",
        "minimum": None,
        "finance_charges": [],
        "payments": [],
    }
    return cast("Bill", {**values, **fields})


def card_row(day: date, amount: str | Decimal = "-50.00", **fields: Any) -> Transaction:
    """A purchase of that day, settled and without a word of its bill."""
    number = fields.pop("id", None) or next(_numbers)
    values: dict[str, Any] = {
        **transaction_data(f"row-{number}", occurred_on=day, amount=Decimal(amount)),
        "type": "DEBIT" if Decimal(amount) < 0 else "CREDIT",
        "id": number,
        "account_id": CARD,
        "connection_id": 1,
        "user_category": None,
        "note": None,
        "removed_at": None,
        "missing_since": None,
    }
    return cast("Transaction", {**values, **fields})
