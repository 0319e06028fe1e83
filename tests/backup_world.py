"""Databases full of rows, and a backup of one: what the tests of backups stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from open_finance.backup import container
from open_finance.backup.copies import write_backup
from open_finance.storage.database import Database
from open_finance.storage.models import Base
from tests.clocks import START, ManualClock
from tests.every_row import everything, fill_every_table, fill_nobodys_tables

KEY = "uma-chave-de-teste-bem-comprida"
OTHER = 8_111_222_333
CANARY = "CANARIO-do-Zé 🐤\n\"aspas\", 'outras' e \\ "


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.dispose()


def fill(database: Database) -> None:
    """Rows in every table, of two people, with texts and values that are easily spoilt on the way."""
    tables = Base.metadata.tables
    with database.writing() as session:
        ids = fill_every_table(session)
        fill_every_table(session, OTHER)
        connection = session.connection()
        connection.execute(
            insert(tables["leases"]).values(name="telegram-poller", holder="a", expires_at=START, fence=7)
        )
        fill_nobodys_tables(session, ids)
        connection.execute(
            update(tables["bank_transactions"]).values(description=CANARY, amount=Decimal("-98765432109.87"))
        )
        changes = tables["category_changes"]
        connection.execute(update(changes).where(changes.c.user_id == OTHER).values(before={"é": [1, None, "\u2028"]}))
        # The highest id was given out and its row is gone: it must not come again.
        rules = tables["category_rules"]
        gone = connection.execute(
            insert(rules).values(
                user_id=OTHER,
                **dict.fromkeys(("merchant_key", "name_key", "title", "category"), "x"),
                money_in=True,
                applies_from=date(2026, 2, 28),
                created_at=START,
                updated_at=START,
            )
        ).inserted_primary_key
        assert gone
        connection.execute(rules.delete().where(rules.c.id == gone[0]))


def sorted_rows(database: Database) -> dict[str, list[str]]:
    return {name: sorted(map(repr, rows)) for name, rows in everything(database).items()}


def given_out(database: Database) -> int:
    """The id of a new rule."""
    rules = Base.metadata.tables["category_rules"]
    with database.writing() as session:
        texts = dict.fromkeys(("merchant_key", "name_key", "title", "category"), "new")
        times = dict.fromkeys(("created_at", "updated_at"), START)
        key = session.connection().execute(insert(rules).values(user_id=1, money_in=False, **texts, **times))
        assert key.inserted_primary_key
        return int(key.inserted_primary_key[0])


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a key costs is the container's own test."""
    monkeypatch.setattr(container, "COST", 2)


@pytest.fixture
def filled_database(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with rows in every table."""
    url = f"sqlite:///{tmp_path}/filled_database.db"
    if getattr(request, "param", "sqlite") == "sqlite":
        (tmp_path / "filled_database.db").write_bytes(sqlite_template.read_bytes())
    else:
        url = request.getfixturevalue("postgres_url")
    with opened(url) as database:
        fill(database)
        yield database


@pytest.fixture
def tableless_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """One without tables, or without a file."""
    with opened(request.getfixturevalue(f"empty_{getattr(request, 'param', 'sqlite')}_url")) as database:
        yield database


@pytest.fixture
def backup_file(filled_database: Database, tmp_path: Path, clock: ManualClock) -> Path:
    """A backup of ``filled_database``."""
    path = tmp_path / "copia.gfb"
    write_backup(filled_database, KEY, path, clock)
    return path
