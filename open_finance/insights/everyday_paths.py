"""What everyday money may do on the days to come: paths made of weeks of a person's own past. Pure functions.

A week to come is drawn from past weeks that begin on the same day of the week and at about the same time of the month,
the latest the likeliest. What is bought on a card leaves with the bill on which it comes. How far the paths lie apart is
then set right by the person's own history: how far the same sums lay apart there.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from open_finance.insights.everyday import PARTS, CardHistory, History

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.random import Generator
    from numpy.typing import NDArray

WEEK = 7
MONTH = 30.4
#: After so many days what a day says is worth half.
HALF_LIFE = 270.0
#: How near in the month two days must be to be alike (a sigma, in days), and how much all others still count.
NEAR, FAR_SHARE = 5.0, 0.03
LEVELS, LEVEL_WIDTH, FAR_LEVEL = 12, 0.7, 0.15
#: Where the width of the band is set by the past; between these days it goes from one to the other.
CHECKED = (3, 7, 14, 30, 60)
#: How much of what a month seems to change is doubted, and at most by which part of half the band.
MONTH_DAYS, DOUBT, DOUBT_MOST = 30, 0.4, 0.3
#: The width that is believed of somebody of whom nothing is known, against that of the paths; how many months it weighs.
PRIOR, PRIOR_MONTHS = 1.05, 3.0
NARROWEST, WIDEST = 0.6, 2.5


def draw_everyday(past: Past, today: date, known: Sequence[float], random: Generator, paths: int) -> NDArray[float64]:
    """The sum that everyday money brings from tomorrow to each of the days to come, on each path: ``[day, path]``.
    ``known``: the balance without it, today's first: who has much puts it away, who has little spends less, and their past
    says so."""
    import numpy as np

    history, days = past.history, len(known) - 1
    moved = np.zeros((days, paths))
    reached = np.zeros(paths)
    for begins in range(0, days, WEEK):
        first = today + timedelta(days=1 + begins)
        starts, chosen = past.draw(first, known[begins] + reached, random)
        width = min(WEEK, days - begins)
        weeks = starts[:, None] + np.arange(WEEK)
        moved[begins : begins + width] += history.cash[weeks].T[:width, chosen]
        for card in history.cards:
            for place, amounts in _leaving(card, weeks, first, today, begins, days):
                moved[place] += amounts[chosen]
        reached += moved[begins : begins + width].sum(axis=0)
    return np.cumsum(moved, axis=0)


def _leaving(
    card: CardHistory, weeks: NDArray[int64], first: date, today: date, begins: int, days: int
) -> list[tuple[int, NDArray[float64]]]:
    """``(day, what leaves on it of each of these weeks)``: of purchases of the days from ``first`` on."""
    import numpy as np

    columns: dict[int, list[int]] = {}
    last = len(card.cycles.paid_on) - 1
    for number in range(min(WEEK, days - begins)):
        bill = card.cycles.place(first + timedelta(days=number))
        for part in range(PARTS):
            place = (card.cycles.paid_on[min(bill + part, last)] - today).days - 1
            if place < days and bill + part <= last:
                columns.setdefault(max(place, begins + number), []).append(number * PARTS + part)
    bought = card.spent[weeks].reshape(len(weeks), WEEK * PARTS)
    return [(place, bought[:, np.array(which)].sum(axis=1)) for place, which in columns.items()]


class Past:
    """A history, and how much each of its days says of a day to come."""

    def __init__(self, history: History) -> None:
        import numpy as np

        self.history = history
        days = np.arange(history.days) + np.datetime64(history.first, "D")
        months = days.astype("datetime64[M]")
        lengths = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(float)
        self.phases = (days - months.astype("datetime64[D]")).astype(float) / lengths * MONTH
        self.recency = 0.5 ** (np.arange(history.days)[::-1] / HALF_LIFE)
        self.levels = np.quantile(history.balance, (np.arange(LEVELS) + 0.5) / LEVELS)
        self.edges = (self.levels[1:] + self.levels[:-1]) / 2
        self.width = max(LEVEL_WIDTH * float(np.std(history.balance)), 1.0)

    def draw(self, first: date, balances: NDArray[float64], random: Generator) -> tuple[NDArray[int64], NDArray[int64]]:
        """``(the days on which weeks like it began, which of them each path takes)``."""
        import numpy as np

        offset = (first - self.history.first).days % WEEK
        starts: NDArray[int64] = np.arange(offset, self.history.days - WEEK + 1, WEEK)
        weights = self.like(first)[starts]
        before = self.history.balance[np.maximum(starts - 1, 0)]
        apart = (before - self.levels[:, None]) / self.width
        weights = weights * (np.exp(-0.5 * apart**2) + FAR_LEVEL)
        reached = np.cumsum(weights, axis=1)
        reached = reached / reached[:, -1:] + np.arange(len(self.levels))[:, None]
        level = np.searchsorted(self.edges, balances)
        chosen = np.searchsorted(reached.ravel(), level + random.random(len(balances)), side="right")
        return starts, np.asarray(np.minimum(chosen - level * len(starts), len(starts) - 1), dtype=np.int64)

    def like(self, day: date) -> NDArray[float64]:
        """Of all days."""
        import numpy as np

        apart = np.abs(self.phases - phase(day))
        apart = np.minimum(apart, MONTH - apart)
        return np.asarray(self.recency * (np.exp(-0.5 * (apart / NEAR) ** 2) + FAR_SHARE))


def phase(day: date) -> float:
    """How far a month is gone, in days of an average month."""
    return (day.day - 1) / monthrange(day.year, day.month)[1] * MONTH


# --- how far apart -------------------------------------------------------------------------------------------------------


def set_right(sums: NDArray[float64], past: Past, today: date) -> NDArray[float64]:
    """The paths as far apart as the same sums lay in the person's past."""
    import numpy as np

    days = len(sums)
    checked = [number for number in CHECKED if number <= days and number <= past.history.days // 2] or [
        min(CHECKED[0], days)
    ]
    factors = [_factor(sums, past, today, number) for number in checked]
    scale = np.interp(np.arange(1, days + 1), checked, factors)[:, None]
    middle = quantiles(sums, (0.5,))[0][:, None]
    return np.asarray(middle + scale * (sums - middle))


def drawn_back(sums: NDArray[float64], known: Sequence[float]) -> NDArray[float64]:
    """The paths, moved by what a month is believed to change less than it seems. Most people have at the end of a month what
    they had a month before: they live on what they have. What speaks for a change is believed for the most part, and
    never doubted by more than a part of the band."""
    import numpy as np

    low, middle, high = quantiles(sums, (0.1, 0.5, 0.9))
    days = np.arange(1, len(sums) + 1)
    whole = np.arange(0, len(sums) + MONTH_DAYS, MONTH_DAYS)
    change = np.concatenate(([0.0], np.array(known[1:]) - known[0] + middle))
    ends = change[np.minimum(whole, len(sums))]
    trend = np.interp(days, np.minimum(whole, len(sums)), ends) * np.clip((days - WEEK) / (MONTH_DAYS - WEEK), 0.0, 1.0)
    most = DOUBT_MOST * (high - low) / 2
    return np.asarray(sums - np.clip(DOUBT * trend, -most, most)[:, None])


def _factor(sums: NDArray[float64], past: Past, today: date, number: int) -> float:
    """By how much the past is wider than the paths, at so many days."""
    low, high = quantiles(sums[number - 1], (0.1, 0.9))
    were, weights = past_sums(past, today, number)
    if high - low < 1.0 or len(were) < number:
        return PRIOR
    was_low, was_high = weighted_quantiles(were, weights, (0.1, 0.9))
    months = max(2.0, (past.history.days - number) / MONTH)
    months = min(months, 1.0 + HALF_LIFE / MONTH / 0.69)
    found = (was_high - was_low) / (high - low) * _few(months)
    factor = (months * found + PRIOR_MONTHS * PRIOR) / (months + PRIOR_MONTHS)
    return min(max(float(factor), NARROWEST), WIDEST)


def _few(months: float) -> float:
    """How much wider the band of the next is than that of those which it was made of."""
    free = months - 1.0
    return math.sqrt((months + 1) / free) * (1 + 0.72 / free + 0.5 / free**2)


def past_sums(past: Past, today: date, number: int) -> tuple[NDArray[float64], NDArray[float64]]:
    """``(what so many days brought, how much each says)`` for each day from which so many days are known: of cards only what
    was bought after it and left within them."""
    import numpy as np

    history = past.history
    count = history.days - number
    total = np.concatenate(([0.0], np.cumsum(history.cash)))
    sums = total[number + 1 :] - total[1 : count + 1]
    for card in history.cards:
        sums = sums + _card_sums(card, history, number)[:count]
    return sums, past.like(today)[:count]


def _card_sums(card: CardHistory, history: History, number: int) -> NDArray[float64]:
    """A purchase counts for the days before it, as far back as its bill is paid within so many days of them."""
    import numpy as np

    size, last = history.days, len(card.cycles.paid_on) - 1
    bills = [card.cycles.place(history.first + timedelta(days=day)) for day in range(size)]
    paid = np.array([(day - history.first).days for day in card.cycles.paid_on])
    bought = np.arange(size)
    change = np.zeros(size + 1)
    for part in range(PARTS):
        leaves = np.maximum(paid[np.minimum(np.array(bills) + part, last)], bought)
        first = np.clip(leaves - number, 0, size)
        counts = first < bought
        np.add.at(change, first[counts], card.spent[counts, part])
        np.add.at(change, bought[counts], -card.spent[counts, part])
    return np.cumsum(change)[:size]


def quantiles(paths: NDArray[float64], shares: Sequence[float]) -> list[NDArray[float64]]:
    """Of the paths of each day. All are sorted, which processors do faster than to look for a few."""
    import numpy as np

    ordered = np.sort(paths, axis=-1)
    found = []
    for share in shares:
        below, rest = divmod(share * (ordered.shape[-1] - 1), 1)
        above = min(int(below) + 1, ordered.shape[-1] - 1)
        found.append(ordered[..., int(below)] * (1 - rest) + ordered[..., above] * rest)
    return found


def weighted_quantiles(
    values: NDArray[float64], weights: NDArray[float64], shares: Sequence[float]
) -> tuple[float, ...]:
    """Of values that do not all say as much."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    places = np.searchsorted(reached, np.array(shares) * reached[-1])
    return tuple(float(value) for value in values[order][np.minimum(places, len(values) - 1)])
