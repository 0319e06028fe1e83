"""Which positions count: each once, however many connections bring it, and a caixinha that is a position is no pot beside
it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from open_finance.folding import fold
from open_finance.investment_identity import pair_best, pair_positions
from open_finance.investment_records import Investment, Pot
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.reading.balances import LONG_AGO, is_healthy
from open_finance.records import Connection


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
    """The positions of these connections. One that listings leave out counts until it is believed to have ended."""
    by_id = {connection["id"]: connection for connection in connections}
    known = [position for position in positions if position["connection_id"] in by_id]
    held = [position for position in known if position["ended_on"] is None]
    over = [position for position in known if position["ended_on"] is not None]
    twins = _twins_of(held, by_id) | _twins_of(over, by_id)
    held = [position for position in held if position["id"] not in twins]
    over = [position for position in over if position["id"] not in twins]
    over.sort(key=lambda position: (position["ended_on"], position["id"]), reverse=True)
    return Holdings(
        counted=tuple(position for position in held if position["currency_code"] == BRL),
        apart=tuple(position for position in held if position["currency_code"] != BRL),
        ended=tuple(over),
        twins=twins,
    )


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


def twin_pots(
    positions: Sequence[Investment], pots: Sequence[Pot], connection_of: Mapping[int, int]
) -> dict[int, tuple[int, str]]:
    """``{id of a position: account and key of the caixinha that is the same money}``: of one connection, and worth the same
    to the centavo, net or gross. One of the same name goes first. ``connection_of``: each account's."""
    candidates = (
        (0 if fold(pot["name"]) == fold(position["name"]) else 1, here, there)
        for here, position in enumerate(positions)
        for there, pot in enumerate(pots)
        if connection_of.get(pot["account_id"]) == position["connection_id"] and _is_worth(position, pot)
    )
    return {
        positions[here]["id"]: (pots[there]["account_id"], pots[there]["key"]) for here, there in pair_best(candidates)
    }


def _is_worth(position: Investment, pot: Pot) -> bool:
    worth = {round_to_centavo(one) for one in (position["balance"], position["amount"]) if one is not None}
    return pot["amount"] != ZERO and pot["amount"] in worth
