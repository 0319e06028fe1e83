"""A Pluggy of many small items, for what several processes do at once: each has one account with a row a page."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from open_finance.storage.database import Database
from tests.pluggy_json import raw_account, raw_item, raw_transaction
from tests.pluggy_stub import http_server
from tests.rows import USER, add_connection


class TinyPluggy:
    """``asked`` counts requests, and those of each kind. ``on_request`` is called before each answer, and may wait."""

    def __init__(self) -> None:
        self.url = ""
        self.pages = 1
        self.asked: Counter[str] = Counter()
        self.on_request: Callable[[str], None] = lambda request: None
        self._lock = threading.Lock()

    def __call__(self, _method: str, target: str, _headers: dict[str, str]) -> tuple[int, bytes]:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        kind, _, number = parts.path.strip("/").rpartition("/")
        request = " ".join(
            [parts.path if number != "transactions" else f"page {query.get('after', 0)}", *query.values()]
        )
        with self._lock:
            self.asked[kind if kind == "items" else number] += 1
            self.asked[request] += 1
        self.on_request(request)
        return 200, json.dumps(self._answer(parts.path, query), default=float).encode()

    def _answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        if path == "/auth":
            return {"apiKey": "key"}
        if path == "/accounts":
            item = query["itemId"]
            results = [raw_account(id=f"account-of-{item}", itemId=item, number=f"0001/{item}", name=item)]
            return {"results": results, "page": 1, "total": 1, "totalPages": 1}
        if path == "/v2/transactions":
            account, page = query["accountId"], int(query.get("after", 0))
            row = raw_transaction(id=f"{account}-{page}", accountId=account)
            following = f"?accountId={account}&after={page + 1}" if page + 1 < self.pages else None
            return {"results": [row], "next": following}
        item = path.rpartition("/")[2]
        return raw_item(id=item, executionStatus="SUCCESS", statusDetail=None)


@contextmanager
def tiny_pluggy() -> Iterator[TinyPluggy]:
    """The server, for the length of a ``with``."""
    pluggy = TinyPluggy()
    with http_server(pluggy) as pluggy.url:
        yield pluggy


def connect_many(database: Database, count: int, start: int = 0) -> list[int]:
    """So many connections to it, none of them read yet; their ids. ``start``: the number of the first one's item."""
    numbers = range(start, start + count)
    with database.writing() as session:
        return [add_connection(session, user_id=USER + number, item_id=f"item-{number}") for number in numbers]
