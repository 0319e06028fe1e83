"""The words of /desconectar_banco."""

from __future__ import annotations

import pytest

from gerente_financeiro.messages import disconnect as words
from tests.builders import connection
from tests.telegram_html import HOSTILE, read


def test_ends_that_are_still_to_be_confirmed_are_named() -> None:
    assert read(words.choose(["Itaú"], standing=False, kept=False)) == (
        "Nenhum outro banco conectado. Ainda espero a Pluggy confirmar o fim do Itaú; sigo tentando e aviso."
    )
    said = read(words.choose(["Caixa", "Itaú", "Caixa"], standing=False, kept=True))
    assert "o fim da Caixa e do Itaú;" in said
    assert said.endswith("\nVocê ainda tem histórico guardado:")
    assert words.choose([], standing=False, kept=True) == words.CHOOSE_KEPT
    assert words.choose(["Itaú"], standing=True, kept=True) == words.CHOOSE


def test_the_first_step_asks_for_the_history() -> None:
    assert read(words.ask(connection(connector_name="Nubank"), 1204, 3)) == (
        "Desconectar o Nubank\nVou encerrar o acesso na Pluggy agora. E o seu histórico (1.204 lançamentos, 3 contas)?"
    )


def test_who_shares_an_adopted_access_loses_it_too() -> None:
    assert "quem mais o usa também o perde" in read(words.ask(connection(adopted=True), 1, 1))


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
    bank = connection(connector_name="Caixa", is_open_finance=False)
    kept, erased, replaced = (read(words.confirmed(bank, end)) for end in words.End)
    assert kept == "✅ A Pluggy confirmou: Caixa desconectada. Seu histórico continua em /extrato."
    assert erased == "✅ A Pluggy confirmou: Caixa desconectada e apagada."
    assert replaced == "✅ A Pluggy confirmou: a conexão antiga da Caixa foi encerrada. O histórico continua na nova."


@pytest.mark.parametrize("bank", HOSTILE)
def test_whatever_the_bank_is_called_telegram_takes_it(bank: str) -> None:
    made = connection(connector_name=bank)
    texts = (
        words.ask(made, 1, 1),
        words.confirm_erasure(bank, 1, 1),
        words.working(bank),
        words.done(made, keep_history=True),
        words.done(made, keep_history=False),
        words.unconfirmed(bank, keep_history=False),
        words.confirmed(made, words.End.REPLACED),
    )
    for text in texts:
        read(text)
