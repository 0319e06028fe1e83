"""Reading questions: a function of the words, the day and the names that the person gave; never of a row."""

from __future__ import annotations

import inspect
import random
import re
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.asking.parse import read_question
from open_finance.asking.question import Kind, Known, Question, Reading, Scope, decode_question, encode_question
from open_finance.asking.sentence import MAX_CHARACTERS
from open_finance.asking.subjects import corrected, stem
from open_finance.reading.statement_query import Period
from tests.question_world import read_questions

TODAY = date(2026, 11, 24)
KNOWN = Known(banks=("Itaú", "Nubank", "Caixa"))
THIS_MONTH = Period(date(2026, 11, 1), TODAY)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
TEXTS = [each["text"] for each in read_questions()]


def read(text: str, known: Known = KNOWN) -> Reading:
    return read_question(text, TODAY, known)


def asked(text: str, known: Known = KNOWN) -> Question:
    """What a text asks with certainty."""
    question = read(text, known).question
    assert question is not None, (text, read(text, known))
    return question


# --- what is asked ----------------------------------------------------------------------------------------------------

KINDS = {
    "quanto foi a conta de luz do mês passado": Kind.SPENT,
    "quanto custou a netflix mês passado?": Kind.SPENT,
    "farmácia outubro": Kind.SPENT,
    "quanto gastei na kalunga": Kind.SPENT,
    "quanto saiu do nubank esse mês": Kind.SPENT,
    "quanto o itaú me cobrou esse ano": Kind.FEES,
    "quanto paguei de juros em setembro?": Kind.FEES,
    "qual a maior despesa desse ano?": Kind.BIGGEST_SPENDING,
    "já caiu o salário?": Kind.INCOME,
    "qual foi minha renda em agosto?": Kind.INCOME,
    "rendimentos da poupança em setembro": Kind.INCOME,
    "o bruno me pagou?": Kind.RECEIVED_FROM,
    "recebi quanto da Ana Clara": Kind.RECEIVED_FROM,
    "quanto eu paguei pra Maria Souza em novembro?": Kind.PAID_TO,
    "pix pro bruno esse ano": Kind.PAID_TO,
    "quantas idas à farmácia esse ano": Kind.COUNT,
    "com que frequência peço ifood": Kind.COUNT,
    "quanto costumo gastar com gasolina?": Kind.AVERAGE,
    "quanto pago de luz por mês": Kind.AVERAGE,
    "ticket médio no carrefour esse ano": Kind.AVERAGE,
    "última conta de luz": Kind.LAST_TIME,
    "quando paguei o IPVA?": Kind.LAST_TIME,
    "desde quando pago academia?": Kind.FIRST_TIME,
    "o que eu comprei no fim de semana?": Kind.LIST_ROWS,
    "3 maiores gastos de novembro": Kind.LIST_ROWS,
    "gastos maiores que 100 reais na semana passada": Kind.LIST_ROWS,
    "quem me mandou pix esse mês?": Kind.LIST_ROWS,
    "comparar outubro com setembro": Kind.COMPARE_MONTHS,
    "gastei mais que mês passado?": Kind.COMPARE_MONTHS,
    "pra onde foi meu dinheiro em setembro?": Kind.TOP_CATEGORIES,
    "em que loja gastei mais esse ano?": Kind.TOP_MERCHANTS,
    "em qual cartão gastei mais?": Kind.BY_ACCOUNT,
    "tem dinheiro na conta?": Kind.BALANCE,
    "quanto tenho na caixinha do nubank": Kind.SAVED,
    "saldo da poupança": Kind.SAVED,
    "quanto tá minha fatura": Kind.CARD_OPEN_BILL,
    "quanto vai dar a próxima fatura do nubank?": Kind.CARD_OPEN_BILL,
    "quanto veio a última fatura do nubank": Kind.CARD_BILL_CLOSED,
    "fatura do nubank de outubro": Kind.CARD_BILL_CLOSED,
    "quanto falta pagar do cartão nubank": Kind.CARD_BILL_LEFT,
    "quando vence a fatura do nubank?": Kind.CARD_BILL_LEFT,
    "quanto tenho disponível no cartão nubank?": Kind.CARD_LIMIT,
    "quanto falta pagar do magalu": Kind.INSTALMENTS_LEFT,
    "quais serviços eu assino?": Kind.SUBSCRIPTIONS,
    "vou ficar no vermelho?": Kind.FORECAST,
    "vai sobrar dinheiro esse mês?": Kind.FORECAST,
    "posso gastar 200 reais hoje?": Kind.ALLOWANCE,
    "quanto posso gastar com restaurante?": Kind.BUDGET_LEFT,
    "estourei o orçamento de mercado?": Kind.BUDGET_LEFT,
    "quanto tenho em CDB?": Kind.INVESTED,
    "qual é meu patrimônio": Kind.NET_WORTH,
    "estou endividado?": Kind.DEBTS,
    "de quando são os dados?": Kind.DATA_AGE,
}


@pytest.mark.parametrize("text", KINDS)
def test_other_words_ask_the_same_kinds(text: str) -> None:
    assert asked(text).kind == KINDS[text]


@pytest.mark.parametrize(
    ("text", "categories", "texts"),
    [
        ("quanto gastei com mercado e farmácia em outubro?", ("Mercado", "18020000"), ()),
        ("quanto gastei com ônibus em outubro", ("19020000",), ()),
        ("gastei quanto no veterinário em outubro", ("08030000",), ()),
        ("quanto gastei com mensalidade da faculdade em outubro", ("07020002",), ()),
        ("quanto gastei com o plano de saúde em outubro", ("200300000",), ()),
        ("quanto gastei com seguro do carro em outubro", ("200400000",), ()),
        ("quanto gastei na padaria do zé em outubro", (), ("padaria do ze",)),
        ("quanto gastei com a Kombi do João em outubro", (), ("kombi do joao",)),
        ("quanto gastei no kalunga em outubro", (), ("Kalunga|kalunga",)),
    ],
)
def test_what_it_is_about(text: str, categories: tuple[str, ...], texts: tuple[str, ...]) -> None:
    question = asked(text)
    assert (question.categories, question.texts, question.period) == (categories, texts, OCTOBER)


def test_two_shops_side_by_side_are_either_and_a_shop_of_a_category_is_both() -> None:
    assert asked("quanto gastei com mercado e ifood em outubro").either
    assert not asked("quanto gastei com gasolina no posto shell em outubro").either


def test_accounts_are_banks_cards_and_the_persons_own_names() -> None:
    assert asked("quanto gastei no cartão nubank?").scope == Scope("Nubank", "card")
    assert asked("quanto gastei no roxinho?").scope == Scope("Nubank")
    assert asked("quanto gastei no Visa do itau?").scope == Scope("Itaú", "card", "visa")
    assert asked("saldo do bradesco").scope == Scope("Bradesco")
    known = replace(KNOWN, accounts={7: "Conta da casa"}, categories={"own:3": "Filho"})
    assert asked("quanto gastei na conta da casa", known).scope == Scope(accounts=(7,))
    assert asked("quanto gastei com filho esse mês", known).categories == ("own:3",)


def test_a_bank_whose_name_is_a_word_is_one_only_for_who_has_it() -> None:
    assert asked("quanto gastei no inter em outubro", Known(banks=("Inter",))).scope == Scope("Inter")
    assert asked("quanto gastei no inter em outubro").texts == ("inter",)


def test_what_is_left_out_is_left_out() -> None:
    for text in (
        "quanto gastei sem contar aluguel",
        "quanto gastei tirando o aluguel",
        "total de gastos, exceto aluguel",
    ):
        assert asked(text).without == ("17010000",)


def test_amounts_narrow() -> None:
    question = asked("compras entre 50 e 100 reais em outubro")
    assert (question.above, question.below) == (Decimal("49.99"), Decimal("100.01"))
    assert asked("gastos acima de R$ 1.500,00 esse ano").above == Decimal("1500.00")
    assert asked("compras de menos de 20 reais").below == Decimal(20)


# --- what is not asked ------------------------------------------------------------------------------------------------

NOTHING = [
    "", "   ", "🤔", "oi", "bom dia", "obrigado!", "qual a capital da França?", "quem descobriu o Brasil?",
    "que dia é hoje?",
    "quanto é 2+2", "quanto está o dólar?", "qual o preço da gasolina hoje", "como faço pra economizar?",
    "qual o melhor cartão de crédito?", "quanto custa um iphone?", "quanto a maria me deve?", "devo comprar um carro?",
    "qual a senha do meu cartão?", "setembro", "a", "nubank",
]  # fmt: skip
ACTS = [
    "transfere 100 reais pra maria", "quero fazer um pix", "paga meu boleto", "cancela a netflix", "aumenta meu limite",
    "bloqueia meu cartão nubank", "agenda um pagamento pra sexta", "investe 100 reais", "pode pagar a fatura pra mim?",
    "por favor manda um pix de 20 pro bruno",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_question_about_own_money_is_not_answered(text: str) -> None:
    assert read(text).question is None


@pytest.mark.parametrize("text", ACTS)
def test_a_command_to_act_is_never_taken_for_a_question(text: str) -> None:
    reading = read(text)
    assert (reading.question, reading.guess, reading.acts) == (None, None, True)


@pytest.mark.parametrize(
    "text",
    [
        "quanto o João gastou no mercado?", "gastei quanto no feriado", "quanto gastei dia 31 de fevereiro",
        "gastei mais com mercado ou restaurante esse mês?", "quanto usei do limite do nubank",
        "ifood", "quanto não gastei", "quanto gastei kjhgf esse mês",
    ],
)  # fmt: skip
def test_what_is_half_understood_is_a_guess(text: str) -> None:
    reading = read(text)
    assert reading.question is None
    assert reading.guess is not None, reading


# --- what changes nothing ---------------------------------------------------------------------------------------------

AROUND = st.sampled_from(
    [
        "{}",
        "  {}  ",
        "{}???",
        "{} por favor",
        "oi, {}",
        "bom dia! {}",
        "me diz aí {}",
        "{} 😊",
        "queria saber {}",
        "{}...",
        "({})",
    ]
)
ASKED = [text for text in TEXTS if read(text).question is not None]


@settings(max_examples=120)
@given(st.sampled_from(ASKED), AROUND, st.booleans())
def test_case_signs_spaces_and_courtesy_change_nothing(text: str, around: str, shout: bool) -> None:
    written = around.format(text.replace(" ", "  "))
    assert read(written.upper() if shout else written).question == read(text).question


@settings(max_examples=60)
@given(st.sampled_from(TEXTS))
def test_accents_change_nothing(text: str) -> None:
    plain = text.translate(str.maketrans("áàâãéêíóôõúçÁÉÍÓÚÇ", "aaaaeeiooouc" + "AEIOUC"))
    assert read(plain).question == read(text).question


@pytest.mark.parametrize(
    "word", ["mercado", "farmácia", "restaurante", "academia", "combustível", "transporte", "aluguel"]
)
def test_two_letters_swapped_are_understood(word: str) -> None:
    meant = asked(f"quanto gastei com {word} em outubro")
    for at in range(1, len(word) - 2):
        if word[at] != word[at + 1]:
            swapped = f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"
            assert asked(f"quanto gastei com {swapped} em outubro").categories == meant.categories, swapped


@pytest.mark.parametrize("name", ["Marcos", "Mário", "Paula", "Júlio", "Lucas", "Bruna", "Carmo", "Maísa", "Luíza"])
def test_names_of_people_are_no_mistyped_words(name: str) -> None:
    question = asked(f"quanto mandei pra {name} em outubro")
    assert (question.kind, question.period, len(question.texts)) == (Kind.PAID_TO, OCTOBER, 1)


def test_words_are_compared_in_the_singular() -> None:
    plurals = ["viagens", "hotéis", "animais", "refeições", "remédios", "bares", "meses", "ônibus"]
    assert [stem(word) for word in corrected(["viagens", "hoteis", "animais", "refeicoes"], {})] == [
        "viagem", "hotel", "animal", "refeicao",
    ]  # fmt: skip
    assert all(stem(stem(word)) for word in plurals)


# --- what holds of any text -------------------------------------------------------------------------------------------


def test_a_reading_knows_no_row() -> None:
    assert list(inspect.signature(read_question).parameters) == ["text", "today", "known"]
    assert set(Known.__dataclass_fields__) == {"banks", "categories", "accounts"}


@settings(max_examples=150)
@given(st.text(max_size=500))
def test_no_text_is_refused(text: str) -> None:
    reading = read(text)
    assert reading.question is None or reading.guess is None
    assert reading == read(text)


WORDS = sorted({word for text in TEXTS for word in text.split()})


@settings(max_examples=200)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=40))
def test_any_words_in_any_order_are_read_and_can_be_kept(words: list[str]) -> None:
    reading = read(" ".join(words))
    for question in filter(None, (reading.question, reading.guess)):
        assert decode_question(encode_question(question)) == question
        is_bill = question.kind in {Kind.CARD_OPEN_BILL, Kind.CARD_BILL_CLOSED, Kind.CARD_BILL_LEFT}  # due later
        last = date.max if is_bill else TODAY
        assert question.period is None or question.period.start <= question.period.end <= last


def test_long_and_odd_texts_take_no_time() -> None:
    numbers = random.Random(7)
    odd = [
        "a " * 2000, "de " * 190, "1/1 a " * 80, "r$" * 200, "entre 1 e " * 40, "quanto gastei com " * 22, "x" * 400,
        "1." * 200, "em outubro de " * 28, "ultimos 3 " * 40, "9" * 400, "última vez que " * 26, "fim de " * 57, ">" * 400,
        " ".join(numbers.choices(WORDS, k=60)), "".join(numbers.choices("abcdeé 1/.$,", k=4000)),
    ]  # fmt: skip
    read("quanto gastei")
    for text in odd:
        started = time.perf_counter()
        read(text)
        assert time.perf_counter() - started < 0.5, text[:40]  # a slow machine's; 50 ms on any other
    assert read("quanto gastei " + "a" * MAX_CHARACTERS).question is None


def test_a_question_kept_as_json_is_short_and_a_broken_one_is_refused() -> None:
    for text in ASKED:
        kept = encode_question(asked(text))
        assert decode_question(kept) == asked(text)
        assert len(kept) < 400
    for broken in (
        "",
        "{}",
        "[]",
        '{"kind":"none"}',
        '{"kind":"spent","period":["x","y"]}',
        '{"kind":"spent","more":1}',
        "1",
    ):
        with pytest.raises(ValueError, match=re.compile(".*")):
            decode_question(broken)
