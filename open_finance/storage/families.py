"""Families: who is in one, how one comes in, and which accounts are shared there. As in ``ledger``: the session first and
the person second, and nothing is committed. The family is that of the person who asks, joined in the statement itself.

``shared_accounts`` and ``shared_rows`` are the only doors to what belongs to other members; both begin with ``_shared``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from open_finance.sharing.family import SharedAccount
from open_finance.sharing.levels import ALL, BALANCE, HIDDEN, Level
from open_finance.storage.connection_rows import to_connection
from open_finance.storage.family_models import (
    FamilyGroupRow,
    FamilyInvitationRow,
    FamilyMemberRow,
    FamilyRow,
    FamilySeatRow,
    FamilyShareRow,
    SharedExpenseRow,
)
from open_finance.storage.ledger import ACCOUNT_COLUMNS, to_account
from open_finance.storage.models import AccountRow, ActionRow, ConnectionRow, TransactionRow
from open_finance.storage.statements import execute, insert_into


class Membership(NamedTuple):
    """A person's place in their family. ``member_id``: the seat."""

    family_id: int
    member_id: int


class InvitationRecord(NamedTuple):
    """``family_id`` and ``invited_by``: as they are now."""

    family_id: int
    invited_by: str
    expires_at: datetime
    used_at: datetime | None


class SharedRow(NamedTuple):
    """What the family sees of a row: nothing of what its owner wrote on it, nor who paid or received. ``id`` is ours."""

    id: int
    account_id: int
    occurred_on: date
    description: str
    amount: Decimal
    currency_code: str
    status: str


_ROW_COLUMNS: Final = tuple(TransactionRow.__table__.c[name] for name in SharedRow._fields)


#: Who asks, beside the members whose rows are asked for; a level that may stand in the way of another.
_ME: Final = aliased(FamilyMemberRow)
_OTHER_SHARE: Final = aliased(FamilyShareRow)


# --- who is in it ----------------------------------------------------------------------------------------------------


def find_membership(session: Session, user_id: int, *, lock: bool = False) -> Membership | None:
    """Where the person is. ``lock``: nobody comes, goes or settles there until the transaction ends."""
    own = select(FamilyMemberRow.family_id, FamilyMemberRow.seat_id).where(FamilyMemberRow.user_id == user_id)
    found = session.execute(own).one_or_none()
    if found is not None and lock:
        lock_family(session, found.family_id)
        found = session.execute(own).one_or_none()  # whoever held the lock may have changed it
    return None if found is None else Membership(found.family_id, found.seat_id)


def lock_family(session: Session, family_id: int) -> bool:
    """Wait for whoever is changing a family. False: it is no more."""
    one = select(FamilyRow.id).where(FamilyRow.id == family_id).with_for_update()
    return session.scalar(one) is not None


def list_names(session: Session, user_id: int) -> dict[int, str]:
    """``{member id: name}`` of those who are in the person's family now, in the order they came."""
    return _names(session, _family_of(user_id))


def add_family(session: Session, user_id: int, name: str, now: datetime) -> bool:
    """A family of this person's alone. False, and nothing written, when they are in one."""
    try:
        with session.begin_nested():
            family = FamilyRow(created_at=now)
            session.add(family)
            session.flush()
            _sit_down(session, user_id, family.id, name, now)
    except IntegrityError:
        return False
    return True


def add_member(session: Session, user_id: int, family_id: int, name: str, now: datetime) -> bool:
    """Let the person in. False, and nothing written, when they are in a family. The family is locked."""
    try:
        with session.begin_nested():
            _sit_down(session, user_id, family_id, name, now)
    except IntegrityError:
        return False
    return True


def remove_member(session: Session, user_id: int, *, forget: bool = False) -> bool:
    """The person goes, with all that they share and have made; the last one takes the family along. ``forget``: what they
    wrote of expenses goes as well. False: they are in none."""
    own = find_membership(session, user_id, lock=True)
    if own is None:
        return False
    if forget:
        written = update(SharedExpenseRow).where(SharedExpenseRow.written_by == own.member_id)
        execute(session, written.values(description=""))
    session.execute(delete(FamilyMemberRow).where(FamilyMemberRow.user_id == user_id))
    is_left = exists().where(FamilyMemberRow.family_id == own.family_id)
    if not session.scalar(select(is_left)):
        session.execute(delete(FamilyRow).where(FamilyRow.id == own.family_id))
    return True


def _sit_down(session: Session, user_id: int, family_id: int, name: str, now: datetime) -> None:
    seat = FamilySeatRow(family_id=family_id)
    session.add(seat)
    session.flush()
    session.add(
        FamilyMemberRow(user_id=user_id, family_id=family_id, seat_id=seat.id, display_name=name, joined_at=now)
    )
    session.flush()


# --- coming in -------------------------------------------------------------------------------------------------------


def replace_invitation(session: Session, user_id: int, token_sha256: str, expires_at: datetime, now: datetime) -> bool:
    """A new way into the person's family, in place of one that is open. False: they are in none."""
    own = find_membership(session, user_id, lock=True)
    if own is None:
        return False
    its = select(FamilyMemberRow.user_id).where(FamilyMemberRow.family_id == own.family_id)
    is_over = or_(FamilyInvitationRow.used_at.is_(None), FamilyInvitationRow.expires_at <= now)
    execute(session, delete(FamilyInvitationRow).where(FamilyInvitationRow.user_id.in_(its), is_over))
    row = FamilyInvitationRow(token_sha256=token_sha256, user_id=user_id, created_at=now, expires_at=expires_at)
    session.add(row)
    session.flush()
    return True


def find_invitation(session: Session, token_sha256: str) -> InvitationRecord | None:
    """The invitation of a token: whoever has it may see what it is to."""
    one = (
        select(
            FamilyMemberRow.family_id,
            FamilyMemberRow.display_name,
            FamilyInvitationRow.expires_at,
            FamilyInvitationRow.used_at,
        )
        .join(FamilyMemberRow, FamilyMemberRow.user_id == FamilyInvitationRow.user_id)
        .where(FamilyInvitationRow.token_sha256 == token_sha256)
    )
    found = session.execute(one).one_or_none()
    return None if found is None else InvitationRecord(*found)


def use_invitation(session: Session, token_sha256: str, now: datetime) -> bool:
    """Whether it was good, and is used now: of several callers at once one gets True."""
    used = (
        update(FamilyInvitationRow)
        .where(
            FamilyInvitationRow.token_sha256 == token_sha256,
            FamilyInvitationRow.used_at.is_(None),
            FamilyInvitationRow.expires_at > now,
        )
        .values(used_at=now)
    )
    return bool(execute(session, used))


def list_names_of(session: Session, family_id: int) -> dict[int, str]:
    """As ``list_names``, for whoever has an invitation or the group."""
    return _names(session, select(FamilyRow.id).where(FamilyRow.id == family_id).scalar_subquery())


# --- sharing ---------------------------------------------------------------------------------------------------------


def list_levels(session: Session, user_id: int) -> dict[int, Level]:
    """``{id of an account of the person's: its level}``; what is not there is hidden."""
    own = select(FamilyShareRow.account_id, FamilyShareRow.level).where(FamilyShareRow.user_id == user_id)
    return {row.account_id: row.level for row in session.execute(own)}


def set_level(session: Session, user_id: int, account_ids: Iterable[int], level: Level, now: datetime) -> None:
    """What the person's family sees of these accounts of theirs; nothing is written of what is not theirs, nor while they
    are in none."""
    if level == HIDDEN:
        hide_accounts(session, user_id, account_ids)
        return
    own = select(AccountRow.id).where(AccountRow.id.in_(set(account_ids)), AccountRow.user_id == user_id)
    values = {"user_id": user_id, "level": level, "shared_at": now}
    if find_membership(session, user_id, lock=True) is None:
        return
    for account_id in session.scalars(own.order_by(AccountRow.id)).all():
        row = insert_into(session, FamilyShareRow).values(account_id=account_id, **values)
        session.execute(row.on_conflict_do_update(index_elements=[FamilyShareRow.account_id], set_=values))


def forget_shares(session: Session, user_id: int, connection_id: int) -> None:
    """The accounts of one of the person's connections are shared no more."""
    its = select(AccountRow.id).where(AccountRow.connection_id == connection_id, AccountRow.user_id == user_id)
    execute(session, delete(FamilyShareRow).where(FamilyShareRow.account_id.in_(its)))


def hide_accounts(session: Session, user_id: int, account_ids: Iterable[int]) -> None:
    """These accounts of the person's are shared no more."""
    its = FamilyShareRow.account_id.in_(set(account_ids)), FamilyShareRow.user_id == user_id
    execute(session, delete(FamilyShareRow).where(*its))


def carry_share(session: Session, user_id: int, account_id: int, former_id: int) -> None:
    """An account of the person's goes on in another one: it is shared as it was, unless the other one has a level."""
    its = FamilyShareRow.account_id == former_id, FamilyShareRow.user_id == user_id
    is_theirs = exists().where(AccountRow.id == account_id, AccountRow.user_id == user_id)
    free = ~exists().where(_OTHER_SHARE.account_id == account_id)
    execute(session, update(FamilyShareRow).where(*its, free, is_theirs).values(account_id=account_id))


# --- the group -------------------------------------------------------------------------------------------------------


def link_group(session: Session, user_id: int, chat_id: int, now: datetime) -> bool:
    """The group is that of the person's family, in place of an earlier one. False: it is another family's. The family is
    locked."""
    of_family = _members_of(user_id)
    taken = select(FamilyGroupRow.user_id).where(
        FamilyGroupRow.chat_id == chat_id, ~FamilyGroupRow.user_id.in_(of_family)
    )
    if session.scalar(taken) is not None:
        return False
    execute(session, delete(FamilyGroupRow).where(FamilyGroupRow.user_id.in_(of_family)))
    row = insert_into(session, FamilyGroupRow).values(chat_id=chat_id, user_id=user_id, linked_at=now)
    written = session.execute(row.on_conflict_do_nothing().returning(FamilyGroupRow.chat_id))
    return written.first() is not None  # None: another family's, a moment earlier


def unlink_group(session: Session, user_id: int) -> bool:
    """Whether the person's family had a group."""
    return bool(execute(session, delete(FamilyGroupRow).where(FamilyGroupRow.user_id.in_(_members_of(user_id)))))


def has_group(session: Session, user_id: int, chat_id: int | None = None) -> bool:
    """Whether the person's family has a group; with a ``chat_id`` that one."""
    linked = exists().where(FamilyGroupRow.user_id.in_(_members_of(user_id)))
    return (
        session.scalar(select(linked if chat_id is None else linked.where(FamilyGroupRow.chat_id == chat_id))) is True
    )


def find_family_of_group(session: Session, chat_id: int) -> int | None:
    """The family that a group is linked to."""
    linker = (
        select(FamilyMemberRow.family_id)
        .join(FamilyGroupRow, FamilyGroupRow.user_id == FamilyMemberRow.user_id)
        .where(FamilyGroupRow.chat_id == chat_id)
    )
    return session.scalar(linker)


# --- the door --------------------------------------------------------------------------------------------------------


def shared_accounts(session: Session, user_id: int) -> list[SharedAccount]:
    """The accounts that are shared in the person's family at this moment, their own among them, and no other."""
    found = session.execute(
        _shared(user_id, FamilyMemberRow.seat_id, FamilyShareRow.level, *ACCOUNT_COLUMNS, ConnectionRow, ActionRow)
        .outerjoin(ActionRow, ActionRow.connection_id == ConnectionRow.id)
        .order_by(FamilyMemberRow.seat_id, AccountRow.connection_id, AccountRow.id)
    )
    shared = []
    for row in found.mappings():
        account = to_account({column.key: row[column] for column in ACCOUNT_COLUMNS})
        connection = to_connection(row["ConnectionRow"], row["ActionRow"])
        shared.append(SharedAccount(row["seat_id"], row["level"], account, connection))
    return shared


def shared_rows(
    session: Session, user_id: int, account_ids: Collection[int], *, start: date, end: date
) -> list[SharedRow]:
    """The rows, from ``start`` to ``end``, the newest first, of those of these accounts that are shared whole in the
    person's family at this moment."""
    found = session.execute(
        _shared(user_id, *_ROW_COLUMNS)
        .join(TransactionRow, _is_row_of_account())
        .where(_is_whole(account_ids), TransactionRow.occurred_on.between(start, end))
        .order_by(TransactionRow.occurred_on.desc(), TransactionRow.id.desc())
    )
    return [SharedRow(*row) for row in found]


def find_first_shared_days(session: Session, user_id: int, account_ids: Collection[int]) -> dict[int, date]:
    """The day of the oldest row of each of these accounts that is shared whole; one without rows is left out."""
    found = session.execute(
        _shared(user_id, AccountRow.id, func.min(TransactionRow.occurred_on))
        .join(TransactionRow, _is_row_of_account())
        .where(_is_whole(account_ids))
        .group_by(AccountRow.id)
    )
    return {row[0]: row[1] for row in found}


def _shared(user_id: int, *columns: Any) -> Select[Any]:
    """Shares of the members of this person's family, with the member, the account and its connection. Everything that is
    seen of another member's accounts is selected from this."""
    return (
        select(*columns)
        .select_from(FamilyShareRow)
        .join(FamilyMemberRow, FamilyMemberRow.user_id == FamilyShareRow.user_id)
        .join(
            AccountRow, and_(AccountRow.id == FamilyShareRow.account_id, AccountRow.user_id == FamilyShareRow.user_id)
        )
        .join(
            ConnectionRow,
            and_(ConnectionRow.id == AccountRow.connection_id, ConnectionRow.user_id == FamilyShareRow.user_id),
        )
        .where(
            FamilyMemberRow.family_id == _family_of(user_id),
            FamilyShareRow.level.in_((BALANCE, ALL)),
            AccountRow.listed,
            ConnectionRow.disconnect_requested_at.is_(None),
        )
    )


def _is_row_of_account() -> ColumnElement[bool]:
    return and_(TransactionRow.account_id == AccountRow.id, TransactionRow.removed_at.is_(None))


def _is_whole(account_ids: Collection[int]) -> ColumnElement[bool]:
    return and_(FamilyShareRow.level == ALL, AccountRow.id.in_(account_ids))


# --- the small parts -------------------------------------------------------------------------------------------------


def _family_of(user_id: int) -> Any:
    return select(_ME.family_id).where(_ME.user_id == user_id).scalar_subquery()


def _members_of(user_id: int) -> Select[Any]:
    """The people of this person's family."""
    return select(FamilyMemberRow.user_id).where(FamilyMemberRow.family_id == _family_of(user_id))


def _names(session: Session, family_id: Any) -> dict[int, str]:
    members = (
        select(FamilyMemberRow.seat_id, FamilyMemberRow.display_name)
        .where(FamilyMemberRow.family_id == family_id)
        .order_by(FamilyMemberRow.seat_id)
    )
    return {row.seat_id: row.display_name for row in session.execute(members)}
