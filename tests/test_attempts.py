"""Fair limits and watched banks, through the local Pluggy. With another program in the midst."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.connecting.limits import Limits
from open_finance.errors import BankConnectionError
from open_finance.events import BankReturned
from open_finance.records import Connection
from open_finance.storage.person_models import AttemptRow
from tests.bank_world import ANA, BRUNO, CPF, ITAU, ITAU_LINK, World, refused_call, sandbox, settled
from tests.databases import on_both

WRONG: dict[str, Any] = {"connector_id": 201, "credentials": {"user": "12345678900", "password": "errada"}}
NO_ITEM = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def limited(world: World) -> World:
    """A bot that many people share."""
    world.restart(Limits())
    return world


def attempts(world: World) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(AttemptRow)) or 0


def outcomes(world: World) -> list[str | None]:
    with world.database.reading() as session:
        return list(session.scalars(select(AttemptRow.outcome).order_by(AttemptRow.id)))


def refuse_password(world: World) -> None:
    error = refused_call(lambda: world.connector.create_connection(user_id=ANA, **WRONG))
    assert error.code == "INVALID_CREDENTIALS"


# --- too many ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_sixth_try_within_a_quarter_of_an_hour_waits(limited: World) -> None:
    world = limited
    for _ in range(5):
        assert refused_call(lambda: world.connector.adopt_connection(ANA, NO_ITEM)).code == "ITEM_NOT_ADOPTABLE"
    world.restart()
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    world.restart(Limits())
    posts = world.posts()
    error = refused_call(lambda: world.connector.start_connection(user_id=ANA, **ITAU_LINK))
    assert error.code == "TOO_MANY_ATTEMPTS"
    assert error.retry_at is not None
    assert error.user_message.startswith("Você já fez 5 pedidos em 15 minutos. Pode tentar de novo hoje às ")
    assert world.posts() == posts
    assert world.intents()[-1] == "failed"
    for call in (
        lambda: world.connector.check_attempt(ANA, 601, "connect"),
        lambda: world.connector.reconnect(ANA, connection["id"]),
        lambda: world.connector.adopt_connection(ANA, NO_ITEM),
    ):
        assert refused_call(call).code == "TOO_MANY_ATTEMPTS"
    world.connector.check_attempt(ANA, 201, "refresh")
    world.connector.check_attempt(BRUNO, 601, "connect")
    world.clock.sleep((error.retry_at - world.clock.now()).total_seconds())
    world.connector.check_attempt(ANA, 601, "connect")
    assert world.connector.start_connection(user_id=ANA, **ITAU_LINK)["settled_at"] is None


def test_who_connects_one_bank_after_another_is_not_stopped(limited: World) -> None:
    """Six in one evening, with some slips, a renewal and one made elsewhere."""
    world = limited
    for _ in range(2):
        refused_call(lambda: world.connector.adopt_connection(ANA, NO_ITEM))
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    for user in ("user-ok", "user-ok-two-checking-accounts"):
        assert settled(world.connector.create_connection(user_id=ANA, **sandbox(user)))
    assert world.connector.start_connection(user_id=ANA, **ITAU)["id"] == connection["id"]
    assert world.connector.adopt_connection(ANA, connection["item_id"])["id"] == connection["id"]
    world.check_until(world.connector.reconnect(ANA, connection["id"], ITAU["credentials"]), settled)
    world.connector.check_attempt(ANA, 601, "connect")
    assert attempts(world) == 8


def test_refreshes_have_their_own_limit(world: World) -> None:
    world.server.options(patch_limit=0)
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    world.restart(Limits())
    with world.database.writing() as session:
        now = world.clock.now()
        session.add_all(
            AttemptRow(user_id=ANA, kind="refresh", connector_id=201, at=now - timedelta(minutes=m)) for m in range(29)
        )
    world.clock.sleep(600)
    world.connector.request_refresh(ANA, connection["id"])
    world.check_until(connection, lambda c: c["status"] == "UPDATED")
    world.clock.sleep(600)
    error = refused_call(lambda: world.connector.request_refresh(ANA, connection["id"]))
    assert error.code == "TOO_MANY_ATTEMPTS"
    assert world.patches() == 1


def test_refresh_under_way_or_too_soon_is_no_attempt(limited: World) -> None:
    world = limited
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    before = attempts(world)
    refused_call(lambda: world.connector.request_refresh(ANA, connection["id"]))
    assert attempts(world) == before
    world.clock.sleep(600)
    for _ in range(3):
        world.connector.request_refresh(ANA, connection["id"])
    assert attempts(world) == before + 1


def test_old_attempts_are_forgotten(limited: World) -> None:
    world = limited
    world.connector.start_connection(user_id=BRUNO, **ITAU)
    world.clock.sleep(3 * 24 * 3600 + 60)
    world.connector.start_connection(user_id=ANA, **sandbox("user-ok"))
    assert attempts(world) == 1


def test_program_of_ones_own_has_no_limits_and_no_record(world: World) -> None:
    for _ in range(3):
        refuse_password(world)
    world.connector.check_attempt(ANA, 201, "connect")
    assert attempts(world) == 0


# --- two passwords ----------------------------------------------------------------------------------------------------


def test_two_refused_passwords_stop_before_the_bank_locks(limited: World) -> None:
    world = limited
    refuse_password(world)
    world.connector.check_attempt(ANA, 201, "connect")
    world.clock.sleep(60)
    refuse_password(world)
    world.restart(Limits())
    posts = world.posts()
    error = refused_call(lambda: world.connector.create_connection(user_id=ANA, **ITAU))
    assert error.code == "PASSWORD_REFUSED_TWICE"
    assert error.user_message.startswith("O Itaú recusou a senha duas vezes, e parei por aqui")
    assert error.retry_at is not None
    assert world.posts() == posts
    refused = refused_call(lambda: world.connector.check_attempt(ANA, 201, "connect"))
    assert (refused.code, refused.retry_at) == (error.code, error.retry_at)
    world.connector.check_attempt(ANA, 601, "connect")  # the bank's other door takes no password
    world.connector.check_attempt(BRUNO, 201, "connect")
    world.clock.sleep((error.retry_at - world.clock.now()).total_seconds())
    assert settled(world.connector.create_connection(user_id=ANA, **ITAU))


def refuse_old_password(world: World, call: Callable[[], Connection]) -> None:
    started = call()
    with pytest.raises(BankConnectionError) as refused:
        world.check_until(started, lambda _: False)
    assert refused.value.code == "INVALID_CREDENTIALS"
    world.clock.sleep(16 * 60)  # Pluggy itself rests for a quarter of an hour after some refusals


def test_bank_that_is_connected_once_more_takes_no_third_password(limited: World) -> None:
    """To connect a bank that is there already, and needs its person, is to reconnect it: one attempt, with its outcome."""
    world = limited
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    world.clock.sleep(3600)
    world.server.change_password("12345678900", "nova-senha")
    refuse_old_password(world, lambda: world.connector.request_refresh(ANA, connection["id"]))
    for _ in range(2):
        refuse_old_password(world, lambda: world.connector.start_connection(user_id=ANA, **ITAU))
    assert attempts(world) == 1 + 1 + 2
    sent = (world.posts(), world.patches())
    error = refused_call(lambda: world.connector.start_connection(user_id=ANA, **ITAU))
    assert error.code == "PASSWORD_REFUSED_TWICE"
    assert (world.posts(), world.patches()) == sent


def test_refused_request_to_reconnect_is_an_attempt_that_ended(limited: World) -> None:
    world = limited
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    world.clock.sleep(600)
    code = "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES"
    world.server.fault("status", method="PATCH", path="^/items/", status=400, codeDescription=code)
    assert refused_call(lambda: world.connector.reconnect(ANA, connection["id"], ITAU["credentials"])).code == code
    assert outcomes(world) == ["SUCCESS", code]


def test_password_that_worked_in_between_begins_anew(limited: World) -> None:
    world = limited
    refuse_password(world)
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    world.server.change_password("12345678900", "nova-senha")
    world.clock.sleep(600)
    started = world.connector.reconnect(ANA, connection["id"], {"password": "minhasenha"})
    with pytest.raises(BankConnectionError):
        world.check_until(started, lambda _: False)
    world.connector.check_attempt(ANA, 201, "reconnect")


def test_document_that_no_bank_knows_is_no_password(limited: World) -> None:
    world = limited
    world.server.outcome(CPF, "INVALID_CREDENTIALS")
    for _ in range(2):
        error = refused_call(lambda: world.connector.create_connection(user_id=ANA, **ITAU_LINK))
        assert error.code == "INVALID_CREDENTIALS"
        assert error.user_message == "O Itaú não encontrou conta de pessoa física para este CPF. Confira o número."
    world.connector.check_attempt(ANA, 601, "connect")


# --- watched banks ----------------------------------------------------------------------------------------------------


def set_health(world: World, connector_id: int, status: str) -> None:
    world.server.admin(f"connectors/{connector_id}", {"health": {"status": status, "stage": None}})


@on_both("world")
def test_person_is_told_once_that_a_bank_is_back(world: World) -> None:
    for connector_id in (603, 608):
        set_health(world, connector_id, "OFFLINE")
        for user_id in (ANA, BRUNO):
            world.connector.watch_bank(user_id, connector_id)
    world.connector.watch_bank(ANA, 603)
    world.restart()
    assert world.connector.list_returned_banks() == []
    set_health(world, 603, "UNSTABLE")
    assert world.connector.list_returned_banks() == []
    set_health(world, 603, "ONLINE")
    world.server.forget_requests()
    assert world.connector.list_returned_banks() == [
        BankReturned(ANA, 603, "Bradesco"),
        BankReturned(BRUNO, 603, "Bradesco"),
    ]
    assert len(world.server.requests()) == 2  # one a bank, whoever waits for it
    world.restart()
    assert world.connector.unwatch_bank(ANA, 603)
    assert not world.connector.unwatch_bank(ANA, 603)
    assert world.connector.list_returned_banks() == [BankReturned(BRUNO, 603, "Bradesco")]


def test_bank_that_pluggy_does_not_answer_for_is_asked_again(world: World) -> None:
    world.connector.watch_bank(ANA, 603)
    world.server.fault("status", path="^/connectors/603", status=400, count=1)
    assert world.connector.list_returned_banks() == []
    assert world.connector.list_returned_banks() == [BankReturned(ANA, 603, "Bradesco")]


def test_bank_that_there_is_not_cannot_be_watched(world: World) -> None:
    assert refused_call(lambda: world.connector.watch_bank(ANA, 999_999)).code == "CONNECTOR_NOT_FOUND"
    assert not world.connector.unwatch_bank(ANA, 999_999)


def test_wish_for_a_bank_that_pluggy_no_longer_lists_is_dropped(world: World) -> None:
    world.connector.watch_bank(ANA, 603)
    world.server.fault("status", path="^/connectors/603", status=404, count=1)
    assert world.connector.list_returned_banks() == []
    world.server.forget_requests()
    assert world.connector.list_returned_banks() == []
    assert world.server.requests() == []
