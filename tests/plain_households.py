"""Another, much plainer model of spending than the benchmark's: uniform or normal amounts, few merchants, clean names.

It shares nothing with ``benchmarks.alerts`` but the type of the result: a detector that was tuned to one is caught by the
other. Every person differs in what the rows carry: categories or none, merchant names or only descriptions, times or dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from statistics import median
from typing import Any, cast

from benchmarks.alerts.households import SimulatedHousehold
from open_finance.records import Transaction
from tests.rows import transaction_data

START = date(2025, 3, 1)
DAYS = 365
TRADES = [
    ("Mercado", "10000000", 150),
    ("Lanche", "11010000", 30),
    ("Posto", "19050001", 180),
    ("Drogaria", "18020000", 60),
]
TRADES += [("Loja", "08040000", 200), ("Livraria", "08060000", 70), ("Pizza", "11020000", 65), ("Pet", "08030000", 90)]
SERVICES = [("Filmes Já", 39.90), ("Músicas", 21.90), ("Academia Central", 99.90), ("Jornal", 19.90)]


class Plain:
    """One person's year. ``rows`` are dictionaries until they are sorted and numbered."""

    def __init__(self, seed: int, number: int) -> None:
        self.random = Random(f"plain {seed} {number}")
        self.number = number
        self.categories, self.names, self.times = (self.random.random() < 0.6 for _ in range(3))
        self.gaussian, self.traveller, self.owl = (self.random.random() < 0.4 for _ in range(3))
        self.rows: list[dict[str, Any]] = []
        self.shops = [self.shop() for _ in range(14)]

    def shop(self) -> tuple[str, str, float]:
        trade, category, usual = self.random.choice(TRADES)
        name = f"{trade} {''.join(self.random.choices('abcdefghilmnoprstuv', k=7)).title()}"
        return name, category, usual * self.random.uniform(0.6, 1.6)

    def amount(self, usual: float) -> float:
        if self.gaussian:
            return max(self.random.gauss(usual, usual * 0.25), 2)
        return self.random.uniform(usual * 0.5, usual * 1.5)

    def pay(self, day: date, name: str, category: str, amount: float, hour: int | None = None, **values: Any) -> None:
        hour = self.random.randint(8, 22) if hour is None else hour
        moment = datetime(day.year, day.month, day.day, hour, self.random.randrange(1, 59), tzinfo=UTC) + timedelta(
            hours=3
        )
        self.rows.append(
            {
                "occurred_on": day,
                "occurred_at": moment if self.times else None,
                "description": name.upper() if self.names else f"Compra {name}",
                "merchant_name": name if self.names else None,
                "category_id": category if self.categories else None,
                "amount": Decimal(f"{-amount:.2f}"),
                "account_id": self.number,
                "label": None,
                **values,
            }
        )

    def live(self) -> None:
        random = self.random
        for n in range(DAYS):
            day = START + timedelta(days=n)
            for _ in range(random.choice((0, 1, 1, 2, 3))):
                new = random.random() < 0.05
                name, category, usual = self.shop() if new else random.choice(self.shops)
                times = 2 if name.startswith("Mercado") and day.day in {5, 6} else 1.4 if day.month == 12 else 1
                night = self.owl and random.random() < 0.15
                abroad = {"foreign_currency": "USD", "foreign_amount": Decimal("-10.00")}
                extra = abroad if self.traveller and random.random() < 0.08 else {}
                self.pay(
                    day, name, category, self.amount(usual) * times, random.randrange(5) if night else None, **extra
                )
            if day.weekday() < 5 and self.number % 2:
                for hour in (8, 18):
                    self.pay(day, "Metrô", "19020000", 5.20, hour)
            for place, (name, price) in enumerate(SERVICES):
                if day.day == 4 + 5 * place:
                    self.pay(day, name, "09000000", price, 10)
            if day.month == 1 and day.day == 15:
                self.pay(day, "IPVA 2026", "19050004", 2400, 10)
        self.seed()

    def seed(self) -> None:
        """One anomaly a month from the fourth on, of every kind in turn."""
        kinds: list[Callable[[date], None]] = [
            self.double,
            self.new_high,
            self.above_shop,
            self.above_category,
            self.raised,
        ]
        kinds += [] if self.traveller else [self.abroad]
        kinds += [self.night] if self.times and not self.owl else []
        self.random.shuffle(kinds)
        for month in range(9):
            kinds[month % len(kinds)](START + timedelta(days=95 + 30 * month + self.random.randrange(25)))

    def before(self, day: date) -> Iterator[dict[str, Any]]:
        return (row for row in self.rows if row["occurred_on"] < day and row["label"] is None)

    def median_of(self, rows: list[dict[str, Any]]) -> float:
        return float(median(-row["amount"] for row in rows))

    def double(self, day: date) -> None:
        rows = [row for row in self.before(day) if row["description"] != "METRÔ" and "Metrô" not in row["description"]][
            -1:
        ]
        again = {**rows[0], "label": "duplicate_charge"}
        again["occurred_at"] = again["occurred_at"] and again["occurred_at"] + timedelta(minutes=3)
        self.rows.append(again)

    def new_high(self, day: date) -> None:
        name, category, _ = self.shop()
        usual = self.median_of([row for row in self.before(day) if "METR" not in row["description"].upper()])
        amount = usual * self.random.uniform(8, 25)
        self.pay(day, name, category, amount, label="new_merchant_high")

    def above_shop(self, day: date) -> None:
        name, category, _ = self.shops[0]
        rows = [row for row in self.before(day) if name.upper() in row["description"].upper()]
        self.pay(day, name, category, self.median_of(rows) * self.random.uniform(5, 20), label="far_above_merchant")

    def above_category(self, day: date) -> None:
        name, category, usual = self.shop()
        self.pay(day - timedelta(days=20), name, category, usual)
        self.pay(day, name, category, usual * self.random.uniform(6, 20), label="far_above_category")

    def raised(self, day: date) -> None:
        rows = [
            row
            for row in self.rows
            if SERVICES[0][0].upper() in row["description"].upper() and row["occurred_on"] >= day
        ]
        for place, row in enumerate(rows):
            row["amount"] = (row["amount"] * Decimal("1.25")).quantize(Decimal("0.01"))
            row["label"] = row["label"] if place else "subscription_raised"

    def abroad(self, day: date) -> None:
        extra: dict[str, Any] = {"foreign_currency": "EUR", "foreign_amount": Decimal("-20.00")}
        self.pay(day, "Boutique Lyon", "08040000", 130, label="foreign_out_of_habit", **extra)

    def night(self, day: date) -> None:
        name, category, usual = self.shops[1]
        self.pay(day, name, category, usual, self.random.randrange(1, 5), label="night_out_of_habit")


def plain_household(seed: int, number: int) -> SimulatedHousehold:
    """One person's year of a seed; anomalies from the fourth month on."""
    person = Plain(seed, number)
    person.live()
    ordered = sorted(person.rows, key=lambda row: (row["occurred_on"], str(row["occurred_at"])))
    labels = {place: row.pop("label") for place, row in enumerate(ordered, start=1)}
    rows = tuple(
        cast(
            "Transaction",
            {**dict.fromkeys(Transaction.__annotations__), **transaction_data(f"p{place}"), **row, "id": place},
        )
        for place, row in enumerate(ordered, start=1)
    )
    return SimulatedHousehold(
        number, START, START + timedelta(days=DAYS - 1), rows, {i: k for i, k in labels.items() if k}, {}
    )
