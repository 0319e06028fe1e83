"""What a card owed on the days before it was first read, worked out from its rows. Pure functions.

What a card owes through Open Finance is what is used of its limit: a purchase in instalments is owed whole from its first
day (reference 5.3), and none of its instalments owes anything more. Where a bank may mean something else, or a bill's rows
are not what the bank charged, nothing is worked out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from open_finance.insights.card_bills import CardBooks, closed_bills
from open_finance.insights.card_plans import Plan, title_of
from open_finance.insights.cards import add_months, is_instalment
from open_finance.money import ZERO
from open_finance.records import Transaction


@dataclass(frozen=True, slots=True)
class CardPast:
    """``moves``: what each day did to what is owed (money out negative, so that owing more is less). ``reach``: the first
    day that the rows explain; ``blocked``: the day before which they do not, whatever they are."""

    moves: Mapping[date, Decimal]
    reach: date
    blocked: date


def card_past(books: CardBooks, seen_on: date, *, counts_instalments: bool) -> CardPast:
    """The past of a card whose balance is known of ``seen_on``. ``counts_instalments``: its balance holds what is still to
    be billed."""
    rows = {row["id"]: row for row in books.rows if row["currency_code"] == books.card["currency_code"]}
    doubts = [date.min]
    moves: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for row in rows.values():
        if not is_instalment(row):
            moves[row["occurred_on"]] += row["amount"]
        elif row["amount"] > ZERO:  # taken back, of a purchase that was owed whole: nobody says how
            doubts.append(row["occurred_on"])
    for plan in books.plans:
        bought_on = _bought_on(plan, rows)
        if bought_on is not None:
            moves[bought_on] -= _whole(plan)
        doubts += _doubts(plan, rows, seen_on) if counts_instalments else [seen_on]
    doubts += [row["occurred_on"] for row in books.rows if row["id"] not in rows]  # other currencies
    reach, unexplained = _explained_from(books)
    return CardPast(moves, reach, max(day for day in (*doubts, unexplained) if day <= seen_on))


def _bought_on(plan: Plan, rows: Mapping[int, Transaction]) -> date | None:
    """The day of a purchase; None where it was before all that is known."""
    first = plan.listed[0]
    if plan.purchased_on is not None:
        return plan.purchased_on
    row = None if first.row_id is None or first.number > 1 else rows.get(first.row_id)
    return None if row is None else row["occurred_on"]


def _whole(plan: Plan) -> Decimal:
    """What a purchase costs: its instalments, those before the first that is listed at the price of the others."""
    missing = plan.total - len(plan.parts)
    return sum((part.amount for part in plan.parts), ZERO) + missing * plan.listed[-1].amount


def _doubts(plan: Plan, rows: Mapping[int, Transaction], seen_on: date) -> Iterator[date]:
    """The days on which it is not known what a purchase did to the debt: it ended before its last instalment."""
    if plan.parts[-1].number == plan.total:
        return
    own = {part.row_id for part in plan.listed}
    for row in rows.values():
        if row["occurred_on"] <= seen_on and (row["id"] in own or title_of(row) == plan.title):
            yield row["occurred_on"]


def _explained_from(books: CardBooks) -> tuple[date, date]:
    """From when on each bill's rows are what the bank charged; and the day before which that is known to be otherwise."""
    calendar = books.calendar
    reach = calendar.cycle(add_months(calendar.open_month, -1)).closes_on
    for bill in closed_bills(books):
        if bill.difference or bill.charged:
            return reach, bill.cycle.closes_on
        if not bill.is_complete:
            break
        reach = calendar.cycle(add_months(bill.month, -1)).closes_on
    first_on = min((row["occurred_on"] for row in books.rows), default=date.max)
    return max(reach, first_on), date.min
