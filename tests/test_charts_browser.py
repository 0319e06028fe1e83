"""/gastos, /previsao, /patrimonio, /investimentos and /credito on a phone: charts in their place, words below.

With REFRESH_SCREENSHOTS=1 (``make screenshots``) it also writes the pictures of docs/img.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.bot_app import RunningBot, running_bot
from tests.chromium import PATIENCE_MS, needs_browser, newest, open_chat, phone, write
from tests.clocks import ManualClock
from tests.pictures import shrink
from tests.pluggy_server import start_pluggy
from tests.telegram_server import TelegramServer, start_telegram
from tests.test_browser_story import IMAGES, RESTS

pytest_plugins = ("tests.browser_fixtures",)
pytestmark = needs_browser
TALL = (430, 1320)  # points: a phone's width, and the height of a whole picture with its table
TAKES_PICTURES = bool(os.environ.get("REFRESH_SCREENSHOTS"))
DRAWN = {"complete": True, "naturalWidth": 1080, "naturalHeight": 1350}


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
    page.set_default_timeout(PATIENCE_MS)
    page.clock.set_system_time(clock.now())
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield open_chat(page, telegram.url)
    context.close()
    assert problems == []


def picture_of(message: Locator, *seen: str) -> str:
    """The address of the chart that the message shows, another than those seen, once it is loaded as it was drawn.

    Each look finds the picture again: an edit may put another in its place."""
    picture = message.locator("img")
    expect(picture).to_be_visible()
    for address in seen:
        expect(picture).not_to_have_attribute("src", address)
    for name, value in DRAWN.items():
        expect(picture).to_have_js_property(name, value)
    return picture.get_attribute("src") or ""


def keep(page: Page, message: Locator, name: str) -> None:
    """The message as it stands in the chat, when the pictures are to be made anew."""
    if TAKES_PICTURES:
        page.wait_for_function(RESTS)
        IMAGES.mkdir(parents=True, exist_ok=True)
        box = message.bounding_box()
        assert box is not None
        top = max(0, box["y"] - 4)
        height = min(TALL[1] - top, box["height"] + 8)
        png = page.screenshot(clip={"x": 0, "y": top, "width": TALL[0], "height": height})
        (IMAGES / f"{name}.png").write_bytes(shrink(png))


@pytest.mark.usefixtures("bot")
def test_every_chart_is_drawn_in_its_place_with_its_table_below(page: Page) -> None:
    write(page, "/demo")
    expect(newest(page)).to_contain_text("A família Jatobá não existe.")
    newest(page).get_by_role("button", name="Gastos").tap()
    message = newest(page)
    expect(message).to_contain_text("Novembro até o dia 23: R$")
    expect(message).to_contain_text("Moradia R$")
    seen = [picture_of(message)]
    keep(page, message, "gastos")
    for label, words, name in (
        ("Por loja", "Imobiliária Porta Azul R$", "gastos-lojas"),
        ("Por conta", "Itaú ••4321 R$", "gastos-contas"),
        ("6 meses", "meses até novembro", "gastos-seis-meses"),
    ):
        message.get_by_role("button", name=label).tap()
        expect(message).to_contain_text(words)
        expect(message.locator("img")).to_have_count(1)
        seen.append(picture_of(message, *seen))
        keep(page, message, name)
    assert len(set(seen)) == 4


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
    picture_of(message, seen)
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
    expect(message).to_contain_text("Cartões e empréstimos -R$")
    expect(message).to_contain_text("a mais que em 23/10")
    seen = picture_of(message)
    message.get_by_role("button", name="3 meses").tap()
    expect(message.get_by_role("button", name="12 meses")).to_be_visible()
    picture_of(message, seen)
    keep(page, message, "patrimonio")


@pytest.mark.usefixtures("bot")
def test_what_is_invested_is_drawn_two_ways_and_each_position_is_told_with_its_tax(page: Page) -> None:
    write(page, "/demo")
    expect(newest(page)).to_contain_text("A família Jatobá não existe.")
    newest(page).get_by_role("button", name="Investimentos").tap()
    message = newest(page)
    expect(message).to_contain_text("Investido: R$")
    seen = picture_of(message)
    keep(page, message, "investimentos")
    message.get_by_role("button", name="Por banco").tap()
    expect(message).to_contain_text("Itaú: R$")
    picture_of(message, seen)
    keep(page, message, "investimentos-bancos")
    message.get_by_role("button", name="Posições").tap()
    told = newest(page)
    for label, words, name in (
        ("", "5 posições: R$", "investimentos-posicoes"),
        ("Vencimentos", "Próximo vencimento: ", "vencimentos"),
        ("FGC", "O FGC garante até", "fgc"),
        ("Posições", "5 posições: R$", ""),
        ("1", "Pela minha conta, líquido de R$", "investimento"),
    ):
        if label:
            told.get_by_role("button", name=label, exact=True).tap()
        expect(told).to_contain_text(words)
        expect(told.locator("img")).to_have_count(0)
        if name:
            keep(page, told, name)


@pytest.mark.usefixtures("bot")
def test_how_credit_stands_is_told_with_its_rows_its_debts_and_the_plan(page: Page) -> None:
    write(page, "/demo")
    expect(newest(page)).to_contain_text("A família Jatobá não existe.")
    newest(page).get_by_role("button", name="Crédito").tap()
    message = newest(page)
    expect(message).to_contain_text("Sua saúde de crédito (não é score de birô)")
    expect(message).to_contain_text("O que mais ajuda:")
    keep(page, message, "credito")
    message.get_by_role("button", name="Como calculei").tap()
    expect(message).to_contain_text("Toque num número")
    keep(page, message, "credito-como")
    message.get_by_role("button", name="1", exact=True).tap()
    expect(message).to_contain_text("De onde vem: ")
    keep(page, message, "credito-conta")
    message.get_by_role("button", name="Minhas dívidas").tap()
    expect(message).to_contain_text("Minhas dívidas: R$")
    message.get_by_role("button", name="Voltar").tap()
    message.get_by_role("button", name="Plano para quitar").tap()
    expect(message).to_contain_text("Plano para quitar: ")
