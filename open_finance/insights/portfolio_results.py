"""What the positions yielded over a period, net of what was put in and taken out. Pure.

Values are net, as ``InvestmentSnapshot`` keeps them by day: ``worth - began_with - put_in + taken_out``. What a movement
took out is what its person got: tax withheld in it is a loss. A position of which the value on the first day or a
movement's amount is not known is left out of all four sums, and named: a part of the truth is not made up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from open_finance.insights.portfolio import Result
from open_finance.insights.position_lots import bought_on
from open_finance.investment_records import Investment, InvestmentSnapshot, InvestmentTransaction
from open_finance.money import ZERO, round_to_centavo

#: Movements that are money of the person's going in or out, by direction. INTEREST that stays in is yield; TAX is a loss.
_PUT_IN: Final = frozenset({"BUY", "TRANSFER", "SELL", "AMORTIZATION"})
_TAKEN_OUT: Final = frozenset({"SELL", "AMORTIZATION", "INTEREST", "TRANSFER", "BUY"})
_NEITHER: Final = frozenset({("INTEREST", "CREDIT"), ("TAX", "CREDIT"), ("TAX", "DEBIT")})


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
        """The first day that anything is told of: the purchase, or a movement into it."""
        told = [move["occurred_on"] for move in self.movements if move["movement"] == "CREDIT"]
        bought = bought_on(self.position)
        return min([*told, *([bought] if bought is not None else [])], default=None)

    def value_on(self, day: date) -> InvestmentSnapshot | None:
        """As it was last read on that day or before it."""
        before = [one for one in self.snapshots if one.day <= day]
        return max(before, key=lambda one: one.day) if before else None


@dataclass(frozen=True, slots=True)
class _Part:
    began_with: Decimal
    put_in: Decimal
    taken_out: Decimal
    worth: Decimal


def pasts_of(
    positions: Iterable[Investment],
    snapshots: Iterable[InvestmentSnapshot],
    movements: Mapping[int, Sequence[InvestmentTransaction]],
) -> list[Past]:
    """Each position with its own. ``movements``: by our id of it."""
    days: dict[int, list[InvestmentSnapshot]] = defaultdict(list)
    for one in snapshots:
        days[one.investment_id].append(one)
    return [Past(position, days[position["id"]], movements.get(position["id"], ())) for position in positions]


def result_since(pasts: Iterable[Past], since: date, today: date) -> Result | None:
    """From the end of the day ``since`` to now. None where nothing of it is known, or there was nothing."""
    parts: list[_Part] = []
    left_out: list[int] = []
    for past in pasts:
        ended_on = past.position["ended_on"]
        if ended_on is not None and ended_on <= since:
            continue
        part = _part_of(past, since, today)
        if part is None:
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
    if known is None and not _is_newer(past, since):
        return None
    after = known.day if known is not None else since
    moves = [move for move in past.movements if after < move["occurred_on"] <= today]
    put_in, taken_out = _money_in(moves), _money_out(moves)
    if known is None and not any(move["movement"] == "CREDIT" and move["type"] in _PUT_IN for move in moves):
        put_in = past.position["amount_original"]  # bought since, and no movement tells of it
    if put_in is None or taken_out is None or _vanished(past, known, moves):
        return None
    began_with = round_to_centavo(known.balance) if known is not None else ZERO
    return _Part(began_with, round_to_centavo(put_in), round_to_centavo(taken_out), past.worth)


def _is_newer(past: Past, since: date) -> bool:
    return past.begun_on is not None and past.begun_on > since


def _vanished(past: Past, known: InvestmentSnapshot | None, moves: Iterable[InvestmentTransaction]) -> bool:
    """Ended, it held something, and nobody tells where that went."""
    held = known is None or known.balance > ZERO
    is_told = any(move["movement"] == "DEBIT" and move["type"] in _TAKEN_OUT for move in moves)
    return past.position["ended_on"] is not None and held and not is_told


def _money_in(moves: Iterable[InvestmentTransaction]) -> Decimal | None:
    """None where an amount, or what a movement of an unknown type is, is not told."""
    into = [move for move in moves if move["movement"] == "CREDIT" and not _is_neither(move)]
    amounts = [move["amount"] if move["type"] in _PUT_IN else None for move in into]
    return sum((one for one in amounts if one is not None), ZERO) if None not in amounts else None


def _money_out(moves: Sequence[InvestmentTransaction]) -> Decimal | None:
    """As ``_money_in``. Tax that a bank lists as a movement of its own, on the day of one that does not say what was
    withheld, was withheld in that one."""
    out = [move for move in moves if move["movement"] == "DEBIT" and not _is_neither(move)]
    amounts = [net_of(move) if move["type"] in _TAKEN_OUT else None for move in out]
    if None in amounts:
        return None
    gross_by_day: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for move in out:
        if not _says_what_was_withheld(move):
            gross_by_day[move["occurred_on"]] += move["amount"] or ZERO
    withheld = (min(tax, gross_by_day.get(day, ZERO)) for day, tax in _taxes_by_day(moves).items())
    return sum((one for one in amounts if one is not None), ZERO) - sum(withheld, ZERO)


def net_of(move: InvestmentTransaction) -> Decimal | None:
    """What its person got of a movement out: its net amount, or the gross one less what it cost. None: not told."""
    if move["net_amount"] is not None or move["amount"] is None:
        return move["net_amount"]
    cost = move["expenses"]
    if cost is None:
        cost = (move["income_tax"] or ZERO) + (move["iof"] or ZERO)
    return move["amount"] - cost


def _says_what_was_withheld(move: InvestmentTransaction) -> bool:
    return any(move[name] is not None for name in ("net_amount", "expenses", "income_tax", "iof"))


def _taxes_by_day(moves: Iterable[InvestmentTransaction]) -> Mapping[date, Decimal]:
    taxes: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for move in moves:
        if move["type"] == "TAX" and move["movement"] == "DEBIT":
            taxes[move["occurred_on"]] += move["amount"] or ZERO
    return taxes


def _is_neither(move: InvestmentTransaction) -> bool:
    return (move["type"], move["movement"]) in _NEITHER
