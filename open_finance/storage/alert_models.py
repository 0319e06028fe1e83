"""The tables of what people are told: Pluggy's events, the outbox and what it is judged by, card bills, what a person wants
to hear, and when they were last here. ``models`` has all others, and what is never stored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from open_finance.storage.base import Base
from open_finance.storage.types import BigId, ExactDecimal


class WebhookEventRow(Base):
    """Something Pluggy told of itself: kept until it is worked on, and a while longer, so that it is not worked on twice.

    A hint and no more: the item is read again. ``detail``: what the payload says of rows (``ids``, ``created_from``,
    ``oldest_on``). ``attempts``: how often it was worked on in vain; ``retry_at``: not before that."""

    __tablename__ = "webhook_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(String(64), unique=True)
    event: Mapped[str] = mapped_column(String(64))
    item_id: Mapped[str | None] = mapped_column(String(64))
    connector_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    received_at: Mapped[datetime] = mapped_column(index=True)
    handled_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]


_IS_UNHANDLED = WebhookEventRow.handled_at.is_(None)
Index("ix_webhook_events_open", WebhookEventRow.item_id, postgresql_where=_IS_UNHANDLED, sqlite_where=_IS_UNHANDLED)


class EchoRow(Base):
    """A row that its bank lists in another's place: the same purchase once more, under a new id, while nobody could know
    yet that the first was gone. It is no news of its own. ``root_id``: the first row of that purchase."""

    __tablename__ = "transaction_echoes"

    transaction_id: Mapped[int] = mapped_column(
        ForeignKey("bank_transactions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    root_id: Mapped[int] = mapped_column(ForeignKey("bank_transactions.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)


class NotificationRow(Base):
    """The outbox: something that a person is to be told, written with the data that it speaks of; afterwards the memory that
    it was told.

    ``key``: what happened, in our own words (``alerts.keys``), so that it is told once whoever finds it. ``kind``:
    ``alerts.kinds``. ``detail``: figures of the moment that the rows do not keep. ``claimed_until``: a sender has it in
    hand. ``outcome``: None while it is open; see ``storage.outbox``. ``message_id``: the chat message that told it.
    ``pattern``: what *Fui eu* makes quiet for ever. ``answer``: which button the person pressed."""

    __tablename__ = "notifications"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(96))
    kind: Mapped[str] = mapped_column(String(32))
    # What is left when a row goes on in another account or connection: a join must lose nothing that is not told yet.
    connection_id: Mapped[int | None] = mapped_column(
        ForeignKey("bank_connections.id", ondelete="SET NULL"), index=True
    )
    account_id: Mapped[int | None] = mapped_column(ForeignKey("bank_accounts.id", ondelete="SET NULL"), index=True)
    transaction_id: Mapped[int | None] = mapped_column(
        ForeignKey("bank_transactions.id", ondelete="CASCADE"), index=True
    )
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(index=True)
    not_before: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(String(16))
    settled_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    pattern: Mapped[str | None]
    answer: Mapped[str | None] = mapped_column(String(16))


_IS_OPEN = NotificationRow.outcome.is_(None)
#: The sender's question, every few seconds: who is to be told something now?
Index(
    "ix_notifications_open",
    NotificationRow.not_before,
    NotificationRow.user_id,
    postgresql_where=_IS_OPEN,
    sqlite_where=_IS_OPEN,
)
#: The rows that one message told.
Index("ix_notifications_message", NotificationRow.user_id, NotificationRow.message_id)


class AlertSettingsRow(Base):
    """What a person wants to be told (``alerts.settings.AlertSettings``); no row: what everybody begins with.

    ``blocked_at``: they have blocked the bot, and are left in peace until they write again. ``summary_on``: the day of the
    last summary that was made, or found to have nothing to say."""

    __tablename__ = "alert_settings"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    blocked_at: Mapped[datetime | None]
    summary_on: Mapped[date | None]


class PersonSeenRow(Base):
    """When a person who has connections was last here (wrote or tapped), written once a day at most. What was said to who is
    not here any more is in the outbox, under that day (``alerts.keys.idle_key``)."""

    __tablename__ = "people_seen"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last_seen_at: Mapped[datetime] = mapped_column(index=True)


class QuietPatternRow(Base):
    """A pattern of spending of which the person said *Fui eu*: it is unusual no more."""

    __tablename__ = "quiet_patterns"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pattern: Mapped[str] = mapped_column(String(200), primary_key=True)
    created_at: Mapped[datetime]


class CardBillRow(Base):
    """A card bill as Pluggy lists it, as a rule once it is closed. ``total`` and ``minimum`` in the bill's currency, to four
    decimals. ``finance_charges`` and ``payments`` as ``storage.bills`` writes them; None: not read yet."""

    __tablename__ = "card_bills"
    __table_args__ = (UniqueConstraint("account_id", "pluggy_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id", ondelete="CASCADE"))
    pluggy_id: Mapped[str] = mapped_column(String(64))
    due_on: Mapped[date]
    closes_on: Mapped[date | None]
    total: Mapped[Decimal] = mapped_column(ExactDecimal)
    currency_code: Mapped[str]
    minimum: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    finance_charges: Mapped[list[Any] | None] = mapped_column(JSON)
    payments: Mapped[list[Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
