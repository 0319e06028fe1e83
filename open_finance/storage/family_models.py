"""The tables of families. ``models`` has all others, and what is never stored.

A *seat* is a place in a family: what was divided names seats, never people. A *member* is who sits there now. Whoever
leaves, or erases everything, takes the member's row along, and with it by cascade all that they share; the seat stays,
nameless, so that the others' sums hold.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from open_finance.storage.base import Base
from open_finance.storage.types import BigId, Money

#: An id is never given out again, on SQLite as elsewhere: a button of what is no more would speak of something else.
_NEVER_AGAIN: Final = {"sqlite_autoincrement": True}


class FamilyRow(Base):
    """A family; deleted with its last member."""

    __tablename__ = "families"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    created_at: Mapped[datetime]


class FamilySeatRow(Base):
    """A place in a family, taken by a member or left."""

    __tablename__ = "family_seats"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id", ondelete="CASCADE"), index=True)


class FamilyMemberRow(Base):
    """Who is in which family: a person is in one at a time. The row is never moved to another family: what hangs on it
    (shares, invitations, the group) ends with it."""

    __tablename__ = "family_members"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id", ondelete="CASCADE"), index=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("family_seats.id", ondelete="CASCADE"), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    joined_at: Mapped[datetime]


class FamilyInvitationRow(Base):
    """A way into the family of who invites. ``token_sha256``: the token itself is nowhere."""

    __tablename__ = "family_invitations"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("family_members.user_id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FamilyShareRow(Base):
    """What the family of an account's owner sees of it; without a row nothing. ``level``: ``balance`` or ``all``."""

    __tablename__ = "family_shares"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("bank_accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("family_members.user_id", ondelete="CASCADE"), index=True)
    level: Mapped[str] = mapped_column(String(16))
    shared_at: Mapped[datetime]


class FamilyGroupRow(Base):
    """A Telegram group that a member linked to their family; at most one a family."""

    __tablename__ = "family_groups"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("family_members.user_id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime]


class SharedExpenseRow(Base):
    """An expense that was divided. ``paid_by``, ``written_by``: seats."""

    __tablename__ = "shared_expenses"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id", ondelete="CASCADE"), index=True)
    paid_by: Mapped[int] = mapped_column(ForeignKey("family_seats.id", ondelete="CASCADE"), index=True)
    written_by: Mapped[int] = mapped_column(ForeignKey("family_seats.id", ondelete="CASCADE"), index=True)
    amount: Mapped[Decimal] = mapped_column(Money)
    description: Mapped[str] = mapped_column(String(60))
    day: Mapped[date]
    created_at: Mapped[datetime]


class ExpensePartRow(Base):
    """One seat's part of an expense; the parts add up to it. ``place``: the order in which they were named."""

    __tablename__ = "shared_expense_parts"

    expense_id: Mapped[int] = mapped_column(
        ForeignKey("shared_expenses.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seat_id: Mapped[int] = mapped_column(
        ForeignKey("family_seats.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    place: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(Money)


class SettlementRow(Base):
    """A debt that was paid. ``debtor``, ``creditor``, ``noted_by``: seats."""

    __tablename__ = "settlements"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id", ondelete="CASCADE"), index=True)
    debtor: Mapped[int] = mapped_column(ForeignKey("family_seats.id", ondelete="CASCADE"), index=True)
    creditor: Mapped[int] = mapped_column(ForeignKey("family_seats.id", ondelete="CASCADE"), index=True)
    noted_by: Mapped[int] = mapped_column(ForeignKey("family_seats.id", ondelete="CASCADE"), index=True)
    amount: Mapped[Decimal] = mapped_column(Money)
    paid_at: Mapped[datetime]
