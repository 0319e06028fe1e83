"""One card as its person sees it: the open bill, the closed ones, what is committed, the limit. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from open_finance.alerts.bill_payments import Settlement
from open_finance.insights.card_bills import CardBill, CardBooks, closed_bills, kind_on_card, open_bill
from open_finance.insights.card_plans import HORIZON, Commitment, Part, Plan, commitments
from open_finance.money import ZERO
from open_finance.records import Account, Connection


@dataclass(frozen=True, slots=True)
class CardLimit:
    """What a bank says of a card's limit, and nothing that it does not. ``used``: the account's balance, which through Open
    Finance counts instalments to come (reference 5.3); None where the bank owes."""

    limit: Decimal | None
    used: Decimal | None
    available: Decimal | None

    @property
    def share(self) -> int | None:
        """How much of the limit is in use, in %, half up; None where that is not known."""
        if self.limit is None or self.used is None or self.limit <= ZERO:
            return None
        return int((self.used * 100 / self.limit).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class CardReport:
    """``closed``: the latest first. ``has_bills``: the bank lists bills. ``expected``: instalments that the open bill will
    still get, as an estimate; they are not in its sums. ``committed``: the bills after the open one, the next twelve and as
    many more as something is known of. ``connections``: those that bring it, the one that counts first. ``card_count``: how
    many cards the person has."""

    card: Account
    connections: tuple[Connection, ...]
    today: date
    open: CardBill
    closed: tuple[CardBill, ...]
    plans: tuple[Plan, ...]
    expected: tuple[tuple[Plan, Part], ...]
    committed: tuple[Commitment, ...]
    limit: CardLimit
    has_bills: bool
    card_count: int = 1

    @property
    def next_twelve(self) -> tuple[Commitment, ...]:
        """The twelve bills after the open one."""
        return self.committed[:HORIZON]

    @property
    def committed_total(self) -> Decimal:
        """On the next twelve bills."""
        return sum((month.amount for month in self.next_twelve), ZERO)

    @property
    def committed_later(self) -> Decimal:
        """On the bills after these."""
        return sum((month.amount for month in self.committed[HORIZON:]), ZERO)


def card_report(
    books: CardBooks, connections: Iterable[Connection], settlement: Settlement | None = None
) -> CardReport:
    """Put a card's books together. ``settlement``: of the bill that ``card_bills.owed_of`` names."""
    after, currency = books.calendar.open_month, books.card["currency_code"]
    given = [row for row in books.rows if row["currency_code"] == currency and kind_on_card(row) != "payment"]
    expected = [(plan, part) for plan in books.plans for part in plan.to_come if part.month == after]
    return CardReport(
        card=books.card,
        connections=tuple(connections),
        today=books.calendar.today,
        open=open_bill(books),
        closed=tuple(closed_bills(books, settlement)),
        plans=books.plans,
        expected=tuple(expected),
        committed=tuple(commitments(given, books.months, books.plans, after)),
        limit=card_limit(books.card),
        has_bills=bool(books.bills),
    )


def card_limit(card: Account) -> CardLimit:
    """The limit as the bank gives it."""
    used = card["balance"]
    return CardLimit(card["credit_limit"], used if used >= ZERO else None, card["available_credit_limit"])
