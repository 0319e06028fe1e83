"""What only operation needs, of everybody, once its time is over. The machine's: no handler calls it. Never commits.

How long each table is kept, and why, is in ``retention`` and docs/retencao.md. What is a person's own is never touched here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from open_finance.storage.models import SyncRunRow
from open_finance.storage.person_models import BankWatchRow, ReconnectNoticeRow
from open_finance.storage.statements import execute


def forget_runs(session: Session, before: datetime, limit: int) -> int:
    """Forget up to ``limit`` passes that ended before an instant, also those of banks that left. Returns how many."""
    return _forget_some(session, SyncRunRow, SyncRunRow.finished_at < before, limit)


def forget_old_watches(session: Session, before: datetime) -> int:
    """Nobody waits any more for a bank that they asked for before an instant. Returns how many did."""
    return execute(session, delete(BankWatchRow).where(BankWatchRow.created_at < before))


def forget_loose_reminders(session: Session, before: datetime) -> int:
    """Forget reminders of banks that are erased, but for those sent since an instant: their day is not over. Returns how
    many."""
    row = ReconnectNoticeRow
    is_over = or_(row.sent_at.is_(None), row.sent_at < before)
    return execute(session, delete(row).where(row.connection_id.is_(None), is_over))


def _forget_some(session: Session, row: Any, which: Any, limit: int) -> int:
    some = select(row.id).where(which).order_by(row.id).limit(limit)
    return execute(session, delete(row).where(row.id.in_(some)))
