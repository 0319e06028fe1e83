"""What everyday money may do on the days to come: paths made of weeks of a person's own past. Pure functions.

A week to come is drawn from past weeks that begin on the same day of the week and at about the same time of the month,
with about as much in the accounts, the latest the likeliest. What is bought on a card leaves with the bill on which it
comes. ``band_width`` then sets right how far the paths lie apart.
"""

from __future__ import annotations

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
#: What cannot be left out where there is nothing else.
NEVER = 1e-9
#: Balances are told apart in so many levels; how near two must be to be alike, in sigmas; how much all others still count.
LEVELS, LEVEL_WIDTH, FAR_LEVEL = 12, 0.6, 0.06


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
        recency = 0.5 ** (np.arange(history.days)[::-1] / HALF_LIFE)
        self.recency = recency * history.lived if history.lived.any() else recency
        self.levels = np.quantile(history.balance, (np.arange(LEVELS) + 0.5) / LEVELS)
        self.edges = (self.levels[1:] + self.levels[:-1]) / 2
        self.width = max(LEVEL_WIDTH * float(np.std(history.balance)), 1.0)

    def draw(self, first: date, balances: NDArray[float64], random: Generator) -> tuple[NDArray[int64], NDArray[int64]]:
        """``(the days on which weeks like it began, which of them each path takes)``."""
        import numpy as np

        offset = (first - self.history.first).days % WEEK
        starts: NDArray[int64] = np.arange(offset, self.history.days - WEEK + 1, WEEK)
        weights = self.like(first, WEEK)[starts]
        if not weights.any():  # of single days between long silences no week begins on one
            weights = np.ones_like(weights)
        before = self.history.balance[np.maximum(starts - 1, 0)]
        apart = (before - self.levels[:, None]) / self.width
        weights = weights * (np.exp(-0.5 * apart**2) + FAR_LEVEL)
        reached = np.cumsum(weights, axis=1)
        reached = reached / reached[:, -1:] + np.arange(len(self.levels))[:, None]
        level = np.searchsorted(self.edges, balances)
        chosen = np.searchsorted(reached.ravel(), level + random.random(len(balances)), side="right")
        return starts, np.asarray(np.minimum(chosen - level * len(starts), len(starts) - 1), dtype=np.int64)

    def like(self, day: date, days: int) -> NDArray[float64]:
        """How much each day says of one to come, where so many days from it on are known."""
        import numpy as np

        apart = np.abs(self.phases - phase(day))
        apart = np.minimum(apart, MONTH - apart)
        ends = self.recency[np.minimum(np.arange(len(apart)) + days - 1, len(apart) - 1)] > 0
        return np.asarray(self.recency * np.where(ends, np.exp(-0.5 * (apart / NEAR) ** 2) + FAR_SHARE, NEVER))


def phase(day: date) -> float:
    """How far a month is gone, in days of an average month."""
    return (day.day - 1) / monthrange(day.year, day.month)[1] * MONTH
