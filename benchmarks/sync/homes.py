"""Where the benchmarks put their rows: SQLite files and a PostgreSQL server of their own, removed at the end.

PostgreSQL can also be put at a distance: a proxy in a process of its own keeps every byte for a while in each direction.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from open_finance.storage import ledger
from open_finance.storage.database import Database
from tests.clocks import START
from tests.databases import PostgresServer, postgres_server
from tests.rows import USER, account_data, add_connection

ROOT = Path(__file__).resolve().parent.parent.parent
POSTGRES_PORT = 5432


@contextmanager
def sqlite_database() -> Iterator[Database]:
    """A fresh migrated file."""
    with TemporaryDirectory() as folder, opened(f"sqlite:///{Path(folder, 'benchmark.db')}") as database:
        database.migrate()
        yield database


@contextmanager
def postgres_database(server: PostgresServer) -> Iterator[Database]:
    """A fresh migrated database, dropped at the end."""
    url = server.create()
    with opened(url) as database:
        yield database
    server.drop(url)


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A server; RuntimeError where this machine cannot run one."""
    with postgres_server() as server:
        if server is None:
            raise RuntimeError("this machine has no PostgreSQL: nothing was measured")
        yield server


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database that exists already."""
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def at_a_distance(url: str, milliseconds: float) -> Iterator[str]:
    """The URL of the same database, ``milliseconds`` further away in each direction."""
    parsed = make_url(url)
    command = [sys.executable, "-m", "benchmarks.sync.distance", *_address(parsed), str(milliseconds)]
    with running(command) as port:
        moved = parsed.set(host="127.0.0.1", port=int(port), query={})
        yield moved.render_as_string(hide_password=False)


@contextmanager
def running(command: list[str]) -> Iterator[str]:
    """A program of ours for the length of a ``with``: the first line that it prints."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not (line := process.stdout.readline().strip()):
                raise RuntimeError(f"{' '.join(command[1:])} did not start")
            yield line
        finally:
            process.terminate()


def add_account(database: Database, number: int = 1) -> int:
    """One more account of one person's, without rows; its id."""
    with database.writing() as session:
        connection_id = add_connection(session, item_id=f"item-{number}")
        ledger.merge_accounts(session, USER, connection_id, [account_data(f"account-{number}")], START)
        [state] = ledger.list_account_states(session, USER, connection_id).values()
        return state.id


def renew(database: Database, template: Path, path: Path) -> None:
    """Our file as it was before the first row."""
    database.dispose()
    copy_file(template, path)


def copy_file(template: Path, path: Path) -> None:
    """The same for a file that nobody has open."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(template, path)


def check_stored(database: Database, rows: int) -> None:
    """RuntimeError unless so many transactions are stored: then nothing was measured."""
    with database.reading() as session:
        stored = session.scalar(text("SELECT count(*) FROM bank_transactions"))
    if stored != rows:
        raise RuntimeError(f"{stored} rows were stored instead of {rows}: nothing was measured")


def _address(url: URL) -> tuple[str, str]:
    """Where the server listens: a host or the folder of its socket, and the port."""
    folder = url.query.get("host", url.host or "127.0.0.1")
    return str(folder if isinstance(folder, str) else folder[0]), str(url.port or POSTGRES_PORT)
