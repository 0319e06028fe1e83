"""What a family divides, and what was paid back. As in ``families``: only what is of the family of the person who asks, and
nothing is committed. Members are seats (``family_models``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, delete, select
from sqlalchemy.orm import Session

from open_finance.sharing.debts import Paid, PaidBack, Transfer
from open_finance.storage.families import find_membership
from open_finance.storage.family_models import (
    ExpensePartRow,
    FamilyMemberRow,
    FamilySeatRow,
    SettlementRow,
    SharedExpenseRow,
)
from open_finance.storage.statements import execute


class ExpenseRecord(NamedTuple):
    """``paid_by``, ``written_by`` and the keys of ``parts``: member ids; ``parts`` in the order in which they were named."""

    id: int
    paid_by: int
    written_by: int
    amount: Decimal
    description: str
    day: date
    created_at: datetime
    parts: dict[int, Decimal]


class SettlementRecord(NamedTuple):
    """``debtor``, ``creditor`` and ``noted_by``: member ids."""

    id: int
    debtor: int
    creditor: int
    noted_by: int
    amount: Decimal
    paid_at: datetime


# --- expenses --------------------------------------------------------------------------------------------------------


def add_expense(
    session: Session, user_id: int, parts: Mapping[int, Decimal], description: str, day: date, now: datetime
) -> int | None:
    """An expense that the person paid, of what its parts add up to. None, and nothing written, when they are in no family or
    a part is that of a seat in another one."""
    own = find_membership(session, user_id, lock=True)
    if own is None or not set(parts) <= _seats(session, own.family_id):
        return None
    row = SharedExpenseRow(
        family_id=own.family_id,
        paid_by=own.member_id,
        written_by=own.member_id,
        amount=sum(parts.values(), Decimal("0.00")),
        description=description,
        day=day,
        created_at=now,
    )
    session.add(row)
    session.flush()
    for place, (seat_id, amount) in enumerate(parts.items()):
        session.add(ExpensePartRow(expense_id=row.id, seat_id=seat_id, place=place, amount=amount))
    session.flush()
    return row.id


def delete_expense(session: Session, user_id: int, expense_id: int, since: datetime) -> bool:
    """Whether the person wrote such an expense at that moment or after it: it is gone."""
    row = SharedExpenseRow
    own = row.id == expense_id, row.written_by.in_(_seat_of(user_id)), row.created_at >= since
    return bool(execute(session, delete(row).where(*own)))


def list_expenses(
    session: Session, user_id: int, limit: int | None = None, expense_id: int | None = None
) -> list[ExpenseRecord]:
    """Those of the person's family, the newest first; at most ``limit``, or the one of an id."""
    row = SharedExpenseRow
    some = select(row).where(row.family_id.in_(_family_of(user_id))).order_by(row.created_at.desc(), row.id.desc())
    if expense_id is not None:
        some = some.where(row.id == expense_id)
    rows = session.scalars(some.limit(limit)).all()
    parts = _parts(session, select(row.id).where(row.id.in_([one.id for one in rows])))
    return [
        ExpenseRecord(
            one.id,
            one.paid_by,
            one.written_by,
            one.amount,
            one.description,
            one.day,
            one.created_at,
            parts.get(one.id, {}),
        )
        for one in rows
    ]


def list_paid(session: Session, user_id: int) -> list[Paid]:
    """All that was divided in the person's family, for ``sharing.debts``."""
    row = SharedExpenseRow
    its = row.family_id.in_(_family_of(user_id))
    payers = {one.id: one.paid_by for one in session.execute(select(row.id, row.paid_by).where(its).order_by(row.id))}
    parts = _parts(session, select(row.id).where(its))
    return [Paid(paid_by, parts.get(expense_id, {})) for expense_id, paid_by in payers.items()]


def _parts(session: Session, expenses: Select[Any]) -> dict[int, dict[int, Decimal]]:
    some = select(ExpensePartRow).where(ExpensePartRow.expense_id.in_(expenses))
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for part in session.scalars(some.order_by(ExpensePartRow.expense_id, ExpensePartRow.place)):
        found[part.expense_id][part.seat_id] = part.amount
    return found


# --- the person's own archive ----------------------------------------------------------------------------------------


def iter_own_expenses(session: Session, user_id: int) -> Iterator[dict[str, Any]]:
    """What was divided with the person, as far as it is theirs: their part, and whether they paid. Nobody else is named."""
    for own in session.scalars(_seat_of(user_id)).all():
        for one in reversed(list_expenses(session, user_id)):
            if own in {one.paid_by, one.written_by, *one.parts}:
                yield {
                    "id": one.id,
                    "day": one.day,
                    "description": one.description,
                    "amount": one.amount,
                    "paid_by_you": one.paid_by == own,
                    "your_part": one.parts.get(own),
                }


def iter_own_settlements(session: Session, user_id: int) -> Iterator[dict[str, Any]]:
    """What the person paid back, or was paid back."""
    for own in session.scalars(_seat_of(user_id)).all():
        for one in reversed(list_settlements(session, user_id)):
            if own in {one.debtor, one.creditor}:
                yield {"id": one.id, "paid_at": one.paid_at, "amount": one.amount, "paid_by_you": one.debtor == own}


# --- settlements -----------------------------------------------------------------------------------------------------


def add_settlement(session: Session, user_id: int, paid: Transfer, now: datetime) -> SettlementRecord | None:
    """A debt was paid, says the person, who is one of the two. None, and nothing written, when they are not, or the other is
    of another family."""
    own = find_membership(session, user_id, lock=True)
    parties = {paid.debtor, paid.creditor}
    if own is None or own.member_id not in parties or not parties <= _seats(session, own.family_id):
        return None
    row = SettlementRow(family_id=own.family_id, noted_by=own.member_id, paid_at=now, **paid._asdict())
    session.add(row)
    session.flush()
    return _settlement(row)


def find_settlement(session: Session, user_id: int, paid: Transfer, since: datetime) -> SettlementRecord | None:
    """The latest settlement of that debt in the person's family, from that moment on."""
    row = SettlementRow
    same = and_(row.debtor == paid.debtor, row.creditor == paid.creditor, row.amount == paid.amount)
    some = select(row).where(same, row.family_id.in_(_family_of(user_id)), row.paid_at >= since)
    found = session.scalars(some.order_by(row.id.desc()).limit(1)).one_or_none()
    return None if found is None else _settlement(found)


def delete_settlement(session: Session, user_id: int, settlement_id: int, since: datetime) -> bool:
    """Whether the person noted such a settlement at that moment or after it: it is gone."""
    row = SettlementRow
    own = row.id == settlement_id, row.noted_by.in_(_seat_of(user_id)), row.paid_at >= since
    return bool(execute(session, delete(row).where(*own)))


def list_settlements(session: Session, user_id: int, limit: int | None = None) -> list[SettlementRecord]:
    """Those of the person's family, the newest first."""
    row = SettlementRow
    some = select(row).where(row.family_id.in_(_family_of(user_id))).order_by(row.paid_at.desc(), row.id.desc())
    return [_settlement(one) for one in session.scalars(some.limit(limit))]


def list_paid_back(session: Session, user_id: int) -> list[PaidBack]:
    """All that was paid back in the person's family, for ``sharing.debts``."""
    return [PaidBack(one.debtor, one.creditor, one.amount) for one in list_settlements(session, user_id)]


def _settlement(row: SettlementRow) -> SettlementRecord:
    return SettlementRecord(row.id, row.debtor, row.creditor, row.noted_by, row.amount, row.paid_at)


# --- the small parts -------------------------------------------------------------------------------------------------


def _family_of(user_id: int) -> Select[Any]:
    return select(FamilyMemberRow.family_id).where(FamilyMemberRow.user_id == user_id)


def _seat_of(user_id: int) -> Select[Any]:
    return select(FamilyMemberRow.seat_id).where(FamilyMemberRow.user_id == user_id)


def _seats(session: Session, family_id: int) -> set[int]:
    """All seats of a family, also those that were left."""
    return set(session.scalars(select(FamilySeatRow.id).where(FamilySeatRow.family_id == family_id)))
