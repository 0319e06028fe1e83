"""What a real network does, and that nothing a person typed comes out of it: errors, tracebacks, representations, logs."""

from __future__ import annotations

import json
import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from open_finance.errors import PluggyError, PluggyServerError, PluggyUnreachableError
from open_finance.pluggy_client import PluggyClient
from tests.clocks import ManualClock
from tests.pluggy_stub import ITEM, ITEM_ID, SECRET, Pluggy, api_key, canned_pluggy, http_server, settings

PASSWORD, CPF, CODE = "canary-Senha#77", "529.982.247-25", "940417"
CANARIES = (PASSWORD, CPF, "52998224725", CODE, SECRET, api_key(1), "canary-signature")
CREDENTIALS = {"user": CPF, "password": PASSWORD}

Use = Callable[[PluggyClient], object]
USES: dict[str, Use] = {
    "auth": lambda client: client.authenticate(),
    "create": lambda client: client.create_item(201, CREDENTIALS),
    "update": lambda client: client.update_item(ITEM_ID, parameters=CREDENTIALS),
    "mfa": lambda client: client.send_mfa(ITEM_ID, "token", CODE),
    "validate": lambda client: client.validate_credentials(201, CREDENTIALS),
    "hook": lambda client: client.create_webhook(
        "https://bot.example/hooks/pluggy", headers={"X-Webhook-Secret": CODE}
    ),
    "rehook": lambda client: client.update_webhook("a-webhook", headers={"X-Webhook-Secret": CODE}),
    "get": lambda client: client.get_item(ITEM_ID),
}
PATHS = {
    "auth": ("POST", "/auth"),
    "create": ("POST", "/items"),
    "update": ("PATCH", f"/items/{ITEM_ID}"),
    "mfa": ("POST", f"/items/{ITEM_ID}/mfa"),
    "validate": ("POST", "/connectors/201/validate"),
    "hook": ("POST", "/webhooks"),
    "rehook": ("PATCH", "/webhooks/a-webhook"),
    "get": ("GET", f"/items/{ITEM_ID}"),
}


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        yield pluggy


def everything_said(error: BaseException) -> str:
    """The error, its attributes, its traceback with all that led to it, and every exception behind it."""
    said = [*traceback.format_exception(error), repr(vars(error))]
    behind: BaseException | None = error
    while behind is not None:
        said += [str(behind), repr(behind), repr(behind.args)]
        behind = behind.__cause__ or behind.__context__
    return "\n".join(said)


def echo_everything() -> dict[str, Any]:
    """The worst Pluggy could answer: what we sent, everywhere."""
    text = " ".join(CANARIES)
    return {
        "code": 400,
        "message": text,
        "codeDescription": text,
        "errorId": text,
        "details": [{"code": canary, "message": f"bad {canary}", "parameter": canary} for canary in CANARIES],
        "data": {canary: canary for canary in CANARIES} | {"name": text},
        "items": list(CANARIES),
    }


#: What each call carries: the echo of a value that was not sent cannot be known for one.
CARRIES = {
    "auth": (SECRET,),
    "create": (PASSWORD, CPF, "52998224725"),
    "update": (PASSWORD, CPF, "52998224725"),
    "mfa": (CODE,),
    "validate": (PASSWORD, CPF, "52998224725"),
    "hook": (CODE,),
    "rehook": (CODE,),
    "get": (),
}


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500])
def test_no_error_repeats_what_was_sent(
    pluggy: Pluggy, caplog: pytest.LogCaptureFixture, name: str, status: int
) -> None:
    method, path = PATHS[name]
    if name == "auth":
        pluggy.refuse_keys(*[(status, echo_everything(), {})] * 4)
    else:
        pluggy.answer(method, path, echo_everything(), status)
        pluggy.answer("GET", f"/items/{ITEM_ID}", {"code": 500}, 500)
    with caplog.at_level(logging.DEBUG), pytest.raises(PluggyError) as caught:
        USES[name](pluggy.client.for_person())
    said = everything_said(caught.value) + caught.value.user_message + caplog.text
    assert not [canary for canary in CARRIES[name] if canary.casefold() in said.casefold()]


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("trouble", [requests.ReadTimeout, requests.ConnectTimeout, requests.ConnectionError])
def test_no_request_hangs_on_the_error_of_a_network_that_failed(
    pluggy: Pluggy, name: str, trouble: type[requests.RequestException]
) -> None:
    method, path = PATHS[name]
    problem = trouble(f"failed with {CANARIES}")
    if name == "auth":
        pluggy.client = PluggyClient(settings("http://127.0.0.1:1"), clock=pluggy.clock)
    else:
        pluggy.answer(method, path, problem)
        pluggy.answer("GET", f"/items/{ITEM_ID}", problem)
    with pytest.raises(PluggyUnreachableError) as caught:
        USES[name](pluggy.client)
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert not [canary for canary in CANARIES if canary in everything_said(caught.value)]


def test_a_full_conversation_logs_no_secret_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        return 200, json.dumps({"apiKey": api_key(1), "errors": []} if path == "/auth" else ITEM).encode()

    with caplog.at_level(logging.DEBUG), http_server(answer) as url:
        client = PluggyClient(settings(url))
        for use in USES.values():
            use(client)
        logging.getLogger("test").debug("%r %r", client, client.for_person())
    assert "/items" in caplog.text  # something was listening
    assert not [canary for canary in CANARIES if canary in caplog.text]


# --- a real network ------------------------------------------------------------------------------------------------------


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    assert isinstance(port, int)
    return port


@pytest.mark.parametrize("host", ["127.0.0.1", "pluggy.invalid"])
def test_where_nobody_listens_nothing_was_sent(clock: ManualClock, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    client = PluggyClient(settings(f"http://{host}:{closed_port()}"), clock=clock)
    with pytest.raises(PluggyUnreachableError) as caught:
        client.create_item(201, CREDENTIALS)
    assert not caught.value.sent
    assert len(clock.slept) == 3


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"", PluggyUnreachableError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b'{"id": "', PluggyServerError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nxxxxx", PluggyServerError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{", PluggyServerError),
        (b"not HTTP at all\r\n\r\n", PluggyUnreachableError),
    ],
    ids=["closed", "cut short", "bad gzip", "bad chunk", "not http"],
)
def test_a_connection_cut_after_the_request_is_never_answered_by_a_second_one(
    reply: bytes, kind: type[PluggyError]
) -> None:
    posts = []

    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        if path == "/auth":
            return 200, json.dumps({"apiKey": api_key(1)}).encode()
        posts.append(path)
        return 0, reply

    with http_server(answer) as url, pytest.raises(kind) as caught:
        PluggyClient(settings(url)).create_item(201, CREDENTIALS)
    assert posts == ["/items"]
    assert getattr(caught.value, "sent", True)
    assert not [canary for canary in CANARIES if canary in everything_said(caught.value)]
