"""The write path: our bulk function, the naive way and the driver's floor in turn, over the same rows.

All rows are one account's: the largest transaction there is, and the index of ids is written all over. A smaller
``ACCOUNT_ROWS`` deals them out to several accounts, each written in a transaction of its own, as a pass does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg2
from sqlalchemy import Engine

from benchmarks.report import Row
from benchmarks.sync import floors, naive
from benchmarks.sync.homes import (
    add_account,
    at_a_distance,
    check_stored,
    copy_file,
    opened,
    postgres,
    postgres_database,
    renew,
)
from benchmarks.sync.material import iter_rows
from benchmarks.sync.timing import Times, interleave, say, twice
from open_finance.records import TransactionData
from open_finance.storage import ledger
from open_finance.storage.database import Database
from tests.clocks import START
from tests.databases import PostgresServer
from tests.rows import USER

ROWS, NAIVE_ROWS, FAR_ROWS, FAR_NAIVE_ROWS = 100_000, 5_000, 5_000, 1_000
NAIVE_REPETITIONS = {"SQLite": 3, "PostgreSQL": 2}
ACCOUNT_ROWS = 100_000
ONE_WAY_MS = 1.0

Rows = Sequence[TransactionData]
#: Rows by the account that they are of.
Dealt = dict[int, Rows]


def measure_writes(
    seed: int,
    rows: int = ROWS,
    naive_rows: int = NAIVE_ROWS,
    far_rows: int = FAR_ROWS,
    far_naive_rows: int = FAR_NAIVE_ROWS,
) -> list[Row]:
    """First load and unchanged re-read on SQLite, on PostgreSQL here, and on PostgreSQL two milliseconds away."""
    material = list(iter_rows(seed, rows))
    say(f"writing {rows:,} rows, SQLite")
    near = measure_sqlite(material, naive_rows)
    with postgres() as server:
        say(f"writing {rows:,} rows, PostgreSQL")
        near += measure_postgres(server, material, naive_rows)
        say(f"writing {far_rows:,} rows, PostgreSQL at a distance")
        return near + measure_far_postgres(server, material[:far_rows], far_naive_rows)


def measure_sqlite(rows: Rows, naive_rows: int = NAIVE_ROWS) -> list[Row]:
    """Each way has a file of its own, a fresh one each time."""
    with TemporaryDirectory() as folder:
        template, ours, floor = (Path(folder, name) for name in ("template.db", "ours.db", "floor.db"))
        with opened(f"sqlite:///{template}") as database:
            database.migrate()
            dealt = deal(database, rows)
        tuples = [row for account_id, some in dealt.items() for row in floors.sqlite_tuples(some, account_id)]
        plain = plain_rows(dealt, naive_rows)
        with (
            opened(f"sqlite:///{ours}") as database,
            naive.naive_engine(f"sqlite:///{Path(folder, 'naive.db')}") as engine,
        ):
            write_floor = partial(floors.write_sqlite, str(floor), tuples)
            write = partial(write_ours, database, dealt)
            write_naive, forget = partial(write_naively, engine, plain), partial(naive.forget, engine)
            times = interleave(
                {
                    "floor": twice(partial(copy_file, template, floor), write_floor, len(rows)),
                    "naive": twice(forget, write_naive, naive_rows, NAIVE_REPETITIONS["SQLite"]),
                    "ours": twice(partial(renew, database, template, ours), write, len(rows)),
                },
                len(rows),
            )
            check_stored(database, len(rows))
    return compared("SQLite", len(rows), times, first=(12, 3), again=(15, 2.2))


def measure_postgres(server: PostgresServer, rows: Rows, naive_rows: int = NAIVE_ROWS) -> list[Row]:
    """Ours and the floor in one table, emptied each time; the rival in a database of its own."""
    with (
        postgres_database(server) as database,
        rival_url(server) as rival,
        naive.naive_engine(rival) as engine,
    ):
        dealt = deal(database, rows)
        plain = plain_rows(dealt, naive_rows)
        tuples = [one for each, some in dealt.items() for one in floors.postgres_tuples(some, each)]
        url = database.url.render_as_string(hide_password=False)
        write_floor, write = partial(floors.write_postgres, url, tuples), partial(write_ours, database, dealt)
        write_naive, forget = partial(write_naively, engine, plain), partial(naive.forget, engine)
        empty = partial(truncate, url)
        times = interleave(
            {
                "floor": twice(empty, write_floor, len(rows)),
                "naive": twice(forget, write_naive, naive_rows, NAIVE_REPETITIONS["PostgreSQL"]),
                "ours": twice(empty, write, len(rows)),
            },
            len(rows),
        )
        check_stored(database, len(rows))
    return compared("PostgreSQL", len(rows), times, first=(24, 1.4), again=(32, 1.4))


def measure_far_postgres(server: PostgresServer, rows: Rows, naive_rows: int = FAR_NAIVE_ROWS) -> list[Row]:
    """Behind a proxy, where every round trip takes two milliseconds."""
    with (
        postgres_database(server) as near,
        rival_url(server) as rival,
        at_a_distance(near.url.render_as_string(hide_password=False), ONE_WAY_MS) as far_url,
        at_a_distance(rival, ONE_WAY_MS) as far_rival,
        opened(far_url) as database,
        naive.naive_engine(far_rival) as engine,
    ):
        dealt = deal(near, rows)
        plain = plain_rows(dealt, naive_rows)
        write, write_naive = partial(write_ours, database, dealt), partial(write_naively, engine, plain)
        empty = partial(truncate, near.url.render_as_string(hide_password=False))
        times = interleave(
            {
                "naive": twice(partial(naive.forget, engine), write_naive, naive_rows, repetitions=1),
                "ours": twice(empty, write, len(rows)),
            },
            len(rows),
        )
        check_stored(near, len(rows))
        trip = round_trip(far_url) * 1000
    ours, rival_times = times["ours"], times["naive"]
    unit = f"times as fast as the naive way (ours {{:.3g}} s, naive {{:.3g}} s; a round trip took {trip:.1f} ms)"
    return [
        Row(
            f"PostgreSQL 2 ms away, {what} of {len(rows):,} rows",
            round(slow / fast, 1),
            "≥",
            50,
            unit.format(fast, slow),
        )
        for what, fast, slow in (
            ("first load", ours.first, rival_times.first),
            ("unchanged re-read", ours.again, rival_times.again),
        )
    ]


def compared(
    where: str, rows: int, times: dict[str, Times], *, first: tuple[float, float], again: tuple[float, float]
) -> list[Row]:
    """Ours beside both; ``first`` and ``again``: at least so many times the naive way, at most so many times the floor."""
    ours, rival, floor = times["ours"], times["naive"], times["floor"]
    found = []
    for what, bars, fast, slow, best in (
        ("first load", first, ours.first, rival.first, floor.first),
        ("unchanged re-read", again, ours.again, rival.again, floor.again),
    ):
        name = f"{where}, {what} of {rows:,} rows"
        in_seconds = f"ours {fast:.3g} s, naive {slow:.3g} s, floor {best:.3g} s"
        found += [
            Row(name, round(slow / fast, 1), "≥", bars[0], f"times as fast as the naive way ({in_seconds})"),
            Row(name, round(fast / best, 2), "≤", bars[1], "times the driver's floor"),
        ]
    return found


def deal(database: Database, rows: Rows) -> Dealt:
    """Accounts for these rows."""
    starts = range(0, len(rows), ACCOUNT_ROWS)
    return {add_account(database, number): rows[at : at + ACCOUNT_ROWS] for number, at in enumerate(starts, 1)}


def plain_rows(dealt: Dealt, count: int) -> dict[int, list[naive.Json]]:
    """The first of these rows as the rival has them."""
    plain: dict[int, list[naive.Json]] = {}
    for account_id, rows in dealt.items():
        plain[account_id] = naive.plain_rows(rows[:count])
        count -= len(plain[account_id])
    return plain


def write_ours(database: Database, dealt: Dealt) -> None:
    """As a pass does: one transaction an account."""
    for account_id, rows in dealt.items():
        with database.writing() as session:
            ledger.merge_transactions(session, USER, account_id, rows, START)


def write_naively(engine: Engine, plain: dict[int, list[naive.Json]]) -> None:
    """The rival, account by account."""
    for account_id, rows in plain.items():
        naive.save(engine, account_id, rows)


@contextmanager
def rival_url(server: PostgresServer) -> Iterator[str]:
    """An empty database."""
    url = server.create(migrated=False)
    yield url
    server.drop(url)


def truncate(url: str) -> None:
    """No row, and no dead one either."""
    with closing(psycopg2.connect(floors.libpq_dsn(url))) as connection, connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE bank_transactions CASCADE")


def round_trip(url: str) -> float:
    """Seconds of a statement that does nothing."""
    times = []
    with closing(psycopg2.connect(floors.libpq_dsn(url))) as connection, connection.cursor() as cursor:
        for _ in range(20):
            began = time.perf_counter()
            cursor.execute("SELECT 1")
            times.append(time.perf_counter() - began)
    return median(times)
