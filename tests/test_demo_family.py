"""The invented family, on any day: its money adds up from every side, and its history grows as a real one does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.clock import local_day
from open_finance.demo_family import DemoAccount, DemoBank, build_family, family_day, first_day, read_at
from open_finance.demo_habits import BANKS, BILL, INVESTED, LOAN, OWN_PIX
from open_finance.demo_holdings import INSTALMENTS, build_loan, left_after
from open_finance.insights.investment_taxes import tax_of
from open_finance.insights.portfolio import Tax
from open_finance.money import ZERO
from open_finance.records import TransactionData
from tests.builders import NOW, TODAY
from tests.investment_builders import investment

ANY_DAY = settings(max_examples=50, deadline=None)
DAYS = st.dates(date(2025, 1, 1), date(2035, 12, 31))
ONE_DAY = timedelta(days=1)
TERMS = {book.key: book.card for bank in BANKS for book in bank.books if book.card is not None}


def accounts(family: Iterable[DemoBank]) -> dict[str, DemoAccount]:
    return {account.data["pluggy_id"].removeprefix("demo-"): account for bank in family for account in bank.accounts}


def every_row(family: Iterable[DemoBank]) -> dict[str, TransactionData]:
    return {row["pluggy_id"]: row for account in accounts(family).values() for row in account.rows}


def total(rows: Iterable[TransactionData]) -> Decimal:
    return sum((row["amount"] for row in rows), ZERO)


def previous_month(day: date) -> date:
    return (day.replace(day=1) - ONE_DAY).replace(day=day.day)


@given(DAYS)
@ANY_DAY
def test_the_same_day_is_always_the_same_family(today: date) -> None:
    assert build_family(today) == build_family(today)


@given(DAYS)
@ANY_DAY
def test_a_day_later_the_history_has_only_grown_and_balances_moved_by_it(today: date) -> None:
    before, after = build_family(today), build_family(today + ONE_DAY)
    known = every_row(after)
    start = first_day(today + ONE_DAY)
    for row in every_row(before).values():
        if row["occurred_on"] >= start:
            assert known[row["pluggy_id"]] | {"status": "any"} == row | {"status": "any"}
    if start == first_day(today):
        for key, account in accounts(after).items():
            earlier = accounts(before)[key]
            new = [row for row in account.rows if row["pluggy_id"] not in {old["pluggy_id"] for old in earlier.rows}]
            if key not in TERMS:
                assert account.data["balance"] == earlier.data["balance"] + total(new)


@given(DAYS)
@ANY_DAY
def test_a_card_owes_its_unpaid_bills_and_the_instalments_to_come(today: date) -> None:
    for key, account in accounts(build_family(today)).items():
        terms = TERMS.get(key)
        if terms is None:
            continue
        paid_on = max(row["occurred_on"] for row in account.rows if row["category_id"] == BILL)
        closed_on = paid_on.replace(day=terms.closes)
        unpaid = [row for row in account.rows if row["occurred_on"] > closed_on and row["category_id"] != BILL]
        latest: dict[tuple[str, date | None], TransactionData] = {}
        for row in account.rows:
            if row["total_installments"]:
                latest[row["description"], row["purchased_on"]] = row
        to_come = sum(
            (
                -row["amount"] * ((row["total_installments"] or 0) - (row["installment_number"] or 0))
                for row in latest.values()
            ),
            ZERO,
        )
        owed, limit = account.data["balance"], account.data["credit_limit"]
        assert owed == to_come - total(unpaid)
        assert limit is not None
        assert 0 < owed < limit
        assert account.data["available_credit_limit"] == limit - owed


@given(DAYS)
@ANY_DAY
def test_every_bill_is_paid_whole_by_an_account_and_reaches_the_card(today: date) -> None:
    family = accounts(build_family(today))
    start = first_day(today)
    for key, terms in TERMS.items():
        card, payer = family[key], family[terms.paid_by]
        received = [(row["occurred_on"], row["amount"]) for row in card.rows if row["category_id"] == BILL]
        paid = [(row["occurred_on"], -row["amount"]) for row in payer.rows if row["category_id"] == BILL]
        assert received == paid
        assert received
        for day, amount in received:
            closed_on = day.replace(day=terms.closes)
            opened_on = previous_month(closed_on) + ONE_DAY
            billed = [row for row in card.rows if opened_on <= row["occurred_on"] <= closed_on]
            if opened_on >= start:
                assert amount == -total(row for row in billed if row["category_id"] != BILL)


@given(DAYS)
@ANY_DAY
def test_own_money_leaves_one_bank_and_arrives_at_another(today: date) -> None:
    family = build_family(today)
    own = [row for row in every_row(family).values() if row["category_id"] == OWN_PIX]
    out = sorted((row["occurred_on"], -row["amount"]) for row in own if row["amount"] < 0)
    arrived = sorted((row["occurred_on"], row["amount"]) for row in own if row["amount"] > 0)
    last_read = min(local_day(bank.item["last_updated_at"] or NOW) for bank in family)
    assert all(row["same_holder"] is True for row in own)
    assert [each for each in out if each[0] <= last_read] == [each for each in arrived if each[0] <= last_read]
    assert set(arrived) <= set(out)


@given(DAYS)
@ANY_DAY
def test_what_is_kept_in_pots_is_what_was_put_there(today: date) -> None:
    nubank = accounts(build_family(today))["nubank"]
    put = [row for row in nubank.rows if row["category_id"] == INVESTED]
    assert put
    assert nubank.data["reserved"] == Decimal("1850.00") - total(put)


@given(DAYS)
@ANY_DAY
def test_what_is_invested_is_worth_what_its_tax_leaves_and_was_bought_before_all_that_is_shown(today: date) -> None:
    for bank in build_family(today):
        seen_on = local_day(bank.item["last_updated_at"] or NOW)
        for position in bank.positions:
            data, last = position.data, position.days[-1]
            assert (last.day, last.balance, last.amount) == (seen_on, data["balance"], data["amount"])
            assert [one.day for one in position.days] == sorted({one.day for one in position.days})
            assert position.days[0].day == local_day(bank.connected_at)
            bought = [move for move in position.moves if move["type"] == "BUY"]
            assert [move["amount"] for move in bought] == [data["amount_original"]]
            assert bought[0]["occurred_on"] < first_day(today)
            held = (seen_on - bought[0]["occurred_on"]).days
            stored = investment(**data, read_at=bank.item["last_updated_at"])
            tax = tax_of(stored, [], seen_on)
            if isinstance(tax, Tax):
                assert tax.days == held
                assert tax.total == data["taxes"]
            else:
                assert data["type"] in {"MUTUAL_FUND", "EQUITY"}


@given(DAYS)
@ANY_DAY
def test_the_loan_is_paid_by_an_account_and_dividends_reach_it(today: date) -> None:
    family = build_family(today)
    (loan,) = (bank.loan for bank in family if bank.loan is not None)
    rows = accounts(family)["itau"].rows
    paid = {row["occurred_on"]: -row["amount"] for row in rows if row["category_id"] == LOAN}
    assert paid
    assert {each["paid_on"]: each["amount"] for each in loan.data["payments"]}.items() >= paid.items()
    assert 0 < (loan.data["paid_installments"] or 0) < (loan.data["total_installments"] or 0)
    owed = dict(loan.days)
    assert owed[today] == loan.data["outstanding"]
    for day, amount in paid.items():
        if day - ONE_DAY in owed:
            assert owed[day - ONE_DAY] - amount < owed[day] < owed[day - ONE_DAY]
    dividends = {
        move["occurred_on"]: move["amount"]
        for bank in family
        for position in bank.positions
        for move in position.moves
        if move["type"] == "INTEREST"
    }
    received = {row["occurred_on"]: row["amount"] for row in rows if row["description"].startswith("Rendimento FII")}
    assert received
    assert dividends.items() >= received.items()


def test_a_loan_that_is_paid_to_the_end_owes_less_than_an_instalment() -> None:
    contracted = date(2026, 1, 18)
    ends = build_loan("Itaú", date(2026, 6, 20), date(2026, 6, 20))
    assert ends is not None
    assert (ends.data["contracted_on"], ends.data["paid_installments"]) == (contracted, 5)
    assert abs(left_after(INSTALMENTS)) < 1


@given(DAYS)
@ANY_DAY
def test_the_figures_are_those_of_a_family_that_could_exist(today: date) -> None:
    family = build_family(today)
    assert 180 <= len(every_row(family)) <= 320
    for key, account in accounts(family).items():
        assert account.rows
        assert list(account.rows) == sorted(account.rows, key=lambda row: row["occurred_on"])
        assert account.rows[0]["occurred_on"] >= first_day(today)
        if key not in TERMS:
            running = account.data["balance"]
            for row in reversed(account.rows):
                assert 0 < running < 20_000
                running -= row["amount"]
        for row in account.rows:
            assert row["amount"] == round(row["amount"], 2) != 0
            assert row["type"] == ("CREDIT" if row["amount"] > 0 else "DEBIT")
            assert 0 < len(row["description"]) <= 40


def test_one_bank_was_last_read_four_days_ago_and_shows_nothing_since() -> None:
    itau, nubank, caixa = build_family(TODAY)
    assert nubank.item["last_updated_at"] == read_at(TODAY - timedelta(days=4))
    assert nubank.error_code == "SITE_NOT_AVAILABLE"
    assert max(row["occurred_on"] for account in nubank.accounts for row in account.rows) <= TODAY - timedelta(days=4)
    assert max(row["occurred_on"] for account in itau.accounts for row in account.rows) == TODAY
    assert (itau.error_code, caixa.error_code) == (None, None)
    assert [len(bank.accounts) for bank in (itau, nubank, caixa)] == [2, 2, 1]


def test_there_is_one_of_everything_a_newcomer_wonders_about() -> None:
    rows = list(every_row(build_family(TODAY)).values())
    written = " ".join(row["description"] for row in rows)
    for word in ("Salário", "Imobiliária", "Mercado", "Pix de", "Pix para", "Estorno", "Cine Sofá", "Caixinha"):
        assert word in written, word
    assert any(row["total_installments"] for row in rows)
    assert any(row["foreign_currency"] == "USD" for row in rows)


def test_what_a_card_bought_today_is_not_settled_yet() -> None:
    saturday = date(2026, 11, 21)  # market day
    bought = [row for row in accounts(build_family(saturday))["visa"].rows if row["occurred_on"] == saturday]
    assert [row["status"] for row in bought] == ["PENDING"]
    later = every_row(build_family(saturday + ONE_DAY))
    assert later[bought[0]["pluggy_id"]]["status"] == "POSTED"


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 23, 9, 11, 59, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 23, 9, 12, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 24, 2, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 24, 3, 0, tzinfo=UTC), date(2026, 11, 23)),
    ],
)
def test_nothing_is_shown_before_it_was_read(now: datetime, day: date) -> None:
    assert family_day(now) == day
    assert read_at(day) <= now
