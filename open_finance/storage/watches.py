"""Which offline banks a person waits for. Every function takes the session first and the person second, looks only at that
person's rows, and never commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from open_finance.storage.erasures import refuse_while_erasing
from open_finance.storage.person_models import BankWatchRow
from open_finance.storage.statements import insert_into


def watch_bank(session: Session, user_id: int, connector_id: int, connector_name: str, now: datetime) -> bool:
    """Note that the person waits for a bank; False, and nothing changed, when they do already. Raises BankConnectionError
    (``BEING_ERASED``) while everything of the person's is being erased."""
    refuse_while_erasing(session, user_id)
    values = {
        "user_id": user_id,
        "connector_id": connector_id,
        "connector_name": connector_name,
        "created_at": now,
    }
    made = insert_into(session, BankWatchRow).values(values).on_conflict_do_nothing().returning(BankWatchRow.user_id)
    return session.execute(made).first() is not None


def name_watch(session: Session, user_id: int, connector_id: int, connector_name: str) -> None:
    """What the bank is called that the person waits for; one who waits no longer stays so."""
    owned = update(BankWatchRow).where(BankWatchRow.user_id == user_id, BankWatchRow.connector_id == connector_id)
    session.execute(owned.values(connector_name=connector_name))


def unwatch_bank(session: Session, user_id: int, connector_id: int) -> bool:
    """The person waits for a bank no longer; False when they did not."""
    owned = delete(BankWatchRow).where(BankWatchRow.user_id == user_id, BankWatchRow.connector_id == connector_id)
    return session.execute(owned.returning(BankWatchRow.user_id)).first() is not None
