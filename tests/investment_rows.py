"""Positions, movements, days and caixinhas for tests of services: stored as a synchronisation would."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from open_finance.investment_records import InvestmentData, InvestmentTransactionData
from open_finance.storage.investment_models import (
    InvestmentRow,
    InvestmentSnapshotRow,
    InvestmentTransactionRow,
    PotRow,
    ProductReadRow,
)
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction
from tests.rows import USER

_TIMES = {"created_at": START, "updated_at": START}


def add_investment(session: Session, connection_id: int, user_id: int = USER, **fields: Any) -> int:
    """Store a position as ``investment`` builds it; returns its id."""
    own = {name: fields.pop(name) for name in ("listed", "missing_since", "ended_on") if name in fields}
    built: dict[str, Any] = {**investment(**fields)}
    data = {name: built[name] for name in InvestmentData.__annotations__}
    row = InvestmentRow(connection_id=connection_id, user_id=user_id, **data, **own, **_TIMES)
    session.add(row)
    session.flush()
    return row.id


def add_movement(session: Session, investment_id: int, user_id: int = USER, **fields: Any) -> None:
    """Store a movement of a position."""
    built: dict[str, Any] = {**investment_transaction(**fields)}
    data = {name: built[name] for name in InvestmentTransactionData.__annotations__}
    session.add(InvestmentTransactionRow(investment_id=investment_id, user_id=user_id, **data, **_TIMES))


def add_snapshot(session: Session, investment_id: int, day: date, balance: str, user_id: int = USER) -> None:
    """Store what a position was worth on a day."""
    session.add(
        InvestmentSnapshotRow(
            investment_id=investment_id, day=day, user_id=user_id, balance=Decimal(balance), amount=None, taken_at=START
        )
    )


def add_pot(session: Session, account_id: int, amount: str, user_id: int = USER, **fields: Any) -> None:
    """Store a caixinha of an account."""
    values = {"key": "rsv-1", "name": "Caixinha férias", "updated_at": START, **fields}
    session.add(PotRow(account_id=account_id, user_id=user_id, amount=Decimal(amount), **values))


def add_read(session: Session, connection_id: int, user_id: int = USER, **fields: Any) -> None:
    """Store how asking a connection for its investments ended: by default it listed them."""
    values = {
        "product": "investments",
        "reading": "listed",
        "listed": 1,
        "read_at": START,
        "asked_at": START,
        **fields,
    }
    session.merge(ProductReadRow(connection_id=connection_id, user_id=user_id, **values))
