"""What the positions yielded over a period, net of what was put in and taken out. Pure.

Values are net, as ``InvestmentSnapshot`` keeps them by day: ``worth - began_with - put_in + taken_out``. What a movement
took out is what its person got: tax withheld in it is a loss. A position of which the value on the first day or a
movement's amount is not known, or that was not read since, is left out of all four sums, and named: a part of the truth is
not made up. ``past_holdings`` has what is known of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from open_finance.insights.holding_flows import PUT_IN, money_in, money_out
from open_finance.insights.past_holdings import Past
from open_finance.insights.portfolio import Result
from open_finance.money import ZERO, round_to_centavo

#: A value that was read so much before the first day is not that day's: what it yielded between is of another period.
_NEAR: Final = timedelta(days=7)
#: Fixed income that changed by more than this of itself, and this for each day, was put in or taken out untold.
_LIKELY: Final = (Decimal("0.1"), Decimal("0.001"))


@dataclass(frozen=True, slots=True)
class _Part:
    began_with: Decimal
    put_in: Decimal
    taken_out: Decimal
    worth: Decimal

    def is_likely(self, days: int) -> bool:
        """Whether fixed income can have changed so much."""
        amount, base = self.worth - self.began_with - self.put_in + self.taken_out, self.began_with + self.put_in
        return abs(amount) <= base * (_LIKELY[0] + _LIKELY[1] * days)


def result_since(pasts: Iterable[Past], since: date, today: date) -> Result | None:
    """From the end of the day ``since`` to now. None where nothing of it is known, or there was nothing."""
    parts: list[_Part] = []
    left_out: list[int] = []
    for past in pasts:
        ended_on = past.position["ended_on"]
        if ended_on is not None and ended_on <= since:
            continue
        part = _part_of(past, since, today)
        is_fixed = past.position["type"] == "FIXED_INCOME"
        if part is None or (is_fixed and not part.is_likely((today - since).days)):
            left_out.append(past.position["id"])
        else:
            parts.append(part)
    if not parts:
        return None
    return Result(
        since=since,
        until=today,
        began_with=sum((part.began_with for part in parts), ZERO),
        put_in=sum((part.put_in for part in parts), ZERO),
        taken_out=sum((part.taken_out for part in parts), ZERO),
        worth=sum((part.worth for part in parts), ZERO),
        left_out=tuple(left_out),
    )


def _part_of(past: Past, since: date, today: date) -> _Part | None:
    """None where the value on the first day or what moved since is not known."""
    known = past.value_on(since)
    if known is None:
        return _part_of_new(past, since, today) if past.begun_on is not None and past.begun_on > since else None
    is_far = known.balance != ZERO and since - known.day > _NEAR
    moves = past.moves_since(known, today)
    put_in, taken_out = money_in(moves), money_out(moves)
    if is_far or not past.is_read_after(since) or put_in is None or taken_out is None or past.vanished(known):
        return None
    return _Part(round_to_centavo(known.balance), round_to_centavo(put_in), round_to_centavo(taken_out), past.worth)


def _part_of_new(past: Past, since: date, today: date) -> _Part | None:
    """Bought since: it began with nothing. What was applied in it goes before movements that tell of less."""
    moves = [move for move in past.movements if since < move["occurred_on"] <= today]
    put_in, taken_out, applied = money_in(moves), money_out(moves), past.position["amount_original"]
    is_bought = any(move["movement"] == "CREDIT" and move["type"] in PUT_IN for move in moves)
    if not is_bought or (applied is not None and put_in is not None and put_in < applied and not taken_out):
        put_in = applied
    if put_in is None or taken_out is None or past.vanished(None):
        return None
    return _Part(ZERO, round_to_centavo(put_in), round_to_centavo(taken_out), past.worth)
