"""Every day of an honest household: ordinary purchases at home and on a trip."""

from __future__ import annotations

import math
from datetime import date, timedelta

from benchmarks.alerts.events import ONE_DAY, Book, Event, Household
from benchmarks.alerts.shops import CITIES, Shop, invent_name, named_shop, open_shop
from benchmarks.alerts.trades import TRADES, Trade

#: National holidays of fixed date: (month, day).
HOLIDAYS = {(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25)}
#: What people do more of on a trip.
HOLIDAY_TRADES = ("lunch", "bar", "bakery", "ride", "leisure", "clothes", "groceries")
GIFTS = ("clothes", "online", "books", "beauty", "house")
RATES = {"USD": 5.4, "EUR": 6.0, "ARS": 0.006, "CLP": 0.0057}
DOLLAR = 5.4


def rhythm(home: Household, trade: Trade, day: date) -> float:
    """How much more or less than usual is bought on a day."""
    factor = 1.0
    if trade.name in {"bar", "delivery", "leisure", "clothes"}:
        factor *= 2.0 if day.weekday() >= 4 else 0.6
    if trade.name in {"fare", "lunch", "coffee", "vending"}:
        factor *= 0.15 if day.weekday() >= 5 or (day.month, day.day) in HOLIDAYS else 1.3
    if 5 <= day.day <= 12:
        factor *= 1.25
    if day.day >= 26:
        factor *= 0.8
    if day.month == 12 and trade.name in GIFTS:
        factor *= 2.2
    if day.month == 11 and 20 <= day.day <= 30 and trade.name in {"online", "clothes", "house"}:
        factor *= 2.0
    if (day + ONE_DAY).month != day.month or ((day + ONE_DAY).month, (day + ONE_DAY).day) in HOLIDAYS:
        factor *= 1.15
    return factor * home.busy


def spend(home: Household, day: date) -> None:
    for trade in home.trades:
        for _ in range(poisson(home, trade.a_week / 7 * rhythm(home, trade, day))):
            purchase(home, trade, day)


def poisson(home: Household, mean: float) -> int:
    count, left = 0, math.exp(-mean)
    product = home.random.random()
    while product > left:
        count += 1
        product *= home.random.random()
    return count


def purchase(home: Household, trade: Trade, day: date) -> None:
    random = home.random
    shop = choose_shop(home, trade)
    amount = shop.amount(random, home.level(day))
    values: dict[str, object] = {}
    if trade.name == "groceries" and 5 <= day.day <= 9 and random.random() < 0.6:
        amount, values = amount * random.uniform(1.8, 2.4), {"look_alike": "payday groceries"}
    if day.month == 12 and trade.name in GIFTS:
        amount *= random.uniform(1.0, 1.6)
    if trade.name == "online" and home.abroad == "often" and random.random() < 0.45:
        values["foreign"] = ("USD", round(amount / DOLLAR, 2))
    amount = tidy(home, trade, amount)
    minute = hour_of(home, trade)
    if (
        trade.name in {"online", "clothes", "house"}
        and amount > 180
        and random.random() < 0.4
        and "foreign" not in values
    ):
        in_parts(home, day, shop, amount, minute)
        return
    event = home.buy(day, shop, amount, minute, **values)
    double(home, trade, event)


def choose_shop(home: Household, trade: Trade) -> Shop:
    """A regular, the first of them most often, or one never seen before (which now and then becomes a regular)."""
    random, regulars = home.random, home.shops[trade.name]
    if random.random() < trade.explores:
        shop = open_shop(random, trade, home.city, home.wealth)
        if random.random() < 0.3:
            regulars.append(shop)
        return shop
    return random.choices(regulars, [1 / (1 + place) for place in range(len(regulars))])[0]


def tidy(home: Household, trade: Trade, amount: float) -> float:
    """Shop prices: many end in .90 or .00, those by weight or by metre do not."""
    if trade.fixed:
        return round(amount, 2)
    chance = home.random.random()
    if trade.name in {"clothes", "online", "beauty", "leisure", "books"} and chance < 0.7:
        return max(round(amount) - 0.1, 1.9)
    if trade.name == "fuel" and chance < 0.5:
        return float(max(round(amount / 10) * 10, 10))
    return round(amount, 2)


def hour_of(home: Household, trade: Trade) -> int:
    """The minute of the day. Only night owls buy between 0:00 and 6:00."""
    random = home.random
    if home.owl and trade.nights and random.random() < 0.3:
        return random.randrange(0, 4 * 60)
    first, last = trade.hours
    return random.randrange(first * 60, last * 60 + 59)


def double(home: Household, trade: Trade, event: Event) -> None:
    """Equal fares there and back, two at the turnstile, a second coffee, another bar of chocolate."""
    chance = {"fare": 0.55, "coffee": 0.06, "vending": 0.18, "ride": 0.01}.get(trade.name, 0.0)
    if home.random.random() < chance and event.shop is not None and event.minute is not None:
        later = min(event.minute + home.random.choice((1, 2, 240, 500)), 23 * 60 + 50)
        home.buy(event.day, event.shop, -event.amount, later, book=event.book, look_alike=f"two equal: {trade.name}")


def in_parts(home: Household, day: date, shop: Shop, amount: float, minute: int, **values: object) -> None:
    """A purchase on a card in 2-12 equal monthly rows."""
    total = home.random.choice((2, 3, 3, 4, 6, 10, 12))
    book = home.book_for(day, "CREDIT")
    for number in range(1, total + 1):
        when = months_later(day, number - 1)
        if when <= min(home.end, book.closed):
            values = values if number == 1 else {}
            home.buy(
                when, shop, round(amount / total, 2), minute, book=book, part=(number, total), bought_on=day, **values
            )


def months_later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, min(day.day, 28))


def plan_trip(home: Household) -> None:
    """Six in ten travel once a year for 6-12 days, a quarter of them abroad."""
    if home.random.random() < 0.6:
        first = home.start + timedelta(days=home.random.randrange(40, 340))
        currency = home.random.choice(("USD", "EUR", "ARS", "CLP")) if home.random.random() < 0.25 else "BRL"
        home.trip = (first, first + timedelta(days=home.random.randrange(6, 13)), currency)


def is_away(home: Household, day: date) -> bool:
    return home.trip is not None and home.trip[0] <= day <= home.trip[1]


def spend_on_trip(home: Household, day: date) -> None:
    """Hardly anything at the usual shops, and several purchases a day at shops never seen before."""
    assert home.trip is not None
    random, currency = home.random, home.trip[2]
    there = random.choice(CITIES) if currency == "BRL" else "EXTERIOR"
    if day == home.trip[0]:
        hotel = named_shop(random, f"HOTEL {invent_name(random)}", "12020000", 7011, there)
        pay_on_trip(home, day, hotel, random.uniform(600, 3000) * home.wealth, currency)
    for trade in (t for t in TRADES if t.name in HOLIDAY_TRADES):
        for _ in range(poisson(home, 0.45)):
            shop = open_shop(random, trade, there, home.wealth)
            pay_on_trip(home, day, shop, shop.amount(random, home.level(day)) * 1.3, currency)


def pay_on_trip(home: Household, day: date, shop: Shop, amount: float, currency: str) -> None:
    rate = RATES.get(currency, 1.0) * home.random.uniform(0.97, 1.03)
    foreign = None if currency == "BRL" else (currency, round(amount / rate, 2))
    minute = home.random.randrange(8 * 60, 23 * 60)
    book = home.book_for(day, "CREDIT")
    home.buy(day, shop, round(amount, 2), minute, book=book, foreign=foreign, look_alike="trip")
    if foreign:
        charge_iof(home, day, book, amount)


def charge_iof(home: Household, day: date, book: Book, amount: float) -> None:
    text = "IOF COMPRA INTERNACIONAL" if book.hand.has("upper") else "IOF de compra internacional"
    home.events.append(Event(day, book, -round(amount * 0.035, 2), "fee", text=text, category="15030000"))
