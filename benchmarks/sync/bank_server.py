"""``python -m benchmarks.sync.bank_server SEED ROWS``: a Pluggy whose answers are ready bytes, so that reading it costs
little more than the transport. Prints its URL once everything is encoded.

It knows every item: ``3x1000-2`` is the second with three accounts of 1,000 rows each, up to ROWS; all accounts share their
rows. Listings since an instant (``createdAtFrom``) are empty. ``POST /collect`` makes all items be collected again;
``GET /requests`` tells how often each path was asked, and forgets it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from benchmarks.sync.material import COLLECTED_AT, PAGE, iter_raw_rows, raw_account, raw_identity, raw_item

LAST_PAGE = b'{"results":[],"next":null}'

Query = dict[str, list[str]]


class Bank:
    """What is answered: ``answer`` takes a method and a target and gives JSON."""

    def __init__(self, seed: int, rows: int) -> None:
        encoded = [_dump(raw) for raw in iter_raw_rows(seed, rows)]
        self._pages = [b",".join(encoded[start : start + PAGE]) for start in range(0, rows, PAGE)]
        self._collections = 0
        self._asked: Counter[str] = Counter()
        self._routes: dict[str, Callable[[Query], bytes]] = {
            "/auth": lambda _: b'{"apiKey":"key"}',
            "/collect": self._collect,
            "/requests": self._report,
            "/accounts": self._list_accounts,
            "/identity": lambda query: _dump(raw_identity(query["itemId"][0])),
            "/v2/transactions": self._list_transactions,
        }

    def answer(self, target: str) -> bytes:
        url = urlsplit(target)
        path = "/items" if url.path.startswith("/items/") else url.path
        self._asked[path] += 1
        if path == "/items":
            return self._item(url.path.removeprefix("/items/"))
        return self._routes[path](parse_qs(url.query))

    def _item(self, item_id: str) -> bytes:
        return _dump(raw_item(item_id, COLLECTED_AT + timedelta(minutes=self._collections)))

    def _list_accounts(self, query: Query) -> bytes:
        [item_id] = query["itemId"]
        counts, _, number = item_id.partition("-")
        accounts = [
            raw_account(f"{item_id}-{each}", item_id, 10 * int(number) + each)
            for each in range(int(counts.partition("x")[0]))
        ]
        return _dump({"results": accounts, "page": 1, "totalPages": 1, "total": len(accounts)})

    def _list_transactions(self, query: Query) -> bytes:
        if "createdAtFrom" in query:
            return LAST_PAGE
        [account_id], after = query["accountId"], int(query.get("after", ["0"])[0])
        rows = int(account_id.partition("x")[2].partition("-")[0])
        following = f"/v2/transactions?accountId={account_id}&after={after + 1}"
        has_more = (after + 1) * PAGE < rows
        return b'{"results":[%s],"next":%s}' % (self._pages[after], _dump(following if has_more else None))

    def _collect(self, _: Query) -> bytes:
        self._collections += 1
        return b"{}"

    def _report(self, _: Query) -> bytes:
        del self._asked["/requests"]
        asked, self._asked = self._asked, Counter()
        return _dump(asked)


class BankProtocol(asyncio.Protocol):
    """As much of HTTP/1.1 as our clients speak: a body, if there is one, comes with its head and is not read."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end or len(rest) < _length(head):
            return
        self._buffer = rest[_length(head) :]
        body = self._bank.answer(head.split(b" ", 2)[1].decode())
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._transport.writelines((answer, body))


async def serve(bank: Bank) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: BankProtocol(bank), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


if __name__ == "__main__":
    asyncio.run(serve(Bank(int(sys.argv[1]), int(sys.argv[2]))))
