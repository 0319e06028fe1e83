"""The local Pluggy without a socket: the client's requests reach its handlers as calls, and may be lost on the way.

An item whose answer did not reach the bot is noted: nobody can know it (``lost``), until a repeat finds it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any, cast
from urllib.parse import urlencode

import requests
from aiohttp import HttpVersion11, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from multidict import CIMultiDict, CIMultiDictProxy
from requests.structures import CaseInsensitiveDict
from yarl import URL

from sandbox.household import Household
from sandbox.pluggy_api.clock import VirtualClock
from sandbox.pluggy_api.http import WORLD
from sandbox.pluggy_api.server import build_app
from sandbox.pluggy_api.world import Settings, World
from tests.orders.household import small_household
from tests.orders.loop import Killed, VirtualLoop

Json = dict[str, Any]

#: What many threads wait for is asked for under a lock, in which no thread may be left: all of them are one.
SHARED = frozenset({"/auth", "/connectors"})
BASE = "http://127.0.0.1"  # a link of a bank may be without TLS only there


@dataclass
class Death:
    """The process dies of its next request of this kind: before it arrives at Pluggy, or before its answer comes back."""

    method: str
    path: str
    answered: bool

    def hits(self, method: str, path: str) -> bool:
        return method == self.method and re.search(self.path, path) is not None


class _Transport:
    """A connection that can only be cut."""

    def __init__(self) -> None:
        self.is_cut = False

    def abort(self) -> None:
        self.is_cut = True

    def close(self) -> None:
        self.is_cut = True

    def is_closing(self) -> bool:
        return self.is_cut

    def get_extra_info(self, _name: str, default: Any = None) -> Any:
        return default


class _Protocol:
    """As much of a server's connection as a request looks at."""

    ssl_context = peername = sockname = None
    _reading_paused = False

    def __init__(self) -> None:
        self.transport = _Transport()

    def resume_reading(self, **_more: Any) -> None:
        """The body is here already."""


class Pluggy:
    """One local Pluggy on the loop's clock. ``slow``: how many of the next requests take their time. ``lost``: items whose
    answer did not arrive, and why. ``made``: how many items, by connector."""

    def __init__(self, app: web.Application, loop: VirtualLoop, random: Random) -> None:
        self._app = app
        self._loop = loop
        self._random = random
        clock = loop.clock
        self.world = World(
            Settings(wall=lambda: clock.now().timestamp()),
            new_clock=lambda settings: VirtualClock(wall=settings.wall, monotonic=clock.monotonic),
        )
        cast("Any", self.world.bank)._build = self._household
        app[WORLD] = self.world
        self.slow = 0
        self.deaths: list[Death] = []
        self.lost: dict[str, str] = {}
        self.made: Counter[int] = Counter()

    def _household(self, *key: Any) -> Household:
        """What a bank has of a person. The local Pluggy's own, a whole year, takes longer than an order may."""
        return small_household(repr(key), self.world.clock.today())

    # --- the bot's side ---

    def session(self) -> requests.Session:
        """What the client's requests go through."""
        return _Line(self._answer)

    def _answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> requests.Response:
        path = URL(url).path
        self._loop.check_alive()
        self._die_of(method, path, answered=False)
        self._take_time(path)
        known = set(self.world.items)
        lost = "its answer was lost"
        try:
            answer = self._call(method, url, headers, body)
            self._die_of(method, path, answered=True)
            self._take_time(path)
            lost = ""
        except Killed:
            lost = "the process was killed"
            raise
        finally:
            new = [item for item in self.world.items.values() if item.id not in known]
            self.made.update(item.connector["id"] for item in new)
            if lost:
                self.lost |= {item.id: lost for item in new}
        return answer

    def _die_of(self, method: str, path: str, *, answered: bool) -> None:
        death = next((one for one in self.deaths if one.answered == answered and one.hits(method, path)), None)
        if death is not None:
            self.deaths.remove(death)
            raise Killed

    def _take_time(self, path: str) -> None:
        """On the way there, and back: mostly none."""
        if self.slow > 0 and path not in SHARED:
            self.slow -= 1
            self._loop.park(self._random.choice((0.2, 1, 3, 8, 20)))

    def _call(self, method: str, url: str, headers: Mapping[str, Any], body: Any = None) -> requests.Response:
        protocol = _Protocol()
        request = _request(method, url, headers, body, protocol, self._loop)
        answer = _run(self._app._handle(request))
        if protocol.transport.is_cut:
            raise requests.ConnectionError("the connection was cut")
        return _response(answer, url)

    # --- everybody else's side ---

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """``/_admin/{path}``. Raises AssertionError for a refusal."""
        data = None if body is None else json.dumps(body).encode()
        answer = self._call(method, f"{BASE}/_admin/{path}", {"Content-Type": "application/json"}, data)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def page(self, url: str) -> str:
        """A page of the bank's; empty when the link is no longer good."""
        answer = self._call("GET", url, {})
        return answer.text if answer.status_code == 200 else ""

    def submit(self, url: str, form: list[tuple[str, str]]) -> int:
        """Send the form of the bank's page; the status of the answer."""
        address = str(URL(url).with_query(None))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._call("POST", address, headers, urlencode(form).encode()).status_code

    def fault(self, kind: str, **more: Any) -> None:
        self.admin("POST", "faults", {"kind": kind, **more})

    def recover(self) -> None:
        """Nothing goes wrong any more, nothing is slow."""
        self.admin("DELETE", "faults")
        self.slow = 0
        self.deaths.clear()


class _Line(requests.Session):
    """A session that calls instead of sending. What ``requests`` prepares and merges takes as long as all the rest."""

    def __init__(self, answer: Callable[[str, str, Mapping[str, str], bytes | None], requests.Response]) -> None:
        super().__init__()
        self._answer = answer

    def request(self, method: Any, url: Any, *_args: Any, **more: Any) -> requests.Response:
        """With what the client gives: ``params``, ``json``, ``headers``."""
        query, sent = urlencode(more.get("params") or {}), more.get("json")
        address = f"{url}?{query}" if query else str(url)
        if sent is None:
            return self._answer(method, address, more["headers"], None)
        headers = {**more["headers"], "Content-Type": "application/json"}
        return self._answer(method, address, headers, json.dumps(sent).encode())


def build_server() -> web.Application:
    """The handlers and middlewares, to be used by one order after the other."""
    app = build_app()
    app.pre_freeze()
    return app


def _request(
    method: str, url: str, headers: Mapping[str, Any], body: Any, protocol: _Protocol, loop: VirtualLoop
) -> web.Request:
    """A request as aiohttp's parser would hand it over."""
    address = URL(url)
    sent = CIMultiDict({"Host": address.authority} | {name: str(value) for name, value in headers.items()})
    message = RawRequestMessage(
        method,
        address.raw_path_qs,
        HttpVersion11,
        CIMultiDictProxy(sent),
        (),
        False,
        None,
        False,
        False,
        address.relative(),
    )
    payload: StreamReader = EMPTY_PAYLOAD
    if body:
        payload = StreamReader(cast("Any", protocol), 2**20, loop=loop)
        payload.feed_data(body if isinstance(body, bytes) else str(body).encode())
        payload.feed_eof()
    return web.Request(message, payload, cast("Any", protocol), cast("Any", None), cast("Any", None), loop)


def _run(coroutine: Coroutine[Any, Any, web.StreamResponse]) -> web.StreamResponse:
    """The handlers wait for nobody: their coroutine ends in one go."""
    try:
        waits_for = coroutine.send(None)
    except StopIteration as end:
        return cast("web.StreamResponse", end.value)
    coroutine.close()
    raise AssertionError(f"a handler of the local Pluggy waits for {waits_for!r}")


def _response(answer: web.StreamResponse, url: str) -> requests.Response:
    assert isinstance(answer, web.Response)
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.encoding = "utf-8"
    response.url = url
    body = answer.body
    response.raw = BytesIO(body if isinstance(body, bytes) else b"")
    return response
