"""What people want of /previsao and /posso_gastar. As in ``ledger``: the session first and the person second, only that
person's rows, and nothing is committed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from open_finance.storage.outlook_models import OutlookSettingsRow
from open_finance.storage.statements import insert_into


def find_reserve(session: Session, user_id: int) -> Decimal | None:
    """BRL that are never counted as free to spend; None where the person has said nothing."""
    return session.scalar(select(OutlookSettingsRow.reserve).where(OutlookSettingsRow.user_id == user_id))


def save_reserve(session: Session, user_id: int, amount: Decimal, now: datetime) -> None:
    """Write what is kept back, in the place of what was."""
    values = {"reserve": amount, "updated_at": now}
    session.execute(
        insert_into(session, OutlookSettingsRow)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=[OutlookSettingsRow.user_id], set_=values)
    )
