"""How often we asked Pluggy and what went wrong, of all processes and of nobody in particular.

For the machine alone (``machine_counts``, ``operations``). Functions take the session first and never commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from open_finance.clock import local_day
from open_finance.storage.operation_models import CallCountRow, ErrorCountRow, QuotaUseRow
from open_finance.storage.statements import execute, insert_into


@dataclass(frozen=True, slots=True)
class MinuteCalls:
    """Calls of one endpoint in one minute, of one process. ``limited``: answered by 429; ``failed``: by another error."""

    minute: datetime
    endpoint: str
    calls: int
    limited: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class EndpointCalls:
    """Calls of one endpoint over some days, of all processes; ``peak``: the most that a minute held."""

    endpoint: str
    calls: int
    limited: int
    failed: int
    peak: int


def add_calls(session: Session, counted: Iterable[MinuteCalls]) -> None:
    """Add what a process counted. Several processes' calls of the same minute are one minute's."""
    # In one order, whoever writes: two processes never wait for each other.
    ordered = sorted(counted, key=lambda each: (local_day(each.minute), each.endpoint, each.minute))
    keys = list(dict.fromkeys((local_day(one.minute), one.endpoint) for one in ordered))
    if not keys:
        return
    rows = _take_rows(session, keys)
    for one in ordered:
        row = rows[local_day(one.minute), one.endpoint]
        row.calls += one.calls
        row.limited += one.limited
        row.failed += one.failed
        if row.minute_at is None or one.minute > row.minute_at:
            row.minute_at, row.minute_calls = one.minute, one.calls
        elif one.minute == row.minute_at:
            row.minute_calls += one.calls
        row.peak = max(row.peak, row.minute_calls, one.calls)
    session.flush()


def _take_rows(session: Session, keys: list[tuple[date, str]]) -> dict[tuple[date, str], CallCountRow]:
    """The rows of these days and endpoints, ours until the end of the transaction; those that were not there are made."""
    empty = {"calls": 0, "limited": 0, "failed": 0, "peak": 0, "minute_calls": 0}
    made = [{"day": day, "endpoint": endpoint, **empty} for day, endpoint in keys]
    session.connection().execute(insert_into(session, CallCountRow.__table__).on_conflict_do_nothing(), made)
    row = CallCountRow
    found = session.scalars(
        select(row)
        .where(row.day.in_({day for day, _ in keys}), row.endpoint.in_({endpoint for _, endpoint in keys}))
        .order_by(row.day, row.endpoint)
        .with_for_update(),
        execution_options={"populate_existing": True},
    )
    return {(one.day, one.endpoint): one for one in found}


def add_errors(session: Session, counted: Mapping[tuple[datetime, str], int]) -> None:
    """Add what a process counted: (the hour's beginning, the class's name) → how often."""
    for (hour, error), number in sorted(counted.items()):
        row = insert_into(session, ErrorCountRow).values(hour=hour, error=error, count=number)
        more = {"count": ErrorCountRow.count + row.excluded.count}
        session.execute(row.on_conflict_do_update(index_elements=["hour", "error"], set_=more))


def list_calls(session: Session, first: date, last: date) -> list[EndpointCalls]:
    """Each endpoint's calls from one day to another, both counted, the most called first."""
    row = CallCountRow
    sums = [func.sum(column) for column in (row.calls, row.limited, row.failed)]
    found = session.execute(
        select(row.endpoint, *sums, func.max(row.peak))
        .where(row.day.between(first, last))
        .group_by(row.endpoint)
        .order_by(sums[0].desc(), row.endpoint)
    )
    return [EndpointCalls(endpoint, *map(int, numbers)) for endpoint, *numbers in found]


def list_errors(session: Session, since: datetime) -> dict[str, int]:
    """How often an error of each class came up since then (from the beginning of its hour), the most frequent first."""
    number = func.sum(ErrorCountRow.count)
    found = session.execute(
        select(ErrorCountRow.error, number)
        .where(ErrorCountRow.hour > since)
        .group_by(ErrorCountRow.error)
        .order_by(number.desc(), ErrorCountRow.error)
    )
    return {error: int(count) for error, count in found}


def forget_counts(session: Session, before: date, errors_before: datetime) -> int:
    """Forget everything of months before a day, and errors before an instant. Returns how many rows."""
    return (
        execute(session, delete(CallCountRow).where(CallCountRow.day < before))
        + execute(session, delete(QuotaUseRow).where(QuotaUseRow.month < before))
        + execute(session, delete(ErrorCountRow).where(ErrorCountRow.hour < errors_before))
    )
