"""Each code has its sentence, and no sentence promises what nobody will do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from open_finance.connect_flow import FAILURES
from open_finance.connecting.bank_errors import (
    SENTENCES,
    bank_error,
    is_feminine,
    limit_sentence,
    sentence,
    too_many,
)
from open_finance.errors import BankConnectionError, CredentialsRejectedError


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_every_final_failure_has_a_sentence(code: str) -> None:
    assert code in SENTENCES


@pytest.mark.parametrize("code", [*sorted(SENTENCES), "BRAND_NEW", None])
@pytest.mark.parametrize("first_time", [False, True])
def test_sentences_are_whole(code: str | None, first_time: bool) -> None:
    text = sentence(code, "Itaú {x}", first_time=first_time)
    assert text.endswith(".")
    assert "{" not in text.replace("Itaú {x}", "")


@pytest.mark.parametrize(
    "bank",
    [
        *(
            "Credisan",
            "Coopanest",
            "Cresol",
            "Unicred",
            "Viacredi",
            "Sisprime",
            "Toro Investimentos",
            "Avenue",
            "Warren",
        ),
        *("Nomad", "Wise", "InfinitePay", "Crefisa", "Órama", "Orama Investimentos", "Agora Investimentos", "Caixa"),
    ],
)
def test_banks_that_people_call_by_the_feminine(bank: str) -> None:
    assert is_feminine(bank)


@pytest.mark.parametrize("bank", ["Itaú", "Sicoob", "Sicredi", "Caixa Tem", "BTG Pactual", "Mercado Pago", "PicPay"])
def test_banks_that_people_call_by_the_masculine(bank: str) -> None:
    assert not is_feminine(bank)


def test_article_goes_with_the_bank() -> None:
    assert sentence("ACCOUNT_LOCKED", "Caixa").startswith("A Caixa bloqueou")
    assert sentence("ACCOUNT_LOCKED", "Nubank").startswith("O Nubank bloqueou")


@pytest.mark.parametrize("code", ["SITE_NOT_AVAILABLE", "CONNECTION_ERROR", "UNEXPECTED_ERROR", "BRAND_NEW"])
def test_removed_connection_is_not_said_to_be_retried(code: str) -> None:
    assert "sozinha" in sentence(code, "Itaú")
    assert "sozinha" not in sentence(code, "Itaú", first_time=True)


def test_unknown_code_is_named_for_support() -> None:
    assert "(código BRAND_NEW)" in sentence("BRAND_NEW", "Itaú")


def test_next_try_is_told_in_sao_paulos_time() -> None:
    text = sentence("REFRESHED_RECENTLY", "Itaú", retry_at=datetime(2026, 11, 23, 18, 10, tzinfo=UTC))
    assert text.endswith("Próxima tentativa possível: 23/11 às 15:10.")


@pytest.mark.parametrize(
    ("hours", "said"), [(0, "hoje às 15:10"), (9, "amanhã às 00:10"), (33, "25/11 às 00:10"), (-24, "22/11 às 15:10")]
)
def test_next_try_is_told_as_people_say_it(hours: int, said: str) -> None:
    now = datetime(2026, 11, 23, 18, 10, tzinfo=UTC)
    text = sentence("REFRESHED_RECENTLY", "Itaú", retry_at=now + timedelta(hours=hours), now=now)
    assert text.endswith(f"Próxima tentativa possível: {said}.")


def test_limit_names_itself_and_when_it_ends() -> None:
    now = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    error = too_many(5, timedelta(minutes=15), now + timedelta(minutes=11), now)
    assert error.user_message == "Você já fez 5 pedidos em 15 minutos. Pode tentar de novo hoje às 21:41."
    assert error.retry_at == now + timedelta(minutes=11)
    assert too_many(20, timedelta(days=1), now + timedelta(hours=20), now).user_message == (
        "Você já fez 20 pedidos em 24 horas. Pode tentar de novo amanhã às 17:30."
    )
    assert "30 pedidos em 1 hora." in too_many(30, timedelta(hours=1), now, now).user_message


def test_account_that_somebody_else_connected_is_not_to_be_tried_again() -> None:
    assert sentence("ITEM_USER_ALREADY_EXISTS", "Caixa") == (
        "Essa conta da Caixa já está conectada por outra pessoa ou outro programa. "
        "Se foi você, desconecte por lá primeiro; repetir por aqui não adianta."
    )


def test_limit_of_the_plan_is_told_with_its_number() -> None:
    assert limit_sentence({"itemsLimit": 5}).startswith("O plano já usa 5 de 5 bancos.")
    assert limit_sentence({}).startswith("O limite de bancos do plano foi atingido.")


@pytest.mark.parametrize("code", ["INVALID_CREDENTIALS", "INVALID_CREDENTIALS_MFA", "LOGIN_ERROR"])
def test_what_was_typed_and_refused_has_its_own_error(code: str) -> None:
    assert type(bank_error(code, "Itaú", connection_id=7)) is CredentialsRejectedError


@pytest.mark.parametrize("code", ["ACCOUNT_LOCKED", "USER_AUTHORIZATION_NOT_GRANTED", "SITE_NOT_AVAILABLE", None])
def test_every_other_code_is_a_connection_error(code: str | None) -> None:
    error = bank_error(code, "Itaú", connection_id=7)
    assert type(error) is BankConnectionError
    assert (error.code, error.connection_id) == (code, 7)
