"""What a family sees of its members' accounts: only those that their owners share, at the level that they chose.

Each function is for the person who asks, in private or in the group that is linked to their family; everything comes through
``storage.families.shared_accounts``, which joins the share in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from open_finance.money import ZERO
from open_finance.reading.freshness import Freshness
from open_finance.reading.statement_query import Period
from open_finance.sharing.levels import Level
from open_finance.storage.database import Database

__all__ = [
    "FamilyBalance",
    "FamilyRow",
    "FamilyStatement",
    "MemberBalance",
    "SharedBalance",
    "build_family_balance",
    "build_family_statement",
    "build_group_balance",
    "build_group_statement",
]


@dataclass(frozen=True, slots=True)
class SharedBalance:
    """An account as the family sees it. ``kind``: ``checking``, ``savings``, ``card`` or ``other``. ``balance``: of a card what is
    owed. ``level``: ``balance`` or ``all``. ``counts``: it is part of the totals (its owner has not hidden it from theirs, and it is
    in BRL)."""

    bank: str
    name: str
    kind: str
    currency_code: str
    balance: Decimal
    level: Level
    counts: bool
    age: Freshness


@dataclass(frozen=True, slots=True)
class MemberBalance:
    """A member and what they share; ``accounts`` is empty for who shares nothing, whatever they have."""

    member_id: int
    name: str
    accounts: tuple[SharedBalance, ...]


@dataclass(frozen=True, slots=True)
class FamilyBalance:
    """Everybody who is in the family now, in the order they came. An account that two connections or two members bring is
    there once. Sums are in BRL, of what is shared and ``counts``; cash and card debt are never added up."""

    members: tuple[MemberBalance, ...]

    @property
    def accounts(self) -> tuple[SharedBalance, ...]:
        """All that is shared."""
        return tuple(account for member in self.members for account in member.accounts)

    @property
    def available(self) -> Decimal:
        """In checking accounts; an overdraft in use counts as what it is, negative."""
        return self._sum("checking")

    @property
    def saved(self) -> Decimal:
        """In savings accounts."""
        return self._sum("savings")

    @property
    def owed(self) -> Decimal:
        """On cards; negative when they are in the family's favour together."""
        return self._sum("card")

    @property
    def ages(self) -> tuple[Freshness, ...]:
        """How old the shared figures are, one for each account: for the truth line."""
        return tuple(account.age for account in self.accounts)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is shared."""
        return not self.accounts

    def _sum(self, kind: str) -> Decimal:
        return sum((each.balance for each in self.accounts if each.counts and each.kind == kind), ZERO)


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """A row of an account that is shared whole. ``amount``: negative = money out. ``bank`` and ``account``: whose row it is, as
    in ``SharedBalance``. ``is_pending``: the bank has not settled it."""

    member_id: int
    member: str
    bank: str
    account: str
    day: date
    description: str
    amount: Decimal
    currency_code: str
    is_pending: bool


@dataclass(frozen=True, slots=True)
class FamilyStatement:
    """The rows of a period, the newest first. ``accounts``: those that are shared whole, with or without a row in it."""

    period: Period
    rows: tuple[FamilyRow, ...]
    accounts: tuple[SharedBalance, ...]

    @property
    def ages(self) -> tuple[Freshness, ...]:
        """How old the rows' accounts are: for the truth line."""
        return tuple(account.age for account in self.accounts)


def build_family_balance(database: Database, user_id: int, now: datetime) -> FamilyBalance:
    """What the person's family shares. Raises NotInFamilyError."""
    raise NotImplementedError


def build_family_statement(database: Database, user_id: int, period: Period, now: datetime) -> FamilyStatement:
    """The rows of the accounts that the person's family shares whole. Raises NotInFamilyError."""
    raise NotImplementedError


def build_group_balance(database: Database, user_id: int, chat_id: int, now: datetime) -> FamilyBalance:
    """The same for a group. Raises NotInFamilyError when the person who asks there is not of the family that it is linked
    to."""
    raise NotImplementedError


def build_group_statement(
    database: Database, user_id: int, chat_id: int, period: Period, now: datetime
) -> FamilyStatement:
    """The same for a group. Raises NotInFamilyError as ``build_group_balance``."""
    raise NotImplementedError
