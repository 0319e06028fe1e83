"""Groups of the local Telegram: who comes and goes, the bot taken out, a supergroup. As a bot sees them, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.story import BRUNO
from tests.telegram_server import ANA, TelegramServer, start_telegram

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[TelegramServer]:
    with start_telegram(user_ids=(ANA, BRUNO)) as running:
        yield running


@pytest.fixture
def telegram(server: TelegramServer) -> TelegramServer:
    server.reset()
    server.call("getMe")
    return server


def updates(telegram: TelegramServer) -> list[Json]:
    """What the bot has not read yet."""
    found: list[Json] = telegram.call("getUpdates")["result"]
    if found:
        telegram.call("getUpdates", offset=found[-1]["update_id"] + 1)
    return found


def test_people_come_and_go_and_are_counted_with_the_bot(telegram: TelegramServer) -> None:
    group = telegram.add_group(ANA)
    updates(telegram)
    telegram.change_group("join", group, BRUNO)
    assert [one["message"]["new_chat_members"][0]["id"] for one in updates(telegram)] == [BRUNO]
    assert telegram.call("getChatMemberCount", chat_id=group)["result"] == 3
    telegram.change_group("join", group, BRUNO)
    telegram.change_group("leave", group, BRUNO)
    assert [one["message"]["left_chat_member"]["id"] for one in updates(telegram)] == [BRUNO]
    assert telegram.call("getChatMemberCount", chat_id=group)["result"] == 2
    assert telegram.call("getChatMember", chat_id=group, user_id=BRUNO)["result"]["status"] == "left"


@pytest.mark.parametrize(
    ("group_id", "kind", "gone"), [(-2000, "group", "left"), (-1001234567890, "supergroup", "kicked")]
)
def test_a_bot_that_was_taken_out_is_told_and_hears_no_more(
    telegram: TelegramServer, group_id: int, kind: str, gone: str
) -> None:
    group = telegram.add_group(ANA, group_id=group_id)
    updates(telegram)
    telegram.change_group("remove_bot", group, ANA)
    telegram.send_text(ANA, "/familia", chat=group)
    (told,) = updates(telegram)
    assert told["my_chat_member"]["new_chat_member"]["status"] == gone
    refused = telegram.call("sendMessage", chat_id=group, text="oi")
    assert refused["description"] == f"Forbidden: bot was kicked from the {kind} chat"
    telegram.change_group("put_bot", group, ANA)
    assert [next(key for key in one if key != "update_id") for one in updates(telegram)] == [
        "my_chat_member",
        "message",
    ]
    assert telegram.call("sendMessage", chat_id=group, text="oi")["ok"]


def test_a_group_that_becomes_a_supergroup_has_another_id(telegram: TelegramServer) -> None:
    group = telegram.add_group(ANA, BRUNO)
    updates(telegram)
    new = telegram.change_group("migrate", group, ANA)["id"]
    joined, to, from_ = updates(telegram)
    assert joined["my_chat_member"]["chat"]["id"] == new
    assert (to["message"]["chat"]["id"], to["message"]["migrate_to_chat_id"]) == (group, new)
    assert (from_["message"]["chat"]["id"], from_["message"]["migrate_from_chat_id"]) == (new, group)
    refused = telegram.call("sendMessage", chat_id=group, text="oi")
    assert refused["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert refused["parameters"] == {"migrate_to_chat_id": new}
    assert telegram.call("sendMessage", chat_id=new, text="oi")["result"]["chat"]["type"] == "supergroup"
    with pytest.raises(AssertionError, match="goes on as"):
        telegram.send_text(BRUNO, "/familia", chat=group)
    with pytest.raises(AssertionError, match="already"):
        telegram.change_group("migrate", new, ANA)
    with pytest.raises(AssertionError, match="no such change"):
        telegram.change_group("dissolve", new, ANA)
