"""What a person asked of banks, for the fair limits, and which banks a person waits for. Every function takes the session
first and the person second, looks only at that person's rows, and never commits."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from open_finance.records import Attempt, AttemptKind
from open_finance.storage.models import AttemptRow, BankWatchRow


def add_attempt(
    session: Session,
    user_id: int,
    kind: AttemptKind,
    connector_id: int | None,
    *,
    now: datetime,
    connection_id: int | None = None,
) -> None:
    """Note an attempt."""
    session.add(AttemptRow(user_id=user_id, kind=kind, connector_id=connector_id, connection_id=connection_id, at=now))
    session.flush()


def list_attempts(session: Session, user_id: int, since: datetime) -> list[Attempt]:
    """The person's attempts from a moment on, oldest first."""
    rows = session.scalars(
        select(AttemptRow).where(AttemptRow.user_id == user_id, AttemptRow.at >= since).order_by(AttemptRow.id)
    )
    return [Attempt(cast("AttemptKind", row.kind), row.connector_id, row.outcome, row.at) for row in rows]


def set_outcome(session: Session, user_id: int, connector_id: int, outcome: str) -> None:
    """The person's latest attempt at a bank was refused with this code."""
    latest = (
        select(AttemptRow.id)
        .where(AttemptRow.user_id == user_id, AttemptRow.connector_id == connector_id)
        .order_by(AttemptRow.id.desc())
        .limit(1)
    )
    session.execute(update(AttemptRow).where(AttemptRow.id == latest.scalar_subquery()).values(outcome=outcome))


def watch_bank(session: Session, user_id: int, connector_id: int, connector_name: str, now: datetime) -> None:
    """Note that the person waits for a bank; a second time changes nothing."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "user_id": user_id,
        "connector_id": connector_id,
        "connector_name": connector_name,
        "created_at": now,
    }
    session.execute(insert(BankWatchRow).values(values).on_conflict_do_nothing())


def unwatch_bank(session: Session, user_id: int, connector_id: int) -> bool:
    """The person waits for a bank no longer; False when they did not."""
    owned = delete(BankWatchRow).where(BankWatchRow.user_id == user_id, BankWatchRow.connector_id == connector_id)
    return session.execute(owned.returning(BankWatchRow.user_id)).first() is not None
