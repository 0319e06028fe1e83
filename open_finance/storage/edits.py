"""What a person wrote on a row, when the row goes and another is what it was. As in ``ledger``: the session first and the
person second, only that person's rows, and nothing is committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from open_finance.records import StoredTransaction
from open_finance.storage.ledger import stored_rows
from open_finance.storage.models import TransactionRow
from open_finance.storage.statements import batches, execute, is_of

#: Between what a person wrote on two rows that are one, and beside what the bot writes for them.
NOTE_SEPARATOR = " · "
_DISPUTED = "Não reconhecido em"


def list_edited(session: Session, user_id: int, ids: Iterable[int]) -> list[StoredTransaction]:
    """Those of these rows (ids of ours) on which the person wrote something."""
    edited = or_(TransactionRow.note.is_not(None), TransactionRow.user_category.is_not(None))
    owned = (edited, is_of(user_id, TransactionRow.user_id))
    return [row for batch in batches(ids) for row in stored_rows(session, TransactionRow.id.in_(batch), *owned)]


def list_younger(session: Session, user_id: int, account_id: int, row: StoredTransaction) -> list[StoredTransaction]:
    """The standing rows of an account on the day of one of its rows that came after that one, and on which the person wrote
    nothing. What was there beside it is another purchase, however equal."""
    came_at = select(TransactionRow.created_at).where(TransactionRow.id == row["id"], TransactionRow.user_id == user_id)
    return list(
        stored_rows(
            session,
            TransactionRow.account_id == account_id,
            is_of(user_id, TransactionRow.user_id),
            TransactionRow.occurred_on == row["occurred_on"],
            TransactionRow.removed_at.is_(None),
            TransactionRow.created_at > came_at.scalar_subquery(),
            TransactionRow.note.is_(None),
            TransactionRow.user_category.is_(None),
        )
    )


def hand_over_edits(session: Session, user_id: int, account_id: int, heirs: Mapping[int, str]) -> None:
    """Write what the person wrote on a row (ids of ours) also on another of the same account, by its Pluggy id."""
    for row_id, pluggy_id in heirs.items():
        owned = (TransactionRow.id == row_id, TransactionRow.user_id == user_id)
        written = session.execute(select(TransactionRow.note, TransactionRow.user_category).where(*owned)).one_or_none()
        if written is None:
            continue
        heir = (TransactionRow.account_id == account_id, TransactionRow.pluggy_id == pluggy_id)
        values = {"note": written.note, "user_category": written.user_category}
        execute(session, update(TransactionRow).where(*heir, is_of(user_id, TransactionRow.user_id)).values(**values))


def add_note(session: Session, user_id: int, row_id: int, note: str) -> None:
    """Write a note on a row, below what the person has written there; a note that is there is not repeated."""
    _rewrite(session, user_id, row_id, lambda lines: lines if note in lines else [*lines, note])


def remove_note(session: Session, user_id: int, row_id: int, note: str) -> None:
    """Take a note back; what the person has written beside it stays."""
    _rewrite(session, user_id, row_id, lambda lines: [line for line in lines if line != note])


def dispute_note(day: str) -> str:
    """What *Não reconheço* writes on a row."""
    return f"{_DISPUTED} {day}"


def set_note(session: Session, user_id: int, row_id: int, note: str | None) -> None:
    """Write a note in the place of what the person has written there; what the bot noted of a dispute stays."""
    own = [] if note is None else [note]
    _rewrite(session, user_id, row_id, lambda lines: [*own, *(line for line in lines if line.startswith(_DISPUTED))])


def own_note(note: str | None) -> str:
    """What of a note the person has written: all but what the bot noted of a dispute."""
    lines = (note or "").split(NOTE_SEPARATOR)
    return NOTE_SEPARATOR.join(line for line in lines if line and not line.startswith(_DISPUTED))


def _rewrite(session: Session, user_id: int, row_id: int, change: Callable[[list[str]], list[str]]) -> None:
    owned = (TransactionRow.id == row_id, TransactionRow.user_id == user_id)
    found = session.execute(select(TransactionRow.note).where(*owned).with_for_update()).one_or_none()
    if found is not None:
        lines = change([line for line in (found.note or "").split(NOTE_SEPARATOR) if line])
        execute(session, update(TransactionRow).where(*owned).values(note=NOTE_SEPARATOR.join(lines) or None))
