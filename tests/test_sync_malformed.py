"""One malformed row, page or account never stops the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from open_finance.data_sync import DataSynchronizer
from open_finance.errors import PluggyRequestError
from open_finance.events import ConnectionSynced, ConnectionSyncFailed
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.fake_bank import CARD, CHECKING, DAY, World, started_world
from tests.pluggy_stub import Pluggy, canned_pluggy
from tests.rows import USER, add_connection

GOOD = {"row-1", "row-2", "row-3", "purchase"}

#: JSON text of an amount that no bank has.
AMOUNTS = [
    *("1e400", "-1e400", "1" * 30, "0." + "0" * 40 + "1", "1e-400", "99999999999999999999.99", "1e999999999"),
    *('"NaN"', '"12,50"', '""', "true", "null", "[]", "{}"),
]
ODD: list[Any] = [None, 7, "", [], {}, True, "x" * 10_000, "\x00", "\ud800"]
VALUES = ["description", "date", "status", "type", "currencyCode", "creditCardMetadata", "merchant", "paymentData"]


@pytest.fixture
def world(sqlite_database: Database, clock: ManualClock) -> Iterator[World]:
    """Three rows in the checking account, one on the card, nothing read yet."""
    yield from started_world(sqlite_database, clock)


def parsed(text: str) -> Any:
    """As the client parses it."""
    return json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize("name", ["amount", "amountInAccountCurrency", "balance"])
def test_an_absurd_amount_costs_its_row_at_most(world: World, name: str) -> None:
    for amount in AMOUNTS:
        world.bank.add(f"absurd {amount}", days=2, **{name: parsed(amount)})
    assert isinstance(world.sync(), ConnectionSynced)
    standing = world.standing()
    assert GOOD <= standing.keys() <= {*GOOD, *(f"absurd {amount}" for amount in AMOUNTS)}
    assert all(abs(value) < 10**16 for value in standing.values())


def test_an_absurd_balance_costs_its_account_at_most(world: World) -> None:
    for number, amount in enumerate(AMOUNTS):
        account = {**world.bank.accounts["item-1"][0], "id": f"absurd-{number}", "number": f"{number}"}
        world.bank.accounts["item-1"].append({**account, "balance": parsed(amount)})
        world.bank.rows[account["id"]] = {}
    assert isinstance(world.sync(), ConnectionSynced)
    assert set(world.standing()) == GOOD


def test_a_value_of_another_kind_costs_its_row_at_most(world: World) -> None:
    odd = {f"{name} {number}": {name: bad} for name in VALUES for number, bad in enumerate(ODD)}
    for row_id, values in odd.items():
        world.bank.add(row_id, days=2, **values)
    for number, bad in enumerate(ODD):
        world.bank.rows[CHECKING][f"id {number}"] = {**world.bank.rows[CHECKING]["row-2"], "id": bad}
    assert isinstance(world.sync(), ConnectionSynced)
    assert world.standing().keys() >= GOOD


#: From which nobody can tell what it is the id of.
NO_IDS: list[Any] = [None, "", [], {}, True, "x" * 10_000, "\x00"]


@pytest.mark.parametrize("bad", NO_IDS)
def test_an_account_without_an_id_costs_itself_and_unlists_nobody(world: World, bad: Any) -> None:
    world.sync()
    world.next_day()
    world.bank.accounts["item-1"][0]["id"] = bad
    assert isinstance(world.sync(), ConnectionSynced)
    assert set(world.standing()) == GOOD
    assert all(account["listed"] for account in world.books()["bank_accounts"])


@pytest.mark.parametrize("bad", NO_IDS)
def test_a_row_that_lost_its_id_removes_nobody(world: World, bad: Any) -> None:
    world.sync()
    world.next_day()
    world.bank.edit("row-2", id=bad)
    assert isinstance(world.sync(), ConnectionSynced)
    assert set(world.standing()) == GOOD


def test_an_account_that_is_refused_for_ever_goes_without_and_the_others_go_on(world: World) -> None:
    def refuse(call: str) -> None:
        if call.startswith(CHECKING):
            raise PluggyRequestError("GET /v2/transactions answered 400", status_code=400)

    world.bank.on_call = refuse
    for day in range(3):
        world.bank.add(f"purchase-{day}", days=1, account=CARD)
        assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyRequestError")
        assert f"purchase-{day}" in world.standing()
        world.clock.advance(DAY)
        world.bank.collect()


def test_a_database_error_in_one_connection_leaves_the_others_and_is_over_with_it(world: World) -> None:
    second = world.connect("item-2")
    world.bank.add("of the second", account=f"{CHECKING} of item-2")

    def break_down(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("INSERT INTO bank_accounts") and "item-2" not in str(parameters):
            raise LookupError("the database has a bad day")

    event.listen(world.database.engine, "before_cursor_execute", break_down)
    first, other = world.synchronizer.sync_all_connections()
    event.remove(world.database.engine, "before_cursor_execute", break_down)
    assert isinstance(first, ConnectionSyncFailed)
    assert (type(other), other.connection_id) == (ConnectionSynced, second)
    assert set(world.standing()) == {"of the second"}
    assert world.connection().lease_until is None
    assert isinstance(world.sync(), ConnectionSynced)
    assert set(world.standing()) > GOOD


# --- through the client, as the bytes come -------------------------------------------------------------------------------


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        yield pluggy


@pytest.mark.parametrize(
    "page",
    [
        b'{"results": null, "next": null}',
        b'{"next": null}',
        b'{"results": {}, "next": null}',
        b'{"results": [null], "next": null}',
        b'{"results": [[]], "next": null}',
        b'{"results": [], "next": 7}',
        b'{"results": [], "next": "?page=2"}',
        b'{"results": [{"id": "1", "amount": NaN}], "next": null}',
        b"[]",
    ],
)
def test_a_page_that_is_none_costs_its_account_and_removes_nothing(
    pluggy: Pluggy, world: World, sqlite_database: Database, page: bytes
) -> None:
    with sqlite_database.writing() as session:
        connection_id = add_connection(session, item_id="seen-by-the-client")
    item, (checking, card) = dict(world.bank.items["item-1"]), world.bank.accounts["item-1"]
    plain = json.loads(json.dumps([item, checking, card, *world.bank.rows[CARD].values()], default=float))
    pluggy.answer("GET", "/items/seen-by-the-client", {**plain[0], "id": "seen-by-the-client"})
    pluggy.answer("GET", "/accounts", {"results": plain[1:3], "page": 1, "totalPages": 1})

    def pages(request: Any) -> tuple[int, dict[str, str], bytes]:
        return (
            200,
            {},
            page
            if f"accountId={CHECKING}" in request.url
            else json.dumps({"results": plain[3:], "next": None}).encode(),
        )

    pluggy.answer_by("GET", "/v2/transactions", pages)
    synchronizer = DataSynchronizer(pluggy.client, sqlite_database, clock=pluggy.clock)
    outcome = synchronizer.sync_connection(user_id=USER, connection_id=connection_id)
    synchronizer.stop()
    assert outcome == ConnectionSyncFailed(USER, connection_id, "PluggyServerError")
    assert set(world.standing()) == {"purchase"}
