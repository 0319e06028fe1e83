"""What ``recurring`` finds. Records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from open_finance.insights.recurring_days import DayRule
from open_finance.money import ZERO


class Kind(StrEnum):
    """``BILL``: water, power, telecom, school, condominium, insurance, taxes in parts… ``SUBSCRIPTION``: what goes on
    until somebody cancels it and could be cancelled today (streaming, software, gym, clubs). ``SAVING``: the person's
    own money, set aside. ``INCOME``: regular and no salary (a pension, rent received). ``OTHER``: regular, and nobody
    says what it is."""

    SALARY = "salary"
    INCOME = "income"
    RENT = "rent"
    BILL = "bill"
    SUBSCRIPTION = "subscription"
    LOAN = "loan"
    SAVING = "saving"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PriceChange:
    """On the day of a charge its amount was another than that of the one before, and stayed. BRL, positive."""

    on: date
    before: Decimal
    after: Decimal

    @property
    def is_rise(self) -> bool:
        """Whether it became dearer."""
        return self.after > self.before


@dataclass(frozen=True, slots=True)
class Recurring:
    """One recurring flow. ``key``: the same every time it is found, at most 240 characters. ``title``: plain text, not
    escaped. ``account_id``: of its latest row; ``on_card``: that is a card, so that the money leaves with the card's
    bill.

    ``amount``: what the next one is expected to be, BRL, money out negative: the median of the present plateau;
    ``deviation``: how far single ones lie from it, BRL, positive, zero for a fixed price. ``day``: the day of the month
    on which it is due before weekends and holidays move it. ``next_on``: the next expected day, today or later; None
    once it has ended. ``confidence``: 0 to 1. ``row_ids``: the rows behind it, the oldest first, one a month; with the
    pending ones of days to come that are its next (``last_on`` is the day of the last that has happened). ``changes``: of
    its price, the oldest first. ``parts_left``: how many are still to come where the rows say so (a loan's 12/48), None
    where they do not. ``rule``: how its day is found in any month.
    """

    key: str
    kind: Kind
    title: str
    account_id: int
    on_card: bool
    amount: Decimal
    deviation: Decimal
    day: int
    first_on: date
    last_on: date
    next_on: date | None
    confidence: float
    row_ids: tuple[int, ...]
    changes: tuple[PriceChange, ...] = ()
    parts_left: int | None = None
    rule: DayRule | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.next_on is None

    @property
    def is_income(self) -> bool:
        """Whether it brings money."""
        return self.amount > ZERO
