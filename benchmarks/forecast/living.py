"""A household is founded and lives, day after day."""

from __future__ import annotations

import math
from datetime import date
from random import Random

from benchmarks.alerts.shops import CITIES
from benchmarks.forecast.cards import close_bills, yearly_fee
from benchmarks.forecast.everyday import change_of_life, live_day, settle_in
from benchmarks.forecast.fixed import owe
from benchmarks.forecast.homes import Home, Temper, open_books, span
from benchmarks.forecast.incomes import earn
from benchmarks.forecast.own_money import move_own, open_purse
from benchmarks.forecast.workdays import ONE_DAY


def found_home(seed: int, number: int, months: int) -> Home:
    """Whoever lives there, with all that is agreed upon, before the first day."""
    random = Random(f"forecast {seed} {number}")
    begin, start, end = span(random, months)
    income = min(max(random.lognormvariate(math.log(5500), 0.6), 1800.0), 40_000.0)
    books = open_books(random, income)
    home = Home(number, random, begin, start, end, income, random.choice(CITIES), books, _temper(random))
    way = earn(home)
    fixed = owe(home, way)
    yearly_fee(home)
    left = income * (1 - random.uniform(-0.08, 0.22)) - fixed
    others = 55 * home.wealth * 1.5 * home.temper.people + 120 * home.temper.cash
    home.temper.everyday = max(left - others, 0.15 * income)
    home.limit = round(income * 100 * random.choice((0.3, 0.6, 1.2)))
    for book in home.checking:
        home.balances[book.number] = round(income * 100 * random.choice((0.02, 0.1, 0.3, 0.8, 2.0)))
    change_of_life(home)
    return home


def _temper(random: Random) -> Temper:
    return Temper(
        everyday=0.0,
        drift=random.uniform(0.03, 0.07),
        adapts=random.uniform(0.4, 1.0) if random.random() < 0.5 else 0.0,
        saver=random.choices(("none", "regular", "sweep"), (45, 30, 25))[0],
        on_card=random.uniform(0.25, 0.9),
        hump=random.uniform(0.0, 0.9),
        people=random.uniform(1, 9),
        friends=random.uniform(0.2, 3),
        cash=random.choice((0.0, 0.0, 1.0, 2.5)),
    )


def live(home: Home) -> dict[date, dict[int, int]]:
    """Every day until the last. Returns what is in each checking account on each evening, in centavos, by its number, from
    the day before the first that is seen. What is planned beyond the last day is in ``lived`` as well."""
    life, purse = settle_in(home), open_purse(home)
    evenings: dict[date, dict[int, int]] = {}
    for day in home.days():
        close_bills(home, day)
        live_day(home, life, day)
        while home.planned[day]:
            home.happen(home.planned[day].pop(0))
        move_own(home, purse, day)
        while home.planned[day]:
            home.happen(home.planned[day].pop(0))
        if home.start - ONE_DAY <= day <= home.end:
            evenings[day] = {book.number: home.balances[book.number] for book in home.checking}
    home.lived += [event for events in home.planned.values() for event in events if event.day > home.last]
    return evenings
