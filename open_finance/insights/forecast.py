"""The balance of the days to come: what is known, and a band for everyday money by simulation. Pure functions.

The paths are drawn with a fixed seed, so that the same question has the same answer. What is known is exact: the paths
only say how far from it a day may lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, compress
from typing import TYPE_CHECKING

from open_finance.insights.available_money import available_money
from open_finance.insights.band_width import drawn_back, quantiles, set_right
from open_finance.insights.commitments import known_money
from open_finance.insights.everyday import READ, read_history
from open_finance.insights.everyday_paths import Past, draw_everyday
from open_finance.insights.line_paths import draw_lines
from open_finance.insights.outlook import MIN_HISTORY, Day, Expected, Forecast, Situation
from open_finance.insights.yearly import find_yearly
from open_finance.money import ZERO, round_to_centavo

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

SEED = 20_261_123
PATHS = 6_000
#: What of ten paths is told: the band, and when a day is called risky.
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
_ONE_DAY = timedelta(days=1)


def build_forecast(
    situation: Situation, days: int, *, extra: Sequence[Expected] = (), seed: int = SEED, paths: int = PATHS
) -> Forecast:
    """The balance at the end of today and of each of so many days after it. ``extra``: lines of a question («e se»), which
    move every path by just their amount."""
    import numpy as np

    today, until = situation.today, situation.today + timedelta(days=days)
    yearly, situation = find_yearly(situation), _of_late(situation)
    money = available_money(situation)
    own = known_money(situation, money, until, yearly)
    asked = [line for line in extra if today <= line.on <= until]
    lines = tuple(sorted((*(one.line for one in own), *asked), key=lambda line: (line.on, line.amount)))
    known = _balances(situation.available, lines, today, days)
    history_days = 0 if situation.known_from is None else (today - situation.known_from).days
    history = read_history(situation, money, until, yearly.rows) if history_days >= MIN_HISTORY and days else None
    if history is None or history.days < MIN_HISTORY // 2:
        return _known_only(situation, lines, known, history_days)
    random = np.random.default_rng(seed)
    unasked = [float(one) for one in _balances(situation.available, [each.line for each in own], today, days)]
    past = Past(history)
    apart = set_right(draw_everyday(past, today, unasked, random, paths), past, today)
    apart = drawn_back(apart + draw_lines(own, situation, money, days, random, paths), past, unasked)
    return _with_band(situation, lines, known, history_days, apart)


def _of_late(situation: Situation) -> Situation:
    """Without the rows that nothing but a look for what comes once a year goes back to: others look at all of them."""
    since = situation.today - READ
    kept = [row["occurred_on"] >= since for row in situation.rows]
    return replace(
        situation,
        rows=list(compress(situation.rows, kept)),
        decided=list(compress(situation.decided, kept)),
    )


def _balances(start: Decimal, lines: Sequence[Expected], today: date, days: int) -> list[Decimal]:
    moved = [ZERO] * (days + 1)
    for line in lines:
        moved[(line.on - today).days] += line.amount
    return list(accumulate(moved, initial=start))[1:]


# --- results -------------------------------------------------------------------------------------------------------------


def _known_only(
    situation: Situation, lines: tuple[Expected, ...], known: Sequence[Decimal], history_days: int
) -> Forecast:
    """Without a band: each day is what is known of it, and the risk is a yes or a no."""
    days = tuple(
        Day(situation.today + number * _ONE_DAY, balance, balance, balance, balance)
        for number, balance in enumerate(known)
    )
    negative_on = next((day.on for day in days if day.known < ZERO), None)
    return Forecast(
        today=situation.today,
        start=situation.available,
        days=days,
        lines=lines,
        everyday=ZERO,
        has_band=False,
        history_days=history_days,
        risk=float(negative_on is not None),
        negative_on=negative_on,
        risky_on=negative_on,
    )


def _with_band(
    situation: Situation,
    lines: tuple[Expected, ...],
    known: Sequence[Decimal],
    history_days: int,
    apart: NDArray[float64],
) -> Forecast:
    """``apart``: by how much each path differs from what is known, from tomorrow on. The first day is known."""
    import numpy as np

    told = np.array(quantiles(apart, (LOW, MIDDLE, HIGH))).T
    today = situation.today
    days = [Day(today, known[0], known[0], known[0], known[0])]
    for number, (low, middle, high) in enumerate(told.tolist(), 1):
        base = known[number]
        days.append(
            Day(today + number * _ONE_DAY, base, base + _money(middle), base + _money(low), base + _money(high))
        )
    is_negative = np.array([float(balance) for balance in known[1:]])[:, None] + apart < -0.005
    risk = 1.0 if known[0] < ZERO else float(is_negative.any(axis=0).mean())
    return Forecast(
        today=today,
        start=situation.available,
        days=tuple(days),
        lines=lines,
        everyday=days[-1].median - known[-1],
        has_band=True,
        history_days=history_days,
        risk=risk,
        negative_on=next((day.on for day in days if day.median < ZERO), None),
        risky_on=next((day.on for day in days if day.low < ZERO), None),
    )


def _money(amount: float) -> Decimal:
    return round_to_centavo(Decimal(amount))
