"""What is told of an unusual purchase, and the pattern that a person's *Fui eu* makes quiet for ever."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """In the order in which one row is told as one of them, where several fit."""

    DUPLICATE_CHARGE = "duplicate_charge"
    SUBSCRIPTION_RAISED = "subscription_raised"
    FOREIGN = "foreign_out_of_habit"
    NIGHT = "night_out_of_habit"
    NEW_MERCHANT_HIGH = "new_merchant_high"
    FAR_ABOVE_MERCHANT = "far_above_merchant"
    FAR_ABOVE_CATEGORY = "far_above_category"


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is quiet once its person said that it was them. ``key``: whose shop (``merchants.merchant_key``); the category's
    id for ``FAR_ABOVE_CATEGORY``; the currency for ``FOREIGN``. ``str`` and ``parse`` are each other's inverse."""

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.key}"

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Raises ValueError for what ``str`` never wrote."""
        kind, separator, key = text.partition(":")
        if not separator:
            raise ValueError(f"no pattern: {text[:40]!r}")
        return cls(Kind(kind), key)


@dataclass(frozen=True, slots=True)
class Unusual:
    """One row worth asking about. ``other_ids``: the earlier rows that it repeats. ``usual``: the median, the old price or
    the amount charged before, positive, in the account's currency (for a subscription in its own currency, in that one);
    ``ratio``: this row's amount over it, to two places. ``also``: what else is odd about it, by the same order of kinds.
    ``strength``: how odd, for ranking; about 3 is just enough."""

    kind: Kind
    transaction_id: int
    pattern: Pattern
    other_ids: tuple[int, ...]
    usual: Decimal | None
    ratio: Decimal | None
    strength: float
    also: tuple[Kind, ...] = ()
