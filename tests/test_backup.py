"""Backup and restore: every table equal, from either database into either, all or nothing."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from gerente_financeiro.backup_command import WORD, run_backup, run_check, run_restore
from open_finance.backup import container
from open_finance.backup.copies import Contents, check_backup, copy_to, file_name, restore_backup, write_backup
from open_finance.config import Settings, load_settings
from open_finance.errors import (
    BackupDamagedError,
    BackupError,
    BackupKeyError,
    BackupNewerError,
    ConfigurationError,
    DatabaseInUseError,
    DatabaseNotEmptyError,
    ForeignDatabaseError,
    NotABackupError,
    NothingToBackUpError,
    RowsRefusedError,
)
from open_finance.storage.database import Database, current_revision, known_revisions, upgrade
from open_finance.storage.models import Base, LeaseRow
from tests.bot_process import ROOT, bot_process, environment
from tests.clocks import START, ManualClock
from tests.databases import BOTH_DATABASES
from tests.every_row import PERSON, _sample, everything, fill_every_table
from tests.pluggy_server import start_pluggy
from tests.telegram_server import TelegramServer

KEY = "uma-chave-de-teste-bem-comprida"
OTHER = 8_111_222_333
CANARY = "CANARIO-do-Zé 🐤\n\"aspas\", 'outras' e \\ "


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.dispose()


def fill(database: Database) -> None:
    """Rows in every table, of two people, with texts and values that are easily spoilt on the way."""
    tables = Base.metadata.tables
    with database.writing() as session:
        fill_every_table(session)
        fill_every_table(session, OTHER)
        connection = session.connection()
        connection.execute(
            insert(tables["leases"]).values(name="telegram-poller", holder="a", expires_at=START, fence=7)
        )
        events = tables["webhook_events"]
        made = {one.name: _sample(one, PERSON) for one in events.c if not (one.primary_key and one.autoincrement is True)}
        connection.execute(insert(events).values(made))
        connection.execute(update(tables["bank_transactions"]).values(description=CANARY, amount=Decimal("-98765432109.87")))
        changes = tables["category_changes"]
        connection.execute(update(changes).where(changes.c.user_id == OTHER).values(before={"é": [1, None, "\u2028"]}))
        # The highest id was given out and its row is gone: it must not come again.
        rules = tables["category_rules"]
        gone = connection.execute(
            insert(rules).values(
                user_id=OTHER,
                **dict.fromkeys(("merchant_key", "name_key", "title", "category"), "x"),
                money_in=True,
                applies_from=date(2026, 2, 28),
                created_at=START,
                updated_at=START,
            )
        ).inserted_primary_key
        assert gone
        connection.execute(rules.delete().where(rules.c.id == gone[0]))


def sorted_rows(database: Database) -> dict[str, list[str]]:
    return {name: sorted(map(repr, rows)) for name, rows in everything(database).items()}


def given_out(database: Database) -> int:
    """The id of a new rule."""
    rules = Base.metadata.tables["category_rules"]
    with database.writing() as session:
        texts = dict.fromkeys(("merchant_key", "name_key", "title", "category"), "new")
        times = dict.fromkeys(("created_at", "updated_at"), START)
        key = session.connection().execute(insert(rules).values(user_id=1, money_in=False, **texts, **times))
        assert key.inserted_primary_key
        return int(key.inserted_primary_key[0])


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a key costs is the container's own test."""
    monkeypatch.setattr(container, "COST", 2)


@pytest.fixture
def source(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with rows in every table."""
    url = f"sqlite:///{tmp_path}/source.db"
    if getattr(request, "param", "sqlite") == "sqlite":
        (tmp_path / "source.db").write_bytes(sqlite_template.read_bytes())
    else:
        url = request.getfixturevalue("postgres_url")
    with opened(url) as database:
        fill(database)
        yield database


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Iterator[Database]:
    """One without tables, or without a file."""
    with opened(request.getfixturevalue(f"empty_{getattr(request, 'param', 'sqlite')}_url")) as database:
        yield database


@pytest.fixture
def copy(source: Database, tmp_path: Path, clock: ManualClock) -> Path:
    """A backup of ``source``."""
    path = tmp_path / "copia.gfb"
    write_backup(source, KEY, path, clock)
    return path


both_sources = pytest.mark.parametrize("source", BOTH_DATABASES, indirect=True)
both_targets = pytest.mark.parametrize("target", BOTH_DATABASES, indirect=True)


# --- there and back ------------------------------------------------------------------------------------------------------


@both_sources
@both_targets
def test_every_table_is_equal_and_ids_go_on(
    source: Database, target: Database, copy: Path, clock: ManualClock
) -> None:
    before = sorted_rows(source)
    assert all(before.values()), "a table without a row proves nothing: fill it"
    contents = restore_backup(target, KEY, copy, clock)
    assert sorted_rows(target) == before
    assert contents.counts == {name: len(rows) for name, rows in before.items()}
    assert contents == check_backup(copy, KEY)
    assert contents == Contents(known_revisions()[-1], clock.now(), contents.counts)
    assert given_out(target) == given_out(source)  # never the id that was given out and is gone
    target.migrate()  # as the bot does at its start


@both_sources
def test_file_is_one_instant_whatever_is_written_meanwhile(
    source: Database, empty_sqlite_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    before = sorted_rows(source)

    class Watched(io.BytesIO):
        """Somebody writes to every table, and deletes, as soon as the first byte is written."""

        def write(self, content: Any) -> int:
            if not self.tell():
                with source.writing() as session:
                    session.connection().execute(Base.metadata.tables["consents"].delete())
                    fill_every_table(session, 777)
            return super().write(content)

    file = Watched()
    copy_to(source, KEY, file, clock)
    assert sorted_rows(source) != before
    path = tmp_path / "meanwhile.gfb"
    path.write_bytes(file.getvalue())
    with opened(empty_sqlite_url) as restored:
        restore_backup(restored, KEY, path, clock)
        assert sorted_rows(restored) == before


def test_bot_answers_on_a_restored_database(
    source: Database, copy: Path, tmp_path: Path, shared_telegram: TelegramServer
) -> None:
    shared_telegram.reset()
    url = f"sqlite:///{tmp_path}/back/gerente.db"
    with opened(url) as restored:
        restore_backup(restored, KEY, copy)
    with start_pluggy() as pluggy, bot_process(tmp_path, environment(shared_telegram, pluggy, DATABASE_URL=url)):
        pass


@both_targets
def test_older_schema_is_restored_and_brought_up(
    target: Database, empty_sqlite_url: str, tmp_path: Path, clock: ManualClock
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
    restore_backup(target, KEY, path, clock)
    with target.snapshot() as connection:
        assert current_revision(connection) == known_revisions()[-1]
    rows = everything(target)
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


# --- the file ------------------------------------------------------------------------------------------------------------


def test_file_is_its_owners_alone_and_tells_nothing(source: Database, copy: Path) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    content = copy.read_bytes()
    for secret in (CANARY[:10], str(PERSON), str(OTHER), "bank_transactions", "sqlite", KEY):
        assert secret.encode() not in content
    assert [path.name for path in copy.parent.glob("*gfb*")] == [copy.name]  # no part of it is left


def test_file_that_exists_is_left_alone(source: Database, copy: Path) -> None:
    before = copy.read_bytes()
    with pytest.raises(BackupError) as caught:
        write_backup(source, KEY, copy)
    assert "já existe" in caught.value.user_message
    assert copy.read_bytes() == before


@pytest.mark.parametrize("place", ["nowhere/copia.gfb", "source.db/copia.gfb"])
def test_place_that_cannot_be_written_is_told(source: Database, tmp_path: Path, place: str) -> None:
    with pytest.raises(BackupError) as caught:
        write_backup(source, KEY, tmp_path / place)
    assert "Não consegui gravar copia.gfb" in caught.value.user_message


def test_broken_backup_leaves_no_file(source: Database, tmp_path: Path) -> None:
    def full(_: str, **__: Any) -> None:
        raise OSError(28, "")

    with pytest.MonkeyPatch.context() as patch, pytest.raises(BackupError) as caught:
        patch.setattr("open_finance.backup.copies.os.fsync", full)
        write_backup(source, KEY, tmp_path / "full.gfb")
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


# --- refusals --------------------------------------------------------------------------------------------------------------


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
    target: Database, copy: Path, how: str, kind: type[BackupError]
) -> None:
    copy.write_bytes(spoilt(copy.read_bytes(), how))
    for work in (lambda: check_backup(copy, KEY), lambda: restore_backup(target, KEY, copy)):
        with pytest.raises(kind):
            work()
    assert not Path(target.url.database or "").exists()


def test_another_key_is_told(target: Database, copy: Path) -> None:
    with pytest.raises(BackupKeyError):
        restore_backup(target, KEY + "!", copy)
    assert not Path(target.url.database or "").exists()


@both_targets
def test_backup_of_a_newer_program_is_refused(source: Database, target: Database, tmp_path: Path) -> None:
    with source.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    write_backup(source, KEY, tmp_path / "newer.gfb")
    with pytest.raises(BackupNewerError):
        restore_backup(target, KEY, tmp_path / "newer.gfb")


def test_database_with_rows_is_refused_unless_they_may_go(database: Database, copy: Path, clock: ManualClock) -> None:
    with database.writing() as session:
        fill_every_table(session, 5)
    there = sorted_rows(database)
    with pytest.raises(DatabaseNotEmptyError):
        restore_backup(database, KEY, copy, clock)
    assert sorted_rows(database) == there
    restore_backup(database, KEY, copy, clock, replace=True)
    assert sum(check_backup(copy, KEY).counts.values()) == sum(map(len, everything(database).values()))
    assert not any("'user_id': 5," in row for rows in sorted_rows(database).values() for row in rows)


def test_database_of_a_bot_that_began_once_is_empty(
    sqlite_database: Database, copy: Path, clock: ManualClock
) -> None:
    with sqlite_database.writing() as session:
        session.add(LeaseRow(name="telegram-poller", holder="", expires_at=START, fence=1))
    assert restore_backup(sqlite_database, KEY, copy, clock).rows


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
    sqlite_database: Database, copy: Path, clock: ManualClock, hold: Callable[[Database], None]
) -> None:
    hold(sqlite_database)
    there = sorted_rows(sqlite_database)
    with pytest.raises(DatabaseInUseError):
        restore_backup(sqlite_database, KEY, copy, clock, replace=True)
    assert sorted_rows(sqlite_database) == there
    clock.advance(seconds=10)
    restore_backup(sqlite_database, KEY, copy, clock, replace=True)


def test_database_in_use_is_left_alone_on_postgresql(postgres_database: Database, copy: Path, clock: ManualClock) -> None:
    held_by_a_worker(postgres_database)
    held_by_a_bot(postgres_database)
    with pytest.raises(DatabaseInUseError):
        restore_backup(postgres_database, KEY, copy, clock, replace=True)


@both_targets
def test_tables_of_another_program_are_left_alone(target: Database, copy: Path) -> None:
    with target.rebuilding() as connection:
        connection.execute(text("CREATE TABLE budgets (theirs INTEGER)"))
        connection.execute(text("INSERT INTO budgets VALUES (1)"))
    with pytest.raises(ForeignDatabaseError):
        restore_backup(target, KEY, copy, replace=True)
    with target.snapshot() as connection:
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


# --- the commands --------------------------------------------------------------------------------------------------------


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
def their_settings(source: Database) -> Settings:
    return Settings(database_url=source.url.render_as_string(hide_password=False), backup_key=KEY)


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
def test_replacing_wants_the_word(their_settings: Settings, copy: Path, answer: str, status: int) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return answer

    assert run_restore(their_settings, copy, replace=True, ask=ask)[0] == status
    assert WORD in asked[0]


def test_each_refusal_is_a_sentence(their_settings: Settings, copy: Path, tmp_path: Path) -> None:
    def restored(path: Path, **more: Any) -> tuple[int, str]:
        return run_restore(Settings(**{"database_url": their_settings.database_url, "backup_key": KEY} | more), path)

    away = "postgresql+psycopg2://a:uma-senha@127.0.0.1:1/b"
    told = [
        restored(copy),
        restored(tmp_path / "none.gfb"),
        restored(copy, backup_key=KEY + "?"),
        restored(copy, database_url=away),
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


def test_from_the_command_line(source: Database, tmp_path: Path) -> None:
    url = source.url.render_as_string(hide_password=False)
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
        assert sorted_rows(restored) == sorted_rows(source)
        with restored.reading() as session:
            assert session.execute(select(Base.metadata.tables["prompts"])).first()
    again = run(
        tmp_path, "restore", "--replace", "c.gfb", stdin=b"nao\n", DATABASE_URL="sqlite:///novo/gerente.db", BACKUP_KEY=KEY
    )
    assert again.returncode == 2
    assert "Nada foi mudado" in again.stderr.decode()
