"""Backup and restore: every table equal, from either database into either."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from open_finance.backup.copies import Contents, check_backup, copy_to, file_name, restore_backup, write_backup
from open_finance.errors import (
    BackupError,
    NothingToBackUpError,
)
from open_finance.storage.database import Database, current_revision, known_revisions, upgrade
from open_finance.storage.models import Base
from tests.backup_world import CANARY, KEY, OTHER, given_out, opened, sorted_rows
from tests.bot_process import bot_process, environment
from tests.clocks import START, ManualClock
from tests.databases import BOTH_DATABASES
from tests.every_row import PERSON, everything, fill_every_table
from tests.pluggy_server import start_pluggy
from tests.telegram_server import TelegramServer

pytestmark = pytest.mark.usefixtures("cheap_keys")

both_sources = pytest.mark.parametrize("filled_database", BOTH_DATABASES, indirect=True)
both_targets = pytest.mark.parametrize("tableless_database", BOTH_DATABASES, indirect=True)


# --- there and back --------------------------------------------------------------------------------------------------


@both_sources
@both_targets
def test_every_table_is_equal_and_ids_go_on(
    filled_database: Database, tableless_database: Database, backup_file: Path, clock: ManualClock
) -> None:
    before = sorted_rows(filled_database)
    assert all(before.values()), "a table without a row proves nothing: fill it"
    contents = restore_backup(tableless_database, KEY, backup_file, clock)
    assert sorted_rows(tableless_database) == before
    assert contents.counts == {name: len(rows) for name, rows in before.items()}
    assert contents == check_backup(backup_file, KEY)
    assert contents == Contents(known_revisions()[-1], clock.now(), contents.counts)
    assert given_out(tableless_database) == given_out(filled_database)  # never the id that was given out and is gone
    tableless_database.migrate()  # as the bot does at its start


@both_sources
def test_file_is_one_instant_whatever_is_written_meanwhile(
    filled_database: Database, empty_sqlite_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    before = sorted_rows(filled_database)

    class Watched(io.BytesIO):
        """Somebody writes to every table, and deletes, as soon as the first byte is written."""

        def write(self, content: Any) -> int:
            if not self.tell():
                with filled_database.writing() as session:
                    session.connection().execute(Base.metadata.tables["consents"].delete())
                    fill_every_table(session, 777)
            return super().write(content)

    file = Watched()
    copy_to(filled_database, KEY, file, clock)
    assert sorted_rows(filled_database) != before
    path = tmp_path / "meanwhile.gfb"
    path.write_bytes(file.getvalue())
    with opened(empty_sqlite_url) as restored:
        restore_backup(restored, KEY, path, clock)
        assert sorted_rows(restored) == before


def test_bot_answers_on_a_restored_database(
    filled_database: Database, backup_file: Path, tmp_path: Path, shared_telegram: TelegramServer
) -> None:
    shared_telegram.reset()
    url = f"sqlite:///{tmp_path}/back/gerente.db"
    with opened(url) as restored:
        restore_backup(restored, KEY, backup_file)
    with start_pluggy() as pluggy, bot_process(tmp_path, environment(shared_telegram, pluggy, DATABASE_URL=url)):
        pass


@both_targets
def test_older_schema_is_restored_and_brought_up(
    tableless_database: Database, empty_sqlite_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "old.gfb"
    with opened(f"sqlite:///{tmp_path}/old.db") as old:
        with old.rebuilding() as connection:
            upgrade(connection, "0008")
            connection.execute(
                text(
                    "INSERT INTO personal_categories (id, user_id, name, folded, created_at) "
                    "VALUES (41, 7, 'Gato', 'gato', '2026-01-02 03:04:05.000006')"
                )
            )
        assert write_backup(old, KEY, path, clock).revision == "0008"
    restore_backup(tableless_database, KEY, path, clock)
    with tableless_database.snapshot() as connection:
        assert current_revision(connection) == known_revisions()[-1]
    rows = everything(tableless_database)
    assert [(row["id"], row["name"]) for row in rows["personal_categories"]] == [(41, "Gato")]
    assert rows["personal_categories"][0]["created_at"].isoformat() == "2026-01-02T03:04:05.000006+00:00"


def test_text_that_postgresql_cannot_hold_loses_only_that_character(
    sqlite_database: Database, empty_postgres_url: str, tmp_path: Path
) -> None:
    with sqlite_database.writing() as session:
        fill_every_table(session)
        session.connection().execute(update(Base.metadata.tables["prompts"]).values(kind="a\x00b"))
    write_backup(sqlite_database, KEY, tmp_path / "nul.gfb")
    with opened(empty_postgres_url) as restored:
        restore_backup(restored, KEY, tmp_path / "nul.gfb")
        assert everything(restored)["prompts"][0]["kind"] == "ab"


# --- the file --------------------------------------------------------------------------------------------------------


def test_file_is_its_owners_alone_and_tells_nothing(filled_database: Database, backup_file: Path) -> None:
    assert stat.S_IMODE(backup_file.stat().st_mode) == 0o600
    content = backup_file.read_bytes()
    for secret in (CANARY[:10], str(PERSON), str(OTHER), "bank_transactions", "sqlite", KEY):
        assert secret.encode() not in content
    assert [path.name for path in backup_file.parent.glob("*gfb*")] == [backup_file.name]  # no part of it is left


def test_file_that_exists_is_left_alone(filled_database: Database, backup_file: Path) -> None:
    before = backup_file.read_bytes()
    with pytest.raises(BackupError) as caught:
        write_backup(filled_database, KEY, backup_file)
    assert "já existe" in caught.value.user_message
    assert backup_file.read_bytes() == before


@pytest.mark.parametrize("place", ["nowhere/copia.gfb", "filled_database.db/copia.gfb"])
def test_place_that_cannot_be_written_is_told(filled_database: Database, tmp_path: Path, place: str) -> None:
    with pytest.raises(BackupError) as caught:
        write_backup(filled_database, KEY, tmp_path / place)
    assert "Não consegui gravar copia.gfb" in caught.value.user_message


def test_broken_backup_leaves_no_file(
    filled_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: str, **__: Any) -> None:
        raise OSError(28, "")

    monkeypatch.setattr("open_finance.backup.copies.os.fsync", full)
    with pytest.raises(BackupError) as caught:
        write_backup(filled_database, KEY, tmp_path / "full.gfb")
    assert "No space left" in caught.value.user_message
    assert not list(tmp_path.glob("*full*"))


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.touch()], ids=["no file", "an empty file"])
def test_nothing_to_back_up_is_told_and_nothing_made(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "none.db")
    there = sorted(tmp_path.iterdir())
    with opened(f"sqlite:///{tmp_path}/none.db") as database, pytest.raises(NothingToBackUpError):
        write_backup(database, KEY, tmp_path / "copia.gfb")
    assert [path for path in sorted(tmp_path.iterdir()) if path.suffix != ".db-shm"][: len(there)] == there
    assert not (tmp_path / "copia.gfb").exists()


def test_names_sort_as_they_were_made() -> None:
    assert file_name(START) == "backup-2026-11-23T1500.gfb"
