"""Mini Apps at the local Telegram: where their buttons may stand, and what signs who opened them."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from sandbox.telegram_api.mini_app import signature
from tests.aiogram_reads import is_signed, read_init_data
from tests.telegram_server import ANA, TOKEN, TelegramServer, png, start_telegram

Json = dict[str, Any]
APP = {"inline_keyboard": [[{"text": "Abrir", "web_app": {"url": "https://App.exemplo.com/conectar?x=1"}}]]}
SHOWN = "https://app.exemplo.com/conectar?x=1"
KNOWN = "f5f1bc6611c61b8728f82fdf61f77beab51efe0ed6b18bfb8b2c2eabf0660813"


@pytest.fixture
def telegram(shared_telegram: TelegramServer) -> TelegramServer:
    shared_telegram.reset()
    shared_telegram.call("getMe")
    return shared_telegram


def test_button_comes_back_with_its_address(telegram: TelegramServer) -> None:
    sent = telegram.call("sendMessage", chat_id=ANA, text="x", reply_markup=APP)["result"]
    assert sent["reply_markup"]["inline_keyboard"] == [[{"text": "Abrir", "web_app": {"url": SHOWN}}]]
    assert telegram.messages(ANA)[0]["buttons"] == [[{"text": "Abrir", "web_app": SHOWN}]]


def test_groups_take_no_mini_app(telegram: TelegramServer) -> None:
    group = telegram.add_group(ANA)
    plain = telegram.call("sendMessage", chat_id=group, text="x")["result"]["message_id"]
    number = telegram.call("sendMessage", chat_id=ANA, text="x")["result"]["message_id"]
    url = f"{telegram.url}/bot{TOKEN}/sendPhoto"
    photo = requests.post(url, data={"chat_id": ANA}, files={"photo": ("a.png", png())}, timeout=10).json()["result"]
    refused = [
        telegram.call("sendMessage", chat_id=group, text="x", reply_markup=APP),
        telegram.call("editMessageText", chat_id=group, message_id=plain, text="y", reply_markup=APP),
        telegram.call("editMessageReplyMarkup", chat_id=group, message_id=plain, reply_markup=APP),
        telegram.call("copyMessage", chat_id=group, from_chat_id=ANA, message_id=number, reply_markup=APP),
        telegram.call("sendPhoto", chat_id=group, photo=photo["photo"][-1]["file_id"], reply_markup=APP),
    ]
    assert {answer["description"] for answer in refused} == {"Bad Request: BUTTON_TYPE_INVALID"}
    assert telegram.call("editMessageReplyMarkup", chat_id=ANA, message_id=number, reply_markup=APP)["ok"]


def test_own_machine_is_taken_over_http_only_where_allowed() -> None:
    def answer(url: str) -> Json:
        markup = {"inline_keyboard": [[{"text": "a", "web_app": {"url": url}}]]}
        return server.call("sendMessage", chat_id=ANA, text="x", reply_markup=markup)

    with start_telegram(allow_loopback=True) as server:
        assert answer("http://127.0.0.1:8090/conectar")["ok"]
        assert "Only HTTPS links are allowed" in answer("http://banco.com/")["description"]


def test_a_library_that_is_not_ours_trusts_the_signature(telegram: TelegramServer) -> None:
    bruno = telegram.add_user(2000, "Bruno 😀", last_name="A&B=C", username="bruno_l", language_code="en")
    data = read_init_data(TOKEN, telegram.init_data(bruno))
    assert data.user is not None
    assert (data.user.id, data.user.first_name, data.user.last_name) == (2000, "Bruno 😀", "A&B=C")
    assert (data.user.username, data.user.language_code, data.user.allows_write_to_pm) == ("bruno_l", "en", True)
    assert abs(data.auth_date.timestamp() - time.time()) < 60
    assert data.query_id
    assert data.hash
    other = dict(parse_qsl(telegram.init_data(bruno)))
    assert other["query_id"] != data.query_id
    assert list(other) == ["query_id", "user", "auth_date", "hash"]


def test_signature_breaks_with_any_change_or_another_bots_token(telegram: TelegramServer) -> None:
    data = telegram.init_data(ANA)
    assert is_signed(TOKEN, data)
    assert not is_signed(f"1000000001:{'x' * 35}", data)
    assert not is_signed(TOKEN, data.replace("%22id%22%3A1000", "%22id%22%3A1001"))


def test_known_answer_of_the_signature() -> None:
    """Computed apart, with openssl: ``printf 'auth_date=1\\nquery_id=q\\nuser={}'`` under the key of token ``1:a``."""
    assert signature({"query_id": "q", "user": "{}", "auth_date": "1"}, "1:a") == KNOWN


def test_stale_and_blocked_can_be_asked_for(telegram: TelegramServer) -> None:
    telegram.block(ANA)
    data = read_init_data(TOKEN, telegram.init_data(ANA, auth_date=1_700_000_000))
    assert data.auth_date.timestamp() == 1_700_000_000
    assert data.user is not None
    assert data.user.allows_write_to_pm is None


def test_nothing_is_signed_before_a_bot_has_called_nor_for_a_stranger(telegram: TelegramServer) -> None:
    url = f"{telegram.url}/_control/init_data"
    assert requests.post(url, json={"user": 9}, timeout=10).status_code == 404
    with start_telegram() as fresh:
        answer = requests.post(f"{fresh.url}/_control/init_data", json={"user": ANA}, timeout=10)
        assert (answer.status_code, "no bot has called yet" in answer.json()["error"]) == (404, True)


def test_token_is_shown_nowhere(telegram: TelegramServer) -> None:
    telegram.call("sendMessage", chat_id=ANA, text="x", reply_markup=APP)
    secret = TOKEN.split(":")[1]
    shown = [telegram.get(path) for path in ("", "/events", "/calls", "/counts", "/callbacks")]
    shown += [telegram.get("/messages", chat=ANA), telegram.init_data(ANA)]
    assert secret not in str(shown)


def test_pages_of_mini_apps_find_the_script_here(telegram: TelegramServer) -> None:
    script = requests.get(f"{telegram.url}/telegram-web-app.js", timeout=10)
    assert "javascript" in script.headers["Content-Type"]
    assert "window.Telegram" in script.text
    policy = requests.get(telegram.url, timeout=10).headers["Content-Security-Policy"]
    assert policy.endswith("frame-src https:")
