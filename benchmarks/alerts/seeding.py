"""What is seeded into an honest year, and only in its months 4-12. The rates are documented in ``households``.

Nothing here knows a detector: an anomaly is what would surprise the person, with amounts drawn from ranges.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from statistics import median, quantiles

from benchmarks.alerts.days import RATES
from benchmarks.alerts.events import DAYS, ONE_DAY, Event, Household
from benchmarks.alerts.shops import Shop, named_shop, open_shop
from benchmarks.alerts.trades import DEAR, TRADES

KINDS = (
    "duplicate_charge",
    "new_merchant_high",
    "far_above_merchant",
    "far_above_category",
    "subscription_raised",
    "foreign_out_of_habit",
    "night_out_of_habit",
)
FIRST_DAY = 92
#: Twice the same amount is no surprise where it is a fixed price.
FIXED_PRICES = {"fare", "coffee", "vending"}


def seed_anomalies(home: Household) -> None:
    """6-10 anomalies, of kinds drawn one after the other; a kind that the household's habits do not allow is passed over."""
    random = home.random
    wanted = random.randint(6, 10)
    order = [kind for _ in range(4) for kind in random.sample(KINDS, len(KINDS))]
    for kind in order:
        if wanted and _SEEDERS[kind](home):
            wanted -= 1


def purchases_before(home: Household, day: date) -> list[Event]:
    """Ordinary purchases of the 90 days before."""
    first = day - timedelta(days=90)
    return [e for e in home.events if e.flow == "purchase" and e.shop and e.label is None and first <= e.day < day]


def some_day(home: Household) -> date:
    return home.start + timedelta(days=home.random.randrange(FIRST_DAY, DAYS - 2))


def between(home: Household, low: float, high: float) -> float:
    """A factor whose logarithm is uniform."""
    return math.exp(home.random.uniform(math.log(low), math.log(high)))


def duplicate_charge(home: Household) -> bool:
    """The same shop, card and amount again: seven in ten within forty minutes, the others the next day."""
    random = home.random
    first_day = home.start + timedelta(days=FIRST_DAY)
    chosen = [
        e
        for e in home.events
        if e.flow in {"purchase", "fixed"} and e.shop and e.shop.trade not in FIXED_PRICES and not e.part
        if first_day <= e.day < home.end
        and e.label is None
        and e.look_alike is None
        and e.book.is_open(e.day + ONE_DAY)
    ]
    event = random.choice(chosen)
    again = replace(event, label="duplicate_charge")
    if random.random() < 0.7 and event.minute is not None:
        again.minute = min(event.minute + random.randint(1, 40), 24 * 60 - 1)
    else:
        again.day += ONE_DAY
    home.events.append(again)
    return True


def new_merchant_high(home: Household) -> bool:
    """1.5-8 times the 95th percentile of the purchases of the last 90 days, at a shop never seen."""
    day = some_day(home)
    dear = quantiles((-e.amount for e in purchases_before(home, day)), n=20)[-1]
    amount = round(dear * between(home, 1.5, 8), 2)
    home.buy(day, strange_shop(home), amount, home.random.randrange(8 * 60, 22 * 60), label="new_merchant_high")
    return True


def strange_shop(home: Household) -> Shop:
    random = home.random
    if random.random() < 0.5:
        name, category, mcc, words, _, _ = random.choice(DEAR)
        shop = open_shop(random, TRADES[0], home.city, home.wealth)
        shop.name, shop.category, shop.mcc, shop.trade = (
            f"{words.split('|')[0]} {shop.name.split()[1]}",
            category,
            mcc,
            name,
        )
        return shop
    trade = random.choice(
        [t for t in TRADES if t.name in {"online", "clothes", "house", "groceries", "pharmacy", "health"}]
    )
    return open_shop(random, trade, home.city, home.wealth)


def shops_before(home: Household, day: date) -> dict[str, list[Event]]:
    """CNPJ → purchases so far."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in home.events:
        if event.flow == "purchase" and event.shop and event.label is None and not event.part and event.day < day:
            found[event.shop.cnpj].append(event)
    return found


def far_above_merchant(home: Household) -> bool:
    """4-15 times the median of a shop with six purchases or more."""
    day = some_day(home)
    known = [events for events in shops_before(home, day).values() if len(events) >= 6]
    if not known:
        return False
    events = home.random.choice(known)
    amount = round(median(-e.amount for e in events) * between(home, 4, 15), 2)
    copy_to(home, events[-1], day, amount, "far_above_merchant")
    return True


def far_above_category(home: Household) -> bool:
    """5-15 times the median of a category with ten purchases or more, at a shop seen once or twice."""
    day = some_day(home)
    shops = shops_before(home, day)
    by_category: dict[str, list[float]] = defaultdict(list)
    for events in shops.values():
        for event in events:
            by_category[event.shop.category if event.shop else ""].append(-event.amount)
    rare = [e[-1] for e in shops.values() if len(e) <= 2 and e[-1].shop and len(by_category[e[-1].shop.category]) >= 10]
    if not rare:
        return False
    event = home.random.choice(rare)
    assert event.shop is not None
    amount = round(median(by_category[event.shop.category]) * between(home, 5, 15), 2)
    copy_to(home, event, day, amount, "far_above_category")
    return True


def copy_to(home: Household, event: Event, day: date, amount: float, label: str) -> None:
    book = event.book if event.book.is_open(day) else home.book_for(day)
    home.events.append(replace(event, day=day, amount=-amount, label=label, look_alike=None, foreign=None, book=book))


def subscription_raised(home: Household) -> bool:
    """8-60 % more, from one month on, after three or more charges at one price."""
    random = home.random
    charges: dict[str, list[Event]] = defaultdict(list)
    subscribed = {subscription.shop.cnpj for subscription in home.subscriptions}
    for event in sorted(home.events, key=lambda e: e.day):
        if event.flow == "fixed" and event.shop and event.shop.cnpj in subscribed:
            charges[event.shop.cnpj].append(event)
    first_day = home.start + timedelta(days=FIRST_DAY)
    possible = []
    for events in charges.values():
        if all(event.label is None for event in events):
            possible += [(events, n) for n in range(3, len(events)) if events[n].day >= first_day]
    if not possible:
        return False
    events, number = random.choice(possible)
    factor = 1 + random.uniform(0.08, 0.60)
    events[number].label = "subscription_raised"
    for event in events[number:]:
        event.amount = round(event.amount * factor, 2)
        if event.foreign:
            event.foreign = event.foreign[0], round(event.foreign[1] * factor, 2)
    return True


def is_apart(home: Household, day: date, label: str, days: int) -> bool:
    """Whether the last and the next of a kind are that far away, and there are no more than two."""
    others = [e.day for e in home.events if e.label == label]
    return len(others) < 2 and all(abs((day - other).days) >= days for other in others)


def foreign_out_of_habit(home: Household) -> bool:
    """A purchase in another currency, 0.5-8 times the median purchase, where nothing foreign was ever bought before."""
    day = some_day(home)
    been_abroad = any(e.foreign and e.label is None and e.day <= day for e in home.events)
    if home.abroad != "never" or been_abroad or not is_apart(home, day, "foreign_out_of_habit", 45):
        return False
    random = home.random
    currency = random.choice(("USD", "USD", "EUR", "CLP"))
    amount = round(median(-e.amount for e in purchases_before(home, day)) * between(home, 0.5, 8), 2)
    shop = named_shop(
        random, open_shop(random, TRADES[0], "", 1).name.split()[1] + " STORE", "08010000", 5999, "DUBLIN"
    )
    home.buy(
        day,
        shop,
        amount,
        random.randrange(8 * 60, 23 * 60),
        book=home.book_for(day, "CREDIT"),
        foreign=(currency, round(amount / RATES[currency], 2)),
        label="foreign_out_of_habit",
    )
    return True


def night_out_of_habit(home: Household) -> bool:
    """A purchase between 0:30 and 4:30, 0.7-6 times the median purchase, by a household that never buys at night, on an
    account whose rows carry times; seven in ten at a shop never seen."""
    day = some_day(home)
    random = home.random
    books = [b for b in home.books if b.hand.has("timed") and b.is_open(day)]
    used = Counter(id(e.book) for e in purchases_before(home, day))
    books = [b for b in books if used[id(b)] >= 20]
    if home.owl or not books or not is_apart(home, day, "night_out_of_habit", 30):
        return False
    before = purchases_before(home, day)
    shop = strange_shop(home) if random.random() < 0.7 else random.choice(before).shop
    assert shop is not None
    amount = round(median(-e.amount for e in before) * between(home, 0.7, 6), 2)
    home.buy(day, shop, amount, random.randrange(30, 270), book=random.choice(books), label="night_out_of_habit")
    return True


_SEEDERS: dict[str, Callable[[Household], bool]] = {
    "duplicate_charge": duplicate_charge,
    "new_merchant_high": new_merchant_high,
    "far_above_merchant": far_above_merchant,
    "far_above_category": far_above_category,
    "subscription_raised": subscription_raised,
    "foreign_out_of_habit": foreign_out_of_habit,
    "night_out_of_habit": night_out_of_habit,
}
