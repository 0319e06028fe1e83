"""Fourteen months of one household come back: by the same item, through another door, by another item. Nothing is lost,
nothing is there twice, and what the person wrote stands where it stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from open_finance import reports
from open_finance.account_book import AccountBook
from open_finance.bank_connector import BankConnector
from open_finance.clock import bank_day
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.events import ConnectionBusy, ConnectionNeedsPerson, ConnectionSynced, SyncEvent
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection, Width
from open_finance.reports import ReturnSize
from open_finance.storage.models import TransactionRow
from tests.bank_world import ANA, CPF, World, asks, settled
from tests.databases import on_both

DIRECT: dict[str, Any] = {"connector_id": 201, "credentials": {"user": CPF, "password": "minhasenha"}}
LINK: dict[str, Any] = {"connector_id": 601, "credentials": {"cpf": CPF}}
WEEK = timedelta(days=7).total_seconds()
LATER = timedelta(minutes=10).total_seconds()


@dataclass(frozen=True)
class Picture:
    """What a person would notice if it changed."""

    rows: Counter[tuple[object, ...]]
    ids: frozenset[int]
    stored: int
    balance: Decimal
    months: dict[tuple[int, int], tuple[Decimal, Decimal]]
    edits: Counter[tuple[object, ...]]


def picture(world: World) -> Picture:
    statement = world.connector.get_statement(ANA, days=500)
    months: dict[tuple[int, int], tuple[Decimal, Decimal]] = {}
    for row in statement:
        month = row["occurred_on"].year, row["occurred_on"].month
        income, outgoing = months.get(month, (Decimal(0), Decimal(0)))
        amount = row["amount"]
        months[month] = (income + amount, outgoing) if amount > 0 else (income, outgoing + amount)
    with world.database.reading() as session:
        standing = select(func.count()).select_from(TransactionRow).where(TransactionRow.removed_at.is_(None))
        stored = session.scalar(standing) or 0
    written = ("occurred_on", "amount", "type", "user_category", "note")
    return Picture(
        rows=Counter((row["occurred_on"], row["amount"], row["type"], row["description"]) for row in statement),
        ids=frozenset(row["id"] for row in statement),
        stored=stored,
        balance=world.connector.get_total_balance(ANA),
        months=months,
        edits=Counter(tuple(row[name] for name in written) for row in statement if row["note"] or row["user_category"]),  # type: ignore[literal-required]
    )


# --- fourteen months -------------------------------------------------------------------------------------------------


def connect(world: World, door: dict[str, Any]) -> Connection:
    """A bank connected; where it wants a link, that is followed."""
    connection = world.connector.create_connection(user_id=ANA, **door)
    return follow(world, connection)


def follow(world: World, connection: Connection) -> Connection:
    connection = world.check_until(connection, lambda one: asks(one) or is_up_to_date(one))
    if connection["action"] is not None:
        assert connection["action"]["url"]
        world.server.authorize(connection["action"]["url"])
    return world.check_until(connection, is_up_to_date)


def is_up_to_date(connection: Connection) -> bool:
    return settled(connection) and not asks(connection) and connection["status"] == "UPDATED"


def live_on(world: World, connection: Connection, weeks: int) -> None:
    """The bank is collected every day, and read once a week."""
    for week in range(weeks):
        world.clock.sleep(WEEK)
        assert isinstance(read(world, connection, "wide" if week % 4 == 3 else "narrow"), ConnectionSynced)


def read(world: World, connection: Connection, width: Width = "wide") -> SyncEvent:
    client = PluggyClient(Settings("id", "secret", world.server.url), clock=world.clock)
    synchronizer = DataSynchronizer(client, world.database, clock=world.clock)
    event: SyncEvent = ConnectionBusy(ANA, connection["id"])
    while isinstance(event, ConnectionBusy):  # the bank may be collecting just now
        world.clock.sleep(LATER / 10)
        event = synchronizer.sync_connection(user_id=ANA, connection_id=connection["id"], width=width)
    synchronizer.stop()
    return event


def edit_some(world: World) -> None:
    """A category here, a note there, all over the year."""
    with world.database.writing() as session:
        ids = session.scalars(select(TransactionRow.id).order_by(TransactionRow.occurred_on, TransactionRow.id)).all()
        for number, row_id in enumerate(ids[::29]):
            values = {"user_category": "Casa"} if number % 2 else {"note": f"nota {number}"}
            session.execute(update(TransactionRow).where(TransactionRow.id == row_id).values(**values))


def restart(world: World) -> None:
    """The process ends, and another begins on the same database."""
    settings = Settings("id", "secret", world.server.url, include_sandbox=True)
    client = PluggyClient(settings, clock=world.clock)
    world.connector = BankConnector(client, world.database, settings=settings, clock=world.clock)


def fourteen_months(world: World, door: dict[str, Any]) -> Picture:
    """A year as the bank lists it, more than two months of reading on, and what the person wrote meanwhile."""
    world.server.assign(CPF, "silva")
    connection = connect(world, door)
    live_on(world, connection, 9)
    edit_some(world)
    live_on(world, connection, 1)
    world.server.options(evolve=False)  # what is compared does not move
    world.clock.sleep(WEEK / 7)
    read(world, connection)
    before = picture(world)
    assert min(before.months) <= (2025, 11)
    assert before.edits.total() > 20
    return before


# --- the ways back -----------------------------------------------------------------------------------------------------


def revoked_and_renewed(world: World, connection: Connection) -> Connection:
    world.server.revoke_consent(connection["item_id"])
    world.clock.sleep(2 * 24 * 3600)
    assert isinstance(read(world, connection), ConnectionNeedsPerson)
    restart(world)
    began = world.connector.reconnect(ANA, connection["id"], LINK["credentials"])
    restart(world)
    again = follow(world, began)
    assert again["id"] == connection["id"]
    return again


def left_and_connected_by_link(world: World, connection: Connection) -> Connection:
    assert world.connector.delete_connection(ANA, connection["id"])
    restart(world)
    return connected_beside(world, connection)


def connected_beside(world: World, _connection: Connection) -> Connection:
    """The better door takes the place of the other by itself."""
    world.clock.sleep(LATER)
    began = world.connector.start_connection(user_id=ANA, **LINK)
    restart(world)
    return follow(world, began)


@on_both("world")
@pytest.mark.parametrize(
    ("door", "come_back"),
    [
        (LINK, revoked_and_renewed),
        (DIRECT, left_and_connected_by_link),
        (DIRECT, connected_beside),
        (LINK, left_and_connected_by_link),
    ],
    ids=[
        "revoked and renewed",
        "password left for the link",
        "link beside the password",
        "deleted and connected again",
    ],
)
def test_fourteen_months_come_back_as_they_were(
    world: World, door: dict[str, Any], come_back: Callable[[World, Connection], Connection]
) -> None:
    before = fourteen_months(world, door)
    since = world.clock.now()
    connection = come_back(world, world.connector.list_connections(ANA)[0])
    assert picture(world) == before
    assert [one["id"] for one in world.connector.list_connections(ANA)] == [connection["id"]]
    assert [item["id"] for item in world.server.items()] == [connection["item_id"]]
    assert reports.list_kept_histories(world.database, ANA) == []
    assert reports.measure_return(world.database, ANA, connection["id"], since) == ReturnSize(before.stored, 0, 0)
    goes_on(world, connection, before)


def goes_on(world: World, connection: Connection, before: Picture) -> None:
    """Another process reads the bank as if nothing had been: a pass without news writes nothing, and news are followed."""
    restart(world)
    world.clock.sleep(24 * 3600 + 120)
    event = read(world, connection)
    assert isinstance(event, ConnectionSynced)
    assert (event.added, event.removed, event.joined) == (0, 0, 0)
    assert picture(world) == before
    world.server.options(evolve=True)
    live_on(world, connection, 2)
    read(world, connection)
    assert standing(world) == listed(world)
    assert before.edits.total() - picture(world).edits.total() <= 3  # rows that the bank took back
    for join in AccountBook(world.database, world.clock).list_joins(ANA):
        assert join["matched"] > 0


def standing(world: World) -> Counter[tuple[object, ...]]:
    first = year(world)
    with world.database.reading() as session:
        rows = session.scalars(select(TransactionRow).where(TransactionRow.removed_at.is_(None)))
        return Counter((row.pluggy_id, abs(row.amount), row.status) for row in rows if row.occurred_on >= first)


def listed(world: World) -> Counter[tuple[object, ...]]:
    client = PluggyClient(Settings("id", "secret", world.server.url), clock=world.clock)
    [item] = world.server.items()
    return Counter(
        (raw["id"], abs(round(raw["amountInAccountCurrency"] or raw["amount"], 2)), raw["status"])
        for account in client.list_accounts(item["id"])
        for raw in client.iter_transactions(account["id"])
        if bank_day(datetime.fromisoformat(raw["date"])) >= year(world)
    )


def year(world: World) -> date:
    """The first day to compare: older rows fall off the end of Pluggy's year, and we keep them."""
    return world.clock.now().date() - timedelta(days=360)
