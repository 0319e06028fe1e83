"""What official codes say of a merchant's trade, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights import merchant_codes
from open_finance.insights.merchant_codes import category_of_cnae, category_of_mcc
from open_finance.insights.taxonomy import is_category


@pytest.mark.parametrize(
    ("mcc", "category"),
    [
        ("5411", "10000000"),
        ("5541", "19050001"),
        ("5912", "18020000"),
        ("5814", "11010000"),
        ("742", "08030000"),
        ("3005", "12010000"),
    ],
)
def test_an_mcc_tells_the_trade(mcc: str, category: str) -> None:
    assert category_of_mcc(mcc) == category


@pytest.mark.parametrize("mcc", [None, "", "7399", "5262", "5999", "6012", "6051", "4829", "4899", "abc", "99999"])
def test_an_mcc_of_a_marketplace_or_of_a_payment_tells_nothing(mcc: str | None) -> None:
    assert category_of_mcc(mcc) is None


@pytest.mark.parametrize(
    ("cnae", "category"),
    [
        ("4711-3/02", "10000000"),
        ("4711302", "10000000"),
        ("47113", "10000000"),
        ("4771-7/01", "18020000"),
        ("4771704", "08030000"),
        ("56.11-2-01", "11010000"),
        ("8630-5/04", "18010000"),
        ("4731800", "19050001"),
    ],
)
def test_a_cnae_tells_the_trade_as_class_or_subclass(cnae: str, category: str) -> None:
    assert category_of_cnae(cnae) == category


@pytest.mark.parametrize("cnae", [None, "", "47", "7490104", "6619399", "8299799", "86305", "xyz"])
def test_a_cnae_of_many_trades_tells_nothing(cnae: str | None) -> None:
    assert category_of_cnae(cnae) is None


def test_every_category_of_the_tables_is_of_the_tree_and_no_code_stands_twice() -> None:
    for table in (merchant_codes._MCC, merchant_codes._CNAE):
        assert all(map(is_category, table))
        codes = " ".join(table.values()).split()
        assert len(codes) == len(set(codes))
    assert sum(1 for codes in merchant_codes._MCC.values() for _ in codes.split()) <= len(merchant_codes._by_mcc())


@given(st.text())
def test_any_text_is_a_category_or_none(code: str) -> None:
    for found in (category_of_mcc(code), category_of_cnae(code)):
        assert found is None or is_category(found)
