"""How old the figures are: the product ages decide, not the status."""

from __future__ import annotations

from datetime import timedelta

import pytest

from open_finance.reading.freshness import freshness, freshness_of
from tests.builders import NOW, THIS_MORNING, connection, product

LAST_WEEK = NOW - timedelta(days=4)


def test_a_healthy_connection_is_as_fresh_as_its_item() -> None:
    age = freshness(connection(), NOW)
    assert (age.as_of, age.partial, age.is_old) == (THIS_MORNING, False, False)


def test_a_stalled_product_counts_with_its_own_older_date() -> None:
    products = {"accounts": product(), "transactions": product(is_updated=False, at=LAST_WEEK)}
    age = freshness(connection(products=products, execution_status="PARTIAL_SUCCESS", partial=True), NOW)
    assert (age.as_of, age.partial, age.is_doubtful) == (LAST_WEEK, True, True)


def test_updated_is_not_fresh_when_a_product_stands_still() -> None:
    products = {"accounts": product(), "transactions": product(at=LAST_WEEK)}
    age = freshness(connection(status="UPDATED", products=products), NOW)
    assert (age.as_of, age.partial, age.is_old) == (LAST_WEEK, False, True)


def test_investments_that_failed_do_not_make_a_balance_doubtful() -> None:
    products = {"accounts": product(), "investments": product(is_updated=False, at=LAST_WEEK)}
    assert not freshness(connection(products=products, partial=True), NOW).is_doubtful


def test_a_partial_success_that_names_no_product_is_doubtful() -> None:
    assert freshness(connection(execution_status="PARTIAL_SUCCESS", partial=True), NOW).partial


def test_a_product_never_collected_leaves_the_items_date() -> None:
    products = {"creditCards": product(is_updated=False, at=None)}
    age = freshness(connection(products=products, partial=True), NOW)
    assert (age.as_of, age.partial) == (THIS_MORNING, True)


@pytest.mark.parametrize(("hours", "is_old"), [(35, False), (36, False), (37, True), (24 * 30, True)])
def test_data_is_old_after_a_day_and_a_half(hours: int, *, is_old: bool) -> None:
    assert freshness(connection(last_updated_at=NOW - timedelta(hours=hours)), NOW).is_old is is_old


def test_what_no_longer_renews_is_doubtful_however_fresh() -> None:
    age = freshness(connection(trouble_code="USER_AUTHORIZATION_REVOKED"), NOW)
    assert (age.in_trouble, age.partial, age.is_old, age.is_doubtful) == (True, False, False, True)


def test_what_was_never_collected_is_old() -> None:
    age = freshness(connection(last_updated_at=None), NOW)
    assert (age.as_of, age.is_old) == (None, True)


def test_connections_coming_and_going_have_no_age_to_speak_of() -> None:
    connecting = connection(id=1, settled_at=None, last_updated_at=None)
    leaving = connection(id=2, disconnecting=True)
    assert [age.connection_id for age in freshness_of([connecting, leaving, connection(id=3)], NOW)] == [3]
