"""A household's year is lived once, and each who looks at it gets one of their own, as if it had been lived for them."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from sandbox.household import NAMES, build_household
from sandbox.household.banks import bank_of
from sandbox.household.calendar import midnight
from sandbox.household.growing import _grow, grown
from sandbox.household.people import PEOPLE
from tests.clocks import START

TODAY = date(2026, 11, 23)
ITAU = bank_of(201)
FIRST_LOOKS = ("2026-11-22T15:00:00.000Z", midnight(TODAY), "2026-11-23T09:30:00.000Z", "2026-11-24T02:59:59.999Z")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "volume"])
def test_what_is_kept_of_a_year_is_what_was_lived(name: str) -> None:
    for now in FIRST_LOOKS:
        assert grown(name, 7, ITAU, "1", TODAY, now) == _grow(name, 7, ITAU, "1", TODAY, now)


def test_what_happens_to_one_happens_to_no_other() -> None:
    one, other = (build_household("silva", seed=7, today=TODAY, bank=ITAU, now=START) for _ in range(2))
    assert one == other
    account = one.accounts[0]["id"]
    one.transactions[account][0]["description"] = "another"
    one.evolve(START.replace(month=12), Random(1))
    fresh = build_household("silva", seed=7, today=TODAY, bank=ITAU, now=START)
    assert other == fresh != one
    assert fresh.life is not None
    assert fresh.life.person == PEOPLE["silva"]
