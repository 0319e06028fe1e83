"""/investimentos in the chat: a picture turned in place, positions opened below it, words where there is nothing to draw.

The positions are stored as a synchronisation would, of a bank that is connected through the local Pluggy.
"""

from __future__ import annotations

import io
import struct
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete

from open_finance.records import Connection
from open_finance.storage.investment_models import InvestmentRow, ProductReadRow
from tests.builders import TODAY
from tests.investment_rows import add_investment, add_movement, add_read, add_snapshot
from tests.pluggy_json import raw_investment
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, LOGIN, Story, checking, data_of, labels
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
NOT_ADVICE = "Não é recomendação de investimento."


def bank(story: Story, name: str = "Banco Z", key: int = 1, **read: Any) -> Connection:
    """A bank of Ana's that was asked for her investments."""
    user = f"1234567890{key}"
    story.bank_shows(checking(key), user=user)
    made = story.connect(user=user)
    story.change(made["id"], connector_name=name)
    with story.core.database.writing() as session:
        add_read(session, made["id"], ANA, **read)
    return made


def holds(story: Story, connection: Connection, *positions: dict[str, Any]) -> list[int]:
    """What she has there; the ids of ours."""
    with story.core.database.writing() as session:
        return [
            add_investment(session, connection["id"], ANA, **{"pluggy_id": f"position-{number}", **fields})
            for number, fields in enumerate(positions, 1)
        ]


CDB: dict[str, Any] = {}
FUND: dict[str, Any] = {
    "type": "MUTUAL_FUND",
    "subtype": "MULTIMARKET_FUND",
    "name": "Fundo <Alfa>",
    "bank_name": "Corretora Y",
    "balance": Decimal("23536.95"),
    "amount": Decimal("23536.95"),
    "code": "99888777000166",
    **dict.fromkeys(("rate", "rate_type", "due_on", "issued_on", "purchased_on", "issuer", "issuer_cnpj")),
}


def test_what_somebody_has_is_drawn_turned_and_looked_into(story: Story) -> None:
    (cdb,) = holds(story, bank(story), CDB)
    holds(story, bank(story, "Corretora Y", 2), FUND)
    with story.core.database.writing() as session:
        add_movement(session, cdb, ANA)
    first = story.ask("/investimentos", "Investido")
    assert first["text"].split("\n")[:3] == [
        f"📈 Investido: R${N}34.210,55 (líquido)",
        f"Fundos: R${N}23.536,95 (68,8%)",
        f"CDB: R${N}10.673,60 (31,2%)",
    ]
    assert NOT_ADVICE in first["text"]
    assert first["text"].split("\n")[-1].startswith("Atualizado hoje")
    assert labels(first) == ["Por banco", "Posições", "Vencimentos", "FGC", "Posição em 31/12", "Fechar"]
    picture = story.telegram.file(first)
    assert struct.unpack(">II", picture[16:24]) == (1080, 1350)

    story.restart()
    turned = story.press(first, "Por banco", "Corretora Y: ")
    assert turned["message_id"] == first["message_id"]
    assert labels(turned)[0] == "Por tipo"
    assert story.telegram.file(turned) != picture
    listed = story.press(turned, "Posições", "2 posições")
    assert listed["message_id"] > first["message_id"]  # the picture stays
    assert labels(listed) == ["1", "2", "Vencimentos", "FGC", "Fechar"]
    opened = story.press(listed, "2", "como o banco informa")
    assert opened["message_id"] == listed["message_id"]
    assert f"IR 20% sobre R${N}842,00 = R${N}168,40 (253 dias)" in opened["text"]
    assert "igual ao do banco." in opened["text"]
    assert f"• 15/03 aplicação R${N}10.000,00" in opened["text"]
    back = story.press(opened, "‹ Voltar", "2 posições")
    story.press(back, "1", "Imposto: não calculo")
    ladder = story.press(
        story.press(story.current(listed), "‹ Voltar", "2 posições"), "Vencimentos", "Próximo vencimento"
    )
    assert "15/03/2027, CDB Banco Z 110% CDI" in ladder["text"]
    cover = story.press(ladder, "FGC", "conglomerado")
    assert f"Sem FGC: R${N}23.536,95 (Fundos)." in cover["text"]
    story.telegram.press(ANA, cover["message_id"], "Fechar")
    story.telegram.wait_for(ANA, lambda seen: seen["message_id"] == cover["message_id"] and not labels(seen))


def test_the_balance_leads_to_the_picture_and_both_say_the_same(story: Story) -> None:
    made = bank(story)
    assert "Investimentos" not in labels(story.ask("/saldo", "Você tem"))
    holds(story, made, CDB, FUND)
    balance = story.ask("/saldo", f"Investimentos: R${N}34.210,55")
    drawn = story.press(balance, "Investimentos", f"📈 Investido: R${N}34.210,55")
    assert drawn["photo"]


def test_by_bank_may_be_asked_for_at_once(story: Story) -> None:
    holds(story, bank(story, "Corretora Y"), CDB, FUND)
    assert labels(story.ask("/investimentos banco", "Corretora Y"))[0] == "Por tipo"


def test_a_long_list_has_pages_that_add_up(story: Story) -> None:
    holds(
        story, bank(story), *[{**CDB, "balance": Decimal(number), "name": f"CDB {number}"} for number in range(1, 11)]
    )
    first = story.press(story.ask("/investimentos", "Investido"), "Posições", "10 posições")
    assert f"10 posições: R${N}55,00" in first["text"]
    assert labels(first)[:11] == ["1", "2", "3", "4", "5", "6", "7", "8", "1/2", "›", "Vencimentos"]
    second = story.press(first, "›", "9. CDB 2")
    assert "10. CDB 1\n" in second["text"]
    back = story.press(story.press(second, "10", "Aplicado"), "‹ Voltar", "9. CDB 2")
    assert labels(back)[:4] == ["9", "10", "‹", "2/2"]


def test_what_a_bank_lists_is_read_and_shown_to_the_centavo(story: Story) -> None:
    """Through the local Pluggy: gross of the day, the bank's net, what it was bought for, and a fund without any of it."""
    account, paper, fund = checking(), pluggy_position(1), pluggy_position(2, "MUTUAL_FUND", "STOCK_FUND", **NO_PAPER)
    moves = {paper["id"]: [{**BUY, "id": "22222222-0000-4000-8000-000000000001"}]}
    household: Json = {"accounts": [account], "investments": [paper, fund], "investment_transactions": moves}
    story.pluggy.admin("households", {"match": LOGIN["user"], "household": household})
    story.connect()
    first = story.ask("/investimentos", f"Investido: R${N}11.173,58")
    listed = story.press(first, "Posições", f"2 posições: R${N}11.173,58")
    opened = story.press(listed, "1", "como o banco informa")
    assert f"IR 20% sobre R${N}842,00 = R${N}168,40 (253 dias)" in opened["text"]
    assert f"diferença de R${N}0,02 para o líquido que o banco informa." in opened["text"]
    assert f"Aplicado em 15/03: R${N}10.000,00" in opened["text"]
    other = story.press(story.press(opened, "‹ Voltar", "2 posições"), "2", "Fundo Alfa")
    assert "O banco não informa: valor bruto, valor aplicado." in other["text"]
    assert "Imposto: não calculo: este tipo de investimento segue outra regra." in other["text"]


def pluggy_position(number: int, kind: str = "FIXED_INCOME", subtype: str = "CDB", **more: Any) -> Json:
    """A position as Pluggy shows it, R$ 0,02 below what the table makes of it."""
    days = dict.fromkeys(("issueDate", "purchaseDate"), "2026-03-15T03:00:00.000Z")
    told = {
        "balance": 10673.58,
        "amount": 10842.0,
        "value": 10842.0,
        "date": "2026-11-23T03:00:00.000Z",
        **days,
        **more,
    }
    body = raw_investment(id=f"11111111-0000-4000-8000-{number:012d}", type=kind, subtype=subtype, **told)
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in body.items()}


NO_PAPER: dict[str, Any] = {"name": "Fundo Alfa", "balance": 500.0} | dict.fromkeys(
    (
        "amount",
        "amountOriginal",
        "quantity",
        "value",
        "rate",
        "rateType",
        "issuer",
        "issuerCNPJ",
        "dueDate",
        "issueDate",
    )
)
BUY: Json = {
    "type": "BUY",
    "movementType": "CREDIT",
    "amount": 10000.0,
    "quantity": 1,
    "date": "2026-03-15T03:00:00.000Z",
}


# --- where there is nothing ----------------------------------------------------------------------------------------------


def test_without_investments_there_are_words(story: Story) -> None:
    story.ask("/investimentos", "Nenhum banco conectado ainda.")
    bank(story, listed=0)
    said = story.ask("/investimentos", "Nenhum banco informou investimentos.")
    assert said["photo"] is None
    assert labels(said) == ["🔄 Atualizar", "🏦 Conectar", "Fechar"]


def test_a_bank_that_does_not_share_them_says_how_to(story: Story) -> None:
    bank(story, reading="refused", read_at=None, listed=0)
    said = story.ask("/investimentos", "Nenhum banco compartilha investimentos comigo.")
    assert "marque também os investimentos" in said["text"]


def test_a_bank_that_was_never_asked_is_told_apart_from_one_that_has_none(story: Story) -> None:
    made = bank(story)
    with story.core.database.writing() as session:
        session.execute(delete(ProductReadRow).where(ProductReadRow.connection_id == made["id"]))
    story.ask("/investimentos", "Ainda não li seus investimentos.")


def test_a_bank_that_is_read_for_the_first_time_is_waited_for(story: Story) -> None:
    made = bank(story)
    story.change(made["id"], settled_at=None)
    story.ask("/investimentos", "Ainda estou lendo")


# --- the file for the tax return -----------------------------------------------------------------------------------------


def test_the_position_of_a_year_comes_as_a_workbook(story: Story) -> None:
    made = bank(story)
    (cdb, _) = holds(story, made, {**CDB, **LONG_HELD}, {**CDB, "name": "=1+1", "issuer": "@Banco"})
    with story.core.database.writing() as session:
        add_movement(session, cdb, ANA, occurred_on=date(2025, 2, 3))
        add_movement(session, cdb, ANA, pluggy_id="m2", type="INTEREST", movement="DEBIT", **INTEREST)
        add_snapshot(session, cdb, date(2025, 12, 30), "10400.00", ANA)
    first = story.ask("/investimentos", "Investido")
    years = story.press(first, "Posição em 31/12", "de que ano?")
    assert labels(years) == ["2025", "2026, até hoje", "Fechar"]
    assert "informe de rendimentos" in years["text"]
    story.restart()
    story.telegram.press(ANA, years["message_id"], "2025")
    sent = story.telegram.wait_for(ANA, lambda each: each["document"] is not None)
    assert sent["document"]["file_name"] == "irpf_2025.xlsx"
    assert sent["text"].split("\n")[0] == "🧾 Posição em 31/12/2025: 2 bens e contas"
    assert "O que vale é o informe" in sent["text"]
    book = load_workbook(io.BytesIO(story.telegram.file(sent)))
    assert book.sheetnames == ["Bens e direitos", "Rendimentos", "Leia-me"]
    held = [cell.value for cell in book["Bens e direitos"][2]]
    assert held[3:6] == ["BANCO Z S.A.", "11.222.333/0001-81", "CDB Banco Z 110% CDI"]
    assert held[9] == 10400
    assert held[12] == "Valor de 30/12/2025, a última leitura até 31/12."
    income = [cell.value for cell in book["Rendimentos"][2]]
    assert income[3:8] == ["Juros e rendimentos pagos", "Tributação exclusiva/definitiva", 100, 17.5, 82.5]
    assert story.current(years)["text"] == years["text"]


def test_two_taps_in_a_hurry_bring_one_file(story: Story) -> None:
    made = bank(story)
    (cdb,) = holds(story, made, {**CDB, **LONG_HELD})
    with story.core.database.writing() as session:
        add_snapshot(session, cdb, date(2025, 12, 30), "10400.00", ANA)
    years = story.press(story.ask("/investimentos", "Investido"), "Posição em 31/12", "de que ano?")
    release = story.bot.occupy(ANA)
    first, second = (story.telegram.press(ANA, years["message_id"], "2025") for _ in range(2))
    story.telegram.wait_for_answer(second)
    release()
    story.telegram.wait_for_answer(first)
    story.ask("/ajuda", "Ver dinheiro")
    wait_until(lambda: not story.bot.context.exporting)
    assert sum(each["document"] is not None for each in story.telegram.messages(ANA)) == 1


LONG_HELD = {"issued_on": date(2025, 2, 3), "purchased_on": date(2025, 2, 3)}
INTEREST = {"occurred_on": date(2025, 8, 3), "amount": Decimal("100.00"), "income_tax": Decimal("17.50")}


def test_a_year_of_which_nothing_is_known_says_so_instead_of_a_file(story: Story) -> None:
    made = bank(story)
    (cdb,) = holds(story, made, CDB)
    with story.core.database.writing() as session:
        add_snapshot(session, cdb, date(2026, 3, 20), "10000.00", ANA)
    first = story.ask("/investimentos", "Investido")
    assert labels(story.press(first, "Posição em 31/12", "de que ano?")) == ["2026, até hoje", "Fechar"]
    years = story.telegram.messages(ANA)[-1]
    query = story.telegram.press(ANA, years["message_id"], data="inva:2025")
    story.telegram.wait_for_answer(query)
    said = story.telegram.wait_for(ANA, lambda each: "Não tenho nada de 2025" in each["text"])
    assert "Só leio seus bancos desde 20/03/2026." in said["text"]
    assert labels(said) == ["‹ Voltar", "Fechar"]
    assert not any(each["document"] for each in story.telegram.messages(ANA))


def test_who_redeemed_all_still_gets_the_file(story: Story) -> None:
    holds(story, bank(story), {**CDB, "balance": Decimal(0), "status": "TOTAL_WITHDRAWAL", "ended_on": TODAY})
    said = story.ask("/investimentos", "Nenhum banco informou investimentos.")
    assert "Posição em 31/12" in labels(said)


# --- whose it is ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        *(
            "inv:x",
            "inv:t:b",
            "investimentos:1",
            "invp",
            "invp:x",
            "invp:0:0",
            "invv:1",
            "invg:1",
            "invd:1",
            "invd:99:0",
        ),
        *("invd:x:0", "inva", "inva:1999", "inva:2027", "inva:2025:1", "inva:x", "invir:1"),
    ],
)
def test_a_button_that_is_not_ours_does_nothing(story: Story, data: str) -> None:
    holds(story, bank(story), CDB)
    first = story.ask("/investimentos", "Investido")
    assert story.forge(first, data) == "Este menu expirou. Use /investimentos"
    assert story.current(first)["text"] == first["text"]


def test_nobody_opens_somebody_elses_position(story: Story) -> None:
    (cdb,) = holds(story, bank(story), CDB)
    assert story.ask("/investimentos", "Nenhum banco conectado ainda.", user=BRUNO)["photo"] is None
    message = story.ask("/ajuda", "Ver dinheiro", user=BRUNO)
    assert story.forge(message, f"invd:{cdb}:0", user=BRUNO) == "Este menu expirou. Use /investimentos"


def test_a_position_that_counts_no_more_is_not_opened_by_an_old_button(story: Story) -> None:
    made = bank(story)
    holds(story, made, CDB, FUND)
    listed = story.press(story.ask("/investimentos", "Investido"), "Posições", "2 posições")
    opens = data_of(listed, "2")
    with story.core.database.writing() as session:
        one = session.get(InvestmentRow, int(opens.split(":")[1]))
        assert one is not None
        one.ended_on, one.status = TODAY, "TOTAL_WITHDRAWAL"
    assert story.forge(listed, opens) == "Este menu expirou. Use /investimentos"
