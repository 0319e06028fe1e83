"""Reminders about connections that need their person: which were sent, and which are not wanted. Never commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select, true
from sqlalchemy.orm import Session

from open_finance.records import Connection
from open_finance.storage.connection_rows import to_connection
from open_finance.storage.models import ActionRow, ConnectionRow
from open_finance.storage.person_models import ReconnectNoticeRow
from open_finance.storage.statements import insert_into

#: A notice whose connection was erased only says that its person was written to that day.
KEEP_LOOSE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A notice of the past. ``connection_id`` None: the connection was erased; ``sent_at`` None: it is not wanted."""

    user_id: int
    connection_id: int | None
    kind: str
    episode: str
    sent_at: datetime | None


def list_candidates(session: Session, expires_before: datetime, user_id: int | None = None) -> list[Connection]:
    """The connections of everybody, or of one person, that are in trouble, given up, or whose authorisation ends before a
    moment. One that is on its way out, is just being made, or whose person is at it now, needs no word."""
    whose = true() if user_id is None else ConnectionRow.user_id == user_id
    rows = session.execute(
        select(ConnectionRow, ActionRow)
        .outerjoin(ActionRow, ActionRow.connection_id == ConnectionRow.id)
        .where(
            whose,
            ConnectionRow.disconnect_requested_at.is_(None),
            ConnectionRow.disconnected_at.is_(None),
            ConnectionRow.settled_at.is_not(None),
            ConnectionRow.next_poll_at.is_(None),
            or_(
                ConnectionRow.trouble_at.is_not(None),
                ConnectionRow.parked_at.is_not(None),
                ConnectionRow.consent_expires_at < expires_before,
            ),
        )
        .order_by(ConnectionRow.user_id, ConnectionRow.id)
    )
    return [to_connection(row, action) for row, action in rows]


def list_notices(session: Session, user_ids: Collection[int]) -> list[NoticeRecord]:
    """The notices of some people, the oldest first."""
    rows = session.scalars(
        select(ReconnectNoticeRow).where(ReconnectNoticeRow.user_id.in_(user_ids)).order_by(ReconnectNoticeRow.id)
    )
    return [NoticeRecord(row.user_id, row.connection_id, row.kind, row.episode, row.sent_at) for row in rows]


def was_told(session: Session, user_id: int, connection_id: int, since: datetime) -> bool:
    """Whether the person was told, since then, that a connection had stopped."""
    told = exists().where(
        ReconnectNoticeRow.user_id == user_id,
        ReconnectNoticeRow.connection_id == connection_id,
        ReconnectNoticeRow.kind.in_(("trouble", "trouble_3", "parked")),
        ReconnectNoticeRow.sent_at >= since,
    )
    return bool(session.scalar(select(told)))


def add_notices(
    session: Session, user_id: int, connection_id: int, notices: Iterable[tuple[str, str]], sent_at: datetime | None
) -> bool:
    """Note (kind, episode) of a connection as sent, or with ``sent_at`` None as not wanted; what is noted already stays.
    False, and nothing written, when the person has no such connection."""
    owned = select(ConnectionRow.id).where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id)
    if session.scalar(owned.with_for_update()) is None:
        return False
    for kind, episode in notices:
        values = {"user_id": user_id, "connection_id": connection_id, "kind": kind, "episode": episode}
        session.execute(
            insert_into(session, ReconnectNoticeRow).values(**values, sent_at=sent_at).on_conflict_do_nothing()
        )
    return True


def forget_loose_notices(session: Session, user_id: int, now: datetime) -> None:
    """Delete the person's notices of erased connections, once their day is over."""
    session.execute(
        delete(ReconnectNoticeRow).where(
            ReconnectNoticeRow.user_id == user_id,
            ReconnectNoticeRow.connection_id.is_(None),
            or_(ReconnectNoticeRow.sent_at.is_(None), ReconnectNoticeRow.sent_at < now - KEEP_LOOSE),
        )
    )
