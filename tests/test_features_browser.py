"""/exportar, a question, /admin and a family with its group, on a phone: what is written, and how it stands there.

The pictures of docs/img are written as those of ``test_charts_browser`` are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from open_finance.sharing.levels import ALL, BALANCE
from tests.bot_app import CPF, RunningBot, running_bot
from tests.chromium import needs_browser, newest, open_chat, shown
from tests.story import BRUNO
from tests.telegram_server import ANA
from tests.test_browser_story import LATER, Town, ask, connect_before, page, tap, town
from tests.test_charts_browser import keep

__all__ = ["page", "town"]  # the fixtures
pytest_plugins = ("tests.browser_fixtures",)
pytestmark = [*needs_browser, pytest.mark.parametrize("town", [LATER], indirect=True)]
ITAU = 601
#: The buttons whose words are wider than they are.
CUT = "buttons => buttons.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"


@pytest.fixture
def bot(town: Town, sqlite_url: str) -> Iterator[RunningBot]:
    """Ana's bank is connected before it starts, and she runs it."""
    connect_before(town, sqlite_url, CPF, ITAU)
    with running_bot(town.telegram, town.pluggy, sqlite_url, town.clock, admin_user_ids=frozenset({ANA})) as running:
        yield running


def assert_whole(message: Locator) -> None:
    """No button's words are cut, on a phone as narrow as most."""
    size = message.page.viewport_size
    assert size is not None
    message.page.set_viewport_size({"width": 390, "height": size["height"]})
    assert message.get_by_role("button").evaluate_all(CUT) == []
    message.page.set_viewport_size(size)


@pytest.mark.usefixtures("bot")
def test_a_question_is_answered_a_month_leaves_as_a_file_and_the_panel_says_how_it_goes(page: Page) -> None:
    answer = ask(page, "quanto gastei com mercado em outubro?", "Mercado em outubro: R$")
    expect(answer).to_contain_text(re.compile(r"-R\$\xa0[\d,.]+ .+ · \d\d/10\s·\sItaú"))
    expect(answer).to_contain_text("Atualizado hoje 12:00")
    assert_whole(answer)
    keep(page, answer, "pergunta")

    formats = ask(page, "/exportar outubro", "Em que formato?")
    assert_whole(formats)
    keep(page, formats, "exportar")
    tap(page, "PDF")
    expect(newest(page)).to_contain_text("extrato_2026-10.pdf")
    expect(newest(page)).to_contain_text("conferido com o extrato")

    panel = ask(page, "/admin", "✅ Tudo em dia.")
    expect(panel).to_contain_text("1 pessoa · 1 conexão")
    assert_whole(panel)
    keep(page, panel, "admin")
    tap(page, "Cotas")
    expect(panel).to_contain_text("1 atualização em todas; nenhuma foi pedida por alguém")
    assert_whole(panel)


def test_what_a_family_sees_is_chosen_and_who_owes_whom_is_told_in_its_group(
    town: Town, bot: RunningBot, page: Page
) -> None:
    town.telegram.add_user(BRUNO, "Bruno")
    book = bot.core.family_book
    book.create_family(ANA, "Ana")
    book.accept(BRUNO, book.invite(ANA).token, "Bruno")
    account, savings, _ = book.list_sharing(ANA)
    book.share(ANA, account.account_id, ALL)
    book.share(ANA, savings.account_id, BALANCE)
    town.telegram.wait_for_text(ANA, "Bruno entrou na família")
    expect(newest(page)).to_contain_text("Bruno entrou na família")
    home = ask(page, "/familia", "Ana (você) e Bruno")
    expect(home).to_contain_text("• Conta Itaú: o saldo e os lançamentos")
    expect(home).to_contain_text("• Poupança Itaú: só o saldo")
    expect(home).to_contain_text("Oculta: 1 conta. Ninguém sabe que ela existe.")
    assert_whole(home)
    keep(page, home, "familia")
    tap(page, "O que eu mostro")
    expect(home).to_contain_text("Toque numa conta")
    assert_whole(home)
    tap(page, "Itaú")
    expect(home).to_contain_text("Agora a família vê: o saldo e os lançamentos.")
    assert_whole(home)

    group = town.telegram.add_group(ANA, BRUNO)
    book.link_group(ANA, group)
    open_chat(page, f"{town.telegram.url}/?user={ANA}&chat={group}")
    draft = ask(page, "/dividir 164,70 mercado", "R$\xa082,35 de cada: Ana e Bruno.")
    number = int(draft.get_attribute("data-message-id") or 0)
    assert_whole(draft)
    tap(page, "Confirmar")
    expect(shown(page, number)).to_contain_text("✅ Mercado, R$\xa0164,70, pago por Ana: R$\xa082,35 de cada.")
    debts = ask(page, "/acertos", "Bruno deve R$\xa082,35 a Ana")
    assert_whole(debts)
    keep(page, debts, "acertos")
