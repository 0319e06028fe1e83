"""What a bank has of a person in an order: as little as makes a connection whole."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sandbox.household import Household
from tests.story import checking, credit_card, row

Json = dict[str, Any]


def small_household(key: str, today: date) -> Household:
    """An account with three rows, and for some a card with one: always the same for a key."""
    random = Random(key)

    def new_id() -> str:
        return str(UUID(int=random.getrandbits(128), version=4))

    number = f"0001/{random.randrange(10**5):05d}-{random.randrange(10)}"
    account = checking(balance=str(random.randrange(9000)), id=new_id(), number=number)
    accounts = [account]
    listed = {account["id"]: [row(0, today - timedelta(days=days), id=new_id()) for days in (0, 3, 40)]}
    if random.random() < 0.15:
        card = credit_card() | {"id": new_id(), "number": f"{random.randrange(10**4):04d}"}
        accounts.append(card)
        listed[card["id"]] = [row(0, today, id=new_id())]
    return Household(accounts=accounts, transactions=listed)
