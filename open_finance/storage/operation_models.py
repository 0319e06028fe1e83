"""The tables of whoever runs this: calls of ours at Pluggy, errors, use of the banks' monthly limits, switches.

``models`` has all others, and what is never stored. Of people only ``quota_uses`` knows: how often their bank was asked.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from open_finance.storage.base import Base


class CallCountRow(Base):
    """Our own calls of one endpoint on a day (São Paulo). ``limited``: those answered by 429; ``failed``: by another error,
    or not at all. ``peak``: of a minute; ``minute_at`` and ``minute_calls``: the newest minute that was counted."""

    __tablename__ = "call_counts"

    day: Mapped[date] = mapped_column(primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(64), primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger, default=0)
    limited: Mapped[int] = mapped_column(BigInteger, default=0)
    failed: Mapped[int] = mapped_column(BigInteger, default=0)
    peak: Mapped[int] = mapped_column(default=0)
    minute_at: Mapped[datetime | None]
    minute_calls: Mapped[int] = mapped_column(default=0)


class ErrorCountRow(Base):
    """How often an error of a class (its name) came up in an hour that begins at ``hour``."""

    __tablename__ = "error_counts"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    error: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger, default=0)


class QuotaUseRow(Base):
    """What a connection has used of a month's operational limits (``quotas.MonthUse``), as far as its updates were seen.

    ``used_up``: the products that Pluggy says have reached their limit, with commas; ``used_up_at``: since when we know."""

    __tablename__ = "quota_uses"

    connection_id: Mapped[int] = mapped_column(
        ForeignKey("bank_connections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Mapped[date] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    connector_id: Mapped[int]
    updates: Mapped[int] = mapped_column(default=0)
    days: Mapped[int] = mapped_column(default=0)
    weeks: Mapped[int] = mapped_column(default=0)
    asked: Mapped[int] = mapped_column(default=0)
    unanswered: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime | None]
    weekly_at: Mapped[datetime | None]
    used_up: Mapped[str | None]
    used_up_at: Mapped[datetime | None]


_IS_USED_UP = QuotaUseRow.used_up.is_not(None)
#: One month of everybody's is read from the index alone, bank by bank of each person.
Index(
    "ix_quota_uses_month",
    QuotaUseRow.month,
    QuotaUseRow.user_id,
    QuotaUseRow.connector_id,
    QuotaUseRow.updates,
    QuotaUseRow.unanswered,
    QuotaUseRow.days,
    QuotaUseRow.weeks,
    QuotaUseRow.asked,
)
Index(
    "ix_quota_uses_used_up",
    QuotaUseRow.month,
    QuotaUseRow.used_up,
    QuotaUseRow.used_up_at,
    postgresql_where=_IS_USED_UP,
    sqlite_where=_IS_USED_UP,
)


class SwitchRow(Base):
    """Something that whoever runs this has switched, for all processes. No row: it is as it always is."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime]
