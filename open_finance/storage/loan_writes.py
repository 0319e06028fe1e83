"""What a synchronisation writes of loans and what they owed. As in ``ledger``: the session first and the person second, only
that person's rows, and nothing is committed. A second time over the same listing writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from open_finance.investment_merge import Kept, Standing
from open_finance.investment_records import LoanData, LoanSnapshot
from open_finance.storage.holding_rows import (
    LOANS,
    Merged,
    list_former,
    list_kept,
    merge_listed,
    move_holding,
    set_standing,
    take_place,
)
from open_finance.storage.investment_models import LoanRow, LoanSnapshotRow
from open_finance.storage.loans import list_loan_snapshots
from open_finance.storage.statements import execute, insert_into


def list_kept_loans(session: Session, user_id: int, connection_id: int) -> list[Kept[LoanData]]:
    """The loans that a connection of the person's has had, with how they stand, oldest first."""
    return list_kept(session, user_id, LOANS, connection_id)


def list_former_loans(session: Session, user_id: int, connection_id: int) -> list[Kept[LoanData]]:
    """The person's loans of other connections that are read no more and whose history is kept."""
    return list_former(session, user_id, LOANS, connection_id)


def merge_loans(
    session: Session, user_id: int, connection_id: int, listed: Iterable[LoanData], now: datetime
) -> Merged:
    """Store the loans that a connection lists: see ``merge_listed``."""
    return merge_listed(session, user_id, LOANS, connection_id, list(listed), now)


def set_loan_standing(session: Session, user_id: int, loan_id: int, standing: Standing, now: datetime) -> int:
    """Note whether a loan is still there. Returns the rows written."""
    return set_standing(session, user_id, LOANS, loan_id, standing, now)


def move_loan(session: Session, user_id: int, loan_id: int, connection_id: int, pluggy_id: str, now: datetime) -> int:
    """A loan goes on under another connection and another id, with its days. Returns the rows written."""
    return move_holding(session, user_id, LOANS, loan_id, (connection_id, pluggy_id), now)


def absorb_loan(session: Session, user_id: int, loan_id: int, twin_id: int, now: datetime) -> int:
    """A former loan takes the place of the one that goes on from it (``twin_id``): see ``absorb_investment``."""
    days = list_loan_snapshots(session, user_id, [twin_id])
    save_loan_snapshots(session, user_id, [day._replace(loan_id=loan_id) for day in days])
    return take_place(session, user_id, LOANS, loan_id, twin_id, now)


def save_loan_snapshots(session: Session, user_id: int, snapshots: Sequence[LoanSnapshot]) -> int:
    """Note what loans owed on a day: a later reading of the same day takes the place of the one before. Returns the rows
    written: none where that is known already, nor for loans of somebody else's."""
    if not snapshots:
        return 0
    ids = {one.loan_id for one in snapshots}
    own = set(session.scalars(select(LoanRow.id).where(LoanRow.id.in_(ids), LoanRow.user_id == user_id)))
    first = min((one.day for one in snapshots), default=None)
    found = list_loan_snapshots(session, user_id, own, date_from=first)
    known = {(one.loan_id, one.day): one.outstanding for one in found}
    written = 0
    for one in snapshots:
        if one.loan_id in own and known.get((one.loan_id, one.day)) != one.outstanding:
            values = {"outstanding": one.outstanding, "taken_at": one.taken_at}
            statement = insert_into(session, LoanSnapshotRow).values(**one._asdict(), user_id=user_id)
            keys = [LoanSnapshotRow.loan_id, LoanSnapshotRow.day]
            written += execute(session, statement.on_conflict_do_update(index_elements=keys, set_=values))
    return written
