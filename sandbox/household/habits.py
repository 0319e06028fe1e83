"""What a household is made of: its accounts, what happens every month, and what happens on an ordinary day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.household.calendar import Shift
from sandbox.household.shops import Party

# How a payment travels. "card" and "foreign" are on the credit card, the others in an account.
Channel = Literal[
    "salary", "inss", "pix_in", "pix_out", "ted_in", "boleto", "auto_debit", "debit", "withdrawal", "fee", "card",
    "foreign", "annuity",
]  # fmt: skip
Slot = Literal["checking", "second", "savings", "card"]
# Where the checking account's surplus goes and its shortage comes from.
Cushion = Literal["savings", "boxes", "elsewhere"]


@dataclass(frozen=True)
class Monthly:
    """A bill, a salary, a subscription: on ``day`` of the ``months`` (none given: of all twelve)."""

    day: int
    channel: Channel
    party: Party
    shift: Shift = "next"
    months: tuple[int, ...] = ()
    slot: Slot = "checking"


@dataclass(frozen=True)
class Everyday:
    """Something that happens ``per_week`` times on average; ``weekend`` multiplies Saturday's and Sunday's chance.

    ``weekday``: it happens on that day alone (0 = Monday), ``per_week`` being its chance.
    """

    group: str
    per_week: float
    channel: Channel
    weekend: float = 1.0
    slot: Slot = "checking"
    weekday: int | None = None


@dataclass(frozen=True)
class Card:
    """A credit card. ``shows_all``: the bank lists all instalments at once; otherwise one a month. Limit in centavos.

    ``forgotten``: months in which the holder pays the bill some days late, so that the next one charges for it.
    """

    brand: str
    level: str
    limit: int
    closing_day: int
    due_day: int
    shows_all: bool = True
    plans_per_month: float = 0.0
    has_virtual: bool = True
    forgotten: tuple[int, ...] = ()


@dataclass(frozen=True)
class Person:
    """A household. Money in centavos.

    Below ``low`` the checking account gets money from the ``cushion`` (or, when that is empty, from ``helper``); in the
    middle of the month what is above ``rest`` goes there. ``exact``: what a fresh household's balances must be.
    """

    name: str
    document: str
    birth_date: str
    openings: Mapping[Slot, int]
    monthly: tuple[Monthly, ...] = ()
    everyday: tuple[Everyday, ...] = ()
    card: Card | None = None
    scheduled: Party | None = None
    petty: Everyday | None = None
    helper: Party | None = None
    cushion: Cushion = "elsewhere"
    boxes: Mapping[str, int] = field(default_factory=dict)
    low: int = 30_000
    rest: int = 250_000
    overdraft: int = 0
    has_earnings: bool = False
    exact: Mapping[Slot, int] = field(default_factory=dict)
    city: tuple[str, str] = ("São Paulo", "SP")
    income: int = 0
