"""Updates that Telegram posts: taken by the process on duty and no other, once each, and by Telegram's secret only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO
from typing import Any

import pytest
import requests

from gerente_financeiro.telegram_hook import SECRET_HEADER
from open_finance.errors import ConfigurationError
from tests.bot_app import Chat, RunningBot, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

Json = dict[str, Any]
Start = Callable[..., AbstractContextManager[RunningBot]]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def start(telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock) -> Start:
    """Begin a bot that Telegram reaches; two of them may stand behind one address only one after the other."""

    def begin(**changes: Any) -> AbstractContextManager[RunningBot]:
        port = free_port()
        public: Json = {"port": port, "public_url": f"http://127.0.0.1:{port}", "telegram_webhook": True}
        return running_bot(telegram, pluggy, sqlite_url, clock, **{**public, **changes})

    return begin


@pytest.fixture
def post(http: requests.Session) -> Callable[..., int]:
    def send(bot: RunningBot, content: Json | bytes, secret: str | None = None) -> int:
        given = bot.settings.telegram_webhook_secret if secret is None else secret
        sent = {"data": content} if isinstance(content, bytes) else {"json": content}
        return http.post(f"{bot.url}/hooks/telegram", headers={SECRET_HEADER: given}, timeout=10, **sent).status_code

    return send


def written(number: int, text: str) -> Json:
    sender = {"id": ANA, "is_bot": False, "first_name": "Ana"}
    message = {
        "message_id": 10_000 + number,
        "date": 0,
        "chat": {"id": ANA, "type": "private"},
        "from": sender,
        "text": text,
    }
    entities = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return {"update_id": 900_000 + number, "message": {**message, "entities": entities}}


def answers(telegram: TelegramServer, words: str) -> int:
    return sum(words in one["text"] for one in telegram.from_bot(ANA))


def is_on_duty(bot: RunningBot) -> bool:
    return bot.context.takes_updates


# --- the way itself ------------------------------------------------------------------------------------------------


def test_a_person_is_answered_and_nobody_polls(start: Start, telegram: TelegramServer, ana: Chat) -> None:
    ana.write("/saldo")  # before the bot is there: it waits for it
    with start() as bot:
        ana.sees("Nenhum banco conectado")
        ana.write("/ajuda")
        ana.sees("Ver dinheiro")
        info = telegram.call("getWebhookInfo")["result"]
        assert info["url"] == f"{bot.settings.public_url}/hooks/telegram"
        assert sorted(info["allowed_updates"]) == ["callback_query", "edited_message", "message", "my_chat_member"]
    assert telegram.calls("getUpdates") == []


def test_a_bot_that_polls_again_deletes_the_webhook_left_behind(
    start: Start, telegram: TelegramServer, ana: Chat
) -> None:
    with start() as bot:
        wait_until(lambda: telegram.call("getWebhookInfo")["result"]["url"])
        assert bot.settings.telegram_webhook
    ana.write("/saldo")
    with start(telegram_webhook=False):
        ana.sees("Nenhum banco conectado")
        assert telegram.call("getWebhookInfo")["result"]["url"] == ""


def test_after_a_restart_what_was_written_meanwhile_is_answered_once(
    start: Start, telegram: TelegramServer, ana: Chat
) -> None:
    port = free_port()
    same: Json = {"port": port, "public_url": f"http://127.0.0.1:{port}"}
    with start(**same):
        ana.write("/ajuda")
        ana.sees("Ver dinheiro")
    ana.write("/saldo")
    with start(**same):
        ana.sees("Nenhum banco conectado", 30)
    assert answers(telegram, "Nenhum banco conectado") == 1
    assert answers(telegram, "Ver dinheiro") == 1


def test_of_two_bots_the_one_that_is_not_on_duty_lets_telegram_come_again(
    start: Start, post: Callable[..., int], telegram: TelegramServer
) -> None:
    with start() as first:
        wait_until(lambda: is_on_duty(first))
        with start() as second:
            assert post(second, written(1, "/saldo")) == 503
            assert post(first, written(1, "/saldo")) == 200
            first.stop()
            wait_until(lambda: is_on_duty(second))
            assert post(second, written(2, "/ajuda")) == 200
            wait_until(lambda: answers(telegram, "Ver dinheiro"))
    assert answers(telegram, "Nenhum banco conectado") == 1


# --- forged, repeated, broken --------------------------------------------------------------------------------------


def test_only_telegrams_own_secret_is_believed_and_a_forgery_is_logged_once(
    start: Start, post: Callable[..., int], telegram: TelegramServer, log: StringIO
) -> None:
    with start() as bot:
        wait_until(lambda: is_on_duty(bot))
        for secret in ("", "a-guess-of-a-secret", bot.settings.pluggy_webhook_secret):
            assert post(bot, written(1, "/saldo"), secret) == 401
        assert post(bot, written(2, "/ajuda")) == 200
        wait_until(lambda: answers(telegram, "Ver dinheiro"))
        assert answers(telegram, "Nenhum banco conectado") == 0
    assert log.getvalue().count("without Telegram's secret") == 1
    for secret in ("a-guess-of-a-secret", bot.settings.telegram_webhook_secret):
        assert secret not in log.getvalue()


def test_an_update_that_comes_again_is_answered_once(
    start: Start, post: Callable[..., int], telegram: TelegramServer
) -> None:
    with start() as bot:
        wait_until(lambda: is_on_duty(bot))
        assert {post(bot, written(1, "/saldo")) for _ in range(5)} == {200}
        assert post(bot, written(2, "/ajuda")) == 200
        wait_until(lambda: answers(telegram, "Ver dinheiro"))
    assert answers(telegram, "Nenhum banco conectado") == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"update_id": "x"}', b'{"message": {}}', b'{"update_id": 5}'])
def test_what_cannot_be_read_is_not_asked_for_again(
    start: Start, post: Callable[..., int], content: bytes, log: StringIO
) -> None:
    with start() as bot:
        wait_until(lambda: is_on_duty(bot))
        assert post(bot, content) == 200
    assert "Traceback" not in log.getvalue()


# --- standing ------------------------------------------------------------------------------------------------------


def test_a_webhook_that_somebody_took_away_is_set_again(start: Start, telegram: TelegramServer, ana: Chat) -> None:
    with start(poll_scale=0.002) as bot:
        wait_until(lambda: telegram.call("getWebhookInfo")["result"]["url"])
        telegram.call("setWebhook", url="http://127.0.0.1:9/elsewhere")
        wait_until(lambda: str(bot.settings.port) in telegram.call("getWebhookInfo")["result"]["url"])
        ana.write("/saldo")
        ana.sees("Nenhum banco conectado")


def test_a_telegram_that_does_not_take_it_is_asked_again(start: Start, telegram: TelegramServer, ana: Chat) -> None:
    telegram.add_fault("setWebhook", times=2, status=502)
    ana.write("/saldo")
    with start():
        ana.sees("Nenhum banco conectado")
    assert [one["status"] for one in telegram.calls("setWebhook")] == [502, 502, 200]


def test_a_token_that_is_revoked_later_ends_the_bot_as_it_does_where_it_polls(
    start: Start, telegram: TelegramServer
) -> None:
    with pytest.raises(ConfigurationError, match="TELEGRAM_BOT_TOKEN"), start(poll_scale=0.002) as bot:  # noqa: PT012
        wait_until(lambda: is_on_duty(bot))
        telegram.add_fault("getWebhookInfo", times=100, status=401)
        wait_until(lambda: not bot._thread.is_alive(), seconds=20)
