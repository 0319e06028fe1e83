"""Which stored row a new id continues, and whether what was not listed is gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.reconcile import (
    collected_at,
    is_trusted,
    is_unchanged,
    item_state,
    judge,
    match,
    match_keys,
    sharing,
    window,
)
from open_finance.records import ItemData, ProductStatus, StoredTransaction, TransactionData, Width
from tests.rows import stored, transaction_data

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def item(**values: Any) -> ItemData:
    defaults: dict[str, Any] = {
        **dict.fromkeys(ItemData.__annotations__),
        "item_id": "item-1",
        "status": "UPDATED",
        "execution_status": "SUCCESS",
        "last_updated_at": NOW - timedelta(hours=6),
        "products": {},
    }
    return cast("ItemData", {**defaults, **values})


def product(*, is_updated: bool = True) -> ProductStatus:
    return ProductStatus(is_updated=is_updated, last_updated_at=NOW, warnings=[])


# --- which stored row a new id continues -----------------------------------------------------------------------------


def test_a_pending_row_that_settles_under_a_new_id_keeps_our_row() -> None:
    old = stored(1, transaction_data("old", status="PENDING", description="PAG*Padaria"))
    assert match([transaction_data("new", description="Pag*Padaria Exemplo")], [old], trusted=False) == {1: "new"}


@pytest.mark.parametrize(
    "other",
    [
        {"description": "Posto Shell"},
        {"amount": Decimal("-50.01")},
        {"occurred_on": date(2026, 11, 19)},
        {"type": "CREDIT", "amount": Decimal("50.00")},
    ],
)
def test_a_row_that_differs_in_more_than_its_status_is_another_row(other: dict[str, Any]) -> None:
    old = stored(1, transaction_data("old", status="PENDING"))
    assert match([transaction_data("new", **other)], [old], trusted=True) == {}


def test_accents_case_and_spaces_do_not_make_another_description() -> None:
    old = stored(1, transaction_data("old", status="PENDING", description="CAFÉ  São João"))
    assert match([transaction_data("new", description="cafe sao joao")], [old], trusted=False) == {1: "new"}


INSTALMENT: dict[str, Any] = {
    "purchased_on": date(2026, 9, 10),
    "installment_number": 2,
    "total_installments": 3,
}


def test_an_instalment_is_known_by_its_purchase_whatever_its_day_and_description() -> None:
    old = stored(1, transaction_data("old", **INSTALMENT))
    new = transaction_data("new", description="outra", occurred_on=date(2026, 11, 25), **INSTALMENT)
    assert match([new], [old], trusted=False) == {1: "new"}


@pytest.mark.parametrize("other", [{"installment_number": 3}, {"total_installments": 4}])
def test_another_instalment_of_the_purchase_is_another_row(other: dict[str, Any]) -> None:
    old = stored(1, transaction_data("old", status="PENDING", **INSTALMENT))
    new = transaction_data("new", **{**INSTALMENT, **other}, occurred_on=date(2026, 11, 21))
    assert match([new], [old], trusted=True) == {}


def test_two_instalments_that_fall_on_one_day_are_not_each_other() -> None:
    old = stored(1, transaction_data("old", status="PENDING", **INSTALMENT))
    assert match([transaction_data("new", **{**INSTALMENT, "installment_number": 3})], [old], trusted=True) == {}


def test_a_row_restated_under_a_new_id_is_known_only_from_a_trusted_listing() -> None:
    old = stored(1, transaction_data("old"))
    assert match([transaction_data("new")], [old], trusted=True) == {1: "new"}
    assert match([transaction_data("new")], [old], trusted=False) == {}
    assert match([transaction_data("new", description="Padaria Exemplo 2")], [old], trusted=True) == {}


def test_a_row_that_vanished_before_its_successor_came_goes_on_all_the_same() -> None:
    tombstone = stored(1, transaction_data("old", status="PENDING"), removed_at=NOW)
    assert match([transaction_data("new")], [tombstone], trusted=False) == {1: "new"}


def test_a_standing_row_is_preferred_to_a_tombstone() -> None:
    rows = [
        stored(n, transaction_data(f"old-{n}", status="PENDING"), removed_at=NOW if n == 1 else None) for n in (1, 2)
    ]
    assert match([transaction_data("new")], rows, trusted=False) == {2: "new"}


def test_the_likest_description_is_preferred() -> None:
    rows = [
        stored(1, transaction_data("old-1", status="PENDING", description="Padaria Exemplo Centro")),
        stored(2, transaction_data("old-2", status="PENDING", description="Padaria Exemplo")),
    ]
    assert match([transaction_data("new")], rows, trusted=False) == {2: "new"}


def test_two_equal_pending_purchases_settle_as_two() -> None:
    rows = [stored(n, transaction_data(f"old-{n}", status="PENDING")) for n in (1, 2)]
    settled = [transaction_data("new-1"), transaction_data("new-2")]
    assert match(settled, rows, trusted=False) == {1: "new-1", 2: "new-2"}
    assert match(settled[:1], rows, trusted=False) == {1: "new-1"}
    assert match(settled, rows[:1], trusted=False) == {1: "new-1"}


descriptions = st.sampled_from(["Padaria Exemplo", "PADARIA EXEMPLO LTDA", "Posto", "Posto Ipiranga", ""])
values = st.fixed_dictionaries(
    {
        "description": descriptions,
        "status": st.sampled_from(["PENDING", "POSTED"]),
        "amount": st.sampled_from([Decimal("-50.00"), Decimal("-7.00")]),
        "occurred_on": st.sampled_from([date(2026, 11, 20), date(2026, 11, 21)]),
    },
    optional={
        "installment_number": st.integers(1, 2),
        "total_installments": st.just(2),
        "purchased_on": st.just(date(2026, 10, 1)),
    },
)
new_rows = st.lists(values, max_size=6).map(
    lambda rows: [transaction_data(f"new-{n}", **v) for n, v in enumerate(rows)]
)
missing_rows = st.lists(st.tuples(values, st.sampled_from([None, NOW]), st.booleans()), max_size=6).map(
    lambda rows: [
        stored(n, transaction_data(f"old-{n}", **v), removed, carried=carried)
        for n, (v, removed, carried) in enumerate(rows)
    ]
)


@given(new_rows, missing_rows, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    new: list[TransactionData], missing: list[StoredTransaction], trusted: bool, random: Any
) -> None:
    expected = match(new, missing, trusted=trusted)
    random.shuffle(new)
    random.shuffle(missing)
    assert match(new, missing, trusted=trusted) == expected


@given(new_rows, missing_rows, st.booleans())
def test_each_row_and_each_id_is_used_once_and_for_the_same_money(
    new: list[TransactionData], missing: list[StoredTransaction], trusted: bool
) -> None:
    matches = match(new, missing, trusted=trusted)
    assert len(set(matches.values())) == len(matches)
    listed = {row["pluggy_id"]: row for row in new}
    kept = {row["id"]: row for row in missing}
    for row_id, pluggy_id in matches.items():
        assert listed[pluggy_id]["amount"] == kept[row_id]["amount"]
        assert listed[pluggy_id]["type"] == kept[row_id]["type"]


@given(new_rows, missing_rows, st.booleans())
def test_the_sieve_lets_every_match_through(
    new: list[TransactionData], missing: list[StoredTransaction], trusted: bool
) -> None:
    some_new = list(sharing(new, match_keys(missing)))
    some_missing = list(sharing(missing, match_keys(new)))
    assert match(some_new, some_missing, trusted=trusted) == match(new, missing, trusted=trusted)


# --- whether the missing are gone ------------------------------------------------------------------------------------


def verdict(*, listed: int, known: int, width: Width = "wide", suspect: str | None = None, trusted: bool = True) -> Any:
    found = judge(trusted=trusted, width=width, listed=listed, known=known, state="now", suspect_state=suspect)
    return found.remove, found.suspect_state


def test_a_trusted_and_plausible_listing_removes_what_it_does_not_have() -> None:
    assert verdict(listed=9, known=10) == (True, None)
    assert verdict(listed=5, known=10) == (True, None)
    assert verdict(listed=9, known=10, width="narrow") == (True, None)
    assert verdict(listed=0, known=0) == (True, None)


def test_an_untrusted_listing_removes_nothing_and_forgets_nothing() -> None:
    assert verdict(listed=9, known=10, trusted=False) == (False, None)
    assert verdict(listed=0, known=10, trusted=False, suspect="before") == (False, "before")


def test_an_implausible_listing_is_believed_when_two_wide_passes_over_different_collections_agree() -> None:
    assert verdict(listed=0, known=10) == (False, "now")
    assert verdict(listed=4, known=10) == (False, "now")
    assert verdict(listed=0, known=10, suspect="now") == (False, "now")
    assert verdict(listed=0, known=10, suspect="before") == (True, None)


def test_a_narrow_pass_neither_believes_nor_settles_a_suspicion() -> None:
    assert verdict(listed=0, known=10, width="narrow", suspect="before") == (False, "before")
    assert verdict(listed=0, known=10, width="narrow") == (False, None)
    assert verdict(listed=10, known=10, width="narrow", suspect="before") == (True, "before")


def test_a_plausible_wide_listing_settles_a_suspicion() -> None:
    assert verdict(listed=10, known=10, suspect="before") == (True, None)


@pytest.mark.parametrize(
    ("health", "trusted"),
    [
        ({}, True),
        ({"products": {"transactions": product(), "accounts": product()}}, True),
        ({"execution_status": "PARTIAL_SUCCESS", "products": {"identity": product(is_updated=False)}}, True),
        ({"products": {"transactions": product(is_updated=False)}}, False),
        ({"products": {"accounts": product(is_updated=False)}}, False),
        ({"execution_status": "PARTIAL_SUCCESS"}, False),
        ({"status": "OUTDATED", "execution_status": "SITE_NOT_AVAILABLE"}, False),
        ({"status": "LOGIN_ERROR", "execution_status": "INVALID_CREDENTIALS"}, False),
        ({"status": "UPDATING"}, False),
        ({"error_code": "USER_AUTHORIZATION_REVOKED"}, False),
        ({"last_updated_at": None}, False),
        ({"consent_expires_at": NOW}, False),
        ({"consent_expires_at": NOW + timedelta(days=1)}, True),
    ],
)
def test_only_a_healthy_item_is_trusted(health: dict[str, Any], trusted: bool) -> None:
    assert is_trusted(item(**health), ("transactions", "accounts"), NOW) is trusted


# --- what to list ----------------------------------------------------------------------------------------------------


def test_a_narrow_pass_lists_ten_days_and_a_wide_one_the_year() -> None:
    assert window(TODAY, "narrow").listed_from == TODAY - timedelta(days=10)
    assert window(TODAY, "wide").listed_from == TODAY - timedelta(days=365)


def test_the_oldest_days_of_a_listing_are_not_judged() -> None:
    for width in ("narrow", "wide"):
        days = window(TODAY, width)
        assert days.judged_from - days.listed_from == timedelta(days=2)


def test_late_rows_stretch_the_window_to_judge_the_days_from_which_they_may_have_moved() -> None:
    late = TODAY - timedelta(days=15)
    assert window(TODAY, "narrow", late).judged_from == late - timedelta(days=4)
    assert window(TODAY, "narrow", TODAY) == window(TODAY, "narrow")
    assert window(TODAY, "narrow", TODAY - timedelta(days=800)) == window(TODAY, "wide")


def test_a_state_changes_with_what_was_collected_and_not_with_other_things() -> None:
    state = item_state(item())
    assert item_state(item(updated_at=NOW, next_auto_sync_at=NOW)) == state
    assert item_state(item(last_updated_at=NOW)) != state
    assert item_state(item(execution_status="PARTIAL_SUCCESS")) != state
    assert item_state(item(products={"loans": product()})) != state
    both = {"loans": product(), "accounts": product()}
    assert item_state(item(products=both)) == item_state(item(products=dict(reversed(both.items()))))
    assert collected_at(state) == "2026-11-23T09:00:00+00:00"
    assert collected_at(item_state(item(last_updated_at=None))) == collected_at(None) == ""


def test_an_item_is_unchanged_only_for_a_pass_at_least_as_wide() -> None:
    state = item_state(item())
    assert is_unchanged(item(), state, "wide", "wide")
    assert is_unchanged(item(), state, "wide", "narrow")
    assert is_unchanged(item(), state, "narrow", "narrow")
    assert not is_unchanged(item(), state, "narrow", "wide")
    assert not is_unchanged(item(), "another", "wide", "narrow")
    assert not is_unchanged(item(), None, None, "narrow")
