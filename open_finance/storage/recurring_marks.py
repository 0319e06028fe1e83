"""What a person says of what is charged again and again. As in ``ledger``: the session first and the person second, only
that person's rows, and nothing is committed. ``list_watchers`` and ``list_words`` are for the machine: they look at
everybody's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from open_finance.personal_records import RecurringMark, Says
from open_finance.storage.news import list_news
from open_finance.storage.outlook_models import RecurringMarkRow
from open_finance.storage.statements import execute, insert_into

_COLUMNS = tuple(RecurringMarkRow.__table__.c[name] for name in RecurringMark.__annotations__)


def list_marks(session: Session, user_id: int, *, lock: bool = False) -> list[RecurringMark]:
    """What the person said, the oldest first. ``lock``: who reads it in order to note what was told of it."""
    query = select(*_COLUMNS).where(RecurringMarkRow.user_id == user_id).order_by(RecurringMarkRow.id)
    rows = session.execute(query.with_for_update() if lock else query).mappings()
    return [RecurringMark(**row) for row in rows]  # type: ignore[typeddict-item]


def add_mark(
    session: Session,
    user_id: int,
    flow_key: str,
    says: Says,
    *,
    title: str,
    amount: Decimal,
    said_on: date,
    now: datetime,
) -> bool:
    """Note what the person says of a flow. False, and nothing changed, where they have said something of it already."""
    values = {
        "user_id": user_id,
        "flow_key": flow_key,
        "says": says,
        "title": title,
        "amount": amount,
        "said_on": said_on,
        "created_at": now,
    }
    return bool(execute(session, insert_into(session, RecurringMarkRow).values(**values).on_conflict_do_nothing()))


def delete_mark(session: Session, user_id: int, mark_id: int) -> bool:
    """Whether there was such a one of this person's."""
    owned = (RecurringMarkRow.id == mark_id, RecurringMarkRow.user_id == user_id)
    return bool(execute(session, delete(RecurringMarkRow).where(*owned)))


def list_watchers(session: Session) -> list[int]:
    """Everybody who said of something that they have cancelled it."""
    query = select(RecurringMarkRow.user_id).where(RecurringMarkRow.says == "cancelled").distinct()
    return list(session.scalars(query.order_by(RecurringMarkRow.user_id)))


def list_words(session: Session, people: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """For each of these people something that is another once they have said something more, or less."""
    return list_news(session, people, _WORDS)


_WORDS: tuple[Any, ...] = (
    select(RecurringMarkRow.user_id, func.count(), func.max(RecurringMarkRow.id)).group_by(RecurringMarkRow.user_id),
)
