"""The local Pluggy as an aiohttp application, and how it is served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from aiohttp import web

from sandbox.pluggy_api import (
    admin,
    admin_accounts,
    admin_webhooks,
    connect_widget,
    courier,
    oauth_pages,
    routes_access,
    routes_bills,
    routes_data,
    routes_investments,
    routes_items,
    routes_webhooks,
)
from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.errors import ApiError
from sandbox.pluggy_api.faults import CONTENT_KINDS, apply_fault, take_fault
from sandbox.pluggy_api.http import ACCESS, FAULT, WORLD, reply, world_of
from sandbox.pluggy_api.world import Settings, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ROUTES = (
    *(routes_access.routes, routes_items.routes, routes_data.routes, routes_bills.routes, routes_investments.routes),
    routes_webhooks.routes,
    *(connect_widget.routes, oauth_pages.routes, admin.routes, admin_accounts.routes, admin_webhooks.routes),
)
BODY_LIMIT = 1024 * 1024
LINE_LIMIT = 64 * 1024  # 500 ids fit in a query string
OPEN_PATHS = frozenset({"/auth", "/oauth/authorize", "/pluggy-connect.js"})
UNAUTHORIZED = "Missing or invalid authorization token"


def build_app(
    *,
    speed: float = 1.0,
    seed: int = 7,
    today: date | None = None,
    options: dict[str, Any] | None = None,
    wall: Callable[[], float] = time.time,
) -> web.Application:
    """A server with its own, empty state. ``today``: the last day of the data (default: the real day). ``wall``: the clock
    of its callers, in epoch seconds; a caller whose time is not the real one hands in its own.

    ``options`` are those of `sandbox.pluggy_api.options.Options`, by name.
    """
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[exchange])
    app[WORLD] = World(Settings(speed=speed, seed=seed, today=today, wall=wall, options=options or {}))
    for routes in ROUTES:
        app.add_routes(routes)
    app.cleanup_ctx.append(courier.lifetime)
    app.on_response_prepare.append(connect_widget.share)
    return app


async def start(app: web.Application, *, host: str = "127.0.0.1", port: int = 0) -> tuple[web.AppRunner, str]:
    """Listen (``port`` 0 = any free one). Returns the runner, whose ``cleanup`` stops at once, and the base URL."""
    runner = web.AppRunner(
        app, handler_cancellation=True, shutdown_timeout=1, access_log=None, max_line_size=LINE_LIMIT
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
    except BaseException:
        await runner.cleanup()
        raise
    bound = runner.addresses[0]
    name = f"[{bound[0]}]" if ":" in str(bound[0]) else bound[0]
    return runner, f"http://{name}:{bound[1]}"


async def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8081,
    speed: float = 1.0,
    seed: int = 7,
    today: date | None = None,
    options: dict[str, Any] | None = None,
) -> None:
    """Serve until cancelled. The first line on standard output is the base URL. Raises OSError: the port is taken."""
    runner, url = await start(build_app(speed=speed, seed=seed, today=today, options=options), host=host, port=port)
    print(url, flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


@web.middleware
async def exchange(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Time first, then faults, the key, the handler; every refusal becomes JSON, every request is remembered."""
    world = world_of(request)
    world.executions.settle()
    if connect_widget.is_preflight(request):
        return connect_widget.permit()
    try:
        return await remembered(request, handler)
    finally:
        world.wake.set()


async def remembered(request: web.Request, handler: Handler) -> web.StreamResponse:
    world = world_of(request)
    if request.path.startswith("/_admin"):
        return await in_json(request, handler)
    line = {
        "method": request.method,
        "path": request.path,
        "query": sorted(request.query),
        "status": 0,
        "at": timestamp(world.executions.at),
    }
    world.requests.append(line)
    response = await in_json(request, lambda _: spoil(request, handler))
    cut = request.transport is None or request.transport.is_closing()
    line["status"] = 0 if cut else response.status
    return response


async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
    world = world_of(request)
    fault = take_fault(world.faults, request.method, request.path)
    if fault is None:
        return await admit(request, handler)
    if fault.kind == "hold":
        await world.hold()
    if fault.kind == "expired_key":
        world.keys.pop(request.headers.get("X-API-KEY", ""), None)
    if fault.kind in CONTENT_KINDS:
        request[FAULT] = fault
    return await apply_fault(fault, request, lambda: in_json(request, lambda _: admit(request, handler)))


async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Everything but ``/auth`` and the bank's page needs a living key."""
    world = world_of(request)
    if request.path not in OPEN_PATHS:
        access = world.access(request.headers.get("X-API-KEY"))
        if access is None:
            raise ApiError(world.options.unauthorized_status, UNAUTHORIZED)
        if not access.opens(request.method, request.path, request.query):
            raise ApiError(403, "Forbidden")
        request[ACCESS] = access
    return await handler(request)


async def in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as Pluggy's JSON; those that are Pluggy's own carry an ``errorId``."""
    try:
        return await handler(request)
    except ApiError as error:
        body = dict(error.body)
        if error.status not in (401, 403, 429):
            body["errorId"] = world_of(request).new_error_id()
        return reply(body, status=error.status, headers=error.headers)
    except web.HTTPRequestEntityTooLarge:
        return reply({"code": 400, "message": "request entity too large"}, status=400)
    except web.HTTPMethodNotAllowed as error:
        message = f"Method {request.method} not allowed"
        return reply({"code": 405, "message": message}, status=405, headers={"Allow": error.headers["Allow"]})
    except web.HTTPNotFound:
        return reply({"code": 404, "message": f"Cannot {request.method} {request.path}"}, status=404)
