"""The way such bots are usually written, as well as it can be: ORM, one query and one insert a row, floats, a new connection
for every request, lists collected whole.

What it stores has our columns and our indexes in a table of its own, without foreign keys. A row that is there already is
left as it is, which is the cheapest thing to do and wrong. One commit an account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import requests
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    desc,
)
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeEngine

from open_finance.records import TransactionData
from open_finance.storage.models import TransactionRow
from open_finance.storage.types import Money, UtcDateTime
from tests.clocks import START

Json = dict[str, Any]

OWNER: Json = {"user_id": 1000, "connection_id": 1, "created_at": START, "updated_at": START, "carried": False}
_OURS = cast("Table", TransactionRow.__table__)


class Base(DeclarativeBase):
    """The rival's own tables."""


def _plain(column: Column[Any]) -> TypeEngine[Any]:
    """What somebody in a hurry would declare."""
    if column.name == "id":
        return BigInteger().with_variant(Integer, "sqlite")
    if isinstance(column.type, Money):
        return Float()
    if isinstance(column.type, UtcDateTime):
        return DateTime(timezone=True)
    return next((kind() for kind in (Boolean, Date, BigInteger, Integer) if isinstance(column.type, kind)), String())


class Transaction(Base):
    """One row of a bank."""

    __table__ = Table(
        "bank_transactions",
        Base.metadata,
        *(
            Column(each.name, _plain(each), primary_key=each.primary_key, nullable=each.nullable, index=each.index)
            for each in _OURS.columns
        ),
        UniqueConstraint("account_id", "pluggy_id"),
        Index("ix_join", "join_id", "joined_pluggy_id"),
        Index("ix_day", "account_id", desc("occurred_on"), desc("id")),
    )


@contextmanager
def naive_engine(url: str) -> Iterator[Engine]:
    """An engine as it comes, and the table."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def plain_rows(rows: Iterable[TransactionData]) -> list[Json]:
    """Our rows as the rival has them: floats."""
    return [
        {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()} for row in rows
    ]


def save(engine: Engine, account_id: int, rows: Iterable[Json]) -> None:
    """Add the rows that are not there yet."""
    with Session(engine) as session:
        for row in rows:
            known = session.query(Transaction).filter_by(account_id=account_id, pluggy_id=row["pluggy_id"]).first()
            if known is None:
                session.add(Transaction(account_id=account_id, **OWNER, **row))
        session.commit()


def forget(engine: Engine) -> None:
    """Empty the table."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)


def synchronise(api_url: str, pluggy_account: str, engine: Engine, account_id: int) -> None:
    """All of an account: fetched, then stored."""
    transactions: list[Json] = []
    following = f"/v2/transactions?accountId={pluggy_account}"
    while following:
        answer = requests.get(f"{api_url}{following}", headers={"X-API-KEY": "key"}, timeout=30)
        answer.raise_for_status()
        body = answer.json()
        transactions.extend(body["results"])
        following = body["next"]
    save(engine, account_id, [_columns(raw) for raw in transactions])


def _columns(raw: Json) -> Json:
    payment, card = raw["paymentData"] or {}, raw["creditCardMetadata"] or {}
    merchant, receiver = raw["merchant"] or {}, payment.get("receiver") or {}
    return {
        "pluggy_id": raw["id"],
        "occurred_on": date.fromisoformat(raw["date"][:10]),
        "occurred_at": datetime.fromisoformat(raw["date"]),
        "description": raw["description"],
        "description_raw": raw["descriptionRaw"],
        "amount": raw["amount"],
        "currency_code": raw["currencyCode"],
        "type": raw["type"],
        "status": raw["status"],
        "balance_after": raw["balance"],
        "day_order": raw["order"],
        "category_id": raw["categoryId"],
        "category": raw["category"],
        "operation_type": raw["operationType"],
        "payment_method": payment.get("paymentMethod"),
        "counterparty": receiver.get("name"),
        "merchant_name": merchant.get("businessName"),
        "merchant_cnpj": merchant.get("cnpj"),
        "merchant_cnae": merchant.get("cnae"),
        "mcc": card.get("payeeMCC"),
        "installment_number": card.get("installmentNumber"),
        "total_installments": card.get("totalInstallments"),
        "purchased_on": date.fromisoformat(card["purchaseDate"][:10]) if "purchaseDate" in card else None,
        "bill_forecast": card.get("billForecastDate"),
        "card_number": card.get("cardNumber"),
        "provider_id": raw["providerId"],
        "pluggy_created_at": datetime.fromisoformat(raw["createdAt"]),
        "pluggy_updated_at": datetime.fromisoformat(raw["updatedAt"]),
    }
