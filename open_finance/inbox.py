"""What Pluggy tells: kept at once, worked on in a moment. An event lost, repeated or late does no harm: the item is read.

Synchronous and thread-safe. Passes have their own eight threads, so that news does not wait behind the schedule.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from open_finance.clock import Clock, SystemClock, local_day
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import ConnectionNotFoundError, OpenFinanceError
from open_finance.events import (
    ConnectionBusy,
    ConnectionGone,
    ConnectionSyncFailed,
    PluggyEvent,
    SyncEvent,
)
from open_finance.inbox_rules import GAP, Burst, bursts, retry_at
from open_finance.storage import inbox, operating
from open_finance.storage.database import Database, Session
from open_finance.storage.inbox import Target

logger = logging.getLogger(__name__)

THREADS = 8
#: As many events as one look takes into its hands.
LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the inbox began and found. ``passes``: each ends with what became of it, None where there was nothing
    to read. ``polled``: (user_id, connection_id) of flows whose next poll is due now. ``bank_changed``: a bank went down or
    came back. ``wait``: seconds until there will be something to do, None when nothing waits."""

    passes: tuple[Future[SyncEvent | None], ...] = ()
    polled: tuple[tuple[int, int], ...] = ()
    bank_changed: bool = False
    wait: float | None = None


class Inbox:
    """``store`` what comes; ``look`` every other moment, in one process at a time. ``stop`` it at the end.

    ``on_unknown_item`` is called, in a thread of the inbox, with the id of an item that no connection here has; it may ask
    Pluggy, and an OpenFinanceError of it has it called again later.
    """

    def __init__(self, database: Database, synchronizer: DataSynchronizer, clock: Clock | None = None) -> None:
        self._database = database
        self._synchronizer = synchronizer
        self._clock = clock or SystemClock()
        self.on_unknown_item: Callable[[str], None] = lambda _item_id: None
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="inbox")
        self._lock = threading.Lock()
        self._in_hand: set[str] = set()
        self._begun: dict[str, datetime] = {}
        self._is_stopped = False

    def store(self, events: Sequence[PluggyEvent]) -> int:
        """Keep them, all or none; how many were new. Raises DatabaseUnavailableError."""
        with self._database.writing() as session:
            return inbox.add_events(session, events, self._clock.now())

    def look(self) -> Look:
        """Begin what is ready, and return at once; nothing while whoever runs this has paused what is read by itself: it
        waits. Raises DatabaseUnavailableError."""
        now = self._clock.now()
        with self._database.reading() as session:
            events = inbox.list_open_events(session, LIMIT)
            if events and operating.sync_paused_since(session) is not None:
                return Look()
        if not events:
            return Look()
        begun, in_hand = self._under_way(now)
        found = bursts(events, now, begun, in_hand)
        wait = None if found.next_at is None else max((found.next_at - now).total_seconds(), 0.0)
        of_banks = [event for event in events if event.item_id is None]
        if not found.ready and not of_banks:
            return Look(wait=wait)
        with self._database.writing() as session:
            reads, polled = self._sort_out(session, found.ready, now)
            inbox.mark_handled(session, [event.id for event in of_banks], now)
        passes = [self._submit(burst, target, now) for burst, target in reads]
        return Look(tuple(filter(None, passes)), tuple(polled), bool(of_banks), wait)

    def stop(self) -> None:
        """Take no more work, and wait for what is in hand. Passes end early where the synchroniser was stopped before."""
        with self._lock:
            self._is_stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _under_way(self, now: datetime) -> tuple[dict[str, datetime], set[str]]:
        with self._lock:
            self._begun = {item: at for item, at in self._begun.items() if at > now - GAP or item in self._in_hand}
            return dict(self._begun), set(self._in_hand)

    def _sort_out(
        self, session: Session, ready: Sequence[Burst], now: datetime
    ) -> tuple[list[tuple[Burst, Target | None]], list[tuple[int, int]]]:
        """What a pass must read, and the flows that were made to look again; what neither needs is handled."""
        targets = inbox.find_targets(session, [burst.item_id for burst in ready])
        reads: list[tuple[Burst, Target | None]] = []
        polled: list[tuple[int, int]] = []
        done: list[int] = []
        for burst in ready:
            target = targets.get(burst.item_id)
            if target is not None and target.is_readable and target.is_polled and burst.is_new:
                inbox.make_poll_due(session, target.connection_id, now)
                polled.append((target.user_id, target.connection_id))
            # What is on its way out is read no more; what is still being connected is read by whoever connects it.
            if target is None or (target.is_readable and target.is_settled):
                reads.append((burst, target))
            else:
                done += burst.ids
        inbox.mark_handled(session, done, now)
        return reads, polled

    def _submit(self, burst: Burst, target: Target | None, now: datetime) -> Future[SyncEvent | None] | None:
        with self._lock:
            if self._is_stopped:
                return None
            self._in_hand.add(burst.item_id)
            self._begun[burst.item_id] = now
            return self._pool.submit(self._work, burst, target)

    def _work(self, burst: Burst, target: Target | None) -> SyncEvent | None:
        try:
            event = self._attempt(burst, target)
            self._note(burst, event)
            return event
        finally:
            with self._lock:
                self._in_hand.discard(burst.item_id)

    def _attempt(self, burst: Burst, target: Target | None) -> SyncEvent | None:
        key = (0, 0) if target is None else (target.user_id, target.connection_id)
        try:
            if target is not None:
                return self._read(burst, target)
            self.on_unknown_item(burst.item_id)
        except ConnectionNotFoundError:  # disconnected and forgotten since
            return ConnectionGone(*key)
        except OpenFinanceError as error:
            return ConnectionSyncFailed(*key, reason=type(error).__name__)
        except Exception as error:  # one bad item never stops the others, nor is it tried without end
            logger.exception("what Pluggy told could not be worked on")
            return ConnectionSyncFailed(*key, reason=type(error).__name__)
        return None

    def _read(self, burst: Burst, target: Target) -> SyncEvent:
        with self._database.reading() as session:
            oldest = inbox.find_oldest_day(session, target.connection_id, burst.row_ids)
        width = burst.width(local_day(self._clock.now()), oldest)
        return self._synchronizer.sync_news(
            user_id=target.user_id,
            connection_id=target.connection_id,
            width=width,
            fresh=burst.of_rows,
            accounts=burst.accounts,
        )

    def _note(self, burst: Burst, event: SyncEvent | None) -> None:
        now = self._clock.now()
        is_vain = isinstance(event, ConnectionBusy | ConnectionSyncFailed)
        again_at = retry_at(burst.attempts, now) if is_vain else None
        with self._database.writing() as session:
            if again_at is not None:
                inbox.postpone_events(session, burst.ids, again_at)
            else:
                inbox.mark_handled(session, burst.ids, now)
        if is_vain and again_at is None:
            logger.warning("what Pluggy told of a connection could not be read; the schedule will find it")
