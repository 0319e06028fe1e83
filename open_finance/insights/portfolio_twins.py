"""Which positions count: each once, however many connections bring it, and a caixinha that is a position is no pot beside
it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from open_finance.clock import local_day
from open_finance.folding import fold
from open_finance.investment_identity import pair_best, pair_positions
from open_finance.investment_records import Investment, InvestmentSnapshot, InvestmentTransaction, Pot
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.reading.balances import LONG_AGO, is_healthy, superseded_accounts
from open_finance.records import Account, Connection


@dataclass(frozen=True, slots=True)
class Holdings:
    """A person's positions, sorted. ``counted``: in BRL, not ended; ``apart``: not ended, in another currency; ``ended``:
    the last one first. ``twins``: ``{id of one that does not count: id of the one that counts for it}``, ended ones,
    too."""

    counted: tuple[Investment, ...]
    apart: tuple[Investment, ...]
    ended: tuple[Investment, ...]
    twins: Mapping[int, int]


def sort_holdings(positions: Iterable[Investment], connections: Iterable[Connection]) -> Holdings:
    """The positions of these connections. One that listings leave out counts until it is believed to have ended; one that
    was last read before the day on which another connection saw it end has ended."""
    by_id = {connection["id"]: connection for connection in connections}
    known = [position for position in positions if position["connection_id"] in by_id]
    held = [position for position in known if position["ended_on"] is None]
    over = [position for position in known if position["ended_on"] is not None]
    twins = _twins_of(held, by_id) | _twins_of(over, by_id)
    held = [position for position in held if position["id"] not in twins]
    over = [position for position in over if position["id"] not in twins]
    twins |= _ended_elsewhere(held, over)
    held = [position for position in held if position["id"] not in twins]
    over.sort(key=lambda position: (position["ended_on"], position["id"]), reverse=True)
    return Holdings(
        counted=tuple(position for position in held if position["currency_code"] == BRL),
        apart=tuple(position for position in held if position["currency_code"] != BRL),
        ended=tuple(over),
        twins=twins,
    )


def _ended_elsewhere(held: Sequence[Investment], over: Sequence[Investment]) -> dict[int, int]:
    """``{id of one that was not read any more when it ended: id of the one that ended}``."""
    return {
        held[here]["id"]: over[there]["id"]
        for here, there in pair_positions(held, over)
        if held[here]["connection_id"] != over[there]["connection_id"]
        and _is_older(held[here], over[there]["ended_on"])
    }


def _is_older(position: Investment, ended_on: date | None) -> bool:
    read_at = position["read_at"]
    return ended_on is not None and read_at is not None and local_day(read_at) < ended_on


def _twins_of(positions: Iterable[Investment], connections: Mapping[int, Connection]) -> dict[int, int]:
    """The connection that is alive, healthy and newest goes first; what another brings is compared with what is kept."""
    own: dict[int, list[Investment]] = defaultdict(list)
    for position in positions:
        own[position["connection_id"]].append(position)
    kept: list[Investment] = []
    twins: dict[int, int] = {}
    for connection_id in sorted(own, key=lambda number: _merit(connections[number]), reverse=True):
        pairs = dict(pair_positions(own[connection_id], kept))
        twins |= {own[connection_id][here]["id"]: kept[there]["id"] for here, there in pairs.items()}
        kept += [position for place, position in enumerate(own[connection_id]) if place not in pairs]
    return twins


def _merit(connection: Connection) -> tuple[bool, bool, datetime, int]:
    """As ``reading.balances`` ranks the connections of one account."""
    alive = not (connection["gone"] or connection["disconnecting"])
    newest = connection["last_updated_at"] or LONG_AGO
    return (alive, alive and is_healthy(connection), newest, connection["id"])


def join_snapshots(snapshots: Iterable[InvestmentSnapshot], twins: Mapping[int, int]) -> list[InvestmentSnapshot]:
    """Each under the position that counts: on a day that it was not read on, what a twin of it was worth."""
    by_day: dict[tuple[int, date], InvestmentSnapshot] = {}
    for one in sorted(snapshots, key=lambda one: one.investment_id not in twins):
        counted = twins.get(one.investment_id, one.investment_id)
        by_day[counted, one.day] = one._replace(investment_id=counted)
    return sorted(by_day.values(), key=lambda one: (one.day, one.investment_id))


def join_movements(
    movements: Iterable[InvestmentTransaction], twins: Mapping[int, int]
) -> dict[int, list[InvestmentTransaction]]:
    """By the position that counts: its own, or where its connection tells none, those of the twin that tells most."""
    own: dict[int, list[InvestmentTransaction]] = defaultdict(list)
    for move in movements:
        own[move["investment_id"]].append(move)
    joined = {number: moves for number, moves in own.items() if number not in twins}
    for twin, counted in twins.items():
        if counted not in own and len(own.get(twin, ())) > len(joined.get(counted, ())):
            joined[counted] = own[twin]
    return joined


def pots_of(pots: Iterable[Pot], accounts: Iterable[Account]) -> list[Pot]:
    """Those of accounts that count: what two connections bring is one."""
    counted = {account["id"] for account in accounts}
    return [pot for pot in pots if pot["account_id"] in counted]


def twin_pots(
    positions: Sequence[Investment], pots: Sequence[Pot], connections_of: Mapping[int, Collection[int]]
) -> dict[int, Pot]:
    """``{id of a position: the caixinha that is the same money}``: of one connection, and worth the same to the centavo, net
    or gross. One of the same name goes first. ``connections_of``: ids of the connections that bring an account."""
    candidates = (
        (0 if fold(pot["name"]) == fold(position["name"]) else 1, here, there)
        for here, position in enumerate(positions)
        for there, pot in enumerate(pots)
        if position["connection_id"] in connections_of.get(pot["account_id"], ()) and _is_worth(position, pot)
    )
    return {positions[here]["id"]: pots[there] for here, there in pair_best(candidates)}


def connections_of_accounts(accounts: Iterable[Account], connections: Iterable[Connection]) -> dict[int, set[int]]:
    """By the account that counts, ids of all connections that bring it."""
    given = list(accounts)
    better = superseded_accounts(given, connections)
    found: dict[int, set[int]] = defaultdict(set)
    for account in given:
        found[better.get(account["id"], account["id"])].add(account["connection_id"])
    return found


def _is_worth(position: Investment, pot: Pot) -> bool:
    worth = {round_to_centavo(one) for one in (position["balance"], position["amount"]) if one is not None}
    return pot["amount"] != ZERO and pot["amount"] in worth
