"""What a simulated household is and what happens to its money, before a bank writes it down."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from benchmarks.alerts.shops import CITIES, HANDS, Hand, Shop, open_shop
from benchmarks.alerts.trades import TRADES, Trade

DAYS = 365
ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Book:
    """A checking account (``BANK``) or a card (``CREDIT``) at a bank; it is used from ``opened`` to ``closed``."""

    number: int
    type: str
    hand: Hand
    opened: date
    closed: date
    weight: float

    def is_open(self, day: date) -> bool:
        return self.opened <= day <= self.closed


@dataclass(slots=True)
class Event:
    """One movement of money. ``amount``: BRL, out negative. ``minute`` of the day; None: the bank's own doing. ``flow``:
    purchase, fixed, transfer, bill, investment, income, refund or fee. ``text``: the bank's words, where there is no shop.
    ``part``: (2, 10) for the second of ten instalments. ``look_alike``: why an honest row may look odd; ``label``: what was
    seeded into it."""

    day: date
    book: Book
    amount: float
    flow: str
    shop: Shop | None = None
    minute: int | None = None
    text: str = ""
    foreign: tuple[str, float] | None = None
    part: tuple[int, int] | None = None
    bought_on: date | None = None
    category: str | None = None
    operation: str | None = None
    method: str | None = None
    same_holder: bool | None = None
    counterparty: str | None = None
    look_alike: str | None = None
    label: str | None = None


@dataclass(slots=True)
class Subscription:
    """A price a month. ``price``: BRL, or US$ where ``in_dollars``."""

    shop: Shop
    price: float
    day: int
    jitter: int
    book: Book
    minute: int
    in_dollars: bool
    since: date


@dataclass(slots=True)
class Household:
    """Who lives there and what they are used to. ``wealth`` multiplies ordinary amounts. ``abroad``: never, subscription
    (one or two services in US$) or often. ``owl``: buys after midnight again and again; the others never do."""

    number: int
    random: Random
    start: date
    income: float
    wealth: float
    city: str
    owl: bool
    abroad: str
    busy: float
    books: list[Book]
    trades: list[Trade]
    shops: dict[str, list[Shop]]
    subscriptions: list[Subscription] = field(default_factory=list)
    trip: tuple[date, date, str] | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def end(self) -> date:
        return self.start + timedelta(days=DAYS - 1)

    def days(self) -> Iterator[date]:
        return (self.start + timedelta(days=n) for n in range(DAYS))

    def level(self, day: date) -> float:
        """What prices stand at: 0.4 % a month since the start."""
        return math.pow(1.004, (day - self.start).days / 30.4)

    def book_for(self, day: date, kind: str | None = None) -> Book:
        """An open account or card, the favourite one most often."""
        books = [book for book in self.books if book.is_open(day) and kind in {None, book.type}]
        return self.random.choices(books, [book.weight for book in books])[0]

    def buy(self, day: date, shop: Shop, amount: float, minute: int, **values: object) -> Event:
        """A purchase, added to what happens."""
        book = values.pop("book", None) or self.book_for(day)
        assert isinstance(book, Book)
        event = Event(day, book, -amount, "purchase", shop, minute, **values)  # type: ignore[arg-type]
        self.events.append(event)
        return event


def found_household(seed: int, number: int) -> Household:
    """Whoever lives there, with accounts and habits and before anything happened."""
    random = Random(f"household {seed} {number}")
    start = date(2025, 1, 1)
    for _ in range(random.randrange(12)):
        start = (start.replace(day=28) + timedelta(days=5)).replace(day=1)
    income = round(min(max(random.lognormvariate(math.log(6000), 0.6), 2000), 40000), 2)
    wealth = (income / 6000) ** 0.6
    city = random.choice(CITIES)
    trades = [trade for trade in TRADES if random.random() < trade.share]
    return Household(
        number=number,
        random=random,
        start=start,
        income=income,
        wealth=wealth,
        city=city,
        owl=random.random() < 0.3,
        abroad=random.choices(("never", "subscription", "often"), (45, 20, 35))[0],
        busy=random.uniform(0.55, 1.15),
        books=_open_books(random, start),
        trades=trades,
        shops={t.name: [open_shop(random, t, city, wealth) for _ in range(t.regulars)] for t in trades},
    )


def _open_books(random: Random, start: date) -> list[Book]:
    """1-3 checking accounts and 1-3 cards; where there are several, one in seven opens or closes in the year."""
    end = start + timedelta(days=DAYS)
    books: list[Book] = []
    for kind in ("BANK", "CREDIT"):
        hands = random.sample(HANDS, random.choices((1, 2, 3), (5, 3, 2))[0])
        for place, hand in enumerate(hands):
            opened, closed = start, end
            if place and random.random() < 1 / 7:
                turn = start + timedelta(days=random.randrange(60, 300))
                opened, closed = (turn, end) if random.random() < 0.5 else (start, turn)
            weight = (1.0 if kind == "CREDIT" else 0.45) / (1 + 2 * place)
            books.append(Book(len(books), kind, hand, opened, closed, weight))
    return books
