"""What the client does when Pluggy fails: every behaviour of the retry table, seen from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from open_finance.errors import (
    PluggyAuthError,
    PluggyError,
    PluggyNotFoundError,
    PluggyQuotaError,
    PluggyRateLimitError,
    PluggyRequestError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.pluggy_client import PluggyClient
from tests.clocks import ManualClock
from tests.pluggy_stub import ITEM, ITEM_ID, Pluggy, api_key, canned_pluggy, settings

PATH = f"/items/{ITEM_ID}"
MFA = f"{PATH}/mfa"
NOT_SENT = requests.ConnectTimeout("connect")
LOST = requests.ReadTimeout("read")
RESET = requests.ConnectionError("reset by peer")
BROKEN = requests.exceptions.ChunkedEncodingError("cut")
BARE_403 = {"code": 403, "message": "Missing or invalid authorization token"}
BARE_429 = {"code": 429, "message": "Too many requests"}
WRONG_KEYS = {"code": 401, "codeDescription": "CLIENT_KEYS_UNAUTHORIZED", "message": "Client keys are invalid"}

Use = Callable[[PluggyClient], object]
GET: tuple[str, str, Use] = ("GET", PATH, lambda client: client.get_item(ITEM_ID))
DELETE: tuple[str, str, Use] = ("DELETE", PATH, lambda client: client.delete_item(ITEM_ID))
VALIDATE: tuple[str, str, Use] = (
    "POST",
    "/connectors/201/validate",
    lambda client: client.validate_credentials(201, {"user": "u"}),
)
CREATE: tuple[str, str, Use] = ("POST", "/items", lambda client: client.create_item(201, {"user": "u"}))
UPDATE: tuple[str, str, Use] = ("PATCH", PATH, lambda client: client.update_item(ITEM_ID))
ANSWER: tuple[str, str, Use] = ("POST", MFA, lambda client: client.send_mfa(ITEM_ID, "token", "123456"))
HARMLESS = pytest.mark.parametrize(
    ("method", "path", "use"), [GET, DELETE, VALIDATE], ids=["get", "delete", "validate"]
)
EVERY_CALL = pytest.mark.parametrize(
    ("method", "path", "use"),
    [GET, DELETE, VALIDATE, CREATE, UPDATE, ANSWER],
    ids=["get", "delete", "validate", "create", "update", "answer"],
)


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        yield pluggy


# --- calls that may be repeated ------------------------------------------------------------------------------------------


@HARMLESS
@pytest.mark.parametrize("trouble", [NOT_SENT, LOST, RESET, BROKEN, 500, 502, 503])
def test_a_harmless_call_survives_three_failures(
    pluggy: Pluggy, method: str, path: str, use: Use, trouble: Exception | int
) -> None:
    for _ in range(3):
        if isinstance(trouble, int):
            pluggy.answer(method, path, {"code": trouble}, trouble)
        else:
            pluggy.answer(method, path, trouble)
    pluggy.answer(method, path, ITEM)
    use(pluggy.client)
    assert pluggy.count(method, path) == 4
    assert pluggy.clock.slept == [0.5, 1.0, 2.0]


@HARMLESS
@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(NOT_SENT, PluggyUnreachableError), (LOST, PluggyUnreachableError), (BROKEN, PluggyServerError)],
)
def test_a_harmless_call_gives_up_after_three_retries(
    pluggy: Pluggy, method: str, path: str, use: Use, trouble: Exception, kind: type[PluggyError]
) -> None:
    pluggy.answer(method, path, trouble)
    with pytest.raises(kind):
        use(pluggy.client)
    assert pluggy.count(method, path) == 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>maintenance</html>",
        b'{"id": "2f0c',
        b'"text"',
        b"7",
        b"[]",
        b"null",
        b'{"balance": NaN}',
        b"\xff\xfe",
    ],
)
def test_a_broken_body_is_retried_like_a_failing_server(pluggy: Pluggy, body: bytes) -> None:
    pluggy.answer("GET", PATH, body)
    with pytest.raises(PluggyServerError) as caught:
        pluggy.client.get_item(ITEM_ID)
    assert pluggy.count("GET", PATH) == 4
    assert caught.value.status_code == 200


def test_a_broken_body_may_heal(pluggy: Pluggy) -> None:
    pluggy.answer("GET", PATH, b"<html>")
    pluggy.answer("GET", PATH, ITEM)
    assert pluggy.client.get_item(ITEM_ID) == ITEM


def test_a_page_in_html_for_a_missing_item_does_not_make_it_gone(pluggy: Pluggy) -> None:
    pluggy.answer("GET", PATH, b"<html>404</html>", 404)
    with pytest.raises(PluggyServerError):
        pluggy.client.get_item(ITEM_ID)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(400, None, PluggyRequestError), (404, "ITEM_NOT_FOUND", PluggyNotFoundError), (410, None, PluggyRequestError)],
)
def test_a_refusal_is_not_repeated(pluggy: Pluggy, status: int, code: str | None, kind: type[PluggyError]) -> None:
    pluggy.answer("GET", PATH, {"code": status, "codeDescription": code}, status)
    with pytest.raises(kind) as caught:
        pluggy.client.get_item(ITEM_ID)
    assert caught.value.code == code
    assert pluggy.count("GET", PATH) == 1


# --- calls that may not --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [LOST, RESET])
def test_an_item_is_not_posted_again_when_the_answer_is_lost(pluggy: Pluggy, trouble: Exception) -> None:
    pluggy.answer("POST", "/items", trouble)
    with pytest.raises(PluggyUnreachableError) as caught:
        pluggy.client.create_item(201, {"user": "u"})
    assert caught.value.sent
    assert pluggy.count("POST", "/items") == 1


@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (503, b"<html>"), (200, b'{"id'), (200, b"")])
def test_an_item_is_not_posted_again_when_the_server_fails(pluggy: Pluggy, status: int, body: bytes) -> None:
    pluggy.answer("POST", "/items", body, status)
    with pytest.raises(PluggyServerError):
        pluggy.client.create_item(201, {"user": "u"})
    assert pluggy.count("POST", "/items") == 1


def test_an_item_is_posted_again_when_nothing_was_sent(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/items", NOT_SENT)
    pluggy.answer("POST", "/items", NOT_SENT)
    pluggy.answer("POST", "/items", ITEM)
    assert pluggy.client.create_item(201, {"user": "u"}) == ITEM
    assert pluggy.count("POST", "/items") == 3


def test_an_item_that_could_not_be_sent_says_so(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/items", NOT_SENT)
    with pytest.raises(PluggyUnreachableError) as caught:
        pluggy.client.create_item(201, {"user": "u"})
    assert not caught.value.sent


@pytest.mark.parametrize("call", [UPDATE, ANSWER], ids=["update", "answer"])
@pytest.mark.parametrize("trouble", [LOST, RESET, 500, 503])
def test_a_lost_update_or_answer_is_never_resent_but_the_item_read(
    pluggy: Pluggy, call: tuple[str, str, Use], trouble: Exception | int
) -> None:
    method, path, use = call
    if isinstance(trouble, int):
        pluggy.answer(method, path, {"code": trouble}, trouble)
    else:
        pluggy.answer(method, path, trouble)
    pluggy.answer("GET", PATH, {**ITEM, "status": "WAITING_USER_INPUT"})
    assert use(pluggy.client) == {**ITEM, "status": "WAITING_USER_INPUT"}
    assert pluggy.count(method, path) == 1


@pytest.mark.parametrize("call", [UPDATE, ANSWER], ids=["update", "answer"])
def test_an_update_or_answer_that_was_not_sent_is_an_error_at_once(pluggy: Pluggy, call: tuple[str, str, Use]) -> None:
    method, path, use = call
    pluggy.answer(method, path, NOT_SENT)
    with pytest.raises(PluggyUnreachableError) as caught:
        use(pluggy.client)
    assert not caught.value.sent
    assert pluggy.count(method, path) == 1


@pytest.mark.parametrize("call", [UPDATE, ANSWER], ids=["update", "answer"])
def test_an_update_or_answer_over_the_limit_tells_when_to_come_back(pluggy: Pluggy, call: tuple[str, str, Use]) -> None:
    method, path, use = call
    pluggy.answer(method, path, BARE_429, 429, headers={"Retry-After": "60"})
    with pytest.raises(PluggyRateLimitError) as caught:
        use(pluggy.client)
    assert caught.value.retry_after == 60
    assert (pluggy.count(method, path), pluggy.clock.slept) == (1, [])


def test_an_answer_to_a_flow_that_is_over_is_not_found(pluggy: Pluggy) -> None:
    pluggy.answer("POST", MFA, {"code": 404, "codeDescription": "ITEM_MFA_NOT_FOUND"}, 404)
    with pytest.raises(PluggyNotFoundError):
        pluggy.client.send_mfa(ITEM_ID, "token", "123456")


# --- limits --------------------------------------------------------------------------------------------------------------


@HARMLESS
def test_retry_after_is_obeyed(pluggy: Pluggy, method: str, path: str, use: Use) -> None:
    pluggy.answer(method, path, BARE_429, 429, headers={"Retry-After": "60"})
    pluggy.answer(method, path, BARE_429, 429, headers={"RateLimit-Reset": "41"})
    pluggy.answer(method, path, ITEM)
    use(pluggy.client)
    assert pluggy.clock.slept == [60, 41]


def test_a_long_wait_is_capped_at_ninety_seconds(pluggy: Pluggy) -> None:
    pluggy.answer("GET", PATH, BARE_429, 429, headers={"Retry-After": "3600"})
    with pytest.raises(PluggyRateLimitError) as caught:
        pluggy.client.get_item(ITEM_ID)
    assert pluggy.clock.slept == [90, 90, 90]
    assert caught.value.retry_after == 3600


def test_a_limit_that_does_not_say_how_long_is_met_with_growing_pauses(pluggy: Pluggy) -> None:
    pluggy.answer("GET", PATH, BARE_429, 429)
    with pytest.raises(PluggyRateLimitError):
        pluggy.client.get_item(ITEM_ID)
    assert pluggy.clock.slept == [0.5, 1.0, 2.0]


def test_a_wait_that_would_pass_the_deadline_is_not_begun(pluggy: Pluggy) -> None:
    pluggy.answer("GET", "/v2/transactions", BARE_429, 429, headers={"Retry-After": "60"})
    with pytest.raises(PluggyRateLimitError):
        list(pluggy.client.iter_transaction_pages("a", deadline=pluggy.clock.monotonic() + 30))
    assert pluggy.clock.slept == []


def test_the_creation_of_an_item_waits_once(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/items", BARE_429, 429, headers={"Retry-After": "60"})
    with pytest.raises(PluggyRateLimitError):
        pluggy.client.create_item(201, {"user": "u"})
    assert (pluggy.count("POST", "/items"), pluggy.clock.slept) == (2, [60])


@EVERY_CALL
def test_inside_a_persons_command_nobody_waits(pluggy: Pluggy, method: str, path: str, use: Use) -> None:
    pluggy.answer(method, path, BARE_429, 429, headers={"Retry-After": "60"})
    with pytest.raises(PluggyRateLimitError) as caught:
        use(pluggy.client.for_person())
    assert caught.value.retry_after == 60
    assert (pluggy.count(method, path), pluggy.clock.slept) == (1, [])


@EVERY_CALL
def test_a_quota_of_the_bank_is_never_retried(pluggy: Pluggy, method: str, path: str, use: Use) -> None:
    body = {"code": 429, "codeDescription": "BALANCE_OPEN_FINANCE_RATE_LIMIT"}
    pluggy.answer(method, path, body, 429, headers={"Retry-After": "60"})
    with pytest.raises(PluggyQuotaError):
        use(pluggy.client)
    assert (pluggy.count(method, path), pluggy.clock.slept) == (1, [])


# --- the key -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [GET, DELETE, VALIDATE, CREATE, UPDATE], ids=lambda call: call[0])
@pytest.mark.parametrize(
    ("status", "body"), [(403, BARE_403), (401, {"code": 401, "message": "Unauthorized"}), (403, None)]
)
def test_a_refused_key_is_renewed_once_and_the_call_repeated(
    pluggy: Pluggy, call: tuple[str, str, Use], status: int, body: Any
) -> None:
    method, path, use = call
    pluggy.answer(method, path, body, status)
    pluggy.answer(method, path, ITEM)
    use(pluggy.client)
    assert [request.headers["X-API-KEY"] for request in pluggy.asked(method, path)] == [api_key(1), api_key(2)]
    assert pluggy.count("POST", "/auth") == 2


def test_an_mfa_answer_with_a_refused_key_is_not_resent_but_the_item_read(pluggy: Pluggy) -> None:
    pluggy.answer("POST", MFA, BARE_403, 403)
    pluggy.answer("GET", PATH, BARE_403, 403)
    pluggy.answer("GET", PATH, ITEM)
    assert pluggy.client.send_mfa(ITEM_ID, "token", "123456") == ITEM
    assert (pluggy.count("POST", MFA), pluggy.count("POST", "/auth")) == (1, 2)


def test_a_new_key_that_is_refused_too_is_an_error_and_no_loop(pluggy: Pluggy) -> None:
    pluggy.answer("GET", PATH, BARE_403, 403)
    with pytest.raises(PluggyAuthError) as caught:
        pluggy.client.get_item(ITEM_ID)
    assert caught.value.status_code == 403
    assert (pluggy.count("GET", PATH), pluggy.count("POST", "/auth")) == (2, 2)


def test_a_permission_that_is_missing_does_not_renew_the_key(pluggy: Pluggy) -> None:
    pluggy.answer("GET", PATH, {"code": 403, "codeDescription": "BALANCE_CONSENT_ERROR"}, 403)
    with pytest.raises(PluggyRequestError) as caught:
        pluggy.client.get_item(ITEM_ID)
    assert caught.value.code == "BALANCE_CONSENT_ERROR"
    assert (pluggy.count("GET", PATH), pluggy.count("POST", "/auth")) == (1, 1)


def test_wrong_client_keys_are_fatal_and_tried_once(pluggy: Pluggy) -> None:
    pluggy.refuse_keys((401, WRONG_KEYS, {}))
    with pytest.raises(PluggyAuthError, match="Client ID ou Client Secret inválidos") as caught:
        pluggy.client.list_connectors()
    assert caught.value.status_code == 401
    assert caught.value.user_message == "Client ID ou Client Secret inválidos. Avise quem administra o bot."
    assert pluggy.count("POST", "/auth") == 1


def test_getting_a_key_is_retried_while_the_server_fails(pluggy: Pluggy) -> None:
    pluggy.refuse_keys((500, {}, {}), (502, {}, {}), (503, {}, {}))
    pluggy.client.authenticate()
    assert pluggy.count("POST", "/auth") == 4
    assert pluggy.clock.slept == [0.5, 1.0, 2.0]


def test_getting_a_key_waits_as_long_as_pluggy_says(pluggy: Pluggy) -> None:
    pluggy.refuse_keys((429, BARE_429, {"Retry-After": "60"}), (429, BARE_429, {"Retry-After": "600"}))
    pluggy.client.authenticate()
    assert pluggy.clock.slept == [60, 90]


def test_getting_a_key_inside_a_persons_command_does_not_wait(pluggy: Pluggy) -> None:
    pluggy.refuse_keys((429, BARE_429, {"Retry-After": "60"}))
    with pytest.raises(PluggyRateLimitError) as caught:
        pluggy.client.for_person().list_connectors()
    assert caught.value.retry_after == 60
    assert pluggy.clock.slept == []


@pytest.mark.parametrize("body", [{}, {"apiKey": ""}, {"apiKey": 7}, {"apiKey": "two\nlines"}, {"apiKey": "é"}])
def test_an_answer_without_a_usable_key_is_a_broken_one(pluggy: Pluggy, body: dict[str, Any]) -> None:
    pluggy.refuse_keys((200, body, {}))
    with pytest.raises(PluggyServerError):
        pluggy.client.authenticate()


def test_jitter_spreads_the_pauses(pluggy: Pluggy, clock: ManualClock) -> None:
    pluggy.answer("GET", PATH, {}, 500)
    with pytest.raises(PluggyServerError):
        PluggyClient(settings(), clock=clock, jitter=lambda: 0.5).get_item(ITEM_ID)
    assert clock.slept == [0.75, 1.5, 3.0]
