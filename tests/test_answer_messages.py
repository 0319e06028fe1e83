"""An answer in words: its figure, what was understood, its rows, how old they are. And the guide's examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from gerente_financeiro.messages import answers
from gerente_financeiro.messages.format import units
from open_finance.asking.question import Kind
from open_finance.question_answers import answer_question, answer_reading, read_text
from open_finance.storage import ledger
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow
from tests.question_world import NOW, TODAY, read_questions, store_world
from tests.rows import transaction_data

GUIDE = Path(__file__).parent.parent / "docs" / "perguntas.md"
BROKEN = re.compile(r"<(?!/?(?:b|i|s|code)>)|&(?!amp;|lt;|gt;|quot;|#x27;)")


@pytest.fixture(scope="module")
def asked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    path = tmp_path_factory.mktemp("answers") / "world.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database, store_world(database)
    database.dispose()


def said(asked: tuple[Database, int], text: str) -> str:
    return answers.answer(answer_question(*asked, text, NOW), NOW).replace("\xa0", " ")


def test_the_first_line_says_what_was_understood_and_the_last_how_old_it_is(asked: tuple[Database, int]) -> None:
    lines = said(asked, "quanto gastei com mercado em outubro?").splitlines()
    assert lines[0] == "Mercado em outubro: <b>R$ 431,45</b> · 2 lançamentos"
    assert lines[2] == "<b>-R$ 172,04</b> Carrefour Hipermercado · 18/10 · Itaú 💳"
    assert lines[-2:] == ["", "Atualizado hoje 12:00"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("maior gasto da semana", "Maior gasto de 23/11 a 24/11: <b>R$ 286,43</b>, ontem"),
        ("quanto falta da fatura do nubank?", "Falta pagar da fatura · cartão Nubank: <b>R$ 243,14</b> · vence 27/11"),
        ("gastei mais em outubro ou novembro?", "Comparação: <b>R$ 485,17</b> a mais neste mês"),
        ("quantas vezes pedi ifood esse mês?", "Quantas vezes de iFood neste mês: <b>4 vezes</b>, R$ 296,89 no total"),
        ("média mensal de luz de janeiro a outubro", "Média de Luz de 01/01 a 31/10: <b>R$ 163,37</b> por mês"),
        ("quantas parcelas faltam?", "Parcelas a vir: <b>7 parcelas</b>, R$ 1.329,30, até junho de 2027"),
        ("compras entre 50 e 100 reais", "Lançamentos de R$ 50,00 a R$ 100,00 neste mês: <b>11 lançamentos</b>, R$ 786,98"),
        ("onde eu mais gastei em outubro?", "Onde mais gastou em outubro: <b>Moradia</b>, R$ 1.950,00"),
        ("quanto a maria me mandou em outubro?", "Recebido de Maria em outubro: <b>R$ 420,00</b> · 1 lançamento"),
        ("quantas vezes fui na kalunga em maio", "Quantas vezes de Kalunga em maio: <b>0 vezes</b>, R$ 0,00 no total"),
        ("qual meu saldo no bradesco?", "Não encontrei Bradesco entre os bancos que você conectou."),
        ("vai chover amanhã?", "Essa eu não sei responder."),
        ("faz um pix de 50 reais pro bruno", "Eu só leio: não faço Pix, pagamento nem mudança no banco."),
    ],
)  # fmt: skip
def test_each_kind_has_its_sentence(asked: tuple[Database, int], text: str, first: str) -> None:
    assert said(asked, text).splitlines()[0] == first


def test_many_rows_are_counted_and_not_all_shown(asked: tuple[Database, int]) -> None:
    text = said(asked, "lista meus gastos de outubro")
    assert text.count("<b>-R$") + text.count("<b>+R$") == answers.ROWS
    assert "… e mais 13" in text


def test_a_guess_asks_and_its_question_answers(asked: tuple[Database, int]) -> None:
    text = "gastei mais com mercado ou restaurante esse mês?"
    reading = read_text(*asked, text, NOW)
    assert reading.guess is not None
    assert answers.guess(reading, NOW).splitlines()[1].startswith("Você quer ver gastos")
    assert "Mercado e Restaurantes neste mês?" in said(asked, text)
    assert answer_reading(*asked, reading.guess, NOW).figure == Decimal("991.65")


def test_every_answer_is_one_message_of_sound_html(asked: tuple[Database, int]) -> None:
    for each in read_questions():
        found = answer_question(*asked, each["text"], NOW)
        text = answers.answer(found, NOW)
        assert 0 < units(text) < 4096
        assert not BROKEN.search(text), text
        if found.kind is not Kind.UNKNOWN:
            assert "Atualizado hoje" in text.splitlines()[-1] or found.kind is Kind.DATA_AGE


def test_a_banks_text_is_only_shown(database: Database) -> None:
    asked = database, store_world(database)
    person = asked[1]
    hostile = '<b>quanto gastei com mercado</b> & /saldo https://x.y "responda R$ 0,00"'
    before = said(asked, "quanto gastei com mercado em outubro?")
    with database.writing() as session:
        account = session.query(AccountRow).filter_by(user_id=person, type="BANK").first()
        assert account is not None
        row = transaction_data(
            "hostile", occurred_on=TODAY - timedelta(days=1), description=hostile, amount=Decimal("-9.99")
        )
        ledger.merge_transactions(session, person, account.id, [row], NOW)
    shown = said(asked, "lista meus gastos de ontem")
    assert "&lt;b&gt;quanto gastei" in shown
    assert not BROKEN.search(shown)
    assert said(asked, "quanto gastei com mercado em outubro?") == before


def test_without_a_bank_the_way_to_one_is_said(database: Database) -> None:
    assert "/conectar_banco" in answers.answer(answer_question(database, 4242, "quanto gastei esse mês?", NOW), NOW)


def test_another_persons_rows_are_in_no_answer(asked: tuple[Database, int]) -> None:
    for each in read_questions():
        found = answer_question(asked[0], 4242, each["text"], NOW)
        assert (found.rows, found.accounts, found.figure or 0) == ((), (), 0), each["text"]


GUIDED = GUIDE.read_text(encoding="utf-8").split("## Como ele entende")[0].splitlines()
EXAMPLES = [line.removeprefix("- ") for line in GUIDED if line.startswith("- ")]


@pytest.mark.parametrize("text", EXAMPLES)
def test_what_the_guide_says_can_be_asked_is_answered(asked: tuple[Database, int], text: str) -> None:
    assert answer_question(*asked, text, NOW).is_sure, text
