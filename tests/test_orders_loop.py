"""The loop on which orders run: time passes when it is told to, threads take turns, a killed process does nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.orders.loop import Killed, VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    """A loop whose clock stands still."""
    opened = VirtualLoop()
    yield opened
    opened.bury()
    opened.close()


class Steps:
    """What was done, in order."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.done: list[str] = []

    def work(self, name: str, seconds: float) -> str:
        """As in a thread: something, a wait for somebody, something else."""
        self.done.append(f"{name} begins")
        self.loop.park(seconds)
        self.done.append(f"{name} ends")
        return name

    async def call(self, name: str, seconds: float) -> None:
        self.done.append(await self.loop.run_in_executor(None, self.work, name, seconds))


@pytest.fixture
def steps(loop: VirtualLoop) -> Steps:
    return Steps(loop)


def test_nothing_waits_and_time_passes_only_when_told(loop: VirtualLoop) -> None:
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append(loop.time())

    for seconds in (3600, 10):
        loop.create_task(sleep(seconds))
    loop.drain()
    assert woken == []
    loop.pass_time(60)
    assert woken == [60]  # late, as on a machine that slept
    loop.pass_time(3540)
    assert woken == [60, 3600]


def test_threads_take_turns_where_they_wait(loop: VirtualLoop, steps: Steps) -> None:
    loop.create_task(steps.call("slow", 5))
    loop.create_task(steps.call("quick", 0))
    loop.drain()
    assert steps.done == ["slow begins", "quick begins", "quick ends", "quick"]
    assert loop.is_waiting
    loop.pass_time(5)
    assert steps.done[4:] == ["slow ends", "slow"]
    assert not loop.is_waiting


def test_what_is_awaited_is_reached_from_one_thing_due_to_the_next(loop: VirtualLoop, steps: Steps) -> None:
    loop.finish(steps.call("slow", 5))
    assert steps.done == ["slow begins", "slow ends", "slow"]
    assert loop.time() == 5


def test_an_error_in_a_thread_reaches_whoever_awaits_it(loop: VirtualLoop) -> None:
    def fail() -> None:
        raise ValueError("of the thread")

    async def call() -> None:
        await loop.run_in_executor(None, fail)

    with pytest.raises(ValueError, match="of the thread"):
        loop.finish(call())


def test_a_killed_process_does_nothing_more(loop: VirtualLoop, steps: Steps) -> None:
    loop.create_task(steps.call("slow", 5))
    loop.call_later(5, steps.done.append, "a timer")
    loop.drain()
    loop.bury()
    loop.pass_time(60)
    assert steps.done == ["slow begins"]


def test_a_process_that_dies_in_a_thread_takes_all_the_others_along(loop: VirtualLoop, steps: Steps) -> None:
    def die() -> None:
        raise Killed

    async def call() -> None:
        await loop.run_in_executor(None, die)
        steps.done.append("never")

    loop.create_task(call())
    loop.create_task(steps.call("another", 0))
    with pytest.raises(Killed):
        loop.wait_until(lambda: bool(steps.done))
    loop.bury()
    assert steps.done == []
