"""What people may hold, and how a unit of it is priced. Data types; who holds what is in `sandbox.household.portfolios`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sandbox.household.documents import cnpj, company_document
from sandbox.household.rates import Index, growth, market

#: Where a portfolio is held: at a broker, at a bank with branches, at one without.
Shelf = Literal["broker", "branch", "digital"]


@dataclass(frozen=True)
class Issuer:
    """Who owes. ``base``: the first eight digits of a real bank's CNPJ; without it, the document is an invented one."""

    name: str
    base: str = ""

    @property
    def document(self) -> str:
        return cnpj(f"{self.base}0001") if self.base else company_document(self.name)


@dataclass(frozen=True)
class Accrual:
    """A unit that yields. ``base``: its price on ``since``, in reais; ``since`` None = on the day of the purchase."""

    index: Index
    rate: float
    base: float = 1000.0
    since: date | None = None
    decimals: int = 6

    def price(self, bought: date, day: date) -> float:
        return round(self.base * growth(self.index, self.rate, self.since or bought, day), self.decimals)


@dataclass(frozen=True)
class Quote:
    """A unit with a market's price (see `rates.market`)."""

    code: str
    base: float
    drift: float
    swing: float
    decimals: int = 2

    def price(self, _bought: date, day: date) -> float:
        return round(market(self.code, self.base, self.drift, self.swing, day), self.decimals)


@dataclass(frozen=True)
class Income:
    """What a unit pays its holder, in reais, on ``day`` of ``months`` (none given: of all twelve)."""

    day: int
    unit: float
    text: str
    months: tuple[int, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A thing to hold. ``digits``: decimals of its quantities. ``exempt``: as the bank tells it; ``pays_tax``: what is so.

    ``issuer`` None: the bank where it is held. ``more``: further keys of the Investment object (``code``, ``metadata``…).
    """

    type: str
    subtype: str
    name: str
    price: Accrual | Quote
    digits: int = 2
    exempt: bool | None = None
    pays_tax: bool = False
    issuer: Issuer | None = None
    income: Income | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Holding:
    """A paper somebody holds. Days count from the household's first, negative = before it; money in centavos.

    ``buys``: (day, centavos); ``monthly``: (day of the month, centavos), from the first buy on. ``sells``: (day, percent of
    the units then held). ``due``: the day on which it is paid back. ``is_taxed_apart``: the tax of a redemption is a row of
    its own instead of the SELL's ``expenses``.
    """

    key: str
    paper: Paper
    buys: tuple[tuple[int, int], ...]
    monthly: tuple[int, int] | None = None
    sells: tuple[tuple[int, int], ...] = ()
    due: int | None = None
    is_taxed_apart: bool = False
