"""A statement as plain-text accounting: a Beancount file that loads without an error, and whose balances are the bank's.

A transfer of which both sides are in the file on the same day is one transaction; one that takes a night goes through
``Equity:Transferencias`` with a link on both sides, so that each account is right on each day. A balance is asserted
where it is known, and only where all rows of its account are in the file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import BinaryIO, Final

from open_finance.exports.beancount_names import OPENING, TRANSFERRED, CategoryNames, account_names
from open_finance.exports.settled_rows import left_out, row_key, settled_rows
from open_finance.money import BRL, round_to_centavo
from open_finance.reading.plain_text import plain_line
from open_finance.reading.statement_export import ExportRow, StatementExport, period_title, truth_lines

PROGRESS_ROWS: Final = 1000
#: A transfer or a bill's payment that takes longer than a weekend is not told by amount and day alone.
_APART: Final = timedelta(days=3)
_PAIRED: Final = frozenset({"own_transfer", "bill_payment"})
_CURRENCY: Final = re.compile(r"[A-Z][A-Z0-9]{1,22}[A-Z0-9]")


@dataclass(frozen=True, slots=True)
class _Book:
    """What each side is called. ``mates``: by our id of a row, the other side of it."""

    accounts: dict[int, str]
    categories: CategoryNames
    mates: dict[int, ExportRow]


def write_beancount(
    export: StatementExport, target: BinaryIO, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write the file (UTF-8). ``progress``: told now and then how many rows are done, and of how many."""
    rows = settled_rows(export)
    book = _open_book(export, rows)
    for line in (*_head(export), *_accounts(export, rows, book)):
        _write(target, line)
    for done, row in enumerate(rows, 1):
        for line in _transaction(row, book):
            _write(target, line)
        if progress and done % PROGRESS_ROWS == 0:
            progress(done, export.count)
    for line in _assertions(export):
        _write(target, line)
    if progress:
        progress(export.count, export.count)


def _write(target: BinaryIO, line: str) -> None:
    target.write(f"{line}\n".encode("utf-8", "replace"))


def _open_book(export: StatementExport, rows: Sequence[ExportRow]) -> _Book:
    # What was asked for by itself counts though it is hidden: then its rows are in the totals.
    counted = {row.account_id for row in rows if row.counted}
    hidden = frozenset(account.id for account in export.accounts if account.hidden and account.id not in counted)
    return _Book(account_names(export.accounts), CategoryNames(rows, hidden), pair_rows(rows))


def pair_rows(rows: Sequence[ExportRow]) -> dict[int, ExportRow]:
    """``{our id of a row: the other side}`` of transfers between accounts of the file and of card bills paid from one: both
    sides are known as such, of one amount, at most three days apart; the nearest day first, each side once."""
    waiting: dict[tuple[str, str, Decimal], list[ExportRow]] = defaultdict(list)
    for row in rows:
        if row.kind in _PAIRED and row.amount > 0:
            waiting[row.kind, row.currency, row.amount].append(row)
    near = [
        (abs(out.day - into.day), out.id, into.id, out, into)
        for out in rows
        if out.kind in _PAIRED and out.amount < 0
        for into in waiting.get((out.kind, out.currency, -out.amount), ())
        if out.account_id != into.account_id and abs(out.day - into.day) <= _APART
    ]
    mates: dict[int, ExportRow] = {}
    for *_, out, into in sorted(near, key=lambda pair: pair[:3]):
        if out.id not in mates and into.id not in mates:
            mates |= {out.id: into, into.id: out}
    return mates


# --- the head ------------------------------------------------------------------------------------------------------------


def _head(export: StatementExport) -> Iterator[str]:
    title = f"Extrato · {export.title} · {period_title(export.period)}{f' · {export.only}' if export.only else ''}"
    yield f"; {plain_line(title)}"
    for line in truth_lines(export):
        yield f"; {plain_line(line)}"
    if missing := left_out(export):
        yield f"; {missing} {'lançamento pendente ficou' if missing == 1 else 'lançamentos pendentes ficaram'} de fora."
    yield f'option "title" {_quoted(title)}'
    yield f'option "operating_currency" "{BRL}"'


def _accounts(export: StatementExport, rows: Sequence[ExportRow], book: _Book) -> Iterator[str]:
    """Every account opened on the first day, and what it held then."""
    first = min([export.period.start, *(row.day for row in rows[:1])])
    others = {_other_side(row, book) for row in rows} | {OPENING}
    yield ""
    for name in sorted({*book.accounts.values(), *others}):
        yield f"{first} open {name}"
    for account in export.accounts:
        if account.opening and not _is_narrowed(export):
            amount, currency = round_to_centavo(account.opening), _currency(account.currency)
            yield ""
            yield f'{export.period.start} * "Saldo inicial"'
            yield f"  {book.accounts[account.id]}  {amount:f} {currency}"
            yield f"  {OPENING}  {-amount:f} {currency}"


def _is_narrowed(export: StatementExport) -> bool:
    """Whether an account's rows are not all in the file."""
    filters = export.filters
    return bool(
        filters.text or filters.category or filters.since or filters.above is not None or filters.below is not None
    )


def _assertions(export: StatementExport) -> Iterator[str]:
    """What each account holds as the period ends. Nothing where its rows alone do not lead there."""
    if _is_narrowed(export):
        return
    names = account_names(export.accounts)
    yield ""
    for account in export.accounts:
        if account.closing is not None and account.opening is not None:
            # Without a tolerance of its own, a centavo's difference would be none to Beancount.
            held = f"{round_to_centavo(account.closing):f} ~ 0.001 {_currency(account.currency)}"
            yield f"{export.period.end + timedelta(days=1)} balance {names[account.id]}  {held}"


# --- transactions --------------------------------------------------------------------------------------------------------


def _transaction(row: ExportRow, book: _Book) -> Iterator[str]:
    """A row, or both sides of a transfer at the first one of its rows."""
    mate = book.mates.get(row.id)
    is_one = mate is not None and mate.day == row.day
    if is_one and mate is not None and row.amount > 0:
        return  # written with the side that money left
    yield ""
    link = f" ^t{row_key(min(row, mate, key=lambda one: one.id))}" if mate is not None else ""
    yield f"{row.day} * {_words(row)}{link}"
    yield from _details(row)
    yield from _posting(row, book)
    if is_one and mate is not None:
        yield from _posting(mate, book)
    else:
        yield f"  {_other_side(row, book)}  {-round_to_centavo(row.amount):f} {_currency(row.currency)}"


def _other_side(row: ExportRow, book: _Book) -> str:
    return TRANSFERRED if row.id in book.mates else book.categories.of(row)


def _words(row: ExportRow) -> str:
    payee = plain_line(row.merchant or row.counterparty)
    narration = _quoted(row.description)
    return f"{_quoted(payee)} {narration}" if payee and payee != plain_line(row.description) else narration


def _details(row: ExportRow) -> Iterator[str]:
    if row.foreign_amount is not None and row.foreign_currency:
        yield f"  valor-original: {round_to_centavo(abs(row.foreign_amount)):f} {_currency(row.foreign_currency)}"
    if row.instalment:
        yield f'  parcela: "{row.instalment[0]}/{row.instalment[1]}"'
    if row.bill_month:
        yield f'  fatura: "{row.bill_month:%Y-%m}"'
    if row.note:
        yield f"  nota: {_quoted(row.note)}"


def _posting(row: ExportRow, book: _Book) -> Iterator[str]:
    yield f"  {book.accounts[row.account_id]}  {round_to_centavo(row.amount):f} {_currency(row.currency)}"
    yield f'    fitid: "{row_key(row)}"'


def _quoted(text: str) -> str:
    """One line that ends where it is to end."""
    return '"' + plain_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _currency(code: str) -> str:
    """What Beancount takes for a currency."""
    return code if _CURRENCY.fullmatch(code) else "XXX"
