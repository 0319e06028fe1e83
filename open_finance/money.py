"""Money is ``Decimal``, exact to the centavo. Rounding is half-up and happens once, where the wire is read."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENTAVO = Decimal("0.01")
ZERO = Decimal("0.00")
BRL = "BRL"


def round_to_centavo(amount: Decimal) -> Decimal:
    """Half-up to two places: ``1302.4450`` → ``1302.45``, ``-0.005`` → ``-0.01``. Never ``-0.00``."""
    rounded = amount.quantize(CENTAVO, rounding=ROUND_HALF_UP)
    return rounded or ZERO


def to_centavos(amount: Decimal) -> int:
    """Integer centavos for storage. Raises ValueError when the amount is finer than a centavo: rounding has its place."""
    centavos = amount.scaleb(2)
    whole = int(centavos)
    if centavos != whole:
        raise ValueError("amount is finer than a centavo")
    return whole


def from_centavos(centavos: int) -> Decimal:
    """The ``Decimal`` of stored integer centavos, always with two places."""
    return Decimal(centavos).scaleb(-2).quantize(CENTAVO)
