"""/gastos from the database, on SQLite and on PostgreSQL: a household added up by hand, and whose money is whose."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from open_finance.account_book import AccountBook
from open_finance.bill_records import BillData
from open_finance.category_book import CategoryBook
from open_finance.demo import FAMILY, Demo
from open_finance.insights.flows import Flow
from open_finance.insights.spending import total
from open_finance.reading.statement_query import month_of
from open_finance.reports import StatementFilters, build_statement
from open_finance.spending_reports import (
    View,
    answer_suggestion,
    build_spending,
    list_suggestions,
    read_known,
    undo_answer,
)
from open_finance.storage import bills, categories, ledger
from open_finance.storage.database import Database
from tests.builders import NOW, TODAY
from tests.clocks import START, ManualClock
from tests.rows import USER, add_account, add_connection, transaction_data

NOVEMBER = TODAY.replace(day=1)
STRANGER = 2000


class Household:
    """Ana's checking account at one bank and at another, and her card; rows are written as the bank lists them."""

    def __init__(self, database: Database) -> None:
        self.database, self._rows = database, 0
        with database.writing() as session:
            self.itau = add_connection(session, item_id="itau", connector_name="Itaú", last_updated_at=START)
            self.nubank = add_connection(session, item_id="nu", connector_name="Nubank", last_updated_at=START)
            self.checking = add_account(session, self.itau, pluggy_id="c1", identity="c1", number="4321")
            self.other = add_account(session, self.nubank, pluggy_id="c2", identity="c2", number="9876")
            self.card = add_account(
                session, self.nubank, pluggy_id="card", identity="card", type="CREDIT", subtype="CREDIT_CARD",
                name="Gold", number="8890", bill_due_on=date(2026, 12, 10), bill_closes_on=date(2026, 12, 3),
            )  # fmt: skip

    def lists(self, account_id: int, day: date, amount: str, text: str, category: str | None, **more: Any) -> None:
        self._rows += 1
        values = {"occurred_on": day, "amount": Decimal(amount), "description": text, "category_id": category}
        values["type"] = "DEBIT" if amount.startswith("-") else "CREDIT"
        data = transaction_data(f"row-{self._rows}", **{**values, **more})
        with self.database.writing() as session:
            ledger.merge_transactions(session, USER, account_id, [data], START)

    def bill(self, due: date, closes: date) -> None:
        told = {
            **dict.fromkeys(BillData.__annotations__),
            "pluggy_id": f"bill-{due}", "due_on": due, "closes_on": closes, "total": Decimal(0), "currency_code": "BRL",
        }  # fmt: skip
        told |= {"finance_charges": [], "payments": []}
        with self.database.writing() as session:
            bills.merge_bills(session, USER, self.card, [told], START)  # type: ignore[list-item]

    def report(self, **fields: Any) -> Any:
        return build_spending(self.database, USER, NOW, **{"by": "group", **fields})

    def lines(self, **fields: Any) -> dict[str, Decimal]:
        return {line.title: line.amount for line in self.report(**fields).figures.lines if line.amount}


@pytest.fixture
def ana(database: Database) -> Household:
    """November, to the centavo; all that may deceive is in it."""
    home = Household(database)
    pix = {"operation_type": "PIX"}
    day = date(2026, 11, 5)
    home.lists(home.checking, day, "6200.00", "SALARIO", "01010000")
    home.lists(home.checking, day, "-1500.00", "ALUGUEL IMOBILIARIA", "17010000")
    home.lists(home.checking, day, "-800.00", "PIX ENVIADO", "04000000", same_holder=True, **pix)
    home.lists(home.other, day, "800.00", "PIX RECEBIDO", "05070000", same_holder=None, **pix)
    home.lists(home.checking, date(2026, 11, 10), "-1000.00", "PAGAMENTO FATURA", "05100000")
    home.lists(home.card, date(2026, 11, 10), "1000.00", "PAGAMENTO RECEBIDO", "05100000")
    home.lists(home.checking, day, "-300.00", "APLICACAO CDB", "03020000")
    home.lists(
        home.checking, date(2026, 11, 12), "-75.50", "PIX ENVIADO BRUNO", "05070000", counterparty="Bruno", **pix
    )
    home.lists(
        home.checking, date(2026, 11, 13), "100.00", "PIX RECEBIDO BRUNO", "05070000", counterparty="Bruno", **pix
    )
    home.lists(home.checking, date(2026, 11, 14), "-19.90", "TARIFA PACOTE", "16010000")
    home.lists(home.card, date(2026, 11, 6), "-100.00", "SUPERMERCADO BOM", "10000000")
    home.lists(home.card, date(2026, 11, 9), "25.25", "ESTORNO SUPERMERCADO BOM", "99999999")
    abroad = {"foreign_amount": Decimal("-20.00"), "foreign_currency": "USD"}
    home.lists(home.card, date(2026, 11, 8), "-110.00", "BOOKSTORE ABROAD", "08060000", **abroad)
    home.lists(home.card, date(2026, 11, 9), "-3.85", "IOF COMPRA INTERNACIONAL", "15030000")
    part = {"purchased_on": date(2026, 10, 20), "total_installments": 2}
    home.lists(home.card, date(2026, 10, 20), "-60.00", "LOJA DE ROUPAS 1/2", "08040000", installment_number=1, **part)
    home.lists(home.card, date(2026, 11, 20), "-60.00", "LOJA DE ROUPAS 2/2", "08040000", installment_number=2, **part)
    home.bill(date(2026, 11, 10), date(2026, 11, 3))
    return home


def test_november_by_purchase_to_the_centavo(ana: Household) -> None:
    assert ana.lines() == {
        "Moradia": Decimal("1500.00"),
        "Compras": Decimal("113.85"),
        "Pix e transferências": Decimal("75.50"),
        "Mercado": Decimal("74.75"),
        "Tarifas, juros e empréstimos": Decimal("19.90"),
    }
    assert ana.report().figures.total == Decimal("1784.00")
    assert ana.lines(month=date(2026, 10, 1)) == {"Compras": Decimal("120.00")}


def test_november_by_bill_to_the_centavo(ana: Household) -> None:
    november = ana.lines(view=View.BILLS)
    assert november == {
        "Moradia": Decimal("1500.00"),
        "Pix e transferências": Decimal("75.50"),
        "Compras": Decimal("60.00"),  # on the bill that was due in November
        "Tarifas, juros e empréstimos": Decimal("19.90"),
    }
    assert ana.lines(view=View.BILLS, month=date(2026, 10, 1)) == {}


def test_by_shop_and_by_account_it_adds_up_to_the_same(ana: Household) -> None:
    shops = ana.lines(by="merchant")
    assert shops["Supermercado Bom"] == Decimal("74.75")
    assert shops["Bookstore Abroad"] == Decimal("113.85")
    by_account = {line.account["id"]: line.amount for line in ana.report(by="account").figures.lines}
    assert by_account == {ana.checking: Decimal("1595.40"), ana.card: Decimal("188.60")}
    assert sum(shops.values()) == sum(by_account.values()) == Decimal("1784.00")


def test_over_all_months_both_views_say_the_same(ana: Household) -> None:
    with ana.database.reading() as session:
        known = read_known(session, USER, NOW, NOVEMBER, with_bills=True)
    bought, billed = known.spent(), known.spent(View.BILLS)
    assert total(bought) == total(billed) == Decimal("1904.00")
    assert sorted(one.row["id"] for one in bought) == sorted(one.row["id"] for one in billed)


def test_what_the_statement_says_left_is_spent_but_for_refunds_and_instalments(ana: Household) -> None:
    left = build_statement(ana.database, USER, StatementFilters(month_of(TODAY)), NOW).totals[0].outgoing
    refunds, earlier = Decimal("25.25"), Decimal("60.00")
    assert -left - refunds - earlier == ana.report().figures.total


def test_a_hidden_account_is_nobodys_business(ana: Household) -> None:
    AccountBook(ana.database, ManualClock()).hide_account(USER, ana.card)
    assert ana.report().figures.total == Decimal("1595.40")


def test_nobody_sees_somebody_elses_spending(ana: Household) -> None:
    report = build_spending(ana.database, STRANGER, NOW, by="group")
    assert (report.accounts, report.figures.total, report.known_from) == ((), Decimal(0), None)


def test_an_account_that_two_connections_bring_is_spent_from_once(ana: Household) -> None:
    with ana.database.writing() as session:
        again = add_connection(
            session, item_id="itau-2", connector_name="Itaú", last_updated_at=START + timedelta(hours=1)
        )
        twin = add_account(session, again, pluggy_id="c1-again", identity="c1", number="4321")
    for day, amount, text, category in (
        (date(2026, 11, 5), "-1500.00", "ALUGUEL IMOBILIARIA", "17010000"),
        (date(2026, 11, 12), "-75.50", "PIX ENVIADO BRUNO", "05070000"),
        (date(2026, 11, 14), "-19.90", "TARIFA PACOTE", "16010000"),
    ):
        ana.lists(twin, day, amount, text, category)
    assert ana.report().figures.total == Decimal("1784.00")
    assert len(ana.report(by="account").figures.lines) == 2


def test_other_currencies_stand_apart(ana: Household) -> None:
    with ana.database.writing() as session:
        wise = add_account(session, ana.itau, pluggy_id="usd", identity="usd", currency_code="USD")
    ana.lists(wise, TODAY, "-20.00", "COFFEE", "11010000", currency_code="USD")
    report = ana.report()
    assert report.apart == (("USD", Decimal("20.00")),)
    assert report.figures.total == Decimal("1784.00")


# --- what is usual --------------------------------------------------------------------------------------------------------


def market(home: Household, *days: tuple[date, str]) -> None:
    for day, amount in days:
        home.lists(home.checking, day, amount, "MERCADO BOM", "10000000")


def test_usual_is_the_median_of_three_months_at_the_same_day(database: Database) -> None:
    home = Household(database)
    market(
        home, (TODAY, "-50.00"), (date(2026, 10, 23), "-10.00"), (date(2026, 10, 24), "-999.00"),
        (date(2026, 9, 1), "-30.00"), (date(2026, 8, 23), "-20.00"), (date(2026, 7, 31), "-5.00"),
    )  # fmt: skip
    figures = home.report().figures
    assert (figures.total, figures.usual, figures.compared) == (Decimal("50.00"), Decimal("20.00"), 3)
    october = home.report(
        month=date(2026, 10, 1)
    ).figures  # a whole month, beside whole ones: of July nearly nothing is known
    assert (october.total, october.usual, october.compared) == (Decimal("1009.00"), Decimal("25.00"), 2)


def test_a_long_month_is_compared_with_the_whole_of_shorter_ones(database: Database) -> None:
    home = Household(database)
    market(home, (date(2026, 3, 31), "-9.00"), (date(2026, 2, 28), "-4.00"), (date(2026, 1, 31), "-6.00"))
    market(home, (date(2026, 1, 1), "-1.00"), (date(2025, 12, 1), "-2.00"))
    figures = build_spending(database, USER, NOW.replace(month=3, day=31), by="group").figures
    assert (figures.usual, figures.compared) == (Decimal("4.00"), 3)


def test_with_little_history_nothing_is_made_up(database: Database) -> None:
    home = Household(database)
    market(home, (TODAY, "-50.00"), (date(2026, 10, 20), "-10.00"))
    figures = home.report().figures
    assert (figures.usual, figures.compared) == (None, 0)
    assert figures.lines[0].usual is None
    assert [(column.month, column.is_whole) for column in figures.columns] == [
        (date(2026, 10, 1), False),
        (NOVEMBER, False),
    ]
    market(home, (date(2026, 9, 30), "-10.00"))
    assert (home.report().figures.usual, home.report().figures.compared) == (Decimal("10.00"), 1)


# --- likely transfers -----------------------------------------------------------------------------------------------------


@pytest.fixture
def lent(database: Database) -> Household:
    """R$ 100,00 that left on a Friday and R$ 100,00 that came on Monday, in two own accounts; nobody says whose they are."""
    home = Household(database)
    pix = {"operation_type": "PIX"}
    home.lists(home.checking, date(2026, 11, 13), "-100.00", "PIX ENVIADO", "05070000", **pix)
    home.lists(home.other, date(2026, 11, 16), "100.00", "PIX RECEBIDO", "05070000", **pix)
    return home


def only_pair(home: Household) -> tuple[int, int]:
    [one] = list_suggestions(home.database, USER, NOW, NOVEMBER)
    assert (one.from_account["id"], one.to_account["id"]) == (home.checking, home.other)
    return one.pair.out["id"], one.pair.into["id"]


def flows(home: Household) -> set[Flow]:
    with home.database.reading() as session:
        return {one.flow for one in read_known(session, USER, NOW, NOVEMBER).decided}


def test_a_pair_is_a_question_until_it_is_answered(lent: Household) -> None:
    assert (lent.report().suggestions, lent.report().figures.total) == (1, Decimal("100.00"))
    out, into = only_pair(lent)
    change = answer_suggestion(lent.database, USER, out, into, NOVEMBER, NOW, is_own=True)
    assert change is not None
    assert (lent.report().suggestions, lent.report().figures.total, flows(lent)) == (0, Decimal(0), {Flow.OWN_TRANSFER})
    assert answer_suggestion(lent.database, USER, out, into, NOVEMBER, NOW, is_own=True) is None
    assert undo_answer(lent.database, STRANGER, change, NOW) == "missing"
    assert undo_answer(lent.database, USER, change, NOW) == "undone"
    assert undo_answer(lent.database, USER, change, NOW) == "already"
    assert (lent.report().suggestions, lent.report().figures.total) == (1, Decimal("100.00"))


def test_who_says_no_is_not_asked_again_and_it_counts_as_before(lent: Household) -> None:
    before = lent.lines()
    change = answer_suggestion(lent.database, USER, *only_pair(lent), NOVEMBER, NOW, is_own=False)
    assert (lent.report().suggestions, lent.lines(), flows(lent)) == (0, before, {Flow.SPENDING, Flow.INCOME})
    assert change is not None
    assert undo_answer(lent.database, USER, change, NOW + timedelta(minutes=11)) == "expired"


def test_what_was_said_since_is_not_undone(lent: Household) -> None:
    out, into = only_pair(lent)
    change = answer_suggestion(lent.database, USER, out, into, NOVEMBER, NOW, is_own=True)
    with lent.database.writing() as session:
        categories.choose(session, USER, {out: "10000000"})
    assert change is not None
    assert undo_answer(lent.database, USER, change, NOW) == "undone"
    with lent.database.reading() as session:
        assert categories.list_chosen(session, USER, [out, into]) == {out: "10000000", into: None}


def test_a_later_word_on_one_of_the_two_is_not_lost(lent: Household) -> None:
    """Not even one that says just what the answer wrote."""
    out, into = only_pair(lent)
    change = answer_suggestion(lent.database, USER, out, into, NOVEMBER, NOW, is_own=True)
    assert change is not None
    book = CategoryBook(lent.database, ManualClock(NOW))
    book.choose(USER, out, "10000000")
    latest = book.choose(USER, out, "04000000")
    assert undo_answer(lent.database, USER, change, NOW) == "superseded"
    assert book.get_row(USER, out).row["user_category"] == "04000000"
    assert book.undo(USER, latest) == "undone"
    assert book.get_row(USER, into).row["user_category"] == "04000000"


def test_categories_that_people_call_the_same_are_one_line(ana: Household) -> None:
    ana.lists(ana.checking, TODAY, "-10.00", "TED ENVIADA", "05080000", counterparty="Carla")
    assert ana.lines(by="category", group="Transferências") == {"Transferência": Decimal("85.50")}


def test_nobody_answers_for_somebody_else(lent: Household) -> None:
    out, into = only_pair(lent)
    assert answer_suggestion(lent.database, STRANGER, out, into, NOVEMBER, NOW, is_own=True) is None
    assert answer_suggestion(lent.database, USER, into, out, NOVEMBER, NOW, is_own=True) is None
    with lent.database.reading() as session:
        assert set(categories.list_chosen(session, USER, [out, into]).values()) == {None}


# --- the invented family -------------------------------------------------------------------------------------


def test_the_family_of_the_demonstration_adds_up() -> None:
    demo = Demo()
    try:
        database = demo.database(NOW)
        by = {one: build_spending(database, FAMILY, NOW, by=one) for one in ("group", "merchant", "account", "months")}
        totals = {
            sum((line.amount for line in one.figures.lines), Decimal(0)) for key, one in by.items() if key != "months"
        }
        assert totals == {by["months"].figures.total} == {by["months"].figures.columns[-1].total}
        for line in by["group"].figures.lines:
            assert sum((amount for _, amount in line.parts), Decimal(0)) == line.amount
    finally:
        demo.close()
