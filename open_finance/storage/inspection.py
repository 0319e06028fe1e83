"""A look at the database for whoever runs it: is it there, whole, of our revision, in use? Nothing is made or changed.

For doctor only, across people, and it reads no amounts and no names.
"""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from open_finance.clock import Clock, SystemClock
from open_finance.storage.database import current_revision, known_revisions
from open_finance.storage.models import Base, ConnectionRow, LeaseRow
from open_finance.storage.portable import our_tables

#: Why there is nothing to look at. ``absent``: no file yet; ``other``: the database said something else.
# fmt: off
Trouble = Literal[
    "absent", "address", "host", "refused", "silent", "password", "no_database", "not_a_database", "locked", "full",
    "starting", "not_allowed", "other",
]
# fmt: on
#: What PostgreSQL says before anybody is in, where there is no code to tell by; in English and in Portuguese.
_SAID: tuple[tuple[Trouble, tuple[str, ...]], ...] = (
    ("password", ("password authentication failed", "no password supplied", "autenticação", "role ", "usuário ")),
    ("not_allowed", ("pg_hba.conf",)),
    ("full", ("too many", "remaining connection slots", "muitas conexões", "muitos clientes")),
    ("starting", ("starting up", "shutting down", "recovery mode", "iniciando", "desligando")),
    ("no_database", ("database ", "banco de dados ")),
    ("silent", ("timeout expired", "timed out")),
    ("refused", ("connection refused", "no such file or directory", "closed the connection")),
)


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """How the database is. ``version``: PostgreSQL's major version, 0 for SQLite. ``missing``: tables that its revision has
    and it has not. ``is_whole``: None where there was no time to see. ``answering_until``: the end of the lease of the bot
    that answers people, None: nobody does. ``oldest_read_at``: of the connection that was read the longest ago, None where
    none was; ``connections``: how many stand."""

    is_sqlite: bool
    version: int
    revision: str | None
    revisions: tuple[str, ...]
    missing: tuple[str, ...] = ()
    is_whole: bool | None = True
    is_writable: bool = True
    answering_until: datetime | None = None
    oldest_read_at: datetime | None = None
    connections: int = 0


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite URL, None for another database's."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def inspect_database(
    url: str, now: datetime, *, patience: float = 8.0, clock: Clock | None = None
) -> DatabaseState | Trouble:
    """How the database of ``url`` is, or why it cannot be seen. About ``patience`` seconds at most."""
    clock = clock or SystemClock()
    try:
        parsed = make_url(url)
        trouble = _sqlite_trouble(parsed) if parsed.get_backend_name() == "sqlite" else _way_to(parsed, patience)
        if trouble is not None:
            return trouble
        with _looking(parsed, patience, clock) as connection:
            return _look(connection, parsed, now)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        return "address"
    except DBAPIError as error:
        return _trouble(error)


@contextmanager
def _looking(url: URL, patience: float, clock: Clock) -> Iterator[Connection]:
    engine = _sqlite_engine(url, patience, clock) if url.get_backend_name() == "sqlite" else _engine(url, patience)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(url: URL, patience: float) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        poolclass=NullPool,
        connect_args={"connect_timeout": max(int(patience), 2)},
        execution_options={"postgresql_readonly": True},
    )


def _sqlite_engine(url: URL, patience: float, clock: Clock) -> Engine:
    path = Path(url.database or "").absolute()

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, timeout=patience / 4, check_same_thread=False
        )
        connection.set_progress_handler(_over(clock, patience), 10_000)  # a check of a large file ends, too
        return connection

    return create_engine("sqlite://", creator=connect, hide_parameters=True, poolclass=NullPool)


def _over(clock: Clock, patience: float) -> Callable[[], int]:
    until = clock.monotonic() + patience / 2
    return lambda: int(clock.monotonic() > until)


# --- on the way in -----------------------------------------------------------------------------------------------------


def _sqlite_trouble(url: URL) -> Trouble | None:
    path = Path(url.database or "")
    return None if path.is_file() else "not_a_database" if path.exists() else "absent"


def _way_to(url: URL, patience: float) -> Trouble | None:
    """Whether there is anybody at the address, before anything is said: what stood in the way has no words to read."""
    host, port = url.host or str(url.query.get("host") or ""), url.port or 5432
    if not host or host.startswith("/"):
        return None  # a socket of this machine
    try:
        socket.create_connection((host, port), timeout=patience / 2).close()
    except socket.gaierror:
        return "host"
    except TimeoutError:
        return "silent"
    except OSError:
        return "refused"
    return None


def _trouble(error: DBAPIError) -> Trouble:
    said = str(error.orig).casefold()
    if isinstance(error.orig, sqlite3.Error):
        return "locked" if "locked" in said else "not_a_database"
    return next((trouble for trouble, words in _SAID if any(word in said for word in words)), "other")


# --- inside ------------------------------------------------------------------------------------------------------------


def _look(connection: Connection, url: URL, now: datetime) -> DatabaseState:
    is_sqlite = connection.dialect.name == "sqlite"
    version = 0 if is_sqlite else int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    if not is_sqlite:
        connection.exec_driver_sql("SET statement_timeout = '5s'")
    revision = current_revision(connection)
    state = DatabaseState(is_sqlite, version, revision, known_revisions())
    if revision is None:
        return state
    there = set(our_tables(connection))
    # An older revision lacks tables that are still to be made: only the newest one is known to have all of them.
    missing = sorted(set(Base.metadata.tables) - there) if revision == known_revisions()[-1] else []
    is_whole, is_writable = _is_whole(connection, there), _is_writable(connection, url)
    uses = (
        _uses(connection, now) if {"leases", "bank_connections"} <= there and is_whole is not False else (None, None, 0)
    )
    return DatabaseState(is_sqlite, version, revision, known_revisions(), tuple(missing), is_whole, is_writable, *uses)


def _is_whole(connection: Connection, tables: set[str]) -> bool | None:
    try:
        if connection.dialect.name == "sqlite":
            return bool(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok")
        with connection.begin_nested():
            for name in tables:
                connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).all()
    except DBAPIError as error:
        return None if "interrupt" in str(error.orig) or "timeout" in str(error.orig) else False
    return True


def _is_writable(connection: Connection, url: URL) -> bool:
    if connection.dialect.name == "sqlite":
        path = Path(url.database or "").absolute()
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)
    # Of this server and user: the transaction's own mode is ours.
    query = "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"
    return not connection.exec_driver_sql(query).scalar_one()


def _uses(connection: Connection, now: datetime) -> tuple[Any, Any, int]:
    """``answering_until``, ``oldest_read_at``, ``connections``."""
    held = sa.select(LeaseRow.expires_at).where(LeaseRow.holder != "", LeaseRow.expires_at > now).limit(1)
    standing = (
        ConnectionRow.disconnect_requested_at.is_(None),
        ConnectionRow.disconnected_at.is_(None),
        ConnectionRow.gone_at.is_(None),
        ConnectionRow.settled_at.is_not(None),
    )
    counted = sa.select(sa.func.min(ConnectionRow.last_synced_at), sa.func.count()).where(*standing)
    try:
        oldest, count = connection.execute(counted).one()
        return connection.execute(held).scalar(), oldest, count
    except DBAPIError:  # an older revision's tables have other columns
        return None, None, 0
