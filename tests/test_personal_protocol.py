"""The protocol of an erasure: short, readable aloud, and a mistake in it is noticed."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.personal.protocol import ALPHABET, new_protocol
from tests.protocols import is_protocol

seeds = st.integers(0, 2**32)
lengths = st.integers(4, 7)


def drawn(seed: int, length: int = 4) -> str:
    return new_protocol(random.Random(seed).choice, length)


def test_a_known_one() -> None:
    characters = iter("7Q2")

    def choose(_: Sequence[str]) -> str:
        return next(characters)

    assert new_protocol(choose) == "7Q2M"


def test_four_characters_that_nobody_confuses() -> None:
    protocol = new_protocol(secrets.choice)
    assert len(protocol) == 4
    assert set("01OIL").isdisjoint(ALPHABET)
    assert set(protocol) <= set(ALPHABET)


@given(seeds, lengths, st.integers(0, 6), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(seed: int, length: int, place: int, char: str) -> None:
    protocol = drawn(seed, length)
    place %= length
    changed = protocol[:place] + char + protocol[place + 1 :]
    assert is_protocol(protocol)
    assert is_protocol(changed) == (changed == protocol)


@given(seeds, lengths, st.integers(0, 5))
def test_two_neighbours_that_changed_places_are_noticed(seed: int, length: int, place: int) -> None:
    protocol = drawn(seed, length)
    place %= length - 1
    swapped = protocol[:place] + protocol[place + 1] + protocol[place] + protocol[place + 2 :]
    assert is_protocol(swapped) == (swapped == protocol)


@pytest.mark.parametrize("text", ["", "7Q2", "7q2m", "7Q20", "7Q2M ", "０Q2M"])
def test_what_is_no_protocol(text: str) -> None:
    assert not is_protocol(text)
