"""How wide the band is: as wide as the same sums lay apart in the person's own past. Pure functions.

Of few months the band of the next is wider than that of those which it was made of, and what a month seems to change is
not all believed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from open_finance.insights.everyday import PARTS, CardHistory, History
from open_finance.insights.everyday_paths import HALF_LIFE, MONTH, WEEK, Past

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

#: At these days ahead the width is set by the past; between them it goes from one to the other.
CHECKED = (3, 7, 14, 30, 60)
#: The width, against that of the paths, that is believed of somebody of whom nothing is known; how many months it weighs.
PRIOR, PRIOR_MONTHS = 1.05, 3.0
NARROWEST, WIDEST = 0.6, 2.5
#: How much of what a month seems to change is doubted, and at most by which part of half the band.
MONTH_DAYS, DOUBT, DOUBT_MOST = 30, 0.4, 0.3
#: Half of the doubt is gone where the mean of the months' changes is as many of its own errors, squared, from nothing.
SURE = 2.0
#: Less than that in BRL is no width that anything could be measured by.
NO_WIDTH = 1.0


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


def drawn_back(sums: NDArray[float64], past: Past, known: Sequence[float]) -> NDArray[float64]:
    """The paths, moved by what a month is believed to change less than it seems. Most people have at the end of a month what
    they had a month before: they live on what they have. What speaks for a change is believed for the most part, and
    never doubted by more than a part of the band."""
    import numpy as np

    low, middle, high = quantiles(sums, (0.1, 0.5, 0.9))
    days = np.arange(1, len(sums) + 1)
    ends = np.arange(0, len(sums) + 1, MONTH_DAYS)  # of whole months: within one the balance goes up and down by itself
    change = np.concatenate(([0.0], np.array(known[1:]) - known[0] + middle))
    trend = np.interp(days, ends, change[ends]) * np.clip((days - WEEK) / (MONTH_DAYS - WEEK), 0.0, 1.0)
    most = DOUBT_MOST * (high - low) / 2
    return np.asarray(sums - np.clip(_doubt(past.history) * trend, -most, most)[:, None])


def _doubt(history: History) -> float:
    """Less of somebody whose months have changed what they have, one like the other."""
    import numpy as np

    changes = np.diff(history.balance[::-1][::MONTH_DAYS])
    if len(changes) < 3 or not changes.any():
        return DOUBT
    sureness = float(changes.mean() ** 2 * len(changes) / max(changes.var(ddof=1), 1.0))
    return DOUBT / (1 + sureness / SURE)


def _factor(sums: NDArray[float64], past: Past, today: date, number: int) -> float:
    """By how much the past is wider than the paths, at so many days."""
    low, high = quantiles(sums[number - 1], (0.1, 0.9))
    were, weights = past_sums(past, today, number)
    if high - low < NO_WIDTH or len(were) < number:
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
    return sums, past.like(today, number + 1)[:count]


def _card_sums(card: CardHistory, history: History, number: int) -> NDArray[float64]:
    """A purchase counts for the days before it, as far back as its bill is paid within so many days of them."""
    import numpy as np

    size, last = history.days, len(card.cycles.paid_on) - 1
    bought = np.arange(size)
    closings = np.array([(day - history.first).days for day in card.cycles.closings])
    paid = np.array([(day - history.first).days for day in card.cycles.paid_on])
    bills = np.searchsorted(closings, bought, side="right")
    change = np.zeros(size + 1)
    for part in range(PARTS):
        leaves = np.maximum(paid[np.minimum(bills + part, last)], bought)
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
