"""What the bank shows of a household's life: rows, accounts and bills as the database holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any, cast

from benchmarks.forecast.homes import Book, Event, Home
from benchmarks.forecast.wording import describe
from benchmarks.forecast.workdays import ONE_DAY
from open_finance.bill_records import Bill
from open_finance.clock import SAO_PAULO
from open_finance.records import Account, Transaction


def brl(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def account_id(home: Home, book: Book) -> int:
    return home.number * 10 + book.number + 1


def is_shown(home: Home, event: Event) -> bool:
    """Rows before the first day are never seen, nor are those that are listed after the last."""
    return event.day >= home.start and (event.seen_on or event.day) <= home.end


def write_row(random: Random, home: Home, row_id: int, event: Event) -> Transaction:
    """The row as it stands once it is settled. ``created_at``: 21:00 of the day on which it is seen first."""
    book, shop, hand = event.book, event.shop, event.book.hand
    text, told = describe(random, event), shop is not None and random.random() < hand.merchant
    number, total = event.part if event.part and event.bought_on else (None, None)
    fields: dict[str, Any] = {
        "id": row_id,
        "pluggy_id": f"{home.number}-{row_id}",
        "account_id": account_id(home, book),
        "connection_id": account_id(home, book),
        "occurred_on": event.day,
        "description": text,
        "description_raw": text,
        "amount": brl(event.cents),
        "currency_code": "BRL",
        "type": "DEBIT" if event.cents < 0 else "CREDIT",
        "status": "POSTED",
        "category_id": (event.category or (shop.category if shop else None)) if hand.has("category") else None,
        "operation_type": event.operation,
        "payment_method": event.method,
        "same_holder": event.same_holder,
        "counterparty": event.counterparty,
        "merchant_name": shop.name.title() if shop and told else None,
        "merchant_cnpj": shop.cnpj if shop and told else None,
        "mcc": shop.mcc or None if shop and book.terms else None,
        "installment_number": number,
        "total_installments": total,
        "purchased_on": event.bought_on,
        "account_type": book.kind,
        "account_name": f"{hand.bank} {book.number}",
        "connector_name": hand.bank,
        "created_at": evening(max(event.seen_on or event.day, home.start)),
    }
    if event.foreign:
        fields |= {"foreign_currency": event.foreign[0], "foreign_amount": -Decimal(f"{event.foreign[1]:.2f}")}
    return cast("Transaction", dict.fromkeys(Transaction.__annotations__) | fields)


def evening(day: date) -> datetime:
    """21:00 in São Paulo."""
    return datetime.combine(day, time(21), SAO_PAULO).astimezone(UTC)


def write_accounts(home: Home) -> tuple[Account, ...]:
    """As they are without any day: balances and a card's days are those of a moment (``seen``)."""
    return tuple(_account(home, book) for book in home.books)


def _account(home: Home, book: Book) -> Account:
    ours = account_id(home, book)
    fields: dict[str, Any] = {
        "id": ours,
        "pluggy_id": f"account-{ours}",
        "identity": f"identity-{ours}",
        "connection_id": ours,
        "connector_name": book.hand.bank,
        "type": book.kind,
        "subtype": "CHECKING_ACCOUNT" if book.terms is None else "CREDIT_CARD",
        "name": "Conta" if book.terms is None else "Cartão",
        "number": f"****{ours:04}",
        "currency_code": "BRL",
        "balance": Decimal(0),
        "reserved_count": 0,
        "overdraft_limit": brl(home.limit) if book is home.main and book.terms is None else None,
        "credit_limit": brl(book.terms.limit) if book.terms else None,
        "synced_at": evening(home.end),
        "balance_at": evening(home.end),
        "hidden": False,
        "apart": False,
    }
    return cast("Account", dict.fromkeys(Account.__annotations__) | fields)


# --- cards ---------------------------------------------------------------------------------------------------------------


def _shown_bills(home: Home) -> list[dict[str, Any]]:
    """Closed within the time that is seen, or up to a month before it."""
    first = home.start - timedelta(days=31)
    return [bill for bill in home.bills if first <= bill["closes_on"] <= home.end]


def write_bills(home: Home) -> tuple[Bill, ...]:
    """The payments that a bill lists are those of the one before."""
    return tuple(_bill(home, place, bill) for place, bill in enumerate(_shown_bills(home), start=1))


def _bill(home: Home, place: int, bill: dict[str, Any]) -> Bill:
    total = brl(bill["cents"])
    terms = bill["card"].terms
    return {
        "id": place,
        "account_id": account_id(home, bill["card"]),
        "pluggy_id": bill["pluggy_id"],
        "due_on": bill["due_on"],
        "closes_on": bill["closes_on"] if terms.tells_closing else None,
        "total": total,
        "currency_code": "BRL",
        "minimum": (total * Decimal("0.15")).quantize(Decimal("0.01")),
        "finance_charges": [],
        "payments": [payment for payment in bill["payments"] if payment["paid_on"] <= bill["closes_on"]],
    }


def closing_days(home: Home, bills: Sequence[Bill]) -> dict[int, date]:
    """``{bill's id: the day on which it closed}``, told by its bank or not."""
    return {bill["id"]: one["closes_on"] for bill, one in zip(bills, _shown_bills(home), strict=True)}


def stamps(shown: Sequence[Event]) -> dict[int, str]:
    """``{row's id: its bill}``, of banks that say it."""
    return {
        place: event.bill_id
        for place, event in enumerate(shown, start=1)
        if event.bill_id and event.book.terms and event.book.terms.stamps
    }


def owed(home: Home, card: Book) -> dict[date, Decimal]:
    """What a bank counts as used of a card on each evening: all that was bought and not paid, instalments to come too."""
    moved: dict[date, int] = defaultdict(int)
    for event in home.lived:
        if event.book is card:
            moved[event.bought_on or event.day] -= event.cents
    day, total, found = home.begin, 0, {}
    while day <= home.end:
        total += moved[day]
        if day >= home.start:
            found[day] = brl(total)
        day += ONE_DAY
    return found
