"""The way back in: the same item, once more. Giving up changes nothing, and there never is a second item."""

from __future__ import annotations

from collections.abc import Mapping

from open_finance.clock import Clock
from open_finance.connect_flow import RUNNING, WAITING
from open_finance.connecting.attempts import AttemptLog
from open_finance.connecting.bank_directory import BankDirectory
from open_finance.connecting.bank_errors import bank_error
from open_finance.connecting.credentials import check_given, in_asking_order
from open_finance.connecting.patch import ALREADY_UPDATING, ItemPatcher
from open_finance.connecting.poll import ConnectionPoller, is_under_way
from open_finance.connecting.start import CLAIMABLE, refused_value
from open_finance.connectors import MEU_PLUGGY
from open_finance.errors import (
    ConnectionUncertainError,
    InvalidCredentialError,
    OpenFinanceError,
    PluggyError,
    PluggyRequestError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.records import Connection, CredentialField, Door, Flow, Intent, ItemData
from open_finance.storage import repository
from open_finance.storage.database import Database
from open_finance.trouble import CODE_WANTED, needs_person

#: What the bank wants done in its app or site: nothing has to be typed here.
NEEDS_ACTION = frozenset({"ACCOUNT_NEEDS_ACTION", "ALREADY_LOGGED_IN"})


class ConnectionReconnector:
    """Lets connections stand again."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        directory: BankDirectory,
        poller: ConnectionPoller,
        patcher: ItemPatcher,
        attempts: AttemptLog,
    ) -> None:
        self._database = database
        self._clock = clock
        self._directory = directory
        self._poller = poller
        self._patcher = patcher
        self._attempts = attempts

    def list_fields(self, user_id: int, connection_id: int) -> list[CredentialField]:
        """See ``BankConnector.reconnect_fields``."""
        connection = self._poller.flow(user_id, connection_id)["connection"]
        self.refuse_the_impossible(connection)
        self._patcher.refuse_while_resting(connection)
        is_well = not needs_person(connection, self._clock.now())
        return fields_to_ask(connection, self._door(connection), is_well=is_well)

    def bring_back(
        self, connection: Connection, credentials: Mapping[str, str], *, message_id: int | None
    ) -> Connection:
        """A bank that was connected once more, as it is; one that needs its person is reconnected."""
        user_id, connection_id = connection["user_id"], connection["id"]
        stands = not needs_person(connection, self._clock.now())
        if stands or is_under_way(self._poller.flow(user_id, connection_id)):
            return connection
        return self.reconnect(user_id, connection_id, credentials, intent_id=None, message_id=message_id)

    def reconnect(
        self,
        user_id: int,
        connection_id: int,
        credentials: Mapping[str, str],
        *,
        intent_id: int | None,
        message_id: int | None,
    ) -> Connection:
        """See ``BankConnector.reconnect``."""
        flow = self._poller.flow(user_id, connection_id)
        connection = flow["connection"]
        self.refuse_the_impossible(connection)
        if is_under_way(flow):
            return self._join_in(connection, credentials, intent_id)
        door = self._door(connection) if credentials else None
        parameters = check_given(door["fields"], credentials) if door else {}
        bank = connection["connector_name"]
        self._attempts.check(user_id, connection["connector_id"], "reconnect", bank)
        if intent_id is not None and not self._claim_intent(connection, intent_id):
            return connection
        try:
            is_first = self._patcher.claim(connection, spacing=None, message_id=message_id)
            if is_first:
                self._attempts.count(connection, "reconnect")
                item = self._send(flow, door, parameters)
            else:
                connection = self._patcher.unclaimed(user_id, connection_id, spacing=None)
        except OpenFinanceError as error:
            self._close_intent(flow["connection"], intent_id, error)
            raise
        self._finish_intent(connection, intent_id)
        if not is_first:
            return connection
        return self._poller.advance(self._poller.flow(user_id, connection_id), item)

    def go_on(self, connection: Connection, item: ItemData, intent: Intent) -> Connection:
        """A page of Pluggy's has been given what was asked for: the flow begins once the item does, and not before.
        Repeats are harmless; the counting was done when the page was opened."""
        user_id, connection_id = connection["user_id"], connection["id"]
        if not is_under_way(self._poller.flow(user_id, connection_id)):
            if not was_taken(item, connection):
                return connection
            self._patcher.claim(connection, spacing=None, message_id=intent["message_id"])
        self._finish_intent(connection, intent["id"])
        return self._poller.flow(user_id, connection_id)["connection"]

    def _join_in(self, connection: Connection, credentials: Mapping[str, str], intent_id: int | None) -> Connection:
        """The flow that is under way is this one's, too. It takes no new values: a CPF it has already, but who typed a
        password must hear of it. Raises BankConnectionError."""
        if intent_id is not None and not self._claim_intent(connection, intent_id):
            return connection
        if credentials and not connection["is_open_finance"]:
            error = bank_error("UPDATING_NOW", connection["connector_name"], connection_id=connection["id"])
            self._close_intent(connection, intent_id, error)
            raise error
        self._finish_intent(connection, intent_id)
        return connection

    # --- before ----------------------------------------------------------------------------------------------------

    def refuse_the_impossible(self, connection: Connection) -> None:
        """Raises BankConnectionError for a connection that nothing typed lets stand again."""
        bank, connection_id = connection["connector_name"], connection["id"]
        if connection["disconnecting"]:
            raise bank_error("STILL_DISCONNECTING", bank, connection_id=connection_id)
        if connection["connector_id"] == MEU_PLUGGY:
            raise bank_error("MEU_PLUGGY_RECONNECT", bank, connection_id=connection_id)
        if self._patcher.is_door_closed(connection):
            raise bank_error("DOOR_CLOSED", bank, connection_id=connection_id)
        if connection["gone"]:
            raise bank_error("ITEM_NOT_FOUND", bank, connection_id=connection_id)

    def _door(self, connection: Connection) -> Door:
        return self._directory.get_door(connection["connector_id"])[0]

    # --- the intent ------------------------------------------------------------------------------------------------

    def _claim_intent(self, connection: Connection, intent_id: int) -> bool:
        """This call's alone; False for one that is done. Raises BankConnectionError."""
        user_id, bank = connection["user_id"], connection["connector_name"]
        with self._database.writing() as session:
            intent = repository.find_intent(session, user_id, intent_id, lock=True)
            if intent is None or intent["connection_id"] != connection["id"]:
                raise bank_error("INTENT_CLOSED", bank)
            claimed = repository.move_intent(
                session, user_id, intent_id, before=CLAIMABLE, after="posting", now=self._clock.now()
            )
        if not claimed and intent["state"] != "done":
            raise bank_error("ALREADY_CONNECTING" if intent["state"] == "posting" else "INTENT_CLOSED", bank)
        return claimed

    def _close_intent(self, connection: Connection, intent_id: int | None, error: OpenFinanceError) -> None:
        if intent_id is None:
            return
        state = "uncertain" if isinstance(error, ConnectionUncertainError) else "failed"
        with self._database.writing() as session:
            repository.move_intent(
                session, connection["user_id"], intent_id, before=("posting",), after=state, now=self._clock.now()
            )

    def _finish_intent(self, connection: Connection, intent_id: int | None) -> None:
        if intent_id is None:
            return
        user_id, now = connection["user_id"], self._clock.now()
        with self._database.writing() as session:
            repository.finish_intent(session, user_id, intent_id, connection["id"], now=now)

    # --- the request -----------------------------------------------------------------------------------------------

    def _send(self, flow: Flow, door: Door | None, parameters: Mapping[str, str]) -> ItemData | None:
        connection = flow["connection"]
        try:
            item = self._patcher.send(flow, dict(parameters) or None)
        except PluggyError as error:
            if isinstance(error, PluggyRequestError) and error.code is not None:
                self._attempts.refused(connection, error.code)
            raise self._refused(connection, door, error) from None
        if item is not None and not was_taken(item, connection):
            self._patcher.release(flow, keep_spacing=False)
            raise ConnectionUncertainError("the request was lost, and the item stands where it stood")
        return item

    def _refused(self, connection: Connection, door: Door | None, error: PluggyError) -> OpenFinanceError:
        lost = isinstance(error, PluggyServerError) or (isinstance(error, PluggyUnreachableError) and error.sent)
        if lost:
            return ConnectionUncertainError(f"the answer to the request was lost: {type(error).__name__}")
        if error.code == "CONNECTOR_VALIDATION_ERROR" and door is not None:
            return refused_value(error, door)
        if error.code == CODE_WANTED:
            return _missing_value(connection, door, error)
        if error.code in ALREADY_UPDATING:
            return bank_error("UPDATING_NOW", connection["connector_name"], connection_id=connection["id"])
        return self._patcher.explain(connection, error)


def fields_to_ask(connection: Connection, door: Door, *, is_well: bool) -> list[CredentialField]:
    """What a person must type for a connection to stand again, a code of the moment last. ``is_well``: it stands, and is
    given no more than the code that its bank wants at every reading."""
    waits_elsewhere = (connection["trouble_code"] or connection["error_code"]) in NEEDS_ACTION
    codes = [field for field in door["fields"] if field["mfa"]]
    return in_asking_order(codes if waits_elsewhere or (is_well and codes) else door["fields"])


def was_taken(item: ItemData, connection: Connection) -> bool:
    """Whether the item has begun anew since the connection was last looked at. An update answers with an item at work. One
    at rest was read after a lost answer: it has worked meanwhile, or the request never arrived, and then its old refusal
    must not pass for a new one."""
    if item["status"] in RUNNING | WAITING:
        return True
    before, after = connection["last_updated_at"], item["last_updated_at"]
    return after is not None and (before is None or after > before)


def _missing_value(connection: Connection, door: Door | None, error: PluggyError) -> InvalidCredentialError:
    name = str(error.data.get("parameter") or "") or None
    field = next((one for one in (door["fields"] if door else ()) if one["name"] == name), None)
    label = field["label"] if field else None
    return InvalidCredentialError(
        "a value is missing",
        field=name,
        code=error.code,
        connection_id=connection["id"],
        user_message=f"Falta um dado: {label}." if label else None,
    )
