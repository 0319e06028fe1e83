"""How near eight threads come to the ideal when nothing limits them, and to Pluggy's limit when that does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row
from benchmarks.sync.small_pluggy import small_pluggy
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.events import ConnectionSynced
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import open_database
from tests.rows import USER, add_connection

THREADS = 8
LATENCY = 0.1
CONNECTIONS, REQUESTS = 200, 3
CALLS, A_MINUTE = 400, 360
FLOOR_SECONDS = 60 * CALLS / A_MINUTE


def measure_pace(seed: int) -> list[Row]:
    """Both figures; seventy seconds, nearly all of them waiting."""
    return start_pace(seed).rows()


@dataclass(frozen=True, slots=True)
class RunningPace:
    """The limited part, waiting in a process of its own while other things are measured."""

    process: subprocess.Popen[str]

    def rows(self) -> list[Row]:
        """Measure the unlimited part now (eight seconds of this machine), then wait for the limited one."""
        share = measure_share()
        output, _ = self.process.communicate()
        if self.process.returncode:
            raise RuntimeError("the limited calls could not be measured")
        limited = json.loads(output)
        return [
            Row(
                f"{CONNECTIONS} connections at 100 ms, {THREADS} threads, no limiter: share of the ideal",
                round(share, 3),
                "≥",
                0.92,
                "of the ideal",
            ),
            Row(
                f"{CALLS} transaction calls under {A_MINUTE} a minute",
                round(limited["seconds"], 1),
                "≤",
                round(1.1 * FLOOR_SECONDS, 1),
                f"s, floor {FLOOR_SECONDS:.1f}",
            ),
            Row("429s among them", limited["refused"], "=", 0, f"of {limited['sent']} sent"),
        ]


def start_pace(seed: int) -> RunningPace:  # noqa: ARG001 - every part takes one; nothing is random here
    """Begin the limited part; it sends six requests a second and is otherwise idle."""
    command = [sys.executable, "-m", "benchmarks.sync.pace"]
    return RunningPace(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))


def measure_share() -> float:
    """Ideal time ÷ time taken, of real passes into a real database."""
    with small_pluggy(LATENCY) as pluggy, TemporaryDirectory() as folder:
        settings = Settings("id", "secret", pluggy.url, f"sqlite:///{Path(folder, 'pace.db')}")
        database = open_database(settings)
        with database.writing() as session:
            for number in range(CONNECTIONS + 1):
                add_connection(session, user_id=USER + number, item_id=f"item-{number}")
        client = PluggyClient(settings, pacer=NO_PACING)
        synchronizer = DataSynchronizer(client, database, threads=THREADS)
        synchronizer.sync_user(USER + CONNECTIONS)  # what a process does once: its key, its compiled statements
        began = time.perf_counter()
        events = synchronizer.sync_due_connections()
        seconds = time.perf_counter() - began
        synchronizer.stop()
        database.dispose()
        if sum(isinstance(event, ConnectionSynced) for event in events) != CONNECTIONS:
            raise RuntimeError("not every connection was read")
    return CONNECTIONS * REQUESTS * LATENCY / THREADS / seconds


def measure_limited() -> dict[str, float]:
    """Transaction calls as fast as the client's own pace lets eight threads send them."""
    with small_pluggy(LATENCY, A_MINUTE) as pluggy:
        client = PluggyClient(Settings("id", "secret", pluggy.url))
        client.authenticate()
        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            pages = list(pool.map(lambda n: list(client.iter_transaction_pages(f"a-{n}")), range(CALLS)))
        seconds = time.perf_counter() - began
        counts = pluggy.counts()
    if len(pages) != CALLS:
        raise RuntimeError("not every call was answered")
    return {"seconds": seconds, "refused": counts["refused"], "sent": counts["transactions"]}


if __name__ == "__main__":
    print(json.dumps(measure_limited()))
