"""/credito in the chat: figures with their rows, what is owed, the plan, and the income statement's file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from gerente_financeiro.messages import debts as debt_words
from gerente_financeiro.messages.income_statement import NO_INCOME
from gerente_financeiro.verify_command import verify_file
from open_finance.income_seal import Verified, grouped, verify
from open_finance.investment_records import Loan
from open_finance.prompts import PROMPT_WAITS
from open_finance.storage import investment_writes, loan_writes
from tests.clocks import START
from tests.databases import BOTH_DATABASES
from tests.investment_builders import loan
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Servers, Story, checking, data_of, labels, row, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
MONTHS = [date(2026, month, 1) for month in range(5, 12)]
EXPIRED = "Este menu expirou. Use /credito"
FIRST = "Sua saúde de crédito (não é score de birô)"


@pytest.fixture(params=BOTH_DATABASES)
def both(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Story]:
    """A story on each kind of database."""
    with tell(servers, request.getfixturevalue(f"{request.param}_url")) as told:
        yield told


def household(story: Story, *loans: Loan, balance: str = "-500.00") -> None:
    """A salary, a rent that is more than that, and an account below zero that is charged interest for it."""
    rows: list[Json] = []
    for number, month in enumerate(MONTHS):
        first = 10 * number
        rows.append(
            row(first + 1, month.replace(day=5), "4430.00", description="SALARIO ESTUDIO", categoryId="01010000")
        )
        rows.append(
            row(first + 2, month.replace(day=10), "-4400.00", description="IMOBILIARIA AZUL", categoryId="14010000")
        )
        rows.append(
            row(first + 3, month.replace(day=2), "-30.00", description="JUROS CHEQUE ESPECIAL", categoryId="02010000")
        )
    story.bank_shows(checking(balance=balance), rows=rows)
    connection = story.connect()
    if loans:
        with story.core.database.writing() as session:
            loan_writes.merge_loans(session, ANA, connection["id"], list(loans), START)
            investment_writes.note_product_read(session, ANA, connection["id"], "loans", "listed", len(loans), START)


def text_of(message: Json) -> list[str]:
    return str(message["text"]).replace(N, " ").split("\n")


def below(story: Story, message: Json) -> Json:
    """The bot's newest message, which is not this one."""
    newest = [one for one in story.telegram.messages(ANA) if one["from_bot"]][-1]
    assert newest["message_id"] > message["message_id"]
    return newest


# --- looking ---------------------------------------------------------------------------------------------------------


def test_every_figure_leads_to_its_rows_and_back(both: Story) -> None:
    household(both)
    told = both.ask("/credito", FIRST)
    lines = text_of(told)
    assert lines[2:4] == [
        "Comprometimento da renda: 0,7% · 🟢 bom",
        "Uso do limite: ainda não dá para calcular; falta um cartão",
    ]
    assert "Rotativo: ainda não dá para calcular; falta um cartão" in lines
    assert "Cheque especial: R$ 500,00 · 🔴 alto" in lines
    assert "Custo das dívidas: R$ 30,00 por mês · 🟢 bom" in lines
    assert any(line.startswith("O que mais ajuda: abater R$ 100,00 do cheque especial de Itaú") for line in lines)
    assert lines[-3] == "Não é score nem recomendação de crédito."
    assert lines[-1].startswith("Atualizado hoje")
    assert labels(told) == [
        *("Como calculei", "Minhas dívidas", "Plano para quitar", "Comprovante de renda (PDF)", "Fechar"),
    ]

    how = both.press(told, "Como calculei", "Toque num número")
    both.restart()
    figure = both.press(how, "1", "De onde vem: ")
    assert "R$ 0,00 de parcelas" in figure["text"].replace(N, " ")
    assert labels(figure)[-1] == "‹ Voltar"
    opened = both.press(figure, "1", "SALARIO ESTUDIO")
    assert f"+R${N}4.430,00" in opened["text"]
    asked = both.press(opened, "Nota", "nota")
    assert "‹ A conta" in labels(asked)
    again = both.press(asked, "Cancelar", "SALARIO ESTUDIO")
    back = both.press(again, "‹ Voltar", "De onde vem: ")
    assert back["text"] == figure["text"]
    both.press(both.press(back, "‹ Voltar", "Toque num número"), "‹ Voltar", FIRST)


def test_rows_turn_in_place(story: Story) -> None:
    days = {number: date(2026, 8 + number % 3, 1 + number % 25) for number in range(1, 40)}
    rows = [row(number, day, "-10.00", description=f"LOJA {number}") for number, day in days.items()]
    rows.append(row(99, date(2026, 7, 1), "-10.00"))
    story.bank_shows(checking(balance="900.00"), rows=rows)
    story.connect()
    how = story.press(story.ask("/credito", FIRST), "Como calculei", "Toque num número")
    first = story.press(how, "5", "De onde vem: ")
    assert first["text"].startswith("Reserva: ")
    page = next(label for label in labels(first) if re.fullmatch(r"1/\d", label))
    second = story.press(first, "›", "\n11. ")
    assert second["message_id"] == told_id(first)
    last = story.press(second, f"2/{page[-1]}", "\n1. ")
    story.telegram.press(ANA, last["message_id"], "‹ Voltar")


def told_id(message: Json) -> int:
    return int(message["message_id"])


def test_who_has_no_bank_is_shown_the_way_to_one(story: Story) -> None:
    assert labels(story.ask("/credito", "Nenhum banco conectado ainda.")) == ["🏦 Conectar", "👀 Demonstração"]


def test_who_has_a_bank_and_no_history_is_told_what_is_missing(story: Story) -> None:
    story.bank_shows(checking(balance="900.00"))
    story.connect()
    told = story.ask("/credito", FIRST)
    assert "Comprometimento da renda: ainda não dá para calcular; faltam meses de lançamentos" in told["text"]
    assert "Plano para quitar" not in labels(told)
    owed = story.press(told, "Minhas dívidas", "Não vejo empréstimo")
    assert labels(owed) == ["‹ Voltar"]
    months = story.press(story.press(owed, "‹ Voltar", FIRST), "Comprovante de renda (PDF)", "De quantos meses?")
    assert story.press(months, "6 meses", "Ainda não há o que comprovar")["text"] == NO_INCOME


def test_months_without_income_give_no_file(story: Story) -> None:
    rows = [row(number, month.replace(day=7), "-10.00") for number, month in enumerate(MONTHS)]
    story.bank_shows(checking(balance="900.00"), rows=rows)
    story.connect()
    months = story.press(story.ask("/credito", FIRST), "Comprovante de renda (PDF)", "De quantos meses?")
    assert story.press(months, "12 meses", "Ainda não há o que comprovar")["text"] == NO_INCOME


def test_the_screen_is_closed_and_stays_readable(story: Story) -> None:
    household(story)
    told = story.ask("/credito", FIRST)
    story.telegram.press(ANA, told["message_id"], "Fechar")
    story.telegram.wait_for(ANA, lambda seen: seen["message_id"] == told["message_id"] and not labels(seen))


def test_a_loan_is_told_as_its_bank_tells_it_and_stands_in_the_plan(both: Story) -> None:
    household(both, loan())
    owed = both.press(both.ask("/credito", FIRST), "Minhas dívidas", f"Minhas dívidas: R${N}5.623,45")
    lines = text_of(owed)
    assert lines[5:11] == [
        "2. Empréstimo Crédito pessoal · Itaú",
        "Falta R$ 5.123,45 · 1,99% ao mês · CET 29,9% ao ano",
        "Parcelas: 10 de 24 pagas",
        "Parcela: cerca de R$ 422,91 por mês",
        "Termina em 10/01/2028",
        "",
    ]
    assert not any("não enviou empréstimos" in line for line in lines)
    plan = both.press(both.press(owed, "‹ Voltar", FIRST), "Plano para quitar", "Plano para quitar:")
    assert [line[:3] for line in text_of(plan) if "quitado no" in line] == ["1. ", "2. "]
    how = both.press(both.press(plan, "‹ Voltar", FIRST), "Como calculei", "Toque num número")
    figure = both.press(how, "1", "De onde vem: ")
    assert "Minhas dívidas" in labels(figure)
    both.press(figure, "Minhas dívidas", "Minhas dívidas:")


# --- the plan --------------------------------------------------------------------------------------------------------


def test_the_plan_is_changed_by_buttons_and_by_typing(both: Story) -> None:
    household(both, loan(outstanding=Decimal("800.00")))
    told = both.ask("/credito", FIRST)
    owed = both.press(told, "Minhas dívidas", f"Minhas dívidas: R${N}1.300,00")
    assert "Cheque especial de Itaú ••" in owed["text"]
    first = both.press(both.press(owed, "‹ Voltar", FIRST), "Plano para quitar", "Plano para quitar:")
    assert labels(first)[-3:] == ["Ordem: a menor primeiro", "Outro valor", "‹ Voltar"]
    more = both.press(first, "+ R$ 100", "Plano para quitar:")
    both.restart()
    asked = both.press(more, "Outro valor", "Quanto você pode pagar por mês")
    answer = both.ask("nada", "Não entendi o valor.")
    assert answer["text"] == debt_words.NO_AMOUNT.replace("<code>", "").replace("</code>", "")
    for zero in ("0", "tudo"):
        both.ask(zero, "Não entendi o valor.")
    planned = both.ask("R$ 250,00", f"com R${N}250,00 por mês")
    assert labels(both.current(asked)) == []
    other = both.press(planned, "Ordem: a menor primeiro", "Ordem: a menor primeiro")
    little = both.press(other, "− R$ 100", f"com R${N}150,00 por mês")
    both.press(both.press(little, "− R$ 100", f"R${N}50,00"), "‹ Voltar", FIRST)


def test_a_question_that_is_cancelled_or_forgotten_changes_nothing(story: Story) -> None:
    household(story)
    told = story.press(story.ask("/credito", FIRST), "Plano para quitar", "Plano para quitar:")
    asked = story.press(told, "Outro valor", "Quanto você pode pagar por mês")
    back = story.press(asked, "Cancelar", "Plano para quitar:")
    assert back["text"] == told["text"]
    story.ask("250", "Posso responder, por exemplo")
    story.press(back, "Outro valor", "Quanto você pode pagar por mês")
    story.ask("/cancelar", debt_words.BUDGET_STAYS)
    asked = story.press(
        story.press(story.ask("/credito", FIRST), "Plano para quitar", "Plano para"), "Outro valor", "Quanto"
    )
    wait_until(lambda: story.core.prompts.find(ANA))
    story.clock.advance(PROMPT_WAITS.total_seconds() + 1)
    story.telegram.wait_for(
        ANA, lambda seen: seen["message_id"] == asked["message_id"] and debt_words.BUDGET_TIMED_OUT in seen["text"]
    )


# --- the income statement --------------------------------------------------------------------------------------------


def test_the_statement_comes_as_a_file_that_can_be_verified(both: Story, tmp_path: Path) -> None:
    household(both)
    months = both.press(both.ask("/credito", FIRST), "Comprovante de renda (PDF)", "De quantos meses?")
    assert labels(months) == ["6 meses", "12 meses", "‹ Voltar"]
    both.restart()
    both.telegram.press(ANA, months["message_id"], "6 meses")
    sent = both.telegram.wait_for(ANA, lambda seen: seen["from_bot"] and seen["document"])
    assert sent["document"]["file_name"] == "comprovante_de_renda_2026-11.pdf"
    content = both.telegram.file(sent)
    found = verify(content)
    assert isinstance(found, Verified)
    assert f"Código: {grouped(found.code)}" in sent["text"]
    assert text_of(sent)[0].startswith("Renda média de R$ 4.430,00 por mês, de maio de 2026 a outubro de 2026.")
    page = PdfReader(BytesIO(content)).pages[0].extract_text()
    assert "Média por mês R$ 4.430,00" in page
    path = tmp_path / "comprovante.pdf"
    path.write_bytes(content)
    assert verify_file(path)[0] == 0
    path.write_bytes(content.replace(b"4430.00", b"9430.00", 1))
    assert verify_file(path)[0] == 1
    assert "12345678900" not in found.figures


# --- buttons that are not ours ---------------------------------------------------------------------------------------


NOT_OURS = (
    *("crh:1", "crh:x", "crf", "crf:9:0", "crf:0", "crf:0:0:0", "crf:0:-1", "crf:a:b", "crd", "crd:x", "crd:1:1"),
    *("crp:0", "crp:2:1", "crp:0:0", "crp:x:y", "crpv", "crpv:0", "crif", "crif:7", "crif:6:6"),
    *("crr", "crr:0:0", "crr:0:0:999", "crr:9:0:1", "crr:0:0:1:1", "crr:0:x:1", "crr:0:0:?"),
)


def test_a_button_that_is_not_ours_does_nothing(story: Story) -> None:
    household(story)
    told = story.ask("/credito", FIRST)
    for data in NOT_OURS:
        assert story.forge(told, data) == EXPIRED, data
    assert story.current(told)["text"] == told["text"]
    assert len(story.telegram.messages(ANA)) == 2


def test_nobody_sees_somebody_elses(story: Story) -> None:
    household(story)
    figure = story.press(story.press(story.ask("/credito", FIRST), "Como calculei", "Toque num"), "1", "De onde vem: ")
    row_data = data_of(figure, "1")
    foreign = story.ask("/credito", "Nenhum banco conectado ainda.", user=BRUNO)
    assert story.forge(foreign, row_data, user=BRUNO) == EXPIRED
    for data in ("crh", "crf:0:0", "crd:0", "crp", "crif:6"):
        story.forge(foreign, data, user=BRUNO)
    shown = " ".join(str(one["text"]) for one in story.telegram.messages(BRUNO))
    assert "4.430,00" not in shown
    assert "500,00" not in shown


def test_the_balance_leads_to_credit_where_something_is_owed_by_contract(story: Story) -> None:
    household(story, balance="100.00")
    assert "Crédito" not in labels(story.ask("/saldo", "Você tem"))
    household(story, loan(), balance="100.00")
    balance = story.ask("/saldo", f"Empréstimos: -R${N}5.123,45")
    assert text_of(story.press(balance, "Crédito", FIRST))[0] == FIRST
