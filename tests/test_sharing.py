"""Splitting an expense, who owes whom, and which of several shared accounts counts: rules, whatever the figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.errors import ExpenseError
from open_finance.money import ZERO, from_centavos, to_centavos
from open_finance.sharing.debts import Paid, PaidBack, Transfer, balances, settle_up
from open_finance.sharing.levels import LEVELS, most_open
from open_finance.sharing.splitting import EQUALLY, Split, split, split_equally
from open_finance.sharing.twins import rows_until

amounts = st.integers(1, 100_000_000).map(from_centavos)
members = st.lists(st.integers(1, 50), min_size=1, max_size=12, unique=True)

# --- splitting -------------------------------------------------------------------------------------------------------


@given(amounts, members)
@settings(max_examples=60)
def test_equal_parts_add_up_and_differ_by_a_centavo_at_most(amount: Decimal, among: list[int]) -> None:
    parts = split(amount, among)
    assert (list(parts), sum(parts.values())) == (among, amount)
    ordered = list(parts.values())
    assert max(ordered) - min(ordered) <= Decimal("0.01")
    assert ordered == sorted(ordered, reverse=True)  # what is left over goes to the first ones


def test_the_centavos_left_over_go_to_the_first_ones() -> None:
    assert split_equally(Decimal("100.00"), [7, 3, 5]) == {
        7: Decimal("33.34"),
        3: Decimal("33.33"),
        5: Decimal("33.33"),
    }


@given(amounts, st.dictionaries(st.integers(1, 50), st.integers(0, 9).map(Decimal), min_size=1, max_size=8))
@settings(max_examples=60)
def test_shares_add_up_and_are_within_a_centavo_of_their_proportion(
    amount: Decimal, shares: dict[int, Decimal]
) -> None:
    how, among = Split("shares", shares), list(shares)
    whole = sum(shares.values())
    if not whole:
        with pytest.raises(ExpenseError, match="split"):
            split(amount, among, how)
        return
    parts = split(amount, among, how)
    assert sum(parts.values()) == amount
    for member, share in shares.items():
        assert abs(parts[member] - amount * share / whole) < Decimal("0.01")
        assert share or parts[member] == ZERO  # who has no share pays not even a centavo


@given(amounts, st.lists(st.integers(0, 100), max_size=5))
@settings(max_examples=60)
def test_percents_that_add_up_to_a_hundred_divide_everything(amount: Decimal, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), 100]
    values = {place: Decimal(end - begin) for place, (begin, end) in enumerate(pairwise(edges))}
    parts = split(amount, list(values), Split("percent", values))
    assert sum(parts.values()) == amount
    assert all(part >= ZERO for part in parts.values())


@given(st.dictionaries(st.integers(1, 50), st.integers(0, 10_000_000).map(from_centavos), min_size=1, max_size=8))
@settings(max_examples=40)
def test_exact_parts_stay_as_they_are(parts: dict[int, Decimal]) -> None:
    whole = sum(parts.values(), ZERO)
    assert split(whole, list(parts), Split("exact", parts)) == parts
    with pytest.raises(ExpenseError, match="split"):
        split(whole + Decimal("0.01"), list(parts), Split("exact", parts))


@pytest.mark.parametrize(
    ("among", "how", "reason"),
    [
        ([], EQUALLY, "among"),
        ([1, 1], EQUALLY, "among"),
        ([1, 2], Split("shares", {1: Decimal(1)}), "split"),
        ([1], Split("shares", {1: Decimal(1), 2: Decimal(1)}), "split"),
        ([1, 2], Split("shares", {1: Decimal(3), 2: Decimal(-1)}), "split"),
        ([1, 2], Split("shares", {1: Decimal("NaN"), 2: Decimal(1)}), "split"),
        ([1, 2], Split("percent", {1: Decimal(50), 2: Decimal(49)}), "split"),
        ([1, 2], Split("exact", {1: Decimal("9.995"), 2: Decimal("0.005")}), "split"),
        ([1, 2], Split("exact", {1: Decimal("20.00"), 2: Decimal("-10.00")}), "split"),
    ],
)
def test_what_cannot_be_divided_says_why(among: list[int], how: Split, reason: str) -> None:
    with pytest.raises(ExpenseError) as refused:
        split(Decimal("10.00"), among, how)
    assert refused.value.reason == reason
    assert refused.value.user_message != ExpenseError.default_user_message


# --- who owes whom ---------------------------------------------------------------------------------------------------


@st.composite
def standings(draw: st.DrawFn) -> dict[int, Decimal]:
    """Balances that add up to zero."""
    others = draw(st.lists(st.integers(-500_000, 500_000), max_size=11))
    return {place: from_centavos(centavos) for place, centavos in enumerate([*others, -sum(others)])}


@given(standings())
@settings(max_examples=100)
def test_settling_brings_everybody_to_zero_with_few_payments(standing: dict[int, Decimal]) -> None:
    transfers = settle_up(standing)
    paying, receiving = {one.debtor for one in transfers}, {one.creditor for one in transfers}
    assert not paying & receiving
    assert all(one.amount > ZERO and to_centavos(one.amount) for one in transfers)
    uneven = [balance for balance in standing.values() if balance]
    assert len(transfers) <= max(len(uneven) - 1, 0)
    left = dict(standing)
    for debtor, creditor, amount in transfers:
        left[debtor] += amount
        left[creditor] -= amount
    assert set(left.values()) <= {ZERO}
    assert transfers == settle_up(dict(reversed(standing.items())))  # whatever the order


@given(
    st.lists(st.tuples(st.integers(1, 6), amounts, st.lists(st.integers(1, 6), min_size=1, unique=True)), max_size=8)
)
@settings(max_examples=60)
def test_balances_of_any_expenses_add_up_to_zero_and_paying_what_is_owed_ends_them(
    expenses: list[tuple[int, Decimal, list[int]]],
) -> None:
    paid = [Paid(payer, split_equally(amount, among)) for payer, amount, among in expenses]
    standing = balances(paid, [])
    assert sum(standing.values(), ZERO) == ZERO
    assert balances(paid, [PaidBack(*one) for one in settle_up(standing)]) == {}


def test_two_who_owe_and_are_owed_the_same_settle_it_between_them() -> None:
    """Largest against largest alone would take four payments, and split Bia's among two."""
    standing = {"Ana": 70, "Bia": -40, "Caio": 40, "Davi": -70}
    numbered = {place: Decimal(amount) for place, amount in enumerate(standing.values())}
    assert settle_up(numbered) == [Transfer(3, 0, Decimal(70)), Transfer(1, 2, Decimal(40))]


def test_balances_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="zero"):
        settle_up({1: Decimal("0.01")})


# --- what is shared --------------------------------------------------------------------------------------------------


def test_the_most_open_level_of_several_counts_and_none_is_hidden() -> None:
    assert most_open([]) == most_open([None]) == "hidden"
    assert most_open([None, "all", "balance"]) == "all"
    assert LEVELS == ("hidden", "balance", "all")


def test_rows_of_a_twin_count_until_those_of_a_better_one_begin() -> None:
    day = date(2026, 11, 20)
    assert rows_until({1: (2, 3), 4: (5,)}, {2: day, 3: date(2026, 11, 1)}) == {1: date(2026, 11, 1)}
