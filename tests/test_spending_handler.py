"""/gastos in the chat: a picture with its table, edited in place, and transfers that are only likely."""

from __future__ import annotations

import re
import struct
from datetime import date, timedelta
from typing import Any

import pytest

from gerente_financeiro.messages.categories import NOT_UNDONE
from gerente_financeiro.messages.spending import NOTHING_YET
from gerente_financeiro.spending_handler import Asked, month_id, read_words, to_month
from open_finance.spending_reports import View
from tests.builders import TODAY
from tests.databases import BOTH_DATABASES
from tests.pluggy_server import Json
from tests.story import Servers, Story, checking, data_of, labels, row, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
OCTOBER, SEPTEMBER, AUGUST = (date(2026, month, 10) for month in (10, 9, 8))
PIX: dict[str, Any] = {"categoryId": "05070000", "operationType": "PIX"}


def shop(number: int, day: date, amount: str, name: str, category: str) -> Json:
    return row(number, day, amount, description=name, categoryId=category)


@pytest.fixture(params=BOTH_DATABASES)
def story(request: pytest.FixtureRequest, servers: Servers) -> Any:
    with tell(servers, request.getfixturevalue(f"{request.param}_url")) as told:
        yield told


def household(story: Story) -> None:
    """Four months at one market and one bakery; a friend's Pix, and a refund."""
    rows = [
        shop(1, TODAY, "-120.00", "Mercado Bom", "10000000"),
        shop(2, TODAY, "-40.00", "Padaria Sol", "11010000"),
        row(3, TODAY, "100.00", description="Pix recebido de Bruno", **PIX),
        shop(4, TODAY, "20.00", "Estorno Mercado Bom", "10000000"),
        *(
            shop(10 + at, day, "-80.00", "Mercado Bom", "10000000")
            for at, day in enumerate((OCTOBER, SEPTEMBER, AUGUST))
        ),
        shop(20, date(2026, 10, 30), "-500.00", "Mercado Bom", "10000000"),
        shop(21, date(2026, 7, 1), "-7.00", "Padaria Sol", "11010000"),
    ]
    story.bank_shows(checking(), rows=rows)
    story.connect()


def test_this_month_is_drawn_beside_what_is_usual_and_turned_in_place(story: Story) -> None:
    household(story)
    first = story.ask("/gastos", "Novembro até o dia 23")
    lines = first["text"].split("\n")
    assert lines[0] == f"Novembro até o dia 23: R${N}140,00 · 75% mais que o normal"
    assert lines[3:5] == [f"Mercado R${N}100,00 (71%) ▲{N}25%", f"Restaurantes e delivery R${N}40,00 (29%) · novo"]
    assert "Normal: a mediana dos 3 meses anteriores até o mesmo dia." in lines
    assert lines[-1].startswith("Atualizado hoje")
    assert labels(first) == ["Por loja", "Por conta", "6 meses", "‹ Out", "Ver por caixa", "Fechar"]
    picture = story.telegram.file(first)
    assert struct.unpack(">II", picture[16:24]) == (1080, 1350)

    story.restart()
    shops = story.press(first, "Por loja", f"Mercado Bom R${N}100,00")
    assert shops["message_id"] == first["message_id"]
    assert story.telegram.file(shops) != picture
    accounts = story.press(shops, "Por conta", f"••3416 R${N}140,00")
    months = story.press(accounts, "6 meses", "5 meses até novembro")
    assert f"Out R${N}580,00: Mercado 580,00 · Demais 0,00" in months["text"].replace(
        "Restaurantes e delivery 0,00 · ", ""
    )
    billed = story.press(months, "Ver por caixa", "caixa: cartão no vencimento da fatura")
    october = story.press(story.press(billed, "Por categoria", "Por categoria"), "‹ Out", "Outubro: ")
    assert october["text"].startswith(f"Outubro: R${N}580,00 · 625% mais que o normal")
    assert "Nov ›" in labels(october)
    story.press(october, "Nov ›", "Novembro até o dia 23")
    story.telegram.press(ANA, first["message_id"], "Fechar")
    story.telegram.wait_for(ANA, lambda seen: seen["message_id"] == first["message_id"] and not labels(seen))


def test_a_month_is_asked_for_by_name_and_a_day_that_is_none_is_told(story: Story) -> None:
    household(story)
    assert f"Outubro: R${N}580,00" in story.ask("/gastos outubro", "Outubro")["text"]
    assert "Por loja · caixa" in story.ask("/gastos caixa por loja", "Novembro até o dia 23")["text"]
    odd = story.ask("/gastos <b>13", "Novembro até o dia 23")
    assert odd["text"].split("\n")[:2] == ["Não entendi “<b>13”. Aqui está o mês:", ""]
    assert "Não entendi" not in story.press(odd, "Por loja", "Por loja")["text"]
    story.ask("/gastos 31/02", "Não encontrei o dia 31/02 no calendário")
    empty = story.ask("/gastos junho", "Nenhum gasto neste período")
    assert empty["photo"]


def test_a_group_is_opened_and_left_again(story: Story) -> None:
    rows = [
        shop(1, TODAY, "-30.00", "Cantina", "11010000"),
        shop(2, TODAY, "-12.00", "Entrega Rápida", "11020000"),
        shop(3, TODAY, "-99.00", "Mercado Bom", "10000000"),
    ]
    story.bank_shows(checking(), rows=rows)
    story.connect()
    first = story.ask("/gastos", "Novembro até o dia 23")
    opened = story.press(first, "Restaurantes e delivery ›", f"delivery em novembro até o dia 23: R${N}42,00")
    assert opened["message_id"] == first["message_id"]
    assert labels(opened)[:2] == ["Por categoria", "Por loja"]
    assert [len(line) for line in opened["buttons"]][:2] == [2, 2]  # four in a row would be cut
    story.press(opened, "Por categoria", f"R${N}141,00")
    asked = story.ask("/gastos restaurantes", f"R${N}42,00")
    assert asked["text"].split("\n")[3].startswith("Restaurantes R$")


def test_a_category_called_as_its_group_says_that_it_is_no_finer_one(story: Story) -> None:
    rows = [
        shop(1, TODAY, "-654.19", "Condomínio Flores", "17000000"),
        shop(2, TODAY, "-2350.00", "Imobiliária Lar", "17010000"),
    ]
    story.bank_shows(checking(), rows=rows)
    story.connect()
    text = story.ask("/gastos moradia", "Moradia em novembro")["text"]
    assert f"\nMoradia, em geral R${N}654,19" in text


def test_a_shop_is_named_without_the_number_of_an_instalment(story: Story) -> None:
    rows = [
        shop(1, TODAY, "-203.16", "BOOKING.COM HOTEL 1/3", "12020000"),
        shop(2, TODAY, "-63.69", "Fast Shop - Parcela 4/10", "08020000"),
    ]
    story.bank_shows(checking(), rows=rows)
    story.connect()
    text = story.ask("/gastos lojas", "Por loja")["text"]
    assert f"\nBooking.com Hotel R${N}203,16" in text
    assert f"\nFast Shop R${N}63,69" in text


def test_the_balance_leads_to_the_picture(story: Story) -> None:
    household(story)
    balance = story.ask("/saldo", "Você tem")
    drawn = story.press(balance, "Gastos", "Novembro até o dia 23")
    assert drawn["photo"]
    assert drawn["message_id"] > balance["message_id"]


def test_without_a_bank_or_without_rows_there_are_words(story: Story) -> None:
    story.ask("/gastos", "Nenhum banco conectado ainda.")
    story.bank_shows(checking(), rows=[])
    story.connect()
    assert story.ask("/gastos", NOTHING_YET)["photo"] is None


FORGED = (
    *("gs:p:g", "gs:z:g:id8", "gs:p:g:zzzzzzzzzzzzzz", "gs:p:g:1", "gs:p:c99:id8", "gs:p:c:id8"),
    *("gt:id8", "gt1:id8:1:2:3", "gtu:x:1"),
)


@pytest.mark.parametrize("data", FORGED)
def test_a_button_that_is_not_ours_does_nothing(story: Story, data: str) -> None:
    household(story)
    first = story.ask("/gastos", "Novembro")
    assert story.forge(first, data) == "Este menu expirou. Use /gastos"
    assert story.current(first)["text"] == first["text"]


# --- likely transfers -----------------------------------------------------------------------------------------------------


def two_banks(story: Story) -> Json:
    """R$ 500,00 leave one bank and reach the other, and neither says whose they are; then R$ 30,00 the other way."""
    itau = [
        row(1, TODAY, "-500.00", description="Pix enviado", **PIX),
        row(2, TODAY, "30.00", description="Pix recebido", **PIX),
    ]
    nubank = [
        row(3, TODAY, "500.00", description="Pix recebido", **PIX),
        row(4, TODAY, "-30.00", description="Pix enviado", **PIX),
        shop(5, TODAY, "-10.00", "Padaria Sol", "11010000"),
    ]
    story.bank_shows(checking(), rows=itau)
    story.connect()
    story.bank_shows(checking(2), rows=nubank, user="98765432100")
    story.connect(user="98765432100")
    return story.ask("/gastos", f"R${N}540,00")


def test_what_may_be_own_money_is_asked_answered_and_undone(story: Story) -> None:
    first = two_banks(story)
    assert "↔ 2 possíveis transferências entre suas contas, ainda na soma." in first["text"]
    asked = story.press(first, "Conferir as possíveis transferências", f"R${N}30,00 entre suas contas?")
    assert asked["photo"] is None
    done = story.press(asked, "É minha", "✅ Certo: é transferência sua")
    again = story.press(done, "Próxima ›", f"R${N}500,00 entre suas contas?")
    story.press(again, "Não é", "✅ Certo: não é sua")
    drawn = story.ask("/gastos", f"R${N}510,00")
    assert "possíve" not in drawn["text"]
    assert not [one for one in labels(drawn) if one.startswith("Conferir")]
    assert f"Pix e transferências R${N}500,00" in drawn["text"]

    undone = story.forge(story.current(asked), data_of(done, "Desfazer"))
    assert undone == ""
    assert "↔ 1 possível transferência entre suas contas" in story.ask("/gastos", f"R${N}540,00")["text"]


def test_an_answer_is_not_undone_after_ten_minutes_nor_given_twice(story: Story) -> None:
    asked = story.press(two_banks(story), "Conferir as possíveis transferências", "entre suas contas?")
    own = data_of(asked, "É minha")
    done = story.press(asked, "É minha", "✅ Certo: é transferência sua")
    assert story.forge(done, own) == "Este menu expirou. Use /gastos"
    story.clock.advance(minutes=11)
    assert story.forge(done, data_of(done, "Desfazer")) == NOT_UNDONE["expired"]
    story.ask("/gastos", f"R${N}510,00")


# --- words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", Asked()),
        ("outubro", Asked(month=date(2026, 10, 1))),
        ("dezembro", Asked(month=date(2025, 12, 1))),
        ("caixa", Asked(View.BILLS)),
        ("lojas setembro", Asked(by="merchant", month=date(2026, 9, 1))),
        ("6 meses", Asked(by="months")),
        ("por conta", Asked(by="account")),
        ("bobagem", Asked(ignored="bobagem")),
        ("13", Asked(ignored="13")),
        ("lojas de nubank", Asked(by="merchant", ignored="nubank")),
        (">500", Asked(ignored=">500")),
        ("mercado em outubro", Asked(by="category", month=date(2026, 10, 1), group="Mercado")),
        ("pix", Asked(by="category", group="Transferências")),
        ("a", Asked(ignored="a")),
        ("farmácia", Asked(by="category", group="Saúde e bem-estar")),
        ("caixa saúde outubro", Asked(View.BILLS, "category", date(2026, 10, 1), "Saúde e bem-estar")),
    ],
)
def test_words_after_the_command(typed: str, asked: Asked) -> None:
    assert read_words(typed, TODAY) == asked


def test_a_button_holds_a_month() -> None:
    assert [to_month(month_id(date(2026, month, 1))) for month in range(1, 13)] == [
        date(2026, m, 1) for m in range(1, 13)
    ]
    assert re.fullmatch(r"[0-9a-z]{3}", month_id(TODAY))
    assert to_month(month_id(TODAY + timedelta(days=30))) == date(2026, 12, 1)
