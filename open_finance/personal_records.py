"""What a person says of their money, as ``records`` has what banks say: rules, categories of their own, budgets,
and what is charged again and again."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypedDict

#: *Não é assinatura*: it is charged, and is a bill like others. *Cancelei*: it is to be charged no more.
Says = Literal["not_subscription", "cancelled"]


class CategoryRule(TypedDict):
    """*Sempre*: what a merchant's rows are for their person. ``merchant_key`` and ``name_key`` are those of
    ``insights.merchants``; a row with either is one of the merchant's. ``money_in``: of the rows that bring money, or of
    those that take it. ``title``: the merchant's name for people. ``category``: see ``insights.row_categories``.
    ``applies_from``: rows of earlier days are left as they are; None: all of them."""

    id: int
    merchant_key: str
    name_key: str
    money_in: bool
    title: str
    category: str
    applies_from: date | None
    created_at: datetime
    updated_at: datetime


class PersonalCategory(TypedDict):
    """A category that the person has made."""

    id: int
    name: str


class Budget(TypedDict):
    """What a person means to spend in a month, in BRL. ``category``: a group's name, or a category as in
    ``insights.row_categories``. ``past_amounts``: what it was before, in centavos, by the last month (``YYYY-MM``) of each.
    ``starts_on``: the first day of its first month. ``rolls_over``: what is left, or too much, goes on into the next month.
    ``told_month`` (``YYYY-MM``) and ``told_level`` (per cent): the last warning; ``round``: how often refunds have made that
    month's warnings new; ``quiet_month``: nothing more is told of that month."""

    id: int
    category: str
    amount: Decimal
    past_amounts: dict[str, int]
    rolls_over: bool
    starts_on: date
    told_month: str | None
    told_level: int
    round: int
    quiet_month: str | None


class RecurringMark(TypedDict):
    """What a person says of a recurring flow. ``flow_key``: as ``insights.recurring`` gives it. ``says``: one of ``Says``.
    ``title`` and ``amount`` (BRL, positive): what it was called, and cost, when they said so, which was on the São Paulo
    day ``said_on``, at ``created_at``."""

    id: int
    flow_key: str
    says: Says
    title: str
    amount: Decimal
    said_on: date
    created_at: datetime
