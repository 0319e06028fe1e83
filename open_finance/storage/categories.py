"""What a person says of categories. As in ``ledger``: the session first and the person second, only that person's rows, and
nothing is committed. ``forget_changes`` and ``list_people_with_news`` are for the machine: they look at everybody's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from open_finance.folding import fold
from open_finance.personal_records import CategoryRule, PersonalCategory
from open_finance.storage.category_models import (
    CategoryAdviceRow,
    CategoryChangeRow,
    CategoryRuleRow,
    PersonalCategoryRow,
)
from open_finance.storage.models import SyncRunRow, TransactionRow
from open_finance.storage.statements import batches, execute, insert_into

_RULE_COLUMNS = tuple(CategoryRuleRow.__table__.c[name] for name in CategoryRule.__annotations__)
_SHOPS = (
    "id",
    "description",
    "merchant_name",
    "counterparty",
    "merchant_cnpj",
    "amount",
    "user_category",
)
_SHOP_COLUMNS = tuple(TransactionRow.__table__.c[name] for name in _SHOPS)


class Change(NamedTuple):
    """Something the person changed. ``before``: see ``category_book``."""

    id: int
    made_at: datetime
    before: Mapping[str, Any]
    undone_at: datetime | None


def list_advice(session: Session, user_id: int) -> dict[str, str | None]:
    """What an outside service said of the person's texts; None where it did not know either."""
    columns = (CategoryAdviceRow.text_key, CategoryAdviceRow.category_id)
    rows = session.execute(select(*columns).where(CategoryAdviceRow.user_id == user_id))
    return {row.text_key: row.category_id for row in rows}


# --- rules -----------------------------------------------------------------------------------------------------------


def list_rules(session: Session, user_id: int) -> list[CategoryRule]:
    """The person's rules, by the merchant's name."""
    query = select(*_RULE_COLUMNS).where(CategoryRuleRow.user_id == user_id)
    rows = session.execute(query.order_by(func.lower(CategoryRuleRow.title), CategoryRuleRow.id)).mappings()
    return [CategoryRule(**row) for row in rows]  # type: ignore[typeddict-item]


def find_rule(session: Session, user_id: int, rule_id: int) -> CategoryRule | None:
    """One of the person's rules."""
    return next((rule for rule in list_rules(session, user_id) if rule["id"] == rule_id), None)


def save_rule(session: Session, user_id: int, values: Mapping[str, Any], now: datetime) -> int:
    """Write what a merchant's rows are, in the place of an earlier word on them. ``values``: those of a ``CategoryRule``
    that are not ours. Returns the rule's id."""
    row = insert_into(session, CategoryRuleRow).values(
        **{**values, "user_id": user_id, "created_at": now, "updated_at": now}
    )
    keys = [CategoryRuleRow.user_id, CategoryRuleRow.merchant_key, CategoryRuleRow.money_in]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_={**values, "updated_at": now}))
    found = session.scalar(
        select(CategoryRuleRow.id).where(
            CategoryRuleRow.user_id == user_id,
            CategoryRuleRow.merchant_key == values["merchant_key"],
            CategoryRuleRow.money_in.is_(values["money_in"]),
        )
    )
    assert found is not None
    return found


def delete_rule(session: Session, user_id: int, rule_id: int) -> bool:
    """Whether there was such a rule of this person's."""
    owned = (CategoryRuleRow.id == rule_id, CategoryRuleRow.user_id == user_id)
    return bool(execute(session, delete(CategoryRuleRow).where(*owned)))


def restore_rule(session: Session, user_id: int, rule: CategoryRule) -> None:
    """Write a rule as it was, under the id it had where that is still free."""
    own = {name: value for name, value in rule.items() if name != "id"} | {"user_id": user_id}
    is_taken = session.scalar(select(CategoryRuleRow.id).where(CategoryRuleRow.id == rule["id"])) is not None
    row = insert_into(session, CategoryRuleRow).values(**(own if is_taken else own | {"id": rule["id"]}))
    keys = [CategoryRuleRow.user_id, CategoryRuleRow.merchant_key, CategoryRuleRow.money_in]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_=own))


# --- categories of one's own -----------------------------------------------------------------------------------------


def list_personal(session: Session, user_id: int) -> list[PersonalCategory]:
    """The person's own categories, by name."""
    query = select(PersonalCategoryRow.id, PersonalCategoryRow.name).where(PersonalCategoryRow.user_id == user_id)
    return [
        PersonalCategory(id=row.id, name=row.name)
        for row in session.execute(query.order_by(PersonalCategoryRow.folded))
    ]


def add_personal(session: Session, user_id: int, name: str, now: datetime) -> int:
    """Make a category of the person's own; one of that name, case and accents aside, is there once. Returns its id."""
    folded = fold(name)
    row = insert_into(session, PersonalCategoryRow).values(user_id=user_id, name=name, folded=folded, created_at=now)
    session.execute(row.on_conflict_do_nothing())
    owned = (PersonalCategoryRow.user_id == user_id, PersonalCategoryRow.folded == folded)
    found = session.scalar(select(PersonalCategoryRow.id).where(*owned))
    assert found is not None
    return found


def delete_personal(session: Session, user_id: int, category_id: int) -> bool:
    """Whether there was such a category of this person's. Rows and rules that name it are as if nothing had been said."""
    owned = (PersonalCategoryRow.id == category_id, PersonalCategoryRow.user_id == user_id)
    return bool(execute(session, delete(PersonalCategoryRow).where(*owned)))


# --- rows ------------------------------------------------------------------------------------------------------------


def list_chosen(session: Session, user_id: int, row_ids: Iterable[int]) -> dict[int, str | None]:
    """What the person chose for these rows of theirs; rows that are not theirs are left out."""
    columns = (TransactionRow.id, TransactionRow.user_category)
    found: dict[int, str | None] = {}
    for batch in batches(row_ids):
        owned = (TransactionRow.id.in_(batch), TransactionRow.user_id == user_id)
        found |= {row.id: row.user_category for row in session.execute(select(*columns).where(*owned))}
    return found


def choose(session: Session, user_id: int, chosen: Mapping[int, str | None]) -> int:
    """Write the person's categories of rows (None: nothing is said of it any more). Returns how many rows were theirs."""
    return sum(
        execute(
            session,
            update(TransactionRow)
            .where(TransactionRow.id == row_id, TransactionRow.user_id == user_id)
            .values(user_category=category),
        )
        for row_id, category in chosen.items()
    )


def list_chosen_rows(session: Session, user_id: int) -> list[dict[str, Any]]:
    """The person's standing rows for which they chose a category, with what tells whose shop they are."""
    owned = (TransactionRow.user_id == user_id, TransactionRow.removed_at.is_(None))
    query = select(*_SHOP_COLUMNS).where(*owned, TransactionRow.user_category.is_not(None))
    return [dict(row) for row in session.execute(query).mappings()]


def list_rows_of(session: Session, user_id: int, category: str) -> list[int]:
    """The person's rows (ids of ours) for which they chose this category, those that a bank took back as well."""
    owned = (TransactionRow.user_id == user_id, TransactionRow.user_category == category)
    return list(session.scalars(select(TransactionRow.id).where(*owned).order_by(TransactionRow.id)))


def count_rows(session: Session, user_id: int) -> dict[str, int]:
    """How many of the person's rows they chose each category for, those that a bank took back as well."""
    owned = (TransactionRow.user_id == user_id, TransactionRow.user_category.is_not(None))
    query = select(TransactionRow.user_category, func.count()).where(*owned).group_by(TransactionRow.user_category)
    return {category: count for category, count in session.execute(query) if category is not None}


def list_heirs(session: Session, user_id: int, row_id: int, category: str | None, since: datetime) -> list[int]:
    """The rows that took the place of one that its bank took back ``since``, and took over what the person had chosen for
    it: of the same account, day and amount, that came after that one."""
    gone = session.execute(
        select(
            TransactionRow.account_id, TransactionRow.occurred_on, TransactionRow.amount, TransactionRow.created_at
        ).where(TransactionRow.id == row_id, TransactionRow.user_id == user_id, TransactionRow.removed_at >= since)
    ).one_or_none()
    if gone is None:
        return []
    same = (
        TransactionRow.account_id == gone.account_id,
        TransactionRow.user_id == user_id,
        TransactionRow.occurred_on == gone.occurred_on,
        TransactionRow.amount == gone.amount,
        TransactionRow.created_at > gone.created_at,
        TransactionRow.removed_at.is_(None),
        TransactionRow.user_category == category,
    )
    return list(session.scalars(select(TransactionRow.id).where(*same).order_by(TransactionRow.id)))


# --- what can be undone ----------------------------------------------------------------------------------------------


def add_change(session: Session, user_id: int, before: Mapping[str, Any], now: datetime) -> int:
    """Note how it was. Returns the change's id."""
    row = CategoryChangeRow(user_id=user_id, made_at=now, before=dict(before), undone_at=None)
    session.add(row)
    session.flush()
    return row.id


def find_change(session: Session, user_id: int, change_id: int, *, lock: bool = False) -> Change | None:
    """One of the person's changes. ``lock``: who reads it in order to undo it."""
    columns = (CategoryChangeRow.id, CategoryChangeRow.made_at, CategoryChangeRow.before, CategoryChangeRow.undone_at)
    query = select(*columns).where(CategoryChangeRow.id == change_id, CategoryChangeRow.user_id == user_id)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Change(*row)


def list_later_changes(session: Session, user_id: int, change_id: int) -> list[Change]:
    """The person's changes that came after one and stand, the latest first."""
    columns = (CategoryChangeRow.id, CategoryChangeRow.made_at, CategoryChangeRow.before, CategoryChangeRow.undone_at)
    later = (CategoryChangeRow.id > change_id, CategoryChangeRow.undone_at.is_(None))
    query = select(*columns).where(CategoryChangeRow.user_id == user_id, *later).order_by(CategoryChangeRow.id.desc())
    return [Change(*row) for row in session.execute(query)]


def mark_undone(session: Session, user_id: int, change_id: int, now: datetime) -> None:
    """It is as it was before."""
    owned = (CategoryChangeRow.id == change_id, CategoryChangeRow.user_id == user_id)
    execute(session, update(CategoryChangeRow).where(*owned).values(undone_at=now))


def forget_category(session: Session, user_id: int, category: str) -> None:
    """A category of the person's own is no more: no change may give it back."""
    for change in list_later_changes(session, user_id, 0):
        if f'"{category}"' in json.dumps(change.before):
            owned = (CategoryChangeRow.id == change.id, CategoryChangeRow.user_id == user_id)
            execute(session, delete(CategoryChangeRow).where(*owned))


def forget_changes(session: Session, before: datetime) -> int:
    """What can be undone no more. Returns how many there were."""
    return execute(session, delete(CategoryChangeRow).where(CategoryChangeRow.made_at < before))


# --- advice ----------------------------------------------------------------------------------------------------------


def save_advice(session: Session, user_id: int, advice: Mapping[str, str | None], now: datetime) -> None:
    """What an outside service said of texts (``row_categories.advice_key``); the latest word counts."""
    for text_key, category_id in advice.items():
        values = {"category_id": category_id, "asked_at": now}
        row = insert_into(session, CategoryAdviceRow).values(user_id=user_id, text_key=text_key, **values)
        keys = [CategoryAdviceRow.user_id, CategoryAdviceRow.text_key]
        session.execute(row.on_conflict_do_update(index_elements=keys, set_=values))


def count_advice(session: Session, user_id: int, since: datetime) -> int:
    """How many of the person's texts an outside service was asked about since an instant."""
    asked = (CategoryAdviceRow.user_id == user_id, CategoryAdviceRow.asked_at >= since)
    return session.scalar(select(func.count()).select_from(CategoryAdviceRow).where(*asked)) or 0


def list_people_with_news(session: Session, last_run: int) -> tuple[list[int], int]:
    """Everybody of whom a pass after that one (an id of ours, 0 for none) has added or changed rows; and the latest pass."""
    query = (
        select(SyncRunRow.user_id, func.max(SyncRunRow.id))
        .where(SyncRunRow.id > last_run, SyncRunRow.added + SyncRunRow.updated > 0)
        .group_by(SyncRunRow.user_id)
        .order_by(SyncRunRow.user_id)
    )
    found = session.execute(query).all()
    return [user_id for user_id, _ in found], max((run for _, run in found), default=last_run)
