"""One seed from its first day to its verdict."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.simulator import oracle
from tests.simulator.crash import SteppedDatabase
from tests.simulator.oracle import Verdict
from tests.simulator.world import World

DAYS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """``needed``: wide passes until the books agreed, one, or two where an implausible emptiness was to be believed.
    ``lived``: what was staged, by kind."""

    seed: int
    verdict: Verdict
    needed: int
    lived: Counter[str]
    trace: list[str]

    @property
    def trace_hash(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def report(self) -> str:
        """What to read when it has not converged, and how to see it again."""
        return "\n".join([*self.verdict.problems, f"again: python -m tests.simulator --seed {self.seed} -v"])


def simulate(seed: int, database: SteppedDatabase, days: int = DAYS) -> Outcome:
    """Live so many days, let the faults end, and compare. ``database``: migrated and empty; its connections are closed."""
    with _quiet():
        world = World(seed, database)
        try:
            return _simulate(seed, world, days)
        finally:
            world.stop()


def _simulate(seed: int, world: World, days: int) -> Outcome:
    world.live(days)
    needed, verdict = 1, _pass(world)
    if not verdict.holds and _is_unbelieved(world, verdict):
        needed, verdict = 2, _pass(world)
    before = oracle.books(world.database)
    world.recover()
    if oracle.books(world.database) != before:
        verdict.mistakes.append("a pass over unchanged data wrote rows")
    verdict.mistakes.extend(world.mistakes)
    return Outcome(seed, verdict, needed, world.timeline.lived, world.timeline.trace)


def _pass(world: World) -> Verdict:
    """One healthy collection, one wide pass, and what is to be said of the books then."""
    world.recover()
    stored = oracle.books(world.database)
    verdict = oracle.judge(stored, world.pluggy, world.today)
    oracle.judge_notes(verdict, stored, world.pluggy, world.certain_notes())
    return verdict


def _is_unbelieved(world: World, verdict: Verdict) -> bool:
    """Whether all that is wrong is what an implausibly small listing has not been believed about yet."""
    suspected = any(account["suspect_state"] for account in oracle.books(world.database)["bank_accounts"])
    return suspected and not (verdict.lost or verdict.notes)


@contextmanager
def _quiet() -> Iterator[None]:
    """What goes wrong on purpose is no news."""
    logger = logging.getLogger("open_finance")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
