"""Whoever listens to the local Pluggy: where, to what, and of which item. ``conftest`` offers the fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.pluggy_server import Caller, Json, PluggyServer, start_pluggy
from tests.webhook_receiver import Receiver, start_receiver

OK = {"user": "user-ok", "password": "password-ok"}
HEADERS = {"X-Hook-Token": "s3cret"}


@pytest.fixture(scope="module")
def telling_pluggy() -> Iterator[PluggyServer]:
    """It may call this machine, and waits a fifth of a second for an answer; its banks have nothing new by themselves."""
    with start_pluggy(options={"allow_loopback": True, "evolve": False, "webhook_seconds": 0.2}) as running:
        yield running


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """Where the test listens."""
    with start_receiver() as receiver:
        yield receiver


def subscribe(pluggy: Caller, hook: Receiver, event: str = "all", path: str = "/hook") -> str:
    response = pluggy.post("webhooks", {"url": f"{hook.url}{path}", "event": event, "headers": HEADERS})
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def connected(pluggy: Caller, hook: Receiver, **more: Any) -> tuple[Json, Json]:
    """An item that is subscribed to and done, and its checking account; what was told of it is forgotten."""
    item = pluggy.connect(2, OK, **more)
    subscribe(pluggy, hook)
    account = next(one for one in pluggy.accounts(item["id"]) if one["type"] == "BANK")
    return item, account
