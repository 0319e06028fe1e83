"""One engine, two ways in: ``reading()`` and ``writing()``. Errors of the driver leave as ``DatabaseUnavailableError``.

SQLite is a file in WAL mode; writers begin with ``BEGIN IMMEDIATE`` (with a plain ``BEGIN``, 86 % of concurrent
read-then-write transactions failed at once, whatever the busy timeout). PostgreSQL connections are checked before use,
since managed hosts drop idle ones. Statement parameters never reach a log or an error.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from open_finance.clock import SystemClock
from open_finance.config import Settings, load_settings
from open_finance.errors import ConfigurationError, DatabaseUnavailableError

#: ``Session`` is named here for services, which do not import sqlalchemy.
__all__ = ["Database", "Session", "open_database"]

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 7_106_291_553  # any number that is ours; two processes at a deploy must agree on it
SQLITE_BUSY_MS = 15_000
SQLITE_NAP_SECONDS = 0.02

#: By the exact class: their heirs (an integrity error, say) are mistakes, not absences.
_UNAVAILABLE = frozenset({"OperationalError", "InterfaceError", "DatabaseError"})


class Database:
    """The engine and its sessions. Thread-safe. Opens nothing until first used."""

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
            self.engine = _build_engine(url)
        except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
            raise _bad_url() from None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading; what is written in it is rolled back."""
        with translated(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back on any error."""
        engine = self.engine.execution_options(begin="immediate") if self.is_sqlite else self.engine
        with translated(), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the schema to the newest revision, one process at a time.

        Raises ConfigurationError naming DATABASE_URL when the database cannot be reached, or is a newer version's.
        """
        try:
            with self.rebuilding() as connection:
                if MigrationContext.configure(connection).get_current_heads() != _newest():
                    _refuse_newer(connection)
                    upgrade(connection)
        except (DBAPIError, OSError) as error:
            # People get one line: the error below.
            logger.debug("database unreachable at start: %s", type(error).__name__)
            raise ConfigurationError(
                "DATABASE_URL: não consegui abrir o banco de dados. Confira o endereço, a senha e se o servidor está no ar "
                "(exemplos em .env.example).",
                variable="DATABASE_URL",
            ) from None

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """A connection in one transaction that may change the schema: one process at a time, all of it or nothing. Errors of
        the driver leave as they are."""
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        with self.engine.execution_options(begin="immediate").begin() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees everything as it was at one instant, however much is written meanwhile. Read only."""
        engine = self.engine
        if not self.is_sqlite:  # where a transaction sees one instant by itself, once it has read
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with translated(), engine.connect() as connection:
            yield connection

    def ping(self) -> None:
        """Return when the database answers. Raises DatabaseUnavailableError."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_database(settings: Settings | None = None) -> Database:
    """The database of the settings (default: the environment's), migrated and ready."""
    database = Database((settings or load_settings()).database_url)
    database.migrate()
    return database


def _bad_url() -> ConfigurationError:
    return ConfigurationError(
        "DATABASE_URL não é um endereço de SQLite ou PostgreSQL válido (exemplos em .env.example).",
        variable="DATABASE_URL",
    )


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision, within the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def current_revision(connection: Connection) -> str | None:
    """The revision of the schema that is there; None where there is none of ours."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def known_revisions() -> tuple[str, ...]:
    """Every revision that this program knows, the oldest first. Read once a process, as below."""
    return tuple(one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions())[::-1]


def _refuse_newer(connection: Connection) -> None:
    """An older program has no way down from what it does not know."""
    if not set(known_revisions()).issuperset(MigrationContext.configure(connection).get_current_heads()):
        raise ConfigurationError(
            "DATABASE_URL: este banco de dados já foi usado por uma versão mais nova do programa. Volte a essa versão, ou "
            "restaure a cópia feita antes dela (docs/backup.md e .env.example).",
            variable="DATABASE_URL",
        )


@cache
def _newest() -> tuple[str, ...]:
    """The newest revision. Read once a process: every revision's file is loaded for it."""
    return tuple(ScriptDirectory(str(MIGRATIONS)).get_heads())


def _build_engine(url: str) -> Engine:
    # Sixteen threads for people and eight for synchronisation may each hold one.
    pool = {"pool_size": 10, "max_overflow": 20}
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url, hide_parameters=True, poolclass=QueuePool, connect_args={"timeout": SQLITE_BUSY_MS / 1000}, **pool
        )
        _prepare_sqlite(engine)
        return engine
    return create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_recycle=300, connect_args={"connect_timeout": 10}, **pool
    )


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late; ours is below
        cursor = connection.cursor()
        _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("begin") == "immediate"
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _write_ahead(cursor: Any) -> None:
    """Whoever opens a new file first changes its mode, which takes the file for itself; to anybody else who does so at that
    moment SQLite says "locked" at once, whatever the busy timeout."""
    clock = SystemClock()
    until = clock.monotonic() + SQLITE_BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if clock.monotonic() >= until:
                raise
            clock.sleep(SQLITE_NAP_SECONDS)
        else:
            return


@contextmanager
def translated() -> Iterator[None]:
    """Absences of the database leave as DatabaseUnavailableError; mistakes as they are."""
    try:
        yield
    except PoolTimeoutError:
        raise DatabaseUnavailableError("no database connection became free") from None
    except DBAPIError as error:
        if error.connection_invalidated or type(error).__name__ in _UNAVAILABLE:
            logger.warning(
                "database: %s", str(error.orig).partition("\n")[0]
            )  # the driver's words; they name no values
            raise DatabaseUnavailableError(f"database: {type(error.orig).__name__}") from None
        raise
