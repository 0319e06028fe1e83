"""What a position or a loan adds to a net worth on each day. Pure.

What was told of a day goes before what is worked out. Before its first reading a position or loan was nothing where its bank
told others then and not this one; where its beginning is told (a purchase of fixed income, a contract) it grew from there
evenly; otherwise nobody knows what it was, and there is no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from open_finance.insights.position_lots import lots_of
from open_finance.insights.wealth import Line, Part
from open_finance.investment_records import Investment, InvestmentTransaction, Loan
from open_finance.money import ZERO, round_to_centavo

_ONE_DAY = timedelta(days=1)


class Beginning(NamedTuple):
    """The day on which something began, and what it was then."""

    day: date
    amount: Decimal


def position_line(
    investment: Investment,
    measured: Mapping[date, Decimal],
    moves: Sequence[InvestmentTransaction],
    told_from: date,
) -> Line:
    """``measured``: at least one day; ``moves``: of this position; ``told_from``: the first day on which its connection told
    any position."""
    return _line(Part.INVESTMENTS, measured, _purchase(investment, moves), told_from)


def loan_line(loan: Loan, measured: Mapping[date, Decimal], told_from: date) -> Line:
    """``measured``: what is owed, negative; ``told_from`` as in ``position_line``, of loans."""
    return _line(Part.DEBT, measured, _contract(loan), told_from)


def is_spread(line: Line) -> bool:
    """Whether days before the first reading are worked out from the beginning."""
    return date.min < line.since < line.measured_from


def spread(begun: Beginning, until: Beginning) -> dict[date, Decimal]:
    """What each day from one to the other did, evenly: together exactly what it was on the last."""
    days = (until.day - begun.day).days
    moves, before = {begun.day: begun.amount}, begun.amount
    for number in range(1, days + 1):
        value = round_to_centavo(begun.amount + (until.amount - begun.amount) * number / days)
        moves[begun.day + number * _ONE_DAY] = value - before
        before = value
    return moves


def _line(part: Part, measured: Mapping[date, Decimal], begun: Beginning | None, told_from: date) -> Line:
    first = min(measured)
    if begun is not None and begun.day < first:
        if told_from < begun.day:  # between two readings: it is told what it was on that day
            return _new(part, {begun.day: begun.amount, **measured})
        moves = spread(begun, Beginning(first, measured[first]))
        return Line(part, measured, moves, date.min, since=begun.day)
    if told_from < first or (begun is not None and begun.day == first):
        return _new(part, measured)
    return Line(part, measured)


def _new(part: Part, measured: Mapping[date, Decimal]) -> Line:
    """Nothing before its first day."""
    first = min(measured)
    return Line(part, measured, {first: measured[first]}, date.min, since=first)


def _purchase(investment: Investment, moves: Sequence[InvestmentTransaction]) -> Beginning | None:
    """Of fixed income bought at once of which nothing was taken out: of anything else the price alone says what it was."""
    if investment["type"] != "FIXED_INCOME" or any(move["type"] == "SELL" for move in moves):
        return None
    lots = lots_of(investment, moves)
    return Beginning(lots[0].bought_on, lots[0].cost) if isinstance(lots, tuple) and len(lots) == 1 else None


def _contract(loan: Loan) -> Beginning | None:
    day, amount = loan["contracted_on"], loan["contract_amount"]
    if day is None or not amount or amount < ZERO or any(each["is_extra"] for each in loan["payments"]):
        return None
    return Beginning(day, -round_to_centavo(amount))
