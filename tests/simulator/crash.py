"""A process that ends between any two steps: each request, statement and commit, before it and after it.

A killed process does nothing more: once it is dead, every further step is refused, whatever is still tidying up. What
ends it is raised before a step only, never inside the driver, which would hold on to a connection that nobody has any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from open_finance.storage.database import Database, Session
from tests.simulator.timeline import Timeline


class Crash(BaseException):
    """The process is killed here."""


class Steps:
    """Counts the steps of a process and ends it at the one it was told."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._left: int | None = None
        self._terminate: Callable[[], None] | None = None
        self._counting = False
        self.is_dead = False
        self.taken = 0

    def arm(self, steps: int, terminate: Callable[[], None] | None = None) -> None:
        """At that step the process is killed, or ``terminate`` is done to it, once."""
        self._left, self._terminate = steps, terminate

    @property
    def is_armed(self) -> bool:
        return self._left is not None

    def disarm(self) -> None:
        self._left = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """What happens in here is done by the process. A new one, if the last was killed. Where another is running already,
        this one works while that stands still, and only this one is killed in here."""
        is_between = self._counting
        self._counting, self.is_dead = True, False
        try:
            yield
        finally:
            self._counting = is_between
            self.is_dead = self.is_dead and not is_between

    def step(self, name: str) -> None:
        """Something was done, or is about to be."""
        if not self._counting:
            return
        if not self.is_dead:
            self.taken += 1
            self._count_down(name)
        if self.is_dead and name.startswith("before"):
            raise Crash(name)

    def _count_down(self, name: str) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left > 0:
            return
        self._left = None
        self._timeline.note("stopped" if self._terminate else "killed", name)
        self._timeline.lived[f"ended {name}"] += 1
        if self._terminate is None:
            self.is_dead = True
        else:
            self._terminate()


class SteppedDatabase(Database):
    """The product's own database, which tells each of its steps."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.steps: Steps | None = None
        if self.is_sqlite:
            event.listen(self.engine, "connect", _without_waiting)
        for name, what in (
            ("before_cursor_execute", "before a statement"),
            ("after_cursor_execute", "after a statement"),
            ("commit", "before a commit"),
        ):
            event.listen(self.engine, name, self._tell(what))

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with super().writing() as session:
            yield session
        if self.steps is not None:
            self.steps.step("after a commit")

    def _tell(self, what: str) -> Callable[..., None]:
        def on_event(*_: Any) -> None:
            if self.steps is not None:
                self.steps.step(what)

        return on_event


def _without_waiting(connection: Any, _record: Any) -> None:
    """No power fails here, only processes: the disk need not be waited for."""
    connection.execute("PRAGMA synchronous=OFF")
