"""The control API of the local Telegram: waiting, limits, faults, menus, and starting from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.telegram_api.control import Control
from sandbox.telegram_api.feed import KEPT, Feed
from sandbox.telegram_api.methods import METHODS
from sandbox.telegram_api.world import Options, World
from tests.telegram_server import ANA, TOKEN, TelegramServer, start_telegram

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def telegram(shared_telegram: TelegramServer) -> TelegramServer:
    shared_telegram.reset()
    return shared_telegram


def send(telegram: TelegramServer, text: str = "oi", chat: int = ANA) -> Json:
    return telegram.call("sendMessage", chat_id=chat, text=text)


# --- waiting ---


def test_waiting_ends_when_the_bot_writes(telegram: TelegramServer) -> None:
    telegram.call("getMe")
    before = telegram.get("/messages", chat=ANA)["seq"]
    bot = threading.Thread(
        target=lambda: requests.get(f"{telegram.url}/bot{TOKEN}/sendMessage?chat_id={ANA}&text=oi", timeout=9)
    )
    bot.start()
    found = telegram.get("/wait", chat=ANA, after=before, timeout=20)
    bot.join(10)
    assert [event["kind"] for event in found["events"]] == ["message"]
    assert telegram.wait_for_text(ANA, "oi")["from_bot"]


def test_waiting_that_ends_without_news_says_what_the_chat_shows(telegram: TelegramServer) -> None:
    telegram.send_text(ANA, "sozinha")
    with pytest.raises(AssertionError, match="Ana: sozinha"):
        telegram.wait_for_text(ANA, "nada", timeout=0.05)
    assert telegram.get("/wait", after=10**9, timeout=0)["events"] == []


def test_events_tell_the_order_of_things(telegram: TelegramServer) -> None:
    start = telegram.get("")["seq"]
    secret = telegram.send_text(ANA, "minha senha")["message_id"]
    telegram.call("deleteMessage", chat_id=ANA, message_id=secret)
    telegram.call("sendChatAction", chat_id=ANA, action="typing")
    sent = send(telegram)["result"]["message_id"]
    telegram.call("editMessageText", chat_id=ANA, message_id=sent, text="mudou")
    telegram.call("setMessageReaction", chat_id=ANA, message_id=sent, reaction=[{"type": "emoji", "emoji": "👍"}])
    kinds = [event["kind"] for event in telegram.events(start, ANA)]
    assert kinds == ["message", "deleted", "action", "message", "edited", "reaction"]


def stream(telegram: TelegramServer, after: int) -> Json:
    """The first event that the live stream sends."""
    url = f"{telegram.url}/_control/stream?chat={ANA}&after={after}"
    with requests.get(url, stream=True, timeout=10) as response:
        lines = (line for line in response.iter_lines(chunk_size=1, decode_unicode=True) if line.startswith("data: "))
        event: Json = json.loads(next(lines).removeprefix("data: "))
        return event


def test_stream_sends_what_happened_with_the_message_as_it_is(telegram: TelegramServer) -> None:
    before = telegram.get("")["seq"]
    number = telegram.send_text(ANA, "um")["message_id"]
    telegram.edit_text(ANA, number, "dois")
    event = stream(telegram, before)
    assert (event["kind"], event["message"]["text"]) == ("message", "dois")


async def test_feed_knows_what_it_forgot_and_waits_no_longer_than_told() -> None:
    feed = Feed()
    for _ in range(KEPT + 1):
        feed.publish("x", chat=1)
    assert feed.has_lost(0)
    assert not feed.has_lost(1)
    assert await feed.wait(feed.seq, 0.01) == []
    assert feed.after(feed.seq - 2, chat=2) == []


def test_message_shows_formatting_buttons_and_edits(telegram: TelegramServer) -> None:
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": "x"}, {"text": "b", "url": "https://x.com/"}]]}
    number = telegram.call(
        "sendMessage", chat_id=ANA, text="<b>R$ 1,00</b> &lt;x&gt;", parse_mode="HTML", reply_markup=markup
    )["result"]["message_id"]
    telegram.call("editMessageText", chat_id=ANA, message_id=number, text="<i>fim</i>", parse_mode="HTML")
    shown = telegram.messages(ANA)[0]
    assert (shown["text"], shown["html"], shown["buttons"], shown["edited"]) == ("fim", "<i>fim</i>", [], True)
    first = shown["history"][0]
    assert first["html"] == "<b>R$ 1,00</b> &lt;x&gt;"
    assert first["buttons"] == [[{"text": "a", "data": "x"}, {"text": "b", "url": "https://x.com/"}]]


def test_confirmed_update_marks_the_message_as_seen(telegram: TelegramServer) -> None:
    telegram.send_text(ANA, "oi")
    last = telegram.call("getUpdates")["result"][-1]["update_id"]
    assert not telegram.messages(ANA)[0]["seen"]
    telegram.call("getUpdates", offset=last + 1)
    assert telegram.messages(ANA)[0]["seen"]


# --- limits ---


def test_limits_are_off_until_asked_for(telegram: TelegramServer) -> None:
    assert all(send(telegram)["ok"] for _ in range(40))


def test_refused_message_names_the_seconds_to_wait(telegram: TelegramServer) -> None:
    telegram.set_limits(chat_burst=2, per_chat=0.01)
    answers = [send(telegram) for _ in range(3)]
    assert [answer["ok"] for answer in answers] == [True, True, False]
    wait = answers[-1]["parameters"]["retry_after"]
    assert 1 < wait <= 100
    assert answers[-1] == {
        "ok": False,
        "error_code": 429,
        "description": f"Too Many Requests: retry after {wait}",
        "parameters": {"retry_after": wait},
    }
    telegram.advance(wait)
    assert send(telegram)["ok"]
    assert not send(telegram)["ok"]


def test_bad_limit_is_refused(telegram: TelegramServer) -> None:
    for given in ({"overall": 0}, {"overall": "many"}, {"speed": 1}):
        assert requests.post(f"{telegram.url}/_control/limits", json=given, timeout=10).status_code == 400


def test_limits_can_hold_from_the_start_and_reset_brings_them_back() -> None:
    with start_telegram(limited=True) as telegram:
        for _ in range(2):
            assert [send(telegram)["ok"] for _ in range(6)] == [True] * 5 + [False]
            telegram.set_limits(enabled=False)
            assert send(telegram)["ok"]
            telegram.reset()


def test_calls_are_counted_by_chat_and_outcome(telegram: TelegramServer) -> None:
    bruno, group = telegram.add_user(), telegram.add_group(ANA)
    telegram.set_limits(chat_burst=2, per_chat=0.01)
    for chat in (ANA, ANA, ANA, bruno, 99, group):
        send(telegram, chat=chat)
    telegram.block(bruno)
    send(telegram, chat=bruno)
    assert telegram.counts("sendMessage", ANA) == {200: 2, 429: 1}
    assert telegram.counts("sendMessage", bruno) == {200: 1, 403: 1}
    assert telegram.counts("sendMessage", 99) == {400: 1}
    assert telegram.counts("sendMessage", group) == {200: 1}
    assert telegram.counts("sendMessage") == {200: 4, 429: 1, 403: 1, 400: 1}
    assert telegram.counts("getMe", ANA) == {}


def test_nothing_reaches_a_person_who_left_telegram(telegram: TelegramServer) -> None:
    bruno = telegram.add_user()
    assert send(telegram, chat=bruno)["ok"]
    telegram.deactivate(bruno)
    assert send(telegram, chat=bruno)["description"] == "Forbidden: user is deactivated"
    given = {"user": bruno, "text": "oi"}
    assert requests.post(f"{telegram.url}/_control/send", json=given, timeout=10).status_code == 403


# --- faults ---


def test_next_calls_fail_as_ordered(telegram: TelegramServer) -> None:
    telegram.add_fault("sendMessage", times=2, status=502)
    telegram.add_fault("sendMessage", status=429, retry_after=7)
    answers = [send(telegram) for _ in range(4)]
    assert [answer.get("error_code") for answer in answers] == [502, 502, 429, None]
    assert answers[2]["parameters"] == {"retry_after": 7}
    assert [call["status"] for call in telegram.calls("sendMessage")] == [502, 502, 429, 200]


def test_lost_answer_leaves_the_message_there(telegram: TelegramServer) -> None:
    telegram.add_fault("sendMessage", kind="lost")
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{telegram.url}/bot{TOKEN}/sendMessage?chat_id={ANA}&text=oi", timeout=0.3)
    assert [message["text"] for message in telegram.messages(ANA)] == ["oi"]
    assert telegram.counts("sendMessage", ANA) == {200: 1}


def test_call_that_hangs_does_nothing(telegram: TelegramServer) -> None:
    telegram.add_fault("*", kind="timeout")
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{telegram.url}/bot{TOKEN}/sendMessage?chat_id={ANA}&text=oi", timeout=0.3)
    assert telegram.messages(ANA) == []
    assert (
        requests.post(f"{telegram.url}/_control/faults", json={"method": "x", "kind": "fire"}, timeout=9).status_code
        == 400
    )


def test_paused_polling_holds_updates_back(telegram: TelegramServer) -> None:
    telegram.call("getMe")
    telegram.pause_polling()
    telegram.send_text(ANA, "oi")
    assert telegram.call("getUpdates")["result"] == []
    telegram.pause_polling(paused=False)
    assert len(telegram.call("getUpdates")["result"]) == 1


# --- menus ---


def menu(*names: str) -> list[Json]:
    return [{"command": name, "description": f"sobre {name}"} for name in names]


def test_narrowest_scope_and_own_language_win(telegram: TelegramServer) -> None:
    english = telegram.add_user(2000, "Ben", language_code="en")
    group = telegram.add_group(ANA)
    telegram.call("setMyCommands", commands=menu("a"))
    assert telegram.commands(ANA) == menu("a")
    telegram.call("setMyCommands", commands=menu("b"), scope={"type": "all_private_chats"})
    telegram.call("setMyCommands", commands=menu("c"), scope={"type": "all_private_chats"}, language_code="en")
    telegram.call("setMyCommands", commands=menu("d"), scope={"type": "chat", "chat_id": 2000}, language_code="pt")
    assert telegram.commands(ANA) == menu("b")
    assert telegram.commands(english) == menu("c")
    assert telegram.get("/commands", user=ANA, chat=group) == menu("a")
    assert len(telegram.get("/commands")) == 4
    assert telegram.call("getMyCommands", scope={"type": "all_private_chats"}, language_code="en")["result"] == menu(
        "c"
    )
    telegram.call("deleteMyCommands", scope={"type": "all_private_chats"})
    assert telegram.commands(ANA) == menu("a")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"commands": menu("Saldo")}, "BOT_COMMAND_INVALID"),
        ({"commands": menu("ç")}, "BOT_COMMAND_INVALID"),
        ({"commands": menu("x" * 33)}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": menu(*(f"c{n}" for n in range(101)))}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": menu("a"), "language_code": "pt-br"}, "invalid language code specified"),
        ({"commands": menu("a"), "scope": {"type": "chat", "chat_id": 7}}, "chat not found"),
        ({"commands": menu("a"), "scope": {"type": "x"}}, "can't parse BotCommandScope: Unsupported type specified"),
    ],
)
def test_menu_that_telegram_would_not_take(telegram: TelegramServer, params: Json, text: str) -> None:
    answer = telegram.call("setMyCommands", **params)
    assert answer["description"] == f"Bad Request: {text}"


def test_name_and_descriptions_by_language(telegram: TelegramServer) -> None:
    assert telegram.call("setMyDescription", description="Olá")["ok"]
    assert telegram.call("setMyDescription", description="Hello", language_code="en")["ok"]
    assert telegram.call("getMyDescription", language_code="en")["result"] == {"description": "Hello"}
    assert telegram.call("getMyDescription", language_code="fr")["result"] == {"description": "Olá"}
    assert telegram.get("/messages", chat=ANA)["description"] == "Olá"
    assert telegram.call("setChatMenuButton", menu_button={"type": "commands"})["ok"]
    assert telegram.call("getChatMenuButton", chat_id=ANA)["result"] == {"type": "commands"}


# --- the rest ---


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/send", {"user": 9, "text": "x"}, 404),
        ("/send", {"user": "ana", "text": "x"}, 400),
        ("/send", {"user": ANA, "text": "  "}, 400),
        ("/send", {"user": ANA, "text": "x" * 4097}, 400),
        ("/send", {"user": ANA, "chat": 9, "text": "x"}, 404),
        ("/edit", {"user": ANA, "message_id": 99, "text": "x"}, 404),
        ("/groups", {"members": []}, 400),
        ("/people", {"id": -1}, 400),
        ("/send", {"user": ANA, "text": "x", "bot": 424242}, 404),
    ],
)
def test_control_says_what_is_wrong(telegram: TelegramServer, path: str, given: Json, status: int) -> None:
    response = requests.post(f"{telegram.url}/_control{path}", json=given, timeout=10)
    assert response.status_code == status
    assert response.json()["error"]


def test_people_edit_only_what_is_theirs(telegram: TelegramServer) -> None:
    number = send(telegram)["result"]["message_id"]
    given = {"user": ANA, "message_id": number, "text": "x"}
    assert requests.post(f"{telegram.url}/_control/edit", json=given, timeout=10).status_code == 403


def test_reset_forgets_everything_but_the_people_it_began_with(telegram: TelegramServer) -> None:
    telegram.add_user(2000)
    telegram.send_text(ANA, "oi")
    telegram.set_limits()
    telegram.add_fault("getMe")
    telegram.reset()
    overview = telegram.get("")
    assert [person["id"] for person in overview["people"]] == [ANA]
    assert overview["limits"]["enabled"] is False
    assert telegram.messages(ANA) == []
    assert telegram.call("getMe")["ok"]
    assert telegram.call("getUpdates")["result"] == []


def test_no_text_and_no_token_is_noted_of_a_call(telegram: TelegramServer) -> None:
    send(telegram, "segredo 123")
    assert set(telegram.calls()[-1]) == {"method", "bot", "chat", "status", "at"}
    assert TOKEN not in str(telegram.calls())


def test_guide_names_every_method_and_every_control_request() -> None:
    guide = (ROOT / "sandbox" / "README.md").read_text(encoding="utf-8")
    assert [
        method for method in METHODS if f" {method}," not in guide.lower() and f" {method} " not in guide.lower()
    ] == []
    routes = {f"{route.method} {route.path}" for route in Control(World(Options())).routes()}
    assert sorted(route for route in routes if f"`{route}" not in guide) == []


def start_program(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_program_prints_its_address_first_and_stops_at_once() -> None:
    with start_program(
        "telegram", "--port", "0", "--user-id", "1000", "1001", "--user-id", "1002", "--limits"
    ) as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        people = requests.get(f"{url}/_control/people", timeout=10).json()
        limits = requests.get(f"{url}/_control/limits", timeout=10).json()
        poll = threading.Thread(target=lambda: hang(f"{url}/bot{TOKEN}/getUpdates?timeout=40"))
        poll.start()
        program.send_signal(signal.SIGTERM)
        rest, errors = program.communicate(timeout=10)
        poll.join(10)
    assert [person["id"] for person in people] == [1000, 1001, 1002]
    assert limits["enabled"] is True
    assert [person["first_name"] for person in people] == ["Ana", "Bruno", "Carla"]
    assert (program.returncode, rest, errors) == (0, "", "")


def hang(url: str) -> None:
    """A long poll that the end of the server cuts."""
    try:
        requests.get(url, timeout=30)
    except requests.exceptions.ConnectionError:
        return


def test_taken_port_is_one_line_and_status_1(telegram: TelegramServer) -> None:
    port = telegram.url.rsplit(":", 1)[1]
    with start_program("telegram", "--port", port) as program:
        out, errors = program.communicate(timeout=20)
    assert (program.returncode, out) == (1, "")
    assert errors.count("\n") == 1
    assert port in errors


def test_no_server_chosen_shows_the_usage() -> None:
    with start_program() as program:
        _, errors = program.communicate(timeout=20)
    assert program.returncode == 2
    assert "telegram" in errors
    assert "pluggy" in errors
