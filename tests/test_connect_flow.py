"""Every state an item can be in, and the one step that follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.connect_flow import (
    FAILURES,
    GIVE_UP_AFTER,
    OTHERS_GIVE_UP_AFTER,
    PHASES,
    SUCCESSES,
    Ask,
    AwaitingOthers,
    BankDown,
    Connected,
    Expired,
    Gone,
    Rejected,
    Step,
    Waiting,
    find_authorisation_url,
    give_up,
    is_link,
    next_step,
    poll_delay,
)
from open_finance.pluggy_rows import read_item
from open_finance.records import ItemData

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SOON = "2026-11-23T15:05:00.000Z"
LINK = "https://auth.itau.example/oauth?state=abc"

STATUSES = ("UPDATING", "UPDATED", "WAITING_USER_INPUT", "WAITING_USER_ACTION", "LOGIN_ERROR", "OUTDATED", "MERGING")


def item(status: str, execution: str = "", error: str | None = None, **raw: Any) -> ItemData:
    """An item as Pluggy would show it."""
    return read_item(
        {
            "id": "8f6b3a52-0000-4000-8000-000000000001",
            "connector": {"id": 601, "name": "Itaú", "isOpenFinance": True},
            "status": status,
            "executionStatus": execution,
            "error": {"code": error, "message": "in English"} if error else None,
        }
        | raw
    )


def step(status: str, execution: str = "", error: str | None = None, **raw: Any) -> Step:
    return next_step(item(status, execution, error, **raw), NOW)


# --- the table of reference 3.4 --------------------------------------------------------------------------------------

REJECTED = [
    ("INVALID_CREDENTIALS", "LOGIN_ERROR"),
    ("INVALID_CREDENTIALS_MFA", "LOGIN_ERROR"),
    ("ACCOUNT_LOCKED", "LOGIN_ERROR"),
    ("ACCOUNT_CREDENTIALS_RESET", "LOGIN_ERROR"),
    ("ACCOUNT_NEEDS_ACTION", "OUTDATED"),
    ("USER_AUTHORIZATION_NOT_GRANTED", "LOGIN_ERROR"),
    ("USER_AUTHORIZATION_NOT_GRANTED", "OUTDATED"),
    ("USER_AUTHORIZATION_REVOKED", "LOGIN_ERROR"),
    ("USER_NOT_SUPPORTED", "OUTDATED"),
    ("ALREADY_LOGGED_IN", "OUTDATED"),
]
DOWN = ["SITE_NOT_AVAILABLE", "CONNECTION_ERROR", "UNEXPECTED_ERROR", "ERROR", "MERGE_ERROR", "CREATE_ERROR"]


@pytest.mark.parametrize(("code", "status"), REJECTED)
def test_refusal_is_named_wherever_it_stands(code: str, status: str) -> None:
    assert step(status, code) == Rejected(code)
    assert step(status, code, code) == Rejected(code)
    assert step(status, "", code) == Rejected(code)


@pytest.mark.parametrize("code", DOWN)
def test_trouble_at_the_bank_blames_nobody(code: str) -> None:
    assert step("OUTDATED", code) == BankDown(code)
    assert step("OUTDATED", "", code) == BankDown(code)


@pytest.mark.parametrize("status", ["OUTDATED", "UPDATING", "LOGIN_ERROR"])
def test_pending_authorisation_waits_for_others(status: str) -> None:
    assert step(status, "USER_AUTHORIZATION_PENDING") == AwaitingOthers()
    assert step(status, "", "USER_AUTHORIZATION_PENDING") == (AwaitingOthers())


@pytest.mark.parametrize("status", ["OUTDATED", "LOGIN_ERROR"])
def test_timeout_of_an_answer_is_expired(status: str) -> None:
    assert step(status, "USER_INPUT_TIMEOUT") == Expired("USER_INPUT_TIMEOUT")


@pytest.mark.parametrize(("execution", "phase"), [pair for pair in PHASES.items() if not pair[0].startswith("WAITING")])
def test_running_execution_says_its_phase(execution: str, phase: str) -> None:
    assert step("UPDATING", execution) == Waiting(phase)  # type: ignore[arg-type]


@pytest.mark.parametrize("execution", sorted(SUCCESSES))
@pytest.mark.parametrize("status", ["UPDATED", "OUTDATED", "UPDATING", "WAITING_USER_INPUT"])
def test_success_is_recognised_from_the_execution(execution: str, status: str) -> None:
    assert step(status, execution) == Connected(partial=execution == "PARTIAL_SUCCESS")


@pytest.mark.parametrize(("status", "partial"), [("UPDATED", False), ("PARTIAL_SUCCESS", True)])
def test_success_is_recognised_from_the_status(status: str, partial: bool) -> None:
    assert step(status) == Connected(partial)
    assert step(status, "MERGING") == Connected(partial)


def test_stalled_product_makes_a_success_partial() -> None:
    stalled: dict[str, Any] = {"creditCards": {"isUpdated": False, "lastUpdatedAt": None, "warnings": []}}
    assert step("UPDATED", "SUCCESS", statusDetail=stalled) == Connected(partial=True)


def test_item_that_answers_404_is_gone() -> None:
    assert next_step(None, NOW) == Gone()


def test_error_left_over_does_not_condemn_a_running_execution() -> None:
    assert step("UPDATING", "LOGIN_IN_PROGRESS", "INVALID_CREDENTIALS") == Waiting("login")
    assert step("UPDATING", "PENSIONS_IN_PROGRESS", "INVALID_CREDENTIALS") == Waiting("finishing")


def test_login_error_without_a_code_is_a_refusal() -> None:
    assert step("LOGIN_ERROR") == Rejected("LOGIN_ERROR")
    assert step("LOGIN_ERROR", "SUCCESS") == Rejected("LOGIN_ERROR")
    assert step("LOGIN_ERROR", "", "BRAND_NEW") == Rejected("BRAND_NEW")


def test_unknown_status_stops_and_is_named() -> None:
    assert step("HIBERNATING") == BankDown("HIBERNATING")
    assert step("HIBERNATING", "LOGIN_IN_PROGRESS") == BankDown("HIBERNATING")
    assert step("OUTDATED", "BRAND_NEW") == BankDown("BRAND_NEW")
    assert step("OUTDATED", "", "BRAND_NEW") == BankDown("BRAND_NEW")


def test_unknown_phase_of_a_running_item_is_waited_for() -> None:
    assert step("UPDATING", "PENSIONS_IN_PROGRESS") == Waiting("finishing")


# --- what is asked of the person -------------------------------------------------------------------------------------


def asked(**raw: Any) -> Ask:
    found = step("WAITING_USER_INPUT", "WAITING_USER_INPUT", **raw)
    assert isinstance(found, Ask)
    return found


def test_second_factor_is_asked_with_its_rules() -> None:
    parameter = {
        "name": "token",
        "label": "Chave de segurança",
        "type": "string",
        "validation": r"^\d{6}$",
        "validationMessage": "O token deve ter 6 dígitos",
        "expiresAt": SOON,
    }
    action = asked(parameter=parameter).action
    assert (action["type"], action["name"], action["label"]) == ("mfa", "token", "Chave de segurança")
    assert action["validation"] == r"^\d{6}$"
    assert action["expires_at"] == NOW + timedelta(minutes=5)


def test_choice_is_asked_with_its_options() -> None:
    options = [{"value": "1", "label": "Celular ••99"}, {"value": 2, "label": None}, {"label": "no value"}, "junk"]
    action = asked(parameter={"name": "phone", "type": "select", "options": options}).action
    assert action["type"] == "select"
    assert action["options"] == [{"value": "1", "label": "Celular ••99"}, {"value": "2", "label": "2"}]


def test_picture_is_asked_with_its_data() -> None:
    action = asked(parameter={"name": "captcha", "type": "image", "data": "iVBORw0KGgo="}).action
    assert (action["type"], action["data"]) == ("image", "iVBORw0KGgo=")


@pytest.mark.parametrize(
    "raw",
    [
        {"userAction": {"type": "qr", "instructions": "Leia no app", "attributes": {"qr": "iVBORw0KGgo="}}},
        {
            "userAction": {"type": "qr", "instructions": "Leia no app"},
            "parameter": {"name": "qr", "type": "image", "data": "iVBORw0KGgo="},
        },
    ],
)
def test_qr_code_is_scanned_and_not_answered(raw: dict[str, Any]) -> None:
    action = asked(**raw).action
    assert (action["type"], action["label"], action["data"]) == ("qr", "Leia no app", "iVBORw0KGgo=")


def test_device_authorisation_happens_in_the_app() -> None:
    action = asked(userAction={"type": "authorize-access", "instructions": "Abra o app", "expiresAt": SOON}).action
    assert (action["type"], action["url"]) == ("device", None)
    assert action["expires_at"] == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    "raw",
    [
        {"parameter": {"name": "oauthCode", "data": LINK}},
        {"parameter": {"name": "oauth", "type": "text", "data": LINK}},
        {"userAction": {"type": "authorize-access", "attributes": {"url": LINK}}},
        {"userAction": {"type": "authorize-access", "url": LINK}},
        {"parameter": {"name": "oauth", "data": None, "redirect": LINK}},
    ],
)
def test_link_is_found_wherever_the_item_carries_it(raw: dict[str, Any]) -> None:
    assert find_authorisation_url(item("WAITING_USER_INPUT", **raw)) == LINK
    action = asked(**raw).action
    assert (action["type"], action["url"], action["data"]) == ("authorize", LINK, None)


def test_expiry_of_a_link_is_read_from_either_place() -> None:
    user_action = {"type": "authorize-access", "expiresAt": SOON}
    action = asked(parameter={"name": "oauth", "data": LINK, "expiresAt": None}, userAction=user_action).action
    assert action["expires_at"] == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "http://bank.example/",
        "ftp://bank.example/",
        "https://",
        "https://[bad",
        "Acesse https://bank.example/ no app",
        "https://bank.example/\n",
        "iVBORw0KGgo=",
        "",
        None,
        7,
    ],
)
def test_only_a_whole_https_address_is_a_link(text: Any) -> None:
    assert not is_link(text)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8081/oauth?state=x", "http://localhost:1/o", "http://[::1]:2/o"])
def test_link_to_this_machine_may_be_plain_http(text: str) -> None:
    assert is_link(text)


def test_picture_at_an_address_is_no_link() -> None:
    assert find_authorisation_url(item("WAITING_USER_INPUT", parameter={"type": "image", "data": LINK})) is None


def test_link_that_is_not_there_yet_is_waited_for() -> None:
    assert step("WAITING_USER_INPUT", "WAITING_USER_INPUT") == Waiting("login")


def test_question_already_answered_is_not_asked_again() -> None:
    parameter = {"name": "token", "type": "string"}
    assert step("WAITING_USER_INPUT", "LOGIN_MFA_IN_PROGRESS", parameter=parameter) == Waiting("login")
    assert step("WAITING_USER_INPUT", "ACCOUNTS_IN_PROGRESS", parameter=parameter) == Waiting("accounts")


def test_question_is_asked_while_the_status_still_says_updating() -> None:
    found = step("UPDATING", "WAITING_USER_INPUT", parameter={"name": "token", "type": "string"})
    assert isinstance(found, Ask)


def test_question_expires_after_its_last_second() -> None:
    waiting = item("WAITING_USER_INPUT", "WAITING_USER_INPUT", parameter={"name": "token", "expiresAt": SOON})
    last = NOW + timedelta(minutes=5)
    assert isinstance(next_step(waiting, last), Ask)
    assert next_step(waiting, last + timedelta(seconds=1)) == Expired()


def test_a_question_keeps_nothing_that_a_database_cannot_store() -> None:
    options = [{"value": "1\x00", "label": "um\ud83d"}]
    action = asked(parameter={"name": "t\x00", "label": "Qual\x00?", "options": options, "validation": "\x00"}).action
    assert (action["name"], action["label"], action["validation"]) == ("t", "Qual?", None)
    assert action["options"] == [{"value": "1", "label": "um"}]


def test_an_absurd_time_limit_is_no_limit() -> None:
    assert asked(parameter={"name": "token", "expiresAt": "0001-01-01T00:00:00+03:00"}).action["expires_at"] is None


# --- time ------------------------------------------------------------------------------------------------------------


def test_polls_are_quick_then_slow_then_left_to_the_ticks() -> None:
    assert [poll_delay(at) for at in (0, 119.9, 120, 899.9, 900, 90_000)] == [2, 2, 10, 10, None, None]


def test_waiting_has_an_end() -> None:
    late = NOW + GIVE_UP_AFTER + timedelta(seconds=1)
    action = asked(parameter={"name": "oauth", "data": LINK})
    assert give_up(Waiting("login"), NOW, NOW + GIVE_UP_AFTER) == Waiting("login")
    assert give_up(Waiting("login"), NOW, late) == Expired()
    assert give_up(action, NOW, late) == Expired()
    assert give_up(AwaitingOthers(), NOW, late) == AwaitingOthers()
    never = NOW + OTHERS_GIVE_UP_AFTER + timedelta(seconds=1)
    assert give_up(AwaitingOthers(), NOW, never) == Expired("USER_AUTHORIZATION_PENDING")
    assert give_up(Connected(partial=False), NOW, never) == Connected(partial=False)


# --- properties ------------------------------------------------------------------------------------------------------

CODES = st.sampled_from([*PHASES, *SUCCESSES, *FAILURES, "", "BRAND_NEW", "QUEUED"])
ANY_STATUS = st.sampled_from([*STATUSES, "PARTIAL_SUCCESS", "HIBERNATING"])
ANY_ERROR = st.none() | CODES.filter(bool)
ANY_PARAMETER = st.none() | st.fixed_dictionaries(
    {"name": st.sampled_from(["token", "oauthCode"])},
    optional={
        "data": st.sampled_from([LINK, "iVBORw0KGgo=", 7]),
        "type": st.sampled_from(["image", "select", "string", None]),
        "options": st.sampled_from([None, [], [{"value": "1", "label": "um"}]]),
        "expiresAt": st.sampled_from([SOON, "2026-11-23T14:00:00Z", "never"]),
    },
)


@given(ANY_STATUS, CODES, ANY_ERROR, ANY_PARAMETER)
def test_failing_execution_is_never_connected(status: str, execution: str, error: str | None, parameter: Any) -> None:
    found = step(status, execution, error, parameter=parameter)
    if execution in FAILURES:
        assert not isinstance(found, Connected | Waiting | Ask)
    if error in FAILURES and execution not in PHASES:
        assert not isinstance(found, Connected)
    if isinstance(found, Connected):
        assert status in {"UPDATED", "PARTIAL_SUCCESS"} or execution in SUCCESSES


@given(ANY_STATUS, CODES, ANY_ERROR, ANY_PARAMETER)
def test_every_flow_ends(status: str, execution: str, error: str | None, parameter: Any) -> None:
    """Whatever Pluggy keeps saying, a flow polled at its own pace comes to an end after a bounded number of polls."""
    stuck = item(status, execution, error, parameter=parameter)
    now, polls = NOW, 0
    found = give_up(next_step(stuck, now), NOW, now)
    while isinstance(found, Waiting | Ask | AwaitingOthers):
        now += timedelta(seconds=poll_delay((now - NOW).total_seconds()) or 3600)
        polls += 1
        found = give_up(next_step(stuck, now), NOW, now)
    assert polls < 400
