"""Rows and balances are compared day by day; a gap is told once it is certain, and nothing is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.balance_check import BalanceGap, BalanceRow, find_gap, find_lasting_gap
from open_finance.records import BalanceSnapshot

DAY = date(2026, 11, 1)


def row(day: int, amount: str, balance: str | None = None) -> BalanceRow:
    return BalanceRow(DAY + timedelta(days=day), Decimal(amount), None if balance is None else Decimal(balance))


def test_rows_that_lead_from_balance_to_balance_leave_no_gap() -> None:
    assert find_gap([row(0, "100", "100"), row(1, "-30", "70"), row(1, "-20", "50"), row(3, "10", "60")]) is None


#: Days enough to know that the bank writes balances there.
BEFORE = [row(day, "0", "0") for day in range(-6, 0)]


def test_a_row_that_the_bank_did_not_list_is_told_with_its_day_and_its_amount() -> None:
    days = [*BEFORE, row(0, "100", "100"), row(1, "-30", "70"), row(2, "-5", "30"), row(3, "10", "40")]
    assert find_gap(days) == BalanceGap(DAY + timedelta(days=2), Decimal(-35))


def test_days_of_which_the_bank_says_no_balance_are_added_to_the_next_that_has_one() -> None:
    days = [*BEFORE, row(0, "100", "100"), row(1, "-30"), row(2, "-20", "50"), row(3, "-1"), row(4, "-1", "49")]
    assert find_gap(days) == BalanceGap(DAY + timedelta(days=4), Decimal(1))


def test_a_bank_that_writes_something_else_there_is_not_warned_of() -> None:
    assert find_gap([row(day, "-10", str(1000 + day)) for day in range(20)]) is None


def test_few_days_do_not_tell_what_a_bank_writes_there() -> None:
    assert find_gap([row(0, "-10", "5000"), row(1, "-20", "5000")]) is None


def test_a_day_of_which_nobody_knows_what_it_did_begins_anew() -> None:
    pending = row(1, "-30")._replace(is_doubtful=True)
    assert find_gap([*BEFORE, row(0, "100", "100"), pending, row(2, "-20", "50"), row(3, "-5", "45")]) is None


def test_a_row_that_was_booked_on_another_day_than_it_is_dated_is_no_gap() -> None:
    days = [*BEFORE, row(0, "100", "100"), row(1, "-50"), row(2, "-1", "99"), row(3, "-1", "98"), row(4, "-1", "47")]
    assert find_gap(days) is None


def test_without_balances_nothing_can_be_said() -> None:
    assert find_gap([row(day, "-10") for day in range(20)]) is None


amounts = st.integers(-(10**7), 10**7).map(lambda centavos: Decimal(centavos) / 100)
histories = st.lists(st.lists(amounts, min_size=1, max_size=4), min_size=10, max_size=20)


def told(history: list[list[Decimal]], order: list[int]) -> list[BalanceRow]:
    """The rows of each day with the running balance, in some order within their day."""
    balance, rows = Decimal("812.40"), []
    for day, of_day in enumerate(history):
        listed = []
        for amount in of_day:
            balance += amount
            listed.append(BalanceRow(DAY + timedelta(days=day), amount, balance))
        rows += sorted(listed, key=lambda one: (order[day % len(order)] * one.amount, one.amount))
    return rows


@given(histories, st.lists(st.sampled_from([-1, 1]), min_size=1))
def test_whatever_the_order_within_a_day_a_complete_history_has_no_gap(
    history: list[list[Decimal]], order: list[int]
) -> None:
    assert find_gap(told(history, order)) is None


@given(histories, st.data())
def test_one_missing_row_is_never_found_on_a_day_before_it(history: list[list[Decimal]], data: st.DataObject) -> None:
    """Where another balance of the days around it fits by chance, it is said later or not: better than a false alarm."""
    rows = told(history, [1])
    lost = data.draw(st.integers(4, len(rows) - 1))
    day = rows[lost].occurred_on
    gap = find_gap(rows[:lost] + rows[lost + 1 :])
    assert gap is None or gap.began_on >= day


# --- balances of the days on which an account was read -------------------------------------------------------------------

OPENING = Decimal("812.40")
#: More than all the other rows together, so that nothing else adds up to it.
LOST = Decimal("-77777.77")


@dataclass(frozen=True)
class Posted:
    """A row as it truly is: booked on a day at an hour, and listed by its bank so many days later; None: never."""

    day: int
    hour: int
    amount: Decimal
    listed_after: int | None = 0
    is_pending: bool = False


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day, hours=hour)


def passes(posted: list[Posted], read: dict[int, int], until: int) -> BalanceGap | None:
    """What is found once the passes of these days (and hours) are over, those after ``until`` left out. Beside what is given
    there is a coffee on every morning."""
    posted = [*(Posted(day, 0, COFFEE) for day in range(28)), *posted]
    days = {day: hour for day, hour in sorted(read.items()) if day <= until}
    snapshots = [
        BalanceSnapshot(1, DAY + timedelta(days=day), held(posted, at(day, hour)), None, None, at(day, hour))
        for day, hour in days.items()
    ]
    rows = []
    for one in sorted(posted, key=lambda one: one.day):
        if one.listed_after is None:
            continue
        listed_from = at(one.day + one.listed_after, one.hour)
        seen = next((at(day, hour) for day, hour in days.items() if at(day, hour) >= listed_from), None)
        if seen is not None:
            rows.append(row(one.day, str(one.amount))._replace(seen_at=seen, is_doubtful=one.is_pending))
    return find_lasting_gap(snapshots, rows)


def held(posted: list[Posted], when: datetime) -> Decimal:
    return OPENING + sum(
        (one.amount for one in posted if at(one.day, one.hour) <= when and not one.is_pending), Decimal(0)
    )


small = st.integers(-10_000, 10_000).filter(bool).map(lambda centavos: Decimal(centavos) / 100)
lives = st.lists(
    st.builds(Posted, st.integers(0, 22), st.integers(0, 23), small, st.integers(0, 3)),
    max_size=25,
    unique_by=lambda one: (one.day, one.hour // 5),
)
readings = st.fixed_dictionaries({day: st.integers(1, 23) for day in range(28)})
COFFEE = Decimal("-4.00")
FEWER = settings(max_examples=40, deadline=None)
EVERY_DAY = dict.fromkeys(range(28), 9)


@given(lives, readings)
@FEWER
def test_rows_that_come_late_and_days_read_in_the_middle_never_cry_wolf(
    posted: list[Posted], read: dict[int, int]
) -> None:
    for until in range(6, 28, 3):
        assert passes(posted, read, until) is None


@given(lives, readings, st.integers(6, 15), st.integers(0, 23))
@FEWER
def test_a_row_that_is_never_listed_is_a_gap_of_its_amount_on_the_first_day_it_is_missed(
    posted: list[Posted], read: dict[int, int], day: int, hour: int
) -> None:
    lost = [*posted, Posted(day, hour, LOST, None)]
    missed = day if read[day] >= hour else day + 1
    assert passes(lost, read, 27) == BalanceGap(DAY + timedelta(days=missed), LOST)
    assert passes([*posted, Posted(day, hour, LOST, 20)], read, 27) in {
        None,  # it has come by now
        *([BalanceGap(DAY + timedelta(days=missed), LOST)] if day + 20 >= 27 else []),
    }


def test_a_gap_is_told_once_it_has_lasted_and_two_more_days_agree() -> None:
    posted = [Posted(6, 5, LOST, None)]
    found = [passes(posted, EVERY_DAY, until) for until in range(6, 13)]
    assert found == [None] * 5 + [BalanceGap(DAY + timedelta(days=6), LOST)] * 2
    weekly = dict.fromkeys((0, 1, 2, 3, 6, 13), 9)
    assert passes(posted, weekly, 13) is None  # one later day is not two
    assert passes(posted, {**weekly, 20: 9}, 20) == BalanceGap(DAY + timedelta(days=6), LOST)


def lived(moved: dict[int, int], count: int = 20) -> list[BalanceSnapshot]:
    """So many days with a coffee each, and what moved the balance from a day on."""
    return [
        BalanceSnapshot(1, DAY + timedelta(days=day), held_on(day, moved), None, None, at(day, 9))
        for day in range(count)
    ]


def held_on(day: int, moved: dict[int, int]) -> Decimal:
    return OPENING + COFFEE * (day + 1) + sum(amount for since, amount in moved.items() if day >= since)


def listed(*more: BalanceRow) -> list[BalanceRow]:
    """The coffees, and other rows."""
    coffees = [row(day, str(COFFEE))._replace(seen_at=at(day, 9)) for day in range(20)]
    return sorted([*coffees, *more], key=lambda one: one.occurred_on)


def test_what_the_weekend_moved_and_the_next_working_day_lists_is_no_gap() -> None:
    """Carnival: the money went on Saturday, and the row is dated, and listed, on Ash Wednesday."""
    late = row(10, "-50")._replace(seen_at=at(10, 9))
    for until in range(20):
        rows = listed(*([late] if until >= 10 else []))
        assert find_lasting_gap(lived({6: -50})[: until + 1], rows) is None


def test_a_row_that_was_listed_before_it_was_in_the_balance_is_no_gap() -> None:
    """It was there on the first day already, settled two days later, and nothing tells so any more."""
    early = row(-1, "-50")._replace(seen_at=at(0, 9))
    assert find_lasting_gap(lived({2: -50}), listed(early)) is None
    assert find_lasting_gap(lived({2: -50}), listed()) == BalanceGap(DAY + timedelta(days=2), Decimal(-50))


def test_a_pending_row_may_be_in_a_balance_or_not() -> None:
    pending = row(8, "-30")._replace(seen_at=at(8, 9), is_doubtful=True)
    assert find_lasting_gap(lived({}), listed(pending)) is None
    assert find_lasting_gap(lived({8: -30}), listed(pending)) is None
    assert find_lasting_gap(lived({8: -30}), listed()) == BalanceGap(DAY + timedelta(days=8), Decimal(-30))


def test_a_row_in_another_currency_begins_the_comparison_anew() -> None:
    dollars = row(8, "-18")._replace(is_doubtful=True, is_foreign=True)
    assert find_lasting_gap(lived({8: -97}), listed(dollars)) is None
    assert find_lasting_gap(lived({8: -97}), listed()) is not None


def test_a_bank_whose_balance_earns_by_itself_is_not_warned_of() -> None:
    """Centavos on every working day, and no row for them."""
    yielded = [
        one._replace(balance=one.balance + Decimal(at - 2 * (at // 7)) / 100) for at, one in enumerate(lived({}))
    ]
    assert all(find_lasting_gap(yielded[:until], listed()) is None for until in range(20))


def test_an_account_of_which_no_rows_are_listed_is_not_warned_of() -> None:
    saved = [one._replace(balance=OPENING - 200 * (at >= 9)) for at, one in enumerate(lived({}))]
    assert find_lasting_gap(saved, []) is None


def test_older_rows_that_a_deeper_listing_brings_move_no_day() -> None:
    older = row(-40, "-500")._replace(seen_at=at(9, 9))
    assert find_lasting_gap(lived({}), listed(older)) is None


def test_a_day_of_too_many_doubts_says_nothing() -> None:
    later = [row(8, str(10 + number))._replace(seen_at=at(9, 9)) for number in range(8)]
    evening = sum(10 + number for number in range(8))
    assert find_lasting_gap(lived({9: evening, 10: -35}), listed(*later)) == BalanceGap(
        DAY + timedelta(days=10), Decimal(-35)
    )
