"""/investimentos, and what a tax return asks of it, from the local database. One session, then pure functions, then a frozen
result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from open_finance.bank_codes import is_for_companies
from open_finance.insights.portfolio import PortfolioReport
from open_finance.insights.portfolio_figures import PortfolioRows, portfolio_figures
from open_finance.insights.tax_return import TaxReturn
from open_finance.insights.tax_return_figures import ReturnRows, tax_return_figures
from open_finance.investment_records import InvestmentTransaction
from open_finance.reading.balances import balance_report, is_cash
from open_finance.reading.histories import History
from open_finance.records import Account, BalanceSnapshot, Connection
from open_finance.storage import investments, ledger, repository, snapshots
from open_finance.storage.database import Database, Session

__all__ = ["PortfolioReport", "TaxReturn", "build_portfolio", "build_tax_return", "list_movements"]


def build_portfolio(database: Database, user_id: int, now: datetime) -> PortfolioReport:
    """All that counts today, each position once."""
    with database.reading() as session:
        rows = _read(session, user_id, now)
    return portfolio_figures(rows, now)


def list_movements(database: Database, user_id: int, investment_id: int) -> list[InvestmentTransaction]:
    """The movements of one position of the person, the oldest first; none where it is not theirs."""
    with database.reading() as session:
        return investments.list_investment_transactions(session, user_id, [investment_id])


def build_tax_return(database: Database, user_id: int, year: int, now: datetime) -> TaxReturn:
    """What was held on the last day of a year and what came of it; banks that were left since are in it, as far as their
    history is kept."""
    with database.reading() as session:
        rows = _read_year(session, user_id, now)
    return tax_return_figures(rows, year, now)


def _read(session: Session, user_id: int, now: datetime) -> PortfolioRows:
    connections = repository.list_connections(session, user_id)
    listed = ledger.list_accounts(session, user_id)
    balances = balance_report(listed, connections, now)
    positions = investments.list_investments(session, user_id)
    ids = [position["id"] for position in positions]
    return PortfolioRows(
        positions=positions,
        movements=investments.list_investment_transactions(session, user_id, ids),
        snapshots=investments.list_investment_snapshots(session, user_id, ids),
        pots=investments.list_pots(session, user_id),
        reads=investments.list_product_reads(session, user_id),
        connections=connections,
        accounts=(*balances.checking, *balances.savings),
        listed=listed,
        of_companies={one["id"] for one in connections if is_for_companies(one["connector_name"])},
    )


def _read_year(session: Session, user_id: int, now: datetime) -> ReturnRows:
    live = repository.list_connections(session, user_id)
    connections = [*live, *repository.list_ended_connections(session, user_id)]
    listed = ledger.list_accounts(session, user_id)
    accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
    balances = balance_report(listed, live, now)
    positions = investments.list_investments(session, user_id, include_disconnected=True)
    ids = [position["id"] for position in positions]
    kept = snapshots.list_snapshots(session, user_id, [account["id"] for account in accounts])
    twins = History(connections, accounts, listed).twins
    return ReturnRows(
        positions=positions,
        movements=investments.list_investment_transactions(session, user_id, ids),
        snapshots=investments.list_investment_snapshots(session, user_id, ids),
        connections=connections,
        accounts=(*balances.checking, *balances.savings),
        left=[one for one in accounts if one["id"] not in twins and is_cash(one) and _is_left(one, live)],
        held=_by_account(kept, twins),
    )


def _is_left(account: Account, live: Iterable[Connection]) -> bool:
    return not account["hidden"] and account["connection_id"] not in {connection["id"] for connection in live}


def _by_account(kept: Iterable[BalanceSnapshot], twins: Mapping[int, int]) -> dict[int, list[BalanceSnapshot]]:
    """By the account that counts: what one held that goes on in it is its own."""
    held: dict[int, list[BalanceSnapshot]] = defaultdict(list)
    for one in kept:
        held[twins.get(one.account_id, one.account_id)].append(one)
    return held
