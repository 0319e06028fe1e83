"""/previsao and /patrimonio on a phone: the days to come, and those that were, and what can be spent today.

With REFRESH_SCREENSHOTS=1 (``make screenshots``) it also writes the pictures of docs/img.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bot_app import RunningBot, running_bot
from tests.chromium import launch_chromium, needs_browser, newest, open_chat, phone, write
from tests.clocks import ManualClock
from tests.pluggy_server import start_pluggy
from tests.telegram_server import TelegramServer, start_telegram
from tests.test_spending_browser import IS_NEW, TALL, keep, picture_of

pytestmark = needs_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_chromium() as chromium:
        yield chromium


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with start_telegram(allow_loopback=True) as server:
        yield server


@pytest.fixture
def bot(telegram: TelegramServer, sqlite_url: str, clock: ManualClock) -> Iterator[RunningBot]:
    with start_pluggy(speed=200) as pluggy, running_bot(telegram, pluggy, sqlite_url, clock) as running:
        yield running


@pytest.fixture
def page(telegram: TelegramServer, clock: ManualClock, browser: Browser) -> Iterator[Page]:
    """A newcomer's phone; at the end nothing may have failed in the page."""
    context, problems = phone(browser, size=TALL), list[str]()
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.clock.set_system_time(clock.now())
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield open_chat(page, telegram.url)
    context.close()
    assert problems == []


@pytest.mark.usefixtures("bot")
def test_the_days_to_come_are_drawn_and_what_can_be_spent_is_told(page: Page) -> None:
    write(page, "/demo")
    expect(newest(page)).to_contain_text("A família Jatobá não existe.")
    newest(page).get_by_role("button", name="Previsão").tap()
    message = newest(page)
    expect(message).to_contain_text("Próximos 30 dias (até 23/12)")
    expect(message).to_contain_text("Dia a dia (estimado): -R$")
    seen = picture_of(message)
    keep(page, message, "previsao")
    message.get_by_role("button", name="60 dias").tap()
    expect(message).to_contain_text("Próximos 60 dias")
    page.wait_for_function(IS_NEW, arg=[message.locator("img").element_handle(), [seen]])
    picture_of(message)
    message.get_by_role("button", name="Posso gastar hoje?").tap()
    told = newest(page)
    expect(told).to_contain_text("Hoje você pode gastar R$")
    expect(told.locator("img")).to_have_count(0)
    keep(page, told, "posso-gastar")


@pytest.mark.usefixtures("bot")
def test_what_there_is_is_drawn_over_time_and_its_parts_are_told_below(page: Page) -> None:
    write(page, "/demo")
    expect(newest(page)).to_contain_text("A família Jatobá não existe.")
    newest(page).get_by_role("button", name="Patrimônio").tap()
    message = newest(page)
    expect(message).to_contain_text("Patrimônio: R$")
    expect(message).to_contain_text("Contas e poupança R$")
    expect(message).to_contain_text("Cartões -R$")
    expect(message).to_contain_text("a mais que em 23/10")
    seen = picture_of(message)
    message.get_by_role("button", name="3 meses").tap()
    expect(message.get_by_role("button", name="12 meses")).to_be_visible()
    page.wait_for_function(IS_NEW, arg=[message.locator("img").element_handle(), [seen]])
    picture_of(message)
    keep(page, message, "patrimonio")
