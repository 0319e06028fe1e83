"""The whole story, clicked through the chat page: from no bank at all to its statement, and out again.

With REFRESH_SCREENSHOTS=1 (``make screenshots``) it also writes the README's pictures. They look as on a phone where Roboto
is installed (Debian: fonts-roboto-unhinted); elsewhere the page takes the next best font.
"""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.bot_app import CPF, PASSWORD, RunningBot, bot_settings, core_of, running_bot
from tests.chromium import PATIENCE_MS, needs_browser, newest, open_chat, phone, shown, write
from tests.clocks import ManualClock
from tests.pictures import shrink
from tests.pluggy_server import Caller, Json, PluggyServer, start_pluggy, wait_until
from tests.telegram_server import ANA, TelegramServer, start_telegram

pytest_plugins = ("tests.browser_fixtures",)
pytestmark = needs_browser
NOON = datetime(2026, 11, 6, 15, 0, tzinfo=UTC)  # a Friday: salaries have come, bills are due in the next days
LATER = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # most of a month is spent
HER_CPF = "123.456.789-09"  # of who has the account at Nubank already
MASKED = "•••.982.247-••"
LARGE = (430, 1000)  # points: a phone on which a whole page of /extrato fits
TAKES_PICTURES = bool(os.environ.get("REFRESH_SCREENSHOTS"))
IMAGES = Path(__file__).resolve().parent.parent / "docs" / "img"
RESTS = """() => {
  const { scrollTop, clientHeight, scrollHeight } = document.querySelector("#scroller");
  const covers = (day) => day.getBoundingClientRect().bottom > day.nextElementSibling.getBoundingClientRect().top;
  return document.querySelector("#to-bottom").hidden
    && scrollTop + clientHeight >= scrollHeight - 1
    && document.getAnimations().every((animation) => animation.playState !== "running")
    && [...document.querySelectorAll(".day:not(.idle)")].every((day) => !covers(day));
}"""


class Town:
    """A bank, a messenger and the bot whose clocks begin at one instant, and move together."""

    def __init__(self, telegram: TelegramServer, pluggy: PluggyServer, clock: ManualClock) -> None:
        self.telegram, self.pluggy, self.clock = telegram, pluggy, clock
        telegram.advance(clock.now().timestamp() - time.time())

    def passes(self, seconds: float) -> None:
        self.telegram.advance(seconds)
        self.pluggy.advance(seconds=seconds)
        self.clock.advance(seconds)

    def is_asked(self, items: int) -> None:
        """The bot's request has reached the bank, which has so many connections now."""
        wait_until(lambda: len(self.pluggy.items()) == items)

    def buys(self, bot: RunningBot, kind: str, *steps: Json, **step: Any) -> None:
        """Ana's account, or her card, lists more rows, and the bot reads them."""
        accounts = bot.core.connector.list_accounts(ANA)
        account = next(account["pluggy_id"] for account in accounts if account["type"] == kind)
        self.pluggy.orders(account, *(steps or [{"do": "add", **step}]))
        bot.core.synchronizer.sync_user(ANA)

    def balances(self, connector_id: int) -> dict[str, Decimal]:
        """What the bank itself says, by subtype."""
        item = next(item["id"] for item in self.pluggy.items() if item["connectorId"] == connector_id)
        caller = Caller(self.pluggy)
        accounts = caller.accounts(item)
        caller.close()
        return {account["subtype"]: Decimal(str(account["balance"])) for account in accounts}


@pytest.fixture
def town(request: pytest.FixtureRequest) -> Iterator[Town]:
    """At noon; of another day where a test asks for one."""
    noon: datetime = getattr(request, "param", NOON)
    with (
        start_telegram(allow_loopback=True) as telegram,
        start_pluggy(speed=1, today=noon.date(), wall=noon.timestamp) as pluggy,
    ):
        pluggy.admin("households", {"match": _digits(CPF), "household": "silva"})
        pluggy.admin("households", {"match": _digits(HER_CPF), "household": "lima"})
        yield Town(telegram, pluggy, ManualClock(noon))


@pytest.fixture
def her_bank(town: Town, sqlite_url: str) -> None:
    """A bank connected by its link before the bot starts."""
    connect_before(town, sqlite_url, HER_CPF)


@pytest.fixture
def family_bank(town: Town, sqlite_url: str) -> None:
    """The same, of a household that spends much and in instalments."""
    connect_before(town, sqlite_url, CPF)


def connect_before(town: Town, database_url: str, cpf: str, connector_id: int = 612) -> None:
    core = core_of(bot_settings(town.telegram, town.pluggy, database_url).core, town.clock)
    connection = core.connector.start_connection(
        user_id=ANA, connector_id=connector_id, credentials={"cpf": _digits(cpf)}
    )
    while connection["settled_at"] is None:
        town.passes(2)
        connection = core.connector.check_connection(ANA, connection["id"])
        if connection["action"] is not None:
            town.pluggy.authorize(str(connection["action"]["url"]))
    core.close()


@pytest.fixture
def bot(town: Town, sqlite_url: str) -> Iterator[RunningBot]:
    with running_bot(town.telegram, town.pluggy, sqlite_url, town.clock) as running:
        yield running


@pytest.fixture
def page(town: Town, bot: RunningBot, browser: Browser) -> Iterator[Page]:
    """Ana's phone; at the end nothing may have failed in the page."""
    context, problems = phone(browser, size=LARGE), list[str]()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.clock.set_system_time(town.clock.now())
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield open_chat(page, town.telegram.url)
    context.close()
    assert problems == []


def tap(page: Page, label: str) -> None:
    """Press a button under the newest message; the label may be its beginning."""
    newest(page).get_by_role("button", name=re.compile(f"^{re.escape(label)}")).first.tap()


def ask(page: Page, command: str, first_words: str) -> Locator:
    """Write, and wait for the answer below it: what stood there before may begin with the same words."""
    numbers = page.locator("[data-message-id]").evaluate_all("nodes => nodes.map((node) => node.dataset.messageId)")
    write(page, command)
    if numbers:
        expect(newest(page)).not_to_have_attribute("data-message-id", numbers[-1])
    expect(newest(page)).to_contain_text(first_words)
    return newest(page)


def type_secret(town: Town, page: Page, text: str) -> None:
    """Type a secret: it stands in the chat until the bot reads it, and is gone from the page after that."""
    town.telegram.pause_polling()
    write(page, text)
    bubble = page.locator(".message.out", has_text=text)
    expect(bubble).to_be_visible()
    town.telegram.pause_polling(paused=False)
    expect(bubble).to_have_count(0)


def choose(page: Page, bank: str, door: str) -> None:
    ask(page, "/conectar_banco", "Qual banco você quer conectar?")
    tap(page, bank)
    expect(newest(page)).to_contain_text(f"{bank} — como prefere conectar?")
    tap(page, door)
    expect(newest(page)).to_contain_text("preciso da sua autorização")
    tap(page, "Autorizo")


def decide_at_bank(page: Page, town: Town, button: str, outcome: str, message: Locator | None = None) -> None:
    """Follow the link of the chat (the newest message's) to the bank's own page, and press a button there."""
    link = (message or newest(page)).get_by_role("link", name="Autorizar no Nubank")
    expect(link).to_be_visible()
    with page.context.expect_page() as opened:
        link.tap()
    bank = opened.value
    assert bank.url.startswith(town.pluggy.url)
    expect(bank.get_by_role("heading")).to_have_text("Nubank: autorizar o compartilhamento?")
    bank.get_by_role("button", name=button).tap()
    expect(bank.get_by_role("heading")).to_have_text(outcome)
    bank.close()


def brl(amount: Decimal) -> str:
    """As people write it: the test's own opinion of it."""
    return f"R$\xa0{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def empty_chat(town: Town, page: Page) -> None:
    """Before a picture: nothing of what was said so far stands above it."""
    if TAKES_PICTURES:
        for message in town.telegram.messages(ANA):
            town.telegram.delete_text(ANA, message["message_id"])
        expect(page.locator("[data-message-id]")).to_have_count(0)


def picture(page: Page, name: str) -> None:
    """One of the README's pictures, when they are to be made anew."""
    if TAKES_PICTURES:
        page.wait_for_function(RESTS)
        IMAGES.mkdir(parents=True, exist_ok=True)
        (IMAGES / f"{name}.png").write_bytes(shrink(page.screenshot()))


def _digits(cpf: str) -> str:
    return "".join(filter(str.isdigit, cpf))


@pytest.mark.usefixtures("her_bank")
def test_bank_is_connected_by_password_read_and_disconnected(town: Town, page: Page) -> None:
    choose(page, "Caixa", "🔑 Usuário e senha")
    expect(newest(page)).to_contain_text("Caixa · 1 de 2")
    type_secret(town, page, CPF)
    expect(newest(page)).to_contain_text(f"✅ CPF {MASKED}")
    type_secret(town, page, PASSWORD)
    expect(newest(page)).to_contain_text("⏳ Entrando no banco")
    town.is_asked(items=2)
    town.passes(30)
    expect(newest(page)).to_contain_text("✅ Caixa conectada.")
    bank = town.balances(219)
    expect(newest(page)).to_contain_text(brl(bank["CHECKING_ACCOUNT"]))
    tap(page, "Conectar outro")
    expect(newest(page)).to_contain_text("Qual banco você quer conectar?")
    picture(page, "conectar")
    tap(page, "Cancelar")
    expect(newest(page)).to_contain_text("Cancelado. Nada foi guardado.")

    accounts = ask(page, "/minhas_contas", "🏦 Suas conexões")
    expect(accounts).to_contain_text("Caixa · atualizado hoje 12:0")
    tap(page, "Caixa")
    expect(accounts).to_contain_text("Conectado hoje por usuário e senha")
    tap(page, "‹ Voltar")
    expect(accounts).to_contain_text("Nubank · atualizado hoje 12:0")

    available = bank["CHECKING_ACCOUNT"] + town.balances(612)["CHECKING_ACCOUNT"]
    empty_chat(town, page)
    ask(page, "/saldo", f"Você tem {brl(available)} disponível")
    picture(page, "saldo")

    empty_chat(town, page)
    statement = ask(page, "/extrato", "📄 Últimos 30 dias · todas as contas")
    picture(page, "extrato")
    first = statement.inner_text()
    tap(page, "›")
    expect(statement).to_contain_text(re.compile(r"\b2/\d+"))
    assert statement.inner_text() != first
    tap(page, "Conta")
    tap(page, "Caixa · Visa")
    expect(newest(page)).to_contain_text("Últimos 30 dias · Caixa · Visa")
    tap(page, "Fechar")
    expect(newest(page).get_by_role("button")).to_have_count(0)

    ask(page, "/desconectar_banco", "Qual banco desconectar?")
    tap(page, "Caixa (3 contas)")
    expect(newest(page)).to_contain_text("Vou encerrar o acesso na Pluggy agora.")
    tap(page, "Apagar tudo")
    expect(newest(page)).to_contain_text("Isso não tem volta.")
    tap(page, "Sim, apagar")
    expect(newest(page)).to_contain_text("✅ Caixa desconectada e apagada.")
    assert [item["connectorId"] for item in town.pluggy.items()] == [612]
    left = ask(page, "/minhas_contas", "Nubank · atualizado")
    expect(left).not_to_contain_text("Caixa")
    ask(page, "/extrato caixa", "Nenhum lançamento com “caixa”")


def test_bank_is_connected_by_its_link_and_the_chat_goes_on_by_itself(town: Town, page: Page) -> None:
    choose(page, "Nubank", "🔗 Open Finance (recomendado)")
    expect(newest(page)).to_contain_text("Nubank pelo Open Finance")
    flow = int(newest(page).get_attribute("data-message-id") or 0)
    type_secret(town, page, HER_CPF)
    town.is_asked(items=1)
    town.passes(5)
    expect(newest(page)).to_contain_text("O link vale até 12:15.")
    decide_at_bank(page, town, "Recusar", "Acesso recusado")
    town.passes(30)
    expect(newest(page)).to_contain_text("O compartilhamento não foi autorizado no Nubank.")
    town.is_asked(items=0)

    tap(page, "Tentar de novo")
    type_secret(town, page, HER_CPF)
    town.is_asked(items=1)
    town.passes(5)
    decide_at_bank(page, town, "Aprovar", "Pronto! Acesso autorizado")
    town.passes(60)
    expect(shown(page, flow)).to_contain_text("✅ Nubank conectado.")
    available = brl(town.balances(612)["CHECKING_ACCOUNT"])
    expect(shown(page, flow)).to_contain_text(available)
    tap(page, "Ver saldo")
    expect(shown(page, flow)).to_contain_text(f"Você tem {available} disponível")


@pytest.mark.usefixtures("her_bank")
def test_access_that_was_revoked_at_the_bank_comes_back_with_its_history(
    town: Town, bot: RunningBot, page: Page
) -> None:
    [connection] = bot.core.connector.list_connections(ANA)
    town.pluggy.revoke_consent(connection["item_id"])
    town.passes(25 * 3600)
    page.clock.set_system_time(NOON + timedelta(hours=25))
    bot.core.synchronizer.sync_connection(user_id=ANA, connection_id=connection["id"])
    empty_chat(town, page)
    expect(newest(page)).to_contain_text("foi encerrado no app do banco hoje. Foi isso mesmo?")  # said by itself
    tap(page, "Reconectar")
    expect(newest(page)).to_contain_text("Nubank: renovar a autorização")
    flow = int(newest(page).get_attribute("data-message-id") or 0)
    type_secret(town, page, HER_CPF)
    wait_until(lambda: town.pluggy.items()[0]["status"] != "LOGIN_ERROR")
    town.passes(5)
    expect(shown(page, flow)).to_contain_text("O link vale até 13:1")
    shown(page, flow).get_by_role("button", name="Abrir em outro aparelho (QR)").tap()
    expect(newest(page).locator("img")).to_be_visible()
    decide_at_bank(page, town, "Aprovar", "Pronto! Acesso autorizado", shown(page, flow))
    town.passes(60)
    expect(newest(page)).to_contain_text("✅ Nubank renovado.")
    expect(newest(page)).to_contain_text("nenhuma repetida")
    assert len(town.pluggy.items()) == 1
    ask(page, "/privacidade", "Guardo")
    picture(page, "voltar")


@pytest.mark.usefixtures("her_bank")
def test_what_happens_is_told_by_itself_and_answered_with_a_tap(town: Town, bot: RunningBot, page: Page) -> None:
    shop = {"do": "add", "amount": -59.9, "description": "Academia Vital", "date": "2026-11-06T14:20:00.000Z"}
    town.buys(bot, "CREDIT", amount=-89.9, description="iFood", date="2026-11-06T14:41:00.000Z")
    expect(newest(page)).to_contain_text(f"💳 {brl(Decimal('89.90'))} · iFood")
    empty_chat(town, page)
    town.buys(bot, "BANK", amount=3200.0, description="Pix recebido de Marina Lima", date="2026-11-06T14:50:00.000Z")
    expect(newest(page)).to_contain_text(brl(Decimal(3200)))
    town.buys(bot, "CREDIT", shop, shop)
    twice = newest(page)
    expect(twice).to_contain_text(f"⚠️ Duas cobranças iguais: {brl(Decimal('59.90'))} · Academia Vital")
    tap(page, "⚠️")
    expect(newest(page)).to_contain_text("É isso mesmo?")
    tap(page, "Não reconheço")
    expect(newest(page)).to_contain_text("Eu não bloqueio cartões")
    picture(page, "avisos")


def test_what_is_told_is_chosen_with_a_few_taps(town: Town, page: Page) -> None:
    empty_chat(town, page)
    screen = ask(page, "/alertas", "Seus avisos")
    tap(page, "Resumo: não")
    expect(screen).to_contain_text("Com que frequência")
    tap(page, "Semanal")
    expect(screen).to_contain_text("Resumo: semanal, às 07:30")
    tap(page, "✅ Entradas")
    expect(screen).to_contain_text(re.compile(r"Não aviso de\s+• entradas de dinheiro"))
    tap(page, "a partir de")
    expect(screen).to_contain_text("A partir de que valor")
    write(page, "80 reais")
    expect(newest(page)).to_contain_text(f"✅ Pronto: compras a partir de {brl(Decimal(80))}.")
    picture(page, "alertas")


@pytest.mark.parametrize("town", [LATER], indirect=True)
@pytest.mark.usefixtures("family_bank")
def test_a_bill_budgets_and_a_category_are_read_and_set_with_a_few_taps(town: Town, page: Page) -> None:
    empty_chat(town, page)
    bill = ask(page, "/fatura", "fatura aberta")
    expect(bill).to_contain_text("até agora")
    picture(page, "fatura")
    tap(page, "Parcelas")
    expect(bill).to_contain_text("Nas próximas 12 faturas")
    tap(page, "‹ Voltar")
    tap(page, "Faturas anteriores")
    expect(bill).to_contain_text("Novembro: R$")

    for wish in ("restaurantes e delivery 900", "transporte 1.100", "contas da casa 900", "lazer e assinaturas 450"):
        ask(page, f"/orcamento {wish}", "por mês")
    empty_chat(town, page)
    budgets = ask(page, "/orcamento", "Seus orçamentos")
    expect(budgets).to_contain_text("Restam R$")
    picture(page, "orcamento")

    empty_chat(town, page)
    row = open_row(page, "/extrato rappi")
    expect(row).to_contain_text("Categoria: Delivery")
    chosen = open_row(page, "/extrato rappi")
    tap(page, "Mudar categoria")
    expect(chosen).to_contain_text("Qual é a categoria?")
    picture(page, "categoria")
    tap(page, "Restaurantes")
    expect(chosen).to_contain_text("Rappi agora é Restaurantes. Sempre?")
    tap(page, "Sempre Rappi")
    expect(chosen).to_contain_text("Mudar também?")
    tap(page, "Mudar as")
    expect(chosen).to_contain_text("Pronto: Rappi é sempre Restaurantes.")
    tap(page, "Desfazer")
    expect(chosen).to_contain_text("✅ Desfeito.")


@pytest.mark.parametrize("town", [LATER], indirect=True)
@pytest.mark.usefixtures("family_bank")
def test_what_is_paid_every_month_is_listed_and_what_is_cancelled_is_watched(town: Town, page: Page) -> None:
    empty_chat(town, page)
    listed = ask(page, "/assinaturas", "4 assinaturas · R$")
    expect(listed).to_contain_text(re.compile(r"1\. .+ · R\$\xa0[\d,]+ · próxima \d\d/12"))
    tap(page, "4")
    expect(listed).to_contain_text("cobranças desde dezembro de 2025:")
    tap(page, "Cancelei")
    expect(listed).to_contain_text("✅ Anotado: você cancelou")
    tap(page, "Ver assinaturas")
    expect(listed).to_contain_text("3 assinaturas · R$")
    expect(listed).to_contain_text("cancelada hoje, sem cobrança desde então")
    picture(page, "assinaturas")
    tap(page, "Calendário .ics")
    expect(newest(page)).to_contain_text("assinaturas.ics")
    expect(newest(page)).to_contain_text("3 cobranças que se repetem")


def open_row(page: Page, command: str) -> Locator:
    """The first row of a list, opened in the place of the list."""
    listed = ask(page, command, "📄")
    tap(page, "Detalhes")
    expect(listed).to_contain_text("1. ")
    tap(page, "1")
    expect(listed).to_contain_text("Categoria: ")
    return listed


def test_smaller_picture_shows_the_same(page: Page) -> None:
    ask(page, "/ajuda", "Ver dinheiro")
    page.wait_for_function(RESTS)
    whole = page.screenshot(clip={"x": 0, "y": 600, "width": 390, "height": 60})
    small = shrink(whole)
    assert len(small) < len(whole) * 2 / 3
    blank = page.context.new_page()
    difference = blank.evaluate(LARGEST_DIFFERENCE, [base64.b64encode(png).decode() for png in (whole, small)])
    assert difference <= 2


LARGEST_DIFFERENCE = """async (pictures) => {
  const [one, other] = await Promise.all(pictures.map(async (png) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.width, image.height).data;
  }));
  return one.length === other.length ? one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0) : 999;
}"""
