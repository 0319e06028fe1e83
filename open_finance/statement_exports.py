"""A person's statement as a file: Excel, PDF, CSV, OFX, Beancount. One session, then pure functions, then a writer.

What is in a file is what /extrato shows with the same filters, by the same functions: the same rows, the same totals.
Nothing here speaks to Pluggy. The writers and their libraries are loaded when a file is written, each by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO, Final

from open_finance.bank_codes import code_of
from open_finance.card_reports import find_bill_months
from open_finance.clock import local_day
from open_finance.errors import ExportTooLargeError, UnknownFormatError
from open_finance.insights.labels import filter_title
from open_finance.insights.row_categories import title_of
from open_finance.money import ZERO
from open_finance.reading.export_names import file_stem
from open_finance.reading.export_parts import split_by_month, split_by_year, split_in_two
from open_finance.reading.export_rows import (
    Around,
    balance_day,
    export_account,
    export_rows,
    narrowing,
    scope_title,
)
from open_finance.reading.freshness import freshness_of
from open_finance.reading.period_balances import Known, opening_and_closing
from open_finance.reading.statement_export import ExportAccount, ExportRow, StatementExport
from open_finance.reading.statements import StatementFilters
from open_finance.records import Account
from open_finance.statement_lists import ListRows, StatementList, read_rows
from open_finance.storage import statement_rows
from open_finance.storage.database import Database, Session

__all__ = [
    "FORMATS",
    "ExportAccount",
    "ExportRow",
    "FileFormat",
    "Progress",
    "StatementExport",
    "build_export",
    "file_name",
    "find_format",
    "split_by_month",
    "split_by_year",
    "write_export",
    "write_parts",
]

#: Told how many rows are written, and of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A kind of file. ``extension``: without the dot; ``title``: what people call it."""

    extension: str
    media_type: str
    title: str
    module: str
    writer: str


#: By the name that people and programs ask for.
FORMATS: Final[Mapping[str, FileFormat]] = {
    "xlsx": FileFormat(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Excel",
        "statement_sheet",
        "write_xlsx",
    ),
    "pdf": FileFormat("pdf", "application/pdf", "PDF", "statement_pdf", "write_pdf"),
    "csv": FileFormat("csv", "text/csv", "CSV", "csv_file", "write_csv"),
    "ofx": FileFormat("ofx", "application/x-ofx", "OFX", "ofx_file", "write_ofx"),
    "beancount": FileFormat("beancount", "text/plain", "Beancount", "beancount_file", "write_beancount"),
}


def build_export(database: Database, user_id: int, filters: StatementFilters, now: datetime) -> StatementExport:
    """The whole statement that /extrato shows with these filters, as it stands ``now``.

    Raises as ``reports.build_statement``: ConnectionNotFoundError when the account or bank asked for is not this person's,
    CategoryNotFoundError when the category is none of theirs.
    """
    period, today = filters.period, local_day(now)
    with database.reading() as session:
        read = read_rows(session, user_id, filters, now, with_borders=False)
        ids = [account["id"] for account in read.wanted]
        times = statement_rows.list_times(session, user_id, ids, start=period.start, end=period.end)
        bill_months = find_bill_months(session, user_id, read.rows, today)
        accounts = _accounts(session, user_id, read, today)
    found = read.decide(now, now)
    around = Around(read.history.twins, times, bill_months, _titles(found))
    return StatementExport(
        made_at=now,
        period=period,
        filters=filters,
        title=scope_title(read.scope, filters),
        only=narrowing(filters, filter_title(filters.category, read.words.names) if filters.category else ""),
        accounts=accounts,
        rows=export_rows(reversed(found.contents.lines), around, hidden=filters.account_id is not None),
        totals=found.contents.totals,
        freshness=freshness_of(found.connections, now),
        ended=freshness_of(found.ended, now),
    )


def find_format(name: str) -> FileFormat:
    """A format by its name. Raises UnknownFormatError, which names those that there are."""
    found = FORMATS.get(name.lower())
    if found is None:
        raise UnknownFormatError(name, tuple(FORMATS))
    return found


def write_export(export: StatementExport, format: str, target: BinaryIO, *, progress: Progress | None = None) -> None:  # noqa: A002 - the word for it
    """Write a file of one of ``FORMATS``. ``progress``: told now and then how many rows are done, and of how many.

    Raises UnknownFormatError; MissingExtraError where the package was installed without the extra that writes it
    (``sheets``, ``pdf``)."""
    found = find_format(format)
    module = import_module(f"open_finance.exports.{found.module}")
    getattr(module, found.writer)(export, target, progress)


def file_name(export: StatementExport, format: str) -> str:  # noqa: A002 - the word for it
    """``extrato_2026-11.xlsx``, ``extrato_2026.csv``, ``extrato_2026-11-01_a_2026-11-15.pdf``, with the account or bank
    where it is of one. Raises UnknownFormatError."""
    return f"{file_stem(export)}.{find_format(format).extension}"


def write_parts(
    export: StatementExport,
    format: str,  # noqa: A002 - the word for it
    limit_bytes: int,
    directory: Path,
    *,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the files into a directory that there is: one where that is at most ``limit_bytes`` large, else by year, then by
    month, then by rows; oldest first, each row in one of them. ``progress``: as in ``write_export``; it never goes back.

    Raises ExportTooLargeError when a file of a single row, or of none, is larger than that. Raises as ``write_export``. What
    was written is gone then."""
    job = _Job(format, limit_bytes, directory, progress, export.count)
    try:
        return job.write(export)
    except BaseException:
        job.clean_up()
        raise


class _Job:
    """An export on its way into files that are small enough."""

    def __init__(self, name: str, limit: int, directory: Path, progress: Progress | None, total: int) -> None:
        self._name, self._limit, self._directory = name, limit, directory
        self._progress, self._total = progress, total
        self._paths: set[Path] = set()
        self._done = self._told = 0

    def write(self, export: StatementExport) -> list[Path]:
        """One file, or those of its parts."""
        path = self._path(file_name(export, self._name))
        if self._fits(export, path):
            self._done += export.count
            return [path]
        path.unlink()
        self._paths.discard(path)
        ways = (split(export) for split in (split_by_year, split_by_month, split_in_two))
        parts = next((parts for parts in ways if len(parts) > 1), None)
        if parts is None:
            raise ExportTooLargeError(f"a file of {export.count} rows has more than {self._limit} bytes")
        return [path for part in parts for path in self.write(part)]

    def _fits(self, export: StatementExport, path: Path) -> bool:
        """Write it. A writer may say itself that it is too much for one file."""
        try:
            with path.open("wb") as target:
                write_export(export, self._name, target, progress=self._tell)
        except ExportTooLargeError:
            return False
        return path.stat().st_size <= self._limit

    def clean_up(self) -> None:
        """Nobody is left with a part of it."""
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        """A name of its own also for the parts of one day."""
        wanted = self._directory / name
        names = (wanted.with_stem(f"{wanted.stem}_{number}") for number in count(2))
        path = next(path for path in chain([wanted], names) if path not in self._paths)
        self._paths.add(path)
        return path

    def _tell(self, done: int, _total: int) -> None:
        """A file that turns out too large is begun anew: what was told stands."""
        if self._progress is not None:
            self._told = max(self._told, min(self._done + done, self._total))
            self._progress(self._told, self._total)


def _titles(found: StatementList) -> dict[str, str]:
    names = found.read.words.names
    categories = {line.label.category for line in found.contents.lines if line.label is not None}
    return {category: title_of(category, names) for category in categories}


# --- accounts ----------------------------------------------------------------------------------------------------------


def _accounts(session: Session, user_id: int, read: ListRows, today: date) -> tuple[ExportAccount, ...]:
    """The accounts asked for, each once."""
    twins = read.history.twins
    ids = {twins.get(account["id"], account["id"]) for account in read.wanted}
    counted = [account for account in read.history.accounts if account["id"] in ids]
    known = _known(session, user_id, read, counted, today)
    return tuple(
        export_account(
            account,
            account["bank_code"] or code_of(account["connector_name"]),
            opening_and_closing(known[account["id"]], read.filters.period) if account["id"] in known else (None, None),
            listed=account["id"] in read.history.live,
        )
        for account in counted
    )


def _known(
    session: Session, user_id: int, read: ListRows, accounts: Sequence[Account], today: date
) -> dict[int, Known]:
    """What is known of the bank accounts: of a card, rows do not tell what was owed on a day."""
    banks = {account["id"]: account for account in accounts if account["type"] == "BANK"}
    owners = {**{old: new for old, new in read.history.twins.items() if new in banks}, **{one: one for one in banks}}
    if not banks:
        return {}
    first_days = statement_rows.find_first_days(session, user_id, owners)
    until = read.history.until(first_days)
    moved: dict[int, dict[date, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    blocked: dict[int, date] = {one: account["balance_gap_on"] or date.min for one, account in banks.items()}
    for account_id, day, currency, amount in statement_rows.sum_days(
        session, user_id, list(owners), start=read.filters.period.start, end=today
    ):
        own = owners[account_id]
        if day >= until.get(account_id, date.max):
            continue
        if currency == banks[own]["currency_code"]:
            moved[own][day] += amount
        else:
            blocked[own] = max(blocked[own], day)
    first: dict[int, date] = {}
    for account_id, day in first_days.items():
        first[owners[account_id]] = min(day, first.get(owners[account_id], day))
    return {
        one: Known(account["balance"], min(balance_day(account), today), moved[one], first.get(one), blocked[one])
        for one, account in banks.items()
    }
