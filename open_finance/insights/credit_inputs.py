"""What the credit figures are worked out from, and what all of them need: whole months, sums of a month, rows as evidence.
Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final

from open_finance.insights.available_money import seen_until
from open_finance.insights.card_report import CardReport
from open_finance.insights.cards import add_months, first_of, months_between
from open_finance.insights.credit import Evidence
from open_finance.insights.outlook import Situation
from open_finance.insights.spending import Spent
from open_finance.investment_records import Investment, Loan, Pot
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.records import Account, StatementRow

#: What is usual is told from as many whole months, where they are known, and from no fewer than ``LEAST_MONTHS``.
USUAL_MONTHS: Final = 6
LEAST_MONTHS: Final = 3
#: What debts cost a month is what they cost in as many: older ones may be paid.
COST_MONTHS: Final = 3
#: A history that begins no later in a month knows that month: nobody is paid or spends every day.
_FIRST_DAYS: Final = 5
#: What was read so long before the others is read no more: nobody waits for its months.
_LEFT_BEHIND: Final = timedelta(days=60)
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class CreditInputs:
    """``situation``: rows of 25 months, accounts, cards, recurring flows. ``spent``: what of the rows counts as spent, by
    purchase. ``checking``, ``savings``: those that count and are not hidden. ``loans``: as stored, of
    the connections still read; those that ended, too. ``positions``: what is invested and counts, in BRL, each once
    (``portfolio_twins.sort_holdings``). ``pots``: caixinhas. ``brought_by``: by the account that counts, the connections
    that bring it (``portfolio_twins.connections_of_accounts``)."""

    situation: Situation
    spent: Sequence[Spent] = ()
    checking: Sequence[Account] = ()
    savings: Sequence[Account] = ()
    loans: Sequence[Loan] = ()
    positions: Sequence[Investment] = ()
    pots: Sequence[Pot] = ()
    brought_by: Mapping[int, Collection[int]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day of the report."""
        return self.situation.today

    @property
    def cards(self) -> list[CardReport]:
        """Those in BRL that are not hidden."""
        return [one for one in self.situation.cards if one.card["currency_code"] == BRL and not one.card["hidden"]]

    @property
    def accounts(self) -> dict[int, Account]:
        """By id, without hidden ones."""
        return {account["id"]: account for account in self.situation.accounts if not account["hidden"]}

    def bringing(self, account: Account) -> set[int]:
        """The connections that bring an account, its own among them."""
        return {account["connection_id"], *self.brought_by.get(account["id"], ())}

    def months(self, most: int) -> tuple[date, ...]:
        """The latest whole months of which anything is known, the oldest first."""
        known_from = self.situation.known_from
        if known_from is None or not self.accounts:
            return ()
        return whole_months(known_from, min(self.today, read_until(self.accounts.values())), most)


def read_until(accounts: Iterable[Account]) -> date:
    """The day until which all of these are known that are still read; an account is as far as any connection brings it.
    Takes one at least."""
    read: dict[int | str, date] = {}
    for account in accounts:
        key = account["id"] if account["apart"] else account["identity"]
        read[key] = max(seen_until(account), read.get(key, date.min))
    days = read.values()
    return min(day for day in days if day >= max(days) - _LEFT_BEHIND)


def whole_months(known_from: date, until: date, most: int) -> tuple[date, ...]:
    """The first days of the latest months that are known from their beginning (or nearly) and are over, the oldest first;
    ``most`` at most."""
    first = first_of(known_from) if known_from.day <= _FIRST_DAYS else add_months(first_of(known_from), 1)
    count = min(most, max(0, months_between(first, first_of(until))))
    return tuple(add_months(first_of(until), number - count) for number in range(count))


def monthly_sums(rows: Iterable[tuple[date, Decimal]], months: Sequence[date]) -> list[Decimal]:
    """What rows (day, amount) come to in each of these months; nothing in a month without any."""
    sums: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for on, amount in rows:
        sums[first_of(on)] += amount
    return [sums[month] for month in months]


def usual(sums: Sequence[Decimal]) -> Decimal:
    """The median, half up to the centavo; zero of none."""
    return round_to_centavo(Decimal(median(sums))) if sums else ZERO


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """To one decimal, half up. ``whole``: more than zero."""
    return tenth(part * 100 / whole)


def tenth(value: Decimal) -> Decimal:
    """To one decimal, half up."""
    return value.quantize(_TENTH, rounding=ROUND_HALF_UP)


def row_evidence(row: StatementRow, role: str, amount: Decimal, on: date | None = None) -> Evidence:
    """A transaction as evidence, under the bank's own words. ``on``: the day on which it counts, None for its own."""
    return Evidence("transaction", row["id"], role, amount, on or row["occurred_on"], row["description"])


def sums_by_role(evidence: Iterable[Evidence]) -> tuple[tuple[str, Decimal], ...]:
    """What the evidence of each role comes to, in the order in which roles first come."""
    sums: dict[str, Decimal] = {}
    for each in evidence:
        sums[each.role] = sums.get(each.role, ZERO) + each.amount
    return tuple(sums.items())


def account_title(account: Account) -> str:
    """What people call it: their own name for it, or its bank and the last figures. Plain text."""
    number = f" ••{account['number'][-4:]}" if account["number"] else ""
    return account["custom_name"] or f"{account['connector_name']}{number}"
