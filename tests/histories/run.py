"""One seed from its first day to its verdict."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from telegram.warnings import PTBDeprecationWarning

from tests.histories.oracle import Verdict, judge
from tests.histories.world import Life, World
from tests.simulator.crash import SteppedDatabase

#: Most lives are short, since a fault needs few steps to show; some are long, since it may need more.
MEAN_STEPS, MOST_STEPS = 2.5, 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """``lived``: what was staged, by kind."""

    seed: int
    verdict: Verdict
    lived: Counter[str]
    trace: list[str]

    def report(self) -> str:
        """What to read when it does not hold, and how to see it again."""
        return "\n".join([*self.verdict.problems, f"again: python -m tests.histories --seed {self.seed} -v"])


def live(seed: int, database: SteppedDatabase) -> Outcome:
    """Live some days, let the trouble end, and count what was told. ``database``: migrated and empty."""
    loop = asyncio.new_event_loop()
    try:
        with _quiet():
            world = World(seed, database, loop)
            try:
                world.begin()
                Life(world).live(min(1 + int(Random(seed).expovariate(1 / MEAN_STEPS)), MOST_STEPS))
                world.recover()
                return Outcome(
                    seed,
                    judge(database, world.bank, world.telegram.messages),
                    world.timeline.lived,
                    world.timeline.trace,
                )
            finally:
                world.stop()
    finally:
        loop.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """What goes wrong on purpose is no news."""
    loggers = [logging.getLogger(name) for name in ("open_finance", "gerente_financeiro", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PTBDeprecationWarning)  # a pause may be a number or a timedelta
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
