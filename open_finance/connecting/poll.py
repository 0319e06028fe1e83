"""Follow a connection: one look at its item, one step of ``connect_flow``, and the row says where it stands.

The row is the truth, not the conversation: whoever polls next, after a restart too, goes on from it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import assert_never

from open_finance.clock import Clock
from open_finance.connect_flow import (
    ANSWERABLE,
    SLOW_SECONDS,
    Ask,
    AwaitingOthers,
    BankDown,
    Connected,
    Expired,
    Gone,
    Rejected,
    Step,
    Waiting,
    give_up,
    is_item_gone,
    next_step,
    poll_delay,
)
from open_finance.connecting.bank_errors import bank_error
from open_finance.connecting.credentials import check_answer
from open_finance.connecting.end import ConnectionEnder
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import ConnectionNotFoundError, PluggyError, PluggyNotFoundError
from open_finance.events import ConnectionBusy, ConnectionGone, ConnectionSynced
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import read_item
from open_finance.records import Action, Connection, Flow, ItemData
from open_finance.storage import repository
from open_finance.storage.database import Database

logger = logging.getLogger(__name__)

TICK_SECONDS = 60.0  # the pace when ``poll_delay`` leaves it to the ticks
COLLECTING = timedelta(minutes=1)  # nobody needs to look at an item whose data is just being read
#: Refusals after which the item itself says how it goes on.
_ALREADY_ANSWERED = frozenset({"ITEM_MFA_NOT_FOUND", "ITEM_MFA_ALREADY_PROVIDED"})


class ConnectionPoller:
    """Looks at items and moves connections on."""

    def __init__(
        self,
        client: PluggyClient,
        database: Database,
        synchronizer: DataSynchronizer,
        clock: Clock,
        ender: ConnectionEnder,
    ) -> None:
        self._client = client
        self._database = database
        self._synchronizer = synchronizer
        self._clock = clock
        self._ender = ender

    def check(self, user_id: int, connection_id: int) -> Connection:
        """One poll. See ``BankConnector.check_connection``."""
        flow = self.flow(user_id, connection_id)
        if flow["connection"]["disconnecting"]:
            return flow["connection"]
        try:
            item = read_item(self._client.get_item(flow["connection"]["item_id"]))
        except PluggyError as error:
            if is_item_gone(error):
                return self.advance(flow, None)
            self._poll_again(flow)
            raise
        return self.advance(flow, item)

    def answer(self, user_id: int, connection_id: int, value: str) -> Connection:
        """Send an answer once. See ``BankConnector.answer_mfa``."""
        flow = self.flow(user_id, connection_id)
        connection, action = flow["connection"], flow["connection"]["action"]
        if action is None or action["type"] not in ANSWERABLE:
            raise bank_error("ITEM_MFA_NOT_FOUND", connection["connector_name"], connection_id=connection_id)
        if action["expires_at"] is not None and self._clock.now() > action["expires_at"]:
            raise bank_error("ITEM_MFA_EXPIRED", connection["connector_name"], connection_id=connection_id)
        answer = check_answer(action, value)
        if not self._take_question(user_id, connection_id):
            raise bank_error("ITEM_MFA_ALREADY_PROVIDED", connection["connector_name"], connection_id=connection_id)
        try:
            raw = self._client.send_mfa(connection["item_id"], action["name"] or "", answer)
        except PluggyError as error:
            return self._answer_refused(connection, action, error)
        return self.advance(self._restart(flow), read_item(raw))

    def flow(self, user_id: int, connection_id: int) -> Flow:
        """The person's connection and where its flow stands. Raises ConnectionNotFoundError."""
        with self._database.reading() as session:
            flow = repository.find_flow(session, user_id, connection_id)
        if flow is None:
            raise ConnectionNotFoundError("no such connection for this person")
        return flow

    def advance(self, flow: Flow, item: ItemData | None) -> Connection:
        """Do what the item, as just read, asks for; None is an item that Pluggy does not have."""
        now = self._clock.now()
        step = next_step(item, now)
        if is_under_way(flow):
            step = give_up(step, flow["started_at"], now)
        if item is None or isinstance(step, Gone):
            return self._gone(flow)
        return self._take(flow, item, step)

    def _take(self, flow: Flow, item: ItemData, step: Step) -> Connection:
        match step:
            case Connected():
                return self._collect(flow, item)
            case Ask(action):
                return self._wait(flow, item, action)
            case Waiting():
                return self._wait(flow, item, None)
            case AwaitingOthers():
                return self._wait(flow, {**item, "execution_status": "USER_AUTHORIZATION_PENDING"}, None)
            case Rejected(code) | BankDown(code) | Expired(code):
                return self._fail(flow, item, code)
            case Gone():
                return self._gone(flow)
            case _:
                assert_never(step)

    # --- going on --------------------------------------------------------------------------------------------------

    def _wait(self, flow: Flow, item: ItemData, action: Action | None) -> Connection:
        user_id, connection_id = flow["connection"]["user_id"], flow["connection"]["id"]
        now = self._clock.now()
        with self._database.writing() as session:
            if repository.save_item(session, user_id, connection_id, item):
                if action is None:
                    repository.remove_action(session, user_id, connection_id)
                else:
                    repository.save_action(session, user_id, connection_id, action, now)
        if is_under_way(flow):
            self._poll_again(flow)
        elif action is not None:
            self._restart(flow)
        return self._connection(user_id, connection_id)

    def _collect(self, flow: Flow, item: ItemData) -> Connection:
        """The data is ready: read it when a flow was waiting for it, and end the flow once it is here."""
        user_id, connection_id = flow["connection"]["user_id"], flow["connection"]["id"]
        now = self._clock.now()
        with self._database.writing() as session:
            if repository.save_item(session, user_id, connection_id, item):
                repository.remove_action(session, user_id, connection_id)
                if is_under_way(flow):
                    repository.schedule_poll(session, user_id, connection_id, now + COLLECTING)
        connection = self._connection(user_id, connection_id)
        if not is_under_way(flow) or connection["disconnecting"]:
            return connection
        first = connection["settled_at"] is None
        event = self._synchronizer.sync_connection(
            user_id=user_id, connection_id=connection_id, width="wide" if first else "narrow", item=item
        )
        if isinstance(event, ConnectionGone):
            return self._gone(flow)
        # What cannot be read for a quarter of an hour is left to the schedule: the bank itself is connected. What another
        # pass is reading is waited for: it will be here.
        is_late = poll_delay((now - flow["started_at"]).total_seconds()) is None
        if isinstance(event, ConnectionSynced) or (is_late and not isinstance(event, ConnectionBusy)):
            with self._database.writing() as session:
                repository.settle(session, user_id, connection_id, self._clock.now())
        else:
            self._poll_again(flow, at_least=SLOW_SECONDS)
        return self._connection(user_id, connection_id)

    def _poll_again(self, flow: Flow, *, at_least: float = 0) -> None:
        now = self._clock.now()
        delay = poll_delay((now - flow["started_at"]).total_seconds())
        self._schedule(flow, now + timedelta(seconds=max(TICK_SECONDS if delay is None else delay, at_least)))

    def _restart(self, flow: Flow) -> Flow:
        """The person did something: quick polling begins again."""
        now = self._clock.now()
        at = now + timedelta(seconds=poll_delay(0) or 0)
        self._schedule(flow, at, started_at=now)
        return {**flow, "started_at": now, "next_poll_at": at}

    def _schedule(self, flow: Flow, at: datetime, *, started_at: datetime | None = None) -> None:
        connection = flow["connection"]
        with self._database.writing() as session:
            repository.schedule_poll(session, connection["user_id"], connection["id"], at, flow_started_at=started_at)

    def _connection(self, user_id: int, connection_id: int) -> Connection:
        return self.flow(user_id, connection_id)["connection"]

    # --- stopping --------------------------------------------------------------------------------------------------

    def _fail(self, flow: Flow, item: ItemData, code: str) -> Connection:
        """A connection that never stood is taken down; one that stood keeps all it has and says what is wrong."""
        connection = flow["connection"]
        user_id, connection_id, bank = connection["user_id"], connection["id"], connection["connector_name"]
        if not has_stood(connection) and item["last_updated_at"] is None:
            self._ender.abandon(user_id, connection_id)
            raise bank_error(code, bank, connection_id=connection_id, first_time=True)
        with self._database.writing() as session:
            if repository.save_item(session, user_id, connection_id, item, error_code=code):
                repository.settle(session, user_id, connection_id, self._clock.now())
        if is_under_way(flow):
            raise bank_error(code, bank, connection_id=connection_id)
        return self._connection(user_id, connection_id)

    def _gone(self, flow: Flow) -> Connection:
        connection = flow["connection"]
        user_id, connection_id, bank = connection["user_id"], connection["id"], connection["connector_name"]
        if not has_stood(connection):
            self._ender.abandon(user_id, connection_id)
            raise bank_error("ITEM_NOT_FOUND", bank, connection_id=connection_id, first_time=True)
        with self._database.writing() as session:
            repository.mark_gone(session, user_id, connection_id, self._clock.now())
        if is_under_way(flow):
            raise bank_error("ITEM_NOT_FOUND", bank, connection_id=connection_id)
        return self._connection(user_id, connection_id)

    # --- answers ---------------------------------------------------------------------------------------------------

    def _take_question(self, user_id: int, connection_id: int) -> bool:
        with self._database.writing() as session:
            return repository.remove_action(session, user_id, connection_id)

    def _answer_refused(self, connection: Connection, action: Action, error: PluggyError) -> Connection:
        """A refused answer: the item says how it goes on. One that was never judged may be given again."""
        user_id, connection_id = connection["user_id"], connection["id"]
        if error.code is None and not isinstance(error, PluggyNotFoundError):
            with self._database.writing() as session:
                repository.save_action(session, user_id, connection_id, action, self._clock.now())
            raise error
        checked = self.check(user_id, connection_id)
        if error.code is None or error.code in _ALREADY_ANSWERED:
            return checked
        raise bank_error(error.code, connection["connector_name"], connection_id=connection_id) from None


def is_under_way(flow: Flow) -> bool:
    """Whether somebody is waiting for this connection: its first time, a refresh, or a question that is being answered."""
    return flow["connection"]["settled_at"] is None or flow["next_poll_at"] is not None


def has_stood(connection: Connection) -> bool:
    """Whether the connection ever worked; only one that never did may be deleted without its person's wish."""
    stood = (connection["settled_at"], connection["last_synced_at"], connection["last_updated_at"])
    return any(moment is not None for moment in stood)
