"""An expense split among members, to the centavo: the parts always add up to it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from open_finance.errors import ExpenseError
from open_finance.money import CENTAVO, from_centavos, to_centavos

__all__ = ["EQUALLY", "Split", "split", "split_by_weights", "split_equally", "split_exactly"]

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Split:
    """How an expense is divided. ``kind``: ``equal``; ``shares`` (whole numbers: two shares pay twice as much as one);
    ``percent`` (they add up to 100); ``exact`` (BRL, they add up to the expense). ``values``: by member id, one for each of
    those among whom it is divided; empty for ``equal``."""

    kind: Literal["equal", "shares", "percent", "exact"] = "equal"
    values: Mapping[int, Decimal] = field(default_factory=dict)


EQUALLY: Final = Split()


def split(amount: Decimal, among: Sequence[int], how: Split = EQUALLY) -> dict[int, Decimal]:
    """``{member: part}`` in the order of ``among``; a part may be zero. Raises ExpenseError: ``among`` when there is nobody,
    or somebody twice; ``split`` when the values are not one for each, negative, or do not add up."""
    if not among or len(set(among)) != len(among):
        raise ExpenseError("among")
    if how.kind == "equal":
        return split_equally(amount, among)
    if set(how.values) != set(among) or any(not value.is_finite() or value < 0 for value in how.values.values()):
        raise ExpenseError("split")
    values = {member: how.values[member] for member in among}
    if how.kind == "exact":
        return split_exactly(amount, values)
    if how.kind == "percent" and sum(values.values()) != HUNDRED:
        raise ExpenseError("split")
    return split_by_weights(amount, values)


def split_equally(amount: Decimal, members: Collection[int]) -> dict[int, Decimal]:
    """The centavos that are left over go to the first ones, one each."""
    return split_by_weights(amount, dict.fromkeys(members, Decimal(1)))


def split_by_weights(amount: Decimal, weights: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """In proportion, rounded down; the centavos left over go, one each, to those who lost most by that, the first ones of
    equals. Raises ExpenseError (``split``) when nobody has a weight."""
    whole = sum(map(Fraction, weights.values()))
    if whole <= 0:
        raise ExpenseError("split")
    centavos = to_centavos(amount)
    exact = {member: centavos * Fraction(weight) / whole for member, weight in weights.items()}
    parts = {member: int(part) for member, part in exact.items()}
    losers = sorted(exact, key=lambda member: parts[member] - exact[member])
    for member in losers[: centavos - sum(parts.values())]:
        parts[member] += 1
    return {member: from_centavos(part) for member, part in parts.items()}


def split_exactly(amount: Decimal, parts: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """The parts as they are. Raises ExpenseError (``split``) when they are finer than a centavo, or do not add up."""
    if sum(parts.values()) != amount or any(part != part.quantize(CENTAVO) for part in parts.values()):
        raise ExpenseError("split")
    return {member: part.quantize(CENTAVO) for member, part in parts.items()}
