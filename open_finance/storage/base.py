"""What every table stands on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import JSON, Date, MetaData, Text
from sqlalchemy.orm import DeclarativeBase

from open_finance.storage.types import Money, UtcDateTime


class Base(DeclarativeBase):
    """Names constraints the same way on both databases, so that a migration can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        date: Date,
        Decimal: Money,
        str: Text,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }
