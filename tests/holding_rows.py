"""Positions, loans and caixinhas as rows of the database, for tests of what reads them: what is not given is as the builders
have it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from open_finance.investment_records import InvestmentData, InvestmentTransactionData, LoanData
from open_finance.storage.investment_models import (
    InvestmentRow,
    InvestmentSnapshotRow,
    InvestmentTransactionRow,
    LoanRow,
    LoanSnapshotRow,
    PotRow,
    ProductReadRow,
)
from open_finance.storage.loans import encode_loan
from open_finance.storage.models import ConnectionRow
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction, loan

_OWN = ("listed", "missing_since", "ended_on", "created_at")


def add_position(session: Session, user_id: int, connection_id: int, pluggy_id: str, **fields: Any) -> int:
    """Store a position; returns its id."""
    data: dict[str, Any] = dict(investment(pluggy_id=pluggy_id, **fields))
    values = {name: data[name] for name in (*InvestmentData.__annotations__, *_OWN)}
    row = InvestmentRow(connection_id=connection_id, user_id=user_id, updated_at=START, **values)
    session.add(row)
    session.flush()
    return row.id


def add_move(session: Session, user_id: int, investment_id: int, pluggy_id: str, **fields: Any) -> None:
    """Store a movement of a position."""
    data: dict[str, Any] = dict(investment_transaction(pluggy_id=pluggy_id, **fields))
    values = {name: data[name] for name in InvestmentTransactionData.__annotations__}
    session.add(
        InvestmentTransactionRow(
            investment_id=investment_id, user_id=user_id, created_at=START, updated_at=START, **values
        )
    )


def add_worth(session: Session, user_id: int, investment_id: int, day: date, balance: str) -> None:
    """Store what a position was worth on a day."""
    session.add(
        InvestmentSnapshotRow(
            investment_id=investment_id, user_id=user_id, day=day, balance=Decimal(balance), amount=None, taken_at=START
        )
    )


def add_loan(session: Session, user_id: int, connection_id: int, pluggy_id: str, **fields: Any) -> int:
    """Store a loan; returns its id."""
    data = loan(pluggy_id=pluggy_id, **fields)
    encoded = encode_loan(data)
    values = {name: encoded[name] for name in (*LoanData.__annotations__, *_OWN)}
    row = LoanRow(connection_id=connection_id, user_id=user_id, updated_at=START, **values)
    session.add(row)
    session.flush()
    return row.id


def add_owed(session: Session, user_id: int, loan_id: int, day: date, outstanding: str) -> None:
    """Store what a loan owed on a day."""
    session.add(
        LoanSnapshotRow(loan_id=loan_id, user_id=user_id, day=day, outstanding=Decimal(outstanding), taken_at=START)
    )


def add_pot(session: Session, user_id: int, account_id: int, key: str, amount: str) -> None:
    """Store a caixinha."""
    session.add(
        PotRow(
            account_id=account_id,
            user_id=user_id,
            key=key,
            name=f"Caixinha {key}",
            amount=Decimal(amount),
            updated_at=START,
        )
    )


def leave(session: Session, connection_id: int) -> None:
    """The person wants to be rid of a connection."""
    session.execute(
        update(ConnectionRow).where(ConnectionRow.id == connection_id).values(disconnect_requested_at=START)
    )


def add_read(session: Session, user_id: int, connection_id: int, product: str, at: datetime = START) -> None:
    """Store that a product was listed, once or again."""
    if session.get(ProductReadRow, (connection_id, product)) is not None:
        return
    session.add(
        ProductReadRow(
            connection_id=connection_id,
            user_id=user_id,
            product=product,
            reading="listed",
            listed=1,
            read_at=at,
            asked_at=at,
        )
    )
