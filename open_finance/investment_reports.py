"""/investimentos: what a person has invested, from the local database. One session, then pure functions, then a frozen
result."""

from __future__ import annotations

from datetime import datetime

from open_finance.insights.portfolio import PortfolioReport
from open_finance.insights.portfolio_figures import PortfolioRows, portfolio_figures
from open_finance.reading.balances import balance_report
from open_finance.storage import investments, ledger, repository
from open_finance.storage.database import Database, Session

__all__ = ["PortfolioReport", "build_portfolio"]


def build_portfolio(database: Database, user_id: int, now: datetime) -> PortfolioReport:
    """All that counts today, each position once."""
    with database.reading() as session:
        rows = _read(session, user_id, now)
    return portfolio_figures(rows, now)


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
    )
