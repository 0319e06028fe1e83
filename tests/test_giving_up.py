"""A connection that is given up on the way: what is taken down, what stands, and which history is kept."""

from __future__ import annotations

import pytest

from open_finance.records import Connection
from open_finance.storage import repository
from tests.bank_world import ANA, ITAU_LINK, World, approve, connect_by_link, settled
from tests.databases import on_both


def test_first_connection_that_is_given_up_is_taken_down(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **ITAU_LINK)
    world.restart()
    assert world.connector.cancel_connection(ANA, connection["id"]) == "deleted"
    assert (world.server.items(), world.rows()) == ([], 0)


def test_first_reading_that_ends_while_the_person_gives_up_stands(world: World, connected: Connection) -> None:
    assert world.connector.cancel_connection(ANA, connected["id"]) == "left"
    assert world.connector.list_connections(ANA) == [connected]
    assert len(world.server.items()) == 1


def test_giving_up_that_pluggy_does_not_confirm_is_finished_by_the_tick(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **ITAU_LINK)
    world.server.fault("status", method="DELETE", status=400, count=1)
    assert world.connector.cancel_connection(ANA, connection["id"]) == "unconfirmed"
    assert world.connector.cancel_connection(ANA, connection["id"]) == "deleted"
    assert (world.server.items(), world.rows()) == ([], 0)


@on_both("world")
@pytest.mark.parametrize("had_history", [False, True])
def test_history_is_kept_only_where_a_first_reading_took_some_in(
    world: World, monkeypatch: pytest.MonkeyPatch, had_history: bool
) -> None:
    days = 0
    if had_history:
        world.connector.delete_connection(ANA, connect_by_link(world)["id"])
        days = len(world.connector.get_statement(ANA, days=400))
    connection = world.connector.create_connection(user_id=ANA, **ITAU_LINK)
    approve(world, connection)

    def die(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(repository, "settle", die)
        with pytest.raises(KilledError):
            world.check_until(connection, settled)
    assert world.connector.get_statement(ANA, days=400)
    assert world.connector.cancel_connection(ANA, connection["id"]) == ("history_kept" if had_history else "deleted")
    assert world.server.items() == []
    assert len(world.connector.get_statement(ANA, days=400)) == days


class KilledError(BaseException):
    """The process dies here."""
