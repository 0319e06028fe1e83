"""What ``family_book`` answers: families, who is in them, what is shared, what was divided. Records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from open_finance.records import Account, Connection
from open_finance.sharing.levels import Level

#: What somebody who left is called in what was divided with them.
DEPARTED: Final = "quem saiu"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a family. ``is_you``: the person who asks (never, where nobody asks). ``has_left``: ``name`` is then
    ``DEPARTED``."""

    member_id: int
    name: str
    is_you: bool = False
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """``members``: those who are in it now, in the order they came; at least one. ``has_group``: a group is linked."""

    family_id: int
    members: tuple[Member, ...]
    has_group: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """A way in, for one person and until ``expires_at``. ``token``: 32 characters of ``A-Za-z0-9_-``, fit for a deep link;
    only its hash is stored, so it is shown once."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationView:
    """What a guest sees before saying yes. ``invited_by``: the name of who invites; ``members``: the names of all who are
    in."""

    invited_by: str
    members: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccountSharing:
    """One of the person's own accounts and what the others see of it. ``bank`` and ``name`` are what they would read;
    ``kind``: ``checking``, ``savings``, ``card`` or ``other``; ``balance``: of a card what is owed; ``hidden``: the person
    keeps it out of totals, and so it is out of the family's."""

    account_id: int
    bank: str
    name: str
    kind: str
    currency_code: str
    balance: Decimal
    hidden: bool
    level: Level


class SharedAccount(NamedTuple):
    """An account as the one door gives it (``storage.families.shared_accounts``). ``level``: ``balance`` or ``all``; what of
    it may be shown, ``family_reports`` decides."""

    member_id: int
    level: Level
    account: Account
    connection: Connection


@dataclass(frozen=True, slots=True)
class Part:
    """What one member's part of an expense is, in BRL."""

    member: Member
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SharedExpense:
    """An expense that was divided; ``parts`` add up to ``amount`` (BRL). ``day``: São Paulo's. ``description``: empty where
    nothing was said, or who wrote it erased everything. ``can_undo``: who asks wrote it, less than ten minutes ago."""

    expense_id: int
    paid_by: Member
    amount: Decimal
    description: str
    day: date
    parts: tuple[Part, ...]
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Debt:
    """``debtor`` owes ``creditor`` so much (BRL). ``is_yours``: who asks is one of the two, and may settle it."""

    debtor: Member
    creditor: Member
    amount: Decimal
    is_yours: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """A debt that was paid. ``can_undo``: who asks noted it, less than ten minutes ago."""

    settlement_id: int
    debtor: Member
    creditor: Member
    amount: Decimal
    paid_at: datetime
    can_undo: bool


def member_of(member_id: int, own_id: int | None, present: Mapping[int, str]) -> Member:
    """A seat as the person whose seat is ``own_id`` sees it. ``present``: names of those who are there now."""
    if member_id not in present:
        return Member(member_id, DEPARTED, has_left=True)
    return Member(member_id, present[member_id], is_you=member_id == own_id)
