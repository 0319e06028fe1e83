"""Accounts that came back under another Pluggy id: which they are, how one takes in another's rows, and how that is undone.

Every function takes the session first and the person second, looks only at that person's rows, and never commits. Rows are
moved, matched and given back by statements over whole accounts. Connections are locked before their accounts, always in the
order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from open_finance.records import FormerAccount
from open_finance.storage import families, ledger, snapshots
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.edits import NOTE_SEPARATOR
from open_finance.storage.models import (
    JOINED_TRANSACTIONS,
    AccountJoinRow,
    AccountRow,
    Base,
    ConnectionRow,
    TransactionRow,
)
from open_finance.storage.statements import execute
from open_finance.storage.types import Money, UtcDateTime

_ACCOUNTS: Table = Base.metadata.tables[AccountRow.__tablename__]
_ROWS: Table = Base.metadata.tables[TransactionRow.__tablename__]
_PLACE = frozenset({"id", "account_id", "connection_id"})
ROW_VALUES = tuple(column.name for column in _ROWS.columns if column.name not in _PLACE)


# --- which accounts ------------------------------------------------------------------------------------------------------


def list_former_accounts(session: Session, user_id: int, connection_id: int) -> list[FormerAccount]:
    """The person's accounts of other connections that are read no more and whose history is kept, but for those that the
    person set apart."""
    columns = [_ACCOUNTS.c[name] for name in FormerAccount.__annotations__]
    query = (
        select(*columns)
        .join(ConnectionRow, ConnectionRow.id == AccountRow.connection_id)
        .where(AccountRow.user_id == user_id, AccountRow.connection_id != connection_id, _is_former())
        .order_by(AccountRow.id)
    )
    return [FormerAccount(**row) for row in session.execute(query).mappings()]  # type: ignore[typeddict-item]


def lock_connections(session: Session, user_id: int, connection_ids: Iterable[int]) -> None:
    """Keep these connections from being erased or read by anybody else until the transaction ends."""
    session.execute(
        select(ConnectionRow.id)
        .where(ConnectionRow.id.in_(set(connection_ids)), ConnectionRow.user_id == user_id)
        .order_by(ConnectionRow.id)
        .with_for_update(key_share=True)
    ).all()


def is_former_connection() -> ColumnElement[bool]:
    """That a connection is read no more, and its history is kept."""
    is_read = and_(ConnectionRow.disconnect_requested_at.is_(None), ConnectionRow.gone_at.is_(None))
    return and_(~is_read, ConnectionRow.erase_history.is_(False))


def _is_former() -> ColumnElement[bool]:
    return and_(is_former_connection(), AccountRow.apart.is_(False))


# --- taking in -----------------------------------------------------------------------------------------------------------


def begin_join(session: Session, user_id: int, account_id: int, former_id: int, now: datetime) -> int | None:
    """Note that an account takes in a former one, and keep the former's rows as they are for the day it is undone. Returns
    the join's id; None when either is no longer what it was.

    The rows are still the former account's; they are marked as brought by this join. ``finish_join`` follows.
    """
    former = _lock_former(session, user_id, account_id, former_id)
    if former is None:
        return None
    account, bank = former
    own = session.get_one(AccountRow, account_id, populate_existing=True)
    row = AccountJoinRow(
        user_id=user_id,
        account_id=account_id,
        former_connection_id=account.connection_id,
        former={
            "account": dump_account(account),
            "bank": bank,
            "own": {"custom_name": own.custom_name, "hidden": own.hidden},
            "history_from": own.history_from.isoformat() if own.history_from else None,
            "joins": list(_join_ids(session, user_id, former_id)),
            "snapshots": snapshots.dump_snapshots(session, user_id, former_id),
        },
        matched=0,
        kept=0,
        joined_at=now,
    )
    session.add(row)
    session.flush()
    # They are undone after this one, on the account that this one then gives back.
    session.execute(update(AccountJoinRow).where(AccountJoinRow.account_id == former_id).values(account_id=account_id))
    _keep_rows(session, row.id, former_id)
    execute(
        session,
        update(TransactionRow)
        .where(TransactionRow.account_id == former_id)
        .values(join_id=row.id, joined_pluggy_id=TransactionRow.pluggy_id, carried=True),
    )
    return row.id


def finish_join(
    session: Session, user_id: int, account_id: int, former_id: int, pairs: Mapping[int, str], now: datetime
) -> None:
    """Move the former account's rows. ``pairs``: ids of ours of its rows → Pluggy id of the account's row that each is: the
    former's row stays and takes over the other's values; what the person wrote on either is kept."""
    own = select(AccountRow.id, AccountRow.connection_id).where(
        AccountRow.id.in_((account_id, former_id)), AccountRow.user_id == user_id
    )
    connections = {row.id: row.connection_id for row in session.execute(own)}
    if len(connections) < 2:
        return
    ledger.rekey_transactions(session, user_id, pairs, now)
    twin = _ROWS.alias("twin")
    is_pair = and_(
        _ROWS.c.account_id == former_id, twin.c.account_id == account_id, twin.c.pluggy_id == _ROWS.c.pluggy_id
    )
    _note_earlier_joins(session, twin, is_pair)
    execute(session, update(_ROWS).where(is_pair).values(_values_of_both(twin, now)))
    _hand_over_news(session, twin, is_pair)
    former_ids = select(twin.c.pluggy_id).where(twin.c.account_id == former_id)
    execute(session, delete(_ROWS).where(_ROWS.c.account_id == account_id, _ROWS.c.pluggy_id.in_(former_ids)))
    execute(
        session,
        update(TransactionRow)
        .where(TransactionRow.account_id == former_id)
        .values(account_id=account_id, connection_id=connections[account_id], updated_at=now),
    )
    snapshots.take_over_snapshots(session, user_id, account_id, former_id)
    families.carry_share(session, user_id, account_id, former_id)
    _take_over(session, account_id, former_id)


def _lock_former(session: Session, user_id: int, account_id: int, former_id: int) -> tuple[AccountRow, str] | None:
    """The former account and its bank's name, if it may still be taken in by the other."""
    own = select(AccountRow.connection_id).where(
        AccountRow.id == account_id, AccountRow.user_id == user_id, AccountRow.apart.is_(False)
    )
    connection_id = session.scalar(own)
    if connection_id is None or account_id == former_id:
        return None
    is_of_same = and_(AccountRow.connection_id == connection_id, AccountRow.apart.is_(False))
    found = session.execute(
        select(AccountRow, ConnectionRow.connector_name)
        .join(ConnectionRow, ConnectionRow.id == AccountRow.connection_id)
        .where(AccountRow.id == former_id, AccountRow.user_id == user_id, or_(is_of_same, _is_former()))
        .with_for_update(of=AccountRow)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def _join_ids(session: Session, user_id: int, account_id: int) -> Iterable[int]:
    owned = select(AccountJoinRow.id).where(AccountJoinRow.account_id == account_id, AccountJoinRow.user_id == user_id)
    return session.scalars(owned.order_by(AccountJoinRow.id))


def _keep_rows(session: Session, join_id: int, former_id: int) -> None:
    names = ["before_join_id", *ROW_VALUES]
    rows = select(literal(join_id, BigInteger()), *(_ROWS.c[name] for name in ROW_VALUES))
    execute(
        session,
        insert(JOINED_TRANSACTIONS).from_select(
            names, rows.where(_ROWS.c.account_id == former_id), include_defaults=False
        ),
    )


def _note_earlier_joins(session: Session, twin: Any, is_pair: ColumnElement[bool]) -> None:
    """The account's own row goes: what it said of an earlier join is kept for the day this one is undone."""
    kept = JOINED_TRANSACTIONS
    is_kept = and_(kept.c.before_join_id == _ROWS.c.join_id, kept.c.pluggy_id == _ROWS.c.joined_pluggy_id)
    execute(
        session,
        update(kept)
        .where(is_kept, is_pair, twin.c.join_id.is_not(None))
        .values(own_join_id=twin.c.join_id, own_joined_pluggy_id=twin.c.joined_pluggy_id),
    )


def _hand_over_news(session: Session, twin: Any, is_pair: ColumnElement[bool]) -> None:
    """The account's own row goes: what is still to be told of it is told of the one that stays."""
    told = NotificationRow.transaction_id
    stays = select(_ROWS.c.id).where(is_pair, twin.c.id == told).scalar_subquery()
    is_going = select(twin.c.id).where(is_pair)
    execute(session, update(NotificationRow).where(told.in_(is_going)).values(transaction_id=stays))


def _values_of_both(twin: Any, now: datetime) -> dict[str, Any]:
    """The twin's values, for a row that stays what it was to the person: since when it is ours, and what they wrote."""
    own = {"pluggy_id", "created_at", "join_id", "joined_pluggy_id"}
    values: dict[str, Any] = {name: twin.c[name] for name in ROW_VALUES if name not in own}
    older = twin.c.created_at < _ROWS.c.created_at
    return {
        **values,
        "user_category": func.coalesce(twin.c.user_category, _ROWS.c.user_category),
        "note": case(
            (twin.c.note != _ROWS.c.note, twin.c.note + NOTE_SEPARATOR + _ROWS.c.note),
            else_=func.coalesce(twin.c.note, _ROWS.c.note),
        ),
        "created_at": case((older, twin.c.created_at), else_=_ROWS.c.created_at),
        "updated_at": now,
    }


def _take_over(session: Session, account_id: int, former_id: int) -> None:
    """What the person said of the former account holds for the one that goes on; the former is no more."""
    former = session.execute(
        delete(AccountRow).where(AccountRow.id == former_id).returning(AccountRow.custom_name, AccountRow.hidden)
    ).one()
    execute(
        session,
        update(AccountRow)
        .where(AccountRow.id == account_id)
        .values(
            custom_name=func.coalesce(AccountRow.custom_name, former.custom_name),
            hidden=or_(AccountRow.hidden, former.hidden),
        ),
    )


# --- what a pass knows of it ---------------------------------------------------------------------------------------------


def count_joined_days(session: Session, user_id: int, account_id: int) -> dict[date, tuple[int, int]]:
    """Of the rows that joins brought to an account: how many of each day its bank has listed, and how many it has not and
    stand all the same."""
    listed = func.sum(case((TransactionRow.carried.is_(False), 1), else_=0))
    others = func.sum(case((and_(TransactionRow.carried, TransactionRow.removed_at.is_(None)), 1), else_=0))
    rows = session.execute(
        select(TransactionRow.occurred_on, listed, others)
        .where(
            TransactionRow.account_id == account_id,
            TransactionRow.user_id == user_id,
            TransactionRow.join_id.is_not(None),
        )
        .group_by(TransactionRow.occurred_on)
    )
    return {day: (int(of_listed), int(of_others)) for day, of_listed, of_others in rows}


def set_history_from(session: Session, user_id: int, account_id: int, day: date | None) -> None:
    """Note from which day on the account's bank lists what joins brought."""
    owned = update(AccountRow).where(AccountRow.id == account_id, AccountRow.user_id == user_id)
    session.execute(owned.values(history_from=day))


def count_joins(session: Session, user_id: int, account_id: int) -> None:
    """Bring the numbers of an account's joins up to date; those that have no row of their own left stay as they were."""
    is_matched = or_(TransactionRow.carried.is_(False), TransactionRow.pluggy_id != TransactionRow.joined_pluggy_id)
    counts = session.execute(
        select(
            TransactionRow.join_id,
            func.sum(case((is_matched, 1), else_=0)),
            func.sum(case((and_(~is_matched, TransactionRow.removed_at.is_(None)), 1), else_=0)),
        )
        .where(TransactionRow.account_id == account_id, TransactionRow.user_id == user_id)
        .where(TransactionRow.join_id.is_not(None))
        .group_by(TransactionRow.join_id)
    ).all()
    for join_id, matched, kept in counts:
        owned = update(AccountJoinRow).where(AccountJoinRow.id == join_id, AccountJoinRow.user_id == user_id)
        session.execute(owned.values(matched=int(matched), kept=int(kept)))


# --- the small parts -----------------------------------------------------------------------------------------------------


def dump_account(account: AccountRow) -> dict[str, Any]:
    """Every column of an account, as JSON holds it."""
    values = {column.name: getattr(account, column.name) for column in _ACCOUNTS.columns}
    return {
        name: value if value is None or isinstance(value, bool | int) else str(value) for name, value in values.items()
    }


def load_account(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What ``dump_account`` wrote. A column that it did not know keeps its default."""
    return {name: _value(_ACCOUNTS.c[name].type, value) for name, value in stored.items() if name in _ACCOUNTS.c}


def _value(kind: Any, value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return value
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(kind, Money) else value
