"""One person's accounts and their rows. Every function takes the session first and the person second, looks only at that
person's rows, and never commits.

Merging writes a row only when one of its values changed, so ``updated_at`` says when something really happened. The
person's own columns (``user_category``, ``note``) are in no merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple, TypedDict, TypeVar, cast

from sqlalchemy import ColumnElement, Select, Table, case, func, or_, select, update
from sqlalchemy.orm import Session

from open_finance.records import Account, AccountData, StoredTransaction, Transaction, TransactionData
from open_finance.storage.connection_rows import load_products
from open_finance.storage.models import AccountRow, Base, ConnectionRow, TransactionRow
from open_finance.storage.statements import execute, insert_into

T = TypeVar("T")

BATCH = 500

_ACCOUNTS: Table = Base.metadata.tables[AccountRow.__tablename__]
_TRANSACTIONS: Table = Base.metadata.tables[TransactionRow.__tablename__]

_ACCOUNT_VALUES = tuple(AccountData.__annotations__)
_TRANSACTION_VALUES = tuple(TransactionData.__annotations__)
#: Pluggy stamps these whether or not anything we show has changed: alone they are no change.
_STAMPS = frozenset({"pluggy_created_at", "pluggy_updated_at"})
#: Where "unknown" must not overwrite what was once known.
_STICKY = frozenset({"same_holder"})


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """How many rows a merge wrote, by kind; rows that were the same already count nowhere."""

    added: int = 0
    updated: int = 0
    revived: int = 0

    def __add__(self, other: MergeCounts) -> MergeCounts:
        return MergeCounts(self.added + other.added, self.updated + other.updated, self.revived + other.revived)


class AccountState(NamedTuple):
    """What a synchronisation must know of a stored account. ``history_from``: carried rows before that day are older than
    what its bank lists; None: all of them are."""

    id: int
    pluggy_id: str
    listed: bool
    suspect_state: str | None
    identity: str
    name: str
    marketing_name: str | None
    apart: bool
    history_from: date | None


class PersonsOwn(TypedDict, total=False):
    """What only the person says of an account; see ``records.Account``."""

    custom_name: str | None
    hidden: bool
    apart: bool


class TransactionKey(NamedTuple):
    """The two ids of a stored row, whether it is a tombstone, and what else tells whether it may be missing. ``carried``: a
    join brought it, and the account's own bank has never listed it. ``seen_at``: when it became ours."""

    id: int
    pluggy_id: str
    removed: bool
    occurred_on: date
    carried: bool
    seen_at: datetime


# --- accounts --------------------------------------------------------------------------------------------------------


def merge_accounts(
    session: Session, user_id: int, connection_id: int, accounts: Sequence[AccountData], now: datetime
) -> int:
    """Store accounts as last read, by their Pluggy id; one that was unlisted is listed again. Returns the rows written."""
    if not accounts:
        return 0
    fixed = {
        "user_id": user_id,
        "connection_id": connection_id,
        "listed": True,
        "created_at": now,
        "updated_at": now,
        "suspect_state": None,
    }
    statement = _upsert(session, _ACCOUNTS, ("connection_id", "pluggy_id"), (*_ACCOUNT_VALUES, "listed"), owner=user_id)
    return _execute_upsert(session, statement, _ACCOUNTS, [{**account, **fixed} for account in accounts])


def list_account_states(session: Session, user_id: int, connection_id: int) -> dict[str, AccountState]:
    """The stored accounts of a connection by their Pluggy id."""
    columns = [_ACCOUNTS.c[name] for name in AccountState._fields]
    owned = select(*columns).where(AccountRow.connection_id == connection_id, AccountRow.user_id == user_id)
    return {row.pluggy_id: AccountState(*row) for row in session.execute(owned)}


def set_suspect_state(session: Session, user_id: int, account_id: int, state: str | None) -> None:
    """Note (or forget) which execution listed implausibly little of an account."""
    session.execute(
        update(AccountRow).where(AccountRow.id == account_id, AccountRow.user_id == user_id).values(suspect_state=state)
    )


def unlist_account(session: Session, user_id: int, account_id: int, now: datetime) -> int:
    """The bank no longer lists an account: it leaves the balances, its history stays. Returns the rows written."""
    return execute(
        session,
        update(AccountRow)
        .where(AccountRow.id == account_id, AccountRow.user_id == user_id, AccountRow.listed)
        .values(listed=False, suspect_state=None, updated_at=now),
    )


def set_persons_own(session: Session, user_id: int, account_ids: Iterable[int], values: PersonsOwn) -> None:
    """Write what the person says of these accounts."""
    owned = update(AccountRow).where(AccountRow.user_id == user_id, AccountRow.id.in_(list(account_ids)))
    session.execute(owned.values(**values))


def list_accounts(session: Session, user_id: int, include_disconnected: bool = False) -> list[Account]:
    """The person's accounts, oldest connection first.

    Without ``include_disconnected`` those of a connection on its way out, and those their bank no longer lists, are left
    out; their history can still be asked for.
    """
    columns = [_ACCOUNTS.c[name] for name in ("id", "connection_id", "type", "created_at", *PersonsOwn.__annotations__)]
    values = [_ACCOUNTS.c[name] for name in _ACCOUNT_VALUES if name != "type"]
    query = (
        select(
            *columns,
            *values,
            ConnectionRow.connector_name,
            ConnectionRow.products,
            ConnectionRow.last_synced_at,
            ConnectionRow.last_updated_at,
        )
        .join(ConnectionRow, ConnectionRow.id == AccountRow.connection_id)
        .where(AccountRow.user_id == user_id)
        .order_by(AccountRow.connection_id, AccountRow.id)
    )
    if not include_disconnected:
        query = query.where(AccountRow.listed, ConnectionRow.disconnect_requested_at.is_(None))
    return [_account(dict(row)) for row in session.execute(query).mappings()]


def _account(row: dict[str, Any]) -> Account:
    products = load_products(row.pop("products"))
    created_at, synced_at, updated_at = row.pop("created_at"), row.pop("last_synced_at"), row.pop("last_updated_at")
    product = products.get("creditCards" if row["type"] == "CREDIT" else "accounts")
    balance_at = product["last_updated_at"] if product else None
    ages = {"synced_at": synced_at or created_at, "balance_at": balance_at or updated_at}
    return cast("Account", {**row, **ages})


# --- writing rows ----------------------------------------------------------------------------------------------------


def merge_transactions(
    session: Session, user_id: int, account_id: int, rows: Iterable[TransactionData], now: datetime
) -> MergeCounts:
    """Store an account's rows by their Pluggy id, 500 at a time; a tombstone whose id is back is revived, and a row that a
    join brought has been listed by the account's own bank from now on.

    Of two rows with one id the later counts. An account of somebody else's is nobody's: nothing is written.
    """
    connection_id = session.scalar(
        select(AccountRow.connection_id).where(AccountRow.id == account_id, AccountRow.user_id == user_id)
    )
    if connection_id is None:
        return MergeCounts()
    fixed = {
        "user_id": user_id,
        "connection_id": connection_id,
        "account_id": account_id,
        "created_at": now,
        "updated_at": now,
        "removed_at": None,
        "carried": False,
    }
    values_written = (*_TRANSACTION_VALUES, "removed_at", "carried")
    statement = _upsert(session, _TRANSACTIONS, ("account_id", "pluggy_id"), values_written, owner=user_id)
    counts = MergeCounts()
    for batch in _batches(rows):
        values = {row["pluggy_id"]: {**row, **fixed} for row in batch}
        known = find_stored_ids(session, user_id, account_id, values)
        written = _execute_upsert(session, statement, _TRANSACTIONS, list(values.values()))
        added, revived = len(values) - len(known), sum(known.values())
        counts += MergeCounts(added=added, updated=written - added - revived, revived=revived)
    return counts


def find_stored_ids(session: Session, user_id: int, account_id: int, pluggy_ids: Iterable[str]) -> dict[str, bool]:
    """Which of these Pluggy ids an account has, tombstones included; True for those that are tombstones."""
    found: dict[str, bool] = {}
    for batch in _batches(pluggy_ids):
        rows = session.execute(
            select(TransactionRow.pluggy_id, TransactionRow.removed_at.is_not(None)).where(
                TransactionRow.account_id == account_id,
                TransactionRow.user_id == user_id,
                TransactionRow.pluggy_id.in_(batch),
            )
        )
        found.update((pluggy_id, bool(removed)) for pluggy_id, removed in rows)
    return found


def iter_transaction_keys(
    session: Session, user_id: int, account_id: int, date_from: date, date_to: date | None = None
) -> Iterator[TransactionKey]:
    """The ids of an account's stored rows from a day on, tombstones included, a batch at a time."""
    query = select(
        TransactionRow.id,
        TransactionRow.pluggy_id,
        TransactionRow.removed_at.is_not(None),
        TransactionRow.occurred_on,
        TransactionRow.carried,
        TransactionRow.created_at,
    ).where(
        TransactionRow.account_id == account_id,
        TransactionRow.user_id == user_id,
        TransactionRow.occurred_on >= date_from,
    )
    if date_to is not None:
        query = query.where(TransactionRow.occurred_on <= date_to)
    for row_id, pluggy_id, removed, day, carried, seen_at in session.execute(query.execution_options(yield_per=BATCH)):
        yield TransactionKey(row_id, pluggy_id, bool(removed), day, carried, seen_at)


def iter_stored_transactions(session: Session, user_id: int, ids: Iterable[int]) -> Iterator[StoredTransaction]:
    """What tells these rows (ids of ours) apart, a batch at a time."""
    for batch in _batches(ids):
        yield from _stored(session, TransactionRow.id.in_(batch), TransactionRow.user_id == user_id)


def iter_account_transactions(session: Session, user_id: int, account_id: int) -> Iterator[StoredTransaction]:
    """What tells all the rows of an account apart, tombstones included, a batch at a time."""
    return _stored(session, TransactionRow.account_id == account_id, TransactionRow.user_id == user_id)


def _stored(session: Session, *which: ColumnElement[bool]) -> Iterator[StoredTransaction]:
    columns = [_TRANSACTIONS.c[name] for name in StoredTransaction.__annotations__]
    for row in session.execute(select(*columns).where(*which).execution_options(yield_per=BATCH)).mappings():
        yield StoredTransaction(**row)  # type: ignore[typeddict-item]


def rekey_transactions(session: Session, user_id: int, pluggy_ids: Mapping[int, str], now: datetime) -> None:
    """Give stored rows (ids of ours) the Pluggy id under which they go on; they stand again if they were tombstones."""
    for batch in _batches(pluggy_ids):
        new_id = case({row_id: pluggy_ids[row_id] for row_id in batch}, value=TransactionRow.id)
        session.execute(
            update(TransactionRow)
            .where(TransactionRow.id.in_(batch), TransactionRow.user_id == user_id)
            .values(pluggy_id=new_id, removed_at=None, updated_at=now)
            .execution_options(synchronize_session=False)
        )


def remove_transactions(session: Session, user_id: int, ids: Iterable[int], now: datetime) -> int:
    """Make these rows (ids of ours) tombstones; returns how many were not already."""
    return sum(
        execute(
            session,
            update(TransactionRow)
            .where(TransactionRow.id.in_(batch), TransactionRow.user_id == user_id, TransactionRow.removed_at.is_(None))
            .values(removed_at=now, updated_at=now),
        )
        for batch in _batches(ids)
    )


# --- reading rows ----------------------------------------------------------------------------------------------------


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


def transactions_query(
    user_id: int,
    *,
    account_ids: Sequence[int],
    date_from: date | None = None,
    date_to: date | None = None,
    include_removed: bool = False,
) -> Select[Any]:
    """The statement of ``list_transactions``: an index search on (account, day) at any size."""
    owned = ("id", "account_id", "connection_id", "user_category", "note", "removed_at")
    columns = [_TRANSACTIONS.c[name] for name in (*owned, *_TRANSACTION_VALUES)]
    query = (
        select(*columns)
        .where(TransactionRow.account_id.in_(account_ids), TransactionRow.user_id == user_id)
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


# --- the bulk write --------------------------------------------------------------------------------------------------


def _upsert(session: Session, table: Table, key: Sequence[str], values: Sequence[str], *, owner: int) -> Any:
    """INSERT, or UPDATE where a value differs. Columns outside ``values`` are written on insertion only."""
    statement = insert_into(session, table)
    new: dict[str, ColumnElement[Any]] = {
        name: func.coalesce(statement.excluded[name], table.c[name]) if name in _STICKY else statement.excluded[name]
        for name in values
        if name not in key
    }
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in new.items() if name not in _STAMPS))
    return statement.on_conflict_do_update(
        index_elements=[table.c[name] for name in key],
        set_={**new, "updated_at": statement.excluded.updated_at},
        where=differs & (table.c.user_id == owner),
    )


def _execute_upsert(session: Session, statement: Any, table: Table, rows: list[dict[str, Any]]) -> int:
    """The rows inserted or changed. ``executemany`` is the fast way on SQLite, RETURNING (one statement) on PostgreSQL,
    whose driver would send a row at a time and count only the last."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        return len(connection.execute(statement.returning(table.c.id), rows).all())
    return int(connection.execute(statement, rows).rowcount)


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, BATCH)):
        yield batch
