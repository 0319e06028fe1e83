"""The household's own money: set aside and drawn back, from one account to the other; and the bank's when it is short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.alerts.shops import invent_person
from benchmarks.forecast.fixed import Contract, carry_out
from benchmarks.forecast.homes import Agreed, Event, Home
from benchmarks.forecast.wording import told, word
from benchmarks.forecast.workdays import day_of, is_workday, nth_workday, on_or_after


@dataclass(slots=True)
class Purse:
    """``monthly``: BRL set aside on ``day`` of the month, 0 for none. ``high`` and ``low``: what is above the one is swept
    away now and then, what is below the other drawn back. ``owner``: whose name own transfers carry. ``told``: both sides
    are known as own money. ``moves``: the share of an income at the first account that goes on to the second."""

    monthly: float
    day: int
    high: float
    low: float
    owner: str
    told: bool
    moves: float
    flow: Agreed | None = None
    forth: Agreed | None = None
    below: int = 0


def open_purse(home: Home) -> Purse:
    random, income = home.random, home.income
    regular = home.temper.saver == "regular"
    purse = Purse(
        monthly=round(income * random.uniform(0.04, 0.15), -1) if regular else 0.0,
        day=random.choice((5, 6, 7, 8, 10, 12, 15, 20)),
        high=income * (random.uniform(0.9, 1.8) if home.temper.saver == "sweep" else random.uniform(2.5, 5)),
        low=income * random.uniform(0.02, 0.12),
        owner=invent_person(random),
        told=random.random() < 0.6,
        moves=random.choice((1.0, 0.9, 0.7)) if len(home.checking) > 1 else 0.0,
    )
    if purse.monthly:
        purse.flow = home.agree("APLICACAO", "saving")
    if purse.moves:
        purse.forth = home.agree("OWN TRANSFER", "saving", counts=False)
    home.savings = round(income * 100 * random.choice((0.0, 0.3, 1.0, 3.0)))
    return purse


def move_own(home: Home, purse: Purse, day: date) -> None:
    """In the evening, after all else."""
    _between(home, purse, day)
    if purse.monthly and day == on_or_after(day_of(day.replace(day=1), purse.day)):
        _set_aside(home, purse, day)
    _sweep(home, purse, day)
    _overdraft(home, purse, day)


def _between(home: Home, purse: Purse, day: date) -> None:
    """Pay is moved from where it comes to where the household lives, on the day or the next; some of it back by chance."""
    if not purse.moves:
        return
    first, main = home.checking[0], home.main
    there = home.balances[first.number]
    if there > home.income * 25 and home.random.random() < 0.7:
        _transfer(home, purse, day, round(there * purse.moves / 1000) * 1000, first is not main)
    elif home.random.random() < 0.015 and home.balances[main.number] > 50_000:
        _transfer(home, purse, day, -home.random.choice((10_000, 20_000, 30_000)), first is not main)


def _transfer(home: Home, purse: Purse, day: date, cents: int, two: bool) -> None:
    if not two or not cents:
        return
    one, other = (home.checking[0], home.main) if cents > 0 else (home.main, home.checking[0])
    for book, way, sign in ((one, "pix", -1), (other, "pix in", 1)):
        values = told(book.hand, way, purse.owner, "04000000" if purse.told else "05070000")
        same = True if purse.told else None
        flow = purse.forth if cents > 0 else None
        home.happen(
            Event(
                day, book, sign * abs(cents), word(book.hand, way, purse.owner), flow=flow, same_holder=same, **values
            )
        )


def _save(home: Home, day: date, cents: int, flow: Agreed | None = None) -> None:
    """Set aside, or drawn back where negative."""
    hand, way = home.main.hand, "saving" if cents > 0 else "drawing"
    home.savings += cents
    home.happen(Event(day, home.main, -cents, word(hand, way, ""), flow=flow, category="03000000"))


def _set_aside(home: Home, purse: Purse, day: date) -> None:
    """Unless there is not enough for it."""
    if home.balances[home.main.number] > purse.monthly * 130:
        _save(home, day, round(purse.monthly * 100), purse.flow)


def _sweep(home: Home, purse: Purse, day: date) -> None:
    """A saver who sweeps does so within days; the others put a part away when there is very much, some day. What was put
    away comes back when it is needed, in round hundreds."""
    here, sweeps = home.balances[home.main.number] / 100, home.temper.saver == "sweep"
    if here > purse.high and is_workday(day) and home.random.random() < (0.3 if sweeps else 0.03):
        _save(home, day, round((here - purse.high * (0.6 if sweeps else 0.5)) / 100) * 10_000)
    elif here < purse.low and home.savings > 10_000 and home.random.random() < (0.6 if sweeps else 0.35):
        wanted = home.income * home.random.uniform(0.08, 0.3) + max(-here, 0.0)
        _save(home, day, -min(home.savings, max(round(wanted / 100), 1) * 10_000))


def _overdraft(home: Home, purse: Purse, day: date) -> None:
    """Interest on the first business day of a month for the days below zero in the one before, 8 % a month; beyond the
    limit somebody helps, or a bank lends a salary or two, to be paid back in instalments."""
    here = home.balances[home.main.number]
    purse.below += max(-here, 0)
    if day == nth_workday(day.replace(day=1), 1) and purse.below:
        upper = home.main.hand.has("upper")
        text = "JUROS LIMITE DE CREDITO" if upper else "Juros do limite da conta"
        home.plan(Event(day, home.main, -max(round(purse.below * 0.08 / 30), 1), text, category="16000000"))
        purse.below = 0
    if here < -home.limit and home.random.random() < 0.25:
        if home.random.random() < 0.6:
            _help(home, day)
        else:
            _borrow(home, day)


def _help(home: Home, day: date) -> None:
    name, hand = invent_person(home.random), home.main.hand
    cents = round(home.income * home.random.uniform(0.15, 0.5), -1)
    home.happen(
        Event(day, home.main, round(cents * 100), word(hand, "pix in", name), **told(hand, "pix in", name, "05070000"))
    )


def _borrow(home: Home, day: date) -> None:
    random, amount = home.random, home.income * home.random.uniform(0.8, 2)
    text = "CREDITO EMPRESTIMO CONTRATADO"
    home.happen(Event(day, home.main, round(amount * 100), text, category="02010000"))
    total = random.choice((12, 18, 24))
    first = day + timedelta(days=35)
    contract = Contract(
        name=f"EMPRESTIMO {home.main.hand.bank.upper()}", kind="loan", amount=round(amount * 1.35 / total, 2),
        category="02030001", way="loan", day=min(day.day, 28), book=home.main, parts=(1, total),
        prints=random.random() < 0.5, since=first, slack=0.0,
    )  # fmt: skip
    carry_out(home, contract)
