"""Closed bills of cards (reference 5.5)."""

from __future__ import annotations

from aiohttp import web

from sandbox.pluggy_api.errors import not_found
from sandbox.pluggy_api.http import page, read_page, reply, world_of
from sandbox.pluggy_api.validation import require_uuid

routes = web.RouteTableDef()


@routes.get("/bills")
async def list_bills(request: web.Request) -> web.Response:
    """Unknown parameters are ignored here, not refused."""
    account_id = require_uuid(request.query.get("accountId"), "accountId")
    item = world_of(request).account_owner(account_id)
    number, size = read_page(request)
    return reply(page(item.snapshot.bills.get(account_id, []), number=number, size=size))


@routes.get("/bills/{id}")
async def get_bill(request: web.Request) -> web.Response:
    bill_id = require_uuid(request.match_info["id"], "id")
    for item in world_of(request).items.values():
        for bills in item.snapshot.bills.values():
            for bill in bills:
                if bill["id"] == bill_id:
                    return reply(bill)
    raise not_found("CREDIT_CARD_BILL_NOT_FOUND")
