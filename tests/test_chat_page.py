"""The chat page in a real browser: what a person types, presses and sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import PATIENCE_MS, desktop, needs_browser, open_chat, phone, shown, write
from tests.telegram_server import ANA, TOKEN, TelegramServer, png

Json = dict[str, Any]
pytest_plugins = ("tests.browser_fixtures",)
pytestmark = needs_browser
HOSTILE = '<img src=x onerror="document.title=1"> & <b>A&B</b>\n   dois   espaços'


@pytest.fixture
def telegram(shared_telegram: TelegramServer) -> TelegramServer:
    shared_telegram.reset()
    shared_telegram.call("getMe")
    return shared_telegram


@pytest.fixture
def open_page(telegram: TelegramServer) -> Iterator[Callable[..., Page]]:
    """Opens the chat; at the end nothing may have failed in the page or left this machine."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_it(context: BrowserContext, query: str = "") -> Page:
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on(
            "request", lambda r: None if r.url.startswith((telegram.url, "blob:", "data:")) else problems.append(r.url)
        )
        return open_chat(page, f"{telegram.url}/{query}")

    yield open_it
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def page(browser: Browser, open_page: Callable[..., Page]) -> Page:
    return open_page(phone(browser, motion="no-preference"))


def say(telegram: TelegramServer, text: str, **params: Any) -> int:
    answer = telegram.call("sendMessage", chat_id=ANA, text=text, **params)
    assert answer["ok"], answer
    return int(answer["result"]["message_id"])


def upload(telegram: TelegramServer, kind: str, name: str, data: bytes) -> None:
    url = f"{telegram.url}/bot{TOKEN}/send{kind.title()}"
    answer = requests.post(url, data={"chat_id": ANA, "caption": "anexo"}, files={kind: (name, data)}, timeout=10)
    assert answer.json()["ok"], answer.text


def keyboard(*buttons: Json) -> Json:
    return {"inline_keyboard": [list(buttons)]}


def test_typed_text_reaches_the_bot_and_the_answer_appears(telegram: TelegramServer, page: Page) -> None:
    expect(page.get_by_role("heading", name="Gerente Financeiro").first).to_be_visible()
    page.get_by_role("button", name="Começar").click()
    update = telegram.call("getUpdates", timeout=PATIENCE_MS // 1000)["result"][-1]
    assert update["message"]["text"] == "/start"
    write(page, "quanto eu tenho?")
    telegram.wait_until(ANA, lambda messages: [m["text"] for m in messages] == ["/start", "quanto eu tenho?"])
    last = telegram.call("getUpdates")["result"][-1]["update_id"]
    telegram.call("getUpdates", offset=last + 1)
    telegram.call("sendChatAction", chat_id=ANA, action="typing")
    expect(page.get_by_text("digitando")).to_be_visible()
    say(telegram, "Você tem <b>R$ 1,00</b>", parse_mode="HTML")
    expect(page.get_by_role("log").get_by_text("Você tem")).to_be_visible()
    expect(page.get_by_role("log").locator("strong")).to_have_text("R$ 1,00")
    expect(page.get_by_text("digitando")).to_be_hidden()
    expect(page.get_by_role("img", name="recebida pelo bot")).to_have_count(2)


def test_shift_enter_makes_a_new_line(telegram: TelegramServer, page: Page) -> None:
    box = page.get_by_label("Mensagem", exact=True)
    box.fill("um")
    box.press("Shift+Enter")
    box.type("dois")
    box.press("Enter")
    assert telegram.wait_for(ANA, lambda message: True)["text"] == "um\ndois"
    expect(box).to_have_value("")


def test_pressed_button_waits_for_the_answer_and_the_edit_is_seen(telegram: TelegramServer, page: Page) -> None:
    number = say(telegram, "Escolha", reply_markup=keyboard({"text": "Saldo", "callback_data": "s:1"}))
    button = page.get_by_role("button", name="Saldo")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    query = telegram.call("getUpdates", timeout=PATIENCE_MS // 1000)["result"][-1]["callback_query"]
    assert query["data"] == "s:1"
    telegram.call("answerCallbackQuery", callback_query_id=query["id"], text="Um momento")
    expect(page.get_by_text("Um momento")).to_be_visible()
    expect(button).not_to_have_attribute("aria-busy", "true")
    telegram.call("editMessageText", chat_id=ANA, message_id=number, text="R$ 1,00")
    expect(shown(page, number)).to_contain_text("R$ 1,00")
    expect(shown(page, number)).to_contain_text("editada")
    expect(button).to_have_count(0)


def test_alert_must_be_closed(telegram: TelegramServer, page: Page) -> None:
    say(telegram, "Escolha", reply_markup=keyboard({"text": "Fatura", "callback_data": "f"}))
    page.get_by_role("button", name="Fatura").click()
    query = telegram.call("getUpdates", timeout=PATIENCE_MS // 1000)["result"][-1]["callback_query"]
    telegram.call("answerCallbackQuery", callback_query_id=query["id"], text="Fecha em 03/12.", show_alert=True)
    expect(page.get_by_role("dialog")).to_contain_text("Fecha em 03/12.")
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_deleted_message_goes_away(telegram: TelegramServer, page: Page) -> None:
    number = say(telegram, "some")
    expect(shown(page, number)).to_be_visible()
    telegram.call("deleteMessage", chat_id=ANA, message_id=number)
    expect(shown(page, number)).to_have_count(0)
    expect(page.get_by_text("some", exact=True)).to_have_count(0)


def test_photo_opens_large_and_document_downloads(telegram: TelegramServer, page: Page) -> None:
    upload(telegram, "photo", "g.png", png(300, 200))
    picture = page.get_by_role("img", name="anexo")
    expect(picture).to_have_js_property("naturalWidth", 300)
    page.get_by_role("button", name="Ampliar foto").click()
    expect(page.get_by_role("img", name="Foto ampliada")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    upload(telegram, "document", "extrato ção.csv", b"a;b\n")
    with page.expect_download() as download:
        page.get_by_role("link", name="Baixar extrato ção.csv").click()
    assert download.value.suggested_filename == "extrato ção.csv"
    assert Path(download.value.path()).read_bytes() == b"a;b\n"


def test_command_menu_lists_filters_and_sends(telegram: TelegramServer, page: Page) -> None:
    commands = [{"command": name, "description": f"Ver {name}"} for name in ("saldo", "extrato", "sair")]
    telegram.call("setMyCommands", commands=commands)
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.get_by_role("option")).to_have_count(3)
    page.get_by_role("option", name="Ver extrato").click()
    telegram.wait_for(ANA, lambda message: message["text"] == "/extrato")
    box = page.get_by_label("Mensagem", exact=True)
    box.fill("/sa")
    expect(page.get_by_role("option")).to_have_count(2)
    box.press("ArrowDown")
    box.press("Enter")
    telegram.wait_for(ANA, lambda message: message["text"] == "/sair")
    expect(page.get_by_role("option")).to_have_count(0)


def test_links_open_in_a_new_tab(telegram: TelegramServer, page: Page) -> None:
    url = "https://banco.com.br/oauth?x=1"
    say(
        telegram,
        f'<a href="{url}">aqui</a>',
        parse_mode="HTML",
        reply_markup=keyboard({"text": "Autorizar", "url": url}),
    )
    for name in ("aqui", "Autorizar"):
        link = page.get_by_role("link", name=name)
        expect(link).to_have_attribute("href", url)
        expect(link).to_have_attribute("target", "_blank")
        expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_hostile_text_is_only_text(telegram: TelegramServer, page: Page) -> None:
    number = say(telegram, HOSTILE, reply_markup=keyboard({"text": "<i>x</i>", "callback_data": "a"}))
    text = shown(page, number).locator(".text")
    assert HOSTILE in text.evaluate("node => node.textContent")
    expect(text).to_have_css("white-space-collapse", "preserve")
    expect(page.get_by_role("button", name="<i>x</i>")).to_be_visible()
    expect(page.get_by_role("log").locator("img, b:not(.author)")).to_have_count(0)
    expect(page).to_have_title("Gerente Financeiro")


def test_formatting_becomes_elements(telegram: TelegramServer, page: Page) -> None:
    source = (
        "😀 <b>a <i>b</i></b> <u>c</u> <s>d</s> <code>e</code> <tg-spoiler>f</tg-spoiler>\n"
        "<pre>g\n  h</pre>\n<blockquote>i</blockquote> /saldo"
    )
    number = say(telegram, source, parse_mode="HTML")
    message = shown(page, number)
    for tag, text in {
        "strong": "a b",
        "em": "b",
        "u": "c",
        "s": "d",
        "code": "e",
        "pre": "g\n  h",
        "blockquote": "i",
    }.items():
        assert message.locator(tag).evaluate("node => node.textContent") == text
    message.get_by_role("button", name="texto oculto").click()
    expect(message.locator(".spoiler")).to_have_class("spoiler open")
    message.get_by_role("link", name="/saldo").click()
    telegram.wait_for(ANA, lambda sent: sent["text"] == "/saldo")


def test_own_message_can_be_edited_and_deleted(telegram: TelegramServer, page: Page) -> None:
    number = telegram.send_text(ANA, "erado")["message_id"]
    bubble = shown(page, number).locator(".bubble")
    bubble.click(button="right")
    page.get_by_role("menuitem", name="Editar").click()
    box = page.get_by_label("Mensagem", exact=True)
    expect(box).to_have_value("erado")
    box.fill("errado")
    page.get_by_role("button", name="Salvar").click()
    expect(bubble).to_contain_text("errado")
    assert telegram.call("getUpdates")["result"][-1]["edited_message"]["text"] == "errado"
    bubble.click(button="right")
    page.get_by_role("menuitem", name="Apagar").click()
    expect(shown(page, number)).to_have_count(0)
    assert telegram.messages(ANA) == []


def test_reader_of_old_messages_is_left_in_peace(telegram: TelegramServer, page: Page) -> None:
    lines = [shown(page, say(telegram, f"linha {n}")) for n in range(40)]
    expect(lines[-1]).to_be_in_viewport()
    page.locator("#scroller").evaluate("node => node.scrollTo(0, 0)")
    expect(lines[0]).to_be_in_viewport()
    later = [shown(page, say(telegram, f"linha {n}")) for n in (40, 41)]
    pill = page.get_by_role("button", name="2 novas mensagens: ir para o fim")
    expect(pill).to_be_visible()
    expect(lines[0]).to_be_in_viewport()
    pill.click()
    expect(later[-1]).to_be_in_viewport()
    expect(pill).to_have_count(0)
    expect(shown(page, say(telegram, "linha 42"))).to_be_in_viewport()


def test_blocked_bot_can_be_unblocked(telegram: TelegramServer, page: Page) -> None:
    page.get_by_role("button", name="Mais opções").click()
    page.get_by_role("menuitem", name="Bloquear o bot").click()
    expect(page.get_by_label("Mensagem", exact=True)).to_be_hidden()
    assert telegram.call("sendMessage", chat_id=ANA, text="x")["error_code"] == 403
    page.get_by_role("button", name="Desbloquear").click()
    expect(page.get_by_label("Mensagem", exact=True)).to_be_visible()
    assert telegram.call("sendMessage", chat_id=ANA, text="x")["ok"]


def test_bots_own_keyboard_sends_its_texts(telegram: TelegramServer, page: Page) -> None:
    say(telegram, "Qual?", reply_markup={"keyboard": [["Sim", {"text": "Não"}]]})
    page.get_by_role("group", name="Teclado do bot").get_by_role("button", name="Não").click()
    telegram.wait_for(ANA, lambda message: message["text"] == "Não")
    say(telegram, "Certo", reply_markup={"remove_keyboard": True})
    expect(page.get_by_role("group", name="Teclado do bot")).to_be_hidden()


def test_several_people_and_groups_are_chosen_from_a_list(
    telegram: TelegramServer, browser: Browser, open_page: Callable[..., Page]
) -> None:
    bruno = telegram.add_user()
    group = telegram.add_group(ANA, bruno)
    page = open_page(desktop(browser))
    page.get_by_label("Conversar como").select_option(label="Bruno em Família")
    expect(page.get_by_role("heading", name="Família").first).to_be_visible()
    telegram.send_text(ANA, "oi, gente", chat=group)
    expect(page.get_by_role("log")).to_contain_text("oi, gente")
    write(page, "oi, Ana")
    assert telegram.wait_for(group, lambda message: message["text"] == "oi, Ana")["sender"]["id"] == bruno
    page = open_page(phone(browser), f"?user={bruno}")
    write(page, "só para o bot")
    assert telegram.wait_for(bruno, lambda message: True)["text"] == "só para o bot"


def test_reset_empties_the_open_page(telegram: TelegramServer, page: Page) -> None:
    number = say(telegram, "antes")
    expect(shown(page, number)).to_be_visible()
    telegram.reset()
    expect(shown(page, number)).to_have_count(0)
    number = say(telegram, "depois")
    expect(shown(page, number)).to_contain_text("depois")


def test_page_fits_a_phone_in_light_and_dark(
    telegram: TelegramServer, browser: Browser, open_page: Callable[..., Page]
) -> None:
    row = [{"text": f"Banco número {n}", "callback_data": str(n)} for n in range(3)]
    say(telegram, "palavra" * 60, reply_markup={"inline_keyboard": [row]})
    colours = []
    for scheme in ("light", "dark"):
        page = open_page(phone(browser, scheme))
        expect(page.get_by_role("button", name="Banco número 2")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("#scroller").evaluate("node => node.scrollWidth <= node.clientWidth")
        colours.append(page.locator(".in .bubble").evaluate("node => getComputedStyle(node).backgroundColor"))
    assert len(set(colours)) == 2


def test_label_too_wide_for_its_button_gets_smaller_before_it_is_cut(telegram: TelegramServer, page: Page) -> None:
    """Whatever the fonts of the machine: of labels that grow by a letter, the first ones fit, and the last ones are cut."""
    labels = ["BancodoBrasiledetodososbrasileirosjuntos"[:length] for length in range(8, 41)]
    rows = [[{"text": text, "callback_data": "x"} for text in ("Caixa", label, "Itaú")] for label in labels]
    number = say(telegram, "Qual banco?", reply_markup={"inline_keyboard": rows})
    keys = shown(page, number).locator(".row .key:nth-child(2)")
    expect(keys).to_have_count(len(labels))
    size_and_fit = "nodes => nodes.map(n => [parseFloat(getComputedStyle(n).fontSize), n.scrollWidth <= n.clientWidth])"
    found = keys.evaluate_all(size_and_fit)
    sizes = [size for size, _ in found]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (15, 12)
    assert any(12 < size < 15 for size in sizes)
    assert all(fits for size, fits in found if size > 12)


def test_line_never_ends_between_a_minus_and_its_amount(telegram: TelegramServer, page: Page) -> None:
    text = "\n".join("a " * width + "-R$\xa01.047,56" for width in range(1, 40))
    number = say(telegram, text, entities=[{"type": "bold", "offset": len(text) - 12, "length": 12}])
    broken = "nodes => nodes.filter(node => node.getClientRects().length > 1).length"
    amounts = shown(page, number).locator(".unbroken")
    expect(amounts).to_have_count(39)
    assert amounts.evaluate_all(broken) == 0
    assert shown(page, number).locator(".text").evaluate("node => node.textContent").startswith("a -R$\xa01.047,56\n")


def test_newest_message_stays_in_sight_while_others_are_deleted(telegram: TelegramServer, page: Page) -> None:
    for lines in (16, 36):
        old = [say(telegram, "linha\n" * 6) for _ in range(8)]
        expect(shown(page, old[-1])).to_be_in_viewport()
        for number in old:
            telegram.call("deleteMessage", chat_id=ANA, message_id=number)
        expect(page.locator("[data-message-id]")).to_have_count(lines // 36)
        newest = say(telegram, "linha\n" * lines + "fim", reply_markup=keyboard({"text": "Ver", "callback_data": "a"}))
        expect(shown(page, newest).get_by_role("button", name="Ver")).to_be_in_viewport(ratio=1)
        expect(page.locator(".leaving")).to_have_count(0)
        expect(page.locator("#to-bottom")).to_be_hidden()
