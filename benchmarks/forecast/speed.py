"""How long a forecast takes: five years of history beside what numpy needs to draw as many paths, and for the person.

Numpy's side is the plainest way to draw the same paths: one draw for every path and day, from a normal distribution, and
their running sums. The second row beside it resamples the household's own days, weighted, as a bootstrap would. Both sides
take turns, and the medians of their processor time are compared: other programs have no part in it. Nothing is kept from
one forecast to the next.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np

from benchmarks.forecast.baselines import Series
from benchmarks.forecast.households import SimulatedHousehold, simulate
from benchmarks.forecast.seen import Watch, find_flows
from benchmarks.forecast.stored import store
from benchmarks.forecast.writing import evening
from benchmarks.report import Row
from benchmarks.sync.homes import sqlite_database
from gerente_financeiro.messages.forecast import heading_of, marks_of
from open_finance.exports.forecast_chart import forecast_chart
from open_finance.forecast_reports import build_outlook
from open_finance.insights.forecast import PATHS, SEED, build_forecast
from open_finance.storage.database import Database
from tests.rows import USER

MONTHS, DAYS, ROUNDS = 60, 90, 15
#: Among so many the busiest is looked at.
CANDIDATES = 10
#: Seconds that the person waits at most.
WAIT = 2.0


def measure(seed: int) -> list[Row]:
    household = _of_five_years(seed)
    watch, today = Watch(household), household.end - timedelta(days=31)
    situation = watch.situation_on(today)
    rows, decided, accounts = list(situation.rows), list(situation.decided), list(situation.accounts)
    history: Series = np.diff([float(balance) for day, balance in household.balances.items() if day <= today])
    searched = [seconds(lambda: find_flows(rows, decided, accounts, today)) for _ in range(3)]
    ours, normal, resampled = [], [], []
    for _ in range(ROUNDS):
        ours.append(worked(lambda: build_forecast(situation, DAYS)))
        normal.append(worked(draw_normal))
        resampled.append(worked(lambda: draw_again(history)))
    forecast, floor = statistics.median(ours), statistics.median(normal)
    wait, kept = _for_the_person(watch, today)
    return [
        Row("years of history", round((today - household.start).days / 365, 1), "≥", 4.5),
        Row("rows that are forecast from", len(rows), "≥", 3000),
        Row("a forecast of 90 days, milliseconds of the processor", round(forecast * 1000, 1), "≤", 500),
        Row(f"beside {PATHS} × {DAYS} normal draws and their sums", round(forecast / floor, 2), "≤", 10, "×"),
        Row(
            "beside as many days of the history, drawn again",
            round(forecast / statistics.median(resampled), 2),
            "≤",
            10,
            "×",
        ),
        Row(
            "finding what recurs and the forecast, seconds", round(statistics.median(searched) + forecast, 3), "≤", WAIT
        ),
        Row("the whole answer for the person, SQLite and picture, seconds", round(wait, 3), "≤", WAIT),
        Row("rows in the database", kept, "≥", 3000),
    ]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def worked(work: Callable[[], object]) -> float:
    """Seconds of the processor."""
    start = time.process_time()
    work()
    return time.process_time() - start


def draw_normal() -> object:
    random = np.random.default_rng(SEED)
    return np.cumsum(random.standard_normal((DAYS, PATHS)), axis=0)


def draw_again(history: Series) -> object:
    random = np.random.default_rng(SEED)
    chances = np.cumsum(0.5 ** (np.arange(len(history))[::-1] / 180))
    places = np.searchsorted(chances / chances[-1], random.random((DAYS, PATHS)))
    return np.cumsum(history[places], axis=0)


def _of_five_years(seed: int) -> SimulatedHousehold:
    """Of the first ten that are known for so long, the one with the most rows."""
    numbers = itertools.count()
    found: list[SimulatedHousehold] = []
    while len(found) < CANDIDATES:
        household = simulate(seed, next(numbers), MONTHS)
        if len(household.balances) > MONTHS * 30:
            found.append(household)
    return max(found, key=lambda household: len(household.rows))


def _for_the_person(watch: Watch, today: date) -> tuple[float, int]:
    """From the question to the answer, the best of three; how many rows were read of."""
    with sqlite_database() as database:
        store(database, watch, today)
        took = min(seconds(lambda: answer(database, evening(today))) for _ in range(3))
    return took, len(watch.rows_on(today))


def answer(database: Database, now: datetime) -> bytes:
    """What /previsao sends: the days, their words and the picture."""
    report = build_outlook(database, USER, now, DAYS)
    forecast = report.forecast
    return forecast_chart(forecast, heading_of(forecast), marks_of(forecast)).png
