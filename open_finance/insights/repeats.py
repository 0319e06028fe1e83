"""The same charge twice, and a subscription that costs more. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import median

from open_finance.folding import fold
from open_finance.insights.findings import Finding, ratio_of
from open_finance.insights.habits import Habits, Past
from open_finance.insights.patterns import Kind
from open_finance.insights.purchases import Purchase

#: Fares, tolls, car parks: two equal ones in a day are there and back, or two at the turnstile.
_FARES = ("1901", "1902", "19050002", "19050003")
_FARE_MCCS = {f"mcc {code}" for code in (4111, 4112, 4121, 4131, 4784, 7523, 5814)}
_FARE_WORDS = re.compile(
    r"\b(metro\w*|cptm|sptrans|bilhete\w*|cartao bom|riocard|viacao|onibus|brt|vlt|barcas|uber|99\w*|cabify|taxi"
    r"|pedagio|sem ?parar|conectcar|veloe|estaciona\w*|park\w*|estapar|zona azul|recarga)\b"
)
#: Days of history below which only what is not small is told as charged twice.
_YOUNG = 60


def charged_twice(purchase: Purchase, past: Past, habits: Habits, first_day: int) -> Finding | None:
    """The same shop, account and amount on the same day or the day before, where that is not a habit."""
    twins = [p for p in past.beside(purchase) if (p.cents, p.account) == (purchase.cents, purchase.account)]
    if not twins or _is_one_row(purchase, twins) or _is_refunded(purchase, past):
        return None
    earlier = [visit for visit in past.at_shop(purchase) if visit not in twins]
    if _is_habit(earlier, same_day=twins[-1].day == purchase.day) or _is_small_change(purchase, earlier, habits):
        return None
    if purchase.day - first_day < _YOUNG and purchase.log < habits.middle:
        return None
    strength = min(max(4 + (purchase.log - habits.middle) / 2, 3.0), 6.0)
    usual = Decimal(purchase.cents) / 100
    return Finding(Kind.DUPLICATE_CHARGE, purchase.key, strength, usual, Decimal("1.00"), tuple(t.id for t in twins))


def _is_one_row(purchase: Purchase, twins: Sequence[Purchase]) -> bool:
    """Whether a row and its settled form stand beside each other for a while."""
    return all(twin.pending != purchase.pending for twin in twins)


def _is_refunded(purchase: Purchase, past: Past) -> bool:
    return any(
        refund.key == purchase.key and refund.cents == purchase.cents and 0 <= refund.day - purchase.day <= 30
        for refund in past.refunds
    )


def _is_habit(earlier: Sequence[Purchase], *, same_day: bool) -> bool:
    """Whether the shop has charged equal amounts that close to each other before: twice, or as one visit in ten."""
    apart = 0 if same_day else 1
    pairs = sum(
        one.cents == two.cents and two.day - one.day <= apart
        for place, one in enumerate(earlier)
        for two in earlier[place + 1 : place + 4]
    )
    return pairs >= 2 or (pairs == 1 and len(earlier) <= 10)


def _is_small_change(purchase: Purchase, earlier: Sequence[Purchase], habits: Habits) -> bool:
    """Fares, and shops with one low price that are gone to every few days."""
    is_cheap = purchase.log <= habits.middle
    category = purchase.category or ""
    if is_cheap and (category.startswith(_FARES) or category in _FARE_MCCS or _FARE_WORDS.search(fold(purchase.text))):
        return True
    same = [visit.day for visit in earlier if visit.cents == purchase.cents]
    if len(same) < 3 or len(same) < 0.3 * len(earlier):
        return False
    gaps = [later - sooner for sooner, later in pairwise(same)]
    return is_cheap and median(gaps) <= 10


# --- subscriptions ----------------------------------------------------------------------------------------------------

_LEAST, _MOST = 1.055, 2.5
_CHARGES = 3
_STEADY = 0.01  # of the price: what an amount in its own currency may move without being another price


def price_raised(purchase: Purchase, past: Past) -> Finding | None:
    """A monthly price of three charges or more that is now higher. Compared in the currency it is charged in."""
    visits = [visit for visit in past.at_shop(purchase) if visit.price[0] == purchase.price[0]]
    if len(visits) < _CHARGES or purchase.price[1] < visits[-1].price[1]:
        return None
    old = visits[-1].price[1]
    steady = [visit for visit in visits if abs(visit.price[1] - old) <= _STEADY * old]
    if not _is_a_monthly_price(steady, visits, purchase):
        return None
    factor = purchase.price[1] / old
    if not _LEAST <= factor <= _MOST:
        return None
    usual = Decimal(old) / 100
    strength = 3.5 + min(factor - 1, 1.0)
    return Finding(Kind.SUBSCRIPTION_RAISED, purchase.key, strength, usual, ratio_of(purchase.price[1], old), ())


def _is_a_monthly_price(steady: Sequence[Purchase], visits: Sequence[Purchase], purchase: Purchase) -> bool:
    """Whether the last charges had one price and came a month apart, this one among them, and the shop is not for more."""
    days = sorted({visit.day for visit in steady})
    if len(days) < _CHARGES or not 22 <= purchase.day - days[-1] <= 40:
        return False
    gaps = [later - sooner for sooner, later in pairwise(days)][-6:]
    others = [visit for visit in visits if visit.day >= days[-_CHARGES] and visit not in steady]
    return all(22 <= gap <= 70 for gap in gaps) and median(gaps) <= 40 and not others
