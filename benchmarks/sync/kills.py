"""``kill -9`` at fifty points of a synchronisation, on SQLite and on PostgreSQL.

A kill after which anything is amiss is told on standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row
from tests.databases import migrate, postgres_server
from tests.killing import Kill, Nursery, killing_stage, open_nursery

KILLS = 50


def measure_kills(seed: int) -> list[Row]:
    """Fifty kills each; a minute on two cores."""
    with TemporaryDirectory() as folder, postgres_server() as postgres, open_nursery() as nursery:
        sqlite_url = f"sqlite:///{Path(folder) / 'gerente.db'}"
        migrate(sqlite_url)
        urls = {"SQLite": sqlite_url} | ({"PostgreSQL": postgres.create()} if postgres else {})
        return [row for name, url in urls.items() for row in _rows(name, kill_often(url, nursery, seed))]


def kill_often(database_url: str, nursery: Nursery, seed: int) -> list[Kill]:
    """On a migrated database that holds nothing yet."""
    with killing_stage(database_url, nursery, seed) as stage:
        return [stage.kill(number) for number in range(KILLS)]


def _rows(database: str, kills: list[Kill]) -> Iterator[Row]:
    for kill in kills:
        if kill.amiss:
            print(f"{database}: {kill}", file=sys.stderr)
    yield Row(f"kills after which anything was amiss, {database}", sum(bool(one.amiss) for one in kills), "=", 0)
    yield Row(f"kills, {database}", len(kills), "≥", KILLS, "kills")
    yield Row(f"kills between two accounts, {database}", sum(one.between for one in kills), "≥", KILLS / 10, "kills")
