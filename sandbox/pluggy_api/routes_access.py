"""Keys and connectors: who may ask, and which banks there are (reference 1.4 and 2)."""

from __future__ import annotations

from aiohttp import web

from sandbox.pluggy_api.access import CONNECT_TOKEN_SECONDS, TOKEN_OPTIONS
from sandbox.pluggy_api.connectors import select, shown
from sandbox.pluggy_api.errors import ApiError, invalid, not_found
from sandbox.pluggy_api.http import Json, access_of, page, read_body, reply, world_of
from sandbox.pluggy_api.validation import (
    check_boolean,
    check_products,
    check_redirect,
    check_text,
    check_webhook,
    credential_errors,
    read_boolean,
    read_list,
)

WRONG_SECRET = "errado"  # noqa: S105 - a secret that begins so is refused

routes = web.RouteTableDef()


@routes.post("/auth")
async def create_key(request: web.Request) -> web.Response:
    """Any two non-empty texts are a key pair, but for one beginning."""
    body = await read_body(request)
    problems = [
        f"{name} should not be empty" if name in body else f"{name} should not be null or undefined"
        for name in ("clientId", "clientSecret")
        if not isinstance(body.get(name), str) or not body[name].strip()
    ]
    if problems:
        raise invalid(*problems)
    if body["clientSecret"].startswith(WRONG_SECRET):
        raise ApiError(401, "Client keys are invalid", "CLIENT_KEYS_UNAUTHORIZED")
    return reply({"apiKey": world_of(request).new_key(client_id=body["clientId"])})


@routes.post("/connect_token")
async def create_connect_token(request: web.Request) -> web.Response:
    """A key for a browser. ``options`` elsewhere in the body are ignored without a word, as Pluggy does."""
    world, body = world_of(request), await read_body(request)
    options = body.get("options") or {}
    if not isinstance(options, dict):
        raise invalid("options must be an object")
    try:
        check_redirect(check_text(options, "oauthRedirectUri"), world.options)
    except ApiError as error:
        raise ApiError(400, f"options.{error.body['message']}") from None
    check_webhook(check_text(options, "webhookUrl"), world.options)
    check_products(options.get("products"))
    check_text(options, "clientUserId")
    check_boolean(options, "avoidDuplicates")
    item = world.item(str(body["itemId"])) if body.get("itemId") is not None else None
    known = {name: options[name] for name in TOKEN_OPTIONS if options.get(name) is not None}
    token = world.new_key(seconds=CONNECT_TOKEN_SECONDS, options=known, client_id=access_of(request).client_id)
    if item is not None:
        world.keys[token].item_ids.add(item.id)
    return reply({"accessToken": token})


@routes.get("/connectors")
async def list_connectors(request: web.Request) -> web.Response:
    query = request.query
    filters: Json = {
        "countries": read_list(query, "countries"),
        "types": read_list(query, "types"),
        "name": query.get("name"),
    }
    for name in (
        "sandbox",
        "isOpenFinance",
        "supportsPaymentInitiation",
        "supportsSmartTransfers",
        "supportsAutomaticPix",
    ):
        filters[name] = read_boolean(query, name)
    details = read_boolean(query, "healthDetails") or False
    world = world_of(request)
    listed = [one for one in world.catalogue.values() if one["id"] not in world.executions.desk.closed]
    chosen = select(listed, filters)
    return reply(page([shown(one, health_details=details) for one in chosen]))


@routes.get("/connectors/{id}")
async def get_connector(request: web.Request) -> web.Response:
    details = read_boolean(request.query, "healthDetails") or False
    return reply(shown(find_connector(request), health_details=details))


@routes.post("/connectors/{id}/validate")
async def validate(request: web.Request) -> web.Response:
    """Always 200, with the list of what is wrong; nothing is asked of the bank."""
    one = find_connector(request)
    body = await read_body(request)
    texts = {name: value for name, value in body.items() if isinstance(value, str)}
    return reply({"parameters": texts, "errors": credential_errors(one["credentials"], body)})


def find_connector(request: web.Request) -> Json:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit()):
        raise not_found("CONNECTOR_NOT_FOUND")
    return world_of(request).connector(int(text))
