"""/patrimonio in the chat: a picture with its parts, edited in place, and words where there is nothing to draw."""

from __future__ import annotations

import struct
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import TODAY
from tests.loan_rows import add_loan
from tests.pluggy_json import raw_investment
from tests.pluggy_server import Json
from tests.story import LOGIN, Story, checking, credit_card, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"


def household(story: Story) -> None:
    """Two hundred reais less than half a year ago, and a card."""
    rows = [
        row(1, TODAY - timedelta(days=150), "1200.00", type="CREDIT"),
        row(2, TODAY - timedelta(days=20), "-200.00"),
    ]
    story.bank_shows(checking(balance="1000.00"), rows=rows)
    story.connect()


def test_what_somebody_has_is_drawn_and_turned_in_place(story: Story) -> None:
    household(story)
    first = story.ask("/patrimonio", "Patrimônio")
    assert first["text"].split("\n")[:2] == [f"🏛 Patrimônio: R${N}1.000,00", f"Contas e poupança R${N}1.000,00"]
    assert f"R${N}200,00 a menos que em 23/10 · R${N}1.000,00 a mais que em 23/11/2025" in first["text"]
    assert "Medido a partir de hoje; antes, calculado pelos lançamentos." in first["text"]
    assert first["text"].split("\n")[-1].startswith("Atualizado hoje")
    assert labels(first) == ["3 meses", "Fechar"]
    picture = story.telegram.file(first)
    assert struct.unpack(">II", picture[16:24]) == (1080, 1350)

    story.restart()
    story.telegram.press(ANA, first["message_id"], "3 meses")
    turned = story.telegram.wait_for(
        ANA, lambda seen: seen["message_id"] == first["message_id"] and labels(seen) == ["12 meses", "Fechar"]
    )
    assert story.telegram.file(turned) != picture
    story.telegram.press(ANA, first["message_id"], "Fechar")
    story.telegram.wait_for(ANA, lambda seen: seen["message_id"] == first["message_id"] and not labels(seen))
    assert labels(story.ask("/patrimonio 3", "Patrimônio")) == ["12 meses", "Fechar"]


def test_the_balance_leads_to_the_picture_and_both_say_the_same(story: Story) -> None:
    story.bank_shows(checking(balance="1000.00"), credit_card(balance="300.00"), rows=[row(1, TODAY, "-10.00")])
    story.connect()
    balance = story.ask("/saldo", "Você tem")
    assert f"= Líquido: R${N}700,00" in balance["text"]
    drawn = story.press(balance, "Patrimônio", f"🏛 Patrimônio: R${N}700,00")
    assert drawn["photo"]
    assert f"\nCartões -R${N}300,00\n" in drawn["text"]


def test_what_is_invested_and_lent_is_part_of_it_and_a_line_each_in_the_balance(story: Story) -> None:
    account = checking(balance="1000.00")
    household: Json = {
        "accounts": [account],
        "transactions": {account["id"]: [row(1, TODAY - timedelta(days=300), "1000.00", type="CREDIT")]},
        "investments": [as_sent(raw_investment(balance=Decimal("10673.60"), **BOUGHT))],
    }
    story.pluggy.admin("households", {"match": LOGIN["user"], "household": household})
    made = story.connect()
    with story.core.database.writing() as session:
        add_loan(session, made["id"], ANA)  # no door with a password tells of loans
    balance = story.ask("/saldo", "Você tem")
    assert f"\n📈 Investimentos: R${N}10.673,60\n🏦 Empréstimos: -R${N}5.123,45\n" in balance["text"]
    assert "Líquido" not in balance["text"]
    drawn = story.press(balance, "Patrimônio", f"🏛 Patrimônio: R${N}6.550,15")
    assert drawn["text"].split("\n")[1:4] == [
        f"Contas e poupança R${N}1.000,00",
        f"Investimentos R${N}10.673,60",
        f"Empréstimos -R${N}5.123,45",
    ]
    assert "investimentos e empréstimos, em linha reta desde a compra ou o contrato." in drawn["text"]


BOUGHT = dict.fromkeys(("issueDate", "purchaseDate"), "2026-03-15T03:00:00.000Z")


def as_sent(body: dict[str, Any]) -> Json:
    """With the numbers of JSON."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in body.items()}


def test_without_a_bank_or_without_reais_there_are_words(story: Story) -> None:
    story.ask("/patrimonio", "Nenhum banco conectado ainda.")
    story.bank_shows(checking(currencyCode="USD", balance="9.00"))
    story.connect()
    said = story.ask("/patrimonio", "Nenhuma conta entra na soma.")
    assert said["photo"] is None
    assert f"À parte: US${N}9,00." in said["text"]


@pytest.mark.parametrize("data", ["pm:4", "pm:x", "pm:3:3", "patrimonio:1"])
def test_a_button_that_is_not_ours_does_nothing(story: Story, data: str) -> None:
    household(story)
    first = story.ask("/patrimonio", "Patrimônio")
    assert story.forge(first, data) == "Este menu expirou. Use /patrimonio"
    assert story.current(first)["text"] == first["text"]


def test_nobody_sees_somebody_elses(story: Story) -> None:
    household(story)
    story.telegram.add_user(2000, "Bruno")
    assert story.ask("/patrimonio", "Nenhum banco conectado ainda.", user=2000)["photo"] is None


def test_the_invented_family_shows_what_its_rows_tell(story: Story) -> None:
    family = story.ask("/demo", "A família Jatobá não existe.")
    drawn = story.press(family, "Patrimônio", "🏛 Patrimônio")
    assert drawn["photo"]
    assert "calculado pelos lançamentos" in drawn["text"]
    assert "3 meses" in labels(drawn)
    assert len(drawn["text"]) <= 1024
    story.telegram.press(ANA, drawn["message_id"], "3 meses")
    story.telegram.wait_for(ANA, lambda seen: seen["message_id"] == drawn["message_id"] and "12 meses" in labels(seen))
