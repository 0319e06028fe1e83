"""The secure screen's core: a token for one intent, and an item that is taken only from whom it belongs to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from open_finance.connecting.limits import Limits
from open_finance.errors import (
    BankConnectionError,
    CredentialsRejectedError,
    InvalidCredentialError,
    PluggyError,
    PluggyServerError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection, ScreenToken
from open_finance.storage import erasures, system
from open_finance.storage.models import IntentRow
from tests.bank_world import ANA, BRUNO, CPF, ITAU, World, approve, asks, settled
from tests.databases import on_both
from tests.local_http import local_session

LOGIN = ITAU["credentials"]
UNKNOWN = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"


@dataclass
class Page:
    """Pluggy Connect in a browser: it has a connect token, and nothing else."""

    world: World
    token: ScreenToken

    def __post_init__(self) -> None:
        self._session = local_session()
        self._session.headers["X-API-KEY"] = self.token.connect_token

    def send(self, method: str, path: str, body: Any) -> dict[str, Any]:
        response = self._session.request(method, f"{self.world.server.url}{path}", json=body, timeout=30)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def connect(self, **values: str) -> str:
        body = {"connectorId": self.token.connector_id, "parameters": values or LOGIN}
        return str(self.send("POST", "/items", body)["id"])

    def renew(self, **values: str) -> str:
        item_id = self.token.update_item_id
        return str(self.send("PATCH", f"/items/{item_id}", {"parameters": values} if values else {})["id"])


def wish(world: World, connector_id: int = 201, user_id: int = ANA, **goal: Any) -> int:
    return world.connector.open_intent(user_id, connector_id, "Itaú", 7, **goal)


def opened(world: World, intent_id: int, user_id: int = ANA, **more: Any) -> Page:
    return Page(world, world.connector.open_screen(user_id=user_id, intent_id=intent_id, **more))


def told(world: World, intent_id: int, item_id: str, user_id: int = ANA) -> Connection:
    return world.connector.store_screen_item(user_id=user_id, intent_id=intent_id, item_id=item_id)


def pluggy(world: World) -> PluggyClient:
    """Another program with the same keys."""
    return PluggyClient(world.connector_settings, clock=world.clock)


def refused(call: Callable[[], object]) -> str | None:
    with pytest.raises(BankConnectionError) as error:
        call()
    return error.value.code


def its_items(world: World) -> list[str]:
    return [item["id"] for item in world.server.items()]


def broken(world: World) -> Connection:
    """A bank that stood, whose person has changed the password."""
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    world.server.change_password(LOGIN["user"], "a-nova")
    world.server.advance(hours=25)
    world.clock.sleep(0)
    checked = world.connector.check_connection(ANA, connection["id"])
    assert checked["trouble_code"] == "INVALID_CREDENTIALS"
    return checked


# --- a new connection -----------------------------------------------------------------------------------------------


@on_both("world")
def test_what_the_page_made_becomes_a_connection_like_any_other(world: World) -> None:
    intent_id = wish(world)
    page = opened(world, intent_id)
    assert (page.token.connector_id, page.token.bank, page.token.update_item_id) == (201, "Itaú", None)
    connection = told(world, intent_id, page.connect())
    assert world.intents() == ["done"]
    done = world.check_until(connection, settled)
    assert (done["status"], done["connector_name"]) == ("UPDATED", "Itaú")
    assert world.connector.list_accounts(ANA)
    assert world.posts() == 1  # the page's


def test_the_item_carries_whose_it_is_and_where_the_bank_leads_back_to(world: World) -> None:
    page = opened(world, wish(world), return_url="https://bot.example/tela/volta")
    item = pluggy(world).get_item(page.connect())
    assert (item["clientUserId"], item["oauthRedirectUri"]) == (str(ANA), "https://bot.example/tela/volta")
    assert page.token.connect_token not in repr(page.token)


@on_both("world")
def test_told_twice_and_by_pluggy_too_it_is_one_connection(world: World) -> None:
    intent_id = wish(world)
    item_id = opened(world, intent_id).connect()
    start = threading.Barrier(4)

    def tell(by_pluggy: bool) -> Connection | None:
        start.wait()
        return world.connector.claim_screen_item(item_id) if by_pluggy else told(world, intent_id, item_id)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(tell, [False, True, False, True]))
    assert {one["id"] for one in found if one} == {1}
    assert all(found)
    assert world.rows() == 1
    assert world.check_until(told(world, intent_id, item_id), settled)["id"] == 1
    assert told(world, intent_id, item_id)["settled_at"] is not None  # long after its end, too


def test_a_page_that_was_closed_at_once_loses_nothing(world: World) -> None:
    item_id = opened(world, wish(world)).connect()
    world.restart()
    connection = world.connector.claim_screen_item(item_id)
    assert connection is not None
    assert connection["user_id"] == ANA
    assert settled(world.check_until(connection, settled))


def test_open_finance_goes_on_by_the_banks_link(world: World) -> None:
    intent_id = wish(world, 601)
    connection = told(world, intent_id, opened(world, intent_id).connect(cpf=CPF))
    asking = world.check_until(connection, asks)
    approve(world, asking)
    assert settled(world.check_until(asking, settled))


def test_a_refused_password_is_corrected_in_the_page_on_the_same_item(world: World) -> None:
    intent_id = wish(world)
    page = opened(world, intent_id)
    item_id = page.connect(user=LOGIN["user"], password="errada")
    connection = told(world, intent_id, item_id)
    waiting = world.check_until(connection, lambda one: one["status"] == "LOGIN_ERROR")
    assert waiting["error_code"] is None
    page.send("PATCH", f"/items/{item_id}", {"parameters": LOGIN})
    assert told(world, intent_id, item_id)["id"] == connection["id"]
    assert settled(world.check_until(connection, settled))


def test_a_refused_password_that_nobody_corrects_ends_as_at_every_door(world: World) -> None:
    intent_id = wish(world)
    connection = told(world, intent_id, opened(world, intent_id).connect(user=LOGIN["user"], password="errada"))
    before = world.clock.now()
    with pytest.raises(CredentialsRejectedError):
        world.check_until(connection, settled)
    assert (world.clock.now() - before).total_seconds() < 300
    assert (world.rows(), world.server.items()) == (0, [])


def test_a_second_item_takes_the_place_of_one_that_the_bank_refused(world: World) -> None:
    intent_id = wish(world)
    page = opened(world, intent_id)
    first = told(world, intent_id, page.connect(user=LOGIN["user"], password="errada"))
    world.check_until(first, lambda one: one["status"] == "LOGIN_ERROR")
    second = told(world, intent_id, page.connect(user="98765432100", password="minhasenha"))
    assert second["id"] != first["id"]
    assert its_items(world) == [second["item_id"]]
    assert settled(world.check_until(second, settled))


def test_a_bank_that_the_person_has_is_not_connected_twice(world: World) -> None:
    own = world.connector.create_connection(user_id=ANA, **ITAU)
    intent_id = wish(world)
    page = opened(world, intent_id)
    with pytest.raises(AssertionError, match="ITEM_USER_ALREADY_EXISTS"):
        page.connect()
    assert told(world, intent_id, own["item_id"])["id"] == own["id"]
    assert world.intents()[-1] == "done"


# --- whose it is ----------------------------------------------------------------------------------------------------


@on_both("world")
def test_somebody_elses_item_is_refused_and_nothing_changes(world: World) -> None:
    others, mine = wish(world, user_id=BRUNO), wish(world)
    item_id = opened(world, others, BRUNO).connect()
    opened(world, mine)
    assert refused(lambda: told(world, mine, item_id)) == "ITEM_NOT_ADOPTABLE"
    assert world.intents() == ["collecting", "collecting"]
    assert (world.rows(), its_items(world)) == (0, [item_id])
    assert told(world, others, item_id, BRUNO)["user_id"] == BRUNO
    assert refused(lambda: told(world, mine, item_id)) == "ITEM_NOT_ADOPTABLE"


@pytest.mark.parametrize("client_user_id", [None, "2000", "ana", "", " 1000", "1000 ", "01000"])
def test_an_item_that_names_nobody_or_another_is_refused(world: World, client_user_id: str | None) -> None:
    intent_id = wish(world)
    opened(world, intent_id)
    item = pluggy(world).create_item(201, LOGIN, client_user_id=client_user_id)
    assert refused(lambda: told(world, intent_id, item["id"])) == "ITEM_NOT_ADOPTABLE"
    assert world.connector.claim_screen_item(item["id"]) is None
    assert (world.rows(), its_items(world)) == (0, [item["id"]])


def test_an_item_of_another_bank_is_refused_and_left_alone(world: World) -> None:
    intent_id = wish(world)
    opened(world, intent_id)
    item = pluggy(world).create_item(219, LOGIN, client_user_id=str(ANA))
    assert refused(lambda: told(world, intent_id, item["id"])) == "INTENT_CLOSED"
    assert world.connector.claim_screen_item(item["id"]) is None
    assert its_items(world) == [item["id"]]


def test_somebody_elses_intent_opens_and_takes_nothing(world: World) -> None:
    intent_id = wish(world, user_id=BRUNO)
    assert refused(lambda: opened(world, intent_id)) == "INTENT_CLOSED"
    opened(world, intent_id, BRUNO)
    item = pluggy(world).create_item(201, LOGIN, client_user_id=str(ANA))
    assert refused(lambda: told(world, intent_id, item["id"])) == "INTENT_CLOSED"
    assert world.rows() == 0


def test_an_intent_whose_page_was_never_opened_takes_nothing(world: World) -> None:
    intent_id = wish(world)
    item = pluggy(world).create_item(201, LOGIN, client_user_id=str(ANA))
    assert refused(lambda: told(world, intent_id, item["id"])) == "INTENT_CLOSED"
    assert world.connector.claim_screen_item(item["id"]) is None
    assert its_items(world) == [item["id"]]


@pytest.mark.parametrize("item_id", ["", "não", "../items", UNKNOWN[:-1]])
def test_what_is_no_item_id_never_reaches_pluggy(world: World, item_id: str) -> None:
    intent_id = wish(world)
    opened(world, intent_id)
    asked = len(world.server.requests())
    with pytest.raises(InvalidCredentialError):
        told(world, intent_id, item_id)
    assert len(world.server.requests()) == asked
    assert refused(lambda: told(world, intent_id, UNKNOWN)) == "ITEM_NOT_ADOPTABLE"
    assert world.connector.claim_screen_item(UNKNOWN) is None


# --- the life of an intent ------------------------------------------------------------------------------------------


def test_what_is_made_after_the_person_gave_up_is_taken_back(world: World) -> None:
    intent_id = wish(world)
    page = opened(world, intent_id)
    world.connector.close_intent(ANA, intent_id)
    item_id = page.connect()
    assert refused(lambda: told(world, intent_id, item_id)) == "INTENT_CLOSED"
    assert (world.rows(), world.server.items()) == (0, [])
    assert world.connector.claim_screen_item(page.connect()) is None  # Pluggy tells it first
    assert (world.rows(), world.server.items()) == (0, [])


def test_another_page_of_the_same_bank_takes_what_an_earlier_one_made(world: World) -> None:
    item_id = opened(world, wish(world)).connect()
    opened(world, wish(world))
    connection = world.connector.claim_screen_item(item_id)
    assert connection is not None
    assert world.intents() == ["abandoned", "done"]


def test_while_a_typed_request_is_under_way_nothing_is_taken_back(world: World) -> None:
    intent_id = wish(world)
    page = opened(world, intent_id)
    world.connector.close_intent(ANA, intent_id)
    item_id = page.connect()
    with world.database.writing() as session:
        session.add(_request_of(ANA, world))
    assert refused(lambda: told(world, intent_id, item_id)) == "INTENT_CLOSED"
    assert its_items(world) == [item_id]


def _request_of(user_id: int, world: World) -> IntentRow:
    now = world.clock.now()
    return IntentRow(
        user_id=user_id,
        connector_id=201,
        connector_name="Itaú",
        state="uncertain",
        created_at=now,
        updated_at=now,
        expires_at=now,
    )


def test_a_page_has_half_an_hour_and_its_last_item_an_hour_more(world: World) -> None:
    intent_id = wish(world)
    page = opened(world, intent_id)
    world.clock.sleep(29 * 60)
    opened(world, intent_id)  # the same button, once more
    item_id = page.connect()
    world.clock.sleep(80 * 60)
    _keep_house(world)
    assert refused(lambda: opened(world, intent_id)) == "INTENT_CLOSED"
    assert world.connector.claim_screen_item(item_id) is not None


def test_what_comes_hours_later_is_nobodys(world: World) -> None:
    intent_id = wish(world)
    item_id = opened(world, intent_id).connect()
    world.clock.sleep(91 * 60)
    _keep_house(world)
    assert world.intents() == ["abandoned"]
    assert world.connector.claim_screen_item(item_id) is None


def test_an_intent_that_nobody_opened_expires_after_a_quarter_of_an_hour(world: World) -> None:
    intent_id = wish(world)
    world.clock.sleep(15 * 60)
    assert refused(lambda: opened(world, intent_id)) == "INTENT_CLOSED"
    _keep_house(world)
    assert world.intents() == ["abandoned"]


def _keep_house(world: World) -> None:
    with world.database.writing() as session:
        system.expire_intents(session, world.clock.now())


def test_who_erases_everything_is_left_with_nothing_at_pluggy(world: World) -> None:
    intent_id = wish(world)
    page = opened(world, intent_id)
    with world.database.writing() as session:
        session.delete(session.scalars(select(IntentRow)).one())
    item_id = page.connect()
    assert refused(lambda: told(world, intent_id, item_id)) == "INTENT_CLOSED"
    assert (world.rows(), world.server.items()) == (0, [])


def test_while_everything_is_being_erased_no_page_opens(world: World) -> None:
    intent_id = wish(world)
    with world.database.writing() as session:
        erasures.add_erasure(session, ANA, "LGPD-1", world.clock.now())
    assert refused(lambda: opened(world, intent_id)) == "BEING_ERASED"


@on_both("world")
def test_a_replaced_connection_gives_way_to_what_the_page_made(world: World) -> None:
    old = world.connector.create_connection(user_id=ANA, **ITAU)
    intent_id = wish(world, 601, replaces_id=old["id"])
    connection = told(world, intent_id, opened(world, intent_id).connect(cpf=LOGIN["user"][:9] + "09"))
    assert world.flow(connection)["replaces_id"] == old["id"]


# --- the way back ---------------------------------------------------------------------------------------------------


@on_both("world")
def test_a_changed_password_is_given_in_the_page_and_the_same_connection_stands_again(world: World) -> None:
    connection = broken(world)
    intent_id = wish(world, purpose="reconnect", connection_id=connection["id"])
    page = opened(world, intent_id)
    assert page.token.update_item_id == connection["item_id"]
    assert told(world, intent_id, connection["item_id"])["status"] == "LOGIN_ERROR"  # nothing was given yet
    assert world.intents()[-1] == "collecting"
    page.renew(user=LOGIN["user"], password="a-nova")
    followed = told(world, intent_id, connection["item_id"])
    assert told(world, intent_id, connection["item_id"])["id"] == followed["id"] == connection["id"]
    assert world.intents()[-1] == "done"
    back = world.check_until(followed, lambda one: one["trouble_code"] is None and world.next_poll_at(one) is None)
    assert back["status"] == "UPDATED"
    assert (world.rows(), len(world.server.items())) == (1, 1)


def test_a_wrong_new_password_ends_the_flow_and_the_connection_stays_as_it_was(world: World) -> None:
    connection = broken(world)
    intent_id = wish(world, purpose="reconnect", connection_id=connection["id"])
    page = opened(world, intent_id)
    page.renew(user=LOGIN["user"], password="ainda-nao")
    followed = told(world, intent_id, connection["item_id"])
    world.check_until(followed, lambda one: one["status"] == "LOGIN_ERROR" and one["error_code"] is None)
    with pytest.raises(AssertionError, match="TOO_MANY_CONSECUTIVE_LOGIN_FAILURES"):  # Pluggy's own pause
        page.renew(user=LOGIN["user"], password="a-nova")
    with pytest.raises(CredentialsRejectedError):
        world.check_until(followed, lambda one: world.next_poll_at(one) is None)
    assert world.connector.list_connections(ANA)[0]["trouble_code"] == "INVALID_CREDENTIALS"
    assert (world.rows(), len(world.server.items())) == (1, 1)


def test_what_the_same_page_is_given_later_is_followed_once_more(world: World) -> None:
    connection = broken(world)
    intent_id = wish(world, purpose="reconnect", connection_id=connection["id"])
    page = opened(world, intent_id)
    page.renew(user=LOGIN["user"], password="ainda-nao")
    followed = told(world, intent_id, connection["item_id"])
    with pytest.raises(CredentialsRejectedError):
        world.check_until(followed, lambda one: world.next_poll_at(one) is None)
    world.clock.sleep(16 * 60)
    page.renew(user=LOGIN["user"], password="a-nova")
    told(world, intent_id, connection["item_id"])
    assert world.check_until(followed, lambda one: world.next_poll_at(one) is None)["status"] == "UPDATED"


def test_in_update_mode_no_other_item_is_taken(world: World) -> None:
    connection = broken(world)
    intent_id = wish(world, purpose="reconnect", connection_id=connection["id"])
    opened(world, intent_id)
    other = pluggy(world).create_item(201, {**LOGIN, "user": "98765432100"}, client_user_id=str(ANA))
    assert refused(lambda: told(world, intent_id, other["id"])) == "INTENT_CLOSED"
    assert world.connector.claim_screen_item(other["id"]) is None
    assert (world.rows(), len(world.server.items())) == (1, 2)


def test_an_adopted_item_that_names_nobody_is_renewed_by_its_own_person_only(world: World) -> None:
    item = pluggy(world).create_item(201, LOGIN)
    adopted = world.check_until(world.connector.adopt_connection(ANA, item["id"]), settled)
    intent_id = wish(world, purpose="reconnect", connection_id=adopted["id"])
    page = opened(world, intent_id)
    page.renew()
    assert told(world, intent_id, item["id"])["id"] == adopted["id"]
    theirs = wish(world, user_id=BRUNO)
    opened(world, theirs, BRUNO)
    assert refused(lambda: told(world, theirs, item["id"], BRUNO)) == "ITEM_NOT_ADOPTABLE"


def test_a_connection_that_cannot_stand_again_opens_no_page(world: World) -> None:
    connection = broken(world)
    intent_id = wish(world, purpose="reconnect", connection_id=connection["id"])
    world.lose(connection)
    world.connector.check_connection(ANA, connection["id"])
    assert refused(lambda: opened(world, intent_id)) == "ITEM_NOT_FOUND"


# --- limits and trouble ---------------------------------------------------------------------------------------------


def test_a_page_counts_as_one_attempt_however_often_it_is_opened(world: World) -> None:
    world.restart(Limits())
    for _ in range(5):
        intent_id = wish(world)
        opened(world, intent_id)
        opened(world, intent_id)
    assert refused(lambda: opened(world, wish(world))) == "TOO_MANY_ATTEMPTS"


def test_when_pluggy_gives_no_token_the_button_may_be_pressed_again(world: World) -> None:
    intent_id = wish(world)
    world.server.fault("status", method="POST", path="^/connect_token$", status=500, count=4)
    with pytest.raises(PluggyServerError):
        opened(world, intent_id)
    assert told(world, intent_id, opened(world, intent_id).connect())["user_id"] == ANA


def test_when_pluggy_cannot_be_asked_the_item_is_told_again_later(world: World) -> None:
    intent_id = wish(world)
    item_id = opened(world, intent_id).connect()
    world.server.fault("status", method="GET", path="^/items/", status=500, count=4)
    with pytest.raises(PluggyError):
        told(world, intent_id, item_id)
    assert told(world, intent_id, item_id)["item_id"] == item_id
