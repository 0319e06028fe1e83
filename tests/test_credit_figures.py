"""The seven figures: added up on paper, worked out anew from their evidence, and said to be missing where they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.bill_records import Bill, BillPayment, FinanceCharge
from open_finance.insights import credit_thresholds as thresholds
from open_finance.insights.card_report import CardReport
from open_finance.insights.carried_over import carried_over
from open_finance.insights.credit import Figure, Measure, Missing, Threshold, Word
from open_finance.insights.credit_figures import CreditFigures, measures
from open_finance.insights.credit_inputs import CreditInputs, whole_months
from open_finance.insights.debts import find_debts, find_help
from open_finance.insights.recurring import Kind
from open_finance.money import ZERO
from open_finance.records import StatementRow, Transaction
from tests.builders import savings
from tests.card_rows import CARD, bill, card, card_row
from tests.credit_world import check, first_of_months, inputs
from tests.investment_builders import investment, loan, pot
from tests.outlook_builders import TODAY, bank_row, checking, flow, report

MONTHS = first_of_months(7, date(2026, 11, 1))


def wages(amounts: Iterable[str] = ("5000.00",) * 7, number: int = 100) -> list[StatementRow]:
    """On the 5th of each month until November."""
    given = list(amounts)
    days = first_of_months(len(given), date(2026, 11, 1))
    return [
        bank_row(number + place, day.replace(day=5), amount, "SALARIO", category_id="01010000")
        for place, (day, amount) in enumerate(zip(days, given, strict=True))
    ]


def spending(amounts: Iterable[str] = ("2000.00",) * 7, number: int = 200) -> list[StatementRow]:
    """On the 2nd of each month until November."""
    given = list(amounts)
    days = first_of_months(len(given), date(2026, 11, 1))
    return [
        bank_row(number + place, day.replace(day=2), f"-{amount}", "MERCADO EXEMPLO", category_id="10000000")
        for place, (day, amount) in enumerate(zip(days, given, strict=True))
    ]


def interest(on: date, amount: str, number: int) -> StatementRow:
    return bank_row(number, on, f"-{amount}", "JUROS LIMITE DA CONTA", category_id="02010000")


def of(made: CreditInputs) -> dict[Figure, Measure]:
    found = measures(CreditFigures(made))
    assert [one.figure for one in found] == list(Figure)
    check(found)
    return {one.figure: one for one in found}


def payment(on: date, amount: str) -> BillPayment:
    return {"paid_on": on, "amount": Decimal(amount), "currency_code": "BRL", "kind": None, "mode": None}


def charge(kind: str, amount: str) -> FinanceCharge:
    return {"type": kind, "amount": Decimal(amount), "currency_code": "BRL"}


def bill_of(month: int, total: str, paid_before: Iterable[BillPayment] = (), **fields: Any) -> Bill:
    """Closes on the 3rd, is due on the 10th; ``paid_before``: of the bill before it."""
    day = date(2026, month, 10)
    return bill(day, day.replace(day=3), total, payments=list(paid_before), **fields)


def late_card(november_paid: str | None = None, **fields: Any) -> CardReport:
    """October's bill of R$ 1.000,00 was paid with R$ 360,00; November's of R$ 718,00 holds the R$ 640,00 and R$ 78,00 of
    interest, and nothing, or so much, was paid of it."""
    listed = [
        bill_of(9, "500.00"),
        bill_of(10, "1000.00", [payment(date(2026, 9, 10), "500.00")]),
        bill_of(11, "718.00", [payment(date(2026, 10, 10), "360.00")], minimum=Decimal("107.70"),
                finance_charges=[charge("LATE_PAYMENT_REMUNERATIVE_INTEREST", "78.00")]),
    ]  # fmt: skip
    rows: list[Transaction] = [card_row(date(2026, 7, 20), "-12.00", id=900)]
    if november_paid is not None:
        paid = {"description": "PAGAMENTO RECEBIDO", "category_id": "05100000"}
        rows.append(card_row(date(2026, 11, 9), november_paid, id=901, **paid))
    return report(card(**fields), listed, rows)


@pytest.mark.parametrize(
    ("threshold", "good", "warning", "high"),
    [
        (thresholds.COMMITMENT, ("0.0", "30.0"), ("30.1", "50.0"), ("50.1",)),
        (thresholds.STABILITY, ("10.0",), ("10.1", "30.0"), ("30.1",)),
        (thresholds.LIMIT_USE, ("30.0",), ("30.1", "70.0"), ("70.1",)),
        (thresholds.RESERVE, ("6.0",), ("5.9", "3.0"), ("2.9", "0.0")),
        (thresholds.overdraft(Decimal("4999.95")), ("0.00",), ("0.01", "500.00"), ("500.01",)),
        (thresholds.debt_cost(Decimal("5000.00")), ("100.00",), ("100.01", "500.00"), ("500.01",)),
        (thresholds.revolving(Decimal("5000.00"), 1), ("0.00",), ("500.00",), ("500.01",)),
        (thresholds.revolving(Decimal("5000.00"), 2), ("0.00",), (), ("0.01",)),
        (thresholds.debt_cost(ZERO), ("0.00",), (), ("0.01",)),
    ],
)
def test_word_changes_beyond_its_threshold(
    threshold: Threshold, good: tuple[str, ...], warning: tuple[str, ...], high: tuple[str, ...]
) -> None:
    for word, values in ((Word.GOOD, good), (Word.WARNING, warning), (Word.HIGH, high)):
        assert {threshold.word(Decimal(value)) for value in values} <= {word}


# --- on paper --------------------------------------------------------------------------------------------------------


def test_commitment_is_debt_service_of_the_usual_income() -> None:
    """6 months of 5.000,00, one of them 9.000,00; a loan of 412,00, a car of 900,00 that only rows tell, 30,00 of interest
    in three months: (412 + 900 + 10) of 5.000."""
    paid = [{"paid_on": date(2026, 10, 10), "amount": Decimal("412.00"), "is_extra": False}]
    car = flow("Financiamento do carro", "-900.00", 15, [200], kind=Kind.LOAN)
    rows = [
        *wages(["5000.00"] * 4 + ["9000.00"] + ["5000.00"] * 2),
        *spending(),
        interest(date(2026, 9, 1), "30.00", 300),
    ]
    found = of(inputs(rows=rows, flows=[car], loans=[loan(payments=paid)]))[Figure.COMMITMENT]
    assert found.value == Decimal("26.4")
    assert found.word is Word.GOOD
    assert found.months == 6
    assert dict(found.sums) == {"income": Decimal(34000), "debt": Decimal("1312.00"), "charges": Decimal("30.00")}


def test_loan_and_the_charge_that_pays_it_are_one() -> None:
    paid = [{"paid_on": date(2026, 10, 10), "amount": Decimal("412.00"), "is_extra": False}]
    paying = flow("Crédito pessoal", "-412.00", 10, [200], kind=Kind.LOAN)
    found = of(inputs(rows=[*wages(), *spending()], flows=[paying], loans=[loan(payments=paid)]))[Figure.COMMITMENT]
    assert dict(found.sums)["debt"] == Decimal("412.00")


def test_loan_whose_instalment_nobody_tells_leaves_no_commitment() -> None:
    silent = loan(rates=[], cet=None, due_installments=None)
    found = of(inputs(rows=[*wages(), *spending()], loans=[silent]))[Figure.COMMITMENT]
    assert (found.value, found.missing) == (None, (Missing.INSTALMENTS,))


def test_only_the_instalments_of_purchases_count_and_not_the_whole_bill() -> None:
    parts = [
        card_row(
            date(2026, 10, 20), "-250.00", total_installments=6, installment_number=1, purchased_on=date(2026, 10, 20)
        ),
        card_row(date(2026, 11, 10), "-800.00", description="MERCADO"),
    ]
    shown = report(card(bill_closes_on=date(2026, 12, 3), bill_due_on=date(2026, 12, 10)), [], parts)
    found = of(inputs(rows=[*wages(), *spending(), *parts], cards=[shown]))[Figure.COMMITMENT]
    assert dict(found.sums)["debt"] == Decimal("250.00")
    assert found.value == Decimal("5.0")


def test_income_that_changes_is_less_stable() -> None:
    """Six months: 4.000, 6.000, 5.000, 5.000, 5.000, 5.000; the middle is 5.000, the mean distance 2.000 ÷ 6."""
    amounts = ["4000.00", "6000.00", "5000.00", "5000.00", "5000.00", "5000.00", "5000.00"]
    found = of(inputs(rows=[*wages(amounts), *spending()]))[Figure.STABILITY]
    assert found.value == Decimal("6.7")
    assert found.word is Word.GOOD


def test_month_without_income_is_a_month() -> None:
    rows = [row for row in wages() if row["occurred_on"].month != 8]
    found = of(inputs(rows=[*rows, *spending()]))[Figure.STABILITY]
    assert found.value == Decimal("16.7")
    assert found.notes == ("months_without_income:1",)


def test_limit_of_all_cards_together() -> None:
    one = report(card(), [], [])
    other = report(card(id=8, identity="c2", balance=Decimal("2600.00"), credit_limit=Decimal("3000.00")), [], [])
    silent = report(card(id=9, identity="c3", credit_limit=None), [], [])
    found = of(inputs(cards=[one, other, silent]))[Figure.LIMIT_USE]
    assert found.value == Decimal("45.0")  # 3.600 of 8.000
    assert found.notes == ("card_without_limit",)
    assert of(inputs(cards=[silent]))[Figure.LIMIT_USE].missing == (Missing.LIMIT,)
    in_credit = report(card(id=10, identity="c4", balance=Decimal("-900.00")), [], [])
    assert of(inputs(cards=[one, in_credit]))[Figure.LIMIT_USE].value == Decimal("10.0")


def test_limit_of_a_cancelled_card_is_none() -> None:
    one = report(card(), [], [])
    gone = report(card(id=8, identity="c2", balance=Decimal(0), card_status="CANCELLED"), [], [])
    assert of(inputs(cards=[one, gone]))[Figure.LIMIT_USE].value == Decimal("20.0")
    assert of(inputs(cards=[gone]))[Figure.LIMIT_USE].missing == (Missing.CARD,)


def test_card_of_which_no_bill_is_listed_may_cost_more_than_is_known() -> None:
    found = of(inputs(rows=[*wages(), *spending()], cards=[report(card(), [], [])]))[Figure.DEBT_COST]
    assert (found.value, found.notes) == (ZERO, ("card_without_bills",))


def test_what_a_bill_left_is_carried_over_until_the_next_one_is_paid() -> None:
    """Not paid of November's bill: all of it, 718,00; and 640,00 of October's before."""
    rows = [*wages(["9000.00"] * 7), *spending()]
    found = of(inputs(rows=rows, cards=[late_card(november_paid="100.00")]))[Figure.REVOLVING]
    assert found.value == Decimal("618.00")
    assert found.word is Word.HIGH  # less than a tenth of 9.000,00, but on two bills
    assert dict(found.sums) == {"carried": Decimal("618.00"), "before": Decimal("640.00")}


def test_bill_that_was_paid_carries_nothing_over() -> None:
    found = of(inputs(rows=[*wages(), *spending()], cards=[late_card(november_paid="718.00")]))[Figure.REVOLVING]
    assert found.value == ZERO
    assert found.word is Word.GOOD


def test_bill_whose_day_is_still_to_come_is_not_carried_over() -> None:
    listed = [bill_of(10, "500.00"), bill(date(2026, 11, 30), date(2026, 11, 20), "900.00", payments=[
        payment(date(2026, 10, 10), "500.00")])]  # fmt: skip
    found = of(inputs(cards=[report(card(), listed, [card_row(date(2026, 7, 20))])]))[Figure.REVOLVING]
    assert found.value == ZERO


def test_what_a_later_bill_holds_no_more_is_not_carried_over() -> None:
    """November's bill, still to be paid, comes to nothing: what October's left was given back."""
    after = [payment(date(2026, 10, 10), "360.00")]
    listed = [bill_of(10, "1000.00"), bill(date(2026, 11, 30), date(2026, 11, 20), "0.00", payments=after)]
    found = of(inputs(cards=[report(card(), listed, [card_row(date(2026, 7, 20))])]))[Figure.REVOLVING]
    assert found.value == ZERO
    listed[1]["total"] = Decimal("718.00")
    found = of(inputs(cards=[report(card(), listed, [card_row(date(2026, 7, 20))])]))[Figure.REVOLVING]
    assert found.value == Decimal("640.00")


def test_first_bill_of_a_card_carries_nothing_over_before_its_day() -> None:
    first = [bill(date(2026, 11, 30), date(2026, 11, 20), "900.00")]
    found = of(inputs(cards=[report(card(), first, [card_row(date(2026, 11, 10))])]))[Figure.REVOLVING]
    assert (found.value, found.missing) == (ZERO, ())


def test_card_without_bills_is_missing_them_and_not_free_of_debt() -> None:
    found = of(inputs(cards=[report(card(), [], [card_row(date(2026, 7, 20))])]))[Figure.REVOLVING]
    assert (found.value, found.missing) == (None, (Missing.BILLS,))


def test_bill_in_instalments_is_carried_over_as_far_as_it_is_not_paid() -> None:
    def part(number: int, month: int) -> Transaction:
        return card_row(
            date(2026, month, 5), "-100.00", description="PARCELAMENTO DE FATURA", installment_number=number,
            total_installments=4, other_credits_type="BILL_INSTALLMENT", purchased_on=date(2026, 10, 5),
        )  # fmt: skip

    dates = {"bill_closes_on": date(2026, 12, 3), "bill_due_on": date(2026, 12, 10)}
    shown = report(card(**dates), [], [part(1, 10), part(2, 11)])
    found = carried_over(shown, TODAY)
    assert found.amount == Decimal("300.00")  # 2/4 on the open bill, 3/4 and 4/4 to come


def test_overdraft_is_what_accounts_are_below_zero_by() -> None:
    accounts = [checking("-250.00"), checking("900.00", id=2, identity="c2"), checking("0.00", id=3, identity="c3",
                overdraft_used=Decimal("40.00"))]  # fmt: skip
    found = of(inputs(accounts=accounts, rows=[*wages(), *spending()]))[Figure.OVERDRAFT]
    assert found.value == Decimal("290.00")
    assert found.word is Word.WARNING  # less than a tenth of 5.000,00
    assert found.threshold.high == Decimal("500.00")


def test_cost_of_debts_is_a_month_of_charges_and_the_interest_of_loans() -> None:
    """(30 + 60 + 78) ÷ 3 = 56,00; 5.123,45 at 1,99 % = 101,96."""
    charged = [interest(date(2026, 9, 1), "30.00", 300), interest(date(2026, 10, 1), "60.00", 301)]
    shown = late_card()
    october = replace(shown, closed=tuple(replace(one, due_on=date(2026, 10, 30)) for one in shown.closed[:1]))
    found = of(inputs(rows=[*wages(), *spending(), *charged], cards=[october], loans=[loan()]))[Figure.DEBT_COST]
    assert dict(found.sums) == {"charges": Decimal("168.00"), "interest": Decimal("101.96")}
    assert found.value == Decimal("157.96")
    assert found.notes == ("interest_calculated",)


def test_iof_of_a_purchase_abroad_is_no_cost_of_debt() -> None:
    listed = [bill_of(10, "500.00", finance_charges=[charge("IOF", "12.00")])]
    rows = [
        *(*wages(), *spending(), bank_row(400, date(2026, 10, 9), "-19.90", "TARIFA PACOTE", category_id="16000000")),
        bank_row(401, date(2026, 10, 9), "-99.00", "LOJA JUROS ZERO", category_id="08000000"),
    ]
    found = of(inputs(rows=rows, cards=[report(card(), listed, [])]))[Figure.DEBT_COST]
    assert found.value == ZERO


def test_reserve_is_what_surely_is_at_hand_of_usual_spending() -> None:
    """5.000,00 + 1.000,00 + 500,00 + Tesouro Selic 1.500,00 = 8.000,00; a month is 2.000,00."""
    selic = investment(
        id=1, subtype="TREASURY", name="Tesouro Selic 2029", balance=Decimal("1500.00"), due_on=date(2029, 3, 1)
    )
    cdb = investment(id=2, code="CDB2")
    shares = investment(id=3, code="ABCD3", type="EQUITY", subtype="STOCK", due_on=None)
    found = of(
        inputs(
            rows=[*wages(), *spending()],
            savings=[savings(id=2, identity="s", balance=Decimal("1000.00"), reserved=None)],
            pots=[pot(), pot(key="2", name="Bloqueio judicial", amount=Decimal("70.00"))],
            positions=[selic, cdb, shares],
        )
    )[Figure.RESERVE]
    assert found.value == Decimal("4.0")
    assert found.word is Word.WARNING
    left = {(each.kind, each.id) for each in found.evidence if each.role == "not_counted"}
    assert left == {("investment", 2), ("investment", 3), ("pot", 1)}
    assert found.notes == ("not_counted",)


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"due_on": date(2026, 12, 23)}, True),
        ({"due_on": date(2026, 12, 24)}, False),
        ({"grace_on": date(2026, 11, 23)}, True),
        ({"grace_on": date(2026, 11, 24)}, False),
        ({"due_on": None}, False),
        ({"subtype": "TREASURY", "name": "Tesouro IPCA+ 2035"}, False),
        ({"type": "MUTUAL_FUND", "subtype": "FIXED_INCOME_FUND", "grace_on": date(2026, 1, 1)}, False),
        ({"balance": Decimal(0), "grace_on": date(2026, 1, 1)}, False),
    ],
)
def test_position_counts_only_when_it_surely_can_be_had(fields: dict[str, Any], counts: bool) -> None:
    found = CreditFigures(inputs(accounts=[checking("0.00")], positions=[investment(**fields)])).at_hand
    assert any(each.role == "available" for each in found) == counts


def test_caixinha_that_is_listed_as_a_position_too_counts_once() -> None:
    same = investment(balance=Decimal("500.00"), grace_on=date(2026, 1, 1))
    other_bank = investment(id=2, code="X", connection_id=2, balance=Decimal("500.00"), grace_on=date(2026, 1, 1))
    found = CreditFigures(inputs(accounts=[checking("0.00")], pots=[pot()], positions=[same, other_bank])).at_hand
    assert sum((each.amount for each in found), ZERO) == Decimal("1000.00")


def test_caixinha_that_another_connection_of_its_account_lists_as_a_position_counts_once() -> None:
    elsewhere = investment(connection_id=2, balance=Decimal("500.00"), grace_on=date(2026, 1, 1))
    given = inputs(accounts=[checking("0.00")], pots=[pot()], positions=[elsewhere])
    found = CreditFigures(replace(given, brought_by={1: {1, 2}})).at_hand
    assert sum((each.amount for each in found), ZERO) == Decimal("500.00")


def test_what_a_bank_invests_of_a_balance_by_itself_counts_once() -> None:
    swept = investment(balance=Decimal("300.00"), amount=None, grace_on=date(2026, 1, 1))
    accounts = [checking("900.00", automatically_invested=Decimal("300.00"))]
    found = CreditFigures(inputs(accounts=accounts, positions=[swept])).at_hand
    assert sum((each.amount for each in found), ZERO) == Decimal("900.00")


# --- what is missing -------------------------------------------------------------------------------------------------


def test_person_without_anything_is_told_what_is_missing() -> None:
    found = of(inputs(accounts=[]))
    assert all(one.value is None for one in found.values())
    assert {figure: one.missing for figure, one in found.items()} == {
        Figure.COMMITMENT: (Missing.ACCOUNT, Missing.HISTORY),
        Figure.STABILITY: (Missing.ACCOUNT,),
        Figure.LIMIT_USE: (Missing.CARD,),
        Figure.REVOLVING: (Missing.CARD,),
        Figure.OVERDRAFT: (Missing.ACCOUNT,),
        Figure.DEBT_COST: (Missing.ACCOUNT,),
        Figure.RESERVE: (Missing.ACCOUNT,),
    }


def test_two_whole_months_are_too_few() -> None:
    found = of(inputs(rows=[*wages(["5000.00"] * 3), *spending(["2000.00"] * 3)]))
    for figure in (Figure.COMMITMENT, Figure.STABILITY, Figure.DEBT_COST, Figure.RESERVE):
        assert found[figure].missing == (Missing.HISTORY,)


def test_history_without_income_is_missing_income() -> None:
    found = of(inputs(rows=spending()))
    assert found[Figure.COMMITMENT].missing == found[Figure.STABILITY].missing == (Missing.INCOME,)
    assert found[Figure.RESERVE].value == Decimal("2.5")


def test_without_known_income_any_debt_is_high_and_says_so() -> None:
    found = of(inputs(accounts=[checking("-1.00")], rows=spending()))[Figure.OVERDRAFT]
    assert found.word is Word.HIGH
    assert "sem renda conhecida" in found.threshold.source


@pytest.mark.parametrize(
    ("known_from", "until", "expected"),
    [
        (date(2026, 8, 5), date(2026, 11, 23), [8, 9, 10]),
        (date(2026, 8, 6), date(2026, 11, 23), [9, 10]),
        (date(2026, 11, 2), date(2026, 11, 23), []),
        (date(2026, 12, 2), date(2026, 11, 23), []),
        (date(2025, 1, 1), date(2026, 11, 1), [8, 9, 10]),
    ],
)
def test_month_is_whole_when_it_is_over_and_known_from_its_beginning(
    known_from: date, until: date, expected: list[int]
) -> None:
    assert [month.month for month in whole_months(known_from, until, 3)] == expected


def test_account_that_was_read_long_ago_tells_no_later_months() -> None:
    read_in_october = checking(read_on=date(2026, 10, 12))
    rows = [row for row in (*wages(), *spending()) if row["occurred_on"] <= date(2026, 10, 12)]
    measured = of(inputs(accounts=[read_in_october], rows=rows))
    found = measured[Figure.COMMITMENT]
    assert found.months == measured[Figure.RESERVE].months == 5
    assert {each.on.month for each in found.evidence if each.on} == {5, 6, 7, 8, 9}


def test_month_that_one_of_two_banks_was_not_read_through_is_not_whole() -> None:
    """What the second half of October cost is not known; a bank that was not read for half a year is not waited for."""
    fresh = checking(id=2, identity="c2")
    for read_on, last in ((date(2026, 10, 12), 9), (date(2026, 5, 12), 10)):
        rows = [*wages(), *spending(), bank_row(400, date(2026, 11, 20), "-30.00", account_id=2)]
        measured = of(inputs(accounts=[checking(read_on=read_on), fresh], rows=rows))
        assert {
            each.on.month for each in measured[Figure.RESERVE].evidence if each.role == "spending" and each.on
        } == set(range(5, last + 1))


def test_account_that_another_connection_goes_on_reading_is_known_that_far() -> None:
    """It was connected again: its income is still under the first connection, which is read no more."""
    accounts = [
        checking(read_on=date(2026, 10, 12), identity="c1"),
        checking(id=2, connection_id=2, identity="c1"),
    ]
    measured = of(inputs(accounts=accounts, rows=[*wages(), *spending()]))
    assert measured[Figure.COMMITMENT].months == measured[Figure.RESERVE].months == 6


def test_month_of_income_is_whole_when_all_accounts_that_it_comes_to_are_known() -> None:
    accounts = [checking(read_on=date(2026, 10, 12)), checking(id=2, identity="c2")]
    second = [{**row, "account_id": 2} for row in wages(["900.00"] * 7, number=500)]
    found = of(inputs(accounts=accounts, rows=[*wages(["5000.00"] * 7)[:5], *second, *spending()]))[Figure.STABILITY]
    assert (found.months, found.missing) == (5, (Missing.HISTORY,))


# --- debts and help ---------------------------------------------------------------------------------------------------


def test_card_debt_has_the_rate_that_was_charged() -> None:
    """78,00 on 640,00: 12,1875 %."""
    (found,) = find_debts(CreditFigures(inputs(cards=[late_card(november_paid="78.00")])))
    assert (found.kind, found.id, found.name) == ("revolving", CARD, "Itaú ••4321")
    assert (found.balance, found.monthly_rate, found.rate_from) == (Decimal("640.00"), Decimal("0.12187500"), "charged")
    assert found.payment == Decimal("107.70")


def test_paying_the_card_with_what_is_at_hand_helps_most() -> None:
    """5.000,00 at hand, a month is 2.000,00: the card's 640,00 at 12,19 % saves 78,00, and 3.000,00 of the loan 59,70."""
    made = inputs(rows=[*wages(), *spending()], cards=[late_card(november_paid="78.00")], loans=[loan()])
    figures = CreditFigures(made)
    help_most = find_help(figures, find_debts(figures))
    assert help_most is not None
    assert (help_most.debt.kind, help_most.amount) == ("revolving", Decimal("640.00"))
    assert (help_most.monthly_saving, help_most.is_at_hand) == (Decimal("78.00"), True)
    assert help_most.months_left == Decimal("2.2")  # 4.360,00 of 2.000,00 a month


def due_card(*, paid_before: str = "500.00") -> CardReport:
    """A bill of R$ 2.500,00 has closed and is due in a week; of the R$ 500,00 of the one before so much was paid."""
    listed = [
        bill_of(10, "500.00"),
        bill(date(2026, 11, 30), date(2026, 11, 20), "2500.00", payments=[payment(date(2026, 10, 10), paid_before)]),
    ]
    return report(card(), listed, [card_row(date(2026, 7, 20), "-12.00")])


def test_what_a_closed_bill_will_take_is_not_at_hand_to_pay_debts() -> None:
    """5.000,00 at hand, a month is 2.000,00, and 2.500,00 are due in a week: 500,00 of the loan, not 3.000,00."""
    figures = CreditFigures(inputs(rows=[*wages(), *spending()], cards=[due_card()], loans=[loan()]))
    help_most = find_help(figures, find_debts(figures))
    assert help_most is not None
    assert (help_most.amount, help_most.is_at_hand) == (Decimal("500.00"), True)


def test_what_a_closed_bill_holds_of_the_debt_itself_is_not_kept_back_twice() -> None:
    """2.500,00 hold the 400,00 that the bill before left: 2.100,00 are kept back, and 900,00 pay the loan."""
    figures = CreditFigures(
        inputs(rows=[*wages(), *spending()], cards=[due_card(paid_before="100.00")], loans=[loan()])
    )
    assert [debt.kind for debt in find_debts(figures)] == ["loan", "revolving"]
    help_most = find_help(figures, find_debts(figures))
    assert help_most is not None
    assert (help_most.debt.kind, help_most.amount) == ("loan", Decimal("900.00"))


def test_a_large_loan_may_help_more_than_a_small_dear_debt() -> None:
    rows = [*wages(), *spending()]
    figures = CreditFigures(inputs(accounts=[checking("40000.00")], rows=rows, cards=[late_card(november_paid="78.00")],
                                   loans=[loan()]))  # fmt: skip
    help_most = find_help(figures, find_debts(figures))
    assert help_most is not None
    assert (help_most.debt.kind, help_most.monthly_saving) == ("loan", Decimal("101.96"))


def test_without_anything_at_hand_a_little_more_of_the_dearest_helps() -> None:
    made = inputs(accounts=[checking("100.00")], rows=[*wages(), *spending()], cards=[late_card(november_paid="78.00")],
                  loans=[loan()])  # fmt: skip
    figures = CreditFigures(made)
    help_most = find_help(figures, find_debts(figures))
    assert help_most is not None
    assert (help_most.debt.kind, help_most.amount, help_most.is_at_hand) == ("revolving", Decimal("100.00"), False)
    assert (help_most.monthly_saving, help_most.months_left) == (Decimal("12.19"), None)


def test_debt_whose_rate_nobody_tells_has_none_and_comes_last() -> None:
    silent = loan(id=1, identity="b" * 64, rates=[], cet=None, outstanding=Decimal("99000.00"))
    dear = loan(id=3, identity="c" * 64, rates=[], cet=Decimal(400))
    figures = CreditFigures(inputs(loans=[silent, loan(id=2), dear]))
    found = find_debts(figures)
    assert [one.id for one in found] == [3, 2, 1]
    assert (found[2].monthly_rate, found[2].rate_from) == (None, None)
    assert find_help(figures, found[2:]) is None


def test_overdraft_that_is_listed_as_a_loan_is_one_debt() -> None:
    listed = loan(kind="UNARRANGED_ACCOUNT_OVERDRAFT", outstanding=Decimal("250.00"), rates=[], cet=Decimal(150))
    figures = CreditFigures(inputs(accounts=[checking("-250.00")], rows=[*wages(), *spending()], loans=[listed]))
    (found,) = find_debts(figures)
    assert (found.kind, found.balance, found.rate_from) == ("overdraft", Decimal("250.00"), "contract")
    assert found.monthly_rate == Decimal("0.07934844")  # 2,5 ^ (1/12) - 1
    assert of(figures.inputs)[Figure.COMMITMENT].value == ZERO  # it has no instalments, and misses none


def test_contract_of_an_account_below_zero_is_that_account_s_whichever_connection_brings_it() -> None:
    """Two connections bring the account; it counts under the first, and the contract was read last through the other."""
    listed = loan(
        kind="UNARRANGED_ACCOUNT_OVERDRAFT", connection_id=2, outstanding=Decimal("250.00"), rates=[], cet=Decimal(150)
    )
    paying = flow("Crédito pessoal", "-455.00", 10, [200], kind=Kind.LOAN)
    lent = loan(id=2, identity="b" * 64, connection_id=2)
    given = inputs(accounts=[checking("-250.00")], rows=[*wages(), *spending()], flows=[paying], loans=[listed, lent])
    made = replace(given, brought_by={1: {1, 2}})
    assert of(made)[Figure.OVERDRAFT].value == Decimal("250.00")
    assert dict(of(made)[Figure.COMMITMENT].sums)["debt"] == Decimal("455.00")
    found = {debt.kind: debt for debt in find_debts(CreditFigures(made))}
    assert (found["overdraft"].rate_from, found["loan"].id) == ("contract", 2)


def test_overdraft_that_only_its_bank_lists_is_one_too() -> None:
    listed = loan(kind="UNARRANGED_ACCOUNT_OVERDRAFT", outstanding=Decimal("420.00"))
    made = inputs(rows=[*wages(), *spending()], loans=[listed])
    assert of(made)[Figure.OVERDRAFT].value == Decimal("420.00")
    (found,) = find_debts(CreditFigures(made))
    assert (found.kind, found.balance) == ("loan", Decimal("420.00"))


# --- anything ---------------------------------------------------------------------------------------------------------


CENTS = st.integers(1, 2_000_000).map(lambda number: Decimal(number).scaleb(-2))
TEXTS = st.sampled_from(
    [
        ("SALARIO", "01010000", 1), ("PIX RECEBIDO EDITORA", "01030000", 1), ("PIX RECEBIDO CARLOS", "05070000", 1),
        ("ESTORNO LOJA", None, 1), ("RESGATE CDB", "03020000", 1), ("CREDITO EMPRESTIMO LIBERADO", "02040000", 1),
        ("MERCADO", "10000000", -1), ("JUROS LIMITE DA CONTA", "02010000", -1), ("IOF LIMITE DA CONTA", None, -1),
        ("TARIFA PACOTE", "16000000", -1), ("PIX ENVIADO BRUNO", "05070000", -1), ("PAGAMENTO FATURA", "05100000", -1),
    ]
)  # fmt: skip


@st.composite
def any_inputs(draw: st.DrawFn) -> CreditInputs:
    days = st.dates(date(2025, 8, 1), date(2026, 12, 20))
    rows = []
    for number in range(draw(st.integers(0, 60))):
        text, category, sign = draw(TEXTS)
        rows.append(bank_row(number + 1, draw(days), str(sign * draw(CENTS)), text, category_id=category))
    balances = draw(st.lists(st.integers(-(10**6), 10**7), min_size=1, max_size=3))
    accounts = [
        checking(str(Decimal(number).scaleb(-2)), id=place + 1, identity=f"c{place}", number=f"000{place}")
        for place, number in enumerate(balances)
    ]
    cards = [late_card(november_paid=draw(st.sampled_from([None, "718.00", "100.00"])),
                       balance=draw(CENTS), credit_limit=draw(st.one_of(st.none(), CENTS)))
             for _ in range(draw(st.integers(0, 1)))]  # fmt: skip
    loans = [
        loan(
            id=number,
            identity=str(number) * 64,
            outstanding=draw(CENTS),
            rates=draw(st.sampled_from([[], loan()["rates"]])),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    positions = [investment(id=1, balance=draw(CENTS), due_on=draw(days))] if draw(st.booleans()) else []
    return inputs(accounts=accounts, rows=rows, cards=cards, loans=loans, positions=positions)


@settings(max_examples=150, deadline=None)
@given(any_inputs(), st.randoms(use_true_random=False))
def test_every_figure_follows_from_its_evidence_whatever_the_data(made: CreditInputs, random: Random) -> None:
    figures = CreditFigures(made)
    found = measures(figures)
    check(found)
    debts = find_debts(figures)
    assert all(debt.balance > ZERO and (debt.monthly_rate is None or debt.monthly_rate > ZERO) for debt in debts)
    ids = {row["id"] for row in made.situation.rows} | {row["id"] for one in made.cards for row in one.open.rows}
    rows = {each.id for one in found for each in one.evidence if each.kind == "transaction"}
    assert rows <= ids
    shuffled = _shuffled(made, random)
    assert [one.value for one in measures(CreditFigures(shuffled))] == [one.value for one in found]
    assert [one.id for one in find_debts(CreditFigures(shuffled))] == [one.id for one in debts]


def _shuffled(made: CreditInputs, random: Random) -> CreditInputs:
    pairs = list(zip(made.situation.rows, made.situation.decided, strict=True))
    random.shuffle(pairs)
    situation = replace(made.situation, rows=[row for row, _ in pairs], decided=[one for _, one in pairs])
    spent, loans = list(made.spent), list(made.loans)
    random.shuffle(spent)
    random.shuffle(loans)
    return replace(made, situation=situation, spent=spent, loans=loans)


def test_hidden_card_is_in_no_figure() -> None:
    found = of(inputs(cards=[late_card(), late_card(hidden=True, id=8, identity="hidden")]))
    assert found[Figure.REVOLVING].value == Decimal("718.00")
    assert {each.id for each in found[Figure.LIMIT_USE].evidence} == {CARD}
