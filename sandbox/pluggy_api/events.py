"""What Pluggy tells webhooks: the payloads of reference 9.2, without their ``eventId``. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.collecting import first_listed
from sandbox.pluggy_api.items import Item, Snapshot

Json = dict[str, Any]

EVENTS = frozenset(
    {"all", "item/created", "item/updated", "item/error", "item/deleted", "item/waiting_user_input"}
    | {"item/waiting_user_action", "item/login_succeeded", "connector/status_updated"}
    | {"transactions/created", "transactions/updated", "transactions/deleted"}
)
MAX_IDS = 400


def item_event(item: Item, event: str, *, by: str | None = None, **more: Any) -> Json:
    """``by``: who triggered it, where that is not the item's last execution. ``id`` is Pluggy's deprecated alias."""
    return {
        "event": event,
        "id": item.id,
        "itemId": item.id,
        "clientId": item.client_id,
        "clientUserId": item.client_user_id,
        "triggeredBy": by or item.triggered_by,
    } | more


def connector_event(connector: Mapping[str, Any]) -> Json:
    status = connector["health"]["status"]
    return {"event": "connector/status_updated", "connectorId": connector["id"], "data": {"status": status}}


def transaction_events(item: Item, before: Snapshot, at: datetime) -> Iterator[Json]:
    """What differs between ``before`` and the item's snapshot, account by account; a row that left the year is no news."""
    first = first_listed(at)
    for account_id, rows in item.snapshot.rows.items():
        if rows is not before.rows.get(account_id):
            yield from account_events(item, account_id, before.rows.get(account_id, ()), rows, at, first)


def account_events(
    item: Item, account_id: str, before: Sequence[Json], rows: Sequence[Json], at: datetime, first: str
) -> Iterator[Json]:
    old = {row["id"]: row["updatedAt"] for row in before}
    created = [row for row in rows if row["id"] not in old]
    updated = [row["id"] for row in rows if row["updatedAt"] != old.get(row["id"], row["updatedAt"])]
    kept = {row["id"] for row in rows}
    deleted = [row["id"] for row in before if row["id"] not in kept and row["date"] >= first]
    if created:
        yield created_event(item, account_id, created, at)
    for event, ids in (("transactions/updated", updated), ("transactions/deleted", deleted)):
        for start in range(0, len(ids), MAX_IDS):
            chunk = ids[start : start + MAX_IDS]
            yield item_event(
                item, event, accountId=account_id, transactionIds=chunk, transactionsCount=len(chunk)
            )  # fmt: skip


def created_event(item: Item, account_id: str, created: Sequence[Json], at: datetime) -> Json:
    """Not the ids but where to read them: everything this item first saw at ``at``."""
    since = timestamp(at)
    link = f"{item.origin}/v2/transactions?{urlencode({'accountId': account_id, 'createdAtFrom': since}, safe=':')}"
    return item_event(
        item,
        "transactions/created",
        accountId=account_id,
        transactionsCount=len(created),
        transactionsMinDate=min(row["date"] for row in created)[:10],
        transactionsCreatedAtFrom=since,
        createdTransactionsLink=link,
        createdTransactionsLinkV2=link,
    )
