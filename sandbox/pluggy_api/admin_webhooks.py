"""``/_admin/webhooks``: what goes wrong with deliveries, events made by hand, and the log. Documented in README.md."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from aiohttp import web

from sandbox.pluggy_api.errors import ApiError
from sandbox.pluggy_api.http import Json, read_body, reply, world_of
from sandbox.pluggy_api.post_office import ATTEMPTS, Parcel, PostOffice, Rules
from sandbox.pluggy_api.routes_webhooks import check_headers

ORDERS = ("ordered", "reversed", "shuffled")

routes = web.RouteTableDef()


@routes.get("/_admin/webhooks")
async def show(request: web.Request) -> web.Response:
    """The rules in force, and how much is on its way."""
    return reply(world_of(request).post.state())


@routes.post("/_admin/webhooks")
async def change(request: web.Request) -> web.Response:
    """``{"lose": 3}``, ``{"repeat": 2}``, ``{"delay": [0, 2]}``, ``{"hold": true}``, each with ``only`` if wanted."""
    post, body = world_of(request).post, await read_body(request)
    try:
        post.rules.change(body)
    except ValueError as error:
        raise ApiError(400, str(error)) from None
    if not post.rules.hold:
        post.release()
    return reply(post.state())


@routes.delete("/_admin/webhooks")
async def heal(request: web.Request) -> web.Response:
    """Everything right again; what was held leaves."""
    post = world_of(request).post
    post.rules = Rules()
    post.release()
    return reply(post.state())


@routes.post("/_admin/webhooks/release")
async def release(request: web.Request) -> web.Response:
    """What is held leaves, in this ``order``; later events are held on."""
    order = (await read_body(request)).get("order", "ordered")
    if order not in ORDERS:
        raise ApiError(400, f"order must be one of {', '.join(ORDERS)}")
    return reply({"released": world_of(request).post.release(order)})


@routes.post("/_admin/webhooks/send")
async def send(request: web.Request) -> web.Response:
    """Events made by hand: ``event`` or ``events``; ``raw`` is a body that need not be JSON.

    To ``url`` with these ``headers`` and no other, tried ``attempts`` times (1); without a ``url``, to the subscribers as if
    it had happened.
    """
    post, body = world_of(request).post, await read_body(request)
    events = body.get("events", [body["event"]] if "event" in body else [])
    if not isinstance(events, list) or not all(is_event(event) for event in events):
        raise ApiError(400, "every event is an object with its own event")
    url = body.get("url")
    if url is None:
        return reply({"eventIds": [post.tell(event) for event in events]})
    if not isinstance(url, str):
        raise ApiError(400, "url must be a text")
    return reply({"eventIds": post_by_hand(post, url, body, events)})


def is_event(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("event"), str)


def post_by_hand(post: PostOffice, url: str, body: Json, events: list[Json]) -> list[str]:
    headers, attempts = check_headers(body.get("headers")) or {}, body.get("attempts", 1)
    if not isinstance(attempts, int) or not 1 <= attempts <= ATTEMPTS:
        raise ApiError(400, f"attempts must be a number from 1 to {ATTEMPTS}")
    letters = [with_id(event) for event in events]
    parcels = [
        Parcel(one["event"], str(one["eventId"]), one.get("itemId"), json.dumps(one).encode(), url, headers)
        for one in letters
    ]
    if isinstance(body.get("raw"), str):
        parcels.append(Parcel("raw", "", None, body["raw"].encode(), url, headers))
    for parcel in parcels:
        parcel.attempts = attempts
        post.accept(parcel)
    return [parcel.event_id for parcel in parcels]


def with_id(event: Json) -> Json:
    return event if "eventId" in event else event | {"eventId": str(uuid4())}


@routes.get("/_admin/webhooks/log")
async def show_log(request: web.Request) -> web.Response:
    """Every attempt so far, oldest first."""
    return reply({"results": list(world_of(request).post.log)})


@routes.delete("/_admin/webhooks/log")
async def clear_log(request: web.Request) -> web.Response:
    world_of(request).post.log.clear()
    return reply({})
