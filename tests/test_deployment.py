"""The guide for whoever puts the bot on a host: what it names exists, and a process begun as it says answers."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import bot
from gerente_financeiro.config import load_bot_settings
from open_finance.config import database_url
from open_finance.errors import ConfigurationError
from tests.bot_app import Chat
from tests.bot_process import BotProcess
from tests.databases import on_both
from tests.local_http import local_session
from tests.pluggy_server import PluggyServer, start_pluggy
from tests.public_bot import free_port
from tests.telegram_server import ANA, TelegramServer, start_telegram

ROOT = Path(__file__).resolve().parent.parent
GUIDES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("implantar.md", "retencao.md")}
GUIDE = GUIDES["implantar.md"]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
KNOWN = frozenset(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
HEALTH = "/healthz"
#: The guide speaks of backups and of the doctor, whose own pages come with them: where those are, nothing of them may lack.
COMING = {
    "backup.md": frozenset({"BACKUP_KEY", "backup", "restore"}),
    "diagnostico.md": frozenset({"doctor"}),
}
YET_TO_COME = frozenset().union(
    *({page, *names} for page, names in COMING.items() if not (ROOT / "docs" / page).exists())
)


def settings_of(*blocks: str) -> dict[str, str]:
    """The variables of the guide's blocks, later ones over earlier ones."""
    found: dict[str, str] = {}
    for name in blocks:
        block = re.search(rf"^ *```ini {name}\n(.*?)^ *```", GUIDE, re.DOTALL | re.MULTILINE)
        assert block is not None, name
        found |= dict(line.strip().split("=", 1) for line in block[1].splitlines())
    return found


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def read_yaml(text: str) -> Any:
    return importlib.import_module("yaml").safe_load(text)


# --- what it names exists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GUIDES)
def test_every_variable_that_is_named_is_one_of_ours(name: str) -> None:
    hosts = {"RAILWAY_PUBLIC_DOMAIN"}
    named = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+|PORT)\b", GUIDES[name])) - hosts
    assert named
    assert named <= KNOWN | YET_TO_COME


@pytest.mark.parametrize("name", GUIDES)
def test_every_page_and_file_that_is_linked_is_there(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", GUIDES[name]):
        if "://" not in target and target not in YET_TO_COME:
            assert (ROOT / "docs" / target).exists(), target


def test_every_heading_that_is_linked_is_there() -> None:
    linked = re.findall(r"\]\(([^):#]*)#([^)]+)\)", GUIDE)
    assert {("", "na-railway"), ("", "na-render"), ("", "quem-pode-usar")} <= set(linked)
    for page, heading in linked:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8") if page else GUIDE
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
            for line in text.splitlines()
            if line.startswith("#")
        }
        assert heading in headings, f"{page}#{heading}"


def test_every_program_that_is_named_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"python bot\.py (\w+)", GUIDE))
    assert {"worker", "backup", "restore", "doctor"} == named
    for program in named - YET_TO_COME:
        with pytest.raises(SystemExit) as ended:
            bot.parse([program, "--help"])
        assert ended.value.code == 0, program
    capsys.readouterr()


# --- the hosts' files ------------------------------------------------------------------------------------------------


def railway(name: str) -> Any:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))["deploy"]


def test_all_hosts_begin_the_same_program_and_ask_for_its_health_where_it_tells() -> None:
    assert set(procfile().values()) == {railway("railway.json")["startCommand"]} == {"python bot.py"}
    assert railway("railway.worker.json")["startCommand"] == "python bot.py worker"
    assert railway("railway.json")["healthcheckPath"] == HEALTH
    assert railway("railway.json")["drainingSeconds"] == 30
    assert f"`{HEALTH}`" in GUIDE
    assert "30 s" in GUIDE


def blueprint(*, address: bool = False, machines: bool = False) -> Any:
    """render.yaml as it stands, or with what its comments and the guide tell to take in."""
    text = (ROOT / "render.yaml").read_text(encoding="utf-8")
    head, _, several = text.partition("  # Several machines")
    if address:
        head = head.replace("- type: worker  # address: type: web", "- type: web")
        head = re.sub(r"^( +)# (healthCheckPath: .*|- key: PUBLIC_URL.*)$", r"\1\2", head, flags=re.MULTILINE)
        head = re.sub(r"^( +)# ( +(?:fromService:|type: web|name: |envVarKey: ).*)$", r"\1\2", head, flags=re.MULTILINE)
    if machines:
        first, _, rest = several.partition("\n")
        several = f"{first}\n" + re.sub(r"^  # (.*)$", r"  \1", rest, flags=re.MULTILINE)
    return read_yaml(f"{head}  # Several machines{several}")


def test_renders_file_is_a_worker_with_a_database() -> None:
    plan = blueprint()
    [service] = plan["services"]
    assert (service["type"], service["startCommand"]) == ("worker", "python bot.py")
    assert "healthCheckPath" not in service  # only of a web service
    given = {one["key"]: one for one in service["envVars"]}
    assert set(given) - {"PYTHON_VERSION"} <= KNOWN
    assert given["DATABASE_URL"]["fromDatabase"]["name"] in {one["name"] for one in plan["databases"]}
    assert {key for key, one in given.items() if one.get("sync") is False} == set(settings_of("render"))
    assert service["buildCommand"].endswith("-r requirements.txt")


def test_renders_file_with_an_address_as_the_guide_says() -> None:
    [service] = blueprint(address=True)["services"]
    assert (service["type"], service["healthCheckPath"]) == ("web", HEALTH)
    public = next(one for one in service["envVars"] if one["key"] == "PUBLIC_URL")
    assert public["fromService"] == {"type": "web", "name": service["name"], "envVarKey": "RENDER_EXTERNAL_URL"}


def test_renders_file_with_several_machines_as_the_guide_says() -> None:
    _, worker, redis = blueprint(machines=True)["services"]
    assert worker["startCommand"] == "python bot.py worker"
    given = {one["key"]: one for one in worker["envVars"]}
    assert set(given) - {"PYTHON_VERSION"} == set(settings_of("worker"))
    assert given["REDIS_URL"]["fromService"]["name"] == redis["name"]
    assert redis["type"] == "keyvalue"


# --- as the guide says, it answers -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def telegram() -> Iterator[TelegramServer]:
    with start_telegram(user_ids=(ANA,), allow_loopback=True) as server:
        yield server


@pytest.fixture(scope="module")
def pluggy() -> Iterator[PluggyServer]:
    with start_pluggy(speed=200) as server:
        yield server


class Host:
    """A host that has been told what the guide says, its own values put in where it leaves them open."""

    #: What the guide leaves to its reader, or to the host.
    open = frozenset({"…", "", "123456789", "${{Postgres.DATABASE_URL}}", "https://${{RAILWAY_PUBLIC_DOMAIN}}"})

    def __init__(self, folder: Path, telegram: TelegramServer, pluggy: PluggyServer, database_url: str) -> None:
        self.folder, self.telegram, self.pluggy = folder, telegram, pluggy
        self.port = free_port()
        self.values = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "PLUGGY_CLIENT_ID": "a-client-id-for-tests",
            "PLUGGY_CLIENT_SECRET": "a-client-secret-for-tests",
            "DATABASE_URL": database_url,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "ALLOWED_USER_IDS": str(ANA),
            "ADMIN_USER_IDS": str(ANA),
        }

    def begin(self, command: str, settings: Mapping[str, str], *, port: bool = False) -> BotProcess:
        """The command line of the Procfile, with these variables of the guide and no other of ours."""
        given = {key: self.values[key] if value in self.open else value for key, value in settings.items()}
        network = {"TELEGRAM_API_URL": self.telegram.url, "PLUGGY_API_URL": self.pluggy.url}
        own = {"PORT": str(self.port)} if port else {}
        python, program, *arguments = shlex.split(command)
        assert python == "python"
        process = BotProcess(self.folder, {**given, **network, **own}, (str(ROOT / program), *arguments))
        return process.start()


@pytest.fixture
def host(request: pytest.FixtureRequest, telegram: TelegramServer, pluggy: PluggyServer, tmp_path: Path) -> Host:
    telegram.reset()
    pluggy.reset()
    kind = getattr(request, "param", "sqlite")
    return Host(tmp_path, telegram, pluggy, request.getfixturevalue(f"empty_{kind}_url"))


@on_both("host")
def test_from_the_first_start_to_a_bot_that_knows_its_person(host: Host) -> None:
    ana = Chat(host.telegram, ANA)
    process = host.begin(procfile()["web"], settings_of("railway"))
    try:
        process.wait_until_answering()
        ana.write("/start")
        ana.sees(f"Seu id é {ANA}")
    finally:
        assert process.stop() == 0
    process = host.begin(procfile()["worker"], settings_of("railway", "quem"))
    try:
        process.wait_until_answering()
        ana.write("/start")
        ana.sees("Eu mostro saldo, extrato e cartões")
    finally:
        assert process.stop() == 0
    assert "Traceback" not in process.log


@pytest.mark.parametrize("blocks", [("railway", "railway-publico", "quem"), ("render", "render-publico", "quem")])
def test_with_an_address_it_tells_its_health_and_is_told_what_people_write(host: Host, blocks: tuple[str, ...]) -> None:
    by_the_blueprint = dict.fromkeys(("DATABASE_URL", "PUBLIC_URL"), "")
    settings = by_the_blueprint | settings_of(*blocks)
    process = host.begin(procfile()["web"], settings, port=True)
    try:
        process.wait_until_answering()
        with local_session() as session:
            assert session.get(f"http://127.0.0.1:{host.port}{HEALTH}", timeout=10).status_code == 200
        ana = Chat(host.telegram, ANA)
        ana.write("/start")
        ana.sees("Eu mostro saldo, extrato e cartões")
        assert 200 in [call["status"] for call in host.telegram.calls("setWebhook")]
    finally:
        assert process.stop() == 0
    assert "Traceback" not in process.log


def test_the_volumes_address_is_a_file_in_the_volume() -> None:
    assert database_url(settings_of("volume")["DATABASE_URL"]) == "sqlite:////data/gerente.db"
    assert GUIDE.count("montado em `/data`") == 2


def test_what_stands_for_a_key_is_never_taken_for_one_and_nobody_is_person_0() -> None:
    with pytest.raises(ConfigurationError):
        load_bot_settings(settings_of("railway"))
    keys = {"TELEGRAM_BOT_TOKEN": "1:a-token-for-tests", "PLUGGY_CLIENT_ID": "id", "PLUGGY_CLIENT_SECRET": "secret"}
    render = load_bot_settings(settings_of("render") | keys)
    assert render.allowed_user_ids is not None
    assert not render.allows(ANA)
