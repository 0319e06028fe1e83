"""What a person holds and owes beside accounts and cards: which positions and loans count, each once. Pure.

The same position or contract through two connections counts once; a pot that its bank lists as a position, too, is the pot;
an overdraft that a bank lists as a loan is the negative balance of its account. Other currencies stand apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from open_finance.investment_identity import pair_positions
from open_finance.investment_records import Investment, Loan, Pot
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.reading.balances import LONG_AGO, BalanceReport, is_healthy, is_savings
from open_finance.records import Account, Connection

#: Pluggy's kind of a loan that is an account's balance below nothing.
OVERDRAFT = "UNARRANGED_ACCOUNT_OVERDRAFT"


@dataclass(frozen=True, slots=True)
class Holdings:
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
) -> Holdings:
    """``accounts``: all that are listed; ``balances``: which of them count, and the connections that are still read. What
    belongs to any other connection counts only as the twin of what belongs to these."""
    read = {connection["id"]: connection for connection in balances.connections}
    twins, loan_twins = _position_twins(investments, read), _loan_twins(loans, read)
    own = [one for one in investments if one["connection_id"] in read and one["id"] not in twins]
    in_pots = _in_pots(own, pots, (*balances.checking, *balances.savings))
    owed = [one for one in loans if one["connection_id"] in read and one["id"] not in loan_twins]
    return Holdings(
        positions=tuple(one for one in own if one["currency_code"] == BRL and one["id"] not in in_pots),
        loans=tuple(one for one in owed if one["currency_code"] == BRL),
        is_cash=frozenset(one["id"] for one in owed if _is_cash(one, accounts)),
        apart=tuple(one for one in own if one["currency_code"] != BRL and one["ended_on"] is None),
        loans_apart=tuple(one for one in owed if one["currency_code"] != BRL and one["ended_on"] is None),
        twins=twins,
        loan_twins=loan_twins,
    )


def _in_pots(investments: Iterable[Investment], pots: Iterable[Pot], accounts: Iterable[Account]) -> set[int]:
    """Positions that are a pot of their connection's: equal to the centavo, one position a pot."""
    by_account = {account["id"]: account["connection_id"] for account in accounts}
    kept = Counter((by_account[pot["account_id"]], pot["amount"]) for pot in pots if pot["account_id"] in by_account)
    found = set()
    for one in investments:
        if one["ended_on"] is not None or not one["balance"]:
            continue
        key = (one["connection_id"], round_to_centavo(one["balance"]))
        if kept[key] > 0:
            kept[key] -= 1
            found.add(one["id"])
    return found


def _is_cash(loan: Loan, accounts: Iterable[Account]) -> bool:
    """Whether it is what a checking account of its connection is below nothing."""
    return loan["kind"] == OVERDRAFT and any(
        account["connection_id"] == loan["connection_id"]
        and account["type"] == "BANK"
        and not is_savings(account)
        and account["balance"] < ZERO
        for account in accounts
    )


def _position_twins(investments: Iterable[Investment], read: Mapping[int, Connection]) -> dict[int, int]:
    """Whose connection stands better, its word counts; two of one connection are two."""
    by_connection: dict[int, list[Investment]] = defaultdict(list)
    for one in investments:
        by_connection[one["connection_id"]].append(one)
    counted: list[Investment] = []
    twins: dict[int, int] = {}
    for connection_id in sorted(by_connection, key=lambda number: _standing(number, read), reverse=True):
        own = by_connection[connection_id]
        pairs = dict(pair_positions(own, counted))
        twins |= {own[here]["id"]: counted[there]["id"] for here, there in pairs.items()}
        counted += [one for at, one in enumerate(own) if at not in pairs]
    return twins


def _loan_twins(loans: Iterable[Loan], read: Mapping[int, Connection]) -> dict[int, int]:
    """A contract has one identity, whichever connection brings it; two of one connection are two."""
    same: dict[tuple[str, int], list[Loan]] = defaultdict(list)
    places: Counter[tuple[str, int]] = Counter()
    for one in sorted(loans, key=lambda one: one["id"]):
        key = (one["identity"], one["connection_id"])
        same[one["identity"], places[key]].append(one)
        places[key] += 1
    twins: dict[int, int] = {}
    for alike in same.values():
        best = max(alike, key=lambda one: _standing(one["connection_id"], read))
        twins |= {one["id"]: best["id"] for one in alike if one is not best}
    return twins


def _standing(connection_id: int, read: Mapping[int, Connection]) -> tuple[bool, bool, datetime, int]:
    """Of a connection: still read, healthy, read last, then simply the later one."""
    connection = read.get(connection_id)
    if connection is None:
        return (False, False, LONG_AGO, connection_id)
    return (True, is_healthy(connection), connection["last_updated_at"] or LONG_AGO, connection_id)
