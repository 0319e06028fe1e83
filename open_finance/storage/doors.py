"""What changes of one person's connection on its way in and back in. Every function takes the session first and the person
second, looks only at that person's rows, and never commits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from open_finance.storage import repository
from open_finance.storage.connection_rows import Judgement, note_trouble
from open_finance.storage.joins import lock_connections
from open_finance.storage.models import AccountJoinRow, AccountRow, ConnectionRow


def begin_refresh(
    session: Session,
    user_id: int,
    connection_id: int,
    *,
    now: datetime,
    next_poll_at: datetime,
    spacing: timedelta | None = None,
    message_id: int | None = None,
) -> bool:
    """Claim the right to ask the bank for news, or to let the connection stand again; of two simultaneous calls one gets it.

    Refused while a flow of this connection is under way, and, with a ``spacing``, while one of another of the person's at
    the same bank is, or within that time of the last one's beginning. ``message_id``: the chat message that shows the new
    flow.
    """
    owned = ConnectionRow.user_id == user_id
    bank = select(ConnectionRow.connector_id).where(ConnectionRow.id == connection_id, owned).scalar_subquery()
    # All of the person's rows of this bank, in one order: two taps on two connections queue up here.
    rows = session.scalars(
        select(ConnectionRow)
        .where(owned, ConnectionRow.connector_id == bank, ConnectionRow.disconnect_requested_at.is_(None))
        .order_by(ConnectionRow.id)
        .with_for_update()
    ).all()
    row = next((row for row in rows if row.id == connection_id), None)
    if row is None or row.settled_at is None or row.next_poll_at is not None:
        return False
    is_busy = any(other.next_poll_at is not None for other in rows)
    if spacing is not None and (is_busy or now - row.flow_started_at < spacing):
        return False
    row.flow_started_at, row.next_poll_at = now, next_poll_at
    row.message_id = row.message_id if message_id is None else message_id
    return True


def is_bank_busy(session: Session, user_id: int, connector_id: int) -> bool:
    """Whether a flow of the person's at this bank is under way."""
    busy = select(ConnectionRow.id).where(
        ConnectionRow.user_id == user_id,
        ConnectionRow.connector_id == connector_id,
        ConnectionRow.next_poll_at.is_not(None),
    )
    return session.execute(busy.limit(1)).first() is not None


def rename_bank(session: Session, user_id: int, connection_id: int, name: str) -> None:
    """The bank behind the connection has shown its name."""
    _update(session, user_id, connection_id, connector_name=name)


def note_code_wanted(session: Session, user_id: int, connection_id: int) -> None:
    """The bank wants a code of the moment at every reading."""
    _update(session, user_id, connection_id, asks_code=True)


def set_replaced(session: Session, user_id: int, connection_id: int, replaces_id: int | None) -> None:
    """Note whose place the connection takes when it stands; None: nobody's."""
    _update(session, user_id, connection_id, replaces_id=replaces_id)


def is_replaced(session: Session, user_id: int, connection_id: int) -> bool:
    """Whether another connection took this one's place, or is about to."""
    newcomer = exists().where(ConnectionRow.replaces_id == connection_id, ConnectionRow.user_id == user_id)
    return session.scalar(select(newcomer)) is True


def give_way(
    session: Session, user_id: int, connection_id: int, *, to: int, erase_history: bool, now: datetime
) -> bool:
    """A connection is asked to leave because another one of the person's, ``to``, stands. False, and nothing changed, when
    that one has left or is leaving itself. What was wished for a connection that is leaving already counts."""
    lock_connections(session, user_id, (connection_id, to))
    stands = repository.find_connection(session, user_id, to)
    if stands is None or stands["disconnecting"]:
        return False
    leaves = repository.find_connection(session, user_id, connection_id)
    if leaves is not None and not leaves["disconnecting"]:
        repository.request_disconnection(session, user_id, connection_id, erase_history=erase_history, now=now)
    return True


def judge_trouble(session: Session, user_id: int, connection_id: int, judgement: Judgement) -> None:
    """Store whether the connection needs its person."""
    row = session.scalars(
        select(ConnectionRow)
        .where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id)
        .with_for_update()
    ).one_or_none()
    if row is not None:
        note_trouble(row, judgement)


def has_accounts(session: Session, user_id: int, connection_id: int) -> bool:
    """Whether anything was stored of the connection."""
    stored = exists().where(AccountRow.connection_id == connection_id, AccountRow.user_id == user_id)
    return session.scalar(select(stored)) is True


def has_joined(session: Session, user_id: int, connection_id: int) -> bool:
    """Whether an account of the connection took in the history of an earlier one."""
    taken_in = (
        exists()
        .where(AccountJoinRow.account_id == AccountRow.id, AccountRow.connection_id == connection_id)
        .where(AccountRow.user_id == user_id)
    )
    return session.scalar(select(taken_in)) is True


def _update(session: Session, user_id: int, connection_id: int, **columns: Any) -> None:
    session.execute(
        update(ConnectionRow)
        .where(
            ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id, ConnectionRow.disconnected_at.is_(None)
        )
        .values(**columns)
    )
