"""Killed in the midst of a pass: no half account, a sound database, and the next pass converges. Fifty kills of each kind
of database are a benchmark (``benchmarks/sync/kills.py``)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.killing import Nursery, killing_stage, open_nursery

SEED = 4
KILLS = 3
ROWS = (510, 40, 40)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with open_nursery() as running:
        yield running


def test_a_pass_that_is_killed_leaves_whole_accounts_and_the_next_one_finds_the_bank(
    database_url: str, nursery: Nursery
) -> None:
    with killing_stage(database_url, nursery, SEED, ROWS) as stage:
        kills = [stage.kill(number) for number in range(KILLS)]
    assert [kill for kill in kills if kill.amiss] == []
