"""The figures of /assinaturas, and what a person's word makes of flows: from flows made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.cancelled import Charge, apply_marks, charges_after
from open_finance.insights.recurring import Kind, PriceChange, Recurring
from open_finance.insights.row_categories import decide
from open_finance.insights.subscriptions import (
    Item,
    Rise,
    Subscriptions,
    months_known,
    subscriptions_of,
    token_of,
)
from open_finance.money import ZERO, from_centavos
from open_finance.personal_records import RecurringMark, Says
from open_finance.records import StatementRow
from tests.builders import account, card, statement_row

TODAY = date(2026, 11, 23)
BANK, CARD = 1, 2
ACCOUNTS = [account(id=BANK), card(id=CARD)]
SAID = date(2026, 11, 12)
SEEN = datetime(2026, 11, 1, tzinfo=UTC)


def flow(key: str = "streaming y", amount: str = "-55.90", **fields: Any) -> Recurring:
    """A subscription on the card, charged on the 12th since January."""
    values: dict[str, Any] = {
        "key": key,
        "kind": Kind.SUBSCRIPTION,
        "title": key.title(),
        "account_id": CARD,
        "on_card": True,
        "amount": Decimal(amount),
        "deviation": ZERO,
        "day": 12,
        "first_on": date(2026, 1, 12),
        "last_on": date(2026, 11, 12),
        "next_on": date(2026, 12, 12),
        "confidence": 0.95,
        "row_ids": (),
    }
    return Recurring(**{**values, **fields})


def mark(says: Says = "cancelled", key: str = "streaming y", **fields: Any) -> RecurringMark:
    values: dict[str, Any] = {
        "id": 1,
        "flow_key": key,
        "says": says,
        "title": key.title(),
        "amount": Decimal("55.90"),
        "said_on": SAID,
        "created_at": datetime.combine(SAID, time(15), UTC),
    }
    return RecurringMark(**{**values, **fields})  # type: ignore[typeddict-item]


def row(number: int, on: date, amount: str = "-55.90", text: str = "STREAMING Y", **fields: Any) -> StatementRow:
    """A charge on the card that became ours on its day, late."""
    seen = datetime.combine(on, time(23), UTC)
    values = {"account_id": CARD, "category_id": None, "description_raw": None, "created_at": seen}
    return statement_row(id=number, amount=Decimal(amount), description=text, occurred_on=on, **(values | fields))


def shown(
    flows: Iterable[Recurring],
    marks: Sequence[RecurringMark] = (),
    charges: dict[int, tuple[Charge, ...]] | None = None,
    rows: Iterable[StatementRow] = (),
) -> Subscriptions:
    known = charges or {}
    return subscriptions_of(apply_marks(flows, marks, known), marks, known, rows, TODAY)


# --- the lists -------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(min_value=1, max_value=10_000_00), max_size=20))
def test_the_lines_add_up_to_the_sum_and_a_year_is_twelve_of_it(centavos: list[int]) -> None:
    flows = [flow(f"key {number}", f"-{from_centavos(each)}") for number, each in enumerate(centavos)]
    found = shown(flows).subscriptions
    assert sum((item.amount for item in found.items), ZERO) == found.month == from_centavos(sum(centavos))
    assert found.year == 12 * found.month
    assert [item.amount for item in found.items] == sorted((item.amount for item in found.items), reverse=True)


def test_each_kind_stands_in_its_list() -> None:
    kinds = [flow(kind.value, "1.00" if kind in {Kind.SALARY, Kind.INCOME} else "-1.00", kind=kind) for kind in Kind]
    found = shown(kinds)
    assert [item.flow.kind for item in found.subscriptions.items] == [Kind.SUBSCRIPTION]
    assert {item.flow.kind for item in found.fixed.items} == {Kind.RENT, Kind.BILL, Kind.LOAN}


def test_of_a_loan_only_what_is_left_counts_for_the_year() -> None:
    found = shown([flow("loan", "-100.00", kind=Kind.LOAN, parts_left=4), flow("rent", "-1000.00", kind=Kind.RENT)])
    assert (found.fixed.month, found.fixed.year) == (Decimal("1100.00"), Decimal("12400.00"))


def test_rises_of_a_year_come_the_latest_first_with_their_share() -> None:
    old = PriceChange(date(2025, 11, 1), Decimal("30.00"), Decimal("44.90"))
    rise = PriceChange(date(2026, 11, 12), Decimal("44.90"), Decimal("55.90"))
    fall = PriceChange(date(2026, 10, 2), Decimal("30.00"), Decimal("20.00"))
    early = PriceChange(date(2026, 3, 2), Decimal("20.00"), Decimal("30.00"))
    found = shown([flow(changes=(old, rise)), flow("other", "-20.00", changes=(early, fall))]).subscriptions
    assert [(one.item.flow.key, one.change, one.percent) for one in found.rises] == [
        ("streaming y", rise, 24),
        ("other", early, 50),
    ]


def test_the_rate_of_the_day_raises_no_price() -> None:
    rise = PriceChange(date(2026, 11, 12), Decimal("16.48"), Decimal("17.90"))
    abroad = [row(1, date(2026, 11, 12), foreign_amount=Decimal("-2.99"), foreign_currency="USD")]
    found = shown([flow(row_ids=(1,), changes=(rise,))], rows=abroad).subscriptions
    assert found.rises == ()
    assert found.items[0].is_about
    assert found.is_about


def test_what_ended_by_itself_is_told_for_half_a_year() -> None:
    recent = flow("recent", next_on=None, last_on=TODAY - timedelta(days=183))
    old = flow("old", next_on=None, last_on=TODAY - timedelta(days=184))
    found = shown([old, recent, flow()])
    assert [item.flow.key for item in found.subscriptions.ended] == ["recent"]
    assert [item.flow.key for item in found.subscriptions.items] == ["streaming y"]


@pytest.mark.parametrize(
    ("first", "months"),
    [(None, 0), (TODAY, 1), (date(2026, 10, 31), 2), (date(2026, 9, 30), 3), (date(2025, 11, 30), 13)],
)
def test_months_of_history_are_counted_by_the_calendar(first: date | None, months: int) -> None:
    assert months_known(first, TODAY) == months


def test_a_token_is_short_and_two_flows_of_one_are_refused() -> None:
    found = shown([flow(), flow("other")])
    assert len(token_of("k" * 240)) == 12
    assert found.find(token_of("other")) is not None
    assert found.find("0" * 12) is None
    twice = shown([flow(), flow(kind=Kind.BILL)])
    assert twice.find(token_of("streaming y")) is None


# --- the person's word -----------------------------------------------------------------------------------------------


def test_what_is_no_subscription_is_charged_all_the_same() -> None:
    said = [mark("not_subscription")]
    [marked] = apply_marks([flow()], said, {})
    assert marked == replace(flow(), kind=Kind.OTHER)
    found = shown([flow(), flow("other", kind=Kind.OTHER)], said)
    assert found.subscriptions.items == ()
    assert [item.flow.key for item in found.fixed.items] == ["streaming y"]


def test_of_a_bill_it_says_nothing() -> None:
    assert apply_marks([flow(kind=Kind.BILL)], [mark("not_subscription")], {}) == (flow(kind=Kind.BILL),)


def test_what_is_cancelled_has_ended_until_it_is_charged_again() -> None:
    said = [mark()]
    [marked] = apply_marks([flow()], said, {1: ()})
    assert marked == replace(flow(), next_on=None)
    quiet = shown([flow()], said)
    assert quiet.subscriptions.items == quiet.subscriptions.ended == ()
    assert [(one.mark["id"], one.charges) for one in quiet.watched] == [(1, ())]
    charge = Charge(row(7, date(2026, 11, 20)), 7)
    assert apply_marks([flow()], said, {1: (charge,)}) == (flow(),)
    loud = shown([flow()], said, {1: (charge,)})
    assert [item.flow.key for item in loud.subscriptions.items] == ["streaming y"]
    assert loud.watched[0].charges == (charge,)


def test_what_was_cancelled_is_watched_also_where_it_is_found_no_more() -> None:
    [watched] = shown([], [mark()]).watched
    assert watched.item is None
    assert watched.mark["title"] == "Streaming Y"


def test_what_may_be_said_of_each_kind() -> None:
    def takes(kind: Kind) -> list[bool]:
        item = Item(flow(kind=kind), (), is_foreign=False)
        return [item.takes("not_subscription"), item.takes("cancelled")]

    assert takes(Kind.SUBSCRIPTION) == [True, True]
    assert takes(Kind.BILL) == [False, True]
    assert takes(Kind.LOAN) == [False, False]


# --- what was charged afterwards -------------------------------------------------------------------------------------

BEFORE = tuple(row(month, date(2026, month, 12)) for month in range(1, 12))


def charged(
    *later: StatementRow,
    said: RecurringMark | None = None,
    before: Sequence[StatementRow] = BEFORE,
    own: Sequence[int] = (),
    first_seen: dict[int, tuple[int, datetime]] | None = None,
    hidden: bool = False,
) -> list[int]:
    """The rows that break a *cancelei*. ``own``: of the later ones, those that are taken for the flow's."""
    rows = [*before, *later]
    flows = [flow(row_ids=(*(each["id"] for each in before), *own))]
    accounts = [account(id=BANK), card(id=CARD, hidden=hidden)]
    decided = decide(rows, {BANK: "BANK", CARD: "CREDIT"})
    found = charges_after([said or mark()], flows, rows, decided, accounts, TODAY, first_seen or {})
    return [charge.row["id"] for charge in found[1]]


@pytest.mark.parametrize("own", [(), (20,)])
def test_a_later_charge_breaks_the_word_of_the_flow_or_of_a_merchant_of_nothing_else(own: Sequence[int]) -> None:
    assert charged(row(20, date(2026, 11, 20)), own=own) == [20]


def test_a_charge_of_that_very_day_and_one_known_before_are_no_news() -> None:
    assert charged(row(20, SAID), own=(20,)) == []
    assert charged(row(20, date(2026, 11, 20), created_at=SEEN), own=(20,)) == []
    assert charged(row(20, date(2026, 11, 20), purchased_on=SAID), own=(20,)) == []


def test_a_charge_of_a_day_to_come_is_no_news_yet() -> None:
    assert charged(row(20, TODAY + timedelta(days=1)), own=(20,)) == []


def test_years_of_history_that_come_late_cry_no_wolf() -> None:
    late = [
        row(number, date(2025, number, 12), created_at=datetime(2026, 11, 20, tzinfo=UTC)) for number in range(1, 12)
    ]
    assert charged(before=late) == []


def test_what_repeats_a_charge_known_before_is_no_news() -> None:
    again = row(20, date(2026, 11, 14))
    assert charged(again, own=(20,), first_seen={20: (11, SEEN)}) == []
    assert charged(again, own=(20,), first_seen={20: (99, datetime(2026, 11, 14, tzinfo=UTC))}) == [20]


def test_a_charge_that_was_given_back_or_taken_out_is_no_news() -> None:
    refund = row(21, date(2026, 11, 22), "55.90", "ESTORNO STREAMING Y")
    assert charged(row(20, date(2026, 11, 20)), refund, own=(20,)) == []
    partly = row(21, date(2026, 11, 22), "5.90", "ESTORNO STREAMING Y")
    assert charged(row(20, date(2026, 11, 20)), partly, own=(20,)) == [20]
    removed = row(20, date(2026, 11, 20), removed_at=datetime(2026, 11, 21, tzinfo=UTC))
    assert charged(removed, own=(20,)) == []


def test_a_hidden_account_is_nobodys_business() -> None:
    assert charged(row(20, date(2026, 11, 20)), own=(20,), hidden=True) == []


def test_a_merchant_that_sells_more_is_told_apart_by_the_flow() -> None:
    shop = [*BEFORE, row(15, date(2026, 5, 3), "-380.00")]
    flows = [flow(row_ids=tuple(each["id"] for each in BEFORE))]
    rows = [*shop, row(20, date(2026, 11, 20), "-60.00")]
    decided = decide(rows, {CARD: "CREDIT"})
    assert charges_after([mark()], flows, rows, decided, ACCOUNTS, TODAY, {}) == {1: ()}


def test_another_price_of_a_merchant_of_nothing_else_is_still_a_charge() -> None:
    assert charged(row(20, date(2026, 11, 20), "-79.90")) == [20]
    assert charged(row(20, date(2026, 11, 20), "-790.00")) == []


def test_only_what_was_cancelled_is_watched() -> None:
    later = row(20, date(2026, 11, 20))
    rows = [*BEFORE, later]
    decided = decide(rows, {CARD: "CREDIT"})
    flows = [flow(row_ids=tuple(each["id"] for each in rows))]
    assert charges_after([mark("not_subscription")], flows, rows, decided, ACCOUNTS, TODAY, {}) == {}
    assert charges_after([mark(key="gone")], flows, rows, decided, ACCOUNTS, TODAY, {}) == {1: ()}


def test_a_rise_says_its_share_to_the_whole_per_cent() -> None:
    item = Item(flow(), (), is_foreign=False)
    change = PriceChange(TODAY, Decimal("10.00"), Decimal("9.00"))
    assert Rise(item, change).percent == -10
