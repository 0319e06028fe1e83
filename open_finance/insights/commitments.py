"""What is known to come and to go: card bills, recurring flows, and what the bank lists for days to come. Pure functions.

Each is there once. A row that is listed for a day to come replaces the recurring charge, or the payment of a bill, that
it is; a recurring charge on a card is on that card's bill; and what has come already, a little early or late, is not
expected again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from open_finance.alerts.bill_payments import bank_paid_by, code_of
from open_finance.insights.available_money import AvailableMoney, available_money
from open_finance.insights.card_dues import Charge, DueBill, due_bills
from open_finance.insights.extra_pay import says_thirteenth
from open_finance.insights.flows import Flow
from open_finance.insights.merchants import merchant_key, name_key
from open_finance.insights.outlook import Expected, Situation, Source
from open_finance.insights.recurring import Kind, Recurring, occurrences
from open_finance.insights.scheduled import Scheduled, scheduled_rows
from open_finance.insights.yearly import Yearly, find_yearly
from open_finance.money import CENTAVO, ZERO
from open_finance.records import Account, StatementRow

#: A payee known by name may be scheduled as many days off; a row known by nothing but its amount, fewer.
NAMED_WITHIN, NAMELESS_WITHIN, BILL_WITHIN = 10, 5, 15
#: What is scheduled in this relation to a flow of the same payee is that flow.
LEAST, MOST = Decimal("0.5"), Decimal(2)
#: Of wages no less, or what is usual of these: half as much is half of a thirteenth.
_LEAST_PAY: Final = Decimal("0.75")
_USUAL_DEVIATIONS: Final = 2
#: Farther than anybody asks: what replaces what must not depend on how far one looks.
BEYOND = timedelta(days=45)
FARTHEST = timedelta(days=140)
#: How a row is known to be a flow's: it is one of its rows, it has its name, it is just as much.
_OWN, _NAMED, _NAMELESS = range(3)
_TITLE = 60

_SOURCES = {
    Kind.SALARY: Source.SALARY,
    Kind.INCOME: Source.INCOME,
    Kind.RENT: Source.RENT,
    Kind.BILL: Source.FIXED,
    Kind.SUBSCRIPTION: Source.SUBSCRIPTION,
    Kind.LOAN: Source.LOAN,
    Kind.SAVING: Source.SAVING,
    Kind.OTHER: Source.FIXED,
}


@dataclass(frozen=True, slots=True)
class _Due:
    """One day of a flow. ``keys``: what its rows call the other side."""

    flow: Recurring
    on: date
    keys: frozenset[str]


def expected_lines(situation: Situation, until: date) -> tuple[Expected, ...]:
    """All that is known to move the available money from today until a day, by day and then by amount, each once.

    What leaves a hidden account, or a card that somebody else pays, is not in it; see ``available_money``. A transfer from
    one account that counts to another is nothing."""
    first = situation.today - timedelta(days=366)
    money, yearly = available_money(situation, first), find_yearly(situation)
    return tuple(known.line for known in known_money(situation, money, until, yearly))


@dataclass(frozen=True, slots=True)
class Known:
    """One line and what stands behind it: the flow or the bill that it is expected of, neither where the bank lists it."""

    line: Expected
    flow: Recurring | None = None
    bill: DueBill | None = None


def known_money(situation: Situation, money: AvailableMoney, until: date, yearly: Yearly) -> list[Known]:
    """As ``expected_lines``, where it is known already which money is available, and what comes once a year."""
    last = max(until + BEYOND, situation.today + FARTHEST)
    dues = _flow_dues(situation, money, last)
    bills = _bills(situation, money, last)
    scheduled = scheduled_rows(situation, money)
    named = _take_named(scheduled, dues)
    found = []
    for one in scheduled:
        due = named.get(one.row["id"])
        bill = _bill_paid(one, bills) if due is None else None
        if bill is not None:
            _pay(bills, bill, -one.row["amount"])
        elif due is None and (due := _flow_of(one, dues, is_named=False)) is not None:
            dues.remove(due)
        found.append(Known(_scheduled_line(one, bill, due)))
    found += [Known(_flow_line(due), flow=due.flow) for due in dues]
    found += [Known(_bill_line(bill), bill=bill) for bill in bills]
    found += [Known(line) for line in yearly.lines(last) if not money.inside.intersection(line.row_ids)]
    wanted = (known for known in found if situation.today <= known.line.on <= until)
    return sorted(wanted, key=lambda known: (known.line.on, known.line.amount, known.line.title, known.line.row_ids))


# --- recurring flows -----------------------------------------------------------------------------------------------------


def _flow_dues(situation: Situation, money: AvailableMoney, last: date) -> list[_Due]:
    """Of flows on accounts that count, without those that pay bills or stay inside."""
    flows = [
        flow
        for flow in situation.recurring
        if not flow.on_card and flow.account_id in money.checking and not _is_told_otherwise(flow, money)
    ]
    latest = {flow.row_ids[-1] for flow in flows if flow.row_ids}
    keys = {row["id"]: _keys(row) for row in situation.rows if row["id"] in latest}
    return [
        _Due(flow, on, keys.get(flow.row_ids[-1], frozenset()) if flow.row_ids else frozenset())
        for flow in flows
        for on in expected_days(flow, situation.today, last)
    ]


def expected_days(flow: Recurring, today: date, last: date) -> list[date]:
    """The days from today on which a flow is expected, and has not come."""
    return [on for on in occurrences(flow, today, last) if on > flow.last_on]


def _is_told_otherwise(flow: Recurring, money: AvailableMoney) -> bool:
    """Whether its rows pay card bills, which are lines of their own, or go to another account that counts."""
    elsewhere = sum(number in money.bill_payments or number in money.inside for number in flow.row_ids)
    return 2 * elsewhere > len(flow.row_ids)


def _keys(row: StatementRow) -> frozenset[str]:
    return frozenset({merchant_key(row), name_key(row)}) - {""}


def _flow_line(due: _Due) -> Expected:
    flow = due.flow
    return Expected(
        on=due.on,
        amount=flow.amount,
        source=_SOURCES[flow.kind],
        title=flow.title[:_TITLE],
        is_estimated=True,
        row_ids=flow.row_ids,
        account_id=flow.account_id,
        deviation=flow.deviation,
    )


# --- cards ---------------------------------------------------------------------------------------------------------------


def _bills(situation: Situation, money: AvailableMoney, last: date) -> list[DueBill]:
    charges: dict[int, list[Charge]] = defaultdict(list)
    listed = {row["id"]: row["occurred_on"] for row in situation.rows if row["occurred_on"] > situation.today}
    for flow in situation.recurring:
        report = money.cards.get(flow.account_id)
        if flow.on_card and report is not None:
            known = [listed[number] for number in flow.row_ids if number in listed]
            days = [
                on
                for on in expected_days(flow, situation.today, last)
                if all(abs((on - day).days) > NAMED_WITHIN for day in known)
            ]
            charges[report.card["id"]] += [Charge(on, -flow.amount, flow.deviation) for on in days]
    seen = min((money.seen_until(number) for number in money.checking), default=situation.today)
    return [
        bill
        for report in money.each_card
        for bill in due_bills(report, charges[report.card["id"]], situation.today, seen, last)
    ]


def _bill_line(bill: DueBill) -> Expected:
    return Expected(
        on=bill.on,
        amount=-bill.amount,
        source=Source.CARD_BILL,
        title=_bill_title(bill.card),
        is_estimated=bill.is_estimated,
        row_ids=bill.row_ids,
        account_id=bill.card["id"],
        deviation=bill.deviation,
    )


def _bill_title(card: Account) -> str:
    return f"Fatura {card['custom_name'] or card['connector_name']}"[:_TITLE].strip()


# --- what is scheduled ---------------------------------------------------------------------------------------------------


def _scheduled_line(one: Scheduled, bill: DueBill | None, due: _Due | None) -> Expected:
    """The bank's own day and amount. Money that comes keeps the name of what it is: the days until it are counted by it."""
    row = one.row
    line = Expected(one.on, row["amount"], one.source, one.title, row_ids=(row["id"],), account_id=row["account_id"])
    if bill is not None:
        return replace(line, source=Source.CARD_BILL, title=_bill_title(bill.card), account_id=bill.card["id"])
    if due is None:
        return line
    source = _SOURCES[due.flow.kind] if due.flow.is_income else one.source
    return replace(line, source=source, title=due.flow.title[:_TITLE])


def _bill_paid(one: Scheduled, bills: Sequence[DueBill]) -> DueBill | None:
    """The bill that a row pays: of just its amount, or what the bank calls a payment of one and names none, or this one."""
    if one.row["amount"] >= ZERO:
        return None
    named = bank_paid_by(one.row)
    is_payment = one.decided.flow is Flow.BILL_PAYMENT
    near = [bill for bill in bills if abs((bill.on - one.on).days) <= BILL_WITHIN]
    fitting = [
        (bill.amount != -one.row["amount"], abs((bill.on - one.on).days), place)
        for place, bill in enumerate(near)
        if bill.amount == -one.row["amount"] or (is_payment and named in {None, code_of(bill.card)})
    ]
    return near[min(fitting)[-1]] if fitting else None


def _pay(bills: list[DueBill], bill: DueBill, amount: Decimal) -> None:
    """What is left of a bill is still to be paid."""
    place = bills.index(bill)
    if bill.amount - amount > CENTAVO:
        bills[place] = replace(bill, amount=bill.amount - amount)
    else:
        del bills[place]


def _take_named(scheduled: Iterable[Scheduled], dues: list[_Due]) -> dict[int, _Due]:
    """``{row's id: the day of a flow}``: what is listed under a flow's own name is that flow, whatever else is as much."""
    found: dict[int, _Due] = {}
    for one in scheduled:
        due = _flow_of(one, dues, is_named=True)
        if due is not None:
            found[one.row["id"]] = due
            dues.remove(due)
    return found


def _flow_of(one: Scheduled, dues: Iterable[_Due], *, is_named: bool) -> _Due | None:
    """The day of a flow that a row is, the likeliest first."""
    keys = _keys(one.row)
    fitting = [
        (*rank, place, due)
        for place, due in enumerate(dues)
        if (rank := _fit(one, keys, due)) is not None and (rank[0] < _NAMELESS) == is_named
    ]
    return min(fitting, key=lambda each: each[:-1])[-1] if fitting else None


def _fit(one: Scheduled, keys: frozenset[str], due: _Due) -> tuple[int, int, int] | None:
    """How well a row goes with one day of a flow, the smaller the better; None when it is none of it."""
    amount, flow = one.row["amount"], due.flow
    apart = abs((due.on - one.on).days)
    if flow.is_income and says_thirteenth(one.row):
        return None
    if one.row["id"] in flow.row_ids:
        return (_OWN, 0, apart) if apart <= NAMED_WITHIN else None
    is_named, is_alike = bool(keys & due.keys), abs(amount - flow.amount) <= CENTAVO
    if (amount > ZERO) != flow.is_income or apart > (NAMED_WITHIN if is_named else NAMELESS_WITHIN):
        return None
    if not (is_alike or (is_named and _is_near(amount, flow))):
        return None
    return _NAMED if is_named else _NAMELESS, int(not is_alike), apart


def _is_near(amount: Decimal, flow: Recurring) -> bool:
    usual = min(_LEAST_PAY * flow.amount, flow.amount - _USUAL_DEVIATIONS * flow.deviation)
    return LEAST <= amount / flow.amount <= MOST and not (flow.is_income and amount < usual)
