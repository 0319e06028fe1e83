"""Loans for tests of services: stored as a synchronisation would."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from open_finance.investment_records import LoanData
from open_finance.storage.investment_models import LoanRow, LoanSnapshotRow
from open_finance.storage.loans import encode_loan
from tests.clocks import START
from tests.investment_builders import loan
from tests.rows import USER

_TIMES = {"created_at": START, "updated_at": START}


def add_loan(session: Session, connection_id: int, user_id: int = USER, **fields: Any) -> int:
    """Store a loan as ``loan`` builds it; returns its id."""
    own = {name: fields.pop(name) for name in ("listed", "missing_since", "ended_on") if name in fields}
    encoded = encode_loan(loan(**fields))
    data = {name: encoded[name] for name in LoanData.__annotations__}
    row = LoanRow(connection_id=connection_id, user_id=user_id, **data, **own, **_TIMES)
    session.add(row)
    session.flush()
    return row.id


def add_owed(session: Session, loan_id: int, day: date, outstanding: str, user_id: int = USER) -> None:
    """Store what a loan owed on a day."""
    session.add(
        LoanSnapshotRow(loan_id=loan_id, day=day, user_id=user_id, outstanding=Decimal(outstanding), taken_at=START)
    )
