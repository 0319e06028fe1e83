"""An account that several connections or several members share counts once. Pure; what is not shared has no say in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from open_finance.reading.balances import better_twins, is_card
from open_finance.records import Connection
from open_finance.sharing.family import SharedAccount
from open_finance.sharing.levels import ALL


def better_shared(shared: Sequence[SharedAccount]) -> dict[int, tuple[int, ...]]:
    """As ``reading.balances.better_twins``, over what is shared. A card is known by its bank and four digits: those of two
    members are two cards. A bank account is known by its whole number: two members who bring it have it together."""
    groups: dict[int | None, list[SharedAccount]] = defaultdict(list)
    for one in shared:
        groups[one.member_id if is_card(one.account) else None].append(one)
    better: dict[int, tuple[int, ...]] = {}
    for group in groups.values():
        better |= better_twins([one.account for one in group], _connections(group))
    return better


def each_once(shared: Sequence[SharedAccount]) -> list[SharedAccount]:
    """In the order given. Of twins the one that counts is one that is shared whole, and then the one that counts for an
    owner: healthy, read last."""
    better = better_shared(shared)
    rank = {one.account["id"]: (one.level != ALL, len(better.get(one.account["id"], ()))) for one in shared}
    chosen: dict[int, int] = {}
    for account_id in rank:
        first = better[account_id][0] if account_id in better else account_id
        chosen[first] = min(account_id, chosen.get(first, account_id), key=rank.__getitem__)
    return [one for one in shared if one.account["id"] in chosen.values()]


def rows_until(better: dict[int, tuple[int, ...]], first_days: dict[int, date]) -> dict[int, date]:
    """An account's rows count until the day a better twin's begin; a twin without rows takes nothing over."""
    days = {old: [first_days[twin] for twin in twins if twin in first_days] for old, twins in better.items()}
    return {old: min(begun) for old, begun in days.items() if begun}


def _connections(shared: Iterable[SharedAccount]) -> list[Connection]:
    return list({one.connection["id"]: one.connection for one in shared}.values())
