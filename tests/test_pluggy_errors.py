"""Every failed answer is one class of the error tree, and keeps nothing that a person typed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance import pluggy_wire as wire
from open_finance.errors import (
    PluggyAuthError,
    PluggyError,
    PluggyNotFoundError,
    PluggyQuotaError,
    PluggyRateLimitError,
    PluggyRequestError,
    PluggyServerError,
)
from open_finance.pluggy_wire import Call

ITEM = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, None, PluggyRequestError),
        (400, "CONNECTOR_VALIDATION_ERROR", PluggyRequestError),
        (401, None, PluggyAuthError),
        (401, "CLIENT_DISABLED", PluggyAuthError),
        (403, None, PluggyAuthError),
        (403, "BALANCE_CONSENT_ERROR", PluggyRequestError),
        (404, "ITEM_NOT_FOUND", PluggyNotFoundError),
        (405, None, PluggyRequestError),
        (406, None, PluggyRequestError),
        (409, "CLIENT_IS_UPDATING_BEFORE_ALLOWED_FREQUENCY", PluggyRequestError),
        (409, "ITEM_CREATION_LIMIT_EXCEEDED", PluggyQuotaError),
        (410, "ENDPOINT_DEPRECATED", PluggyRequestError),
        (418, None, PluggyRequestError),
        (429, None, PluggyRateLimitError),
        (429, "BALANCE_OPEN_FINANCE_RATE_LIMIT", PluggyQuotaError),
        (500, None, PluggyServerError),
        (502, "BALANCE_CONNECTOR_UNAVAILABLE", PluggyServerError),
        (503, None, PluggyServerError),
        (301, None, PluggyServerError),
        (200, None, PluggyServerError),
    ],
)
def test_a_status_is_one_class_of_the_tree(status: int, code: str | None, kind: type[PluggyError]) -> None:
    body = {"code": status, "message": "m", "codeDescription": code} if status >= 400 else None
    error = wire.error_for(status, body, {}, request="GET /x/{id}")
    assert type(error) is kind
    assert (error.status_code, error.code) == (status, code)
    assert str(status) in str(error)
    assert "GET /x/{id}" in str(error)


@given(
    status=st.integers(100, 599),
    body=st.none() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.text()),
)
def test_any_answer_becomes_an_error_of_the_tree(status: int, body: Any) -> None:
    assert isinstance(wire.error_for(status, body, {}), PluggyError)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_client_keys_are_said_to_operators_and_people(status: int) -> None:
    error = wire.error_for(status, {"code": status}, {}, call=Call.AUTH, request="POST /auth")
    assert type(error) is PluggyAuthError
    assert "Client ID ou Client Secret inválidos" in str(error)
    assert error.user_message == "Client ID ou Client Secret inválidos. Avise quem administra o bot."
    assert error.status_code == status


def test_a_disabled_client_is_not_called_a_wrong_secret() -> None:
    error = wire.error_for(401, {"codeDescription": "CLIENT_DISABLED"}, {}, call=Call.AUTH)
    assert error.user_message == "A aplicação está desativada na Pluggy. Avise quem administra o bot."


def test_an_error_keeps_code_details_data_and_the_id_for_support() -> None:
    error_id = "7f0e1c2d-0000-4000-8000-00000000000a"
    body = {
        "code": 400,
        "message": "Connector parameters do not match validation rules",
        "codeDescription": "CONNECTOR_VALIDATION_ERROR",
        "details": [{"code": "002", "message": "CPF deve ter 11 números.", "parameter": "cpf"}, "noise"],
        "data": {"itemsLimit": 100, "canRetryAfterDate": "2026-11-23T12:15:00.000Z", "nested": {"a": 1}},
        "errorId": error_id,
    }
    error = wire.error_for(400, body, {})
    assert error.code == "CONNECTOR_VALIDATION_ERROR"
    assert error.details == [{"code": "002", "message": "CPF deve ter 11 números.", "parameter": "cpf"}]
    assert error.data == {"itemsLimit": 100, "canRetryAfterDate": "2026-11-23T12:15:00.000Z"}
    assert error.error_id == error_id


def test_details_are_read_from_the_older_field_too() -> None:
    error = wire.error_for(400, {"errors": [{"code": "001", "message": "user is required", "parameter": "user"}]}, {})
    assert error.details == [{"code": "001", "message": "user is required", "parameter": "user"}]


@pytest.mark.parametrize(
    "body",
    [
        {"items": [ITEM]},
        {"data": {"items": [ITEM]}},
        {"data": [ITEM]},
        {"items": [ITEM, 7, "not an id"], "data": {"other": 1}},
    ],
)
def test_the_ids_of_an_existing_item_are_found_wherever_pluggy_puts_them(body: dict[str, Any]) -> None:
    error = wire.error_for(400, {"codeDescription": "ITEM_USER_ALREADY_EXISTS", **body}, {})
    assert error.data["items"] == [ITEM]


@pytest.mark.parametrize("odd", [True, 7, "text", {"id": ITEM}, [[]], None])
@pytest.mark.parametrize("key", ["items", "data", "details", "errors", "errorId", "message"])
def test_an_odd_part_of_an_error_is_left_out(key: str, odd: Any) -> None:
    error = wire.error_for(400, {"codeDescription": "ITEM_USER_ALREADY_EXISTS", key: odd, "data": {key: odd}}, {})
    assert (error.code, error.data.get("items"), error.details) == ("ITEM_USER_ALREADY_EXISTS", None, [])


SECRETS = {"user": "529.982.247-25", "password": "Tigre#42", "token": "123456"}


@pytest.mark.parametrize(
    "echo",
    ["529.982.247-25", "o CPF 52998224725 é inválido", "wrong: TIGRE#42", "tigre#42", "code 123456 expired", "123-456"],
)
def test_nothing_in_an_error_repeats_a_value_that_was_sent(echo: str) -> None:
    body = {
        "message": echo,
        "codeDescription": echo,
        "errorId": echo,
        "details": [
            {"code": echo, "message": echo, "parameter": echo},
            {"code": "001", "message": "m", "parameter": "user"},
        ],
        "data": {"value": echo, "items": [echo], echo: 1, "kept": "2026-11-23T12:15:00.000Z"},
        "items": [echo],
    }
    error = wire.error_for(400, body, {}, request="POST /items", sent=SECRETS)
    everything = f"{error} {error!r} {error.user_message} {vars(error)}".casefold()
    for secret in ("529.982.247-25", "52998224725", "tigre#42", "123456", "123-456"):
        assert secret not in everything
    assert error.details[1] == {"code": "001", "message": "m", "parameter": "user"}
    assert error.data["kept"] == "2026-11-23T12:15:00.000Z"


def test_a_short_value_does_not_blot_out_every_message() -> None:
    body = {"details": [{"code": "002", "message": "O token deve ter 6 dígitos", "parameter": "token"}]}
    error = wire.error_for(400, body, {}, sent={"token": "6", "empty": ""})
    assert error.details[0]["message"] == "O token deve ter 6 dígitos"


def test_a_code_that_is_what_the_person_typed_is_dropped() -> None:
    error = wire.error_for(400, {"codeDescription": "SENHA_SECRETA"}, {}, sent={"password": "SENHA_SECRETA"})
    assert error.code is None
    assert "SENHA_SECRETA" not in str(error)
