"""Questions as they are written by ear, and with those who are spoken to."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.asking.address import without_calls
from open_finance.asking.names import without_titles
from open_finance.asking.ordinary_words import SOUND_ALIKE
from open_finance.asking.parse import read_question
from open_finance.asking.periods import find_periods
from open_finance.asking.question import Kind, Known, Question
from open_finance.asking.sentence import Sentence, words_of
from open_finance.asking.sounds import sounds_of
from open_finance.asking.spelling import corrected
from open_finance.reading.statement_query import Period
from tests.test_asking_words import PLAIN

TODAY = date(2026, 11, 24)
KNOWN = Known(banks=("Itaú", "Nubank", "Caixa"))


def asked(text: str) -> Question:
    """What a text asks with certainty."""
    reading = read_question(text, TODAY, KNOWN)
    assert reading.question is not None, (text, reading)
    return reading.question


HEARD = {
    "selular": "celular", "setenbro": "setembro", "prestassao": "prestacao", "cartaum": "cartao", "mercadu": "mercado",
    "gazolina": "gasolina", "poupansa": "poupanca", "salaru": "salario", "auguel": "aluguel", "caxinha": "caixinha",
    "dispeza": "despesa", "janero": "janeiro", "marsso": "marco", "outubru": "outubro", "desembro": "dezembro",
    "resebi": "recebi", "farmassia": "farmacia", "xurrasco": "churrasco", "restalrante": "restaurante", "saudo": "saldo",
    "enprestimo": "emprestimo", "combustiveu": "combustivel", "hospitau": "hospital", "assougue": "acougue",
    "transferensia": "transferencia", "parsela": "parcela", "kinta": "quinta", "semtembro": "setembro", "energya": "energia",
    "caxorro": "cachorro", "condussao": "conducao", "quinsena": "quinzena", "kuanto": "quanto", "gastano": "gastando",
}  # fmt: skip


@pytest.mark.parametrize("word", HEARD)
def test_what_is_written_by_ear_is_understood(word: str) -> None:
    assert corrected([word], {}) == [HEARD[word]]


def test_words_that_only_sound_alike_stay() -> None:
    words = sorted(SOUND_ALIKE)
    assert len(words) > 150
    assert corrected(words, {}) == words


@settings(max_examples=60)
@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=24))
def test_every_word_has_a_few_sounds(word: str) -> None:
    assert 1 <= len(sounds_of(word)) <= 12


# --- who is spoken to -------------------------------------------------------------------------------------------------

CALLED = [
    "oxente, {}, visse?", "{} guri", "tchê, {}", "compadre, {}?", "{}, minha gente", "{} meu rei", "ô moço {}", "mainha, {}",
    "rapaz {} viu", "{}, hein, meu filho?", "bah, guria, {}", "minha filha, {}", "ô mãe, {}", "piá, {} tendeu",
]  # fmt: skip


@settings(max_examples=70)
@given(st.sampled_from([*PLAIN, "em qual cartão gastei mais em outubro"]), st.sampled_from(CALLED))
def test_who_is_spoken_to_changes_nothing(text: str, around: str) -> None:
    assert asked(around.format(text)) == asked(text)


@pytest.mark.parametrize(
    "text",
    [
        "quanto mandei pro compadre",
        "quanto recebi da minha mãe",
        "quanto mandei pra minha mãe, meu pai",
        "meu irmão me mandou quanto em agosto",
        "chefe pagou quanto em outubro",
        "quanto gastei em outubro, sephora",
        "mercado, padaria",
        "farmácia, bebê",
        "gastos outubro beleza",
        "a fatura de luz veio",
        "Tchê!",
    ],
)
def test_who_is_asked_about_stays(text: str) -> None:
    assert without_calls(text) == text


def test_a_title_before_a_name_is_left_out() -> None:
    assert without_titles(["mandei", "para", "meu", "irmao", "bruno"]) == ["mandei", "para", "bruno"]
    assert without_titles(["pix", "da", "sra", "maria", "souza"]) == ["pix", "da", "maria", "souza"]
    assert without_titles(["gastei", "com", "irmao", "e", "prima"]) == ["gastei", "com", "irmao", "e", "prima"]
    assert asked("quanto mandei pra dona Maria em outubro").texts == ("dona maria|~maria",)
    assert asked("o pix da tia Ana caiu?").kind is Kind.RECEIVED_FROM


# --- spans, and all of several ----------------------------------------------------------------------------------------

SPANS = {
    "jul-set": ("2026-07-01", "2026-09-30"),
    "jul/set": ("2026-07-01", "2026-09-30"),
    "jan–mar": ("2026-01-01", "2026-03-31"),
    "jan a mar": ("2026-01-01", "2026-03-31"),
    "ago-out/26": ("2026-08-01", "2026-10-31"),
    "de primeiro até o dia quinze desse mês": ("2026-11-01", "2026-11-15"),
    "de 5 até o dia 12": ("2026-11-05", "2026-11-12"),
    "de primeiro a quinze deste mês": ("2026-11-01", "2026-11-15"),
    "1-15/nov": ("2026-11-01", "2026-11-15"),
    "01-15/11": ("2026-11-01", "2026-11-15"),
    "07-09/2026": ("2026-07-01", "2026-09-30"),
    "jan~mar": ("2026-01-01", "2026-03-31"),
    "sesta feira": ("2026-11-20", "2026-11-20"),
    "nos últimos treis meis": ("2026-08-25", "2026-11-24"),
}


@pytest.mark.parametrize("text", SPANS)
def test_spans_are_one_period(text: str) -> None:
    assert find_periods(Sentence(words_of(text)), TODAY) == [Period(*map(date.fromisoformat, SPANS[text]))]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("quanto eu tenho somando as duas contas correntes", "quanto eu tenho somando as contas correntes"),
        ("qual o saldo em ambas as contas", "qual o saldo em as contas"),
        ("quanto tenho nos três bancos", "quanto tenho na conta"),
        ("quanto gastei nos dois cartões em outubro", "quanto gastei nos cartões em outubro"),
        ("top estabelecimentos 3º trimestre", "ranking de estabelecimentos do 3º trimestre"),
    ],
)
def test_all_of_several_are_all(text: str, plain: str) -> None:
    assert asked(text) == asked(plain)


def test_a_small_number_is_no_shop() -> None:
    assert read_question("quanto gastei no 7", TODAY, KNOWN).question is None
    assert asked("quanto gastei no mercado 2 irmãos").texts == ("2 irmaos",)


@pytest.mark.parametrize(
    "text", ["qual o timestamp da última sync com os bancos?", "último refresh dos dados", "quando foi o último sync"]
)
def test_words_of_technicians(text: str) -> None:
    assert asked(text).kind is Kind.DATA_AGE
