"""A nursery of processes that synchronise one connection and are killed with SIGKILL at a given step: ``python -m
tests.killed_pass``.

An order is a line of JSON on standard input, and so is what became of it on standard output. Everything is imported once,
a pass is a fork. A step is the moment before or after a request to Pluggy, a statement, a commit.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn, TypedDict

from requests import PreparedRequest, Response, Session
from sqlalchemy import event

from open_finance.data_sync import DataSynchronizer
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_http import new_session
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.pluggy_stub import settings
from tests.rows import USER

Step = Callable[[], None]


class Order(TypedDict):
    """``kill_at``: the step at which to die, None to live. ``outside``: by another's hand, so a moment later."""

    pluggy_url: str
    database_url: str
    connection_id: int
    now: str
    kill_at: int | None
    outside: bool


class Fate(TypedDict):
    """``exit_code`` is -9 of who was killed. ``steps``: how many there were, of who lived."""

    exit_code: int
    steps: int


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()


def carry_out(order: Order) -> Fate:
    """Fork, and kill where the order says so."""
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        synchronise(order, telling)
    os.close(telling)
    with os.fdopen(told, "rb") as pipe:
        if order["kill_at"] is not None and order["outside"] and pipe.read(1):
            os.kill(child, signal.SIGKILL)
        steps = pipe.read()
    _, status = os.waitpid(child, 0)
    return Fate(exit_code=os.waitstatus_to_exitcode(status), steps=int(steps) if steps.isdigit() else 0)


def synchronise(order: Order, telling: int) -> NoReturn:
    """One pass in a process that is never tidied up."""
    code = 1
    try:
        counter = Counter(order, telling)
        clock = ManualClock(datetime.fromisoformat(order["now"]))
        client = PluggyClient(settings(order["pluggy_url"]), clock=clock, session=counted_session(clock, counter.step))
        database = Database(order["database_url"])
        count_statements(database, counter.step)
        synchronizer = DataSynchronizer(client, database, clock=clock)
        synchronizer.sync_connection(user_id=USER, connection_id=order["connection_id"])
        os.write(telling, b"%d" % counter.steps)
        code = 0
    except BaseException:  # noqa: BLE001 - told, since the process ends here
        traceback.print_exc()
    finally:
        os._exit(code)


class Counter:
    """Counts steps, and dies or says so at the one of the order."""

    def __init__(self, order: Order, telling: int) -> None:
        self._order = order
        self._telling = telling
        self.steps = 0

    def step(self, *_: Any) -> None:
        """One more."""
        self.steps += 1
        if self.steps != self._order["kill_at"]:
            return
        if self._order["outside"]:
            os.write(self._telling, b".")
        else:
            os.kill(os.getpid(), signal.SIGKILL)


def counted_session(clock: ManualClock, step: Step) -> Session:
    """A session like the client's own."""

    class Counted(Session):
        def send(self, request: PreparedRequest, **options: Any) -> Response:
            step()
            answer = super().send(request, **options)
            step()
            return answer

    session = Counted()
    session.trust_env = False
    session.adapters = new_session("127.0.0.1", clock).adapters
    return session


def count_statements(database: Database, step: Step) -> None:
    """Before and after each statement and each commit."""
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(database.engine, name, lambda *_: step())
    event.listen(database.engine.pool, "checkin", lambda *_: step())


if __name__ == "__main__":
    main()
