"""Named rights, each held by one process for a while: the Telegram poller, rounds that look at everybody.

For the bot's own wiring, as ``system``. Functions take the session first and never commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, update
from sqlalchemy.orm import Session

from open_finance.storage.models import LeaseRow
from open_finance.storage.statements import execute, insert_into


def acquire_lease(session: Session, name: str, holder: str, now: datetime, seconds: float) -> int | None:
    """Take or renew a named right. The fence, higher with every new holder; None while somebody else holds it."""
    session.execute(
        insert_into(session, LeaseRow).values(name=name, holder="", expires_at=now, fence=0).on_conflict_do_nothing()
    )
    row = session.get_one(LeaseRow, name, with_for_update=True, populate_existing=True)
    if row.holder != holder:
        if row.expires_at > now:
            return None
        row.holder, row.fence = holder, row.fence + 1
    row.expires_at = now + timedelta(seconds=seconds)
    session.flush()
    return row.fence


def release_lease(session: Session, name: str, holder: str, now: datetime) -> bool:
    """Give a named right back at once. False when it was not this holder's."""
    held = and_(LeaseRow.name == name, LeaseRow.holder == holder)
    return execute(session, update(LeaseRow).where(held).values(holder="", expires_at=now)) == 1
