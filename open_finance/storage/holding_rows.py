"""What positions and loans have in common as rows: read with how they stand, written where they change, taken over by
another connection. As in ``ledger``: the session first and the person second, only that person's rows, nothing is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Select, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from open_finance.investment_merge import (
    Kept,
    Standing,
    changed_fields,
    is_news,
    merge_told,
    standing_when_stored,
)
from open_finance.investment_records import InvestmentData, LoanData
from open_finance.storage.investment_models import InvestmentRow, LoanRow
from open_finance.storage.joins import is_former_connection
from open_finance.storage.loans import decode_loan, encode_loan
from open_finance.storage.models import ConnectionRow
from open_finance.storage.statements import execute

T = TypeVar("T", InvestmentData, LoanData)


@dataclass(frozen=True, slots=True)
class Holding(Generic[T]):
    """A table of them. ``encode``, ``decode``: between a record and its columns."""

    row: Any
    names: tuple[str, ...]
    encode: Callable[[Any], dict[str, Any]]
    decode: Callable[[Mapping[Any, Any]], Any]


INVESTMENTS: Holding[InvestmentData] = Holding(InvestmentRow, tuple(InvestmentData.__annotations__), dict, dict)
LOANS: Holding[LoanData] = Holding(LoanRow, tuple(LoanData.__annotations__), encode_loan, decode_loan)


@dataclass(frozen=True, slots=True)
class Merged:
    """Our ids of the rows that a listing wrote: new ones, and those of which something is news."""

    added: frozenset[int] = frozenset()
    updated: frozenset[int] = frozenset()


def list_kept(session: Session, user_id: int, holding: Holding[T], connection_id: int) -> list[Kept[T]]:
    """All that a connection of the person's has had, oldest first."""
    return _read(session, holding, _kept(holding), {"person": user_id, "connection": connection_id})


def list_former(session: Session, user_id: int, holding: Holding[T], connection_id: int) -> list[Kept[T]]:
    """What the person has under other connections that are read no more and whose history is kept, oldest first."""
    return _read(session, holding, _former(holding), {"person": user_id, "connection": connection_id})


def merge_listed(
    session: Session, user_id: int, holding: Holding[T], connection_id: int, listed: list[T], now: datetime
) -> Merged:
    """Store what a connection lists, by Pluggy's ids: what is not told does not erase what was known, what was gone is
    back, and what is unchanged is not written."""
    owned = select(ConnectionRow.id).where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id)
    if not listed or session.scalar(owned) is None:
        return Merged()
    known = {kept.data["pluggy_id"]: kept for kept in list_kept(session, user_id, holding, connection_id)}
    added, updated = set(), set()
    for pluggy_id, told in {each["pluggy_id"]: each for each in listed}.items():
        kept = known.get(pluggy_id)
        if kept is None:
            added.add(_insert(session, user_id, holding, connection_id, told, now))
        elif _update(session, user_id, holding, kept, told, now):
            updated.add(kept.id)
    return Merged(frozenset(added), frozenset(updated))


def set_standing(
    session: Session, user_id: int, holding: Holding[T], row_id: int, standing: Standing, now: datetime
) -> int:
    """Note how a position or a loan stands now. Returns the rows written."""
    row = holding.row
    owned = update(row).where(row.id == row_id, row.user_id == user_id)
    return execute(session, owned.values(**standing._asdict(), updated_at=now))


def move_holding(
    session: Session, user_id: int, holding: Holding[T], row_id: int, target: tuple[int, str], now: datetime
) -> int:
    """A position or a loan goes on under another connection of the person's and another id of Pluggy's (``target``), and
    keeps its own. Returns the rows written."""
    row, (connection_id, pluggy_id) = holding.row, target
    is_own = select(ConnectionRow.id).where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id)
    owned = update(row).where(row.id == row_id, row.user_id == user_id, is_own.exists())
    values = {"connection_id": connection_id, "pluggy_id": pluggy_id, **Standing()._asdict(), "updated_at": now}
    return execute(session, owned.values(**values))


def take_place(session: Session, user_id: int, holding: Holding[T], row_id: int, twin_id: int, now: datetime) -> int:
    """A row takes the place and the values of another one (``twin_id``), which goes; what belongs to that one and is to stay
    has been taken over before. Returns the rows written; none where either is not the person's."""
    row = holding.row
    named = _of_person(holding).where(row.id.in_((row_id, twin_id)))
    both = {one.id: one for one in _read(session, holding, named, {"person": user_id})}
    if len(both) < 2:
        return 0
    twin = both[twin_id]
    execute(session, delete(row).where(row.id == twin_id, row.user_id == user_id))
    target = (twin.connection_id, twin.data["pluggy_id"])
    moved = move_holding(session, user_id, holding, row_id, target, now)
    merge_listed(session, user_id, holding, twin.connection_id, [twin.data], now)
    set_standing(session, user_id, holding, row_id, twin.standing, now)
    return moved


def _insert(session: Session, user_id: int, holding: Holding[T], connection_id: int, told: T, now: datetime) -> int:
    owner = {"user_id": user_id, "connection_id": connection_id, "created_at": now, "updated_at": now}
    values = {**holding.encode(told), **Standing()._asdict(), **owner}
    return int(session.scalars(insert(holding.row).returning(holding.row.id), [values]).one())


def _update(session: Session, user_id: int, holding: Holding[T], kept: Kept[T], told: T, now: datetime) -> bool:
    """Whether it is news."""
    changes = changed_fields(holding.encode(kept.data), holding.encode(merge_told(kept.data, told)))
    standing = standing_when_stored(kept.standing)
    has_news = is_news(changes) or not kept.standing.listed
    if not changes and standing == kept.standing:
        return False
    stamp = {"updated_at": now} if has_news else {}
    row = holding.row
    owned = update(row).where(row.id == kept.id, row.user_id == user_id)
    execute(session, owned.values(**changes, **standing._asdict(), **stamp))
    return has_news


@cache
def _of_person(holding: Holding[T]) -> Select[Any]:
    """Built once, as those below: it has dozens of columns, and every pass asks."""
    row = holding.row
    columns = [getattr(row, name) for name in ("id", "connection_id", *Standing._fields, *holding.names)]
    query = select(*columns, ConnectionRow.connector_name).join(ConnectionRow, ConnectionRow.id == row.connection_id)
    return query.where(row.user_id == bindparam("person")).order_by(row.id)


@cache
def _kept(holding: Holding[T]) -> Select[Any]:
    return _of_person(holding).where(holding.row.connection_id == bindparam("connection"))


@cache
def _former(holding: Holding[T]) -> Select[Any]:
    return _of_person(holding).where(holding.row.connection_id != bindparam("connection"), is_former_connection())


def _read(session: Session, holding: Holding[T], query: Select[Any], values: Mapping[str, int]) -> list[Kept[T]]:
    return [
        Kept(
            id=one["id"],
            connection_id=one["connection_id"],
            connector_name=one["connector_name"],
            data=cast("T", holding.decode({name: one[name] for name in holding.names})),
            standing=Standing(*(one[name] for name in Standing._fields)),
        )
        for one in session.execute(query, values).mappings()
    ]
