"""Families, for the machine: what Telegram tells of their groups, and whom to tell that somebody came or went.

As ``system``: never for what a person may see. Functions take the session first and never commit.
"""

from __future__ import annotations

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from open_finance.storage.family_models import FamilyGroupRow, FamilyMemberRow
from open_finance.storage.statements import execute


def move_group(session: Session, chat_id: int, new_chat_id: int) -> bool:
    """A group goes on under another id, and so does its link. False: it has none, or the new id has one already."""
    taken = exists().where(FamilyGroupRow.chat_id == new_chat_id)
    if session.scalar(select(taken)):
        return False
    moved = update(FamilyGroupRow).where(FamilyGroupRow.chat_id == chat_id).values(chat_id=new_chat_id)
    return bool(execute(session, moved))


def drop_group(session: Session, chat_id: int) -> bool:
    """The group is linked no more, whoever's it was. False: it was not."""
    return bool(execute(session, delete(FamilyGroupRow).where(FamilyGroupRow.chat_id == chat_id)))


def list_people(session: Session, family_id: int) -> list[int]:
    """Who is in a family, by their ids on Telegram, in the order they came."""
    its = select(FamilyMemberRow.user_id).where(FamilyMemberRow.family_id == family_id)
    return list(session.scalars(its.order_by(FamilyMemberRow.seat_id)))
