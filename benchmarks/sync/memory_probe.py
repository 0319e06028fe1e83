"""``python -m benchmarks.sync.memory_probe URL ROWS FILE``: a process that reads a big account for the first time, and once
more after Pluggy has collected it again, and says how much memory each took.

Prints ``{"first": …, "again": …}``, kilobytes above what the process held at rest.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable

from benchmarks.memory import resident_kb
from benchmarks.sync.bank import BankServer
from benchmarks.sync.homes import check_stored, opened
from benchmarks.sync.program import add_item, open_synchronizer, synchronise
from benchmarks.sync_probe import forget_peak

SMALL = 500


def main(url: str, rows: str, path: str) -> None:
    """At rest is the process after it has read a small account twice: what is imported or pooled once is there already."""
    bank = BankServer(url)
    with opened(f"sqlite:///{path}") as database, open_synchronizer(url, database) as synchronizer:
        database.migrate()
        small, big = add_item(database, f"1x{SMALL}-1"), add_item(database, f"1x{rows}-2")
        for _ in range(2):
            synchronise(synchronizer, small)
            bank.collect()
        gc.collect()
        idle = resident_kb("self")
        first = peak_kb(lambda: synchronise(synchronizer, big)) - idle
        bank.collect()
        again = peak_kb(lambda: synchronise(synchronizer, big)) - idle
        check_stored(database, SMALL + int(rows))
    print(json.dumps({"first": first, "again": again}))


def peak_kb(work: Callable[[], object]) -> int:
    """The peak of resident memory while ``work`` runs."""
    gc.collect()
    forget_peak()
    work()
    return resident_kb("self", "VmHWM")


if __name__ == "__main__":
    main(*sys.argv[1:])
