"""One household's back-test: what was forecast on each day of origin, by whom, and what came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from benchmarks.forecast.baselines import (
    AHEAD,
    LOOKED_AT,
    SMOOTHED,
    Series,
    flat,
    same_change_as_last_month,
    same_day_last_month,
)
from benchmarks.forecast.households import simulate
from benchmarks.forecast.seen import Watch, origins
from open_finance.insights.forecast import build_forecast

#: Every so many of these the smoothing is fitted as well: it takes as long as hundreds of forecasts.
FITTED = 12


@dataclass(frozen=True, slots=True)
class Look:
    """One origin. All of thirty days, BRL. ``smoothed``: by name, where it was fitted."""

    number: int
    today: date
    income: float
    has_band: bool
    truth: Series
    median: Series
    low: Series
    high: Series
    naive: Series
    seasonal: Series
    change: Series
    smoothed: dict[str, Series] = field(default_factory=dict)


def look_ahead(seed: int, number: int) -> list[Look]:
    """Every look at one household."""
    household = simulate(seed, number)
    watch = Watch(household)
    balances = {day: float(balance) for day, balance in household.balances.items()}
    return [_look(watch, balances, today, place) for place, today in enumerate(origins(household))]


def _look(watch: Watch, balances: dict[date, float], today: date, place: int) -> Look:
    forecast = build_forecast(watch.situation_on(today), AHEAD)
    days = forecast.days[1 : AHEAD + 1]
    assert [day.on for day in days] == [today + timedelta(days=number) for number in range(1, AHEAD + 1)]
    smoothed = {}
    if place % FITTED == FITTED // 2:
        history = np.array([balances[day] for day in sorted(balances) if day <= today][-LOOKED_AT:])
        smoothed = {name: smooth(history) for name, smooth in SMOOTHED.items()}
    return Look(
        number=watch.household.number,
        today=today,
        income=float(watch.household.income),
        has_band=forecast.has_band,
        truth=np.array([balances[day.on] for day in days]),
        median=np.array([float(day.median) for day in days]),
        low=np.array([float(day.low) for day in days]),
        high=np.array([float(day.high) for day in days]),
        naive=flat(balances, today),
        seasonal=same_day_last_month(balances, today),
        change=same_change_as_last_month(balances, today),
        smoothed=smoothed,
    )
