"""A Pluggy of small items in a process of its own: every answer takes the latency asked for, and costs next to nothing.

Any item exists; it has one account with three transactions. With a limit it counts each endpoint's last sixty seconds, as
Pluggy does for an address, and refuses what is too much with a 429.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from aiohttp import web

from benchmarks.sync.homes import running

WINDOW_SECONDS = 60.0
ROWS = 3
DAY = "2026-11-20T03:00:00.000Z"


class SmallPluggy:
    """The server's side. ``counts``: requests by endpoint, items by id, refusals."""

    def __init__(self, latency: float, limit: int | None) -> None:
        self._latency = latency
        self._limit = limit
        self._recent: dict[str, deque[float]] = {}
        self.counts: Counter[str] = Counter()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/_counts", self._tell)
        app.router.add_post("/auth", self._handler("auth", lambda _: {"apiKey": "key"}))
        app.router.add_get("/items/{id}", self._handler("items", _item))
        app.router.add_get("/accounts", self._handler("accounts", _accounts))
        app.router.add_get("/v2/transactions", self._handler("transactions", _transactions))
        return app

    async def _tell(self, _request: web.Request) -> web.Response:
        return web.json_response(self.counts)

    def _handler(self, endpoint: str, answer: Any) -> Any:
        async def handle(request: web.Request) -> web.Response:
            self.counts[endpoint] += 1
            if endpoint == "items":
                self.counts[request.match_info["id"]] += 1
            if not self._has_room(endpoint):
                self.counts["refused"] += 1
                return web.json_response({"code": 429}, status=429, headers={"Retry-After": "1"})
            await asyncio.sleep(self._latency)
            return web.json_response(answer(request))

        return handle

    def _has_room(self, endpoint: str) -> bool:
        if self._limit is None:
            return True
        now, recent = time.monotonic(), self._recent.setdefault(endpoint, deque())
        while recent and recent[0] + WINDOW_SECONDS <= now:
            recent.popleft()
        if len(recent) >= self._limit:
            return False
        recent.append(now)
        return True


def _item(request: web.Request) -> dict[str, Any]:
    return {
        "id": request.match_info["id"],
        "connector": {"id": 201, "name": "Banco Exemplo"},
        "status": "UPDATED",
        "executionStatus": "SUCCESS",
        "lastUpdatedAt": "2026-11-23T09:00:00.000Z",
    }


def _accounts(request: web.Request) -> dict[str, Any]:
    item = request.query["itemId"]
    account = {
        "id": f"a-{item}",
        "itemId": item,
        "type": "BANK",
        "subtype": "CHECKING_ACCOUNT",
        "number": f"0001/{item}",
        "name": "Conta Corrente",
        "balance": 1843.27,
        "taxNumber": "529.982.247-25",
        "currencyCode": "BRL",
    }
    return {"results": [account], "page": 1, "total": 1, "totalPages": 1}


def _transactions(request: web.Request) -> dict[str, Any]:
    account = request.query["accountId"]
    rows = [
        {
            "id": f"{account}-{number}",
            "accountId": account,
            "date": DAY,
            "description": "Padaria Exemplo",
            "amount": -10.5 - number,
            "currencyCode": "BRL",
            "type": "DEBIT",
            "status": "POSTED",
        }
        for number in range(ROWS)
    ]
    return {"results": rows, "next": None}


class Running:
    """A running one, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url

    def counts(self) -> Counter[str]:
        """What it has counted so far."""
        answer = requests.get(f"{self.url}/_counts", timeout=30)
        return Counter(answer.json())


@contextmanager
def small_pluggy(latency: float, limit: int | None = None) -> Iterator[Running]:
    """A server process for the length of a ``with``."""
    command = [sys.executable, "-m", "benchmarks.sync.small_pluggy", "--latency", str(latency)]
    if limit is not None:
        command += ["--limit", str(limit)]
    with running(command) as url:
        yield Running(url)


async def serve(latency: float, limit: int | None) -> None:
    """Serve on a free port until the process ends; the first line printed says where."""
    runner = web.AppRunner(SmallPluggy(latency, limit).app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, required=True)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    asyncio.run(serve(options.latency, options.limit))
