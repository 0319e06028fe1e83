"""What tells a tick that somebody's rows have changed, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from open_finance.storage import news
from open_finance.storage.database import Database
from open_finance.storage.models import SyncRunRow
from tests.clocks import START
from tests.databases import database_for, on_both
from tests.rows import USER, add_connection

NEIGHBOUR = 2000


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


def passed(database: Database, user_id: int, connection_id: int, **counts: int) -> int:
    with database.writing() as session:
        run = SyncRunRow(
            connection_id=connection_id,
            user_id=user_id,
            width="narrow",
            outcome="changed",
            started_at=START,
            finished_at=START,
            **counts,
        )
        session.add(run)
        session.flush()
        return run.id


@on_both("database")
def test_only_passes_that_changed_rows_and_are_new_are_told(database: Database) -> None:
    with database.writing() as session:
        ana, bruno = add_connection(session, USER, "a"), add_connection(session, NEIGHBOUR, "b")
    passed(database, USER, ana, added=1)
    first = passed(database, USER, ana, removed=2)
    passed(database, USER, ana)
    other = passed(database, NEIGHBOUR, bruno, updated=1)
    with database.reading() as session:
        assert news.list_changed_runs(session, 0) == {USER: first, NEIGHBOUR: other}
        assert news.list_changed_runs(session, first) == {NEIGHBOUR: other}
        assert news.list_changed_runs(session, other) == {}
