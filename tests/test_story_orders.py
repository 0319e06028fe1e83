"""Eighty random orders of all that may happen while people connect banks: nothing is lost, doubled or given away.

``ORDERS=200`` in the environment makes them two hundred, and ``python -m benchmarks doors --seed N`` runs ten thousand.
What the harness does not notice in a broken bot, it would not notice in ours: so some of its parts are broken here on
purpose.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from open_finance.pluggy_client import PluggyClient
from tests.orders.invariants import NO_ITEM, NO_ROW, SECRET
from tests.orders.run import Runner, open_runner

ROOT = Path(__file__).parent.parent
SEED = 7
CHUNKS = 4
CHUNK = int(os.environ.get("ORDERS", "80")) // CHUNKS
ENOUGH = 20  # orders, until a broken bot is found out

Json = dict[str, Any]


@pytest.fixture
def runner() -> Iterator[Runner]:
    """Runs orders."""
    with open_runner() as opened:
        yield opened


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_order_of_things_loses_doubles_or_gives_away_anything(runner: Runner, chunk: int) -> None:
    counts: Counter[str] = Counter()
    failed: list[str] = []
    for outcome in runner.run_all(f"{SEED}:{number}" for number in range(chunk * CHUNK, (chunk + 1) * CHUNK)):
        counts += outcome.counts
        if outcome.violations:
            failed.append(str(outcome))
    assert not failed, "\n\n".join(failed)
    assert counts["items made"] > CHUNK / 2
    assert counts["killed"] >= CHUNK / 10
    assert counts["restart"] > CHUNK / 25


def test_an_order_is_the_same_wherever_it_is_seen_again(runner: Runner) -> None:
    names = [f"{SEED}:{number}" for number in range(3)]
    here = [str(outcome) for outcome in runner.run_all(names)]
    again = subprocess.run(
        [sys.executable, "-m", "tests.orders", *names],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    for told in here:
        assert told in again.stdout


# --- the proof that the harness notices ------------------------------------------------------------------------------


def loses_ids(create: Callable[..., Json]) -> Callable[..., Json]:
    """What Pluggy made is stored under another id."""

    def broken(*arguments: Any, **more: Any) -> Json:
        return {**create(*arguments, **more), "id": "f47ac10b-58cc-4372-a567-0e02b2c3d479"}

    return broken


def keeps_secrets(create: Callable[..., Json]) -> Callable[..., Json]:
    """What was typed is kept where a bank's name should be."""

    def broken(client: PluggyClient, connector_id: int, parameters: Json, **more: Any) -> Json:
        item = create(client, connector_id, parameters, **more)
        return {**item, "connector": item["connector"] | {"name": " ".join(parameters.values()) or "MeuPluggy"}}

    return broken


def deletes_nothing(_delete: Callable[..., None]) -> Callable[..., None]:
    """The end of a connection is never told to Pluggy."""
    return lambda *_arguments: None


@pytest.mark.parametrize(
    ("method", "breaks", "kinds"),
    [
        ("create_item", loses_ids, {NO_ROW, NO_ITEM}),
        ("create_item", keeps_secrets, {SECRET}),
        ("delete_item", deletes_nothing, {NO_ROW}),
    ],
)
def test_a_broken_bot_is_found_out(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, method: str, breaks: Callable[[Any], Any], kinds: set[str]
) -> None:
    monkeypatch.setattr(PluggyClient, method, breaks(getattr(PluggyClient, method)))
    for outcome in runner.run_all(f"{SEED}:{number}" for number in range(ENOUGH)):
        if kinds & {violation.kind for violation in outcome.violations}:
            assert f"python -m tests.orders {outcome.name}" in str(outcome)
            return
    pytest.fail("nobody noticed")
