"""What a person's accounts held on each day. As in ``ledger``: the session first and the person second, only that person's
rows, and nothing is committed.

A snapshot is copied from the account in one statement, and written only where it says something new: a second pass over the
same data writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from sqlalchemy import Date, Table, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from open_finance.records import BalanceSnapshot
from open_finance.storage.models import AccountRow
from open_finance.storage.outlook_models import BalanceSnapshotRow
from open_finance.storage.statements import execute, insert_of, is_of
from open_finance.storage.types import UtcDateTime

_SNAPSHOTS = cast("Table", BalanceSnapshotRow.__table__)
_COLUMNS = tuple(_SNAPSHOTS.c[name] for name in BalanceSnapshot._fields)
_HELD = ("balance", "reserved", "invested")


def save_snapshot(session: Session, user_id: int, account_id: int, day: date, now: datetime) -> bool:
    """Note what an account holds, as the snapshot of a day: a later reading of the same day takes the place of the one
    before. False where nothing is written, since that is known already, or the account is somebody else's."""
    values = {"day": day, "now": now, "account": account_id, "person": user_id}
    result: Any = session.execute(_upsert(session.get_bind().dialect.name), values)
    return bool(result.rowcount)


def list_snapshots(
    session: Session, user_id: int, account_ids: Iterable[int], *, date_from: date | None = None
) -> list[BalanceSnapshot]:
    """The person's snapshots of these accounts from a day on, the oldest day first."""
    query = select(*_COLUMNS).where(
        is_of(user_id, BalanceSnapshotRow.user_id), BalanceSnapshotRow.account_id.in_(list(account_ids))
    )
    if date_from is not None:
        query = query.where(BalanceSnapshotRow.day >= date_from)
    ordered = query.order_by(BalanceSnapshotRow.day, BalanceSnapshotRow.account_id)
    return [BalanceSnapshot(*row) for row in session.execute(ordered)]


# --- accounts that go on in others ---------------------------------------------------------------------------------------


def take_over_snapshots(session: Session, user_id: int, account_id: int, former_id: int) -> None:
    """An account goes on from a former one: the days that it has none of are the former's. What is left there goes with
    that account."""
    own = select(BalanceSnapshotRow.day).where(BalanceSnapshotRow.account_id == account_id)
    owned = update(BalanceSnapshotRow).where(
        BalanceSnapshotRow.account_id == former_id, BalanceSnapshotRow.user_id == user_id
    )
    execute(session, owned.where(BalanceSnapshotRow.day.not_in(own)).values(account_id=account_id))


def dump_snapshots(session: Session, user_id: int, account_id: int) -> list[list[str | None]]:
    """An account's snapshots as JSON holds them, for the day on which a join is undone."""
    return [
        [one.day.isoformat(), *(_text(getattr(one, name)) for name in _HELD), one.taken_at.isoformat()]
        for one in list_snapshots(session, user_id, [account_id])
    ]


def give_back_snapshots(
    session: Session, user_id: int, account_id: int, former_id: int, kept: Sequence[Sequence[str | None]]
) -> None:
    """A join is undone: the former account has what ``dump_snapshots`` kept of it, and the account that took them over
    goes on without those that it has not read itself since."""
    snapshots = [_load(former_id, values) for values in kept]
    own = {one.day: one.taken_at for one in list_snapshots(session, user_id, [account_id])}
    moved = [one.day for one in snapshots if own.get(one.day) == one.taken_at]
    owned = BalanceSnapshotRow.account_id == account_id, BalanceSnapshotRow.user_id == user_id
    execute(session, delete(BalanceSnapshotRow).where(*owned, BalanceSnapshotRow.day.in_(moved)))
    is_own = select(AccountRow.id).where(AccountRow.id == former_id, AccountRow.user_id == user_id)
    if snapshots and session.scalar(is_own) is not None:
        session.execute(insert(BalanceSnapshotRow), [{**one._asdict(), "user_id": user_id} for one in snapshots])


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def _load(account_id: int, values: Sequence[str | None]) -> BalanceSnapshot:
    day, balance, reserved, invested, taken_at = values
    assert day is not None
    assert balance is not None
    assert taken_at is not None
    return BalanceSnapshot(
        account_id,
        date.fromisoformat(day),
        Decimal(balance),
        None if reserved is None else Decimal(reserved),
        None if invested is None else Decimal(invested),
        datetime.fromisoformat(taken_at),
    )


@cache
def _upsert(dialect: str) -> Any:
    """INSERT from the account's own row, or UPDATE where a value differs. Built once: that takes longer than to run it."""
    held = (AccountRow.balance, AccountRow.reserved, AccountRow.automatically_invested)
    of_account = select(
        AccountRow.id,
        bindparam("day", type_=Date()),
        AccountRow.user_id,
        *held,
        bindparam("now", type_=UtcDateTime()),
    ).where(AccountRow.id == bindparam("account"), AccountRow.user_id == bindparam("person"))
    statement = insert_of(dialect, _SNAPSHOTS).from_select(
        ["account_id", "day", "user_id", *_HELD, "taken_at"], of_account, include_defaults=False
    )
    new = {name: statement.excluded[name] for name in (*_HELD, "taken_at")}
    return statement.on_conflict_do_update(
        index_elements=[_SNAPSHOTS.c.account_id, _SNAPSHOTS.c.day],
        set_=new,
        where=or_(*(_SNAPSHOTS.c[name].is_distinct_from(new[name]) for name in _HELD)),
    )
