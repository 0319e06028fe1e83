"""What a person asked of banks, for the fair limits. Every function takes the session first and the person second, looks
only at that person's rows, and never commits."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ScalarSelect, delete, select, update
from sqlalchemy.orm import Session

from open_finance.records import Attempt, AttemptKind
from open_finance.storage.person_models import AttemptRow


def add_attempt(session: Session, user_id: int, kind: AttemptKind, connector_id: int | None, now: datetime) -> None:
    """Note an attempt."""
    session.add(AttemptRow(user_id=user_id, kind=kind, connector_id=connector_id, at=now))
    session.flush()


def list_attempts(session: Session, user_id: int, since: datetime) -> list[Attempt]:
    """The person's attempts from a moment on, oldest first."""
    rows = session.scalars(
        select(AttemptRow).where(AttemptRow.user_id == user_id, AttemptRow.at >= since).order_by(AttemptRow.id)
    )
    return [Attempt(cast("AttemptKind", row.kind), row.connector_id, row.outcome, row.at) for row in rows]


def set_outcome(
    session: Session, user_id: int, connector_id: int | None, outcome: str, *, is_open: bool = False
) -> None:
    """How the person's latest attempt at a bank ended. ``is_open``: only if nothing is known of it yet."""
    change = update(AttemptRow).where(AttemptRow.id == _latest(user_id, connector_id))
    if is_open:
        change = change.where(AttemptRow.outcome.is_(None))
    session.execute(change.values(outcome=outcome))


def withdraw_attempt(session: Session, user_id: int, connector_id: int) -> None:
    """Forget the person's latest attempt at a bank, if nothing is known of it yet: it has become another one."""
    latest = AttemptRow.id == _latest(user_id, connector_id)
    session.execute(delete(AttemptRow).where(latest, AttemptRow.outcome.is_(None)))


def _latest(user_id: int, connector_id: int | None) -> ScalarSelect[int]:
    return (
        select(AttemptRow.id)
        .where(AttemptRow.user_id == user_id, AttemptRow.connector_id == connector_id)
        .order_by(AttemptRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
