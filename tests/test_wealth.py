"""A net worth over time: what was measured goes before what is calculated, and what is not known has no figure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.insights.card_bills import open_books
from open_finance.insights.card_debt import card_past
from open_finance.insights.wealth import Change, Line, Part, WealthPoint, change_since, first_known, follow, line_of
from tests.card_rows import bill, card, card_row

TODAY = date(2026, 11, 23)
ONE = timedelta(days=1)
LONG_AGO = TODAY - timedelta(days=365)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def amounts(values: dict[int, str]) -> dict[date, Decimal]:
    return {ago(days): Decimal(value) for days, value in values.items()}


def cash(measured: dict[int, str], moves: dict[int, str] | None = None, reach: int | None = None) -> Line:
    first = date.max if reach is None else ago(reach)
    return line_of(Part.CASH, amounts(measured), amounts(moves or {}), first)


def figures(points: tuple[WealthPoint, ...], name: str = "net") -> dict[int, str]:
    return {(TODAY - point.day).days: str(getattr(point, name)) for point in points}


# --- measured ------------------------------------------------------------------------------------------------------------


def test_a_day_that_was_not_read_holds_what_the_last_one_did() -> None:
    points = follow([cash({5: "10.00", 2: "30.00"})], LONG_AGO, TODAY)
    assert figures(points) == {5: "10.00", 4: "10.00", 3: "10.00", 2: "30.00", 1: "30.00", 0: "30.00"}
    assert not any(point.is_calculated for point in points)


def test_a_line_that_begins_before_what_is_shown_goes_on_from_there() -> None:
    points = follow([cash({400: "10.00", 390: "20.00", 1: "30.00"})], ago(2), TODAY)
    assert figures(points) == {2: "20.00", 1: "30.00", 0: "30.00"}


def test_without_accounts_there_is_nothing_to_show() -> None:
    assert follow([], LONG_AGO, TODAY) == ()
    assert first_known(()) is None
    assert change_since((), TODAY) is None


# --- calculated ----------------------------------------------------------------------------------------------------------


def test_before_the_first_day_that_was_read_the_rows_are_followed_back() -> None:
    points = follow([cash({1: "70.00"}, {3: "-30.00", 1: "-5.00", 0: "-999.00"}, reach=3)], LONG_AGO, TODAY)
    assert figures(points) == {3: "75.00", 2: "75.00", 1: "70.00", 0: "70.00"}
    assert [point.is_calculated for point in points] == [True, True, False, False]


def test_it_goes_back_as_far_as_the_rows_of_every_account_and_what_was_nothing_was_nothing_before() -> None:
    older, newer = cash({0: "70.00"}, {9: "1.00"}, reach=9), cash({0: "50.00"}, {4: "-10.00"}, reach=4)
    opened = cash({0: "25.00"}, {2: "25.00"}, reach=2)
    points = follow([older, newer, opened], LONG_AGO, TODAY)
    assert figures(points) == {4: "120.00", 3: "120.00", 2: "145.00", 1: "145.00", 0: "145.00"}
    silent = cash({0: "12.34"})  # no row of it is known, and it holds something
    assert list(figures(follow([older, silent], LONG_AGO, TODAY))) == [0]
    assert len(follow([older, cash({0: "0.00"})], LONG_AGO, TODAY)) == 10


def test_what_rows_do_not_explain_is_not_followed_further() -> None:
    held, moves = amounts({0: "70.00"}), amounts({9: "75.00", 3: "-5.00"})
    assert line_of(Part.CASH, held, moves, ago(9)).reach == date.min
    assert line_of(Part.CASH, held, moves, ago(9), blocked=ago(5)).reach == ago(5)
    pot = line_of(Part.INVESTMENTS, amounts({0: "100.00"}), amounts({6: "150.00", 2: "40.00"}), ago(9))
    assert pot.reach == ago(6)  # more was put by than is there: somewhere else
    card_line = line_of(Part.DEBT, amounts({0: "-10.00"}), amounts({6: "-50.00"}), ago(9))
    assert card_line.reach == ago(6)


def test_a_sum_begins_where_all_its_parts_are_known() -> None:
    owed = Line(Part.DEBT, amounts({1: "-20.00"}))
    points = follow([cash({0: "70.00"}, {3: "-30.00"}, reach=3), owed], LONG_AGO, TODAY)
    assert figures(points, "cash") == {3: "70.00", 2: "70.00", 1: "70.00", 0: "70.00"}
    assert figures(points, "debt") == {3: "None", 2: "None", 1: "-20.00", 0: "-20.00"}
    assert figures(points) == {3: "None", 2: "None", 1: "50.00", 0: "50.00"}
    found = first_known(points)
    assert found is not None
    assert found.day == ago(1)


def test_a_change_is_told_between_days_that_are_known() -> None:
    points = follow([cash({30: "10.00", 0: "4.00"})], LONG_AGO, TODAY)
    assert change_since(points, ago(30)) == Change(ago(30), Decimal("-6.00"))
    assert change_since(points, ago(31)) is change_since(points, TODAY) is None


lives = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 40), st.integers(-(10**6), 10**6), st.booleans()),
    min_size=1,
    max_size=40,
)


@given(lives, st.tuples(st.integers(0, 40), st.integers(0, 40)), st.tuples(st.integers(), st.integers()))
@settings(max_examples=60, deadline=None)
def test_what_is_calculated_is_what_was_and_own_money_between_accounts_changes_nothing(
    told: list[tuple[int, int, int, bool]], read: tuple[int, int], opened: tuple[int, int]
) -> None:
    """``told``: whose, how long ago, how much, and whether it went to the other account."""
    moves: list[dict[date, Decimal]] = [{}, {}]
    outside: dict[date, Decimal] = {}
    for whose, days, centavos, is_own in told:
        amount, day = Decimal(centavos) / 100, ago(days)
        moves[whose][day] = moves[whose].get(day, Decimal(0)) + amount
        if is_own:
            moves[1 - whose][day] = moves[1 - whose].get(day, Decimal(0)) - amount
        else:
            outside[day] = outside.get(day, Decimal(0)) + amount
    opening = [Decimal(centavos % 10**9 + 1) / 100 for centavos in opened]

    def true(whose: int, day: date) -> Decimal:
        return opening[whose] + sum((amount for on, amount in moves[whose].items() if on <= day), Decimal(0))

    lines = [
        line_of(Part.CASH, {ago(days): true(whose, ago(days)) for days in range(first + 1)}, moves[whose], ago(45))
        for whose, first in enumerate(read)
    ]
    before = None
    for point in follow(lines, ago(45), TODAY):
        assert point.net == true(0, point.day) + true(1, point.day)
        if before is not None:
            assert point.net - before == outside.get(point.day, Decimal(0))
        before = point.net


# --- cards ---------------------------------------------------------------------------------------------------------------


def past(rows: list[Any], bills: tuple[Any, ...] = (), *, in_full: bool = True, owed: str = "0.00") -> Line:
    of = card(bill_closes_on=date(2026, 12, 3), bill_due_on=date(2026, 12, 10))
    found = card_past(open_books(of, bills, rows, TODAY), TODAY, counts_instalments=in_full)
    return line_of(Part.DEBT, {TODAY: Decimal(owed)}, found.moves, found.reach, found.blocked)


def owed_on(line: Line, day: date) -> Decimal | None:
    points = follow([line], LONG_AGO, TODAY)
    return next((point.debt for point in points if point.day == day), None)


def three_times(day: date, price: str, **more: Any) -> list[Any]:
    return [
        card_row(day + 30 * number * ONE, price, installment_number=number + 1, total_installments=3, purchased_on=day)
        | more
        for number in range(3)
    ]


def test_a_purchase_in_instalments_is_owed_whole_from_its_day() -> None:
    rows = [card_row(ago(60), "-1.00"), *three_times(ago(10), "-100.00"), card_row(ago(4), "-40.00")]
    rows += [card_row(ago(7), "25.00", description="PAGAMENTO RECEBIDO", category_id="05100000")]
    line = past(rows, owed="-316.00")
    assert [str(owed_on(line, ago(days))) for days in (11, 10, 8, 7, 4, 0)] == [
        "-1.00", "-301.00", "-301.00", "-276.00", "-316.00", "-316.00",
    ]  # fmt: skip


def test_where_a_balance_may_hold_something_else_nothing_is_worked_out_of_instalments() -> None:
    rows = [card_row(ago(60), "-1.00"), *three_times(ago(40), "-100.00")]
    assert past(rows, owed="-301.00", in_full=False).known_from == TODAY
    assert past([card_row(ago(9), "-40.00")], owed="-40.00", in_full=False).known_from == date.min


def test_a_purchase_that_was_taken_back_is_not_followed_past() -> None:
    bought = three_times(ago(40), "-100.00", description="LOJA AZUL")[:1]
    back = card_row(ago(20), "300.00", description="LOJA AZUL", type="CREDIT")
    line = past([card_row(ago(90), "-1.00"), *bought, back], owed="-1.00")
    assert line.known_from >= ago(20)
    again = card_row(ago(20), "100.00", installment_number=1, total_installments=3, description="LOJA AZUL")
    assert past([card_row(ago(90), "-1.00"), again], owed="-1.00").known_from >= ago(20)


@pytest.mark.parametrize(("total", "known_from"), [("60.00", date(2026, 10, 6)), ("75.00", date(2026, 11, 3))])
def test_a_bill_that_its_rows_do_not_explain_is_where_it_ends(total: str, known_from: date) -> None:
    rows = [card_row(date(2026, 9, 28), "-5.00"), card_row(date(2026, 10, 6), "-3.00")]
    rows += [card_row(date(2026, 10, 20), "-57.00"), card_row(date(2026, 11, 10), "-10.00")]
    closed = bill(date(2026, 11, 10), date(2026, 11, 3), total)
    before = bill(date(2026, 10, 10), date(2026, 10, 6), "5.00")
    line = past(rows, (closed, before), owed="-91.00")
    assert line.known_from == known_from


def test_a_foreign_row_on_a_card_is_where_it_ends() -> None:
    rows = [card_row(ago(12), "-5.00"), card_row(ago(6), "-3.00", currency_code="USD"), card_row(ago(3), "-7.00")]
    assert past(rows, owed="-40.00").known_from == ago(6)
