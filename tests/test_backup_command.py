"""``python bot.py backup`` and ``restore``: the key, what is printed, what is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gerente_financeiro.backup_command import WORD, run_backup, run_check, run_restore
from open_finance.config import Settings, load_settings
from open_finance.errors import (
    ConfigurationError,
)
from open_finance.storage.database import Database
from open_finance.storage.models import Base
from tests.backup_world import CANARY, KEY, opened, sorted_rows
from tests.bot_nursery import ROOT
from tests.clocks import ManualClock
from tests.every_row import PERSON

pytestmark = pytest.mark.usefixtures("cheap_keys")

# --- the commands ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["curta", "aaaaaaaaaaaaaaaaaaaa", "coloque sua chave aqui por favor", "x" * 15])
def test_weak_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="BACKUP_KEY") as caught:
        load_settings({"BACKUP_KEY": key})
    assert caught.value.variable == "BACKUP_KEY"
    assert key not in str(caught.value)


def test_key_is_a_secret_and_one_however_it_is_written() -> None:
    composed, apart = (load_settings({"BACKUP_KEY": f"senha comprida com a{x}"}) for x in ("\u0301", "\u0301"))
    assert composed.backup_key == apart.backup_key == "senha comprida com á"
    assert composed.backup_key in composed.secrets
    assert composed.backup_key not in repr(composed)
    with pytest.raises(ConfigurationError, match="BACKUP_KEY falta"):
        Settings().require_backup_key()


@pytest.fixture
def their_settings(filled_database: Database) -> Settings:
    return Settings(database_url=filled_database.url.render_as_string(hide_password=False), backup_key=KEY)


def test_commands_tell_tables_and_nothing_of_anybody(
    their_settings: Settings, tmp_path: Path, clock: ManualClock
) -> None:
    path, back = tmp_path / "copia.gfb", f"sqlite:///{tmp_path}/back.db"
    told = [
        run_backup(their_settings, str(path), clock),
        run_check(their_settings, path),
        run_restore(Settings(database_url=back, backup_key=KEY), path, clock=clock),
    ]
    for status, said in told:
        assert status == 0
        assert "bank_transactions: 2" in said
        assert "23/11/2026 às 12:00" in said
        assert not any(secret in said for secret in (CANARY[:8], str(PERSON), KEY))
    assert "Restaurado" in told[-1][1]


@pytest.mark.parametrize(("answer", "status"), [("não", 2), ("", 2), (WORD, 0), (f" {WORD.upper()} ", 0)])
def test_replacing_wants_the_word(their_settings: Settings, backup_file: Path, answer: str, status: int) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return answer

    assert run_restore(their_settings, backup_file, replace=True, ask=ask)[0] == status
    assert WORD in asked[0]


def test_each_refusal_is_a_sentence(their_settings: Settings, backup_file: Path, tmp_path: Path) -> None:
    def restored(path: Path, **more: Any) -> tuple[int, str]:
        return run_restore(Settings(**{"database_url": their_settings.database_url, "backup_key": KEY} | more), path)

    away = "postgresql+psycopg2://a:uma-senha@127.0.0.1:1/b"
    told = [
        restored(backup_file),
        restored(tmp_path / "none.gfb"),
        restored(backup_file, backup_key=KEY + "?"),
        restored(backup_file, database_url=away),
        run_backup(Settings(database_url=away, backup_key=KEY), str(tmp_path / "c.gfb")),
    ]
    assert [status for status, _ in told] == [1] * len(told)
    assert len({said for _, said in told[:4]}) == 4
    assert not any("senha@" in said or "Traceback" in said for _, said in told)


def run(folder: Path, *arguments: str, stdin: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, str(ROOT / "bot.py"), *arguments],
        cwd=folder,
        env=kept | settings,
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_from_the_command_line(filled_database: Database, tmp_path: Path) -> None:
    url = filled_database.url.render_as_string(hide_password=False)
    missing = run(tmp_path, "backup", DATABASE_URL=url)
    assert (missing.returncode, missing.stdout) == (2, b"")
    assert missing.stderr.decode().startswith("BACKUP_KEY falta")
    made = run(tmp_path, "backup", "-", DATABASE_URL=url, BACKUP_KEY=KEY)
    assert made.returncode == 0
    assert "Cópia pronta" in made.stderr.decode()
    (tmp_path / "c.gfb").write_bytes(made.stdout)
    back = run(tmp_path, "restore", "c.gfb", DATABASE_URL="sqlite:///novo/gerente.db", BACKUP_KEY=KEY)
    assert (back.returncode, back.stderr) == (0, b"")
    with opened(f"sqlite:///{tmp_path}/novo/gerente.db") as restored:
        assert sorted_rows(restored) == sorted_rows(filled_database)
        with restored.reading() as session:
            assert session.execute(select(Base.metadata.tables["prompts"])).first()
    again = run(
        tmp_path,
        "restore",
        "--replace",
        "c.gfb",
        stdin=b"nao\n",
        DATABASE_URL="sqlite:///novo/gerente.db",
        BACKUP_KEY=KEY,
    )
    assert again.returncode == 2
    assert "Nada foi mudado" in again.stderr.decode()
