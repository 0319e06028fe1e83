"""Bills, and the lists that no household fills yet (reference 5.5 and 8)."""

from __future__ import annotations

from aiohttp import web

from sandbox.pluggy_api.errors import ApiError, not_found
from sandbox.pluggy_api.http import page, reply, world_of
from sandbox.pluggy_api.validation import require_uuid

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
