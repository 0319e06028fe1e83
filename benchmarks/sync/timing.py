"""Several ways of doing one thing, timed in turn, so that what disturbs one disturbs all."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from open_finance.process import settle_process

Work = Callable[[], object]

REPETITIONS = 5


@dataclass(frozen=True, slots=True)
class Way:
    """``first`` is timed after ``prepare`` and ``again`` after ``first``; ``rows`` is how many one run deals with.
    ``repetitions``: fewer where the way is slow."""

    prepare: Work
    first: Work
    rows: int
    again: Work | None = None
    repetitions: int = REPETITIONS


def twice(prepare: Work, work: Work, rows: int, repetitions: int = REPETITIONS) -> Way:
    """The same work again over what it has made: a first load, and an unchanged re-read."""
    return Way(prepare, work, rows, work, repetitions)


@dataclass(frozen=True, slots=True)
class Times:
    """Medians of seconds for the same number of rows."""

    first: float
    again: float


def interleave(ways: Mapping[str, Way], rows: int) -> dict[str, Times]:
    """Each way in turn, again and again; the seconds that it takes, or would take, for ``rows`` rows."""
    settle_process()  # as the bot and its workers do: whose garbage is collected when is not what is compared
    first: dict[str, list[float]] = {name: [] for name in ways}
    again: dict[str, list[float]] = {name: [] for name in ways}
    for repetition in range(REPETITIONS):
        for name, way in ways.items():
            if repetition < way.repetitions:
                way.prepare()
                first[name].append(seconds(way.first))
                again[name].append(seconds(way.again) if way.again else 0.0)
    scale = {name: rows / way.rows for name, way in ways.items()}
    return {name: Times(median(first[name]) * scale[name], median(again[name]) * scale[name]) for name in ways}


def seconds(work: Work) -> float:
    """How long it takes, without the garbage of what came before it."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def say(words: str) -> None:
    """Progress, for whoever waits: the table alone goes to standard output."""
    print(f"sync: {words}", file=sys.stderr, flush=True)
