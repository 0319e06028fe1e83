"""The synchronisation: what it writes and asks, how fast, how much memory it takes, and who else notices."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.report import Row
from benchmarks.spine import quiet
from benchmarks.sync.end_to_end import measure_end_to_end
from benchmarks.sync.writes import measure_writes

PARTS: tuple[Callable[[int], list[Row]], ...] = (measure_writes, measure_end_to_end)


def measure(seed: int) -> list[Row]:
    """Every figure of the synchronisation."""
    with quiet("open_finance", "aiohttp"):
        return [row for part in PARTS for row in part(seed)]
