"""``/_admin``: what tests and the curious use to move time, break things and look inside. Documented in README.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.household import Household
from sandbox.pluggy_api.bank import Bank, Joint, decide, normal
from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.connectors import health_of
from sandbox.pluggy_api.errors import ApiError
from sandbox.pluggy_api.events import connector_event
from sandbox.pluggy_api.executions import awaits_approval
from sandbox.pluggy_api.faults import Fault, build_fault
from sandbox.pluggy_api.http import Json, read_body, reply, world_of
from sandbox.pluggy_api.items import Decision, Item, item_json, stamp
from sandbox.pluggy_api.routes_access import find_connector
from sandbox.pluggy_api.scenarios import Failure
from sandbox.pluggy_api.validation import parse_moment
from sandbox.pluggy_api.world import World

ONE_REFRESH = {"days": 1, "minutes": 1}
SPANS = ("days", "hours", "minutes", "seconds")
OPTION_KINDS = {"item_limit": ("item_limit", "limit"), "unauthorized_status": ("unauthorized_status", "status")}
TEXT_FIELDS = {"status": "status", "executionStatus": "execution_status", "clientUserId": "client_user_id"}
OBJECT_FIELDS = {
    "error": "error",
    "parameter": "parameter",
    "userAction": "user_action",
    "statusDetail": "status_detail",
    "hasResourcesPendingAuthorization": "has_pending_resources",
    "consecutiveFailedLoginAttempts": "failed_logins",
}
TIME_FIELDS = {
    "lastUpdatedAt": "last_updated_at",
    "nextAutoSyncAt": "next_auto_sync_at",
    "autoSyncDisabledAt": "auto_sync_disabled_at",
}
HOUSEHOLD_FIELDS = (
    *("accounts", "transactions", "identity", "bills", "investments", "investment_transactions", "loans"),
)
CONSENT_FIELDS = {"consentExpiresAt": "expiresAt", "consentRevokedAt": "revokedAt"}

routes = web.RouteTableDef()


@routes.get("/_admin/now")
async def show_time(request: web.Request) -> web.Response:
    return reply({"now": timestamp(world_of(request).executions.at)})


@routes.post("/_admin/advance")
async def advance(request: web.Request) -> web.Response:
    """``{"hours": 24}`` (also days, minutes, seconds): time jumps, and everything due on the way happens.

    Without a body: one day and a minute, so that every item is refreshed once and done.
    """
    world, body = world_of(request), await read_body(request) or ONE_REFRESH
    if any(name not in SPANS or not is_number(value) or value < 0 for name, value in body.items()):
        raise ApiError(400, f"send numbers for {', '.join(SPANS)}")
    world.clock.advance(timedelta(**body))
    world.executions.settle()
    return reply({"now": timestamp(world.executions.at)})


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@routes.post("/_admin/reset")
async def reset(request: web.Request) -> web.Response:
    world_of(request).reset()
    return reply({})


@routes.get("/_admin/requests")
async def list_requests(request: web.Request) -> web.Response:
    return reply({"results": list(world_of(request).requests)})


@routes.delete("/_admin/requests")
async def clear_requests(request: web.Request) -> web.Response:
    world_of(request).requests.clear()
    return reply({})


@routes.post("/_admin/faults")
async def add_fault(request: web.Request) -> web.Response:
    """One fault. The kinds ``item_limit`` and ``unauthorized_status`` are short for the options of the same name."""
    world, body = world_of(request), await read_body(request)
    if body.get("kind") in OPTION_KINDS:
        option, key = OPTION_KINDS[body["kind"]]
        world.options.change({option: body.get(key)})
        return reply({})
    try:
        world.faults.append(build_fault(body))
    except ValueError as error:
        raise ApiError(400, str(error)) from None
    return reply({})


@routes.get("/_admin/faults")
async def list_faults(request: web.Request) -> web.Response:
    return reply({"results": [fault_json(fault) for fault in world_of(request).faults]})


@routes.delete("/_admin/faults")
async def clear_faults(request: web.Request) -> web.Response:
    world_of(request).faults.clear()
    return reply({})


@routes.post("/_admin/faults/release")
async def release_requests(request: web.Request) -> web.Response:
    """What ``hold`` faults have held until now goes on."""
    world_of(request).release()
    return reply({})


def fault_json(fault: Fault) -> Json:
    names = ("kind", "method", "path", "count", "skip", "status", "delay")
    return {name: getattr(fault, name) for name in names}


@routes.post("/_admin/options")
async def change_options(request: web.Request) -> web.Response:
    try:
        world_of(request).options.change(await read_body(request))
    except KeyError as error:
        raise ApiError(400, f"unknown option {error}") from None
    return reply({})


@routes.post("/_admin/keys/expire")
async def expire_keys(request: web.Request) -> web.Response:
    """Every API key given so far stops working, whatever its ``exp`` says."""
    world_of(request).keys.clear()
    return reply({})


@routes.post("/_admin/households")
async def assign_household(request: web.Request) -> web.Response:
    """What is decided about one person: ``match`` is the first credential's value; the rest as in `PERSON_FIELDS`."""
    bank, body = world_of(request).bank, await read_body(request)
    match = body.pop("match", None)
    if not isinstance(match, str):
        raise ApiError(400, "match must be the first credential's value")
    if unknown := sorted(set(body) - set(PERSON_FIELDS)):
        raise ApiError(400, f"unknown fields {', '.join(unknown)}")
    for name, value in body.items():
        PERSON_FIELDS[name](bank, match, value)
    return reply({})


def set_household(bank: Bank, match: str, value: object) -> None:
    try:
        bank.assign(match, read_household(value))
    except KeyError as error:
        raise ApiError(400, f"unknown household {error}") from None


def set_outcome(bank: Bank, match: str, value: object) -> None:
    decide(bank.outcomes, match, read_failure(value))


def set_password(bank: Bank, match: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise ApiError(400, "password must be a text or null")
    decide(bank.passwords, match, value)


def set_joint(bank: Bank, match: str, value: object) -> None:
    if value not in (True, False, None, "refuses"):
        raise ApiError(400, "joint must be true, false or refuses")
    answer: Joint = "refuses" if value == "refuses" else "approves"
    decide(bank.joint, match, answer if value else None)


def set_client_user(bank: Bank, match: str, value: object) -> None:
    """This ``clientUserId`` is that person; null: nobody's any more."""
    if value is not None and not isinstance(value, str):
        raise ApiError(400, "client_user_id must be a text or null")
    document = normal(match)
    bank.documents = {user: known for user, known in bank.documents.items() if known != document}
    if value is not None:
        bank.documents[value] = document


PERSON_FIELDS = {
    "household": set_household,
    "outcome": set_outcome,
    "password": set_password,
    "joint": set_joint,
    "client_user_id": set_client_user,
}


def read_household(value: object) -> str | Household:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or not isinstance(value.get("accounts"), list):
        raise ApiError(400, "household must be a name or an object with accounts and transactions")
    accounts = value["accounts"]
    if not all(isinstance(one, dict) and "id" in one and one.get("type") in ("BANK", "CREDIT") for one in accounts):
        raise ApiError(400, "every account needs an id and a type, BANK or CREDIT")
    if not all(has_keys(one, "id", "type") for one in value.get("investments", [])):
        raise ApiError(400, "every investment needs an id and a type")
    if not all(has_keys(one, "id") for one in value.get("loans", [])):
        raise ApiError(400, "every loan needs an id")
    return Household(**{name: value[name] for name in HOUSEHOLD_FIELDS if name in value})


def has_keys(value: object, *keys: str) -> bool:
    return isinstance(value, dict) and all(key in value for key in keys)


def read_failure(value: object) -> Failure | None:
    if value is None:
        return None
    if isinstance(value, str):
        return Failure(value)
    if isinstance(value, dict) and isinstance(value.get("code"), str):
        return Failure(value["code"], value.get("providerMessage"))
    raise ApiError(400, "outcome must be an execution status, {code, providerMessage} or null")


@routes.post("/_admin/connectors/{id}")
async def change_connector(request: web.Request) -> web.Response:
    """Merged into the connector, such as ``{"health": {"status": "OFFLINE", "stage": null}}``.

    ``{"closed": true}`` withdraws it for good (reference 2.4), false brings it back.
    """
    world, connector, body = world_of(request), find_connector(request), await read_body(request)
    closed, before = body.pop("closed", None), connector["health"]["status"]
    connector |= body
    if closed is True:
        world.executions.close(connector["id"])
        connector["health"] = {"status": "OFFLINE", "stage": None}
    elif closed is False:
        world.executions.reopen(connector["id"])
        connector["health"] = {"status": health_of(connector["name"]), "stage": None}
    if connector["health"]["status"] != before:
        world.post.tell(connector_event(connector))
    return reply(connector)


@routes.get("/_admin/items")
async def list_items(request: web.Request) -> web.Response:
    """Every item that exists, which Pluggy itself never lists. No credential."""
    return reply({"results": [summary(item) for item in world_of(request).items.values()]})


def summary(item: Item) -> Json:
    return {
        "id": item.id,
        "connectorId": item.connector["id"],
        "connectorName": item.connector["name"],
        "clientUserId": item.client_user_id,
        "status": item.status,
        "executionStatus": item.execution_status,
        "executions": item.executions,
        "createdAt": stamp(item.created_at),
        "lastUpdatedAt": stamp(item.last_updated_at),
        "nextAutoSyncAt": stamp(item.next_auto_sync_at),
    }


@routes.post("/_admin/items/{id}")
async def change_item(request: web.Request) -> web.Response:
    """A patch of the item's state; ``next`` is the outcome of its executions until it is null again.

    ``{"approve": true}`` or false: what the awaited phone, or the other holder, answers now.
    """
    world, body = world_of(request), await read_body(request)
    item = world.item(request.match_info["id"])
    if "approve" in body:
        if len(body) > 1 or not isinstance(body["approve"], bool) or not awaits_approval(item):
            raise ApiError(400, "approve is true or false, alone, of an item that waits for a phone or another holder")
        world.executions.answer(item, Decision(body["approve"]))
    else:
        change_state(world, item, body)
    return reply(item_json(item))


def change_state(world: World, item: Item, body: Mapping[str, Any]) -> None:
    known = {*TEXT_FIELDS, *OBJECT_FIELDS, *TIME_FIELDS, *CONSENT_FIELDS, "next"}
    if unknown := sorted(set(body) - known):
        raise ApiError(400, f"unknown fields {', '.join(unknown)}")
    if {"status", "executionStatus"} & set(body):
        world.executions.stop(item)
    for name, attribute in (TEXT_FIELDS | OBJECT_FIELDS).items():
        if name in body:
            setattr(item, attribute, body[name])
    for name, attribute in TIME_FIELDS.items():
        if name in body:
            setattr(item, attribute, read_time(body[name]))
    for name, key in CONSENT_FIELDS.items():
        if name in body and item.consent is not None:
            moment = read_time(body[name])
            item.consent[key] = stamp(moment)
    if "next" in body:
        item.forced = read_failure(body["next"])
    item.updated_at = world.executions.at
    world.executions.reschedule(item)


def read_time(value: object) -> datetime | None:
    moment = parse_moment(value) if isinstance(value, str) else None
    if value is not None and moment is None:
        raise ApiError(400, "times are ISO 8601 or null")
    return moment
