"""The words of questions as people write and say them: numbers, short dates, slips of the finger, turns that say nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.asking.amounts import find_amounts
from open_finance.asking.names import NAMES
from open_finance.asking.ordinary_words import ALIKE, COMMON
from open_finance.asking.parse import read_question
from open_finance.asking.periods import find_periods
from open_finance.asking.question import Kind, Known, Question
from open_finance.asking.sentence import Sentence, words_of
from open_finance.asking.spelling import corrected, near_names
from open_finance.reading.statement_query import Period

TODAY = date(2026, 11, 24)
KNOWN = Known(banks=("Itaú", "Nubank", "Caixa"))


def asked(text: str) -> Question:
    """What a text asks with certainty."""
    reading = read_question(text, TODAY, KNOWN)
    assert reading.question is not None, (text, reading)
    return reading.question


# --- numbers and days -------------------------------------------------------------------------------------------------

WORDS = {
    "mil e quinhentos": "1500",
    "mil duzentos e cinquenta": "1250",
    "dois mil e vinte e seis": "2026",
    "cento e vinte e cinco reais": "125 reais",
    "entre treze e vinte e dois": "entre 13 e 22",
    "entre dez e quinze de outubro": "entre 10 e 15 de outubro",
    "quinhentos conto": "500 conto",
    "um pix de dois mil": "um pix de 2000",
    "dia um": "dia 1",
    "em dez": "em dezembro",
    "de nov a dez": "de novembro a dezembro",
    "mais de dez reais": "mais de 10 reais",
    "2k": "2000",
    "1,5k": "1500",
    "2,5 mil reais": "2,5 mil reais",
    "padaria três irmãos": "padaria tres irmaos",
    "frutos do mar": "frutos do mar",
    "15 por cento": "15 por cento",
    "1a compra": "primeira compra",
    "nº de pix": "numero de pix",
    "no 1º sem": "em o 1o semestre",
    "set/out": "setembro e outubro",
    "netflix+spotify": "netflix e spotify",
    "itaú / nubank": "itau e nubank",
    "c/ farmácia": "com farmacia",
}


@pytest.mark.parametrize("text", WORDS)
def test_numbers_and_short_forms_are_written_out(text: str) -> None:
    expected = WORDS[text].replace("em o ", "no ")
    assert " ".join(words_of(text)) == expected


DAYS = {
    "dia quinze de outubro": ("2026-10-15", "2026-10-15"),
    "sete de setembro": ("2026-09-07", "2026-09-07"),
    "primeiro de maio": ("2026-05-01", "2026-05-01"),
    "entre treze e vinte e dois de novembro": ("2026-11-13", "2026-11-22"),
    "do dia vinte de setembro até o dia dez de outubro": ("2026-09-20", "2026-10-10"),
    "nos últimos quarenta e cinco dias": ("2026-10-11", "2026-11-24"),
    "no 1 semestre": ("2026-01-01", "2026-06-30"),
    "1o tri": ("2026-01-01", "2026-03-31"),
    "primeiro tri": ("2026-01-01", "2026-03-31"),
    "3T26": ("2026-07-01", "2026-09-30"),
    "2S25": ("2025-07-01", "2025-12-31"),
    "fev/26": ("2026-02-01", "2026-02-28"),
    "10/26": ("2026-10-01", "2026-10-31"),
    "5/nov": ("2026-11-05", "2026-11-05"),
    "mar/26 a set/26": ("2026-03-01", "2026-09-30"),
    "mês 9": ("2026-09-01", "2026-09-30"),
    "dia 5 do 10": ("2026-10-05", "2026-10-05"),
    "12m": ("2025-11-25", "2026-11-24"),
    "outubro passado": ("2026-10-01", "2026-10-31"),
    "outubro deste ano": ("2026-10-01", "2026-10-31"),
    "de julho pra cá": ("2026-07-01", "2026-11-24"),
    "de março até hoje": ("2026-03-01", "2026-11-24"),
    "de agosto em diante": ("2026-08-01", "2026-11-24"),
    "da semana passada pra cá": ("2026-11-16", "2026-11-24"),
    "de segunda a sexta": ("2026-11-16", "2026-11-20"),
    "entre ontem e hoje": ("2026-11-23", "2026-11-24"),
    "de 5 de outubro até ontem": ("2026-10-05", "2026-11-23"),
    "primeiro dia de outubro": ("2026-10-01", "2026-10-01"),
    "nos primeiros dez dias de outubro": ("2026-10-01", "2026-10-10"),
    "nos últimos 5 dias do mês passado": ("2026-10-27", "2026-10-31"),
    "sexta à noite": ("2026-11-20", "2026-11-20"),
}


@pytest.mark.parametrize("text", DAYS)
def test_short_days_are_those_that_people_mean(text: str) -> None:
    assert find_periods(Sentence(words_of(text)), TODAY) == [Period(*map(date.fromisoformat, DAYS[text]))]


AMOUNTS = {
    "mais de duzentos reais": ("200", None),
    "mais de mil reais": ("1000", None),
    "que passaram de quinhentos conto": ("500", None),
    "não passam de 50 reais": (None, "50"),
    "de 200 pra cima": ("199.99", None),
    "no mínimo 100 reais": ("99.99", None),
    "entre cem e duzentos reais": ("99.99", "200.01"),
    "valores superiores a R$ 1.000,50": ("1000.50", None),
    "mais de 2,5 mil": ("2500.0", None),
    "50 reais ou menos": (None, "50.01"),
}


@pytest.mark.parametrize("text", AMOUNTS)
def test_amounts_as_they_are_said(text: str) -> None:
    expected = tuple(None if one is None else Decimal(one) for one in AMOUNTS[text])
    assert find_amounts(Sentence(words_of(text))) == expected


# --- slips of the finger ----------------------------------------------------------------------------------------------

SLIPS = {
    "fatrua": "fatura", "fatua": "fatura", "mercdo": "mercado", "nubnak": "nubank", "bradseco": "bradesco",
    "amazno": "amazon", "netflx": "netflix", "carefour": "carrefour", "pasado": "passado", "ubre": "uber", "auga": "agua",
    "ubber": "uber", "otubro": "outubro", "gastie": "gastei", "recebii": "recebi", "caratao": "cartao", "ifodo": "ifood",
    "poupnaca": "poupanca", "slado": "saldo", "restaurnte": "restaurante", "gasolna": "gasolina", "academai": "academia",
    "qanto": "quanto", "ontme": "ontem", "semaan": "semana",
}  # fmt: skip


@pytest.mark.parametrize("word", SLIPS)
def test_slips_are_understood(word: str) -> None:
    assert corrected([word], {}) == [SLIPS[word]]


def test_what_stands_before_tells_a_day_from_other_words() -> None:
    assert corrected(["na", "quata"], {}) == ["na", "quarta"]
    assert corrected(["em", "agsto"], {}) == ["em", "agosto"]


def test_words_of_every_day_and_names_stay() -> None:
    """None of thousands of words that look like ours is taken for one of ours."""
    words = sorted(ALIKE | COMMON | NAMES)
    assert len(words) > 2500
    assert corrected(words, {}) == words
    plain = "gosto leite piano nadar antigo material fruto torre sabao largo cerco folha lenta mental regime barros medeiros"
    assert corrected(plain.split(), {}) == plain.split()


def test_a_name_is_only_taken_for_a_near_one_beside_what_was_written() -> None:
    assert near_names("mria souza") == ("maria souza",)
    assert near_names("brno") == ("bruno",)
    assert near_names("maira") == near_names("kalunga") == near_names("ze") == ()
    question = asked("quanto a mria souza me mandou em março?")
    assert (question.kind, question.texts) == (Kind.RECEIVED_FROM, ("mria souza|~maria souza",))


# --- what says nothing ------------------------------------------------------------------------------------------------

AROUND = [
    "deixa eu ver {}", "ah deixa eu perguntar uma coisa, {}", "então me diz aí {}", "bah tchê, {}", "poxa, {}",
    "será que dá pra ver {}", "tem como me informar {}", "na moral mano {}", "{}, por obséquio", "não lembro {}",
    "estou querendo saber {}", "se possível, {}", "quando puder, me explique {}", "{} aproximadamente",
    "afinal de contas {}", "oi, tudo joia? {}", "acho que {}", "{}, desde já agradeço",
]  # fmt: skip
PLAIN = [
    "quanto gastei com mercado em outubro",
    "quanto paguei de luz este ano",
    "quantas vezes pedi ifood em setembro",
    "quanto recebi do Bruno em novembro",
]


@settings(max_examples=60)
@given(st.sampled_from(PLAIN), st.sampled_from(AROUND))
def test_turns_change_nothing(text: str, around: str) -> None:
    assert asked(around.format(text)) == asked(text)


@pytest.mark.parametrize(
    "text",
    [
        "some pra mim o que gastei com uber em setembro",
        "faz a soma aí do que gastei com uber em setembro",
        "então faz a conta pra mim de quanto gastei com uber em setembro",
        "total consolidado gasto com uber em setembro",
        "valor efetivamente desembolsado com uber em setembro",
    ],
)
def test_who_has_a_sum_made_asks_how_much(text: str) -> None:
    assert asked(text) == asked("quanto gastei com uber em setembro")


def test_what_follows_a_place_at_once_is_its_name() -> None:
    question = asked("quanto gastei no mercado três irmãos em outubro")
    assert (question.categories, question.texts) == (("Mercado",), ("tres irmaos",))
    assert asked("quanto gastei no mercado novo mundo").texts == ("mundo",)
    assert asked("quanto gastei no mercado caro em outubro").texts == ()


@pytest.mark.parametrize(
    "text",
    [
        "calcula 15 por cento de 300",
        "qual a receita do pudim",
        "qual banco tem o menor juros",
        "quanto meu vizinho gastou em outubro",
        "quanto gastei com uber à noite",
        "transfere mil reais pra poupança",
        "soma 2 e 2",
        "quanto pesa um elefante",
        "quantos gols o flamengo fez em outubro",
        "perdi meu cartão",
    ],
)
def test_what_is_not_asked_of_own_money_stays_unsure(text: str) -> None:
    assert read_question(text, TODAY, KNOWN).question is None
