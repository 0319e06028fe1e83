"""The bank, Pluggy's news of it, our processes that read and tell, and one seed for all that comes between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, cast

from open_finance.alerts.settings import DEFAULTS
from open_finance.data_sync import DataSynchronizer
from open_finance.events import PluggyEvent
from open_finance.inbox import Inbox
from open_finance.money import ZERO
from open_finance.pluggy_client import PluggyClient
from open_finance.storage import alerts
from open_finance.storage.models import ConnectionRow
from open_finance.syncing.pass_tools import LEASE_SECONDS
from tests.clocks import START, ManualClock
from tests.fake_bank import ITEM, iso
from tests.histories.bank import UNWELL, WELL, Bank
from tests.histories.telegram import Sender, SlowPace, Telegram
from tests.rows import USER, add_connection
from tests.simulator.crash import Crash, SteppedDatabase, Steps
from tests.simulator.timeline import Timeline

OTHER = "item-2"
#: A sender is slow: what it took in hand is anybody's again.
SLOW_SECONDS = 60


class Moments(Steps):
    """Steps between which somebody else may come."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.after_commit: Callable[[], None] = lambda: None

    def step(self, name: str) -> None:
        super().step(name)
        if name == "after a commit" and self._counting and not self.is_dead:
            self.after_commit()


class Process:
    """One of our processes: it reads, hears Pluggy, and tells."""

    def __init__(self, world: World) -> None:
        client = cast("PluggyClient", world.bank)
        self.synchronizer = DataSynchronizer(client, world.database, clock=world.clock, threads=1)
        self.inbox = Inbox(world.database, self.synchronizer, world.clock)
        self.inbox._pool = ThreadPoolExecutor(1)  # one after the other: a seed is to be lived again
        self.sender = Sender(world.database, world.clock, world.telegram, SlowPace(world.wait_for_turn))

    def end(self) -> None:
        self.synchronizer.stop(wait=False)
        self.inbox.stop()
        self.sender.close()


class World:
    """Everything that is random comes of the seed. Two processes, by mistake or at a deploy: ``here`` and ``there``."""

    def __init__(self, seed: int, database: SteppedDatabase, loop: asyncio.AbstractEventLoop) -> None:
        self.random = Random(seed)
        self.loop, self.database = loop, database
        self.clock = ManualClock(START + timedelta(minutes=self.random.randrange(24 * 60)))
        self.timeline = Timeline(self.clock)
        self.steps = Moments(self.timeline)
        database.steps = self.steps
        self.bank = Bank(self.random, self.clock, self.timeline)
        self.telegram = Telegram(self.random, self.steps, self.timeline)
        self.connections: dict[str, int] = {}
        self._items: dict[int, str] = {}
        self._depth = 0
        self._calls_left: int | None = None
        self._commits_left: int | None = None
        self._events: list[PluggyEvent] = []
        self._number = 0
        self.is_troubled = True
        self.here, self.there = Process(self), Process(self)
        self.bank.on_call = self._on_call
        self.steps.after_commit = self._on_commit
        self.telegram.between = self._between_messages

    # --- the beginning and the end -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Everything is to be told, at any hour or not at night; one bank is connected and read."""
        quiet_from = self.random.choice((DEFAULTS.quiet_from, DEFAULTS.quiet_to))  # or in none of the hours
        wishes = replace(DEFAULTS, spending_from=ZERO, quiet_from=quiet_from)
        with self.database.writing() as session:
            alerts.save_settings(session, USER, wishes)
        kept = self.random.choice(((0, 1), (0,), (1,)))  # an account, a card, or both
        self.bank.accounts[ITEM] = [self.bank.accounts[ITEM][number] for number in kept]
        for account in self.accounts:
            for _ in range(self.random.randrange(1, 4)):
                self.bank.happen(account, is_news=False)
        self.connect(ITEM)

    @property
    def accounts(self) -> list[str]:
        """Of the first item, and of another bank's."""
        own = [one["id"] for one in self.bank.accounts[ITEM]]
        others = [one["id"] for one in self.bank.accounts.get(OTHER, ()) if len(self.bank.doors(one["id"])) == 1]
        return own + others

    def connect(self, item_id: str) -> None:
        """A connection, and its first read, which nothing comes after before it has been made."""
        with self.database.writing() as session:
            self.connections[item_id] = add_connection(session, item_id=item_id)
        self._calls_left = self._commits_left = None
        self._arm(0.2)
        while not self._has_read(item_id):
            self.clock.advance(LEASE_SECONDS + 301)
            self.bank.collect(item_id, **WELL)
            self.read(self.here, item_id, "wide")
        self.steps.disarm()

    def _has_read(self, item_id: str) -> bool:
        with self.database.reading() as session:
            return session.get_one(ConnectionRow, self.connections[item_id]).last_synced_at is not None

    def recover(self) -> None:
        """The trouble is over; the time passes that anything may wait for; all is read, and told."""
        self.is_troubled, self.telegram.is_well, self.bank.reorders = False, True, False
        self.steps.disarm()
        self.clock.advance(LEASE_SECONDS + 600)
        for item_id in self.connections:
            self.bank.bring_back(item_id, everything=True)
            self.bank.collect(item_id, **WELL)
            self.read(self.here, item_id, "wide")
        for hours in (60, 12, 8 * 24, 12, 1):  # days to come, a night, what is gone for good, and a night
            self.tell(self.here)
            self.clock.advance(hours=hours)
        self.tell(self.here)

    def stop(self) -> None:
        for process in (self.here, self.there):
            process.end()
        self.database.steps = None
        self.database.engine.dispose()

    # --- our processes -----------------------------------------------------------------------------------------------

    def read(self, process: Process, item_id: str, width: Any) -> None:
        self.clock.advance(seconds=0.001)  # no two passes are made in one instant
        with self._working(process):
            event = process.synchronizer.sync_connection(
                user_id=USER, connection_id=self.connections[item_id], width=width
            )
            self.timeline.say(f"read: {event}")

    def read_if_due(self, process: Process, item_id: str) -> None:
        with self._working(process):
            event = process.synchronizer.sync_connection_if_due(user_id=USER, connection_id=self.connections[item_id])
            self.timeline.say(f"tick: {event}")

    def hear(self, process: Process) -> None:
        """What Pluggy told is worked on."""
        with self._working(process):
            for future in process.inbox.look().passes:
                self.timeline.say(f"heard: {future.result()}")

    def store(self, process: Process, events: list[PluggyEvent]) -> None:
        with self._working(process):
            process.inbox.store(events)

    def tell(self, process: Process) -> None:
        with self._working(process):
            self.loop.run_until_complete(process.sender.tell())

    @contextmanager
    def _working(self, process: Process) -> Iterator[None]:
        """A process at work. When it is killed, another takes its place."""
        self._depth += 1
        try:
            is_dead = False
            with self.steps.running():
                with suppress(Crash):
                    yield
                is_dead = self.steps.is_dead
            if is_dead:
                self._replace(process)
        finally:
            self._depth -= 1

    def _replace(self, process: Process) -> None:
        process.end()
        is_here = process is self.here
        setattr(self, "here" if is_here else "there", Process(self))
        self.timeline.note("process replaced")

    # --- between -----------------------------------------------------------------------------------------------------

    def _arm(self, chance: float) -> None:
        if not self.steps.is_armed and self.random.random() < chance:
            self.steps.arm(self.random.randrange(1, 120))

    def trouble(self) -> None:
        """What may come between in the next step."""
        self._arm(0.3)
        self.bank.reorders = self.random.random() < 0.2
        self._calls_left = self.random.randrange(1, 8) if self.random.random() < 0.3 else None
        self._commits_left = self.random.randrange(1, 8) if self.random.random() < 0.2 else None

    def _on_call(self, call: str) -> None:
        self.steps.step("before a request")
        if self._calls_left is not None and self._depth:
            self._calls_left -= 1
            if self._calls_left <= 0:
                self._calls_left = None
                self._interrupt()
        self.steps.step("after a request")

    def _on_commit(self) -> None:
        if self._commits_left is not None and self._depth:
            self._commits_left -= 1
            if self._commits_left <= 0:
                self._commits_left = None
                self._interrupt()

    def _interrupt(self) -> None:
        """While one process stands between two of its steps: the other one works, or the bank does."""
        if self._depth > 1 or not self.is_troubled:
            return
        what = self.random.choice(("reads", "reads", "reads late", "hears", "tells", "tells late", "the bank"))
        self.timeline.note(f"meanwhile: {what}")
        item_id = self.random.choice(list(self.connections))
        if what.endswith("late"):
            self.clock.advance(LEASE_SECONDS + 1)
        if what.startswith("reads"):
            self.read(self.there, item_id, self.random.choice(("narrow", "wide")))
        elif what == "hears":
            self.store(self.there, self.news())
            self.clock.advance(3)
            self.hear(self.there)
        elif what.startswith("tells"):
            if not self.loop.is_running():
                self.tell(self.there)
        else:
            self.clock.advance(minutes=3)  # as long as an execution takes: what it has changed can be told by its time
            self.bank.happen(self.random.choice(self.accounts))
            self.bank.meddle(in_the_midst=True)

    async def wait_for_turn(self) -> None:
        """Many others are told first, now and then."""
        if self.is_troubled and self._depth == 1 and self.random.random() < 0.1:
            self.timeline.note("a slow sender")
            self.clock.advance(SLOW_SECONDS)
            await self._other_sender()

    async def _between_messages(self) -> None:
        if self.is_troubled and self._depth == 1 and self.random.random() < 0.15:
            await self._other_sender()
        if self.is_troubled and self.random.random() < 0.1:  # once it is taken, or before it is marked
            self.steps.arm(self.random.randrange(1, 6))

    async def _other_sender(self) -> None:
        """The other process looks at the outbox while this one is at it."""
        self.timeline.note("two senders")
        with self._working(self.there):
            await self.there.sender.tell()

    # --- Pluggy's news -----------------------------------------------------------------------------------------------

    def news(self) -> list[PluggyEvent]:
        """What Pluggy tells of all that changed since: lost, repeated, in any order, and forged."""
        random, found = self.random, []
        for item_id, changes in self.bank.changed.items():
            found += [self._event("item/updated", item_id)]
            found += [self._event(f"transactions/{what}", item_id, ids=ids[:400]) for what, ids in changes.items()]
        self.bank.changed.clear()
        kept = [event for event in found if random.random() < 0.85]
        self.timeline.lived["webhook lost"] += len(found) - len(kept)
        if self._events and random.random() < 0.3:
            kept.append(random.choice(self._events))
            self.timeline.lived["webhook repeated"] += 1
        if random.random() < 0.1:
            kept.append(self._event(random.choice(("item/updated", "transactions/deleted")), "nobody's", ids=["x"]))
            self.timeline.lived["webhook forged"] += 1
        random.shuffle(kept)
        self._events += kept
        return kept

    def _event(self, name: str, item_id: str, **detail: Any) -> PluggyEvent:
        self._number += 1
        if name == "transactions/created":
            detail["created_from"] = iso(self.clock.now())
        return PluggyEvent(name, f"event-{self._number}", item_id, None, detail)


class Life:
    """Some days of it."""

    def __init__(self, world: World) -> None:
        self._world, self._random = world, world.random

    def live(self, steps: int) -> None:
        world, random = self._world, self._random
        for _ in range(steps):
            world.clock.advance(minutes=random.choice((5, 60, 300, 700, 1500)))
            if random.random() < 0.08 and OTHER not in world.connections:
                self._connect_another()
            world.trouble()
            self._happen()
            self._read()
            if random.random() < 0.7:
                world.tell(world.here)

    def _connect_another(self) -> None:
        world, is_door = self._world, self._random.random() < 0.5
        world.timeline.note("another door" if is_door else "another bank")
        world.bank.add_bank(OTHER, same_as=ITEM if is_door else None)
        for account in world.accounts:
            if account.endswith(OTHER):
                world.bank.happen(account, is_news=False)
        world.connect(OTHER)

    def _happen(self) -> None:
        world, random = self._world, self._random
        for _ in range(random.choice((0, 1, 1, 2, 4))):
            world.bank.happen(random.choice(world.accounts))
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            world.bank.meddle()
        for item_id in world.connections:
            self._collect(item_id)

    def _collect(self, item_id: str) -> None:
        bank, random = self._world.bank, self._random
        if random.random() < 0.25:
            self._world.timeline.note("item unwell")
            bank.leave_out(item_id)
            bank.collect(item_id, **random.choice(UNWELL))
        else:
            bank.bring_back(item_id)
            bank.collect(item_id, **WELL)

    def _read(self) -> None:
        world, random = self._world, self._random
        item_id = random.choice(list(world.connections))
        how = random.choice(("narrow", "wide", "tick", "tick", "webhook", "webhook", "webhook", "nothing"))
        world.timeline.note(f"read: {how}", item_id)
        if how == "webhook":
            world.store(random.choice((world.here, world.there)), world.news())
            world.clock.advance(random.choice((0.1, 3)))
            world.hear(world.here)
        elif how == "tick":
            world.read_if_due(world.here, item_id)
        elif how != "nothing":
            world.read(world.here, item_id, how)
