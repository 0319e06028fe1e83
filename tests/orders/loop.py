"""An event loop on a manual clock. Time passes when an order says so; threads are greenlets that take turns.

What a process does in it is the same every time, and can be ended at any point as a kill ends it: what was not sent is never
sent, what was not stored is never stored.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, TypeVar

from greenlet import greenlet  # type: ignore[import-untyped]

from tests.clocks import ManualClock

T = TypeVar("T")

MAX_TURNS = 20_000
MAX_WAITS = 500
A_WHILE = 100
TICK = 0.001  # the clock knows nothing finer than microseconds


class Killed(BaseException):
    """The process is dead: nothing of it goes on. No ``except`` of the program's may hold it up."""


class _NoSockets(selectors.SelectSelector):
    """Nothing comes from outside, and nobody waits for it."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """``clock`` is its time; a new one may be put in place while nothing is scheduled."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.dead = False
        self._turns = 0
        self._parked: set[greenlet] = set()
        super().__init__(_NoSockets())
        self.set_exception_handler(_ignore)

    def time(self) -> float:
        return self.clock.monotonic()

    # --- time ---

    def drain(self) -> None:
        """Run all that is due, until nothing is, or the process died of it."""
        self._turns = 0
        if not self.dead:
            self.run_forever()

    def pass_time(self, seconds: float) -> None:
        """Time passes at once, as for a machine that slept: what was due meanwhile is late."""
        self.clock.advance(seconds)
        self.drain()

    def finish(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run this to its end, as long as that takes. Raises Killed when the process died before."""
        task = self.create_task(coroutine)
        self.wait_until(task.done)
        return task.result()

    def wait_until(self, done: Callable[[], bool]) -> None:
        """Let time pass from one thing due to the next."""
        for _ in range(MAX_WAITS):
            self.drain()
            if self.dead:
                raise Killed
            if done():
                return
            due_at = self._due_at()
            assert due_at is not None, "what is waited for will never come"
            self.clock.advance(max(TICK, due_at - self.time()))
        raise AssertionError("what is waited for takes for ever")

    def _run_once(self) -> None:
        super()._run_once()  # type: ignore[misc]
        self._turns += 1
        if self._turns % A_WHILE == 0:
            self.clock.advance(TICK)  # work takes time: whoever looks at the clock again sees it go on
        assert self._turns < MAX_TURNS, "the bot never comes to rest"
        due_at = self._due_at()
        if self.dead or not (self._ready or (due_at is not None and due_at <= self.time())):
            self.stop()

    def _due_at(self) -> float | None:
        return min((timer.when() for timer in self._scheduled if not timer.cancelled()), default=None)

    # --- threads ---

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, function: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """As if in a thread: at once, up to where it waits for somebody (``park``)."""
        if self.dead:
            raise Killed
        future: asyncio.Future[T] = self.create_future()
        self._go_on(greenlet(partial(self._work, future, function, args)))
        return future

    def park(self, seconds: float) -> None:
        """Called in such a thread: it waits so long, and everybody else goes on. Raises Killed when the process died."""
        me = greenlet.getcurrent()
        if me.parent is not None and seconds > 0:
            self._parked.add(me)
            try:
                me.parent.switch(seconds)
            finally:
                self._parked.discard(me)
        self.check_alive()

    def check_alive(self) -> None:
        """Raises Killed in what a dead process would still do."""
        if self.dead:
            raise Killed

    @property
    def is_waiting(self) -> bool:
        """Whether a thread waits for somebody."""
        return bool(self._parked)

    def _go_on(self, thread: greenlet) -> None:
        seconds = thread.switch()
        if not thread.dead:
            self.call_later(seconds, self._go_on, thread)

    def _work(self, future: asyncio.Future[T], function: Callable[..., T], args: tuple[Any, ...]) -> None:
        try:
            result = function(*args)
        except Killed:
            self.dead = True
        except BaseException as error:  # noqa: BLE001 - whoever awaits it gets it, as from any executor
            if not future.cancelled():
                future.set_exception(error)
        else:
            if not future.cancelled():
                future.set_result(result)

    # --- the end ---

    def bury(self) -> None:
        """The process is dead, as of now. Whatever of it still stands is taken apart, and touches nothing."""
        self.dead = True
        for thread in list(self._parked):
            thread.throw(Killed)
        self._turns = 0
        self.run_forever()
        while tasks := asyncio.all_tasks(self):
            for task in tasks:
                task.cancel()
            self.run_forever()
        self._ready.clear()
        self._scheduled.clear()
        self.dead = False


def _ignore(_loop: asyncio.AbstractEventLoop, _context: Mapping[str, Any]) -> None:
    """The errors of a dead process's tasks; a living one's reach its error handler."""


class LateExecutor(Executor):
    """Work begins in a turn of its own, as another thread would take it up."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        self._loop.call_soon(self._begin, future, partial(function, *args, **kwargs))
        return future

    def _begin(self, future: Future[T], work: Callable[[], T]) -> None:
        self._loop.run_in_executor(None, lambda: future.set_result(work()))


class LazyFuture(Future[T]):
    """Work that is done by whoever waits for its result."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__()
        self._work = work

    def result(self, timeout: float | None = None) -> T:
        return self._work()


class LazyExecutor(Executor):
    """One thing after another, each when its result is wanted: in the thread of whoever wants it."""

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        return LazyFuture(partial(function, *args, **kwargs))
