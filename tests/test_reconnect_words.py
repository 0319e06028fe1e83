"""The words of the way back in."""

from __future__ import annotations

from datetime import date

import pytest

from gerente_financeiro.messages import reconnect as words
from open_finance.reports import ReturnSize
from tests.builders import TODAY
from tests.telegram_html import HOSTILE, read


def size(
    kept: int, new: int = 0, repeated: int = 0, first_new_on: date | None = None, withdrawn: int = 0
) -> ReturnSize:
    return ReturnSize(kept=kept, new=new, repeated=repeated, first_new_on=first_new_on, withdrawn=withdrawn)


@pytest.mark.parametrize(
    ("bank", "counted", "said"),
    [
        (
            "Itaú",
            size(1204, 17, first_new_on=date(2026, 11, 19)),
            "✅ Itaú renovado. 1.204 transações mantidas, 17 novas desde 19/11, nenhuma repetida.",
        ),
        (
            "Caixa",
            size(1, 1, first_new_on=date(2025, 12, 1)),
            "✅ Caixa renovada. 1 transação mantida, 1 nova desde 01/12/2025, nenhuma repetida.",
        ),
        (
            "Itaú",
            size(982, 3, first_new_on=TODAY, withdrawn=1),
            "✅ Itaú renovado. 982 transações mantidas, 1 retirada pelo banco, 3 novas desde hoje, nenhuma repetida.",
        ),
        (
            "Itaú",
            size(1, withdrawn=2),
            "✅ Itaú renovado. 1 transação mantida, 2 retiradas pelo banco, nenhuma nova, nenhuma repetida.",
        ),
        ("Itaú", size(30), "✅ Itaú renovado. 30 transações mantidas, nenhuma nova, nenhuma repetida."),
    ],
)
def test_end_counts_what_was_kept_what_is_new_what_was_repeated(bank: str, counted: ReturnSize, said: str) -> None:
    assert read(words.renewed(bank, counted, TODAY)) == said


def test_new_connection_says_which_history_it_goes_on_from() -> None:
    joined = read(words.joined(size(1204, 3, first_new_on=TODAY), TODAY))
    assert joined == (
        "Juntei o histórico que já estava aqui: 1.204 transações mantidas, 3 novas desde hoje, nenhuma repetida."
    )


@pytest.mark.parametrize(
    ("new", "label"), [(0, "Ver extrato"), (1, "Ver a nova"), (17, "Ver as 17"), (1204, "Ver as 1.204")]
)
def test_button_opens_the_new_rows(new: int, label: str) -> None:
    assert words.see_new(new) == label


def test_giving_up_changes_nothing_and_says_so() -> None:
    assert words.given_up("Itaú") == "Tudo bem. O Itaú segue como estava."
    assert words.given_up("Caixa") == "Tudo bem. A Caixa segue como estava."


def test_why_a_connection_cannot_stand_again_as_it_is() -> None:
    assert words.needs_action("Inter").startswith(
        "O Inter pede que você abra o app e aceite um aviso. Depois, toque em Continuar."
    )
    assert words.door_closed("Bradesco") == (
        "O acesso por senha ao Bradesco foi encerrado. Conecte de novo pelo Open Finance: "
        "eu junto o histórico, sem repetir nada."
    )
    assert "à Caixa" in words.door_closed_for_good("Caixa")
    assert words.gone("Itaú").startswith("A conexão com o Itaú não existe mais na Pluggy.")
    assert "MeuPluggy" in words.by_meu_pluggy("Nubank")


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_bank_is_called_telegram_takes_it(name: str) -> None:
    sentences = (
        words.given_up,
        words.needs_action,
        words.door_closed,
        words.door_closed_for_good,
        words.gone,
        words.by_meu_pluggy,
        words.interrupted,
        words.uncertain,
        words.not_renewed,
        words.timed_out,
    )
    for sentence in sentences:
        read(sentence(name))
    read(words.renewed(name, size(3, 2), TODAY))
    read(words.joined(size(3, 2), TODAY))
