"""What a simulated household is, and what happens to its money before a bank writes it down. Money is whole centavos."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from benchmarks.alerts.shops import HANDS, Hand, Shop
from benchmarks.forecast.workdays import ONE_DAY, months_on

#: It is lived before anything is seen of it, for bills and instalments to be under way on the first day.
BURN_IN = 75
#: It is lived on after the last day, for what is listed by then of days to come.
AFTER = 45


@dataclass(frozen=True, slots=True)
class CardTerms:
    """``closing``: what is bought from that day of the month on is on the next bill; ``due``: the day of the month on which
    one is due. ``lists_all``: every instalment is a row from the day of the purchase; otherwise one a month. ``stamps``:
    rows carry their bill once it has closed; ``tells_closing``: bills carry the day on which they closed. ``lag``: as many
    days later at most a purchase is listed. ``pays``: auto, early or by hand; ``revolves``: how often not in full."""

    closing: int
    due: int
    lists_all: bool
    stamps: bool
    tells_closing: bool
    lag: int
    pays: str
    revolves: float
    limit: int


@dataclass(slots=True)
class Book:
    """A checking account (``terms`` None) or a card."""

    number: int
    hand: Hand
    weight: float
    terms: CardTerms | None = None

    @property
    def kind(self) -> str:
        return "BANK" if self.terms is None else "CREDIT"


@dataclass(slots=True)
class Agreed:
    """A true flow: due about once a month under one payee by agreement. ``kind``: as ``insights.recurring.Kind`` has it.
    ``ended_on``: the last day on which something is due, None while it goes on. ``counts``: False for what is regular and
    which nobody agreed upon with anybody (own money from one own account to the other, IOF, a card's yearly fee in parts):
    finding it is neither right nor wrong."""

    name: str
    kind: str
    on_card: bool = False
    ended_on: date | None = None
    counts: bool = True


@dataclass(slots=True)
class Event:
    """One movement. ``cents``: money out negative. ``seen_on``: the day on whose evening its row is listed; ``seen_until``:
    the last one, of a row that goes away again (a scheduled Pix that was called off: its money never moves)."""

    day: date
    book: Book
    cents: int
    text: str
    shop: Shop | None = None
    flow: Agreed | None = None
    category: str | None = None
    operation: str | None = None
    method: str | None = None
    same_holder: bool | None = None
    counterparty: str | None = None
    part: tuple[int, int] | None = None
    bought_on: date | None = None
    foreign: tuple[str, float] | None = None
    seen_on: date | None = None
    seen_until: date | None = None
    bill_id: str | None = None

    @property
    def is_real(self) -> bool:
        """Whether money moves."""
        return self.seen_until is None


@dataclass(slots=True)
class Temper:
    """How the household lives. ``everyday``: BRL a month on the first day; ``drift``: how far its level moves in a month
    (sigma); ``adapts``: how much less is spent when money is short, 0 to 1. ``saver``: none, regular, sweep. ``on_card``:
    the share of purchases on cards. ``hump``: how much more is bought after payday."""

    everyday: float
    drift: float
    adapts: float
    saver: str
    on_card: float
    hump: float
    people: float
    friends: float
    cash: float


@dataclass(slots=True)
class Home:
    """``begin``: the first day that is lived, ``start``: the first that is seen, ``end``: the last. ``income``: BRL in a
    usual month. ``lived``: what has happened, ``planned``: what is to, by day."""

    number: int
    random: Random
    begin: date
    start: date
    end: date
    income: float
    city: str
    books: list[Book]
    temper: Temper
    agreed: list[Agreed] = field(default_factory=list)
    planned: dict[date, list[Event]] = field(default_factory=lambda: defaultdict(list))
    lived: list[Event] = field(default_factory=list)
    balances: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    savings: int = 0
    paydays: list[date] = field(default_factory=list)
    turns: list[tuple[date, float]] = field(default_factory=list)
    bills: list[dict[str, Any]] = field(default_factory=list)
    limit: int = 0

    @property
    def wealth(self) -> float:
        """What ordinary amounts are multiplied with."""
        return math.pow(self.income / 6000, 0.6)

    @property
    def last(self) -> date:
        """The last day that is lived."""
        return self.end + timedelta(days=AFTER)

    @property
    def checking(self) -> list[Book]:
        return [book for book in self.books if book.terms is None]

    @property
    def cards(self) -> list[Book]:
        return [book for book in self.books if book.terms is not None]

    @property
    def main(self) -> Book:
        """The account from which the household lives."""
        return self.checking[-1]

    @property
    def available(self) -> int:
        return sum(self.balances[book.number] for book in self.checking)

    def days(self) -> Iterator[date]:
        return (self.begin + timedelta(days=number) for number in range((self.last - self.begin).days + 1))

    def prices(self, day: date) -> float:
        """What prices stand at: 0.4 % a month since the beginning."""
        return math.pow(1.004, (day - self.begin).days / 30.4)

    def plan(self, event: Event) -> Event:
        """Something that happens on a day to come, or today."""
        if event.day >= self.begin:
            self.planned[event.day].append(event)
        return event

    def agree(self, name: str, kind: str, **values: Any) -> Agreed:
        self.agreed.append(Agreed(name, kind, **values))
        return self.agreed[-1]

    def happen(self, event: Event) -> None:
        """It happens: money moves, unless it was called off."""
        self.lived.append(event)
        if event.is_real and event.book.terms is None:
            self.balances[event.book.number] += event.cents

    def poisson(self, mean: float) -> int:
        count, left = 0, math.exp(-mean)
        product = self.random.random()
        while product > left:
            count += 1
            product *= self.random.random()
        return count


def span(random: Random, months: int) -> tuple[date, date, date]:
    """``(begin, start, end)``. One household in six is known for 3-8 months only."""
    first = months_on(date(2023, 1, 1), random.randrange(12))
    known = random.randint(3, 8) if random.random() < 1 / 6 and months > 8 else months
    start = months_on(first, months - known)
    return start - timedelta(days=BURN_IN), start, months_on(first, months) - ONE_DAY


def open_books(random: Random, income: float) -> list[Book]:
    """1-2 checking accounts, the one that is lived from last, and 0-2 cards, the favourite first."""
    checking = random.choices((1, 2), (7, 3))[0]
    cards = random.choices((0, 1, 2), (2, 5, 3))[0]
    books = [Book(place, hand, 1.0) for place, hand in enumerate(random.sample(HANDS, checking))]
    for place, hand in enumerate(random.sample(HANDS, cards)):
        books.append(Book(checking + place, hand, 1 / (1 + 2 * place), _terms(random, income)))
    return books


def _terms(random: Random, income: float) -> CardTerms:
    due = random.choice((1, 5, 8, 10, 12, 15, 20, 25))
    return CardTerms(
        closing=(due - random.choice((7, 8, 10)) - 1) % 28 + 1,
        due=due,
        lists_all=random.random() < 0.4,
        stamps=random.random() < 0.5,
        tells_closing=random.random() < 0.7,
        lag=random.choice((0, 0, 1, 2)),
        pays=random.choices(("auto", "early", "by hand"), (55, 20, 25))[0],
        revolves=random.uniform(0.1, 0.35) if random.random() < 0.12 else 0.0,
        limit=round(income * random.uniform(1.5, 4)) * 100,
    )
