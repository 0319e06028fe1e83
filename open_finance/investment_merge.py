"""What a reading says of the positions and loans that are known: what changes, and which of them are over. Pure.

Fields come one day and are missing the next, positions vanish and come back, and a flag says that all was taken out while
the money is still there (reference 8.1). So what is not told changes nothing, what is left out is believed to be gone only
after a second look, and sold is what balance and movements say. All of it can turn back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast

from open_finance.investment_identity import pair_best
from open_finance.investment_records import (
    InvestmentData,
    InvestmentTransaction,
    InvestmentTransactionData,
    LoanData,
)

T = TypeVar("T", InvestmentData, LoanData)

#: Movements that take money out of a position; a tax or an interest that is paid leaves it what it is.
_OUT: Final = frozenset({"SELL", "AMORTIZATION", "TRANSFER"})
_IN: Final = frozenset({"BUY", "TRANSFER"})
#: A price is of the last business day before its figures, and a little older at most.
_PRICE_DAYS: Final = timedelta(days=5)
#: What all of a position brought is no more than so many times what it was worth before.
_AT_MOST: Final = Decimal("1.25")
#: That figures are of another day is no news by itself.
_DAYS_OF_FIGURES: Final = frozenset({"figures_on", "valued_on"})


class Standing(NamedTuple):
    """Whether a position or a loan is still there. As in ``Investment``; ``missing_state``: the collection of the wide
    listing that first left it out."""

    listed: bool = True
    missing_since: datetime | None = None
    missing_state: str | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A stored position or loan, and the connection and bank that it is under."""

    id: int
    connection_id: int
    connector_name: str
    data: T
    standing: Standing


@dataclass(frozen=True, slots=True)
class Look:
    """One complete listing, for what it leaves out. ``trusted``: its item is in such health that what it does not list may
    be gone; ``state``: which collection it is of; ``empty``: it lists nothing at all."""

    trusted: bool
    wide: bool
    state: str
    empty: bool
    now: datetime
    today: date


# --- what changes ------------------------------------------------------------------------------------------------------


def merge_told(known: T, told: T) -> T:
    """What is known once this was told: None, an empty text and an empty list say nothing."""
    merged = {**known, **{name: value for name, value in told.items() if value not in (None, "", [])}}
    return cast("T", merged)


def changed_fields(known: Mapping[str, Any], merged: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are to be written."""
    return {name: value for name, value in merged.items() if known[name] != value}


def is_news(changes: Iterable[str]) -> bool:
    """Whether changes of these fields are more than another day."""
    return not _DAYS_OF_FIGURES.issuperset(changes)


def match_moves(new: Iterable[InvestmentTransactionData], left: Iterable[InvestmentTransaction]) -> dict[int, str]:
    """Our id of a movement that is not listed under its id any more → Pluggy's id of the listed one that it goes on in: one
    of the same day, type and way, of the amount and quantity that both tell, each used once. So a position that came back
    under another id has no movement twice."""
    listed, stored = sorted(new, key=lambda one: one["pluggy_id"]), sorted(left, key=lambda one: one["id"])
    waiting: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, move in enumerate(listed):
        waiting[_move_key(move)].append(place)
    pairs = pair_best(
        (_difference(row, listed[there]), here, there)
        for here, row in enumerate(stored)
        for there in waiting.get(_move_key(row), ())
        if _can_be_one_move(row, listed[there])
    )
    return {stored[here]["id"]: listed[there]["pluggy_id"] for here, there in pairs}


def _move_key(move: InvestmentTransactionData) -> tuple[Any, ...]:
    return move["occurred_on"], move["type"], move["movement"]


def _can_be_one_move(one: InvestmentTransactionData, other: InvestmentTransactionData) -> bool:
    """What a door leaves out settles nothing, but something must be told alike."""
    both = [(one["amount"], other["amount"]), (one["quantity"], other["quantity"])]
    told = [left == right for left, right in both if left is not None and right is not None]
    return all(told) and (bool(told) or _difference(one, other) == 0)


def _difference(one: InvestmentTransactionData, other: InvestmentTransactionData) -> int:
    return (one["amount"] != other["amount"]) + (one["quantity"] != other["quantity"])


# --- what is over ------------------------------------------------------------------------------------------------------


def has_ended(position: InvestmentData, moves: Sequence[InvestmentTransactionData], today: date) -> bool:
    """Whether a position that is listed today (``position``: merged) is sold, redeemed or matured.

    Without a balance it is, where a movement, the quantity, its last day or the bank's flag says so as well; one of which
    only the balance is nothing stays, worth nothing. With a balance the flag alone says nothing: its movements must have
    taken out all that was there. What is only requested (``PENDING``) has not begun.
    """
    status = position["status"]
    if status == "PENDING":
        return False
    if position["balance"] != 0:
        return status == "TOTAL_WITHDRAWAL" and is_taken_out(position, moves)
    if position["amount"] and position["figures_on"] == today:  # told with it, and not an older day's
        return False
    has_no_units = position["quantity"] is not None and position["quantity"] == 0
    return status == "TOTAL_WITHDRAWAL" or has_no_units or is_matured(position, today) or _was_sold_last(moves)


def is_taken_out(position: InvestmentData, moves: Sequence[InvestmentTransactionData]) -> bool:
    """Whether what left a position since the day of its figures is all that was in it, by units or by money. Much more than
    that went out of what there was before: the figures are of what it left."""
    since = _figures_since(position)
    gone = [move for move in moves if since is not None and move["occurred_on"] >= since and _is_out(move)]
    if not gone or _is_what_is_left(position, moves):
        return False
    units = sum((move["quantity"] or Decimal(0) for move in gone), Decimal(0))
    money = sum((move["amount"] or move["net_amount"] or Decimal(0) for move in gone), Decimal(0))
    return _is_all(units, position["quantity"] or Decimal(0)) or _is_all(money, position["balance"])


def _figures_since(position: InvestmentData) -> date | None:
    """The day of the price, which may be some days older than the rest; one that is no more told is of no use."""
    valued_on, told_on = position["valued_on"], position["figures_on"]
    if valued_on is None or told_on is None:
        return valued_on
    return valued_on if told_on - valued_on <= _PRICE_DAYS else told_on


def _is_what_is_left(position: InvestmentData, moves: Iterable[InvestmentTransactionData]) -> bool:
    """Whether all that moved, from the first on, leaves the units that its bank tells."""
    moved = [move for move in moves if move["type"] in _OUT | _IN]
    if not position["quantity"] or not all(move["quantity"] for move in moved):
        return False
    signed = ((move["quantity"] or 0) * (1 if move["movement"] == "CREDIT" else -1) for move in moved)
    return sum(signed, Decimal(0)) == position["quantity"]


def _is_all(gone: Decimal, held: Decimal) -> bool:
    return 0 < held <= gone <= held * _AT_MOST


def is_matured(position: InvestmentData, today: date) -> bool:
    """Whether its last day has come."""
    return position["due_on"] is not None and position["due_on"] <= today


def loan_has_ended(loan: LoanData, today: date) -> bool:
    """Whether a loan that is listed today is paid: nothing is owed, or nobody says what, and its settlement, its last day
    or its instalments say that there is nothing to come."""
    if loan["outstanding"]:
        return False
    days = (loan["settled_on"], loan["due_on"] if loan["outstanding"] is not None else None)
    is_past = any(day is not None and day <= today for day in days)
    return is_past or (loan["outstanding"] is not None and loan["due_installments"] == 0)


def standing_when_stored(before: Standing) -> Standing:
    """Of what a listing has: it is not missing, and whatever ended because it was left out has not."""
    return before._replace(missing_since=None, missing_state=None) if before.listed else Standing()


def standing_when_listed(before: Standing, *, ended: bool, today: date) -> Standing:
    """Of what a listing has, once its movements are known."""
    return Standing(ended_on=(before.ended_on or today) if ended else None)


def standing_when_missing(before: Standing, look: Look, *, is_sold: bool) -> Standing:
    """Of what a complete listing leaves out. It is gone when its movements or its last day say so (``is_sold``; not where
    nothing at all is listed), or when wide listings of two collections of a healthy item agree."""
    if not look.trusted or not before.listed:
        return before
    is_second = look.wide and before.missing_state is not None and before.missing_state != look.state
    if is_second or (is_sold and not look.empty):
        return Standing(listed=False, ended_on=before.ended_on or look.today)
    state = before.missing_state or (look.state if look.wide else None)
    return before._replace(missing_since=before.missing_since or look.now, missing_state=state)


def _was_sold_last(moves: Iterable[InvestmentTransactionData]) -> bool:
    """Whether something was taken out, and nothing put in since."""
    moves = list(moves)
    out = max((move["occurred_on"] for move in moves if _is_out(move)), default=None)
    put_in = (move["occurred_on"] for move in moves if move["movement"] == "CREDIT" and move["type"] in _IN)
    return out is not None and out >= max(put_in, default=date.min)


def _is_out(move: InvestmentTransactionData) -> bool:
    return move["movement"] == "DEBIT" and move["type"] in _OUT
