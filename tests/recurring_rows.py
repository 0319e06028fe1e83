"""Rows as banks write them, for tests of what recurs: dates and amounts of one payee, month after month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, cast

from open_finance.clock import SAO_PAULO
from open_finance.insights.business_days import next_business_day, nth_business_day, previous_business_day
from open_finance.insights.cards import add_months, on_day
from open_finance.insights.recurring import Recurring, find_recurring
from open_finance.insights.row_categories import decide
from open_finance.records import Account, StatementRow
from tests.builders import account, card, savings, statement_row

TODAY = date(2026, 11, 23)
BANK, CARD, SAVINGS = 1, 2, 3
ACCOUNTS: tuple[Account, ...] = (account(id=BANK), card(id=CARD), savings(id=SAVINGS))

_ids = count(1)


def row(on: date, amount: str | Decimal, text: str, **fields: Any) -> StatementRow:
    """A row of which its bank says nothing but day, amount and text."""
    plain: dict[str, Any] = {"id": next(_ids), "account_id": BANK, "category_id": None, "description_raw": None}
    return statement_row(**(plain | {"occurred_on": on, "amount": Decimal(amount), "description": text} | fields))


def months(first: date, number: int) -> list[date]:
    """So many months, from that of a day on."""
    return [add_months(first.replace(day=1), each) for each in range(number)]


def monthly(
    amount: str | Sequence[str],
    text: str | Sequence[str],
    *,
    day: int = 10,
    first: date = date(2025, 12, 1),
    number: int = 12,
    move: Callable[[date], date] = next_business_day,
    **fields: Any,
) -> list[StatementRow]:
    """A row a month: amounts and texts are taken in turn, the day is moved to a business day."""
    amounts = [amount] if isinstance(amount, str) else amount
    texts = [text] if isinstance(text, str) else text
    return [
        row(move(on_day(month, day)), amounts[each % len(amounts)], texts[each % len(texts)], **fields)
        for each, month in enumerate(months(first, number))
    ]


def stay(day: date) -> date:
    """Cards charge on any day."""
    return day


def before(day: date) -> date:
    """Moved to the business day before."""
    return previous_business_day(day)


def fifth_business_day(day: date) -> date:
    """As most wages are paid."""
    return nth_business_day(day, 5)


def weekly(amounts: Sequence[str], text: str, *, first: date = date(2025, 12, 4), every: int = 7, until: date = TODAY,
           **fields: Any) -> list[StatementRow]:  # fmt: skip
    """A row every so many days."""
    days = range(0, (until - first).days, every)
    return [row(first + timedelta(days=d), amounts[n % len(amounts)], text, **fields) for n, d in enumerate(days)]


def found(
    rows: Iterable[StatementRow],
    today: date = TODAY,
    accounts: Sequence[Account] = ACCOUNTS,
    *,
    read_on: date | None = None,
) -> tuple[Recurring, ...]:
    """What recurs in these rows, as seen on a day; all accounts were read on it, or on an earlier one."""
    given = list(rows)
    read_at = datetime.combine(read_on or today, time(9), SAO_PAULO)
    fresh = [cast("Account", {**one, "synced_at": read_at, "balance_at": read_at}) for one in accounts]
    types = {one["id"]: one["type"] for one in accounts}
    return find_recurring(given, decide(given, types), fresh, today)
