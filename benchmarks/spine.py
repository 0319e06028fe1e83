"""The spine: connect, synchronise, ask. Counts are exact for any seed, sizes and times are of this run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.counts import measure_keys, measure_reading, measure_refusals, measure_schedule
from benchmarks.memory import measure_memory
from benchmarks.report import Row
from benchmarks.sizes import measure_sizes

PARTS: tuple[Callable[[int], list[Row]], ...] = (
    measure_schedule,
    measure_reading,
    measure_keys,
    measure_refusals,
    measure_memory,
    measure_sizes,
)


def measure(seed: int) -> list[Row]:
    """Every figure of the spine, against the two local servers; under a minute."""
    with quiet("open_finance", "aiohttp"):
        return [row for part in PARTS for row in part(seed)]


@contextmanager
def quiet(*names: str) -> Iterator[None]:
    """No log lines of these loggers between the figures: what goes wrong on purpose is not news."""
    handler = logging.NullHandler()
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
