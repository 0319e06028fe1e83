"""The secure screen walked in a browser: the chat, the Mini App, Pluggy Connect, and back to the chat.

With REFRESH_SCREENSHOTS=1 (``make screenshots``) it also writes the README's picture.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from open_finance.clock import SystemClock
from tests.bot_app import RunningBot
from tests.bot_log import logging_to
from tests.canaries import MARK, find_secrets
from tests.chromium import needs_browser, newest, open_chat, phone, write
from tests.clocks import ManualClock
from tests.pictures import shrink
from tests.pluggy_server import PluggyServer, start_pluggy, wait_until
from tests.public_bot import public_bot
from tests.telegram_server import ANA, TelegramServer, start_telegram, transcript

pytest_plugins = ("tests.browser_fixtures",)
pytestmark = needs_browser
IMAGES = Path(__file__).resolve().parent.parent / "docs" / "img"
TAKES_PICTURES = bool(os.environ.get("REFRESH_SCREENSHOTS"))
USER = "12345678900"
PASSWORD = f"Senha-{MARK}-1"
CPF = "529.982.247-25"


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with start_telegram(allow_loopback=True) as server:
        yield server


@pytest.fixture
def pluggy() -> Iterator[PluggyServer]:
    with start_pluggy(speed=50) as server:
        yield server


@pytest.fixture
def log() -> Iterator[StringIO]:
    with logging_to(StringIO(), "DEBUG", ()) as stream:
        yield stream


@pytest.fixture
def clock() -> ManualClock:
    """Telegram signs with the time of day, so the bot's stands there, too."""
    return ManualClock(SystemClock().now())


@pytest.fixture
def bot(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, log: StringIO
) -> Iterator[RunningBot]:
    with public_bot(telegram, pluggy, sqlite_url, clock) as running:
        yield running


@pytest.fixture
def page(telegram: TelegramServer, bot: RunningBot, browser: Browser) -> Iterator[Page]:
    """Ana's phone; at the end nothing may have failed in a page."""
    context, problems = phone(browser), list[str]()
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    yield open_chat(page, telegram.url)
    context.close()
    assert problems == []


@pytest.fixture(autouse=True)
def nothing_leaks(telegram: TelegramServer, bot: RunningBot, log: StringIO, sqlite_url: str) -> Iterator[None]:
    """No password in any message, deleted ones too, in the log, or in the database."""
    yield
    bot.stop()
    assert PASSWORD not in transcript(telegram.messages(ANA, deleted=True))
    assert find_secrets(log.getvalue().encode()) == []
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    for path in folder.glob("*.db*"):
        assert MARK.encode() not in path.read_bytes()


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label).last.click()


def choose(page: Page, bank: str, door: str) -> None:
    """From /conectar_banco to what the door offers."""
    write(page, "/conectar_banco")
    press(page, bank)
    press(page, door)
    press(page, "Autorizo")


def app(page: Page) -> FrameLocator:
    return page.frame_locator("#app iframe")


def log_in(page: Page, password: str = PASSWORD) -> None:
    """The bank's data, given to Pluggy Connect."""
    fields = app(page).locator("form input")
    fields.nth(0).fill(USER)
    fields.nth(1).fill(password)
    app(page).get_by_role("button", name="Continuar").click()


def is_settled(bot: RunningBot, clock: ManualClock) -> bool:
    """Whether the bot has followed a flow that it did not begin to its end; seconds pass meanwhile."""
    clock.advance(1)
    [connection] = bot.core.connector.list_connections(ANA)
    return connection["settled_at"] is not None


def is_refused(bot: RunningBot, connection_id: int) -> bool:
    """Whether the bank, once it was read again, takes the password no more."""
    bot.core.synchronizer.sync_connection(user_id=ANA, connection_id=connection_id)
    [connection] = bot.core.connector.list_connections(ANA)
    return connection["trouble_code"] is not None


def picture(page: Page, name: str) -> None:
    if TAKES_PICTURES:
        (IMAGES / name).write_bytes(shrink(page.screenshot()))


def chat_shows(page: Page, words: str) -> None:
    expect(page.get_by_text(words).last).to_be_visible()


def test_a_password_goes_to_pluggy_and_the_chat_shows_the_accounts(page: Page) -> None:
    choose(page, "Itaú", "Usuário e senha")
    chat_shows(page, "A senha vai direto para a Pluggy")
    press(page, "Abrir tela segura")
    expect(app(page).get_by_role("button", name="Continuar")).to_be_visible()
    expect(page.locator("#app")).not_to_have_attribute("aria-busy", "true")
    wait_until(lambda: page.evaluate("document.getAnimations().every((one) => one.playState !== 'running')"))
    picture(page, "tela-segura.png")
    log_in(page)
    expect(page.locator("#app")).to_be_hidden()
    chat_shows(page, "✅ Itaú conectado")
    chat_shows(page, "Conta corrente")


def test_a_wrong_password_is_corrected_in_the_widget(page: Page, pluggy: PluggyServer) -> None:
    pluggy.change_password(USER, PASSWORD)
    choose(page, "Itaú", "Usuário e senha")
    press(page, "Abrir tela segura")
    log_in(page, f"{PASSWORD}-errada")
    retry = app(page).get_by_role("button", name=re.compile("Corrigir|Tentar de novo|Digitar de novo"))
    expect(retry).to_be_visible()
    retry.click()
    log_in(page)
    chat_shows(page, "✅ Itaú conectado")
    assert len(pluggy.items()) == 1


def test_an_open_finance_bank_leaves_the_page_by_open_link(page: Page, pluggy: PluggyServer) -> None:
    choose(page, "Nubank", "Open Finance (recomendado)")
    press(page, "Usar tela segura")
    app(page).locator("form input").first.fill(CPF)
    app(page).get_by_role("button", name="Continuar").click()
    with page.context.expect_page() as opened:
        app(page).get_by_role("button", name="Ir para o banco").click()
    bank = opened.value
    bank.get_by_role("button", name=re.compile("Autorizar|Aprovar|Compartilhar", re.IGNORECASE)).first.click()
    bank.wait_for_load_state()
    bank.close()
    expect(page.locator("#app")).to_be_hidden()
    chat_shows(page, "✅ Nubank conectado")


def test_a_changed_password_is_given_in_update_mode(
    page: Page, bot: RunningBot, pluggy: PluggyServer, clock: ManualClock
) -> None:
    connector = bot.core.connector
    bot.core.alert_book.change(ANA, banks=False)  # a reminder, which comes by day, has a button of that name
    connection = connector.start_connection(
        user_id=ANA, connector_id=201, credentials={"user": USER, "password": "a-velha"}
    )
    wait_until(lambda: is_settled(bot, clock), every=0.1)
    chat_shows(page, "✅ Itaú conectado")
    pluggy.change_password(USER, PASSWORD)
    pluggy.advance(hours=25)
    wait_until(lambda: is_refused(bot, connection["id"]), every=0.1)
    write(page, "/minhas_contas")
    press(page, "Itaú ⚠️")
    press(page, "Informar nova senha")
    expect(newest(page)).to_contain_text("entrar de novo")
    newest(page).get_by_role("button", name="🔒 Informar nova senha").click()  # the one above it bears the same name
    log_in(page)
    expect(page.locator("#app")).to_be_hidden()
    chat_shows(page, "✅ Itaú renovado")
    assert [item["id"] for item in pluggy.items()] == [connection["item_id"]]


def test_a_page_closed_in_the_middle_leaves_the_chat_to_go_on(page: Page, pluggy: PluggyServer) -> None:
    choose(page, "Itaú", "Usuário e senha")
    press(page, "Abrir tela segura")
    page.route(f"{pluggy.url}/items/*", lambda _: None)  # the widget hears no more of it: the middle lasts
    log_in(page)
    wait_until(pluggy.items)
    app(page).get_by_text("Só um momento").wait_for()
    page.get_by_role("button", name="Fechar").first.click()
    chat_shows(page, "✅ Itaú conectado")


def test_outside_telegram_one_sentence_says_where_to_go(page: Page, bot: RunningBot) -> None:
    page.goto(f"{bot.url}/tela?p=1")
    expect(page.get_by_role("heading", name="Abra pelo Telegram")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("dentro do Telegram")
    page.goto(f"{bot.url}/tela/volta")
    expect(page.get_by_role("heading", name="Volte ao Telegram")).to_be_visible()


def test_an_order_that_is_over_says_so(page: Page, bot: RunningBot) -> None:
    choose(page, "Itaú", "Usuário e senha")
    chat_shows(page, "A senha vai direto para a Pluggy")
    (conversation,) = list(bot.context.conversations)
    bot.core.connector.close_intent(ANA, conversation.intent_id or 0)
    press(page, "Abrir tela segura")
    expect(app(page).get_by_role("heading", name="Não deu para abrir")).to_be_visible()
    expect(app(page).get_by_role("status")).to_contain_text("Esse pedido já terminou")
    app(page).get_by_role("button", name="Voltar à conversa").click()
    expect(page.locator("#app")).to_be_hidden()


@pytest.mark.parametrize(
    ("address", "heading"),
    [("**/pluggy-connect.js", "A tela não carregou"), ("**/tela/abrir", "Sem conexão")],
)
def test_what_does_not_load_is_said_with_a_way_on(page: Page, address: str, heading: str) -> None:
    choose(page, "Itaú", "Usuário e senha")
    page.route(address, lambda route: route.abort())
    press(page, "Abrir tela segura")
    expect(app(page).get_by_role("heading", name=heading)).to_be_visible()
    page.unroute(address)
    app(page).get_by_role("button", name="Tentar de novo").click()
    expect(app(page).get_by_role("button", name="Continuar")).to_be_visible()
