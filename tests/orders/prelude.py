"""What was there before an order began: banks that people have connected, items that other programs made."""

from __future__ import annotations

from typing import Any

from open_finance.errors import OpenFinanceError
from open_finance.pluggy_client import PluggyClient
from tests.orders.bank_page import approve, link_of
from tests.orders.catalogue import bank_of
from tests.orders.order import Order
from tests.orders.people import Traveller
from tests.orders.process import SETTINGS

Json = dict[str, Any]


def begin(order: Order) -> None:
    """Some people have banks, some have items that the bot knows nothing of."""
    for person in order.people:
        for connector in {bank_of(one): one for one in person.targets}.values():
            chance = order.random.random()
            what = f"{bank_of(connector)} ({connector['id']})"
            if chance < 0.25:
                order.note(f"{person.name} has {what}: {_connect(order, person, connector)}")
            elif chance < 0.33:
                order.note(f"{person.name} has {what} at Pluggy, {_make_elsewhere(order, person, connector)}")


def _connect(order: Order, person: Traveller, connector: Json) -> str:
    """As a program connects a bank; whoever has to decide something decides well."""
    connections = order.connector()
    credentials = person.credentials(connector)
    try:
        started = connections.start_connection(
            user_id=person.user_id, connector_id=connector["id"], credentials=credentials
        )
        _let_work(order, started["item_id"])
        return connections.check_connection(person.user_id, started["id"])["execution_status"]
    except OpenFinanceError as error:
        return f"refused, {error}"


def _make_elsewhere(order: Order, person: Traveller, connector: Json) -> str:
    """An item of another program's: nobody's, the person's own, or somebody else's."""
    client = PluggyClient(SETTINGS.core, clock=order.clock, session=order.pluggy.session(), jitter=lambda: 0.5)
    owner = order.random.choice((None, None, str(person.user_id), "somebody-else"))
    try:
        item = client.create_item(
            connector["id"], person.credentials(connector), client_user_id=owner, avoid_duplicates=False
        )
    except OpenFinanceError as error:
        return f"refused, {error}"
    order.foreign.add(item["id"])
    _let_work(order, item["id"])
    return f"made by another program for {owner}"


def _let_work(order: Order, item_id: str) -> None:
    """Half a minute passes, and a link is followed."""
    for seconds in (8, 30):
        order.clock.advance(seconds)
        item = next((item for item in order.items if item.id == item_id), None)
        if item is not None and item.link_state is not None:
            approve(order, link_of(item))
