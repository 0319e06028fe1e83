"""The parts of this benchmark, and in what order they run."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.report import Row
from benchmarks.spine import quiet
from benchmarks.sync.convergence import measure_convergence
from benchmarks.sync.counts import measure_counts
from benchmarks.sync.end_to_end import measure_end_to_end
from benchmarks.sync.kills import measure_kills
from benchmarks.sync.lag import measure_lag
from benchmarks.sync.memory import measure_memory
from benchmarks.sync.pace import measure_pace, start_pace
from benchmarks.sync.queries import measure_queries, start_queries
from benchmarks.sync.workers import measure_workers
from benchmarks.sync.writes import measure_writes

Part = Callable[[int], list[Row]]

#: What is timed has the machine to itself. The first of it allocates most, and is slower by a sixth in a process whose
#: memory others have been through.
TIMED: tuple[Part, ...] = (measure_end_to_end, measure_writes, measure_lag, measure_workers)
#: What is counted does not mind that the large databases of the queries are built meanwhile, nor that Pluggy's limit is
#: waited for.
COUNTED: tuple[Part, ...] = (measure_memory, measure_counts, measure_kills, measure_convergence)
PARTS: tuple[Part, ...] = (*TIMED, *COUNTED, measure_queries, measure_pace)


def measure(seed: int) -> list[Row]:
    """Every figure of the synchronisation; about seven minutes on two cores with nothing else to do."""
    with quiet("open_finance", "aiohttp"):
        rows = [row for part in TIMED for row in part(seed)]
        pace = start_pace(seed)
        with start_queries(seed) as finish:
            rows += [row for part in COUNTED for row in part(seed)]
            rows += finish()
        return rows + pace.rows()
