"""The tables of what is to come: what a person says of what is charged again and again, what they keep back, and what
each account held on each day. ``models`` has all others, and what is never stored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from open_finance.storage.base import Base
from open_finance.storage.types import BigId, Money

#: An id is never given out again, on SQLite as elsewhere: a button of what is no more would speak of something else.
_NEVER_AGAIN: Final = {"sqlite_autoincrement": True}


class RecurringMarkRow(Base):
    """What a person says of a recurring flow. ``flow_key``: a row of it, and its key (``insights.cancelled.anchor_of``).
    ``says``: ``not_subscription`` or ``cancelled``. ``title`` and ``amount``: as it was called, and cost, when they said so;
    ``said_on``: the São Paulo day. Of a cancelled one only what is charged after that day is worth a word."""

    __tablename__ = "recurring_marks"
    __table_args__ = (UniqueConstraint("user_id", "flow_key"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    flow_key: Mapped[str] = mapped_column(String(240))
    says: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(60))
    amount: Mapped[Decimal] = mapped_column(Money)
    said_on: Mapped[date]
    created_at: Mapped[datetime]


class OutlookSettingsRow(Base):
    """What a person wants of /previsao and /posso_gastar. ``reserve``: BRL that are never counted as free to spend."""

    __tablename__ = "outlook_settings"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reserve: Mapped[Decimal] = mapped_column(Money)
    updated_at: Mapped[datetime]


class BalanceSnapshotRow(Base):
    """What an account held, as its bank last told it of a day (São Paulo). ``balance``: as in ``bank_accounts``; of a
    card positive = owed. ``reserved``, ``invested``: pots beside the account, and what is invested by itself; None
    where the bank does not say. ``taken_at``: when it was written: of rows that became ours later nobody knows whether they
    were in it."""

    __tablename__ = "balance_snapshots"

    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    balance: Mapped[Decimal] = mapped_column(Money)
    reserved: Mapped[Decimal | None] = mapped_column(Money)
    invested: Mapped[Decimal | None] = mapped_column(Money)
    taken_at: Mapped[datetime]
