"""Budgets. As in ``ledger``: the session first and the person second, only that person's rows, and nothing is committed.
``list_people`` and ``list_marks`` are for the machine: they look at everybody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from open_finance.personal_records import Budget
from open_finance.storage.category_models import BudgetRow, CategoryAdviceRow, CategoryChangeRow, CategoryRuleRow
from open_finance.storage.news import list_news
from open_finance.storage.statements import execute, insert_into

_COLUMNS = tuple(BudgetRow.__table__.c[name] for name in Budget.__annotations__)
_NOTHING_TOLD: Mapping[str, Any] = {"told_level": 0, "round": 0, "past_amounts": {}}


def list_budgets(session: Session, user_id: int, *, lock: bool = False) -> list[Budget]:
    """The person's budgets, oldest first. ``lock``: who reads them in order to note what was told."""
    query = select(*_COLUMNS).where(BudgetRow.user_id == user_id).order_by(BudgetRow.id)
    rows = session.execute(query.with_for_update() if lock else query).mappings()
    return [Budget(**row) for row in rows]  # type: ignore[typeddict-item]


def save_budget(session: Session, user_id: int, values: Mapping[str, Any], now: datetime) -> int:
    """Write a budget, in the place of an earlier one of that category: ``category``, ``amount``, ``rolls_over``,
    ``starts_on``, of which an earlier one keeps its first month. Returns its id."""
    row = insert_into(session, BudgetRow).values(
        **{
            **_NOTHING_TOLD,
            **values,
            "user_id": user_id,
            "created_at": now,
            "updated_at": now,
        }
    )
    changed = {name: value for name, value in values.items() if name != "starts_on"}
    session.execute(
        row.on_conflict_do_update(
            index_elements=[BudgetRow.user_id, BudgetRow.category], set_={**changed, "updated_at": now}
        )
    )
    owned = (BudgetRow.user_id == user_id, BudgetRow.category == values["category"])
    found = session.scalar(select(BudgetRow.id).where(*owned))
    assert found is not None
    return found


def change_budget(session: Session, user_id: int, budget_id: int, values: Mapping[str, Any], now: datetime) -> bool:
    """Set some columns of one of the person's budgets. Returns whether there is such a one."""
    owned = (BudgetRow.id == budget_id, BudgetRow.user_id == user_id)
    return bool(execute(session, update(BudgetRow).where(*owned).values(**values, updated_at=now)))


def delete_budget(session: Session, user_id: int, budget_id: int) -> bool:
    """Whether there was such a budget of this person's."""
    owned = (BudgetRow.id == budget_id, BudgetRow.user_id == user_id)
    return bool(execute(session, delete(BudgetRow).where(*owned)))


def list_people(session: Session) -> list[int]:
    """Everybody who has a budget."""
    return list(session.scalars(select(BudgetRow.user_id).distinct().order_by(BudgetRow.user_id)))


def list_marks(session: Session, people: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """For each of these people something that is another once they have said something of categories or budgets."""
    return list_news(session, people, _MARKS)


_MARKS: tuple[Any, ...] = (
    select(CategoryChangeRow.user_id, func.max(CategoryChangeRow.id), func.max(CategoryChangeRow.undone_at)).group_by(
        CategoryChangeRow.user_id
    ),
    select(CategoryRuleRow.user_id, func.count(), func.max(CategoryRuleRow.updated_at)).group_by(
        CategoryRuleRow.user_id
    ),
    select(CategoryAdviceRow.user_id, func.max(CategoryAdviceRow.asked_at)).group_by(CategoryAdviceRow.user_id),
    select(BudgetRow.user_id, func.count(), func.max(BudgetRow.updated_at)).group_by(BudgetRow.user_id),
)
