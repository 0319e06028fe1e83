"""``GET /v2/transactions``: filters and the keyset cursor (reference 6.1). Pure."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.collecting import row_order
from sandbox.pluggy_api.errors import ApiError, invalid
from sandbox.pluggy_api.validation import is_uuid, parse_moment, read_day, read_list, read_moment

Json = dict[str, Any]

PARAMETERS = ("accountId", "ids", "dateFrom", "dateTo", "createdAtFrom", "after")
PAGE_SIZE = 500
MAX_IDS = 500


@dataclass(frozen=True)
class Listing:
    """The filters of one request. ``after`` is the (date, id) of the last row of the page before."""

    date_from: date | None
    date_to: date | None
    created_at_from: datetime | None
    ids: frozenset[str]
    after: tuple[str, str] | None


def read_listing(query: Mapping[str, str]) -> Listing:
    ids = [value.lower() for value in read_list(query, "ids")]
    if len(ids) > MAX_IDS:
        raise ApiError(400, f"ids must have at most {MAX_IDS} elements", "IDS_PARAMETER_EXCEEDS_MAX_LENGTH")
    if not all(is_uuid(value) for value in ids):
        raise invalid("each value in ids must be a UUID")
    if "dateFrom" in query and "createdAtFrom" in query:
        raise invalid("dateFrom and createdAtFrom can't be used together")
    return Listing(
        date_from=read_day(query, "dateFrom"),
        date_to=read_day(query, "dateTo"),
        created_at_from=read_moment(query, "createdAtFrom"),
        ids=frozenset(ids),
        after=read_cursor(query["after"]) if "after" in query else None,
    )


def write_cursor(row: Mapping[str, Any]) -> str:
    return base64.b64encode("|".join(row_order(row)).encode()).decode()


def read_cursor(text: str) -> tuple[str, str]:
    """A ``+`` that a query string turned into a space is understood. 400 for what we did not write."""
    try:
        moment, _, row_id = base64.b64decode(text.replace(" ", "+"), validate=True).decode().partition("|")
    except (binascii.Error, ValueError):
        raise ApiError(400, "Invalid cursor") from None
    if parse_moment(moment) is None or not is_uuid(row_id):
        raise ApiError(400, "Invalid cursor")
    return moment, row_id


def list_page(rows: Sequence[Json], listing: Listing, query: Mapping[str, str]) -> Json:
    """One page of ``rows`` (newest first): at most 500, and ``next`` as a relative query string, or null at the end.

    Days are those of the UTC ``date``, both inclusive.
    """
    start, end = 0, len(rows)
    if (after := listing.after) is not None:
        start = first(rows, lambda row: row_order(row) < after)
    if (date_to := listing.date_to) is not None:
        start = max(start, first(rows, lambda row: row["date"] < day_after(date_to)))
    if (date_from := listing.date_from) is not None:
        end = first(rows, lambda row: row["date"] < f"{date_from.isoformat()}T")
    found = (rows[index] for index in range(start, end) if is_listed(rows[index], listing))
    results = list(islice(found, PAGE_SIZE))
    more = next(found, None) is not None
    return {"results": results, "next": next_query(query, write_cursor(results[-1])) if more else None}


def first(rows: Sequence[Json], holds: Callable[[Json], bool]) -> int:
    """The first index from which ``holds`` is true, by halving; ``len(rows)`` when it never is."""
    return bisect_left(rows, x=True, key=holds)


def is_listed(row: Json, listing: Listing) -> bool:
    if listing.created_at_from is not None and row["createdAt"] < timestamp(listing.created_at_from):
        return False
    return not listing.ids or row["id"] in listing.ids


def day_after(day: date) -> str:
    return f"{(day + timedelta(days=1)).isoformat()}T" if day < date.max else "9999-12-31U"


def next_query(query: Mapping[str, str], cursor: str) -> str:
    """``?accountId=…&after=…`` with the filters of this request."""
    kept = {name: value for name, value in query.items() if name != "after"}
    return f"?{urlencode(kept | {'after': cursor})}"


def move_newest(rows: Sequence[Json], now: str) -> list[Json]:
    """The newest row is dated anew, behind every cursor: whoever has read it meets it again."""
    moved = [row | {"date": rows[-1]["date"], "updatedAt": now} for row in rows[:1]]
    return sorted([*rows[1:], *moved], key=row_order, reverse=True)


def repeat_cursor(results: Sequence[Json], query: Mapping[str, str]) -> str:
    """A cursor that does not advance: the one received, or the first row's."""
    row = results[0] if results else {"date": "2020-01-01T00:00:00.000Z", "id": "00000000-0000-4000-8000-000000000000"}
    return next_query(query, query.get("after") or write_cursor(row))
