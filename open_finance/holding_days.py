"""What a person holds and owes beside accounts and cards, read in the session of a report: today, and by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from open_finance.clock import local_day
from open_finance.insights.holding_lines import loan_line, position_line
from open_finance.insights.holdings import HeldAndOwed, find_holdings
from open_finance.insights.loan_costs import OVERDRAFT
from open_finance.insights.portfolio_twins import join_movements, join_snapshots
from open_finance.insights.wealth import Line
from open_finance.investment_records import Investment, InvestmentTransaction, Loan
from open_finance.money import ZERO, round_to_centavo
from open_finance.reading.balances import BalanceReport, balance_report
from open_finance.records import Account, BalanceSnapshot, Connection
from open_finance.storage import investments, ledger, loans, repository
from open_finance.storage.database import Session

#: An amount by the day that it was told of.
Days = dict[date, Decimal]


def read_balance(session: Session, user_id: int, now: datetime) -> BalanceReport:
    """What the person has and owes today, with positions and loans."""
    accounts = ledger.list_accounts(session, user_id)
    report = balance_report(accounts, repository.list_connections(session, user_id), now)
    holdings = read_holdings(session, user_id, accounts, report)
    return replace(report, invested=holdings.invested, loans=holdings.owed)


def read_holdings(
    session: Session,
    user_id: int,
    accounts: Sequence[Account],
    balances: BalanceReport,
    left: Sequence[Connection] | None = None,
) -> HeldAndOwed:
    """As ``find_holdings`` takes them. Without ``left`` only what is still read is read."""
    with_past = left is not None
    return find_holdings(
        investments.list_investments(session, user_id, include_disconnected=with_past),
        loans.list_loans(session, user_id, include_disconnected=with_past),
        investments.list_pots(session, user_id),
        accounts,
        balances,
        left or (),
    )


@dataclass(frozen=True, slots=True)
class HoldingDays:
    """``worth``: of the positions that count, by id and day; ``owed``: of the loans, positive. ``worth_from``,
    ``owed_from``: the first day on which a connection told any, by connection. ``moves``: by position."""

    holdings: HeldAndOwed
    worth: Mapping[int, Days]
    owed: Mapping[int, Days]
    worth_from: Mapping[int, date]
    owed_from: Mapping[int, date]
    moves: Mapping[int, Sequence[InvestmentTransaction]]

    def positions(self) -> Iterator[Line]:
        """One a position that ever was worth something."""
        for one in self.holdings.positions:
            measured = self.worth.get(one["id"], {})
            if any(measured.values()):
                told_from = self.worth_from[one["connection_id"]]
                yield position_line(one, measured, self.moves.get(one["id"], ()), told_from)

    def loans(self) -> Iterator[Line]:
        """One a loan of which anything ever was owed."""
        for one in self.holdings.loans:
            measured = {day: -amount for day, amount in self.owed.get(one["id"], {}).items()}
            if any(measured.values()):
                yield loan_line(one, measured, self.owed_from[one["connection_id"]])


def read_days(
    session: Session,
    user_id: int,
    holdings: HeldAndOwed,
    kept: Iterable[BalanceSnapshot],
    accounts: Iterable[Account],
    today: date,
) -> HoldingDays:
    """``kept``: the days of these ``accounts``, by which an overdraft is known to be counted already."""
    worth = _read_worth(session, user_id, holdings, today)
    owed = _read_owed(session, user_id, holdings, today)
    overdrawn = _overdrawn(kept, accounts)
    for one in holdings.loans:
        days = owed.get(one["id"])
        if one["kind"] == OVERDRAFT and days:
            now_in_cash = [max(days)] if one["id"] in holdings.is_cash else []
            days |= dict.fromkeys([*overdrawn[one["connection_id"]], *now_in_cash], ZERO)
    return HoldingDays(
        holdings,
        worth,
        owed,
        _first_days(worth, holdings.positions),
        _first_days(owed, holdings.loans),
        _read_moves(session, user_id, holdings),
    )


def _read_worth(session: Session, user_id: int, held: HeldAndOwed, today: date) -> dict[int, Days]:
    """What a position is worth now goes before what was told of that day."""
    ids = {one["id"] for one in held.positions} | held.twins.keys()
    found: dict[int, Days] = defaultdict(dict)
    for one in join_snapshots(investments.list_investment_snapshots(session, user_id, ids), held.twins):
        found[one.investment_id][one.day] = round_to_centavo(one.balance)
    return {one["id"]: _with_now(found[one["id"]], one, one["balance"], today) for one in held.positions}


def _read_owed(session: Session, user_id: int, holdings: HeldAndOwed, today: date) -> dict[int, Days]:
    twins = holdings.loan_twins
    ids = {one["id"] for one in holdings.loans}
    read = loans.list_loan_snapshots(session, user_id, ids | twins.keys())
    found: dict[int, Days] = defaultdict(dict)
    for one in sorted(read, key=lambda one: one.loan_id not in twins):
        found[twins.get(one.loan_id, one.loan_id)][one.day] = round_to_centavo(one.outstanding)
    return {
        one["id"]: _with_now(found[one["id"]], one, one["outstanding"], today)
        for one in holdings.loans
        if one["outstanding"] is not None or found[one["id"]]
    }


def _with_now(days: Days, one: Investment | Loan, amount: Decimal | None, today: date) -> Days:
    """What ended is nothing from that day on; what goes on is what was read last."""
    ended_on = one["ended_on"]
    if ended_on is not None:
        before = {day: amount for day, amount in days.items() if day < ended_on}
        return {**before, ended_on: ZERO} if before else {}
    if amount is None:
        return days
    read_on = min(local_day(one["read_at"] or one["created_at"]), today)
    return {**days, max([read_on, *days]): round_to_centavo(amount)}


def _first_days(days: Mapping[int, Days], held: Iterable[Investment | Loan]) -> dict[int, date]:
    first: dict[int, date] = {}
    for one in held:
        for day in days.get(one["id"], ()):
            first[one["connection_id"]] = min(day, first.get(one["connection_id"], day))
    return first


def _overdrawn(kept: Iterable[BalanceSnapshot], accounts: Iterable[Account]) -> dict[int, set[date]]:
    """The days on which an account of a connection was below nothing."""
    connections = {account["id"]: account["connection_id"] for account in accounts if account["type"] == "BANK"}
    days: dict[int, set[date]] = defaultdict(set)
    for one in kept:
        if one.account_id in connections and one.balance < ZERO:
            days[connections[one.account_id]].add(one.day)
    return days


def _read_moves(session: Session, user_id: int, held: HeldAndOwed) -> dict[int, list[InvestmentTransaction]]:
    """Of fixed income only: of nothing else they are looked at."""
    own = {one["id"] for one in held.positions if one["type"] == "FIXED_INCOME"}
    ids = own | {twin for twin, counted in held.twins.items() if counted in own}
    return join_movements(investments.list_investment_transactions(session, user_id, ids), held.twins)
