"""What comes in: salaries with all that Brazilian law adds to them, pensions, what freelancers are paid, lost jobs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.alerts.shops import invent_name, invent_person
from benchmarks.forecast.homes import Agreed, Book, Event, Home
from benchmarks.forecast.wording import told, word
from benchmarks.forecast.workdays import (
    day_of,
    last_workday,
    months_from,
    months_on,
    nth_workday,
    on_or_after,
    on_or_before,
)

Rule = Callable[[date], date]


@dataclass(slots=True)
class Job:
    """``shares``: when in a month which share of the pay comes, each a flow. ``wobble``: overtime and commissions (sigma).
    ``raised_in``: the month of the yearly raise; ``away_in``: that of the vacation; ``ahead``: whether vacation pay takes
    the place of the next salary, as the law has it, instead of adding a third."""

    employer: str
    book: Book
    pay: float
    shares: tuple[tuple[float, Rule], ...]
    wobble: float
    raised_in: int
    away_in: int
    ahead: bool
    since: date
    until: date | None = None


def earn(home: Home) -> str:
    """One of the household's ways of living, and in one of four a second income. Returns which."""
    random, bank = home.random, home.checking[0]
    way = random.choices(("employed", "pension", "freelance"), (68, 12, 20))[0]
    second = random.random() < 0.25
    pay = home.income * (0.62 if second else 1.0)
    if way == "employed":
        work(home, bank, pay)
    elif way == "pension":
        retire(home, bank, pay)
    else:
        freelance(home, bank, pay)
    if second:
        (work if random.random() < 0.7 else retire)(home, bank, home.income - pay)
    if random.random() < 0.12:
        share_rent(home, bank)
    return way


def share_rent(home: Home, bank: Book) -> None:
    """A lodger, an ex-husband's allowance, a flat that is let: the same Pix every month, now and then some days late."""
    random, name = home.random, invent_person(home.random)
    flow, day = home.agree(name, "income"), random.randint(3, 25)
    amount = round(home.income * random.uniform(0.08, 0.25), -1)
    for month in months_from(home.begin, home.last):
        if random.random() > 0.03:
            when = day_of(month, day) + timedelta(days=random.choice((0, 0, 0, 0, 1, 2, 5)))
            _receive(home, bank, when, amount, "pix in", name, flow, "05070000")


# --- employed ----------------------------------------------------------------------------------------------------------


def work(home: Home, bank: Book, pay: float) -> None:
    """One job, or two in the period (one household in eight changes it), or one that is lost (one in sixteen)."""
    random = home.random
    job = _job(home, bank, pay, home.begin)
    chance, turn = random.random(), home.start + (home.end - home.start) * random.uniform(0.2, 0.85)
    if chance < 1 / 8:
        job.until = turn
        _pay_salary(home, job)
        after = _job(home, bank, pay * random.uniform(0.95, 1.3), turn + timedelta(days=random.randint(10, 40)))
        _pay_salary(home, after)
    elif chance < 3 / 16:
        job.until = turn
        _pay_salary(home, job)
        _lose_job(home, job, turn)
    else:
        _pay_salary(home, job)


def _job(home: Home, bank: Book, pay: float, since: date) -> Job:
    random = home.random
    style = random.choices(("fifth", "last", "split", "day"), (45, 15, 25, 15))[0]
    day = random.choice((1, 5, 7, 10, 25, 28, 30))
    rules: dict[str, tuple[tuple[float, Rule], ...]] = {
        "fifth": ((1.0, lambda month: nth_workday(month, 5)),),
        "last": ((1.0, last_workday),),
        "split": (
            (0.6, lambda month: on_or_before(day_of(month, 5))),
            (0.4, lambda month: on_or_before(day_of(month, 20))),
        ),
        "day": ((1.0, lambda month: on_or_before(day_of(month, day))),),
    }
    return Job(
        employer=f"{invent_name(random)} {random.choice(('COMERCIO', 'SERVICOS', 'IND', 'SAUDE', 'TECNOLOGIA', 'S A'))}",
        book=bank,
        pay=pay,
        shares=rules[style],
        wobble=random.choices((0.0, random.uniform(0.01, 0.04), random.uniform(0.1, 0.2)), (60, 25, 15))[0],
        raised_in=random.randint(1, 12),
        away_in=random.randint(1, 12),
        ahead=random.random() < 0.3,
        since=since,
    )


def _pay_salary(home: Home, job: Job) -> None:
    random, names_employer = home.random, home.random.random() < 0.6
    ways = "salary" if random.random() < 0.75 else "ted in"
    name = job.employer if names_employer or ways == "ted in" else ""
    flows = [home.agree(f"{job.employer} {share:.0%}", "salary") for share, _ in job.shares]
    pay = job.pay
    for month in months_from(home.begin, home.last):
        if month.month == job.raised_in and month > job.since:
            pay *= random.uniform(1.035, 1.075)
        for (share, rule), flow in zip(job.shares, flows, strict=True):
            day = rule(month)
            if not job.since < day or (job.until and day > job.until):
                continue
            if random.random() < 0.08:  # the accountant is a day early
                day = on_or_before(day - timedelta(days=1))
            if job.ahead and month == months_on(date(month.year, job.away_in, 1), 1):
                continue  # paid already, before the vacation
            amount = pay * share * (math.exp(random.gauss(0, job.wobble)) if job.wobble else 1.0)
            _receive(home, job.book, day, amount, ways, name, flow, "01010000")
        _pay_extras(home, job, month, pay, ways, name)
    if job.until:
        for flow in flows:
            flow.ended_on = job.until


def _pay_extras(home: Home, job: Job, month: date, pay: float, way: str, name: str) -> None:
    """The thirteenth salary in two halves, and vacation pay. They are no row of the monthly flow."""
    if job.until and month > job.until - timedelta(days=30):
        return
    if month < job.since:
        return
    own_words = home.random.random() < 0.6
    if month.month == 11:
        _receive(
            home, job.book, on_or_before(date(month.year, 11, 30)), pay * 0.5, way, "13 SALARIO" if own_words else name
        )
    if month.month == 12:
        _receive(
            home, job.book, on_or_before(date(month.year, 12, 20)), pay * 0.42, way, "13 SALARIO" if own_words else name
        )
    if month.month == job.away_in and month.replace(day=1) > job.since + timedelta(days=150):
        amount = pay * (1.25 if job.ahead else 0.3)
        _receive(home, job.book, on_or_before(month + timedelta(days=2)), amount, way, "FERIAS" if own_words else name)


def _lose_job(home: Home, job: Job, turn: date) -> None:
    """Severance, five parts of the unemployment insurance, a new job after some months, and less everyday spending."""
    random = home.random
    _receive(
        home, job.book, on_or_after(turn + timedelta(days=10)), job.pay * random.uniform(1, 4), "ted in", job.employer
    )
    flow = home.agree("SEGURO DESEMPREGO", "income")
    for number in range(random.choice((4, 5))):
        day = on_or_after(turn + timedelta(days=45 + 30 * number))
        _receive(home, job.book, day, min(job.pay * 0.7, 2300), "ted in", "SEGURO DESEMPREGO CAIXA", flow)
        flow.ended_on = day
    found = turn + timedelta(days=random.randint(90, 260))
    home.turns += [(turn + timedelta(days=15), 0.65), (found + timedelta(days=30), 1.35)]
    _pay_salary(home, _job(home, job.book, job.pay * random.uniform(0.7, 1.1), found))


# --- pensions and freelancers -------------------------------------------------------------------------------------------


def retire(home: Home, bank: Book, pay: float) -> None:
    """INSS: on one of the first five or the last business days by the number of the benefit; raised in January (paid in
    February at the latest), a thirteenth in two halves with the benefits of April and May (or August and November)."""
    random, flow = home.random, home.agree("INSS", "income")
    place, early = random.randint(1, 5), random.random() < 0.5
    halves = random.choice(((4, 5), (8, 11)))
    for month in months_from(home.begin, home.last):
        if month.month == 2:
            pay *= random.uniform(1.037, 1.055)
        day = nth_workday(month, place) if early else on_or_before(last_workday(month) - timedelta(days=5 - place))
        extra = 0.5 if month.month in halves else 0.0
        _receive(home, bank, day, pay * (1 + extra), "salary", "INSS BENEFICIO", flow, "01020000")


def freelance(home: Home, bank: Book, pay: float) -> None:
    """1-6 Pix a month of several clients, in good and bad months; one of three has one who pays the same each month."""
    random = home.random
    clients = [invent_person(random) for _ in range(random.randint(3, 7))]
    often, level = random.uniform(1.2, 5), 0.0
    retained = random.random() < 1 / 3
    if retained:
        name, day, fee = f"{invent_name(random)} ESTUDIO", random.randint(4, 25), pay * random.uniform(0.25, 0.5)
        flow, pay = home.agree(name, "income"), pay - fee
        for month in months_from(home.begin, home.last):
            when = on_or_after(day_of(month, day) + timedelta(days=random.choice((0, 0, 0, 1, 2))))
            _receive(home, bank, when, fee, "pix in", name, flow, "01030000")
    for month in months_from(home.begin, home.last):
        level = 0.6 * level + random.gauss(0, 0.25)
        times = min(max(home.poisson(often), 1), 6)
        for _ in range(times):
            amount = pay / often * math.exp(level + random.gauss(-0.12, 0.5))
            when = on_or_after(day_of(month, random.randint(1, 28)))
            _receive(home, bank, when, round(amount, -1), "pix in", random.choice(clients), None, "01030000")


def _receive(
    home: Home,
    book: Book,
    day: date,
    amount: float,
    way: str,
    name: str,
    flow: Agreed | None = None,
    category: str | None = "01010000",
) -> None:
    """Every income is a payday: after it more is bought."""
    values = told(book.hand, way, name, category)
    home.plan(Event(day, book, max(round(amount * 100), 100), word(book.hand, way, name), flow=flow, **values))
    if amount > home.income * 0.25:
        home.paydays.append(day)
