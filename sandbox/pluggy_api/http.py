"""Reading requests and writing answers: what every handler shares."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from sandbox.pluggy_api.access import Access
from sandbox.pluggy_api.errors import ApiError
from sandbox.pluggy_api.faults import Fault
from sandbox.pluggy_api.world import World

Json = dict[str, Any]

WORLD = web.AppKey("world", World)
FAULT = web.RequestKey("fault", Fault)
ACCESS = web.RequestKey("access", Access)


def world_of(request: web.Request) -> World:
    return request.app[WORLD]


def fault_of(request: web.Request) -> Fault | None:
    """The content fault that hits this request, for the handler to act on."""
    return request.get(FAULT)


def is_emptied(request: web.Request) -> bool:
    """Whether a fault empties the list that this request asks for."""
    fault = fault_of(request)
    return fault is not None and fault.kind == "empty_list"


def access_of(request: web.Request) -> Access:
    """What the caller's key opens. Only for handlers that need one."""
    return request[ACCESS]


def reply(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Successful writes too are exactly 200: official clients accept nothing else."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, headers=headers, content_type="application/json")


def page(results: Sequence[Json], *, number: int = 1, size: int = 500) -> Json:
    """The page envelope; an empty list has one page (reference 1.2)."""
    pages = max(1, -(-len(results) // size))
    shown = list(results[(number - 1) * size : number * size])
    return {"total": len(results), "totalPages": pages, "page": number, "results": shown}


def read_page(request: web.Request) -> tuple[int, int]:
    """``page`` from 1, ``pageSize`` from 1 to 500 (which is the default). 400 for anything else."""
    values = []
    for name, default, highest in (("page", 1, 1_000_000), ("pageSize", 500, 500)):
        text = request.query.get(name, str(default))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= highest):
            raise ApiError(400, f"{name} must be a number between 1 and {highest}")
        values.append(int(text))
    return values[0], values[1]


async def read_body(request: web.Request) -> Json:
    """The JSON object sent, whatever its Content-Type says; nothing at all is an empty one. 400 for anything else."""
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise ApiError(400, "Unexpected token in JSON") from None
    if not isinstance(body, dict):
        raise ApiError(400, "The request body must be a JSON object")
    return body
