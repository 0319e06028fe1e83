"""What people notice of a synchronisation in the same process: how late the event loop wakes up meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from benchmarks.report import Row
from benchmarks.sync import naive
from benchmarks.sync.bank import open_bank
from benchmarks.sync.homes import check_stored, sqlite_database
from benchmarks.sync.program import add_item, open_synchronizer
from benchmarks.sync.timing import say
from open_finance.data_sync import DataSynchronizer
from open_finance.events import ConnectionSynced
from open_finance.process import settle_process

TICK = 0.005
IDLE = 1.0  # seconds
CONNECTIONS, ROWS, NAIVE_ROWS = 8, 12_500, 5_000


def measure_lag(seed: int, connections: int = CONNECTIONS, rows: int = ROWS, naive_rows: int = NAIVE_ROWS) -> list[Row]:
    """Eight connections at once, so that every thread of the synchroniser is busy, from a bank that answers at once."""
    settle_process()  # as the bot does
    idle = p99_ms(asyncio.run(tick_beside(lambda: time.sleep(IDLE), in_thread=True)))
    say(f"waking up beside the synchronisation of {connections * rows:,} rows")
    with open_bank(seed, rows) as bank:
        with sqlite_database() as database:
            for number in range(connections):
                add_item(database, f"1x{rows}-{number}")
            with open_synchronizer(bank.url, database) as synchronizer:
                late = asyncio.run(tick_beside(lambda: sync_all(synchronizer), in_thread=True))
            check_stored(database, connections * rows)
        with TemporaryDirectory() as folder, naive.naive_engine(f"sqlite:///{Path(folder, 'naive.db')}") as engine:
            work = lambda: naive.synchronise(bank.url, f"1x{naive_rows}-1-0", engine, 1)  # noqa: E731
            blocked = max(asyncio.run(tick_beside(work, in_thread=False)))
    name = f"event-loop lag while {connections * rows:,} rows are read"
    rival = f"ms; the naive way, in the loop itself, {blocked * 1000:,.0f} with {naive_rows:,} rows"
    return [
        Row(f"{name}, p99", p99_ms(late), "≤", 25, f"ms, of {len(late)} wakings; {idle} while nothing is read"),
        Row(f"{name}, worst", round(max(late) * 1000, 1), "≤", 100, rival),
    ]


def p99_ms(late: list[float]) -> float:
    """In milliseconds."""
    return round(quantiles(late, n=100, method="inclusive")[98] * 1000, 1)


def sync_all(synchronizer: DataSynchronizer) -> None:
    """All there is, in the synchroniser's own threads."""
    events = synchronizer.sync_all_connections()
    if not all(isinstance(event, ConnectionSynced) for event in events):
        raise RuntimeError(f"{events}: nothing was measured")


async def tick_beside(work: Callable[[], object], *, in_thread: bool) -> list[float]:
    """Seconds by which each tick of the loop was late until ``work`` was done, in a thread or in the loop itself."""
    done = threading.Event()
    late: list[float] = []

    async def tick() -> None:
        while not done.is_set():
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            late.append(max(time.perf_counter() - due, 0.0))

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(TICK)  # the first tick is under way
    if in_thread:
        await asyncio.to_thread(work)
    else:
        work()
    done.set()
    await ticking
    return late
