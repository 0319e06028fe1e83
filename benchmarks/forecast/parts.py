"""The parts of this benchmark: first what is timed, with the machine to itself."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.forecast import allowances, backtest, found, speed
from benchmarks.report import Row

PARTS: dict[str, Callable[[int], list[Row]]] = {
    "speed": speed.measure,
    "backtest": backtest.measure,
    "recurring": found.measure,
    "allowance": allowances.measure,
}


def measure(seed: int) -> list[Row]:
    """Every figure of what is to come."""
    return [row for part in PARTS.values() for row in part(seed)]
