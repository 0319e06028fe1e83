"""Updates that the local Telegram sends to the bot's own address, in the real one's order, with its pauses and its words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.telegram_api.webhook import pause_before, read_webhook
from tests.aiogram_reads import read_as
from tests.telegram_server import ANA, TOKEN, TelegramServer, start_telegram
from tests.update_receiver import WebhookReceiver, start_receiver

Json = dict[str, Any]
ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
BRUNO = 1001


@pytest.fixture(scope="module")
def shared_telegram() -> Iterator[TelegramServer]:
    with start_telegram(user_ids=(ANA, BRUNO), allow_loopback=True) as server:
        yield server


@pytest.fixture
def telegram(shared_telegram: TelegramServer) -> TelegramServer:
    shared_telegram.reset()
    shared_telegram.call("getUpdates", allowed_updates=[])
    return shared_telegram


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with start_receiver() as server:
        yield server


def set_webhook(telegram: TelegramServer, url: str, **params: Any) -> str:
    answer = telegram.call("setWebhook", url=url, **params)
    assert answer["ok"], answer
    return str(answer["description"])


def info(telegram: TelegramServer) -> Json:
    found: Json = telegram.call("getWebhookInfo")["result"]
    read_as("WebhookInfo", found)
    return found


def wait_for_info(telegram: TelegramServer, **wanted: Any) -> Json:
    """Until ``getWebhookInfo`` says this."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = info(telegram)
        if wanted.items() <= found.items():
            return found
    raise AssertionError(f"not within ten seconds: {wanted}; last {found}")


def wrong(status: str) -> str:
    return f"Wrong response from the webhook: {status}"


def test_update_is_posted_with_the_secret(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    assert set_webhook(telegram, receiver.url, secret_token="s3cret_-") == "Webhook was set"
    telegram.send_text(ANA, "oi 😀")
    update = receiver.next()
    assert read_as("Update", update).message is not None
    assert update["message"]["text"] == "oi 😀"
    assert receiver.headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret_-"
    assert receiver.headers["Content-Type"] == "application/json"
    found = wait_for_info(telegram, pending_update_count=0)
    assert (found["url"], found["max_connections"], found["ip_address"]) == (receiver.url, 40, "127.0.0.1")
    assert telegram.messages(ANA)[0]["seen"]


def test_what_waited_before_the_webhook_comes_too_unless_dropped(
    telegram: TelegramServer, receiver: WebhookReceiver
) -> None:
    telegram.send_text(ANA, "antes")
    set_webhook(telegram, receiver.url)
    assert receiver.texts(1) == ["antes"]
    assert "X-Telegram-Bot-Api-Secret-Token" not in receiver.headers
    telegram.call("deleteWebhook")
    telegram.send_text(ANA, "jogada fora")
    set_webhook(telegram, receiver.url, drop_pending_updates=True)
    telegram.send_text(ANA, "depois")
    assert receiver.texts(1) == ["depois"]


def test_one_chat_keeps_its_order_and_holds_back_no_other(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    receiver.held[ANA] = threading.Event()
    set_webhook(telegram, receiver.url)
    for text in ("um", "dois", "três"):
        telegram.send_text(ANA, text)
    assert receiver.texts(1) == ["um"]
    telegram.send_text(BRUNO, "ao lado")
    assert receiver.texts(1) == ["ao lado"]
    wait_for_info(telegram, pending_update_count=3)
    assert receiver.is_quiet()
    receiver.held[ANA].set()
    assert receiver.texts(2) == ["dois", "três"]


def test_with_one_connection_everything_comes_in_order(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    for number in range(20):
        telegram.send_text((ANA, BRUNO)[number % 2], str(number))
    set_webhook(telegram, receiver.url, max_connections=1)
    assert sorted(receiver.texts(20)) == sorted(map(str, range(20)))
    wait_for_info(telegram, pending_update_count=0)
    assert receiver.finished == sorted(receiver.finished)


def test_refused_update_is_sent_again_at_once_then_ever_later(
    telegram: TelegramServer, receiver: WebhookReceiver
) -> None:
    receiver.statuses.extend((500, 404, 302))
    set_webhook(telegram, receiver.url)
    telegram.send_text(ANA, "teimosa")
    assert receiver.texts(2) == ["teimosa"] * 2
    found = wait_for_info(telegram, last_error_message=wrong("404 Not Found"))
    assert (found["pending_update_count"], abs(found["last_error_date"] - time.time()) < 60) == (1, True)
    telegram.advance(2)
    assert receiver.texts(1) == ["teimosa"]
    wait_for_info(telegram, last_error_message=wrong("302 Found"))
    assert receiver.is_quiet()
    telegram.advance(4)
    assert receiver.texts(1) == ["teimosa"]
    wait_for_info(telegram, pending_update_count=0, last_error_message=wrong("302 Found"))


def test_receiver_may_name_its_pause(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    receiver.statuses.append(503)
    set_webhook(telegram, receiver.url)
    telegram.send_text(ANA, "depois")
    assert receiver.texts(1) == ["depois"]
    wait_for_info(telegram, last_error_message=wrong("503 Service Unavailable"))
    assert receiver.is_quiet()
    telegram.advance(90)
    assert receiver.texts(1) == ["depois"]


def test_pauses_grow_to_a_minute() -> None:
    assert [pause_before(attempt) for attempt in (1, 2, 3, 4, 7, 50)] == [0, 2, 4, 8, 60, 60]
    assert pause_before(1, retry_after=90) == 90
    assert pause_before(1, retry_after=10**6) == 3600


def test_nobody_listening_is_an_error_that_passes(telegram: TelegramServer) -> None:
    with start_receiver() as gone:
        url = gone.url
    set_webhook(telegram, url)
    telegram.send_text(ANA, "oi")
    wait_for_info(telegram, last_error_message="Connection refused", pending_update_count=1)
    with start_receiver() as back:
        assert set_webhook(telegram, back.url) == "Webhook was set"
        assert "last_error_message" not in info(telegram)
        assert back.texts(1) == ["oi"]


def test_webhook_and_getupdates_exclude_each_other(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    assert set_webhook(telegram, receiver.url) == "Webhook was set"
    assert set_webhook(telegram, receiver.url) == "Webhook is already set"
    assert telegram.call("getUpdates") == {"ok": False, "error_code": 409, "description": ACTIVE}
    assert telegram.call("deleteWebhook")["description"] == "Webhook was deleted"
    assert telegram.call("deleteWebhook")["description"] == "Webhook is already deleted"
    assert telegram.call("setWebhook")["description"] == "Webhook is already deleted"
    assert info(telegram) == {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
    assert telegram.call("getUpdates")["ok"]


def test_new_webhook_ends_an_open_poll(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    answers: list[Json] = []
    url = f"{telegram.url}/bot{TOKEN}/getUpdates?timeout=20"
    poll = threading.Thread(target=lambda: answers.append(requests.get(url, timeout=30).json()))
    poll.start()
    deadline = time.monotonic() + 10
    while not telegram.get("")["bots"][0]["polling"]:
        assert time.monotonic() < deadline
    set_webhook(telegram, receiver.url)
    poll.join(10)
    refusal = "Conflict: terminated by setWebhook request"
    assert answers == [{"ok": False, "error_code": 409, "description": refusal}]


def test_only_allowed_kinds_are_posted(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    set_webhook(telegram, receiver.url, allowed_updates=["message"])
    number = telegram.send_text(ANA, "um")["message_id"]
    telegram.edit_text(ANA, number, "calada")
    telegram.send_text(ANA, "dois")
    assert receiver.texts(2) == ["um", "dois"]
    assert info(telegram)["allowed_updates"] == ["message"]


def test_paused_delivery_goes_on_where_it_was(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    telegram.pause_polling()
    set_webhook(telegram, receiver.url)
    telegram.send_text(ANA, "oi")
    assert wait_for_info(telegram, pending_update_count=1)
    assert receiver.is_quiet()
    telegram.pause_polling(paused=False)
    assert receiver.texts(1) == ["oi"]


def test_secret_is_shown_nowhere(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    set_webhook(telegram, receiver.url, secret_token="canary_secret")
    assert telegram.get("")["bots"][0]["webhook"] == receiver.url
    shown = f"{info(telegram)}{telegram.get('')}{telegram.calls()}{telegram.events()}"
    assert "canary_secret" not in shown
    assert "canary_secret" not in repr(read_webhook("https://x.com", "canary_secret", 1))


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"url": "http://x.com/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://x.com:8081/"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "https://10.0.0.1/"}, "bad webhook: IP address 10.0.0.1 is reserved"),
        ({"url": "https://[2001:db8::1]/"}, "bad webhook: IPv6-only addresses are not allowed"),
        ({"url": "https://banco/"}, "bad webhook: Failed to resolve host: Name or service not known"),
        ({"url": "ftp://x.com/"}, "invalid webhook URL specified"),
        ({"url": "https://"}, "invalid webhook URL specified"),
        ({"url": f"https://{'a' * 64}.com"}, "invalid webhook URL specified"),
        ({"url": "https://x.com/", "secret_token": "x" * 257}, "secret token is too long"),
        ({"url": "https://x.com/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "https://x.com/", "secret_token": "ç"}, "secret token contains unallowed characters"),
    ],
)
def test_webhook_that_telegram_would_not_take(telegram: TelegramServer, params: Json, text: str) -> None:
    answer = telegram.call("setWebhook", **params)
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {text}"}
    assert info(telegram)["url"] == ""


def test_address_of_this_machine_needs_permission() -> None:
    with start_telegram() as telegram:
        answer = telegram.call("setWebhook", url="https://localhost/hook")
        assert answer["description"] == "Bad Request: bad webhook: IP address 127.0.0.1 is reserved"


def test_connections_are_kept_within_what_telegram_has(telegram: TelegramServer) -> None:
    for wanted, kept in ((0, 1), (7, 7), (1000, 100)):
        set_webhook(telegram, "https://x.com/hook", max_connections=wanted)
        assert info(telegram)["max_connections"] == kept


def test_reset_forgets_the_webhook(telegram: TelegramServer, receiver: WebhookReceiver) -> None:
    set_webhook(telegram, receiver.url)
    telegram.reset()
    telegram.send_text(ANA, "oi")
    assert telegram.call("getUpdates")["result"][-1]["message"]["text"] == "oi"
