"""A bank, a Pluggy, a network, a person and our process between them, through sixty days and to the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import Table, select, update

from open_finance.clock import local_day
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.events import ConnectionSyncFailed, SyncEvent
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import read_item
from open_finance.reconcile import is_trusted, is_unchanged, item_state
from open_finance.storage.models import Base, ConnectionRow, TransactionRow
from open_finance.syncing.pass_tools import LEASE_SECONDS
from open_finance.syncing.schedule import due, next_wide_slot, slots_of
from tests.clocks import START, ManualClock
from tests.rows import USER, add_connection
from tests.simulator import oracle
from tests.simulator.bank import Bank, BankRow
from tests.simulator.crash import Crash, SteppedDatabase, Steps
from tests.simulator.faults import Faults
from tests.simulator.pluggy import CONNECTOR, Pluggy
from tests.simulator.timeline import Timeline
from tests.simulator.wire import API, Wire

TICK = timedelta(minutes=5)
SETTINGS = Settings(pluggy_client_id="id", pluggy_client_secret="secret", pluggy_api_url=API)


class Standing(NamedTuple):
    """Where the connection's row stands."""

    served_slot_at: datetime | None
    retry_at: datetime | None
    lease_until: datetime | None
    synced_state: str | None
    synced_width: str | None


CONNECTIONS: Table = Base.metadata.tables[ConnectionRow.__tablename__]
TRANSACTIONS: Table = Base.metadata.tables[TransactionRow.__tablename__]
STANDING = select(*(CONNECTIONS.c[name] for name in Standing._fields))
STANDING_ROWS = (
    select(TRANSACTIONS.c.id, TRANSACTIONS.c.pluggy_id, TRANSACTIONS.c.status, TRANSACTIONS.c.note)
    .where(TRANSACTIONS.c.removed_at.is_(None))
    .order_by(TRANSACTIONS.c.id)
)


class World:
    """Everything that is random comes of the seed."""

    def __init__(self, seed: int, database: SteppedDatabase) -> None:
        self._random = Random(seed)
        self.clock = ManualClock(START + timedelta(minutes=self._random.randrange(24 * 60)))
        self.timeline = Timeline(self.clock)
        self.steps = Steps(self.timeline)
        self.database = database
        database.steps = self.steps
        self.bank = Bank(self._own_random(), self.clock, self.timeline)
        self.pluggy = Pluggy(self._own_random(), self.clock, self.timeline, self.bank)
        self.faults = Faults(self._own_random(), self.clock, self.timeline)
        page_size = self._random.choice((6, 20, 500, 500))
        self.wire = Wire(self.pluggy, self.faults, self.steps, self.clock, self.timeline, page_size)
        self.wire.filters = self._random.random() < 0.9
        self.wire.on_pause = self._be_replaced
        self.mistakes: list[str] = []
        self._unclear: set[str] = set()
        self._written: dict[BankRow, tuple[str, str]] = {}
        self._absence = self._random.choice((0.1, 0.5, 0.8))
        self._longest = 60  # steps of the longest pass so far
        with database.writing() as session:
            item_id = Pluggy.item_id
            self.connection_id = add_connection(session, item_id=item_id, is_open_finance=True, connector_id=CONNECTOR)
        self._stopped = False
        self._is_paused = False
        self._start()

    def live(self, days: int) -> None:
        """So many days at the schedule's own pace, dead time left out."""
        end = self.clock.now() + timedelta(days=days)
        while (tick := self.next_tick()) < end:
            self.timeline.reach(tick)
            if self._is_dead_time():
                self.timeline.reach(next_slot(tick) - timedelta(seconds=1))
                continue
            self._arm()
            self._run(self.synchronizer.sync_due_connections)
            if self._random.random() < 0.3:
                self._check_claim()
            if self._random.random() < 0.02:
                self._run(self._tap)
            if self._random.random() < 0.4:
                self._write_notes()

    def recover(self) -> None:
        """The faults are over. The bank is collected once, healthily, before the next wide slot; which is then served."""
        self.faults.are_over = True
        self.steps.disarm()
        self.timeline.end()
        if not self.pluggy.is_stopped and self._random.random() < 0.1:
            self.bank.purge()
        slot = self._next_wide_slot()
        self.timeline.reach(slot - timedelta(minutes=30))
        self.pluggy.recover()
        for _ in range(100):
            if self._standing().served_slot_at == slot:
                return
            self.timeline.reach(self.next_tick())
            self._run(self.synchronizer.sync_due_connections)
        self.mistakes.append("the wide slot was not served")

    def stop(self) -> None:
        self.synchronizer.stop()
        self.database.steps = None
        self.database.engine.dispose()

    def next_tick(self) -> datetime:
        """The next tick at which something is due, of those that come every five minutes."""
        now, row = self.clock.now(), self._standing()
        owed = due(now, {"served_slot_at": row.served_slot_at, "retry_at": None})
        when = now if owed else next_slot(now)
        for held in (row.retry_at, row.lease_until):
            when = max(when, held or when)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        ticks = max((when - midnight) // TICK, (now - midnight) // TICK + 1)
        at = midnight + ticks * TICK
        return at if at >= when else at + TICK

    @property
    def today(self) -> date:
        return local_day(self.clock.now())

    def certain_notes(self) -> dict[str, tuple[str, str]]:
        """Pluggy's id → what was written, of the rows that are surely the ones they were."""
        return {row.id: own for row, own in self._written.items() if row.is_certain}

    def _check_claim(self) -> None:
        """Where the connection is stamped as read, all that Pluggy lists now must be there, long before the faults are over:
        the next pass would not look again. What is not listed must be gone, if the item is well and nothing suspicious."""
        row, item = self._standing(), read_item(self.pluggy.item)
        if row.synced_width != "wide" or row.synced_state != item_state(item) or row.synced_state in self._unclear:
            return
        stored = oracle.books(self.database)
        verdict = oracle.judge(stored, self.pluggy, self.today)
        suspected = any(account["suspect_state"] for account in stored[oracle.ACCOUNTS.name])
        trusted = is_trusted(item, ("accounts", "creditCards", "transactions"), self.clock.now())
        gone = verdict.duplicates if trusted and not suspected else []
        self.timeline.lived["claims checked"] += 1
        self.mistakes += [f"stamped as read, day {self.today}: {one}" for one in (*verdict.lost, *verdict.wrong, *gone)]

    # --- our process -------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._stopped = False
        self.synchronizer = self._new_process()

    def _new_process(self) -> DataSynchronizer:
        client = PluggyClient(SETTINGS, clock=self.clock, session=self.wire.session(), jitter=self._random.random)
        return DataSynchronizer(client, self.database, clock=self.clock, threads=1)

    def _run(self, work: Callable[[], list[SyncEvent]]) -> None:
        """Let the process work; when it was ended on the way, there is a new one."""
        before, idless = self.steps.taken, self.timeline.lived["row without an id"]
        with suppress(Crash), self.steps.running():
            self._judge(work())
        self._longest = max(self._longest, min(self.steps.taken - before, 400))
        if self.timeline.lived["row without an id"] > idless:  # such a listing proves nothing to be gone
            self._unclear.add(item_state(read_item(self.pluggy.item)))
        if self._stopped or self.steps.is_dead:
            self.synchronizer.stop()
            self.database.engine.dispose()
            self._start()

    def _be_replaced(self) -> None:
        """Our process stands still with its lease; when that is over, another one does the work. Then ours wakes up."""
        if self._is_paused:
            return
        self._is_paused = True
        self.timeline.reach(self.clock.now() + timedelta(seconds=LEASE_SECONDS + 1))
        other = self._new_process()
        try:
            self._judge(other.sync_due_connections())
        finally:
            other.stop()
            self._is_paused = False

    def _tap(self) -> list[SyncEvent]:
        """The person asks for what Pluggy has."""
        return [self.synchronizer.sync_connection(user_id=USER, connection_id=self.connection_id)]

    def _judge(self, events: list[SyncEvent]) -> None:
        for event in events:
            self.timeline.say(str(event))
            if isinstance(event, ConnectionSyncFailed) and not event.reason.startswith("Pluggy"):
                self.mistakes.append(event.reason)

    def _arm(self) -> None:
        """Now and then the process is to end, between any two steps."""
        if self.steps.is_armed or self._random.random() >= 0.04:
            return
        steps = self._random.randrange(1, self._longest)
        self.steps.arm(steps, self._terminate if self._random.random() < 0.3 else None)

    def _terminate(self) -> None:
        """SIGTERM: the process ends at its next page."""
        self._stopped = True
        self.synchronizer.stop(wait=False)

    # --- time and person ---------------------------------------------------------------------------------------------

    def _is_dead_time(self) -> bool:
        """Whether the machine is off until the next slot: mostly where Pluggy has nothing that was not read, which is one
        request; else as often as this machine is."""
        row, item = self._standing(), read_item(self.pluggy.item)
        owed = due(self.clock.now(), {"served_slot_at": row.served_slot_at, "retry_at": row.retry_at})
        if self.steps.is_armed or owed is None:
            return False
        if is_unchanged(item, row.synced_state, row.synced_width, owed.width):
            return self._random.random() < 0.85
        return self._random.random() < (self._absence if owed.width == "narrow" else self._absence / 4)

    def _standing(self) -> Standing:
        with self.database.engine.connect() as connection:
            return Standing(*connection.execute(STANDING).one())

    def _next_wide_slot(self) -> datetime:
        return next_wide_slot(self.clock.now() + timedelta(minutes=40))

    def _write_notes(self) -> None:
        """On some row that stands in our books, and on every pending one that has none yet: those are to keep them."""
        with self.database.writing() as session:
            rows = session.execute(STANDING_ROWS).all()
            some = [self._random.choice(rows)] if rows else []
            pending = [row for row in rows if row.status == "PENDING" and row.note is None]
            for row in {row.id: row for row in (*some, *pending)}.values():
                own = (f"note {self._random.randrange(10**6)}", "mercado")
                chosen = update(TRANSACTIONS).where(TRANSACTIONS.c.id == row.id)
                session.execute(chosen.values(note=own[0], user_category=own[1]))
                self._written[self.bank.by_id[row.pluggy_id]] = own

    def _own_random(self) -> Random:
        return Random(self._random.getrandbits(64))


def next_slot(now: datetime) -> datetime:
    """The first slot that is still to come."""
    today = local_day(now)
    return next(slot.at for days in (0, 1) for slot in slots_of(today + timedelta(days=days)) if slot.at > now)
