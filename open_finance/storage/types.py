"""Column types: money as integer centavos, instants as aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.types import TypeDecorator

from open_finance.money import from_centavos, to_centavos

#: SQLite only auto-increments a plain INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")


class Money(TypeDecorator[Decimal]):
    """``Decimal`` to the centavo, stored as integer centavos. A finer amount is a ValueError, never a silent rounding."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else to_centavos(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        # SUM over BIGINT is NUMERIC on PostgreSQL: int() brings it back to whole centavos.
        return None if value is None else from_centavos(int(value))


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out; SQLite, which has no zones, stores the naive UTC value."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
