"""Whether a connection needs its person: set by what only a person can cure, cleared by standing again, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.connect_flow import FAILURES, PHASES
from open_finance.pluggy_rows import read_item
from open_finance.records import ItemData, Trouble
from open_finance.trouble import needs_person, shares_nothing, trouble_after
from tests.builders import NOW, connection
from tests.pluggy_json import raw_item

BEFORE = NOW - timedelta(days=3)
KNOWN = Trouble("INVALID_CREDENTIALS", BEFORE)

PERSON = [
    "INVALID_CREDENTIALS",
    "INVALID_CREDENTIALS_MFA",
    "ACCOUNT_LOCKED",
    "ACCOUNT_CREDENTIALS_RESET",
    "ACCOUNT_NEEDS_ACTION",
    "USER_AUTHORIZATION_REVOKED",
    "USER_NOT_SUPPORTED",
]
NOBODY = [
    "SITE_NOT_AVAILABLE",
    "CONNECTION_ERROR",
    "UNEXPECTED_ERROR",
    "ERROR",
    "MERGE_ERROR",
    "CREATE_ERROR",
    "ALREADY_LOGGED_IN",
    "USER_INPUT_TIMEOUT",
    "USER_AUTHORIZATION_PENDING",
]


def item(**raw: Any) -> ItemData:
    return read_item(raw_item(**({"consentExpiresAt": None} | raw)))


def failed(code: str, status: str = "OUTDATED", **raw: Any) -> ItemData:
    return item(status=status, executionStatus=code, error={"code": code}, **raw)


@pytest.mark.parametrize("code", PERSON)
def test_what_only_the_person_can_cure_is_trouble_since_it_was_seen(code: str) -> None:
    assert trouble_after(None, failed(code), NOW) == Trouble(code, NOW)


@pytest.mark.parametrize("code", PERSON)
def test_another_refusal_is_the_same_trouble(code: str) -> None:
    assert trouble_after(KNOWN, failed(code), NOW) == Trouble(code, BEFORE)


@pytest.mark.parametrize("code", NOBODY)
@pytest.mark.parametrize("known", [None, KNOWN])
def test_what_passes_or_was_given_up_changes_nothing(code: str, known: Trouble | None) -> None:
    assert trouble_after(known, failed(code), NOW) == known


def test_every_failure_is_decided_here() -> None:
    assert {*PERSON, *NOBODY, "USER_AUTHORIZATION_NOT_GRANTED"} == FAILURES.keys()


@pytest.mark.parametrize(("status", "trouble"), [("OUTDATED", None), ("LOGIN_ERROR", "USER_AUTHORIZATION_NOT_GRANTED")])
def test_refused_renewal_is_trouble_when_pluggy_stops_reading(status: str, trouble: str | None) -> None:
    after = trouble_after(None, failed("USER_AUTHORIZATION_NOT_GRANTED", status), NOW)
    assert (None if after is None else after.code) == trouble


@pytest.mark.parametrize("seen", [item(), failed("USER_AUTHORIZATION_REVOKED", "LOGIN_ERROR")])
def test_expired_consent_is_trouble_since_it_expired(seen: ItemData) -> None:
    expired = {**seen, "consent_expires_at": BEFORE}
    assert trouble_after(None, expired, NOW) == Trouble("CONSENT_EXPIRED", BEFORE)  # type: ignore[arg-type]
    renewed = {**seen, "consent_expires_at": NOW + timedelta(days=365)}
    after = trouble_after(None, renewed, NOW)  # type: ignore[arg-type]
    assert after is None or after.code == "USER_AUTHORIZATION_REVOKED"


@pytest.mark.parametrize("execution", [*PHASES, "USER_AUTHORIZATION_PENDING"])
def test_nothing_is_cured_before_it_stands(execution: str) -> None:
    assert trouble_after(KNOWN, item(status="UPDATING", executionStatus=execution), NOW) == KNOWN


@pytest.mark.parametrize("accounts", [None, 2])
def test_standing_cures(accounts: int | None) -> None:
    assert trouble_after(KNOWN, item(), NOW, accounts=accounts) is None


def test_nothing_shared_is_known_and_cured_by_whoever_looked_at_the_accounts() -> None:
    shared_nothing = item(connector={"id": 601, "name": "Itaú", "isOpenFinance": True}, executionStatus="SUCCESS")
    known = trouble_after(None, shared_nothing, NOW, accounts=0)
    assert known == Trouble("NOTHING_SHARED", NOW)
    later = NOW + timedelta(hours=6)
    assert trouble_after(known, shared_nothing, later) == known
    assert trouble_after(known, shared_nothing, later, accounts=0) == known
    assert trouble_after(known, shared_nothing, later, accounts=1) is None


@pytest.mark.parametrize(
    "other",
    [
        {"connector": {"id": 201, "name": "Itaú", "isOpenFinance": False}},
        {"executionStatus": "PARTIAL_SUCCESS"},
    ],
)
def test_no_account_is_no_decision_of_the_persons_elsewhere(other: dict[str, Any]) -> None:
    raw = {"connector": {"id": 601, "name": "Itaú", "isOpenFinance": True}, "executionStatus": "SUCCESS"} | other
    assert not shares_nothing(item(**raw), 0)


def test_lost_item_and_closed_door_are_trouble() -> None:
    assert trouble_after(None, None, NOW) == Trouble("ITEM_NOT_FOUND", NOW)
    assert trouble_after(None, None, NOW, door_closed=True) == Trouble("DOOR_CLOSED", NOW)
    assert trouble_after(KNOWN, failed("SITE_NOT_AVAILABLE"), NOW, door_closed=True) == Trouble("DOOR_CLOSED", BEFORE)


@given(
    st.lists(st.tuples(st.sampled_from([*PERSON, *NOBODY, "SUCCESS", "UPDATING"]), st.integers(1, 200)), max_size=20)
)
def test_since_is_when_it_last_stood_or_later(steps: list[tuple[str, int]]) -> None:
    """Whatever happens, the trouble began after the connection last stood, and is there until it stands."""
    known: Trouble | None = None
    now, stood_at = NOW, NOW
    for code, hours in steps:
        now += timedelta(hours=hours)
        before = known
        known = trouble_after(known, _seen(code), now)
        if code == "SUCCESS":
            stood_at = now
            assert known is None
        elif before is not None:
            assert known is not None
            assert known.since == before.since
        assert known is None or stood_at < known.since <= now


def _seen(code: str) -> ItemData:
    if code == "UPDATING":
        return item(status="UPDATING", executionStatus="LOGIN_IN_PROGRESS")
    return item(executionStatus="SUCCESS") if code == "SUCCESS" else failed(code)


def test_moments_are_aware() -> None:
    trouble = trouble_after(None, failed("ACCOUNT_LOCKED"), NOW)
    assert trouble is not None
    assert isinstance(trouble.since, datetime)
    assert trouble.since.tzinfo is not None


@pytest.mark.parametrize(
    ("state", "needs"),
    [
        ({"consent_expires_at": None}, False),
        ({"consent_expires_at": NOW + timedelta(seconds=1)}, False),
        ({"consent_expires_at": NOW}, True),  # whether or not the bank has said so
        ({"trouble_code": "INVALID_CREDENTIALS"}, True),
        ({"gone": True}, True),
        ({"error_code": "SITE_NOT_AVAILABLE"}, False),
    ],
)
def test_connection_in_trouble_lost_or_past_its_consent_needs_its_person(state: dict[str, Any], needs: bool) -> None:
    assert needs_person(connection(**state), NOW) is needs
