"""What of the news a person is told, and in how many messages. Pure.

All rows that are worth a word by the person's settings are one message, however many they are; the others are settled
without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from open_finance.alerts.notification import Notification
from open_finance.alerts.settings import AlertSettings
from open_finance.insights.flows import Flow, is_yield
from open_finance.insights.patterns import Kind, Unusual
from open_finance.records import Account, Transaction

#: As many unusual rows are asked about at once; the others are told as ordinary ones.
ASKED = 3


@dataclass(frozen=True, slots=True)
class RowNews:
    """A new row, as it stands now. ``unusual``: what is odd about it; None where nothing is, or nobody asked. ``category``:
    what its category is called; None where nobody is sure of one."""

    notification: Notification
    row: Transaction
    account: Account
    flow: Flow
    unusual: Unusual | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """``loud``: worth a word; those that are to be asked about still say what is ``unusual``. ``quiet``: worth none."""

    loud: tuple[RowNews, ...]
    quiet: tuple[RowNews, ...]


def sort_out(news: Sequence[RowNews], settings: AlertSettings) -> Sorted:
    """What becomes of each row, in the order given."""
    odd = sorted((one for one in news if _is_odd(one, settings)), key=_strength, reverse=True)
    asked = {one.notification.id for one in odd[:ASKED]}
    is_loud = {one.notification.id: _is_odd(one, settings) or wants(one, settings) for one in news}
    loud = (one for one in news if is_loud[one.notification.id])
    return Sorted(
        tuple(one if one.notification.id in asked else replace(one, unusual=None) for one in loud),
        tuple(one for one in news if not is_loud[one.notification.id]),
    )


def _is_odd(news: RowNews, settings: AlertSettings) -> bool:
    return news.unusual is not None and not news.account["hidden"] and wants_odd(news.unusual.kind, settings)


def _strength(news: RowNews) -> float:
    return news.unusual.strength if news.unusual is not None else 0.0


def wants(news: RowNews, settings: AlertSettings) -> bool:
    """Whether the settings ask for a word about an ordinary row. The centavos that an account yields every day are none."""
    row, amount = news.row, abs(news.row["amount"])
    if news.account["hidden"]:
        return False
    match news.flow:
        case Flow.SPENDING:
            return settings.spending and amount >= settings.spending_from
        case Flow.FEE:
            return settings.fees or (settings.spending and amount >= settings.spending_from)
        case Flow.INCOME:
            return settings.income and (amount >= settings.spending_from or not is_yield(row))
        case Flow.REFUND:
            return settings.spending or settings.income
        case Flow.OTHER:
            is_in = row["amount"] > 0
            return settings.income if is_in else settings.spending and amount >= settings.spending_from
        case _:
            return False


def wants_odd(kind: Kind, settings: AlertSettings) -> bool:
    """Whether the settings ask for a word about an unusual row."""
    return settings.subscriptions if kind is Kind.SUBSCRIPTION_RAISED else settings.unusual


def wants_other(kind: str, settings: AlertSettings) -> bool:
    """Whether the settings ask for a word about what is no row."""
    switches = {
        "overdraft": settings.fees,
        "bill": settings.bills,
        "back": settings.banks,
        "budget": settings.budgets,
        "subscription": settings.subscriptions,
    }
    return switches.get(kind, True)
