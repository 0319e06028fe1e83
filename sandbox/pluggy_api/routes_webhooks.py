"""Global webhooks: registered, listed, changed (reference 9.1). `post_office` says who hears of what."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.errors import ApiError, not_found
from sandbox.pluggy_api.events import EVENTS
from sandbox.pluggy_api.http import Json, page, read_body, reply, world_of
from sandbox.pluggy_api.validation import check_text, check_webhook, require_uuid
from sandbox.pluggy_api.world import World

MAX_WEBHOOKS = 5

routes = web.RouteTableDef()


@routes.get("/webhooks")
async def list_webhooks(request: web.Request) -> web.Response:
    return reply(page(list(world_of(request).post.webhooks.values())))


@routes.post("/webhooks")
async def create_webhook(request: web.Request) -> web.Response:
    """200, where the OpenAPI document says 201: official clients take only 200."""
    world, body = world_of(request), await read_body(request)
    check_url(world, body)
    refuse_event(world, body.get("event"), body["url"])
    now = timestamp(world.executions.at)
    webhook: Json = {
        "id": world.new_id(),
        "url": body["url"],
        "event": body["event"],
        "headers": check_headers(body.get("headers")),
        "disabledAt": None,
        "createdAt": now,
        "updatedAt": now,
    }
    world.post.webhooks[webhook["id"]] = webhook
    return reply(webhook)


def check_url(world: World, body: Json) -> None:
    url = check_text(body, "url")
    check_webhook(url or "", world.options)


def check_headers(headers: Any) -> Json | None:
    if headers is not None and (
        not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values())
    ):
        raise ApiError(400, "headers must be an object of strings")
    return headers


def refuse_event(world: World, event: Any, url: str, *, own_id: str | None = None) -> None:
    if not isinstance(event, str) or event not in EVENTS:
        raise ApiError(400, f"Invalid event type '{event}' for webhook")
    same = [one for one in world.post.webhooks.values() if one["event"] == event and one["id"] != own_id]
    if any(one["url"] == url for one in same):
        raise ApiError(400, f"A webhook for event '{event}' and url '{url}' already exists.")
    if len(same) >= MAX_WEBHOOKS:
        raise ApiError(400, f"You have reached the maximum of {MAX_WEBHOOKS} webhooks for event '{event}'.")


def find_webhook(request: web.Request) -> Json:
    found = world_of(request).post.webhooks.get(require_uuid(request.match_info["id"], "id"))
    if found is None:
        raise not_found("WEBHOOK_NOT_FOUND")
    return found


@routes.get("/webhooks/{id}")
async def get_webhook(request: web.Request) -> web.Response:
    return reply(find_webhook(request))


@routes.patch("/webhooks/{id}")
async def update_webhook(request: web.Request) -> web.Response:
    world, body = world_of(request), await read_body(request)
    webhook = find_webhook(request)
    if "url" in body:
        check_url(world, body)
    new = webhook | {name: body[name] for name in ("url", "event") if name in body}
    refuse_event(world, new["event"], new["url"], own_id=webhook["id"])
    if "headers" in body:
        new["headers"] = check_headers(body["headers"])
    if "enabled" in body:
        new["disabledAt"] = None if body["enabled"] is True else timestamp(world.executions.at)
    webhook |= new | {"updatedAt": timestamp(world.executions.at)}
    return reply(webhook)


@routes.delete("/webhooks/{id}")
async def delete_webhook(request: web.Request) -> web.Response:
    del world_of(request).post.webhooks[find_webhook(request)["id"]]
    return reply({"count": 1})
