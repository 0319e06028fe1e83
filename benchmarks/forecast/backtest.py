"""The forecast against what came: fifty households of 24 months, looked at every twelve days, beside three baselines.

Errors are added up over all looks, in R$ (so that households with much money count more) and in monthly incomes of each
(so that all count alike). Both must hold.

At exactly thirty days the same day of the month is back, and the flat line is hard to beat: whoever knew every agreed
payment and every bill of a card to the centavo, and of all else the mean of half a year, would err by 0.99 (seed 7), 1.03
(1) and 0.99 (23) of it there. What comes then decides: a thirteenth salary, a windfall, what is put aside. So the bar of 0.7
is on the days 1-30, and on the last of them the median must not be clearly worse than a line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.forecast.baselines import AHEAD, Series
from benchmarks.forecast.households import HOUSEHOLDS
from benchmarks.forecast.scores import Look, look_ahead
from benchmarks.lives import a_process_a_core
from benchmarks.report import Row

NAIVE_BAR, OTHERS_BAR, AT_END = 0.7, 0.99, 1.05
#: Of a hundred and fifty looks: there the figure is good to a tenth.
OF_FEW = 1.15
Forecaster = Callable[[Look], Series]


def _as_it_is(_: Look) -> float:
    return 1.0


def _by_income(look: Look) -> float:
    return look.income


def measure(seed: int) -> list[Row]:
    looks = all_looks(seed)
    return [*bands(looks), *beside(looks), *beside_smoothing(looks)]


def all_looks(seed: int, households: int = HOUSEHOLDS) -> list[Look]:
    """Every look at every household, a process a core."""
    with a_process_a_core(look_ahead) as pool:
        return [look for looks in pool.map(look_ahead, [seed] * households, range(households)) for look in looks]


# --- the band ------------------------------------------------------------------------------------------------------------


def bands(looks: Sequence[Look]) -> list[Row]:
    """How often the truth is within p10 and p90."""
    inside = np.array([(look.low <= look.truth) & (look.truth <= look.high) for look in looks])
    below = np.array([look.truth < look.low for look in looks])
    at_end, everywhere, week = inside[:, -1].mean(), inside.mean(), inside[:, 6].mean()
    width = np.mean([(look.high[-1] - look.low[-1]) / look.income for look in looks])
    return [
        Row("looks ahead of 30 days", len(looks), "≥", 1000),
        Row("looks without a band", sum(not look.has_band for look in looks), "≤", len(looks) // 50),
        Row("truth within the band of 80 %, 30 days ahead", round(float(at_end), 4), "≥", 0.75),
        Row("the same, not too wide", round(float(at_end), 4), "≤", 0.85),
        Row("truth within the band, all of the days 1-30", round(float(everywhere), 4), "≥", 0.7),
        Row("truth within the band, 7 days ahead", round(float(week), 4), "≥", 0.65),
        Row("truth below the band, 30 days ahead", round(float(below[:, -1].mean()), 4), "≤", 0.15),
        Row("width of the band, 30 days ahead, in monthly incomes", round(float(width), 3), "≤", 2.0),
    ]


# --- the median ----------------------------------------------------------------------------------------------------------


def beside(looks: Sequence[Look]) -> list[Row]:
    """The median's mean absolute error over those of baselines that cost nothing."""
    return [
        *_ratios(looks, "today's balance held flat", _naive, NAIVE_BAR, AT_END),
        *each_household(looks),
        *_ratios(looks, "the same day last month", lambda look: look.seasonal, OTHERS_BAR, AT_END),
        *_ratios(looks, "the same change as last month", lambda look: look.change, OTHERS_BAR, AT_END),
    ]


def beside_smoothing(looks: Sequence[Look]) -> list[Row]:
    """Over exponential smoothing, the better of two kinds, on those looks at which it was fitted."""
    fitted = [look for look in looks if look.smoothed]
    names = fitted[0].smoothed
    sums = {name: sum(_error(look, look.smoothed[name], slice(None)) for look in fitted) for name in names}
    best = min(sums, key=lambda name: sums[name])
    counted = Row("looks at which smoothing was fitted", len(fitted), "≥", 100)
    return [counted, *_ratios(fitted, f"smoothing ({best})", lambda look: look.smoothed[best], OTHERS_BAR, OF_FEW)]


def _ratios(looks: Sequence[Look], name: str, other: Forecaster, bar: float, at_end: float) -> list[Row]:
    rows = []
    for when, days, most in (("days 1-30", slice(None), bar), ("day 30", slice(AHEAD - 1, None), at_end)):
        for how, by in (("in R$", _as_it_is), ("in incomes", _by_income)):
            ratio = _sum(looks, _median, days, by) / _sum(looks, other, days, by)
            rows.append(Row(f"error over {name}, {when}, {how}", round(ratio, 4), "≤", most))
    return rows


def each_household(looks: Sequence[Look]) -> list[Row]:
    """One household's error over its own of the balance held flat: their mean, and how many are worse off with us."""
    of: dict[int, list[Look]] = defaultdict(list)
    for look in looks:
        of[look.number].append(look)
    days = slice(None)
    ratios = [_sum(own, _median, days) / max(_sum(own, _naive, days), 1.0) for own in of.values()]
    return [
        Row(
            "error over today's balance held flat, mean of the households' own",
            round(float(np.mean(ratios)), 4),
            "≤",
            0.9,
        ),
        Row("households for which the flat line is better", sum(ratio > 1 for ratio in ratios), "≤", len(ratios) // 5),
    ]


def _sum(looks: Sequence[Look], forecaster: Forecaster, days: slice, by: Callable[[Look], float] = _as_it_is) -> float:
    return sum(_error(look, forecaster(look), days) / by(look) for look in looks)


def _error(look: Look, forecast: Series, days: slice) -> float:
    return float(np.abs(forecast[days] - look.truth[days]).sum())


def _median(look: Look) -> Series:
    return look.median


def _naive(look: Look) -> Series:
    return look.naive
