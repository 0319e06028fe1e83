"""What a synchronisation writes of positions, their movements and days, and caixinhas. As in ``ledger``: the session first
and the person second, only that person's rows, and nothing is committed. A second time over the same listing writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from open_finance.investment_merge import Kept, Standing, match_moves
from open_finance.investment_records import (
    InvestmentData,
    InvestmentSnapshot,
    InvestmentTransaction,
    InvestmentTransactionData,
    PotData,
    Product,
    Reading,
)
from open_finance.storage.holding_rows import (
    INVESTMENTS,
    Merged,
    list_former,
    list_kept,
    merge_listed,
    move_holding,
    set_standing,
    take_place,
)
from open_finance.storage.investment_models import (
    InvestmentRow,
    InvestmentSnapshotRow,
    InvestmentTransactionRow,
    PotRow,
    ProductReadRow,
)
from open_finance.storage.investments import list_investment_snapshots, list_investment_transactions
from open_finance.storage.models import AccountRow, ConnectionRow
from open_finance.storage.statements import execute, insert_into

_MOVE_VALUES = tuple(InvestmentTransactionData.__annotations__)


# --- positions -----------------------------------------------------------------------------------------------------------


def list_kept_investments(session: Session, user_id: int, connection_id: int) -> list[Kept[InvestmentData]]:
    """The positions that a connection of the person's has had, with how they stand, oldest first."""
    return list_kept(session, user_id, INVESTMENTS, connection_id)


def list_former_investments(session: Session, user_id: int, connection_id: int) -> list[Kept[InvestmentData]]:
    """The person's positions of other connections that are read no more and whose history is kept."""
    return list_former(session, user_id, INVESTMENTS, connection_id)


def merge_investments(
    session: Session, user_id: int, connection_id: int, listed: Iterable[InvestmentData], now: datetime
) -> Merged:
    """Store the positions that a connection lists: see ``merge_listed``."""
    return merge_listed(session, user_id, INVESTMENTS, connection_id, list(listed), now)


def set_investment_standing(
    session: Session, user_id: int, investment_id: int, standing: Standing, now: datetime
) -> int:
    """Note whether a position is still there. Returns the rows written."""
    return set_standing(session, user_id, INVESTMENTS, investment_id, standing, now)


def move_investment(
    session: Session, user_id: int, investment_id: int, connection_id: int, pluggy_id: str, now: datetime
) -> int:
    """A position goes on under another connection and another id, with its movements and days. Returns the rows written."""
    return move_holding(session, user_id, INVESTMENTS, investment_id, (connection_id, pluggy_id), now)


def absorb_investment(session: Session, user_id: int, investment_id: int, twin_id: int, now: datetime) -> int:
    """A former position takes the place of the one that goes on from it (``twin_id``), which another connection had begun
    to list: it keeps its id, movements and days, takes over those that only the other has, and its values. Returns the
    rows written; none where either is not the person's."""
    merge_investment_transactions(session, user_id, investment_id, _moves_of(session, user_id, twin_id), now)
    days = list_investment_snapshots(session, user_id, [twin_id])
    save_investment_snapshots(session, user_id, [day._replace(investment_id=investment_id) for day in days])
    return take_place(session, user_id, INVESTMENTS, investment_id, twin_id, now)


# --- movements and days --------------------------------------------------------------------------------------------------


def merge_investment_transactions(
    session: Session,
    user_id: int,
    investment_id: int,
    listed: Iterable[InvestmentTransactionData],
    now: datetime,
) -> int:
    """Store the movements of a position, by Pluggy's ids; one that is not listed any more stays, and goes on in a new one
    that is the same. Returns the rows written: none for what is unchanged, nor for a position of somebody else's."""
    owned = select(InvestmentRow.id).where(InvestmentRow.id == investment_id, InvestmentRow.user_id == user_id)
    if session.scalar(owned) is None:
        return 0
    told = {move["pluggy_id"]: move for move in listed}
    stored = {move["pluggy_id"]: move for move in list_investment_transactions(session, user_id, [investment_id])}
    new = [move for pluggy_id, move in told.items() if pluggy_id not in stored]
    again = match_moves(new, [move for pluggy_id, move in stored.items() if pluggy_id not in told])
    heirs = {pluggy_id: row_id for row_id, pluggy_id in again.items()}
    written = 0
    for pluggy_id, move in told.items():
        known = stored.get(pluggy_id)
        if known is None and pluggy_id not in heirs:
            owner = {"user_id": user_id, "investment_id": investment_id, "created_at": now, "updated_at": now}
            session.execute(insert(InvestmentTransactionRow).values(**move, **owner))
            written += 1
        elif known is None or (changes := _changes(known, move)):
            values: Mapping[str, Any] = move if known is None else changes
            row_id = heirs[pluggy_id] if known is None else known["id"]
            written += _update_move(session, user_id, row_id, values, now)
    return written


def save_investment_snapshots(session: Session, user_id: int, snapshots: Sequence[InvestmentSnapshot]) -> int:
    """Note what positions were worth on a day: a later reading of the same day takes the place of the one before. Returns
    the rows written: none where that is known already, nor for positions of somebody else's."""
    if not snapshots:
        return 0
    ids = {one.investment_id for one in snapshots}
    owned = select(InvestmentRow.id).where(InvestmentRow.id.in_(ids), InvestmentRow.user_id == user_id)
    own = set(session.scalars(owned))
    first = min((one.day for one in snapshots), default=None)
    known = {
        (one.investment_id, one.day): one for one in list_investment_snapshots(session, user_id, own, date_from=first)
    }
    written = 0
    for one in snapshots:
        before = known.get((one.investment_id, one.day))
        if one.investment_id not in own or (before is not None and _says_nothing_new(before, one)):
            continue
        written += _save(session, user_id, one)
    return written


def _says_nothing_new(before: InvestmentSnapshot, one: InvestmentSnapshot) -> bool:
    return before.balance == one.balance and one.amount in (None, before.amount)


def _save(session: Session, user_id: int, one: InvestmentSnapshot) -> int:
    values = {"balance": one.balance, "amount": one.amount, "taken_at": one.taken_at}
    key = [InvestmentSnapshotRow.investment_id, InvestmentSnapshotRow.day]
    statement = insert_into(session, InvestmentSnapshotRow).values(**one._asdict(), user_id=user_id)
    return execute(session, statement.on_conflict_do_update(index_elements=key, set_=values))


def _changes(known: InvestmentTransaction, told: InvestmentTransactionData) -> dict[str, Any]:
    """What a movement tells that is not known of it; what it does not tell stays."""
    stored = cast("Mapping[str, Any]", known)
    return {name: value for name, value in told.items() if value is not None and stored[name] != value}


def _update_move(session: Session, user_id: int, row_id: int, values: Mapping[str, Any], now: datetime) -> int:
    told = {name: value for name, value in values.items() if value is not None}
    owned = update(InvestmentTransactionRow).where(
        InvestmentTransactionRow.id == row_id, InvestmentTransactionRow.user_id == user_id
    )
    return execute(session, owned.values(**told, updated_at=now))


def _moves_of(session: Session, user_id: int, investment_id: int) -> list[InvestmentTransactionData]:
    rows = list_investment_transactions(session, user_id, [investment_id])
    return [cast("InvestmentTransactionData", {name: row[name] for name in _MOVE_VALUES}) for row in rows]  # type: ignore[literal-required]


# --- caixinhas, and how asking ended -------------------------------------------------------------------------------------


def replace_pots(session: Session, user_id: int, account_id: int, pots: Iterable[PotData], now: datetime) -> int:
    """The caixinhas of an account are these. Returns the rows written: none for what is unchanged, nor for an account of
    somebody else's."""
    owned = select(AccountRow.id).where(AccountRow.id == account_id, AccountRow.user_id == user_id)
    if session.scalar(owned) is None:
        return 0
    columns = (PotRow.key, PotRow.name, PotRow.amount)
    rows = session.execute(select(*columns).where(PotRow.account_id == account_id, PotRow.user_id == user_id))
    known = {row.key: PotData(key=row.key, name=row.name, amount=row.amount) for row in rows}
    told = {pot["key"]: pot for pot in pots}
    gone = known.keys() - told.keys()
    written = 0
    if gone:
        own = delete(PotRow).where(PotRow.account_id == account_id, PotRow.user_id == user_id)
        written += execute(session, own.where(PotRow.key.in_(gone)))
    for key, pot in told.items():
        if known.get(key) != pot:
            values = {"name": pot["name"], "amount": pot["amount"], "updated_at": now}
            statement = insert_into(session, PotRow).values(account_id=account_id, key=key, user_id=user_id, **values)
            keys = [PotRow.account_id, PotRow.key]
            written += execute(session, statement.on_conflict_do_update(index_elements=keys, set_=values))
    return written


def note_product_read(
    session: Session, user_id: int, connection_id: int, product: Product, reading: Reading, listed: int, now: datetime
) -> int:
    """Note how asking a connection for a product ended; ``listed``: how many it listed. Where it listed nothing because it
    did not answer, what it listed before, and when, stays. Returns the rows written."""
    owned = select(ConnectionRow.id).where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id)
    if session.scalar(owned) is None:
        return 0
    values: dict[str, Any] = {"reading": reading, "asked_at": now}
    if reading == "listed":
        values |= {"listed": listed, "read_at": now}
    keys = [ProductReadRow.connection_id, ProductReadRow.product]
    key = {"connection_id": connection_id, "product": product, "user_id": user_id}
    statement = insert_into(session, ProductReadRow).values(**{"listed": 0, "read_at": None, **values, **key})
    return execute(session, statement.on_conflict_do_update(index_elements=keys, set_=values))
