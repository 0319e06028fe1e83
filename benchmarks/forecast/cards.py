"""Cards' bills: they close, and they are paid, in full as a rule."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from benchmarks.forecast.homes import Book, Event, Home
from benchmarks.forecast.wording import word
from benchmarks.forecast.workdays import day_of, months_on, on_or_after


def close_bills(home: Home, day: date) -> None:
    """In the morning of a card's closing day: what was bought until yesterday is due on the bill's day."""
    for card in home.cards:
        assert card.terms is not None
        if day.day == card.terms.closing:
            _close(home, card, day)


def _close(home: Home, card: Book, day: date) -> None:
    terms = card.terms
    assert terms is not None
    month = day.replace(day=1) if terms.due > terms.closing else months_on(day, 1)
    due_on = day_of(month, terms.due)
    pluggy_id = f"bill-{home.number}-{card.number}-{due_on:%Y%m}"
    total = 0
    for event in reversed(home.lived):
        if event.day < day - timedelta(days=70):
            break
        if event.book is card and event.bill_id is None and event.day < day and event.category != "05100000":
            event.bill_id, total = pluggy_id, total - event.cents
    before = next((bill for bill in reversed(home.bills) if bill["card"] is card), None)
    paid = before["paid"] if before is not None else []
    home.bills.append({"card": card, "pluggy_id": pluggy_id, "due_on": due_on, "closes_on": day, "cents": total, "paid": [],
                       "payments": paid})  # fmt: skip
    if total > 0:
        _plan_payment(home, card, home.bills[-1])


def _plan_payment(home: Home, card: Book, bill: dict[str, Any]) -> None:
    random, terms = home.random, card.terms
    assert terms is not None
    due_on: date = bill["due_on"]
    if terms.pays == "auto":
        day = on_or_after(due_on)
    elif terms.pays == "early":
        day = due_on - timedelta(days=1)
    else:
        day = due_on - timedelta(days=random.choice((0, 0, 0, 1, 2, 4)))
    cents: int = bill["cents"]
    if random.random() < terms.revolves:
        day, cents = _not_in_full(home, card, due_on, cents)
    _pay(home, card, max(day, bill["closes_on"]), cents, bill)


def _not_in_full(home: Home, card: Book, due_on: date, cents: int) -> tuple[date, int]:
    """In part, and the rest comes back on the next bill with interest; or some days late, with a fine."""
    random = home.random
    if random.random() < 0.5:
        part = round(cents * random.uniform(0.15, 0.7))
        rest = cents - part
        _charge(home, card, due_on + timedelta(days=1), rest, "SALDO FATURA ANTERIOR", None)
        _charge(home, card, due_on + timedelta(days=1), round(rest * 0.13), "JUROS ROTATIVO", "16000000")
        return on_or_after(due_on), part
    days = random.randint(3, 10)
    _charge(
        home,
        card,
        due_on + timedelta(days=days),
        round(cents * (0.02 + 0.004 * days)),
        "MULTA E JUROS POR ATRASO",
        "16000000",
    )
    return on_or_after(due_on + timedelta(days=days)), cents


def _charge(home: Home, card: Book, day: date, cents: int, text: str, category: str | None) -> None:
    home.plan(
        Event(day, card, -max(cents, 1), text if card.hand.has("upper") else text.capitalize(), category=category)
    )


def _pay(home: Home, card: Book, day: date, cents: int, bill: dict[str, Any]) -> None:
    bank = home.main
    home.plan(Event(day, bank, -cents, word(bank.hand, "card bill", ""), category="05100000",
                    operation="PAGAMENTO_FATURA" if bank.hand.has("timed") else None))  # fmt: skip
    home.plan(Event(on_or_after(day), card, cents, word(card.hand, "paid", ""), category="05100000"))
    bill["paid"].append({
        "paid_on": day, "amount": Decimal(cents) / 100, "currency_code": "BRL", "kind": "FULL_PAYMENT",
        "mode": "DEBIT_ACCOUNT",
    })  # fmt: skip


def yearly_fee(home: Home) -> None:
    """One card in five has a yearly fee in twelve parts, every year again. Nobody calls it a subscription, nor is it a
    purchase: it counts neither way."""
    for card in home.cards:
        if home.random.random() < 0.2:
            flow = home.agree("ANUIDADE", "other", on_card=True, counts=False)
            first, fee = home.random.randint(1, 12), home.random.choice((1990, 2490, 3990))
            month = home.begin.replace(day=1)
            while month <= home.last:
                part = ((month.month - first) % 12 + 1, 12)
                text = f"ANUIDADE DIFERENCIADA {part[0]:02}/12"
                home.plan(Event(day_of(month, 3), card, -fee, text, category="16000000", flow=flow))
                month = months_on(month, 1)
