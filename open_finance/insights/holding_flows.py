"""What movements of a position put in and took out: money of its person's. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from open_finance.investment_records import InvestmentTransaction
from open_finance.money import ZERO

#: Movements that are money of the person's going in or out, by direction. INTEREST that stays in is yield; TAX is a loss.
PUT_IN: Final = frozenset({"BUY", "TRANSFER", "SELL", "AMORTIZATION"})
TAKEN_OUT: Final = frozenset({"SELL", "AMORTIZATION", "INTEREST", "TRANSFER", "BUY"})
_NEITHER: Final = frozenset({("INTEREST", "CREDIT"), ("TAX", "CREDIT"), ("TAX", "DEBIT")})


def money_in(moves: Iterable[InvestmentTransaction]) -> Decimal | None:
    """None where an amount, or what a movement of an unknown type is, is not told."""
    into = [move for move in moves if move["movement"] == "CREDIT" and not _is_neither(move)]
    amounts = [move["amount"] if move["type"] in PUT_IN else None for move in into]
    return sum((one for one in amounts if one is not None), ZERO) if None not in amounts else None


def money_out(moves: Sequence[InvestmentTransaction]) -> Decimal | None:
    """As ``money_in``. Tax that a bank lists as a movement of its own, on the day of one that does not say what was
    withheld, was withheld in that one."""
    out = [move for move in moves if move["movement"] == "DEBIT" and not _is_neither(move)]
    amounts = [net_of(move) if move["type"] in TAKEN_OUT else None for move in out]
    if None in amounts:
        return None
    gross_by_day: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for move in out:
        if not _says_what_was_withheld(move):
            gross_by_day[move["occurred_on"]] += move["amount"] or ZERO
    withheld = (min(tax, gross_by_day.get(day, ZERO)) for day, tax in _taxes_by_day(moves).items())
    return sum((one for one in amounts if one is not None), ZERO) - sum(withheld, ZERO)


def flow_of(moves: Sequence[InvestmentTransaction]) -> Decimal | None:
    """What they put in, less what they took out."""
    put_in, taken_out = money_in(moves), money_out(moves)
    return None if put_in is None or taken_out is None else put_in - taken_out


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
