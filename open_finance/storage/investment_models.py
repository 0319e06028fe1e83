"""The tables of investments, loans and caixinhas. Shapes follow ``investment_records``; ``models`` has all others, and what
is never stored: not the holder's name, nor the number of an asset or a contract but as a hash."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from open_finance.storage.base import Base
from open_finance.storage.types import BigId, ExactDecimal, Money

#: An id is never given out again, on SQLite as elsewhere: a button of what is no more would speak of something else.
_NEVER_AGAIN: Final = {"sqlite_autoincrement": True}


class InvestmentRow(Base):
    """A position of a connection, as last read and merged: what came once and is missing now stays. ``missing_state``: the
    item state of the complete listing that first left it out, awaiting a second of another execution."""

    __tablename__ = "investments"
    __table_args__ = (UniqueConstraint("connection_id", "pluggy_id"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("bank_connections.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    pluggy_id: Mapped[str] = mapped_column(String(64))
    type: Mapped[str]
    subtype: Mapped[str | None]
    name: Mapped[str]
    number: Mapped[str | None]
    code: Mapped[str | None]
    isin: Mapped[str | None]
    currency_code: Mapped[str]
    balance: Mapped[Decimal] = mapped_column(ExactDecimal)
    amount: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    amount_original: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    amount_profit: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    amount_withdrawal: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    taxes: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    taxes2: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    quantity: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    unit_value: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    valued_on: Mapped[date | None]
    figures_on: Mapped[date | None]
    rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    rate_type: Mapped[str | None]
    fixed_annual_rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    rate_periodicity: Mapped[str | None]
    indexer: Mapped[str | None]
    last_month_rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    last_twelve_months_rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    annual_rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    issuer: Mapped[str | None]
    issuer_cnpj: Mapped[str | None]
    debtor: Mapped[str | None]
    bank_name: Mapped[str | None]
    bank_cnpj: Mapped[str | None]
    insurer: Mapped[str | None]
    insurer_cnpj: Mapped[str | None]
    tax_regime: Mapped[str | None]
    issued_on: Mapped[date | None]
    purchased_on: Mapped[date | None]
    due_on: Mapped[date | None]
    grace_on: Mapped[date | None]
    has_coupon: Mapped[bool | None]
    tax_exempt: Mapped[bool | None]
    status: Mapped[str | None]
    listed: Mapped[bool] = mapped_column(default=True)
    missing_since: Mapped[datetime | None]
    missing_state: Mapped[str | None]
    ended_on: Mapped[date | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]  # moves only when a value changed


class InvestmentTransactionRow(Base):
    """A movement of a position."""

    __tablename__ = "investment_transactions"
    __table_args__ = (UniqueConstraint("investment_id", "pluggy_id"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    investment_id: Mapped[int] = mapped_column(ForeignKey("investments.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    pluggy_id: Mapped[str] = mapped_column(String(64))
    type: Mapped[str]
    movement: Mapped[str]
    quantity: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    unit_value: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    amount: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    net_amount: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    occurred_on: Mapped[date]
    traded_on: Mapped[date | None]
    description: Mapped[str | None]
    income_tax: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    iof: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    expenses: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class InvestmentSnapshotRow(Base):
    """What a position was worth, as its bank last told it of a day (São Paulo)."""

    __tablename__ = "investment_snapshots"

    investment_id: Mapped[int] = mapped_column(ForeignKey("investments.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    balance: Mapped[Decimal] = mapped_column(ExactDecimal)
    amount: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    taken_at: Mapped[datetime]


class LoanRow(Base):
    """A loan of a connection, as last read and merged; ``missing_state`` as in ``InvestmentRow``. In JSON an amount is its
    text, to be read back exactly, and a day as ISO writes it."""

    __tablename__ = "loans"
    __table_args__ = (UniqueConstraint("connection_id", "pluggy_id"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("bank_connections.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    pluggy_id: Mapped[str] = mapped_column(String(64))
    identity: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str]
    product_name: Mapped[str]
    type: Mapped[str | None]
    currency_code: Mapped[str]
    contract_amount: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    outstanding: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    contracted_on: Mapped[date | None]
    due_on: Mapped[date | None]
    settled_on: Mapped[date | None]
    first_due_on: Mapped[date | None]
    periodicity: Mapped[str | None]
    cet: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    amortization: Mapped[str | None]
    rates: Mapped[list[Any]]
    total_installments: Mapped[int | None]
    paid_installments: Mapped[int | None]
    due_installments: Mapped[int | None]
    past_due_installments: Mapped[int | None]
    payments: Mapped[list[Any]]
    listed: Mapped[bool] = mapped_column(default=True)
    missing_since: Mapped[datetime | None]
    missing_state: Mapped[str | None]
    ended_on: Mapped[date | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class LoanSnapshotRow(Base):
    """What a loan owed, as its bank last told it of a day (São Paulo)."""

    __tablename__ = "loan_snapshots"

    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    outstanding: Mapped[Decimal] = mapped_column(ExactDecimal)
    taken_at: Mapped[datetime]


class PotRow(Base):
    """A caixinha of an account, as last told; their sum is ``bank_accounts.reserved``."""

    __tablename__ = "account_pots"

    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    name: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Money)
    updated_at: Mapped[datetime]


class ProductReadRow(Base):
    """How asking a connection for a product (``investments``, ``loans``) last ended."""

    __tablename__ = "product_reads"

    connection_id: Mapped[int] = mapped_column(
        ForeignKey("bank_connections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    product: Mapped[str] = mapped_column(String(24), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    reading: Mapped[str]
    listed: Mapped[int]
    read_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
