"""One holding's story up to a day: lots bought, units sold oldest first, income paid, and what is left with its taxes.

Nothing is kept between days: the same household looked at on the same day tells the same, however it came there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from sandbox.household.calendar import add_months, business_day, effective
from sandbox.household.levies import NOTHING, Levy, half_up, levy
from sandbox.household.papers import Holding

MoveKind = Literal["BUY", "SELL", "INTEREST"]


@dataclass
class Lot:
    """Units bought on one day, and what they cost, in centavos."""

    day: date
    units: float
    cost: int


@dataclass(frozen=True)
class Move:
    """A movement. ``cents``: gross; ``levy``: what was withheld of it."""

    kind: MoveKind
    day: date
    units: float
    price: float
    cents: int
    levy: Levy = NOTHING


@dataclass
class Position:
    """A holding on a day. ``due``: the day on which it is paid back."""

    holding: Holding
    day: date
    due: date | None
    lots: list[Lot] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    @property
    def units(self) -> float:
        return round(sum(lot.units for lot in self.lots), self.holding.paper.digits)

    @property
    def bought(self) -> date:
        """The first purchase."""
        return next(move.day for move in self.moves if move.kind == "BUY")

    @property
    def price(self) -> float:
        return self.price_on(self.day)

    @property
    def gross(self) -> int:
        return value(self.units, self.price)

    @property
    def cost(self) -> int:
        return sum(lot.cost for lot in self.lots)

    @property
    def levy(self) -> Levy:
        """What would be withheld if all of it were redeemed today."""
        return self.levy_of([(lot, lot.units, lot.cost) for lot in self.lots], self.day)

    def price_on(self, day: date) -> float:
        return self.holding.paper.price.price(self.bought, day)

    def levy_of(self, parts: list[tuple[Lot, float, int]], day: date) -> Levy:
        """Of units of lots that cost so much, redeemed on ``day``: every lot by its own age."""
        if not self.holding.paper.pays_tax:
            return NOTHING
        each = [levy(value(units, self.price_on(day)) - cost, (day - lot.day).days) for lot, units, cost in parts]
        return Levy(sum(one.income_tax for one in each), sum(one.iof for one in each))

    def buy(self, day: date, cents: int) -> None:
        """For about so much: whole units, and what these cost."""
        paper = self.holding.paper
        price = paper.price.price(self.bought if self.moves else day, day)
        units = round(max(10.0**-paper.digits, cents / 100 / price), paper.digits)
        cost = value(units, price)
        self.lots.append(Lot(day, units, cost))
        self.moves.append(Move("BUY", day, units, price, cost))

    def sell(self, day: date, percent: int) -> None:
        """So much of the units, the oldest first."""
        units = self.units if percent == 100 else round(self.units * percent / 100, self.holding.paper.digits)
        if units <= 0:
            return
        price, taken = self.price_on(day), list(self._take(units))
        self.moves.append(Move("SELL", day, units, price, value(units, price), self.levy_of(taken, day)))

    def _take(self, units: float) -> Iterator[tuple[Lot, float, int]]:
        """Out of the lots: of each, how many units and what they had cost."""
        missing, digits = units, self.holding.paper.digits
        for lot in list(self.lots):
            part = min(lot.units, missing)
            cost = (
                lot.cost
                if part == lot.units
                else half_up(round(lot.cost * part * 10**digits), round(lot.units * 10**digits))
            )
            yield lot, part, cost
            missing = round(missing - part, digits)
            lot.units, lot.cost = round(lot.units - part, digits), lot.cost - cost
            if lot.units <= 0:
                self.lots.remove(lot)
            if missing <= 0:
                return

    def pay_income(self, day: date, unit: float) -> None:
        if self.units > 0:
            self.moves.append(Move("INTEREST", day, self.units, unit, value(self.units, unit)))


def value(units: float, price: float) -> int:
    """Centavos of so many units."""
    return int(units * price * 100 + 0.5 + 1e-6)


def position_on(holding: Holding, born: date, day: date, scale: float) -> Position | None:
    """A holding of a household that began on ``born``, as it is on ``day``. ``scale``: what this one applies of the amounts
    written down. None: nothing of it has been bought yet."""
    due = None if holding.due is None else day_at(born, holding.due)
    position = Position(holding, day, due)
    last = min(day, due) if due else day
    for when, _, kind, amount in sorted(events(holding, born, last)):
        if kind == "BUY":
            position.buy(when, round(amount * scale / 1000) * 1000)
        elif kind == "SELL":
            position.sell(when, amount)
        else:
            assert holding.paper.income is not None
            position.pay_income(when, holding.paper.income.unit)
    if due is not None and due <= day:
        position.sell(due, 100)
    return position if position.moves else None


def day_at(born: date, number: int) -> date:
    """That day of the household's life, or the next on which banks are open."""
    return business_day(born + timedelta(days=number))


def events(holding: Holding, born: date, last: date) -> Iterator[tuple[date, int, MoveKind, int]]:
    """What happens until ``last``, with its place within a day and its amount: centavos or percent."""
    first = day_at(born, holding.buys[0][0])
    for number, cents in holding.buys:
        if (day := day_at(born, number)) <= last:
            yield day, 0, "BUY", cents
    if holding.monthly is not None:
        number, cents = holding.monthly
        yield from ((day, 1, "BUY", cents) for day in every_month(number, (), first, last))
    for number, percent in holding.sells:
        if (day := day_at(born, number)) <= last:
            yield day, 2, "SELL", percent
    if (income := holding.paper.income) is not None:
        yield from ((day, 3, "INTEREST", 0) for day in every_month(income.day, income.months, first, last))


def every_month(number: int, months: tuple[int, ...], first: date, last: date) -> Iterator[date]:
    """Day ``number``, or the next business day, of every month of ``months`` (none: of all), after ``first``."""
    month = first.replace(day=1)
    while month <= last:
        day = effective(month, number, "next")
        if first < day <= last and (not months or month.month in months):
            yield day
        month = add_months(month, 1)
