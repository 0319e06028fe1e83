"""Pluggy's HTTP inside the process: the real client speaks to it through a transport of ``requests``."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.models import PreparedRequest
from urllib3.exceptions import ProtocolError

from tests.clocks import ManualClock
from tests.simulator.bank import OWNER_CPF
from tests.simulator.crash import Steps
from tests.simulator.faults import Answer, Faults
from tests.simulator.pluggy import CONNECTOR, Listed, Pluggy
from tests.simulator.timeline import Timeline

API = "https://api.pluggy.test"
NOT_FOUND = Answer(404, b'{"code": 404, "message": "not found"}')
KEY_REFUSED = Answer(403, b'{"code": 403, "message": "Missing or invalid authorization token"}')


class Wire(BaseAdapter):
    """One Pluggy and what lies between. ``page_size``: how many rows it lists at a time; ``filters``: whether its server
    knows them, which one tenant's did not. ``on_pause``: what others do while our process stands still."""

    def __init__(
        self, pluggy: Pluggy, faults: Faults, steps: Steps, clock: ManualClock, timeline: Timeline, page_size: int
    ) -> None:
        super().__init__()
        self._pluggy = pluggy
        self._faults = faults
        self._steps = steps
        self._clock = clock
        self._timeline = timeline
        self._page_size = page_size
        self.filters = True
        self.on_pause: Callable[[], None] = lambda: None
        self._keys = 0  # the last one given is good
        self._routes = {
            "items": self._item,
            "accounts": self._accounts,
            "bills": self._bills,
            "identity": self._identity,
            "connectors": self._connectors,
            "v2": self._transactions,
        }

    def session(self) -> requests.Session:
        """What a new process speaks through."""
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", self)
        return session

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self._steps.step("before a request")
        if self._faults.pauses():
            self.on_pause()
        kind = self._faults.draw()
        self._timeline.live()
        if kind == "expired key":
            self._keys += 1
        answer = self._faults.before(kind, request) or self._faults.after(kind, self._answer(request), request)
        self._timeline.say(f"{request.method} {request.path_url} {answer.status} {len(answer.body)}")
        self._steps.step("after a request")
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is held."""

    def _answer(self, request: PreparedRequest) -> Answer:
        parts = urlsplit(request.url or "")
        path = str(parts.path).split("/")[1:]
        if path == ["auth"]:
            self._keys += 1
            return _json({"apiKey": f"key-{self._keys}"})
        if request.headers.get("X-API-KEY") != f"key-{self._keys}":
            return KEY_REFUSED
        if request.method != "GET" or path[0] not in self._routes:
            return Answer(405, b'{"code": 405, "message": "not for a scheduled pass"}')
        return self._routes[path[0]](path, dict(parse_qsl(str(parts.query))))

    def _item(self, path: list[str], _query: Mapping[str, str]) -> Answer:
        return _json(self._pluggy.item) if path[-1] == self._pluggy.item_id else NOT_FOUND

    def _accounts(self, _path: list[str], query: Mapping[str, str]) -> Answer:
        if query["itemId"] != self._pluggy.item_id:
            return NOT_FOUND
        texts = [self._pluggy.shelves[account_id].text for account_id in self._pluggy.shown]
        return Answer(
            200, f'{{"total": {len(texts)}, "totalPages": 1, "page": 1, "results": [{",".join(texts)}]}}'.encode()
        )

    def _bills(self, _path: list[str], query: Mapping[str, str]) -> Answer:
        if query["accountId"] not in self._pluggy.shown:
            return NOT_FOUND
        bills = self._pluggy.bills(query["accountId"])
        return _json({"total": len(bills), "totalPages": 1, "page": 1, "results": bills})

    def _identity(self, _path: list[str], _query: Mapping[str, str]) -> Answer:
        return _json({"document": OWNER_CPF})

    def _connectors(self, _path: list[str], _query: Mapping[str, str]) -> Answer:
        return _json({"total": 1, "totalPages": 1, "page": 1, "results": [{"id": CONNECTOR, "name": "Banco Exemplo"}]})

    def _transactions(self, _path: list[str], query: Mapping[str, str]) -> Answer:
        """Newest first, behind the place at which the page before ended, whatever has happened to the rows since."""
        refused = [name for name in ("dateFrom", "createdAtFrom") if name in query and not self.filters]
        if refused:
            return Answer(400, f'{{"code": 400, "message": "property {refused[0]} should not exist"}}'.encode())
        if "after" in query and self._faults.moves_pages():
            self._pluggy.collect_now()
        rows = self._pluggy.shelves[query["accountId"]].rows
        listed = sorted(((row.date, row_id, row) for row_id, row in rows.items() if _passes(row, query)), reverse=True)
        if "after" in query:
            place = base64.b64decode(query["after"]).decode()
            listed = [one for one in listed if f"{one[0]}|{one[1]}" < place]
        page, more = listed[: self._page_size], len(listed) > self._page_size
        following = f"?after={quote(base64.b64encode(f'{page[-1][0]}|{page[-1][1]}'.encode()))}" if more else None
        texts = ",".join(row.text for _, _, row in page)
        return Answer(200, f'{{"results": [{texts}], "next": {json.dumps(following)}}}'.encode())


def _passes(row: Listed, query: Mapping[str, str]) -> bool:
    return row.date[:10] >= query.get("dateFrom", "") and row.created_at >= query.get("createdAtFrom", "")


def _json(value: Any) -> Answer:
    return Answer(200, json.dumps(value).encode())


class _CutBody:
    """A body that breaks off on the way."""

    def stream(self, _size: int, decode_content: bool = True) -> Any:
        yield b'{"results": ['
        raise ProtocolError("Connection broken: InvalidChunkLength")

    def release_conn(self) -> None:
        """No connection was held."""

    def close(self) -> None:
        """Nor a file."""


def _response(request: PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.headers)
    response.request, response.url = request, request.url or ""
    if answer.cut:
        response.raw = _CutBody()
    else:
        response._content = answer.body
        response._content_consumed = True  # type: ignore[attr-defined]
    return response
