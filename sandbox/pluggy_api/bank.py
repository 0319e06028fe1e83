"""The banks behind the connectors: one household a customer, whatever the number of items that read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any
from uuid import UUID

from sandbox import household as households
from sandbox.household import Household
from sandbox.pluggy_api.clock import SAO_PAULO, VirtualClock, timestamp
from sandbox.pluggy_api.items import Item, Snapshot
from sandbox.pluggy_api.scenarios import Failure
from sandbox.pluggy_api.validation import digits

Json = dict[str, Any]
CustomerKey = tuple[int, str]

IDLE_CUSTOMERS_KEPT = 50
HISTORY = timedelta(days=365)
DEFAULT_COPIES = 40
IDENTITY_REQUIRES: dict[str, Json] = {
    "qualifications": {"companyCnpj": "11.222.333/0001-81"},
    "financialRelationships": {"productsServicesType": [], "procurators": []},
}
PRODUCT_OF_TYPE = {"BANK": "ACCOUNTS", "CREDIT": "CREDIT_CARDS"}


@dataclass
class Customer:
    """A person at a bank. ``random`` drives what happens there between executions."""

    household: Household
    random: Random


@dataclass
class Bank:
    """Customers by connector and first credential (``match``, without mask). `assign` decides who is who beforehand."""

    seed: int
    clock: VirtualClock
    customers: dict[CustomerKey, Customer] = field(default_factory=dict)
    assigned: dict[str, str | Household] = field(default_factory=dict)
    outcomes: dict[str, Failure] = field(default_factory=dict)
    idle: dict[CustomerKey, None] = field(default_factory=dict)

    def customer_of(self, item: Item) -> Customer:
        key = customer_key(item)
        self.idle.pop(key, None)
        if key not in self.customers:
            self.customers[key] = Customer(self._build(*key), Random(f"{self.seed}:{key}"))
        return self.customers[key]

    def release(self, gone: Item, others: Iterable[Item]) -> None:
        """An item was deleted. Its customer is remembered for a return, but only the last few whom nobody reads."""
        key = customer_key(gone)
        if any(customer_key(other) == key for other in others):
            return
        self.idle.pop(key, None)
        self.idle[key] = None
        if len(self.idle) > IDLE_CUSTOMERS_KEPT:
            oldest = next(iter(self.idle))
            del self.idle[oldest]
            self.customers.pop(oldest, None)

    def outcome_for(self, item: Item) -> Failure | None:
        return self.outcomes.get(principal(item))

    def assign(self, match: str, household: str | Household) -> None:
        """From the next execution on, whoever logs in as ``match`` is this household. Raises KeyError: unknown name."""
        if isinstance(household, str) and household not in households.NAMES:
            raise KeyError(household)
        match = normal(match)
        self.assigned[match] = household
        for key in [key for key in self.customers if key[1] == match]:
            del self.customers[key]

    def force(self, match: str, outcome: Failure | None) -> None:
        if outcome is None:
            self.outcomes.pop(normal(match), None)
        else:
            self.outcomes[normal(match)] = outcome

    def _build(self, connector_id: int, match: str) -> Household:
        chosen = self.assigned.get(match)
        if isinstance(chosen, Household):
            return chosen
        copies = households.copies_of(match)
        return households.build_household(
            chosen or households.assign(match, connector_id),
            seed=self.seed,
            today=self.clock.today(),
            connector_id=connector_id,
            now=self.clock.now(),
            copies=DEFAULT_COPIES if copies is None else copies,
        )


def customer_key(item: Item) -> CustomerKey:
    return int(item.connector["id"]), principal(item)


def normal(value: str) -> str:
    """Documents without their mask, everything else as typed."""
    bare = digits(value)
    return bare if len(bare) in (11, 14) and bare[-2:].isdigit() and bare[:2].isdigit() else value


def principal(item: Item) -> str:
    """Who logs in: the first credential that is not a choice or a code; the caller's own user where there is none."""
    names = [field["name"] for field in item.connector["credentials"] if field["type"] != "select"]
    return normal(next((item.parameters[name] for name in names if name in item.parameters), item.client_user_id or ""))


def mapped(item: Item, original: str) -> str:
    """The id under which this item shows the bank's ``original``: another item of the same person has another one."""
    known = item.ids.get(original)
    if known is None:
        digest = blake2b(f"{item.id}{original}".encode(), digest_size=16).digest()
        known = item.ids[original] = str(UUID(bytes=digest, version=4))
    return known


def collect(item: Item, household: Household, at: datetime, *, enrich: bool, skip: Iterable[str] = ()) -> Snapshot:
    """Read the bank into a new snapshot. What is unchanged keeps its times; products of ``skip`` stay as they were."""
    snapshot = Snapshot()
    for account in household.accounts:
        product = PRODUCT_OF_TYPE[account["type"]]
        account_id = mapped(item, account["id"])
        if product in skip:
            keep_old(snapshot, item.snapshot, account_id)
        elif product in item.products:
            snapshot.sources[account_id] = account["id"]
            snapshot.accounts[account_id] = stored_account(item, account, account_id, at)
            listed = household.transactions.get(account["id"], []) if "TRANSACTIONS" in item.products else []
            snapshot.rows[account_id] = stored_rows(item, listed, account_id, at, enrich=enrich)
            snapshot.bills[account_id] = stored_bills(item, household.bills.get(account["id"], []))
    if "IDENTITY" in item.products and household.identity:
        snapshot.identity = stored_identity(item, household.identity)
    return snapshot


def stored_identity(item: Item, identity: Json) -> Json:
    """With the keys that the OpenAPI document requires inside its objects, and official clients too."""
    new = identity | {"id": mapped(item, "identity"), "itemId": item.id}
    for name, required in IDENTITY_REQUIRES.items():
        if new.get(name) is not None:
            new[name] = required | new[name]
    return new


def keep_old(snapshot: Snapshot, old: Snapshot, account_id: str) -> None:
    if account_id in old.accounts:
        snapshot.sources[account_id] = old.sources[account_id]
        snapshot.accounts[account_id] = old.accounts[account_id]
        snapshot.rows[account_id] = old.rows[account_id]
        snapshot.bills[account_id] = old.bills[account_id]


def stored_account(item: Item, account: Json, account_id: str, at: datetime) -> Json:
    old = item.snapshot.accounts.get(account_id)
    created = old["createdAt"] if old else timestamp(at)
    return account | {"id": account_id, "itemId": item.id, "createdAt": created, "updatedAt": timestamp(at)}


def stored_rows(item: Item, listed: Iterable[Json], account_id: str, at: datetime, *, enrich: bool) -> list[Json]:
    """A year of rows under this item's ids, newest first. ``createdAt`` is when this item first saw a row, ``updatedAt``
    when it last saw it change."""
    since = timestamp(datetime.combine(at.astimezone(SAO_PAULO).date() - HISTORY, datetime.min.time(), SAO_PAULO))
    old = {row["id"]: row for row in item.snapshot.rows.get(account_id, ())}
    now = timestamp(at)
    rows = []
    for row in listed:
        if row["date"] < since:
            continue
        new = shown_row(item, row, account_id, enrich=enrich)
        before = old.get(new["id"])
        if before is None:
            new |= {"createdAt": now, "updatedAt": now}
        else:
            new |= {"createdAt": before["createdAt"], "updatedAt": before["updatedAt"]}
            if new != before:
                new["updatedAt"] = now
        rows.append(new)
    return sorted(rows, key=row_order, reverse=True)


def shown_row(item: Item, row: Json, account_id: str, *, enrich: bool) -> Json:
    """The bank's row as this item shows it, but for its times."""
    new = row | {"id": mapped(item, row["id"]), "accountId": account_id}
    if item.is_meu_pluggy:
        new |= {"providerId": None, "providerCode": None}
    if not enrich:
        new |= {"category": None, "categoryId": None, "merchant": None}
    metadata = new.get("creditCardMetadata")
    if metadata and metadata.get("billId"):
        new["creditCardMetadata"] = metadata | {"billId": mapped(item, metadata["billId"])}
    if chosen := item.categories.get(new["id"]):
        new |= chosen
    return new


def stored_bills(item: Item, bills: Iterable[Json]) -> list[Json]:
    """Closed bills, newest first. Ordinary direct connectors have none (reference 5.5)."""
    if not (item.is_open_finance or item.is_meu_pluggy or item.connector["isSandbox"]):
        return []
    return [bill | {"id": mapped(item, bill["id"])} for bill in bills]


def row_order(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["date"]), str(row["id"])
