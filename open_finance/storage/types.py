"""Column types: money as integer centavos, what is finer as text, instants as aware UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine

from open_finance.money import from_centavos, to_centavos

#: SQLite only auto-increments a plain INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")
_INSTANT_LENGTH = len("2026-11-23 12:00:59.123456")


class Money(TypeDecorator[Decimal]):
    """``Decimal`` to the centavo, stored as integer centavos. A finer amount is a ValueError, never a silent rounding."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else to_centavos(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        # SUM over BIGINT is NUMERIC on PostgreSQL: int() brings it back to whole centavos.
        return None if value is None else from_centavos(int(value))


class ExactDecimal(TypeDecorator[Decimal]):
    """``Decimal`` as it came, stored as its text: what may be finer than a centavo (bills and positions) is only rounded
    where it is shown."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def encode_instant(instant: datetime) -> str:
    """An aware instant as SQLite stores it: ``2026-11-23 12:00:59.123456``, UTC."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.isoformat(" ", "microseconds")[:_INSTANT_LENGTH]


class _SqliteInstant(sqlite.DATETIME):
    """As SQLAlchemy stores it, in a tenth of the time: a listing has three instants a row."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:
        """``encode_instant``."""
        return lambda value: None if value is None else encode_instant(value)


_SQLITE_INSTANT: TypeEngine[Any] = _SqliteInstant()  # type: ignore[no-untyped-call]


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out; SQLite, which has no zones, stores the naive UTC value."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_SQLITE_INSTANT if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
