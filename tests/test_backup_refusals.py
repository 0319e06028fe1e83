"""What is no whole backup, and what may not be overwritten: a clear sentence, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from open_finance.backup.copies import check_backup, restore_backup, write_backup
from open_finance.errors import (
    BackupDamagedError,
    BackupError,
    BackupKeyError,
    BackupNewerError,
    DatabaseInUseError,
    DatabaseNotEmptyError,
    ForeignDatabaseError,
    NotABackupError,
    RowsRefusedError,
)
from open_finance.storage.database import Database
from open_finance.storage.models import Base, LeaseRow
from tests.backup_world import KEY, fill, opened, sorted_rows
from tests.clocks import START, ManualClock
from tests.databases import BOTH_DATABASES
from tests.every_row import everything, fill_every_table

pytestmark = pytest.mark.usefixtures("cheap_keys")

both_sources = pytest.mark.parametrize("filled_database", BOTH_DATABASES, indirect=True)
both_targets = pytest.mark.parametrize("tableless_database", BOTH_DATABASES, indirect=True)


# --- refusals --------------------------------------------------------------------------------------------------------


def spoilt(content: bytes, how: str) -> bytes:
    middle = len(content) // 2
    return {
        "truncated": content[:middle],
        "a byte less": content[:-1],
        "flipped": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "longer": content + b"\x00",
        "a text": b"<html>404</html>",
        "empty": b"",
    }[how]


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("truncated", BackupDamagedError),
        ("a byte less", BackupDamagedError),
        ("flipped", BackupDamagedError),
        ("longer", BackupDamagedError),
        ("a text", NotABackupError),
        ("empty", NotABackupError),
    ],
)
def test_spoilt_file_is_refused_and_nothing_is_written(
    tableless_database: Database, backup_file: Path, how: str, kind: type[BackupError]
) -> None:
    backup_file.write_bytes(spoilt(backup_file.read_bytes(), how))
    with pytest.raises(kind):
        check_backup(backup_file, KEY)
    with pytest.raises(kind):
        restore_backup(tableless_database, KEY, backup_file)
    assert not Path(tableless_database.url.database or "").exists()


def test_another_key_is_told(tableless_database: Database, backup_file: Path) -> None:
    with pytest.raises(BackupKeyError):
        restore_backup(tableless_database, KEY + "!", backup_file)
    assert not Path(tableless_database.url.database or "").exists()


@both_targets
def test_backup_of_a_newer_program_is_refused(
    filled_database: Database, tableless_database: Database, tmp_path: Path
) -> None:
    with filled_database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    write_backup(filled_database, KEY, tmp_path / "newer.gfb")
    with pytest.raises(BackupNewerError):
        restore_backup(tableless_database, KEY, tmp_path / "newer.gfb")


def test_database_with_rows_is_refused_unless_they_may_go(
    database: Database, backup_file: Path, clock: ManualClock
) -> None:
    with database.writing() as session:
        fill_every_table(session, 5)
    there = sorted_rows(database)
    with pytest.raises(DatabaseNotEmptyError):
        restore_backup(database, KEY, backup_file, clock)
    assert sorted_rows(database) == there
    restore_backup(database, KEY, backup_file, clock, replace=True)
    assert sum(check_backup(backup_file, KEY).counts.values()) == sum(map(len, everything(database).values()))
    assert not any("'user_id': 5," in row for rows in sorted_rows(database).values() for row in rows)


def test_database_of_a_bot_that_began_once_is_empty(
    sqlite_database: Database, backup_file: Path, clock: ManualClock
) -> None:
    with sqlite_database.writing() as session:
        session.add(LeaseRow(name="telegram-poller", holder="", expires_at=START, fence=1))
    assert restore_backup(sqlite_database, KEY, backup_file, clock).rows


def held_by_a_bot(database: Database) -> None:
    with database.writing() as session:
        session.add(LeaseRow(name="telegram-poller", holder="x", expires_at=START + timedelta(seconds=9), fence=1))


def held_by_a_worker(database: Database) -> None:
    with database.writing() as session:
        fill_every_table(session, 5)
        until = START + timedelta(seconds=9)
        session.connection().execute(update(Base.metadata.tables["bank_connections"]).values(lease_until=until))


@pytest.mark.parametrize("hold", [held_by_a_bot, held_by_a_worker])
def test_database_in_use_is_left_alone(
    sqlite_database: Database, backup_file: Path, clock: ManualClock, hold: Callable[[Database], None]
) -> None:
    hold(sqlite_database)
    there = sorted_rows(sqlite_database)
    with pytest.raises(DatabaseInUseError):
        restore_backup(sqlite_database, KEY, backup_file, clock, replace=True)
    assert sorted_rows(sqlite_database) == there
    clock.advance(seconds=10)
    restore_backup(sqlite_database, KEY, backup_file, clock, replace=True)


def test_database_in_use_is_left_alone_on_postgresql(
    postgres_database: Database, backup_file: Path, clock: ManualClock
) -> None:
    held_by_a_worker(postgres_database)
    held_by_a_bot(postgres_database)
    with pytest.raises(DatabaseInUseError):
        restore_backup(postgres_database, KEY, backup_file, clock, replace=True)


@both_targets
def test_tables_of_another_program_are_left_alone(tableless_database: Database, backup_file: Path) -> None:
    with tableless_database.rebuilding() as connection:
        connection.execute(text("CREATE TABLE budgets (theirs INTEGER)"))
        connection.execute(text("INSERT INTO budgets VALUES (1)"))
    with pytest.raises(ForeignDatabaseError):
        restore_backup(tableless_database, KEY, backup_file, replace=True)
    with tableless_database.snapshot() as connection:
        assert connection.execute(text("SELECT theirs FROM budgets")).scalar_one() == 1


def test_rows_that_the_database_refuses_leave_everything_as_it_was(
    database: Database, sqlite_template: Path, tmp_path: Path, clock: ManualClock
) -> None:
    """An account without its connection, which SQLite lets in where it is not asked to look."""
    path = tmp_path / "orphans.db"
    path.write_bytes(sqlite_template.read_bytes())
    with opened(f"sqlite:///{path}") as broken:
        with broken.writing() as session:
            fill_every_table(session)
        with broken.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("DELETE FROM bank_connections")
        write_backup(broken, KEY, tmp_path / "orphans.gfb", clock)
    fill(database)
    there = sorted_rows(database)
    with pytest.raises(RowsRefusedError):
        restore_backup(database, KEY, tmp_path / "orphans.gfb", clock, replace=True)
    assert sorted_rows(database) == there
