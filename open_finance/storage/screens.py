"""Intents whose item a page of ours makes, outside of this program. Every function takes the session first and the person
second, looks only at that person's rows, and never commits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from open_finance.records import Intent
from open_finance.storage.connection_rows import to_intent
from open_finance.storage.models import IntentRow

#: An item made in a page's last moment is told of later: Pluggy repeats its events for a while.
SCREEN_LATE = timedelta(hours=1)


def open_screen(session: Session, user_id: int, intent_id: int, *, now: datetime, until: datetime) -> bool:
    """Note that a page may make this intent's item ``until`` then; False when the intent is not collecting, or expired."""
    opened = session.execute(
        update(IntentRow)
        .where(
            IntentRow.id == intent_id,
            IntentRow.user_id == user_id,
            IntentRow.state == "collecting",
            IntentRow.expires_at > now,
        )
        .values(screen_until=until, expires_at=until, updated_at=now)
        .returning(IntentRow.id)
    )
    return opened.first() is not None


def list_screen_intents(session: Session, user_id: int, connector_id: int, now: datetime) -> list[Intent]:
    """The person's wishes for a new connection to this bank for which a page was open lately, the latest first."""
    rows = session.scalars(
        select(IntentRow)
        .where(
            IntentRow.user_id == user_id,
            IntentRow.connector_id == connector_id,
            IntentRow.purpose == "connect",
            IntentRow.screen_until > now - SCREEN_LATE,
        )
        .order_by(IntentRow.id.desc())
    )
    return [to_intent(row) for row in rows]


def has_request(session: Session, user_id: int) -> bool:
    """Whether a request of the person's to make an item is under way, or its answer was lost."""
    sent = select(IntentRow.id).where(IntentRow.user_id == user_id, IntentRow.state.in_(("posting", "uncertain")))
    return session.execute(sent.limit(1)).first() is not None


def keep_open(session: Session, user_id: int, intent_id: int, *, until: datetime) -> None:
    """The page shows that it is there; an end that lies further ahead stays."""
    owned = update(IntentRow).where(IntentRow.id == intent_id, IntentRow.user_id == user_id)
    session.execute(owned.where(IntentRow.screen_until < until).values(screen_until=until))


def await_correction(
    session: Session, user_id: int, connection_id: int, *, now: datetime, until: datetime, is_news: bool
) -> bool:
    """Whether the page that made this connection may still be open, so that what the bank refused is corrected there.

    The first to see the refusal (``is_news``) gives the person ``until`` then; whoever looks again, no more than that.
    """
    row = session.scalars(
        select(IntentRow)
        .where(IntentRow.user_id == user_id, IntentRow.connection_id == connection_id, IntentRow.state == "done")
        .where(IntentRow.screen_until > now)
        .order_by(IntentRow.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if row is None or row.screen_until is None:
        return False
    row.screen_until = until if is_news else min(row.screen_until, until)
    return True
