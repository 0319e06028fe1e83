"""The local Pluggy over real HTTP: keys, connectors, and the manners of every endpoint."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
from collections.abc import Iterator
from datetime import date

import pytest
import requests

from sandbox.pluggy_api.server import serve
from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, start_pluggy, wait_until

KNOWN_IDS = {
    200, 201, 202, 203, 205, 206, 208, 211, 212, 214, 215, 219, 220, 223, 229, 238, 247, 251, 252, 253, 256, 257,
    258, 259, 261, 263, 601, 602, 603, 605, 606, 608, 609, 611, 612, 614, 616, 618, 619, 620, 621, 623, 626, 627,
    628, 629, 638, 647, 651, 652, 653, 654, 655, 656, 657, 658, 659, 660, 661, 662, 663, 664, 665, 666, 667, 668,
    669, 670, 671, 672, 675, 677, 692, 697, 702, 713, 716, 717, 718, 720, 726, 742, 777, 778, 779, 781, 782, 783,
    787, 788, 796, 797, 800, 801, 804, 816, 817, 818, 819, 820, 821, 822, 823, 824, 615, 625,
}  # fmt: skip
SANDBOX_IDS = [*range(21), 600]


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy() as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def claims(key: str) -> Json:
    payload = key.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def connectors(pluggy: Caller, **filters: str) -> list[Json]:
    response = pluggy.get("connectors", **filters)
    assert response.status_code == 200, response.text
    return list(response.json()["results"])


# Keys


def test_key_is_a_jwt_that_lives_two_hours(pluggy: Caller) -> None:
    key = pluggy.renew()
    assert claims(key)["exp"] - claims(key)["iat"] == 7200
    assert abs(claims(key)["iat"] - time.time()) < 60


@pytest.mark.parametrize("secret", ["errado", "errado-de-novo"])
def test_wrong_secret_is_a_401_with_its_code(pluggy: Caller, secret: str) -> None:
    response = pluggy.post("auth", {"clientId": "id", "clientSecret": secret})
    assert response.status_code == 401
    assert response.json() == {
        "code": 401,
        "message": "Client keys are invalid",
        "codeDescription": "CLIENT_KEYS_UNAUTHORIZED",
    }


@pytest.mark.parametrize(
    "body", [{}, {"clientId": "id"}, {"clientId": "", "clientSecret": "x"}, {"clientId": 1, "clientSecret": "x"}]
)
def test_incomplete_key_pair_is_a_400(pluggy: Caller, body: Json) -> None:
    response = pluggy.post("auth", body)
    assert (response.status_code, response.json()["code"]) == (400, 400)
    assert "codeDescription" not in response.json()


def test_without_a_key_everything_is_a_403(pluggy: Caller) -> None:
    for path in (
        "connectors",
        "items/2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10",
        "accounts",
        "v2/transactions",
        "transactions",
    ):
        response = requests.get(f"{pluggy.server.url}/{path}", timeout=30)
        assert response.status_code == 403
        assert response.json() == {"code": 403, "message": "Missing or invalid authorization token"}


def test_refused_key_can_be_a_401_instead(pluggy: Caller) -> None:
    pluggy.server.fault("unauthorized_status", status=401)
    response = requests.get(f"{pluggy.server.url}/connectors", timeout=30, headers={"X-API-KEY": "x"})
    assert (response.status_code, response.json()["code"]) == (401, 401)


def test_lifetime_of_a_key_can_be_shortened(pluggy: Caller) -> None:
    pluggy.server.options(key_seconds=0.2)
    pluggy.renew()
    assert pluggy.get("connectors/201").status_code == 200
    wait_until(lambda: pluggy.get("connectors/201").status_code == 403)
    pluggy.renew()
    assert pluggy.get("connectors/201").status_code == 200


def test_jumping_in_time_leaves_keys_alone_because_their_claims_are_real_time(pluggy: Caller) -> None:
    pluggy.server.advance(days=2)
    assert pluggy.get("connectors/201").status_code == 200


def test_all_keys_can_be_expired_at_once(pluggy: Caller) -> None:
    pluggy.server.admin("keys/expire", {})
    assert pluggy.get("connectors").status_code == 403


def test_connect_token_opens_only_its_own_item(pluggy: Caller) -> None:
    foreign = pluggy.create(2, {"user": "user-ok", "password": "password-ok"})["id"]
    options = {"clientUserId": "user-42", "avoidDuplicates": True}
    token = pluggy.post("connect_token", {"options": options, "clientUserId": "ignored"}).json()["accessToken"]
    assert claims(token)["exp"] - claims(token)["iat"] == 1800
    headers = {"X-API-KEY": token}
    body = {"connectorId": 2, "parameters": {"user": "user-ok-select", "password": "password-ok"}}
    item = requests.post(f"{pluggy.server.url}/items", json=body, headers=headers, timeout=30).json()
    assert item["clientUserId"] == "user-42"
    expected = {f"items/{item['id']}": 200, f"accounts?itemId={item['id']}": 200, "connectors": 200}
    expected |= {f"items/{foreign}": 403, f"accounts?itemId={foreign}": 403, "categories": 403}
    for path, status in expected.items():
        assert requests.get(f"{pluggy.server.url}/{path}", headers=headers, timeout=30).status_code == status, path
    assert requests.delete(f"{pluggy.server.url}/items/{item['id']}", headers=headers, timeout=30).status_code == 403


def test_connect_token_checks_its_options(pluggy: Caller) -> None:
    response = pluggy.post("connect_token", {"options": {"oauthRedirectUri": "http://localhost/x"}})
    message = "options.oauthRedirectUri must be a valid HTTPS URL (not localhost) or a valid deep link"
    assert (response.status_code, response.json()["message"]) == (400, message)
    unknown = pluggy.post("connect_token", {"itemId": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"})
    assert (unknown.status_code, unknown.json()["codeDescription"]) == (404, "ITEM_NOT_FOUND")


# Connectors


def test_catalogue_has_150_institutions_and_every_public_id(pluggy: Caller) -> None:
    listed = connectors(pluggy)
    assert len({one["name"].removesuffix(" Empresas") for one in listed}) >= 150
    assert {one["id"] for one in listed} >= KNOWN_IDS
    assert len({one["id"] for one in listed}) == len(listed)


def test_sandbox_connectors_are_shown_only_when_asked_for(pluggy: Caller) -> None:
    ordinary = {one["id"] for one in connectors(pluggy)}
    everything = connectors(pluggy, sandbox="true")
    assert not ordinary & set(SANDBOX_IDS)
    assert {one["id"] for one in everything if one["isSandbox"]} == set(SANDBOX_IDS)
    assert {one["id"] for one in everything} == ordinary | set(SANDBOX_IDS)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"name": "nubank"}, {212, 612, 664}),
        ({"name": "NUBANK", "isOpenFinance": "true"}, {612, 664}),
        ({"name": "nubank", "isOpenFinance": "false"}, {212}),
        ({"name": "nubank", "types": "BUSINESS_BANK"}, {664}),
        ({"name": "nubank", "types": "BUSINESS_BANK,PERSONAL_BANK", "countries": "BR"}, {212, 612, 664}),
        ({"name": "nubank", "countries": "AR"}, set()),
        ({"name": "nubank", "supportsPaymentInitiation": "true"}, {612, 664}),
        ({"name": "nubank", "supportsAutomaticPix": "false"}, {212}),
        ({"name": "nubank", "supportsSmartTransfers": "true"}, set()),
        ({"name": "itau cartoes"}, {247, 647, 668}),
        ({"name": "nubank", "pageSize": "500", "unknown": "ignored"}, {212, 612, 664}),
    ],
)
def test_connectors_are_filtered(pluggy: Caller, filters: dict[str, str], expected: set[int]) -> None:
    assert {one["id"] for one in connectors(pluggy, **filters)} == expected


def test_capital_true_is_not_a_boolean(pluggy: Caller) -> None:
    assert pluggy.get("connectors", sandbox="True").status_code == 400


def test_payments_only_inter_has_no_accounts(pluggy: Caller) -> None:
    inter = {one["id"]: one["products"] for one in connectors(pluggy, name="inter")}
    assert "ACCOUNTS" in inter[823]
    assert all("ACCOUNTS" not in inter[payments] for payments in (615, 625))


def test_itau_asks_cpf_and_password(pluggy: Caller) -> None:
    one = pluggy.get("connectors/201").json()
    assert (one["name"], one["isOpenFinance"], one["oauth"], one["isSandbox"]) == ("Itaú", False, False, False)
    user, password = one["credentials"]
    assert (user["name"], user["label"], user["type"]) == ("user", "CPF", "number")
    assert (password["name"], password["type"]) == ("password", "password")


def test_open_finance_asks_cpf_or_cnpj(pluggy: Caller) -> None:
    names = {one["id"]: [field["name"] for field in one["credentials"]] for one in connectors(pluggy)}
    assert names[612] == ["cpf"]
    assert names[664] == ["cnpj"]
    assert names[200] == []


def test_health_details_come_only_when_asked_for(pluggy: Caller) -> None:
    plain, detailed = pluggy.get("connectors/612").json(), pluggy.get("connectors/612", healthDetails="true").json()
    assert "details" not in plain["health"]
    assert set(detailed["health"]["details"]) == {"connectionRateLast6Hours", "connectionsLast6Hours"}


def test_some_institution_is_unstable_and_some_is_offline(pluggy: Caller) -> None:
    assert {one["health"]["status"] for one in connectors(pluggy)} == {"ONLINE", "UNSTABLE", "OFFLINE"}


@pytest.mark.parametrize("connector_id", ["99999999", "nubank", "-1", "1.5"])
def test_unknown_connector_is_a_404(pluggy: Caller, connector_id: str) -> None:
    response = pluggy.get(f"connectors/{connector_id}")
    assert (response.status_code, response.json()["codeDescription"]) == (404, "CONNECTOR_NOT_FOUND")


@pytest.mark.parametrize(
    ("parameters", "errors"),
    [
        ({"user": "123.456.789-00", "password": "minhasenha"}, []),
        ({"user": "12345678900", "password": "minhasenha", "other": "ignored"}, []),
        ({"user": "", "password": "minhasenha"}, [("001", "user")]),
        ({}, [("001", "user"), ("001", "password")]),
        ({"user": "123", "password": "minhasenha"}, [("002", "user")]),
        ({"user": 12345678900, "password": "minhasenha"}, [("002", "user")]),
    ],
)
def test_validation_answers_200_with_what_is_wrong(
    pluggy: Caller, parameters: Json, errors: list[tuple[str, str]]
) -> None:
    response = pluggy.post("connectors/201/validate", parameters)
    assert response.status_code == 200
    texts = {name: value for name, value in parameters.items() if isinstance(value, str)}
    assert response.json()["parameters"] == texts
    assert [(error["code"], error["parameter"]) for error in response.json()["errors"]] == errors


def test_validation_knows_the_options_of_a_select_and_what_is_optional(pluggy: Caller) -> None:
    user = {"user": "12345678900", "password": "minhasenha"}
    wrong = pluggy.post("connectors/258/validate", user | {"cooperative": "9999"}).json()["errors"]
    right = pluggy.post("connectors/258/validate", user | {"cooperative": "0001"}).json()["errors"]
    assert ([error["code"] for error in wrong], right) == (["002"], [])
    account = {"branch": "1234", "account": "12345-6", "password": "minhasenha"}
    assert pluggy.post("connectors/261/validate", account).json()["errors"] == []


# Manners


def test_unknown_path_and_wrong_method_answer_json(pluggy: Caller) -> None:
    missing, wrong = pluggy.get("nothing"), pluggy.call("PUT", "items")
    assert (missing.status_code, missing.json()["code"]) == (404, 404)
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["Allow"]) == (405, 405, "POST")


@pytest.mark.parametrize("data", [b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_body_that_is_not_a_json_object_is_a_400(pluggy: Caller, data: bytes) -> None:
    response = pluggy.call("POST", "items", data=data)
    assert (response.status_code, response.json()["code"]) == (400, 400)


def test_body_over_the_limit_is_a_400(pluggy: Caller) -> None:
    response = pluggy.call("POST", "items", data=b" " * 2_000_000)
    assert (response.status_code, response.json()["code"]) == (400, 400)


def test_body_is_read_whatever_its_content_type(pluggy: Caller) -> None:
    body = json.dumps({"clientId": "id", "clientSecret": "secret"})
    assert pluggy.call("POST", "auth", data=body, headers={"Content-Type": "text/plain"}).status_code == 200


def test_requests_are_remembered_without_their_contents(pluggy: Caller) -> None:
    pluggy.server.forget_requests()
    secret = {"user": "12345678900", "password": "segredo-canario"}
    item = pluggy.create(201, secret, clientUserId="canario")
    pluggy.get("accounts", itemId=item["id"])
    seen = pluggy.server.requests()
    assert [(one["method"], one["path"], one["query"], one["status"]) for one in seen] == [
        ("POST", "/items", [], 200),
        ("GET", "/accounts", ["itemId"], 200),
    ]
    assert set(seen[0]) == {"method", "path", "query", "status", "at"}
    assert "canario" not in json.dumps(seen)


def test_reset_forgets_everything_but_the_start(pluggy: Caller) -> None:
    pluggy.create(201, {"user": "12345678900", "password": "minhasenha"})
    pluggy.server.options(auto_sync_hours=8)
    pluggy.server.fault("status", count=None)
    pluggy.server.advance(days=3)
    pluggy.server.reset()
    assert (pluggy.server.items(), pluggy.server.requests(), pluggy.server.admin("faults")["results"]) == ([], [], [])
    assert pluggy.server.admin("now")["now"].startswith("2026-11-23T15:")


def test_equal_seeds_give_equal_ids() -> None:
    def first_item(seed: int) -> str:
        with start_pluggy(seed=seed) as server:
            caller = Caller(server)
            item = caller.create(201, {"user": "12345678900", "password": "minhasenha"})
            caller.close()
            return str(item["id"])

    assert first_item(1) == first_item(1) != first_item(2)


def test_clock_starts_at_noon_of_the_given_day_and_runs_at_its_speed() -> None:
    with start_pluggy(today=date(2026, 2, 3), speed=1) as server:
        assert server.admin("now")["now"].startswith("2026-02-03T15:00:")


async def first_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed first. TimeoutError when nothing is."""
    printed = ""
    async with asyncio.timeout(10):
        while "\n" not in printed:
            await asyncio.sleep(0.01)
            printed += capsys.readouterr().out
    return printed.splitlines()[0]


async def test_serve_prints_its_address_first_and_stops_when_cancelled(capsys: pytest.CaptureFixture[str]) -> None:
    task = asyncio.create_task(serve(port=0, speed=50, seed=1, today=date(2026, 11, 23)))
    url = await first_line(capsys)
    answer = await asyncio.to_thread(
        requests.post, f"{url}/auth", json={"clientId": "a", "clientSecret": "b"}, timeout=30
    )
    assert answer.status_code == 200
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await task
    with pytest.raises(requests.ConnectionError):
        await asyncio.to_thread(requests.get, url, timeout=5)


def test_taken_port_is_an_error_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address"):
            PluggyServer(port=taken.getsockname()[1])
