"""What Pluggy refuses on items: creations, updates (reference 3.6) and answers (3.8), each with its own code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.pluggy_api.bank import normal, principal
from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.errors import ApiError, too_many_requests
from sandbox.pluggy_api.items import Item
from sandbox.pluggy_api.world import World

Json = dict[str, Any]

UPDATING_MESSAGE = "An update is already in progress, wait until the last execution ends"
MAX_FAILED_LOGINS = 2
MAX_FAILED_RUNS = 5
BACKOFF = timedelta(minutes=15)


def refuse_creation(world: World, item: Item, *, in_widget: bool, avoid_duplicates: bool) -> None:
    """``in_widget``: made with a connect token, as Pluggy's own widget does."""
    if world.options.free_plan and not in_widget and not item.is_meu_pluggy:
        raise ApiError(403, "Items can be created only through Pluggy Connect", "CREATE_ITEMS_API_FREE_DISABLED")
    if item.connector["health"]["status"] == "OFFLINE":
        raise ApiError(400, "The connector is offline", "CONNECTOR_OFFLINE")
    if avoid_duplicates and item.avoid_key:
        same = [other.id for other in world.items.values() if other.avoid_key == item.avoid_key]
        if same:
            raise ApiError(
                400, "An item with the same credentials already exists", "ITEM_USER_ALREADY_EXISTS", items=same
            )
    limit = world.options.item_limit
    if limit is not None and len(world.items) >= limit:
        raise ApiError(409, "Item creation limit exceeded", "ITEM_CREATION_LIMIT_EXCEEDED", data={"itemsLimit": limit})


def refuse_update(world: World, item: Item, sent: Mapping[str, Any], address: str, *, in_widget: bool = False) -> None:
    """Everything that stands in an update's way, in Pluggy's words. ``sent`` are the new parameters, if any.

    The widget may update as often as a person likes (reference 3.6).
    """
    count_patch(world, address)
    if item.is_meu_pluggy:
        raise ApiError(400, "MeuPluggy item cant be updated")
    if world.executions.desk.is_closed(item):
        raise ApiError(400, "The connector is offline", "CONNECTOR_OFFLINE")
    if item.status == "UPDATING":
        raise ApiError(400, UPDATING_MESSAGE, "ITEM_IS_ALREADY_UPDATING")
    refuse_after_failures(world, item, has_parameters=bool(sent))
    refuse_stale_token(item, sent)
    refuse_other_person(item, sent)
    if not in_widget:
        refuse_too_soon(world, item)


def count_patch(world: World, address: str) -> None:
    """20 a minute an address."""
    limit, now = world.options.patch_limit, world.executions.at
    recent = [at for at in world.patches.get(address, ()) if now - at < timedelta(minutes=1)]
    if limit and len(recent) >= limit:
        reset = int((recent[0] + timedelta(minutes=1) - now).total_seconds()) + 1
        raise too_many_requests(limit=limit, reset=reset)
    world.patches[address] = [*recent, now]


def refuse_after_failures(world: World, item: Item, *, has_parameters: bool) -> None:
    now, ended = world.executions.at, item.last_execution_ended_at
    if item.failed_logins >= MAX_FAILED_LOGINS and ended is not None and now < ended + BACKOFF:
        data = {
            "canRetryAfterDate": timestamp(ended + BACKOFF),
            "readableBackoffTime": "15 minutes",
            "maxConsecutiveFailedLoginAttempts": MAX_FAILED_LOGINS,
            "lastExecutionEndedAt": timestamp(ended),
        }
        message = "Too many consecutive login failures, wait before trying again"
        raise ApiError(400, message, "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES", data=data)
    if has_parameters:
        return
    if item.status == "LOGIN_ERROR":
        message = "Last execution had a login error, send new credentials"
        raise ApiError(400, message, "LAST_EXECUTION_HAD_LOGIN_ERROR")
    if item.failed_runs > MAX_FAILED_RUNS:
        raise ApiError(400, "Too many consecutive errors", "TOO_MANY_CONSECUTIVE_ERRORS")


def refuse_stale_token(item: Item, sent: Mapping[str, Any]) -> None:
    """A one-step code must come with every update, and be another one than the last."""
    for field in item.connector["credentials"]:
        if not field["mfa"]:
            continue
        name = field["name"]
        if not sent.get(name):
            message = f"{name} parameter is required to update this item"
            raise ApiError(400, message, "CONNECTOR_REQUIRED_PARAMETER_VALIDATION_ERROR", data={"parameter": name})
        if sent[name] == item.parameters.get(name):
            message = "MFA parameter was already used"
            raise ApiError(400, message, "MFA_PARAMERTER_WAS_ALREADY_USED_ERROR", data={"parameter": name})


def refuse_other_person(item: Item, sent: Mapping[str, Any]) -> None:
    """A reconnect as somebody else, where the item already holds a person's data. Sandbox users may change freely."""
    if item.connector["isSandbox"] or not item.executions:
        return
    names = [field["name"] for field in item.connector["credentials"] if field["type"] != "select"]
    first = next((name for name in names if name in item.parameters), None)
    if first is not None and first in sent and normal(str(sent[first])) != principal(item):
        message = "The item was originally connected with a different account"
        raise ApiError(400, message, "ITEM_ORIGINAL_CONNECTED_WITH_DIFFERENT_ACCOUNT")


def refuse_too_soon(world: World, item: Item) -> None:
    hours, last = world.options.min_update_hours, item.last_updated_at
    if not hours or last is None or item.status == "LOGIN_ERROR":
        return
    if world.executions.at < last + timedelta(hours=hours):
        data = {"minUpdateFrequencyAllowedInHours": hours, "lastUpdatedAt": timestamp(last)}
        message = "The item was updated before the allowed frequency"
        raise ApiError(409, message, "CLIENT_IS_UPDATING_BEFORE_ALLOWED_FREQUENCY", data=data)


def refuse_answer(item: Item, body: Mapping[str, Any]) -> str:
    """The value that answers the item's question; ApiError when it is not waiting for that one."""
    if item.execution_status == "USER_INPUT_TIMEOUT":
        raise ApiError(400, "The MFA request has expired", "ITEM_MFA_EXPIRED")
    if item.answered and item.execution_status == "LOGIN_MFA_IN_PROGRESS":
        raise ApiError(400, "The MFA parameter was already provided", "ITEM_MFA_ALREADY_PROVIDED")
    if item.waiting is None or item.waiting.prompt.kind != "question":
        raise ApiError(404, "The item is not waiting for an MFA parameter", "ITEM_MFA_NOT_FOUND")
    name = item.waiting.prompt.parameter["name"]
    value = body.get(name)
    if not isinstance(value, str) or not value or len(body) != 1:
        message = f"The expected MFA parameter is {name}"
        raise ApiError(400, message, "ITEM_MFA_PARAMETER_EXPECTED_MISMATCH", data={"paramName": name})
    return value
