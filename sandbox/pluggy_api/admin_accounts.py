"""``/_admin/accounts/{id}``: what a test orders the bank to do with one account, at once. Documented in README.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.categories import DESCRIPTIONS
from sandbox.household.calendar import midnight, stamp
from sandbox.household.counter import Counter, Entry
from sandbox.pluggy_api.collecting import mapped
from sandbox.pluggy_api.errors import ApiError, not_found
from sandbox.pluggy_api.http import Json, read_body, reply, world_of
from sandbox.pluggy_api.items import Item
from sandbox.pluggy_api.validation import parse_moment, require_uuid
from sandbox.pluggy_api.world import World

#: Keys of every order by its name; the ones about an existing row need its ``id``.
KEYS = {
    "add": {"amount", "description", "date", "pending", "merchant", "categoryId", "values"},
    "edit": {"id", "amount", "description", "values"},
    "settle": {"id", "amount", "description", "values", "newId"},
    "recreate": {"id"},
    "delete": {"id"},
}

routes = web.RouteTableDef()


@routes.post("/_admin/accounts/{id}")
async def order(request: web.Request) -> web.Response:
    """``{"do": "add", …}``, or several in ``steps``, done in their order and read by the item once.

    ``collect``: false leaves the reading to the item's next execution.
    """
    world, body = world_of(request), await read_body(request)
    collect = body.pop("collect", True)
    steps = body.pop("steps") if isinstance(body.get("steps"), list) else [body]
    account_id = require_uuid(request.match_info["id"], "id")
    item = world.account_owner(account_id)
    teller = Teller(world, item, item.snapshot.sources[account_id])
    for step in steps:
        check_step(step)
    try:
        ids = [teller.carry_out(step) for step in steps]
    finally:
        teller.counter.close()
    if collect:
        collected = world.executions.reread(item, teller.source_id)
    else:
        item.is_behind, collected = True, False
    return reply({"ids": ids, "collected": collected})


def check_step(step: Any) -> None:
    """400 in words for what is no order, before anything is done."""
    if not isinstance(step, dict) or step.get("do") not in KEYS:
        raise ApiError(400, f"do must be one of {', '.join(KEYS)}")
    if unknown := sorted(set(step) - KEYS[step["do"]] - {"do"}):
        raise ApiError(400, f"unknown fields {', '.join(unknown)}")
    if step["do"] == "add" and not ("amount" in step and isinstance(step.get("description"), str)):
        raise ApiError(400, "add needs an amount and a description")
    if step["do"] != "add" and not isinstance(step.get("id"), str):
        raise ApiError(400, f"{step['do']} needs the id of a transaction")
    if "amount" in step and (isinstance(step["amount"], bool) or not isinstance(step["amount"], int | float)):
        raise ApiError(400, "amount must be a number of reais, negative = money out")
    if step.get("categoryId") is not None and step["categoryId"] not in DESCRIPTIONS:
        raise ApiError(400, "categoryId must be one of the categories")
    if not isinstance(step.get("values", {}), dict):
        raise ApiError(400, "values must be an object")


class Teller:
    """Carries out orders at the counter, between the item's ids and the bank's own."""

    def __init__(self, world: World, item: Item, source_id: str) -> None:
        self.source_id = source_id
        self._item = item
        self._now = world.executions.at
        self.counter = Counter(world.bank.customer_of(item).household, source_id, self._now)
        self._originals: dict[str, str] = {}

    def carry_out(self, step: Json) -> str:
        """Returns the id under which the item shows the row. 404: it has no such row."""
        orders: dict[str, Callable[[Json], str]] = {
            "add": self._add,
            "edit": self._edit,
            "settle": self._settle,
            "recreate": lambda step: self.counter.recreate(self._original(step["id"])),
            "delete": self._delete,
        }
        try:
            row_id = orders[step["do"]](step)
        except KeyError:
            raise not_found("TRANSACTION_NOT_FOUND") from None
        shown = mapped(self._item, row_id)
        self._originals[shown] = row_id
        return shown

    def _add(self, step: Json) -> str:
        entry = Entry(
            cents=read_cents(step["amount"]),
            description=step["description"],
            date=read_date(step.get("date"), self._now),
            is_pending=step.get("pending") is True,
            merchant=step.get("merchant"),
            category=step.get("categoryId"),
            values=step.get("values") or {},
        )
        return self.counter.write(entry)

    def _edit(self, step: Json) -> str:
        row_id = self._original(step["id"])
        if "amount" in step:
            self.counter.reprice(row_id, read_cents(step["amount"]))
        self.counter.edit(row_id, new_values(step))
        return row_id

    def _settle(self, step: Json) -> str:
        row_id = self._edit(step)
        self.counter.settle(row_id)
        return self.counter.recreate(row_id) if step.get("newId") is True else row_id

    def _delete(self, step: Json) -> str:
        row_id = self._original(step["id"])
        self.counter.remove(row_id)
        return row_id

    def _original(self, shown: str) -> str:
        """The bank's own id of a row."""
        if shown in self._originals:
            return self._originals[shown]
        return next((original for original, known in self._item.ids.items() if known == shown.lower()), shown)


def new_values(step: Mapping[str, Any]) -> Json:
    text = step.get("description")
    return ({} if text is None else {"description": text, "descriptionRaw": text.upper()}) | (step.get("values") or {})


def read_cents(amount: float) -> int:
    return round(amount * 100)


def read_date(value: object, now: datetime) -> str:
    """A day is its midnight in São Paulo, an instant itself; without one, now."""
    if value is None:
        return stamp(now)
    moment = parse_moment(value) if isinstance(value, str) else None
    if moment is None or not isinstance(value, str):
        raise ApiError(400, "date must be ISO 8601")
    return midnight(moment.date()) if len(value) == len("2026-11-23") else stamp(moment)
