"""What the benchmarks of simulated histories live on: the processes, and a database as new for each history."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulator.crash import SteppedDatabase


def in_shares(seeds: range, size: int) -> list[range]:
    """The same seeds, as many at a time as a process lives before it hands in what it has counted."""
    return [seeds[start : start + size] for start in range(0, len(seeds), size)]


@contextmanager
def a_process_a_core(work: Callable[..., object]) -> Iterator[Executor]:
    """Processes that are ready for this work."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context, initializer=_prepare, initargs=(work,)) as pool:
        yield pool


def as_new(template: Path, seeds: range) -> Iterator[tuple[int, SteppedDatabase]]:
    """Each seed with a database in which nothing has happened: the template, copied to the same place every time."""
    with TemporaryDirectory(dir=template.parent) as folder:
        path = Path(folder) / "gerente.db"
        database = SteppedDatabase(f"sqlite:///{path}")
        for seed in seeds:
            shutil.copy(template, path)
            yield seed, database
            for left in path.parent.glob(f"{path.name}*"):
                left.unlink()


def _prepare(_work: Callable[..., object]) -> None:
    """Nothing of what was imported is ever garbage: looking through it again and again costs a fifth of the time.

    A process that was handed the work has imported all that the work needs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
