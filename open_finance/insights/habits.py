"""What a person is used to: robust figures over their purchases before a day. Pure functions.

All amounts are compared as logarithms: twice as much is as far at the baker's as at the car dealer's, and figures do not
depend on the currency's unit. Medians and median absolute deviations, because the very rows that are looked for are among
them. The standard library does: a year of a person is a few thousand numbers, sorted in a millisecond.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from open_finance.insights.purchases import Purchase, Refund
from open_finance.money import BRL

#: From MAD to the standard deviation of a normal distribution.
_MAD = 1.4826
_YEAR = 400  # days; what is older says little of today's prices
_MONTH = (24, 37)  # days between two monthly charges
_ROWS_FOR_A_SPREAD = 4
_BELIEF = 15  # rows that the person's general figures are worth
_HAIR = 1e-9  # for logarithms that are equal but for their last binary digit
_CLOCK = 8  # times from which on a clock that stands is recognised


def spread(values: Sequence[float]) -> float:
    """A robust standard deviation of sorted or unsorted values; 0 for fewer than two."""
    if len(values) < 2:
        return 0.0
    middle = median(values)
    return _MAD * median(abs(value - middle) for value in values)


def _shape(ordered: Sequence[float]) -> float:
    """A robust standard deviation of distances from a median that minds the upper tail."""
    return max(spread(ordered), quantile(ordered, 0.95) / 1.645)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of sorted, non-empty values, without interpolation."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def is_monthly(days: Sequence[int]) -> bool:
    """Whether sorted days are those of a charge a month, three or more."""
    gaps = [later - earlier for earlier, later in pairwise(days) if later != earlier]
    return len(gaps) >= 2 and _MONTH[0] <= median(gaps) <= _MONTH[1] and len(days) <= 1.5 * (len(gaps) + 1)


class Past:
    """Purchases oldest first, by shop and by category; what lies before one of them is cut off by position. ``judged``: the
    ids of those that are new."""

    def __init__(self, purchases: list[Purchase], refunds: list[Refund], judged: Collection[int]) -> None:
        self.all = purchases
        self.refunds = refunds
        self.judged = judged
        self.foreign = [purchase for purchase in purchases if purchase.foreign]
        self.timed = [purchase for purchase in purchases if purchase.minute >= 0]
        self.shops: dict[str, list[Purchase]] = defaultdict(list)
        self.categories: dict[str, list[Purchase]] = defaultdict(list)
        for purchase in purchases:
            self.shops[purchase.key].append(purchase)
            if purchase.category:
                self.categories[purchase.category].append(purchase)

    def at_shop(self, purchase: Purchase) -> list[Purchase]:
        """Earlier purchases at the same shop."""
        return before(self.shops[purchase.key], purchase)

    def beside(self, purchase: Purchase) -> list[Purchase]:
        """Purchases at the same shop on the same day, or one day apart; of those that are new, the earlier ones."""
        return [
            other
            for other in self.shops[purchase.key]
            if abs(other.day - purchase.day) <= 1 and (other < purchase or other.id not in self.judged)
        ]

    def in_category(self, purchase: Purchase) -> list[Purchase]:
        """Earlier purchases of the same category, none where it has none."""
        return before(self.categories[purchase.category], purchase) if purchase.category else []


def before(purchases: list[Purchase], purchase: Purchase) -> list[Purchase]:
    """What a list holds from the year before a purchase."""
    end = bisect_left(purchases, purchase)
    start = bisect_left(purchases, purchase.day - _YEAR, 0, end, key=lambda earlier: earlier.day)
    return purchases[start:end]


def paid_in(currency: str, purchases: Iterable[Purchase]) -> list[Purchase]:
    """Those whose amounts may be compared: a bank may leave what was paid abroad in its own currency."""
    return [purchase for purchase in purchases if purchase.currency == currency]


@dataclass(frozen=True)
class Habits:
    """A person's purchases of the year before ``day``, oldest first."""

    day: int
    purchases: list[Purchase]

    @cached_property
    def shops(self) -> dict[str, list[Purchase]]:
        found: dict[str, list[Purchase]] = defaultdict(list)
        for purchase in self.purchases:
            found[purchase.key].append(purchase)
        return found

    @cached_property
    def agreed(self) -> set[str]:
        """Shops that charge once a month: rent, school, subscriptions."""
        return {key for key, visits in self.shops.items() if is_monthly([visit.day for visit in visits])}

    @cached_property
    def free(self) -> list[float]:
        """Logarithms of what was bought at will, ascending."""
        return sorted(p.log for p in paid_in(self.currency, self.purchases) if p.key not in self.agreed)

    @cached_property
    def currency(self) -> str:
        """What most is paid in."""
        return Counter(p.currency for p in self.purchases).most_common(1)[0][0] if self.purchases else BRL

    @cached_property
    def middle(self) -> float:
        """The median purchase."""
        return median(self.free) if self.free else 0.0

    @cached_property
    def dear(self) -> float:
        """The 95th percentile of purchases."""
        return quantile(self.free, 0.95) if self.free else 0.0

    @cached_property
    def high(self) -> float:
        """The upper quartile of purchases."""
        return quantile(self.free, 0.75) if self.free else 0.0

    @cached_property
    def _by_category(self) -> dict[str | None, list[float]]:
        """Category → how far each purchase was above its shop's median, over shops seen four times or more."""
        found: dict[str | None, list[float]] = defaultdict(list)
        for every in self.shops.values():
            visits = paid_in(self.currency, every)
            if len(visits) >= _ROWS_FOR_A_SPREAD:
                middle = median(visit.log for visit in visits)
                found[visits[-1].category] += [visit.log - middle for visit in visits]
        return found

    @cached_property
    def _above(self) -> list[float]:
        """The same of all categories, ascending."""
        return sorted(distance for distances in self._by_category.values() for distance in distances)

    @cached_property
    def within(self) -> float:
        """How far purchases in one shop lie apart: what is believed of a shop seen a few times."""
        return min(max(_shape(self._above), 0.2), 1.0) if len(self._above) >= 20 else 0.5

    def within_shops_of(self, category: str | None) -> float:
        """The same for shops of a category, the less it was seen the more like all others."""
        seen = self._by_category.get(category, []) if category else []
        if len(seen) < _ROWS_FOR_A_SPREAD:
            return self.within
        own = max(_shape(sorted(seen)), 0.1) ** 2
        return math.sqrt((len(seen) * own + _BELIEF * self.within**2) / (len(seen) + _BELIEF))

    @cached_property
    def _far(self) -> list[float]:
        """How many spreads of its category each purchase was above its shop's median, ascending."""
        return sorted(
            distance / self.within_shops_of(category)
            for category, distances in self._by_category.items()
            for distance in distances
        )

    def as_far_above(self, distance: float, category: str | None) -> int:
        """How many purchases were that far above their shop's median, for what is usual in their category."""
        return len(self._far) - bisect_left(self._far, distance / self.within_shops_of(category) - _HAIR)

    @cached_property
    def first_times(self) -> list[Purchase]:
        """The first purchase at each shop, but for the first thirty days, when every shop is new."""
        if not self.purchases:
            return []
        known_from = self.purchases[0].day + 30
        firsts = paid_in(self.currency, (visits[0] for visits in self.shops.values()))
        return [first for first in firsts if first.day >= known_from]

    @cached_property
    def fixed_clock(self) -> set[int]:
        """Accounts whose times are none: most of their rows carry the same minute."""
        times: dict[int, list[int]] = defaultdict(list)
        for purchase in self.purchases:
            if purchase.minute >= 0:
                times[purchase.account].append(purchase.minute)
        return {
            account for account, told in times.items() if len(told) >= _CLOCK and _most_common(told) > len(told) / 2
        }

    def is_timed(self, purchase: Purchase) -> bool:
        """Whether it was bought at will, at a minute that is known."""
        return purchase.minute >= 0 and purchase.account not in self.fixed_clock and purchase.key not in self.agreed


def _most_common(minutes: Sequence[int]) -> int:
    return Counter(minutes).most_common(1)[0][1]
