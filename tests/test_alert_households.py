"""The simulated households whose alerts are judged: as documented, for any seed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from benchmarks.alerts.households import generate
from benchmarks.alerts.seeding import FIRST_DAY, KINDS


@pytest.mark.parametrize("seed", [0, 20_261_126])
def test_a_seed_makes_the_same_households_again_and_another_seed_others(seed: int) -> None:
    assert generate(seed, 2) == generate(seed, 2)
    assert generate(seed, 2) != generate(seed + 1, 2)


def test_anomalies_are_of_every_kind_and_as_many_as_documented() -> None:
    homes = generate(5)
    assert len(homes) >= 50
    assert all(5 <= len(home.labels) <= 10 for home in homes)
    assert set(Counter(kind for home in homes for kind in home.labels.values())) == set(KINDS)


def test_the_first_three_months_are_honest_and_the_year_is_a_year() -> None:
    for home in generate(6, 12):
        by_id = {row["id"]: row for row in home.rows}
        assert all(by_id[i]["occurred_on"] >= home.start + timedelta(days=FIRST_DAY) for i in home.labels)
        assert home.rows[0]["occurred_on"] < home.start + timedelta(days=7)
        assert (home.end - home.start).days == 364
        assert all(home.start <= row["occurred_on"] <= home.end + timedelta(days=2) for row in home.rows)


def test_every_household_has_look_alikes_and_none_of_them_is_labelled() -> None:
    for home in generate(7, 12):
        assert home.look_alikes
        assert not home.look_alikes.keys() & home.labels.keys()


def test_a_second_charge_has_its_first() -> None:
    for home in generate(8, 12):
        for row in home.rows:
            if home.labels.get(row["id"]) == "duplicate_charge":
                firsts = [
                    other
                    for other in home.rows
                    if other["id"] != row["id"]
                    and (other["account_id"], other["amount"]) == (row["account_id"], row["amount"])
                    and timedelta(0) <= row["occurred_on"] - other["occurred_on"] <= timedelta(days=1)
                ]
                assert firsts
