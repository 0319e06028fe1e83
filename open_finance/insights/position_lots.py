"""When a position was bought and for how much: one purchase, or the lots that its movements explain. Pure.

What was sold went out of the oldest lots first. Lots are believed only where quantities add up to what there is: movements
come sparse, and often not back to the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from open_finance.insights.portfolio import Unknown
from open_finance.investment_records import InvestmentData, InvestmentTransaction
from open_finance.money import CENTAVO, ZERO, round_to_centavo

#: Types of which ``issued_on`` is the day of the purchase (reference 8.1).
_ISSUED_TO_THE_PERSON: Final = frozenset({"FIXED_INCOME", "COE"})
#: Money that came out on the way: what was earned so far was taxed on its own days.
_COUPONS: Final = frozenset({"INTEREST", "AMORTIZATION"})
#: Movements that change how much of it there is.
_OF_UNITS: Final = frozenset({"BUY", "SELL", "TRANSFER"})
#: Quantities that differ by less are the same: banks round them.
_SAME_QUANTITY: Final = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Lot:
    """A purchase, or what is left of it. ``part``: of the whole position, 0 to 1. ``cost``: BRL, to the centavo."""

    bought_on: date
    cost: Decimal
    part: Decimal


def bought_on(position: InvestmentData) -> date | None:
    """The day of the purchase, where the bank tells it."""
    issued = position["issued_on"] if position["type"] in _ISSUED_TO_THE_PERSON else None
    return position["purchased_on"] or issued


def cost_of(position: InvestmentData, movements: Iterable[InvestmentTransaction]) -> Decimal | None:
    """What was applied in what there is now, to the centavo; None where it is not told and movements do not explain it."""
    lots = lots_of(position, movements)
    if isinstance(lots, Unknown):
        return round_to_centavo(position["amount_original"]) if position["amount_original"] is not None else None
    return sum((lot.cost for lot in lots), ZERO)


def explain_all(position: InvestmentData, movements: Iterable[InvestmentTransaction]) -> bool:
    """Whether movements go back to the first purchase: units, or else the money, add up to all that there is; of what was
    redeemed (``ended_on``) to nothing."""
    moves = [move for move in movements if move["type"] in _OF_UNITS]
    quantities = [move["quantity"] for move in moves]
    left = Decimal(0) if _has_ended(position) else position["quantity"]
    if moves and left is not None and all(quantities):
        signed = ((move["quantity"] or 0) * (1 if move["movement"] == "CREDIT" else -1) for move in moves)
        return abs(sum(signed, Decimal(0)) - left) <= _SAME_QUANTITY
    applied, amount = position["amount_original"], _amount(moves)
    is_bought_only = bool(moves) and all(move["movement"] == "CREDIT" for move in moves)
    return is_bought_only and applied is not None and amount is not None and abs(applied - amount) < CENTAVO


def _has_ended(position: InvestmentData) -> bool:
    return cast("Mapping[str, Any]", position).get("ended_on") is not None


def lots_of(position: InvestmentData, movements: Iterable[InvestmentTransaction]) -> tuple[Lot, ...] | Unknown:
    """The oldest lot first; or why they are not known: ``COUPON``, ``SEVERAL``, ``COST`` or ``PURCHASE``."""
    moves = sorted(movements, key=lambda move: (move["occurred_on"], move["id"]))
    if position["has_coupon"] or any(move["type"] in _COUPONS and move["movement"] == "DEBIT" for move in moves):
        return Unknown.COUPON
    if any(move["type"] == "TRANSFER" for move in moves):
        return Unknown.PURCHASE  # what came from elsewhere was bought there
    bought = [move for move in moves if move["type"] == "BUY" and move["movement"] == "CREDIT"]
    sold = [move for move in moves if move["type"] == "SELL" and move["movement"] == "DEBIT"]
    if not bought and not sold:
        return _as_told(position)
    if not sold and _is_one_purchase(position, bought):
        return _one_purchase(position, bought)
    lots = _by_quantity(position, bought, sold)
    return lots if lots is not None else Unknown.SEVERAL


def _as_told(position: InvestmentData) -> tuple[Lot, ...] | Unknown:
    day = bought_on(position)
    return _one_lot(day, position["amount_original"]) if day is not None else Unknown.PURCHASE


def _is_one_purchase(position: InvestmentData, bought: Sequence[InvestmentTransaction]) -> bool:
    """All on one day, and no older one is told of: neither by more money than it was nor, without that, by more units."""
    if len({move["occurred_on"] for move in bought}) != 1:
        return False
    told, amount = position["amount_original"], _amount(bought)
    if told is not None:
        return amount is None or abs(told - amount) < CENTAVO
    quantities = [move["quantity"] for move in bought]
    return position["quantity"] is None or not all(quantities) or explain_all(position, bought)


def _one_purchase(position: InvestmentData, bought: Sequence[InvestmentTransaction]) -> tuple[Lot, ...] | Unknown:
    """The day that the bank calls the purchase's goes before the movement's: an order may settle later."""
    cost = position["amount_original"] if position["amount_original"] is not None else _amount(bought)
    return _one_lot(bought_on(position) or bought[0]["occurred_on"], cost)


def _one_lot(day: date, cost: Decimal | None) -> tuple[Lot, ...] | Unknown:
    return (Lot(day, round_to_centavo(cost), Decimal(1)),) if cost is not None and cost > 0 else Unknown.COST


def _by_quantity(
    position: InvestmentData, bought: Iterable[InvestmentTransaction], sold: Iterable[InvestmentTransaction]
) -> tuple[Lot, ...] | None:
    """None where quantities are missing, or do not add up to the position's."""
    held: list[tuple[date, Decimal, Decimal]] = []  # day, quantity, price of one
    for move in bought:
        if not move["quantity"] or move["amount"] is None:
            return None
        held.append((move["occurred_on"], move["quantity"], move["amount"] / move["quantity"]))
    for move in sold:
        if not move["quantity"]:
            return None
        held = _without_oldest(held, move["quantity"])
    total = sum((quantity for _, quantity, _ in held), Decimal(0))
    is_explained = position["quantity"] is not None and abs(total - position["quantity"]) <= _SAME_QUANTITY
    if not is_explained or total <= 0:
        return None
    return tuple(Lot(day, round_to_centavo(quantity * price), quantity / total) for day, quantity, price in held)


def _without_oldest(
    held: Sequence[tuple[date, Decimal, Decimal]], quantity: Decimal
) -> list[tuple[date, Decimal, Decimal]]:
    left = []
    for day, own, price in held:
        taken = min(own, quantity)
        quantity -= taken
        if own > taken:
            left.append((day, own - taken, price))
    return left


def _amount(moves: Iterable[InvestmentTransaction]) -> Decimal | None:
    amounts = [move["amount"] for move in moves]
    return sum((amount for amount in amounts if amount is not None), Decimal(0)) if None not in amounts else None
