"""The banks behind the connectors: one household a customer, whatever the number of items and connectors that read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, TypeVar

from sandbox import household as households
from sandbox.household import Household
from sandbox.household.banks import Bank as Institution
from sandbox.household.banks import bank_of
from sandbox.pluggy_api.clock import VirtualClock
from sandbox.pluggy_api.items import Item
from sandbox.pluggy_api.scenarios import Failure

Json = dict[str, Any]
T = TypeVar("T")
CustomerKey = tuple[str, str]
#: How the second holder of a joint account answers.
Joint = Literal["approves", "refuses"]

IDLE_CUSTOMERS_KEPT = 50
DEFAULT_COPIES = 40
MASK = re.compile(r"[.\-/\s]")


@dataclass
class Customer:
    """A person at a bank. ``random`` drives what happens there between executions."""

    household: Household
    random: Random


@dataclass
class Bank:
    """Customers by institution and person, and what was decided beforehand about people, by ``match`` (see `names_of`).

    ``documents``: the CPF or CNPJ of a ``clientUserId``, for MeuPluggy, which asks for none.
    """

    seed: int
    clock: VirtualClock
    customers: dict[CustomerKey, Customer] = field(default_factory=dict)
    assigned: dict[str, str | Household] = field(default_factory=dict)
    outcomes: dict[str, Failure] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    joint: dict[str, Joint] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    idle: dict[CustomerKey, None] = field(default_factory=dict)

    def customer_of(self, item: Item) -> Customer:
        key = self.key_of(item)
        self.idle.pop(key, None)
        if key not in self.customers:
            self.customers[key] = Customer(self._build(institution_of(item), key[1]), Random(f"{self.seed}:{key}"))
        return self.customers[key]

    def release(self, gone: Item, others: Iterable[Item]) -> None:
        """An item was deleted. Its customer is remembered for a return, but only the last few whom nobody reads."""
        key = self.key_of(gone)
        if any(self.key_of(other) == key for other in others):
            return
        self.idle.pop(key, None)
        self.idle[key] = None
        if len(self.idle) > IDLE_CUSTOMERS_KEPT:
            oldest = next(iter(self.idle))
            del self.idle[oldest]
            self.customers.pop(oldest, None)

    def names_of(self, item: Item) -> list[str]:
        """What the item's person may be called in a ``match``, the most telling first.

        MeuPluggy asks who one is only at its own page, so there it is the ``clientUserId``: with the bank
        (``1000:612``), alone, and the document it stands for.
        """
        who = principal(item)
        if not item.is_meu_pluggy:
            return [who]
        document = self.documents.get(who)
        return [f"{who}:{item.source_id}", who, *([document] if document else [])]

    def key_of(self, item: Item) -> CustomerKey:
        names = self.names_of(item)
        person = next((name for name in names if name in self.assigned), names[-1])
        return institution_of(item).brand, person

    def outcome_for(self, item: Item) -> Failure | None:
        return self._decided(self.outcomes, item)

    def password_of(self, item: Item) -> str | None:
        """The password that the person has now, where that is decided."""
        return self._decided(self.passwords, item)

    def joint_of(self, item: Item) -> Joint | None:
        return self._decided(self.joint, item)

    def _decided(self, table: Mapping[str, T], item: Item) -> T | None:
        return next((table[name] for name in self.names_of(item) if name in table), None)

    def assign(self, match: str, household: str | Household) -> None:
        """From the next execution on, whoever logs in as ``match`` is this household. Raises KeyError: unknown name."""
        if isinstance(household, str) and household not in households.NAMES:
            raise KeyError(household)
        match = normal(match)
        self.assigned[match] = household
        for key in [key for key in self.customers if key[1] == match]:
            del self.customers[key]

    def _build(self, institution: Institution, person: str) -> Household:
        chosen = self.assigned.get(person)
        if isinstance(chosen, Household):
            return chosen
        copies = households.copies_of(person)
        return households.build_household(
            chosen or households.assign(person, institution),
            seed=self.seed,
            today=self.clock.today(),
            bank=institution,
            customer=person,
            now=self.clock.now(),
            copies=DEFAULT_COPIES if copies is None else copies,
        )


def decide(table: dict[str, T], match: str, value: T | None) -> None:
    """One of the bank's decisions about a person; None takes it back."""
    if value is None:
        table.pop(normal(match), None)
    else:
        table[normal(match)] = value


def institution_of(item: Item) -> Institution:
    """The bank behind the item: one for its direct and its Open Finance connector, another for companies."""
    is_broker = item.connector["type"] == "INVESTMENT"
    return bank_of(item.source_id, str(item.connector["name"]), is_broker=is_broker)


def normal(value: str) -> str:
    """Documents without their mask, everything else as typed."""
    bare = MASK.sub("", value.upper())
    return bare if len(bare) in (11, 14) and bare[-2:].isdigit() and bare[:2].isdigit() else value


def principal(item: Item) -> str:
    """Who logs in: the first credential that is not a choice or a code; the caller's own user where there is none."""
    names = [field["name"] for field in item.connector["credentials"] if field["type"] != "select"]
    return normal(next((item.parameters[name] for name in names if name in item.parameters), item.client_user_id or ""))
