"""The doors: ten thousand random orders of all that may happen while people connect banks, on every core there is.

An order that fails is told whole on standard error, with the command that shows it again.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.report import Row
from tests.orders.catalogue import chosen_ids, closed_ids
from tests.orders.invariants import KINDS
from tests.orders.run import Outcome, open_runner

ORDERS = 10_000
CHUNK = 100
PATIENCE = 60  # seconds for one order, which takes a tenth of one
TOLD = 5  # failed orders; more would only hide them

#: What came of some orders: those that failed, and what was counted.
Result = tuple[list[Outcome], Counter[str]]


def measure(seed: int) -> list[Row]:
    """Ten thousand orders of this seed; eight minutes on two cores."""
    return measure_orders([f"{seed}:{number}" for number in range(ORDERS)], os.cpu_count() or 1)


def measure_orders(names: Sequence[str], processes: int) -> list[Row]:
    """The rows of these orders; a failed one is told on standard error."""
    failed: list[Outcome] = []
    counts: Counter[str] = Counter()
    for some, counted in run(names, processes):
        for outcome in some[: max(0, TOLD - len(failed))]:
            print(f"\n{outcome}", file=sys.stderr)
        failed += some
        counts += counted
    return [*_invariants(failed, len(names)), *_coverage(counts, len(names))]


def run(names: Sequence[str], processes: int) -> Iterator[Result]:
    """Some orders after the other, or on several cores at once."""
    chunks = [names[start : start + CHUNK] for start in range(0, len(names), CHUNK)]
    if processes == 1:
        yield from map(run_chunk, chunks)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run_watched, chunks)


def run_watched(names: Iterable[str]) -> Result:
    """As `run_chunk`, in a process of its own: an order in which nothing happens any more fails."""
    signal.signal(signal.SIGALRM, _give_up)
    try:
        return run_chunk(map(_set_alarm, names))
    finally:
        signal.alarm(0)


def run_chunk(names: Iterable[str]) -> Result:
    """One order after the other."""
    failed, counts = [], Counter[str]()
    with open_runner() as runner:
        for outcome in runner.run_all(names):
            counts += outcome.counts
            if outcome.violations:
                failed.append(outcome)
    return failed, counts


def _set_alarm(name: str) -> str:
    """Called as an order begins; the next one's puts it off."""
    signal.alarm(PATIENCE)
    return name


def _give_up(_signal: int, _frame: object) -> None:
    raise AssertionError("nothing happens any more")


def _invariants(failed: Sequence[Outcome], orders: int) -> Iterator[Row]:
    yield Row("orders that failed", len(failed), "=", 0, f"of {orders}")
    found = Counter(violation.kind for outcome in failed for violation in outcome.violations)
    for kind in KINDS:
        yield Row(kind, found[kind], "=", 0)


def _coverage(counts: Counter[str], orders: int) -> Iterator[Row]:
    """That the orders are worth something: items are made, of every kind, and the process dies in the middle."""
    window = sum(count for name, count in counts.items() if name.startswith("in the window"))
    yield Row("items in the window of a lost answer", window, "≤", orders / 10, "items")
    yield Row("items made", counts["items made"], "≥", orders / 2, "items")
    yield Row("kills of the process", counts["killed"], "≥", orders / 10, "kills")
    open_doors = set(chosen_ids()) - closed_ids()
    made = sum(counts[f"items made by {connector}"] > 0 for connector in open_doors)
    bar = len(open_doors) if orders >= ORDERS else 0
    yield Row("connectors that were connected", made, "≥", bar, f"of {len(open_doors)}")
