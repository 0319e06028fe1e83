"""Rows of connections, their actions and intents → records, and a Pluggy item → columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_

from open_finance.records import Action, ActionType, Connection, Flow, Intent, ItemData, ProductStatus, Purpose, Trouble
from open_finance.storage.models import ActionRow, ConnectionRow, IntentRow

#: What becomes of a connection's trouble, decided while its row is locked.
Judgement = Callable[[Trouble | None], Trouble | None]


def to_connection(row: ConnectionRow, action: ActionRow | None) -> Connection:
    """The record of a row and of what it asks of its person."""
    products = load_products(row.products)
    return Connection(
        id=row.id,
        user_id=row.user_id,
        item_id=row.item_id,
        connector_id=row.connector_id,
        connector_name=row.connector_name,
        is_open_finance=row.is_open_finance,
        status=row.status,
        execution_status=row.execution_status,
        error_code=row.error_code,
        partial=row.execution_status == "PARTIAL_SUCCESS" or not all(p["is_updated"] for p in products.values()),
        action=None if action is None else to_action(action),
        created_at=row.created_at,
        settled_at=row.settled_at,
        last_updated_at=row.last_updated_at,
        last_synced_at=row.last_synced_at,
        consent_expires_at=row.consent_expires_at,
        products=products,
        disconnecting=row.disconnect_requested_at is not None and row.disconnected_at is None,
        gone=row.gone_at is not None,
        trouble_code=row.trouble_code,
        trouble_at=row.trouble_at,
        adopted=row.adopted,
        asks_code=row.asks_code,
        failing_since=row.failing_since,
        parked_at=row.parked_at,
    )


def dump_products(products: Mapping[str, ProductStatus]) -> dict[str, Any]:
    """The JSON of the ``products`` column."""
    return {
        name: {
            "is_updated": status["is_updated"],
            "last_updated_at": status["last_updated_at"].isoformat() if status["last_updated_at"] else None,
            "warnings": list(status["warnings"]),
        }
        for name, status in products.items()
    }


def load_products(stored: Mapping[str, Any]) -> dict[str, ProductStatus]:
    """What ``dump_products`` wrote."""
    return {
        name: ProductStatus(
            is_updated=status["is_updated"],
            last_updated_at=datetime.fromisoformat(status["last_updated_at"]) if status["last_updated_at"] else None,
            warnings=list(status["warnings"]),
        )
        for name, status in stored.items()
    }


def copy_item(row: ConnectionRow, item: ItemData, *, error_code: str | None, trouble: Judgement | None = None) -> None:
    """Write on a row what Pluggy says of its item. ``error_code`` is the failure that counts, not one left over; ``trouble``
    says what becomes of the trouble that is known (None: nothing).

    An item that is running, asks or failed, and says nothing of its products, leaves their ages alone; after a collection
    that says nothing all of them are as old as the item.
    """
    row.status = item["status"]
    row.execution_status = item["execution_status"]
    row.error_code = error_code
    if item["products"] or (error_code is None and _has_collected(item)):
        row.products = dump_products(item["products"])
    row.consent_expires_at = item["consent_expires_at"]
    if item["asks_code"] is not None:
        row.asks_code = item["asks_code"]
    row.last_updated_at = item["last_updated_at"] or row.last_updated_at
    if trouble is not None:
        note_trouble(row, trouble)


def note_trouble(row: ConnectionRow, judgement: Judgement) -> None:
    """Write on a row whether its connection needs its person."""
    known = None if row.trouble_code is None else Trouble(row.trouble_code, row.trouble_at or row.created_at)
    trouble = judgement(known)
    row.trouble_code, row.trouble_at = (None, None) if trouble is None else trouble


def _has_collected(item: ItemData) -> bool:
    return item["status"] in {"UPDATED", "PARTIAL_SUCCESS"} or item["execution_status"] in {
        "SUCCESS",
        "PARTIAL_SUCCESS",
    }


def to_action(row: ActionRow) -> Action:
    """The record of what a connection asks of its person."""
    return Action(
        type=cast("ActionType", row.type),
        name=row.name,
        label=row.label,
        url=row.url,
        options=list(row.options),
        data=row.data,
        validation=row.validation,
        validation_message=row.validation_message,
        expires_at=row.expires_at,
    )


def to_flow(row: ConnectionRow, action: ActionRow | None) -> Flow:
    """A connection with where its flow stands."""
    return Flow(
        connection=to_connection(row, action),
        started_at=row.flow_started_at,
        next_poll_at=row.next_poll_at,
        message_id=row.message_id,
        replaces_id=row.replaces_id,
    )


def to_intent(row: IntentRow) -> Intent:
    """The record of a person's wish to connect a bank."""
    return Intent(
        id=row.id,
        user_id=row.user_id,
        connector_id=row.connector_id,
        connector_name=row.connector_name,
        state=row.state,
        connection_id=row.connection_id,
        message_id=row.message_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        purpose=cast("Purpose", row.purpose),
        replaces_id=row.replaces_id,
        screen_until=row.screen_until,
    )


def is_readable() -> ColumnElement[bool]:
    """Whether a connection stands or is being made: not on its way out, not gone."""
    return and_(
        ConnectionRow.disconnect_requested_at.is_(None),
        ConnectionRow.disconnected_at.is_(None),
        ConnectionRow.gone_at.is_(None),
    )
