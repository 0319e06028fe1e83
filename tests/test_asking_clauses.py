"""A question among other sentences is read as if it stood alone, unless these say something about it."""

from __future__ import annotations

import pytest

from open_finance.asking.clauses import clauses_of
from open_finance.asking.question import Kind
from tests.test_asking import asked, read

AMONG = {
    "Saí do plantão agora e queria saber: quanto gastei na sexta-feira?": "quanto gastei na sexta-feira?",
    "estou organizando a vida e preciso ver as corridas de uber em outubro": "ver as corridas de uber em outubro",
    "ando meio doente e queria ver o total com farmácia desde o dia 10": "total com farmácia desde o dia 10",
    "o dono do apê veio aqui, então preciso saber quanto paguei de aluguel em agosto": "quanto paguei de aluguel em agosto",
    "acordei pensando nisso: qual foi o maior gasto da semana?": "qual foi o maior gasto da semana?",
    "me mostra minhas assinaturas, quero ver o que dá pra cancelar": "me mostra minhas assinaturas",
    "quanto gastei com mercado em outubro, preciso cortar despesas": "quanto gastei com mercado em outubro",
    "vou sair de casa agora, me diz o saldo do nubank": "saldo do nubank",
    "já paguei os boletos tudo, quanto tenho de saldo agora?": "quanto tenho de saldo agora?",
    "minha mãe diz que não cozinho nunca. quantos pedidos no ifood em outubro?": "quantos pedidos no ifood em outubro?",
    "nem olhei a conta kkkk quanto gastei no uber ontem?": "quanto gastei no uber ontem?",
    "pago e não vou nunca 😅 quanto já deixei na smart fit desde maio?": "quanto já deixei na smart fit desde maio?",
    "tô vendo as contas daqui, cê consegue me falar quanto deu a água em setembro?": "quanto deu a água em setembro?",
    "Boa tarde! Aqui é a dona Neide. Quanto gastei na farmácia no mês passado?": "quanto gastei na farmácia no mês passado?",
}


@pytest.mark.parametrize(("among", "alone"), AMONG.items())
def test_what_is_said_beside_a_question_changes_nothing(among: str, alone: str) -> None:
    assert asked(among) == asked(alone)


def test_what_was_named_beside_it_is_said_to_be_unused() -> None:
    assert read("Saí do plantão agora e queria saber: quanto gastei ontem?").left_over == "plantao"


@pytest.mark.parametrize(
    "text",
    [
        "ontem eu saí, quanto gastei?",
        "mercado em outubro, quanto gastei?",
        "comprei no itaú, quanto paguei?",
        "passei dos 200 reais, quantas compras foram?",
    ],
)
def test_a_day_an_amount_a_category_or_an_account_beside_it_counts(text: str) -> None:
    whole = read(text).question or read(text).guess
    last = read(text.partition(", ")[2]).question or read(text.partition(", ")[2]).guess
    assert whole is None or whole != last


@pytest.mark.parametrize(
    "text",
    [
        "fui na loja da Sefora Lins, quanto gastei?",
        "não quero saber do mercado, quanto gastei em outubro?",
        "não conta a Sefora Lins, quanto gastei em outubro?",
        "meu irmão ganha 5 mil e quanto eu recebi esse mês?",
        "paga a fatura e me diz quanto gastei",
        "faz um pix pro bruno, quanto tenho de saldo?",
    ],
)
def test_a_name_a_negation_another_persons_or_a_wish_beside_it_makes_no_sum_of_everything(text: str) -> None:
    question = read(text).question
    assert question is None or question.texts


def test_what_stands_apart_without_a_verb_belongs_to_the_question() -> None:
    assert [clause.text for clause in clauses_of("Sephora, quanto gastei?")] == []
    assert asked("quanto gastei em outubro, no uber?").texts == asked("quanto gastei no uber em outubro?").texts
    assert asked("quanto gastei em outubro, no uber?").kind is Kind.SPENT
