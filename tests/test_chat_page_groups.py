"""Several people and a group in the chat page, in a real browser; a link to the bot opens the private chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import PATIENCE_MS, needs_browser, open_chat, phone, write
from tests.telegram_server import ANA, TelegramServer

Json = dict[str, Any]
pytest_plugins = ("tests.browser_fixtures",)
pytestmark = needs_browser


@pytest.fixture
def telegram(shared_telegram: TelegramServer) -> TelegramServer:
    shared_telegram.reset()
    shared_telegram.call("getMe")
    return shared_telegram


@pytest.fixture
def open_page(browser: Browser, telegram: TelegramServer) -> Iterator[Callable[[str], Page]]:
    """The chat at an address; whatever asks for a name gets one."""
    context = phone(browser)

    def open_it(query: str = "") -> Page:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("dialog", lambda dialog: dialog.accept("Bruno" if "chama" in dialog.message else "Casa"))
        return open_chat(page, f"{telegram.url}/{query}")

    yield open_it
    context.close()


def said(telegram: TelegramServer, chat: int) -> list[str]:
    return [one["text"] for one in telegram.messages(chat) if not one["from_bot"] and one["text"]]


def choose(page: Page, entry: str) -> None:
    page.get_by_role("button", name="Mais opções").click()
    page.get_by_role("menuitem", name=entry).click()


def test_people_and_a_group_are_made_in_the_page(telegram: TelegramServer, open_page: Callable[[str], Page]) -> None:
    page = open_page("")
    choose(page, "Nova pessoa")
    page.wait_for_url("**/?user=*")
    bruno = next(one["id"] for one in telegram.get("/people") if one["first_name"] == "Bruno")
    choose(page, "Novo grupo com todos")
    page.wait_for_url("**chat=-*")
    expect(page.get_by_role("heading", name="Casa").first).to_be_visible()
    (group,) = telegram.get("")["groups"]
    assert group["members"] == [bruno, ANA]
    write(page, "/familia")
    telegram.wait_until(group["id"], lambda _: said(telegram, group["id"]) == ["/familia"])
    choose(page, "Virar supergrupo")
    page.wait_for_url("**chat=-100*")
    expect(page.get_by_text("Este supergrupo era um grupo")).to_be_visible()
    choose(page, "Tirar o bot do grupo")
    expect(page.get_by_text("Alguém saiu do grupo")).to_be_visible()
    assert [one["without"] for one in telegram.get("")["groups"]] == [[1000000001], [1000000001]]


def test_a_link_to_the_bot_opens_the_private_chat(telegram: TelegramServer, open_page: Callable[[str], Page]) -> None:
    name = telegram.get("")["bots"][0]["username"]
    page = open_page("")
    telegram.call("sendMessage", chat_id=ANA, text=f"https://t.me/{name}?start=f_abc-D_1")
    page.get_by_role("link", name=f"https://t.me/{name}?start=f_abc-D_1").click()
    telegram.wait_until(ANA, lambda _: said(telegram, ANA) == ["/start f_abc-D_1"])


def test_from_a_group_and_from_outside_it_is_said_once(
    telegram: TelegramServer, open_page: Callable[[str], Page]
) -> None:
    name, group = telegram.get("")["bots"][0]["username"], telegram.add_group(ANA)
    page = open_page(f"?user={ANA}&chat={group}")
    telegram.call("sendMessage", chat_id=group, text=f"https://t.me/{name}?start=grupo")
    page.get_by_role("link", name="start=grupo").click()
    telegram.wait_until(ANA, lambda _: said(telegram, ANA) == ["/start grupo"])
    page.wait_for_url(lambda url: "start" not in url)
    page.reload()
    expect(page.get_by_text("/start grupo")).to_be_visible()
    assert said(telegram, ANA) == ["/start grupo"]
    assert said(telegram, group) == []
