"""From what is stored to what /investimentos shows: each position with its tax, cover and twin caixinha, and the sums over
them. Pure; the types are in ``portfolio``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from open_finance.clock import local_day
from open_finance.insights.cards import add_months, first_of, on_day
from open_finance.insights.deposit_cover import cover_groups, cover_rules
from open_finance.insights.investment_taxes import gross_of, tax_of
from open_finance.insights.past_holdings import Past, pasts_of
from open_finance.insights.portfolio import Cover, PortfolioReport, Position, Result, Tax
from open_finance.insights.portfolio_kinds import kind_of
from open_finance.insights.portfolio_results import result_since
from open_finance.insights.portfolio_shares import ladder, shares
from open_finance.insights.portfolio_twins import (
    connections_of_accounts,
    join_movements,
    join_snapshots,
    pots_of,
    sort_holdings,
    twin_pots,
)
from open_finance.insights.position_lots import bought_on, cost_of
from open_finance.investment_records import (
    Investment,
    InvestmentSnapshot,
    InvestmentTransaction,
    Pot,
    ProductRead,
)
from open_finance.money import BRL, round_to_centavo
from open_finance.reading.freshness import INVESTMENT_PRODUCTS, freshness_of
from open_finance.records import Account, Connection

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PortfolioRows:
    """What is stored of a person. ``connections``: those still read; ``accounts``: bank accounts in BRL that count and are
    not hidden, whose deposits and caixinhas are looked at; ``listed``: all accounts, for who brings one. ``of_companies``:
    ids of connections whose door is for companies, as far as that is known."""

    positions: Sequence[Investment]
    movements: Sequence[InvestmentTransaction]
    snapshots: Sequence[InvestmentSnapshot]
    pots: Sequence[Pot]
    reads: Sequence[ProductRead]
    connections: Sequence[Connection]
    accounts: Sequence[Account]
    listed: Sequence[Account]
    of_companies: Collection[int] = frozenset()


def portfolio_figures(rows: PortfolioRows, now: datetime) -> PortfolioReport:
    """The whole report."""
    today = local_day(now)
    connections = [connection for connection in rows.connections if not connection["disconnecting"]]
    reads = _reads_of(rows.reads, connections)
    refused = {read.connection_id for read in reads if read.reading == "refused"}
    holdings = sort_holdings(rows.positions, connections)
    moves, days = join_movements(rows.movements, holdings.twins), join_snapshots(rows.snapshots, holdings.twins)
    pots = pots_of(rows.pots, rows.accounts)
    same = twin_pots(holdings.counted, pots, connections_of_accounts(rows.listed, connections))
    in_reais = [one for one in (*holdings.counted, *holdings.ended) if one["currency_code"] == BRL]
    positions = _positions(holdings.counted, moves, same, rows, today)
    return PortfolioReport(
        today=today,
        positions=positions,
        ended=holdings.ended,
        twins=tuple(sorted(holdings.twins)),
        apart=holdings.apart,
        pots=tuple(pot for pot in pots if pot not in same.values()),
        by_kind=shares(positions, lambda position: position.kind.value),
        by_bank=shares(positions, lambda position: position.bank),
        ladder=ladder(positions, today),
        cover=cover_groups(positions, rows.accounts),
        results=_results(pasts_of(in_reais, days, moves), today),
        connections=tuple(connections),
        ages=freshness_of(connections, now, INVESTMENT_PRODUCTS),
        reads=reads,
        silent=tuple(connection for connection in connections if connection["id"] in refused),
    )


def _positions(
    counted: Iterable[Investment],
    moves: Mapping[int, Sequence[InvestmentTransaction]],
    same: Mapping[int, Pot],
    rows: PortfolioRows,
    today: date,
) -> tuple[Position, ...]:
    latest = {one.investment_id: one for one in sorted(rows.snapshots, key=lambda one: one.day)}
    positions = [
        position_of(
            one,
            moves.get(one["id"], ()),
            min(told_on(one, latest.get(one["id"]), today), today),
            today,
            twin_pot=same.get(one["id"]),
            of_company=one["connection_id"] in rows.of_companies,
        )
        for one in counted
    ]
    return tuple(sorted(positions, key=lambda position: (-position.balance, position.investment["id"])))


def told_on(investment: Investment, latest: InvestmentSnapshot | None, today: date) -> date:
    """The day that a position's figures are of: that of the collection that brought them, which ``latest``, its own last
    snapshot, is of; else that of the reading."""
    read_on = local_day(investment["read_at"]) if investment["read_at"] is not None else today
    if latest is not None and latest.balance == investment["balance"]:
        return min(latest.day, read_on)
    return read_on


def position_of(
    investment: Investment,
    movements: Sequence[InvestmentTransaction],
    figures_on: date,
    today: date,
    *,
    twin_pot: Pot | None = None,
    of_company: bool = False,
) -> Position:
    """One position with all that is worked out of it. ``figures_on``: the day that its figures are of. ``bank``: where it is
    held, as people call it."""
    kind, rules = kind_of(investment), cover_rules()
    balance, gross = round_to_centavo(investment["balance"]), gross_of(investment, figures_on)
    tax = tax_of(investment, movements, figures_on, of_company=of_company)
    issuer = rules.issuer_of(investment)
    cover = rules.cover_of(kind, issuer)
    return Position(
        investment=investment,
        kind=kind,
        bank=investment["connector_name"],
        balance=balance,
        gross=gross,
        cost=cost_of(investment, movements),
        purchased_on=bought_on(investment),
        tax=tax,
        difference=gross - tax.total - balance if gross is not None and isinstance(tax, Tax) else None,
        cover=cover,
        issuer_group=issuer.name if issuer is not None and cover is Cover.COVERED else None,
        twin_pot=twin_pot,
        told_on=figures_on if figures_on != today else None,
    )


def _reads_of(reads: Iterable[ProductRead], connections: Iterable[Connection]) -> tuple[ProductRead, ...]:
    known = {connection["id"] for connection in connections}
    return tuple(read for read in reads if read.product == "investments" and read.connection_id in known)


def _results(pasts: Sequence[Past], today: date) -> tuple[Result, ...]:
    """This month, the last twelve, and since the first reading; a period once, the shortest first."""
    read_on = [one.day for past in pasts for one in past.snapshots]
    month = first_of(today) - _ONE_DAY
    begins = [month, on_day(add_months(first_of(today), -12), today.day), min(read_on, default=today)]
    found = [result_since(pasts, since, today) for since in dict.fromkeys(begins) if since < today]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.since, reverse=True))
