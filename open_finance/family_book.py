"""A person's family: who is in it, what each shares of their own accounts, and what they owe each other.

Every method is for the person who asks (``user_id``); what belongs to another family is answered as what does not exist.
A member is named by a ``member_id``, which says nothing of who they are on Telegram and outlives them in what was divided:
whoever leaves is ``quem saiu`` there. What the family sees of accounts is in ``family_reports``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.sharing.levels import Level
from open_finance.sharing.splitting import EQUALLY, Split
from open_finance.storage.database import Database, open_database

__all__ = [
    "DEPARTED",
    "AccountSharing",
    "Debt",
    "Family",
    "FamilyBook",
    "Invitation",
    "InvitationView",
    "Member",
    "Part",
    "Settlement",
    "SharedExpense",
]

#: What somebody who left is called in what was divided with them.
DEPARTED: Final = "quem saiu"
#: How long an invitation is good for.
GOOD_FOR: Final = timedelta(hours=24)
#: How long what was done can be taken back.
UNDO: Final = timedelta(minutes=10)
NAME_LIMIT: Final = 40
DESCRIPTION_LIMIT: Final = 60
MOST_MEMBERS: Final = 12
LEAST, MOST = Decimal("0.01"), Decimal("1000000.00")


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
    ``kind``: ``checking``, ``savings``, ``card`` or ``other``; ``balance``: of a card what is owed; ``hidden``: the person keeps
    it out of totals, and so it is out of the family's."""

    account_id: int
    bank: str
    name: str
    kind: str
    currency_code: str
    balance: Decimal
    hidden: bool
    level: Level


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


class FamilyBook:
    """Each person's own, and what they have in common.

    from open_finance.family_book import FamilyBook
    FamilyBook().create_family(123456789, "Ana")
    """

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    # --- the family ------------------------------------------------------------------------------------------------

    def create_family(self, user_id: int, display_name: str) -> Family:
        """A family of one, or the one that the person is in already. ``display_name``: what the others will read, cut to 40
        characters. Raises BankConnectionError (``BEING_ERASED``) while everything of the person's is being erased."""
        raise NotImplementedError

    def find_family(self, user_id: int) -> Family | None:
        """The family that the person is in."""
        raise NotImplementedError

    def invite(self, user_id: int) -> Invitation:
        """A new invitation; the family's earlier one, if it is still open, is good no more. Raises NotInFamilyError."""
        raise NotImplementedError

    def look_at_invitation(self, user_id: int, token: str) -> InvitationView:
        """What an invitation is to. Nothing of anybody's accounts. Raises InvitationError, also for one of the own family;
        AlreadyInFamilyError when the person is in another one."""
        raise NotImplementedError

    def accept(self, user_id: int, token: str, display_name: str) -> Family:
        """Come in. All accounts are hidden until ``share``. Of two at the same instant one gets in; whoever did sees
        ``InvitationError("own")`` at a second tap.

        Raises as ``look_at_invitation``, and BankConnectionError (``BEING_ERASED``).
        """
        raise NotImplementedError

    def leave(self, user_id: int) -> bool:
        """Go: nothing is shared any more, from this moment on, and the person is ``DEPARTED`` in what was divided; open
        invitations and the group's link that they made go with them. The last one out takes the family along. False: the
        person is in none. Coming back later begins anew."""
        raise NotImplementedError

    # --- sharing ---------------------------------------------------------------------------------------------------

    def list_sharing(self, user_id: int) -> list[AccountSharing]:
        """The person's own accounts, each once, with what the family sees of it; hidden is the default. Raises
        NotInFamilyError."""
        raise NotImplementedError

    def share(self, user_id: int, account_id: int, level: Level) -> AccountSharing:
        """Say what the family sees of an account, at once, through whichever connections it comes. Raises NotInFamilyError,
        AccountNotFoundError (not the person's, or read no more), ValueError on a level that is none."""
        raise NotImplementedError

    # --- the group -------------------------------------------------------------------------------------------------

    def link_group(self, user_id: int, chat_id: int) -> None:
        """The group ``chat_id`` is the family's from now on, in place of an earlier one: whoever reads it reads what is
        shared. Raises NotInFamilyError, GroupTakenError (another family's)."""
        raise NotImplementedError

    def unlink_group(self, user_id: int) -> bool:
        """The family has no group any more, whoever linked it. False: it had none, or the person is in no family."""
        raise NotImplementedError

    def find_group_family(self, chat_id: int) -> Family | None:
        """The family that a group is linked to; nobody in it ``is_you``."""
        raise NotImplementedError

    def is_group_of(self, user_id: int, chat_id: int) -> bool:
        """Whether the group is linked to this person's family: only then does the bot answer them there."""
        raise NotImplementedError

    # --- expenses --------------------------------------------------------------------------------------------------

    def add_expense(
        self,
        user_id: int,
        amount: Decimal,
        description: str = "",
        among: Sequence[int] | None = None,
        how: Split = EQUALLY,
    ) -> SharedExpense:
        """An expense of today's that the person paid. ``among``: member ids, in the order in which centavos left over are
        given out; None: all who are in the family now. ``how``: see ``sharing.splitting.Split``. The description is cut to 60
        characters.

        Raises NotInFamilyError, MemberNotFoundError (not in the family now), ExpenseError.
        """
        raise NotImplementedError

    def undo_expense(self, user_id: int, expense_id: int) -> bool:
        """Take an expense back, as who wrote it and within ten minutes. False: too late, somebody else's, or gone."""
        raise NotImplementedError

    def list_expenses(self, user_id: int, limit: int = 20) -> list[SharedExpense]:
        """The family's latest expenses, the newest first. Raises NotInFamilyError."""
        raise NotImplementedError

    def list_debts(self, user_id: int) -> list[Debt]:
        """Who owes whom in the person's family, in as few payments as sensible, the largest first. Raises
        NotInFamilyError."""
        raise NotImplementedError

    def settle(self, user_id: int, debtor: int, creditor: int, amount: Decimal) -> Settlement:
        """A debt as ``list_debts`` gives it was paid; ``debtor`` and ``creditor`` are member ids, of whom the person is one. A
        second tap within ten minutes answers the first one's settlement. Raises NotInFamilyError, DebtNotFoundError."""
        raise NotImplementedError

    def undo_settlement(self, user_id: int, settlement_id: int) -> bool:
        """Take it back, as who noted it and within ten minutes. False: too late, somebody else's, or gone."""
        raise NotImplementedError

    def list_settlements(self, user_id: int, limit: int = 20) -> list[Settlement]:
        """The family's latest settlements, the newest first. Raises NotInFamilyError."""
        raise NotImplementedError
