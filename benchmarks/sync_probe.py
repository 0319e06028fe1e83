"""A process that reads a big account for the first time and says how much memory that took; run by ``benchmarks.memory``.

Configured by the environment, as the bot is. Prints ``{"rows", "idle_kb", "peak_kb"}``.
"""

from __future__ import annotations

import gc
import json
from contextlib import suppress
from pathlib import Path

from benchmarks.memory import resident_kb
from open_finance.bank_connector import BankConnector
from open_finance.config import load_settings
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.reports import measure_connection
from open_finance.storage.database import open_database
from tests.pluggy_server import wait_until

PERSON = 1000
SANDBOX_BANK = 2
SMALL, BIG = "user-ok-perf-1x", "user-ok-perf-400x"  # times 25 rows
COLLECTED_SECONDS = 60


def main() -> None:
    """Idle is the process after it has read a small bank: what is imported or pooled once is there already."""
    settings = load_settings()
    client, database = PluggyClient(settings, pacer=NO_PACING), open_database(settings)
    connector = BankConnector(client, database)
    small = collect(connector, client, SMALL)
    connector.check_connection(PERSON, small["id"])
    big = collect(connector, client, BIG)
    gc.collect()
    forget_peak()
    idle = resident_kb("self")
    connector.check_connection(PERSON, big["id"])
    peak = resident_kb("self", "VmHWM")
    rows = measure_connection(database, PERSON, big["id"]).transactions
    print(json.dumps({"rows": rows, "idle_kb": idle, "peak_kb": peak}))


def collect(connector: BankConnector, client: PluggyClient, user: str) -> Connection:
    """A connection that Pluggy has collected and nobody has read."""
    credentials = {"user": user, "password": "password-ok"}
    connection = connector.start_connection(user_id=PERSON, connector_id=SANDBOX_BANK, credentials=credentials)
    wait_until(lambda: client.get_item(connection["item_id"])["status"] == "UPDATED", seconds=COLLECTED_SECONDS)
    return connection


def forget_peak() -> None:
    """Let ``VmHWM`` begin again at what is resident now (Linux; a kernel that refuses reports the process's whole peak)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


if __name__ == "__main__":
    main()
