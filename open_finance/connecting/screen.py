"""The secure screen: Pluggy's own page makes or renews an item, so that no password comes this way.

The intent is the truth, as at every door: a token is made for it, and until that ends an item may come back for it, told by
the page or by Pluggy. Whose item it is, Pluggy says (``clientUserId``), never the page. Pluggy cannot list items, so one
that nobody may have any more is deleted there.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from open_finance.clock import Clock
from open_finance.connecting.adopt import check_item_id, not_adoptable
from open_finance.connecting.attempts import AttemptLog
from open_finance.connecting.bank_directory import BankDirectory
from open_finance.connecting.bank_errors import bank_error
from open_finance.connecting.end import ConnectionEnder
from open_finance.connecting.poll import ConnectionPoller
from open_finance.connecting.reconnect import ConnectionReconnector
from open_finance.connecting.start import ConnectionStarter, add_made
from open_finance.errors import BankConnectionError, PluggyNotFoundError, PluggyRequestError
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import read_item
from open_finance.records import Connection, Door, Intent, ItemData, ScreenToken
from open_finance.storage import erasures, repository, screens
from open_finance.storage.database import Database

logger = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=30)  # Pluggy's (reference 1.5)
CLOCKS_DIFFER = timedelta(minutes=1)  # ours and Pluggy's
NOBODYS = "INTENT_CLOSED"


@dataclass(frozen=True, slots=True)
class Doors:
    """The rooms that know how to begin a connection, and how to begin one again."""

    directory: BankDirectory
    ender: ConnectionEnder
    starter: ConnectionStarter
    reconnector: ConnectionReconnector
    poller: ConnectionPoller
    attempts: AttemptLog


class ScreenConnector:
    """Opens Pluggy's page for an intent, and takes the item that comes of it."""

    def __init__(self, client: PluggyClient, database: Database, clock: Clock, doors: Doors) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._doors = doors

    def open(self, user_id: int, intent_id: int, *, return_url: str | None) -> ScreenToken:
        """See ``BankConnector.open_screen``."""
        intent = self._find(user_id, intent_id)
        if intent is None or intent["state"] != "collecting" or intent["expires_at"] <= self._clock.now():
            raise bank_error(NOBODYS, intent["connector_name"] if intent else "banco")
        door = self._doors.directory.get_door(intent["connector_id"])[0]
        connection = self._connection_to_renew(intent)
        if intent["screen_until"] is None:
            self._count(intent, connection)
        until = self._note_open(intent)
        token = self._client.create_connect_token(
            None if connection is None else connection["item_id"],
            client_user_id=str(user_id),
            oauth_redirect_uri=return_url,
            # Without values there is nothing by which Pluggy could know a double: through MeuPluggy each item is a bank.
            avoid_duplicates=bool(door["fields"]) if connection is None else None,
        )
        return _token(token, intent, door, connection, until)

    def store(self, user_id: int, intent_id: int, item_id: str) -> Connection:
        """See ``BankConnector.store_screen_item``."""
        item, intent = self._read(check_item_id(item_id)), self._find(user_id, intent_id)
        own = self._own(user_id, item)
        if item is None or not _is_of(item, user_id, own):
            logger.warning("an item that is not the person's was refused: intent %d", intent_id)
            raise not_adoptable()
        if intent is None or intent["screen_until"] is None or not _fits(item, intent, own):
            raise self._refused(user_id, intent, item, own)
        if own is None:
            return self._store_new(intent, item)
        return self._renew(intent, own, item) if intent["purpose"] == "reconnect" else self._repeat(intent, own)

    def claim(self, item_id: str) -> Connection | None:
        """See ``BankConnector.claim_screen_item``."""
        item = self._read(item_id)
        user_id = _person(item)
        if item is None or user_id is None:
            return None
        with self._database.reading() as session:
            wishes = screens.list_screen_intents(session, user_id, item["connector_id"], self._clock.now())
        wishes.sort(key=lambda wish: wish["state"] != "collecting")  # the latest that waits, else the latest
        if not wishes:
            return None
        try:
            return self.store(user_id, wishes[0]["id"], item_id)
        except BankConnectionError as error:
            logger.info("an item of the secure screen was not stored: %s", error.code)
            return None

    # --- opening ---------------------------------------------------------------------------------------------------

    def _connection_to_renew(self, intent: Intent) -> Connection | None:
        if intent["purpose"] != "reconnect":
            return None
        connection = self._doors.poller.flow(intent["user_id"], intent["connection_id"] or 0)["connection"]
        self._doors.reconnector.refuse_the_impossible(connection)
        return connection

    def _count(self, intent: Intent, connection: Connection | None) -> None:
        """A door is a door: opening the page is one attempt, however often it is opened for the same intent."""
        user_id, connector_id, bank = intent["user_id"], intent["connector_id"], intent["connector_name"]
        self._doors.attempts.begin(user_id, connector_id, "connect" if connection is None else "reconnect", bank)

    def _note_open(self, intent: Intent) -> datetime:
        now = self._clock.now()
        until = now + TOKEN_LIFE
        with self._database.writing() as session:
            erasures.refuse_while_erasing(session, intent["user_id"])
            if not screens.open_screen(session, intent["user_id"], intent["id"], now=now, until=until):
                raise bank_error(NOBODYS, intent["connector_name"])
        return until

    # --- an item comes back ----------------------------------------------------------------------------------------

    def _find(self, user_id: int, intent_id: int) -> Intent | None:
        with self._database.reading() as session:
            return repository.find_intent(session, user_id, intent_id)

    def _own(self, user_id: int, item: ItemData | None) -> Connection | None:
        """The person's connection that holds the item."""
        if item is None:
            return None
        with self._database.reading() as session:
            return repository.find_connection_of_item(session, user_id, item["item_id"])

    def _read(self, item_id: str) -> ItemData | None:
        try:
            return read_item(self._client.get_item(item_id))
        except (PluggyNotFoundError, PluggyRequestError):
            return None

    def _store_new(self, intent: Intent, item: ItemData) -> Connection:
        """The row at once. An intent that was given up, or erased with everything, takes nothing any more."""
        user_id, now = intent["user_id"], self._clock.now()
        first = None
        try:
            with self._database.writing() as session:
                erasures.refuse_while_erasing(session, user_id)
                found = repository.find_intent(session, user_id, intent["id"], lock=True)
                made = repository.find_connection_of_item(session, user_id, item["item_id"])  # told twice at once
                if made is None and found is not None:
                    first = repository.find_connection(session, user_id, found["connection_id"] or 0)
                    made = add_made(session, found, item, now) if _takes(found, first, now) else None
        except BankConnectionError as error:
            if error.code == "ITEM_USER_ALREADY_EXISTS":  # another person's here, which is not for this one to know
                raise not_adoptable() from None
            raise
        if made is None:
            raise self._refused(user_id, found, item, None)
        if first is not None:
            self._doors.ender.abandon(user_id, first["id"])
        return made

    def _repeat(self, intent: Intent, own: Connection) -> Connection:
        """The item is a connection already: told twice, or the person's own from before."""
        user_id, bank = intent["user_id"], intent["connector_name"]
        if own["disconnecting"]:
            raise bank_error("STILL_DISCONNECTING", bank, connection_id=own["id"])
        if intent["connection_id"] == own["id"]:
            with self._database.writing() as session:
                screens.keep_open(session, user_id, intent["id"], until=self._clock.now() + TOKEN_LIFE)
            return own
        if not _takes(intent, None, self._clock.now()):
            raise bank_error(NOBODYS, bank)
        return self._doors.starter.reuse(user_id, intent, own)

    def _renew(self, intent: Intent, own: Connection, item: ItemData) -> Connection:
        """The page renews a connection: followed from the moment at which its item begins anew."""
        if intent["state"] not in {"collecting", "done"}:
            raise bank_error(NOBODYS, own["connector_name"])
        return self._doors.reconnector.go_on(own, item, intent)

    # --- what cannot be taken --------------------------------------------------------------------------------------

    def _refused(
        self, user_id: int, intent: Intent | None, item: ItemData, own: Connection | None
    ) -> BankConnectionError:
        """Why; and what the page made for a wish that was given up is not left behind at Pluggy."""
        if own is None and self._is_abandoned(user_id, intent, item):
            logger.info("an item of the secure screen came too late, and is taken back")
            self._doors.starter.take_back(user_id, item)
        return bank_error(NOBODYS, intent["connector_name"] if intent else item["connector_name"])

    def _is_abandoned(self, user_id: int, intent: Intent | None, item: ItemData) -> bool:
        """Whether the item was made by a page of ours whose intent is no more, and by nobody else."""
        made_at, now = item["created_at"], self._clock.now()
        if made_at is None:
            return False
        if intent is None:  # erased with everything, but for what this very page has made since
            return made_at > now - TOKEN_LIFE - CLOCKS_DIFFER and not self._is_posting(user_id)
        was_given_up = intent["state"] == "abandoned" and intent["screen_until"] is not None
        fits = intent["purpose"] == "connect" and item["connector_id"] == intent["connector_id"]
        since = intent["created_at"] - CLOCKS_DIFFER
        return was_given_up and fits and made_at >= since and not self._is_posting(user_id)

    def _is_posting(self, user_id: int) -> bool:
        """Whether a request typed in the chat may just have made the item."""
        with self._database.reading() as session:
            return screens.has_request(session, user_id)


def _token(
    connect_token: str, intent: Intent, door: Door, connection: Connection | None, until: datetime
) -> ScreenToken:
    return ScreenToken(
        connect_token=connect_token,
        connector_id=intent["connector_id"],
        bank=intent["connector_name"],
        update_item_id=None if connection is None else connection["item_id"],
        include_sandbox=door["is_sandbox"],
        expires_at=until,
    )


def _takes(intent: Intent, first: Connection | None, now: datetime) -> bool:
    """Whether an item may still come for this intent: its page is open, or was a moment ago. ``first``: what an earlier one
    became; a second takes its place where the bank refused it, or it is gone."""
    until = intent["screen_until"]
    is_refused = first is None or (first["settled_at"] is None and first["status"] == "LOGIN_ERROR")
    is_open = intent["state"] == "collecting" or (intent["state"] == "done" and is_refused)
    return is_open and until is not None and until > now - screens.SCREEN_LATE


def _is_of(item: ItemData, user_id: int, own: Connection | None) -> bool:
    """Whether Pluggy says that the item is this person's. One that was adopted may name nobody."""
    if item["client_user_id"] is None:
        return own is not None and own["adopted"]
    return item["client_user_id"] == str(user_id)


def _fits(item: ItemData, intent: Intent, own: Connection | None) -> bool:
    """Whether the item is what the intent is about: its bank's, and in update mode the very connection's."""
    if intent["purpose"] == "reconnect":
        return own is not None and own["id"] == intent["connection_id"]
    return intent["purpose"] == "connect" and item["connector_id"] == intent["connector_id"]


def _person(item: ItemData | None) -> int | None:
    """Whose item it is, where its ``clientUserId`` is one of ours."""
    text = (item["client_user_id"] or "") if item else ""
    digits = text.removeprefix("-")
    is_ours = digits.isascii() and digits.isdigit() and len(digits) <= 18
    return int(text) if is_ours else None
