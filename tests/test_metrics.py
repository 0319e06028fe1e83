"""/metrics, read by the library of monitors: true figures, nobody's data, few values, one question at a time."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from gerente_financeiro.metrics import MOST_VALUES, OTHER, Metrics, Standing
from gerente_financeiro.watching import kind_of
from open_finance.errors import DatabaseUnavailableError
from open_finance.operations import Operations, Situation
from open_finance.quotas import OPERATIONAL_LIMITS
from open_finance.records import Connection
from open_finance.storage.database import Database
from open_finance.storage.operating import STATES
from open_finance.version import VERSION
from tests.bot_app import RunningBot, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.rows import add_connection
from tests.story import LOGIN, checking, row
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "um-token-so-do-monitor"
SECRET_WORDS = ("Loja da Ana", "7777", "Conta da Ana", "Itaú", str(ANA), LOGIN["user"])


@pytest.fixture
def served(telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock) -> Iterator[RunningBot]:
    with running_bot(telegram, pluggy, sqlite_url, clock, port=0, metrics_token=TOKEN) as bot:
        telegram.send_text(ANA, "/ajuda")  # who answers has begun: what a test connects is not taken for a remainder
        telegram.wait_for_text(ANA, "Ver dinheiro", 15)
        yield bot


class Exposed:
    """What a monitor has read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.samples = [sample for family in self.families.values() for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        found = [one.value for one in self.samples if one.name == name and labels.items() <= one.labels.items()]
        assert found, f"{name}{labels} is not there"
        return sum(found)

    def has(self, name: str) -> bool:
        return any(one.name == name for one in self.samples)

    def values_of(self, label: str) -> set[str]:
        return {one.labels[label] for one in self.samples if label in one.labels}


def read(bot: RunningBot, http: requests.Session, token: str = TOKEN) -> Exposed:
    answer = http.get(f"{bot.url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=15)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return Exposed(answer.text)


def connect(bot: RunningBot, pluggy: PluggyServer, clock: ManualClock) -> Connection:
    account = checking(balance="7777.77", name="Conta da Ana")
    rows = [row(1, clock.now().date(), "-7777.00", description="Loja da Ana")]
    household = {"accounts": [account], "transactions": {account["id"]: rows}}
    pluggy.admin("households", {"match": LOGIN["user"], "household": household})
    made = bot.core.connector.start_connection(user_id=ANA, connector_id=201, credentials=LOGIN)
    wait_until(lambda: bot.core.connector.check_connection(ANA, made["id"])["last_synced_at"], seconds=20)
    return made


# --- who may read it -------------------------------------------------------------------------------------------------


def test_without_a_token_there_is_no_such_page_and_its_library_is_not_loaded(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, http: requests.Session
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock, port=0) as bot:
        for headers in ({}, {"Authorization": "Bearer None"}, {"Authorization": f"Bearer {TOKEN}"}):
            answer = http.get(f"{bot.url}/metrics", headers=headers, timeout=5)
            assert (answer.status_code, answer.text) == (404, "")


def test_importing_the_bot_loads_neither_the_monitors_library_nor_the_logs() -> None:
    program = (
        "import sys, gerente_financeiro.app, gerente_financeiro.web, open_finance.worker; "
        "print([name for name in ('prometheus_client', 'pythonjsonlogger') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "authorization", [None, "", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ", f"bearer {TOKEN}", "Bearer é"]
)
def test_who_does_not_know_the_token_is_told_nothing(
    served: RunningBot, http: requests.Session, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    answer = http.get(f"{served.url}/metrics", headers=headers, timeout=5)
    assert (answer.status_code, answer.text) == (401, "")


# --- what it says ----------------------------------------------------------------------------------------------------


def test_figures_are_those_of_a_state_that_is_known(
    served: RunningBot, http: requests.Session, pluggy: PluggyServer, clock: ManualClock, telegram: TelegramServer
) -> None:
    connect(served, pluggy, clock)
    telegram.send_text(ANA, "/saldo")
    telegram.wait_for_text(ANA, "Você tem", 15)
    telegram.send_text(ANA, "/segredo Loja da Ana 7777,77")
    telegram.wait_for_text(ANA, "Não conheço esse comando", 15)
    clock.advance(hours=3)
    synced = served.core.operations.situation().standing.oldest_read_at
    assert synced is not None
    with served.core.database.writing() as session:
        add_connection(session, ANA + 1, "item-x", trouble_code="INVALID_CREDENTIALS")
    served.core.counts.flush()
    wait_until(lambda: served.context.application.running)
    wait_until(lambda: served.core.operations.situation().poller_held)
    seen = read(served, http)
    assert seen.value("gerente_poller_lease_held") == 1
    assert seen.value("gerente_database_up") == 1
    assert seen.value("gerente_answering") == 1
    assert seen.value("gerente_users") == 2
    assert {state: seen.value("gerente_connections", state=state) for state in STATES} == {
        **dict.fromkeys(STATES, 0),
        "ok": 1,
        "needs_person": 1,
    }
    assert seen.value("gerente_oldest_sync_age_seconds") == (clock.now() - synced).total_seconds()
    assert seen.value("gerente_sync_paused") == 0
    assert seen.value("gerente_database_bytes") > 10_000
    assert seen.value("gerente_build_info", version=VERSION) == 1
    assert seen.value("gerente_pluggy_requests_total", endpoint="POST /items", status="2xx") == 1
    assert seen.value("gerente_pluggy_request_seconds_count", endpoint="POST /items") == 1
    assert seen.value("gerente_pluggy_month_calls", endpoint="POST /items") == 1
    assert seen.value("gerente_sync_passes_total", width="wide", outcome="changed") == 1
    assert seen.value("gerente_sync_pass_seconds_count", width="wide") >= 1
    assert seen.value("gerente_telegram_update_seconds_count", kind="/saldo") == 1
    assert seen.value("gerente_telegram_update_seconds_count", kind="text") == 1
    assert seen.value("process_resident_memory_bytes") > 1_000_000
    assert seen.values_of("part") == {limit.part for limit in OPERATIONAL_LIMITS}
    assert not seen.has("gerente_queue_length")
    for word in SECRET_WORDS:
        assert word not in seen.text


def test_a_pause_and_limits_of_pluggy_are_seen(
    served: RunningBot, http: requests.Session, pluggy: PluggyServer
) -> None:
    pluggy.fault("status", method="GET", path="^/connectors", status=429, count=1)
    with pytest.raises(Exception, match="429"):
        served.core.client.for_person().list_connectors()
    served.core.operations.pause_sync()
    served.core.counts.flush()
    seen = read(served, http)
    assert seen.value("gerente_sync_paused") == 1
    assert seen.value("gerente_pluggy_requests_total", endpoint="GET /connectors", status="429") == 1
    assert seen.value("gerente_pluggy_month_limited", endpoint="GET /connectors") == 1


def test_an_error_is_counted_by_its_class_alone(
    served: RunningBot,
    http: requests.Session,
    telegram: TelegramServer,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("Loja da Ana 7777")

    monkeypatch.setattr(type(served.core.connector), "list_connections", stumble)
    telegram.send_text(ANA, "/start")
    telegram.wait_for_text(ANA, "deu errado", 15)
    served.core.counts.flush()
    clock.advance(seconds=11)
    seen = read(served, http)
    assert seen.value("gerente_errors_total", error="ZeroDivisionError") == 1
    assert seen.value("gerente_errors_last_day", error="ZeroDivisionError") == 1
    assert "Loja" not in seen.text


def test_a_database_that_is_away_costs_its_figures_and_nothing_else(
    served: RunningBot, http: requests.Session, clock: ManualClock
) -> None:
    assert read(served, http).value("gerente_database_up") == 1
    database, healthy = served.core.database, served.core.database.engine
    database.engine = Database("sqlite:////nowhere/at/all.db").engine
    clock.advance(seconds=11)
    ill = read(served, http)
    database.engine = healthy
    assert ill.value("gerente_database_up") == 0
    assert not ill.has("gerente_users")
    assert ill.has("process_cpu_seconds_total")
    clock.advance(seconds=11)
    assert read(served, http).value("gerente_database_up") == 1


def test_a_database_that_hangs_is_not_waited_for(
    served: RunningBot, http: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gerente_financeiro.metrics_page.PATIENCE_SECONDS", 0.05)
    let_go, asked = threading.Event(), []

    def hang(_self: Operations) -> Situation:
        asked.append(1)
        let_go.wait(20)
        raise DatabaseUnavailableError("late")

    monkeypatch.setattr(Operations, "situation", hang)
    try:
        for _ in range(3):
            assert read(served, http).value("gerente_database_up") == 0
        assert len(asked) == 1
    finally:
        let_go.set()


def test_many_who_ask_at_once_ask_the_database_once(
    served: RunningBot, http: requests.Session, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    asked, ask = [], Operations.situation
    begun = threading.Event()

    def counted(operations: Operations) -> Situation:
        asked.append(1)
        begun.wait(5)
        return ask(operations)

    monkeypatch.setattr(Operations, "situation", counted)
    with ThreadPoolExecutor(12) as pool:
        reads = [pool.submit(read, served, http) for _ in range(12)]
        begun.set()
        assert {one.result().value("gerente_database_up") for one in reads} == {1}
    assert len(asked) == 1
    clock.advance(seconds=9)
    read(served, http)
    assert len(asked) == 1
    clock.advance(seconds=2)
    read(served, http)
    assert len(asked) == 2


# --- few values, whatever happens ------------------------------------------------------------------------------------


def test_labels_have_few_values_whatever_is_told() -> None:
    metrics = Metrics()
    for number in range(MOST_VALUES * 2):
        metrics.count("error", error=f"Error{number}")
        metrics.time("pluggy_request", 0.1, endpoint=f"GET /{number}", status="2xx")
        metrics.time("telegram_update", 0.1, kind=f"/{number}")
    seen = Exposed(metrics.render(Standing(), answering=False).decode())
    for label in ("error", "endpoint", "kind"):
        assert len(seen.values_of(label)) == MOST_VALUES + 1
        assert OTHER in seen.values_of(label)
    assert seen.value("gerente_errors_total", error=OTHER) == MOST_VALUES


def test_endpoints_are_templates(
    served: RunningBot, http: requests.Session, pluggy: PluggyServer, clock: ManualClock
) -> None:
    made = connect(served, pluggy, clock)
    endpoints = read(served, http).values_of("endpoint")
    assert {"POST /auth", "GET /items/{item_id}", "GET /v2/transactions"} <= endpoints
    assert not any(made["item_id"] in one for one in endpoints)


@pytest.mark.parametrize("text", ["/saldo", "/SALDO@um_bot", "/saldo 30"])
def test_a_kind_of_update_is_one_of_ours(text: str) -> None:
    from telegram import Update

    user = {"id": ANA, "is_bot": False, "first_name": "Ana"}
    message = {"message_id": 1, "date": 0, "chat": {"id": ANA, "type": "private"}, "from": user, "text": text}
    update = Update.de_json({"update_id": 1, "message": message})
    assert kind_of(update, {"saldo"}, ()) == "/saldo"
    assert kind_of(update, {"extrato"}, ()) == "text"
    assert kind_of(Update.de_json({"update_id": 1, "edited_message": message}), {"saldo"}, ()) == "edit"
    tap = {"id": "1", "from": user, "chat_instance": "1", "data": "saldo:1:Loja"}
    assert kind_of(Update.de_json({"update_id": 1, "callback_query": tap}), (), {"saldo"}) == "tap:saldo"
    assert kind_of(Update.de_json({"update_id": 1, "callback_query": tap}), (), ()) == "tap"
    assert kind_of(object(), (), ()) == "other"
    blank = Update.de_json({"update_id": 1, "message": message | {"text": "  "}})
    assert kind_of(blank, {""}, ()) == "text"


# --- the guide -------------------------------------------------------------------------------------------------------

GUIDE = (ROOT / "docs" / "monitorar.md").read_text(encoding="utf-8")


def everything(clock: ManualClock, database: Database) -> Exposed:
    """Every figure that there can be."""
    metrics = Metrics()
    metrics.count("error", error="ValueError")
    metrics.time("pluggy_request", 0.1, endpoint="GET /a", status="2xx")
    metrics.time("sync_pass", 0.1, width="wide", outcome="changed")
    metrics.time("telegram_update", 0.1, kind="text")
    with database.writing() as session:
        add_connection(session, last_synced_at=clock.now() - timedelta(hours=1))
    operations = Operations(database, clock, lambda: 0)
    standing = Standing(operations.situation(), operations.troubles(), operations.quotas())
    return Exposed(metrics.render(standing, answering=True).decode())


def test_the_guide_names_exactly_what_is_exposed(clock: ManualClock, sqlite_database: Database) -> None:
    tables = re.findall(r"^\| `(gerente_\w+?)(?:\{([\w,]+)\})?` \|", GUIDE, re.MULTILINE)
    told = {
        name.removesuffix("_total").removesuffix("_info"): set(filter(None, labels.split(",")))
        for name, labels in tables
    }
    seen = everything(clock, sqlite_database)
    exposed = {name.removesuffix("_info") for name in seen.families if name.startswith("gerente_")}
    assert set(told) == exposed
    for sample in seen.samples:
        name = re.sub(r"_(total|info|created|bucket|sum|count)$", "", sample.name)
        if name in told:
            assert set(sample.labels) - {"le"} == told[name], sample.name


def test_the_guides_alerts_and_limits_are_the_codes(clock: ManualClock, sqlite_database: Database) -> None:
    seen = everything(clock, sqlite_database)
    known = {sample.name for sample in seen.samples}
    alerts = GUIDE.partition("### Alertas")[2].partition("## Log")[0]
    named = set(re.findall(r"gerente_\w+", alerts))
    assert len(named) >= 8
    assert named <= known
    table = GUIDE.partition("| Dado | Por mês")[2]
    numbers = [int(number) for number in re.findall(r"^\| [^|]+ \| (\d+) \| ", table, re.MULTILINE)]
    assert numbers == [limit.monthly for limit in OPERATIONAL_LIMITS]
    parts = re.search(r"part=~\"([^\"]+)\"", alerts)
    assert parts is not None
    assert set(parts[1].split("|")) == {one.part for one in OPERATIONAL_LIMITS if one.rhythm == "always"}


def test_the_version_is_the_packages() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert Decimal(VERSION.rpartition(".")[0]) >= 0
