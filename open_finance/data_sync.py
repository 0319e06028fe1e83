"""Bring what Pluggy has collected into our tables: one connection, one person, all that is due, all there is.

Only reads: nothing here asks a bank for news, which only a person's tap may do. Synchronous and thread-safe.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import datetime
from functools import partial
from typing import NamedTuple

from open_finance.clock import Clock, SystemClock
from open_finance.closed_doors import ClosedDoors
from open_finance.config import Settings, load_settings
from open_finance.errors import ConnectionNotFoundError
from open_finance.events import (
    ConnectionBusy,
    ConnectionGone,
    ConnectionNeedsPerson,
    ConnectionSynced,
    ConnectionSyncFailed,
    SyncEvent,
)
from open_finance.observing import SILENT, Observer
from open_finance.pluggy_client import PluggyClient
from open_finance.records import ItemData, Width
from open_finance.storage import operating, system
from open_finance.storage.database import Database, open_database
from open_finance.storage.system import ConnectionKey
from open_finance.syncing.connection_pass import NEWS_LEASE_SECONDS, ConnectionPass
from open_finance.syncing.holders import HolderMemory
from open_finance.syncing.job import schedule_daily_sync
from open_finance.syncing.pass_tools import LEASE_SECONDS, PassTools
from open_finance.syncing.schedule import DueConnection, due, latest_slot
from open_finance.tracing import tracing

__all__ = ["LEASE_SECONDS", "DataSynchronizer", "HandOver", "schedule_daily_sync"]

logger = logging.getLogger(__name__)

#: A tick that takes longer does not keep the next from beginning; what it has in hand is held by its lease.
SLOW_SECONDS = 300.0
#: Gives what is due to other processes; returns what it could not give, to be read by this one.
HandOver = Callable[[Sequence[DueConnection]], Sequence[DueConnection]]


class Work(NamedTuple):
    """A pass to make. ``slot_at``: only while that slot is owed. The rest as of ``ConnectionPass``."""

    key: ConnectionKey
    width: Width
    slot_at: datetime | None = None
    fresh: bool = False
    told: bool = False
    accounts: frozenset[str] | None = None


class DataSynchronizer:
    """Synchronises connections, eight at a time. ``stop`` it at the end of the process.

    from open_finance.data_sync import DataSynchronizer
    DataSynchronizer().sync_all_connections()
    """

    def __init__(
        self,
        client: PluggyClient | None = None,
        database: Database | None = None,
        *,
        settings: Settings | None = None,
        clock: Clock | None = None,
        threads: int = 8,
        lease_seconds: float = LEASE_SECONDS,
        hand_over: HandOver | None = None,
        observer: Observer = SILENT,
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError.

        ``lease_seconds``: how long nobody else reads a connection whose reader has died. ``hand_over``: where what the
        schedule owes goes first (see ``submit_due_connections``). ``observer``: is told of every pass.
        """
        if client is None or database is None:
            settings = settings or load_settings()
        self.clock = clock or SystemClock()
        self._stopping = threading.Event()
        client = client or PluggyClient(settings, clock=self.clock)
        self._client = client.for_worker(self._stopping)
        self._news_client = self._client.going_first()
        self.closed_doors = ClosedDoors(client.for_person(), self.clock)  # people wait for its answer, too
        self._holders = HolderMemory(self.clock)
        self._desk = threading.Lock()
        self._database = database or open_database(settings)
        self._lease_seconds = lease_seconds
        self._hand_over = hand_over
        self._observer = observer
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sync")
        self._ticker = ThreadPoolExecutor(threads, thread_name_prefix="sync-tick")
        self._tick: Future[list[SyncEvent]] | None = None
        self._ticked_at = 0.0
        self._gate = threading.Lock()  # nothing is submitted to a pool that is shutting down

    def sync_connection(
        self, *, user_id: int, connection_id: int, width: Width = "wide", item: ItemData | None = None
    ) -> SyncEvent:
        """Read one connection of this person's now, unless another pass has it in hand (ConnectionBusy). Somebody waits for
        it: when Pluggy says "later", it has failed.

        ``narrow`` reads the last ten days, ``wide`` the year; an item that stands where a pass at least as wide left it
        costs one request. ``item``: as Pluggy gave it a moment ago, to save asking again. Raises ConnectionNotFoundError
        and DatabaseUnavailableError; any other trouble is a ConnectionSyncFailed, and the connection is left alone for
        five minutes, longer with every failure in a row.
        """
        return self._sync(self._client.for_person(), Work(ConnectionKey(user_id, connection_id), width), item)

    def sync_news(
        self,
        *,
        user_id: int,
        connection_id: int,
        width: Width = "narrow",
        fresh: bool = False,
        accounts: frozenset[str] | None = None,
    ) -> SyncEvent:
        """Read one connection of which Pluggy said that there is news, before what the schedule owes; waits when Pluggy says
        "later". ``fresh``: rows have changed, also where the item stands as the last pass left it; of these ``accounts``, by
        Pluggy's ids, and None may be of any. Whoever calls tries a ConnectionBusy or ConnectionSyncFailed again: the
        schedule goes on as if there had been no pass. Raises ConnectionNotFoundError and DatabaseUnavailableError."""
        work = Work(ConnectionKey(user_id, connection_id), width, fresh=fresh, told=True, accounts=accounts)
        return self._sync(self._news_client, work)

    def sync_user(self, user_id: int) -> list[SyncEvent]:
        """Read all connections of a person, wide, on their command: never waits when Pluggy says "later"."""
        with self._database.reading() as session:
            keys = system.list_readable_connections(session, user_id)
        return self._sync_each([Work(key, "wide") for key in keys], self._client.for_person())

    def sync_due_connections(self) -> list[SyncEvent]:
        """Read what the schedule owes now (see ``schedule.due``). May be called at any pace, by any number of processes."""
        return self._sync_due(self._list_due())

    def sync_connection_if_due(self, *, user_id: int, connection_id: int) -> SyncEvent | None:
        """Read one connection as ``sync_due_connections`` would, in the caller's thread; None when the schedule owes it
        nothing now. Raises DatabaseUnavailableError when its row cannot be read; any other trouble is an event."""
        found = self._list_due(ConnectionKey(user_id, connection_id))
        return self._sync_guarded(self._client, _work(found[0])) if found else None

    def sync_all_connections(self) -> list[SyncEvent]:
        """Read every connection of everybody, wide, now."""
        with self._database.reading() as session:
            keys = system.list_readable_connections(session)
        return self._sync_each([Work(key, "wide") for key in keys], self._client)

    def submit_due_connections(self) -> None:
        """``sync_due_connections`` in a thread of its own, returning at once; nothing while one is still running, unless a
        slow bank holds that up: the others are not to wait for it. Where there are other processes to hand it over to, only
        what they cannot take is read here."""
        with self._gate:
            now = self.clock.monotonic()
            is_running = self._tick is not None and not self._tick.done() and now - self._ticked_at < SLOW_SECONDS
            if not self._stopping.is_set() and not is_running:
                self._tick, self._ticked_at = self._ticker.submit(self._sync_due_logged), now

    def stop(self, *, wait: bool = True) -> None:
        """End every pass at its next page or in the midst of its waiting, and take no more work. ``wait``: until the last
        thread is done."""
        with self._gate:
            self._stopping.set()
        self._pool.shutdown(wait=wait, cancel_futures=True)
        self._ticker.shutdown(wait=wait, cancel_futures=True)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _list_due(self, only: ConnectionKey | None = None) -> list[DueConnection]:
        """What the schedule owes; nothing while whoever runs this has paused it."""
        now = self.clock.now()
        with self._database.reading() as session:
            if operating.sync_paused_since(session) is not None:
                return []
            candidates = system.list_due_candidates(session, now, latest_slot(now).at, only)
        return [
            DueConnection(row["user_id"], row["connection_id"], slot)
            for row in candidates
            if (slot := due(now, row)) is not None
        ]

    def _sync_due(self, found: Iterable[DueConnection]) -> list[SyncEvent]:
        return self._sync_each(map(_work, found), self._client)

    def _sync(self, client: PluggyClient, work: Work, item: ItemData | None = None) -> SyncEvent:
        key = work.key
        if self._stopping.is_set():
            return ConnectionBusy(*key)
        lease_seconds = self._lease_of(work)
        with self._database.writing() as session:
            claim = system.claim_connection(session, *key, self.clock.now(), lease_seconds, work.slot_at)
            gone = system.is_gone(session, *key) if claim is None else None
        if claim is not None:
            with tracing("pass"):
                return self._run_pass(client, claim, work, item)
        if gone is None:
            raise ConnectionNotFoundError("no such connection for this person")
        return ConnectionGone(*key) if gone else ConnectionBusy(*key)

    def _run_pass(self, client: PluggyClient, claim: system.SyncClaim, work: Work, item: ItemData | None) -> SyncEvent:
        began, outcome = self.clock.monotonic(), "failed"
        try:
            event = self._pass(client, claim, work).run(item)
            outcome = outcome_of(event)
            if isinstance(event, ConnectionSyncFailed):
                self._observer.count("error", error=event.reason)
            return event
        finally:
            took = max(self.clock.monotonic() - began, 0.0)
            fields = {"event": "sync_pass", "connection": claim.connection_id, "width": work.width, "outcome": outcome}
            logger.debug("connection %d: %s", claim.connection_id, outcome, extra=fields | {"seconds": round(took, 3)})
            self._observer.time("sync_pass", took, width=work.width, outcome=outcome)

    def _lease_of(self, work: Work) -> float:
        """Seconds. A pass that soon gives up holds a connection no longer than it needs."""
        is_brief = work.told and work.width == "narrow"
        return min(self._lease_seconds, NEWS_LEASE_SECONDS) if is_brief else self._lease_seconds

    def _pass(self, client: PluggyClient, claim: system.SyncClaim, work: Work) -> ConnectionPass:
        tools = PassTools(
            client,
            self._database,
            self.clock,
            self._stopping,
            self.closed_doors,
            self._holders,
            self._desk,
            lease_seconds=self._lease_of(work),
        )
        return ConnectionPass(tools, claim, work.width, fresh=work.fresh, told=work.told, accounts=work.accounts)

    def _sync_guarded(self, client: PluggyClient, work: Work) -> SyncEvent:
        try:
            return self._sync(client, work)
        except ConnectionNotFoundError:  # disconnected since it was listed
            return ConnectionGone(*work.key)
        except Exception as error:  # one bad connection never stops the others
            logger.exception("connection %d could not be synchronised", work.key.connection_id)
            return ConnectionSyncFailed(*work.key, reason=type(error).__name__)

    def _sync_each(self, work: Iterable[Work], client: PluggyClient) -> list[SyncEvent]:
        return self._in_parallel(partial(self._sync_guarded, client), list(work))

    def _in_parallel(self, sync: Callable[[Work], SyncEvent], work: list[Work]) -> list[SyncEvent]:
        with self._gate:
            futures = (
                [] if self._stopping.is_set() else [self._pool.submit(copy_context().run, sync, one) for one in work]
            )
        events: list[SyncEvent] = []
        for future in futures:
            with suppress(CancelledError):  # stopped before its turn came
                events.append(future.result())
        return events

    def _sync_due_logged(self) -> list[SyncEvent]:
        try:
            hand_over = self._hand_over
            events = self.sync_due_connections() if hand_over is None else self._sync_due(hand_over(self._list_due()))
        except Exception:  # a scheduled job: nobody else would see it
            logger.exception("the scheduled synchronisation failed")
            return []
        if events:
            logger.info("synchronised %d connections", len(events), extra={"number": len(events)})
        return events


def outcome_of(event: SyncEvent) -> str:
    """How a pass ended, in a word: ``busy`` where Pluggy was still collecting, or the pass was stopped."""
    match event:
        case ConnectionSynced():
            return "changed" if event.changed else "unchanged"
        case ConnectionNeedsPerson():
            return "needs_person"
        case ConnectionSyncFailed():
            return "failed"
        case ConnectionGone():
            return "gone"
        case ConnectionBusy():
            return "busy"


def _work(one: DueConnection) -> Work:
    return Work(ConnectionKey(one.user_id, one.connection_id), one.slot.width, one.slot.at)
