"""The benchmark of the synchronisation: that each of its parts measures what it says, on very little."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from benchmarks import __main__ as program
from benchmarks.report import Row
from benchmarks.sync import end_to_end, floors, lag, naive, parts, queries, timing, writes
from benchmarks.sync.bank import BankServer, open_bank
from benchmarks.sync.counts import count_repeated_writes, count_requests, count_statements, counted
from benchmarks.sync.homes import at_a_distance, opened, postgres_database
from benchmarks.sync.material import iter_raw_rows, iter_rows
from benchmarks.sync.memory import measure_memory
from benchmarks.sync.program import add_item
from benchmarks.sync.timing import Times, Way, interleave
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.databases import PostgresServer

BAD = Row("a figure", 1, "≤", 0)
SEED = 20_261_123


@pytest.fixture(scope="module")
def bank() -> Iterator[BankServer]:
    with open_bank(SEED, 1500) as server:
        yield server


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the times."""
    monkeypatch.setattr(timing, "REPETITIONS", 1)
    monkeypatch.setattr(lag, "IDLE", 0.02)


def test_the_same_seed_gives_the_same_rows_and_another_others() -> None:
    rows = list(iter_rows(SEED, 700))
    assert rows == list(iter_rows(SEED, 700))
    assert rows[0] != next(iter_rows(SEED + 1, 700))
    assert len({row["pluggy_id"] for row in rows}) == 700
    optional = [value for row in rows for name, value in row.items() if TransactionRow.__table__.c[name].nullable]
    assert 0.3 < sum(value is not None for value in optional) / len(optional) < 0.7


def test_ways_are_timed_in_turn_and_each_as_often_as_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "REPETITIONS", 2)
    done: list[str] = []

    def way(name: str, repetitions: int) -> Way:
        steps = [lambda step=step: done.append(f"{step} {name}") for step in ("prepare", "first", "again")]
        return Way(steps[0], steps[1], 10, steps[2], repetitions)

    interleave({"ours": way("ours", 2), "naive": way("naive", 1)}, 10)
    ours = ["prepare ours", "first ours", "again ours"]
    assert done == [*ours, "prepare naive", "first naive", "again naive", *ours]


def test_fewer_rows_count_as_if_they_were_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "seconds", lambda _work: 2.0)
    ways = {"few": Way(list, list, 10, list), "all": Way(list, list, 1000, list)}
    assert interleave(ways, 1000) == {"few": Times(200, 200), "all": Times(2, 2)}


def test_writing_on_sqlite_is_compared_with_both_bars() -> None:
    rows = writes.measure_sqlite(list(iter_rows(SEED, 60)), naive_rows=10)
    assert [(row.relation, row.bar) for row in rows] == [("≥", 12), ("≤", 3), ("≥", 15), ("≤", 2.2)]
    assert all(row.value > 0 for row in rows)


@pytest.mark.postgres
def test_writing_on_postgres_is_compared_here_and_at_a_distance(postgres: PostgresServer) -> None:
    material = list(iter_rows(SEED, 20))
    here = writes.measure_postgres(postgres, material, naive_rows=5)
    assert [(row.relation, row.bar) for row in here] == [("≥", 24), ("≤", 1.4), ("≥", 32), ("≤", 1.4)]
    assert [row.bar for row in writes.measure_far_postgres(postgres, material, naive_rows=5)] == [50, 50]


@pytest.mark.postgres
def test_what_is_at_a_distance_is_the_same_database_and_takes_longer(postgres_url: str) -> None:
    with at_a_distance(postgres_url, 5) as url:
        far = Database(url)
        with far.reading() as session:
            assert session.scalar(text("SELECT current_database()")) == far.url.database
        assert writes.round_trip(url) >= 0.010
        far.dispose()


def test_the_floor_stores_what_the_synchroniser_stores(sqlite_database: Database, bank: BankServer) -> None:
    end_to_end.first_pass(bank.url, sqlite_database, add_item(sqlite_database, "1x500-1"))
    ready = [end_to_end.columns(raw)[: -len(floors.OWNED) - 1] for raw in iter_raw_rows(SEED, 1500)][:500]
    names = ", ".join(floors.COLUMNS[: -len(floors.OWNED) - 1])
    with sqlite3.connect(str(sqlite_database.url.database)) as connection:
        assert connection.execute(f"SELECT {names} FROM bank_transactions ORDER BY id").fetchall() == ready


def test_the_rival_stores_every_row_once(bank: BankServer, tmp_path: Path) -> None:
    with naive.naive_engine(f"sqlite:///{tmp_path / 'naive.db'}") as engine:
        for _ in range(2):
            naive.synchronise(bank.url, "1x1000-1-0", engine, 1)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM bank_transactions")) == 1000


def test_http_to_rows_is_compared_with_both_bars() -> None:
    rows = end_to_end.measure_end_to_end(SEED, rows=60, naive_rows=10)
    assert [(row.relation, row.bar) for row in rows] == [("≥", 7), ("≤", 4)]


def test_the_loop_is_watched_while_rows_are_read() -> None:
    p99, worst = lag.measure_lag(SEED, connections=2, rows=20, naive_rows=20)
    assert (p99.bar, worst.bar) == (25, 100)
    assert p99.value <= worst.value


async def test_a_loop_that_is_blocked_is_late_by_as_much() -> None:
    blocked = await lag.tick_beside(lambda: time.sleep(0.03), in_thread=False)
    assert max(blocked) >= 0.02


def test_the_memory_of_one_account_is_measured_twice() -> None:
    rows = measure_memory(SEED, rows=500)
    assert [(row.relation, row.bar) for row in rows] == [("≤", 64), ("≤", 64)]


@pytest.mark.postgres
def test_questions_are_asked_of_both_databases_at_both_sizes(postgres: PostgresServer) -> None:
    with queries.build_on(postgres, SEED, 2, 3) as finish:
        rows = finish()
    assert len(rows) == 12
    assert [row.name for row in rows if "visited" in row.name and row.name.startswith("SQLite") and not row.holds] == []


def test_requests_are_counted(bank: BankServer, sqlite_database: Database) -> None:
    unchanged, changed = count_requests(bank, sqlite_database, pages=1)
    assert unchanged.value == 1
    assert changed.value in {6, 7}  # with the identity


def test_rows_and_statements_are_counted(bank: BankServer, sqlite_database: Database) -> None:
    assert [row.value for row in count_repeated_writes("here", bank, sqlite_database, pages=1)] == [0, 0]
    assert all(row.holds for row in count_statements("here", bank, sqlite_database, sizes=(1, 2)))


@pytest.mark.postgres
def test_rows_and_statements_are_counted_on_postgres(bank: BankServer, postgres: PostgresServer) -> None:
    with postgres_database(postgres) as database:
        assert [row.value for row in count_repeated_writes("here", bank, database, pages=1)] == [0, 0]
    with postgres_database(postgres) as database:
        assert all(row.holds for row in count_statements("here", bank, database, sizes=(1, 2)))


@pytest.mark.postgres
def test_the_driver_is_counted_whoever_speaks_to_it(postgres_url: str, sqlite_url: str) -> None:
    for url, many in ((sqlite_url, 1), (postgres_url, 3)):
        with opened(url) as database, counted(database) as count:
            raw = database.engine.raw_connection()
            cursor = raw.cursor()
            count()
            cursor.execute("SELECT 1")
            assert count() == 1
            mark = "?" if database.is_sqlite else "%s"
            cursor.executemany(f"DELETE FROM bank_accounts WHERE id = {mark}", [(1,), (2,), (3,)])
            assert count() == many
            raw.close()


def test_a_part_that_falls_short_is_exit_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def nothing(_seed: int) -> Iterator[Callable[[], list[Row]]]:
        yield list

    monkeypatch.setattr(parts, "TIMED", (lambda _seed: [BAD],))
    monkeypatch.setattr(parts, "COUNTED", ())
    monkeypatch.setattr(parts, "start_queries", nothing)
    monkeypatch.setattr(parts, "start_pace", lambda _seed: SimpleNamespace(rows=list))
    assert program.main(["sync"]) == 1
    assert f"FAIL {BAD.name}" in capsys.readouterr().out
