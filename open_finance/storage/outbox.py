"""What people are to be told, and the memory that they were told it. Never commits.

A notification is written in the transaction of the data it speaks of. Its ``key`` is what happened: whoever finds the same
thing again writes nothing. It is open until it is settled, with an ``Outcome``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from open_finance.alerts.notification import Kind, NewNotification, Notification, Outcome
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.models import TransactionRow
from open_finance.storage.statements import batches, execute, insert_into

__all__ = ["NewNotification", "Notification", "Outcome", "Told"]  # what its functions take and give

#: Nothing older is told anew (``syncing.happenings``): longer than that nobody need remember that it was.
KEEP = timedelta(days=180)


class Told(NamedTuple):
    """Who has a key already: the notification's account, and its row."""

    account_id: int | None
    transaction_id: int | None


# --- writing ---------------------------------------------------------------------------------------------------------


def add_notifications(session: Session, user_id: int, notifications: Iterable[NewNotification], now: datetime) -> int:
    """Write what is to be told; what has been written under the same key stays as it is. Returns how many were new."""
    added = 0
    for one in notifications:
        values = {
            "key": one.key,
            "kind": one.kind,
            "connection_id": one.connection_id,
            "account_id": one.account_id,
            "transaction_id": one.transaction_id,
            "detail": one.detail,
            "not_before": one.not_before or now,
        }
        row = insert_into(session, NotificationRow).values(**values, user_id=user_id, created_at=now, attempts=0)
        added += execute(session, row.on_conflict_do_nothing())
    return added


def find_told(session: Session, user_id: int, keys: Iterable[str]) -> dict[str, Told]:
    """Which of these keys the person's outbox has, and for what."""
    columns = (NotificationRow.key, NotificationRow.account_id, NotificationRow.transaction_id)
    found: dict[str, Told] = {}
    for batch in batches(keys):
        rows = session.execute(
            select(*columns).where(NotificationRow.user_id == user_id, NotificationRow.key.in_(batch))
        )
        found |= {key: Told(account_id, transaction_id) for key, account_id, transaction_id in rows}
    return found


def list_keys(session: Session, kind: Kind, since: datetime) -> set[tuple[int, str]]:
    """(person, key) of what was written of a kind since an instant, for everybody, settled or not."""
    columns = (NotificationRow.user_id, NotificationRow.key)
    rows = session.execute(select(*columns).where(NotificationRow.created_at >= since, NotificationRow.kind == kind))
    return {(user_id, key) for user_id, key in rows}


def list_of_kind(session: Session, user_id: int, kind: Kind) -> list[Notification]:
    """What a person was told of a kind, or is to be told, the oldest first."""
    return _list(session, and_(NotificationRow.user_id == user_id, NotificationRow.kind == kind))


# --- sending ---------------------------------------------------------------------------------------------------------


def list_waiting(session: Session, now: datetime, limit: int = 500) -> list[int]:
    """The people who have something to be told now that no sender has in hand, the longest wait first."""
    query = (
        select(NotificationRow.user_id)
        .where(_is_due(now))
        .group_by(NotificationRow.user_id)
        .order_by(func.min(NotificationRow.not_before), NotificationRow.user_id)
    )
    return list(session.scalars(query.limit(limit)))


def claim_notifications(
    session: Session, user_id: int, now: datetime, seconds: float, connection_id: int | None = None
) -> list[Notification]:
    """Take in hand all that a person is to be told now, or what of it are rows of one connection, the oldest first. Whoever
    takes it has ``seconds`` to settle it; afterwards another may, since its first sender seems to be dead."""
    due = [NotificationRow.user_id == user_id, _is_due(now)]
    if connection_id is not None:
        due += [NotificationRow.kind == "transaction", NotificationRow.connection_id == connection_id]
    ids = session.scalars(select(NotificationRow.id).where(*due).with_for_update()).all()
    owned = and_(NotificationRow.user_id == user_id, NotificationRow.id.in_(ids))
    until = now + timedelta(seconds=seconds)
    execute(
        session, update(NotificationRow).where(owned).values(claimed_until=until, attempts=NotificationRow.attempts + 1)
    )
    return _list(session, owned)


def renew_claims(
    session: Session, user_id: int, ids: Collection[int], claimed_until: datetime, now: datetime, seconds: float
) -> bool:
    """Keep in hand what was claimed until then, ``seconds`` from now; all of it, or nothing is changed. False where another
    has claimed some of it since, or has settled it."""
    held = and_(_is_open_of(user_id), NotificationRow.claimed_until == claimed_until)
    mine = session.scalars(
        select(NotificationRow.id).where(held, NotificationRow.id.in_(list(ids))).with_for_update()
    ).all()
    if len(mine) < len(ids):
        return False
    until = now + timedelta(seconds=seconds)
    execute(session, update(NotificationRow).where(held, NotificationRow.id.in_(mine)).values(claimed_until=until))
    return True


def settle_notifications(
    session: Session,
    user_id: int,
    ids: Iterable[int],
    outcome: Outcome,
    now: datetime,
    *,
    message_id: int | None = None,
) -> int:
    """What became of open notifications. ``message_id``: the message that told them. Returns how many were open."""
    values = {
        "outcome": outcome,
        "settled_at": now,
        "claimed_until": None,
        "message_id": message_id,
        # Who has left a family is named until the others were told, and no longer.
        "detail": case(
            (NotificationRow.kind == "family_left", literal({}, NotificationRow.detail.type)),
            else_=NotificationRow.detail,
        ),
    }
    return sum(
        execute(
            session, update(NotificationRow).where(_is_open_of(user_id), NotificationRow.id.in_(batch)).values(**values)
        )
        for batch in batches(ids)
    )


def note_pattern(session: Session, user_id: int, notification_id: int, pattern: str) -> None:
    """Note what *Fui eu* on a notification makes quiet."""
    owned = and_(NotificationRow.user_id == user_id, NotificationRow.id == notification_id)
    execute(session, update(NotificationRow).where(owned).values(pattern=pattern))


def postpone_notifications(session: Session, user_id: int, ids: Iterable[int], until: datetime) -> int:
    """Let open notifications wait. Returns how many do."""
    values = {"not_before": until, "claimed_until": None}
    return sum(
        execute(
            session, update(NotificationRow).where(_is_open_of(user_id), NotificationRow.id.in_(batch)).values(**values)
        )
        for batch in batches(ids)
    )


def hasten_notifications(session: Session, user_id: int, now: datetime) -> int:
    """The person wants to be told otherwise than before: what waits is looked at anew. Returns how many do."""
    waiting = and_(_is_open_of(user_id), NotificationRow.not_before > now)
    return execute(session, update(NotificationRow).where(waiting).values(not_before=now))


# --- afterwards ------------------------------------------------------------------------------------------------------


def list_of_message(session: Session, user_id: int, message_id: int) -> list[Notification]:
    """What a message told, the oldest first."""
    return _list(session, and_(NotificationRow.user_id == user_id, NotificationRow.message_id == message_id))


def list_unusual_days(session: Session, user_id: int, since: datetime) -> list[date]:
    """The days of the rows that were told as unusual since then."""
    days = (
        select(TransactionRow.occurred_on)
        .join(NotificationRow, NotificationRow.transaction_id == TransactionRow.id)
        .where(NotificationRow.user_id == user_id, NotificationRow.pattern.is_not(None))
        .where(NotificationRow.settled_at >= since)
    )
    return list(session.scalars(days))


def answer_notification(session: Session, user_id: int, notification_id: int, answer: str | None) -> bool:
    """Note which button the person pressed on what was told; None: none any more. False when they have no such one."""
    owned = and_(NotificationRow.user_id == user_id, NotificationRow.id == notification_id)
    return execute(session, update(NotificationRow).where(owned).values(answer=answer)) == 1


def find_notification(session: Session, user_id: int, notification_id: int) -> Notification | None:
    """One of the person's."""
    owned = and_(NotificationRow.user_id == user_id, NotificationRow.id == notification_id)
    return next(iter(_list(session, owned)), None)


def forget_notifications(session: Session, before: datetime) -> int:
    """Forget everybody's that were settled before an instant. Returns how many."""
    old = and_(NotificationRow.settled_at.is_not(None), NotificationRow.settled_at < before)
    return execute(session, delete(NotificationRow).where(NotificationRow.created_at < before, old))


# --- the small parts -------------------------------------------------------------------------------------------------

_COLUMNS = tuple(getattr(NotificationRow, name) for name in Notification.__annotations__)


def _list(session: Session, which: ColumnElement[bool]) -> list[Notification]:
    rows: Sequence[Any] = session.execute(select(*_COLUMNS).where(which).order_by(NotificationRow.id)).all()
    return [Notification(*row) for row in rows]


def _is_due(now: datetime) -> ColumnElement[bool]:
    is_free = or_(NotificationRow.claimed_until.is_(None), NotificationRow.claimed_until <= now)
    return and_(NotificationRow.outcome.is_(None), NotificationRow.not_before <= now, is_free)


def _is_open_of(user_id: int) -> ColumnElement[bool]:
    return and_(NotificationRow.user_id == user_id, NotificationRow.outcome.is_(None))
