"""What redemptions brought above their cost, where that is simple: fixed income, whose cost is that of its oldest lots.
Pure.

Shares and their like have an average cost and monthly rules, funds are taxed on their way: of these nothing is worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from open_finance.insights.portfolio import Kind
from open_finance.insights.position_lots import explain_all
from open_finance.investment_records import Investment, InvestmentTransaction
from open_finance.money import ZERO, round_to_centavo

#: Kinds of which a redemption's gain is what it brought above what was applied in it.
SIMPLE: Final = frozenset(
    {Kind.CDB, Kind.LCI, Kind.LCA, Kind.BANK_PAPER, Kind.LETTER, Kind.TREASURY, Kind.DEBENTURE, Kind.RECEIVABLES}
)


@dataclass(frozen=True, slots=True)
class Sale:
    """A redemption: ``gain``, gross, to the centavo; negative = a loss."""

    movement: InvestmentTransaction
    gain: Decimal


def sales_in(movements: Iterable[InvestmentTransaction], first: date, last: date) -> list[InvestmentTransaction]:
    """The redemptions of these days."""
    return [move for move in movements if _is_sale(move) and first <= move["occurred_on"] <= last]


def sale_gains(
    position: Investment, kind: Kind, movements: Sequence[InvestmentTransaction], first: date, last: date
) -> list[Sale] | None:
    """Of each redemption of these days. None where its cost is not known, or other rules hold."""
    sold = sales_in(movements, first, last)
    if not sold:
        return []
    if kind not in SIMPLE or any(move["type"] in {"TRANSFER", "AMORTIZATION"} for move in movements):
        return None
    costs = _whole(position, movements)
    if costs is None and explain_all(position, movements):
        costs = _by_quantity(movements)
    if costs is None or any(move["amount"] is None for move in sold):
        return None
    return [Sale(move, round_to_centavo((move["amount"] or ZERO) - costs[move["id"]])) for move in sold]


def _whole(position: Investment, movements: Sequence[InvestmentTransaction]) -> dict[int, Decimal] | None:
    """All of it was redeemed at once, and what was applied is told."""
    sold, bought = [move for move in movements if _is_sale(move)], [move for move in movements if _is_purchase(move)]
    if position["ended_on"] is None or len(sold) != 1:
        return None
    amounts = [move["amount"] for move in bought]
    told = None if None in amounts else sum((one for one in amounts if one is not None), ZERO)
    cost = position["amount_original"] or told
    is_one_word = not bought or told is None or cost is None or told == cost
    return {sold[0]["id"]: cost} if cost and is_one_word else None


def _by_quantity(movements: Sequence[InvestmentTransaction]) -> dict[int, Decimal] | None:
    """Each redemption takes the oldest lots; None where these do not explain it."""
    held: list[tuple[Decimal, Decimal]] = []  # quantity, price of one
    costs: dict[int, Decimal] = {}
    for move in sorted(movements, key=lambda move: (move["occurred_on"], _is_sale(move), move["id"])):
        if not (_is_sale(move) or _is_purchase(move)):
            continue
        quantity, amount = move["quantity"], move["amount"]
        if not quantity or amount is None:
            return None
        if _is_purchase(move):
            held.append((quantity, amount / quantity))
            continue
        cost = _take(held, quantity)
        if cost is None:
            return None
        costs[move["id"]] = cost
    return costs


def _take(held: list[tuple[Decimal, Decimal]], quantity: Decimal) -> Decimal | None:
    """What so much of the oldest lots cost; they are taken out of ``held``. None where there is not so much."""
    cost = Decimal(0)
    while quantity > 0 and held:
        own, price = held.pop(0)
        taken = min(own, quantity)
        cost, quantity = cost + taken * price, quantity - taken
        if own > taken:
            held.insert(0, (own - taken, price))
    return cost if quantity == 0 else None


def _is_sale(move: InvestmentTransaction) -> bool:
    return move["type"] == "SELL" and move["movement"] == "DEBIT"


def _is_purchase(move: InvestmentTransaction) -> bool:
    return move["type"] == "BUY" and move["movement"] == "CREDIT"
