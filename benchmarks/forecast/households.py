"""Simulated households for forecasts: balances of 24 months, with the rows and bills that make them.

``generate(seed)`` makes 50 households; every seed gives others, always the same for the same seed. The model was written
before any forecast, allowance or search for recurring flows, and knows none. It is about *balances*: what is in the
checking accounts at the end of every day, to the centavo, is the opening balance and all rows until then.

**A household** (``homes``) has 1-2 checking accounts and 0-2 cards at eight Brazilian banks, each with its own wording, and
an income of R$ 1,800-40,000 (log-normal around 5,500). It is lived for 75 days before anything is seen of it, so that bills
and instalments are under way on the first day, and 45 days beyond the last. One in six is known for 3-8 months only.

**Income** (``incomes``): 68 % are employed (paid on the fifth business day, the last one, a day of the month, or 60/40 on
the 5th and the 20th; a day early in 8 % of the months; a raise of 3.5-7.5 % a year; 15 % with commissions of ±10-20 %, 25 %
with overtime; thirteenth salary in November and December; vacation pay, which at three of ten takes the next salary's
place), 12 % get INSS, 20 % are freelancers with 1-6 Pix a month, in good and bad months, of several clients. One job in
eight is changed, one in sixteen lost (severance, unemployment insurance, another job after 3-8 months). A quarter have a
second income, one in eight a rent or an allowance.

**Agreed payments** (``fixed``): rent, condominium, power (±10-25 % with the season, ±8 % besides), water, gas, internet,
phones, school, health plan, insurance, an allowance, a tithe; loans, a financed car, a consórcio, a crediário (fixed;
«12/48» in the text of half of them; some end or begin within the window); DAS; IPTU in ten parts; IPVA in 1, 3 or 5; 2-6
subscriptions and a gym on a card (or by debit), a part of them in US$ with IOF. Each rises in its own month once a year. Who
pays automatically pays on the business day after a weekend or before; the others 0-3 days early, now and then 2-6 late. Of a
hundred payments one is left out, and two are paid before their month begins: twice in that month, none in the next. Half of
the boletos and Pix of some are listed some days before they are due.

**Cards** (``cards``): what is bought before the closing day is due 7-10 days after it; paid by debit on that day (the next
business day), a day early, or by hand; one household in eight now and then pays a part of it (the rest comes back with
interest) or late (a fine). 35 % of what is dear is in 2-12 instalments: four banks of ten list all of them at once as rows
of days to come, the others one a month. Purchases are listed 0-2 days late; 1.2 % are refunded.

**Everyday** (``everyday``): 22 kinds of shop with their weekly rhythm, log-normal amounts with a Pareto tail; what they cost
together in a usual month is what the household has left, less or more than its income by a share of its own (from 8 % too
much to 22 % saved). After payday more is bought, from the 24th on less, in December 30 % more. The level wanders by 3-7 % a
month and rises with prices (0.4 %); two in five change their life once (±15-35 %). Half spend less when money is short. Pix
to and from people (6 % scheduled, some called off), cash, a cleaner every week or two, trips (about one in two years, with
tickets before), dear things 1.6 a year, dear months 0.7, windfalls 0.35, tax returns.

**Own money** (``own_money``): 30 % set a fixed amount aside every month where there is enough, 25 % sweep what is above
their limit away within days, all draw back when it is low; who has two accounts moves pay from one to the other, known to
both banks as own money (six of ten) or to none. Below zero: interest of 8 % a month, and beyond the limit help or a loan.

**What is seen** (``seen``): on the evening of a day, every row that is listed by then; those of days to come are PENDING.

**True flows** (``TrueFlow``): what is due about once a month under one payee by agreement, the household's own monthly
setting aside among it. Cleaners, habitual shops, friends, clients without agreement, bills of cards and purchases in
instalments are none. What is regular without any agreement (moving pay between own accounts, IOF, a card's fee in parts)
counts neither way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from benchmarks.forecast.homes import Event, Home
from benchmarks.forecast.living import found_home, live
from benchmarks.forecast.workdays import ONE_DAY
from benchmarks.forecast.writing import (
    account_id,
    brl,
    closing_days,
    is_shown,
    owed,
    stamps,
    write_accounts,
    write_bills,
    write_row,
)
from open_finance.bill_records import Bill
from open_finance.records import Account, Transaction

HOUSEHOLDS = 50
MONTHS = 24


@dataclass(frozen=True, slots=True)
class TrueFlow:
    """One flow that really is there. ``kind``: as ``Kind`` has it. ``row_ids``: the oldest first; ``ended_on``: the last day
    on which something is due, None while it goes on at the end. ``counts``: see ``homes.Agreed``."""

    name: str
    kind: str
    on_card: bool
    row_ids: tuple[int, ...]
    ended_on: date | None
    counts: bool

    def goes_on(self, day: date) -> bool:
        """Whether something more is due on a day or later."""
        return self.ended_on is None or self.ended_on >= day


@dataclass(frozen=True, slots=True)
class SimulatedHousehold:
    """``accounts``: as at no day (``seen`` has them of one), checking accounts first. ``rows``: every row that is ever
    listed, by day; ``seen_on``: row id → the day on whose evening it is listed first; ``seen_until``: the last one, of rows
    that go away again and move no money. ``bills``: each is listed from the evening of ``closes`` (bill id → day) on.
    ``bill_of``: row id → its bill's Pluggy id, where the bank says it (from that evening on). ``opening``: before the first
    day. ``balances``: at the end of each day, the checking accounts together; ``each``: of every one of them, by account id.
    ``owed``: on each card by day, instalments to come among it. ``income``: BRL in a usual month."""

    number: int
    start: date
    end: date
    income: Decimal
    accounts: tuple[Account, ...]
    rows: tuple[Transaction, ...]
    seen_on: dict[int, date]
    seen_until: dict[int, date]
    bills: tuple[Bill, ...]
    closes: dict[int, date]
    bill_of: dict[int, str]
    opening: Decimal
    balances: dict[date, Decimal]
    each: dict[int, dict[date, Decimal]]
    owed: dict[int, dict[date, Decimal]]
    flows: tuple[TrueFlow, ...]


def generate(seed: int, households: int = HOUSEHOLDS, months: int = MONTHS) -> list[SimulatedHousehold]:
    """Households number 0, 1, … of a seed."""
    return [simulate(seed, number, months) for number in range(households)]


def simulate(seed: int, number: int, months: int = MONTHS) -> SimulatedHousehold:
    """One household's life, as it was and as it was seen."""
    home = found_home(seed, number, months)
    evenings = live(home)
    opening, days = evenings[home.start - ONE_DAY], {day: of for day, of in evenings.items() if day >= home.start}
    shown = sorted((event for event in home.lived if is_shown(home, event)), key=lambda e: (e.day, e.book.number))
    hand = Random(f"forecast rows {seed} {number}")
    rows = tuple(write_row(hand, home, place, event) for place, event in enumerate(shown, start=1))
    bills = write_bills(home)
    return SimulatedHousehold(
        number=number,
        start=home.start,
        end=home.end,
        income=Decimal(round(home.income)),
        accounts=write_accounts(home),
        rows=rows,
        seen_on={place: max(event.seen_on or event.day, home.start) for place, event in enumerate(shown, start=1)},
        seen_until={place: event.seen_until for place, event in enumerate(shown, start=1) if event.seen_until},
        bills=bills,
        closes=closing_days(home, bills),
        bill_of=stamps(shown),
        opening=brl(sum(opening.values())),
        balances={day: brl(sum(of.values())) for day, of in days.items()},
        each={
            account_id(home, book): {day: brl(of[book.number]) for day, of in days.items()} for book in home.checking
        },
        owed={account_id(home, card): owed(home, card) for card in home.cards},
        flows=tuple(_flows(home, shown)),
    )


def _flows(home: Home, shown: list[Event]) -> Iterator[TrueFlow]:
    """Those of which a row is seen."""
    rows: dict[int, list[int]] = defaultdict(list)
    for place, event in enumerate(shown, start=1):
        if event.flow is not None and event.is_real:
            rows[id(event.flow)].append(place)
    for flow in home.agreed:
        if found := rows.get(id(flow)):
            yield TrueFlow(flow.name, flow.kind, flow.on_card, tuple(found), flow.ended_on, flow.counts)
