"""``POST /hooks/pluggy``: what is kept, what is refused, and that a bot on duty does something about it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import event as sql_events
from sqlalchemy import func, select

from gerente_financeiro.web import Limits
from open_finance.storage import leases
from open_finance.storage.alert_models import WebhookEventRow
from open_finance.storage.database import Database
from open_finance.webhook import SECRET_HEADER
from tests.bot_app import CPF, PASSWORD, Chat, RunningBot, choose, fill, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import TelegramServer

pytest_plugins = ("tests.bot_fixtures",)
Json = dict[str, Any]
PUBLIC: Json = {"port": 0, "public_url": "https://bot.example"}


@pytest.fixture
def served(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock
) -> Iterator[RunningBot]:
    with running_bot(telegram, pluggy, database_url, clock, **PUBLIC) as bot:
        yield bot


@pytest.fixture
def idle(telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock) -> Iterator[RunningBot]:
    """A bot that listens while another one answers people: what it keeps stays where it is."""
    database = Database(database_url)
    with database.writing() as session:
        leases.acquire_lease(session, "telegram-poller", "somebody else", clock.now(), 10**6)
    with running_bot(telegram, pluggy, database_url, clock, **PUBLIC) as bot:
        yield bot
    database.dispose()


@pytest.fixture
def post(http: requests.Session) -> Callable[..., int]:
    """Post an event to a bot as Pluggy would; the status."""

    def send(bot: RunningBot, payload: Json | bytes, secret: str | None = None) -> int:
        given = bot.settings.pluggy_webhook_secret if secret is None else secret
        sent = {"data": payload} if isinstance(payload, bytes) else {"json": payload}
        answer = http.post(f"{bot.url}/hooks/pluggy", headers={SECRET_HEADER: given}, timeout=10, **sent)
        assert answer.text == ""
        return answer.status_code

    return send


def told(number: int | str, name: str = "item/updated", item: str = "an-item", **more: Any) -> Json:
    return {"event": name, "eventId": f"event-{number}", "itemId": item, **more}


def kept(bot: RunningBot, *, handled: bool | None = None) -> int:
    with bot.core.database.reading() as session:
        query = select(func.count()).select_from(WebhookEventRow)
        if handled is not None:
            query = query.where(WebhookEventRow.handled_at.is_not(None) == handled)
        return session.scalar(query) or 0


# --- kept and refused ----------------------------------------------------------------------------------------------


def test_an_event_is_kept_before_it_is_answered_and_a_repeat_is_nothing(
    idle: RunningBot, post: Callable[..., int]
) -> None:
    for number in (1, 2, 1, 1):
        assert post(idle, told(number)) == 200
    assert kept(idle) == 2


def test_what_does_not_carry_our_secret_is_refused_logged_once_and_changes_nothing(
    idle: RunningBot, post: Callable[..., int], log: StringIO
) -> None:
    for secret in ("", "a-guess-of-the-right-length", idle.settings.telegram_webhook_secret):
        assert post(idle, told(1), secret) == 401
        assert post(idle, b"no json", secret) == 401
    assert kept(idle) == 0
    assert log.getvalue().count("was refused") == 1
    assert "a-guess" not in log.getvalue()
    assert idle.settings.pluggy_webhook_secret not in log.getvalue()


def test_who_sends_the_body_after_the_head_hears_the_refusal_too(idle: RunningBot) -> None:
    address = urlsplit(idle.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as stranger:
        stranger.sendall(b"POST /hooks/pluggy HTTP/1.1\r\nHost: bot\r\nContent-Length: 4\r\n\r\n")
        for byte in (b"n", b"o", b"n", b"e"):
            stranger.sendall(byte)
        assert stranger.recv(1024).startswith(b"HTTP/1.1 401")


def test_what_is_nothing_to_us_is_taken_and_what_is_no_event_is_not(
    idle: RunningBot, post: Callable[..., int], log: StringIO
) -> None:
    assert post(idle, told(1, "payment_intent/created")) == 200
    assert post(idle, b"{") == 400
    assert post(idle, b"[]") == 400
    assert post(idle, b" " * (Limits().body_bytes + 1)) == 413
    assert kept(idle) == 0
    assert "Traceback" not in log.getvalue()


def test_while_the_database_is_away_pluggy_is_asked_to_come_again(idle: RunningBot, post: Callable[..., int]) -> None:
    database, healthy = idle.core.database, idle.core.database.engine
    database.engine = Database("sqlite:////nowhere/at/all.db").engine
    assert post(idle, told(1)) == 503
    database.engine = healthy
    assert post(idle, told(1)) == 200
    assert kept(idle) == 1


def test_many_at_once_are_kept_in_few_transactions(idle: RunningBot, post: Callable[..., int]) -> None:
    commits: list[object] = []
    sql_events.listen(idle.core.database.engine, "commit", commits.append)
    with ThreadPoolExecutor(40) as pool:
        statuses = set(pool.map(lambda number: post(idle, told(number % 150)), range(300)))
    assert statuses == {200}
    assert kept(idle) == 150
    assert len(commits) < 150


def test_without_a_public_address_there_is_no_hook(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, post: Callable[..., int]
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock, port=0) as bot:
        assert post(bot, told(1)) == 404


# --- worked on -----------------------------------------------------------------------------------------------------


def connect(bot: RunningBot, chat: Chat, pluggy: PluggyServer) -> str:
    """A bank is connected in the chat; its item at Pluggy."""
    choose(chat, "Caixa", by_screen=True)
    fill(chat, CPF, PASSWORD)
    chat.sees("✅ Caixa conectada")
    return str(pluggy.items()[0]["id"])


def passes(pluggy: PluggyServer, item: str) -> int:
    return sum(one["method"] == "GET" and one["path"] == f"/items/{item}" for one in pluggy.requests())


def test_a_burst_wakes_the_bot_which_reads_the_item_once(
    served: RunningBot, pluggy: PluggyServer, ana: Chat, clock: ManualClock, post: Callable[..., int]
) -> None:
    item = connect(served, ana, pluggy)
    wait_until(lambda: kept(served, handled=False) == 0)
    pluggy.forget_requests()
    for number in range(20):
        assert post(served, told(number, "transactions/created", item)) == 200
    clock.advance(2)
    wait_until(lambda: kept(served, handled=True) == 20)
    assert passes(pluggy, item) == 1
    assert not any(one["method"] in {"PATCH", "POST"} and "/items" in one["path"] for one in pluggy.requests())


def test_what_another_process_kept_is_worked_on_by_the_one_on_duty(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock, post: Callable[..., int]
) -> None:
    """Two instances by mistake: what either hears is kept once and read once."""
    ana = Chat(telegram, 1000)
    with running_bot(telegram, pluggy, database_url, clock, **PUBLIC) as first:
        item = connect(first, ana, pluggy)
        with running_bot(telegram, pluggy, database_url, clock, **PUBLIC) as second:
            pluggy.forget_requests()
            for number in range(10):
                assert post(second, told(number, "transactions/created", item)) == 200
                assert post(first, told(number, "transactions/created", item)) == 200
            assert not second.application.running
            clock.advance(2)
            wait_until(lambda: kept(first, handled=True) == 10)
            assert (kept(first), passes(pluggy, item)) == (10, 1)


def test_a_person_who_is_being_waited_for_is_looked_after_at_once(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, post: Callable[..., int]
) -> None:
    """The bot polls slowly here (thirty seconds and more); the event brings the next look."""
    with running_bot(telegram, pluggy, sqlite_url, clock, poll_scale=15, **PUBLIC) as bot:
        ana = Chat(telegram, 1000)
        choose(ana, "Caixa", by_screen=True)
        fill(ana, CPF, PASSWORD)
        item = str(wait_until(pluggy.items)[0]["id"])
        pluggy.advance(seconds=60)
        assert post(bot, told(1, "item/updated", item)) == 200
        clock.advance(2)
        ana.sees("✅ Caixa conectada", 20)


def test_what_changed_is_told_to_its_person(
    served: RunningBot, pluggy: PluggyServer, ana: Chat, clock: ManualClock, post: Callable[..., int]
) -> None:
    item = connect(served, ana, pluggy)
    account = served.core.connector.list_accounts(1000)[0]["pluggy_id"]
    pluggy.order(account, "add", amount=-345.0, description="Loja Nova", date="2026-11-23T14:00:00.000Z")
    assert post(served, told("a", "transactions/created", item)) == 200
    clock.advance(2)
    ana.sees("Loja Nova")
