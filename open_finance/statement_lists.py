"""The rows behind a statement, read in one session: for the screen of /extrato, for exports, and for reports that count as a
statement counts.

Every function is for one person; an id that is not theirs is answered as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from open_finance.clock import local_day
from open_finance.connecting.banks import canonical
from open_finance.errors import CategoryNotFoundError, ConnectionNotFoundError
from open_finance.insights.labels import is_filter, label_rows
from open_finance.insights.row_categories import PersonalWords
from open_finance.personal_words import load_words
from open_finance.reading.balances import counted_accounts
from open_finance.reading.histories import History
from open_finance.reading.statement_query import Period, month_of
from open_finance.reading.statements import Contents, Label, StatementFilters, contents, is_superseded
from open_finance.records import Account, Connection, StatementRow
from open_finance.storage import ledger, repository, statement_rows
from open_finance.storage.database import Session


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


@dataclass(frozen=True, slots=True)
class ListRows:
    """What is read for a list. ``wanted``: the accounts whose rows it may hold; ``until``: of which of them only the rows
    before a day count. ``scope``: the account asked for, or any account of the bank asked for; None for all of them."""

    filters: StatementFilters
    rows: list[StatementRow]
    history: History
    wanted: list[Account]
    until: dict[int, date]
    scope: Account | None
    ended: list[Connection]
    has_earlier: bool
    has_later: bool
    words: PersonalWords

    def labels(self) -> dict[int, Label]:
        """What each row is, by our id: no longer in the session, since it takes as long as there are rows."""
        types = {account["id"]: account["type"] for account in self.history.accounts}
        return label_rows(self.rows, types, self.words)

    def decide(
        self,
        now: datetime,
        opened_at: datetime,
        *,
        filters: StatementFilters | None = None,
        labels: dict[int, Label] | None = None,
    ) -> StatementList:
        """Sort and sum the rows. ``filters``: others of the same rows (of their accounts and days); ``labels``: where they
        are known already."""
        found = contents(
            self.rows,
            self.history.accounts,
            self.filters if filters is None else filters,
            today=local_day(now),
            opened_at=opened_at,
            until=self.until,
            labels=self.labels() if labels is None else labels,
        )
        return StatementList(found, self)


@dataclass(frozen=True, slots=True)
class StatementList:
    """A whole list, and what stands around it."""

    contents: Contents
    read: ListRows

    @property
    def accounts(self) -> list[Account]:
        """All the person's accounts, each once."""
        history = self.read.history
        return counted_accounts(history.accounts, history.connections, history.live)

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Those asked for that are still read."""
        through = {each["connection_id"] for each in self.read.wanted}
        return tuple(one for one in self.read.history.connections if self.read.scope is None or one["id"] in through)

    @property
    def ended(self) -> tuple[Connection, ...]:
        """A bank that was left has an age, too: its rows grow old in the list. What another connection follows has that
        one's."""
        kept = {account["id"] for account in self.accounts}
        shown = {line.account["connection_id"] for line in self.contents.lines if line.account["id"] in kept}
        return tuple(each for each in self.read.ended if each["id"] in shown)


def read_rows(
    session: Session, user_id: int, filters: StatementFilters, opened_at: datetime, *, with_borders: bool = True
) -> ListRows:
    """The rows of a list. Without ``with_borders`` nobody looks for rows before and after it.

    Raises ConnectionNotFoundError when the account or bank asked for is not this person's, CategoryNotFoundError when the
    category is none of theirs.
    """
    month, period = month_of(filters.period.end), filters.period
    history = read_history(session, user_id)
    scope = _scope(history.accounts, filters, history.twins)
    words = load_words(session, user_id)
    if filters.category is not None and not is_filter(filters.category, words.names):
        raise CategoryNotFoundError("no such category for this person")
    wanted = _within(history.accounts, scope, filters, history.twins)
    ids = [each["id"] for each in wanted]
    return ListRows(
        filters,
        rows=statement_rows.list_statement_rows(
            session, user_id, ids, start=period.start, end=period.end, opened_at=opened_at, since=filters.since
        ),
        history=history,
        wanted=wanted,
        until=history.until(statement_rows.find_first_days(session, user_id, history.followers(ids))),
        scope=scope,
        ended=repository.list_ended_connections(session, user_id),
        has_earlier=with_borders and statement_rows.has_rows(session, user_id, ids, before=month.start),
        has_later=with_borders and statement_rows.has_rows(session, user_id, ids, after=month.end),
        words=words,
    )


def read_history(session: Session, user_id: int) -> History:
    """All that was ever read and kept of the person's accounts."""
    return History(
        repository.list_connections(session, user_id),
        ledger.list_accounts(session, user_id, include_disconnected=True),
        ledger.list_accounts(session, user_id),
    )


def read_counted_rows(session: Session, user_id: int, period: Period, now: datetime) -> CountedRows:
    """The person's rows of a period, newest first, as a statement counts them: an account that two connections bring once,
    and the history kept of a disconnected bank as well. For services that read more in the same session."""
    history = read_history(session, user_id)
    accounts, connections = history.accounts, history.connections
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
