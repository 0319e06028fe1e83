"""What is known of a position's past: when it began, what it was worth on a day, what moved since, and where it went. Pure.

Movements often do not go back to the first, a bank tells a balance of nothing on one day and the whole on the next, and a
movement may be of the very day on which the value was read, before or after it. None of that is yield or loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from open_finance.clock import local_day
from open_finance.insights.holding_flows import PUT_IN, TAKEN_OUT, flow_of
from open_finance.insights.position_lots import bought_on, explain_all
from open_finance.investment_records import Investment, InvestmentSnapshot, InvestmentTransaction
from open_finance.money import ZERO, round_to_centavo

_ONE_DAY: Final = timedelta(days=1)
#: A bank lists for so long what was taken out already.
_LAG: Final = timedelta(days=10)
#: What is left of a position that was all taken out, at the price of the day, is at least so much of its last value.
_ALMOST_ALL: Final = Decimal("0.8")
#: So many times nearer to what was read next must it be that a movement of the day came after the reading.
_CLEARLY: Final = 3


@dataclass(frozen=True, slots=True)
class Past:
    """A position with all that is known of its past; what has ``ended_on`` is worth nothing now."""

    position: Investment
    snapshots: Sequence[InvestmentSnapshot]
    movements: Sequence[InvestmentTransaction]

    @property
    def worth(self) -> Decimal:
        """Now, net."""
        return ZERO if self.position["ended_on"] is not None else round_to_centavo(self.position["balance"])

    @property
    def begun_on(self) -> date | None:
        """The day of the purchase; where its bank does not tell it, that of the first movement, if there is no more than
        movements explain. A first reading of something before it goes before both."""
        told = [move["occurred_on"] for move in self.movements if _is_put_in(move)]
        bought = bought_on(self.position)
        if bought is None and not explain_all(self.position, self.movements):
            return None
        read = [one.day for one in self.snapshots if one.balance != ZERO]
        begun = [*told, *([bought] if bought is not None else [])]
        return min([*begun, *read]) if begun else None

    def value_on(self, day: date) -> InvestmentSnapshot | None:
        """As it was last read on that day or before it."""
        before = [one for one in self.snapshots if one.day <= day]
        return max(before, key=lambda one: one.day) if before else None

    def is_read_after(self, day: date) -> bool:
        """Whether anything is known of it since: also that it ended."""
        ended_on, read_at = self.position["ended_on"], self.position["read_at"]
        read_on = [one.day for one in self.snapshots] + ([local_day(read_at)] if read_at is not None else [])
        return (ended_on is not None and ended_on > day) or any(one > day for one in read_on)

    def moves_since(self, known: InvestmentSnapshot, until: date) -> list[InvestmentTransaction]:
        """Those that are not in a value that was read: those of later days, and those of its day that came after it."""
        later = [move for move in self.movements if known.day < move["occurred_on"] <= until]
        same_day = [move for move in self.movements if move["occurred_on"] == known.day]
        return [*same_day, *later] if same_day and self._came_after(known, flow_of(same_day)) else later

    def vanished(self, known: InvestmentSnapshot | None) -> bool:
        """Ended, it held something, and movements do not tell where that went."""
        if self.position["ended_on"] is None or (known is not None and known.balance == ZERO):
            return False
        last = max((one for one in self.snapshots if one.balance != ZERO), key=lambda one: one.day, default=None)
        out = [move for move in self.movements if move["movement"] == "DEBIT" and move["type"] in TAKEN_OUT]
        if last is None:
            return not out
        out = [move for move in out if move["occurred_on"] > last.day - _LAG]
        before = self.value_on(min((move["occurred_on"] for move in out), default=last.day) - _ONE_DAY)
        if before is None:  # what went out before the first reading was not in it
            out, before = [move for move in out if move["occurred_on"] >= last.day], last
        money = sum((move["amount"] or move["net_amount"] or ZERO for move in out), ZERO)
        is_untold = any(move["amount"] is None and move["net_amount"] is None for move in out)
        return not is_untold and money < before.balance * _ALMOST_ALL

    def is_gone_by(self, day: date) -> bool:
        """Whether it had been taken out or had fallen due at the end of that day, however late its bank took it out of the
        list."""
        ended_on, due_on = self.position["ended_on"], self.position["due_on"]
        if ended_on is None or ended_on <= day:
            return ended_on is not None
        if any(move["occurred_on"] > day and move["type"] in TAKEN_OUT for move in self.movements):
            return False
        held_on = max((one.day for one in self.snapshots if one.balance != ZERO), default=date.min)
        is_out = any(move["movement"] == "DEBIT" and move["type"] in TAKEN_OUT for move in self.movements)
        return (due_on is not None and held_on < due_on <= day) or (is_out and not self.vanished(None))

    def _came_after(self, known: InvestmentSnapshot, flow: Decimal | None) -> bool:
        """Whether the values around tell so: it was what it had been, and had moved when it was read next."""
        if not flow:
            return False
        before, after = self._step_before(known), self._step_after(known)
        as_moved = abs(before) + abs(after - flow)
        as_included = abs(before - flow) + abs(after) if self._is_read_before(known) else abs(after)
        return as_moved * _CLEARLY < as_included

    def _is_read_before(self, known: InvestmentSnapshot) -> bool:
        return any(one.day < known.day for one in self.snapshots)

    def _step_before(self, known: InvestmentSnapshot) -> Decimal:
        """How far it is from what was read before it, without what moved on the days between."""
        before = self.value_on(known.day - _ONE_DAY)
        if before is None:
            return ZERO
        between = [move for move in self.movements if before.day < move["occurred_on"] < known.day]
        return known.balance - before.balance - (flow_of(between) or ZERO)

    def _step_after(self, known: InvestmentSnapshot) -> Decimal:
        """The same to what was read next."""
        after = min((one for one in self.snapshots if one.day > known.day), key=lambda one: one.day, default=None)
        value = after.balance if after is not None else self.worth
        between = [
            move
            for move in self.movements
            if known.day < move["occurred_on"] and (after is None or move["occurred_on"] <= after.day)
        ]
        return value - known.balance - (flow_of(between) or ZERO)


def pasts_of(
    positions: Iterable[Investment],
    snapshots: Iterable[InvestmentSnapshot],
    movements: Mapping[int, Sequence[InvestmentTransaction]],
) -> list[Past]:
    """Each position with its own. ``movements``: by our id of it."""
    days: dict[int, list[InvestmentSnapshot]] = defaultdict(list)
    for one in snapshots:
        days[one.investment_id].append(one)
    return [_past_of(position, days[position["id"]], movements.get(position["id"], ())) for position in positions]


def _past_of(
    position: Investment, snapshots: Sequence[InvestmentSnapshot], movements: Sequence[InvestmentTransaction]
) -> Past:
    """Without the days on which its bank told that there was nothing, and then it was there again, though nobody had put
    anything in."""
    put_in = [move["occurred_on"] for move in movements if _is_put_in(move)]
    is_worth = position["ended_on"] is None and position["balance"] != ZERO
    back_on = local_day(position["read_at"]) if is_worth and position["read_at"] is not None else None
    believed: list[InvestmentSnapshot] = []
    for one in sorted(snapshots, key=lambda one: one.day, reverse=True):
        is_back = back_on is not None and one.day < back_on and not any(one.day <= day <= back_on for day in put_in)
        if one.balance != ZERO:
            back_on = one.day
        elif is_back:
            continue
        believed.append(one)
    return Past(position, believed[::-1], movements)


def _is_put_in(move: InvestmentTransaction) -> bool:
    return move["movement"] == "CREDIT" and move["type"] in PUT_IN
