"""What serves the machine, across people: due connections, leases, flows to poll, ends to confirm, the record of passes.

For the services and the bot's own wiring, never for a handler. Functions take the session first and never commit.

A connection's lease is the only authority on who may write what its pass reads: a claim raises the ``fence``, every write of
the pass is made under that number (``renew_claim``, ``finish_claim``), and a pass that lost it writes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypedDict

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from open_finance.connectors import MEU_PLUGGY_NAME
from open_finance.events import BankReturned
from open_finance.records import Connection, Flow, ItemData
from open_finance.storage.connection_rows import (
    Judgement,
    copy_item,
    is_readable,
    note_trouble,
    to_connection,
    to_flow,
)
from open_finance.storage.models import ActionRow, ConnectionRow, SyncRunRow
from open_finance.storage.person_models import AttemptRow, BankWatchRow
from open_finance.storage.statements import execute
from open_finance.storage.types import UtcDateTime

Outcome = Literal["changed", "unchanged", "failed", "needs_person", "gone"]

KEEP_RUNS = timedelta(days=90)


class ConnectionKey(NamedTuple):
    """Names a connection."""

    user_id: int
    connection_id: int


class DueCandidate(TypedDict):
    """A connection that may be due; ``schedule.due`` decides."""

    user_id: int
    connection_id: int
    served_slot_at: datetime | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class SyncClaim:
    """The right to read a connection and write what was read, and what the last pass left behind."""

    user_id: int
    connection_id: int
    fence: int
    item_id: str
    connector_id: int
    is_open_finance: bool
    synced_state: str | None
    synced_width: str | None
    created_cursor_at: datetime | None
    last_synced_at: datetime | None
    served_slot_at: datetime | None
    failures: int
    failing_since: datetime | None
    parked_at: datetime | None


class SyncRun(TypedDict):
    """One pass. ``reason``: the error class or the code, never a text of anybody's."""

    width: str
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    reason: str | None
    added: int
    updated: int
    removed: int


# --- connections to synchronise --------------------------------------------------------------------------------------


def list_due_candidates(
    session: Session, now: datetime, slot_at: datetime, connection: ConnectionKey | None = None
) -> list[DueCandidate]:
    """Connections that stand, were not served the slot, may be tried again, and are in nobody's hands; of all, or one."""
    key = (ConnectionRow.user_id, ConnectionRow.id)
    wanted = [] if connection is None else [column == value for column, value in zip(key, connection, strict=True)]
    rows = session.execute(
        select(*key, ConnectionRow.served_slot_at, ConnectionRow.retry_at)
        .where(is_readable(), ConnectionRow.settled_at.is_not(None), _is_owed(now, slot_at), _is_free(now), *wanted)
        .order_by(ConnectionRow.served_slot_at.asc().nulls_first(), ConnectionRow.id)
    )
    return [
        DueCandidate(user_id=user_id, connection_id=connection_id, served_slot_at=served, retry_at=retry_at)
        for user_id, connection_id, served, retry_at in rows
    ]


def list_readable_connections(session: Session, user_id: int | None = None) -> list[ConnectionKey]:
    """Every connection that stands, of one person or of all: not on its way out, not gone, not still being connected."""
    query = select(ConnectionRow.user_id, ConnectionRow.id).where(is_readable(), ConnectionRow.settled_at.is_not(None))
    if user_id is not None:
        query = query.where(ConnectionRow.user_id == user_id)
    return [ConnectionKey(*row) for row in session.execute(query.order_by(ConnectionRow.id))]


def claim_connection(
    session: Session, user_id: int, connection_id: int, now: datetime, seconds: float, slot_at: datetime | None = None
) -> SyncClaim | None:
    """Take a connection's lease. None when it is in other hands, on its way out, gone, or not this person's; with
    ``slot_at`` also when somebody has served that slot, or failed at it, since it was found due.

    The first synchronisation of a connection whose flow is still under way is claimed the same way.
    """
    row = session.execute(
        update(ConnectionRow)
        .where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id, is_readable(), _is_free(now))
        .where(*([] if slot_at is None else [_is_owed(now, slot_at)]))
        .values(lease_until=now + timedelta(seconds=seconds), fence=ConnectionRow.fence + 1)
        .returning(*(getattr(ConnectionRow, name) for name in _CLAIM_COLUMNS))
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if row is None else SyncClaim(user_id, connection_id, *row)


def renew_claim(session: Session, claim: SyncClaim, now: datetime, seconds: float) -> bool:
    """Hold the lease for longer; the first statement of every write. False: it is lost, or the connection is leaving."""
    until = now + timedelta(seconds=seconds)
    return execute(session, _RENEWAL, {"held": claim.connection_id, "under": claim.fence, "until": until}) == 1


def release_claim(session: Session, claim: SyncClaim) -> bool:
    """Give the lease back without a result: somebody else may try at once."""
    return _update_claimed(session, claim, lease_until=None)


def finish_claim(session: Session, claim: SyncClaim, **columns: Any) -> bool:
    """Stamp the result of a pass and give the lease back. False, and nothing written, when the lease was lost."""
    return _update_claimed(session, claim, lease_until=None, **columns)


def save_item_status(
    session: Session, claim: SyncClaim, item: ItemData, error_code: str | None, trouble: Judgement | None = None
) -> datetime | None:
    """Store where an item stands, and what that makes of the connection's trouble. Returns since when it had been in
    trouble, or had been given up, if that is over now."""
    row = _row(session, claim)
    since = row.trouble_at or claim.parked_at
    copy_item(row, item, error_code=error_code, trouble=trouble)
    session.flush()
    return since if row.trouble_at is None else None


def name_bank(session: Session, claim: SyncClaim, name: str) -> None:
    """The bank behind MeuPluggy has shown its name; one that was known before stays."""
    nameless = and_(ConnectionRow.id == claim.connection_id, ConnectionRow.connector_name == MEU_PLUGGY_NAME)
    session.execute(update(ConnectionRow).where(nameless).values(connector_name=name))


def mark_gone(session: Session, claim: SyncClaim, now: datetime, trouble: Judgement | None = None) -> bool:
    """Pluggy no longer knows the item: nothing more to read, poll or ask; the history stays."""
    if not finish_claim(session, claim, gone_at=now, next_poll_at=None):
        return False
    session.execute(delete(ActionRow).where(ActionRow.connection_id == claim.connection_id))
    if trouble is not None:
        note_trouble(_row(session, claim), trouble)
        session.flush()
    return True


def is_gone(session: Session, user_id: int, connection_id: int) -> bool | None:
    """Whether Pluggy lost the item; None when the person has no such connection."""
    row = session.execute(
        select(ConnectionRow.gone_at).where(
            ConnectionRow.id == connection_id,
            ConnectionRow.user_id == user_id,
            ConnectionRow.disconnected_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else row.gone_at is not None


def add_sync_run(session: Session, claim: SyncClaim, run: SyncRun) -> None:
    """Record a pass, and forget those of this connection that are older than 90 days."""
    session.add(SyncRunRow(user_id=claim.user_id, connection_id=claim.connection_id, **run))
    session.execute(
        delete(SyncRunRow).where(
            SyncRunRow.connection_id == claim.connection_id, SyncRunRow.finished_at < run["finished_at"] - KEEP_RUNS
        )
    )


# --- flows and ends --------------------------------------------------------------------------------------------------


def list_flows_to_poll(session: Session, now: datetime) -> list[Flow]:
    """Flows (of connecting or refreshing) whose next look at the item is due, the longest overdue first."""
    rows = session.execute(
        select(ConnectionRow, ActionRow)
        .outerjoin(ActionRow, ActionRow.connection_id == ConnectionRow.id)
        .where(is_readable(), ConnectionRow.next_poll_at <= now)
        .order_by(ConnectionRow.next_poll_at, ConnectionRow.id)
    )
    return [to_flow(row, action) for row, action in rows]


def list_pending_disconnections(session: Session, now: datetime) -> list[Connection]:
    """Connections whose end Pluggy has not confirmed, and is not being asked for, the oldest request first."""
    rows = session.scalars(
        select(ConnectionRow)
        .where(_is_leaving(), _is_free(now))
        .order_by(ConnectionRow.disconnect_requested_at, ConnectionRow.id)
    )
    return [to_connection(row, None) for row in rows]


def claim_end(session: Session, user_id: int, connection_id: int, now: datetime, seconds: float) -> int | None:
    """Take the lease of a connection on its way out, to ask Pluggy for its end. The fence; None when it is in other hands,
    has ended, was not asked to leave, or is not this person's."""
    claimed = (
        update(ConnectionRow)
        .where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id, _is_leaving(), _is_free(now))
        .values(lease_until=now + timedelta(seconds=seconds), fence=ConnectionRow.fence + 1)
        .returning(ConnectionRow.fence)
    )
    return session.scalar(claimed.execution_options(synchronize_session=False))


def release_end(session: Session, connection_id: int, fence: int) -> None:
    """Pluggy did not confirm: somebody else may ask at once."""
    held = and_(ConnectionRow.id == connection_id, ConnectionRow.fence == fence, _is_leaving())
    session.execute(update(ConnectionRow).where(held).values(lease_until=None))


# --- limits and watches ----------------------------------------------------------------------------------------------


def forget_attempts(session: Session, before: datetime) -> int:
    """Forget everybody's attempts that count no more. Returns how many."""
    return execute(session, delete(AttemptRow).where(AttemptRow.at < before))


def list_watches(session: Session) -> list[BankReturned]:
    """Who waits for which bank, everybody, the longest wait first."""
    rows = session.scalars(select(BankWatchRow).order_by(BankWatchRow.created_at, BankWatchRow.user_id))
    return [BankReturned(row.user_id, row.connector_id, row.connector_name) for row in rows]


def forget_watches(session: Session, connector_id: int) -> int:
    """Pluggy lists this bank no more: nobody need wait for it. Returns how many did."""
    return execute(session, delete(BankWatchRow).where(BankWatchRow.connector_id == connector_id))


# --- the small parts -------------------------------------------------------------------------------------------------

_CLAIM_COLUMNS = (
    "fence",
    "item_id",
    "connector_id",
    "is_open_finance",
    "synced_state",
    "synced_width",
    "created_cursor_at",
    "last_synced_at",
    "served_slot_at",
    "failures",
    "failing_since",
    "parked_at",
)


def _is_leaving() -> ColumnElement[bool]:
    return and_(ConnectionRow.disconnect_requested_at.is_not(None), ConnectionRow.disconnected_at.is_(None))


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(ConnectionRow.lease_until.is_(None), ConnectionRow.lease_until <= now)


def _is_owed(now: datetime, slot_at: datetime) -> ColumnElement[bool]:
    return and_(
        or_(ConnectionRow.served_slot_at.is_(None), ConnectionRow.served_slot_at < slot_at),
        or_(ConnectionRow.retry_at.is_(None), ConnectionRow.retry_at <= now),
    )


def _is_held(connection_id: Any, fence: Any) -> ColumnElement[bool]:
    return and_(ConnectionRow.id == connection_id, ConnectionRow.fence == fence, is_readable())


def _update_claimed(session: Session, claim: SyncClaim, **columns: Any) -> bool:
    held = _is_held(claim.connection_id, claim.fence)
    return execute(session, update(ConnectionRow).where(held).values(**columns)) == 1


#: Built once: every write of every pass begins with it.
_RENEWAL = (
    update(ConnectionRow)
    .where(_is_held(bindparam("held"), bindparam("under")))
    .values(lease_until=bindparam("until", type_=UtcDateTime()))
)


def _row(session: Session, claim: SyncClaim) -> ConnectionRow:
    return session.get_one(ConnectionRow, claim.connection_id, populate_existing=True, with_for_update=True)
