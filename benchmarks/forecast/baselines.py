"""What a forecast is to be better than: each says the balances of the thirty days after a day from those until it."""

from __future__ import annotations

import warnings
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast.workdays import day_of, months_on

AHEAD = 30
#: Smoothing looks at no more: older days only make it slower.
LOOKED_AT = 365
Series = NDArray[np.float64]


def flat(balances: Mapping[date, float], today: date) -> Series:
    """The naive forecast: today's balance."""
    return np.full(AHEAD, balances[today])


def same_day_last_month(balances: Mapping[date, float], today: date) -> Series:
    """The seasonal-naive forecast: the balance of the same day of the month before, the latest that is known already."""
    return np.array([balances[_months_back(today + timedelta(days=number), today)] for number in range(1, AHEAD + 1)])


def same_change_as_last_month(balances: Mapping[date, float], today: date) -> Series:
    """The other way to read «the same as last month»: today's balance, and what the same days brought then."""
    then = same_day_last_month(balances, today)
    return balances[today] + then - balances[_months_back(today, today - timedelta(days=1))]


def _months_back(day: date, known_until: date) -> date:
    """A month earlier, and another one where that is still to come (30 days after the 31st of January)."""
    month = months_on(day, -1)
    while (found := day_of(month, min(day.day, monthrange(month.year, month.month)[1]))) > known_until:
        month = months_on(month, -1)
    return found


def simple_smoothing(history: Series) -> Series:
    """Simple exponential smoothing of the daily balance: flat, at the smoothed level."""
    return _fitted("SimpleExpSmoothing", history)


def holt_winters(history: Series) -> Series:
    """Holt-Winters' additive smoothing with a period of thirty days."""
    return _fitted("ExponentialSmoothing", history, seasonal="add", seasonal_periods=30)


SMOOTHED = {"simple": simple_smoothing, "Holt-Winters, 30 days": holt_winters}


def _fitted(model: str, history: Series, **options: Any) -> Series:
    from statsmodels.tsa import holtwinters  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it did not converge is its own business
        fitted = getattr(holtwinters, model)(history, initialization_method="heuristic", **options).fit()
        return np.asarray(fitted.forecast(AHEAD), dtype=np.float64)
