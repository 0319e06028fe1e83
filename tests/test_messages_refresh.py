"""The words of /sincronizar."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gerente_financeiro.messages import refresh as words
from open_finance.connect_flow import PHASES, Phase
from open_finance.connecting.bank_errors import bank_error
from tests.builders import NOW, connection
from tests.telegram_html import HOSTILE, read


def test_the_way_of_a_refresh() -> None:
    assert read(words.asking(["Itaú", "Caixa"])) == "⏳ Pedindo atualização: Itaú e Caixa…"
    assert read(words.asked("Itaú")) == "⏳ Pedi atualização ao Itaú. Costuma levar 1 a 3 min; aviso aqui."
    assert read(words.asked("Caixa")).startswith("⏳ Pedi atualização à Caixa.")
    assert read(words.updated("Itaú", 3)) == "✅ Itaú atualizado: 3 novos lançamentos."
    assert read(words.updated("Caixa", 1)) == "✅ Caixa atualizada: 1 novo lançamento."
    assert read(words.updated("Itaú", 0)) == "✅ Itaú atualizado: nenhum lançamento novo."
    assert "não trouxe tudo" in read(words.updated_in_part("Itaú", 1))


@pytest.mark.parametrize("phase", sorted(set(PHASES.values())))
def test_every_phase_of_a_reading_has_its_words(phase: Phase) -> None:
    said = read(words.reading("Itaú", phase))
    assert said.startswith("⏳ Pedi atualização ao Itaú: ")
    assert said.endswith("Costuma levar 1 a 3 min; aviso aqui.")


def test_too_soon_says_when_it_was_read_and_when_next() -> None:
    error = bank_error("REFRESHED_RECENTLY", "Itaú", retry_at=NOW + timedelta(hours=3, minutes=10))
    last = connection(last_updated_at=NOW - timedelta(minutes=20))
    assert read(words.refused(error, last, NOW)) == "Itaú: última leitura há 20 min. Próxima possível às 15:10."


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "agora mesmo"),
        (timedelta(minutes=59), "há 59 min"),
        (timedelta(hours=3), "hoje 09:00"),
        (timedelta(hours=20), "ontem 16:00"),
    ],
)
def test_how_long_ago(ago: timedelta, said: str) -> None:
    error = bank_error("CLIENT_IS_UPDATING_BEFORE_ALLOWED_FREQUENCY", "Itaú")
    assert read(words.refused(error, connection(last_updated_at=NOW - ago), NOW)) == f"Itaú: última leitura {said}."


@pytest.mark.parametrize(
    ("ahead", "said"), [(timedelta(hours=20), "amanhã às 08:00"), (timedelta(days=2), "em 25/11 às 12:00")]
)
def test_when_next(ahead: timedelta, said: str) -> None:
    error = bank_error("REFRESHED_RECENTLY", "Itaú", retry_at=NOW + ahead)
    assert read(words.refused(error, connection(), NOW)).endswith(f"Próxima possível {said}.")


def test_a_bank_is_named_once() -> None:
    error = bank_error("SITE_NOT_AVAILABLE", "Itaú")
    assert read(words.refused(error, connection(), NOW)).count("Itaú") == 1
    assert read(words.failed("Caixa", "A Pluggy não respondeu.")) == "⚠️ Caixa: A Pluggy não respondeu."


def test_other_refusals_keep_their_own_sentence() -> None:
    error = bank_error("ITEM_NOT_FOUND", "Itaú")
    assert "/conectar_banco" in words.refused(error, connection(), NOW)


def test_meu_pluggy_is_only_read_again() -> None:
    assert read(words.reread("Nubank", 0, changed=False)) == (
        "O Nubank atualiza sozinho uma vez por dia; reli agora e não há novidades."
    )
    assert read(words.reread("Nubank", 2, changed=True)).endswith("reli agora: 2 novos lançamentos.")
    said = read(words.reread("Nubank", 0, changed=True))
    assert said.endswith("reli agora: nenhum lançamento novo, mas outros dados mudaram.")


@pytest.mark.parametrize("bank", HOSTILE)
def test_whatever_the_bank_is_called_telegram_takes_it(bank: str) -> None:
    made = connection(connector_name=bank)
    lines = [
        words.asking([bank, bank]),
        words.asked(bank),
        words.updated_in_part(bank, 1),
        words.reread(bank, 1, changed=True),
        words.refused(bank_error("REFRESHED_RECENTLY", bank, retry_at=NOW), made, NOW),
        words.refused(bank_error("SITE_NOT_AVAILABLE", bank), made, NOW),
        words.needs_person(bank),
        words.slow(bank),
        words.failed(bank, bank),
    ]
    read(words.outcome(lines))
