"""What an honest household pays in agreed amounts: subscriptions, rent, school, the bills of the house."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from benchmarks.alerts.days import DOLLAR, charge_iof, months_later
from benchmarks.alerts.events import Book, Event, Household, Subscription
from benchmarks.alerts.shops import Shop, invent_name, named_shop
from benchmarks.alerts.trades import SUBSCRIPTIONS


def subscribe(home: Household) -> None:
    """2-6 subscriptions; those in US$ only where the household buys abroad at all. Three in ten are charged by a machine
    in the small hours."""
    random = home.random
    offers = [offer for offer in SUBSCRIPTIONS if home.abroad != "never" or offer[3] == "BRL"]
    chosen = random.sample(offers, random.randint(2, 6))
    if home.abroad == "subscription" and not any(offer[3] == "USD" for offer in chosen):
        chosen.append(random.choice([offer for offer in offers if offer[3] == "USD"]))
    for name, category, price, currency in chosen:
        at_night = random.random() < 0.3
        since = home.start + timedelta(days=random.choice((0, 0, 0, random.randrange(200))))
        home.subscriptions.append(
            Subscription(
                shop=named_shop(random, name, category, 5968),
                price=price,
                day=random.randint(1, 28),
                jitter=random.choice((0, 0, 1, 2)),
                book=next(b for b in home.books if b.type == "CREDIT"),
                minute=random.randrange(1, 300) if at_night else random.randrange(360, 1380),
                in_dollars=currency == "USD",
                since=since,
            )
        )


def month_starts(home: Household) -> Iterator[date]:
    return (months_later(home.start, n) for n in range(12))


def pay_agreed(home: Household) -> None:
    for subscription in home.subscriptions:
        charge(home, subscription)
    random, wealth = home.random, home.wealth
    bank = next(b for b in home.books if b.type == "BANK")
    rent = random.random() < 0.6
    agreed = [
        (
            "IMOBILIARIA " + invent_name(random),
            "17010000",
            1700 * wealth * random.uniform(0.7, 1.4),
            0.0,
            0.05 if rent else None,
        ),
        ("CONDOMINIO EDIF " + invent_name(random), "17000000", 480 * wealth, 0.03, None),
        ("ENERGIA " + invent_name(random), "17020002", 190 * wealth, 0.22, None),
        ("SANEAMENTO " + invent_name(random), "17020001", 85 * wealth, 0.15, None),
        ("FIBRA " + invent_name(random), "07010001", 109.90, 0.0, None),
        ("CELULAR " + invent_name(random), "07010002", 54.90, 0.0, None),
    ]
    if random.random() < 0.35:
        agreed.append(("COLEGIO " + invent_name(random), "07020003", 950 * wealth, 0.0, 0.09))
    for name, category, amount, sigma, raised in agreed:
        if name.startswith("IMOB") and not rent:
            continue
        pay_monthly(home, bank, named_shop(random, name, category, 0, home.city), amount, sigma, raised)


def charge(home: Household, subscription: Subscription) -> None:
    random = home.random
    for first in month_starts(home):
        day = first.replace(day=subscription.day) + timedelta(days=random.randint(0, subscription.jitter))
        if not max(subscription.since, home.start) <= day <= home.end:
            continue
        rate = (
            DOLLAR * (1 + 0.05 * math.sin(first.month)) * random.uniform(0.99, 1.01) if subscription.in_dollars else 1.0
        )
        foreign = ("USD", subscription.price) if subscription.in_dollars else None
        amount = round(subscription.price * rate, 2)
        event = Event(day, subscription.book, -amount, "fixed", subscription.shop, subscription.minute, foreign=foreign)
        home.events.append(event)
        if foreign:
            charge_iof(home, day, subscription.book, amount)


def pay_monthly(home: Household, bank: Book, shop: Shop, amount: float, sigma: float, raised: float | None) -> None:
    """A bill a month from the account; a contract (``raised``) goes up once: rent on its day, school in January."""
    random = home.random
    day_of_month, turn = random.randint(3, 20), 1 if "COLEGIO" in shop.name else random.randint(1, 12)
    price, went_up = round(amount, 2), False
    for first in month_starts(home):
        look_alike = None
        if raised and first.month == turn and first != home.start and not went_up:
            price, went_up, look_alike = round(price * (1 + raised * random.uniform(0.8, 1.2)), 2), True, "yearly raise"
        day = first.replace(day=day_of_month) + timedelta(days=random.randint(0, 2))
        if day <= home.end:
            paid = round(price * math.exp(random.gauss(0, sigma)) * (home.level(day) if sigma else 1), 2)
            minute = random.randrange(7 * 60, 22 * 60)
            method = "BOLETO" if random.random() < 0.7 else None
            event = Event(day, bank, -paid, "fixed", shop, minute, look_alike=look_alike, method=method)
            home.events.append(event)
