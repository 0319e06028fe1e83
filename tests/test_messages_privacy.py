"""The words of /privacidade: numbers as people read them, and one word that erases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages import privacy as words
from open_finance.personal_data import Erasure, ErasureDone, PersonalSummary
from tests.builders import NOW
from tests.telegram_html import HOSTILE, read

NOTHING = PersonalSummary((), 0, 0, None, None, is_empty=True)
MUCH = PersonalSummary(("Itaú", "Nubank", "Caixa"), 6, 2310, date(2025, 11, 24), NOW, is_empty=False)


def erasure(**fields: Any) -> Erasure:
    values: dict[str, Any] = {
        "user_id": 1000,
        "message_id": 7,
        "protocol": "7Q2M",
        "requested_at": NOW,
        "finished_at": None,
        "banks": ("Itaú", "Caixa"),
        "awaits_request": False,
    }
    return Erasure(**values | fields)


def test_first_line_says_what_is_stored() -> None:
    text = words.stored(MUCH, MUCH.banks, NOW)
    assert text.startswith("Guardo: 3 bancos, 2.310 lançamentos, desde 24/11/2025. CPF e senha, nunca.\n")
    assert "Bancos: Itaú, Nubank e Caixa." in text
    assert "Você autorizou a leitura hoje." in text
    assert "em 20/11." in words.stored(MUCH._replace(consent_at=NOW - timedelta(days=3)), MUCH.banks, NOW)


def test_one_of_each_and_a_bank_without_rows() -> None:
    one = PersonalSummary(("Itaú",), 1, 1, date(2026, 11, 1), None, is_empty=False)
    assert words.stored(one, one.banks, NOW).startswith("Guardo: 1 banco, 1 lançamento, desde 01/11. ")
    assert words.stored(one._replace(transactions=0, since=None), one.banks, NOW).startswith(
        "Guardo: 1 banco, 0 lançamentos. "
    )


def test_nothing_is_said_to_be_nothing() -> None:
    assert words.stored(NOTHING, (), NOW) == "Não guardo nenhum banco nem lançamento seu. CPF e senha, nunca."
    assert "só o registro dos pedidos" in words.stored(NOTHING._replace(is_empty=False), (), NOW)


def test_the_second_step_names_what_is_lost_and_the_word() -> None:
    text = words.confirm(MUCH, MUCH.banks, NOW)
    assert "• o acesso ao Itaú, ao Nubank e à Caixa: encerro na Pluggy também" in text
    assert "• 2.310 lançamentos desde 24/11/2025 e 6 contas" in text
    assert "digite <b>APAGAR</b>" in text
    assert "Toque em Baixar tudo." in text
    assert "Baixar" not in words.confirm(NOTHING, (), NOW)


def test_a_bank_that_left_is_told_apart_and_its_access_is_not_lost_again() -> None:
    live = ("Itaú", "Nubank")
    assert "Bancos: Itaú, Nubank e Caixa (desconectada, histórico guardado)." in words.stored(MUCH, live, NOW)
    assert "• o acesso ao Itaú e ao Nubank: encerro" in words.confirm(MUCH, live, NOW)
    assert "o acesso" not in words.confirm(MUCH, (), NOW)


@pytest.mark.parametrize("text", ["APAGAR", "apagar", "Apagar", "apagár", "ÁPÃGÀR", " apagar\n", "apaga\u0301r"])
def test_case_and_accents_are_forgiven(text: str) -> None:
    assert words.is_the_word(text)


@pytest.mark.parametrize(
    "text",
    ["", "APAGA", "APAGAR TUDO", "apagar.", "«APAGAR»", "a p a g a r", "/apagar", "APAGAR APAGAR", "ＡＰＡＧＡＲ"],
)
def test_and_nothing_else(text: str) -> None:
    assert not words.is_the_word(text)


@given(st.text(alphabet="apgrAPGRáÀ .x", max_size=8))
def test_no_other_text_erases(text: str) -> None:
    plain = text.strip().lower().replace("á", "a").replace("à", "a")
    assert words.is_the_word(text) == (plain == "apagar")


def test_nothing_is_called_done_before_it_is() -> None:
    text = words.unconfirmed(erasure())
    assert "A Pluggy ainda não confirmou o fim do acesso do Itaú e da Caixa; sigo tentando" in text
    assert text.endswith("Protocolo 7Q2M.")
    assert "✅" not in text
    assert "até 2 minutos" in words.unconfirmed(erasure(banks=(), awaits_request=True))
    assert "⏳ Encerrando o acesso na Pluggy: Itaú e Caixa" in words.under_way(erasure())
    assert "✅ Acesso na Pluggy: encerrado" in words.under_way(erasure(banks=()))


@pytest.mark.parametrize(("days", "when"), [(0, "às 12:00"), (1, "ontem às 12:00"), (3, "em 20/11 às 12:00")])
def test_the_end_has_its_hour_and_its_protocol(days: int, when: str) -> None:
    done = ErasureDone(1000, 7, "7Q2M", NOW - timedelta(days=days))
    assert words.erased(done, NOW).startswith(f"✅ Tudo apagado {when}. Protocolo 7Q2M.")


@pytest.mark.parametrize("name", ["A&B <LTDA>", *HOSTILE])
def test_a_bank_may_be_called_anything(name: str) -> None:
    hostile = MUCH._replace(banks=(name,))
    for text in (
        words.stored(hostile, (), NOW),
        words.confirm(hostile, hostile.banks, NOW),
        words.under_way(erasure(banks=(name,))),
        words.unconfirmed(erasure(banks=(name,))),
    ):
        read(text)
