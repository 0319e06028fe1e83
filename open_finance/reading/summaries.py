"""What a summary of some days says, from the rows as a statement shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from open_finance.money import BRL
from open_finance.reading.balances import BalanceReport
from open_finance.reading.freshness import Freshness
from open_finance.reading.statement_query import Period
from open_finance.reading.statements import Contents, StatementLine, Totals
from open_finance.records import Account

MOST = 3
#: How far ahead a summary looks for bills.
AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SummaryReport:
    """``totals`` and ``rows``: as /extrato of these days says, BRL first. ``biggest``: the largest spendings in BRL, at most
    three. ``available``: in checking accounts, None where there is none. ``due``: cards whose bill is due in the next seven
    days, the first one first."""

    period: Period
    today: date
    totals: tuple[Totals, ...]
    rows: int
    biggest: tuple[StatementLine, ...]
    available: Decimal | None
    due: tuple[Account, ...]
    ages: tuple[Freshness, ...]


def summary_report(period: Period, found: Contents, balance: BalanceReport, today: date) -> SummaryReport | None:
    """The summary of a period; None when nothing happened in it."""
    if not found.lines:
        return None
    return SummaryReport(
        period=period,
        today=today,
        totals=found.totals,
        rows=len(found.lines),
        biggest=tuple(biggest_spendings(found.lines)),
        available=balance.available if balance.checking else None,
        due=tuple(due_cards(balance.cards, today)),
        ages=balance.ages,
    )


def biggest_spendings(lines: Iterable[StatementLine]) -> list[StatementLine]:
    """At most three of the rows in BRL that a statement's sum of spending counts, the largest first."""
    return sorted(filter(_is_spending, lines), key=lambda line: (line.row["amount"], line.row["id"]))[:MOST]


def due_cards(cards: Sequence[Account], today: date) -> list[Account]:
    """The cards that owe something and whose bank names a day in the next seven, today included."""
    last = today + AHEAD
    days = [(due_on, card) for card in cards if (due_on := card["bill_due_on"]) and card["balance"] > 0]
    return [card for due_on, card in sorted(days, key=_by_day) if today <= due_on <= last]


def _by_day(one: tuple[date, Account]) -> tuple[date, int]:
    return one[0], one[1]["id"]


def _is_spending(line: StatementLine) -> bool:
    is_counted = not (line.is_scheduled or line.is_unconfirmed or line.account["hidden"])
    return is_counted and line.kind == "outgoing" and line.row["amount"] < 0 and line.row["currency_code"] == BRL
