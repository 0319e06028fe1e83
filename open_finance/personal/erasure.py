"""The erasure of everything of a person: first the wish, then what is here, then the items at Pluggy, at last the rest.

Each part is committed by itself and may be done twice, so that an erasure goes on from the rows, whoever began it. What is
stored here never waits for Pluggy; only a connection's row, which knows its item, stays until Pluggy has confirmed its end.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from open_finance.clock import Clock
from open_finance.connecting.end import ConnectionEnder
from open_finance.personal.protocol import LENGTH, new_protocol
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.storage import erasures, families, personal, repository
from open_finance.storage.database import Database, Session
from open_finance.storage.erasures import ErasureRecord

#: Rows a transaction: SQLite has one writer, and others are waiting.
BATCH = 1000
#: A request that left before the wish is answered within that time, or never: its item must not outlive the erasure.
REQUEST_ANSWERED_WITHIN = timedelta(minutes=2)
#: Protocols of one length that may be found taken before a longer one is tried.
DRAWS = 50


@dataclass(frozen=True, slots=True)
class Erasure:
    """Where a person's erasure stands. ``banks``: those whose end Pluggy has not confirmed. ``awaits_request``: a request to
    connect had left before the wish, and its answer may still come. ``finished_at``: nothing is left, and the person is to
    be told. ``message_id``: the chat message that shows the progress."""

    user_id: int
    message_id: int | None
    protocol: str
    requested_at: datetime
    finished_at: datetime | None
    banks: tuple[str, ...]
    awaits_request: bool


@dataclass(frozen=True, slots=True)
class ErasureDone:
    """Nothing of the person is left, and from now on nothing says whose erasure it was: tell them."""

    user_id: int
    message_id: int | None
    protocol: str
    finished_at: datetime


class Eraser:
    """Takes a person's wish, and carries it out."""

    def __init__(
        self,
        client: PluggyClient,
        database: Database,
        clock: Clock,
        choose: Callable[[Sequence[str]], str] = secrets.choice,
    ) -> None:
        self._database = database
        self._clock = clock
        self._choose = choose
        self._ender = ConnectionEnder(client, database, clock)

    def request(self, user_id: int, message_id: int | None) -> str:
        """Commit the wish: from now on nothing of the person's is read any more. Returns the protocol, that of an earlier
        wish while it is open."""
        with self._database.writing() as session:
            found = erasures.find_erasure(session, user_id)
            if found is not None and found["finished_at"] is not None:
                erasures.close_erasure(session, user_id)
                found = None
            protocol = self._add(session, user_id) if found is None else found["protocol"]
            if message_id is not None:
                erasures.set_message(session, user_id, message_id)
            self._stop_everything(session, user_id)
            personal.erase_expectations(session, user_id)
        return protocol

    def find(self, user_id: int) -> Erasure | None:
        """The person's erasure, until they are told of its end."""
        with self._database.reading() as session:
            record = erasures.find_erasure(session, user_id)
            return None if record is None else self._erasure(session, record)

    def list_all(self) -> list[Erasure]:
        """Everybody's erasures that are open or untold, the oldest first."""
        with self._database.reading() as session:
            return [self._erasure(session, record) for record in erasures.list_erasures(session)]

    def iter_steps(self, user_id: int) -> Iterator[Erasure]:
        """Carry a person's erasure on as far as it goes now; where it stands, after each part."""
        with self._database.writing() as session:
            if not erasures.is_being_erased(session, user_id):
                return
            self._stop_everything(session, user_id)
        self._erase_rows(user_id)
        yield from self._standing(user_id)
        for connection in self._list_items(user_id):
            if self._ender.finish(connection):
                yield from self._standing(user_id)
        if self._finish(user_id):
            yield from self._standing(user_id)

    def close(self, user_id: int) -> ErasureDone | None:
        """Forget whose a finished erasure was; None when there is none, or another caller has it."""
        with self._database.writing() as session:
            record = erasures.close_erasure(session, user_id)
        if record is None or record["finished_at"] is None:
            return None
        return ErasureDone(user_id, record["message_id"], record["protocol"], record["finished_at"])

    def reopen(self, done: ErasureDone) -> None:
        """The person could not be told: keep the address until that is done."""
        with self._database.writing() as session:
            erasures.reopen_erasure(session, done.user_id, done.protocol, done.message_id)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _add(self, session: Session, user_id: int) -> str:
        draws = 0
        while True:
            protocol = new_protocol(self._choose, LENGTH + draws // DRAWS)
            if erasures.add_erasure(session, user_id, protocol, self._clock.now()):
                return protocol
            found = erasures.find_erasure(session, user_id)
            if found is not None:  # the same wish, a moment earlier
                return found["protocol"]
            draws += 1

    def _stop_everything(self, session: Session, user_id: int) -> None:
        """Whatever of the person's is read, or about to begin: it ends, and its item is to be deleted."""
        now = self._clock.now()
        for connection in repository.list_connections(session, user_id):
            repository.request_disconnection(session, user_id, connection["id"], erase_history=True, now=now)
        personal.erase_intents(session, user_id, now - REQUEST_ANSWERED_WITHIN)
        families.remove_member(session, user_id, forget=True)  # the others' sums stay

    def _erase_rows(self, user_id: int) -> None:
        for table in personal.list_erasable_tables():
            erased = BATCH
            while erased >= BATCH:
                with self._database.writing() as session:
                    erased = personal.erase_rows(session, user_id, table, BATCH)
        with self._database.writing() as session:
            personal.erase_ended_connections(session, user_id)

    def _list_items(self, user_id: int) -> list[Connection]:
        with self._database.reading() as session:
            return repository.list_connections(session, user_id)

    def _finish(self, user_id: int) -> bool:
        """Whether nothing is left, and nothing can come any more."""
        now = self._clock.now()
        with self._database.writing() as session:
            is_awaited = personal.erase_intents(session, user_id, now - REQUEST_ANSWERED_WITHIN)
            if is_awaited or not personal.erase_person(session, user_id):
                return False
            erasures.finish_erasure(session, user_id, now)
            return True

    def _standing(self, user_id: int) -> Iterator[Erasure]:
        erasure = self.find(user_id)
        if erasure is not None:
            yield erasure

    def _erasure(self, session: Session, record: ErasureRecord) -> Erasure:
        connections = repository.list_connections(session, record["user_id"])
        return Erasure(
            user_id=record["user_id"],
            message_id=record["message_id"],
            protocol=record["protocol"],
            requested_at=record["requested_at"],
            finished_at=record["finished_at"],
            banks=tuple(connection["connector_name"] for connection in connections),
            awaits_request=personal.has_intents(session, record["user_id"]),
        )
