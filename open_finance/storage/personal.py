"""All that is stored of one person, whatever the table: counted, read out, erased. Never commits.

The tables are found by their ``user_id`` column, so that one that is added later is neither left out of an archive nor
left behind by an erasure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Table, delete, extract, func, select
from sqlalchemy.orm import Session

from open_finance.storage.models import JOINED_TRANSACTIONS, AccountRow, Base, ConnectionRow, IntentRow, TransactionRow
from open_finance.storage.person_models import BankWatchRow, ConsentRow, ErasureRow, PromptRow, ReconnectNoticeRow
from open_finance.storage.statements import execute

#: The tables with people's rows, children before parents.
_TABLES: Final[dict[str, Table]] = {
    table.name: table for table in reversed(Base.metadata.sorted_tables) if "user_id" in table.c
}
#: What an erasure needs until its end: the items to delete, the requests that may still make one, and itself.
_LAST: Final = frozenset({ConnectionRow.__tablename__, IntentRow.__tablename__, ErasureRow.__tablename__})
_TRANSACTIONS: Final = TransactionRow.__tablename__
#: Tables of transactions, which an archive may have in parts.
_BY_YEAR: Final = frozenset({_TRANSACTIONS, JOINED_TRANSACTIONS.name})
_STREAM: Final = {"yield_per": 500}


class PersonalSummary(NamedTuple):
    """How much is stored of a person. ``banks``: the names, each once. ``since``: the day of the oldest row. ``consent_at``:
    when the person last agreed to be read. ``is_empty``: no row in any table."""

    banks: tuple[str, ...]
    accounts: int
    transactions: int
    since: date | None
    consent_at: datetime | None
    is_empty: bool


class AccountNames(NamedTuple):
    """What an account is called, for rows that only carry its id."""

    bank: str
    account: str
    synced_at: datetime | None


# --- reading ---------------------------------------------------------------------------------------------------------


def measure_person(session: Session, user_id: int) -> PersonalSummary:
    """How much is stored of a person; rows that a bank took back are not counted."""
    owned = select(ConnectionRow.connector_name).where(ConnectionRow.user_id == user_id).order_by(ConnectionRow.id)
    accounts = select(func.count()).select_from(AccountRow).where(AccountRow.user_id == user_id)
    transactions, since = session.execute(
        select(func.count(), func.min(TransactionRow.occurred_on)).where(
            TransactionRow.user_id == user_id, TransactionRow.removed_at.is_(None)
        )
    ).one()
    return PersonalSummary(
        banks=tuple(dict.fromkeys(session.scalars(owned))),
        accounts=session.scalar(accounts) or 0,
        transactions=transactions,
        since=since,
        consent_at=session.scalar(select(func.max(ConsentRow.given_at)).where(ConsentRow.user_id == user_id)),
        is_empty=not any(_has_rows(session, table, user_id) for table in _TABLES.values()),
    )


def list_tables() -> list[str]:
    """The tables with people's rows, parents before children."""
    return list(reversed(_TABLES))


def begin_snapshot(session: Session) -> None:
    """Everything read in this session from now on is of one moment. Call it before anything is read."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite gives that by itself
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def iter_rows(session: Session, user_id: int, table: str, *, year: int | None = None) -> Iterator[dict[str, Any]]:
    """A person's rows of a table, all columns, in the order of their keys, a few at a time. ``year``: of transactions only
    those of that year."""
    owned = _TABLES[table]
    query = select(owned).where(owned.c.user_id == user_id).order_by(*owned.primary_key.columns)
    if year is not None and table in _BY_YEAR:
        query = query.where(_in_year(owned, year))
    for row in session.execute(query, execution_options=_STREAM).mappings():
        yield dict(row)


def iter_transactions(session: Session, user_id: int, *, year: int | None = None) -> Iterator[dict[str, Any]]:
    """A person's transactions, those that a bank took back as well, the oldest day first, a few at a time."""
    table = _TABLES[_TRANSACTIONS]
    query = select(table).where(table.c.user_id == user_id).order_by(table.c.occurred_on, table.c.id)
    if year is not None:
        query = query.where(_in_year(table, year))
    for row in session.execute(query, execution_options=_STREAM).mappings():
        yield dict(row)


def list_account_rows(session: Session, user_id: int) -> list[dict[str, Any]]:
    """A person's accounts, all columns, with the bank's name and when it was last read (``bank``, ``synced_at``)."""
    columns = (*AccountRow.__table__.c, ConnectionRow.connector_name.label("bank"), ConnectionRow.last_synced_at)
    owned = (
        select(*columns)
        .join(ConnectionRow, ConnectionRow.id == AccountRow.connection_id)
        .where(AccountRow.user_id == user_id)
        .order_by(AccountRow.id)
    )
    return [dict(row) for row in session.execute(owned).mappings()]


def list_years(session: Session, user_id: int) -> list[int]:
    """The years of which there are transactions, also copies of joined ones, the oldest first."""
    found: set[int] = set()
    for name in _BY_YEAR:
        table = _TABLES[name]
        years = select(extract("year", table.c.occurred_on)).where(table.c.user_id == user_id).distinct()
        found.update(map(int, session.scalars(years)))
    return sorted(found)


# --- erasing ---------------------------------------------------------------------------------------------------------


def list_erasable_tables() -> list[str]:
    """The tables whose rows need not wait for Pluggy, children before parents."""
    return [name for name in _TABLES if name not in _LAST]


def erase_rows(session: Session, user_id: int, table: str, limit: int) -> int:
    """Delete up to ``limit`` of a person's rows of a table, so that nobody waits long for the lock. Returns how many."""
    owned = _TABLES[table]
    keys = list(owned.primary_key.columns)
    mine = owned.c.user_id == user_id
    if len(keys) > 1:  # a few rows a person
        return execute(session, delete(owned).where(mine))
    some = select(keys[0]).where(mine).order_by(keys[0]).limit(limit)
    return execute(session, delete(owned).where(keys[0].in_(some)))


def erase_ended_connections(session: Session, user_id: int) -> None:
    """Delete the rows of banks that are disconnected already: nothing is left of them but these."""
    ended = ConnectionRow.user_id == user_id, ConnectionRow.disconnected_at.is_not(None)
    session.execute(delete(ConnectionRow).where(*ended))


def erase_intents(session: Session, user_id: int, awaited_since: datetime) -> bool:
    """Delete the person's intents, but for requests that may be under way since that moment: True when there is one.

    Waits for whoever is storing the answer of one just now.
    """
    owned = select(IntentRow).where(IntentRow.user_id == user_id).with_for_update()
    awaited = [
        row.id
        for row in session.scalars(owned)
        if row.state in {"posting", "uncertain"} and row.updated_at > awaited_since
    ]
    session.execute(delete(IntentRow).where(IntentRow.user_id == user_id, IntentRow.id.not_in(awaited)))
    return bool(awaited)


def has_intents(session: Session, user_id: int) -> bool:
    """Whether the person has any intent, open or ended."""
    return _has_rows(session, _TABLES[IntentRow.__tablename__], user_id)


def erase_expectations(session: Session, user_id: int) -> None:
    """Delete what the person was going to be asked or told."""
    for row in (PromptRow, BankWatchRow, ReconnectNoticeRow):
        session.execute(delete(row).where(row.user_id == user_id))


def erase_person(session: Session, user_id: int) -> bool:
    """Delete whatever is left of a person in any table but ``erasures``. False, and nothing deleted, while there is a
    connection: its item is still at Pluggy."""
    if _has_rows(session, _TABLES[ConnectionRow.__tablename__], user_id):
        return False
    for name, table in _TABLES.items():
        if name != ErasureRow.__tablename__:
            session.execute(delete(table).where(table.c.user_id == user_id))
    return True


# --- the small parts -------------------------------------------------------------------------------------------------


def _has_rows(session: Session, table: Table, user_id: int) -> bool:
    return session.execute(select(table.c.user_id).where(table.c.user_id == user_id).limit(1)).first() is not None


def _in_year(table: Table, year: int) -> ColumnElement[bool]:
    return table.c.occurred_on.between(date(year, 1, 1), date(year, 12, 31))
