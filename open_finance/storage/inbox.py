"""What Pluggy told of itself, until it is worked on. The machine's room: an event has no owner until its item is looked up.

Functions take the session first and never commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from open_finance.events import PluggyEvent
from open_finance.storage.alert_models import WebhookEventRow
from open_finance.storage.models import AccountRow, ConnectionRow, TransactionRow
from open_finance.storage.statements import batches, execute, insert_into


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """An event that is not handled yet. ``retry_at``: it was worked on in vain, and not again before that."""

    id: int
    event: str
    item_id: str | None
    detail: dict[str, Any]
    received_at: datetime
    attempts: int
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Target:
    """Whose an item is. ``is_readable``: it stands; not on its way out, not gone. ``is_settled``: its flow of connecting is
    over. ``is_polled``: somebody is waiting for it right now."""

    user_id: int
    connection_id: int
    is_readable: bool
    is_settled: bool
    is_polled: bool


def add_events(session: Session, events: Sequence[PluggyEvent], now: datetime) -> int:
    """Keep what is new. How many that was: an event that is here already is not kept twice."""
    rows = [
        {
            "event_id": one.event_id,
            "event": one.event,
            "item_id": one.item_id,
            "connector_id": one.connector_id,
            "detail": dict(one.detail),
            "received_at": now,
            "attempts": 0,
        }
        # In one order, so that two processes that store the same events wait for each other, and never in a circle.
        for one in sorted({one.event_id: one for one in events}.values(), key=lambda one: one.event_id)
    ]
    stored = 0
    for batch in batches(rows, 50):
        stored += execute(session, insert_into(session, WebhookEventRow).values(batch).on_conflict_do_nothing())
    return stored


def list_open_events(session: Session, limit: int) -> list[OpenEvent]:
    """What is not handled, the oldest first."""
    row = WebhookEventRow
    rows = session.execute(
        select(row.id, row.event, row.item_id, row.detail, row.received_at, row.attempts, row.retry_at)
        .where(row.handled_at.is_(None))
        .order_by(row.id)
        .limit(limit)
    )
    return [OpenEvent(*found) for found in rows]


def mark_handled(session: Session, ids: Iterable[int], now: datetime) -> None:
    """Nothing is left to do about these; only that they were here is remembered, not of whom they spoke."""
    for batch in batches(ids):
        handled = update(WebhookEventRow).where(WebhookEventRow.id.in_(batch))
        execute(session, handled.values(handled_at=now, detail={}, item_id=None, retry_at=None))


def postpone_events(session: Session, ids: Iterable[int], until: datetime) -> None:
    """They were worked on in vain, and are to be again."""
    for batch in batches(ids):
        vain = update(WebhookEventRow).where(WebhookEventRow.id.in_(batch), WebhookEventRow.handled_at.is_(None))
        execute(session, vain.values(attempts=WebhookEventRow.attempts + 1, retry_at=until))


def forget_events(session: Session, before: datetime) -> int:
    """Forget what was handled before an instant: Pluggy repeats nothing for that long. Returns how many."""
    return execute(session, delete(WebhookEventRow).where(WebhookEventRow.handled_at < before))


def find_targets(session: Session, item_ids: Iterable[str]) -> dict[str, Target]:
    """Whose these items are; one that nobody here has is left out."""
    row, found = ConnectionRow, {}
    for batch in batches(item_ids):
        for each in session.scalars(select(row).where(row.item_id.in_(batch))):
            ends = (each.disconnect_requested_at, each.disconnected_at, each.gone_at)
            found[each.item_id] = Target(
                each.user_id,
                each.id,
                is_readable=not any(ends),
                is_settled=each.settled_at is not None,
                is_polled=each.next_poll_at is not None,
            )
    return found


def find_oldest_day(session: Session, connection_id: int, pluggy_ids: Iterable[str]) -> date | None:
    """The oldest day among those of these rows that are stored."""
    accounts = select(AccountRow.id).where(AccountRow.connection_id == connection_id)
    oldest = select(func.min(TransactionRow.occurred_on)).where(TransactionRow.account_id.in_(accounts))
    days = [session.scalar(oldest.where(TransactionRow.pluggy_id.in_(batch))) for batch in batches(pluggy_ids)]
    return min(filter(None, days), default=None)


def make_poll_due(session: Session, connection_id: int, now: datetime) -> None:
    """Whoever follows this connection is to look at it now."""
    polled = update(ConnectionRow).where(ConnectionRow.id == connection_id, ConnectionRow.next_poll_at > now)
    execute(session, polled.values(next_poll_at=now))
