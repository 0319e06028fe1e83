"""When people with connections were last here, and what was said to those who are not. Never commits.

Functions that take ``user_id`` are one person's. The others are the machine's: they see everybody, and no handler calls
them.
A person without a connection has no row here: there is nothing that could be ended.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, literal, select, update
from sqlalchemy.orm import Session

from open_finance.alerts.keys import idle_prefix
from open_finance.alerts.notification import Outcome
from open_finance.storage.alert_models import NotificationRow, PersonSeenRow
from open_finance.storage.models import ConnectionRow
from open_finance.storage.person_models import ErasureRow
from open_finance.storage.statements import execute, insert_into
from open_finance.storage.types import UtcDateTime


class IdleWarning(NamedTuple):
    """A warning as the outbox has it. ``outcome`` None: it is still to be sent."""

    id: int
    key: str
    outcome: Outcome | None
    settled_at: datetime | None


# --- one person ------------------------------------------------------------------------------------------------------


def note_seen(session: Session, user_id: int, now: datetime, since: datetime) -> bool:
    """The person is here. Written only where they were last here before ``since``; False: nothing was written."""
    known = (PersonSeenRow.user_id == user_id, PersonSeenRow.last_seen_at < since)
    return execute(session, update(PersonSeenRow).where(*known).values(last_seen_at=now)) == 1


def find_seen(session: Session, user_id: int, *, lock: bool = False) -> datetime | None:
    """When the person was last here; None where nothing is known. ``lock``: they cannot come back until the end of the
    transaction."""
    query = select(PersonSeenRow.last_seen_at).where(PersonSeenRow.user_id == user_id)
    return session.scalar(query.with_for_update() if lock else query)


def list_warnings(session: Session, user_id: int, seen_on: date, idle_days: int) -> list[IdleWarning]:
    """The warnings of one idleness, the oldest first."""
    row = NotificationRow
    of_it = row.key.startswith(idle_prefix(seen_on, idle_days), autoescape=True)
    found: Any = session.execute(
        select(row.id, row.key, row.outcome, row.settled_at)
        .where(row.user_id == user_id, row.kind == "idle", of_it)
        .order_by(row.id)
    )
    return [IdleWarning(*each) for each in found]


# --- everybody -------------------------------------------------------------------------------------------------------


def add_missing(session: Session, now: datetime) -> int:
    """Whoever has a connection and is not known here is here from now on. Returns how many."""
    owner = ConnectionRow.user_id
    known = exists().where(PersonSeenRow.user_id == owner)
    leaving = exists().where(ErasureRow.user_id == owner)  # what is being erased is not written again
    people = select(owner, literal(now, UtcDateTime)).where(ConnectionRow.disconnected_at.is_(None), ~known, ~leaving)
    row = insert_into(session, PersonSeenRow).from_select(["user_id", "last_seen_at"], people.distinct())
    return execute(session, row.on_conflict_do_nothing())


def forget_people(session: Session) -> int:
    """Forget of everybody who has no connection any more when they were here. Returns how many."""
    standing = exists().where(ConnectionRow.user_id == PersonSeenRow.user_id, ConnectionRow.disconnected_at.is_(None))
    return execute(session, delete(PersonSeenRow).where(~standing))


def list_idle(session: Session, seen_before: datetime) -> list[int]:
    """Who was last here before an instant, the longest idle first."""
    rows = select(PersonSeenRow.user_id).where(PersonSeenRow.last_seen_at < seen_before)
    return list(session.scalars(rows.order_by(PersonSeenRow.last_seen_at, PersonSeenRow.user_id)))
