"""Which news is worth a word: one message of all that is, nothing of what is not, and every row in one place."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.alerts.notification import Notification
from open_finance.alerts.settings import DEFAULTS, AlertSettings, Summary
from open_finance.alerts.telling import ASKED, RowNews, sort_out, wants, wants_other
from open_finance.insights.flows import Flow
from open_finance.insights.patterns import Kind, Pattern, Unusual
from open_finance.records import Account, Transaction
from tests.clocks import START
from tests.rows import account_data, transaction_data

OFF = AlertSettings(False, Decimal("50.00"), False, False, False, False, False, False, Summary.OFF)


def news(
    number: int, amount: str, flow: Flow, odd: Kind | None = None, *, strength: float = 4.0, **account: Any
) -> RowNews:
    told = Notification(number, 1000, f"key {number}", "transaction", 1, 1, number, {}, START, 0, None, None, None)
    row = cast("Transaction", {**transaction_data(amount=Decimal(amount)), "id": number})
    own = cast("Account", {**account_data(), "hidden": False, **account})
    unusual = None if odd is None else Unusual(odd, number, Pattern(odd, "shop"), (), None, None, strength)
    return RowNews(told, row, own, flow, unusual)


@pytest.mark.parametrize(
    ("amount", "flow", "settings", "loud"),
    [
        ("-50.00", Flow.SPENDING, DEFAULTS, True),
        ("-49.99", Flow.SPENDING, DEFAULTS, False),
        ("-500.00", Flow.SPENDING, OFF, False),
        ("1.00", Flow.INCOME, DEFAULTS, True),
        ("1.00", Flow.INCOME, OFF, False),
        ("5.00", Flow.REFUND, DEFAULTS, True),
        ("5.00", Flow.REFUND, OFF, False),
        ("-0.50", Flow.FEE, DEFAULTS, True),
        ("-0.50", Flow.FEE, OFF, False),
        ("-900.00", Flow.OWN_TRANSFER, DEFAULTS, False),
        ("-900.00", Flow.BILL_PAYMENT, DEFAULTS, False),
        ("-900.00", Flow.INVESTMENT, DEFAULTS, False),
        ("2000.00", Flow.OTHER, DEFAULTS, True),
        ("-10.00", Flow.OTHER, DEFAULTS, False),
    ],
)
def test_what_is_worth_a_word(amount: str, flow: Flow, settings: AlertSettings, loud: bool) -> None:
    assert wants(news(1, amount, flow), settings) is loud


def test_the_centavos_that_an_account_yields_are_no_news() -> None:
    small = news(1, "0.03", Flow.INCOME)
    small.row["description"] = "Rendimento da conta"
    large = news(2, "80.00", Flow.INCOME)
    large.row["description"] = "Rendimento da conta"
    assert (wants(small, DEFAULTS), wants(large, DEFAULTS)) == (False, True)


def test_what_is_unusual_is_told_below_the_threshold_and_with_spending_off() -> None:
    odd = news(1, "-5.00", Flow.SPENDING, Kind.DUPLICATE_CHARGE)
    only_unusual = AlertSettings(spending=False, income=False, fees=False)
    assert sort_out([odd], only_unusual).loud == (odd,)
    assert sort_out([odd], OFF).quiet == (odd,)


def test_a_hidden_account_is_silent_whatever_is_odd_about_it() -> None:
    odd = news(1, "-500.00", Flow.SPENDING, Kind.DUPLICATE_CHARGE, hidden=True)
    assert sort_out([odd], DEFAULTS).quiet == (odd,)


def test_a_raised_price_has_a_switch_of_its_own() -> None:
    raised = news(1, "-5.00", Flow.SPENDING, Kind.SUBSCRIPTION_RAISED)
    assert sort_out([raised], AlertSettings(subscriptions=False)).quiet == (raised,)
    assert sort_out([raised], AlertSettings(unusual=False)).loud == (raised,)


def test_what_is_no_row_obeys_its_switch() -> None:
    kinds = ("overdraft", "bill", "back", "summary")
    assert [wants_other(kind, DEFAULTS) for kind in kinds] == [True] * 4
    assert [wants_other(kind, OFF) for kind in kinds] == [False, False, False, True]


NEWS = st.builds(
    news,
    st.just(0),
    st.sampled_from(["-5.00", "-50.00", "-900.00", "20.00"]),
    st.sampled_from(Flow),
    st.none() | st.sampled_from(Kind),
    strength=st.floats(3, 9),
    hidden=st.booleans(),
)


@given(st.lists(NEWS, max_size=12))
def test_each_row_is_in_one_place_and_few_are_asked_about(found: list[RowNews]) -> None:
    rows = [
        replace(one, notification=replace(one.notification, id=number))  # each under an id of its own
        for number, one in enumerate(found)
    ]
    result = sort_out(rows, DEFAULTS)
    numbers = [one.notification.id for one in (*result.loud, *result.quiet)]
    assert sorted(numbers) == list(range(len(rows)))
    assert sum(one.unusual is not None for one in result.loud) <= ASKED
