"""What a bot hears from the local Telegram: shapes, order, polling, and what people can do to it."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
import requests

from sandbox.telegram_api.updates import UpdateQueue
from tests.aiogram_reads import read_as
from tests.telegram_server import ANA, TOKEN, TelegramServer, start_telegram

Json = dict[str, Any]
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
OLD_QUERY = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
def telegram(shared_telegram: TelegramServer) -> TelegramServer:
    shared_telegram.reset()
    shared_telegram.call("getUpdates", allowed_updates=[])
    return shared_telegram


def updates(telegram: TelegramServer, **params: Any) -> list[Json]:
    answer = telegram.call("getUpdates", **params)
    assert answer["ok"], answer
    found: list[Json] = answer["result"]
    for update in found:
        read_as("Update", update)
    return found


def texts(found: list[Json]) -> list[str]:
    return [update["message"]["text"] for update in found]


def with_button(telegram: TelegramServer, data: str = "a:1", text: str = "Aqui") -> int:
    markup = {"inline_keyboard": [[{"text": text, "callback_data": data}]]}
    sent = telegram.call("sendMessage", chat_id=ANA, text="toque", reply_markup=markup)["result"]
    return int(sent["message_id"])


# --- polling ---


def test_update_stays_until_a_later_offset_confirms_it(telegram: TelegramServer) -> None:
    telegram.send_text(ANA, "um")
    telegram.send_text(ANA, "dois")
    first = updates(telegram)
    assert texts(first) == ["um", "dois"]
    assert updates(telegram) == first
    assert texts(updates(telegram, offset=first[1]["update_id"])) == ["dois"]
    assert updates(telegram, offset=first[1]["update_id"] + 1) == []


def test_limit_and_negative_offset(telegram: TelegramServer) -> None:
    for text in ("um", "dois", "três"):
        telegram.send_text(ANA, text)
    assert texts(updates(telegram, limit=2)) == ["um", "dois"]
    assert texts(updates(telegram, offset=-1)) == ["três"]


def test_long_poll_ends_when_somebody_writes(telegram: TelegramServer) -> None:
    found: list[Json] = []
    poll = threading.Thread(target=lambda: found.extend(updates(telegram, timeout=20)))
    poll.start()
    telegram.send_text(ANA, "oi")
    poll.join(10)
    assert texts(found) == ["oi"]


async def test_update_that_comes_in_the_moment_a_poll_begins_ends_it() -> None:
    queue = UpdateQueue()
    poll = asyncio.create_task(queue.poll(0, 100, 50))
    await asyncio.sleep(0)  # one turn of the loop: the poll has looked, and only begins to wait
    queue.push("message", {"text": "oi"})
    async with asyncio.timeout(5):
        assert [update["message"]["text"] for update in await poll] == ["oi"]


def test_abandoned_poll_loses_nothing(telegram: TelegramServer) -> None:
    url = f"{telegram.url}/bot{TOKEN}/getUpdates"
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(url, {"timeout": 20}, timeout=0.2)
    telegram.send_text(ANA, "oi")
    assert texts(updates(telegram)) == ["oi"]


def test_second_poller_ends_the_first_with_a_conflict(telegram: TelegramServer) -> None:
    answers: list[Json] = []
    first = threading.Thread(target=lambda: answers.append(telegram.call("getUpdates", timeout=20)))
    first.start()
    deadline = time.monotonic() + 10
    while not answers and time.monotonic() < deadline:
        requests.get(f"{telegram.url}/bot{TOKEN}/getUpdates", timeout=10)
    first.join(10)
    assert answers == [{"ok": False, "error_code": 409, "description": CONFLICT}]


def test_only_allowed_kinds_arrive(telegram: TelegramServer) -> None:
    updates(telegram, allowed_updates=["callback_query"])
    telegram.send_text(ANA, "calada")
    telegram.press(ANA, with_button(telegram), "Aqui")
    assert [set(update) - {"update_id"} for update in updates(telegram)] == [{"callback_query"}]
    info = telegram.call("getWebhookInfo")["result"]
    read_as("WebhookInfo", info)
    assert info["allowed_updates"] == ["callback_query"]
    assert info["pending_update_count"] == 1


def test_dropping_pending_updates(telegram: TelegramServer) -> None:
    telegram.send_text(ANA, "velha")
    assert telegram.call("deleteWebhook", drop_pending_updates=True)["ok"]
    assert updates(telegram) == []


def test_what_people_write_before_the_bot_waits_for_it() -> None:
    with start_telegram() as telegram:
        telegram.send_text(ANA, "/start")
        assert telegram.get("/messages", chat=ANA)["bot"]["id"] == 0
        assert texts(updates(telegram)) == ["/start"]
        assert telegram.get("/messages", chat=ANA)["bot"]["id"] == 1_000_000_001


def test_each_bot_has_its_own_chats(telegram: TelegramServer) -> None:
    other = f"{telegram.url}/bot55:{'k' * 35}"
    requests.post(f"{other}/sendMessage", json={"chat_id": ANA, "text": "outro"}, timeout=10)
    telegram.post("/send", user=ANA, text="para o outro", bot=55)
    assert updates(telegram) == []
    heard = requests.get(f"{other}/getUpdates", timeout=10).json()["result"]
    assert texts(heard) == ["para o outro"]
    assert telegram.messages(ANA) == []


# --- what people do ---


def test_message_has_the_shape_of_the_real_one(telegram: TelegramServer) -> None:
    telegram.add_user(2000, "Bruno", username="bruno_l", last_name="Lima", language_code="en")
    telegram.send_text(2000, "/start com 😀 /ajuda")
    message = updates(telegram)[-1]["message"]
    assert message["from"] == {
        "id": 2000,
        "is_bot": False,
        "first_name": "Bruno",
        "last_name": "Lima",
        "username": "bruno_l",
        "language_code": "en",
    }
    assert message["chat"]["type"] == "private"
    assert abs(message["date"] - time.time()) < 60
    assert message["entities"] == [
        {"type": "bot_command", "offset": 0, "length": 6},
        {"type": "bot_command", "offset": 14, "length": 6},
    ]


def test_edit_by_a_person_is_told_and_deletion_is_not(telegram: TelegramServer) -> None:
    number = telegram.send_text(ANA, "um")["message_id"]
    telegram.edit_text(ANA, number, "dois")
    telegram.delete_text(ANA, number)
    kinds = [set(update) - {"update_id"} for update in updates(telegram)]
    assert kinds == [{"message"}, {"edited_message"}]
    edited = updates(telegram)[1]["edited_message"]
    assert (edited["text"], edited["message_id"]) == ("dois", number)
    assert edited["edit_date"] >= edited["date"]
    assert telegram.messages(ANA) == []


def test_reply_carries_the_message_it_answers(telegram: TelegramServer) -> None:
    number = with_button(telegram)
    telegram.send_text(ANA, "respondo", reply_to=number)
    replied = updates(telegram)[-1]["message"]["reply_to_message"]
    assert (replied["message_id"], replied["text"], replied["from"]["is_bot"]) == (number, "toque", True)


def test_pressed_button_carries_the_whole_message(telegram: TelegramServer) -> None:
    number = with_button(telegram)
    query_id = telegram.press(ANA, number, "Aqui")
    query = updates(telegram)[-1]["callback_query"]
    assert (query["id"], query["data"], query["from"]["id"]) == (query_id, "a:1", ANA)
    assert query["message"]["message_id"] == number
    assert query["message"]["date"] > 0
    assert query["message"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "a:1"
    assert query["chat_instance"]


def test_button_can_be_forged_old_or_of_a_deleted_message(telegram: TelegramServer) -> None:
    number = with_button(telegram)
    telegram.call("editMessageText", chat_id=ANA, message_id=number, text="sem botões")
    telegram.press(ANA, number, data="forjado")
    telegram.call("deleteMessage", chat_id=ANA, message_id=number)
    telegram.press(ANA, number, data="tarde")
    first, second = (update["callback_query"] for update in updates(telegram))
    assert (first["data"], first["message"]["text"]) == ("forjado", "sem botões")
    assert second["message"] == {"chat": second["message"]["chat"], "message_id": number, "date": 0}
    refusal = requests.post(
        f"{telegram.url}/_control/press", json={"user": ANA, "message_id": number, "text": "Aqui"}, timeout=10
    )
    assert refusal.status_code == 404


def test_button_is_answered_once_and_not_too_late(telegram: TelegramServer) -> None:
    number = with_button(telegram)
    query_id = telegram.press(ANA, number, "Aqui")
    assert not telegram.callback(query_id)["answered"]
    assert telegram.call("answerCallbackQuery", callback_query_id=query_id, text="ok", show_alert=True)["ok"]
    assert telegram.wait_for_answer(query_id)["text"] == "ok"
    assert telegram.call("answerCallbackQuery", callback_query_id=query_id)["description"] == OLD_QUERY
    late = telegram.press(ANA, number, "Aqui")
    telegram.advance(61)
    assert telegram.call("answerCallbackQuery", callback_query_id=late)["description"] == OLD_QUERY
    long = telegram.press(ANA, number, "Aqui")
    assert telegram.call("answerCallbackQuery", callback_query_id=long, text="x" * 201)["error_code"] == 400


def test_person_who_blocks_the_bot(telegram: TelegramServer) -> None:
    telegram.block(ANA)
    change = updates(telegram)[-1]["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    for method, params in (("sendMessage", {"text": "x"}), ("sendChatAction", {"action": "typing"})):
        answer = telegram.call(method, chat_id=ANA, **params)
        assert answer["description"] == "Forbidden: bot was blocked by the user"
    telegram.unblock(ANA)
    assert telegram.call("sendMessage", chat_id=ANA, text="x")["ok"]
    assert updates(telegram)[-1]["my_chat_member"]["new_chat_member"]["status"] == "member"


# --- groups ---


def test_bot_in_a_group_hears_what_is_meant_for_it(telegram: TelegramServer) -> None:
    bruno = telegram.add_user()
    group = telegram.add_group(ANA, bruno)
    me = telegram.call("getMe")["result"]["username"]
    said = ["conversa", "/saldo", f"/saldo@{me}", "/saldo@outro_bot", f"oi @{me}"]
    for text in said:
        telegram.send_text(bruno, text, chat=group)
    own = telegram.call("sendMessage", chat_id=group, text="Fale comigo no privado.")["result"]["message_id"]
    telegram.send_text(ANA, "está bem", chat=group, reply_to=own)
    found = updates(telegram)
    assert found[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert found[1]["message"]["group_chat_created"] is True
    assert texts(found[2:]) == ["/saldo", f"/saldo@{me}", f"oi @{me}", "está bem"]
    assert {update["message"]["chat"]["type"] for update in found[2:]} == {"group"}
    assert len(telegram.messages(group)) == 8


def test_bot_deletes_only_its_own_words_in_a_group(telegram: TelegramServer) -> None:
    group = telegram.add_group(ANA)
    theirs = telegram.send_text(ANA, "/saldo", chat=group)["message_id"]
    answer = telegram.call("deleteMessage", chat_id=group, message_id=theirs)
    assert answer["description"] == "Bad Request: message can't be deleted"


def test_stranger_to_a_group_cannot_speak_there(telegram: TelegramServer) -> None:
    group, bruno = telegram.add_group(ANA), telegram.add_user()
    refusal = requests.post(
        f"{telegram.url}/_control/send", json={"user": bruno, "chat": group, "text": "x"}, timeout=10
    )
    assert refusal.status_code == 403


def test_chats_and_members_have_the_real_shapes(telegram: TelegramServer) -> None:
    group = telegram.add_group(ANA)
    for chat in (ANA, group):
        read_as("ChatFullInfo", telegram.call("getChat", chat_id=chat)["result"])
    read_as("User", telegram.call("getMe")["result"])
    member = telegram.call("getChatMember", chat_id=group, user_id=ANA)["result"]
    assert (member["status"], member["user"]["id"]) == ("member", ANA)
    number = telegram.call("sendMessage", chat_id=ANA, text="fixa")["result"]["message_id"]
    assert telegram.call("pinChatMessage", chat_id=ANA, message_id=number)["ok"]
    pinned = telegram.call("getChat", chat_id=ANA)["result"]["pinned_message"]
    assert read_as("Message", pinned).text == "fixa"


def test_copy_and_forward_bring_the_content(telegram: TelegramServer) -> None:
    number = with_button(telegram)
    group = telegram.add_group(ANA)
    copied = telegram.call("copyMessage", chat_id=group, from_chat_id=ANA, message_id=number)["result"]
    assert set(copied) == {"message_id"}
    forwarded = telegram.call("forwardMessage", chat_id=group, from_chat_id=ANA, message_id=number)["result"]
    read_as("Message", forwarded)
    assert (forwarded["text"], "reply_markup" in forwarded) == ("toque", False)
