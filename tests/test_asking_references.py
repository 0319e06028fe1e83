"""A question that takes up what was told before it is read as if it had named that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.asking.question import Kind
from tests.test_asking import asked, read

NAMED = {
    "fui no Carrefour ontem. quanto gastei lá?": "quanto gastei no Carrefour ontem?",
    "Fui no Carrefour ontem, quanto gastei lá?": "quanto gastei no Carrefour ontem?",
    "costumo abastecer no Shell da esquina. quando foi a última vez que parei lá?": "quando parei no shell a última vez?",
    "eu passo quase tudo no cartão do Itaú. quanto foi nele em setembro?": "quanto foi no cartão do Itaú em setembro?",
    "guardo dinheiro na caixinha do Nubank. quanto já tem lá?": "quanto já tem na caixinha do Nubank?",
    "comecei na academia em maio. quanto já gastei com ela desde então?": "quanto já gastei com academia desde maio?",
    "minha mãe veio em maio. quanto gastei naquele mês?": "quanto gastei em maio?",
    "fiquei doente do dia 10 ao dia 15. quanto gastei nesses dias?": "quanto gastei do dia 10 ao dia 15?",
    "agosto foi um mês pesado lá em casa. qual foi o maior gasto dele?": "qual foi o maior gasto de agosto?",
    "aluguel é sagrado. tirando ele, quanto gastei em setembro?": "quanto gastei em setembro tirando aluguel?",
    "Domingo levei a família no Coco Bambu. Quanto gastei lá nesse dia?": "quanto gastei no Coco Bambu domingo?",
    "em maio comecei na academia. quando foi a última vez que paguei lá?": "quando paguei academia a última vez?",
    "o Bruno é quem cuida do futebol. quanto eu já mandei pra ele esse ano?": "quanto eu já mandei pro Bruno esse ano?",
    "minha compra eu faço no Pão de Açúcar. quanto dá lá por mês em média?": "quanto dá por mês em média no Pão de Açúcar?",
}  # fmt: skip


@pytest.mark.parametrize(("text", "named"), NAMED.items())
def test_what_is_taken_up_is_read_as_if_it_were_named(text: str, named: str) -> None:
    assert asked(text) == asked(named)


@pytest.mark.parametrize(
    "text",
    [
        "viajei em julho e em agosto. quanto gastei naquele mês?",  # which?
        "adoro dias assim. quanto gastei lá?",
        "transfere 100 pro Bruno. quanto já mandei pra ele?",  # an order
    ],
)
def test_what_was_not_said_or_ordered_is_no_certain_answer(text: str) -> None:
    assert read(text).question is None


def test_of_two_questions_the_second_takes_nothing_up() -> None:
    assert asked("Que dia vence a fatura aberta do Nubank, e quanto já tem nela?").kind is Kind.CARD_OPEN_BILL
    assert asked("quanto gastei em outubro e quanto tenho de saldo?").kind is Kind.SPENT


@pytest.mark.parametrize("text", ["sei lá. quanto gastei nesse mês?", "deixa pra lá. quanto gastei esse mês?"])
def test_a_there_that_is_no_place_and_this_month_take_nothing_up(text: str) -> None:
    assert asked(text) == asked("quanto gastei esse mês?")


@given(
    st.text(alphabet="abcdeolá .,?!\n", max_size=60),
    st.sampled_from(["lá", "nele", "naquele mês", "desde então", "dela"]),
)
def test_no_text_breaks_it(told: str, word: str) -> None:
    for text in (f"{told}. quanto gastei {word}?", f"{told} {word}"):
        found = read(text)
        assert found.question is None or found.guess is None
