"""Purchases abroad and in the small hours, where they are out of habit. Pure functions."""

from __future__ import annotations

from collections import defaultdict

from open_finance.insights.findings import Finding
from open_finance.insights.habits import Habits, Past, before
from open_finance.insights.patterns import Kind
from open_finance.insights.purchases import Purchase

#: Rows from which on a habit, or its absence, is believed.
_ENOUGH = 30
#: A shop counts at most twice: one service in dollars is not a habit of buying abroad.
_SHOP_COUNTS, _HABIT_ABROAD = 2, 3
#: After the first purchase of a journey the others are no news.
_JOURNEY = 12
_NIGHT_ENDS = 6 * 60
_AROUND = 90  # minutes before and after
_FEW_NIGHTS, _NIGHT_SHARE = 3, 0.01
#: Charged by a machine at any hour.
_BY_MACHINE = ("09", "0701", "20", "16", "mcc 4899", "mcc 5815", "mcc 5816", "mcc 5817", "mcc 5818", "mcc 5968")


def abroad(purchase: Purchase, past: Past, habits: Habits) -> Finding | None:
    """Another currency, by somebody who has hardly ever used one, at a shop that never charged in one."""
    if purchase.foreign is None or len(habits.purchases) < _ENOUGH:
        return None
    if any(visit.foreign for visit in past.at_shop(purchase)):
        return None
    shops: dict[str, set[int]] = defaultdict(set)
    for earlier in before(past.foreign, purchase):
        if earlier.key in habits.agreed:  # a subscription is paid from an armchair
            continue
        shops[earlier.key].add(earlier.day)
        if purchase.day - earlier.day <= _JOURNEY:
            return None
    if sum(min(len(days), _SHOP_COUNTS) for days in shops.values()) >= _HABIT_ABROAD:
        return None
    strength = 4 + min(max((purchase.log - habits.middle) / 2, -0.5), 2.0)
    return Finding(Kind.FOREIGN, purchase.foreign, strength, None, None)


def at_night(purchase: Purchase, past: Past, habits: Habits) -> Finding | None:
    """Between 0:00 and 6:00, by somebody who has hardly ever bought anything around that time."""
    if not 0 <= purchase.minute < _NIGHT_ENDS or purchase.account in habits.fixed_clock:
        return None
    visits = past.at_shop(purchase)
    if purchase.key in habits.agreed or any(0 <= visit.minute < _NIGHT_ENDS for visit in visits):
        return None
    if (purchase.category or "").startswith(_BY_MACHINE):
        return None
    timed = [earlier for earlier in before(past.timed, purchase) if habits.is_timed(earlier)]
    nights = {earlier.day for earlier in timed if _is_around(earlier.minute, purchase.minute)}
    if len(timed) < _ENOUGH or len(nights) >= max(_FEW_NIGHTS, _NIGHT_SHARE * len(timed)):
        return None
    if any(purchase.day - night <= 1 for night in nights):
        return None
    strength = 4 + min(max((purchase.log - habits.middle) / 2, -0.5), 2.0)
    return Finding(Kind.NIGHT, purchase.key, strength, None, None)


def _is_around(minute: int, other: int) -> bool:
    apart = abs(minute - other)
    return min(apart, 24 * 60 - apart) <= _AROUND and minute < _NIGHT_ENDS
