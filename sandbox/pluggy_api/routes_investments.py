"""Investments, their transactions and loans (reference 8.1 and 8.2)."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from sandbox.pluggy_api.errors import invalid
from sandbox.pluggy_api.http import Json, fault_of, is_emptied, page, read_page, reply, world_of
from sandbox.pluggy_api.validation import require_uuid

TYPES = ("COE", "EQUITY", "ETF", "FIXED_INCOME", "MUTUAL_FUND", "SECURITY", "OTHER")
#: What banks leave out one day and tell the next (reference 13, quirk 29).
SPARSE = (
    *("amount", "amountOriginal", "amountProfit", "amountWithdrawal", "taxes", "taxes2", "quantity", "value"),
    *("rate", "rateType", "fixedAnnualRate", "issuer", "issuerCNPJ", "issueDate", "purchaseDate", "dueDate"),
    *("taxExempt", "status"),
)

routes = web.RouteTableDef()


@routes.get("/investments")
async def list_investments(request: web.Request) -> web.Response:
    """An item that is gone has an empty list, not a 404."""
    item = world_of(request).find_item(require_uuid(request.query.get("itemId"), "itemId"))
    kind = request.query.get("type")
    if kind is not None and kind not in TYPES:
        raise invalid(f"type must be one of the following values: {', '.join(TYPES)}")
    stored = item.snapshot.investments.values() if item else ()
    return listed(request, (one for one in stored if kind in (None, one["type"])))


@routes.get("/investments/{id}")
async def get_investment(request: web.Request) -> web.Response:
    investment_id = require_uuid(request.match_info["id"], "id")
    return reply(world_of(request).investment_owner(investment_id).snapshot.investments[investment_id])


@routes.get("/investments/{id}/transactions")
async def list_investment_transactions(request: web.Request) -> web.Response:
    investment_id = require_uuid(request.match_info["id"], "id")
    item = world_of(request).investment_owner(investment_id)
    return listed(request, item.snapshot.movements.get(investment_id, ()))


@routes.get("/loans")
async def list_loans(request: web.Request) -> web.Response:
    item = world_of(request).find_item(require_uuid(request.query.get("itemId"), "itemId"))
    return listed(request, item.snapshot.loans.values() if item else ())


@routes.get("/loans/{id}")
async def get_loan(request: web.Request) -> web.Response:
    loan_id = require_uuid(request.match_info["id"], "id")
    return reply(world_of(request).loan_owner(loan_id).snapshot.loans[loan_id])


def listed(request: web.Request, stored: Iterable[Json]) -> web.Response:
    """A page of what is stored, as the fault that hits this request spoils it."""
    number, size = read_page(request)
    return reply(page([] if is_emptied(request) else spoilt(request, list(stored)), number=number, size=size))


def spoilt(request: web.Request, stored: list[Json]) -> list[Json]:
    """``sparse_fields``: the fault's ``fields`` (otherwise `SPARSE`) are null. ``missing_position``: its ``ids`` are left
    out, or the first one where it names none."""
    fault = fault_of(request)
    if fault is not None and fault.kind == "sparse_fields":
        fields = fault.fields or SPARSE
        return [one | {name: None for name in fields if name in one} for one in stored]
    if fault is not None and fault.kind == "missing_position":
        gone = fault.ids or [one["id"] for one in stored[:1]]
        return [one for one in stored if one["id"] not in gone]
    return stored
