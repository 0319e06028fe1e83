"""Faults set by ``/_admin/faults``: which requests they hit, and what becomes of the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.pluggy_api.errors import RATE_LIMIT_MESSAGE, ApiError, too_many_requests

Json = dict[str, Any]
Answer = Callable[[], Awaitable[web.StreamResponse]]

STATUS_MESSAGES = {
    429: RATE_LIMIT_MESSAGE,
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service under maintenance",
}
HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
KINDS = frozenset(
    {"status", "delay", "hold", "malformed", "truncated", "html", "empty", "cut_before", "cut_after", "expired_key"}
    | {"repeated_cursor", "empty_list", "mutation", "moved_row", "sparse_fields", "missing_position"}
)
# What a handler does itself, because it concerns the content of the answer.
CONTENT_KINDS = frozenset(
    {"repeated_cursor", "empty_list", "mutation", "moved_row", "sparse_fields", "missing_position"}
)


@dataclass
class Fault:
    """``method`` and ``path`` are regular expressions (None = any). The first ``skip`` matching requests pass untouched,
    the next ``count`` are hit (None = all from then on). ``delay`` is in real seconds, before the request is looked at.
    ``fields`` of ``sparse_fields`` and ``ids`` of ``missing_position``: which ones (empty = the usual)."""

    kind: str
    method: str | None = None
    path: str | None = None
    count: int | None = 1
    skip: int = 0
    status: int = 500
    delay: float = 0
    message: str | None = None
    code_description: str | None = None
    retry_after: int = 60
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def matches(self, method: str, path: str) -> bool:
        return (self.method is None or re.fullmatch(self.method, method, re.IGNORECASE) is not None) and (
            self.path is None or re.search(self.path, path) is not None
        )

    def error(self) -> ApiError:
        """The answer of a ``status`` fault. A 429 that carries a ``codeDescription`` is a quota, without headers."""
        if self.status == 429 and self.code_description is None and self.message is None:
            error = too_many_requests(self.retry_after)
        else:
            error = ApiError(
                self.status, self.message or STATUS_MESSAGES.get(self.status, "Error"), self.code_description
            )
        error.headers |= self.headers
        return error


def build_fault(spec: Mapping[str, Any]) -> Fault:
    """A fault from the admin's JSON (camelCase or snake_case keys). Raises ValueError when it is not one."""
    values = {re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name): value for name, value in spec.items()}
    if values.get("kind") not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
    try:
        fault = Fault(**values)
        fault.matches("GET", "/")
    except (TypeError, re.error) as error:
        raise ValueError(str(error)) from None
    return fault


def take_fault(faults: list[Fault], method: str, path: str) -> Fault | None:
    """The first fault that hits this request; its counters move, and it leaves the list when it is used up."""
    for fault in faults:
        if not fault.matches(method, path):
            continue
        if fault.skip > 0:
            fault.skip -= 1
            continue
        if fault.count is not None:
            fault.count -= 1
            if fault.count <= 0:
                faults.remove(fault)
        return fault
    return None


async def apply_fault(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    """Spoil one exchange. ``answer`` processes the request as usual."""
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.kind == "cut_before":
        return cut(request)
    if fault.kind == "status":
        if fault.body is not None:
            return web.json_response(fault.body, status=fault.status, headers=fault.headers)
        raise fault.error()
    if fault.kind in ("html", "malformed", "empty"):
        return spoiled(fault)
    response = await answer()
    if fault.kind == "cut_after":
        return cut(request)
    if fault.kind == "truncated":
        return await truncated(request, response)
    return response


def spoiled(fault: Fault) -> web.Response:
    status = fault.status if fault.kind == "html" else 200
    text = {"html": HTML, "malformed": '{"results": [{"id": "1", ', "empty": ""}[fault.kind]
    return web.Response(
        text=text, status=status, content_type="text/html" if fault.kind == "html" else "application/json"
    )


def cut(request: web.Request) -> web.Response:
    """Drop the connection: the caller sees it closed without an answer, whatever we return."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def truncated(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Promise the whole body, send half of it, hang up."""
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
    half = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
    half.content_length = max(len(body), 2)
    await half.prepare(request)
    await half.write(body[: len(body) // 2] or b"{")
    if request.transport is not None:
        request.transport.close()
    return half
