"""The beginning of a connection: an intent, one request, a row at once.

Pluggy cannot list items: one whose id is lost is lost. So the intent is committed before the request leaves, and the row in
the moment the answer is there. When the answer is lost the person repeats, and the repeat adopts what the first one made.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from open_finance.clock import Clock
from open_finance.connecting.attempts import AttemptLog
from open_finance.connecting.bank_errors import bank_error, limit_sentence
from open_finance.connecting.credentials import check_all
from open_finance.connecting.end import ConnectionEnder
from open_finance.errors import (
    BankConnectionError,
    ConnectionNotFoundError,
    ConnectionUncertainError,
    DatabaseUnavailableError,
    InvalidCredentialError,
    OpenFinanceError,
    PluggyAuthError,
    PluggyError,
    PluggyNotFoundError,
    PluggyRequestError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import read_item
from open_finance.records import CONNECT, Connection, Door, Goal, Intent, ItemData
from open_finance.storage import repository
from open_finance.storage.database import Database, Session
from open_finance.trouble import needs_person

logger = logging.getLogger(__name__)

INTENT_LIFETIME = timedelta(minutes=15)
#: A request whose answer was lost may be repeated: the repeat adopts what it made.
CLAIMABLE = ("collecting", "uncertain")


class ConnectionStarter:
    """Posts items, and stores each as a connection of the person it was made for."""

    def __init__(
        self, client: PluggyClient, database: Database, clock: Clock, ender: ConnectionEnder, attempts: AttemptLog
    ) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._ender = ender
        self._attempts = attempts

    def start(
        self,
        user_id: int,
        door: Door,
        bank: str,
        credentials: Mapping[str, str],
        *,
        intent_id: int | None,
        message_id: int | None,
        replaces_id: int | None,
    ) -> Connection:
        """Check the values, claim the intent, post once, store. See ``BankConnector.start_connection``."""
        parameters = check_all(door["fields"], credentials)
        connector_id = door["connector_id"]
        if intent_id is None:
            goal = Goal(replaces_id=replaces_id)
            intent = self.open_intent(user_id, connector_id, bank, message_id, posting=True, goal=goal)
        else:
            intent = self._claim(user_id, connector_id, bank, intent_id)
        if intent["connection_id"] is not None:
            return self._connection_of(user_id, intent)
        if replaces_id is not None:
            intent["replaces_id"] = replaces_id
        try:
            self._attempts.begin(user_id, connector_id, "connect", bank)
            return self._post(user_id, intent, parameters)
        except PluggyError as error:
            raise self._refused(user_id, intent, door, error) from None
        except BankConnectionError:
            self._close(user_id, intent, "failed")
            raise

    # --- the intent ------------------------------------------------------------------------------------------------

    def open_intent(
        self,
        user_id: int,
        connector_id: int,
        bank: str,
        message_id: int | None,
        *,
        posting: bool = False,
        goal: Goal = CONNECT,
    ) -> Intent:
        """A new intent. Without ``posting`` it collects values, and an earlier one that still does is abandoned.

        Raises ConnectionNotFoundError when a connection that the goal names is not this person's."""
        now = self._clock.now()
        with self._database.writing() as session:
            for named in filter(None, (goal.connection_id, goal.replaces_id)):
                if repository.find_connection(session, user_id, named) is None:
                    raise ConnectionNotFoundError("no such connection for this person")
            return repository.add_intent(
                session,
                user_id,
                connector_id=connector_id,
                connector_name=bank,
                now=now,
                expires_at=now + INTENT_LIFETIME,
                message_id=message_id,
                state="posting" if posting else "collecting",
                goal=goal,
            )

    def _claim(self, user_id: int, connector_id: int, bank: str, intent_id: int) -> Intent:
        """The intent in state ``posting``, this call's alone; or one that is done, to be answered with its connection."""
        with self._database.writing() as session:
            intent = repository.find_intent(session, user_id, intent_id, lock=True)
            if intent is None or intent["connector_id"] != connector_id:
                raise bank_error("INTENT_CLOSED", bank)
            claimed = repository.move_intent(
                session, user_id, intent_id, before=CLAIMABLE, after="posting", now=self._clock.now()
            )
        if not claimed and intent["connection_id"] is None:
            raise bank_error("ALREADY_CONNECTING" if intent["state"] == "posting" else "INTENT_CLOSED", bank)
        return intent

    def _connection_of(self, user_id: int, intent: Intent) -> Connection:
        with self._database.reading() as session:
            connection = repository.find_connection(session, user_id, intent["connection_id"] or 0)
        if connection is None:
            raise bank_error("INTENT_CLOSED", intent["connector_name"])
        return connection

    def _close(self, user_id: int, intent: Intent, state: str) -> None:
        with self._database.writing() as session:
            repository.move_intent(
                session, user_id, intent["id"], before=("posting",), after=state, now=self._clock.now()
            )

    # --- the request -----------------------------------------------------------------------------------------------

    def _post(
        self, user_id: int, intent: Intent, parameters: Mapping[str, str], *, may_repeat: bool = True
    ) -> Connection:
        try:
            # Without values there is nothing by which Pluggy could know a double: through MeuPluggy each item is a bank.
            raw = self._client.create_item(
                intent["connector_id"], parameters, client_user_id=str(user_id), avoid_duplicates=bool(parameters)
            )
        except PluggyRequestError as error:
            if error.code != "ITEM_USER_ALREADY_EXISTS":
                raise
            item_ids = [str(item_id) for item_id in error.data.get("items", ())]
        else:
            return self._store(user_id, intent, read_item(raw))
        twin = self._find_twin(user_id, item_ids)
        if twin is None:
            return self._adopt(user_id, intent, item_ids)
        if not twin["disconnecting"]:
            return self.reuse(user_id, intent, twin)
        # The person is already leaving that one, and Pluggy refused to make another beside it: nothing was made yet.
        if may_repeat and self._ender.finish(twin):
            return self._post(user_id, intent, parameters, may_repeat=False)
        raise bank_error("STILL_DISCONNECTING", intent["connector_name"], connection_id=twin["id"])

    def _find_twin(self, user_id: int, item_ids: Iterable[str]) -> Connection | None:
        with self._database.reading() as session:
            twins = (repository.find_connection_of_item(session, user_id, item_id) for item_id in item_ids)
            return next((twin for twin in twins if twin is not None), None)

    def _adopt(self, user_id: int, intent: Intent, item_ids: Iterable[str]) -> Connection:
        """Take over an item that a request of this person's made before its answer was lost.

        One made for anybody else, or for nobody we know of, is left alone: anyone can type somebody's CPF.
        """
        for item in map(self._read, item_ids):
            if item is not None and item["client_user_id"] == str(user_id):
                return self._store(user_id, intent, item, is_ours=False)
        raise bank_error("ITEM_USER_ALREADY_EXISTS", intent["connector_name"])

    def _read(self, item_id: str) -> ItemData | None:
        try:
            return read_item(self._client.get_item(item_id))
        except PluggyNotFoundError:
            return None

    def _store(self, user_id: int, intent: Intent, item: ItemData, *, is_ours: bool = True) -> Connection:
        """The item as a connection and the intent done, in one transaction. ``is_ours``: this very request made it; one
        that was there before may be another request's to store."""
        try:
            with self._database.writing() as session:
                if repository.find_intent(session, user_id, intent["id"], lock=True) is not None:
                    return add_made(session, intent, item, self._clock.now())
        except DatabaseUnavailableError:
            if is_ours:
                self.take_back(user_id, item)
            raise
        self.take_back(user_id, item)  # the person erased everything while the request was under way
        raise bank_error("INTENT_CLOSED", intent["connector_name"])

    def reuse(self, user_id: int, intent: Intent, connection: Connection) -> Connection:
        """The person's own connection that stands already is what the intent became; it is followed again."""
        now = self._clock.now()
        with self._database.writing() as session:
            if connection["gone"]:
                repository.follow_again(session, user_id, connection["id"], now)
            repository.finish_intent(session, user_id, intent["id"], connection["id"], now=now)
            connection = repository.find_connection(session, user_id, connection["id"]) or connection
        if needs_person(connection, now):  # nothing was judged: it is reconnected, or that is under way
            self._attempts.withdrawn(user_id, intent["connector_id"])
        else:
            self._attempts.succeeded(user_id, intent["connector_id"])
        return connection

    def take_back(self, user_id: int, item: ItemData) -> None:
        """The row could not be written, or its person has erased everything: an item that nobody can find again must not
        live on. One that Pluggy does not delete now is a connection on its way out, whose end the tick repeats."""
        try:
            self._client.delete_item(item["item_id"])
        except PluggyError as error:
            logger.warning("an item could not be taken back: %s", type(error).__name__)
            self._leave_to_the_tick(user_id, item)

    def _leave_to_the_tick(self, user_id: int, item: ItemData) -> None:
        now = self._clock.now()
        try:
            with self._database.writing() as session:
                if repository.find_connection_of_item(session, user_id, item["item_id"]) is None:
                    row = repository.add_connection(session, user_id, item, now=now)
                    repository.request_disconnection(session, user_id, row["id"], erase_history=True, now=now)
        except OpenFinanceError as error:
            reason = type(error).__name__
            # No row has its id, and Pluggy lists none: whoever runs this can only delete it there by what this line says.
            logger.error("item %s could be neither stored nor deleted: %s", item["item_id"], reason)  # noqa: TRY400

    # --- refusals --------------------------------------------------------------------------------------------------

    def _refused(self, user_id: int, intent: Intent, door: Door, error: PluggyError) -> OpenFinanceError:
        """Close the intent as what the failed request leaves behind, and name it for the person."""
        lost = isinstance(error, PluggyServerError) or (isinstance(error, PluggyUnreachableError) and error.sent)
        self._close(user_id, intent, "uncertain" if lost else "failed")
        if lost:
            return ConnectionUncertainError(f"the answer to the request was lost: {type(error).__name__}")
        return refusal(error, door, intent["connector_name"])


def add_made(session: Session, intent: Intent, item: ItemData, now: datetime) -> Connection:
    """The item as a connection, and the intent done."""
    user_id = intent["user_id"]
    connection = repository.add_connection(
        session,
        user_id,
        item if item["connector_name"] else {**item, "connector_name": intent["connector_name"]},
        now=now,
        message_id=intent["message_id"],
        replaces_id=intent["replaces_id"],
    )
    repository.finish_intent(session, user_id, intent["id"], connection["id"], now=now)
    return connection


def refusal(error: PluggyError, door: Door, bank: str) -> OpenFinanceError:
    """What a definite refusal of ``POST /items`` means for the person; the error itself where it is not about the bank."""
    if error.code == "CONNECTOR_VALIDATION_ERROR":
        return refused_value(error, door)
    if error.code == "ITEM_CREATION_LIMIT_EXCEEDED":
        return BankConnectionError("the plan's item limit", code=error.code, user_message=limit_sentence(error.data))
    if isinstance(error, PluggyNotFoundError):
        return bank_error("CONNECTOR_NOT_FOUND", bank)
    is_about_the_bank = error.code is not None and not isinstance(error, PluggyAuthError)
    if is_about_the_bank or isinstance(error, PluggyRequestError):
        return bank_error(error.code, bank, first_time=True)
    return error


def refused_value(error: PluggyError, door: Door) -> InvalidCredentialError:
    """The value that Pluggy refused, in the connector's own words: Pluggy's are English, or none where it repeated it."""
    messages = {field["name"]: field["validation_message"] for field in door["fields"]}
    only = next(iter(messages), None) if len(messages) == 1 else None
    refused = next((detail["parameter"] for detail in error.details if detail.get("parameter")), only)
    return InvalidCredentialError(
        "a value was refused by the connector",
        field=refused,
        code=error.code,
        user_message=messages.get(refused or "") or None,
    )


def check_types(user_id: object, credentials: object) -> None:
    """A wrong type would otherwise be found when the item exists already. Values are never quoted."""
    if isinstance(user_id, bool) or not isinstance(user_id, int):
        raise TypeError(f"user_id must be an int, not {type(user_id).__name__}")
    if abs(user_id) >= 2**63:
        raise ValueError("user_id must fit in 64 bits")
    if not isinstance(credentials, Mapping):
        raise TypeError(f"credentials must be a mapping, not {type(credentials).__name__}")
    for name, value in credentials.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"credentials must map texts to texts; {name!r} is {type(value).__name__}")
