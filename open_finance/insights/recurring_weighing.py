"""How much speaks for a chain of charges being a recurring flow. Pure functions.

The day says most, then the amount; how often it came, how seldom it was left out, and what else the same payee charges
at any time, make either more or less believable. What a row is for leans it: a power bill recurs, dinners do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from open_finance.insights.recurring_chains import LEAST, Chain
from open_finance.insights.recurring_days import DayRule, Shift, fit_rule
from open_finance.insights.recurring_kinds import Reading, read_kind
from open_finance.insights.recurring_prices import Plateau, find_plateaus
from open_finance.insights.recurring_records import Kind
from open_finance.insights.row_categories import RowCategory

#: What is less likely than this is not found.
THRESHOLD: Final = 0.55
_DAY_WEIGHT, _AMOUNT_WEIGHT = 0.6, 0.4
_DAYS_OFF, _AMOUNT_OFF = 2.4, 0.2
_LEANING: Final = {1: 0.12, 0: 0.0, -1: -0.25}
_MONTHLY_SHARE: Final = 0.6
_BAND: Final = 0.25


@dataclass(frozen=True, slots=True)
class Weighed:
    """A chain and what it shows. ``strays``: how many days its charges lie from its rule, on average."""

    chain: Chain
    rule: DayRule
    strays: float
    plateaus: tuple[Plateau, ...]
    reading: Reading
    confidence: float


def weigh(chain: Chain, decided: Sequence[RowCategory], *, on_card: bool) -> Weighed:
    """The chain's rule, prices, kind and confidence. ``decided``: of all rows, by ``Charge.place``."""
    rows = [charge.row for charge in chain.charges]
    reading = read_kind(rows, [decided[charge.place] for charge in chain.charges])
    usual: Shift = "none" if on_card else ("previous" if rows[-1]["amount"] > 0 else "next")
    wages = reading.kind in {Kind.SALARY, Kind.INCOME}
    rule, strays = fit_rule(chain.days, usual=usual, wages=wages)
    plateaus = tuple(find_plateaus([charge.log for charge in chain.charges]))
    return Weighed(chain, rule, strays, plateaus, reading, _confidence(chain, strays, plateaus, reading))


def _confidence(chain: Chain, strays: float, plateaus: Sequence[Plateau], reading: Reading) -> float:
    steps = chain.steps
    if sum(step == 1 for step in steps) < _MONTHLY_SHARE * len(steps):
        return 0.0
    day = math.exp(-((strays / _DAYS_OFF) ** 1.5))
    amount = math.exp(-_noise(plateaus) / _AMOUNT_OFF)
    base = _DAY_WEIGHT * day + _AMOUNT_WEIGHT * amount + _LEANING[reading.leaning]
    short = [step for step in steps if step <= LEAST]
    coverage = len(short) / sum(short)
    often = 1 - 0.3 * math.exp(-(len(chain.charges) - LEAST) / 2)
    return round(min(max(base * (0.4 + 0.6 * coverage) * often / (1 + 0.8 * _crowd(chain)), 0.0), 1.0), 3)


def _noise(plateaus: Sequence[Plateau]) -> float:
    return mean(plateau.noise for plateau in plateaus for _ in range(plateau.start, plateau.end))


def _crowd(chain: Chain) -> float:
    """How many other charges of its size the payee has, for each of the chain."""
    logs = [charge.log for charge in chain.charges]
    low, high = min(logs) - _BAND, max(logs) + _BAND
    return sum(low <= charge.log <= high for charge in chain.others) / len(logs)
