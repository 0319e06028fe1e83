"""An amount far above a shop's, a category's, or a person's usual ones. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from open_finance.insights.dues import is_due
from open_finance.insights.findings import Finding, ratio_of
from open_finance.insights.habits import Habits, Past, paid_in, quantile, spread
from open_finance.insights.patterns import Kind
from open_finance.insights.purchases import Purchase

#: Visits that make a shop known, and purchases that make a category known.
_KNOWN_SHOP, _KNOWN_CATEGORY = 4, 8
#: How many observations the person's general spread is worth, beside a shop's own.
_PRIOR = 8
#: Times the median below which nothing is far above it.
_SHOP_TIMES, _CATEGORY_TIMES, _NEW_TIMES = 2.6, 3.0, 4.0
#: Standard deviations.
_SHOP_FAR, _CATEGORY_FAR, _CATEGORY_FAR_AT_NEW = 2.7, 2.0, 2.8
#: Times the 95th percentile of purchases, and parts of the way to it from the upper quartile: where a new shop is dear.
_NEW_DEARER, _NEW_FAR = 1.25, 0.28
#: So many times a year a person may have gone as far, at known shops or at new ones, without it being a habit.
_RARE_AT_SHOPS, _RARE_AT_NEW = 4, 6
#: Exactly three times as much is three times as much, whatever the last binary digit of its logarithm.
_HAIR = 1e-9


def far_above(purchase: Purchase, past: Past, habits: Habits) -> Finding | None:
    """By the shop's own amounts where it is known well, by its category's where it was seen a few times, by the person's
    purchases and its category's where it is new. Where an amount is small for the person, it must be farther off. None for
    an amount in another currency than the person's."""
    if purchase.currency != habits.currency:
        return None
    visits = paid_in(habits.currency, past.at_shop(purchase))
    if not visits and is_due(purchase.text, purchase.category):
        return None
    if not visits:
        return _new_and_high(purchase, past, habits) or _above_category(purchase, visits, past, habits)
    if len(visits) >= _KNOWN_SHOP:
        return _above_shop(purchase, visits, habits)
    return _above_category(purchase, visits, past, habits) or _above_few_visits(purchase, visits, habits)


def _smallness(purchase: Purchase, habits: Habits) -> float:
    return 0.3 * max(0.0, habits.middle - purchase.log)


def _above_shop(purchase: Purchase, visits: Sequence[Purchase], habits: Habits) -> Finding | None:
    logs = sorted(visit.log for visit in visits)
    count, middle = len(logs), median(logs)
    variance = (count * spread(logs) ** 2 + _PRIOR * habits.within_shops_of(purchase.category) ** 2) / (count + _PRIOR)
    width = math.sqrt(variance * (1 + 1 / count))
    above = purchase.log - middle
    needed = max(math.log(_SHOP_TIMES), _SHOP_FAR * width) + _smallness(purchase, habits)
    highest = logs[-2] if count >= 12 else logs[-1]
    if (
        above + _HAIR < needed
        or purchase.log + _HAIR < highest + 0.15
        or habits.as_far_above(above, purchase.category) > _RARE_AT_SHOPS
    ):
        return None
    return _finding(Kind.FAR_ABOVE_MERCHANT, purchase.key, above / width, purchase, middle)


def _above_few_visits(purchase: Purchase, visits: Sequence[Purchase], habits: Habits) -> Finding | None:
    """A shop seen once to three times, and no category to compare with."""
    logs = [visit.log for visit in visits]
    middle, width = median(logs), habits.within * math.sqrt(1 + 1 / len(logs))
    above = purchase.log - max(logs)
    if above + _HAIR < max(math.log(3.5), 2.6 * width) or purchase.log + _HAIR < habits.dear:
        return None
    return _finding(Kind.FAR_ABOVE_MERCHANT, purchase.key, above / width, purchase, middle)


def _above_category(purchase: Purchase, visits: Sequence[Purchase], past: Past, habits: Habits) -> Finding | None:
    logs = sorted(p.log for p in paid_in(habits.currency, past.in_category(purchase)))
    if len(logs) < _KNOWN_CATEGORY or purchase.category is None:
        return None
    middle, width = median(logs), _width_of(logs, habits)
    above = purchase.log - middle
    far = _CATEGORY_FAR if visits else _CATEGORY_FAR_AT_NEW
    needed = max(math.log(_CATEGORY_TIMES), far * width) + _smallness(purchase, habits)
    highest = logs[-3] if len(logs) >= 40 else logs[-2]
    if above + _HAIR < needed or purchase.log + _HAIR < max([highest, *(visit.log + 0.4 for visit in visits)]):
        return None
    return _finding(Kind.FAR_ABOVE_CATEGORY, purchase.category, above / width, purchase, middle)


def _width_of(logs: Sequence[float], habits: Habits) -> float:
    upper = (quantile(logs, 0.9) - median(logs)) / 1.2816
    own = max(spread(logs), upper) ** 2
    return max(math.sqrt((len(logs) * own + _PRIOR * habits.within**2) / (len(logs) + _PRIOR)), 0.25)


def _new_and_high(purchase: Purchase, past: Past, habits: Habits) -> Finding | None:
    above = purchase.log - habits.middle
    beyond = max(math.log(_NEW_DEARER), _NEW_FAR * (habits.dear - habits.high))
    if above + _HAIR < math.log(_NEW_TIMES) or purchase.log + _HAIR < habits.dear + beyond:
        return None
    as_dear = [p for p in habits.first_times if p.log + _HAIR >= purchase.log - 0.1]
    logs = sorted(p.log for p in paid_in(habits.currency, past.in_category(purchase)))
    is_usual_there = len(logs) >= _KNOWN_CATEGORY and purchase.log + _HAIR < max(
        median(logs) + math.log(2), quantile(logs, 0.9)
    )
    if len(as_dear) > _RARE_AT_NEW or is_usual_there:
        return None
    return _finding(
        Kind.NEW_MERCHANT_HIGH, purchase.key, 3 + (purchase.log - habits.dear - beyond), purchase, habits.middle
    )


def _finding(kind: Kind, key: str, strength: float, purchase: Purchase, middle: float) -> Finding:
    usual = math.exp(middle)
    return Finding(kind, key, strength, Decimal(round(usual)) / 100, ratio_of(purchase.cents, usual))
