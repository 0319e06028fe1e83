"""Statements: which rows a person sees, in what order, and what they add up to. Pure functions over rows.

Sums follow six rules. Transfers between one's own accounts, card-bill payments and money moved into or out of
investments are shown and not summed. A card purchase counts on its day, whether or not its bill is closed. A row of
a day still to come ("agendado") is shown when the period reaches its day, and not summed until then. Other currencies
have sums of their own. The rows of an account that its person hid are shown and not summed, but where that account is
what was asked for. A pending row that the bank's listings have left out for ten days is closed: shown as not confirmed,
and not summed. What its person said is no spending is not summed either.

What a row's category is, and what it counts as, is decided elsewhere (``insights.row_categories``) and handed in as a
``Label``; without one, Pluggy's own category stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from open_finance.money import ZERO
from open_finance.reading.category_names import category_name
from open_finance.reading.statement_query import Period, fold
from open_finance.records import Account, Connection, StatementRow

PAGE_ROWS = 10
#: What was pending that long ago and was not seen since will not be settled.
CLOSED_AFTER = timedelta(days=10)

Kind = Literal["income", "outgoing", "own_transfer", "bill_payment", "investment", "not_spending"]

#: A bank's own words for paying a card bill, where Pluggy sent no category. "Fatura Vivo" is a bill of another sort.
_BILL_PAYMENT = re.compile(r"(pagamento|pagto|pgto|pag)\.? (de |da )?fatura( (do |de )?cartao\b.*)?")


class Label(NamedTuple):
    """What a row was decided to be. ``category`` and ``group``: as in ``insights.labels``. ``name``: the category's for
    people; None where nobody is sure of it."""

    category: str
    group: str
    name: str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class StatementFilters:
    """What a person asked for. ``account_id`` and ``bank_of`` (a connection whose bank is meant) are ours; at most one is
    set. ``above``, ``below``: only rows of more, of less than this, either sign. ``category``: a group's name or a category,
    as labels have it. ``text``: every word must occur, accents aside. ``since``: only what ``bank_of`` itself has brought
    from then on, without what a join brought; never together with ``above`` or ``below``."""

    period: Period
    account_id: int | None = None
    bank_of: int | None = None
    above: Decimal | None = None
    text: str = ""
    since: datetime | None = None
    below: Decimal | None = None
    category: str | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the period was asked for."""
        has_amount = self.above is not None or self.below is not None
        return bool(self.account_id or self.bank_of or has_amount or self.category or self.text or self.since)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One row as shown. ``is_scheduled``: its day is still to come. ``is_unconfirmed``: it was pending, and was closed.
    ``installment``: (2, 3) for the second of three."""

    row: StatementRow
    account: Account
    kind: Kind
    is_scheduled: bool
    is_unconfirmed: bool = False
    label: Label | None = None

    @property
    def category_name(self) -> str | None:
        """What the row's category is called; None where nobody is sure of one."""
        return plain_label(self.row).name if self.label is None else self.label.name

    @property
    def is_summed(self) -> bool:
        """Whether the row has happened, and stands."""
        return not (self.is_scheduled or self.is_unconfirmed)

    @property
    def installment(self) -> tuple[int, int] | None:
        number, total = self.row["installment_number"], self.row["total_installments"]
        return (number, total) if number and total and total > 1 else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of one currency over all pages. ``outgoing`` is negative or zero."""

    currency: str
    income: Decimal
    outgoing: Decimal


@dataclass(frozen=True, slots=True)
class StatementReport:
    """One page of a statement. ``totals``: BRL first, whether or not it has rows. ``total``: rows on all pages.

    The list stands still as of ``opened_at``: rows that came later are only counted, in ``new_rows``. ``scope``: the
    account asked for, or any account of the bank asked for; None for all of them. ``connections``: those asked for that are
    still read. ``ended``: those that were left, and of which some row is in the list, on whatever page. ``category_title``:
    what the category asked for is called.
    """

    filters: StatementFilters
    today: date
    opened_at: datetime
    scope: Account | None
    lines: tuple[StatementLine, ...]
    page: int
    pages: int
    total: int
    totals: tuple[Totals, ...]
    new_rows: int
    has_earlier: bool
    has_later: bool
    accounts: tuple[Account, ...]
    connections: tuple[Connection, ...]
    ended: tuple[Connection, ...] = ()
    category_title: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """The rows of a statement before it is cut into pages."""

    lines: tuple[StatementLine, ...]
    new_rows: int
    totals: tuple[Totals, ...]


def contents(
    rows: Iterable[StatementRow],
    accounts: Sequence[Account],
    filters: StatementFilters,
    *,
    today: date,
    opened_at: datetime,
    until: Mapping[int, date] | None = None,
    labels: Mapping[int, Label] | None = None,
) -> Contents:
    """Filter and classify the rows of a period, newest first, as they stood at ``opened_at``.

    ``until``: accounts of which only the rows before a day count, since a twin of theirs goes on from there. ``labels``: by
    our id of the row.
    """
    by_id = {account["id"]: account for account in accounts}
    words, labels = fold(filters.text).split(), labels or {}
    lines: list[StatementLine] = []
    new_rows = 0
    for row in rows:
        if (
            row["account_id"] not in by_id
            or is_superseded(row, until or {})
            or not _matches(row, labels.get(row["id"]), words, filters)
        ):
            continue
        if row["created_at"] > opened_at:
            new_rows += row["removed_at"] is None
        elif row["removed_at"] is None or row["removed_at"] > opened_at:
            lines.append(_line(row, by_id[row["account_id"]], labels.get(row["id"]), today, opened_at))
    lines.sort(key=lambda line: (line.row["occurred_on"], line.row["id"]), reverse=True)
    summed = [line for line in lines if filters.account_id is not None or not line.account["hidden"]]
    return Contents(tuple(lines), new_rows, totals(summed))


def _line(row: StatementRow, account: Account, label: Label | None, today: date, opened_at: datetime) -> StatementLine:
    return StatementLine(
        row,
        account,
        kind_of(row) if label is None else label.kind,
        is_scheduled=row["occurred_on"] > today,
        is_unconfirmed=is_unconfirmed(row["missing_since"], min(opened_at, account["synced_at"])),
        label=label,
    )


def is_unconfirmed(missing_since: datetime | None, read_at: datetime) -> bool:
    """Whether a pending row is closed, since listings have left it out for ten days. ``read_at``: the last look."""
    return missing_since is not None and read_at - missing_since >= CLOSED_AFTER


def kind_of(row: StatementRow) -> Kind:
    """What a row is for the sums. Documents compared by ``same_holder`` outweigh Pluggy's category.

    Source: Pluggy's categories ``05100000`` (card bill, both sides), ``04…`` (same person), ``03…`` (investments, of
    which ``03060000`` is what they yield).
    """
    category = row["category_id"] or ""
    operation = row["operation_type"] or ""
    if category == "05100000" or operation == "PAGAMENTO_FATURA" or (not category and _pays_a_bill(row)):
        return "bill_payment"
    if row["same_holder"] or (row["same_holder"] is None and category.startswith("04")):
        return "own_transfer"
    if (category.startswith("03") and category != "03060000") or operation == "RESGATE_APLIC_FINANCEIRA":
        return "investment"
    return "income" if row["amount"] > 0 else "outgoing"


def totals(lines: Iterable[StatementLine]) -> tuple[Totals, ...]:
    """What came in and went out, a currency each, BRL first; see the module for what counts."""
    sums: dict[str, dict[Kind, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    sums["BRL"] = defaultdict(lambda: ZERO)
    for line in lines:
        if line.kind in {"income", "outgoing"} and line.is_summed:
            sums[line.row["currency_code"]][line.kind] += line.row["amount"]
    return tuple(Totals(currency, kinds["income"], kinds["outgoing"]) for currency, kinds in sums.items())


def page_of(lines: Sequence[StatementLine], page: int) -> tuple[tuple[StatementLine, ...], int, int]:
    """``(lines of the page, its number, how many pages)``. A page beyond the end is the last one."""
    pages = max(1, -(-len(lines) // PAGE_ROWS))
    page = min(max(page, 0), pages - 1)
    return tuple(lines[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]), page, pages


def is_superseded(row: StatementRow, until: Mapping[int, date]) -> bool:
    """Whether a twin of the row's account goes on from that day, or an earlier one."""
    day = until.get(row["account_id"])
    return day is not None and row["occurred_on"] >= day


def plain_label(row: StatementRow) -> Label:
    """What Pluggy alone says of a row."""
    category = row["category_id"] or ""
    return Label(category, "", category_name(category), kind_of(row))


def _matches(row: StatementRow, label: Label | None, words: Sequence[str], filters: StatementFilters) -> bool:
    amount = abs(row["amount"])
    if filters.above is not None and amount <= filters.above:
        return False
    if filters.below is not None and amount >= filters.below:
        return False
    label = label or plain_label(row)
    if filters.category is not None and filters.category not in {label.category, label.group}:
        return False
    return not words or _has_words(row, label, words)


def _has_words(row: StatementRow, label: Label, words: Sequence[str]) -> bool:
    texts = (
        row["description"],
        row["description_raw"],
        row["merchant_name"],
        row["counterparty"],
        row["note"],
        label.name,
    )
    searched = fold(" ".join(text for text in texts if text))
    return all(word in searched for word in words)


def _pays_a_bill(row: StatementRow) -> bool:
    return _BILL_PAYMENT.fullmatch(fold(row["description"])) is not None
