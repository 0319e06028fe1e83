"""Everyday life: purchases by trade and weekday, people, cash, trips, dear things, windfalls."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

from benchmarks.alerts.shops import Shop, invent_name, invent_person, named_shop, open_shop
from benchmarks.alerts.trades import DEAR, TRADES, Trade
from benchmarks.forecast.homes import Book, Event, Home
from benchmarks.forecast.wording import told, word
from benchmarks.forecast.workdays import ONE_DAY, holidays_of, months_from, on_or_after

WEEKEND = ("bar", "delivery", "leisure", "clothes", "groceries")
WORKING = ("fare", "lunch", "coffee", "vending", "parking")
GIFTS = ("clothes", "online", "books", "beauty", "house")
PARTS = (2, 3, 3, 4, 5, 6, 10, 12)


@dataclass(slots=True)
class Life:
    """What a household is used to. ``often``: what the trades' frequencies are multiplied with, ``dear``: their amounts.
    ``level``: the drift of both together, as a logarithm. ``helper``: who comes to clean, the weekday, the price, every how
    many weeks."""

    trades: list[Trade]
    shops: dict[str, list[Shop]]
    often: float
    dear: float
    friends: list[str]
    level: float = 0.0
    helper: tuple[str, int, int, int] | None = None
    trips: list[tuple[date, date]] = field(default_factory=list)


def settle_in(home: Home) -> Life:
    """Habits, so chosen that what they cost in a usual month is what the household has for it."""
    random = home.random
    trades = [trade for trade in TRADES if random.random() < trade.share]
    usual = sum(t.a_week * 4.35 * t.median * math.exp(t.sigma**2 / 2) * (1 + 1.5 * t.tail) for t in trades)
    ratio = home.temper.everyday / usual
    often = min(max(ratio**0.5 * random.uniform(0.7, 1.3), 0.3), 1.8)
    life = Life(
        trades=trades,
        shops={t.name: [open_shop(random, t, home.city, 1.0) for _ in range(t.regulars)] for t in trades},
        often=often,
        dear=ratio / often,
        friends=[invent_person(random) for _ in range(random.randint(4, 12))],
    )
    if random.random() < 0.22:
        price = random.choice((120, 150, 180, 200, 250))
        life.helper = (invent_person(random), random.randrange(5), price, random.choice((1, 1, 2)))
    _plan_trips(home, life)
    _plan_rare(home)
    return life


def live_day(home: Home, life: Life, day: date) -> None:
    """One day. Who is on a trip spends there and hardly at home."""
    if day.day == 1:
        _drift(home, life, day)
    away = any(first <= day <= last for first, last in life.trips)
    mood = _mood(home, day) * math.exp(life.level)
    for trade in life.trades:
        mean = trade.a_week / 7 * life.often * _rhythm(trade, day) * mood * (0.4 if away else 1.0)
        for _ in range(home.poisson(mean)):
            _purchase(home, life, trade, day)
    if away:
        for _ in range(home.poisson(2.2)):
            _purchase(home, life, home.random.choice(TRADES[:9]), day, abroad=True)
    _people(home, life, day, mood)


# --- how much ------------------------------------------------------------------------------------------------------------


def _drift(home: Home, life: Life, day: date) -> None:
    """The level wanders, slowly, and is drawn back a little; life changes of a day (a child, a move, a lost job) stay."""
    life.level = 0.97 * life.level + home.random.gauss(0, home.temper.drift)
    for turn, factor in home.turns:
        if 0 <= (day - turn).days < 31:
            life.level += math.log(factor)


def _mood(home: Home, day: date) -> float:
    """After payday more is bought, at the end of the month less, in December more; who adapts spends less when short."""
    since = min(((day - payday).days for payday in home.paydays if payday <= day), default=15)
    factor = 1 + home.temper.hump * math.exp(-since / 4)
    factor *= 1 - home.temper.hump * 0.35 * (day.day >= 24)
    factor *= {12: 1.3, 11: 1.08, 1: 0.93, 2: 0.95}.get(day.month, 1.0)
    short = min(max(1 - home.available / 100 / (0.35 * home.income), 0.0), 1.0)
    return factor * (1 - 0.75 * home.temper.adapts * short)


def _rhythm(trade: Trade, day: date) -> float:
    factor, is_free = 1.0, day.weekday() >= 5 or day in holidays_of(day.year)
    if trade.name in WEEKEND:
        factor *= 1.8 if day.weekday() >= 4 else 0.7
    if trade.name in WORKING:
        factor *= 0.15 if is_free else 1.35
    if day.month == 12 and trade.name in GIFTS:
        factor *= 1.7
    if day.month == 11 and day.day >= 20 and trade.name in {"online", "clothes", "house"}:
        factor *= 2.0
    return factor * (1.15 if day + ONE_DAY in holidays_of((day + ONE_DAY).year) else 1.0)


# --- purchases -----------------------------------------------------------------------------------------------------------


def _purchase(home: Home, life: Life, trade: Trade, day: date, *, abroad: bool = False) -> None:
    random = home.random
    shop = _shop(home, life, trade, explores=0.9 if abroad else trade.explores)
    amount = shop.amount(random, home.prices(day)) * (1.0 if trade.fixed else life.dear) * (1.5 if abroad else 1.0)
    buy(home, day, shop, max(amount, 2.0))


def _shop(home: Home, life: Life, trade: Trade, explores: float) -> Shop:
    random, known = home.random, life.shops.setdefault(trade.name, [])
    if not known or random.random() < explores:
        shop = open_shop(random, trade, home.city, 1.0)
        if random.random() < 0.3:
            known.append(shop)
        return shop
    return random.choices(known, [1 / (1 + place) for place in range(len(known))])[0]


def buy(home: Home, day: date, shop: Shop, amount: float, *, on_card: float | None = None, parts: float = 0.35) -> None:
    """On a card or by debit; what is dear, on a card, and ``parts`` of it in instalments."""
    random, cents = home.random, -round(amount * 100)
    share = home.temper.on_card if on_card is None else on_card
    if not home.cards or random.random() >= share:
        debit = "CARTAO" if home.main.hand.has("timed") else None
        home.plan(Event(day, home.main, cents, "", shop, operation=debit))
        return
    card = random.choices(home.cards, [book.weight for book in home.cards])[0]
    if amount > max(200, 0.04 * home.income) and random.random() < parts:
        in_parts(home, day, card, shop, -cents)
        return
    home.plan(Event(day, card, cents, "", shop, seen_on=_listed(home, card, day)))
    if random.random() < 0.012:
        back = day + timedelta(days=random.randint(2, 25))
        home.plan(Event(back, card, -cents, f'Estorno de "{shop.name.title()}"', operation="ESTORNO"))


def in_parts(home: Home, day: date, card: Book, shop: Shop, cents: int) -> None:
    """Equal instalments, the first with the centavos that do not divide. See ``CardTerms.lists_all``."""
    assert card.terms is not None
    total = home.random.choice(PARTS)
    listed = _listed(home, card, day)
    for number in range(1, total + 1):
        share = cents // total + (cents % total if number == 1 else 0)
        when = day if number == 1 else _months_later(day, number - 1)
        seen_on = listed if number == 1 or card.terms.lists_all else when
        home.plan(Event(when, card, -share, "", shop, part=(number, total), bought_on=day, seen_on=seen_on))


def _months_later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, min(day.day, 28))


def _listed(home: Home, card: Book, day: date) -> date:
    assert card.terms is not None
    return day + timedelta(days=home.random.randint(0, card.terms.lag))


# --- people ----------------------------------------------------------------------------------------------------------------


def _people(home: Home, life: Life, day: date, mood: float) -> None:
    """Pix to and from people, some of them scheduled (of which one in twenty-five is called off), cash, the helper."""
    random, temper = home.random, home.temper
    for _ in range(home.poisson(temper.people / 30 * mood)):
        amount = 55 * home.wealth * math.exp(random.gauss(0, 0.9))
        _send(home, day, random.choice(life.friends) if random.random() < 0.7 else invent_person(random), amount)
    for _ in range(home.poisson(temper.friends / 30)):
        amount = 50 * home.wealth * math.exp(random.gauss(0, 0.8))
        _get(home, day, random.choice(life.friends), amount)
    for _ in range(home.poisson(temper.cash / 30 * mood)):
        notes = random.choice((50, 50, 100, 100, 150, 200, 300)) * max(round(home.wealth), 1)
        home.plan(
            Event(
                day, home.main, -notes * 100, word(home.main.hand, "cash", ""), **told(home.main.hand, "cash", "", None)
            )
        )
    if life.helper is not None:
        name, weekday, price, weeks = life.helper
        if day.weekday() == weekday and (day.toordinal() // 7) % weeks == 0 and random.random() < 0.93:
            raised = round(price * 1.05 ** ((day - home.begin).days // 365), -1)
            _pix(home, Event(day, home.main, -round(raised * 100), ""), name)


def _send(home: Home, day: date, name: str, amount: float) -> None:
    random = home.random
    amount = round(amount, -1) if random.random() < 0.5 else amount
    event = Event(day, home.main, -max(round(amount * 100), 300), "")
    if random.random() < 0.06:
        event.day, event.seen_on = day + timedelta(days=random.randint(2, 14)), day
        if random.random() < 0.04:
            event.seen_until = day + timedelta(days=random.randint(1, (event.day - day).days - 1))
    _pix(home, event, name)


def _pix(home: Home, event: Event, name: str) -> None:
    event.text = word(event.book.hand, "pix", name)
    for key, value in told(event.book.hand, "pix", name, "05070000").items():
        setattr(event, key, value)
    home.plan(event)


def _get(home: Home, day: date, name: str, amount: float) -> None:
    hand = home.main.hand
    event = Event(
        day,
        home.main,
        max(round(amount * 100), 300),
        word(hand, "pix in", name),
        **told(hand, "pix in", name, "05070000"),
    )
    home.plan(event)


# --- rare ------------------------------------------------------------------------------------------------------------------


def _plan_trips(home: Home, life: Life) -> None:
    """Six in ten years have one, of 5-12 days; tickets and hotel are bought 10-60 days before."""
    random = home.random
    for month in months_from(home.begin, home.last):
        if random.random() < 0.05 * (2.0 if month.month in {1, 7, 12} else 0.75):
            first = month + timedelta(days=random.randrange(28))
            life.trips.append((first, first + timedelta(days=random.randint(4, 11))))
            for name, category, mcc in (("PASSAGENS", "12010000", 4511), ("HOTEL", "12020000", 7011)):
                shop = named_shop(random, f"{name} {invent_name(random)}", category, mcc, home.city)
                day = max(first - timedelta(days=random.randint(10, 60)), home.begin)
                buy(home, day, shop, home.income * random.uniform(0.05, 0.25), on_card=0.85, parts=0.7)


def _plan_rare(home: Home) -> None:
    """Dear things (1.6 a year), dear months (a repair, an operation, a party: 0.7 a year, at once and by Pix or boleto),
    windfalls (0.35 a year) and the tax return."""
    random, days = home.random, (home.last - home.begin).days
    years = days / 365
    for _ in range(home.poisson(1.6 * years)):
        _, category, mcc, words, low, high = random.choice(DEAR)
        shop = named_shop(random, f"{random.choice(words.split('|'))} {invent_name(random)}", category, mcc, home.city)
        day = home.begin + timedelta(days=random.randrange(days))
        buy(home, day, shop, random.uniform(low, high) * min(home.wealth, 1.6), on_card=0.8, parts=0.65)
    for _ in range(home.poisson(0.7 * years)):
        day = home.begin + timedelta(days=random.randrange(days))
        for _ in range(random.randint(1, 3)):
            amount = home.income * random.uniform(0.05, 0.35)
            _pix(home, Event(day, home.main, -round(amount * 100), ""), invent_person(random))
            day += timedelta(days=random.randint(1, 12))
    for _ in range(home.poisson(0.35 * years)):
        day = on_or_after(home.begin + timedelta(days=random.randrange(days)))
        _get(home, day, invent_person(random), home.income * random.uniform(0.4, 2.5))
    if random.random() < 0.3:
        for year in range(home.begin.year, home.last.year + 1):
            day = on_or_after(date(year, random.randint(5, 9), 28))
            _get(home, day, "RESTITUICAO IR", home.income * random.uniform(0.1, 0.5))


def change_of_life(home: Home) -> None:
    """Two households in five: from some day on everyday life costs 15-35 % more or less."""
    random = home.random
    if random.random() < 0.4:
        turn = home.start + (home.end - home.start) * random.random()
        factor = random.choice((random.uniform(1.15, 1.35), random.uniform(0.7, 0.87)))
        home.turns.append((turn, factor))
