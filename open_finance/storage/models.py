"""The tables. Shapes follow ``records``; what a column means is said there and, for our own columns, here.

Never stored: passwords, MFA codes, a CPF, the holder's document or name, full account numbers. A company's CNPJ is, where it
is the merchant's; a description is the bank's own text with every CPF in it masked.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from open_finance.storage import alert_models as alert_models  # noqa: PLC0414 - the base is to know every table
from open_finance.storage import category_models as category_models  # noqa: PLC0414
from open_finance.storage import family_models as family_models  # noqa: PLC0414
from open_finance.storage import investment_models as investment_models  # noqa: PLC0414
from open_finance.storage import operation_models as operation_models  # noqa: PLC0414
from open_finance.storage import outlook_models as outlook_models  # noqa: PLC0414
from open_finance.storage import person_models as person_models  # noqa: PLC0414
from open_finance.storage.base import Base as Base  # noqa: PLC0414 - whoever asks for the tables gets their base, too
from open_finance.storage.types import BigId


class ConnectionRow(Base):
    """One person's Pluggy item. Kept after a disconnection when the history is kept."""

    __tablename__ = "bank_connections"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    item_id: Mapped[str] = mapped_column(String(64), unique=True)
    connector_id: Mapped[int]
    connector_name: Mapped[str]
    is_open_finance: Mapped[bool]
    status: Mapped[str]
    execution_status: Mapped[str]
    error_code: Mapped[str | None]
    products: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    last_updated_at: Mapped[datetime | None]
    consent_expires_at: Mapped[datetime | None]

    # The flow of connecting: the row is the truth, not the conversation.
    flow_started_at: Mapped[datetime]
    next_poll_at: Mapped[datetime | None] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(BigInteger)  # the chat message that shows the progress

    # Synchronisation: the lease is the only authority on who may write.
    last_synced_at: Mapped[datetime | None]
    last_wide_synced_at: Mapped[datetime | None]
    synced_state: Mapped[str | None]  # lastUpdatedAt, executionStatus, statusDetail of the last complete pass
    synced_width: Mapped[str | None]  # "narrow" | "wide" of that pass
    served_slot_at: Mapped[datetime | None]  # the latest schedule slot that was served
    created_cursor_at: Mapped[datetime | None]  # where the next createdAtFrom pass begins
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]  # when the first of these failures in a row was
    #: It failed for so long that only one pass a day tries it, and its person is told.
    parked_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(BigInteger, default=0)

    # The way out.
    disconnect_requested_at: Mapped[datetime | None]
    erase_history: Mapped[bool] = mapped_column(default=False)
    disconnected_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]

    # The way back in.
    adopted: Mapped[bool] = mapped_column(default=False)  # made elsewhere: never deleted without its person's wish
    replaces_id: Mapped[int | None] = mapped_column(BigInteger)  # whose place this one takes when it stands
    trouble_code: Mapped[str | None]  # why it needs its person; None while it does not
    trouble_at: Mapped[datetime | None]  # since when
    #: The bank wants a code of the moment at every reading: it is never read by itself.
    asks_code: Mapped[bool] = mapped_column(default=False)


#: Where everything stands (``operating``) is read from it alone; what changes at every step of a pass is not in it.
Index(
    "ix_bank_connections_standing",
    *(ConnectionRow.user_id, ConnectionRow.gone_at, ConnectionRow.disconnect_requested_at, ConnectionRow.settled_at),
    *(ConnectionRow.trouble_code, ConnectionRow.parked_at, ConnectionRow.error_code, ConnectionRow.failing_since),
    *(ConnectionRow.last_synced_at, ConnectionRow.served_slot_at, ConnectionRow.retry_at),
    ConnectionRow.disconnected_at,  # or SQLite would look at the row to find it empty
    postgresql_where=ConnectionRow.disconnected_at.is_(None),
    sqlite_where=ConnectionRow.disconnected_at.is_(None),
)


class ActionRow(Base):
    """What the person must do for a connection to go on; at most one a connection, gone when done."""

    __tablename__ = "connection_actions"

    connection_id: Mapped[int] = mapped_column(
        ForeignKey("bank_connections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    type: Mapped[str]
    name: Mapped[str | None]
    label: Mapped[str]
    url: Mapped[str | None]
    options: Mapped[list[Any]] = mapped_column(JSON, default=list)
    data: Mapped[str | None]
    validation: Mapped[str | None]
    validation_message: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]


class IntentRow(Base):
    """A person is connecting a bank: written before anything is sent to Pluggy, so that a restart knows.

    ``state``: ``collecting`` (values are being typed; they live in memory only) → ``posting`` (the request may have been
    sent) → ``done`` (the item is a row) | ``failed`` (refused) | ``abandoned`` | ``uncertain`` (the answer was lost).
    ``purpose``: ``connect`` (a new item), ``reconnect`` (``connection_id`` is the one that is to stand again) or ``adopt``
    (``posting`` only, and deleted once the item was looked up; ``connector_id`` is 0). ``screen_until``: a connect token was
    made for this intent, and until then a page may use it.
    """

    __tablename__ = "connection_intents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    connector_id: Mapped[int]
    connector_name: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    connection_id: Mapped[int | None] = mapped_column(
        ForeignKey("bank_connections.id", ondelete="SET NULL"), index=True
    )
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    purpose: Mapped[str] = mapped_column(default="connect")
    replaces_id: Mapped[int | None] = mapped_column(BigInteger)
    screen_until: Mapped[datetime | None]


class AccountRow(Base):
    """An account or card of a connection, as last read."""

    __tablename__ = "bank_accounts"
    __table_args__ = (UniqueConstraint("connection_id", "pluggy_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("bank_connections.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    pluggy_id: Mapped[str] = mapped_column(String(64))
    identity: Mapped[str] = mapped_column(String(64), index=True)
    type: Mapped[str]
    subtype: Mapped[str]
    name: Mapped[str]
    marketing_name: Mapped[str | None]
    number: Mapped[str]
    currency_code: Mapped[str]
    balance: Mapped[Decimal]
    overdraft_limit: Mapped[Decimal | None]
    overdraft_used: Mapped[Decimal | None]
    automatically_invested: Mapped[Decimal | None]
    reserved: Mapped[Decimal | None]
    reserved_count: Mapped[int] = mapped_column(default=0)
    credit_limit: Mapped[Decimal | None]
    available_credit_limit: Mapped[Decimal | None]
    minimum_payment: Mapped[Decimal | None]
    bill_closes_on: Mapped[date | None]
    bill_due_on: Mapped[date | None]
    card_brand: Mapped[str | None]
    card_level: Mapped[str | None]
    card_status: Mapped[str | None]
    bank_code: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]  # moves only when a value changed
    listed: Mapped[bool] = mapped_column(default=True)  # False: the bank no longer lists it; the history stays
    suspect_state: Mapped[str | None]  # item state of a wide pass that listed implausibly little, awaiting a second
    history_from: Mapped[date | None]  # carried rows before this day are older than what the bank lists (None: all are)
    #: The first day whose rows do not explain the balances that the bank sends with them, and by how much.
    balance_gap_on: Mapped[date | None]
    balance_gap: Mapped[Decimal | None]
    # The person's own; no synchronisation touches them.
    custom_name: Mapped[str | None]
    hidden: Mapped[bool] = mapped_column(default=False)  # out of every total
    apart: Mapped[bool] = mapped_column(default=False)  # the person separated it: joined to nothing any more


class TransactionRow(Base):
    """A bank or card row. ``removed_at`` is a tombstone: the bank stopped listing it; a returning id revives it."""

    __tablename__ = "bank_transactions"
    __table_args__ = (UniqueConstraint("account_id", "pluggy_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("bank_connections.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    pluggy_id: Mapped[str] = mapped_column(String(64))
    occurred_on: Mapped[date]
    occurred_at: Mapped[datetime | None]
    description: Mapped[str]
    description_raw: Mapped[str | None]
    amount: Mapped[Decimal]
    currency_code: Mapped[str]
    foreign_amount: Mapped[Decimal | None]
    foreign_currency: Mapped[str | None]
    type: Mapped[str]
    status: Mapped[str]
    balance_after: Mapped[Decimal | None]
    day_order: Mapped[int | None]
    category_id: Mapped[str | None]
    category: Mapped[str | None]
    operation_type: Mapped[str | None]
    payment_method: Mapped[str | None]
    same_holder: Mapped[bool | None]
    counterparty: Mapped[str | None]
    merchant_name: Mapped[str | None]
    merchant_cnpj: Mapped[str | None]
    merchant_cnae: Mapped[str | None]
    mcc: Mapped[int | None]
    installment_number: Mapped[int | None]
    total_installments: Mapped[int | None]
    purchased_on: Mapped[date | None]
    bill_id: Mapped[str | None]
    bill_forecast: Mapped[str | None]
    card_number: Mapped[str | None]
    fee_type: Mapped[str | None]
    other_credits_type: Mapped[str | None]
    provider_id: Mapped[str | None]
    pluggy_created_at: Mapped[datetime | None]
    pluggy_updated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]  # moves only when a value changed
    removed_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]  # a pending row that listings leave out, though nothing says that it is gone
    content_hash: Mapped[int | None] = mapped_column(BigInteger)  # of the values as listed (``row_codec``)
    # The person's own; no synchronisation touches them.
    user_category: Mapped[str | None]
    note: Mapped[str | None]
    # How a join (``AccountJoinRow``) is undone: which one brought the row, and the id it had before. ``carried``: the bank
    # of the account it is in now has never listed it.
    join_id: Mapped[int | None] = mapped_column(BigInteger)
    joined_pluggy_id: Mapped[str | None] = mapped_column(String(64))
    carried: Mapped[bool] = mapped_column(default=False)


#: /extrato is an index search at any size.
Index(
    "ix_bank_transactions_account_day",
    TransactionRow.account_id,
    TransactionRow.occurred_on.desc(),
    TransactionRow.id.desc(),
)


#: A separation looks up each row of a join.
Index("ix_bank_transactions_join", TransactionRow.join_id, TransactionRow.joined_pluggy_id)


class AccountJoinRow(Base):
    """One account that came back under another Pluggy id: ``account_id`` took in the history of an earlier row.

    ``former``: the values of the account row that was taken in, so that the person can separate them again;
    ``former_connection_id`` is whose it was (None: erased, the join can no longer be undone).
    """

    __tablename__ = "account_joins"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id", ondelete="CASCADE"), index=True)
    former_connection_id: Mapped[int | None] = mapped_column(
        ForeignKey("bank_connections.id", ondelete="SET NULL"), index=True
    )
    former: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    matched: Mapped[int]  # rows recognised
    kept: Mapped[int]  # rows taken in that the new listing does not have
    joined_at: Mapped[datetime]


#: The rows of an account as they were when a join took it in: what a separation gives back. ``own_…``: what the row with
#: which one was matched said of a still earlier join.
JOINED_TRANSACTIONS = Table(
    "joined_transactions",
    Base.metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("before_join_id", BigId, ForeignKey("account_joins.id", ondelete="CASCADE"), nullable=False),
    Column("own_join_id", BigInteger),
    Column("own_joined_pluggy_id", String(64)),
    *(
        Column(column.name, column.type, nullable=column.nullable, index=column.name == "user_id")
        for column in TransactionRow.__table__.columns
        if column.name not in {"id", "account_id", "connection_id"}
    ),
    UniqueConstraint("before_join_id", "pluggy_id"),
)


class LeaseRow(Base):
    """A named right held by one process for a while (the Telegram poller). ``fence`` grows with every new holder."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str]
    expires_at: Mapped[datetime]
    fence: Mapped[int] = mapped_column(BigInteger, default=0)


class SyncRunRow(Base):
    """One pass over one connection, for operators and for ``how old is this``."""

    __tablename__ = "sync_runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("bank_connections.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    width: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    outcome: Mapped[str]  # "changed" | "unchanged" | "failed" | "needs_person" | "gone"
    reason: Mapped[str | None]  # the error class's name
    added: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
