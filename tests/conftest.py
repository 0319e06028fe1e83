"""Fixtures every test may ask for: a clock, a migrated database, once on SQLite and once on PostgreSQL, a Telegram."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from open_finance.storage.database import Database
from tests.backup_world import backup_file, cheap_keys, filled_database, tableless_database  # noqa: F401 - fixtures
from tests.bank_world import bank_pluggy, connected, world  # noqa: F401 - fixtures
from tests.clocks import ManualClock
from tests.databases import BOTH_DATABASES, PostgresServer, migrate, postgres_server
from tests.inbox_steps import inbox  # noqa: F401 - a fixture
from tests.pluggy_listener import hook, telling_pluggy  # noqa: F401 - fixtures
from tests.redis_server import own_redis, redis_session, redis_url  # noqa: F401 - fixtures
from tests.statements import compiled_once  # noqa: F401 - a fixture
from tests.telegram_server import TelegramServer, start_telegram

# No test of a rule fails because the machine has other work: neither an example nor making one up is timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure() -> None:
    """A shell makes what it starts in the background deaf to SIGINT, and so would be every process that a test starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Six thousand tests and their libraries live as long as the session: nobody is to look through them for garbage, again
    and again, while the tests run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On CI nothing may be skipped: a test that did not run proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def clock() -> ManualClock:
    """2026-11-23 12:00 in São Paulo, until the test advances it."""
    return ManualClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_session() -> Iterator[PostgresServer | None]:
    """The session's PostgreSQL server, None where the machine has none."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres(postgres_session: PostgresServer | None) -> PostgresServer:
    """A PostgreSQL server; the test is skipped, visibly, where there is none."""
    if postgres_session is None:
        pytest.skip("PostgreSQL not found: set TEST_DATABASE_URL or install Debian's postgresql")
    return postgres_session


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh migrated SQLite file."""
    path = tmp_path / "gerente.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a fresh migrated PostgreSQL database."""
    url = postgres.create()
    yield url
    postgres.give_back(url)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet, in a folder that does not either."""
    return f"sqlite:///{tmp_path / 'new' / 'gerente.db'}"


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    url = postgres.create(migrated=False)
    yield url
    postgres.drop(url)


@pytest.fixture(params=BOTH_DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh migrated database; the test runs on both kinds."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BOTH_DATABASES)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables; the test runs on both kinds."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh migrated database; the test runs on both kinds."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A fresh migrated SQLite database, where one kind is enough."""
    opened = Database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """A fresh migrated PostgreSQL database, where only that kind will do."""
    opened = Database(postgres_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def shared_telegram() -> Iterator[TelegramServer]:
    """A local Telegram with Ana, for all the tests of a module: each of them resets it."""
    with start_telegram() as server:
        server.call("getMe")  # the first bot that calls is the one of /_control, whichever test comes first
        yield server
