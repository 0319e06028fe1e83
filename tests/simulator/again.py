"""One seed lived again from the command line: what is asked, where it is lived, and the story told before the verdict."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from open_finance.config import database_url
from tests.simulator.crash import SteppedDatabase


def seed_parser(program: str, description: str | None) -> argparse.ArgumentParser:
    """Asks for the seed, the database, and whether to print everything."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--database", default="sqlite", help="sqlite, or the address of an empty PostgreSQL database")
    parser.add_argument("-v", "--verbose", action="store_true", help="print everything that happened")
    return parser


@contextmanager
def database_at(asked: str) -> Iterator[SteppedDatabase]:
    """The database that was asked for, migrated; a SQLite file is gone at the end."""
    with TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'gerente.db'}" if asked == "sqlite" else asked
        database = SteppedDatabase(database_url(address))
        database.migrate()
        yield database


def told(verdict: str, trace: list[str], lived: Counter[str], *, verbose: bool) -> str:
    """The verdict, and the whole story before it where it is wanted."""
    counts = [f"{count:6} {kind}" for kind, count in sorted(lived.items())]
    return "\n".join([*trace, *counts, verdict] if verbose else [verdict])
