"""Running orders, one or thousands, and telling what came of them."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from telegram.warnings import PTBUserWarning

from tests.orders.invariants import STUCK, Violation, come_to_rest, violations
from tests.orders.loop import VirtualLoop
from tests.orders.order import Order
from tests.orders.pluggy import build_server
from tests.orders.rows import Rows, open_rows
from tests.orders.steps import take_steps

COLLECT_EVERY = 100  # orders; looking for what they leave behind all the time takes a tenth of the time


@dataclass(frozen=True)
class Outcome:
    """What became of an order. ``violations``: nothing, when all is well."""

    name: str
    violations: list[Violation]
    diary: list[str] = field(repr=False)
    counts: Counter[str] = field(repr=False)

    def __str__(self) -> str:
        lines = [f"order {self.name}", *(f"  {line}" for line in self.diary), *(f"! {one}" for one in self.violations)]
        return "\n".join([*lines, f"to see it again: python -m tests.orders {self.name}"])


class Runner:
    """Runs one order after the other on the same loop, file and handlers: what costs most is made once."""

    def __init__(self, loop: VirtualLoop, rows: Rows) -> None:
        self._loop = loop
        self._rows = rows
        self._app = build_server()

    def run(self, name: str) -> Outcome:
        """One order, from nothing to its end."""
        order = Order(name, self._loop, self._rows, self._app)
        with _listening(order):
            try:
                found = _run(order)
            except AssertionError as problem:
                found = [Violation(STUCK, str(problem))]
            finally:
                order.bury()
        return Outcome(name, found, order.diary, order.counts)

    def run_all(self, names: Iterable[str]) -> Iterator[Outcome]:
        """One order after the other."""
        for number, name in enumerate(names, start=1):
            yield self.run(name)
            if number % COLLECT_EVERY == 0:
                gc.collect()


def _run(order: Order) -> list[Violation]:
    order.start()
    take_steps(order)
    come_to_rest(order)
    found = violations(order)
    order.counts["items made"] = order.pluggy.made.total()
    order.counts += Counter({f"items made by {connector}": made for connector, made in order.pluggy.made.items()})
    return found


@contextmanager
def open_runner() -> Iterator[Runner]:
    """A runner for the length of a ``with``."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    gc.disable()
    try:
        gc.freeze()  # what is there already stays: only what orders leave behind is worth looking for
        with open_rows(loop) as rows, warnings.catch_warnings():
            # An update that is handled while the bot stops begins tasks that are cancelled at once, as they should be.
            warnings.simplefilter("ignore", PTBUserWarning)
            # What a dead process had begun is never finished.
            warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
            yield Runner(loop, rows)
    finally:
        gc.unfreeze()
        gc.enable()
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def _listening(order: Order) -> Iterator[None]:
    """What goes wrong on purpose is not shown; what is logged as an error is kept."""
    root = logging.getLogger()
    root.addHandler(order.errors)
    try:
        yield
    finally:
        root.removeHandler(order.errors)
