"""The words of /desconectar_banco."""

from __future__ import annotations

import pytest

from gerente_financeiro.messages import disconnect as words
from tests.builders import connection
from tests.telegram_html import HOSTILE, read


def test_the_first_step_asks_for_the_history() -> None:
    assert read(words.ask("Nubank", 1204, 3)) == (
        "Desconectar o Nubank\nVou encerrar o acesso na Pluggy agora. E o seu histórico (1.204 lançamentos, 3 contas)?"
    )


def test_the_second_step_names_what_is_lost() -> None:
    assert read(words.confirm_erasure("Caixa", 1, 1)) == "Isso não tem volta. Apagar 1 lançamento e 1 conta da Caixa?"


def test_the_end_says_what_became_of_the_history() -> None:
    kept = read(words.done(connection(connector_name="Caixa", is_open_finance=False), keep_history=True))
    assert kept == "✅ Caixa desconectada. Seu histórico continua em /extrato."
    erased = read(words.done(connection(connector_name="Nubank"), keep_history=False))
    assert erased == ("✅ Nubank desconectado e apagado.\nConfira também na área de Open Finance do app do Nubank.")


def test_nothing_is_called_done_before_pluggy_confirmed() -> None:
    for keep_history in (True, False):
        text = read(words.unconfirmed("Nubank", keep_history=keep_history))
        assert text.startswith("Parei de ler o Nubank. A Pluggy ainda não confirmou; sigo tentando e aviso.")
        assert "✅" not in text
        assert "sucesso" not in text


def test_the_later_confirmation() -> None:
    assert read(words.confirmed("Caixa")) == "✅ A Pluggy confirmou: Caixa desconectada."


@pytest.mark.parametrize("bank", HOSTILE)
def test_whatever_the_bank_is_called_telegram_takes_it(bank: str) -> None:
    made = connection(connector_name=bank)
    texts = (
        words.ask(bank, 1, 1),
        words.confirm_erasure(bank, 1, 1),
        words.working(bank),
        words.done(made, keep_history=True),
        words.done(made, keep_history=False),
        words.unconfirmed(bank, keep_history=False),
        words.confirmed(bank),
    )
    for text in texts:
        read(text)
