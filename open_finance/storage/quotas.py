"""What each connection has used of a month's operational limits. The rules are ``quotas``'; here it is remembered.

Called in the transaction that ends a pass, or that claims a person's tap: the connection's row is locked by then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from open_finance import quotas
from open_finance.quotas import MonthUse
from open_finance.storage.models import ConnectionRow
from open_finance.storage.operation_models import QuotaUseRow

_FIELDS = tuple(MonthUse.__dataclass_fields__)


def note_update(
    session: Session,
    user_id: int,
    connection_id: int,
    updated_at: datetime | None,
    limited_products: Sequence[str] | None,
    now: datetime,
) -> None:
    """An item was seen as Pluggy updated it then; ``limited_products``: whose month is used up, as it warned at that; None
    where it said nothing. Of the banks of Open Finance only: others have no such limits. Nothing is written where nothing
    is new."""
    if updated_at is None or not _has_limits(session, user_id, connection_id):
        return
    month = quotas.month_of(updated_at)
    row = _row(session, user_id, connection_id, month)
    if row.updated_at is not None and updated_at < row.updated_at:
        return  # seen late: what is newer is known
    _write(row, quotas.after_update(_use(row), updated_at))
    names = row.used_up if limited_products is None else ",".join(limited_products) or None
    if row.used_up != names:
        row.used_up_at = None if names is None else row.used_up_at or now
        row.used_up = names
    session.flush()


def note_ask(session: Session, user_id: int, connection_id: int, now: datetime) -> None:
    """A person's tap is going to ask Pluggy for an update."""
    _change(session, user_id, connection_id, now, quotas.after_ask)


def withdraw_ask(session: Session, user_id: int, connection_id: int, now: datetime) -> None:
    """Pluggy refused it."""
    _change(session, user_id, connection_id, now, quotas.without_ask)


# --- the small parts -------------------------------------------------------------------------------------------------


def _change(
    session: Session, user_id: int, connection_id: int, now: datetime, change: Callable[[MonthUse], MonthUse]
) -> None:
    if not _has_limits(session, user_id, connection_id):
        return
    row = _row(session, user_id, connection_id, quotas.month_of(now))
    _write(row, change(_use(row)))
    session.flush()


def _has_limits(session: Session, user_id: int, connection_id: int) -> bool:
    owned = select(ConnectionRow.is_open_finance).where(
        ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id
    )
    return bool(session.scalar(owned))


def _row(session: Session, user_id: int, connection_id: int, month: date) -> QuotaUseRow:
    """The month's row; where there is none, a new one that goes on from the newest before it."""
    row = session.get(QuotaUseRow, (connection_id, month))
    if row is not None:
        return row
    before = session.scalars(
        select(QuotaUseRow)
        .where(QuotaUseRow.connection_id == connection_id, QuotaUseRow.month < month)
        .order_by(QuotaUseRow.month.desc())
        .limit(1)
    ).one_or_none()
    connector = select(ConnectionRow.connector_id).where(ConnectionRow.id == connection_id)
    row = QuotaUseRow(
        connection_id=connection_id, month=month, user_id=user_id, connector_id=session.scalar(connector) or 0
    )
    _write(row, MonthUse() if before is None else quotas.next_month(_use(before)))
    session.add(row)
    return row


def _use(row: QuotaUseRow) -> MonthUse:
    return MonthUse(**{name: getattr(row, name) for name in _FIELDS})


def _write(row: QuotaUseRow, use: MonthUse) -> None:
    for name in _FIELDS:
        if getattr(row, name) != getattr(use, name):
            setattr(row, name, getattr(use, name))
