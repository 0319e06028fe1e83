"""Items: create, read, update, delete, answer (reference 3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from random import Random

from aiohttp import web

from sandbox.pluggy_api.bank import normal
from sandbox.pluggy_api.errors import ApiError, invalid
from sandbox.pluggy_api.guards import refuse_answer, refuse_creation, refuse_update
from sandbox.pluggy_api.http import Json, access_of, page, read_body, reply, world_of
from sandbox.pluggy_api.items import Item, item_json
from sandbox.pluggy_api.validation import (
    check_boolean,
    check_products,
    check_redirect,
    check_text,
    check_webhook,
    credential_errors,
)
from sandbox.pluggy_api.world import World

CODE_TYPES = ("image", "hcaptcha")
RESOURCE_TYPES = {"BANK": "ACCOUNT", "CREDIT": "CREDIT_CARD_ACCOUNT"}

routes = web.RouteTableDef()


@routes.post("/items")
async def create_item(request: web.Request) -> web.Response:
    world = world_of(request)
    access = access_of(request)
    body = access.complete(await read_body(request))
    item = build_item(world, body, str(request.url.origin()))
    item.client_id = access.client_id
    refuse_creation(world, item, in_widget=access.is_widget, avoid_duplicates=body.get("avoidDuplicates") is True)
    world.items[item.id] = item
    access.item_ids.add(item.id)
    world.executions.start(item, in_widget=access.is_widget)
    return reply(item_json(item))


def build_item(world: World, body: Json, origin: str) -> Item:
    """A new item from a valid body; ApiError otherwise. It is not started and not kept."""
    connector_id = body.get("connectorId")
    if not isinstance(connector_id, int) or isinstance(connector_id, bool):
        raise invalid("connectorId must be an integer number")
    check_boolean(body, "avoidDuplicates")
    connector = world.connector(connector_id)
    check_webhook(check_text(body, "webhookUrl"), world.options)
    check_redirect(check_text(body, "oauthRedirectUri"), world.options)
    parameters = read_parameters(connector, body.get("parameters"))
    item_id = world.new_id()
    return Item(
        id=item_id,
        connector=connector,
        parameters=parameters,
        products=check_products(body.get("products")) or list(connector["products"]),
        random=Random(f"{world.settings.seed}:{item_id}"),
        created_at=world.executions.at,
        updated_at=world.executions.at,
        origin=origin,
        client_user_id=check_text(body, "clientUserId"),
        webhook_url=body.get("webhookUrl"),
        redirect_uri=body.get("oauthRedirectUri"),
        avoid_key=avoid_key(connector, parameters),
    )


def read_parameters(connector: Json, parameters: object) -> dict[str, str]:
    """The connector's own credentials out of what was sent; 400 with one detail a wrong field."""
    if parameters is None:
        if connector["credentials"]:
            raise ApiError(400, "Parameters were not provided", "PARAMETERS_NOT_PROVIDED")
        return {}
    if isinstance(parameters, str):
        raise ApiError(400, "Encrypted parameters could not be decrypted")
    if not isinstance(parameters, dict):
        raise invalid("parameters must be an object")
    if errors := credential_errors(connector["credentials"], parameters):
        message = "Connector parameters do not match validation rules"
        raise ApiError(400, message, "CONNECTOR_VALIDATION_ERROR", details=errors)
    names = {field["name"] for field in connector["credentials"]}
    return {name: value for name, value in parameters.items() if name in names and isinstance(value, str)}


def avoid_key(connector: Json, parameters: Mapping[str, str]) -> str:
    """Equal for equal credentials, codes aside; empty where there are none to compare."""
    codes = {field["name"] for field in connector["credentials"] if field["mfa"] or field["type"] in CODE_TYPES}
    known = sorted((name, normal(value)) for name, value in parameters.items() if name not in codes)
    return hashlib.sha256(json.dumps([connector["id"], known]).encode()).hexdigest() if known else ""


@routes.get("/items/{id}")
async def get_item(request: web.Request) -> web.Response:
    return reply(item_json(world_of(request).item(request.match_info["id"])))


@routes.patch("/items/{id}")
async def update_item(request: web.Request) -> web.Response:
    """Refresh, or give new credentials; ``{}`` or no body at all is a refresh."""
    world, access = world_of(request), access_of(request)
    body = access.complete(await read_body(request))
    item = world.item(request.match_info["id"])
    check_webhook(check_text(body, "webhookUrl"), world.options)
    check_redirect(check_text(body, "oauthRedirectUri"), world.options)
    client_user_id, products = check_text(body, "clientUserId"), check_products(body.get("products"))
    sent = body.get("parameters")
    if sent is not None and not isinstance(sent, dict):
        raise ApiError(400, "Encrypted parameters could not be decrypted")
    refuse_update(world, item, sent or {}, request.remote or "", in_widget=access.is_widget)
    if sent:
        item.parameters = read_parameters(item.connector, item.parameters | sent)
        item.avoid_key = avoid_key(item.connector, item.parameters)
    item.client_user_id = client_user_id if client_user_id is not None else item.client_user_id
    item.webhook_url = body.get("webhookUrl") or item.webhook_url
    item.redirect_uri = body.get("oauthRedirectUri") or item.redirect_uri
    item.products = products or item.products
    world.executions.start(item, in_widget=access.is_widget, authorise=bool(sent), fresh_token=True)
    return reply(item_json(item))


@routes.delete("/items/{id}")
async def delete_item(request: web.Request) -> web.Response:
    world = world_of(request)
    item = world.item(request.match_info["id"])
    world.executions.remove(item)
    return reply({"count": 1})


@routes.post("/items/{id}/mfa")
async def answer_mfa(request: web.Request) -> web.Response:
    world = world_of(request)
    body = await read_body(request)
    item = world.item(request.match_info["id"])
    value = refuse_answer(item, body)
    world.executions.answer(item, value)
    return reply(item_json(item))


@routes.patch("/items/{id}/disable-auto-sync")
async def disable_auto_sync(request: web.Request) -> web.Response:
    world = world_of(request)
    item = world.item(request.match_info["id"])
    item.auto_sync_disabled_at, item.next_auto_sync_at = world.executions.at, None
    world.executions.reschedule(item)
    return reply(item_json(item))


@routes.get("/items/{id}/resources")
async def list_resources(request: web.Request) -> web.Response:
    """What the bank declared for the consent; empty on connectors that are not Open Finance."""
    item = world_of(request).item(request.match_info["id"])
    accounts = item.snapshot.accounts.values() if item.is_open_finance else ()
    resources = [
        {"resourceId": account["id"], "type": RESOURCE_TYPES[account["type"]], "status": "AVAILABLE"}
        for account in accounts
    ]
    return reply(page(resources))
