"""The tables of what a person agreed to, asked for and was asked: consents, attempts, watches, reminders, prompts, erasures.
``models`` has all others, and what is never stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from open_finance.storage.base import Base
from open_finance.storage.types import BigId


class ConsentRow(Base):
    """The person's consent to read, with the version and hash of the text that was shown."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    version: Mapped[str]
    text_sha256: Mapped[str]
    given_at: Mapped[datetime]


class AttemptRow(Base):
    """Something a person asked of a bank, for the fair limits. ``kind``: connect, reconnect, adopt or refresh.

    ``outcome``: the code of the refusal, ``SUCCESS``, None while nothing is known. Forgotten after a few days."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str]
    connector_id: Mapped[int | None]
    outcome: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(index=True)


class BankWatchRow(Base):
    """A person wants to know when a bank that is offline is back."""

    __tablename__ = "bank_watches"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    connector_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    connector_name: Mapped[str]
    created_at: Mapped[datetime]


class ReconnectNoticeRow(Base):
    """A reminder about a connection that was sent, or that the person does not want. ``episode``: the moment or day (ISO) of
    the trouble or expiry that it speaks of. It outlives the connection: its person was written to that day."""

    __tablename__ = "reconnect_notices"
    __table_args__ = (UniqueConstraint("connection_id", "kind", "episode"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    connection_id: Mapped[int | None] = mapped_column(
        ForeignKey("bank_connections.id", ondelete="SET NULL"), index=True
    )
    kind: Mapped[str] = mapped_column(String(32))
    episode: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]  # None: not sent, and not wanted


class PromptRow(Base):
    """What a person was asked to type outside of connecting (a new name, the word that erases); at most one a person."""

    __tablename__ = "prompts"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    target_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]


class ErasureRow(Base):
    """A person's wish that everything be erased. Once it is done, nothing says whose it was."""

    __tablename__ = "erasures"

    protocol: Mapped[str] = mapped_column(String(16), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
