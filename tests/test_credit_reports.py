"""/credito from the database: every household's figures from its rows, whose they are, and what helps most."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from open_finance.credit_reports import build_credit, build_debt_plan, build_income_statement
from open_finance.demo import FAMILY, Demo
from open_finance.insights.credit import CreditReport, Figure, Missing, Order
from open_finance.insights.income_statement import LeftOut, canonical
from open_finance.money import ZERO
from open_finance.storage import investment_writes, ledger
from open_finance.storage.alert_models import CardBillRow
from open_finance.storage.database import Database
from open_finance.storage.investment_models import InvestmentRow, LoanRow, PotRow
from open_finance.storage.models import AccountRow, TransactionRow
from sandbox.household import NAMES
from tests.builders import NOW
from tests.credit_world import check, store_household, store_loan
from tests.investment_builders import loan
from tests.investment_rows import add_investment, add_pot
from tests.loan_rows import add_loan
from tests.rows import USER, add_account, add_connection, transaction_data
from tests.test_household import ITAU, NUBANK, build

STRANGER = 2000
_TABLES = {
    "transaction": TransactionRow.id,
    "bill": CardBillRow.id,
    "account": AccountRow.id,
    "loan": LoanRow.id,
    "investment": InvestmentRow.id,
    "pot": PotRow.account_id,
}


def check_rows(database: Database, report: CreditReport, user_id: int = USER) -> None:
    """Every piece of evidence is something of this person's that is there."""
    evidence = [each for one in report.measures for each in one.evidence]
    evidence += [each for one in report.debts for each in one.evidence]
    with database.reading() as session:
        for kind, column in _TABLES.items():
            own = set(session.scalars(select(column).where(column.class_.user_id == user_id)))
            assert {each.id for each in evidence if each.kind == kind} <= own


@pytest.mark.parametrize("connector_id", [ITAU, NUBANK])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "volume"])
def test_every_household_s_figures_follow_from_rows_of_theirs(
    sqlite_database: Database, name: str, connector_id: int
) -> None:
    store_household(sqlite_database, build(name, connector_id=connector_id))
    report = build_credit(sqlite_database, USER, NOW)
    check(report.measures)
    check_rows(sqlite_database, report)
    statement = build_income_statement(sqlite_database, USER, NOW, 6)
    usual = dict(report.measure(Figure.COMMITMENT).sums).get("income", ZERO)
    assert statement.total == usual
    assert build_debt_plan(sqlite_database, USER, NOW).plan.is_enough


def test_household_that_pays_late_is_charged_and_that_is_seen(sqlite_database: Database) -> None:
    store_household(sqlite_database, build("souza"))
    cost = build_credit(sqlite_database, USER, NOW).measure(Figure.DEBT_COST)
    assert {each.kind for each in cost.evidence if each.role == "charges"} == {"bill"}
    assert dict(cost.sums)["charges"] > ZERO


def test_loans_of_a_household_are_in_its_commitment_as_their_banks_bill_them(sqlite_database: Database) -> None:
    """It lists each payment."""
    household = build("silva")
    store_household(sqlite_database, household)
    commitment = build_credit(sqlite_database, USER, NOW).measure(Figure.COMMITMENT)
    (own,) = [each for each in commitment.evidence if each.kind == "loan"]
    (raw,) = household.loans
    last = max(raw["payments"]["releases"], key=lambda one: one["paidDate"])
    assert own.amount == Decimal(str(last["paidAmount"]))


def test_overdraft_has_the_rate_that_its_bank_takes(sqlite_database: Database) -> None:
    """The local bank charges 8 % a month (``sandbox.household.days``), and tells nobody."""
    store_household(sqlite_database, build("lima"))
    (debt,) = build_credit(sqlite_database, USER, NOW).debts
    assert debt.kind == "overdraft"
    assert debt.monthly_rate == pytest.approx(Decimal("0.08"), abs=Decimal("0.0005"))


def test_friends_and_own_money_are_not_on_an_income_statement(sqlite_database: Database) -> None:
    store_household(sqlite_database, build("silva"))
    statement = build_income_statement(sqlite_database, USER, NOW, 12)
    reasons = {one.reason for one in statement.left_out}
    assert reasons == {LeftOut.OWN_TRANSFER, LeftOut.INVESTMENT, LeftOut.ONCE}
    payers = {row.payer for month in statement.months for row in month.rows}
    assert len(payers) == 3  # wages, their thirteenth, and what comes every month from one person
    text = canonical(statement)
    assert canonical(build_income_statement(sqlite_database, USER, NOW, 12)) == text


def test_demonstration_has_all_figures_that_three_months_can_give() -> None:
    demo = Demo()
    report = build_credit(demo.database(NOW), FAMILY, NOW)
    check(report.measures)
    missing = {one.figure: one.missing for one in report.measures if one.missing}
    assert missing == {Figure.STABILITY: (Missing.HISTORY,)}
    demo.close()


@pytest.fixture
def household(database: Database) -> Database:
    """Ana earns 5.000,00 and spends 2.000,00 a month, holds 6.000,00 of which 1.000,00 in a caixinha, and owes a loan."""
    with database.writing() as session:
        bank = add_connection(session, connector_name="Itaú", last_updated_at=NOW)
        account = add_account(session, bank, balance=Decimal("5000.00"), reserved=Decimal("1000.00"))
        rows = [
            transaction_data(
                f"{text} {month}", occurred_on=date(2026, month, day), amount=Decimal(amount), description=text,
                category_id=category, type="CREDIT" if amount > "0" else "DEBIT",
            )
            for month in range(4, 12)
            for day, amount, text, category in (
                (2, "-2000.00", "MERCADO", "10000000"), (5, "5000.00", "SALARIO", "01010000"),
            )
        ]  # fmt: skip
        ledger.merge_transactions(session, USER, account, rows, NOW)
        add_pot(session, account, "1000.00")
        store_loan(session, bank, loan())
        add_investment(session, bank)
    return database


def test_household_added_up_on_paper(household: Database) -> None:
    """A loan of 5.123,45 at 1,99 %, 14 instalments of 422,91: 8,5 % of 5.000,00, and 101,96 of interest; 6.000,00 at hand
    are three months, and two of them pay 4.000,00 of the loan, which costs 79,60 a month."""
    report = build_credit(household, USER, NOW)
    check(report.measures)
    check_rows(household, report)
    values = {one.figure: one.value for one in report.measures}
    assert values == {
        Figure.COMMITMENT: Decimal("8.5"),
        Figure.STABILITY: ZERO,
        Figure.LIMIT_USE: None,
        Figure.REVOLVING: None,
        Figure.OVERDRAFT: ZERO,
        Figure.DEBT_COST: Decimal("101.96"),
        Figure.RESERVE: Decimal("3.0"),
    }
    assert report.help is not None
    assert (report.help.amount, report.help.monthly_saving) == (Decimal("4000.00"), Decimal("79.60"))
    assert (len(report.connections), len(report.ages), report.silent) == (1, 1, ())


def test_plan_begins_with_what_must_be_paid_and_a_tenth_of_what_is_left(household: Database) -> None:
    found = build_debt_plan(household, USER, NOW)
    assert found.suggested == found.plan.budget == Decimal("730.00")  # 422,91 + 300,00
    assert found.plan.is_enough
    slower = build_debt_plan(household, USER, NOW, Decimal("500.00"), Order.SNOWBALL)
    assert slower.plan.months > found.plan.months
    assert not build_debt_plan(household, USER, NOW, Decimal("100.00")).plan.is_enough


def test_nobody_sees_another_s_figures(household: Database) -> None:
    report = build_credit(household, STRANGER, NOW)
    assert all(one.value is None and not one.evidence for one in report.measures)
    assert (report.debts, report.help, report.connections) == ((), None, ())
    assert build_income_statement(household, STRANGER, NOW).months == ()
    assert build_debt_plan(household, STRANGER, NOW).plan.debts == ()


def test_contract_that_is_owed_is_told_whatever_day_of_settlement_its_bank_writes(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        bank = add_connection(session, connector_name="Itaú", last_updated_at=NOW)
        store_loan(session, bank, loan(settled_on=date(2026, 1, 10)))
    report = build_credit(sqlite_database, USER, NOW)
    assert [debt.id for debt in report.debts] == [one["id"] for one in report.loans] != []


def test_bank_that_tells_no_loans_is_named(database: Database) -> None:
    with database.writing() as session:
        bank = add_connection(session, connector_name="Itaú", last_updated_at=NOW)
        add_account(session, bank)
    assert [one["id"] for one in build_credit(database, USER, NOW).silent] == [bank]


def test_loans_that_were_not_collected_anew_are_as_old_as_they_are(sqlite_database: Database) -> None:
    """Only where they are told: of a bank that tells none its accounts are what is shown."""
    fresh, stalled = {"is_updated": True, "last_updated_at": NOW.isoformat(), "warnings": []}, NOW - timedelta(days=4)
    loans = {"is_updated": False, "last_updated_at": stalled.isoformat(), "warnings": []}
    with sqlite_database.writing() as session:
        told, silent = (
            add_connection(session, item_id=item, last_updated_at=NOW, products={"accounts": fresh, "loans": loans})
            for item in ("told", "silent")
        )
        investment_writes.note_product_read(session, USER, told, "loans", "listed", 1, NOW)
        investment_writes.note_product_read(session, USER, silent, "loans", "refused", 0, NOW)
    for ages in (build_credit(sqlite_database, USER, NOW).ages, build_debt_plan(sqlite_database, USER, NOW).ages):
        assert [(each.as_of, each.partial) for each in ages] == [(stalled, True), (NOW, False)]


def test_loans_that_are_told_no_more_are_as_old_as_the_day_they_last_were(sqlite_database: Database) -> None:
    """The bank's accounts of today do not make fresh what it refuses to tell since."""
    fresh = {"is_updated": True, "last_updated_at": NOW.isoformat(), "warnings": []}
    before = NOW - timedelta(days=20)
    with sqlite_database.writing() as session:
        owed, settled = (
            add_connection(session, item_id=item, last_updated_at=NOW, products={"accounts": fresh})
            for item in ("owed", "settled")
        )
        for bank, ended_on in ((owed, None), (settled, before.date())):
            add_loan(session, bank, ended_on=ended_on)
            investment_writes.note_product_read(session, USER, bank, "loans", "listed", 1, before)
            investment_writes.note_product_read(session, USER, bank, "loans", "refused", 0, NOW)
    for ages in (build_credit(sqlite_database, USER, NOW).ages, build_debt_plan(sqlite_database, USER, NOW).ages):
        assert [(each.as_of, each.is_old) for each in ages] == [(before, True), (NOW, False)]
