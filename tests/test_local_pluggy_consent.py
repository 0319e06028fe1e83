"""The local Pluggy over real HTTP: what a person shares, for how long, with whose approval, and the way back in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, moment, refusal, start_pluggy, state

CPF = {"cpf": "529.982.247-25"}
LOGIN = {"user": "52998224725", "password": "minhasenha"}
REVOKED = ("LOGIN_ERROR", "USER_AUTHORIZATION_REVOKED")
PENDING = ("OUTDATED", "USER_AUTHORIZATION_PENDING")
NOT_GRANTED = ("LOGIN_ERROR", "USER_AUTHORIZATION_NOT_GRANTED")


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def authorised(pluggy: Caller, connector_id: int, parameters: Json) -> Json:
    return through_the_page(pluggy, pluggy.connect(connector_id, parameters))


def through_the_page(pluggy: Caller, item: Json, decision: str = "approve") -> Json:
    pluggy.server.authorize(item["parameter"]["data"], decision)
    return pluggy.settle(item["id"])


def renewing(pluggy: Caller, item: Json) -> Json:
    """The item once its new link is there."""
    assert pluggy.patch(f"items/{item['id']}", {"parameters": CPF}).status_code == 200
    waiting = pluggy.settle(item["id"])
    assert waiting["status"] == "WAITING_USER_INPUT"
    return waiting


def consent_of(pluggy: Caller, item: Json) -> Json:
    [consent] = pluggy.get("consents", itemId=item["id"]).json()["results"]
    return dict(consent)


def with_dead_consent(pluggy: Caller) -> Json:
    """An item whose person ended the sharing, and which has noticed."""
    item = authorised(pluggy, 612, CPF)
    pluggy.server.revoke_consent(item["id"])
    pluggy.server.advance(hours=25)
    return pluggy.item(item["id"])


# How long


def test_consent_lasts_a_year(pluggy: Caller) -> None:
    item = authorised(pluggy, 612, CPF)
    [consent] = pluggy.get("consents", itemId=item["id"]).json()["results"]
    assert (consent["itemId"], consent["revokedAt"]) == (item["id"], None)
    assert moment(consent["expiresAt"]) - moment(consent["createdAt"]) == timedelta(days=365)
    assert consent["expiresAt"] == item["consentExpiresAt"]
    assert pluggy.get(f"consents/{consent['id']}").json() == consent
    assert refusal(pluggy.get(f"consents/{item['id']}")) == (404, "CONSENT_NOT_FOUND")


def test_meu_pluggy_consent_belongs_to_another_item_and_has_no_end(pluggy: Caller) -> None:
    item = authorised(pluggy, 200, {})
    [consent] = pluggy.get("consents", itemId=item["id"]).json()["results"]
    assert consent["itemId"] != item["id"]
    assert (consent["expiresAt"], item["consentExpiresAt"], item["statusDetail"]) == (None, None, None)
    assert (item["connector"]["name"], item["connector"]["isOpenFinance"]) == ("MeuPluggy", False)
    [bank, *_] = [account for account in pluggy.accounts(item["id"]) if account["type"] == "BANK"]
    rows = pluggy.rows(bank["id"])
    assert rows
    assert {row.get("providerId") for row in rows} == {row.get("providerCode") for row in rows} == {None}


def test_refresh_with_a_living_consent_asks_nothing(pluggy: Caller) -> None:
    item = authorised(pluggy, 612, CPF)
    pluggy.patch(f"items/{item['id']}", {})
    assert state(pluggy.settle(item["id"])) == ("UPDATED", "SUCCESS")


def test_second_holder_can_be_awaited_after_the_approval(pluggy: Caller) -> None:
    pluggy.server.admin("households", {"match": CPF["cpf"], "outcome": "USER_AUTHORIZATION_PENDING"})
    item = authorised(pluggy, 612, CPF)
    assert state(item) == ("OUTDATED", "USER_AUTHORIZATION_PENDING")
    pluggy.server.advance(minutes=11)
    assert pluggy.item(item["id"])["status"] == "UPDATED"


# What is shared


def test_page_offers_every_account_and_card_and_all_are_shared_unless_unticked(pluggy: Caller) -> None:
    pluggy.server.assign(CPF["cpf"], "silva")
    item = pluggy.connect(612, CPF)
    url = item["parameter"]["data"]
    page = requests.get(url, timeout=30).text
    assert (page.count('type="checkbox"'), page.count(" checked")) == (4, 4)
    for words in ("Conta Corrente", "Poupança", "agência 0001", "cartão final", "Investimentos"):
        assert words in page
    offered = pluggy.server.offered_accounts(url)
    pluggy.server.authorize(url, accounts=[*offered, "not one of them"])
    pluggy.settle(item["id"])
    assert len(pluggy.accounts(item["id"])) == len(offered) == 3


def test_what_is_unticked_is_never_collected(pluggy: Caller) -> None:
    pluggy.server.assign(CPF["cpf"], "silva")
    item = pluggy.connect(612, CPF)
    url = item["parameter"]["data"]
    pluggy.server.authorize(url, accounts=pluggy.server.offered_accounts(url)[1:2])
    pluggy.settle(item["id"])
    pluggy.server.advance(hours=25)
    [savings] = pluggy.accounts(item["id"])
    assert (savings["subtype"], bool(pluggy.rows(savings["id"]))) == ("SAVINGS_ACCOUNT", True)
    assert len(pluggy.get(f"items/{item['id']}/resources").json()["results"]) == 1


def test_approval_of_nothing_is_a_success_without_accounts_and_can_be_made_good(pluggy: Caller) -> None:
    item = pluggy.connect(612, CPF)
    pluggy.server.authorize(item["parameter"]["data"], accounts=[])
    nothing = pluggy.settle(item["id"])
    assert (state(nothing), pluggy.accounts(item["id"])) == (("UPDATED", "SUCCESS"), [])
    assert state(through_the_page(pluggy, renewing(pluggy, item))) == ("UPDATED", "SUCCESS")
    assert pluggy.accounts(item["id"])


# The way back in


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_dead_consent_is_noticed_at_the_next_execution_and_renewed_by_the_same_item(pluggy: Caller, how: str) -> None:
    item = authorised(pluggy, 612, CPF)
    before, accounts = consent_of(pluggy, item), pluggy.accounts(item["id"])
    if how == "revoked":
        pluggy.server.revoke_consent(item["id"])
    else:
        pluggy.server.expire_consent(item["id"])
    assert pluggy.item(item["id"])["status"] == "UPDATED"
    pluggy.server.advance(hours=25)
    dead = pluggy.item(item["id"])
    assert (state(dead), dead["nextAutoSyncAt"], pluggy.accounts(item["id"])) == (REVOKED, None, accounts)
    back = through_the_page(pluggy, renewing(pluggy, item))
    assert (state(back), back["id"]) == (("UPDATED", "SUCCESS"), item["id"])
    renewed = consent_of(pluggy, back)
    assert (renewed["id"] != before["id"], renewed["revokedAt"]) == (True, None)
    assert renewed["expiresAt"] > before["expiresAt"]
    assert [one["id"] for one in pluggy.accounts(item["id"])] == [one["id"] for one in accounts]


def test_refresh_with_a_dead_consent_ends_as_revoked(pluggy: Caller) -> None:
    item = authorised(pluggy, 612, CPF)
    pluggy.server.revoke_consent(item["id"])
    assert pluggy.patch(f"items/{item['id']}", {}).status_code == 200
    assert state(pluggy.settle(item["id"])) == REVOKED
    assert pluggy.accounts(item["id"])
    assert refusal(pluggy.patch(f"items/{item['id']}", {})) == (400, "LAST_EXECUTION_HAD_LOGIN_ERROR")


@pytest.mark.parametrize("is_alive", [True, False])
def test_renewal_that_is_refused_or_forgotten_keeps_the_data_and_the_consent_that_there_was(
    pluggy: Caller, *, is_alive: bool
) -> None:
    item = authorised(pluggy, 612, CPF) if is_alive else with_dead_consent(pluggy)
    before, accounts = consent_of(pluggy, item), pluggy.accounts(item["id"])
    forgotten = renewing(pluggy, item)
    pluggy.server.advance(minutes=16)
    assert state(pluggy.item(item["id"])) == ("OUTDATED", "USER_INPUT_TIMEOUT")
    assert pluggy.server.authorize(forgotten["parameter"]["data"]).status_code == 410
    assert (consent_of(pluggy, item), pluggy.accounts(item["id"])) == (before, accounts)
    pluggy.server.advance(hours=2)
    healed = pluggy.item(item["id"])
    assert state(healed) == (("UPDATED", "SUCCESS") if is_alive else REVOKED), "the next automatic execution"
    accounts = pluggy.accounts(item["id"])
    pluggy.server.advance(minutes=16)
    refused = through_the_page(pluggy, renewing(pluggy, item), "deny")
    assert (state(refused), refused["nextAutoSyncAt"]) == (NOT_GRANTED, None)
    assert (consent_of(pluggy, item), pluggy.accounts(item["id"])) == (before, accounts)


def test_renewal_counts_as_a_login_so_two_failures_close_the_door(pluggy: Caller) -> None:
    item = with_dead_consent(pluggy)
    refused = through_the_page(pluggy, renewing(pluggy, item), "deny")
    assert refused["consecutiveFailedLoginAttempts"] == 2
    again = pluggy.patch(f"items/{item['id']}", {"parameters": CPF})
    assert refusal(again) == (400, "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES")
    pluggy.server.advance(minutes=16)
    assert state(through_the_page(pluggy, renewing(pluggy, item))) == ("UPDATED", "SUCCESS")


def test_changed_password_is_noticed_at_the_next_execution_and_made_good_by_the_same_item(pluggy: Caller) -> None:
    item, regulated = pluggy.connect(201, LOGIN), authorised(pluggy, 612, CPF)
    pluggy.server.change_password(LOGIN["user"], "nova-senha")
    pluggy.server.advance(hours=25)
    assert state(pluggy.item(item["id"])) == ("LOGIN_ERROR", "INVALID_CREDENTIALS")
    assert pluggy.item(regulated["id"])["status"] == "UPDATED", "there is no password in Open Finance"
    assert pluggy.accounts(item["id"])
    pluggy.patch(f"items/{item['id']}", {"parameters": {"password": "nova-senha"}})
    back = pluggy.settle(item["id"])
    assert (back["status"], back["consecutiveFailedLoginAttempts"]) == ("UPDATED", 0)
    assert pluggy.connect(201, LOGIN)["executionStatus"] == "INVALID_CREDENTIALS"
    pluggy.server.change_password(LOGIN["user"], None)
    assert pluggy.connect(201, LOGIN)["status"] == "UPDATED"


def test_two_wrong_new_passwords_close_the_door_for_a_quarter_of_an_hour(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok", "password": "password-ok"})
    pluggy.server.change_password("user-ok", "nova-senha")
    for guess in ("primeira", "segunda"):
        assert pluggy.patch(f"items/{item['id']}", {"parameters": {"password": guess}}).status_code == 200
        assert state(pluggy.settle(item["id"])) == ("LOGIN_ERROR", "INVALID_CREDENTIALS")
    right = {"parameters": {"password": "nova-senha"}}
    assert refusal(pluggy.patch(f"items/{item['id']}", right)) == (400, "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES")
    pluggy.server.advance(minutes=15)
    assert pluggy.patch(f"items/{item['id']}", right).status_code == 200
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


def test_bank_that_wants_something_in_its_app_first_goes_on_when_it_was_done(pluggy: Caller) -> None:
    item = pluggy.connect(201, LOGIN)
    pluggy.server.outcome(LOGIN["user"], "ACCOUNT_NEEDS_ACTION")
    pluggy.server.advance(hours=25)
    assert state(pluggy.item(item["id"])) == ("OUTDATED", "ACCOUNT_NEEDS_ACTION")
    pluggy.server.outcome(LOGIN["user"], None)
    assert pluggy.patch(f"items/{item['id']}", {}).status_code == 200
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


# A second holder


def test_joint_account_waits_for_the_other_holder_and_then_goes_on(pluggy: Caller) -> None:
    pluggy.server.joint(CPF["cpf"])
    item = authorised(pluggy, 612, CPF)
    assert (state(item), item["nextAutoSyncAt"], item["consentExpiresAt"]) == (PENDING, None, None)
    pluggy.server.advance(minutes=5)
    assert pluggy.patch(f"items/{item['id']}", {}).status_code == 200
    assert state(pluggy.settle(item["id"])) == PENDING, "asking again hurries nobody, and wants no second link"
    pluggy.server.advance(minutes=5)
    done = pluggy.settle(item["id"])
    assert (state(done), bool(done["consentExpiresAt"])) == (("UPDATED", "SUCCESS"), True)
    assert pluggy.accounts(item["id"])


def test_other_holder_may_refuse_and_a_renewal_then_leaves_the_old_consent(pluggy: Caller) -> None:
    item = authorised(pluggy, 612, CPF)
    before = consent_of(pluggy, item)
    pluggy.server.joint(CPF["cpf"], "refuses")
    assert state(through_the_page(pluggy, renewing(pluggy, item))) == PENDING
    pluggy.server.advance(minutes=11)
    assert state(pluggy.item(item["id"])) == NOT_GRANTED
    assert (consent_of(pluggy, item), bool(pluggy.accounts(item["id"]))) == (before, True)
    new = authorised(pluggy, 601, CPF)
    pluggy.server.advance(minutes=11)
    assert state(pluggy.item(new["id"])) == NOT_GRANTED
    assert pluggy.get("consents", itemId=new["id"]).json()["results"] == []


def test_other_holder_s_answer_can_be_had_at_once_or_after_other_minutes(pluggy: Caller) -> None:
    pluggy.server.joint(CPF["cpf"])
    first, second = authorised(pluggy, 612, CPF), authorised(pluggy, 601, CPF)
    pluggy.server.approve_device(first["id"])
    pluggy.server.approve_device(second["id"], approved=False)
    assert pluggy.settle(first["id"])["status"] == "UPDATED"
    assert state(pluggy.settle(second["id"])) == NOT_GRANTED
    pluggy.server.options(joint_seconds=3600)
    third = authorised(pluggy, 603, CPF)
    pluggy.server.advance(minutes=50)
    assert state(pluggy.item(third["id"])) == PENDING
    pluggy.server.advance(minutes=11)
    assert pluggy.item(third["id"])["status"] == "UPDATED"
    pluggy.server.joint(CPF["cpf"], False)
    assert authorised(pluggy, 823, CPF)["status"] == "UPDATED"
