"""The wishes that everything of a person be erased. Never commits.

While one is open, its row says whose it is and which message shows it. Once it is finished and told, it says neither.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from open_finance.errors import BankConnectionError
from open_finance.storage.person_models import ErasureRow

BEING_ERASED = "Ainda estou apagando tudo o que é seu. Aviso quando terminar; depois disso, é só recomeçar."


class ErasureRecord(TypedDict):
    """A wish that is open, or finished and not told yet."""

    protocol: str
    user_id: int
    message_id: int | None
    requested_at: datetime
    finished_at: datetime | None


def add_erasure(session: Session, user_id: int, protocol: str, now: datetime) -> bool:
    """Note the wish. False, and nothing written, when the protocol is taken or the person has one already."""
    try:
        with session.begin_nested():
            session.add(ErasureRow(protocol=protocol, user_id=user_id, requested_at=now))
    except IntegrityError:
        return False
    return True


def find_erasure(session: Session, user_id: int) -> ErasureRecord | None:
    """The person's wish, until it is told that it was fulfilled."""
    row = session.scalars(select(ErasureRow).where(ErasureRow.user_id == user_id)).one_or_none()
    return None if row is None else _record(row, user_id)


def is_being_erased(session: Session, user_id: int) -> bool:
    """Whether the person's wish is open: nothing new may begin."""
    is_open = select(ErasureRow.protocol).where(ErasureRow.user_id == user_id, ErasureRow.finished_at.is_(None))
    return session.scalar(is_open) is not None


def refuse_while_erasing(session: Session, user_id: int) -> None:
    """Raises BankConnectionError (``BEING_ERASED``) while the person's wish is open."""
    if is_being_erased(session, user_id):
        raise BankConnectionError("the person is being erased", code="BEING_ERASED", user_message=BEING_ERASED)


def list_erasures(session: Session) -> list[ErasureRecord]:
    """Everybody's wishes that are open or untold, the oldest first."""
    rows = session.scalars(
        select(ErasureRow).where(ErasureRow.user_id.is_not(None)).order_by(ErasureRow.requested_at, ErasureRow.protocol)
    )
    return [_record(row, row.user_id) for row in rows if row.user_id is not None]


def set_message(session: Session, user_id: int, message_id: int) -> None:
    """Which message shows how far the erasure has come."""
    session.execute(update(ErasureRow).where(ErasureRow.user_id == user_id).values(message_id=message_id))


def finish_erasure(session: Session, user_id: int, now: datetime) -> None:
    """Nothing of the person is left but the address to tell so."""
    open_one = update(ErasureRow).where(ErasureRow.user_id == user_id, ErasureRow.finished_at.is_(None))
    session.execute(open_one.values(finished_at=now))


def close_erasure(session: Session, user_id: int) -> ErasureRecord | None:
    """Forget whose a finished wish was. The record as it stood, for one caller of several; None when there is none."""
    row = session.scalars(
        select(ErasureRow)
        .where(ErasureRow.user_id == user_id, ErasureRow.finished_at.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    record = _record(row, user_id)
    row.user_id = row.message_id = None
    return record


def reopen_erasure(session: Session, user_id: int, protocol: str, message_id: int | None) -> None:
    """The person could not be told: keep the address until that is done. A newer wish of theirs tells instead."""
    if find_erasure(session, user_id) is None:
        untold = update(ErasureRow).where(ErasureRow.protocol == protocol, ErasureRow.user_id.is_(None))
        session.execute(untold.values(user_id=user_id, message_id=message_id))


def _record(row: ErasureRow, user_id: int) -> ErasureRecord:
    return ErasureRecord(
        protocol=row.protocol,
        user_id=user_id,
        message_id=row.message_id,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
    )
