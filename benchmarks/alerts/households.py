"""Simulated households: twelve months of rows as the database holds them, with seeded anomalies and honest look-alikes.

``generate(seed)`` makes 60 households; every seed gives others, always the same for the same seed. A year begins on the
first day of a month of 2025, without any history before: the first three months hold no anomaly, so that a detector has
them to learn from. The model was written before any detector, and knows none.

**A household** has 1-3 checking accounts and 1-3 cards at Brazilian banks (one in seven of the second and third ones
opens or closes within the year), an income of R$ 2,000-40,000 (log-normal around 6,000) and 10-35 rows a week. Three in
ten are night owls (three in ten of their bars, deliveries and rides are after midnight); the others never buy at night,
but see below. 35 % buy in US$ again and again, 20 % have one or two services in US$ and no more, 45 % never buy abroad
but on a trip.

**Amounts** are log-normal in each shop (sigma 0.3-0.9) with a Pareto tail (1-5 % of the purchases, up to five times as
much); prices rise by 0.4 % a month; fares and coffees have one price, which rises once. Bars, delivery and clothes are
for the end of the week, lunch and fares for working days; after payday more is bought, at the end of the month less;
before holidays more. 5-40 % of the purchases of a kind of shop are at one never seen before, and 30 % of those become
regulars.

**Look-alikes**, all honest, a household and year: payday groceries twice as dear (60 % of those between the 5th and the
9th); two equal fares (55 % of the days), coffees (6 %), vending machines (18 %), rides (1 %); one purchase split into two
equal payments (0.4); two equal Pix to a friend (2 % of the Pix); a dear Pix to somebody new (3 %); something dear at a
new shop (1.5, half in instalments); a repair, an operation or a party at 3-8 times the shop's median (0.8); one late
night of those who have none (0.3); Christmas presents at 1-4 new shops and a dear supper; Mother's Day; in January IPVA
in 1, 3 or 5 parts, IPTU, school fees and supplies; rent up by about 5 % and school by about 9 % once; in December 2.2
times as many presents, in late November twice as much online. Six in ten travel for 6-12 days (a quarter of them abroad):
everything is new there, and a hotel is dear. Of purchases above R$ 180 online, of clothes and for the house 40 % are in
2-12 instalments. Subscriptions (2-6; 30 % of them are charged in the small hours by a machine) move by up to two days;
those in US$ follow a rate that moves by 5 %. 2 % of online, clothes and delivery purchases are refunded. Salary, own
transfers, card bills, savings, IOF and fees are there.

**Rows** carry what the bank sends: a time (four banks of eight), São Paulo's midnight (two) or a plain date; Pluggy's
category (five banks); the shop's name and CNPJ (0-80 % of the rows); a name cut to 20-40 characters, with the bank's
words before it, a payment prefix, a city, a shop number, an instalment, or now and then another spelling.

**Anomalies**, 6-10 a household in months 4-12, kinds drawn evenly where the household's habits allow them; see
``seeding`` for their shapes: the same charge twice; 1.5-8 times the 95th percentile of their purchases at a new shop;
4-15 times a known shop's median; 5-15 times the category's median at a shop seen once or twice; a subscription up by 8-60
%; a foreign purchase where none was before; a purchase between 0:30 and 4:30 where none was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any, cast

from benchmarks.alerts.agreed import pay_agreed, subscribe
from benchmarks.alerts.days import is_away, plan_trip, spend, spend_on_trip
from benchmarks.alerts.events import Book, Event, Household, found_household
from benchmarks.alerts.occasions import (
    buy_dear,
    celebrate,
    january,
    live_together,
    move_money,
    odd_but_honest,
    refund,
)
from benchmarks.alerts.seeding import seed_anomalies
from benchmarks.alerts.shops import Shop
from open_finance.clock import SAO_PAULO
from open_finance.records import Transaction

HOUSEHOLDS = 60


@dataclass(frozen=True, slots=True)
class SimulatedHousehold:
    """``rows``: oldest first, over all accounts. ``labels``: row id → the kind of anomaly that it is; ``look_alikes``: row
    id → why an honest row may look odd. The rows themselves tell neither."""

    number: int
    start: date
    end: date
    rows: tuple[Transaction, ...]
    labels: dict[int, str]
    look_alikes: dict[int, str]


def generate(seed: int, households: int = HOUSEHOLDS) -> list[SimulatedHousehold]:
    """Households number 0, 1, … of a seed."""
    return [simulate(seed, number) for number in range(households)]


def simulate(seed: int, number: int) -> SimulatedHousehold:
    """One household's year."""
    home = found_household(seed, number)
    live(home)
    seed_anomalies(home)
    move_money(home)  # last: bills are paid for what was really bought
    hand = Random(f"rows {seed} {number}")
    events = sorted(home.events, key=lambda e: (e.day, e.minute or 0, e.book.number))
    rows = tuple(write(hand, number, place, event) for place, event in enumerate(events, start=1))
    labels = {row["id"]: event.label for row, event in zip(rows, events, strict=True) if event.label}
    alike = {row["id"]: event.look_alike for row, event in zip(rows, events, strict=True) if event.look_alike}
    alike = {row_id: why for row_id, why in alike.items() if row_id not in labels}
    return SimulatedHousehold(number, home.start, home.end, rows, labels, alike)


def live(home: Household) -> None:
    """A year in which nothing is wrong."""
    plan_trip(home)
    subscribe(home)
    for day in home.days():
        if is_away(home, day):
            spend_on_trip(home, day)
        else:
            spend(home, day)
        live_together(home, day)
    pay_agreed(home)
    buy_dear(home)
    january(home)
    celebrate(home)
    odd_but_honest(home)
    refund(home)


# --- as the bank writes it --------------------------------------------------------------------------------------------


def write(random: Random, household: int, row_id: int, event: Event) -> Transaction:
    """The stored row of an event."""
    book, shop = event.book, event.shop
    text = describe(random, event)
    told = shop is not None and random.random() < book.hand.merchant
    number, total = event.part or (None, None)
    fields: dict[str, Any] = {
        "id": row_id,
        "pluggy_id": f"{household}-{row_id}",
        "account_id": household * 10 + book.number,
        "connection_id": household * 10 + book.number,
        "occurred_on": event.day,
        "occurred_at": moment(event),
        "description": text,
        "description_raw": text if random.random() < 0.97 else None,
        "amount": Decimal(f"{event.amount:.2f}"),
        "currency_code": "BRL",
        "type": "DEBIT" if event.amount < 0 else "CREDIT",
        "status": "POSTED",
        "category_id": (event.category or (shop.category if shop else None)) if book.hand.has("category") else None,
        "operation_type": event.operation,
        "payment_method": event.method,
        "same_holder": event.same_holder,
        "counterparty": event.counterparty,
        "merchant_name": shop.name.title() if shop and told else None,
        "merchant_cnpj": shop.cnpj if shop and told else None,
        "mcc": shop.mcc or None if shop and book.type == "CREDIT" else None,
        "installment_number": number,
        "total_installments": total,
        "purchased_on": event.bought_on,
        "account_type": book.type,
        "account_name": f"{book.hand.bank} {book.number}",
        "connector_name": book.hand.bank,
    }
    if event.foreign:
        sign = -1 if event.amount < 0 else 1
        fields |= {"foreign_currency": event.foreign[0], "foreign_amount": sign * Decimal(f"{event.foreign[1]:.2f}")}
    return cast("Transaction", dict.fromkeys(Transaction.__annotations__) | fields)


def moment(event: Event) -> datetime | None:
    """The row's instant, São Paulo's midnight, or None, as the bank has it."""
    if event.book.hand.has("midnight"):
        return datetime.combine(event.day, time(0), SAO_PAULO).astimezone(UTC)
    if not event.book.hand.has("timed") or event.minute is None:
        return None
    local = datetime.combine(event.day, time(0), SAO_PAULO) + timedelta(minutes=event.minute, seconds=event.minute % 60)
    return local.astimezone(UTC)


def describe(random: Random, event: Event) -> str:
    """The shop's name in the bank's hand, or the bank's own words."""
    shop, book = event.shop, event.book
    if shop is None:
        return event.text
    if event.flow == "refund":
        return f'Estorno de "{shop.name.title()}"'
    if event.method == "BOLETO":
        return f"PAG BOLETO {shop.name}" if book.hand.has("upper") else f"Pagamento de boleto - {shop.name.title()}"
    name = " ".join(parts(random, shop, book))[: book.hand.width].rstrip()
    if event.part:
        name += (
            f" PARC {event.part[0]:02}/{event.part[1]:02}"
            if book.hand.has("upper")
            else f" {event.part[0]}/{event.part[1]}"
        )
    clock = f"{(event.minute or 0) // 60:02}:{(event.minute or 0) % 60:02}"
    lead = book.hand.lead.format(day=event.day, clock=clock) if book.type == "BANK" else ""
    return lead + (name.upper() if book.hand.has("upper") else name.title())


def parts(random: Random, shop: Shop, book: Book) -> Iterator[str]:
    name = shop.name + shop.number
    if random.random() < book.hand.noise:
        name = random.choice((name.replace(" ", ""), f"{name} LTDA", f"{name} {random.randrange(100, 999)}"))
    yield shop.prefix + name
    if book.hand.has("city"):
        yield f"{shop.city} BR"
