"""What a family sees of its members' accounts: only those that their owners share, at the level that they chose.

Each function is for the person who asks, in private or in the group that is linked to their family; everything comes through
``storage.families.shared_accounts``, which joins the share in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from open_finance.errors import NotInFamilyError
from open_finance.money import BRL, ZERO
from open_finance.reading.balances import kind_of
from open_finance.reading.freshness import Freshness, freshness
from open_finance.reading.statement_query import Period
from open_finance.records import PENDING
from open_finance.sharing.family import SharedAccount
from open_finance.sharing.levels import ALL, Level, label_of
from open_finance.sharing.twins import better_shared, each_once, rows_until
from open_finance.storage import families
from open_finance.storage.database import Database, Session
from open_finance.storage.families import SharedRow

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
    """An account as the family sees it. ``kind``: ``checking``, ``savings``, ``card`` or ``other``. ``balance``: of a card
    what is owed. ``level``: ``balance`` or ``all``. ``counts``: it is part of the totals (its owner has not hidden it from
    theirs, and it is in BRL)."""

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
    """A row of an account that is shared whole. ``amount``: negative = money out. ``bank`` and ``account``: whose row it is,
    as in ``SharedBalance``. ``is_pending``: the bank has not settled it."""

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
    with database.reading() as session:
        return _balance(session, user_id, now)


def build_family_statement(database: Database, user_id: int, period: Period, now: datetime) -> FamilyStatement:
    """The rows of the accounts that the person's family shares whole. Raises NotInFamilyError."""
    with database.reading() as session:
        return _statement(session, user_id, period, now)


def build_group_balance(database: Database, user_id: int, chat_id: int, now: datetime) -> FamilyBalance:
    """The same for a group. Raises NotInFamilyError when the person who asks there is not of the family that it is linked
    to."""
    with database.reading() as session:
        _check_group(session, user_id, chat_id)
        return _balance(session, user_id, now)


def build_group_statement(
    database: Database, user_id: int, chat_id: int, period: Period, now: datetime
) -> FamilyStatement:
    """The same for a group. Raises NotInFamilyError as ``build_group_balance``."""
    with database.reading() as session:
        _check_group(session, user_id, chat_id)
        return _statement(session, user_id, period, now)


# --- inside ----------------------------------------------------------------------------------------------------------


def _check_group(session: Session, user_id: int, chat_id: int) -> None:
    if not families.has_group(session, user_id, chat_id):
        raise NotInFamilyError("not the group of this person's family")


def _balance(session: Session, user_id: int, now: datetime) -> FamilyBalance:
    names = families.list_names(session, user_id)
    if not names:
        raise NotInFamilyError("the person is in no family")
    shared = each_once(families.shared_accounts(session, user_id))
    return FamilyBalance(
        tuple(
            MemberBalance(
                member_id, name, tuple(_shared_balance(each, now) for each in shared if each.member_id == member_id)
            )
            for member_id, name in names.items()
        )
    )


def _statement(session: Session, user_id: int, period: Period, now: datetime) -> FamilyStatement:
    names = families.list_names(session, user_id)
    if not names:
        raise NotInFamilyError("the person is in no family")
    whole = [each for each in families.shared_accounts(session, user_id) if each.level == ALL]
    by_id = {each.account["id"]: each for each in whole}
    better = better_shared(whole)
    ahead = {twin for twins in better.values() for twin in twins}
    until = rows_until(better, families.find_first_shared_days(session, user_id, ahead))
    rows = families.shared_rows(session, user_id, list(by_id), start=period.start, end=period.end)
    return FamilyStatement(
        period=period,
        rows=tuple(
            _family_row(row, by_id[row.account_id], names)
            for row in rows
            if row.account_id in by_id and row.occurred_on < until.get(row.account_id, date.max)
        ),
        accounts=tuple(_shared_balance(each, now) for each in each_once(whole)),
    )


def _shared_balance(shared: SharedAccount, now: datetime) -> SharedBalance:
    account = shared.account
    kind = kind_of(account)
    return SharedBalance(
        bank=account["connector_name"],
        name=label_of(account),
        kind=kind,
        currency_code=account["currency_code"],
        balance=account["balance"],
        level=shared.level,
        counts=not account["hidden"] and account["currency_code"] == BRL and kind != "other",
        age=freshness(shared.connection, now, _products(kind, shared.level)),
    )


def _products(kind: str, level: Level) -> frozenset[str]:
    """What the age of a figure stands on: nothing that tells of other accounts, or of rows that are not shared."""
    product = "creditCards" if kind == "card" else "accounts"
    return frozenset({product, "transactions"} if level == ALL else {product})


def _family_row(row: SharedRow, shared: SharedAccount, names: Mapping[int, str]) -> FamilyRow:
    return FamilyRow(
        member_id=shared.member_id,
        member=names[shared.member_id],
        bank=shared.account["connector_name"],
        account=label_of(shared.account),
        day=row.occurred_on,
        description=row.description,
        amount=row.amount,
        currency_code=row.currency_code,
        is_pending=row.status == PENDING,
    )
