"""Bills; the lists that no household fills yet; and webhooks, which are kept and listed but not called (reference 9.1)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.errors import ApiError, not_found
from sandbox.pluggy_api.http import Json, page, read_body, reply, world_of
from sandbox.pluggy_api.validation import check_text, check_webhook, require_uuid
from sandbox.pluggy_api.world import World

MAX_WEBHOOKS = 5
EVENTS = frozenset(
    {"all", "item/created", "item/updated", "item/error", "item/deleted", "item/waiting_user_input"}
    | {"item/waiting_user_action", "item/login_succeeded", "connector/status_updated"}
    | {"transactions/created", "transactions/updated", "transactions/deleted"}
)

routes = web.RouteTableDef()


@routes.get("/bills")
async def list_bills(request: web.Request) -> web.Response:
    """Unknown parameters are ignored here, not refused."""
    account_id = require_uuid(request.query.get("accountId"), "accountId")
    item = world_of(request).account_owner(account_id)
    number, size = read_page(request)
    return reply(page(item.snapshot.bills.get(account_id, []), number=number, size=size))


def read_page(request: web.Request) -> tuple[int, int]:
    """``page`` from 1, ``pageSize`` from 1 to 500."""
    values = []
    for name, default, highest in (("page", 1, 1_000_000), ("pageSize", 500, 500)):
        text = request.query.get(name, str(default))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= highest):
            raise ApiError(400, f"{name} must be a number between 1 and {highest}")
        values.append(int(text))
    return values[0], values[1]


@routes.get("/bills/{id}")
async def get_bill(request: web.Request) -> web.Response:
    bill_id = require_uuid(request.match_info["id"], "id")
    for item in world_of(request).items.values():
        for bills in item.snapshot.bills.values():
            for bill in bills:
                if bill["id"] == bill_id:
                    return reply(bill)
    raise not_found("CREDIT_CARD_BILL_NOT_FOUND")


@routes.get("/investments")
@routes.get("/loans")
async def list_nothing(request: web.Request) -> web.Response:
    require_uuid(request.query.get("itemId"), "itemId")
    return reply(page([]))


@routes.get("/investments/{id}")
@routes.get("/investments/{id}/transactions")
async def no_investment(request: web.Request) -> web.Response:
    require_uuid(request.match_info["id"], "id")
    raise not_found("INVESTMENT_NOT_FOUND")


@routes.get("/loans/{id}")
async def no_loan(request: web.Request) -> web.Response:
    require_uuid(request.match_info["id"], "id")
    raise not_found("LOAN_NOT_FOUND")


@routes.get("/webhooks")
async def list_webhooks(request: web.Request) -> web.Response:
    return reply(page(list(world_of(request).webhooks.values())))


@routes.post("/webhooks")
async def create_webhook(request: web.Request) -> web.Response:
    """200, where the OpenAPI document says 201: official clients take only 200."""
    world, body = world_of(request), await read_body(request)
    check_url(body)
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
    world.webhooks[webhook["id"]] = webhook
    return reply(webhook)


def check_url(body: Json) -> None:
    url = check_text(body, "url")
    check_webhook(url or "")


def check_headers(headers: Any) -> Json | None:
    if headers is not None and (
        not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values())
    ):
        raise ApiError(400, "headers must be an object of strings")
    return headers


def refuse_event(world: World, event: Any, url: str, *, own_id: str | None = None) -> None:
    if not isinstance(event, str) or event not in EVENTS:
        raise ApiError(400, f"Invalid event type '{event}' for webhook")
    same = [one for one in world.webhooks.values() if one["event"] == event and one["id"] != own_id]
    if any(one["url"] == url for one in same):
        raise ApiError(400, f"A webhook for event '{event}' and url '{url}' already exists.")
    if len(same) >= MAX_WEBHOOKS:
        raise ApiError(400, f"You have reached the maximum of {MAX_WEBHOOKS} webhooks for event '{event}'.")


def find_webhook(request: web.Request) -> Json:
    found = world_of(request).webhooks.get(require_uuid(request.match_info["id"], "id"))
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
        check_url(body)
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
    del world_of(request).webhooks[find_webhook(request)["id"]]
    return reply({"count": 1})
