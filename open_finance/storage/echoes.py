"""Rows that repeat another (``alerts.echoes``). As in ``ledger``: the session first and the person second, only that
person's rows, and nothing is committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from open_finance.alerts.echoes import Family
from open_finance.records import StoredTransaction
from open_finance.storage.alert_models import EchoRow
from open_finance.storage.ledger import stored_rows
from open_finance.storage.models import AccountRow, TransactionRow
from open_finance.storage.statements import batches, execute, insert_into, is_of


def list_by_pluggy_ids(
    session: Session, user_id: int, account_id: int, pluggy_ids: Iterable[str]
) -> list[StoredTransaction]:
    """An account's rows of these ids of Pluggy's."""
    owned = (TransactionRow.account_id == account_id, is_of(user_id, TransactionRow.user_id))
    return [
        row
        for batch in batches(pluggy_ids)
        for row in stored_rows(session, *owned, TransactionRow.pluggy_id.in_(batch))
    ]


def has_older_rows(session: Session, user_id: int, account_id: int, now: datetime) -> bool:
    """Whether an account had rows before those that were stored ``now``."""
    older = exists().where(
        TransactionRow.account_id == account_id, is_of(user_id, TransactionRow.user_id), TransactionRow.created_at < now
    )
    return bool(session.scalar(select(older)))


def count_alike(session: Session, user_id: int, account_id: int, row: StoredTransaction) -> int:
    """How many purchases of one day, amount and type an account has ever listed: rows that repeat another are one with it,
    and what the bank has removed was one."""
    return session.scalar(_alike(user_id, account_id, row)) or 0


def count_alike_before(session: Session, user_id: int, identity: str, row: StoredTransaction) -> int:
    """As ``count_alike``, of those that were there before anybody asked: which the first of the doors to an account, by its
    ``identity``, had when it was first listed."""
    owned = (AccountRow.identity == identity, is_of(user_id, AccountRow.user_id))
    first = session.scalar(select(AccountRow.id).where(*owned).order_by(AccountRow.created_at, AccountRow.id).limit(1))
    if first is None:
        return 0
    begun = select(func.min(TransactionRow.created_at)).where(
        TransactionRow.account_id == first, is_of(user_id, TransactionRow.user_id)
    )
    alike = _alike(user_id, first, row).where(TransactionRow.created_at == begun.scalar_subquery())
    return session.scalar(alike) or 0


def _alike(user_id: int, account_id: int, row: StoredTransaction) -> Select[int]:
    echo = exists().where(EchoRow.transaction_id == TransactionRow.id)
    return select(func.count(TransactionRow.id)).where(
        TransactionRow.account_id == account_id,
        is_of(user_id, TransactionRow.user_id),
        TransactionRow.occurred_on == row["occurred_on"],
        TransactionRow.amount == row["amount"],
        TransactionRow.type == row["type"],
        ~echo,
    )


def list_families(session: Session, user_id: int, account_id: int, listed: Collection[str]) -> list[Family]:
    """The echoes of an account. ``listed``: Pluggy's ids of what was listed just now."""
    rows = session.execute(_FAMILIES, {"user_id": user_id, "account_id": account_id})
    return [Family(echo, root_id, own in listed, its in listed, bool(equal)) for echo, root_id, own, its, equal in rows]


def _families() -> Any:
    """Built once: it is asked of each account in each pass, and there are hardly ever any."""
    root = aliased(TransactionRow)
    is_equal = and_(TransactionRow.amount == root.amount, TransactionRow.occurred_on == root.occurred_on)
    return (
        select(EchoRow.transaction_id, EchoRow.root_id, TransactionRow.pluggy_id, root.pluggy_id, is_equal)
        .join(TransactionRow, TransactionRow.id == EchoRow.transaction_id)
        .join(root, root.id == EchoRow.root_id)
        .where(EchoRow.user_id == bindparam("user_id"), TransactionRow.account_id == bindparam("account_id"))
    )


_FAMILIES = _families()


def add_echoes(session: Session, user_id: int, echoes: Mapping[int, int]) -> None:
    """Note which row repeats which, by our ids. What echoes an echo echoes what that one does."""
    roots: dict[int, int] = {}
    for batch in batches(echoes.values()):
        roots |= _roots(session, user_id, EchoRow.transaction_id.in_(batch))
    for transaction_id, missing_id in echoes.items():
        row = {"transaction_id": transaction_id, "root_id": roots.get(missing_id, missing_id), "user_id": user_id}
        if _owns(session, user_id, row["transaction_id"], row["root_id"]):
            session.execute(insert_into(session, EchoRow).values(**row).on_conflict_do_nothing())


def remove_echoes(session: Session, user_id: int, ids: Iterable[int]) -> None:
    """These rows repeat none after all."""
    for batch in batches(ids):
        execute(session, delete(EchoRow).where(EchoRow.user_id == user_id, EchoRow.transaction_id.in_(batch)))


def find_standing(session: Session, user_id: int, ids: Iterable[int]) -> dict[int, int]:
    """Under which row each of these purchases stands now: its own, or an echo of it. Those of which the bank lists none are
    left out."""
    found: dict[int, int] = {}
    for batch in batches(ids):
        roots = dict(zip(batch, batch, strict=True)) | _roots(session, user_id, EchoRow.transaction_id.in_(batch))
        echoes = _roots(session, user_id, EchoRow.root_id.in_(set(roots.values())))
        standing = _standing(session, user_id, {*batch, *roots.values(), *echoes})
        family: dict[int, list[int]] = defaultdict(list)
        for row in sorted(standing):
            family[echoes.get(row, row)].append(row)
        for row, root in roots.items():
            if row in standing:
                found[row] = row
            elif family[root]:
                found[row] = family[root][0]
    return found


def find_first_seen(session: Session, user_id: int, ids: Iterable[int]) -> dict[int, tuple[int, datetime]]:
    """Of those rows that repeat another: that one's id, and when it first became ours."""
    found: dict[int, tuple[int, datetime]] = {}
    for batch in batches(ids):
        known = (
            select(EchoRow.transaction_id, EchoRow.root_id, TransactionRow.created_at)
            .join(TransactionRow, TransactionRow.id == EchoRow.root_id)
            .where(EchoRow.user_id == user_id, EchoRow.transaction_id.in_(batch))
        )
        found |= {row.transaction_id: (row.root_id, row.created_at) for row in session.execute(known)}
    return found


def _roots(session: Session, user_id: int, which: ColumnElement[bool]) -> dict[int, int]:
    known = select(EchoRow.transaction_id, EchoRow.root_id).where(EchoRow.user_id == user_id, which)
    return {row.transaction_id: row.root_id for row in session.execute(known)}


def _standing(session: Session, user_id: int, ids: Collection[int]) -> set[int]:
    owned = (is_of(user_id, TransactionRow.user_id), TransactionRow.removed_at.is_(None))
    found: set[int] = set()
    for batch in batches(ids):
        found.update(session.scalars(select(TransactionRow.id).where(TransactionRow.id.in_(batch), *owned)))
    return found


def _owns(session: Session, user_id: int, *ids: int) -> bool:
    owned = select(TransactionRow.id).where(TransactionRow.id.in_(ids), TransactionRow.user_id == user_id)
    return len(session.scalars(owned).all()) == len(set(ids))
