"""The read side: one session, then a pure function, then a frozen result. Nothing here speaks to Pluggy.

Every function is for one person; an id that is not theirs is answered as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from open_finance.clock import Clock, SystemClock, local_day
from open_finance.config import Settings
from open_finance.connecting.banks import canonical
from open_finance.errors import ConnectionNotFoundError
from open_finance.holding_days import read_balance
from open_finance.insights.labels import filter_title, find_by_name
from open_finance.insights.row_categories import title_of
from open_finance.personal_words import load_words
from open_finance.reading.balances import (
    BalanceReport,
    BankAccounts,
    bank_accounts,
    counted_accounts,
    total_balance,
)
from open_finance.reading.freshness import Freshness, freshness_of
from open_finance.reading.statement_categories import CategorySum, GroupSum, sum_by_category
from open_finance.reading.statement_query import DEFAULT_DAYS, Period, last_days, parse_query
from open_finance.reading.statements import (
    PAGE_ROWS,
    Contents,
    StatementFilters,
    StatementLine,
    StatementReport,
    Totals,
    page_of,
)
from open_finance.records import Account, Connection, Transaction
from open_finance.statement_exports import StatementExport, build_export, file_name, find_format, write_export
from open_finance.statement_lists import StatementList, read_history, read_rows
from open_finance.storage import ledger, repository, statement_rows, transaction_rows
from open_finance.storage.database import Database, open_database

if TYPE_CHECKING:
    from open_finance.spending_reports import SpendingReport

__all__ = [
    "BalanceReport",
    "BankAccounts",
    "CategorySum",
    "ConnectionSize",
    "Freshness",
    "GroupSum",
    "Period",
    "QueryAnswer",
    "Reports",
    "ReturnSize",
    "StatementExport",
    "StatementFilters",
    "StatementLine",
    "StatementReport",
    "Totals",
    "build_accounts",
    "build_balance",
    "build_statement",
    "count_new_rows",
    "freshness_of",
    "get_total_balance",
    "list_kept_histories",
    "list_statement_accounts",
    "list_statement_categories",
    "list_statement_lines",
    "list_transactions",
    "measure_connection",
    "measure_return",
    "read_query",
    "total_balance",
]


@dataclass(frozen=True, slots=True)
class ConnectionSize:
    """How much a connection brought: what a person loses who erases it. ``first_on``: the day of the oldest row.
    ``number``: the last digits of its first account."""

    connection: Connection
    accounts: int
    transactions: int
    first_on: date | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class ReturnSize:
    """What a connection has after it came back: rows that were there before and stand (``kept``), rows that came since
    (``new``, of the days from ``first_new_on`` to ``last_new_on``), how many of the new are copies of kept ones
    (``repeated``), and how many that were there before its bank has withdrawn since (``withdrawn``)."""

    kept: int
    new: int
    repeated: int
    first_new_on: date | None = None
    withdrawn: int = 0
    last_new_on: date | None = None


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """A person's words as filters. ``unclear``: the word that looks like a day and is none. ``words``: what names the
    category that is asked for, to be looked for as text where nothing is of it."""

    filters: StatementFilters
    unclear: str | None = None
    words: str = ""


class Reports:
    """What a person has and what happened, to be shown or taken along: the local rows only, Pluggy is not asked.

    from open_finance.reports import Reports
    Reports().export(user_id=123456789, format="xlsx", path="extrato.xlsx")
    """

    def __init__(
        self, database: Database | None = None, *, settings: Settings | None = None, clock: Clock | None = None
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def balance(self, user_id: int) -> BalanceReport:
        """What the person has, owes and keeps, from what was last read."""
        return build_balance(self._database, user_id, self._clock.now())

    def statement(
        self, user_id: int, start: date | None = None, end: date | None = None, account_id: int | None = None
    ) -> StatementExport:
        """All rows of these days, both included, with their totals, on one page: as /extrato shows and counts them.

        Without ``end`` until today, without ``start`` the 30 days until ``end``; of one account, or of all. Raises
        ValueError when the days are the wrong way round, ConnectionNotFoundError when the account is not this person's.
        """
        now = self._clock.now()
        end = end or local_day(now)
        period = Period(start or last_days(DEFAULT_DAYS, end).start, end)
        if period.start > period.end:
            raise ValueError(f"start ({period.start}) must not be after end ({period.end})")
        return build_export(self._database, user_id, StatementFilters(period, account_id), now)

    def export(
        self,
        user_id: int,
        format: str = "xlsx",  # noqa: A002 - the word for it
        start: date | None = None,
        end: date | None = None,
        account_id: int | None = None,
        path: str | PathLike[str] | None = None,
    ) -> bytes | Path:
        """As ``statement``, as a file: the bytes of it, or where it was written. ``format``: ``xlsx``, ``pdf``, ``csv``,
        ``ofx`` or ``beancount``. ``path``: a file, or a folder, in which it has the name of ``statement_exports.file_name``.

        Raises as ``statement``; UnknownFormatError; MissingExtraError without the extra that writes it (``sheets``,
        ``pdf``); OSError when the file cannot be written.
        """
        find_format(format)
        found = self.statement(user_id, start, end, account_id)
        if path is None:
            written = BytesIO()
            write_export(found, format, written)
            return written.getvalue()
        target = Path(path)
        target = target / file_name(found, format) if target.is_dir() else target
        half = target.with_name(f"{target.name}.parte")
        try:
            with half.open("wb") as file:
                write_export(found, format, file)
            return half.replace(target)
        finally:
            half.unlink(missing_ok=True)

    def spending(self, user_id: int, month: date | None = None) -> SpendingReport:
        """What a month cost by group, as /gastos counts it, and what is usual. ``month``: any day of it, None for this
        one."""
        from open_finance.spending_reports import build_spending

        return build_spending(self._database, user_id, self._clock.now(), month=month, by="group")


def build_balance(database: Database, user_id: int, now: datetime) -> BalanceReport:
    """What the person has, owes and keeps, from what was last read."""
    with database.reading() as session:
        return read_balance(session, user_id, now)


def build_accounts(database: Database, user_id: int, now: datetime) -> tuple[BankAccounts, ...]:
    """The person's connections with their accounts, oldest connection first."""
    accounts, connections = _read(database, user_id)
    return bank_accounts(accounts, connections, now)


def get_total_balance(database: Database, user_id: int) -> Decimal:
    """BRL in checking and savings accounts, each account once whatever the number of connections that bring it."""
    accounts, connections = _read(database, user_id)
    return total_balance(accounts, connections)


def read_query(database: Database, user_id: int, words: str, today: date) -> QueryAnswer:
    """Read what was typed after /extrato against the banks this person has: a group's or a category's name asks for it,
    any other text is looked for."""
    accounts = list_statement_accounts(database, user_id)
    names = dict.fromkeys(account["connector_name"] for account in accounts)
    query = parse_query(words, today, names, canonical)
    bank_of = next((a["connection_id"] for a in accounts if a["connector_name"] == query.bank), None)
    with database.reading() as session:
        category = find_by_name(query.text, load_words(session, user_id).names) if query.text else None
    filters = StatementFilters(
        query.period,
        bank_of=bank_of,
        above=query.above,
        below=query.below,
        category=category,
        text="" if category else query.text,
    )
    return QueryAnswer(filters, query.unclear, query.text if category else "")


def list_statement_accounts(database: Database, user_id: int) -> list[Account]:
    """The accounts one may ask a statement of, each once; those of a disconnected bank whose history was kept as well."""
    with database.reading() as session:
        history = read_history(session, user_id)
    return counted_accounts(history.accounts, history.connections, history.live)


def build_statement(
    database: Database,
    user_id: int,
    filters: StatementFilters,
    now: datetime,
    *,
    page: int = 0,
    opened_at: datetime | None = None,
    row_id: int | None = None,
) -> StatementReport:
    """One page of the person's rows. ``opened_at``: when the list was first shown, None for now. ``row_id``: the page that
    holds this row, if any does, instead of ``page``.

    Raises ConnectionNotFoundError when the account or bank asked for is not this person's, CategoryNotFoundError when the
    category is none of theirs.
    """
    opened_at = opened_at or now
    found = _read_list(database, user_id, filters, now, opened_at)
    read, lines = found.read, found.contents.lines
    if row_id is not None:
        page = next((index // PAGE_ROWS for index, line in enumerate(lines) if line.row["id"] == row_id), page)
    shown_lines, page, pages = page_of(lines, page)
    return StatementReport(
        filters=_settled(filters, read.scope),
        today=local_day(now),
        opened_at=opened_at,
        scope=read.scope,
        lines=shown_lines,
        page=page,
        pages=pages,
        total=len(lines),
        totals=found.contents.totals,
        new_rows=found.contents.new_rows,
        has_earlier=read.has_earlier,
        has_later=read.has_later,
        accounts=tuple(found.accounts),
        connections=found.connections,
        ended=found.ended,
        category_title="" if filters.category is None else filter_title(filters.category, read.words.names),
    )


def list_statement_categories(
    database: Database, user_id: int, filters: StatementFilters, now: datetime, *, opened_at: datetime | None = None
) -> tuple[GroupSum, ...]:
    """What the rows of a list add up to by group and category, whatever category it asks for. Raises as
    ``build_statement``."""
    found = _read_list(database, user_id, replace(filters, category=None), now, opened_at or now)
    lines = found.contents.lines
    categories = {line.label.category for line in lines if line.label is not None}
    titles = {category: title_of(category, found.read.words.names) for category in categories}
    return sum_by_category(lines, titles, hidden=filters.account_id is not None)


def list_statement_lines(database: Database, user_id: int, period: Period, now: datetime) -> Contents:
    """All the rows of a period on all accounts with what they add up to, as the pages of ``build_statement`` show them."""
    return _read_list(database, user_id, StatementFilters(period), now, now).contents


def list_transactions(database: Database, user_id: int, period: Period) -> list[Transaction]:
    """The person's transactions of a period, newest first, as a statement counts them: an account that two connections
    bring once, and the history kept of a disconnected bank as well."""
    with database.reading() as session:
        history = read_history(session, user_id)
        first_days = statement_rows.find_first_days(session, user_id, history.followers(history.better))
        found = transaction_rows.list_transactions(session, user_id, date_from=period.start, date_to=period.end)
    until = history.until(first_days)
    return [row for row in found if row["account_id"] not in until or row["occurred_on"] < until[row["account_id"]]]


def measure_connection(database: Database, user_id: int, connection_id: int) -> ConnectionSize:
    """How much a connection brought. Raises ConnectionNotFoundError when it is not this person's."""
    with database.reading() as session:
        connection = repository.find_connection(session, user_id, connection_id)
        if connection is None:
            raise ConnectionNotFoundError("no such connection for this person")
        accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
        return _size(connection, accounts, *statement_rows.measure_rows(session, user_id, connection_id))


def measure_return(database: Database, user_id: int, connection_id: int, since: datetime) -> ReturnSize:
    """What became of a connection's rows by a reconnection that began at ``since``, and of those that another one left to
    it. Raises ConnectionNotFoundError when it is not this person's."""
    with database.reading() as session:
        if repository.find_connection(session, user_id, connection_id) is None:
            raise ConnectionNotFoundError("no such connection for this person")
        return ReturnSize(*statement_rows.measure_return(session, user_id, connection_id, since))


def list_kept_histories(database: Database, user_id: int) -> list[ConnectionSize]:
    """What is kept of the person's disconnected banks; one whose accounts all went on in another has nothing left."""
    with database.reading() as session:
        accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
        sizes = [
            _size(connection, accounts, *statement_rows.measure_rows(session, user_id, connection["id"]))
            for connection in repository.list_ended_connections(session, user_id)
        ]
    return [size for size in sizes if size.accounts]


def count_new_rows(database: Database, user_id: int, connection_id: int, since: datetime) -> int:
    """How many rows of a connection came at an instant or after it and still stand."""
    with database.reading() as session:
        return statement_rows.count_rows_since(session, user_id, connection_id, since)


def _size(
    connection: Connection, accounts: Sequence[Account], transactions: int, first_on: date | None
) -> ConnectionSize:
    own = [account for account in accounts if account["connection_id"] == connection["id"]]
    number = next((account["number"] for account in own if account["number"]), "")
    return ConnectionSize(connection, len(own), transactions, first_on, number)


def _read_list(
    database: Database, user_id: int, filters: StatementFilters, now: datetime, opened_at: datetime
) -> StatementList:
    with database.reading() as session:
        read = read_rows(session, user_id, filters, opened_at)
    return read.decide(now, opened_at)


def _read(database: Database, user_id: int) -> tuple[list[Account], list[Connection]]:
    with database.reading() as session:
        return ledger.list_accounts(session, user_id), repository.list_connections(session, user_id)


def _settled(filters: StatementFilters, scope: Account | None) -> StatementFilters:
    if scope is None or filters.account_id is None:
        return filters
    return replace(filters, account_id=scope["id"])
