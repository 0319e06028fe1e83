"""Nobody's access ends without a word a month before and one on the eve; whoever comes back begins anew."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.personal.idle_rules import EVE, GRACE, NOTICE, SHORTEST, STEPS, Attempt, End, Warn, next_step

SEEN = date(2026, 6, 30)
TERM = 180

DAYS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=400)


def on(day: int) -> date:
    """So many days after the person was last here."""
    return SEEN + timedelta(days=day)


def live(idle_days: int, days: list[tuple[bool, bool]]) -> tuple[list[Attempt], int | None]:
    """A person who stays away. ``days``: of each one (the last for ever) whether the bot runs, and whether it could reach
    them. The warnings made, and on which day the access ended; None: it did not in six years."""
    attempts: list[Attempt] = []
    for day in range(2200):
        runs, reached = days[min(day, len(days) - 1)]
        step = next_step(on(day), SEEN, idle_days, attempts) if runs else None
        if isinstance(step, End):
            return attempts, day
        if isinstance(step, Warn):
            attempts.append(Attempt(step.days, on(day), reached))
    return attempts, None


def test_three_warnings_and_then_the_end() -> None:
    attempts, ended = live(TERM, [(True, True)])
    assert [(each.days, each.made_on) for each in attempts] == [(30, on(150)), (7, on(173)), (1, on(179))]
    assert ended == TERM


def test_each_warning_names_the_day_on_which_it_then_ends() -> None:
    assert next_step(on(150), SEEN, TERM, []) == Warn(30, on(TERM))
    first = Attempt(30, on(150))
    assert next_step(on(172), SEEN, TERM, [first]) is None
    assert next_step(on(173), SEEN, TERM, [first]) == Warn(7, on(TERM))
    assert next_step(on(179), SEEN, TERM, [first, Attempt(7, on(173))]) == Warn(1, on(TERM))


def test_a_first_warning_that_comes_late_moves_the_end() -> None:
    assert next_step(on(400), SEEN, TERM, []) == Warn(30, on(430))


def test_an_eve_that_comes_late_moves_the_end_by_a_day() -> None:
    said = [Attempt(30, on(150)), Attempt(7, on(173))]
    assert next_step(on(250), SEEN, TERM, said) == Warn(1, on(251))
    assert next_step(on(250), SEEN, TERM, [*said, Attempt(1, on(250))]) is None
    assert next_step(on(251), SEEN, TERM, [*said, Attempt(1, on(250))]) == End()


def test_whom_no_warning_reaches_has_a_month_more() -> None:
    attempts, ended = live(TERM, [(True, False)])
    assert ended == TERM + GRACE
    assert [each.days for each in attempts] == [30, 7, 1]


def test_without_a_term_nobody_is_ever_idle() -> None:
    assert next_step(on(5000), SEEN, 0, []) is None


@given(DAYS, st.integers(SHORTEST, 400))
@settings(max_examples=60)
def test_nobody_is_cut_off_without_having_been_warned_in_time(days: list[tuple[bool, bool]], idle_days: int) -> None:
    attempts, ended = live(idle_days, [*days, (True, True)])
    assert ended is not None
    assert ended >= idle_days
    made = [each.days for each in attempts]
    assert made == sorted(set(made), reverse=True)  # each once, ever nearer
    assert set(made) <= set(STEPS)
    heard = [each for each in attempts if each.reached] or attempts
    assert min(each.made_on for each in heard) <= on(ended - NOTICE)
    assert any(each.days == EVE and each.made_on < on(ended) for each in attempts)
    if not any(each.reached for each in attempts):
        assert ended >= idle_days + GRACE


@given(DAYS, st.integers(SHORTEST, 400), st.integers(0, 100))
@settings(max_examples=60)
def test_what_has_come_to_its_end_stays_there_and_a_later_word_never_brings_it_nearer(
    days: list[tuple[bool, bool]], idle_days: int, later: int
) -> None:
    attempts, ended = live(idle_days, [*days, (True, True)])
    assert ended is not None
    assert next_step(on(ended + later), SEEN, idle_days, attempts) == End()
    for day in range(0, ended, 7):
        assert next_step(on(day), SEEN + timedelta(days=later), idle_days, []) != End()


@given(st.integers(SHORTEST, 400), st.integers(0, 369))
def test_whoever_was_here_within_the_term_less_a_month_hears_nothing(idle_days: int, day: int) -> None:
    if day < idle_days - NOTICE:
        assert next_step(on(day), SEEN, idle_days, []) is None


@pytest.mark.parametrize("days", STEPS)
def test_a_warning_is_never_made_twice(days: int) -> None:
    said = [Attempt(30, on(150)), Attempt(7, on(173)), Attempt(1, on(179))][: len(STEPS) - STEPS.index(days)]
    step = next_step(said[-1].made_on, SEEN, TERM, said)
    assert step is None
