"""Which new rows only repeat an earlier one: rules, and properties whatever the rows."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from open_finance.alerts.echoes import Family, find_echoes, may_echo, revealed
from open_finance.alerts.keys import Fingerprint, transaction_key
from open_finance.records import StoredTransaction
from tests.clocks import START
from tests.rows import stored, transaction_data

DAY = date(2026, 11, 20)


def row(number: int, removed: bool = False, **values: Any) -> StoredTransaction:
    return stored(number, transaction_data(f"row-{number}", **values), START if removed else None)


def pairs(new: list[StoredTransaction], missing: list[StoredTransaction]) -> dict[int, int]:
    return find_echoes(new, missing)


def test_the_same_day_and_amount_is_enough_also_of_what_was_removed_before() -> None:
    assert pairs([row(9, description="COMPRA 123")], [row(1)]) == {9: 1}
    assert pairs([row(9, description="COMPRA 123")], [row(1, removed=True)]) == {9: 1}


def test_of_two_the_likest_is_meant() -> None:
    assert pairs([row(9, description="COMPRA"), row(8)], [row(1, removed=True), row(2, description="Uber")]) == {
        8: 1,
        9: 2,
    }


def test_what_was_pending_may_settle_some_days_later() -> None:
    later = DAY + timedelta(days=3)
    assert pairs([row(9, occurred_on=later)], [row(1, status="PENDING")]) == {9: 1}
    assert pairs([row(9, occurred_on=later)], [row(1)]) == {}
    assert pairs([row(9, occurred_on=DAY - timedelta(days=1))], [row(1, status="PENDING")]) == {}


def test_what_was_pending_may_settle_for_a_fifth_more_or_less() -> None:
    pending = row(1, status="PENDING", amount=Decimal("-100.00"))
    for amount, is_echo in (("-120.00", True), ("-80.00", True), ("-121.00", False), ("-79.00", False)):
        assert bool(pairs([row(9, amount=Decimal(amount))], [pending])) is is_echo, amount
    assert pairs([row(9, amount=Decimal("-110.00"), description="Farmácia")], [pending]) == {}


def test_one_instalment_is_not_another() -> None:
    assert pairs([row(9, installment_number=2)], [row(1, installment_number=1)]) == {}


def test_each_missing_row_is_repeated_once() -> None:
    assert pairs([row(8), row(9)], [row(1)]) == {8: 1}


ROWS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    occurred_on=st.integers(0, 6).map(lambda days: DAY + timedelta(days=days)),
    amount=st.sampled_from([Decimal("-10.00"), Decimal("-11.00"), Decimal("-50.00")]),
    description=st.sampled_from(["Padaria", "PADARIA SP", "Uber"]),
    status=st.sampled_from(["PENDING", "POSTED"]),
    installment_number=st.sampled_from([None, 1, 2]),
)


@given(
    st.lists(ROWS, max_size=6), st.lists(st.tuples(ROWS, st.booleans()), max_size=6), st.randoms(use_true_random=False)
)
def test_order_does_not_matter_and_each_side_is_used_once(
    new: list[dict[str, Any]], missing: list[tuple[dict[str, Any], bool]], shuffler: random.Random
) -> None:
    fresh = [row(100 + number, **values) for number, values in enumerate(new)]
    gone = [row(number, removed, **values) for number, (values, removed) in enumerate(missing)]
    found = find_echoes(fresh, gone)
    assert len(set(found.values())) == len(found)
    days = {(each["type"], each["occurred_on"]) for each in fresh}
    assert all(may_echo(each, days) for each in gone if each["id"] in found.values())
    shuffler.shuffle(fresh)
    shuffler.shuffle(gone)
    assert find_echoes(fresh, gone) == found


FAMILIES = st.lists(st.builds(Family, st.integers(10, 20), st.integers(1, 3), st.booleans(), st.booleans()), max_size=6)


@given(FAMILIES)
def test_of_one_purchase_one_listed_row_is_left(families: list[Family]) -> None:
    by_row = {family.transaction_id: family for family in families}
    roots = {family.root_id: family.root_listed for family in by_row.values()}
    distinct = [family._replace(root_listed=roots[family.root_id]) for family in by_row.values()]
    two = revealed(distinct)
    for root, is_listed in roots.items():
        own = {family.transaction_id for family in distinct if family.root_id == root and family.listed}
        left = len(own - two) + is_listed
        assert left == min(1, len(own) + is_listed)
    assert all(by_row[transaction_id].listed for transaction_id in two)


def test_a_key_tells_accounts_days_amounts_and_numbers_apart() -> None:
    first = Fingerprint("account", DAY, Decimal("-10.00"), "DEBIT")
    others = [
        first._replace(identity="other"),
        first._replace(occurred_on=DAY + timedelta(days=1)),
        first._replace(amount=Decimal("-10.01")),
        first._replace(type="CREDIT"),
    ]
    keys = {transaction_key(each, number) for each in [first, *others] for number in (0, 1)}
    assert len(keys) == 10
    assert max(map(len, keys)) <= 96
