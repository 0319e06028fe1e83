"""What a person's subscriptions cost, and what has become of them: the figures of /assinaturas. Pure functions.

The lines of a list add up to its sum: each line is an amount to the centavo, the sum is theirs, and a year is twelve of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b

from open_finance.insights.cancelled import Charge, Charges
from open_finance.insights.recurring import Kind, PriceChange, Recurring
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.personal_records import RecurringMark, Says
from open_finance.records import StatementRow

#: Where the history is shorter nothing can have repeated often enough.
MONTHS_NEEDED = 3
#: A rise is news for a year, an end for half of one.
RISES, ENDS = timedelta(days=365), timedelta(days=183)
#: Below that it is said that it may be none.
LOW_CONFIDENCE = 0.6
FIXED = frozenset({Kind.RENT, Kind.BILL, Kind.LOAN})
_TOKEN_BYTES = 6
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Item:
    """A flow that takes money, as its person says that it is. ``rows``: behind it, the oldest first. ``is_foreign``: its
    price is in another currency. ``mark``: what the person said of it."""

    flow: Recurring
    rows: tuple[StatementRow, ...]
    is_foreign: bool
    mark: RecurringMark | None = None

    @property
    def token(self) -> str:
        """What a button calls it."""
        return token_of(self.flow.key)

    @property
    def amount(self) -> Decimal:
        """What a month costs, BRL, positive."""
        return round_to_centavo(-self.flow.amount)

    @property
    def year(self) -> Decimal:
        """What twelve months to come cost: of a loan, what is left of it."""
        left = self.flow.parts_left
        return self.amount * (_MONTHS if left is None else min(left, _MONTHS))

    @property
    def is_about(self) -> bool:
        """Whether the next one may well be of another amount."""
        return self.is_foreign or self.flow.deviation > ZERO

    def takes(self, says: Says) -> bool:
        """Whether the person may say that of it. A loan is paid, and cannot be called off."""
        is_subscription = self.flow.kind is Kind.SUBSCRIPTION
        return is_subscription if says == "not_subscription" else self.flow.kind is not Kind.LOAN

    @property
    def is_doubtful(self) -> bool:
        """Whether it may not be what it is taken for."""
        return self.flow.confidence < LOW_CONFIDENCE


@dataclass(frozen=True, slots=True)
class Rise:
    """A flow that became dearer."""

    item: Item
    change: PriceChange

    @property
    def percent(self) -> int:
        """By so many per cent, rounded."""
        ratio = (self.change.after / self.change.before - 1) * 100
        return int(ratio.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Listed:
    """One list with its sum. ``items``: what is charged, the dearest first; ``rises``: of these, the latest first;
    ``ended``: what ended by itself, the latest first."""

    items: tuple[Item, ...]
    rises: tuple[Rise, ...]
    ended: tuple[Item, ...]

    @property
    def month(self) -> Decimal:
        """What they cost together in a month, BRL, positive."""
        return sum((item.amount for item in self.items), ZERO)

    @property
    def year(self) -> Decimal:
        """What they cost together in a year."""
        return sum((item.year for item in self.items), ZERO)

    @property
    def is_about(self) -> bool:
        """Whether the sums may well be others."""
        return any(item.is_about for item in self.items)


@dataclass(frozen=True, slots=True)
class Watched:
    """Something cancelled. ``charges``: what was charged all the same, the oldest first. ``item``: as it is found; None
    where it is found no more."""

    mark: RecurringMark
    charges: tuple[Charge, ...]
    item: Item | None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """``subscriptions``, and beside them what is ``fixed``: rent, bills, loans, and what the person says is no subscription.
    ``watched``: what they cancelled, the latest first."""

    today: date
    subscriptions: Listed
    fixed: Listed
    watched: tuple[Watched, ...]

    def find(self, token: str) -> Item | None:
        """The one that a button calls so; None where none is, or where two are."""
        every = (*self.subscriptions.items, *self.fixed.items)
        found = [item for item in every if item.token == token]
        return found[0] if len(found) == 1 else None


def token_of(key: str) -> str:
    """A flow in as few characters as a button has room for. Not unique: whoever looks one up refuses two of one token."""
    return blake2b(key.encode(), digest_size=_TOKEN_BYTES).hexdigest()


def subscriptions_of(
    flows: Iterable[Recurring],
    marks: Sequence[RecurringMark],
    charges: Charges,
    rows: Iterable[StatementRow],
    today: date,
) -> Subscriptions:
    """``flows``: with the person's word applied (``cancelled.apply_marks``); ``rows``: those that they were found in."""
    by_id = {row["id"]: row for row in rows}
    said = {mark["flow_key"]: mark for mark in marks}
    items = [_item(flow, by_id, said.get(flow.key)) for flow in flows if not flow.is_income]
    by_key = {item.flow.key: item for item in items}
    cancelled = [mark for mark in marks if mark["says"] == "cancelled"]
    watched = [Watched(mark, tuple(charges.get(mark["id"], ())), by_key.get(mark["flow_key"])) for mark in cancelled]
    return Subscriptions(
        today=today,
        subscriptions=_listed(items, lambda item: item.flow.kind is Kind.SUBSCRIPTION, today),
        fixed=_listed(items, _is_fixed, today),
        watched=tuple(sorted(watched, key=lambda one: one.mark["id"], reverse=True)),
    )


def _item(flow: Recurring, rows: dict[int, StatementRow], mark: RecurringMark | None) -> Item:
    own = tuple(rows[number] for number in flow.row_ids if number in rows)
    return Item(flow, own, bool(own) and own[-1]["foreign_currency"] not in {None, "", BRL}, mark)


def _is_fixed(item: Item) -> bool:
    is_no_subscription = item.mark is not None and item.mark["says"] == "not_subscription"
    return item.flow.kind in FIXED or (item.flow.kind is Kind.OTHER and is_no_subscription)


def _listed(items: Iterable[Item], belongs: Callable[[Item], bool], today: date) -> Listed:
    own = [item for item in items if belongs(item)]
    active = sorted((one for one in own if not one.flow.has_ended), key=lambda one: (-one.amount, one.flow.key))
    ended = [one for one in own if one.flow.has_ended and not _is_cancelled(one) and one.flow.last_on >= today - ENDS]
    rises = [Rise(item, change) for item in active for change in _rises(item, today)]
    return Listed(
        tuple(active),
        tuple(sorted(rises, key=lambda one: (one.change.on, one.item.amount, one.item.flow.key), reverse=True)),
        tuple(sorted(ended, key=lambda one: (one.flow.last_on, one.flow.key), reverse=True)),
    )


def _is_cancelled(item: Item) -> bool:
    return item.mark is not None and item.mark["says"] == "cancelled"


def _rises(item: Item, today: date) -> list[PriceChange]:
    """What a rate of the day makes of a price in another currency is no rise of it."""
    if item.is_foreign:
        return []
    return [one for one in item.flow.changes if one.is_rise and today - RISES <= one.on <= today]


def months_known(known_from: date | None, today: date) -> int:
    """In how many months, this one among them, something may have been charged."""
    if known_from is None:
        return 0
    return (today.year - known_from.year) * _MONTHS + today.month - known_from.month + 1
