"""What the core tells whoever watches it work: how long things took and how they ended, never whose they were.

Labels are words of the code (an endpoint's template, an outcome, the name of an error class): none is an id or a text of
anybody's, and there are few of each. Who listens is handed in; nobody need.
"""

from __future__ import annotations

import logging
import threading
from typing import Literal, Protocol

logger = logging.getLogger(__name__)

#: ``pluggy_request``: ``endpoint``, ``status``. ``sync_pass``: ``width``, ``outcome``. ``telegram_update``: ``kind``.
Timed = Literal["pluggy_request", "sync_pass", "telegram_update"]
#: ``error``: ``error``, the class's name.
Counted = Literal["error"]
NO_ANSWER = "none"
#: Apart from the other 4xx: it says that we ask too fast, or too often in a month.
TOO_MANY = "429"


class Observer(Protocol):
    """Listens. Called in any thread, in the midst of work: it keeps a number, and returns at once."""

    def count(self, event: Counted, /, **labels: str) -> None:
        """Something happened once."""
        ...

    def time(self, event: Timed, seconds: float, /, **labels: str) -> None:
        """Something took so long."""
        ...


class Observers:
    """Tells everybody who was added. An observer that fails costs neither the work nor the other observers anything."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: tuple[Observer, ...] = ()

    def add(self, observer: Observer) -> None:
        """From now on this one listens, too."""
        with self._lock:
            self._all = (*self._all, observer)

    def count(self, event: Counted, /, **labels: str) -> None:
        """As ``Observer.count``."""
        for one in self._all:
            try:
                one.count(event, **labels)
            except Exception:
                logger.exception("what happened could not be counted")

    def time(self, event: Timed, seconds: float, /, **labels: str) -> None:
        """As ``Observer.time``."""
        for one in self._all:
            try:
                one.time(event, seconds, **labels)
            except Exception:
                logger.exception("what happened could not be counted")


class _Silent:
    def count(self, event: Counted, /, **labels: str) -> None:
        """Nobody listens."""

    def time(self, event: Timed, seconds: float, /, **labels: str) -> None:
        """Nobody listens."""


SILENT: Observer = _Silent()


def status_class(status: int | None) -> str:
    """``2xx``, ``4xx``, ``429``, ``5xx``, or ``none`` where there was no answer."""
    if status is None or not 100 <= status < 600:
        return NO_ANSWER
    return TOO_MANY if status == 429 else f"{status // 100}xx"
