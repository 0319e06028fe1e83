"""Reading the rows of statements: index searches on (account, day), only the columns a statement shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from open_finance.records import PENDING, StatementRow
from open_finance.storage.models import TransactionRow
from open_finance.storage.statements import is_of

_LOOKS = ("account_id", "occurred_on", "amount", "type", "description")
_COLUMNS = tuple(TransactionRow.__table__.c[name] for name in StatementRow.__annotations__)


def list_statement_rows(
    session: Session,
    user_id: int,
    account_ids: Sequence[int],
    *,
    start: date,
    end: date,
    opened_at: datetime,
    since: datetime | None = None,
) -> list[StatementRow]:
    """The person's rows of these accounts from ``start`` to ``end``, newest first; ``since``: those that came from then on.

    Rows removed after ``opened_at`` are among them: they still belong to a list that was opened before.
    """
    if not account_ids:
        return []
    statement = (
        select(*_COLUMNS)
        .where(
            is_of(user_id, TransactionRow.user_id),
            TransactionRow.account_id.in_(account_ids),
            TransactionRow.occurred_on.between(start, end),
            or_(TransactionRow.removed_at.is_(None), TransactionRow.removed_at > opened_at),
            *([] if since is None else [_is_new(TransactionRow, since)]),
        )
        .order_by(TransactionRow.occurred_on.desc(), TransactionRow.id.desc())
    )
    return [StatementRow(**row) for row in session.execute(statement).mappings()]  # type: ignore[typeddict-item]


def list_times(
    session: Session, user_id: int, account_ids: Sequence[int], *, start: date, end: date
) -> dict[int, datetime]:
    """The instants of the person's rows of these accounts, by our id; rows of which only the day is known are left out."""
    row = TransactionRow
    statement = select(row.id, row.occurred_at).where(
        is_of(user_id, row.user_id),
        row.account_id.in_(account_ids),
        row.occurred_on.between(start, end),
        row.occurred_at.is_not(None),
    )
    return {row_id: at for row_id, at in session.execute(statement) if at is not None}


def sum_days(
    session: Session, user_id: int, account_ids: Sequence[int], *, start: date, end: date
) -> list[tuple[int, date, str, Decimal]]:
    """``(account id, day, currency, sum)`` of the person's settled rows of these accounts, those that still stand."""
    row = TransactionRow
    by = (row.account_id, row.occurred_on, row.currency_code)
    statement = (
        select(*by, func.sum(row.amount))
        .where(
            is_of(user_id, row.user_id),
            row.account_id.in_(account_ids),
            row.occurred_on.between(start, end),
            row.removed_at.is_(None),
            row.status != PENDING,
        )
        .group_by(*by)
    )
    return [tuple(found) for found in session.execute(statement)]  # type: ignore[misc]


def has_rows(
    session: Session, user_id: int, account_ids: Sequence[int], *, before: date | None = None, after: date | None = None
) -> bool:
    """Whether the person has a row of these accounts before or after a day."""
    if not account_ids:
        return False
    day = TransactionRow.occurred_on
    beyond = [*([] if before is None else [day < before]), *([] if after is None else [day > after])]
    owned = (is_of(user_id, TransactionRow.user_id), TransactionRow.removed_at.is_(None), *beyond)
    # Asked of each account by itself: of several at once, a planner may as well read the table until it meets one.
    found = (exists().where(TransactionRow.account_id == account_id, *owned) for account_id in account_ids)
    return bool(session.scalar(select(or_(*found))))


def find_first_days(session: Session, user_id: int, account_ids: Iterable[int]) -> dict[int, date]:
    """The day of each account's oldest row; accounts without rows are left out."""
    found: dict[int, date] = {}
    for account_id in account_ids:
        oldest = (
            select(TransactionRow.occurred_on)
            .where(
                TransactionRow.account_id == account_id,
                is_of(user_id, TransactionRow.user_id),
                TransactionRow.removed_at.is_(None),
            )
            .order_by(TransactionRow.occurred_on)
            .limit(1)
        )
        day = session.scalar(oldest)
        if day is not None:
            found[account_id] = day
    return found


def count_rows_since(session: Session, user_id: int, connection_id: int, since: datetime) -> int:
    """How many standing rows of the person's connection were added at an instant or after it."""
    statement = select(func.count()).where(
        TransactionRow.user_id == user_id,
        TransactionRow.connection_id == connection_id,
        TransactionRow.created_at >= since,
        TransactionRow.removed_at.is_(None),
    )
    return session.scalar(statement) or 0


def measure_return(
    session: Session, user_id: int, connection_id: int, since: datetime
) -> tuple[int, int, int, date | None, int, date | None]:
    """Of the person's connection: how many of its standing rows were there before an instant or came from another
    connection, how many are new, how many of the new are copies of the others, the day of the oldest new one, how many of
    those that were there the bank took back since, and the day of the newest new one."""
    stands, is_new = _standing(TransactionRow, user_id, connection_id), _is_new(TransactionRow, since)
    day = TransactionRow.occurred_on
    total, new, first_new_on, last_new_on, last_kept_on = session.execute(
        select(
            func.count(),
            func.count(case((is_new, 1))),
            func.min(case((is_new, day))),
            func.max(case((is_new, day))),
            func.max(case((~is_new, day))),
        )
        .select_from(TransactionRow)
        .where(stands)
    ).one()
    withdrawn = _count_withdrawn(session, user_id, connection_id, since)
    if not new or last_kept_on is None:
        return total - new, new, 0, first_new_on, withdrawn, last_new_on
    # The last day that was known is no evidence: more of the same may have happened on it.
    kept = aliased(TransactionRow)
    same = and_(*(getattr(kept, name) == getattr(TransactionRow, name) for name in _LOOKS))
    is_copied = exists().where(_standing(kept, user_id, connection_id), ~_is_new(kept, since), same)
    copies = select(func.count()).select_from(TransactionRow).where(stands, is_new, day < last_kept_on, is_copied)
    return total - new, new, session.scalar(copies) or 0, first_new_on, withdrawn, last_new_on


def _count_withdrawn(session: Session, user_id: int, connection_id: int, since: datetime) -> int:
    row = TransactionRow
    own = and_(row.user_id == user_id, row.connection_id == connection_id)
    statement = select(func.count()).select_from(row).where(own, row.removed_at >= since, ~_is_new(row, since))
    return session.scalar(statement) or 0


def _standing(row: type[TransactionRow], user_id: int, connection_id: int) -> ColumnElement[bool]:
    return and_(row.user_id == user_id, row.connection_id == connection_id, row.removed_at.is_(None))


def _is_new(row: type[TransactionRow], since: datetime) -> ColumnElement[bool]:
    return and_(row.created_at >= since, row.join_id.is_(None))


def measure_rows(session: Session, user_id: int, connection_id: int) -> tuple[int, date | None]:
    """How many rows the person's connection brought, without those its bank took back, and the day of the oldest."""
    statement = select(func.count(), func.min(TransactionRow.occurred_on)).where(
        TransactionRow.user_id == user_id,
        TransactionRow.connection_id == connection_id,
        TransactionRow.removed_at.is_(None),
    )
    count, first_on = session.execute(statement).one()
    return count, first_on
