"""/credito: how a person's credit stands, which debt to pay first, what they earn; from the local rows. One session, then
pure functions, then a frozen result. It is no bureau's score and no recommendation."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from open_finance.clock import local_day
from open_finance.forecast_reports import read_situation
from open_finance.insights.credit import CreditReport, Debt, Order, Plan
from open_finance.insights.credit_figures import CreditFigures, measures
from open_finance.insights.credit_inputs import CreditInputs
from open_finance.insights.debt_plan import build_plan, suggested_budget, without_rate
from open_finance.insights.debts import find_debts, find_help
from open_finance.insights.income_rows import find_income, income_statement
from open_finance.insights.income_statement import IncomeStatement
from open_finance.insights.portfolio_twins import connections_of_accounts, sort_holdings
from open_finance.insights.spending import spent_of
from open_finance.investment_records import Loan
from open_finance.reading.balances import balance_report
from open_finance.reading.freshness import LOAN_PRODUCTS, MONEY_PRODUCTS, Freshness, freshness
from open_finance.records import Connection
from open_finance.storage import investments, ledger, loans, repository
from open_finance.storage.database import Database, Session

__all__ = ["DebtPlan", "build_credit", "build_debt_plan", "build_income_statement"]


@dataclass(frozen=True, slots=True)
class DebtPlan:
    """``plan``: of the debts whose rate is known. ``left_out``: those of which nobody tells what they cost. ``suggested``:
    the budget that we would begin with, BRL a month. ``ages``: how old what it follows from is."""

    plan: Plan
    left_out: tuple[Debt, ...]
    suggested: Decimal
    ages: tuple[Freshness, ...] = ()


def build_credit(database: Database, user_id: int, now: datetime) -> CreditReport:
    """The seven figures with their evidence, the debts, and what helps most."""
    with database.reading() as session:
        figures = CreditFigures(_inputs(session, user_id, now))
        connections, told = _still_read(session, user_id), _told(session, user_id)
    debts = find_debts(figures)
    return CreditReport(
        today=figures.inputs.today,
        measures=measures(figures),
        debts=debts,
        help=find_help(figures, debts),
        connections=tuple(connections),
        ages=_ages(connections, told, figures.inputs.loans, now),
        silent=tuple(one for one in connections if one["id"] not in told),
        loans=tuple(one for one in figures.inputs.loans if one["ended_on"] is None),
    )


def build_debt_plan(
    database: Database, user_id: int, now: datetime, budget: Decimal | None = None, order: Order = Order.AVALANCHE
) -> DebtPlan:
    """Paying the person's debts with ``budget`` a month, BRL; None for the suggested one."""
    with database.reading() as session:
        figures = CreditFigures(_inputs(session, user_id, now))
        connections, told = _still_read(session, user_id), _told(session, user_id)
    debts = find_debts(figures)
    suggested = suggested_budget(debts, figures.usual_income, figures.usual_spending)
    plan = build_plan(debts, suggested if budget is None else budget, order)
    return DebtPlan(plan, without_rate(debts), suggested, _ages(connections, told, figures.inputs.loans, now))


def build_income_statement(
    database: Database, user_id: int, now: datetime, months: Literal[6, 12] = 12
) -> IncomeStatement:
    """The last whole months of income, as many of ``months`` as are known. It names nobody."""
    with database.reading() as session:
        situation = read_situation(session, user_id, now)
        connections = _still_read(session, user_id)
    sources = [(one, freshness(one, now).as_of) for one in connections]
    return income_statement(find_income(situation), local_day(now), months, sources)


def _still_read(session: Session, user_id: int) -> list[Connection]:
    return [one for one in repository.list_connections(session, user_id) if not one["disconnecting"]]


def _told(session: Session, user_id: int) -> frozenset[int]:
    """The connections that told their loans when they were last asked."""
    reads = investments.list_product_reads(session, user_id)
    return frozenset(one.connection_id for one in reads if one.product == "loans" and one.reading == "listed")


def _ages(
    connections: Iterable[Connection], told: Collection[int], loans: Iterable[Loan], now: datetime
) -> tuple[Freshness, ...]:
    """How old what is shown is: loans count where they are told, and those that are still counted with the day on which they
    last were. Connections that are not yet made are left out."""
    kept_from = {loan["connection_id"]: loan["read_at"] for loan in loans if loan["ended_on"] is None}
    with_loans = MONEY_PRODUCTS | LOAN_PRODUCTS
    ages = (
        freshness(one, now, with_loans if one["id"] in told else MONEY_PRODUCTS, kept_from=kept_from.get(one["id"]))
        for one in connections
    )
    return tuple(age for age in ages if not age.is_connecting)


def _inputs(session: Session, user_id: int, now: datetime) -> CreditInputs:
    situation = read_situation(session, user_id, now)
    accounts, connections = ledger.list_accounts(session, user_id), repository.list_connections(session, user_id)
    balance = balance_report(accounts, connections, now)
    return CreditInputs(
        situation=situation,
        spent=spent_of(situation.rows, situation.accounts, situation.decided, now=now),
        checking=balance.checking,
        savings=balance.savings,
        loans=loans.list_loans(session, user_id),
        positions=sort_holdings(investments.list_investments(session, user_id), balance.connections).counted,
        pots=investments.list_pots(session, user_id),
        brought_by=connections_of_accounts(accounts, connections),
    )
