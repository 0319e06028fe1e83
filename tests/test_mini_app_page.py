"""A Mini App opened from the chat page in a real browser, and the same page opened on its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from tests.aiogram_reads import is_signed, read_init_data
from tests.chromium import PATIENCE_MS, needs_browser, open_chat, phone
from tests.telegram_server import ANA, TOKEN, TelegramServer, start_telegram
from tests.web_pages import serve_pages

Json = dict[str, Any]
pytest_plugins = ("tests.browser_fixtures",)
pytestmark = needs_browser
PAGE = """<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<script src="SCRIPT"></script>
<style>body { font: 16px sans-serif; background: var(--tg-theme-bg-color, #fff); color: var(--tg-theme-text-color, #000); }
button { display: block; margin: 12px 0; padding: 12px; }</style></head><body>
<h1>Conectar banco</h1><p id="said">nada</p>
<button id="bank">Ir ao banco</button><button id="done">Concluir</button><button id="alert">Avisar</button>
<button id="buttons">Botões</button><button id="evil">Maldade</button><a href="/segunda">Segunda página</a>
<iframe id="inner" srcdoc="<p>dentro</p>" hidden></iframe>
<script>
const app = window.Telegram.WebApp;
const say = (text) => { document.getElementById("said").textContent = text; };
const on = (id, action) => document.getElementById(id).addEventListener("click", () => {
  try { action(); } catch (error) { say(error.message); }
});
app.ready();
on("bank", () => app.openLink(`${location.origin}/banco`));
on("done", () => app.close());
on("alert", () => app.showAlert("Tudo certo?", () => say("aviso lido")));
on("buttons", () => {
  app.MainButton.setText("Continuar").onClick(() => say("principal")).show();
  app.BackButton.onClick(() => say("voltar")).show();
  app.enableClosingConfirmation();
});
on("evil", () => {
  for (const url of ["javascript:document.title='x'", "data:text/html,x"])
    parent.postMessage(JSON.stringify({ eventType: "web_app_open_link", eventData: { url } }), "*");
  parent.postMessage("{", "*");
  parent.postMessage(JSON.stringify({ eventType: "constructor", eventData: null }), "*");
  document.getElementById("inner").contentWindow.eval(
    'top.postMessage(JSON.stringify({ eventType: "web_app_setup_back_button", eventData: { is_visible: true } }), "*")');
  say("tentou");
});
</script></body></html>"""


@pytest.fixture(scope="module")
def telegram() -> Iterator[TelegramServer]:
    with start_telegram(allow_loopback=True) as server:
        server.call("getMe")
        yield server


@pytest.fixture(scope="module")
def app_url(telegram: TelegramServer) -> Iterator[str]:
    page = PAGE.replace("SCRIPT", f"{telegram.url}/telegram-web-app.js")
    with serve_pages({"/app": page, "/segunda": page, "/banco": "<h1>Itaú</h1>"}) as url:
        yield url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = phone(browser, motion="no-preference")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, telegram: TelegramServer) -> Iterator[Page]:
    """The chat page; at the end nothing may have failed in it or in what it frames."""
    telegram.reset()
    problems: list[str] = []
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield open_chat(page, telegram.url)
    assert problems == []


def open_app(telegram: TelegramServer, page: Page, url: str) -> FrameLocator:
    """Press the Mini App's button; what the sheet frames."""
    markup = {"inline_keyboard": [[{"text": "🔒 Abrir tela segura", "web_app": {"url": url}}]]}
    assert telegram.call("sendMessage", chat_id=ANA, text="Conecte aqui:", reply_markup=markup)["ok"]
    page.get_by_role("button", name="🔒 Abrir tela segura").click()
    sheet = page.get_by_role("dialog", name="Gerente Financeiro")
    expect(sheet).to_be_visible()
    expect(sheet).to_have_attribute("aria-busy", "false")
    # Playwright sees that a button rests in its frame, not that the frame still slides.
    sheet.evaluate("async (node) => { await Promise.all(node.getAnimations().map((each) => each.finished)); }")
    return sheet.frame_locator("iframe")


def test_framed_page_learns_who_opened_it(telegram: TelegramServer, page: Page, app_url: str) -> None:
    frame = open_app(telegram, page, f"{app_url}/app?x=1")
    heading = frame.get_by_role("heading", name="Conectar banco")
    expect(heading).to_be_in_viewport()
    found = heading.evaluate(
        "() => { const { initData, initDataUnsafe, version, platform, colorScheme, themeParams } = "
        "Telegram.WebApp; return { initData, initDataUnsafe, version, platform, colorScheme, themeParams }; }"
    )
    assert is_signed(TOKEN, found["initData"])
    assert found["initDataUnsafe"]["user"]["id"] == ANA
    assert found["initDataUnsafe"]["hash"] == dict(parse_qsl(found["initData"]))["hash"]
    assert (found["version"], found["platform"], found["colorScheme"]) == ("8.0", "weba", "light")
    assert found["themeParams"]["bg_color"] == "#ffffff"
    fragment = urlsplit(heading.evaluate("() => location.href")).fragment
    names = [name for name, _ in parse_qsl(fragment)]
    assert names == ["tgWebAppData", "tgWebAppVersion", "tgWebAppPlatform", "tgWebAppThemeParams"]
    assert TOKEN.split(":")[1] not in page.content()
    # The page's own links lead on without the fragment; who opened it is still known.
    frame.get_by_role("link", name="Segunda página").click()
    expect(frame.locator("html")).to_have_js_property("baseURI", f"{app_url}/segunda")
    kept = frame.get_by_role("heading").evaluate("() => Telegram.WebApp.initData")
    assert read_init_data(TOKEN, kept).query_id == found["initDataUnsafe"]["query_id"]


def test_link_opens_in_a_tab_of_its_own_and_close_leads_back(
    telegram: TelegramServer, page: Page, context: BrowserContext, app_url: str
) -> None:
    frame = open_app(telegram, page, f"{app_url}/app")
    with context.expect_page() as opened:
        frame.get_by_role("button", name="Ir ao banco").click()
    expect(opened.value.get_by_role("heading", name="Itaú")).to_be_visible()
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()
    expect(frame.get_by_role("heading", name="Conectar banco")).to_be_visible()
    frame.get_by_role("button", name="Concluir").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_label("Mensagem", exact=True)).to_be_visible()


def test_buttons_and_boxes_of_the_app_answer_its_page(telegram: TelegramServer, page: Page, app_url: str) -> None:
    frame = open_app(telegram, page, f"{app_url}/app")
    frame.get_by_role("button", name="Avisar").click()
    box = page.get_by_role("dialog").filter(has_text="Tudo certo?")
    box.get_by_role("button", name="Fechar").click()
    expect(frame.locator("#said")).to_have_text("aviso lido")
    expect(page.get_by_role("button", name="Voltar")).to_be_hidden()
    frame.get_by_role("button", name="Botões").click()
    page.get_by_role("button", name="Continuar").click()
    expect(frame.locator("#said")).to_have_text("principal")
    page.get_by_role("button", name="Voltar").click()
    expect(frame.locator("#said")).to_have_text("voltar")
    page.get_by_role("button", name="Fechar", exact=True).click()
    page.get_by_role("button", name="Cancelar").click()
    expect(frame.locator("#said")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fechar assim mesmo").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_hostile_app_cannot_act_in_the_chats_name(
    telegram: TelegramServer, page: Page, context: BrowserContext, app_url: str
) -> None:
    frame = open_app(telegram, page, f"{app_url}/app")
    frame.get_by_role("button", name="Maldade").click()
    expect(frame.locator("#said")).to_have_text("tentou")
    frame.get_by_role("button", name="Avisar").click()  # a later message answered: the earlier ones were looked at
    expect(page.get_by_role("dialog").filter(has_text="Tudo certo?")).to_be_visible()
    expect(page).to_have_title("Gerente Financeiro")
    expect(page.locator("#app-back")).to_be_hidden()
    assert context.pages == [page]


def test_page_opened_on_its_own_knows_nobody(context: BrowserContext, app_url: str) -> None:
    page = context.new_page()
    page.goto(f"{app_url}/app#tgWebAppX=1")
    found = page.evaluate("[Telegram.WebApp.initData, Telegram.WebApp.version, Telegram.WebApp.platform]")
    assert found == ["", "6.0", "unknown"]
    page.get_by_role("button", name="Concluir").click()
    page.get_by_role("button", name="Avisar").click()
    expect(page.locator("#said")).to_have_text("WebAppMethodUnsupported")
    with context.expect_page() as opened:
        page.get_by_role("button", name="Ir ao banco").click()
    expect(opened.value.get_by_role("heading", name="Itaú")).to_be_visible()
