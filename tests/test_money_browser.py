"""/credito and /investimentos of a person with two loans and a few positions, on a phone: the plan in both orders, and the
files that are sent.

The pictures of docs/img are written as those of ``test_charts_browser`` are.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Page, ViewportSize, expect

from open_finance.income_seal import Verified, verify
from tests.bot_app import CPF
from tests.chromium import CHROMIUM, FLAGS, needs_browser, newest, write
from tests.pictures import shrink
from tests.pluggy_json import raw_loan
from tests.story import checking
from tests.telegram_server import ANA
from tests.test_browser_story import IMAGES, LATER, TAKES_PICTURES, Town, bot, connect_before, page, town
from tests.test_charts_browser import keep

__all__ = ["bot", "page", "town"]  # the fixtures
pytest_plugins = ("tests.browser_fixtures",)
pytestmark = needs_browser
ITAU, CAIXA = 601, 619
OTHER_CPF = "98765432100"
#: The viewer with a page of A4 in it, and where the page stands.
VIEWER: ViewportSize = {"width": 820, "height": 1160}
FIRST_PAGE: FloatRect = {"x": 7, "y": 5, "width": 791, "height": 1121}


@pytest.fixture
def two_loans(town: Town, sqlite_url: str) -> None:
    """A dear loan at one bank, a smaller and cheaper one at another, connected before the bot starts."""
    cheap = raw_loan(productName="Crédito consignado", type="CREDITO_PESSOAL_COM_CONSIGNACAO_PUBLICO")
    household = {"accounts": [checking()], "transactions": {}, "loans": [json.loads(json.dumps(cheap, default=float))]}
    town.pluggy.admin("households", {"match": OTHER_CPF, "household": household})
    connect_before(town, sqlite_url, CPF, ITAU)
    connect_before(town, sqlite_url, OTHER_CPF, CAIXA)


@pytest.mark.parametrize("town", [LATER], indirect=True)
@pytest.mark.usefixtures("two_loans", "bot")
def test_the_plan_has_two_orders_and_both_files_come_below_the_chat(town: Town, page: Page, tmp_path: Path) -> None:
    write(page, "/credito")
    message = newest(page)
    expect(message).to_contain_text("Sua saúde de crédito")
    message.get_by_role("button", name="Minhas dívidas").tap()
    expect(message).to_contain_text("2. Empréstimo")
    keep(page, message, "credito-dividas")
    message.get_by_role("button", name="Voltar").tap()
    message.get_by_role("button", name="Plano para quitar").tap()
    expect(message).to_contain_text("a mais de juros.")
    keep(page, message, "credito-plano")
    message.get_by_role("button", name="Ordem: a menor primeiro").tap()
    expect(message).to_contain_text("a menos de juros.")
    message.get_by_role("button", name="Voltar").tap()
    message.get_by_role("button", name="Comprovante de renda").tap()
    message.get_by_role("button", name="6 meses").tap()
    sent = newest(page)
    expect(sent).to_contain_text("Renda média de R$")
    keep(page, sent, "comprovante")
    statement = town.telegram.wait_for(ANA, lambda each: bool(each["document"]) and "Código" in each["text"])
    content = town.telegram.file(statement)
    assert isinstance(verify(content), Verified)

    write(page, "/investimentos")
    expect(newest(page)).to_contain_text("Investido: R$")
    newest(page).get_by_role("button", name="Posição em 31/12").tap()
    newest(page).get_by_role("button", name="2026, até hoje").tap()
    expect(newest(page)).to_contain_text("Posição de hoje, 23/11/2026: ")
    keep(page, newest(page), "irpf")
    if TAKES_PICTURES:
        path = tmp_path / "comprovante.pdf"
        path.write_bytes(content)
        keep_first_page(page, path)


def keep_first_page(page: Page, path: Path) -> None:
    """The first page of a PDF, as a browser of its own shows it: the viewer is a part of Chromium's new headless mode."""
    browser = page.context.browser
    assert browser is not None
    flags = [*FLAGS, "--headless=new"]
    with browser.browser_type.launch(executable_path=str(CHROMIUM), args=flags, headless=False) as viewer:
        sheet = viewer.new_page(viewport=VIEWER)
        sheet.goto(f"{path.as_uri()}#toolbar=0&navpanes=0&view=FitH")
        sheet.wait_for_timeout(3000)  # the viewer draws in a process of its own, and does not say when it has
        (IMAGES / "comprovante-pdf.png").write_bytes(shrink(sheet.screenshot(clip=FIRST_PAGE)))
