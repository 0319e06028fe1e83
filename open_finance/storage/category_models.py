"""The tables of where the money goes: what a person says of categories, and their budgets. ``models`` has all others, and
what is never stored.

A category is written as its id in Pluggy's tree, or as one of the forms of ``insights.row_categories``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from open_finance.storage.base import Base
from open_finance.storage.types import BigId, Money

#: An id is never given out again, on SQLite as elsewhere: a button of what is no more would speak of something else.
_NEVER_AGAIN: Final = {"sqlite_autoincrement": True}


class PersonalCategoryRow(Base):
    """A category that a person has made. ``folded``: its name without case and accents, so that it is there once."""

    __tablename__ = "personal_categories"
    __table_args__ = (UniqueConstraint("user_id", "folded"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(40))
    folded: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class CategoryRuleRow(Base):
    """*Sempre*: what a merchant's rows are for this person. ``merchant_key``, ``name_key``: see ``insights.merchants``; a
    row that has either is one of the merchant's. ``money_in``: of the rows that bring money, or of those that take it.
    ``title``: what the merchant is called for people. ``applies_from``: rows of earlier days are left as they are."""

    __tablename__ = "category_rules"
    __table_args__ = (UniqueConstraint("user_id", "merchant_key", "money_in"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    merchant_key: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))
    money_in: Mapped[bool]
    title: Mapped[str] = mapped_column(String(60))
    category: Mapped[str] = mapped_column(String(32))
    applies_from: Mapped[date | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CategoryChangeRow(Base):
    """What a person changed, and how it was before: what *Desfazer* gives back for ten minutes. Forgotten after a day."""

    __tablename__ = "category_changes"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undone_at: Mapped[datetime | None]


class CategoryAdviceRow(Base):
    """What an outside service, where the operator has set one, said of a text that the model was unsure of. ``text_key``:
    the text as it was sent, without names, documents and numbers. ``category_id``: None where it did not know either."""

    __tablename__ = "category_advice"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    text_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    category_id: Mapped[str | None] = mapped_column(String(16))
    asked_at: Mapped[datetime]


class BudgetRow(Base):
    """What a person means to spend in a month. ``category``: a group's name, or a category as elsewhere. ``starts_on``: the
    first day of its first month. ``past_amounts``: what it was before, in centavos, by the last month (``YYYY-MM``) of each
    amount. ``rolls_over``: what is left, or too much, goes on into the next month.

    ``told_month`` (``YYYY-MM``), ``told_level`` (per cent): the last warning of that month. ``round``: how often refunds
    have made the warnings of that month new. ``quiet_month``: nothing more is told of that month."""

    __tablename__ = "budgets"
    __table_args__ = (UniqueConstraint("user_id", "category"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    category: Mapped[str] = mapped_column(String(48))
    amount: Mapped[Decimal] = mapped_column(Money)
    past_amounts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    rolls_over: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date]
    told_month: Mapped[str | None] = mapped_column(String(7))
    told_level: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=0)
    quiet_month: Mapped[str | None] = mapped_column(String(7))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
