"""Each code has its sentence, and no sentence promises what nobody will do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from open_finance.connect_flow import FAILURES
from open_finance.connecting.bank_errors import SENTENCES, bank_error, limit_sentence, sentence
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
