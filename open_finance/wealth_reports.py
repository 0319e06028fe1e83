"""/patrimonio: what a person had on each day, from the local database. One session, then pure functions, then a frozen
result.

The accounts, positions and loans are those that count today, each once, on all days: what one of them held before it came
here through another connection is its own; one that was sold or paid off counts until then. What is hidden stays out, other
currencies stand apart, and a bank that was left takes its past along: nobody would know why the sum fell on the day it went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from open_finance.card_reports import read_books
from open_finance.clock import local_day
from open_finance.connectors import MEU_PLUGGY
from open_finance.holding_days import HoldingDays, read_days, read_holdings
from open_finance.insights.card_bills import CardBooks
from open_finance.insights.card_debt import card_past
from open_finance.insights.cards import add_months, first_of, on_day
from open_finance.insights.flows import Flow, flow_of
from open_finance.insights.holding_lines import is_spread
from open_finance.insights.wealth import Change, Line, Part, Source, WealthPoint, change_since, follow, line_of
from open_finance.investment_records import Investment, Loan, ProductRead
from open_finance.money import BRL, ZERO
from open_finance.reading.balances import BalanceReport, balance_report
from open_finance.reading.histories import History
from open_finance.reading.statement_query import Period
from open_finance.records import PENDING, Account, BalanceSnapshot, Connection, StatementRow
from open_finance.statement_lists import read_counted_rows
from open_finance.storage import investments, ledger, repository, snapshots, statement_rows
from open_finance.storage.database import Database, Session

__all__ = ["WealthReport", "build_wealth"]

#: As far back as it is read, whatever is shown: a year ago is compared with today.
MONTHS_READ = 12


@dataclass(frozen=True, slots=True)
class WealthReport:
    """``points``: each day that is shown, today last; empty where nothing counts. ``parts``, ``sources``: those that the
    person has. ``measured_from``: from this day on nothing is calculated; days before it are, or are not known.
    ``is_spread``: of those shown some grow evenly from a purchase or a contract. ``late``: of what is not known on the first
    day shown. ``month``, ``year``: against the same day of the month and of the year before, None where that is not known.
    ``connections``: those still read; ``apart``, ``apart_positions``, ``apart_loans``: in other currencies; ``hidden``:
    accounts kept out; ``untold``: loans of which it is not told what is owed; ``silent``: connections that never told any
    investments; ``left``: banks that were left, and whose history is kept."""

    today: date
    months: int
    points: tuple[WealthPoint, ...]
    parts: frozenset[Part]
    measured_from: date
    month: Change | None
    year: Change | None
    connections: tuple[Connection, ...]
    apart: tuple[Account, ...]
    hidden: tuple[Account, ...]
    left: tuple[Connection, ...]
    sources: frozenset[Source] = frozenset()
    late: frozenset[Source] = frozenset()
    is_spread: bool = False
    apart_positions: tuple[Investment, ...] = ()
    apart_loans: tuple[Loan, ...] = ()
    untold: tuple[Loan, ...] = ()
    silent: tuple[Connection, ...] = ()

    @property
    def now(self) -> WealthPoint:
        """Today: all its parts are known."""
        return self.points[-1]


def build_wealth(database: Database, user_id: int, now: datetime, months: int = MONTHS_READ) -> WealthReport:
    """``months``: how many are shown, at most ``MONTHS_READ``."""
    today = local_day(now)
    start = months_before(today, MONTHS_READ)
    with database.reading() as session:
        known = _read(session, user_id, now, start)
    sources = known.lines()
    lines = [line for each in sources.values() for line in each]
    points = follow(lines, start, today)
    shown = tuple(point for point in points if point.day >= months_before(today, min(months, MONTHS_READ)))
    first = shown[0].day if shown else today
    holdings = known.beside.holdings
    return WealthReport(
        today=today,
        months=months,
        points=shown,
        parts=frozenset(line.part for line in lines),
        measured_from=max((line.measured_from for line in lines if line.since < line.measured_from), default=first),
        month=change_since(points, months_before(today, 1)),
        year=change_since(points, start),
        connections=known.balances.connections,
        apart=known.balances.apart,
        hidden=known.balances.hidden,
        left=tuple(known.ended),
        sources=frozenset(source for source, each in sources.items() if each),
        late=frozenset(source for source, each in sources.items() if any(line.known_from > first for line in each)),
        is_spread=any(is_spread(line) and line.measured_from > first for line in lines),
        apart_positions=holdings.apart,
        apart_loans=holdings.loans_apart,
        untold=holdings.untold,
        silent=known.silent,
    )


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last one of that month."""
    return on_day(add_months(first_of(day), -months), day.day)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read for a report. ``held``: by the account that counts and by day; ``rows``: of each such bank account, those
    that have happened, the newest first; ``reach``: the day of its oldest row, however long ago; ``books``: of each card;
    ``beside``: positions and loans."""

    balances: BalanceReport
    held: Mapping[int, Mapping[date, BalanceSnapshot]]
    rows: Mapping[int, Sequence[StatementRow]]
    reach: Mapping[int, date]
    books: Mapping[int, CardBooks]
    beside: HoldingDays
    ended: Sequence[Connection]
    silent: tuple[Connection, ...]

    def lines(self) -> dict[Source, list[Line]]:
        """Everything that counts."""
        return {
            Source.ACCOUNT: list(self.cash()),
            Source.POT: list(self.pots()),
            Source.POSITION: list(self.beside.positions()),
            Source.CARD: list(self.debts()),
            Source.LOAN: list(self.beside.loans()),
        }

    def cash(self) -> Iterator[Line]:
        """Checking and savings accounts."""
        for account in self._bank_accounts():
            rows, reach = self.rows.get(account["id"], ()), self.reach.get(account["id"], date.max)
            measured = {day: one.balance for day, one in self.held[account["id"]].items()}
            moves = _sums(row for row in rows if _is_settled(row, account))
            yield line_of(Part.CASH, measured, moves, reach, _blocked(rows, account))

    def pots(self) -> Iterator[Line]:
        """What banks keep beside an account, where they say so. What goes into a pot is a row of its account."""
        for account in self._bank_accounts():
            told = {day: one.reserved for day, one in self.held[account["id"]].items() if one.reserved is not None}
            if told:
                rows, reach = self.rows.get(account["id"], ()), self.reach.get(account["id"], date.max)
                moved = (row for row in rows if _is_settled(row, account) and _is_investment(row))
                moves = {day: -amount for day, amount in _sums(moved).items()}
                yield line_of(Part.INVESTMENTS, told, moves, reach, _blocked(rows, account))

    def debts(self) -> Iterator[Line]:
        """Cards, what is owed negative."""
        in_full = {each["id"] for each in self.balances.connections if _counts_instalments(each)}
        for card in self.balances.cards:
            measured = {day: -one.balance for day, one in self.held[card["id"]].items()}
            books = self.books.get(card["id"])
            if books is None:
                yield Line(Part.DEBT, measured)
                continue
            past = card_past(books, min(measured), counts_instalments=card["connection_id"] in in_full)
            yield line_of(Part.DEBT, measured, past.moves, past.reach, past.blocked)

    def _bank_accounts(self) -> tuple[Account, ...]:
        return (*self.balances.checking, *self.balances.savings)


def _read(session: Session, user_id: int, now: datetime, start: date) -> _Known:
    today = local_day(now)
    found = read_counted_rows(session, user_id, Period(start, today), now)
    listed = ledger.list_accounts(session, user_id)
    balances = balance_report(listed, found.connections, now)
    twins = History(found.connections, found.accounts, listed).twins
    rows: dict[int, list[StatementRow]] = defaultdict(list)
    for row in found.rows:
        rows[twins.get(row["account_id"], row["account_id"])].append(row)
    ids = [account["id"] for account in found.accounts]
    kept = snapshots.list_snapshots(session, user_id, ids)
    ended = repository.list_ended_connections(session, user_id)
    holdings = read_holdings(session, user_id, listed, balances, [*_leaving(found.connections), *ended])
    told = {one.connection_id for one in investments.list_product_reads(session, user_id) if _is_told(one)}
    return _Known(
        balances=balances,
        held=_held(kept, balances, twins, today),
        rows=rows,
        reach=_reach(statement_rows.find_first_days(session, user_id, ids), twins),
        books=read_books(session, user_id, now) if balances.cards else {},
        beside=read_days(session, user_id, holdings, kept, found.accounts, today),
        silent=tuple(one for one in balances.connections if one["id"] not in told),
        ended=_left(ended, found.accounts, twins),
    )


def _leaving(connections: Iterable[Connection]) -> list[Connection]:
    return [connection for connection in connections if connection["disconnecting"]]


def _is_told(read: ProductRead) -> bool:
    return read.product == "investments" and read.read_at is not None


def _left(ended: Iterable[Connection], accounts: Iterable[Account], twins: Mapping[int, int]) -> list[Connection]:
    """Banks of which an account is kept that goes on in no other."""
    alone = {account["connection_id"] for account in accounts if account["id"] not in twins}
    return [connection for connection in ended if connection["id"] in alone]


def _held(
    kept: Sequence[BalanceSnapshot], balances: BalanceReport, twins: Mapping[int, int], today: date
) -> dict[int, dict[date, BalanceSnapshot]]:
    """What each account that counts held by day: its own word goes before its twins', and what it holds now before all."""
    held: dict[int, dict[date, BalanceSnapshot]] = defaultdict(dict)
    for one in sorted(kept, key=lambda one: one.account_id not in twins):
        held[twins.get(one.account_id, one.account_id)][one.day] = one
    for account in (*balances.checking, *balances.savings, *balances.cards):
        own = held[account["id"]]
        day = max(min(local_day(account["balance_at"] or account["synced_at"]), today), *own, date.min)
        own[day] = BalanceSnapshot(
            account["id"],
            day,
            account["balance"],
            account["reserved"],
            account["automatically_invested"],
            account["synced_at"],
        )
    return held


def _is_settled(row: StatementRow, account: Account) -> bool:
    return row["status"] != PENDING and row["currency_code"] == account["currency_code"]


def _is_investment(row: StatementRow) -> bool:
    return flow_of(row, account_type="BANK") is Flow.INVESTMENT


def _reach(first_days: Mapping[int, date], twins: Mapping[int, int]) -> dict[int, date]:
    reach: dict[int, date] = {}
    for account_id, day in first_days.items():
        own = twins.get(account_id, account_id)
        reach[own] = min(day, reach.get(own, day))
    return reach


def _blocked(rows: Iterable[StatementRow], account: Account) -> date:
    """What is in another currency, or was never listed, moved the balance by nobody knows how much."""
    foreign = (row["occurred_on"] for row in rows if row["currency_code"] != BRL)
    return max([*foreign, account["balance_gap_on"] or date.min])


def _sums(rows: Iterable[StatementRow]) -> dict[date, Decimal]:
    moves: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        moves[row["occurred_on"]] += row["amount"]
    return moves


def _counts_instalments(connection: Connection) -> bool:
    """Whether its cards' balances hold what is still to be billed: behind MeuPluggy stands Open Finance, too."""
    return connection["is_open_finance"] or connection["connector_id"] == MEU_PLUGGY
