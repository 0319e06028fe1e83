"""Whom a tick looks at, and how often: everybody once, then those of whom something is another."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from open_finance.alerts.rounds import LATE, Rounds

ANA, BRUNO, CAIO = 1, 2, 3


def look(rounds: Rounds, news: dict[int, Any], runs: dict[int, int] | None = None) -> list[int]:
    """A whole round, everybody to the end."""
    rounds.begin(news, runs or {})
    seen = []
    for person in rounds.take(100):
        seen.append(person)
        rounds.done(person)
    return seen


def test_everybody_is_looked_at_once_and_again_when_something_is_new() -> None:
    rounds = Rounds()
    assert look(rounds, {BRUNO: "b", ANA: "a"}, {ANA: 5}) == [ANA, BRUNO]
    assert look(rounds, {ANA: "a", BRUNO: "b"}) == []
    assert look(rounds, {ANA: "a", BRUNO: "b"}, {BRUNO: 6}) == [BRUNO]
    assert look(rounds, {ANA: "other", BRUNO: "b", CAIO: "c"}, {BRUNO: 6}) == [ANA, CAIO]
    assert look(rounds, {ANA: "other"}) == []
    assert look(rounds, {ANA: "other", BRUNO: "b"}) == [BRUNO]


def test_some_are_looked_at_in_a_call_and_the_next_round_waits_for_the_others() -> None:
    rounds = Rounds()
    rounds.begin(dict.fromkeys((ANA, BRUNO, CAIO), 0), {})
    assert list(rounds.take(2)) == [ANA, BRUNO]
    assert not rounds.is_over
    assert list(rounds.take(2)) == [CAIO]
    assert rounds.is_over


def test_whoever_was_not_looked_at_to_the_end_is_in_the_next_round() -> None:
    rounds = Rounds()
    rounds.begin({ANA: 0, BRUNO: 0}, {})
    assert next(rounds.take(2)) == ANA  # and then something failed
    for person in rounds.take(2):
        rounds.done(person)
    assert look(rounds, {ANA: 0, BRUNO: 0}) == [ANA]


@given(st.lists(st.tuples(st.integers(1, LATE), st.sampled_from((ANA, BRUNO))), unique_by=lambda one: one[0]))
def test_a_pass_that_becomes_visible_after_a_later_one_of_somebody_else_is_seen(order: list[tuple[int, int]]) -> None:
    rounds, visible = Rounds(), dict[int, int]()
    look(rounds, {ANA: 0, BRUNO: 0})
    for run, person in order:
        visible[run] = person
        asked = {visible[one]: one for one in sorted(visible) if one > rounds.known_run}
        is_their_latest = all(one <= run for one, whose in visible.items() if whose == person)
        assert look(rounds, {ANA: 0, BRUNO: 0}, asked) == ([person] if is_their_latest else [])


def test_passes_of_long_ago_are_not_asked_for_twice() -> None:
    rounds = Rounds()
    assert rounds.known_run == 0
    look(rounds, {ANA: 0}, {ANA: 5 * LATE})
    assert rounds.known_run == 4 * LATE
    assert look(rounds, {ANA: 0}) == []
