"""Waiting for a connection as a program does that has nothing else to do."""

from __future__ import annotations

from collections.abc import Callable

from open_finance.clock import Clock
from open_finance.connect_flow import SLOW_SECONDS, poll_delay
from open_finance.errors import (
    ConnectionTimedOutError,
    PluggyRateLimitError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.records import Connection

Check = Callable[[int, int], Connection]


def wait_for(connection: Connection, check: Check, clock: Clock, timeout: float) -> Connection:
    """Poll until it is done or a person is needed. A brief trouble of Pluggy's is waited out. Raises what ``check`` raises,
    and ConnectionTimedOutError after ``timeout`` seconds."""
    started = clock.monotonic()
    while not needs_no_more_polls(connection):
        elapsed = clock.monotonic() - started
        if elapsed >= timeout:
            raise ConnectionTimedOutError("the bank did not finish in time", connection_id=connection["id"])
        clock.sleep(min(poll_delay(elapsed) or SLOW_SECONDS, timeout - elapsed))
        try:
            connection = check(connection["user_id"], connection["id"])
        except (PluggyUnreachableError, PluggyServerError, PluggyRateLimitError):
            continue
    return connection


def needs_no_more_polls(connection: Connection) -> bool:
    """Done, or waiting for a person: this one or another holder."""
    awaiting_others = connection["execution_status"] == "USER_AUTHORIZATION_PENDING"
    return connection["settled_at"] is not None or connection["action"] is not None or awaiting_others
