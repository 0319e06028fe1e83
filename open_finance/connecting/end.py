"""The end of a connection: first at Pluggy, then here, and repeated until Pluggy confirms.

The wish to leave is committed before the request, so that reading stops at once and a restart goes on from the row.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence

from open_finance.clock import Clock
from open_finance.errors import ConnectionNotFoundError, OpenFinanceError, PluggyError
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Cancelled, Connection
from open_finance.storage import doors, erasures, families, joins, repository, system
from open_finance.storage.database import Database, Session

logger = logging.getLogger(__name__)

#: Longer than one deletion takes with all its repeats; a process that died in the midst is waited for that long.
ENDING_SECONDS = 300


class ConnectionEnder:
    """Deletes items at Pluggy, and then keeps or erases what they brought."""

    def __init__(self, client: PluggyClient, database: Database, clock: Clock) -> None:
        self._client = client
        self._database = database
        self._clock = clock

    def end(self, user_id: int, connection_id: int, *, erase_history: bool) -> bool:
        """Stop reading and delete; True once Pluggy confirmed. Raises ConnectionNotFoundError."""
        now = self._clock.now()
        with self._database.writing() as session:
            repository.request_disconnection(session, user_id, connection_id, erase_history=erase_history, now=now)
            families.forget_shares(session, user_id, connection_id)  # it may come back, and is hidden then
            connection = repository.find_connection(session, user_id, connection_id)
            fence = system.claim_end(session, user_id, connection_id, now, ENDING_SECONDS)
        if connection is None:
            raise ConnectionNotFoundError("no such connection for this person")
        return fence is not None and self._delete(connection, fence)

    def end_all(
        self, user_id: int, decide: Callable[[Session, Sequence[Connection]], bool]
    ) -> list[tuple[Connection, bool]]:
        """End all connections of a person that are not ending yet, the history kept. ``decide`` is asked in the transaction
        that notes the wish, and sees them. Each one, and whether Pluggy confirmed; nothing when it says no."""
        now = self._clock.now()
        with self._database.writing() as session:
            every = repository.list_connections(session, user_id)
            standing = [each for each in every if not each["disconnecting"]]
            if not decide(session, standing):
                return []
            for each in standing:
                repository.request_disconnection(session, user_id, each["id"], erase_history=False, now=now)
            fences = [system.claim_end(session, user_id, each["id"], now, ENDING_SECONDS) for each in standing]
        claimed = zip(standing, fences, strict=True)
        return [(each, fence is not None and self._delete(each, fence)) for each, fence in claimed]

    def give_way(self, user_id: int, connection_id: int, *, to: int, erase_history: bool) -> bool:
        """Delete a connection whose accounts another one, ``to``, brings. False when that one is leaving itself: nothing is
        taken down that is not replaced by one that stands."""
        now = self._clock.now()
        with self._database.writing() as session:
            if not doors.give_way(session, user_id, connection_id, to=to, erase_history=erase_history, now=now):
                return False
            connection = repository.find_connection(session, user_id, connection_id)
            fence = system.claim_end(session, user_id, connection_id, now, ENDING_SECONDS)
        if connection is not None and fence is not None:
            self._delete(connection, fence)
        return True

    def abandon(self, user_id: int, connection_id: int) -> None:
        """Take down a connection that never stood; one that has left meanwhile needs nothing."""
        with contextlib.suppress(ConnectionNotFoundError):
            self.end(user_id, connection_id, erase_history=True)

    def cancel(self, user_id: int, connection_id: int) -> Cancelled:
        """See ``BankConnector.cancel_connection``."""
        now = self._clock.now()
        with self._database.writing() as session:
            joins.lock_connections(session, user_id, [connection_id])  # its first reading may be ending just now
            connection = repository.find_connection(session, user_id, connection_id)
            if connection is None:
                raise ConnectionNotFoundError("no such connection for this person")
            if not connection["disconnecting"]:
                if self._leave(session, connection):
                    return "left"
                # What a first reading has taken in already may be the history of an earlier connection.
                keeps = doors.has_joined(session, user_id, connection_id)
                repository.request_disconnection(session, user_id, connection_id, erase_history=not keeps, now=now)
                families.forget_shares(session, user_id, connection_id)
            fence = system.claim_end(session, user_id, connection_id, now, ENDING_SECONDS)
        if fence is None or not self._delete(connection, fence):
            return "unconfirmed"
        return "history_kept" if self._is_kept(user_id, connection_id) else "deleted"

    def _leave(self, session: Session, connection: Connection) -> bool:
        """Follow a connection that stands, or an adopted item, no longer. False: it is to be taken down."""
        user_id, connection_id = connection["user_id"], connection["id"]
        stored = doors.has_accounts(session, user_id, connection_id)
        if connection["settled_at"] is not None or (connection["adopted"] and stored):
            repository.settle(session, user_id, connection_id, self._clock.now())
        elif connection["adopted"]:
            repository.remove_connection(session, user_id, connection_id)
        else:
            return False
        return True

    def _is_kept(self, user_id: int, connection_id: int) -> bool:
        with self._database.reading() as session:
            return any(each["id"] == connection_id for each in repository.list_ended_connections(session, user_id))

    def finish(self, connection: Connection) -> bool:
        """Delete the item of a connection that was asked to leave. False when Pluggy has not confirmed, or is being asked by
        somebody else just now."""
        user_id, connection_id = connection["user_id"], connection["id"]
        with self._database.writing() as session:
            fence = system.claim_end(session, user_id, connection_id, self._clock.now(), ENDING_SECONDS)
        return fence is not None and self._delete(connection, fence)

    def retry(self) -> list[Connection]:
        """Finish what Pluggy had not confirmed, of everybody whose everything is not being erased: that has its own way. One
        that fails never stops the others."""
        with self._database.reading() as session:
            listed = system.list_pending_disconnections(session, self._clock.now())
            pending = [each for each in listed if not erasures.is_being_erased(session, each["user_id"])]
        return [connection for connection in pending if self._finish_quietly(connection)]

    def _finish_quietly(self, connection: Connection) -> bool:
        try:
            return self.finish(connection)
        except OpenFinanceError as error:
            logger.warning("connection %d: its end could not be stored: %s", connection["id"], type(error).__name__)
            return False

    def _delete(self, connection: Connection, fence: int) -> bool:
        """Ask Pluggy, while nobody else does; what it did not confirm may be asked again at once."""
        try:
            self._client.delete_item(connection["item_id"])
        except PluggyError as error:
            logger.warning(
                "connection %d: Pluggy has not confirmed its end: %s", connection["id"], type(error).__name__
            )
            with self._database.writing() as session:
                system.release_end(session, connection["id"], fence)
            return False
        with self._database.writing() as session:
            repository.finish_disconnection(session, connection["user_id"], connection["id"], self._clock.now())
        return True
