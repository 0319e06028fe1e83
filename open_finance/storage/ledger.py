"""One person's accounts and their rows. Every function takes the session first and the person second, looks only at that
person's rows, and never commits.

Merging writes a row only when one of its values changed, so ``updated_at`` says when something really happened. The
person's own columns (``user_category``, ``note``) are in no merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple, TypedDict, cast

from sqlalchemy import ColumnElement, Table, case, or_, select, update
from sqlalchemy.orm import Session

from open_finance.balance_check import BalanceGap, BalanceRow
from open_finance.records import PENDING, Account, AccountData, StoredTransaction, TransactionData
from open_finance.storage import bulk
from open_finance.storage.connection_rows import load_products
from open_finance.storage.models import AccountRow, Base, ConnectionRow, TransactionRow
from open_finance.storage.row_codec import EncodedRow, encode
from open_finance.storage.statements import BATCH, batches, execute, insert_of, is_of

_ACCOUNTS: Table = Base.metadata.tables[AccountRow.__tablename__]
_TRANSACTIONS: Table = Base.metadata.tables[TransactionRow.__tablename__]

_ACCOUNT_VALUES = tuple(AccountData.__annotations__)
_ACCOUNT_OWN = ("id", "connection_id", "type", "created_at", "balance_gap_on", "balance_gap")


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
    what its bank lists; None: all of them are. ``created_at``: when it became ours."""

    id: int
    pluggy_id: str
    listed: bool
    suspect_state: str | None
    identity: str
    name: str
    marketing_name: str | None
    apart: bool
    history_from: date | None
    balance_gap_on: date | None
    balance_gap: Decimal | None
    balance: Decimal
    overdraft_used: Decimal | None
    created_at: datetime


class PersonsOwn(TypedDict, total=False):
    """What only the person says of an account; see ``records.Account``."""

    custom_name: str | None
    hidden: bool
    apart: bool


#: What ``to_account`` makes a record of, of an account joined to its connection.
ACCOUNT_COLUMNS: Final[tuple[Any, ...]] = (
    *(_ACCOUNTS.c[name] for name in (*_ACCOUNT_OWN, *PersonsOwn.__annotations__)),
    *(_ACCOUNTS.c[name] for name in _ACCOUNT_VALUES if name != "type"),
    ConnectionRow.connector_name,
    ConnectionRow.products,
    ConnectionRow.last_synced_at,
    ConnectionRow.last_updated_at,
)


class TransactionKey(NamedTuple):
    """The two ids of a stored row, whether it is a tombstone, and what else tells whether it may be missing. ``carried``: a
    join brought it, and the account's own bank has never listed it. ``seen_at``: when it became ours. ``pending``: the bank
    had not settled it when it was last listed."""

    id: int
    pluggy_id: str
    removed: bool
    occurred_on: date
    carried: bool
    seen_at: datetime
    pending: bool


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
    upsert = _upsert_accounts(session.get_bind().dialect.name)
    return sum(execute(session, upsert.values(**account, **fixed)) for account in accounts)


def list_account_states(session: Session, user_id: int, connection_id: int) -> dict[str, AccountState]:
    """The stored accounts of a connection by their Pluggy id."""
    columns = [_ACCOUNTS.c[name] for name in AccountState._fields]
    owned = select(*columns).where(AccountRow.connection_id == connection_id, AccountRow.user_id == user_id)
    return {row.pluggy_id: AccountState(*row) for row in session.execute(owned)}


def find_bank_code(session: Session, user_id: int, connection_id: int) -> str | None:
    """The COMPE code that an account of a connection has told, also one that is not listed just now."""
    told = select(AccountRow.bank_code).where(
        AccountRow.connection_id == connection_id, AccountRow.user_id == user_id, AccountRow.bank_code.is_not(None)
    )
    return session.scalar(told.order_by(AccountRow.id).limit(1))


def set_suspect_state(session: Session, user_id: int, account_id: int, state: str | None) -> None:
    """Note (or forget) which execution listed implausibly little of an account."""
    session.execute(
        update(AccountRow).where(AccountRow.id == account_id, AccountRow.user_id == user_id).values(suspect_state=state)
    )


def set_balance_gap(session: Session, user_id: int, account_id: int, gap: BalanceGap | None) -> None:
    """Note from which day on an account's rows do not explain its balances, or that they do."""
    owned = update(AccountRow).where(AccountRow.id == account_id, AccountRow.user_id == user_id)
    day, amount = (None, None) if gap is None else (gap.began_on, gap.amount)
    session.execute(owned.values(balance_gap_on=day, balance_gap=amount))


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
    query = (
        select(*ACCOUNT_COLUMNS)
        .join(ConnectionRow, ConnectionRow.id == AccountRow.connection_id)
        .where(AccountRow.user_id == user_id)
        .order_by(AccountRow.connection_id, AccountRow.id)
    )
    if not include_disconnected:
        query = query.where(AccountRow.listed, ConnectionRow.disconnect_requested_at.is_(None))
    return [to_account(dict(row)) for row in session.execute(query).mappings()]


def to_account(row: dict[str, Any]) -> Account:
    """The record of a row of ``ACCOUNT_COLUMNS``, by their names."""
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
    """As ``merge_encoded``, for rows that nobody has encoded yet."""
    return merge_encoded(session, user_id, account_id, map(encode, rows), now)


def merge_encoded(
    session: Session,
    user_id: int,
    account_id: int,
    rows: Iterable[EncodedRow],
    now: datetime,
    inserted: list[str] | None = None,
) -> MergeCounts:
    """Store an account's rows by their Pluggy id, some at a time; a tombstone whose id is back is revived, and a row that a
    join brought has been listed by the account's own bank from now on.

    Of two rows with one id the later counts. An account of somebody else's is nobody's: nothing is written. ``inserted``
    is given the ids of the rows that were not there.
    """
    connection_id = session.scalar(
        select(AccountRow.connection_id).where(AccountRow.id == account_id, AccountRow.user_id == user_id)
    )
    if connection_id is None:
        return MergeCounts()
    owner, counts = bulk.Owner(user_id, connection_id, account_id), MergeCounts()
    for batch in batches(rows, bulk.BATCH):
        listed = {row.pluggy_id: row for row in batch}
        stored = bulk.find_stored(session, owner, listed)
        new = {pluggy_id: row for pluggy_id, row in listed.items() if pluggy_id not in stored}
        bulk.insert(session, owner, list(new.values()), now)
        if inserted is not None:
            inserted += new
        pairs = [(stored[pluggy_id], row) for pluggy_id, row in listed.items() if pluggy_id in stored]
        changed = [pair for pair in pairs if not bulk.is_same(*pair)]
        bulk.overwrite(session, owner, [row for _, row in changed], now)
        standing = [(before, row) for before, row in changed if not before.removed]
        updated = sum(bool(before.carried) or bulk.is_changed(before, row) for before, row in standing)
        counts += MergeCounts(len(new), updated, len(changed) - len(standing))
    return counts


def find_stored_ids(session: Session, user_id: int, account_id: int, pluggy_ids: Iterable[str]) -> dict[str, bool]:
    """Which of these Pluggy ids an account has, tombstones included; True for those that are tombstones."""
    found: dict[str, bool] = {}
    for batch in batches(pluggy_ids):
        rows = session.execute(
            select(TransactionRow.pluggy_id, TransactionRow.removed_at.is_not(None)).where(
                TransactionRow.account_id == account_id,
                is_of(user_id, TransactionRow.user_id),
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
        TransactionRow.status == PENDING,
    ).where(
        TransactionRow.account_id == account_id,
        is_of(user_id, TransactionRow.user_id),
        TransactionRow.occurred_on >= date_from,
    )
    if date_to is not None:
        query = query.where(TransactionRow.occurred_on <= date_to)
    return map(TransactionKey._make, session.execute(query.execution_options(yield_per=BATCH)))


def iter_balance_rows(
    session: Session, user_id: int, account_id: int, currency: str, date_from: date, date_to: date
) -> Iterator[BalanceRow]:
    """An account's standing rows of these days (inclusive), in their order. What the bank has not settled, and what is not
    in the account's currency, says nothing of its balance."""
    is_foreign = TransactionRow.currency_code != currency
    query = (
        select(
            TransactionRow.occurred_on,
            TransactionRow.amount,
            TransactionRow.balance_after,
            or_(TransactionRow.status == PENDING, is_foreign),
            is_foreign,
            TransactionRow.created_at,
        )
        .where(
            TransactionRow.account_id == account_id,
            is_of(user_id, TransactionRow.user_id),
            TransactionRow.occurred_on.between(date_from, date_to),
            TransactionRow.removed_at.is_(None),
        )
        .order_by(TransactionRow.occurred_on)
    )
    return map(BalanceRow._make, session.execute(query.execution_options(yield_per=BATCH)))


def iter_stored_transactions(session: Session, user_id: int, ids: Iterable[int]) -> Iterator[StoredTransaction]:
    """What tells these rows (ids of ours) apart, a batch at a time."""
    for batch in batches(ids):
        yield from stored_rows(session, TransactionRow.id.in_(batch), is_of(user_id, TransactionRow.user_id))


def iter_account_transactions(session: Session, user_id: int, account_id: int) -> Iterator[StoredTransaction]:
    """What tells all the rows of an account apart, tombstones included, a batch at a time."""
    return stored_rows(session, TransactionRow.account_id == account_id, is_of(user_id, TransactionRow.user_id))


def stored_rows(session: Session, *which: ColumnElement[bool]) -> Iterator[StoredTransaction]:
    """What tells the rows apart of which this is true; that they are the person's own is for the caller to say."""
    columns = [_TRANSACTIONS.c[name] for name in StoredTransaction.__annotations__]
    for row in session.execute(select(*columns).where(*which).execution_options(yield_per=BATCH)).mappings():
        yield StoredTransaction(**row)  # type: ignore[typeddict-item]


def rekey_transactions(session: Session, user_id: int, pluggy_ids: Mapping[int, str], now: datetime) -> None:
    """Give stored rows (ids of ours) the Pluggy id under which they go on; they stand again if they were tombstones."""
    for batch in batches(pluggy_ids):
        new_id = case({row_id: pluggy_ids[row_id] for row_id in batch}, value=TransactionRow.id)
        session.execute(
            update(TransactionRow)
            .where(TransactionRow.id.in_(batch), is_of(user_id, TransactionRow.user_id))
            .values(pluggy_id=new_id, removed_at=None, missing_since=None, updated_at=now)
            .execution_options(synchronize_session=False)
        )


def note_missing(session: Session, user_id: int, ids: Iterable[int], now: datetime) -> None:
    """Note of these rows (ids of ours) that a listing left them out, unless an earlier one has already; to be listed again
    undoes it."""
    for batch in batches(ids):
        owned = update(TransactionRow).where(TransactionRow.id.in_(batch), is_of(user_id, TransactionRow.user_id))
        execute(session, owned.where(TransactionRow.missing_since.is_(None)).values(missing_since=now))


def remove_transactions(session: Session, user_id: int, ids: Iterable[int], now: datetime) -> int:
    """Make these rows (ids of ours) tombstones; returns how many were not already."""
    return sum(
        execute(
            session,
            update(TransactionRow)
            .where(
                TransactionRow.id.in_(batch),
                is_of(user_id, TransactionRow.user_id),
                TransactionRow.removed_at.is_(None),
            )
            .values(removed_at=now, missing_since=None, updated_at=now),
        )
        for batch in batches(ids)
    )


# --- the small parts -------------------------------------------------------------------------------------------------


@cache
def _upsert_accounts(dialect: str) -> Any:
    """INSERT, or UPDATE where a value differs; nothing where the row is somebody else's. What a merge does not list is
    written on insertion only. Built once: that takes longer than to run it."""
    statement = insert_of(dialect, _ACCOUNTS)
    new = {name: statement.excluded[name] for name in (*_ACCOUNT_VALUES, "listed") if name != "pluggy_id"}
    differs = or_(*(_ACCOUNTS.c[name].is_distinct_from(value) for name, value in new.items()))
    return statement.on_conflict_do_update(
        index_elements=[_ACCOUNTS.c.connection_id, _ACCOUNTS.c.pluggy_id],
        set_={**new, "updated_at": statement.excluded.updated_at},
        where=differs & (_ACCOUNTS.c.user_id == statement.excluded.user_id),
    )
