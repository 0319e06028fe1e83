"""An account that came back under another id takes in the history of the one it was. Inside one session.

Which accounts those are is planned before; whether they still are is asked again under the locks. Rows of the two are
matched as they are stored; those that the listing of the same pass recognises later are ``merge``'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from open_finance import reconcile
from open_finance.records import AccountData, FormerAccount, StoredTransaction
from open_finance.storage import joins, ledger
from open_finance.storage.database import Session

#: Of these a bank may open another one under the number of one that it closes.
_VARIED = frozenset({"SAVINGS_ACCOUNT"})

Plan = Mapping[str, list[FormerAccount]]


def plan(
    session: Session,
    user_id: int,
    connection_id: int,
    known: Mapping[str, ledger.AccountState],
    accounts: Iterable[AccountData] | None = None,
    listed: Collection[str] | None = None,
) -> Plan:
    """Pluggy's id of an account of this connection → the former accounts that it goes on from, the newest first.

    ``known``: the connection's stored accounts; ``accounts``: those it lists now, None when nothing was listed; ``listed``:
    the ids of all it lists, None when that is not certain. An account that is listed for the first time may also go on
    from one that the same connection lists no more; two that it has listed side by side are two accounts.
    """
    apart = {state.pluggy_id for state in known.values() if state.apart}
    stored = [_named(state, connection_id) for state in known.values() if state.listed]
    here: list[reconcile.NamedAccount] = [
        account for account in (stored if accounts is None else accounts) if account["pluggy_id"] not in apart
    ]
    former = joins.list_former_accounts(session, user_id, connection_id)
    pairs = reconcile.pair_accounts(here, former)
    if accounts is not None and listed is not None:
        unlisted = [state for name, state in known.items() if name not in listed and name not in apart]
        own = [_named(state, connection_id) for state in unlisted]
        new = [one for one in accounts if one["pluggy_id"] not in known]
        pairs |= reconcile.pair_accounts((one for one in new if one["subtype"] not in _VARIED), own)
        pairs |= reconcile.pair_accounts((one for one in new if one["subtype"] in _VARIED), own, by_name=True)
        former += own
    planned: dict[str, list[FormerAccount]] = defaultdict(list)
    for one in sorted(former, key=lambda one: (one["connection_id"], one["id"]), reverse=True):
        if one["id"] in pairs:
            planned[pairs[one["id"]]].append(one)
    return dict(planned)


def take_in(
    session: Session, user_id: int, account_id: int, former: Iterable[FormerAccount], now: datetime
) -> tuple[int, int]:
    """Join these accounts to one of the person's: how many were, and how many of their rows it had listed already."""
    joined = recognised = 0
    for one in former:
        join_id = joins.begin_join(session, user_id, account_id, one["id"], now)
        if join_id is None:  # erased, or taken in by another, since it was planned
            continue
        pairs, listed = _match(session, user_id, account_id, one["id"])
        joins.finish_join(session, user_id, account_id, one["id"], pairs, now)
        joined, recognised = joined + 1, recognised + listed
    return joined, recognised


def settle(session: Session, user_id: int, account_id: int) -> date | None:
    """Work out anew how far back the account's bank lists what joins brought, and note it with the joins' numbers."""
    day = reconcile.reach(joins.count_joined_days(session, user_id, account_id))
    joins.set_history_from(session, user_id, account_id, day)
    joins.count_joins(session, user_id, account_id)
    return day


def days_with(session: Session, user_id: int, account_id: int, found: Iterable[date]) -> dict[date, tuple[int, int]]:
    """What joins brought to an account by day, as ``reconcile.reach`` takes it, once rows of the days ``found`` are known to
    be listed too."""
    return reconcile.with_found(joins.count_joined_days(session, user_id, account_id), found)


def _match(session: Session, user_id: int, account_id: int, former_id: int) -> tuple[dict[int, str], int]:
    """Which of the former account's rows the account has already, and how many of these its own bank has listed."""
    carried = {
        row["pluggy_id"]: row["carried"] for row in ledger.iter_account_transactions(session, user_id, account_id)
    }
    if not carried:
        return {}, 0
    pairs = _match_days(session, user_id, account_id, former_id, carried)
    pairs |= _match_moved(session, user_id, account_id, former_id, pairs)
    return pairs, sum(not carried[pluggy_id] for pluggy_id in pairs.values())


def _match_days(
    session: Session, user_id: int, account_id: int, former_id: int, carried: Collection[str]
) -> dict[int, str]:
    """By what ``reconcile.match`` compares. Only rows that share a key with one of the other account's are held."""
    keys: set[tuple[Any, ...]] = set()
    for own_row in ledger.iter_account_transactions(session, user_id, account_id):
        keys |= reconcile.match_keys([own_row])
    pairs, held = {}, []
    for row in ledger.iter_account_transactions(session, user_id, former_id):
        if row["pluggy_id"] in carried:
            pairs[row["id"]] = row["pluggy_id"]
        elif not keys.isdisjoint(reconcile.match_keys([row])):
            held.append(row)
    taken = set(pairs.values())
    rows = ledger.iter_account_transactions(session, user_id, account_id)
    own = [row for row in reconcile.sharing(rows, reconcile.match_keys(held)) if row["pluggy_id"] not in taken]
    return pairs | reconcile.match(own, held, trusted=False)


def _match_moved(
    session: Session, user_id: int, account_id: int, former_id: int, pairs: Mapping[int, str]
) -> dict[int, str]:
    """The rows left over that the account has some days before or after."""
    days: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    wanted: set[tuple[Any, ...]] = set()
    for row in _standing(session, user_id, former_id):
        listed, others = days[row["occurred_on"]]
        is_found = row["id"] in pairs
        days[row["occurred_on"]] = (listed + 1, others) if is_found else (listed, others + 1)
        wanted |= set() if is_found else reconcile.moved_keys([row])
    taken = set(pairs.values())
    new = [
        row
        for row in _standing(session, user_id, account_id)
        if reconcile.near_one_of(row, wanted) and not row["carried"] and row["pluggy_id"] not in taken
    ]
    if not new:
        return {}
    near = reconcile.moved_keys(new)
    rows = _standing(session, user_id, former_id)
    left = [row for row in rows if row["id"] not in pairs and reconcile.near_one_of(row, near)]
    return reconcile.match_moved(new, left, days)


def _standing(session: Session, user_id: int, account_id: int) -> Iterator[StoredTransaction]:
    rows = ledger.iter_account_transactions(session, user_id, account_id)
    return (row for row in rows if row["removed_at"] is None)


def _named(state: ledger.AccountState, connection_id: int) -> FormerAccount:
    return FormerAccount(
        id=state.id,
        connection_id=connection_id,
        pluggy_id=state.pluggy_id,
        identity=state.identity,
        name=state.name,
        marketing_name=state.marketing_name,
    )
