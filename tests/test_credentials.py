"""What is accepted, what is sent, and what is refused before anything leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.connecting.credentials import check_all, check_answer, check_typed, check_value, has_check_digits
from open_finance.errors import InvalidCredentialError
from open_finance.pluggy_rows import read_connector_field
from open_finance.records import CredentialField
from tests.builders import action

CPF_PATTERN = r"^\d{3}\.?\d{3}\.?\d{3}-?\d{2}$"
CNPJ_PATTERN = r"^[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}\/?[0-9A-Z]{4}-?\d{2}$"
VALID_CPF = "52998224725"


def field(name: str = "user", **raw: Any) -> CredentialField:
    """A connector's credential as Pluggy would describe it."""
    return read_connector_field({"name": name, "label": "Usuário", "type": "text"} | raw)


CPF = field("cpf", label="CPF", type="number", validation=CPF_PATTERN, validationMessage="CPF deve ter 11 números.")


@pytest.mark.parametrize("typed", ["52998224725", "529.982.247-25", " 529 982 247 25 ", "529.982.247-25\n"])
def test_mask_of_a_cpf_is_accepted_and_not_sent(typed: str) -> None:
    assert check_value(CPF, typed) == VALID_CPF


@pytest.mark.parametrize("typed", ["52998224724", "529.982.247-26", "11111111111"])
def test_cpf_with_wrong_check_digits_is_refused_with_a_sentence_of_ours(typed: str) -> None:
    with pytest.raises(InvalidCredentialError) as refused:
        check_value(CPF, typed)
    assert refused.value.user_message == "Esse CPF não é válido. Confira os números."
    assert typed not in str(refused.value)


@pytest.mark.parametrize("typed", ["5299822472", "abc", "529.982.247-25x", "", "   "])
def test_what_is_no_cpf_is_refused_with_the_connectors_sentence(typed: str) -> None:
    with pytest.raises(InvalidCredentialError) as refused:
        check_value(CPF, typed)
    assert refused.value.user_message == "CPF deve ter 11 números."
    assert refused.value.field == "cpf"


def test_pattern_that_insists_on_the_mask_gets_it() -> None:
    masked = field("cpf", label="CPF", validation=r"^\d{3}\.\d{3}\.\d{3}-\d{2}$")
    assert check_value(masked, "529.982.247-25") == "529.982.247-25"
    with pytest.raises(InvalidCredentialError):
        check_value(masked, VALID_CPF)


@pytest.mark.parametrize("typed", ["11.222.333/0001-81", "11222333000181", "12.abc.345/01de-35"])
def test_cnpj_is_accepted_in_old_and_new_form(typed: str) -> None:
    cnpj = field("cnpj", label="CNPJ", validation=CNPJ_PATTERN)
    assert check_value(cnpj, typed) in {"11222333000181", "12ABC34501DE35"}


def test_program_may_send_any_number_to_a_login_that_is_only_labelled_cpf() -> None:
    login = field("user", label="CPF", validation=CPF_PATTERN)
    assert check_value(login, "123.456.789-00") == "12345678900"
    assert has_check_digits("user", "anything")


@pytest.mark.parametrize("label", ["CPF", "CPF (somente números)", "Cpf do titular"])
def test_person_who_types_a_cpf_has_its_digits_checked_whatever_the_field_is_called(label: str) -> None:
    login = field("user", label=label, validation=CPF_PATTERN)
    assert check_typed(login, "529.982.247-25") == VALID_CPF
    with pytest.raises(InvalidCredentialError, match="check digits"):
        check_typed(login, "123.456.789-00")


@pytest.mark.parametrize(
    "label", ["CPF ou CNPJ", "CPF, e-mail ou celular", "CPF/conta", "Usuário", "Agência (não é CPF)"]
)
def test_field_that_takes_other_numbers_takes_any(label: str) -> None:
    assert check_typed(field("user", label=label, validation=CPF_PATTERN), "12345678900") == "12345678900"


def test_login_that_may_be_a_cpf_keeps_an_email_as_typed() -> None:
    login = field("user", label="CPF, e-mail ou celular")
    assert check_value(login, "Ana.Silva@example.com") == "Ana.Silva@example.com"
    assert check_value(login, "529.982.247-25") == VALID_CPF


def test_account_number_keeps_its_hyphen() -> None:
    account = field("account", label="Conta com dígito", type="number", validation=r"^\d{4,12}-?[\dxX]$")
    assert check_value(account, "12345-6") == "12345-6"


def test_password_is_taken_as_typed() -> None:
    assert check_value(field("password", type="password"), " se nha. ") == " se nha. "


def test_optional_field_may_be_left_out_and_a_required_one_not() -> None:
    fields = [field("user"), field("holder", optional=True)]
    assert check_all(fields, {"user": "ana"}) == {"user": "ana"}
    with pytest.raises(InvalidCredentialError) as refused:
        check_all(fields, {"holder": "1"})
    assert refused.value.field == "user"


def test_values_go_out_in_the_connectors_order_without_strangers() -> None:
    fields = [field("branch"), field("account")]
    sent = check_all(fields, {"account": "2", "extra": "9", "branch": "1"})
    assert list(sent.items()) == [("branch", "1"), ("account", "2")]


def test_select_takes_an_option_by_value_or_label() -> None:
    cooperative = field("cooperative", type="select", options=[{"value": "0001", "label": "Credicitrus"}])
    assert check_value(cooperative, "0001") == "0001"
    assert check_value(cooperative, "credicitrus") == "0001"
    with pytest.raises(InvalidCredentialError):
        check_value(cooperative, "0002")


def test_pattern_python_cannot_read_is_left_to_pluggy() -> None:
    assert check_value(field(validation=r"^[\p{L}]+$(?<"), "ação") == "ação"
    assert check_value(field(validation=r"^(?<code>\d+)$"), "12") == "12"


def test_pattern_of_digits_means_ascii_digits() -> None:
    with pytest.raises(InvalidCredentialError):
        check_value(field(validation=r"^\d{2}$"), "٣٤")


def test_too_long_a_value_is_refused() -> None:
    with pytest.raises(InvalidCredentialError):
        check_value(field(), "x" * 5000)


def test_answer_follows_the_banks_pattern() -> None:
    asked = action(type="mfa", name="token", validation=r"^\d{6}$", validation_message="O token deve ter 6 dígitos")
    assert check_answer(asked, " 123456 ") == "123456"
    with pytest.raises(InvalidCredentialError) as refused:
        check_answer(asked, "12345")
    assert refused.value.user_message == "O token deve ter 6 dígitos"


@pytest.mark.parametrize("talk", ["quanto tenho de saldo?", "", "x" * 65])
def test_talk_is_never_forwarded_as_a_code(talk: str) -> None:
    with pytest.raises(InvalidCredentialError):
        check_answer(action(type="mfa", name="token", validation=None), talk)


def test_answer_to_a_choice_is_one_of_its_options() -> None:
    asked = action(type="select", name="phone", options=[{"value": "2", "label": "Celular ••99"}])
    assert check_answer(asked, "Celular ••99") == "2"
    with pytest.raises(InvalidCredentialError):
        check_answer(asked, "1")


@given(st.text(alphabet=st.characters(exclude_categories=("Nd", "Cs")), max_size=80))
def test_refusal_never_quotes_what_was_typed(typed: str) -> None:
    with pytest.raises(InvalidCredentialError) as refused:
        check_value(CPF, typed)
    assert str(refused.value) == "value refused for field 'cpf'"
    assert refused.value.user_message == "CPF deve ter 11 números."
