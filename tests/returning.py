"""A bank that comes back under other ids: what the tests of joined accounts are told with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from open_finance import reports
from open_finance.account_book import AccountBook
from open_finance.clock import local_day
from open_finance.storage import repository
from open_finance.storage.models import TransactionRow
from tests.clocks import ManualClock
from tests.databases import database_for
from tests.fake_bank import CARD, CHECKING, World, started_world
from tests.rows import USER

STRANGER = 2000
AGAIN = "item-9"
HERE = f"{CHECKING} of {AGAIN}"


def read_world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    """The body of a fixture: three rows in the checking account, one on the card, all read."""
    with database_for(request) as database:
        for told in started_world(database, clock):
            told.sync()
            yield told


def leave(world: World, connection_id: int | None = None, *, erase: bool = False, confirmed: bool = True) -> None:
    connection_id, now = connection_id or world.connection_id, world.clock.now()
    with world.database.writing() as session:
        repository.request_disconnection(session, USER, connection_id, erase_history=erase, now=now)
        if confirmed:
            repository.finish_disconnection(session, USER, connection_id, now)


def return_by_another_item(world: World, *, rows: bool = True, **values: Any) -> int:
    """The same bank under other ids, an hour later; its rows are those of the first connection."""
    world.clock.advance(hours=1)
    connection_id = world.connect(AGAIN, **values)
    if rows:
        for account in (CHECKING, CARD):
            for name, raw in world.bank.rows[account].items():
                world.bank.rows[f"{account} of {AGAIN}"][f"new {name}"] = {**raw, "id": f"new {name}"}
    world.bank.collect(AGAIN)
    return connection_id


def next_day(world: World) -> None:
    world.clock.advance(hours=24)
    world.bank.collect(AGAIN)


def read(world: World) -> None:
    """The first connection is collected and read once more."""
    world.clock.advance(hours=1)
    world.bank.collect()
    world.sync()


def note(world: World, pluggy_id: str, text: str = "presente") -> None:
    with world.database.writing() as session:
        session.execute(update(TransactionRow).where(TransactionRow.pluggy_id == pluggy_id).values(note=text))


def account_of(world: World, pluggy_id: str = HERE) -> dict[str, Any]:
    return next(account for account in world.books()["bank_accounts"] if account["pluggy_id"] == pluggy_id)


def book(world: World) -> AccountBook:
    return AccountBook(world.database, world.clock)


def statement(world: World) -> list[tuple[date, Decimal]]:
    today = local_day(world.clock.now())
    found = reports.list_transactions(world.database, USER, reports.Period(today - timedelta(days=400), today))
    return sorted((row["occurred_on"], row["amount"]) for row in found)


def year_of(world: World) -> reports.Period:
    today = local_day(world.clock.now())
    return reports.Period(today - timedelta(days=365), today)
