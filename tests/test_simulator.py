"""A living bank, a failing network and a process that is killed: our books end where the bank's are.

Ten slices of what ``benchmarks.sync.convergence`` lives three hundred times, for sixty days each.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from open_finance import reconcile
from open_finance.storage import ledger
from tests.simulator import oracle
from tests.simulator.__main__ import main
from tests.simulator.crash import SteppedDatabase
from tests.simulator.oracle import TRANSACTIONS, Verdict
from tests.simulator.run import simulate
from tests.simulator.world import World

SEEDS = range(1, 11)
DAYS = 10
WEEK = timedelta(days=7)

Make = Callable[[], SteppedDatabase]
Spoil = Callable[[Session], object]


@pytest.fixture
def make(sqlite_template: Path, tmp_path: Path) -> Iterator[Make]:
    """Fresh migrated SQLite files."""
    made: list[SteppedDatabase] = []

    def one_more() -> SteppedDatabase:
        path = tmp_path / f"{len(made)}.db"
        shutil.copy(sqlite_template, path)
        made.append(SteppedDatabase(f"sqlite:///{path}"))
        return made[-1]

    yield one_more
    for database in made:
        database.dispose()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_the_books_end_where_the_bank_is(make: Make, seed: int) -> None:
    outcome = simulate(seed, make(), DAYS)
    assert outcome.verdict.holds, outcome.report()


@pytest.mark.postgres
@pytest.mark.parametrize("seed", SEEDS[:2])
def test_on_postgresql_too(postgres_url: str, seed: int) -> None:
    database = SteppedDatabase(postgres_url)
    outcome = simulate(seed, database, DAYS)
    database.dispose()
    assert outcome.verdict.holds, outcome.report()


def test_a_seed_is_the_same_story_each_time_and_another_one_another(make: Make) -> None:
    first, second, other = (simulate(seed, make(), days=3).trace_hash for seed in (3, 3, 4))
    assert first == second
    assert first != other


def test_one_command_replays_a_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "5", "--days", "2", "-v"]) == 0
    printed = capsys.readouterr().out
    assert "GET /v2/transactions" in printed
    assert "seed 5: converged" in printed


# --- what would be wrong is found wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name", "broken", "days", "found"),
    [
        (ledger, "remove_transactions", lambda *_: 0, 4, "stands and is not listed"),
        (reconcile, "is_trusted", lambda *_: False, 4, "stands and is not listed"),
        (
            reconcile,
            "window",
            lambda today, *_: reconcile.Window(today - WEEK, today - WEEK),
            6,
            "stands and is not listed",
        ),
        (reconcile, "match", lambda *_, **__: {}, 12, "what a person wrote is gone"),
    ],
)
def test_a_synchroniser_that_is_broken_on_purpose_does_not_converge(
    make: Make, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, broken: Any, days: int, found: str
) -> None:
    monkeypatch.setattr(module, name, broken)
    problems = (problem for seed in SEEDS for problem in simulate(seed, make(), days).verdict.problems)
    assert any(problem.startswith(found) for problem in problems)


A_ROW = select(TRANSACTIONS.c.id).where(TRANSACTIONS.c.removed_at.is_(None)).limit(1).scalar_subquery()
THE_ROW = TRANSACTIONS.c.id == A_ROW


def copy_a_row(session: Session) -> None:
    row = dict(session.execute(select(TRANSACTIONS).where(THE_ROW)).mappings().one())
    session.execute(insert(TRANSACTIONS).values({**row, "id": 10_000, "pluggy_id": "nobody's"}))


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda session: session.execute(delete(TRANSACTIONS).where(THE_ROW)), "lost"),
        (copy_a_row, "duplicates"),
        (lambda session: session.execute(update(TRANSACTIONS).where(THE_ROW).values(description="x")), "wrong"),
        (lambda session: session.execute(update(oracle.ACCOUNTS).values(listed=False)), "lost"),
        (lambda session: session.execute(update(oracle.ACCOUNTS).values(balance=Decimal("0.01"))), "centavos"),
    ],
)
def test_the_oracle_sees_one_row_that_is_not_as_the_bank_has_it(make: Make, spoil: Spoil, found: str) -> None:
    database = make()
    world = World(7, database)
    world.recover()
    assert judge(world).holds
    with database.writing() as session:
        spoil(session)
    verdict = judge(world)
    world.stop()
    assert getattr(verdict, found)


def judge(world: World) -> Verdict:
    return oracle.judge(oracle.books(world.database), world.pluggy, world.today)
