"""Doctor: in health every line is well; each fault has a line and a remedy of its own; and nothing is changed."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gerente_financeiro.doctor.checks import run_checks
from gerente_financeiro.doctor.command import format_json, format_text
from gerente_financeiro.doctor.findings import Finding, exit_status
from gerente_financeiro.doctor.settings import _REMEDIES, _STAND_INS, read_settings
from gerente_financeiro.doctor.stored import check_database
from open_finance.storage.database import known_revisions
from open_finance.storage.inspection import DatabaseState
from tests.bot_app import CLIENT_SECRET
from tests.bot_nursery import ROOT
from tests.clocks import START
from tests.databases import PostgresServer
from tests.doctor_faults import EVERY_FAULT as FAULTS
from tests.doctor_world import LateClock, World, answering, seeded
from tests.pluggy_server import start_pluggy, wait_until
from tests.public_bot import public_bot
from tests.telegram_server import start_telegram

BACKUP_KEY = "uma-chave-de-copias-bem-comprida"
#: None of it may ever be printed.
SECRETS = (CLIENT_SECRET, BACKUP_KEY, "uma-senha", "errado-de-todo", "outro-segredo", "sua-chave-aqui", "Traceback")
BAD = ("warning", "failed")


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    postgres_session: PostgresServer | None,
    redis_session: str | None,
) -> Iterator[World]:
    """A bot that is well, at a public address, between the two local servers."""
    folder = tmp_path_factory.mktemp("doctor")
    shutil.copy(sqlite_template, folder / "gerente.db")
    url = f"sqlite:///{folder}/gerente.db"
    dotenv = folder / ".env"
    dotenv.write_text("LOG_LEVEL=INFO\n")
    dotenv.chmod(0o600)
    with (
        start_telegram() as telegram,
        start_pluggy(options={"allow_loopback": True}) as pluggy,
        public_bot(telegram, pluggy, url) as bot,
    ):
        wait_until(lambda: any(one["path"] == "/webhooks" and one["method"] == "POST" for one in pluggy.requests()))
        env = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "PLUGGY_CLIENT_ID": "a-client-id-for-tests",
            "PLUGGY_CLIENT_SECRET": CLIENT_SECRET,
            "PLUGGY_API_URL": pluggy.url,
            "DATABASE_URL": url,
            "ALLOWED_USER_IDS": "1000",
            "ADMIN_USER_IDS": "1000",
            "BACKUP_KEY": BACKUP_KEY,
            "PUBLIC_URL": str(bot.settings.public_url),
            "PORT": str(bot.settings.port),
        }
        world = World(telegram, pluggy, folder, sqlite_template, postgres_session, redis_session, env)
        world.dotenv = dotenv
        yield world


def examine(world: World) -> list[Finding]:
    return asyncio.run(
        run_checks(world.env, clock=world.clock, dotenv=world.dotenv, machine=world.machine, patience=world.patience)
    )


def bad(findings: list[Finding]) -> dict[str, Finding]:
    return {one.name: one for one in findings if one.state in BAD}


@pytest.fixture(scope="module")
def told(world: World) -> dict[str, list[Finding]]:
    """What doctor says of each fault."""
    heard = {}
    for label, fault in FAULTS.items():
        if missing(world, label) is None:
            with seeded(world, fault.seed) as spoilt:
                heard[label] = examine(spoilt)
    return heard


def needs_postgres(label: str) -> bool:
    return label == "replica" or (label.startswith("redis_") and label != "redis_beside_sqlite")


def missing(world: World, label: str) -> str | None:
    """What this machine lacks for a fault."""
    if world.postgres is None and needs_postgres(label):
        return "PostgreSQL not found"
    return "Redis not found" if world.redis is None and label == "redis_without_a_worker" else None


def test_in_health_every_line_is_well(world: World) -> None:
    findings = examine(world)
    assert bad(findings) == {}, format_text(findings)
    assert [one.name for one in findings if one.state == "skipped"] == ["Redis"]
    assert len({one.name for one in findings}) == len(findings)
    assert exit_status(findings) == 0
    lines = format_text(findings).splitlines()
    assert "✓ Telegram: o token é do bot @gerente_1000000001_bot" in lines
    assert "✓ Bot no ar: um bot está atendendo com este banco" in lines
    assert lines[-1] == "Tudo certo."


@pytest.mark.parametrize("label", FAULTS)
def test_each_fault_is_told_by_its_own_line(world: World, told: dict[str, list[Finding]], label: str) -> None:
    lacks = missing(world, label)
    if lacks:
        pytest.skip(lacks)
    fault, found = FAULTS[label], bad(told[label])
    assert set(found) == set(fault.names), format_text(told[label])
    first = found[fault.names[0]]
    assert fault.says in first.line
    assert all(one.remedy for one in found.values())
    said = format_text(told[label]) + format_json(told[label])
    assert not [secret for secret in (*SECRETS, world.telegram.token) if secret in said]
    assert all("\n" not in one.line + one.remedy for one in told[label])


def test_no_two_faults_read_the_same(told: dict[str, list[Finding]]) -> None:
    first = {label: bad(findings)[FAULTS[label].names[0]] for label, findings in told.items()}
    by_words: dict[tuple[str, str, str], list[str]] = {}
    for label, one in first.items():
        by_words.setdefault((one.name, one.line, one.remedy), []).append(label)
    assert [labels for labels in by_words.values() if len(labels) > 1] == []


def test_all_faults_are_told_at_once(world: World) -> None:
    """Nothing stops at the first."""
    world_env = {
        name: "ruim" for name in _REMEDIES if name not in {"PLUGGY_CLIENT_ID", "PLUGGY_CLIENT_SECRET", "BACKUP_KEY"}
    }
    found = bad(asyncio.run(run_checks(world_env | {"BACKUP_KEY": "curta"}, dotenv=world.folder / "none")))
    assert set(_REMEDIES) <= set(found)
    assert all(found[name].state == "failed" for name in _REMEDIES)


@pytest.mark.parametrize("variable", _STAND_INS)
def test_every_stand_in_is_taken(variable: str) -> None:
    given = {name: value for name, value in _STAND_INS[variable].items() if value is not None}
    assert read_settings({"TELEGRAM_BOT_TOKEN": "1:a-token-of-the-shape", **given}).broken.isdisjoint(given)


def test_doctor_changes_nothing(world: World) -> None:
    """No item, no webhook, no update fetched, no table and no file made."""
    database = world.folder / "gerente.db"
    before = (world.pluggy.items(), sorted(one.name for one in world.folder.iterdir()), database.stat().st_mtime_ns)
    world.pluggy.forget_requests()
    calls = len(world.telegram.calls())
    examine(world)
    asked = {(one["method"], one["path"]) for one in world.pluggy.requests()}
    paths = ("connectors", "v2/transactions", "webhooks")
    assert asked == {("POST", "/auth"), *(("GET", f"/{path}") for path in paths)}
    done = {one["method"] for one in world.telegram.calls()[calls:]} - {"getupdates"}  # the bot's own
    assert done <= {"getme", "getwebhookinfo"}
    after = (world.pluggy.items(), sorted(one.name for one in world.folder.iterdir()), database.stat().st_mtime_ns)
    assert after == before
    with seeded(world, lambda spoilt: spoilt.env.update(DATABASE_URL=f"sqlite:///{world.folder}/new/g.db")) as fresh:
        assert "ainda não existe" in format_text(examine(fresh))
    assert not (world.folder / "new").exists()


def test_one_server_whose_clock_is_wrong_does_not_blame_ours(world: World) -> None:
    def seed(spoilt: World) -> None:
        answers = {
            "getMe": (200, {"ok": True, "result": {"username": "g"}}),
            "": (200, {"ok": True, "result": {"url": ""}}),
        }
        date = {"Date": "Mon, 23 Nov 2020 12:00:00 GMT"}
        spoilt.env["TELEGRAM_API_URL"] = spoilt.stack.enter_context(answering(answers, date))

    with seeded(world, seed) as spoilt:
        assert bad(examine(spoilt)) == {}


def test_clock_without_anybody_to_compare_with(world: World) -> None:
    with seeded(world, lambda spoilt: spoilt.env.update(TELEGRAM_BOT_TOKEN="", PLUGGY_CLIENT_ID="")) as spoilt:
        found = bad(examine(spoilt))
    assert "não pude comparar" in found["Relógio"].line


def test_everything_hangs_and_doctor_ends(world: World) -> None:
    def seed(spoilt: World) -> None:
        for label in ("database_that_hangs", "telegram_hanging", "pluggy_hanging", "public_hanging"):
            FAULTS[label].seed(spoilt)

    with seeded(world, seed) as spoilt:
        began = time.monotonic()
        found = bad(examine(spoilt))
    assert time.monotonic() - began < 6 * spoilt.patience
    assert {"Banco de dados", "Telegram", "Pluggy", "Endereço público"} <= set(found)


def test_redis_with_a_worker_is_well(world: World, redis_url: str) -> None:
    if world.postgres is None:
        pytest.skip("PostgreSQL not found")
    from open_finance.machines.queue import PRESENCE
    from tests.redis_server import client_of

    with seeded(world, FAULTS["redis_without_a_worker"].seed) as spoilt:
        client_of(redis_url).set(PRESENCE, 1)
        findings = examine(spoilt)
    assert bad(findings) == {}
    assert next(one for one in findings if one.name == "Redis").line == "responde, e há um worker"


def test_real_postgresql_is_well_and_says_its_version(world: World, postgres: PostgresServer) -> None:
    url = postgres.create()
    with seeded(world, lambda spoilt: spoilt.env.update(DATABASE_URL=url)) as spoilt:
        findings = examine(spoilt)
    postgres.give_back(url)
    assert bad(findings) == {}
    assert next(one for one in findings if one.name == "Banco de dados").line.startswith("PostgreSQL 1")
    gone = url.replace("gerente_", "nao_existe_")
    with seeded(world, lambda spoilt: spoilt.env.update(DATABASE_URL=gone)) as spoilt:
        assert "não existe nele" in bad(examine(spoilt))["Banco de dados"].line
    nobody = url.replace("postgres@", "ninguem:uma-senha@")
    with seeded(world, lambda spoilt: spoilt.env.update(DATABASE_URL=nobody)) as spoilt:
        assert "usuário ou a senha" in bad(examine(spoilt))["Banco de dados"].line


@pytest.mark.parametrize(
    ("changed", "name", "says"),
    [
        ({"version": 11}, "Banco de dados", "PostgreSQL 11 é velho"),
        ({"is_sqlite": True, "is_writable": False}, "Banco de dados", "SQLite só deixa(m) ler"),
        ({"revision": None}, None, ""),
        ({"connections": 3, "oldest_read_at": START - timedelta(hours=20)}, None, ""),
        ({"connections": 3}, None, ""),
    ],
)
def test_what_is_seen_of_a_database(changed: dict[str, object], name: str | None, says: str) -> None:
    healthy: dict[str, object] = {
        "is_sqlite": False,
        "version": 15,
        "revision": known_revisions()[-1],
        "revisions": known_revisions(),
    }
    found = bad(check_database(DatabaseState(**(healthy | changed)), START))  # type: ignore[arg-type]
    assert list(found) == ([] if name is None else [name])
    assert name is None or says in found[name].line


def test_large_database_is_not_called_broken() -> None:
    seen = DatabaseState(True, 0, known_revisions()[-1], known_revisions(), is_whole=None)
    findings = {one.name: one.state for one in check_database(seen, START)}
    assert findings["Integridade"] == "skipped"


# --- as a program ----------------------------------------------------------------------------------------------------


def run(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    import os

    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, str(ROOT / "bot.py"), "doctor", *arguments],
        cwd=folder,
        env=kept | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_program_is_well(world: World) -> None:
    ended = run(world.folder, **world.env)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("Tudo certo.\n")


def test_program_tells_what_is_wrong_with_a_remedy_below(world: World) -> None:
    ended = run(world.folder, **(world.env | {"PLUGGY_CLIENT_SECRET": "errado-de-todo"}))
    assert (ended.returncode, ended.stderr) == (1, "")
    lines = ended.stdout.splitlines()
    place = lines.index("✗ Pluggy: chaves: recusadas (401)")
    assert lines[place + 1].startswith("    → Confira PLUGGY_CLIENT_ID e PLUGGY_CLIENT_SECRET em dashboard.pluggy.ai")
    assert "errado" not in ended.stdout


def test_program_without_any_setting_speaks_to_machines(tmp_path: Path) -> None:
    ended = run(tmp_path, "--json", TELEGRAM_API_URL="http://127.0.0.1:1", PLUGGY_API_URL="http://127.0.0.1:1")
    assert (ended.returncode, ended.stderr) == (1, "")
    told = json.loads(ended.stdout)
    assert told["ok"] is False
    names = {one["name"] for one in told["findings"] if one["state"] == "failed"}
    assert names == {"TELEGRAM_BOT_TOKEN", "PLUGGY_CLIENT_ID", "PLUGGY_CLIENT_SECRET"}
    assert all(set(one) == {"name", "state", "line", "remedy"} for one in told["findings"])


def test_a_wrong_clock_is_told_either_way(world: World) -> None:
    for seconds, word in ((-45, "atrasado"), (3600, "adiantado")):
        with seeded(world, lambda spoilt, by=seconds: setattr(spoilt, "clock", LateClock(by))) as spoilt:  # type: ignore[misc]
            assert word in bad(examine(spoilt))["Relógio"].line
