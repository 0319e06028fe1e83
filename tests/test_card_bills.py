"""The bills of cards: read from Pluggy's words, stored once, and never the reason that a pass fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from open_finance.bill_records import BillData
from open_finance.errors import (
    PluggyAuthError,
    PluggyError,
    PluggyNotFoundError,
    PluggyRateLimitError,
    PluggyRequestError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.events import ConnectionSynced
from open_finance.pluggy_bills import read_bill
from open_finance.storage import bills
from open_finance.storage.alert_models import CardBillRow
from open_finance.storage.database import Database
from tests.clocks import START, ManualClock
from tests.fake_bank import CARD, CHECKING, ITEM, World, started_world
from tests.pluggy_json import raw_bill, raw_card
from tests.rows import USER, add_account, add_connection

STRANGER = 2000


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    yield from started_world(database, clock)


def stored(world: World) -> list[CardBillRow]:
    with world.database.reading() as session:
        return list(session.scalars(select(CardBillRow).order_by(CardBillRow.id)))


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_bill_keeps_its_four_decimals_and_its_calendar_days() -> None:
    assert read_bill(raw_bill()) == {
        "pluggy_id": "05c6a2de-54cf-4d5d-8b8b-2c1a4fb4f9aa",
        "due_on": date(2026, 12, 5),
        "closes_on": date(2026, 11, 28),
        "total": Decimal("1302.4409"),
        "currency_code": "BRL",
        "minimum": Decimal("195.3700"),
        "finance_charges": [],
        "payments": [],
    }


CHARGES = [
    {"id": "1", "type": "LATE_PAYMENT_FEE", "amount": Decimal("2.5"), "currencyCode": "BRL", "additionalInfo": None},
    {"id": "2", "type": "IOF", "amount": Decimal("4.08125"), "additionalInfo": "x"},
    {"id": "3", "type": "IOF", "amount": None},
    {"amount": 1},
    {"amount": 1},
]
PAYMENTS = [
    {"id": "1", "valueType": "OTHER_PAYMENT", "paymentDate": None, "paymentMode": None, "amount": 20},
    {
        "id": "2", "valueType": "FULL_PAYMENT", "paymentDate": "2026-11-05T00:00:00.000Z", "paymentMode": "PIX",
        "amount": Decimal("1120.00"), "currencyCode": "BRL",
    },
    {"id": "4", "amount": "soon"},
    "nothing",
]  # fmt: skip


def test_a_bill_says_what_it_charges_and_what_was_paid_of_the_one_before() -> None:
    read = read_bill(raw_bill(financeCharges=CHARGES, payments=PAYMENTS))
    assert read["finance_charges"] == [
        {"type": "IOF", "amount": Decimal("4.0813"), "currency_code": "BRL"},
        {"type": "LATE_PAYMENT_FEE", "amount": Decimal("2.5000"), "currency_code": "BRL"},
        {"type": "OTHER", "amount": Decimal("1.0000"), "currency_code": "BRL"},
        {"type": "OTHER", "amount": Decimal("1.0000"), "currency_code": "BRL"},
    ]
    full, other = read["payments"]
    assert full == {
        "paid_on": date(2026, 11, 5),
        "amount": Decimal("1120.0000"),
        "currency_code": "BRL",
        "kind": "FULL_PAYMENT",
        "mode": "PIX",
    }
    assert (other["paid_on"], other["amount"]) == (None, Decimal("20.0000"))


@given(order=st.permutations(range(4)), again=st.lists(st.integers(0, 1), max_size=3))
def test_in_which_order_charges_and_payments_are_listed_and_how_often_changes_nothing(
    order: list[int], again: list[int]
) -> None:
    def listed(parts: list[Any]) -> list[Any]:
        return [parts[place] for place in order] + [parts[place] for place in again]

    moved = raw_bill(financeCharges=[*listed(CHARGES[:4]), CHARGES[4]], payments=listed(PAYMENTS))
    assert read_bill(moved) == read_bill(raw_bill(financeCharges=CHARGES, payments=PAYMENTS))


@pytest.mark.parametrize("listed", [None, {}, "none", [None], [{}], 3])
def test_charges_and_payments_that_are_none_are_none(listed: Any) -> None:
    assert read_bill(raw_bill(financeCharges=listed, payments=listed)) == read_bill(raw_bill())


@pytest.mark.parametrize("hour", ["", "T00:00:00.000Z", "T03:00:00.000Z", "T01:30:00.000Z"])
def test_a_due_day_is_a_calendar_day_whatever_its_hour(hour: str) -> None:
    assert read_bill(raw_bill(dueDate=f"2026-12-05{hour}"))["due_on"] == date(2026, 12, 5)


@pytest.mark.parametrize("key", ["billClosingDate", "minimumPaymentAmount", "totalAmountCurrencyCode", "payments"])
def test_a_bill_may_leave_out_what_it_can_be_without(key: str) -> None:
    without = raw_bill()
    del without[key]
    assert read_bill(without) == read_bill(raw_bill(**{key: None}))
    assert read_bill(without)["due_on"] == date(2026, 12, 5)


@pytest.mark.parametrize("key", ["id", "dueDate", "totalAmount"])
@pytest.mark.parametrize("value", [None, {}, "", "soon"])
def test_a_bill_without_what_it_needs_is_malformed_and_names_no_value(key: str, value: Any) -> None:
    if (key, value) == ("id", "soon"):
        value = []
    with pytest.raises(PluggyServerError, match=f"^malformed bill: {key}$"):
        read_bill(raw_bill(**{key: value}))


@given(total=st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False))
def test_a_total_is_never_further_away_than_half_of_its_last_place(total: Decimal) -> None:
    read = read_bill(raw_bill(totalAmount=total))["total"]
    assert abs(read - total) <= Decimal("0.00005")
    assert read.as_tuple().exponent == -4


# --- storing ---------------------------------------------------------------------------------------------------------


def test_a_pass_stores_the_bills_of_its_cards(world: World) -> None:
    world.bank.bills[CARD] = [raw_bill(), raw_bill(id="october", dueDate="2026-11-05", billClosingDate=None)]
    assert isinstance(world.sync(), ConnectionSynced)
    assert [(row.pluggy_id, row.due_on, row.total) for row in stored(world)] == [
        ("05c6a2de-54cf-4d5d-8b8b-2c1a4fb4f9aa", date(2026, 12, 5), Decimal("1302.4409")),
        ("october", date(2026, 11, 5), Decimal("1302.4409")),
    ]
    assert [call for call in world.bank.calls if call.endswith("bills")] == [f"{CARD} bills"]


def test_bills_that_are_the_same_are_not_written_again(world: World) -> None:
    world.bank.bills[CARD] = [raw_bill(), raw_bill(id="october", dueDate="2026-11-05", totalAmount=180)]
    world.sync()
    world.bank.bills[CARD][1]["totalAmount"] = Decimal("180.00")
    world.next_day()
    world.sync()
    assert {row.updated_at for row in stored(world)} == {START}


def test_charges_and_payments_are_stored_exactly_and_once(world: World) -> None:
    world.bank.bills[CARD] = [raw_bill(financeCharges=CHARGES, payments=PAYMENTS)]
    world.sync()
    [row] = stored(world)
    with world.database.reading() as session:
        [kept] = bills.list_bills(session, USER, [row.account_id])
    assert {name: kept[name] for name in BillData.__annotations__} == read_bill(  # type: ignore[literal-required]
        raw_bill(financeCharges=CHARGES, payments=PAYMENTS)
    )
    world.bank.bills[CARD] = [raw_bill(financeCharges=CHARGES[::-1], payments=PAYMENTS[::-1])]
    world.next_day()
    world.sync()
    assert stored(world)[0].updated_at == START


def test_a_bill_that_was_stored_before_is_filled_by_the_next_reading(database: Database) -> None:
    with database.writing() as session:
        card = add_account(session, add_connection(session), type="CREDIT")
        bills.merge_bills(session, USER, card, [read_bill(raw_bill())], START)
        session.execute(update(CardBillRow).values(finance_charges=None, payments=None))
        [kept] = bills.list_bills(session, USER, [card])
        assert (kept["finance_charges"], kept["payments"]) == ([], [])
        full = read_bill(raw_bill(financeCharges=CHARGES, payments=PAYMENTS))
        assert bills.merge_bills(session, USER, card, [full, full], START) == 1
        assert bills.merge_bills(session, USER, card, [full], START) == 0


def test_a_bill_that_changed_is_written_and_one_that_is_listed_no_more_stays(world: World) -> None:
    world.bank.bills[CARD] = [raw_bill(), raw_bill(id="october", dueDate="2026-11-05")]
    world.sync()
    world.bank.bills[CARD] = [raw_bill(totalAmount=Decimal("1310.00"))]
    world.next_day()
    world.sync()
    changed, kept = stored(world)
    assert (changed.total, changed.updated_at) == (Decimal("1310.0000"), world.clock.now())
    assert (kept.pluggy_id, kept.updated_at) == ("october", START)


def test_a_bill_that_cannot_be_read_is_left_out_and_the_others_are_stored(world: World) -> None:
    world.bank.bills[CARD] = [raw_bill(id="bad", totalAmount=None), raw_bill(id="good")]
    assert isinstance(world.sync(), ConnectionSynced)
    assert [row.pluggy_id for row in stored(world)] == ["good"]


def test_an_unchanged_item_is_not_asked_for_bills(world: World) -> None:
    world.sync()
    world.sync()
    assert world.bank.calls == ["item"]


def test_nobody_stores_a_bill_on_a_card_of_somebody_else(database: Database) -> None:
    with database.writing() as session:
        card = add_account(session, add_connection(session), type="CREDIT")
        assert bills.merge_bills(session, STRANGER, card, [read_bill(raw_bill())], START) == 0
        assert bills.merge_bills(session, USER, card, [read_bill(raw_bill())], START) == 1
        assert bills.list_bills(session, STRANGER, [card]) == []
        assert len(bills.list_bills(session, USER, [card])) == 1


# --- what goes wrong -------------------------------------------------------------------------------------------------

REFUSALS: list[Callable[[], PluggyError]] = [
    lambda: PluggyRequestError("no bills", status_code=400),
    lambda: PluggyAuthError("not in the plan", status_code=403),
    lambda: PluggyNotFoundError("no bills", status_code=404),
    lambda: PluggyRateLimitError("too many", status_code=429),
    lambda: PluggyServerError("broken", status_code=500),
    lambda: PluggyUnreachableError("no answer", sent=True),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal()).__name__)
def test_a_pass_is_as_good_as_any_other_when_bills_are_refused(
    world: World, refusal: Callable[[], PluggyError]
) -> None:
    world.bank.bills[CARD] = [raw_bill()]
    world.sync()
    world.next_day()
    world.bank.add("row-4", days=0)

    def refuse(call: str) -> None:
        if call.endswith("bills"):
            raise refusal()

    world.bank.on_call = refuse
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=True, added=1)
    assert len(stored(world)) == 1
    assert (world.connection().failures, world.outcomes()) == (0, ["changed", "changed"])
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=False)
    assert world.bank.calls == ["item"]


@pytest.mark.parametrize(("number", "asked"), [(1, 1), (2, 2)])
def test_what_is_refused_for_all_cards_is_asked_once(world: World, number: int, asked: int) -> None:
    world.bank.accounts[ITEM].append(raw_card(id="second", number="9999"))
    world.bank.rows["second"] = {}
    refusal = REFUSALS[number]()

    def refuse(call: str) -> None:
        if call.endswith("bills"):
            raise refusal

    world.bank.on_call = refuse
    world.sync()
    assert len([call for call in world.bank.calls if call.endswith("bills")]) == asked


def test_bills_that_take_too_long_do_not_take_the_time_of_the_next_card(world: World) -> None:
    world.bank.accounts[ITEM].append(raw_card(id="second", number="9999"))
    world.bank.rows["second"] = {}
    world.bank.on_call = lambda call: world.clock.sleep(61) if call.endswith("bills") else None
    assert isinstance(world.sync(), ConnectionSynced)
    assert [call for call in world.bank.calls if call.endswith("bills")] == [f"{CARD} bills"]


def test_a_checking_account_has_no_bills(world: World) -> None:
    world.bank.accounts[ITEM] = world.bank.accounts[ITEM][:1]
    world.sync()
    assert f"{CHECKING} bills" not in world.bank.calls
    assert stored(world) == []
