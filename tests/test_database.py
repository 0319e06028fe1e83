"""The engine's promises: WAL and immediate transactions on SQLite, migrations that may race, errors people can read."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import Queue

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, event, func, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from open_finance.config import Settings
from open_finance.errors import ConfigurationError, DatabaseUnavailableError
from open_finance.storage.database import Database, open_database
from open_finance.storage.models import Base, IntentRow, LeaseRow
from open_finance.storage.person_models import ConsentRow
from tests.clocks import START
from tests.databases import PostgresServer
from tests.rows import add_account, add_connection

OPEN = "import sys; from open_finance.storage.database import Database; Database(sys.argv[1]).migrate()"


def test_migrations_and_models_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    database.migrate()
    assert set(inspect(database.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_a_new_file_that_another_process_is_just_writing_is_waited_for(tmp_path: Path) -> None:
    """Before the first of them has made it a write-ahead file, SQLite calls it locked at once."""
    path, ended = tmp_path / "new.db", Queue[Exception | None]()

    def open_it() -> None:
        try:
            Database(f"sqlite:///{path}").migrate()
        except ConfigurationError as error:
            ended.put(error)
        else:
            ended.put(None)

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE anything (n)")
        other.execute("BEGIN IMMEDIATE")
        opening = threading.Thread(target=open_it)
        opening.start()
        opening.join(timeout=0.2)
        assert ended.empty()
        other.execute("COMMIT")
        opening.join(timeout=30)
    assert ended.get_nowait() is None


def test_processes_that_start_together_all_come_up(empty_database_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", OPEN, empty_database_url], stderr=subprocess.PIPE) for _ in range(3)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, errors
    opened = Database(empty_database_url)
    assert "bank_transactions" in inspect(opened.engine).get_table_names()
    opened.dispose()


def test_threads_that_start_together_all_come_up(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for opened in pool.map(lambda _: open_database(Settings(database_url=empty_database_url)), range(4)):
            assert "leases" in inspect(opened.engine).get_table_names()
            opened.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Database(empty_database_url)

    def fail(connection: object, upgrade: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fail)
    with pytest.raises(RuntimeError):
        opened.migrate()
    assert inspect(opened.engine).get_table_names() == []
    monkeypatch.undo()
    opened.migrate()
    assert "bank_transactions" in inspect(opened.engine).get_table_names()
    opened.dispose()


def test_a_database_of_a_newer_version_is_one_line_that_says_what_to_do(database: Database) -> None:
    with database.engine.begin() as connection:
        newest = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="versão mais nova") as caught:
        database.migrate()
    assert caught.value.variable == "DATABASE_URL"
    assert "\n" not in str(caught.value)
    with database.engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
        connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})


def test_sqlite_is_a_wal_file_that_enforces_foreign_keys(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert session.execute(text("PRAGMA synchronous")).scalar() == 1


def test_a_writing_session_holds_the_write_lock_from_its_first_statement(sqlite_database: Database) -> None:
    impatient = Database(str(sqlite_database.url))
    event.listen(impatient.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
    with sqlite_database.writing() as session:
        session.execute(select(func.count()).select_from(LeaseRow))  # a read, and yet nobody else may write now
        with pytest.raises(DatabaseUnavailableError), impatient.writing() as blocked:
            blocked.execute(select(func.count()).select_from(LeaseRow))
    impatient.dispose()


def test_eight_threads_reading_then_writing_lose_nothing(database: Database) -> None:
    with database.writing() as session:
        session.execute(insert(LeaseRow).values(name="counter", holder="", expires_at=START, fence=0))

    def count(_: int) -> None:
        for _ in range(25):
            with database.writing() as session:
                row = session.get_one(LeaseRow, "counter", with_for_update=True)
                session.execute(update(LeaseRow).values(fence=row.fence + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    with database.reading() as session:
        assert session.scalar(select(LeaseRow.fence)) == 200


def test_readers_do_not_wait_for_a_writer(sqlite_database: Database) -> None:
    with sqlite_database.writing() as writer:
        writer.execute(insert(LeaseRow).values(name="n", holder="", expires_at=START, fence=0))
        with sqlite_database.reading() as reader:
            assert reader.scalar(select(func.count()).select_from(LeaseRow)) == 0


def test_an_error_undoes_the_whole_writing_session(database: Database) -> None:
    def write_and_fail() -> None:
        with database.writing() as session:
            add_connection(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Base.metadata.tables["bank_connections"])) == 0


def test_what_is_written_in_a_reading_session_is_not_kept(database: Database) -> None:
    with database.reading() as session:
        add_connection(session)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Base.metadata.tables["bank_connections"])) == 0


def test_deleting_a_connection_takes_its_history_along_and_frees_its_intent(database: Database) -> None:
    connections, accounts = (Base.metadata.tables[name] for name in ("bank_connections", "bank_accounts"))
    with database.writing() as session:
        connection_id = add_connection(session)
        add_account(session, connection_id)
        session.add(
            IntentRow(
                user_id=1, connector_id=1, connector_name="", state="done", connection_id=connection_id, created_at=START,
                updated_at=START, expires_at=START,
            )
        )  # fmt: skip
    with database.writing() as session:
        session.execute(delete(connections))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(accounts)) == 0
        assert session.scalar(select(IntentRow.connection_id)) is None


def test_an_integrity_error_stays_what_it_is_and_hides_its_values(database: Database) -> None:
    with database.writing() as session:
        add_connection(session, item_id="item-of-somebody")
    with pytest.raises(IntegrityError) as error, database.writing() as session:
        add_connection(session, item_id="item-of-somebody")
    assert "hide_parameters" in str(error.value)


def test_naive_datetimes_are_refused(database: Database) -> None:
    naive = START.replace(tzinfo=None)
    with pytest.raises(Exception, match="naive"), database.writing() as session:
        session.add(ConsentRow(user_id=1, version="1", text_sha256="", given_at=naive))


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/name", "postgresql+psycopg2://:port:/", ""])
def test_a_bad_url_is_a_configuration_error_that_names_the_variable(url: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        Database(url)
    assert error.value.variable == "DATABASE_URL"
    assert "\n" not in str(error.value)


def test_an_unreachable_server_is_one_line_without_the_password() -> None:
    opened = Database("postgresql+psycopg2://someone:secret-word@127.0.0.1:1/name")
    with pytest.raises(ConfigurationError) as error:
        opened.migrate()
    assert error.value.variable == "DATABASE_URL"
    assert "\n" not in str(error.value)
    assert "secret-word" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_file_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "note.txt" / "gerente.db"):
        (tmp_path / "note.txt").write_text("not a folder")
        opened = Database(f"sqlite:///{path}")
        with pytest.raises(ConfigurationError, match="DATABASE_URL"):
            opened.migrate()
        opened.dispose()


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "gerente.db").write_text("a shopping list, long enough to be taken for a header " * 40)
    opened = Database(f"sqlite:///{tmp_path / 'gerente.db'}")
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        opened.migrate()
    opened.dispose()


def test_a_server_that_goes_away_later_is_unavailable_and_may_come_back(
    postgres: PostgresServer, postgres_url: str
) -> None:
    opened = Database(postgres_url)
    with opened.reading() as session:
        session.execute(text("SELECT 1"))
    postgres.drop(postgres_url)
    for way_in in (opened.reading, opened.writing):
        with pytest.raises(DatabaseUnavailableError), way_in() as session:
            session.execute(select(func.count()).select_from(LeaseRow))
    opened.dispose()


def test_a_connection_cut_in_the_middle_of_a_session_is_unavailable(
    postgres: PostgresServer, postgres_url: str
) -> None:
    opened = Database(postgres_url)

    def write_while_it_is_dropped() -> None:
        with opened.writing() as session:
            session.execute(insert(LeaseRow).values(name="n", holder="", expires_at=START, fence=0))
            postgres.drop(postgres_url)
            session.execute(select(func.count()).select_from(LeaseRow))

    with pytest.raises(DatabaseUnavailableError):
        write_while_it_is_dropped()
    opened.dispose()


def test_a_file_that_goes_away_later_is_unavailable(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.reading() as session:
        session.execute(text("SELECT 1"))
    sqlite_database.dispose()
    shutil.rmtree(tmp_path)
    with pytest.raises(DatabaseUnavailableError), sqlite_database.reading() as session:
        session.execute(select(func.count()).select_from(LeaseRow))


def test_twenty_four_threads_find_a_connection_each(database: Database) -> None:
    together = threading.Barrier(24)

    def work(_: int) -> int:
        with database.reading() as session:
            session.execute(select(func.count()).select_from(LeaseRow))
            return together.wait(timeout=30)

    with ThreadPoolExecutor(24) as pool:
        assert len(list(pool.map(work, range(24)))) == 24
