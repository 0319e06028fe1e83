"""Reading a bank into an item's snapshot: its accounts, rows, bills, investments and loans under the item's own ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sandbox.household import Household
from sandbox.household.doors import Door, told_account, told_investments, told_row
from sandbox.pluggy_api.clock import SAO_PAULO, timestamp
from sandbox.pluggy_api.connectors import NUMBER_WITHOUT_BANK
from sandbox.pluggy_api.items import Item, Snapshot

Json = dict[str, Any]

HISTORY = timedelta(days=365)
IDENTITY_REQUIRES: dict[str, Json] = {
    "qualifications": {"companyCnpj": "11.222.333/0001-81"},
    "financialRelationships": {"productsServicesType": [], "procurators": []},
}
PRODUCT_OF_TYPE = {"BANK": "ACCOUNTS", "CREDIT": "CREDIT_CARDS"}


def mapped(item: Item, original: str) -> str:
    """The id under which this item shows the bank's ``original``: another item of the same person has another one."""
    known = item.ids.get(original)
    if known is None:
        digest = blake2b(f"{item.id}{original}".encode(), digest_size=16).digest()
        known = item.ids[original] = str(UUID(bytes=digest, version=4))
    return known


def door_of(item: Item) -> Door:
    if item.is_meu_pluggy:
        return "meu_pluggy"
    return "open_finance" if item.is_open_finance else "direct"


def is_collected(item: Item, account: Json) -> bool:
    """Whether the item asks for this kind of account, and its person shares it."""
    shared = item.shared is None or account["id"] in item.shared
    return shared and PRODUCT_OF_TYPE[account["type"]] in item.products


def collect(
    item: Item,
    household: Household,
    at: datetime,
    *,
    enrich: bool,
    skip: Iterable[str] = (),
    only: str | None = None,
) -> Snapshot:
    """Read the bank into a new snapshot. What is unchanged keeps its times; products of ``skip`` stay as they were.

    ``only``: the bank's id of the one account that is read again, the others staying as they were.
    """
    snapshot = Snapshot()
    for account in household.accounts:
        account_id = mapped(item, account["id"])
        if PRODUCT_OF_TYPE[account["type"]] in skip or only not in (None, account["id"]):
            keep_old(snapshot, item.snapshot, account_id)
        elif is_collected(item, account):
            snapshot.sources[account_id] = account["id"]
            told = told_by(item, household, account)
            snapshot.accounts[account_id] = stored_account(item, told, account_id, at)
            listed = household.transactions.get(account["id"], []) if "TRANSACTIONS" in item.products else []
            if household.is_grown:
                door = door_of(item)
                listed = [told_row(row, door) for row in listed]
            snapshot.rows[account_id] = stored_rows(item, listed, account_id, at, enrich=enrich)
            snapshot.bills[account_id] = stored_bills(item, household.bills.get(account["id"], []))
    collect_positions(snapshot, item, household, is_kept=only is not None)
    if "IDENTITY" in item.products and household.identity:
        snapshot.identity = stored_identity(item, household.identity)
    return snapshot


def told_by(item: Item, household: Household, account: Json) -> Json:
    """The account as this item's connector tells it. A household made by hand is told as it was written."""
    if not household.is_grown:
        return account
    return told_account(account, door_of(item), hides_bank=item.connector["id"] in NUMBER_WITHOUT_BANK)


def stored_identity(item: Item, identity: Json) -> Json:
    """With the keys that the OpenAPI document requires inside its objects, and official clients too."""
    new = identity | {"id": mapped(item, "identity"), "itemId": item.id}
    for name, required in IDENTITY_REQUIRES.items():
        if new.get(name) is not None:
            new[name] = required | new[name]
    return new


def collect_positions(snapshot: Snapshot, item: Item, household: Household, *, is_kept: bool) -> None:
    """Investments with their movements, and loans. ``is_kept``: they are not read this time."""
    old = item.snapshot
    if is_kept:
        snapshot.investments, snapshot.movements, snapshot.loans = old.investments, old.movements, old.loans
        return
    if gives(item, "INVESTMENTS"):
        told = household.investments
        for investment in told_investments(told, door_of(item)) if household.is_grown else told:
            investment_id = mapped(item, investment["id"])
            snapshot.investments[investment_id] = investment | {"id": investment_id, "itemId": item.id}
            listed = household.investment_transactions.get(investment["id"], [])
            snapshot.movements[investment_id] = [row | {"id": mapped(item, row["id"])} for row in listed]
    if gives(item, "LOANS"):
        for loan in household.loans:
            loan_id = mapped(item, loan["id"])
            snapshot.loans[loan_id] = loan | {"id": loan_id, "itemId": item.id}


def gives(item: Item, product: str) -> bool:
    """Whether the connector has the product, the item asks for it, and its person shares it."""
    offered = product in item.products and product in item.connector["products"]
    return offered and (item.shared is None or product in item.shared)


def unshared(item: Item, household: Household) -> list[str]:
    """Investments and loans that the item asks for and the bank has, and the person does not share."""
    held = {"INVESTMENTS": household.investments, "LOANS": household.loans}
    shared = set(held) if item.shared is None else item.shared
    return [name for name, found in held.items() if found and name in item.products and name not in shared]


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


def first_listed(at: datetime) -> str:
    """The oldest ``date`` that is listed at this time."""
    return timestamp(datetime.combine(at.astimezone(SAO_PAULO).date() - HISTORY, datetime.min.time(), SAO_PAULO))


def stored_rows(item: Item, listed: Iterable[Json], account_id: str, at: datetime, *, enrich: bool) -> list[Json]:
    """A year of rows under this item's ids, newest first. ``createdAt`` is when this item first saw a row, ``updatedAt``
    when it last saw it change."""
    since = first_listed(at)
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
