"""How much speaks for a chain of charges being a recurring flow. Pure functions.

The day says most, then the amount; how often it came, how seldom it was left out, and what else the same payee charges
at any time, make either more or less believable. What a row is for leans it: a power bill recurs, dinners do not.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, median
from typing import Final

from open_finance.insights.recurring_chains import LEAST, Chain, Charge
from open_finance.insights.recurring_days import DayRule, Shift, fit_rule
from open_finance.insights.recurring_kinds import Reading, business_turns, read_kind
from open_finance.insights.recurring_prices import Plateau, find_plateaus
from open_finance.insights.recurring_records import Kind
from open_finance.insights.row_categories import RowCategory

#: What is less likely than this is not found.
THRESHOLD: Final = 0.55
_DAY_WEIGHT, _AMOUNT_WEIGHT = 0.6, 0.4
_DAYS_OFF, _AMOUNT_OFF = 2.4, 0.2
_STRAY_NOISE: Final = 0.3
_LIKELY, _AT_WILL = 0.12, 0.25
#: Hundredths: what is no multiple of them is odd.
_ROUND, _ODD = 500, 0.08
_MONTHLY_SHARE: Final = 0.6
_LEAST_BAND: Final = 0.02
_MONTH_DAYS: Final = 30.437
#: A price that moves less than this is fixed.
_FIXED: Final = 0.01


@dataclass(frozen=True, slots=True)
class Weighed:
    """A chain and what it shows. ``strays``: how many days its charges lie from its rule, on average."""

    chain: Chain
    rule: DayRule
    strays: float
    plateaus: tuple[Plateau, ...]
    reading: Reading
    confidence: float

    def beside(self, others: Sequence[Charge]) -> Weighed:
        """The same where the payee charges these as well, which are in no chain."""
        crowd = _count_alike(self.chain, others) / len(self.chain.charges)
        return replace(self, confidence=round(self.confidence / (1 + 0.8 * crowd), 3))


def weigh(chain: Chain, decided: Sequence[RowCategory], *, on_card: bool) -> Weighed | None:
    """The chain's rule, prices, kind and confidence; None where too little speaks for it. ``decided``: of all rows, by
    ``Charge.place``."""
    if sum(step == 1 for step in chain.steps) < _MONTHLY_SHARE * len(chain.steps):
        return None
    plateaus = tuple(find_plateaus([charge.log for charge in chain.charges]))
    amount = math.exp(-_noise(chain, plateaus) / _AMOUNT_OFF)
    if _Case(chain, Reading(Kind.OTHER, 1), amount).confidence(0.0) < THRESHOLD:
        return None  # neither a day nor a word would help
    rows = [charge.row for charge in chain.charges]
    reading = read_kind(rows, [decided[charge.place] for charge in chain.charges])
    case = _Case(chain, reading, amount)
    if case.confidence(0.0) < THRESHOLD:
        return None
    usual: Shift = "none" if on_card else ("previous" if rows[-1]["amount"] > 0 else "next")
    income = reading.kind in {Kind.SALARY, Kind.INCOME}
    rule, strays = fit_rule(chain.days, usual=usual, income=income, turns=business_turns(rows[-1], reading.kind))
    strays *= len(rows) / (len(rows) - 1)  # a rule read off few days lies near them by chance
    confidence = case.confidence(strays)
    if reading == (Kind.OTHER, 0) and on_card and max(each.noise for each in plateaus) <= _FIXED:
        reading = reading._replace(kind=Kind.SUBSCRIPTION)  # who charges a card the same each month was told to
    return Weighed(chain, rule, strays, plateaus, reading, confidence) if confidence >= THRESHOLD else None


@dataclass(frozen=True, slots=True)
class _Case:
    """What speaks for a chain but for its day. ``amount``: how regular it is, 0 to 1."""

    chain: Chain
    reading: Reading
    amount: float

    def confidence(self, strays: float) -> float:
        """How much speaks for it where its charges lie that many days from a rule."""
        chain, steps = self.chain, self.chain.steps
        day = math.exp(-((strays * _rivalry(chain) / _DAYS_OFF) ** 1.5)) if strays else 1.0
        base = _DAY_WEIGHT * day + _AMOUNT_WEIGHT * self.amount + _oddness(chain)
        base += _leaning(self.reading, day * self.amount, self.amount)
        coverage = len(steps) / sum(min(step, LEAST) for step in steps)
        often = 1 - 0.3 * math.exp(-(len(chain.charges) - LEAST) / 2)
        return round(min(max(base * (0.4 + 0.6 * coverage) * often, 0.0), 1.0), 3)


def _leaning(reading: Reading, exactness: float, amount: float) -> float:
    """What a row is for says less the more exact it is. Only a fixed sum is set aside by agreement with oneself."""
    if reading.leaning < 0:
        return -_AT_WILL * (1 - 0.6 * exactness)
    if reading.kind is Kind.SAVING:
        return _LIKELY if amount > 0.5 else -_LIKELY
    return _LIKELY * reading.leaning


def _oddness(chain: Chain) -> float:
    """An odd price that comes again to the centavo is agreed upon; a round one is anybody's."""
    cents = Counter(int(charge.row["amount"] * 100) for charge in chain.charges)
    price, count = cents.most_common(1)[0]
    return _ODD if price % _ROUND and count > len(chain.charges) / 2 else 0.0


def _noise(chain: Chain, plateaus: Sequence[Plateau]) -> float:
    """How far single ones lie from their plateau; a few strange ones among many count half."""
    logs = [charge.log for charge in chain.charges]
    away = [min(abs(logs[n] - each.level), _STRAY_NOISE) for each in plateaus for n in range(each.start, each.end)]
    return (fmean(away) + median(away)) / 2


def _rivalry(chain: Chain) -> float:
    """How many charges of its size there are a month, while it goes on: among many, some lie near any day."""
    first, last = chain.charges[0].day - _MONTH_DAYS / 2, chain.charges[-1].day + _MONTH_DAYS / 2
    rivals = _count_alike(chain, [charge for charge in chain.rivals if first <= charge.day <= last])
    return 1 + rivals * _MONTH_DAYS / (last - first)


def _count_alike(chain: Chain, others: Sequence[Charge]) -> int:
    """How many of other charges are of its size."""
    low, high = _band(chain)
    return sum(low <= charge.log <= high for charge in others)


def _band(chain: Chain) -> tuple[float, float]:
    """What amounts would have done as well."""
    logs = [charge.log for charge in chain.charges]
    typical = median(abs(one - other) for one, other in pairwise(logs))
    return min(logs) - _LEAST_BAND - typical, max(logs) + _LEAST_BAND + typical
