"""One message an event: some of the histories that ``benchmarks.alerts.histories`` lives by the thousand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from open_finance.notifications import Notifications
from tests.histories.__main__ import main
from tests.histories.run import live
from tests.simulator.crash import SteppedDatabase

SEEDS = range(1, 21)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_thing_that_happens_is_told_once(sqlite_url: str, seed: int) -> None:
    outcome = live(seed, SteppedDatabase(sqlite_url))
    assert outcome.verdict.holds, outcome.report()


@pytest.mark.postgres
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_on_postgresql_too(postgres_url: str, seed: int) -> None:
    outcome = live(seed, SteppedDatabase(postgres_url))
    assert outcome.verdict.holds, outcome.report()


def test_a_seed_can_be_seen_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "1", "-v"]) == 0
    story = capsys.readouterr().out
    assert "happens: " in story
    assert main(["--seed", "1", "-v"]) == 0
    assert capsys.readouterr().out == story


def _no_echoes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("open_finance.syncing.happenings.find_echoes", lambda *_: {})


def _never_revealed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("open_finance.syncing.happenings.revealed", lambda *_: set())


def _no_mark(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Notifications, "mark_sent", lambda self, user, ids, *_: self.postpone(user, ids, 60))


def _marked_before(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Notifications, "postpone", lambda self, user, ids, _: self.settle(user, ids, "sent"))


def _held_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Notifications, "hold", lambda *_: True)


@pytest.mark.parametrize(
    ("spoil", "first"),  # a seed from which on it is found soon: most lives never meet that rule
    [(_no_echoes, 1), (_never_revealed, 160), (_no_mark, 1), (_marked_before, 1), (_held_for_ever, 1)],
)
def test_a_rule_that_is_broken_is_found(
    spoil: Callable[[pytest.MonkeyPatch], None],
    first: int,
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoil(monkeypatch)
    path = tmp_path / "life.db"
    database = SteppedDatabase(f"sqlite:///{path}")
    for seed in range(first, first + 100):
        for left in tmp_path.glob("life.db*"):
            left.unlink()
        path.write_bytes(sqlite_template.read_bytes())
        if not live(seed, database).verdict.holds:
            return
    pytest.fail("nobody noticed")
