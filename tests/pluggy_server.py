"""The local Pluggy for tests: a real server in a thread with its own loop, on any free port."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from requests import HTTPError, Response

from sandbox.pluggy_api.server import build_app, start
from tests.local_http import JsonClient, local_session

Json = dict[str, Any]
T = TypeVar("T")

TODAY = date(2026, 11, 23)
STOP_SECONDS = 10


class PluggyAdmin:
    """A running server at ``url``, which is what ``PLUGGY_API_URL`` wants, through its ``/_admin``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = JsonClient(url)
        self._session = local_session()

    def close(self) -> None:
        self._client.close()
        self._session.close()

    def admin(self, path: str, json: Any = None, *, method: str | None = None) -> Any:
        """Call ``/_admin/{path}``: POST with a body, GET without, or ``method``. Returns the JSON; raises on a refusal."""
        verb = method or ("GET" if json is None else "POST")
        answer = self._client.ask(verb, f"/_admin/{path}", given=json)
        if not answer.ok:
            raise HTTPError(f"{answer.url}: {answer.status} {answer.body.decode()}")
        return answer.json()

    def requests(self) -> list[Json]:
        """Every request since the start or the last `forget_requests`: method, path, query (names), status, at."""
        return list(self.admin("requests")["results"])

    def forget_requests(self) -> None:
        self.admin("requests", method="DELETE")

    def items(self) -> list[Json]:
        return list(self.admin("items")["results"])

    def fault(self, kind: str, **more: Any) -> None:
        """Set one fault (see sandbox/pluggy_api/README.md)."""
        self.admin("faults", {"kind": kind, **more})

    def release(self) -> None:
        """Requests that a ``hold`` fault holds are done now."""
        self.admin("faults/release", method="POST")

    def options(self, **values: Any) -> None:
        self.admin("options", values)

    def advance(self, **span: float) -> None:
        """Jump in virtual time: ``advance(hours=24)``. Automatic refreshes due on the way happen."""
        self.admin("advance", span)

    def reset(self) -> None:
        self.admin("reset", {})

    # --- webhooks ---

    def order(self, account_id: str, do: str, **more: Any) -> str:
        """The bank does something with an account at once; the item reads it. Returns the transaction's id."""
        return str(self.admin(f"accounts/{account_id}", {"do": do, **more})["ids"][0])

    def orders(self, account_id: str, *steps: Json, collect: bool = True) -> list[str]:
        """Several of them, read once (``collect`` False: at the item's next execution)."""
        return list(self.admin(f"accounts/{account_id}", {"steps": list(steps), "collect": collect})["ids"])

    def spoil_webhooks(self, **rules: Any) -> None:
        """``lose``, ``repeat``, ``delay``, ``hold``, ``only``: see sandbox/pluggy_api/README.md."""
        self.admin("webhooks", rules)

    def release_webhooks(self, order: Literal["ordered", "reversed", "shuffled"] = "ordered") -> None:
        self.admin("webhooks/release", {"order": order})

    def send_events(self, *events: Json, **more: Any) -> list[str]:
        """Events made by hand: to ``url`` with ``headers``, or without them to whoever subscribed. Returns their ids."""
        return list(self.admin("webhooks/send", {"events": list(events), **more})["eventIds"])

    def deliveries(self) -> list[Json]:
        """Every attempt so far: event, eventId, itemId, url, attempt, status, error, latency, made, at."""
        return list(self.admin("webhooks/log")["results"])

    def delivered(self) -> None:
        """Wait until nothing is on its way; what waits for a later round, or is held, stays there."""
        wait_until(lambda: self.admin("webhooks")["sending"] == 0)

    # --- people at their banks ---

    def authorize(
        self,
        url: str,
        decision: str = "approve",
        *,
        accounts: Iterable[str] | None = None,
        products: Iterable[str] = ("INVESTMENTS", "LOANS"),
        bank: int | None = None,
    ) -> Response:
        """Press a button of the bank's page: ``approve``, ``deny`` or ``bounce``. Redirects are not followed.

        ``accounts``: those left ticked, of `offered_accounts` (None = all); ``products``: what is left ticked beside them.
        ``bank``: the choice at MeuPluggy's page.
        """
        address, _, state = url.partition("?state=")
        form: Json = {"state": state, "decision": decision}
        if accounts is not None:
            form |= {"selection": "1", "account": list(accounts), "product": list(products)}
        if bank is not None:
            form |= {"bank": str(bank)}
        return self._session.post(address, data=form, timeout=30, allow_redirects=False)

    def offered_accounts(self, url: str) -> list[str]:
        """The bank's own ids of the accounts and cards that its page offers, in its order."""
        page = self._session.get(url, timeout=30)
        page.raise_for_status()
        return re.findall(r'name="account" value="([^"]+)"', page.text)

    def approve_device(self, item_id: str, *, approved: bool = True) -> None:
        """The awaited phone (QR or device), or the other holder of a joint account, answers now."""
        self.admin(f"items/{item_id}", {"approve": approved})

    def assign(self, match: str, household: str | Json) -> None:
        """From its next execution on, the bank has this household for the person."""
        self.admin("households", {"match": match, "household": household})

    def outcome(self, match: str, code: str | None) -> None:
        """How the person's executions end, until None."""
        self.admin("households", {"match": match, "outcome": code})

    def change_password(self, match: str, new: str | None) -> None:
        """The bank takes only this password of the person from now on; None = any again."""
        self.admin("households", {"match": match, "password": new})

    def joint(self, match: str, answer: bool | Literal["refuses"] = True) -> None:
        """The person's Open Finance consents need another holder, who approves (or refuses) ten minutes later."""
        self.admin("households", {"match": match, "joint": answer})

    def same_person(self, client_user_id: str, document: str) -> None:
        """Who comes through MeuPluggy as this ``clientUserId`` has this CPF."""
        self.admin("households", {"match": document, "client_user_id": client_user_id})

    def revoke_consent(self, item_id: str) -> None:
        """The person ends the consent in the bank's app; the item notices at its next execution."""
        self.admin(f"items/{item_id}", {"consentRevokedAt": self.admin("now")["now"]})

    def expire_consent(self, item_id: str, at: str | None = None) -> None:
        """The consent ends at this time (ISO 8601), or now."""
        self.admin(f"items/{item_id}", {"consentExpiresAt": at or self.admin("now")["now"]})

    def close_connector(self, connector_id: int, *, closed: bool = True) -> None:
        """Pluggy withdraws a connector (or, with False, brings it back)."""
        self.admin(f"connectors/{connector_id}", {"closed": closed})


class PluggyServer(PluggyAdmin):
    """A server in a thread of this process."""

    def __init__(
        self,
        *,
        speed: float = 200,
        seed: int = 7,
        today: date | None = TODAY,
        port: int = 0,
        options: Json | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        super().__init__("")
        self._app = build_app(speed=speed, seed=seed, today=today, options=options, wall=wall)
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="local-pluggy", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        self._client = JsonClient(self.url)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._runner, self.url = self._loop.run_until_complete(start(self._app, port=self._port))
        except OSError as error:
            self._failure = error
            self._ready.set()
            self._loop.close()
            return
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    def stop(self) -> None:
        """Stop at once; may be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(STOP_SECONDS)
        self.close()


@contextmanager
def start_pluggy(**options: Any) -> Iterator[PluggyServer]:
    """``with start_pluggy(speed=200) as server``: stopped at the end, whatever happens."""
    server = PluggyServer(**options)
    try:
        yield server
    finally:
        server.stop()


def wait_until(probe: Callable[[], T], *, seconds: float = 10, every: float = 0.01) -> T:
    """The first truthy result of ``probe``. AssertionError when ``seconds`` pass without one."""
    deadline = time.monotonic() + seconds
    while True:
        result = probe()
        if result:
            return result
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(every)


class Caller:
    """A client with a valid key, for tests of the server itself: it hides nothing, every answer is the raw response."""

    def __init__(self, server: PluggyAdmin) -> None:
        self.server = server
        self._session = local_session()
        self.key = ""
        self.renew()

    def renew(self) -> str:
        """Take a new key and use it from now on."""
        response = self.call("POST", "auth", json={"clientId": "id", "clientSecret": "secret"})
        self.key = str(response.json()["apiKey"])
        self._session.headers["X-API-KEY"] = self.key
        return self.key

    def call(self, method: str, path: str, **more: Any) -> Response:
        return self._session.request(method, f"{self.server.url}/{path}", timeout=30, **more)

    def get(self, path: str, **query: Any) -> Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, json: Any = None) -> Response:
        return self.call("POST", path, json=json)

    def patch(self, path: str, json: Any = None) -> Response:
        return self.call("PATCH", path, json=json)

    def delete(self, path: str) -> Response:
        return self.call("DELETE", path)

    def close(self) -> None:
        self._session.close()

    def create(self, connector_id: int, parameters: Json | None = None, **more: Any) -> Json:
        """A new item, just started. Fails unless the answer is 200."""
        response = self.post("items", {"connectorId": connector_id, "parameters": parameters or {}} | more)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def item(self, item_id: str) -> Json:
        response = self.get(f"items/{item_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def settle(self, item_id: str) -> Json:
        """The item half a minute later: done, or waiting for its person."""
        self.server.advance(seconds=30)
        return self.item(item_id)

    def connect(self, connector_id: int, parameters: Json | None = None, **more: Any) -> Json:
        """A new item once its execution has ended, or waits for its person."""
        return self.settle(self.create(connector_id, parameters, **more)["id"])

    def accounts(self, item_id: str) -> list[Json]:
        return list(self.get("accounts", itemId=item_id).json()["results"])

    def rows(self, account_id: str, **filters: Any) -> list[Json]:
        """Every transaction of an account, following the cursor."""
        rows: list[Json] = []
        query = f"?{urlencode({'accountId': account_id} | filters)}"
        while query:
            body = self.get(f"v2/transactions{query}").json()
            rows += body["results"]
            query = body["next"]
        return rows


def fresh_caller(server: PluggyServer) -> Iterator[Caller]:
    """The body of a fixture: a caller of a server that knows nobody yet."""
    server.reset()
    caller = Caller(server)
    yield caller
    caller.close()


def state(item: Json) -> tuple[str, str]:
    """``(status, executionStatus)``."""
    return item["status"], item["executionStatus"]


def answered(pluggy: Caller, item: Json, body: Json) -> Response:
    """The answer to what a person types for a bank that asks."""
    return pluggy.post(f"items/{item['id']}/mfa", body)


def refusal(response: Response) -> tuple[int, str]:
    """``(HTTP status, codeDescription)``."""
    return response.status_code, response.json()["codeDescription"]


def moment(text: str) -> datetime:
    """Of a timestamp of Pluggy's."""
    return datetime.fromisoformat(text)
