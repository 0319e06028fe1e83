"""A person's family: who is in it, what each shares of their own accounts, and what they owe each other.

Every method is for the person who asks (``user_id``); what belongs to another family is answered as what does not exist.
A member is named by a ``member_id``, which says nothing of who they are on Telegram and outlives them in what was divided:
whoever leaves is ``quem saiu`` there. What the family sees of accounts is in ``family_reports``.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from open_finance.alerts.keys import joined_key, left_key
from open_finance.alerts.notification import NewNotification
from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.errors import (
    AccountNotFoundError,
    AlreadyInFamilyError,
    GroupTakenError,
    InvitationError,
    NotInFamilyError,
)
from open_finance.family_expenses import DESCRIPTION_LIMIT, UNDO, FamilyExpenses, own_membership, typed_text
from open_finance.reading.balances import better_twins, kind_of
from open_finance.records import Account
from open_finance.sharing.family import (
    DEPARTED,
    AccountSharing,
    Debt,
    Family,
    Invitation,
    InvitationView,
    Member,
    Part,
    Settlement,
    SharedExpense,
    member_of,
)
from open_finance.sharing.levels import LEVELS, Level, label_of, most_open
from open_finance.storage import erasures, families, family_system, ledger, outbox, repository
from open_finance.storage.database import Database, Session, open_database
from open_finance.storage.families import InvitationRecord, Membership

__all__ = [
    "DEPARTED",
    "DESCRIPTION_LIMIT",
    "UNDO",
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

#: How long an invitation is good for.
GOOD_FOR: Final = timedelta(hours=24)
#: Of a token: 192 bits, which are 32 characters.
TOKEN_BYTES: Final = 24
NAME_LIMIT: Final = 40
MOST_MEMBERS: Final = 12


class FamilyBook(FamilyExpenses):
    """Each person's own, and what they have in common.

    from open_finance.family_book import FamilyBook
    FamilyBook().create_family(123456789, "Ana")
    """

    def __init__(
        self,
        database: Database | None = None,
        clock: Clock | None = None,
        *,
        settings: Settings | None = None,
        new_token: Callable[[], str] = lambda: secrets.token_urlsafe(TOKEN_BYTES),
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        super().__init__(database or open_database(settings), clock or SystemClock())
        self._new_token = new_token

    # --- the family ------------------------------------------------------------------------------------------------

    def create_family(self, user_id: int, display_name: str) -> Family:
        """A family of one, or the one that the person is in already. ``display_name``: what the others will read, cut to 40
        characters. Raises BankConnectionError (``BEING_ERASED``) while everything of the person's is being erased."""
        with self._database.writing() as session:
            erasures.refuse_while_erasing(session, user_id)
            families.add_family(session, user_id, _name(display_name), self._clock.now())
            return _family(session, user_id, own_membership(session, user_id))

    def find_family(self, user_id: int) -> Family | None:
        """The family that the person is in."""
        with self._database.reading() as session:
            own = families.find_membership(session, user_id)
            return None if own is None else _family(session, user_id, own)

    def invite(self, user_id: int) -> Invitation:
        """A new invitation; the family's earlier one, if it is still open, is good no more. Raises NotInFamilyError."""
        token, now = self._new_token(), self._clock.now()
        with self._database.writing() as session:
            if not families.replace_invitation(session, user_id, _digest(token), now + GOOD_FOR, now):
                raise NotInFamilyError("the person is in no family")
        return Invitation(token, now + GOOD_FOR)

    def look_at_invitation(self, user_id: int, token: str) -> InvitationView:
        """What an invitation is to. Nothing of anybody's accounts. Raises InvitationError, also for one of the own family;
        AlreadyInFamilyError when the person is in another one."""
        with self._database.reading() as session:
            found = self._check_invitation(session, user_id, token)
            members = families.list_names_of(session, found.family_id)
            return InvitationView(found.invited_by, tuple(members.values()), found.expires_at)

    def accept(self, user_id: int, token: str, display_name: str) -> Family:
        """Come in. All accounts are hidden until ``share``. Of two at the same instant one gets in; whoever did sees
        ``InvitationError("own")`` at a second tap. The others are to be told (``notifications``).

        Raises as ``look_at_invitation``, and BankConnectionError (``BEING_ERASED``).
        """
        now = self._clock.now()
        with self._database.writing() as session:
            erasures.refuse_while_erasing(session, user_id)
            found = self._check_invitation(session, user_id, token)
            # The family before the invitation, as whoever leaves takes them: else each may wait for the other.
            if not families.lock_family(session, found.family_id):
                raise InvitationError("unknown")
            self._check_invitation(session, user_id, token)
            if not families.use_invitation(session, _digest(token), now):
                raise InvitationError("used")
            if not families.add_member(session, user_id, found.family_id, _name(display_name), now):
                raise AlreadyInFamilyError("the person is in a family")
            own = own_membership(session, user_id)
            came = NewNotification(joined_key(own.member_id), "family_joined", detail={"member_id": own.member_id})
            _tell_others(session, user_id, own.family_id, came, now)
            return _family(session, user_id, own)

    def leave(self, user_id: int) -> bool:
        """Go: nothing is shared any more, from this moment on, and the person is ``DEPARTED`` in what was divided; open
        invitations and the group's link that they made go with them. The others are to be told (``notifications``); the last
        one out takes the family along. False: the person is in none. Coming back later begins anew."""
        with self._database.writing() as session:
            own = families.find_membership(session, user_id, lock=True)
            if own is None:
                return False
            name = families.list_names(session, user_id)[own.member_id]
            families.remove_member(session, user_id)
            detail = {"family_id": own.family_id, "name": name}
            went = NewNotification(left_key(own.member_id), "family_left", detail=detail)
            _tell_others(session, user_id, own.family_id, went, self._clock.now())
            return True

    # --- sharing ---------------------------------------------------------------------------------------------------

    def list_sharing(self, user_id: int) -> list[AccountSharing]:
        """The person's own accounts, each once, with what the family sees of it; hidden is the default. Raises
        NotInFamilyError."""
        with self._database.reading() as session:
            own_membership(session, user_id)
            return [_sharing(session, user_id, twins) for twins in _accounts(session, user_id)]

    def share(self, user_id: int, account_id: int, level: Level) -> AccountSharing:
        """Say what the family sees of an account, at once, through whichever connections it comes. Raises NotInFamilyError,
        AccountNotFoundError (not the person's, or read no more), ValueError on a level that is none."""
        if level not in LEVELS:
            raise ValueError("not a level of sharing")
        with self._database.writing() as session:
            own_membership(session, user_id, lock=True)
            known = _accounts(session, user_id)
            twins = next((each for each in known if account_id in {twin["id"] for twin in each}), None)
            if twins is None:
                raise AccountNotFoundError("no such account for this person")
            families.set_level(session, user_id, (twin["id"] for twin in twins), level, self._clock.now())
            return _sharing(session, user_id, twins)

    # --- the group -------------------------------------------------------------------------------------------------

    def link_group(self, user_id: int, chat_id: int) -> None:
        """The group ``chat_id`` is the family's from now on, in place of an earlier one: whoever reads it reads what is
        shared. Raises NotInFamilyError, GroupTakenError (another family's)."""
        with self._database.writing() as session:
            own_membership(session, user_id, lock=True)
            if not families.link_group(session, user_id, chat_id, self._clock.now()):
                raise GroupTakenError("the group is another family's")

    def unlink_group(self, user_id: int) -> bool:
        """The family has no group any more, whoever linked it. False: it had none, or the person is in no family."""
        with self._database.writing() as session:
            return families.unlink_group(session, user_id)

    def find_group_family(self, chat_id: int) -> Family | None:
        """The family that a group is linked to; nobody in it ``is_you``."""
        with self._database.reading() as session:
            family_id = families.find_family_of_group(session, chat_id)
            if family_id is None:
                return None
            names = families.list_names_of(session, family_id)
            return Family(family_id, tuple(Member(each, name) for each, name in names.items()), has_group=True)

    def is_group_of(self, user_id: int, chat_id: int) -> bool:
        """Whether the group is linked to this person's family: only then does the bot answer them there."""
        with self._database.reading() as session:
            return families.has_group(session, user_id, chat_id)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _check_invitation(self, session: Session, user_id: int, token: str) -> InvitationRecord:
        """An invitation that lets this person in at this moment."""
        found = families.find_invitation(session, _digest(token))
        if found is None:
            raise InvitationError("unknown")
        own = families.find_membership(session, user_id)
        if own is not None and own.family_id == found.family_id:
            raise InvitationError("own")
        if found.used_at is not None:
            raise InvitationError("used")
        if found.expires_at <= self._clock.now():
            raise InvitationError("expired")
        if own is not None:
            raise AlreadyInFamilyError("the person is in another family")
        if len(families.list_names_of(session, found.family_id)) >= MOST_MEMBERS:
            raise InvitationError("full")
        return found


# --- the small parts -------------------------------------------------------------------------------------------------


def _tell_others(session: Session, user_id: int, family_id: int, news: NewNotification, now: datetime) -> None:
    """To everybody who is in the family now, but for who came or went."""
    for person in family_system.list_people(session, family_id):
        if person != user_id:
            outbox.add_notifications(session, person, [news], now)


def _family(session: Session, user_id: int, own: Membership) -> Family:
    present = families.list_names(session, user_id)
    members = tuple(member_of(each, own.member_id, present) for each in present)
    return Family(own.family_id, members, families.has_group(session, user_id))


def _accounts(session: Session, user_id: int) -> list[list[Account]]:
    """The person's accounts that are still read, each with its twins: the one that counts is the first."""
    accounts = ledger.list_accounts(session, user_id)
    better = better_twins(accounts, repository.list_connections(session, user_id))
    first = {each["id"]: [each] for each in accounts if each["id"] not in better}
    for account in accounts:
        if account["id"] in better:
            first[better[account["id"]][0]].append(account)
    return list(first.values())


def _sharing(session: Session, user_id: int, twins: Sequence[Account]) -> AccountSharing:
    account, levels = twins[0], families.list_levels(session, user_id)
    return AccountSharing(
        account_id=account["id"],
        bank=account["connector_name"],
        name=label_of(account),
        kind=kind_of(account),
        currency_code=account["currency_code"],
        balance=account["balance"],
        hidden=account["hidden"],
        level=most_open(levels.get(twin["id"]) for twin in twins),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _name(display_name: str) -> str:
    return typed_text(display_name, NAME_LIMIT) or "Alguém"
