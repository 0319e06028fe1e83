"""The read side: one session, then a pure function, then a frozen result. Nothing here speaks to Pluggy.

Every function is for one person; an id that is not theirs is answered as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from open_finance.clock import local_day
from open_finance.connecting.banks import canonical
from open_finance.errors import CategoryNotFoundError, ConnectionNotFoundError
from open_finance.holding_days import read_balance
from open_finance.insights.labels import filter_title, find_by_name, is_filter, label_rows
from open_finance.insights.row_categories import PersonalWords, title_of
from open_finance.personal_words import load_words
from open_finance.reading.balances import (
    BalanceReport,
    BankAccounts,
    bank_accounts,
    counted_accounts,
    total_balance,
)
from open_finance.reading.freshness import Freshness, freshness_of
from open_finance.reading.histories import History
from open_finance.reading.statement_categories import CategorySum, GroupSum, sum_by_category
from open_finance.reading.statement_query import Period, month_of, parse_query
from open_finance.reading.statements import (
    PAGE_ROWS,
    Contents,
    StatementFilters,
    StatementLine,
    StatementReport,
    Totals,
    contents,
    is_superseded,
    page_of,
)
from open_finance.records import Account, Connection, StatementRow, Transaction
from open_finance.storage import ledger, repository, statement_rows, transaction_rows
from open_finance.storage.database import Database, Session

__all__ = [
    "BalanceReport",
    "BankAccounts",
    "CategorySum",
    "ConnectionSize",
    "Freshness",
    "GroupSum",
    "Period",
    "QueryAnswer",
    "ReturnSize",
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


@dataclass(frozen=True, slots=True)
class CountedRows:
    """A person's rows of a period, each movement once. ``accounts``: all whose rows these may be; ``counted``: those
    without the ones that a twin counts for. ``connections``: those still read; ``ended``: those that were left.
    ``going_on``: the accounts that a bank still lists, or that go on in one which is."""

    rows: list[StatementRow]
    accounts: list[Account]
    counted: list[Account]
    connections: list[Connection]
    ended: list[Connection]
    going_on: list[Account]


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
        history = History(
            repository.list_connections(session, user_id),
            ledger.list_accounts(session, user_id, include_disconnected=True),
            ledger.list_accounts(session, user_id),
        )
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
    history, scope, lines = found.history, found.scope, found.contents.lines
    if row_id is not None:
        page = next((index // PAGE_ROWS for index, line in enumerate(lines) if line.row["id"] == row_id), page)
    shown_lines, page, pages = page_of(lines, page)
    counted = counted_accounts(history.accounts, history.connections, history.live)
    # A bank that was left has an age, too: its rows grow old in the list. What another connection follows has that one's.
    kept = {account["id"] for account in counted}
    shown = {line.account["connection_id"] for line in lines if line.account["id"] in kept}
    return StatementReport(
        filters=_settled(filters, scope),
        today=local_day(now),
        opened_at=opened_at,
        scope=scope,
        lines=shown_lines,
        page=page,
        pages=pages,
        total=len(lines),
        totals=found.contents.totals,
        new_rows=found.contents.new_rows,
        has_earlier=found.has_earlier,
        has_later=found.has_later,
        accounts=tuple(counted),
        connections=tuple(o for o in history.connections if scope is None or o["id"] in found.read_through),
        ended=tuple(each for each in found.ended if each["id"] in shown),
        category_title="" if filters.category is None else filter_title(filters.category, found.words.names),
    )


def list_statement_categories(
    database: Database, user_id: int, filters: StatementFilters, now: datetime, *, opened_at: datetime | None = None
) -> tuple[GroupSum, ...]:
    """What the rows of a list add up to by group and category, whatever category it asks for. Raises as
    ``build_statement``."""
    found = _read_list(database, user_id, replace(filters, category=None), now, opened_at or now)
    lines = found.contents.lines
    categories = {line.label.category for line in lines if line.label is not None}
    titles = {category: title_of(category, found.words.names) for category in categories}
    return sum_by_category(lines, titles, hidden=filters.account_id is not None)


def list_statement_lines(database: Database, user_id: int, period: Period, now: datetime) -> Contents:
    """All the rows of a period on all accounts with what they add up to, as the pages of ``build_statement`` show them."""
    return _read_list(database, user_id, StatementFilters(period), now, now).contents


def read_counted_rows(session: Session, user_id: int, period: Period, now: datetime) -> CountedRows:
    """The person's rows of a period, newest first, as a statement counts them: an account that two connections bring once,
    and the history kept of a disconnected bank as well. For services that read more in the same session."""
    connections = repository.list_connections(session, user_id)
    accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
    history = History(connections, accounts, ledger.list_accounts(session, user_id))
    ids = [each["id"] for each in accounts]
    until = history.until(statement_rows.find_first_days(session, user_id, history.followers(ids)))
    found = statement_rows.list_statement_rows(session, user_id, ids, start=period.start, end=period.end, opened_at=now)
    return CountedRows(
        rows=[row for row in found if row["removed_at"] is None and not is_superseded(row, until)],
        accounts=accounts,
        counted=counted_accounts(accounts, connections, history.live),
        connections=connections,
        ended=repository.list_ended_connections(session, user_id),
        going_on=history.going_on,
    )


def list_transactions(database: Database, user_id: int, period: Period) -> list[Transaction]:
    """The person's transactions of a period, newest first, as a statement counts them: an account that two connections
    bring once, and the history kept of a disconnected bank as well."""
    with database.reading() as session:
        connections = repository.list_connections(session, user_id)
        accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
        history = History(connections, accounts, ledger.list_accounts(session, user_id))
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


@dataclass(frozen=True, slots=True)
class _List:
    """A whole list, and what stands around it."""

    contents: Contents
    history: History
    scope: Account | None
    read_through: frozenset[int]
    ended: list[Connection]
    has_earlier: bool
    has_later: bool
    words: PersonalWords


def _read_list(
    database: Database, user_id: int, filters: StatementFilters, now: datetime, opened_at: datetime
) -> _List:
    month, period = month_of(filters.period.end), filters.period
    with database.reading() as session:
        connections = repository.list_connections(session, user_id)
        accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
        ended = repository.list_ended_connections(session, user_id)
        history = History(connections, accounts, ledger.list_accounts(session, user_id))
        scope = _scope(accounts, filters, history.twins)
        words = load_words(session, user_id)
        if filters.category is not None and not is_filter(filters.category, words.names):
            raise CategoryNotFoundError("no such category for this person")
        wanted = _within(accounts, scope, filters, history.twins)
        ids = [each["id"] for each in wanted]
        first_days = statement_rows.find_first_days(session, user_id, history.followers(ids))
        rows = statement_rows.list_statement_rows(
            session, user_id, ids, start=period.start, end=period.end, opened_at=opened_at, since=filters.since
        )
        has_earlier = statement_rows.has_rows(session, user_id, ids, before=month.start)
        has_later = statement_rows.has_rows(session, user_id, ids, after=month.end)
    found = contents(
        rows,
        accounts,
        filters,
        today=local_day(now),
        opened_at=opened_at,
        until=history.until(first_days),
        labels=label_rows(rows, {account["id"]: account["type"] for account in accounts}, words),
    )
    read_through = frozenset(each["connection_id"] for each in wanted)
    return _List(found, history, scope, read_through, ended, has_earlier, has_later, words)


def _read(database: Database, user_id: int) -> tuple[list[Account], list[Connection]]:
    with database.reading() as session:
        return ledger.list_accounts(session, user_id), repository.list_connections(session, user_id)


def _scope(accounts: Sequence[Account], filters: StatementFilters, twins: dict[int, int]) -> Account | None:
    """The account asked for (the one that counts for it), or any account of the bank asked for."""
    if filters.account_id is not None:
        wanted = twins.get(filters.account_id, filters.account_id)
        found = next((account for account in accounts if account["id"] == wanted), None)
    elif filters.bank_of is not None:
        found = next((account for account in accounts if account["connection_id"] == filters.bank_of), None)
    else:
        return None
    if found is None:
        raise ConnectionNotFoundError("no such account for this person")
    return found


def _within(
    accounts: Sequence[Account], scope: Account | None, filters: StatementFilters, twins: dict[int, int]
) -> list[Account]:
    """The accounts whose rows are wanted: an account brings the rows its twins had before it."""
    if scope is None:
        return list(accounts)
    if filters.since is not None and filters.bank_of is not None:
        return [account for account in accounts if account["connection_id"] == filters.bank_of]
    if filters.bank_of is not None:
        bank = canonical(scope["connector_name"])
        return [account for account in accounts if canonical(account["connector_name"]) == bank]
    return [account for account in accounts if twins.get(account["id"], account["id"]) == scope["id"]]


def _settled(filters: StatementFilters, scope: Account | None) -> StatementFilters:
    if scope is None or filters.account_id is None:
        return filters
    return replace(filters, account_id=scope["id"])
