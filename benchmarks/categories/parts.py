"""The parts of this benchmark: first what is timed, with the machine to itself."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.categories import dresses, left_out, speed
from benchmarks.report import Row

PARTS: dict[str, Callable[[int], list[Row]]] = {
    "speed": speed.measure,
    "dresses": dresses.measure,
    "left_out": left_out.measure,
}


def measure(seed: int) -> list[Row]:
    """Every figure of the categoriser."""
    return [row for part in PARTS.values() for row in part(seed)]
