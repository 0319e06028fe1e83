"""The bot's HTTP server: health, and what it does to strangers, slow clients and too much of a body."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import requests

from gerente_financeiro.app import build_application
from gerente_financeiro.context import KEY
from gerente_financeiro.web import Limits, listening
from open_finance.errors import ConfigurationError
from open_finance.storage import leases
from open_finance.storage.database import Database
from tests.bot_app import RunningBot, bot_settings, core_of, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import TelegramServer

pytest_plugins = ("tests.bot_fixtures",)
NOBODY = Database("sqlite:////nowhere/at/all.db")


@pytest.fixture
def served(telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock) -> Iterator[RunningBot]:
    with running_bot(telegram, pluggy, sqlite_url, clock, port=0) as bot:
        yield bot


def test_health_is_well_while_the_database_answers_and_says_no_more_when_it_does_not(
    served: RunningBot, http: requests.Session
) -> None:
    assert http.get(f"{served.url}/healthz", timeout=5).json() == {"status": "ok"}
    database, healthy = served.core.database, served.core.database.engine
    database.engine = NOBODY.engine
    ill = http.get(f"{served.url}/healthz", timeout=5)
    database.engine = healthy
    assert (ill.status_code, ill.json()) == (503, {"status": "unavailable"})
    assert http.get(f"{served.url}/healthz", timeout=5).status_code == 200


def test_health_is_answered_while_another_process_answers_people(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, http: requests.Session
) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        leases.acquire_lease(session, "telegram-poller", "somebody else", clock.now(), 3600)
    with running_bot(telegram, pluggy, sqlite_url, clock, port=0) as bot:
        assert http.get(f"{bot.url}/healthz", timeout=5).status_code == 200
        assert not bot.application.running
    database.dispose()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("POST", "/healthz"), ("DELETE", "/healthz"), ("GET", "/hooks/pluggy"), ("GET", "/../etc/passwd")],
)
def test_all_else_is_not_found_and_says_nothing(
    served: RunningBot, http: requests.Session, method: str, path: str
) -> None:
    answer = http.request(method, f"{served.url}{path}", timeout=5)
    assert (answer.status_code, answer.text) == (404, "")


def test_every_answer_is_careful(served: RunningBot, http: requests.Session) -> None:
    for path in ("/healthz", "/nothing"):
        headers = http.get(f"{served.url}{path}", timeout=5).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "Server" not in headers


def test_no_request_reaches_the_log(served: RunningBot, http: requests.Session, log: StringIO) -> None:
    http.get(f"{served.url}/a-secret-path?with=a-secret-query", headers={"X-Secret": "a-secret-header"}, timeout=5)
    with socket.create_connection(("127.0.0.1", served.context.listening_on or 0)) as raw:
        raw.sendall(b"\x16\x03\x01 a-secret-handshake\r\n\r\n")
        raw.recv(1000)
    assert "a-secret" not in log.getvalue()


def test_an_accident_inside_is_a_bare_500_and_one_traceback_for_the_operator(
    served: RunningBot, http: requests.Session, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble() -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(served.core.database, "ping", stumble)
    answer = http.get(f"{served.url}/healthz", headers={"Accept": "text/html"}, timeout=5)
    assert (answer.status_code, answer.text) == (500, "")
    assert log.getvalue().count("Traceback") == 1
    served.core.counts.flush()
    assert served.core.operations.troubles().errors == {"ZeroDivisionError": 1}


def test_a_port_that_is_taken_is_named(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock
) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        with (
            pytest.raises(ConfigurationError) as caught,
            running_bot(telegram, pluggy, sqlite_url, clock, port=taken.getsockname()[1]) as bot,
        ):
            wait_until(lambda: not bot._thread.is_alive())
    assert caught.value.variable == "PORT"


async def test_clients_that_keep_it_waiting_are_cut(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str
) -> None:
    settings = bot_settings(telegram, pluggy, sqlite_url, port=0)
    bot = build_application(core_of(settings.core), settings).bot_data[KEY]

    async def send(start: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", bot.listening_on)
        writer.write(start)
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        return answer

    began = time.monotonic()
    async with listening(bot, Limits(request_seconds=0.2, idle_seconds=0.2), host="127.0.0.1"):
        assert await send(b"") == b""
        assert await send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n") == b""
    assert time.monotonic() - began < 5
    bot.close()
    bot.core.close()


def test_a_bot_without_a_port_listens_nowhere(bot: RunningBot, ana: Any) -> None:
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    assert bot.context.listening_on is None
