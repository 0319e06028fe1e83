"""The parts of this benchmark, and in what order they run."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.report import Row
from benchmarks.spine import quiet
from benchmarks.sync.counts import measure_counts
from benchmarks.sync.end_to_end import measure_end_to_end
from benchmarks.sync.lag import measure_lag
from benchmarks.sync.memory import measure_memory
from benchmarks.sync.queries import measure_queries, start_queries
from benchmarks.sync.writes import measure_writes

Part = Callable[[int], list[Row]]

#: What is timed has the machine to itself.
TIMED: tuple[Part, ...] = (measure_writes, measure_end_to_end, measure_lag)
#: What is counted does not mind that the large databases of the queries are built meanwhile.
COUNTED: tuple[Part, ...] = (measure_memory, measure_counts)
PARTS: tuple[Part, ...] = (*TIMED, *COUNTED, measure_queries)


def measure(seed: int) -> list[Row]:
    """Every figure of the synchronisation; about three minutes on two cores with nothing else to do."""
    with quiet("open_finance", "aiohttp"):
        rows = [row for part in TIMED for row in part(seed)]
        with start_queries(seed) as finish:
            rows += [row for part in COUNTED for row in part(seed)]
            return rows + finish()
