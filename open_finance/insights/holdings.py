"""What a person holds and owes beside accounts and cards: which positions and loans count, each once. Pure.

The same position or contract through two connections counts once; a pot that its bank lists as a position, too, is the pot;
an overdraft that a bank lists as a loan is the negative balance of its account. Other currencies stand apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from open_finance.insights.loan_costs import OVERDRAFT, telling
from open_finance.insights.portfolio_twins import connections_of_accounts, pots_of, sort_holdings, twin_pots
from open_finance.investment_identity import pair_positions
from open_finance.investment_records import Investment, Loan, Pot
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.reading.balances import BalanceReport, is_savings
from open_finance.records import Account, Connection


@dataclass(frozen=True, slots=True)
class HeldAndOwed:
    """``positions`` and ``loans``: those in BRL, each once, also those that ended; ``is_cash``: ids of the loans among them
    that an account's balance holds already. ``apart``, ``loans_apart``: in other currencies, without those that ended.
    ``twins``, ``loan_twins``: ``{id of one that another connection counts: id of the one that counts}``."""

    positions: tuple[Investment, ...]
    loans: tuple[Loan, ...]
    is_cash: frozenset[int]
    apart: tuple[Investment, ...]
    loans_apart: tuple[Loan, ...]
    twins: Mapping[int, int]
    loan_twins: Mapping[int, int]

    @property
    def invested(self) -> Decimal:
        """What the positions are worth today, net, each rounded once."""
        return sum((round_to_centavo(one["balance"]) for one in self.positions if one["ended_on"] is None), ZERO)

    @property
    def owed(self) -> Decimal:
        """What the loans would cost to settle today, without what an account's balance holds already."""
        going_on = (one for one in self.loans if one["ended_on"] is None and one["id"] not in self.is_cash)
        return sum((round_to_centavo(one["outstanding"] or ZERO) for one in going_on), ZERO)

    @property
    def untold(self) -> tuple[Loan, ...]:
        """Loans whose banks do not say what is left to pay."""
        return tuple(one for one in self.loans if one["ended_on"] is None and one["outstanding"] is None)


def find_holdings(
    investments: Sequence[Investment],
    loans: Sequence[Loan],
    pots: Sequence[Pot],
    accounts: Sequence[Account],
    balances: BalanceReport,
    left: Sequence[Connection] = (),
) -> HeldAndOwed:
    """``accounts``: all that are listed; ``balances``: which of them count, and the connections that are still read;
    ``left``: other connections: what is theirs counts as the past of its twins here, and otherwise not at all."""
    read = {connection["id"]: connection for connection in balances.connections}
    found = sort_holdings(investments, (*balances.connections, *left))
    counted = [one for one in found.counted if one["connection_id"] in read]
    ended = [one for one in found.ended if one["connection_id"] in read and one["currency_code"] == BRL]
    gone_on = _gone_on(ended, counted)
    own_pots = pots_of(pots, (*balances.checking, *balances.savings))
    in_pots = twin_pots(counted, own_pots, connections_of_accounts(accounts, balances.connections))
    twins = _loan_twins(loans, read)
    owed = [one for one in loans if one["connection_id"] in read and one["id"] not in twins]
    return HeldAndOwed(
        positions=(
            *(one for one in counted if one["id"] not in in_pots),
            *(one for one in ended if one["id"] not in gone_on),
        ),
        loans=tuple(one for one in owed if one["currency_code"] == BRL),
        is_cash=frozenset(one["id"] for one in owed if _is_cash(one, accounts)),
        apart=tuple(one for one in found.apart if one["connection_id"] in read),
        loans_apart=tuple(one for one in owed if one["currency_code"] != BRL and one["ended_on"] is None),
        twins={**found.twins, **gone_on},
        loan_twins=twins,
    )


def _gone_on(ended: Sequence[Investment], counted: Sequence[Investment]) -> dict[int, int]:
    """``{id of a position that one connection lists no more: id of the same one of another that does}``."""
    twins: dict[int, int] = {}
    for connection_id in {one["connection_id"] for one in ended}:
        own = [one for one in ended if one["connection_id"] == connection_id]
        others = [one for one in counted if one["connection_id"] != connection_id]
        twins |= {own[here]["id"]: others[there]["id"] for here, there in pair_positions(own, others)}
    return twins


def _is_cash(loan: Loan, accounts: Iterable[Account]) -> bool:
    """Whether it is what a checking account of its connection is below nothing."""
    return loan["kind"] == OVERDRAFT and any(
        account["connection_id"] == loan["connection_id"]
        and account["type"] == "BANK"
        and not is_savings(account)
        and account["balance"] < ZERO
        for account in accounts
    )


def _loan_twins(loans: Iterable[Loan], read: Mapping[int, Connection]) -> dict[int, int]:
    """A contract has one identity, whatever lists it: what a connection that is still read tells of it goes first."""
    same: dict[str, list[Loan]] = defaultdict(list)
    for one in loans:
        same[one["identity"]].append(one)
    twins: dict[int, int] = {}
    for alike in same.values():
        best = max(alike, key=lambda one: (one["connection_id"] in read, telling(one)))
        twins |= {one["id"]: best["id"] for one in alike if one is not best}
    return twins
