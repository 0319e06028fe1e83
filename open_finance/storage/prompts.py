"""What people were asked to type outside of connecting: at most one thing a person. Never commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from open_finance.records import Prompt
from open_finance.storage.person_models import PromptRow
from open_finance.storage.statements import insert_into


def save_prompt(
    session: Session, user_id: int, *, kind: str, target_id: int | None, message_id: int | None, expires_at: datetime
) -> None:
    """Ask this of a person, instead of whatever was asked before."""
    asked = {"kind": kind, "target_id": target_id, "message_id": message_id, "expires_at": expires_at}
    session.execute(
        insert_into(session, PromptRow)
        .values(user_id=user_id, **asked)
        .on_conflict_do_update(index_elements=[PromptRow.user_id], set_=asked)
    )


def find_prompt(session: Session, user_id: int, now: datetime) -> Prompt | None:
    """What the person is being asked; None when it is nothing, or its time is over."""
    row = session.get(PromptRow, user_id)
    return None if row is None or row.expires_at <= now else _record(row)


def remove_prompt(session: Session, user_id: int) -> bool:
    """Ask no more. Of two simultaneous calls one gets True."""
    owned = delete(PromptRow).where(PromptRow.user_id == user_id)
    return session.execute(owned.returning(PromptRow.user_id)).first() is not None


def take_expired_prompts(session: Session, now: datetime) -> list[Prompt]:
    """Remove everybody's prompts whose time is over; each to one caller."""
    expired = session.scalars(select(PromptRow).where(PromptRow.expires_at <= now).with_for_update(skip_locked=True))
    found = [_record(row) for row in expired]
    session.execute(delete(PromptRow).where(PromptRow.user_id.in_([each["user_id"] for each in found])))
    return found


def _record(row: PromptRow) -> Prompt:
    return Prompt(
        user_id=row.user_id,
        kind=row.kind,
        target_id=row.target_id,
        message_id=row.message_id,
        expires_at=row.expires_at,
    )
