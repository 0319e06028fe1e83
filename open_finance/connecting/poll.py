"""Follow a connection: one look at its item, one step of ``connect_flow``, and the row says where it stands.

The row is the truth, not the conversation: whoever polls next, after a restart too, goes on from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from open_finance.clock import Clock
from open_finance.closed_doors import ClosedDoors
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
from open_finance.connecting.attempts import AttemptLog
from open_finance.connecting.bank_errors import REJECTED_CREDENTIALS, bank_error, wording_of
from open_finance.connecting.credentials import check_answer
from open_finance.connecting.end import ConnectionEnder
from open_finance.connecting.newcomer import Redundant, Welcome
from open_finance.connecting.welcome import NothingShared, Welcomer
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import BankConnectionError, ConnectionNotFoundError, PluggyError, PluggyNotFoundError
from open_finance.events import ConnectionBusy, ConnectionGone, ConnectionNeedsPerson, ConnectionSynced, SyncEvent
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import read_item
from open_finance.records import Action, Connection, Flow, ItemData, Width
from open_finance.storage import doors, repository, screens
from open_finance.storage.database import Database
from open_finance.trouble import DOOR_CLOSED, NOTHING_SHARED, judge

TICK_SECONDS = 60.0  # the pace when ``poll_delay`` leaves it to the ticks
CORRECTING = timedelta(minutes=2)  # for another password where the first was typed, before the refusal counts
COLLECTING = timedelta(minutes=1)  # nobody needs to look at an item whose data is just being read
#: Refusals after which the item itself says how it goes on.
_ALREADY_ANSWERED = frozenset({"ITEM_MFA_NOT_FOUND", "ITEM_MFA_ALREADY_PROVIDED"})


@dataclass(frozen=True, slots=True)
class Rooms:
    """Whom the poller turns to."""

    ender: ConnectionEnder
    welcomer: Welcomer
    attempts: AttemptLog
    doors: ClosedDoors


class ConnectionPoller:
    """Looks at items and moves connections on."""

    def __init__(
        self,
        client: PluggyClient,
        database: Database,
        synchronizer: DataSynchronizer,
        clock: Clock,
        rooms: Rooms,
    ) -> None:
        self._client = client
        self._database = database
        self._synchronizer = synchronizer
        self._clock = clock
        self._ender = rooms.ender
        self._welcomer = rooms.welcomer
        self._attempts = rooms.attempts
        self._doors = rooms.doors

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
            if repository.save_item(session, user_id, connection_id, item, trouble=judge(item, now)):
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
            if repository.save_item(session, user_id, connection_id, item, trouble=judge(item, now)):
                repository.remove_action(session, user_id, connection_id)
                if is_under_way(flow):
                    repository.schedule_poll(session, user_id, connection_id, now + COLLECTING)
        connection = self._connection(user_id, connection_id)
        if not is_under_way(flow) or connection["disconnecting"]:
            return connection
        replaced: tuple[int, ...] = ()
        if connection["settled_at"] is None:
            try:
                replaced = self._welcome(flow, item)
            except PluggyError as error:
                return self._gone(flow) if is_item_gone(error) else self._unread(flow)
        return self._read(flow, item, replaced)

    def _welcome(self, flow: Flow, item: ItemData) -> tuple[int, ...]:
        """A first look, before anything is stored: the connections whose place this one takes. Raises PluggyError, and
        BankConnectionError when there is no place for it."""
        connection = flow["connection"]
        user_id, connection_id = connection["user_id"], connection["id"]
        match self._welcomer.inspect(flow, item):
            case NothingShared():
                self._ender.abandon(user_id, connection_id)
                raise _no_place(connection, "NOTHING_SHARED", connection_id)
            case Redundant(other):
                renamed = self._connection(user_id, connection_id)
                if self._ender.give_way(user_id, connection_id, to=other, erase_history=True):
                    raise _no_place(renamed, "ALREADY_CONNECTED", other)
                return ()  # that one is leaving by now
            case Welcome(replaced):
                return replaced

    def _read(self, flow: Flow, item: ItemData, replaced: tuple[int, ...]) -> Connection:
        """Bring the data here; after a first time, or a long absence, all of it."""
        connection = flow["connection"]
        user_id, connection_id = connection["user_id"], connection["id"]
        width: Width = "wide" if connection["settled_at"] is None or connection["trouble_code"] else "narrow"
        event = self._sync(connection, width, item)
        if isinstance(event, ConnectionSynced) and replaced and self._welcomer.take_places(connection, replaced):
            self._sync(connection, width, item)  # the same reading once more: it takes in what those left behind
        if isinstance(event, ConnectionGone):
            return self._gone(flow)
        if isinstance(event, ConnectionNeedsPerson) and event.code == NOTHING_SHARED:
            self._attempts.refused(connection, NOTHING_SHARED)
            self._settle(connection)
            raise bank_error(NOTHING_SHARED, connection["connector_name"], connection_id=connection_id)
        if not isinstance(event, ConnectionSynced):
            return self._unread(flow, is_busy=isinstance(event, ConnectionBusy))
        self._settle(connection)
        return self._connection(user_id, connection_id)

    def _sync(self, connection: Connection, width: Width, item: ItemData) -> SyncEvent:
        return self._synchronizer.sync_connection(
            user_id=connection["user_id"], connection_id=connection["id"], width=width, item=item
        )

    def _unread(self, flow: Flow, *, is_busy: bool = False) -> Connection:
        """What cannot be read for a quarter of an hour is left to the schedule: the bank itself is connected. What another
        pass is reading (``is_busy``) is waited for: it will be here."""
        connection = flow["connection"]
        is_late = poll_delay((self._clock.now() - flow["started_at"]).total_seconds()) is None
        if is_late and not is_busy:
            if connection["settled_at"] is None:
                self._welcomer.leave_places(flow)
            self._settle(connection)
        else:
            self._poll_again(flow, at_least=SLOW_SECONDS)
        return self._connection(connection["user_id"], connection["id"])

    def _settle(self, connection: Connection) -> None:
        self._attempts.succeeded(connection["user_id"], connection["connector_id"])
        with self._database.writing() as session:
            repository.settle(session, connection["user_id"], connection["id"], self._clock.now())

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
        if code in REJECTED_CREDENTIALS and self._awaits_correction(flow, item):
            return self._wait(flow, item, None)
        connection, now = flow["connection"], self._clock.now()
        user_id, connection_id, bank = connection["user_id"], connection["id"], connection["connector_name"]
        wording, said = wording_of(code, connection), item["provider_message"]
        if is_under_way(flow):
            self._attempts.refused(connection, code)
        if not has_stood(connection) and item["last_updated_at"] is None:
            self._ender.abandon(user_id, connection_id)
            raise bank_error(
                code, bank, connection_id=connection_id, first_time=True, wording=wording, provider_message=said
            )
        is_closed = self._is_door_closed(connection)
        trouble = judge(item, now, door_closed=is_closed)
        with self._database.writing() as session:
            if repository.save_item(session, user_id, connection_id, item, error_code=code, trouble=trouble):
                repository.settle(session, user_id, connection_id, now)
        stored = self._connection(user_id, connection_id)
        if is_under_way(flow):
            if is_closed:
                raise bank_error(DOOR_CLOSED, bank, connection_id=connection_id)
            raise bank_error(code, bank, connection_id=connection_id, wording=wording, provider_message=said)
        return stored

    def _awaits_correction(self, flow: Flow, item: ItemData) -> bool:
        """Whether the person is in front of the page where the refused values were typed, and may type better ones."""
        connection, now = flow["connection"], self._clock.now()
        if not is_under_way(flow):
            return False
        with self._database.writing() as session:
            return screens.await_correction(
                session,
                connection["user_id"],
                connection["id"],
                now=now,
                until=now + CORRECTING,
                is_news=item["status"] != connection["status"],
            )

    def _gone(self, flow: Flow) -> Connection:
        connection, now = flow["connection"], self._clock.now()
        user_id, connection_id, bank = connection["user_id"], connection["id"], connection["connector_name"]
        if not has_stood(connection) and not self._has_accounts(connection):
            self._ender.abandon(user_id, connection_id)
            raise bank_error("ITEM_NOT_FOUND", bank, connection_id=connection_id, first_time=True)
        is_closed = self._is_door_closed(connection)
        with self._database.writing() as session:
            trouble = judge(None, now, door_closed=is_closed)
            repository.mark_gone(session, user_id, connection_id, now, trouble=trouble)
        if is_under_way(flow):
            raise bank_error(DOOR_CLOSED if is_closed else "ITEM_NOT_FOUND", bank, connection_id=connection_id)
        return self._connection(user_id, connection_id)

    def _is_door_closed(self, connection: Connection) -> bool:
        return self._doors.is_closed(connection["connector_id"], is_open_finance=connection["is_open_finance"])

    def _has_accounts(self, connection: Connection) -> bool:
        with self._database.reading() as session:
            return doors.has_accounts(session, connection["user_id"], connection["id"])

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


def _no_place(connection: Connection, code: str, named: int) -> BankConnectionError:
    return bank_error(code, connection["connector_name"], connection_id=named, first_time=True)


def is_under_way(flow: Flow) -> bool:
    """Whether somebody is waiting for this connection: its first time, a refresh, or a question that is being answered."""
    return flow["connection"]["settled_at"] is None or flow["next_poll_at"] is not None


def has_stood(connection: Connection) -> bool:
    """Whether the connection ever worked, here or where it was made; only one that never did may be deleted without its
    person's wish."""
    stood = (connection["settled_at"], connection["last_synced_at"], connection["last_updated_at"])
    return connection["adopted"] or any(moment is not None for moment in stood)
