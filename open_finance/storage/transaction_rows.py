"""A person's rows as records. As in ``ledger``: the session first and the person second, only that person's rows, and
nothing is committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, Table, func, select
from sqlalchemy.orm import Session

from open_finance.records import Transaction, TransactionData
from open_finance.storage.models import AccountRow, Base, ConnectionRow, TransactionRow
from open_finance.storage.statements import batches, is_of

_TRANSACTIONS: Table = Base.metadata.tables[TransactionRow.__tablename__]
_OWN = ("id", "account_id", "connection_id", "user_category", "note", "removed_at", "missing_since")
_COLUMNS = tuple(_TRANSACTIONS.c[name] for name in (*_OWN, *TransactionData.__annotations__))


def list_transactions(
    session: Session,
    user_id: int,
    *,
    account_ids: Sequence[int] | None = None,
    date_from: date | None = None,
    date_to: date | None = None,
    limit: int | None = None,
    offset: int = 0,
    include_removed: bool = False,
) -> list[Transaction]:
    """The person's rows, newest day first and then newest id, of these accounts (default: all) and days (inclusive)."""
    names = _account_names(session, user_id)
    query = transactions_query(
        user_id,
        account_ids=list(names) if account_ids is None else account_ids,
        date_from=date_from,
        date_to=date_to,
        include_removed=include_removed,
    )
    rows = session.execute(query.limit(limit).offset(offset)).mappings()
    return [Transaction(**row, **names[row["account_id"]]) for row in rows]  # type: ignore[typeddict-item]


def list_by_ids(session: Session, user_id: int, ids: Iterable[int]) -> list[Transaction]:
    """These standing rows of the person's (ids of ours), in no order."""
    names = _account_names(session, user_id)
    owned = (is_of(user_id, TransactionRow.user_id), TransactionRow.removed_at.is_(None))
    return [
        Transaction(**row, **names[row["account_id"]])  # type: ignore[typeddict-item]
        for batch in batches(ids)
        for row in session.execute(select(*_COLUMNS).where(TransactionRow.id.in_(batch), *owned)).mappings()
    ]


def transactions_query(
    user_id: int,
    *,
    account_ids: Sequence[int],
    date_from: date | None = None,
    date_to: date | None = None,
    include_removed: bool = False,
) -> Select[Any]:
    """The statement of ``list_transactions``: an index search on (account, day) at any size."""
    query = (
        select(*_COLUMNS)
        .where(TransactionRow.account_id.in_(account_ids), is_of(user_id, TransactionRow.user_id))
        .order_by(TransactionRow.occurred_on.desc(), TransactionRow.id.desc())
    )
    if date_from is not None:
        query = query.where(TransactionRow.occurred_on >= date_from)
    if date_to is not None:
        query = query.where(TransactionRow.occurred_on <= date_to)
    return query if include_removed else query.where(TransactionRow.removed_at.is_(None))


def _account_names(session: Session, user_id: int) -> dict[int, dict[str, str]]:
    """What a row says of its account. Looked up apart: a join would tempt the planner away from the index."""
    name = func.coalesce(AccountRow.custom_name, AccountRow.marketing_name, AccountRow.name)
    rows = session.execute(
        select(AccountRow.id, name, AccountRow.type, ConnectionRow.connector_name)
        .join(ConnectionRow, ConnectionRow.id == AccountRow.connection_id)
        .where(AccountRow.user_id == user_id)
    )
    return {
        account_id: {"account_name": name, "account_type": kind, "connector_name": connector_name}
        for account_id, name, kind, connector_name in rows
    }
