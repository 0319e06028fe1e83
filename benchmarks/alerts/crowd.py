"""Fifty people with a bank each, and ten seconds in which all their banks talk at once: what is ordered, and ordering it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, Literal

from open_finance.alerts.settings import DEFAULTS
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.storage import alerts
from open_finance.storage.database import open_database
from tests.pluggy_server import Caller, PluggyAdmin
from tests.rows import add_connection

Json = dict[str, Any]
Do = Literal["buy", "buy pending", "settle", "edit", "delete"]
CONNECTOR = 201
#: In which any item of the local Pluggy has ended its collection.
COLLECTED_AFTER = 60
TELLERS = 8
SHOPS = ("Padaria Aurora", "Mercado Bom Dia", "Posto Ipê", "Farmácia Vida", "Livraria Letra", "Cantina da Vila")
#: An order in how many is what.
CHOICES: tuple[Do, ...] = ("buy", "buy", "buy", "buy pending", "buy pending", "settle", "settle", "edit", "delete")
#: The hour is the machine's: nobody here sleeps. What is no row is told elsewhere.
WISHES = replace(DEFAULTS, quiet_from=DEFAULTS.quiet_to, fees=False, bills=False, banks=False)


@dataclass(frozen=True, slots=True)
class Order:
    """What one bank does at ``at``, in seconds from the beginning. ``amounts``: of what is bought."""

    at: float
    person: int
    do: Do
    amounts: tuple[Decimal, ...] = ()


@dataclass(slots=True)
class Person:
    """One person, their account at Pluggy, and what has come of the orders. ``bought``: when, by its amount, of which each
    is there once. ``old``: rows of before, and ``pending``: purchases that can be settled, by their ids at Pluggy."""

    user_id: int
    account_id: str
    old: list[str]
    pending: list[str] = field(default_factory=list)
    bought: dict[Decimal, float] = field(default_factory=dict)


def plan(random: Random, people: Sequence[int], seconds: float, orders: int, cents: int) -> list[Order]:
    """``orders`` for each person, in two to four bursts, somewhere in these seconds; in the order of their time. No two
    purchases are of one amount: the first is of so many ``cents``."""
    amount = count(cents)
    found: list[Order] = []
    for person in people:
        bursts = [random.uniform(0, seconds) for _ in range(random.randint(2, 4))]
        for number in range(orders):
            at = min(random.choice(bursts) + random.uniform(0, 0.3), seconds)
            do: Do = "buy" if number == 0 else random.choice(CHOICES)
            amounts = tuple(Decimal(next(amount)) / 100 for _ in range(random.randint(1, 2)))
            found.append(Order(at, person, do, amounts if do.startswith("buy") else ()))
    return sorted(found, key=lambda order: order.at)


def carry_out(pluggy: PluggyAdmin, people: Iterable[Person], orders: Sequence[Order], random: Random) -> None:
    """Have the banks do it, each person's one after the other and each at its time; those that are late at once."""
    known = {person.user_id: person for person in people}
    mine: dict[int, list[Order]] = defaultdict(list)
    for number, user_id in enumerate(known):
        mine[number % TELLERS] += [order for order in orders if order.person == user_id]
    began = time.monotonic()
    seeds = {number: random.random() for number in mine}

    def tell(number: int) -> None:
        window, chance = PluggyAdmin(pluggy.url), Random(seeds[number])  # a session is one thread's
        for order in sorted(mine[number], key=lambda order: order.at):
            time.sleep(max(began + order.at - time.monotonic(), 0))
            _carry_out(window, known[order.person], order, chance)
        window.close()

    with ThreadPoolExecutor(TELLERS) as pool:
        list(pool.map(tell, mine))


def _carry_out(pluggy: PluggyAdmin, person: Person, order: Order, random: Random) -> None:
    if order.do.startswith("buy"):
        _buy(pluggy, person, order, random)
    elif order.do == "settle" and person.pending:
        pluggy.order(person.account_id, "settle", id=person.pending.pop(), newId=random.random() < 0.5)
    elif order.do == "delete":
        pluggy.order(person.account_id, "delete", id=person.old.pop())
    else:
        pluggy.order(person.account_id, "edit", id=person.old[0], description=f"Corrigida {random.randrange(10**9)}")


def _buy(pluggy: PluggyAdmin, person: Person, order: Order, random: Random) -> None:
    pending = order.do == "buy pending"
    steps = [
        {
            "do": "add",
            "amount": -float(amount),
            "description": f"{random.choice(SHOPS)} {order.person}",
            "date": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "pending": pending,
        }
        for amount in order.amounts
    ]
    now = time.time()
    ids = pluggy.orders(person.account_id, *steps)
    person.bought |= dict.fromkeys(order.amounts, now)
    if pending:
        person.pending += ids


# --- connecting them -------------------------------------------------------------------------------------------------


def connect(pluggy: PluggyAdmin, settings: Settings, users: Sequence[int]) -> list[Person]:
    """A bank for each, first synchronisation included. The data of the banks does not move by itself."""
    pluggy.options(evolve=False)
    database = open_database(settings)
    client = PluggyClient(settings, pacer=NO_PACING)
    with ThreadPoolExecutor(TELLERS) as pool:
        items = list(pool.map(lambda user: _new_item(client, user), users))
        pluggy.advance(seconds=COLLECTED_AFTER)
        with database.writing() as session:
            ids = [
                add_connection(session, user_id=user, item_id=item, created_at=_now(), settled_at=_now())
                for user, item in zip(users, items, strict=True)
            ]
            for user in users:
                alerts.save_settings(session, user, WISHES)
        synchronizer = DataSynchronizer(client, database, settings=settings)
        for _ in pool.map(
            lambda key: synchronizer.sync_connection(user_id=key[0], connection_id=key[1]), zip(users, ids, strict=True)
        ):
            pass
    synchronizer.stop()
    database.dispose()
    caller = Caller(pluggy)
    people = [_person(caller, user, item) for user, item in zip(users, items, strict=True)]
    caller.close()
    return people


def _new_item(client: PluggyClient, user: int) -> str:
    credentials = {"user": f"{10_000_000_000 + user}", "password": "uma-senha"}
    return str(client.create_item(CONNECTOR, credentials, client_user_id=str(user))["id"])


def _person(caller: Caller, user: int, item: str) -> Person:
    account = next(str(one["id"]) for one in caller.accounts(item) if one["type"] == "BANK")
    rows = caller.rows(account, dateFrom=str((_now() - timedelta(days=5)).date()))
    return Person(user, account, [str(row["id"]) for row in rows])


def _now() -> datetime:
    return datetime.now(UTC)
