"""Everybody's wishes to connect a bank, for the machine: what a start finds unfinished or untold, and what is over.

As ``system``: never for what a person may see. Functions take the session first and never commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from open_finance.records import Connection, Intent
from open_finance.storage.connection_rows import is_readable, to_connection, to_intent
from open_finance.storage.models import ConnectionRow, IntentRow
from open_finance.storage.screens import SCREEN_LATE
from open_finance.storage.statements import execute

KEEP_INTENTS = timedelta(days=30)


def list_open_intents(session: Session) -> list[Intent]:
    """Everybody's intents that are collecting or whose request may be under way: what a start finds unfinished."""
    open_states = IntentRow.state.in_(("collecting", "posting"))
    return [to_intent(row) for row in session.scalars(select(IntentRow).where(open_states).order_by(IntentRow.id))]


def list_untold_intents(session: Session, since: datetime) -> list[tuple[Intent, Connection | None]]:
    """Everybody's flows that ended after ``since`` and whose end was perhaps never shown: connected, or refused (None)."""
    # A connection that stood is settled while it is made to stand again: only its next poll says that it goes on.
    is_over = and_(ConnectionRow.settled_at.is_not(None), ConnectionRow.next_poll_at.is_(None))
    ended = or_(ConnectionRow.id.is_(None), and_(is_over, is_readable()))
    rows = session.execute(
        _intents_with_connections()
        .where(IntentRow.state.in_(("done", "failed")), IntentRow.message_id.is_not(None))
        .where(IntentRow.updated_at >= since, ended)
        .order_by(IntentRow.id)
    )
    return [(to_intent(intent), None if row is None else to_connection(row, None)) for intent, row in rows]


def list_ways_back(session: Session) -> dict[int, Intent]:
    """Everybody's connections that stood and are being brought back just now, each with the intent that began it."""
    rows = session.execute(
        _intents_with_connections()
        .where(IntentRow.purpose == "reconnect", IntentRow.state.in_(("posting", "uncertain", "done")))
        .where(IntentRow.message_id.is_not(None), ConnectionRow.next_poll_at.is_not(None), is_readable())
        .order_by(IntentRow.id)
    )
    return {row.id: to_intent(intent) for intent, row in rows if row is not None}


def mark_uncertain_intents(session: Session, now: datetime) -> int:
    """At start: requests that a dead process was sending may have arrived. Returns how many."""
    return _move_intents(session, IntentRow.state == "posting", "uncertain", now)


def expire_intents(session: Session, now: datetime) -> int:
    """Abandon what nobody went on with, but for what a page may have made in its last moment. Returns how many."""
    stale = and_(
        IntentRow.state.in_(("collecting", "uncertain")),
        IntentRow.expires_at <= now,
        or_(IntentRow.screen_until.is_(None), IntentRow.screen_until <= now - SCREEN_LATE),
    )
    return _move_intents(session, stale, "abandoned", now)


def forget_intents(session: Session, before: datetime) -> int:
    """Forget everybody's wishes that ended before an instant: nobody asks what became of them. Returns how many."""
    ended = IntentRow.state.in_(("done", "failed", "abandoned"))
    going_on = select(ConnectionRow.id).where(ConnectionRow.next_poll_at.is_not(None))
    return execute(
        session,
        delete(IntentRow).where(
            ended,
            IntentRow.updated_at < before,
            or_(IntentRow.connection_id.is_(None), IntentRow.connection_id.not_in(going_on)),
        ),
    )


# --- the small parts -------------------------------------------------------------------------------------------------


def _intents_with_connections() -> Select[IntentRow, ConnectionRow | None]:
    return select(IntentRow, ConnectionRow).outerjoin(ConnectionRow, ConnectionRow.id == IntentRow.connection_id)


def _move_intents(session: Session, which: ColumnElement[bool], state: str, now: datetime) -> int:
    return execute(session, update(IntentRow).where(which).values(state=state, updated_at=now))
