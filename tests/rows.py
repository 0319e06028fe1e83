"""Rows for tests of storage and synchronisation: valid by default, each value to be overridden."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy.orm import Session

from open_finance.records import AccountData, StoredTransaction, TransactionData
from open_finance.storage.models import AccountRow, ConnectionRow
from tests.clocks import START

USER = 1000


def connection_values(user_id: int = USER, item_id: str = "item-1", **values: Any) -> dict[str, Any]:
    """The columns of a settled connection."""
    defaults: dict[str, Any] = {
        "user_id": user_id,
        "item_id": item_id,
        "connector_id": 201,
        "connector_name": "Banco Exemplo",
        "is_open_finance": False,
        "status": "UPDATED",
        "execution_status": "SUCCESS",
        "products": {},
        "created_at": START,
        "flow_started_at": START,
        "settled_at": START,
    }
    return {**defaults, **values}


def add_connection(session: Session, user_id: int = USER, item_id: str = "item-1", **values: Any) -> int:
    """Store a settled connection; returns its id."""
    row = ConnectionRow(**connection_values(user_id, item_id, **values))
    session.add(row)
    session.flush()
    return row.id


def account_data(pluggy_id: str = "account-1", **values: Any) -> AccountData:
    """A checking account with R$ 1.000,00."""
    data: dict[str, Any] = {
        **dict.fromkeys(AccountData.__annotations__),
        "pluggy_id": pluggy_id,
        "identity": f"identity of {pluggy_id}",
        "type": "BANK",
        "subtype": "CHECKING_ACCOUNT",
        "name": "Conta Corrente",
        "number": "5678",
        "currency_code": "BRL",
        "balance": Decimal("1000.00"),
        "reserved_count": 0,
    }
    return cast("AccountData", {**data, **values})


def add_account(session: Session, connection_id: int, user_id: int = USER, **values: Any) -> int:
    """Store an account; returns its id."""
    owned = {"created_at": START, "updated_at": START, **{k: values.pop(k) for k in ("listed",) if k in values}}
    row = AccountRow(connection_id=connection_id, user_id=user_id, **account_data(**values), **owned)
    session.add(row)
    session.flush()
    return row.id


def transaction_data(pluggy_id: str = "row-1", **values: Any) -> TransactionData:
    """A purchase of R$ 50,00 on 20 November 2026."""
    data: dict[str, Any] = {
        **dict.fromkeys(TransactionData.__annotations__),
        "pluggy_id": pluggy_id,
        "occurred_on": date(2026, 11, 20),
        "description": "Padaria Exemplo",
        "amount": Decimal("-50.00"),
        "currency_code": "BRL",
        "type": "DEBIT",
        "status": "POSTED",
    }
    return cast("TransactionData", {**data, **values})


def stored(
    row_id: int, data: TransactionData, removed_at: datetime | None = None, *, carried: bool = False
) -> StoredTransaction:
    """The stored form of a row, under an id of ours."""
    kept = {name: data[name] for name in StoredTransaction.__annotations__ if name in data}  # type: ignore[literal-required]
    return cast("StoredTransaction", {**kept, "id": row_id, "removed_at": removed_at, "carried": carried})
