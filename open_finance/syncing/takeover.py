"""A position or a loan that a connection lists goes on from one that is read no more, as accounts do in ``joining``: under
its id, with its movements and days. Inside one session; which ones those are is planned before, and again under the locks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast

from open_finance.investment_identity import pair_best, pair_positions
from open_finance.investment_merge import Kept
from open_finance.investment_records import InvestmentData, LoanData
from open_finance.storage import investment_writes, loan_writes
from open_finance.storage.database import Session

T = TypeVar("T", InvestmentData, LoanData)
Pairs = list[tuple[int, int]]


class Takeover(NamedTuple):
    """``moved``: our id → Pluggy's id under which it goes on. ``absorbed``: our id → that of the row that has begun to be
    kept in its place. ``connections``: those that lose something, to be locked."""

    moved: dict[int, str]
    absorbed: dict[int, int]
    connections: frozenset[int]


@dataclass(frozen=True, slots=True)
class Way(Generic[T]):
    """How it is done with positions, and with loans. ``pair``: which of these goes with which of those, by their places."""

    pair: Callable[[Sequence[T], Sequence[T]], Pairs]
    list_kept: Callable[[Session, int, int], list[Kept[T]]]
    list_former: Callable[[Session, int, int], list[Kept[T]]]
    move: Callable[[Session, int, int, int, str, datetime], int]
    absorb: Callable[[Session, int, int, int, datetime], int]


def plan_takeover(
    way: Way[T],
    session: Session,
    user_id: int,
    connection_id: int,
    listed: Iterable[T] | None = None,
    *,
    bank: str | None = None,
    complete: Collection[str] | None = None,
) -> Takeover:
    """``listed``: what the connection lists now, None when nothing was asked; ``bank``: what it is called; ``complete``: the
    ids of all that it lists, None when that is not certain. What is listed for the first time may also go on from what the
    same connection lists no more."""
    kept = way.list_kept(session, user_id, connection_id)
    known = {one.data["pluggy_id"] for one in kept}
    told = [] if listed is None else list(listed)
    new = [one for one in told if one["pluggy_id"] not in known]
    # Where nothing is, nothing goes on from anything.
    former = way.list_former(session, user_id, connection_id) if new or kept else []
    before: list[Kept[T]] = [] if complete is None else [one for one in kept if one.data["pluggy_id"] not in complete]
    before += former
    pairs = way.pair([_called(one, bank) for one in new], [_called(one.data, one.connector_name) for one in before])
    moved = {before[right].id: new[left]["pluggy_id"] for left, right in pairs}
    left_over = [one for one in former if one.id not in moved]
    own = [one for one in kept if one.standing.listed and one.id not in moved]
    twins = way.pair(
        [_called(one.data, bank or one.connector_name) for one in own],
        [_called(one.data, one.connector_name) for one in left_over],
    )
    absorbed = {left_over[right].id: own[left].id for left, right in twins}
    lost = frozenset(one.connection_id for one in former if one.id in moved or one.id in absorbed)
    return Takeover(moved, absorbed, lost)


def take_over(way: Way[T], session: Session, user_id: int, connection_id: int, planned: Takeover, now: datetime) -> int:
    """Do it. Returns how many positions or loans go on."""
    for row_id, pluggy_id in planned.moved.items():
        way.move(session, user_id, row_id, connection_id, pluggy_id, now)
    for row_id, twin_id in planned.absorbed.items():
        way.absorb(session, user_id, row_id, twin_id, now)
    return len(planned.moved) + len(planned.absorbed)


def _pair_loans(here: Sequence[LoanData], there: Sequence[LoanData]) -> Pairs:
    """A contract is one, whichever door shows it."""
    return pair_best(
        (0, left, right)
        for left, one in enumerate(here)
        for right, other in enumerate(there)
        if one["identity"] == other["identity"]
    )


def _called(record: Any, bank: str | None) -> Any:
    return {**cast("dict[str, Any]", record), "connector_name": bank}


POSITIONS: Final = Way(
    pair_positions,
    investment_writes.list_kept_investments,
    investment_writes.list_former_investments,
    investment_writes.move_investment,
    investment_writes.absorb_investment,
)
LOANS: Final = Way(
    _pair_loans,
    loan_writes.list_kept_loans,
    loan_writes.list_former_loans,
    loan_writes.move_loan,
    loan_writes.absorb_loan,
)
