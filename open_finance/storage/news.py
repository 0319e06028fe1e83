"""By what a tick knows that something of a person's is another than when it looked (``alerts.rounds``). For the machine: it
looks at everybody's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from open_finance.storage.models import SyncRunRow
from open_finance.storage.statements import batches, unsearched


def list_news(session: Session, people: Iterable[int], queries: Sequence[Any]) -> dict[int, tuple[Any, ...]]:
    """For each of these people what each of the queries says of them, None where it says nothing. A query: the person first,
    one row a person; its columns are others once there is something new."""
    found: dict[int, list[Any]] = {}
    for batch in batches(people):
        for number, query in enumerate(queries):
            for user_id, *news in session.execute(query.where(query.selected_columns[0].in_(batch))):
                found.setdefault(user_id, [None] * len(queries))[number] = tuple(news)
    return {user_id: tuple(news) for user_id, news in found.items()}


def list_changed_runs(session: Session, after: int) -> dict[int, int]:
    """By the person, the latest pass that changed rows, of those after that one (an id of ours). Only what is new is read:
    thousands of people have millions of passes."""
    person = unsearched(SyncRunRow.user_id)
    has_changed = SyncRunRow.added + SyncRunRow.updated + SyncRunRow.removed > 0
    latest = select(person, func.max(SyncRunRow.id)).where(SyncRunRow.id > after, has_changed).group_by(person)
    return dict(session.execute(latest).all())
