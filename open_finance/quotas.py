"""The limits of Pluggy and of the Open Finance network, and how much of them a month has used: pure rules.

Two kinds. *Calls*: how often Pluggy may be asked in a minute, which is counted where they are sent. *Operational limits*:
how often a bank may be asked for one person's data in a calendar month. Not our reading uses these up, but each of Pluggy's
own updates; what one asks of a bank is known by Pluggy's table only, so that the use of them is an estimate.

Source: docs.pluggy.ai, "rate limits" and "Open Finance operational limits"; the codes, "warnings status codes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from open_finance.clock import local_day
from open_finance.records import ProductStatus

#: When an update of Pluggy's asks for this part: at each, at the first of a day, at the first and then every seven days.
Rhythm = Literal["always", "daily", "weekly"]
WEEK: Final = timedelta(days=7)
#: Rows are kept so long: a year to look back on, and the month under way.
KEEP_MONTHS: Final = 13


@dataclass(frozen=True, slots=True)
class OperationalLimit:
    """``monthly``: how often one bank may be asked for this part of one person's data in a calendar month."""

    part: str
    monthly: int
    rhythm: Rhythm


OPERATIONAL_LIMITS: Final = (
    OperationalLimit("account_list", 4, "weekly"),
    OperationalLimit("balance", 420, "always"),
    OperationalLimit("recent_transactions", 240, "always"),
    OperationalLimit("older_transactions", 4, "weekly"),
    OperationalLimit("card_list", 4, "weekly"),
    OperationalLimit("bills", 30, "daily"),
    OperationalLimit("card_limits", 240, "always"),
    OperationalLimit("investment_list", 30, "daily"),
    OperationalLimit("investment_details", 4, "weekly"),
    OperationalLimit("investment_movements", 120, "always"),
    OperationalLimit("investment_history", 4, "weekly"),
    OperationalLimit("identity", 4, "weekly"),
    OperationalLimit("loans", 4, "weekly"),
    OperationalLimit("loan_instalments", 30, "daily"),
)
#: Calls a minute that Pluggy lets one address make; it says so of some endpoints, and of the others nothing.
CALLS_A_MINUTE: Final = {"PATCH /items/{item_id}": 20}
OTHER_CALLS_A_MINUTE: Final = 360
#: What a product of an item warns of when its month is used up.
USED_UP: Final = frozenset({"TXN_003", "TXN_006", "INV_004", "423"})
#: The products that items speak of; a word that is none of these is Pluggy's to choose, and is not repeated.
PRODUCTS: Final = ("accounts", "creditCards", "transactions", "bills", "investments", "loans", "identity")
OTHER_PRODUCT: Final = "other"


@dataclass(frozen=True, slots=True)
class MonthUse:
    """What one connection has used of a month. ``updates``: Pluggy's that were seen; ``days`` and ``weeks``: on how many
    days there was one, and how many began a week. ``asked``: a person's taps; ``unanswered``: those of them after which no
    update was seen, which may have asked the bank all the same. ``updated_at``: the newest update, also of an earlier
    month. ``weekly_at``: the one that began the week."""

    updates: int = 0
    days: int = 0
    weeks: int = 0
    asked: int = 0
    unanswered: int = 0
    updated_at: datetime | None = None
    weekly_at: datetime | None = None

    @property
    def always(self) -> int:
        """How often the bank was asked for what every update asks for."""
        return self.updates + self.unanswered


def next_month(use: MonthUse) -> MonthUse:
    """A month begins with nothing used; a week goes on."""
    return MonthUse(updated_at=use.updated_at, weekly_at=use.weekly_at)


def after_update(use: MonthUse, updated_at: datetime) -> MonthUse:
    """An item shows when it was last updated. Seeing that once more, or late, changes nothing."""
    if use.updated_at is not None and updated_at <= use.updated_at:
        return use
    is_new_day = use.updates == 0 or use.updated_at is None or local_day(use.updated_at) != local_day(updated_at)
    is_new_week = use.weekly_at is None or updated_at - use.weekly_at >= WEEK
    return replace(
        use,
        updates=use.updates + 1,
        days=use.days + is_new_day,
        weeks=use.weeks + is_new_week,
        unanswered=max(use.unanswered - 1, 0),
        updated_at=updated_at,
        weekly_at=updated_at if is_new_week else use.weekly_at,
    )


def after_ask(use: MonthUse) -> MonthUse:
    """A person's tap has asked Pluggy for an update."""
    return replace(use, asked=use.asked + 1, unanswered=use.unanswered + 1)


def without_ask(use: MonthUse) -> MonthUse:
    """Pluggy refused it: nothing was asked of the bank."""
    return replace(use, asked=max(use.asked - 1, 0), unanswered=max(use.unanswered - 1, 0))


def share(limit: OperationalLimit, always: int, days: int, weeks: int) -> int:
    """How much of a limit is used, in whole percent, rounded up; at most all of it: what is beyond, the network refuses."""
    used = {"always": always, "daily": days, "weekly": weeks}[limit.rhythm]
    return min(-(-used * 100 // limit.monthly), 100)


def used_up(products: Mapping[str, ProductStatus]) -> tuple[str, ...]:
    """The products of an item whose month is used up, as Pluggy warns, in one order."""
    names = (name for name, status in products.items() if not USED_UP.isdisjoint(status["warnings"]))
    return tuple(sorted({name if name in PRODUCTS else OTHER_PRODUCT for name in names}))


def calls_a_minute(endpoint: str) -> int:
    """How many calls of an endpoint a minute may hold; ``endpoint``: method and path template."""
    return CALLS_A_MINUTE.get(endpoint, OTHER_CALLS_A_MINUTE)


def month_of(instant: datetime) -> date:
    """The first day of the month that an instant is in, São Paulo."""
    return local_day(instant).replace(day=1)


def month_after(month: date, months: int = 1) -> date:
    """The first day of the month so many months later (or, below zero, earlier)."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
