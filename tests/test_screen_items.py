"""The secure screen's items: what a page made becomes a connection, and is taken only from whom it belongs to."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from open_finance.errors import CredentialsRejectedError, InvalidCredentialError
from open_finance.records import Connection
from tests.bank_world import ANA, BRUNO, CPF, ITAU, World, approve, asks, settled
from tests.databases import on_both
from tests.screen_page import LOGIN, its_items, opened, pluggy, refused, told, wish

UNKNOWN = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"


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
