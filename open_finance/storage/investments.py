"""Positions, their movements and their days; caixinhas; and how asking for them ended. As in ``ledger``: the session first
and the person second, only that person's rows, and nothing is committed. What writes them is ``investment_writes``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from sqlalchemy import Select, Table, and_, select
from sqlalchemy.orm import Session

from open_finance.investment_records import (
    Investment,
    InvestmentData,
    InvestmentSnapshot,
    InvestmentTransaction,
    InvestmentTransactionData,
    Pot,
    Product,
    ProductRead,
)
from open_finance.storage.investment_models import (
    InvestmentRow,
    InvestmentSnapshotRow,
    InvestmentTransactionRow,
    PotRow,
    ProductReadRow,
)
from open_finance.storage.models import AccountRow, ConnectionRow

_OWN = ("id", "connection_id", "listed", "missing_since", "ended_on", "created_at")
_INVESTMENTS = cast("Table", InvestmentRow.__table__)
_COLUMNS = [_INVESTMENTS.c[name] for name in (*_OWN, *InvestmentData.__annotations__)]
_MOVES = cast("Table", InvestmentTransactionRow.__table__)
_MOVE_COLUMNS = [_MOVES.c[name] for name in ("id", "investment_id", *InvestmentTransactionData.__annotations__)]


def list_investments(session: Session, user_id: int, *, include_disconnected: bool = False) -> list[Investment]:
    """The person's positions, oldest connection first; also those that ended. Without ``include_disconnected`` those of a
    connection on its way out are left out."""
    query = holdings_of(user_id, InvestmentRow, _COLUMNS, "investments", include_disconnected=include_disconnected)
    return cast("list[Investment]", _dicts(session, query))


def holdings_of(
    person: int, row: Any, columns: Iterable[Any], product: Product, *, include_disconnected: bool
) -> Select[Any]:
    """A person's rows of ``row`` (positions or loans), oldest connection first, each with its bank's name and when the bank
    last listed ``product``; those of a connection on its way out only on request."""
    read = and_(ProductReadRow.connection_id == row.connection_id, ProductReadRow.product == product)
    query = (
        select(*columns, ConnectionRow.connector_name, ProductReadRow.read_at)
        .join(ConnectionRow, ConnectionRow.id == row.connection_id)
        .outerjoin(ProductReadRow, read)
        .where(row.user_id == person)
        .order_by(row.connection_id, row.id)
    )
    return query if include_disconnected else query.where(ConnectionRow.disconnect_requested_at.is_(None))


def list_investment_transactions(
    session: Session, user_id: int, investment_ids: Iterable[int], *, date_from: date | None = None
) -> list[InvestmentTransaction]:
    """The movements of these positions of the person from a day on, the oldest first."""
    query = select(*_MOVE_COLUMNS).where(
        InvestmentTransactionRow.user_id == user_id, InvestmentTransactionRow.investment_id.in_(list(investment_ids))
    )
    if date_from is not None:
        query = query.where(InvestmentTransactionRow.occurred_on >= date_from)
    ordered = query.order_by(InvestmentTransactionRow.occurred_on, InvestmentTransactionRow.id)
    return cast("list[InvestmentTransaction]", _dicts(session, ordered))


def list_investment_snapshots(
    session: Session, user_id: int, investment_ids: Iterable[int], *, date_from: date | None = None
) -> list[InvestmentSnapshot]:
    """What these positions of the person were worth from a day on, the oldest day first."""
    columns = [getattr(InvestmentSnapshotRow, name) for name in InvestmentSnapshot._fields]
    query = select(*columns).where(
        InvestmentSnapshotRow.user_id == user_id, InvestmentSnapshotRow.investment_id.in_(list(investment_ids))
    )
    if date_from is not None:
        query = query.where(InvestmentSnapshotRow.day >= date_from)
    ordered = query.order_by(InvestmentSnapshotRow.day, InvestmentSnapshotRow.investment_id)
    return [InvestmentSnapshot(*row) for row in session.execute(ordered)]


def list_pots(session: Session, user_id: int) -> list[Pot]:
    """The person's caixinhas, of the accounts that their banks still list, in the order of these and of the bank."""
    columns = [getattr(PotRow, name) for name in ("account_id", "key", "name", "amount")]
    query = (
        select(*columns)
        .join(AccountRow, AccountRow.id == PotRow.account_id)
        .where(PotRow.user_id == user_id, AccountRow.listed)
        .order_by(PotRow.account_id, PotRow.key)
    )
    return cast("list[Pot]", _dicts(session, query))


def list_product_reads(session: Session, user_id: int) -> list[ProductRead]:
    """How asking the person's connections for investments and loans last ended, oldest connection first."""
    columns = [getattr(ProductReadRow, name) for name in ProductRead._fields]
    query = select(*columns).where(ProductReadRow.user_id == user_id)
    ordered = query.order_by(ProductReadRow.connection_id, ProductReadRow.product)
    return [ProductRead(*row) for row in session.execute(ordered)]


def _dicts(session: Session, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(query).mappings()]
