"""The parts of this benchmark, and in what order they run: first what is timed, with the machine to itself."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.alerts import anomalies, burst, histories
from benchmarks.report import Row
from benchmarks.spine import quiet

Part = Callable[[int], list[Row]]

PARTS: dict[str, Part] = {
    "burst": burst.measure,
    "anomalies": anomalies.measure,
    "histories": histories.measure,
}


def measure(seed: int) -> list[Row]:
    """Every figure of what people are told."""
    with quiet("open_finance", "aiohttp"):
        return [row for part in PARTS.values() for row in part(seed)]
