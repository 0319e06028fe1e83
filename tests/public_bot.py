"""The bot at a public address of its own, between the two local servers, whose scripts its page loads."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from open_finance.clock import Clock
from tests.bot_app import RunningBot, running_bot
from tests.local_http import local_session
from tests.pluggy_server import PluggyServer
from tests.telegram_server import ANA, TelegramServer

Json = dict[str, Any]


@contextmanager
def public_bot(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: Clock | None = None, **more: Any
) -> Iterator[RunningBot]:
    """As `running_bot`, with ``PORT`` and ``PUBLIC_URL``."""
    port = more.pop("port", None) or free_port()
    with running_bot(
        telegram,
        pluggy,
        database_url,
        clock,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        telegram_web_app_js_url=f"{telegram.url}/telegram-web-app.js",
        pluggy_connect_js_url=f"{pluggy.url}/pluggy-connect.js",
        **more,
    ) as running:
        assert running.url
        yield running


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Page:
    """The secure screen without a browser: what its script asks, and what Pluggy Connect asks with its token."""

    def __init__(self, bot: RunningBot, telegram: TelegramServer, pluggy: PluggyServer, message: Json) -> None:
        self.bot = bot
        self.telegram = telegram
        self.pluggy = pluggy
        self.session = local_session()
        buttons = [one for row in message["buttons"] for one in row]
        self.url = next(str(one["web_app"]) for one in buttons if one.get("web_app"))
        self.intent = self.url.partition("?p=")[2]
        self.token: Json = {}

    def init_data(self, user: int = ANA) -> str:
        return self.telegram.init_data(user, auth_date=int(self.bot.context.clock.now().timestamp()))

    def post(self, path: str, user: int = ANA, **more: Any) -> tuple[int, Json]:
        """The status and what the page is told."""
        body = {"initData": self.init_data(user), "intent": self.intent} | more
        answer = self.session.post(f"{self.bot.url}/tela/{path}", json=body, timeout=30)
        return answer.status_code, answer.json() if answer.content else {}

    def opens(self) -> Json:
        """The page is opened; Pluggy Connect has its token."""
        status, self.token = self.post("abrir")
        assert status == 200, self.token
        return self.token

    def widget(self, method: str, path: str, body: Any) -> Json:
        """What Pluggy Connect sends."""
        headers = {"X-API-KEY": str(self.token["connectToken"])}
        answer = self.session.request(method, f"{self.pluggy.url}{path}", json=body, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def connects(self, **values: str) -> str:
        """The person gives the bank's data there; the item's id."""
        body = {"connectorId": self.token["connectorId"], "parameters": values}
        return str(self.widget("POST", "/items", body)["id"])

    def renews(self, **values: str) -> str:
        """As `connects`, in update mode."""
        path = f"/items/{self.token['updateItem']}"
        return str(self.widget("PATCH", path, {"parameters": values})["id"])

    def tells(self, item_id: str, user: int = ANA) -> tuple[int, Json]:
        return self.post("item", user, itemId=item_id)
