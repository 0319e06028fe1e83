"""What a bank that has just been connected is to the banks a person already has. Pure.

The same accounts are worth one connection: the one that works, through the better door. Nothing is taken down that is not
replaced by a connection that stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from open_finance.records import Connection
from open_finance.trouble import needs_person


@dataclass(frozen=True, slots=True)
class Rival:
    """Another connection of the person's, and the identities of the accounts it lists."""

    connection: Connection
    identities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Redundant:
    """Another connection lists all these accounts, and is as good."""

    connection_id: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """The newcomer stays. ``replaces``: the connections whose place it takes."""

    replaces: tuple[int, ...] = ()


def judge_newcomer(
    newcomer: Connection,
    identities: frozenset[str],
    rivals: Sequence[Rival],
    *,
    wanted: int | None,
    now: datetime,
) -> Redundant | Welcome:
    """What becomes of a newcomer that lists accounts with these identities.

    ``wanted``: the connection that it was made to replace. An adopted item is nobody's to take down: it only is welcome, and
    leaves only when its person says so.
    """
    present = [rival for rival in rivals if not rival.connection["disconnecting"]]
    replaced = [rival for rival in present if _takes_place_of(newcomer, identities, rival, wanted=wanted, now=now)]
    as_good = [
        rival
        for rival in present
        if rival not in replaced and _lists_all(rival, identities) and not needs_person(rival.connection, now)
    ]
    better = next((rival for rival in as_good if not _is_better_door(newcomer, rival.connection)), None)
    if better is not None and not newcomer["adopted"]:
        return Redundant(better.connection["id"])
    return Welcome(tuple(rival.connection["id"] for rival in replaced))


def _takes_place_of(
    newcomer: Connection, identities: frozenset[str], rival: Rival, *, wanted: int | None, now: datetime
) -> bool:
    in_trouble = needs_person(rival.connection, now)
    if rival.connection["id"] == wanted:
        shared = identities & rival.identities
        return in_trouble or bool(shared) or not rival.identities
    if rival.connection["adopted"] or not rival.identities:
        return False
    is_as_wide = rival.identities <= identities
    return is_as_wide and (in_trouble or _is_better_door(newcomer, rival.connection))


def _lists_all(rival: Rival, identities: frozenset[str]) -> bool:
    return bool(identities) and identities <= rival.identities


def _is_better_door(newcomer: Connection, other: Connection) -> bool:
    """Open Finance brings more than a password or MeuPluggy does, and asks for less."""
    return newcomer["is_open_finance"] and not other["is_open_finance"]
