"""One and four worker processes on one PostgreSQL: how much faster four are, and what becomes of a killed one's work.

Each reads one connection at a time: then it is the processes that are compared, and not how much two cores can do.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from benchmarks.report import Row
from benchmarks.sync.small_pluggy import ROWS, Running, small_pluggy
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.machines.link import open_redis
from open_finance.machines.queue import ConnectionQueue
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow, SyncRunRow, TransactionRow
from open_finance.syncing.schedule import DueConnection
from tests.databases import postgres_server
from tests.pluggy_server import wait_until
from tests.redis_server import redis_server
from tests.rows import USER, add_connection

LATENCY = 0.05
THREADS = 1
WORKERS = 4
CONNECTIONS = 80
#: For each worker before the time is taken: its key, its compiled statements.
WARM_UP = 4
KILLED_AMONG = 40
LEASE_SECONDS = 3
TICK_SECONDS = 0.5
#: Longer than any pass takes.
PASS_SECONDS = 1.0
PATIENCE = 120.0
READY = "the worker is taking connections"
BOT = str(Path(__file__).resolve().parent.parent.parent / "bot.py")


def measure_workers(seed: int) -> list[Row]:
    """Half a minute. The workers are real processes, begun before the time is taken."""
    with new_yard() as yard:
        yard.start_workers(1)
        yard.time_reading(WARM_UP)
        one, first = yard.time_reading(CONNECTIONS)
        yard.start_workers(WORKERS - 1)
        yard.time_reading(WARM_UP * WORKERS)
        four, second = yard.time_reading(CONNECTIONS)
        runs, asked = yard.runs(), yard.pluggy.counts()
        both = [*first, *second]
        uneven = sum(runs[connection_id] != 1 for connection_id in both)
        again = sum(asked[yard.items[connection_id]] - 1 for connection_id in both)
        return [
            Row(f"1 → {WORKERS} workers at 50 ms a request: times faster", round(one / four, 2), "≥", 3.5, "×"),
            Row("due connections not read exactly once in their slot", uneven, "=", 0, f"of {len(both)}"),
            Row("items asked for once more than that", again, "=", 0, "requests"),
            *kill_one(yard, random.Random(seed)),
        ]


def kill_one(yard: Yard, chance: random.Random) -> list[Row]:
    """One worker is killed in the midst; the schedule goes on ticking."""
    ids = yard.connect(KILLED_AMONG)
    yard.tick()
    done = chance.randint(KILLED_AMONG // 5, KILLED_AMONG // 2)
    wait_until(lambda: yard.count_runs(ids) >= done, seconds=PATIENCE)
    held = yard.kill_in_the_midst(chance.randrange(WORKERS), ids)
    deadline = time.monotonic() + PATIENCE
    while yard.count_runs(ids) < len(ids) and time.monotonic() < deadline:
        yard.tick()
        time.sleep(TICK_SECONDS)
    time.sleep(LEASE_SECONDS)  # whatever would be done twice is done by then
    runs, taken_over = yard.runs(), yard.taken_over(ids)
    early = sum(began < held[connection_id] for connection_id, began in taken_over.items())
    return [
        Row("leases of a killed worker that were taken over", len(taken_over), "≥", 1, f"of at most {THREADS}"),
        Row("of them before they had run out", early, "=", 0),
        Row("connections lost by the kill", sum(runs[one] == 0 for one in ids), "=", 0, f"of {len(ids)}"),
        Row("connections read twice", sum(runs[one] > 1 for one in ids), "=", 0, f"of {len(ids)}"),
        Row("rows of all connections, to one listed", yard.rows() / (ROWS * len(yard.items)), "=", 1),
        Row("leases left behind", len(yard.leases(ids)), "=", 0),
    ]


@dataclass
class Yard:
    """A PostgreSQL, a Redis, a Pluggy, and the workers between them. ``items``: the item of each connection."""

    settings: Settings
    database: Database
    queue: ConnectionQueue
    pluggy: Running
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    items: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        client = PluggyClient(self.settings)
        self._ticking = DataSynchronizer(client, self.database, hand_over=self._hand_over)

    def _hand_over(self, work: Sequence[DueConnection]) -> Sequence[DueConnection]:
        if self.queue.hand_over(work):
            raise RuntimeError("the workers are not there")
        return ()

    def tick(self) -> None:
        """What the bot does every five minutes."""
        self._ticking.submit_due_connections()

    def start_workers(self, count: int) -> None:
        """So many more processes, each ready when this returns."""
        logs = [self.folder / f"worker-{len(self.workers) + number}.log" for number in range(count)]
        self.workers += [self._start_worker(log) for log in logs]
        wait_until(lambda: all(READY in log.read_text(encoding="utf-8") for log in logs), seconds=PATIENCE, every=0.05)

    def _start_worker(self, log: Path) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "PLUGGY_CLIENT_ID": "id",
            "PLUGGY_CLIENT_SECRET": "secret",
            "PLUGGY_API_URL": self.settings.pluggy_api_url,
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.settings.redis_url or "",
            "LOG_LEVEL": "INFO",
        }
        options = ["--threads", str(THREADS), "--lease-seconds", str(LEASE_SECONDS), "--unpaced"]
        with log.open("wb") as stream:
            command = [sys.executable, BOT, "worker", *options]
            return subprocess.Popen(command, cwd=self.folder, env=environment, stderr=stream)

    def kill_in_the_midst(self, number: int, ids: list[int]) -> dict[int, datetime]:
        """Kill a worker that has a pass under way; the leases it dies with."""
        victim = self.workers.pop(number)
        while True:
            victim.send_signal(signal.SIGSTOP)
            before = self.leases(ids)
            time.sleep(PASS_SECONDS)
            held = dict(before.items() & self.leases(ids).items())  # of a worker that moves they would be others by now
            if held:
                victim.kill()
                victim.wait(PATIENCE)
                return held
            victim.send_signal(signal.SIGCONT)
            time.sleep(LATENCY)

    def connect(self, count: int) -> list[int]:
        """So many new connections, due now."""
        first = len(self.items)
        with self.database.writing() as session:
            for number in range(first, first + count):
                item = f"item-{number}"
                self.items[add_connection(session, user_id=USER + number, item_id=item)] = item
        return list(self.items)[first:]

    def time_reading(self, count: int) -> tuple[float, list[int]]:
        """Seconds from the tick to the last of so many new connections; their ids."""
        ids = self.connect(count)
        began = time.perf_counter()
        self.tick()
        wait_until(lambda: self.count_runs(ids) >= count, seconds=PATIENCE, every=0.02)
        return time.perf_counter() - began, ids

    # --- what the database says ------------------------------------------------------------------------------------

    def count_runs(self, ids: list[int]) -> int:
        """Passes over these connections that have ended."""
        with self.database.reading() as session:
            ended = select(func.count()).select_from(SyncRunRow).where(SyncRunRow.connection_id >= ids[0])
            return session.scalar(ended) or 0

    def runs(self) -> Counter[int]:
        """Ended passes, each connection's."""
        with self.database.reading() as session:
            return Counter(session.scalars(select(SyncRunRow.connection_id)))

    def leases(self, ids: list[int]) -> dict[int, datetime]:
        """Of these connections those that are in somebody's hands, and until when."""
        with self.database.reading() as session:
            rows = session.execute(
                select(ConnectionRow.id, ConnectionRow.lease_until).where(ConnectionRow.lease_until.is_not(None))
            )
            return {one: until for one, until in rows if one in ids and until is not None}

    def taken_over(self, ids: list[int]) -> dict[int, datetime]:
        """Of these connections those that were claimed more than once, and when the pass that counts began."""
        with self.database.reading() as session:
            rows = session.execute(
                select(ConnectionRow.id, SyncRunRow.started_at)
                .join(SyncRunRow, SyncRunRow.connection_id == ConnectionRow.id)
                .where(ConnectionRow.fence > 1)
            )
            return {one: began for one, began in rows if one in ids}

    def rows(self) -> int:
        """Transactions stored, of everybody."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(TransactionRow)) or 0

    def close(self) -> None:
        """End the workers as an operator would."""
        self._ticking.stop()
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.wait(PATIENCE)


@contextmanager
def new_yard() -> Iterator[Yard]:
    """A yard for the length of a ``with``."""
    with ExitStack() as stack:
        postgres, redis = stack.enter_context(postgres_server()), stack.enter_context(redis_server())
        if postgres is None or redis is None:
            raise RuntimeError("this needs a PostgreSQL and a Redis: see CONTRIBUTING.md")
        pluggy = stack.enter_context(small_pluggy(LATENCY))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        settings = Settings("id", "secret", pluggy.url, postgres.create(), redis_url=redis.url)
        database = Database(settings.database_url)
        stack.callback(database.dispose)
        # As long as the leases of a killed worker: what it held and what it had only fetched are queued again together.
        queue = ConnectionQueue(open_redis(redis.url), queued_seconds=LEASE_SECONDS)
        yard = Yard(settings, database, queue, pluggy, folder)
        stack.callback(yard.close)
        yield yard
