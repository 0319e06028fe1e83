"""The secure screen's intents: how long one lives, the way back to a bank that stood, limits and trouble."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from open_finance.connecting.limits import Limits
from open_finance.errors import CredentialsRejectedError, PluggyError, PluggyServerError
from open_finance.records import Connection
from open_finance.storage import erasures, intent_system
from open_finance.storage.models import IntentRow
from tests.bank_world import ANA, BRUNO, ITAU, World, settled
from tests.databases import on_both
from tests.screen_page import LOGIN, Page, broken, its_items, opened, pluggy, refused, told, wish

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
        intent_system.expire_intents(session, world.clock.now())


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


def wrongly_renewed(world: World) -> tuple[Connection, int, Page, Connection]:
    """A connection that stands no more, the intent and its page, and what follows from a wrong password given there."""
    connection = broken(world)
    intent_id = wish(world, purpose="reconnect", connection_id=connection["id"])
    page = opened(world, intent_id)
    page.renew(user=LOGIN["user"], password="ainda-nao")
    return connection, intent_id, page, told(world, intent_id, connection["item_id"])


def test_a_wrong_new_password_ends_the_flow_and_the_connection_stays_as_it_was(world: World) -> None:
    _, _, page, followed = wrongly_renewed(world)
    world.check_until(followed, lambda one: one["status"] == "LOGIN_ERROR" and one["error_code"] is None)
    with pytest.raises(AssertionError, match="TOO_MANY_CONSECUTIVE_LOGIN_FAILURES"):  # Pluggy's own pause
        page.renew(user=LOGIN["user"], password="a-nova")
    with pytest.raises(CredentialsRejectedError):
        world.check_until(followed, lambda one: world.next_poll_at(one) is None)
    assert world.connector.list_connections(ANA)[0]["trouble_code"] == "INVALID_CREDENTIALS"
    assert (world.rows(), len(world.server.items())) == (1, 1)


def test_what_the_same_page_is_given_later_is_followed_once_more(world: World) -> None:
    connection, intent_id, page, followed = wrongly_renewed(world)
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
