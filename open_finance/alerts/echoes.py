"""Which rows that are new to us are no news: a purchase that its bank lists once more, under a new id. Pure.

``reconcile`` makes one row of the two where that is certain. Here less is enough, since nothing is removed: a row is taken
for the *echo* of one that the same listing leaves out. Should that one be listed again beside its echo, they were two, and
the second is told then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from open_finance.reconcile import MOVED_DAYS, SIMILAR, is_same_instalment, likeness
from open_finance.records import PENDING, StoredTransaction

#: What a purchase may come to cost when it settles: a tip, the fuel that was really filled in, the rate of the day.
SETTLES_WITHIN = Decimal("0.2")
ALIKE = 0.8

_Key = tuple[str, date]


class Family(NamedTuple):
    """An echo, with what it echoes. ``listed``, ``root_listed``: whether the latest listing has them. ``is_equal``: day and
    amount are the same; else it was taken for what a pending row settled as, which is a weaker reason."""

    transaction_id: int
    root_id: int
    listed: bool
    root_listed: bool
    is_equal: bool = True


def find_echoes(new: Sequence[StoredTransaction], missing: Iterable[StoredTransaction]) -> dict[int, int]:
    """New row → the missing row that it repeats, both by our id; each is used once, the best pair first.

    ``new``: stored just now. ``missing``: stored before, and left out by the listing that brought the new; tombstones too.
    The order in which they come does not matter.
    """
    by_day: dict[_Key, list[StoredTransaction]] = defaultdict(list)
    for row in new:
        by_day[row["type"], row["occurred_on"]].append(row)
    ranked = sorted(pair for row in missing for pair in _pairs(row, by_day))
    echoes: dict[int, int] = {}
    taken: set[int] = set()
    for *_, missing_id, new_id in ranked:
        if new_id not in echoes and missing_id not in taken:
            echoes[new_id] = missing_id
            taken.add(missing_id)
    return echoes


def may_echo(row: StoredTransaction, days: Iterable[_Key]) -> bool:
    """Whether ``find_echoes`` may pair a missing row with a new one of these (type, day): a sieve, for there may be many."""
    near = {(row["type"], row["occurred_on"] + timedelta(days=distance)) for distance in range(MOVED_DAYS + 1)}
    return not near.isdisjoint(days)


def going_on(families: Iterable[Family]) -> set[int]:
    """The rows of all purchases of which some equal row is listed, by our id: nothing new stands for one of these."""
    known = list(families)
    listed = {family.root_id for family in known if family.root_listed or (family.listed and family.is_equal)}
    return listed | {family.transaction_id for family in known if family.root_id in listed}


def revealed(families: Iterable[Family]) -> set[int]:
    """Echoes that are none, by our id: of the rows that are taken for one purchase the bank lists several at once. The first
    of those that are equal to it goes on as that purchase."""
    listed: dict[int, set[tuple[bool, bool, int]]] = defaultdict(set)
    for family in families:
        if family.root_listed:
            listed[family.root_id].add((False, False, family.root_id))
        if family.listed:
            listed[family.root_id].add((True, not family.is_equal, family.transaction_id))
    return {row for ranked in listed.values() for *_, row in sorted(ranked)[1:]}


def _pairs(
    missing: StoredTransaction, by_day: dict[_Key, list[StoredTransaction]]
) -> Iterator[tuple[int, int, float, int, int]]:
    """(rank, days apart, unlikeness, missing row, new row): the smaller, the better."""
    for distance in range(MOVED_DAYS + 1):
        for row in by_day.get((missing["type"], missing["occurred_on"] + timedelta(days=distance)), ()):
            alike = likeness(missing["description"], row["description"])
            rank = _rank(missing, row, distance, alike)
            if rank is not None and is_same_instalment(missing, row):
                yield rank, distance, -alike, missing["id"], row["id"]


def _rank(missing: StoredTransaction, row: StoredTransaction, distance: int, alike: float) -> int | None:
    """How strong the evidence is, 0 the strongest; None when it is not enough.

    On the same day the same amount is enough, whatever it is called now. What was pending may settle some days later, or,
    if it was there until now, for a little less or more.
    """
    settles = missing["status"] == PENDING and row["status"] != PENDING
    if missing["amount"] == row["amount"]:
        if distance == 0:
            return 0 if alike >= SIMILAR else 1
        return 2 if settles and alike >= SIMILAR else None
    apart, was_there = abs(missing["amount"] - row["amount"]), missing["removed_at"] is None
    if settles and was_there and alike >= ALIKE and apart <= abs(missing["amount"]) * SETTLES_WITHIN:
        return 3
    return None
