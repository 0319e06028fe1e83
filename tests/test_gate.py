"""Who may use the bot, and where: a stranger is told the own id and nothing else, a group is sent to the private chat."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from gerente_financeiro.config import BotSettings
from gerente_financeiro.gate import STRANGERS_REMEMBERED, Gate
from tests.bot_app import BRUNO, Chat, RunningBot, posts, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

Json = dict[str, Any]
CANARY = "um-texto-que-ninguem-guarda"
PRIVATE = "Fale comigo no privado."


def refusal(person: int) -> str:
    return f"Este bot é particular. Seu id é {person}: envie para quem administra."


@pytest.fixture
def anas_bot(telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock) -> Any:
    """The bot of Ana and nobody else."""
    with running_bot(telegram, pluggy, sqlite_url, clock, allowed=[ANA]) as running:
        yield running


@pytest.fixture
def bruno(telegram: TelegramServer) -> Chat:
    """The chat of a stranger."""
    return Chat(telegram, BRUNO)


def texts(chat: Chat) -> list[str]:
    """What the bot has said in a chat."""
    return [message["text"] for message in chat.messages() if message["from_bot"]]


def until_all_was_read(chat: Chat, clock: ManualClock) -> None:
    """One person's updates are served in order: when the answer of a day later is there, all before it were dealt with."""
    told = len(texts(chat))
    clock.advance(days=1)
    chat.write("um dia depois")
    chat.telegram.wait_until(
        chat.user_id, lambda standing: sum(message["from_bot"] for message in standing) == told + 1
    )


# --- strangers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [[ANA], []], ids=["Ana is allowed", "nobody is allowed"])
def test_a_stranger_is_told_the_own_id_once_a_day_and_nothing_else(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, bruno: Chat, allowed: list[int]
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock, allowed=allowed):
        for text in (
            "/start",
            "oi",
            "/conectar_banco",
            "/saldo",
            "/extrato",
            "/desconectar_banco",
            "/nada",
            "52998224725",
        ):
            bruno.write(text)
        bruno.sees(refusal(BRUNO))
        until_all_was_read(bruno, clock)
        assert texts(bruno) == [refusal(BRUNO)] * 2
        assert not any(message["buttons"] for message in bruno.messages())
    assert [one["path"] for one in pluggy.requests() if one["path"] != "/auth"] == []


def test_nothing_a_stranger_writes_is_kept(
    anas_bot: RunningBot, bruno: Chat, clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="gerente_financeiro")
    message = bruno.write(CANARY)
    bruno.telegram.edit_text(BRUNO, message["message_id"], f"{CANARY} editado")
    bruno.write(f"/conectar_banco {CANARY}")
    until_all_was_read(bruno, clock)
    context = anas_bot.context
    assert context.conversations.find(BRUNO) is None
    assert not context.vault.is_recent(BRUNO)
    assert anas_bot.application.user_data.get(BRUNO, {}) == {}
    anas_bot.stop()
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert kept == []
    assert CANARY not in caplog.text
    assert str(BRUNO) not in caplog.text


def test_a_button_pressed_by_a_stranger_does_nothing(
    anas_bot: RunningBot, ana: Chat, bruno: Chat, telegram: TelegramServer, clock: ManualClock, pluggy: PluggyServer
) -> None:
    """Say somebody who was taken off the list: the buttons of the chat are still there. They stop spinning, no more."""
    ana.write("/start")
    ana.sees("Olá, Ana!")
    shown = telegram.call("sendMessage", chat_id=BRUNO, text="um botão de outro tempo")["result"]
    verbs = ("conectar", "saldo", "extrato", "cn_bank:219", "cn_yes:219", "policy", "x" * 64)
    for query in [telegram.press(BRUNO, shown["message_id"], data=data) for data in verbs]:
        answer = telegram.wait_for_answer(query)
        assert (answer["text"] or "", answer["show_alert"], answer["url"] or "") == ("", False, "")
    bruno.sees(refusal(BRUNO))
    until_all_was_read(bruno, clock)
    assert texts(bruno) == ["um botão de outro tempo", refusal(BRUNO), refusal(BRUNO)]
    assert anas_bot.context.conversations.find(BRUNO) is None
    assert posts(pluggy) == 0


@pytest.mark.parametrize(
    "fault",
    [{"status": 403}, {"status": 400}, {"status": 500}],
    ids=["blocked", "refused", "out of order"],
)
def test_a_stranger_who_cannot_be_told_is_let_through_no_more_than_any_other(
    anas_bot: RunningBot, bruno: Chat, telegram: TelegramServer, clock: ManualClock, fault: Json
) -> None:
    wait_until(lambda: anas_bot.application.running)
    shown = telegram.call("sendMessage", chat_id=BRUNO, text=refusal(BRUNO))["result"]
    telegram.add_fault("answerCallbackQuery", **fault)
    telegram.add_fault("sendMessage", **fault)
    telegram.press(BRUNO, shown["message_id"], data="saldo")
    wait_until(lambda: telegram.get("/faults") == [])
    until_all_was_read(bruno, clock)
    assert set(texts(bruno)) == {refusal(BRUNO)}


def test_a_crowd_of_strangers_takes_bounded_memory(clock: ManualClock) -> None:
    gate = Gate(BotSettings("1000000001:a-token-of-the-right-shape"))
    for stranger in range(STRANGERS_REMEMBERED + 10):
        assert gate._is_news(stranger, clock.now())
    assert not gate._is_news(STRANGERS_REMEMBERED, clock.now())
    assert len(gate._told) == STRANGERS_REMEMBERED


def test_who_is_allowed_is_served_while_strangers_knock(
    anas_bot: RunningBot, ana: Chat, telegram: TelegramServer, clock: ManualClock
) -> None:
    strangers = [Chat(telegram, telegram.add_user(number, f"Pessoa {number}")) for number in range(3000, 3020)]
    for stranger in strangers:
        stranger.write("/saldo")
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    for stranger in strangers:
        stranger.sees(refusal(stranger.user_id))


# --- groups and what is no message ---------------------------------------------------------------------------------


def test_a_group_is_sent_to_the_private_chat(bot: RunningBot, telegram: TelegramServer, ana: Chat) -> None:
    group = telegram.add_group(ANA, BRUNO)
    for text in ("/saldo", "minha senha é 123", "/conectar_banco", f"{CANARY}", "/desconhecido", "/extrato"):
        telegram.send_text(ANA, text, chat=group)
    telegram.send_text(BRUNO, "/start", chat=group)
    telegram.wait_until(group, lambda standing: sum(message["from_bot"] for message in standing) == 4)
    ana.write("/ajuda")
    ana.sees("Ver dinheiro")
    assert [message["text"] for message in telegram.from_bot(group)] == [PRIVATE] * 4
    assert bot.context.conversations.find(ANA) is None


def test_a_stranger_in_a_group_is_told_nothing_in_public(
    anas_bot: RunningBot, telegram: TelegramServer, clock: ManualClock, bruno: Chat
) -> None:
    group = telegram.add_group(ANA, BRUNO)
    telegram.send_text(BRUNO, "/saldo", chat=group)
    until_all_was_read(bruno, clock)
    assert telegram.from_bot(group) == []


SENDER = {"id": ANA, "is_bot": False, "first_name": "Ana"}
PRIVATE_CHAT = {"id": ANA, "type": "private", "first_name": "Ana"}
CHANNEL = {"id": -1001, "type": "channel", "title": "Canal"}
POST = {"message_id": 1, "date": 1, "chat": CHANNEL, "text": "/saldo"}
QUERY = {"id": "1", "from": SENDER, "chat_instance": "x", "data": "saldo"}
POLL = ("is_closed", "is_anonymous", "type", "allows_multiple_answers", "allows_revoting", "members_only")
#: Updates that a bot may be sent whatever it asks for, or that no message of ours can have caused.
ODD: dict[str, Json] = {
    "a channel post": {"channel_post": POST},
    "an edited channel post": {"edited_channel_post": POST | {"edit_date": 2}},
    "an inline query": {"inline_query": {"id": "1", "from": SENDER, "query": "saldo", "offset": ""}},
    "a chosen inline result": {"chosen_inline_result": {"result_id": "1", "from": SENDER, "query": "saldo"}},
    "a button of an inline message": {"callback_query": QUERY | {"inline_message_id": "1"}},
    "a button of a group": {"callback_query": QUERY | {"message": {"message_id": 1, "date": 1, "chat": CHANNEL}}},
    "a button without data": {
        "callback_query": {"id": "1", "from": SENDER, "chat_instance": "x", "game_short_name": "x"}
    },
    "a button of a message too old to be shown": {
        "callback_query": QUERY | {"data": "cn_stop", "message": {"message_id": 1, "date": 0, "chat": PRIVATE_CHAT}}
    },
    "an anonymous group message": {
        "message": {
            "message_id": 1,
            "date": 1,
            "chat": {"id": -5, "type": "group", "title": "G"},
            "sender_chat": CHANNEL,
        }
    },
    "somebody joined": {
        "message": {
            "message_id": 1,
            "date": 1,
            "chat": {"id": -5, "type": "group", "title": "G"},
            "from": SENDER,
            "new_chat_members": [SENDER],
        }
    },
    "a pinned message": {
        "message": {"message_id": 2, "date": 1, "chat": PRIVATE_CHAT, "from": SENDER, "pinned_message": POST}
    },
    "an edited command": {
        "edited_message": {
            "message_id": 999,
            "date": 1,
            "edit_date": 2,
            "chat": PRIVATE_CHAT,
            "from": SENDER,
            "text": "/saldo",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        }
    },
    "a poll": {
        "poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0, **dict.fromkeys(POLL, True)}
    },
    "nothing at all": {},
}


@pytest.mark.parametrize("allowed", [None, [ANA], [BRUNO]], ids=["everybody", "Ana", "Bruno"])
def test_odd_updates_are_harmless(
    telegram: TelegramServer,
    pluggy: PluggyServer,
    sqlite_url: str,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    allowed: list[int] | None,
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock, allowed=allowed) as bot:
        wait_until(lambda: bot.application.running)
        for number, update in enumerate(ODD.values(), start=1):
            bot.receive({"update_id": 1_000_000 + number, **update})
        wait_until(lambda: bot.application.update_queue.empty() and len(bot.context.locks) == 0)
        friend = Chat(telegram, BRUNO if allowed == [BRUNO] else ANA)
        friend.write("/ajuda")
        friend.sees("Ver dinheiro")
    assert telegram.calls("sendMessage") == [call for call in telegram.calls("sendMessage") if call["status"] == 200]
    assert len(texts(friend)) == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
