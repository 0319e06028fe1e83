"""Which row of an earlier connection a listed one is, which account goes on in which, and how far a listing reaches."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from open_finance.reconcile import is_covered, match, pair_accounts, reach
from open_finance.records import FormerAccount, StoredTransaction, TransactionData
from tests.rows import account_data, stored, transaction_data
from tests.test_reconcile import INSTALMENT, NOW, TODAY, missing_rows, new_rows


def carried(number: int, **values: Any) -> StoredTransaction:
    return stored(number, transaction_data(f"old-{number}", **values), carried=True)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({"description": "POS 4711"}, True),
        ({"status": "PENDING", "description": "POS 4711"}, True),
        ({"occurred_on": date(2026, 11, 19)}, True),
        ({"occurred_on": date(2026, 11, 21), "description": "PADARIA EXEMPLO LTDA"}, True),
        ({"occurred_on": date(2026, 11, 21), "description": "POS 4711"}, False),
        ({"occurred_on": date(2026, 11, 22)}, False),
        ({"amount": Decimal("-50.01")}, False),
        ({"type": "CREDIT", "amount": Decimal("50.00")}, False),
    ],
)
def test_a_row_that_another_connection_brought_is_known_by_its_day_and_amount(
    other: dict[str, Any], is_same: bool
) -> None:
    found = match([transaction_data("new", **other)], [carried(1)], trusted=False)
    assert found == ({1: "new"} if is_same else {})


def test_the_same_day_goes_before_the_day_beside_and_the_likest_words_before_others() -> None:
    days = [carried(1, occurred_on=date(2026, 11, 19)), carried(2), carried(3, occurred_on=date(2026, 11, 21))]
    listed = [
        transaction_data("new-19", occurred_on=date(2026, 11, 19)),
        transaction_data("new-20"),
        transaction_data("new-21", occurred_on=date(2026, 11, 21)),
    ]
    assert match(listed, days, trusted=False) == {1: "new-19", 2: "new-20", 3: "new-21"}
    assert match(listed[1:], days[:2], trusted=False) == {2: "new-20"}
    words = [carried(1, description="Posto Shell"), carried(2, description="Padaria Exemplo Centro")]
    listed = [transaction_data("new-1", description="POSTO SHELL 12"), transaction_data("new-2")]
    assert match(listed, words, trusted=False) == {1: "new-1", 2: "new-2"}


def test_instalments_are_never_each_other_and_each_finds_its_own() -> None:
    nameless = {**INSTALMENT, "purchased_on": None}
    rows = [carried(1), carried(2, **nameless)]
    listed = [transaction_data("new-2", **nameless), transaction_data("new-1")]
    assert match(listed, rows, trusted=False) == {1: "new-1", 2: "new-2"}
    third = {**nameless, "installment_number": 3}
    assert match([transaction_data("new-3", **third)], [carried(2, **nameless)], trusted=False) == {}


@given(new_rows, missing_rows)
def test_no_row_of_an_earlier_connection_is_there_twice(
    new: list[TransactionData], missing: list[StoredTransaction]
) -> None:
    """What neither side has a partner for left is not the same money on the same day, but for two instalments."""
    standing = [row for row in missing if row["carried"] and row["removed_at"] is None]
    matches = match(new, standing, trusted=False)
    alone = [row for row in standing if row["id"] not in matches]
    left = [row for row in new if row["pluggy_id"] not in matches.values()]
    for row in alone:
        for other in left:
            numbers = row["installment_number"], other["installment_number"]
            is_same_money = (row["occurred_on"], row["amount"]) == (other["occurred_on"], other["amount"])
            assert not is_same_money or (None not in numbers and numbers[0] != numbers[1])


# --- how far a listing reaches ---------------------------------------------------------------------------------------


def days(*rows: tuple[int, int, int]) -> dict[date, tuple[int, int]]:
    """``(days ago, listed, not listed)``."""
    return {TODAY - timedelta(days=ago): (listed, others) for ago, listed, others in rows}


@pytest.mark.parametrize(
    ("seen", "reached"),
    [
        (days(), None),
        (days((1, 0, 3), (2, 0, 5)), None),
        (days((1, 3, 0), (60, 4, 0), (300, 2, 0)), 300),
        (days((1, 3, 0), (89, 4, 0), (95, 0, 30), (300, 1, 0)), 89),  # one old row does not make a listing of that day
        (days((1, 3, 1), (40, 4, 1), (89, 1, 0)), 89),  # nor do rows that vanished end it
        (days((1, 0, 3), (2, 2, 0)), None),
        (days((1, 1, 0), (2, 0, 1), (3, 1, 0)), 1),
    ],
)
def test_a_listing_reaches_as_far_as_it_has_most_of_what_was_known(
    seen: dict[date, tuple[int, int]], reached: int | None
) -> None:
    assert reach(seen) == (None if reached is None else TODAY - timedelta(days=reached))


def test_a_row_is_only_missed_where_the_listing_reaches_and_after_it_was_known() -> None:
    long_ago, collected = NOW - timedelta(days=30), NOW
    assert is_covered(TODAY, long_ago, TODAY - timedelta(days=2), collected)
    assert not is_covered(TODAY, long_ago, TODAY - timedelta(days=1), collected)
    assert not is_covered(TODAY, long_ago, None, collected)
    assert not is_covered(TODAY, long_ago, TODAY - timedelta(days=9), None)
    assert not is_covered(TODAY, collected - timedelta(hours=20), TODAY - timedelta(days=9), collected)


# --- which account another goes on from ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "joined"),
    [
        (["Variação 51", "Variação 96"], ["Variação 96", "Variação 51"], {"1 of 51": "new 51", "2 of 96": "new 96"}),
        (["Variação 51", "Variação 96"], ["Variação 96"], {"2 of 96": "new 96"}),
        (["Variação 51", "Variação 96"], ["Variação 96", "Poupança"], {"1 of 51": "new a", "2 of 96": "new 96"}),
        (["Variação 51", "Variação 96"], ["Poupança"], {}),
        (["Variação 51", "Variação 51"], ["Variação 51", "Variação 51"], {}),
    ],
)
def test_variants_of_one_number_go_on_in_their_namesakes(
    before: list[str], now: list[str], joined: dict[str, str]
) -> None:
    former = [
        FormerAccount(
            id=n, connection_id=1, pluggy_id=f"{n} of {name[-2:]}", identity="one", name=name, marketing_name=None
        )
        for n, name in enumerate(before, start=1)
    ]
    listed = [account_data(f"new {name[-2:].strip('çn')}", identity="one", name=name) for name in now]
    pairs = pair_accounts(listed, former)
    assert {former[n - 1]["pluggy_id"]: found for n, found in pairs.items()} == joined
    assert pair_accounts(reversed(listed), reversed(former)) == pairs
    namesakes = {n: found for n, found in pairs.items() if before[n - 1] in now}
    assert pair_accounts(listed, former, by_name=True) == namesakes
