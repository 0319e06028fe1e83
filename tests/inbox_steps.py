"""An inbox over a bank that was read: what its tests begin with, and what they do to it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import wait
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.events import PluggyEvent, SyncEvent
from open_finance.inbox import Inbox, Look
from open_finance.storage.alert_models import WebhookEventRow
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.fake_bank import ITEM, World, started_world


def read_world(database: Database, clock: ManualClock) -> Iterator[World]:
    """The body of a fixture: a connection that was read, and a bank to which everything may happen."""
    for world in started_world(database, clock):
        world.sync()
        world.bank.calls.clear()
        yield world


@pytest.fixture
def inbox(world: World) -> Iterator[Inbox]:
    """The inbox of that world; ``conftest`` offers it."""
    inbox = Inbox(world.database, world.synchronizer, world.clock)
    yield inbox
    inbox.stop()


def event(number: int | str, name: str = "transactions/created", item: str | None = ITEM, **detail: Any) -> PluggyEvent:
    return PluggyEvent(name, f"event-{number}", item, None if item else 201, detail)


def work(inbox: Inbox, world: World, seconds: float = 2) -> tuple[Look, list[SyncEvent | None]]:
    """Time passes, the inbox is looked at, and what that began is waited for."""
    world.clock.advance(seconds)
    look = inbox.look()
    wait(look.passes)
    return look, [one.result() for one in look.passes]


def open_events(database: Database) -> int:
    with database.reading() as session:
        unhandled = select(func.count()).where(WebhookEventRow.handled_at.is_(None))
        return session.scalar(unhandled) or 0


def passes(world: World) -> int:
    return world.bank.calls.count("item")
