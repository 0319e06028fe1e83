"""Recurring flows: what a person earns and owes again and again, found in their rows. Pure functions.

A flow is one payer or payee, one direction and one plateau of amounts, once a month, in at least three different
months. A day that falls on a weekend or a holiday moves to a business day, and an amount may move a little: neither
ends a flow.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import mean, median
from typing import Final

from open_finance.clock import local_day
from open_finance.folding import fold
from open_finance.insights.business_days import next_business_day
from open_finance.insights.cards import add_months
from open_finance.insights.merchant_rules import TITLE_LIMIT, title_of_merchant
from open_finance.insights.merchants import name_key
from open_finance.insights.recurring_chains import LEAST, Chain, Charge, all_but, find_chains
from open_finance.insights.recurring_days import DayRule
from open_finance.insights.recurring_prices import LATEST
from open_finance.insights.recurring_records import Kind, PriceChange, Recurring
from open_finance.insights.recurring_rows import find_payees, part_of
from open_finance.insights.recurring_vacations import AHEAD, paid_ahead, vacation_pay
from open_finance.insights.recurring_weighing import THRESHOLD, Weighed, weigh
from open_finance.insights.row_categories import RowCategory
from open_finance.money import CENTAVO, ZERO, round_to_centavo
from open_finance.reading.balances import is_card
from open_finance.records import Account, StatementRow

__all__ = ["Kind", "PriceChange", "Recurring", "find_recurring", "occurrences"]

KEY_LIMIT: Final = 240
#: Towns want the year's tax on houses in some ten parts, from January or February on; it rests at the end of the year.
_IPTU, _IPTU_RESTS = re.compile(r"\biptu\b"), (12, 1)
_NAME_GOES_ON: Final = re.compile(r"( [^\W\d_]{2,}){1,2}")
#: So many of the latest tell how far single ones lie from what is usual, and whether some are left out.
_LOOK_BACK: Final = 6
#: Whatever comes later than that many days, and twice what is usual of it, does not come.
_GRACE, _LONGEST_GRACE = 5, 12
#: A row of a day to come is the next one when it lies that near to what is expected.
_NEAR_DAYS, _NEAR_RATIO = 8, 0.5


def find_recurring(
    rows: Sequence[StatementRow], decided: Sequence[RowCategory], accounts: Iterable[Account], today: date
) -> tuple[Recurring, ...]:
    """All recurring flows, those that have ended too; what comes in first, then by amount, the most first.

    ``rows``: each movement once, past and to come, of all the person's accounts; ``decided``: what each of them is. The
    order of the rows does not matter. An account that was last read earlier is judged by that day.
    """
    by_id = {account["id"]: account for account in accounts}
    payees = find_payees(rows, decided, by_id)
    vacations = vacation_pay(rows, today)
    drafts = [draft for payee in payees for draft in _drafts(payee, decided, by_id, today, vacations)]
    flows = [_flow(draft, key, by_id, today) for draft, key in _named(drafts)]
    return tuple(sorted(flows, key=lambda flow: (not flow.is_income, -abs(flow.amount), flow.key)))


def occurrences(flow: Recurring, start: date, end: date) -> list[date]:
    """The days of a closed interval on which it is expected, from ``next_on`` on, one for each month; none once it has
    ended, and no more than the parts that are left."""
    return [day for day in _expected(flow, end) if start <= day <= end]


def _expected(flow: Recurring, end: date) -> Iterator[date]:
    if flow.next_on is None:
        return
    rule = flow.rule or DayRule("day", flow.day)
    day, month, left = flow.next_on, rule.month_of(flow.next_on), flow.parts_left
    while day <= end and left != 0:
        yield day
        month = rule.month_after(month)
        day, left = rule.day_in(month), None if left is None else left - 1


# --- drafts -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """``parts``: number and total of the latest charge, where the texts count them. ``to_come``: what the bank lists of it
    for days to come. ``ahead``: when wages may have been paid ahead, with a vacation."""

    weighed: Weighed
    to_come: tuple[Charge, ...]
    parts: tuple[int, int] | None
    ahead: tuple[date, ...] = ()

    @property
    def charges(self) -> tuple[Charge, ...]:
        return self.weighed.chain.charges


def _drafts(
    payee: Sequence[Charge],
    decided: Sequence[RowCategory],
    accounts: Mapping[int, Account],
    today: date,
    vacations: Sequence[StatementRow],
) -> Iterator[_Draft]:
    past = [charge for charge in sorted(payee) if charge.on <= today]
    to_come = all_but(past, sorted(payee))
    likely = max((_likely(chains, decided, accounts) for chains in find_chains(past)), key=_sum, default=[])
    others = all_but((charge for one in likely for charge in one.chain.charges), past)
    for weighed in (one.beside(others) for one in likely):
        parts = _parts(weighed.chain.charges)
        if weighed.confidence >= THRESHOLD and not (parts and _on_card(weighed.chain.charges[-1], accounts)):
            own = _take_next(weighed, to_come)
            to_come = all_but(own, to_come)
            yield _Draft(weighed, own, parts, paid_ahead(weighed, likely, past, vacations))


def _likely(chains: Iterable[Chain], decided: Sequence[RowCategory], accounts: Mapping[int, Account]) -> list[Weighed]:
    weighed = (weigh(chain, decided, on_card=_on_card(chain.charges[-1], accounts)) for chain in chains)
    return [one for one in weighed if one is not None]


def _sum(likely: Iterable[Weighed]) -> float:
    return sum(one.confidence for one in likely)


def _on_card(charge: Charge, accounts: Mapping[int, Account]) -> bool:
    return is_card(accounts[charge.row["account_id"]])


def _take_next(weighed: Weighed, to_come: Sequence[Charge]) -> tuple[Charge, ...]:
    """What is listed for days to come of a chain, one a month."""
    rule, last = weighed.rule, weighed.chain.charges[-1]
    month, taken = _month_of_last(weighed), []
    for charge in to_come:
        own = rule.month_of(charge.on)
        if own > month and rule.distance(charge.on) <= _NEAR_DAYS and abs(charge.log - last.log) <= _NEAR_RATIO:
            taken.append(charge)
            month = own
    return tuple(taken)


def _parts(charges: Sequence[Charge]) -> tuple[int, int] | None:
    """Number and total of the latest charge, where two charges count on: 11/48, 12/48."""
    counted = [(charge, part) for charge in charges if (part := part_of(charge.row)) is not None]
    if len(counted) < 2:
        return None
    (before, (low, total)), (latest, (high, same)) = counted[-2], counted[-1]
    months = round((latest.day - before.day) / 30.437)
    return (high, same) if total == same and 1 <= high - low <= months + 1 and latest is charges[-1] else None


# --- names ------------------------------------------------------------------------------------------------------------


def _named(drafts: Sequence[_Draft]) -> Iterator[tuple[_Draft, str]]:
    """Each with its key: direction and the payee as its oldest row names them. Of several of one name the one that came
    three times first has that name alone, the others their first day and amount with it: neither ever changes."""
    alike: dict[str, list[_Draft]] = defaultdict(list)
    for draft in drafts:
        row = draft.charges[0].row
        direction = "in" if row["amount"] > 0 else "out"
        alike[f"{direction} {name_key(row)}"[: KEY_LIMIT - 40]].append(draft)
    for key, same in alike.items():
        same.sort(key=_age)
        yield same[0], key
        told: Counter[str] = Counter()
        for draft in same[1:]:
            first = draft.charges[0]
            own = f"{key} {first.on.isoformat()} {abs(first.row['amount'])}"
            told[own] += 1
            yield draft, own if told[own] == 1 else f"{own} {told[own]}"


def _age(draft: _Draft) -> tuple[int, int, Decimal, int]:
    """When it could first be found, then when it began; of two that are alike in all that, by their rows."""
    first = draft.charges[0]
    return draft.charges[LEAST - 1].day, first.day, first.row["amount"], first.id


# --- flows ------------------------------------------------------------------------------------------------------------


def _flow(draft: _Draft, key: str, accounts: Mapping[int, Account], today: date) -> Recurring:
    weighed, charges = draft.weighed, draft.charges
    last = charges[-1]
    amount, deviation = _amount(weighed)
    if draft.to_come:
        amount = draft.to_come[0].row["amount"]
    left = None if draft.parts is None else max(draft.parts[1] - draft.parts[0], 0)
    return Recurring(
        key=key,
        kind=Kind.LOAN if left is not None and weighed.reading.kind is Kind.OTHER else weighed.reading.kind,
        title=_title(last.row),
        account_id=last.row["account_id"],
        on_card=_on_card(last, accounts),
        amount=amount,
        deviation=deviation,
        day=_due_day(weighed),
        first_on=charges[0].on,
        last_on=last.on,
        next_on=None if left == 0 else _next_on(draft, accounts[last.row["account_id"]], today),
        confidence=weighed.confidence,
        row_ids=tuple(charge.id for charge in (*charges, *draft.to_come)),
        changes=_changes(weighed),
        parts_left=left,
        rule=_rule(weighed),
    )


def _title(row: StatementRow) -> str:
    """Who is paid, as the latest row has it. A bank account's text may end with what the name was shortened by: the names
    of towns are names of payees, too."""
    title = title_of_merchant(row, name_key(row))
    text = " ".join(row["description"].split())
    begins = text.casefold().find(title.casefold())
    if row["merchant_name"] or row["counterparty"] or begins < 0:
        return title
    rest = text[begins + len(title) :]
    written = title + (rest.title() if title == title.title() and rest.isupper() else rest)
    return written[:TITLE_LIMIT].strip() if _NAME_GOES_ON.fullmatch(rest) else title


def _due_day(weighed: Weighed) -> int:
    if weighed.rule.anchor == "day":
        return weighed.rule.number
    return int(median(charge.on.day for charge in weighed.chain.charges[-_LOOK_BACK:]))


def _amount(weighed: Weighed) -> tuple[Decimal, Decimal]:
    """What the next one is expected to be, and how far single ones lie from it. A price in another currency is what it
    costs at the latest rate."""
    own = weighed.chain.charges[weighed.plateaus[-1].start :][-_LOOK_BACK:]
    amounts = [charge.row["amount"] for charge in own]
    middle = round_to_centavo(Decimal(median(amounts[-LATEST:])))
    if own[-1].row["foreign_amount"] and own[-1].row["foreign_currency"] != own[-1].row["currency_code"]:
        prices = [abs(charge.row["foreign_amount"] or ZERO) for charge in own]
        if all(prices) and median(prices):
            middle = round_to_centavo(amounts[-1] / prices[-1] * Decimal(median(prices)))
    return middle, round_to_centavo(Decimal(mean(abs(amount - middle) for amount in amounts)))


def _changes(weighed: Weighed) -> tuple[PriceChange, ...]:
    charges, found = weighed.chain.charges, []
    levels = [_level(charges[each.start : each.end]) for each in weighed.plateaus]
    for plateau, before, after in zip(weighed.plateaus[1:], levels, levels[1:], strict=False):
        if abs(after - before) >= CENTAVO:
            found.append(PriceChange(charges[plateau.start].on, before, after))
    return tuple(found)


def _level(charges: Sequence[Charge]) -> Decimal:
    return round_to_centavo(Decimal(median(abs(charge.row["amount"]) for charge in charges)))


# --- the next one -----------------------------------------------------------------------------------------------------


def _next_on(draft: _Draft, account: Account, today: date) -> date | None:
    if draft.to_come:
        return draft.to_come[0].on
    weighed = draft.weighed
    rule, read_on = _rule(weighed), min(today, local_day(account["balance_at"] or account["synced_at"]))
    grace = timedelta(days=min(_GRACE + round(2 * weighed.strays), _LONGEST_GRACE))
    misses = 0 if rule.rests else _misses(weighed.chain)
    month = rule.month_after(_month_of_last(weighed))
    if any(timedelta(0) < rule.day_in(month) - on <= AHEAD for on in draft.ahead):
        misses = max(misses, 1)
    while (latest := next_business_day(rule.day_in(month) + grace)) < today:
        if latest < read_on:
            misses -= 1
        if misses < 0:
            return None
        month = rule.month_after(month)
    due = rule.day_in(month)
    if due >= today:
        return due
    return today if is_card(account) or rule.shift == "none" else next_business_day(today)


def _misses(chain: Chain) -> int:
    """How many in a row it has left out lately; a long pause was an end and another beginning."""
    return max((step for step in chain.steps[-_LOOK_BACK:] if step <= LEAST), default=1) - 1


def _rule(weighed: Weighed) -> DayRule:
    """The rule with the months in which nothing is due."""
    charges = weighed.chain.charges
    if not _IPTU.search(fold(charges[-1].row["description"])):
        return weighed.rule
    paid = {weighed.rule.month_of(charge.on).month for charge in charges}
    return replace(weighed.rule, rests=tuple(month for month in _IPTU_RESTS if month not in paid))


def _month_of_last(weighed: Weighed) -> date:
    """For which month the latest one was: of two that lie nearest to the same turn, the later one is for the next."""
    before, last = (weighed.rule.month_of(charge.on) for charge in weighed.chain.charges[-2:])
    return max(last, add_months(before, 1))
