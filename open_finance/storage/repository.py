"""One person's connections, intents, actions and consents. Every function takes the session first and the person second,
looks only at that person's rows, never commits, and returns records. A foreign id is a missing one.

A connection exists for its person until it is disconnected; the row then stays only to carry its history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from open_finance.errors import BankConnectionError
from open_finance.records import CONNECT, Action, Connection, Flow, Goal, Intent, ItemData
from open_finance.storage.connection_rows import (
    Judgement,
    copy_item,
    note_trouble,
    to_action,
    to_connection,
    to_flow,
    to_intent,
)
from open_finance.storage.erasures import refuse_while_erasing
from open_finance.storage.models import ActionRow, ConnectionRow, IntentRow
from open_finance.storage.person_models import ConsentRow
from open_finance.storage.separations import forget_former

OPEN_INTENT = ("collecting", "posting")


# --- connections ---------------------------------------------------------------------------------------------------


def add_connection(
    session: Session,
    user_id: int,
    item: ItemData,
    *,
    now: datetime,
    message_id: int | None = None,
    adopted: bool = False,
    replaces_id: int | None = None,
) -> Connection:
    """Store an item as this person's connection, its flow beginning now and due for a poll at once.

    An item that is this person's connection already stays what it is. Raises BankConnectionError
    (``ITEM_USER_ALREADY_EXISTS``) when it is, or was, another one's.
    """
    row = ConnectionRow(
        user_id=user_id,
        item_id=item["item_id"],
        connector_id=item["connector_id"],
        connector_name=item["connector_name"],
        is_open_finance=item["is_open_finance"],
        products={},
        created_at=now,
        flow_started_at=now,
        next_poll_at=now,
        message_id=message_id,
        failures=0,
        fence=0,
        erase_history=False,
        adopted=adopted,
        replaces_id=replaces_id,
    )
    copy_item(row, item, error_code=None)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        existing = find_connection_of_item(session, user_id, item["item_id"])
        if existing is None:
            raise BankConnectionError("the item is another connection's", code="ITEM_USER_ALREADY_EXISTS") from None
        return existing
    return to_connection(row, None)


def find_connection(session: Session, user_id: int, connection_id: int) -> Connection | None:
    """One of the person's connections; None when there is none by that id, or it was disconnected."""
    found = session.execute(_connections(user_id).where(ConnectionRow.id == connection_id)).one_or_none()
    return None if found is None else to_connection(*found)


def find_connection_of_item(session: Session, user_id: int, item_id: str) -> Connection | None:
    """The person's connection that holds a Pluggy item."""
    found = session.execute(_connections(user_id).where(ConnectionRow.item_id == item_id)).one_or_none()
    return None if found is None else to_connection(*found)


def list_connections(session: Session, user_id: int) -> list[Connection]:
    """The person's connections, oldest first; disconnected ones are not listed."""
    return [
        to_connection(row, action) for row, action in session.execute(_connections(user_id).order_by(ConnectionRow.id))
    ]


def list_ended_connections(session: Session, user_id: int) -> list[Connection]:
    """The person's disconnected banks whose history was kept, oldest first."""
    ended = select(ConnectionRow).where(ConnectionRow.user_id == user_id, ConnectionRow.disconnected_at.is_not(None))
    return [to_connection(row, None) for row in session.scalars(ended.order_by(ConnectionRow.id))]


def find_flow(session: Session, user_id: int, connection_id: int) -> Flow | None:
    """One of the person's connections with where its flow stands."""
    found = session.execute(_connections(user_id).where(ConnectionRow.id == connection_id)).one_or_none()
    if found is None:
        return None
    return to_flow(*found)


def save_item(
    session: Session,
    user_id: int,
    connection_id: int,
    item: ItemData,
    *,
    error_code: str | None = None,
    trouble: Judgement | None = None,
) -> bool:
    """Store where an item stands, and what that makes of the connection's trouble. False, and nothing written, when the
    connection has left or is leaving."""
    row = _lock(session, user_id, connection_id)
    if row is None or row.disconnect_requested_at is not None:
        return False
    copy_item(row, item, error_code=error_code, trouble=trouble)
    row.gone_at = None  # it was read
    return True


def follow_again(session: Session, user_id: int, connection_id: int, now: datetime) -> None:
    """The item of a connection that was taken for lost is there after all: a new flow begins."""
    row = _lock(session, user_id, connection_id)
    if row is not None:
        row.gone_at, row.flow_started_at, row.next_poll_at = None, now, now


def schedule_poll(
    session: Session, user_id: int, connection_id: int, at: datetime | None, *, flow_started_at: datetime | None = None
) -> None:
    """When to look at the item again; None: no flow is under way. ``flow_started_at`` begins a new flow; without it a
    flow that has ended meanwhile is not revived. A connection on its way out has none."""
    owned = update(ConnectionRow).where(
        ConnectionRow.id == connection_id,
        ConnectionRow.user_id == user_id,
        ConnectionRow.disconnect_requested_at.is_(None),
    )
    if flow_started_at is None:
        session.execute(owned.where(ConnectionRow.next_poll_at.is_not(None)).values(next_poll_at=at))
    else:
        session.execute(owned.values(next_poll_at=at, flow_started_at=flow_started_at))


def settle(session: Session, user_id: int, connection_id: int, now: datetime) -> None:
    """The flow is over: nothing more to poll, nothing more to ask."""
    row = _lock(session, user_id, connection_id)
    if row is not None:
        row.settled_at = row.settled_at or now
        row.next_poll_at = None
        remove_action(session, user_id, connection_id)


def mark_gone(
    session: Session, user_id: int, connection_id: int, now: datetime, *, trouble: Judgement | None = None
) -> None:
    """Pluggy no longer knows the item: the flow is over, the history stays."""
    settle(session, user_id, connection_id, now)
    row = _lock(session, user_id, connection_id)
    if row is not None:
        row.gone_at = row.gone_at or now
        if trouble is not None:
            note_trouble(row, trouble)


# --- the way out ---------------------------------------------------------------------------------------------------


def request_disconnection(
    session: Session, user_id: int, connection_id: int, *, erase_history: bool, now: datetime
) -> bool:
    """Stop reading a connection and note what is to become of its history. False when the person has no such connection.

    A later request overrides an earlier one that Pluggy has not confirmed.
    """
    row = _lock(session, user_id, connection_id)
    if row is None:
        return False
    if row.disconnect_requested_at is None:
        row.disconnect_requested_at = now
        row.lease_until = None  # a pass under way has lost it by this very request
    row.erase_history = erase_history
    row.next_poll_at = None
    remove_action(session, user_id, connection_id)
    return True


def finish_disconnection(session: Session, user_id: int, connection_id: int, now: datetime) -> bool:
    """Pluggy confirmed the end of a connection that was asked to leave: erase its history, or keep it without one.

    False when there was nothing to finish (already finished).
    """
    row = _lock(session, user_id, connection_id)
    if row is None or row.disconnect_requested_at is None:
        return False
    if row.erase_history:
        remove_connection(session, user_id, connection_id)
    else:
        row.disconnected_at = now
    return True


def erase_kept_history(session: Session, user_id: int, connection_id: int) -> bool:
    """Erase what was kept of a disconnected bank; False when the person keeps nothing by that id."""
    ended = select(ConnectionRow.id).where(
        ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id, ConnectionRow.disconnected_at.is_not(None)
    )
    if session.scalar(ended) is None:
        return False
    remove_connection(session, user_id, connection_id)
    return True


def remove_connection(session: Session, user_id: int, connection_id: int) -> None:
    """Delete the row and, by cascade, all it brought; what other connections took in of it since is theirs."""
    forget_former(session, user_id, connection_id)
    session.execute(delete(ConnectionRow).where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id))


# --- what a connection asks of its person --------------------------------------------------------------------------


def save_action(session: Session, user_id: int, connection_id: int, action: Action, now: datetime) -> None:
    """Store what the person must do; the same question asked again keeps the moment it was first asked."""
    if _lock(session, user_id, connection_id) is None:
        return
    row = session.get(ActionRow, connection_id)
    if row is None:
        row = ActionRow(connection_id=connection_id, user_id=user_id, asked_at=now)
        session.add(row)
    elif to_action(row) != action:
        row.asked_at = now
    for column, value in action.items():
        setattr(row, column, value)


def remove_action(session: Session, user_id: int, connection_id: int) -> bool:
    """Nothing is being asked any more; False when nothing was. Of two simultaneous calls one gets True."""
    owned = delete(ActionRow).where(ActionRow.connection_id == connection_id, ActionRow.user_id == user_id)
    return session.execute(owned.returning(ActionRow.connection_id)).first() is not None


# --- intents -------------------------------------------------------------------------------------------------------


def add_intent(  # noqa: PLR0913 - the columns of a row
    session: Session,
    user_id: int,
    *,
    connector_id: int,
    connector_name: str,
    now: datetime,
    expires_at: datetime,
    message_id: int | None = None,
    state: Literal["collecting", "posting"] = "collecting",
    goal: Goal = CONNECT,
) -> Intent:
    """Note that the person is connecting a bank. One conversation at a time: one that begins to collect values abandons
    an earlier one that still does.

    Raises BankConnectionError (``BEING_ERASED``) while everything of the person's is being erased: nothing new begins.
    """
    refuse_while_erasing(session, user_id)
    if state == "collecting":
        session.execute(
            update(IntentRow)
            .where(IntentRow.user_id == user_id, IntentRow.state == "collecting")
            .values(state="abandoned", updated_at=now)
        )
    row = IntentRow(
        user_id=user_id,
        connector_id=connector_id,
        connector_name=connector_name,
        state=state,
        message_id=message_id,
        created_at=now,
        updated_at=now,
        expires_at=expires_at,
        purpose=goal.purpose,
        connection_id=goal.connection_id,
        replaces_id=goal.replaces_id,
    )
    session.add(row)
    session.flush()
    return to_intent(row)


def find_intent(session: Session, user_id: int, intent_id: int, *, lock: bool = False) -> Intent | None:
    """One of the person's intents, in any state; ``lock`` waits for whoever is moving it."""
    query = select(IntentRow).where(IntentRow.id == intent_id, IntentRow.user_id == user_id)
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else to_intent(row)


def mark_told(session: Session, user_id: int, connection_id: int | None) -> None:
    """The end of the person's flow about this connection was shown: its intents point at no message any more, nor do those
    that made no connection, or one that has been taken down. Intents about other connections are still to be told."""
    ended = IntentRow.state.not_in(("collecting", "posting", "uncertain"))
    told = or_(IntentRow.connection_id == connection_id, IntentRow.connection_id.is_(None))
    session.execute(
        update(IntentRow)
        .where(IntentRow.user_id == user_id, ended, told, IntentRow.message_id.is_not(None))
        .values(message_id=None)
    )


def find_open_intent(session: Session, user_id: int, now: datetime) -> Intent | None:
    """The person's latest intent that is collecting and in time, or whose request is under way."""
    row = session.scalars(
        select(IntentRow)
        .where(IntentRow.user_id == user_id, IntentRow.state.in_(OPEN_INTENT))
        .where((IntentRow.state == "posting") | (IntentRow.expires_at > now))
        .order_by(IntentRow.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else to_intent(row)


def move_intent(
    session: Session, user_id: int, intent_id: int, *, before: Collection[str], after: str, now: datetime
) -> bool:
    """Take an intent from one of some states to another; False when it was in none. Of two simultaneous calls one gets
    True."""
    moved = session.execute(
        update(IntentRow)
        .where(IntentRow.id == intent_id, IntentRow.user_id == user_id, IntentRow.state.in_(before))
        .values(state=after, updated_at=now)
        .returning(IntentRow.id)
    )
    return moved.first() is not None


def finish_intent(session: Session, user_id: int, intent_id: int, connection_id: int, *, now: datetime) -> None:
    """The intent has become a connection, whatever its state was meanwhile (a restart calls ``posting`` uncertain)."""
    session.execute(
        update(IntentRow)
        .where(IntentRow.id == intent_id, IntentRow.user_id == user_id)
        .values(state="done", connection_id=connection_id, updated_at=now)
    )


def remove_intent(session: Session, user_id: int, intent_id: int) -> bool:
    """Forget an intent; False when there was none. Of two simultaneous calls one gets True."""
    owned = delete(IntentRow).where(IntentRow.id == intent_id, IntentRow.user_id == user_id)
    return session.execute(owned.returning(IntentRow.id)).first() is not None


# --- consents ------------------------------------------------------------------------------------------------------


def add_consent(session: Session, user_id: int, *, version: str, text: str, now: datetime) -> None:
    """Keep which text the person agreed to, by its version and hash."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    session.add(ConsentRow(user_id=user_id, version=version, text_sha256=digest, given_at=now))


def has_consent(session: Session, user_id: int, version: str) -> bool:
    """Whether the person agreed to this version."""
    return session.scalar(select(exists().where(ConsentRow.user_id == user_id, ConsentRow.version == version))) is True


# --- the one way in ------------------------------------------------------------------------------------------------


def _connections(user_id: int) -> Select[ConnectionRow, ActionRow | None]:
    return (
        select(ConnectionRow, ActionRow)
        .outerjoin(ActionRow, ActionRow.connection_id == ConnectionRow.id)
        .where(ConnectionRow.user_id == user_id, ConnectionRow.disconnected_at.is_(None))
    )


def _lock(session: Session, user_id: int, connection_id: int) -> ConnectionRow | None:
    return session.scalars(
        select(ConnectionRow)
        .where(ConnectionRow.id == connection_id, ConnectionRow.user_id == user_id)
        .where(ConnectionRow.disconnected_at.is_(None))
        .with_for_update()
    ).one_or_none()
