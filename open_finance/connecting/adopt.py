"""An item that was made elsewhere, in Pluggy's dashboard or by another program, becomes a connection of its person."""

from __future__ import annotations

from open_finance.clock import Clock
from open_finance.connecting.attempts import AttemptLog
from open_finance.connecting.bank_errors import bank_error
from open_finance.connecting.credentials import read_item_id
from open_finance.connecting.start import INTENT_LIFETIME
from open_finance.errors import BankConnectionError, InvalidCredentialError, PluggyNotFoundError, PluggyRequestError
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import read_item
from open_finance.records import Connection, Goal, ItemData
from open_finance.storage import erasures, repository
from open_finance.storage.database import Database

_NOT_AN_ID = (
    "Isso não é o código de uma conexão da Pluggy. São 36 letras e números, como 2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10."
)


class ConnectionAdopter:
    """Takes items over, after checking that they are nobody else's."""

    def __init__(self, client: PluggyClient, database: Database, clock: Clock, attempts: AttemptLog) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._attempts = attempts

    def adopt(self, user_id: int, item_id: str, *, message_id: int | None) -> Connection:
        """See ``BankConnector.adopt_connection``."""
        item_id = check_item_id(item_id)
        self._attempts.begin(user_id, None, "adopt", "banco")
        own = self._find_own(user_id, item_id)
        if own is not None:
            self._attempts.succeeded(user_id, None)
            return own
        intent_id = self._announce(user_id, message_id)
        try:
            item = self._read(item_id)
            if item is None or item["client_user_id"] not in {None, str(user_id)}:
                raise not_adoptable()
            adopted = self._store(user_id, intent_id, item, message_id)
        finally:
            with self._database.writing() as session:
                repository.remove_intent(session, user_id, intent_id)
        self._attempts.succeeded(user_id, None)
        return adopted

    def _announce(self, user_id: int, message_id: int | None) -> int:
        """While Pluggy is asked an intent stands: an erasure waits for it, or takes it away."""
        now = self._clock.now()
        with self._database.writing() as session:
            intent = repository.add_intent(
                session,
                user_id,
                connector_id=0,
                connector_name="",
                now=now,
                expires_at=now + INTENT_LIFETIME,
                message_id=message_id,
                state="posting",
                goal=Goal("adopt"),
            )
        return intent["id"]

    def _store(self, user_id: int, intent_id: int, item: ItemData, message_id: int | None) -> Connection:
        try:
            with self._database.writing() as session:
                erasures.refuse_while_erasing(session, user_id)
                if not repository.remove_intent(session, user_id, intent_id):
                    raise bank_error("INTENT_CLOSED", item["connector_name"])
                return repository.add_connection(
                    session, user_id, item, now=self._clock.now(), message_id=message_id, adopted=True
                )
        except BankConnectionError as error:
            if error.code == "ITEM_USER_ALREADY_EXISTS":  # another person's here, which is not for this one to know
                raise not_adoptable() from None
            raise

    def _find_own(self, user_id: int, item_id: str) -> Connection | None:
        """The person's connection that holds the item; one that was taken for lost is followed again."""
        with self._database.writing() as session:
            erasures.refuse_while_erasing(session, user_id)
            own = repository.find_connection_of_item(session, user_id, item_id)
            if own is None:
                return None
            if own["disconnecting"]:
                raise bank_error("STILL_DISCONNECTING", own["connector_name"], connection_id=own["id"])
            if own["gone"]:
                repository.follow_again(session, user_id, own["id"], self._clock.now())
            return repository.find_connection(session, user_id, own["id"])

    def _read(self, item_id: str) -> ItemData | None:
        try:
            return read_item(self._client.get_item(item_id))
        except (PluggyNotFoundError, PluggyRequestError):
            return None


def check_item_id(text: str) -> str:
    """The id in a text that is one. Raises InvalidCredentialError (``field`` ``item_id``)."""
    item_id = read_item_id(text)
    if item_id is None:
        raise InvalidCredentialError("not an item id", field="item_id", user_message=_NOT_AN_ID)
    return item_id


def not_adoptable() -> BankConnectionError:
    """Unknown at Pluggy, or somebody else's: which of the two is not told."""
    return bank_error("ITEM_NOT_ADOPTABLE", "banco")
