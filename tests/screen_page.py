"""The secure screen's page as the core sees it: an intent, a token, and what the page makes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from open_finance.errors import BankConnectionError
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection, ScreenToken
from tests.bank_world import ANA, ITAU, World
from tests.local_http import local_session

LOGIN = ITAU["credentials"]


@dataclass
class Page:
    """Pluggy Connect in a browser: it has a connect token, and nothing else."""

    world: World
    token: ScreenToken

    def __post_init__(self) -> None:
        self._session = local_session()
        self._session.headers["X-API-KEY"] = self.token.connect_token

    def send(self, method: str, path: str, body: Any) -> dict[str, Any]:
        response = self._session.request(method, f"{self.world.server.url}{path}", json=body, timeout=30)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def connect(self, **values: str) -> str:
        body = {"connectorId": self.token.connector_id, "parameters": values or LOGIN}
        return str(self.send("POST", "/items", body)["id"])

    def renew(self, **values: str) -> str:
        item_id = self.token.update_item_id
        return str(self.send("PATCH", f"/items/{item_id}", {"parameters": values} if values else {})["id"])


def wish(world: World, connector_id: int = 201, user_id: int = ANA, **goal: Any) -> int:
    return world.connector.open_intent(user_id, connector_id, "Itaú", 7, **goal)


def opened(world: World, intent_id: int, user_id: int = ANA, **more: Any) -> Page:
    return Page(world, world.connector.open_screen(user_id=user_id, intent_id=intent_id, **more))


def told(world: World, intent_id: int, item_id: str, user_id: int = ANA) -> Connection:
    return world.connector.store_screen_item(user_id=user_id, intent_id=intent_id, item_id=item_id)


def pluggy(world: World) -> PluggyClient:
    """Another program with the same keys."""
    return PluggyClient(world.connector_settings, clock=world.clock)


def refused(call: Callable[[], object]) -> str | None:
    with pytest.raises(BankConnectionError) as error:
        call()
    return error.value.code


def its_items(world: World) -> list[str]:
    return [item["id"] for item in world.server.items()]


def broken(world: World) -> Connection:
    """A bank that stood, whose person has changed the password."""
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    world.server.change_password(LOGIN["user"], "a-nova")
    world.server.advance(hours=25)
    world.clock.sleep(0)
    checked = world.connector.check_connection(ANA, connection["id"])
    assert checked["trouble_code"] == "INVALID_CREDENTIALS"
    return checked
