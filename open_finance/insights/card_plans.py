"""Purchases in instalments, and what of them is still to come. Pure functions.

Some banks list every instalment of a purchase at once, others one a month, others some of them. No bank gives a purchase a
key, so it is put together from what its instalments have in common (quirk 9); what is not listed is an estimate, and called
one. An instalment is counted once: as listed where it is, and otherwise projected from the last one that is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from open_finance.insights.cards import (
    BillCalendar,
    BillMonth,
    add_months,
    first_of,
    is_instalment,
    months_between,
    on_day,
)
from open_finance.insights.merchants import normalise
from open_finance.money import CENTAVO, ZERO
from open_finance.records import PENDING, Transaction

#: As many bills ahead are looked at, whatever is on them.
HORIZON = 12
#: A counter that begins again is another year's fee.
WRAPS_AFTER = 12
#: A purchase day that is stamped on each instalment may move by a weekend and a holiday.
STAMPED_WITHIN = 5
#: Of so few instalments the first tells how the whole was divided.
FEW = 6
#: The centavos of the prices that shops ask.
SHOP_CENTS = frozenset({0, 90, 99})
#: What is paid ahead may cost less: as long as it is more than this part of the others, it is one of them.
DISCOUNTED = Decimal("0.5")

_COUNTER = re.compile(
    r"[\s\-–(]*\b(parcela|parc|pcl)?\.?\s*\d{1,2}\s*(/|de)\s*\d{1,2}\)?(?=\s|$)", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment. ``amount``: to be paid, positive. ``row_id``: ours, None for one that is projected."""

    number: int
    month: date
    amount: Decimal
    row_id: int | None = None

    @property
    def is_listed(self) -> bool:
        """Whether the bank lists it; otherwise it is an estimate."""
        return self.row_id is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """A purchase in ``total`` instalments. ``listed``: those that the bank lists, by number. ``to_come``: those that it does
    not list yet, as they are expected; none once the plan has ended, by a refund or by a bill that left one out."""

    title: str
    total: int
    purchased_on: date | None
    listed: tuple[Part, ...]
    to_come: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Listed and expected, by number."""
        return (*self.listed, *self.to_come)


def find_plans(
    rows: Iterable[Transaction], months: Mapping[int, BillMonth], calendar: BillCalendar
) -> tuple[Plan, ...]:
    """The purchases in instalments of a card, the oldest first. ``rows``: all of the card's that count, without
    ``find_echoes``; ``months``: their bills. The order of the rows, and how often they were read, does not matter."""
    known = list(rows)
    drafts = _draw_up([row for row in known if is_instalment(row) and row["amount"] < ZERO], months)
    refunds = [row for row in known if row["amount"] > ZERO]
    return tuple(sorted((_plan(draft, refunds, months, calendar) for draft in drafts), key=_age))


def find_echoes(rows: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    """Ids of rows (``StatementRow`` or ``Transaction``) that list once more, as pending, an instalment that is on a bill
    already: the same account, day of purchase, shop, number and amount (reference 6.6, quirk 8). Equal purchases of one day
    are told apart by how often their other instalments are listed."""
    purchases: dict[tuple[Any, ...], dict[int, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if is_instalment(row) and row["purchased_on"] is not None and row["amount"] < ZERO:
            key = row["account_id"], row["purchased_on"], row["total_installments"], normalise(row["description"])
            purchases[key][row["installment_number"]].append(row)
    return frozenset(echo for numbers in purchases.values() for echo in _echoes(list(numbers.values())))


def _echoes(numbers: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[int]:
    """``numbers``: what is listed of each instalment of one purchase, or of several equal ones."""
    billed = [[row for row in listed if row["bill_id"]] for listed in numbers]
    copies = max(len(on_bills or listed) for on_bills, listed in zip(billed, numbers, strict=True))
    for on_bills, listed in zip(billed, numbers, strict=True):
        amounts = Counter(row["amount"] for row in on_bills)
        spare = len(listed) - copies
        waiting = (row for row in listed if row["status"] == PENDING and not row["bill_id"])
        for row in sorted(waiting, key=lambda row: row["id"]):
            if spare > 0 and amounts[row["amount"]] > 0:
                amounts[row["amount"]] -= 1
                spare -= 1
                yield row["id"]


@dataclass(frozen=True, slots=True)
class CommittedLine:
    """Something on a bill that is still to open. ``number`` and ``total``: 2 of 3; None of what is no instalment.
    ``amount``: to be paid; negative = to be credited. ``is_listed``: the bank lists it, otherwise it is an estimate."""

    title: str
    number: int | None
    total: int | None
    amount: Decimal
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is committed already of the bill that is due in a month."""

    month: date
    lines: tuple[CommittedLine, ...] = ()

    @property
    def amount(self) -> Decimal:
        """Never negative: what a later bill credits is no money to spend."""
        return max(ZERO, sum((line.amount for line in self.lines), ZERO))

    @property
    def estimated(self) -> Decimal:
        """How much of it the bank does not list yet."""
        return min(self.amount, sum((line.amount for line in self.lines if not line.is_listed), ZERO))


def commitments(
    rows: Iterable[Transaction], months: Mapping[int, BillMonth], plans: Iterable[Plan], after: date
) -> list[Commitment]:
    """What is committed already on the bills due after a month, month by month without a gap, at least ``HORIZON`` of them.
    ``rows``: those of the card that count, without payments and other currencies; an instalment is there once."""
    lines: dict[date, list[CommittedLine]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["occurred_on"], row["id"])):
        month = months[row["id"]].month
        number, total = (row["installment_number"], row["total_installments"]) if is_instalment(row) else (None, None)
        lines[month].append(CommittedLine(title_of(row), number, total, -row["amount"], is_listed=True))
    for plan in plans:
        for part in plan.to_come:
            lines[part.month].append(CommittedLine(plan.title, part.number, plan.total, part.amount, is_listed=False))
    last = max([add_months(after, HORIZON), *(month for month in lines)])
    wanted = (add_months(after, number) for number in range(1, months_between(after, last) + 1))
    return [Commitment(month, tuple(lines.get(month, ()))) for month in wanted]


def title_of(row: Mapping[str, Any]) -> str:
    """The bank's words without the counter: ``LOJA EXEMPLO``."""
    return _COUNTER.sub("", row["description"]).strip(" -–") or str(row["description"])


# --- what belongs together -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    """A plan that is being put together."""

    total: int
    text: str
    start: date  # the bill of the first instalment
    rows: dict[int, Transaction] = field(default_factory=dict)

    @property
    def reference(self) -> Transaction:
        """An instalment that is neither the first nor the last, where there is one: these may absorb the rounding."""
        middle = [number for number in self.rows if 1 < number < self.total]
        return self.rows[min(middle or self.rows)]


def _draw_up(rows: Iterable[Transaction], months: Mapping[int, BillMonth]) -> list[_Draft]:
    drafts: dict[int, list[_Draft]] = defaultdict(list)
    for start, row in sorted(((_start(row, months), row) for row in rows), key=_order):
        of_length = drafts[row["total_installments"] or 0]
        best = min(filter(None, (_fit(row, start, draft, at) for at, draft in enumerate(of_length))), default=None)
        if best is None:
            of_length.append(_Draft(row["total_installments"] or 0, _text(row), start))
        draft = of_length[-1 if best is None else best[-1]]
        draft.rows[row["installment_number"] or 0] = row
    return [draft for of_length in drafts.values() for draft in of_length]


def _order(each: tuple[date, Transaction]) -> tuple[Any, ...]:
    start, row = each
    return start, row["installment_number"], row["bill_id"] is None, row["purchased_on"] or date.min, row["id"]


def _start(row: Transaction, months: Mapping[int, BillMonth]) -> date:
    """The bill that the first instalment is on when one is on each."""
    return add_months(months[row["id"]].month, 1 - (row["installment_number"] or 1))


def _fit(row: Transaction, start: date, draft: _Draft, place: int) -> tuple[int, ...] | None:
    """How well a row goes with a plan, the smaller the better, its place last; None when it is none of it."""
    if row["installment_number"] in draft.rows:
        return None
    day, apart = _day_relation(row, draft), abs(months_between(draft.start, start))
    if day is None or apart >= {"same": WRAPS_AFTER, "stamped": 2, "unknown": 1}[day]:
        return None
    is_alike = _is_of_amount(row, draft)
    is_named = _text(row) == draft.text
    if not is_alike and not (is_named and day == "same" and _is_discounted(row, draft)):
        return None
    if not is_named and not (day == "same" and not apart):
        return None
    gap = min(abs(number - (row["installment_number"] or 0)) for number in draft.rows)
    return int(not is_alike), int(not is_named), apart, int(day != "same"), gap, place


def _day_relation(row: Transaction, draft: _Draft) -> Literal["same", "stamped", "unknown"] | None:
    """One purchase has one day, which some banks move by a month with each instalment."""
    own, place = row["purchased_on"], row["installment_number"] or 0
    number = min(
        draft.rows, key=lambda each: (abs(each - place), each)
    )  # the nearest: days on which bills close change
    other = draft.rows[number]["purchased_on"]
    if own is None or other is None:
        return "unknown"
    if own == other:
        return "same"
    expected = on_day(add_months(first_of(other), place - number), other.day)
    return "stamped" if abs((own - expected).days) <= STAMPED_WITHIN else None


def _is_of_amount(row: Transaction, draft: _Draft) -> bool:
    """To the centavo; the first and the last may be as many more or less as there are instalments."""
    reference = draft.reference
    ends = {1, draft.total}
    is_end = bool({row["installment_number"], reference["installment_number"]} & ends)
    return abs(row["amount"] - reference["amount"]) <= CENTAVO * (draft.total if is_end else 1)


def _is_discounted(row: Transaction, draft: _Draft) -> bool:
    smaller, larger = sorted((-row["amount"], -draft.reference["amount"]))
    return smaller >= larger * DISCOUNTED


def _text(row: Transaction) -> str:
    return normalise(row["description"])


# --- what is to come -----------------------------------------------------------------------------------------------------


def _plan(
    draft: _Draft, refunds: Sequence[Transaction], months: Mapping[int, BillMonth], calendar: BillCalendar
) -> Plan:
    rows = sorted(draft.rows.items())
    listed = tuple(Part(number, months[row["id"]].month, -row["amount"], row["id"]) for number, row in rows)
    days = [row["purchased_on"] for _, row in rows if row["purchased_on"] is not None]
    last = rows[-1][1]
    to_come = _project(draft, listed)
    if to_come and (_was_left_out(to_come[0], calendar) or _was_taken_back(draft, listed, to_come, refunds, months)):
        to_come = ()
    return Plan(title_of(last), draft.total, min(days, default=None), listed, to_come)


def _project(draft: _Draft, listed: Sequence[Part]) -> tuple[Part, ...]:
    """What follows the last instalment that is listed, one on each bill. A gap before it is no instalment to come."""
    last, amount = listed[-1], _usual_amount(draft, listed)
    return tuple(
        Part(number, add_months(last.month, number - last.number), amount)
        for number in range(last.number + 1, draft.total + 1)
    )


def _usual_amount(draft: _Draft, listed: Sequence[Part]) -> Decimal:
    later = [part.amount for part in listed if part.number > 1]
    if later:
        return Counter(reversed(later)).most_common(1)[0][0]
    return _after_first(listed[0].amount, draft.total)


def _after_first(first: Decimal, total: int) -> Decimal:
    """The second instalment where only the first is known, which takes the centavos that do not divide (33,34 of 100,00).

    As much as the first, but where a few centavos less make the whole a price that shops ask, in whole reais or one that
    ends in 90 or 99. Not of many instalments: among them one always does."""
    if int(first * 100) % 10 == 0 or total > FEW:
        return first
    wholes = ((rest, first * total - CENTAVO * rest * (total - 1)) for rest in range(total))
    rest = next((rest for rest, whole in wholes if int(whole * 100) % 100 in SHOP_CENTS), 0)
    return first - CENTAVO * rest if first > CENTAVO * rest else first


def _was_left_out(expected: Part, calendar: BillCalendar) -> bool:
    """The next instalment should be on a bill that is complete, and is not. Without bills, a cycle may be late."""
    complete = calendar.listed_until or add_months(calendar.open_month, -2)
    return expected.month <= complete


def _was_taken_back(
    draft: _Draft,
    listed: Sequence[Part],
    to_come: Sequence[Part],
    refunds: Iterable[Transaction],
    months: Mapping[int, BillMonth],
) -> bool:
    """Whether what came back from the shop (at once, on one day, or in all) is all of it, all that was charged, or all that
    is still to come. What is charged on a later bill than the refund says that it goes on."""
    first_on = min(row["occurred_on"] for row in draft.rows.values())
    latest = max(part.month for part in listed)
    back = [
        row
        for row in refunds
        if row["occurred_on"] >= first_on and months[row["id"]].month >= latest and _text(row) == draft.text
    ]
    if not back:
        return False
    charged = sum((part.amount for part in listed), ZERO)
    coming = sum((part.amount for part in to_come), ZERO)
    of_day: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for row in back:
        of_day[row["occurred_on"]] += row["amount"]
    sums = {*(row["amount"] for row in back), *of_day.values(), sum(of_day.values(), ZERO)}
    room = CENTAVO * draft.total
    return any(abs(amount - whole) <= room for amount in sums for whole in (charged, coming, charged + coming))


def _age(plan: Plan) -> tuple[Any, ...]:
    return plan.listed[0].month, plan.purchased_on or date.min, plan.listed[0].row_id
