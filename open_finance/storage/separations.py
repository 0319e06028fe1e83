"""Joins as their person sees them, and how the latest is undone.

Every function takes the session first and the person second, looks only at that person's rows, and never commits.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Table, and_, case, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from open_finance.records import AccountJoin
from open_finance.storage.families import hide_accounts
from open_finance.storage.joins import ROW_VALUES, load_account, lock_connections
from open_finance.storage.models import JOINED_TRANSACTIONS, AccountJoinRow, AccountRow, Base, TransactionRow
from open_finance.storage.snapshots import give_back_snapshots
from open_finance.storage.statements import execute

_ROWS: Table = Base.metadata.tables[TransactionRow.__tablename__]
#: What the person wrote stays as it is now.
_WRITTEN = ("user_category", "note")
_CALLED = ("name", "marketing_name", "custom_name")


def list_joins(session: Session, user_id: int, connection_id: int | None = None) -> list[AccountJoin]:
    """The person's joins, the latest first; those into one connection's accounts where it is given."""
    query = _joins(user_id)
    if connection_id is not None:
        query = query.where(AccountRow.connection_id == connection_id)
    latest: set[int] = set()
    found = []
    for row, own_connection_id in session.execute(query):
        found.append(_join(row, own_connection_id, is_latest=row.account_id not in latest))
        latest.add(row.account_id)
    return found


def separate(session: Session, user_id: int, account_id: int) -> AccountJoin | None:
    """Undo an account's latest join: the former account stands again with its rows as they were, but for what the person
    wrote since, and is set apart: it is joined to nothing any more. The account goes on, through whichever door it comes
    next. What the join was; None when there is none that can be undone."""
    latest = session.execute(_joins(user_id).where(AccountJoinRow.account_id == account_id).limit(1)).one_or_none()
    if latest is None or latest[0].former_connection_id is None:
        return None
    lock_connections(session, user_id, {latest[1], latest[0].former_connection_id})
    # Whoever held a lock may have changed what was just read.
    found = session.execute(
        _joins(user_id).where(AccountJoinRow.id == latest[0].id, AccountJoinRow.account_id == account_id)
    ).one_or_none()
    if found is None or found[0].former_connection_id is None:
        return None
    row, connection_id = found
    former_id = _restore_account(session, row, is_same=connection_id == row.former_connection_id)
    if former_id is None:
        return None
    _give_back(session, row, former_id)
    give_back_snapshots(session, user_id, account_id, former_id, row.former.get("snapshots", ()))
    _settle_own(session, row, former_id)
    hide_accounts(session, user_id, (account_id, former_id))  # what was shared may have been the other one
    join = _join(row, connection_id, is_latest=True)
    session.execute(delete(AccountJoinRow).where(AccountJoinRow.id == row.id))
    return join


def _joins(user_id: int) -> Any:
    return (
        select(AccountJoinRow, AccountRow.connection_id)
        .join(AccountRow, AccountRow.id == AccountJoinRow.account_id)
        .where(AccountJoinRow.user_id == user_id)
        .order_by(AccountJoinRow.id.desc())
        .execution_options(populate_existing=True)
    )


def _join(row: AccountJoinRow, connection_id: int, *, is_latest: bool) -> AccountJoin:
    account = row.former.get("account", {})
    return AccountJoin(
        id=row.id,
        account_id=row.account_id,
        connection_id=connection_id,
        former_connection_id=row.former_connection_id,
        bank=row.former.get("bank", ""),
        account=account.get("custom_name") or account.get("marketing_name") or account.get("name") or "",
        matched=row.matched,
        kept=row.kept,
        joined_at=row.joined_at,
        separable=is_latest and row.former_connection_id is not None,
    )


def forget_former(session: Session, user_id: int, connection_id: int) -> None:
    """A connection is to be erased: what joins keep of its accounts goes too, but for what they were called. They can no
    longer be undone."""
    of_it = AccountJoinRow.user_id == user_id, AccountJoinRow.former_connection_id == connection_id
    for row in session.scalars(select(AccountJoinRow).where(*of_it)):
        account = row.former.get("account", {})
        row.former = {"bank": row.former.get("bank", ""), "account": {name: account.get(name) for name in _CALLED}}
        execute(session, delete(JOINED_TRANSACTIONS).where(JOINED_TRANSACTIONS.c.before_join_id == row.id))


# --- giving back ---------------------------------------------------------------------------------------------------------


def _restore_account(session: Session, row: AccountJoinRow, *, is_same: bool) -> int | None:
    """The former account as it was, under the id it had where that is still free. None when its connection, which was
    thought to be lost, has brought it again meanwhile."""
    values = load_account(row.former["account"])
    values |= {"connection_id": row.former_connection_id, "user_id": row.user_id, "apart": True}
    if is_same:
        values["listed"] = False  # its bank lists the other one
    is_there = select(AccountRow.id).where(
        AccountRow.connection_id == row.former_connection_id, AccountRow.pluggy_id == values["pluggy_id"]
    )
    if session.scalar(is_there) is not None:
        return None
    if session.scalar(select(AccountRow.id).where(AccountRow.id == values["id"])) is not None:
        del values["id"]
    return session.scalars(insert(AccountRow).values(values).returning(AccountRow.id)).one()


def _give_back(session: Session, row: AccountJoinRow, former_id: int) -> None:
    """The rows that only the former account had go back; of the others it gets its own again."""
    kept, place = JOINED_TRANSACTIONS, {"account_id": former_id, "connection_id": row.former_connection_id}
    of_join = and_(kept.c.before_join_id == row.id, _ROWS.c.account_id == row.account_id, _ROWS.c.join_id == row.id)
    live = and_(of_join, _ROWS.c.joined_pluggy_id == kept.c.pluggy_id)
    alone = and_(live, _ROWS.c.carried, _ROWS.c.pluggy_id == _ROWS.c.joined_pluggy_id)
    as_it_was = {name: kept.c[name] for name in ROW_VALUES if name not in _WRITTEN}
    execute(session, update(_ROWS).where(alone).values({**place, **as_it_was}))
    here = _ROWS.alias("here")
    is_here = here.select().where(here.c.account_id == former_id, here.c.pluggy_id == kept.c.pluggy_id).exists()
    written = {name: case((_ROWS.c.id.is_(None), kept.c[name]), else_=_ROWS.c[name]) for name in _WRITTEN}
    values = [written.get(name, kept.c[name]) for name in ROW_VALUES]
    copies = (
        select(*map(_number, place.values()), *values)
        .select_from(kept.outerjoin(_ROWS, live))
        .where(kept.c.before_join_id == row.id, ~is_here)
    )
    execute(session, insert(_ROWS).from_select([*place, *ROW_VALUES], copies, include_defaults=False))
    execute(
        session,
        update(_ROWS).where(live).values(join_id=kept.c.own_join_id, joined_pluggy_id=kept.c.own_joined_pluggy_id),
    )


def _settle_own(session: Session, row: AccountJoinRow, former_id: int) -> None:
    """The account goes on as it was before the join, but for what the person said of it since; earlier joins of the former
    account are its own again."""
    day, own, account = row.former.get("history_from"), row.former.get("own", {}), row.former["account"]
    named_by_join = and_(AccountRow.custom_name == account.get("custom_name"), literal("custom_name" in own))
    hidden_by_join = and_(
        AccountRow.hidden.is_(True), literal(account.get("hidden") is True and own.get("hidden") is False)
    )
    execute(
        session,
        update(AccountRow)
        .where(AccountRow.id == row.account_id)
        .values(
            history_from=date.fromisoformat(day) if day else None,
            custom_name=case((named_by_join, own.get("custom_name")), else_=AccountRow.custom_name),
            hidden=case((hidden_by_join, False), else_=AccountRow.hidden),
        ),
    )
    own_joins = AccountJoinRow.id.in_(row.former.get("joins", ()))
    execute(session, update(AccountJoinRow).where(own_joins).values(account_id=former_id))


def _number(value: int | None) -> Any:
    return literal(value, BigInteger())
