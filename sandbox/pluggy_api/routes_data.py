"""What an item has stored: accounts, transactions, identity, consents; and the categories (reference 3.12, 5 to 8)."""

from __future__ import annotations

from aiohttp import web

from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.errors import ApiError, invalid, not_found
from sandbox.pluggy_api.http import Json, fault_of, is_emptied, page, read_body, reply, world_of
from sandbox.pluggy_api.items import Item
from sandbox.pluggy_api.listing import PARAMETERS, list_page, move_newest, read_listing, repeat_cursor
from sandbox.pluggy_api.validation import is_uuid, refuse_unknown, require_uuid

DEPRECATED = "This endpoint is deprecated. Use GET /v2/transactions with cursor pagination instead."

routes = web.RouteTableDef()


@routes.get("/accounts")
async def list_accounts(request: web.Request) -> web.Response:
    """An item that is gone has an empty list, not a 404."""
    item = world_of(request).find_item(require_uuid(request.query.get("itemId"), "itemId"))
    kind = request.query.get("type")
    if kind not in (None, "BANK", "CREDIT"):
        raise invalid("type must be one of the following values: BANK, CREDIT")
    stored = list(item.snapshot.accounts.values()) if item and not is_emptied(request) else []
    return reply(page([account for account in stored if kind in (None, account["type"])]))


def owner_of(request: web.Request) -> tuple[Item, str]:
    account_id = request.match_info["id"]
    if not is_uuid(account_id):
        raise ApiError(400, "id must be a UUID")
    return world_of(request).account_owner(account_id.lower()), account_id.lower()


@routes.get("/accounts/{id}")
async def get_account(request: web.Request) -> web.Response:
    item, account_id = owner_of(request)
    return reply(item.snapshot.accounts[account_id])


@routes.get("/accounts/{id}/statements")
async def list_statements(request: web.Request) -> web.Response:
    owner_of(request)
    return reply(page([]))


@routes.get("/accounts/{id}/balance")
async def get_balance(request: web.Request) -> web.Response:
    """Asks the bank itself (Open Finance only), and updates the stored account."""
    world = world_of(request)
    item, account_id = owner_of(request)
    account = item.snapshot.accounts[account_id]
    if account["type"] != "BANK" or not (item.is_open_finance or item.is_meu_pluggy):
        raise ApiError(400, "Balance is available only for Open Finance bank accounts", "BALANCE_INVALID_REQUEST")
    if item.consent is None or item.consent["revokedAt"] is not None:
        raise ApiError(403, "The consent does not allow reading the balance", "BALANCE_CONSENT_ERROR")
    source = item.snapshot.sources[account_id]
    live = next((one for one in world.bank.customer_of(item).household.accounts if one["id"] == source), None)
    if live is None:
        raise ApiError(404, "The balance was not found", "BALANCE_NOT_FOUND")
    now = timestamp(world.executions.at)
    item.snapshot.accounts[account_id] = account | {"balance": live["balance"], "updatedAt": now}
    bank_data = live.get("bankData") or {}
    body = {
        "balance": live["balance"],
        "blockedBalance": 0,
        "currencyCode": live["currencyCode"],
        "updateDateTime": now,
    }
    optional = {key: bank_data.get(key) for key in ("automaticallyInvestedBalance", "closingBalance")}
    return reply(body | {key: value for key, value in optional.items() if value is not None})


@routes.get("/v2/transactions")
async def list_transactions(request: web.Request) -> web.Response:
    world = world_of(request)
    refuse_unknown(request.query, PARAMETERS)
    account_id = require_uuid(request.query.get("accountId"), "accountId")
    listing = read_listing(request.query)
    item, fault = world.account_owner(account_id), fault_of(request)
    if fault is not None and fault.kind == "mutation":
        world.executions.refresh(item)
    if fault is not None and fault.kind == "empty_list":
        return reply({"results": [], "next": None})
    if fault is not None and fault.kind == "moved_row":
        rows = item.snapshot.rows.get(account_id, [])
        item.snapshot.rows[account_id] = move_newest(rows, timestamp(world.executions.at))
    body = list_page(item.snapshot.rows.get(account_id, []), listing, request.query)
    if fault is not None and fault.kind == "repeated_cursor":
        body["next"] = repeat_cursor(body["results"], request.query)
    return reply(body)


@routes.get("/transactions")
async def list_transactions_v1(_: web.Request) -> web.Response:
    raise ApiError(410, DEPRECATED, "ENDPOINT_DEPRECATED")


@routes.get("/transactions/{id}")
async def get_transaction(request: web.Request) -> web.Response:
    _, row = find_transaction(request)
    return reply(row)


@routes.patch("/transactions/{id}")
async def categorise(request: web.Request) -> web.Response:
    """``{"categoryId": …}``; kept as long as the row keeps its id."""
    body = await read_body(request)
    item, row = find_transaction(request)
    category_id = body.get("categoryId")
    if not isinstance(category_id, str):
        raise invalid("categoryId must be a string")
    category = find_category(category_id)
    chosen = {"category": category["description"], "categoryId": category_id}
    item.categories[row["id"]] = chosen
    row |= chosen | {"updatedAt": timestamp(world_of(request).executions.at)}
    return reply(row)


def find_transaction(request: web.Request) -> tuple[Item, Json]:
    transaction_id = request.match_info["id"]
    if not is_uuid(transaction_id):
        raise invalid("Transaction Id should not be null or undefined", "transactionId must be a UUID")
    return world_of(request).transaction(transaction_id.lower())


@routes.get("/identity")
async def get_item_identity(request: web.Request) -> web.Response:
    item = world_of(request).find_item(require_uuid(request.query.get("itemId"), "itemId"))
    if item is None or item.snapshot.identity is None:
        raise not_found("IDENTITY_NOT_FOUND")
    return reply(item.snapshot.identity)


@routes.get("/identity/{id}")
async def get_identity(request: web.Request) -> web.Response:
    identity_id = require_uuid(request.match_info["id"], "id")
    for item in world_of(request).items.values():
        if item.snapshot.identity is not None and item.snapshot.identity["id"] == identity_id:
            return reply(item.snapshot.identity)
    raise not_found("IDENTITY_NOT_FOUND")


@routes.get("/consents")
async def list_consents(request: web.Request) -> web.Response:
    item = world_of(request).find_item(require_uuid(request.query.get("itemId"), "itemId"))
    return reply(page([item.consent] if item is not None and item.consent is not None else []))


@routes.get("/consents/{id}")
async def get_consent(request: web.Request) -> web.Response:
    consent_id = require_uuid(request.match_info["id"], "id")
    for item in world_of(request).items.values():
        if item.consent is not None and item.consent["id"] == consent_id:
            return reply(item.consent)
    raise not_found("CONSENT_NOT_FOUND")


@routes.get("/categories")
async def list_categories(request: web.Request) -> web.Response:
    parent = request.query.get("parentId")
    return reply(page([one for one in all_categories() if parent in (None, one["parentId"])]))


@routes.get("/categories/{id}")
async def get_category(request: web.Request) -> web.Response:
    return reply(find_category(request.match_info["id"]))


def all_categories() -> list[Json]:
    from sandbox.categories import CATEGORIES

    return list(CATEGORIES)


def find_category(category_id: str) -> Json:
    found = next((one for one in all_categories() if one["id"] == category_id), None)
    if found is None:
        raise not_found("CATEGORY_NOT_FOUND")
    return found
