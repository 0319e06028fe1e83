"""What one rule found out about one purchase."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from open_finance.insights.patterns import Kind

_HUNDREDTH = Decimal("0.01")


class Finding(NamedTuple):
    """See ``patterns.Unusual``; ``key`` is the pattern's."""

    kind: Kind
    key: str
    strength: float
    usual: Decimal | None
    ratio: Decimal | None
    other_ids: tuple[int, ...] = ()


def ratio_of(amount: float, usual: float) -> Decimal:
    """To two places."""
    return Decimal(amount / usual).quantize(_HUNDREDTH)
