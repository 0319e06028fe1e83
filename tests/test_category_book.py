"""A correction holds for the row and for the very next one of its merchant, and can be taken back; no word is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from open_finance.budget_book import BudgetBook
from open_finance.card_reports import build_card
from open_finance.category_book import CategoryBook
from open_finance.errors import (
    CategoryNameError,
    CategoryNotFoundError,
    RowNotFoundError,
    RuleNotFoundError,
)
from open_finance.insights.row_categories import NOT_SPENDING, own_category
from open_finance.reports import Period, StatementFilters, build_statement
from open_finance.storage import categories, edits, ledger, transaction_rows
from open_finance.storage.database import Database
from tests.builders import TODAY
from tests.clocks import START, ManualClock
from tests.rows import USER, add_account, add_connection, transaction_data

STRANGER = 2000
RESTAURANT, MARKET, DELIVERY, BOOKS = "11010000", "10000000", "11020000", "08060000"
SHOP = "XKQJ LOJA"


@pytest.fixture
def account_id(database: Database) -> int:
    with database.writing() as session:
        return add_account(session, add_connection(session), pluggy_id="checking")


def add(database: Database, account_id: int, *rows: dict[str, Any], user_id: int = USER) -> list[int]:
    """Rows as a pass would store them; their ids, in the order given."""
    listed = [transaction_data(**{"pluggy_id": f"row-{row.get('n', 0)}", **_values(row)}) for row in rows]
    with database.writing() as session:
        ledger.merge_transactions(session, user_id, account_id, listed, START)
        found = {row["pluggy_id"]: row["id"] for row in transaction_rows.list_transactions(session, user_id)}
    return [found[row["pluggy_id"]] for row in listed]


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {"description": SHOP, **{name: value for name, value in row.items() if name != "n"}}


def months(count: int, **values: Any) -> list[dict[str, Any]]:
    """A row of the shop a month, back from this one: R$ 10,00, R$ 11,00…"""
    return [
        {"n": n, "occurred_on": TODAY - timedelta(days=30 * n), "amount": Decimal(-10 - n), **values}
        for n in range(count)
    ]


def decided(book: CategoryBook, row_id: int) -> str:
    return book.get_row(USER, row_id).decided.category


# --- one row -------------------------------------------------------------------------------------------------------------


def test_a_choice_wins_over_everything_and_is_taken_back(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    (row,) = add(database, account_id, {"description": "Padaria Central"})
    before = book.get_row(USER, row)
    change = book.choose(USER, row, BOOKS)
    seen = book.get_row(USER, row)
    assert (seen.decided.category, seen.decided.reason, seen.category) == (BOOKS, "manual", "Livraria")
    assert book.undo(USER, change) == "undone"
    assert book.get_row(USER, row) == before


def test_two_taps_are_one_choice(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    (row,) = add(database, account_id, {})
    first = book.choose(USER, row, BOOKS)
    assert book.choose(USER, row, BOOKS) == first
    assert book.undo(USER, first) == "undone"
    assert book.get_row(USER, row).row["user_category"] is None


def test_an_undo_tells_why_it_does_nothing(database: Database, account_id: int) -> None:
    clock = ManualClock()
    book = CategoryBook(database, clock)
    (row,) = add(database, account_id, {})
    first = book.choose(USER, row, BOOKS)
    assert book.undo(STRANGER, first) == "missing"
    second = book.choose(USER, row, MARKET)
    assert book.undo(USER, first) == "superseded"
    assert decided(book, row) == MARKET
    assert book.undo(USER, second) == "undone"
    assert decided(book, row) == BOOKS
    assert book.undo(USER, second) == "already"
    clock.advance(minutes=10, seconds=1)
    assert book.undo(USER, first) == "expired"
    assert book.undo(USER, 999) == "missing"
    assert decided(book, row) == BOOKS


def test_no_id_is_given_out_again(database: Database, account_id: int) -> None:
    """The button of a change that is forgotten would undo another one, and that of a deleted rule delete it."""
    clock = ManualClock()
    book = CategoryBook(database, clock)
    (row,) = add(database, account_id, {})
    old = book.choose(USER, row, BOOKS)
    clock.advance(days=2)
    with database.writing() as session:
        assert categories.forget_changes(session, clock.now()) == 1
    new = book.choose(USER, row, MARKET)
    assert new > old
    assert book.undo(USER, old) == "missing"
    assert decided(book, row) == MARKET
    own = book.add_category(USER, "Futebol")["id"]
    book.delete_category(USER, own)
    assert book.add_category(USER, "Tênis")["id"] > own
    book.make_rule(USER, row, BOOKS, retroactive=True)
    (rule,) = book.list_rules(USER)
    book.delete_rule(USER, rule["id"])
    book.make_rule(USER, row, BOOKS, retroactive=True)
    assert book.list_rules(USER)[0]["id"] > rule["id"]


def test_an_older_undo_does_not_destroy_a_later_return_to_the_same_choice(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    (row,) = add(database, account_id, {})
    first = book.choose(USER, row, BOOKS)
    book.choose(USER, row, MARKET)
    book.choose(USER, row, BOOKS)
    assert book.undo(USER, first) == "superseded"
    assert decided(book, row) == BOOKS


def test_not_spending_leaves_the_sums_of_a_statement(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    one, _ = add(database, account_id, *months(2))
    book.choose(USER, one, NOT_SPENDING)
    period = Period(TODAY - timedelta(days=300), TODAY)
    report = build_statement(database, USER, StatementFilters(period), START)
    assert report.total == 2
    assert report.totals[0].outgoing == Decimal("-11.00")
    asked = build_statement(database, USER, StatementFilters(period, category=NOT_SPENDING), START)
    assert [line.row["id"] for line in asked.lines] == [one]


def test_a_note_has_no_document_and_keeps_a_dispute(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    (row,) = add(database, account_id, {})
    assert book.set_note(USER, row, "  presente \n da  Ana 529.982.247-25 ") == "presente da Ana ***.982.247-**"
    book.dispute(USER, row)
    assert (
        book.set_note(USER, row, "outro" + "o" * 300)
        == f"{('outro' + 'o' * 300)[:200]} · Não reconhecido em 23/11/2026"
    )
    assert book.set_note(USER, row, None) == "Não reconhecido em 23/11/2026"


# --- for ever ------------------------------------------------------------------------------------------------------------


def test_the_preview_says_what_always_would_change(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    rows = add(database, account_id, *months(6))
    add(database, account_id, {"n": 90, "description": "Outra coisa"}, {"n": 91, "amount": Decimal("99.00")})
    book.choose(USER, rows[3], MARKET)  # by hand: left out
    book.choose(USER, rows[0], BOOKS)
    found = book.preview(USER, rows[0], BOOKS)
    assert found.ids == (rows[1], rows[2], rows[4], rows[5])
    assert found.sums == (("BRL", Decimal("11.00") + 12 + 14 + 15),)
    assert found.since == TODAY - timedelta(days=150)
    book.make_rule(USER, rows[0], BOOKS, retroactive=True)
    assert book.preview(USER, rows[0], BOOKS).count == 0
    assert [decided(book, row) for row in rows] == [BOOKS, BOOKS, BOOKS, MARKET, BOOKS, BOOKS]


def test_the_very_next_row_is_right_also_after_a_restart(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    (row,) = add(database, account_id, {})
    book.make_rule(USER, row, BOOKS, retroactive=True)
    (late,) = add(database, account_id, {"n": 2, "occurred_on": TODAY - timedelta(days=40)})
    again = CategoryBook(Database(str(database.url.render_as_string(hide_password=False))), ManualClock())
    seen = again.get_row(USER, late)
    assert (seen.decided.category, seen.decided.reason) == (BOOKS, "rule")


def test_from_now_on_leaves_earlier_rows_as_they_were(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    rows = add(database, account_id, *months(3))
    before = [decided(book, row) for row in rows]
    change = book.make_rule(USER, rows[1], BOOKS, retroactive=False)
    assert [decided(book, row) for row in rows] == [BOOKS, BOOKS, before[2]]
    assert book.undo(USER, change) == "undone"
    assert [decided(book, row) for row in rows] == before
    assert book.list_rules(USER) == []


def test_what_an_earlier_rule_decided_stays_when_the_new_one_is_for_days_to_come(
    database: Database, account_id: int
) -> None:
    book = CategoryBook(database, ManualClock())
    rows = add(database, account_id, *months(3))
    book.make_rule(USER, rows[0], MARKET, retroactive=True)
    change = book.make_rule(USER, rows[0], BOOKS, retroactive=False)
    assert [decided(book, row) for row in rows] == [BOOKS, MARKET, MARKET]
    assert len(book.list_rules(USER)) == 1
    assert book.undo(USER, change) == "undone"
    assert [decided(book, row) for row in rows] == [MARKET] * 3
    assert [book.get_row(USER, row).decided.reason for row in rows] == ["rule"] * 3


def test_changing_the_old_ones_too_is_taken_back_with_the_rule_it_went_on_from(
    database: Database, account_id: int
) -> None:
    book = CategoryBook(database, ManualClock())
    rows = add(database, account_id, *months(3))
    first = book.make_rule(USER, rows[0], BOOKS, retroactive=False)
    second = book.make_rule(USER, rows[0], BOOKS, retroactive=True, instead_of=first)
    assert book.make_rule(USER, rows[0], BOOKS, retroactive=True, instead_of=first) == second
    assert [decided(book, row) for row in rows] == [BOOKS] * 3
    assert book.undo(USER, first) == "already"
    assert book.undo(USER, second) == "undone"
    assert book.list_rules(USER) == []


def test_a_rule_with_a_document_takes_the_place_of_one_by_name(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    named, known = add(
        database, account_id, {"n": 1}, {"n": 2, "merchant_cnpj": "12345678000199", "merchant_name": SHOP}
    )
    book.make_rule(USER, named, MARKET, retroactive=True)
    book.make_rule(USER, known, BOOKS, retroactive=True)
    assert [rule["category"] for rule in book.list_rules(USER)] == [BOOKS]
    assert [decided(book, row) for row in (named, known)] == [BOOKS, BOOKS]


def test_a_deleted_or_changed_rule_is_there_again_as_it_was(database: Database, account_id: int) -> None:
    clock = ManualClock()
    book = CategoryBook(database, clock)
    rows = add(database, account_id, *months(2))
    book.make_rule(USER, rows[0], BOOKS, retroactive=True)
    (rule,) = book.list_rules(USER)
    clock.advance(minutes=20)
    changed = book.change_rule(USER, rule["id"], MARKET)
    assert decided(book, rows[1]) == MARKET
    gone = book.delete_rule(USER, rule["id"])
    assert book.list_rules(USER) == []
    assert book.undo(USER, changed) == "superseded"
    assert book.undo(USER, gone) == "undone"
    assert book.undo(USER, changed) == "undone"
    assert book.list_rules(USER) == [rule]


# --- likely ones ---------------------------------------------------------------------------------------------------------


def test_what_the_person_chose_for_the_merchant_comes_first(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    rows = add(database, account_id, *months(3, category_id=DELIVERY))
    likely = book.likely_categories(USER, rows[0])
    assert len(likely) == len(set(likely)) == 8 or DELIVERY not in likely
    book.choose(USER, rows[1], BOOKS)
    book.choose(USER, rows[2], BOOKS)
    assert book.likely_categories(USER, rows[0])[0] == BOOKS
    assert book.get_row(USER, rows[0]).decided.category not in book.likely_categories(USER, rows[0])


# --- categories of one's own ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        (" \u202e… ", "empty"),
        ("x" * 41, "long"),
        ("conta 529.982.247-25", "cpf"),
        ("mercádo", "taken"),
        ("Restaurantes", "taken"),
        ("NÃO É GASTO", "taken"),
        (" fútebol ", "taken"),
    ],
)
def test_names_that_a_category_cannot_have(sqlite_database: Database, name: str, reason: str) -> None:
    book = CategoryBook(sqlite_database, ManualClock())
    book.add_category(USER, "Futebol")
    with pytest.raises(CategoryNameError) as refused:
        book.add_category(USER, name)
    assert refused.value.reason == reason
    assert len(book.list_own(USER)) == 1


def test_a_category_of_ones_own_goes_with_all_that_names_it(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    rows = add(database, account_id, *months(3))
    own = own_category(book.add_category(USER, " Bolo  da Ana ")["id"])
    before = decided(book, rows[0])
    change = book.choose(USER, rows[0], own)
    book.make_rule(USER, rows[1], own, retroactive=True)
    assert [book.get_row(USER, row).category for row in rows] == ["Bolo da Ana"] * 3
    (use,) = book.list_own(USER)
    assert (use.rows, use.rules, use.has_budget) == (1, 1, False)
    BudgetBook(database, ManualClock()).set_budget(USER, own, Decimal("90.00"))
    assert book.list_own(USER)[0].has_budget
    book.delete_category(USER, use.category["id"])
    assert [decided(book, row) for row in rows] == [before] * 3
    assert book.list_rules(USER) == []
    assert BudgetBook(database, ManualClock()).list_states(USER) == []
    assert book.undo(USER, change) == "missing"
    book.add_category(USER, "Outra")
    assert decided(book, rows[0]) == before
    with pytest.raises(CategoryNotFoundError):
        book.choose(USER, rows[0], own_category(999))


def test_what_names_categories_of_ones_own_is_counted_in_as_many_statements_for_many(
    sqlite_database: Database,
) -> None:
    with sqlite_database.writing() as session:
        account = add_account(session, add_connection(session), pluggy_id="checking")
    book = CategoryBook(sqlite_database, ManualClock())
    first, second, third = add(sqlite_database, account, *months(3))
    statements: list[str] = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def listed() -> tuple[list[tuple[str, int, int]], int]:
        statements.clear()
        uses = book.list_own(USER)
        return [(use.category["name"], use.rows, use.rules) for use in uses], len(statements)

    numbers = {name: own_category(book.add_category(USER, name)["id"]) for name in ("Bola", "Corrida", "Dança")}
    book.choose(USER, first, numbers["Bola"])
    book.choose(USER, second, numbers["Bola"])
    book.choose(USER, third, BOOKS)
    book.make_rule(USER, third, numbers["Corrida"], retroactive=True)
    uses, count = listed()
    assert uses == [("Bola", 2, 0), ("Corrida", 0, 1), ("Dança", 0, 0)]
    for n in range(5):
        book.add_category(USER, f"Outra {'abcde'[n]}")
    assert listed()[1] == count


def test_the_bill_of_a_cards_row_is_the_one_of_fatura(database: Database) -> None:
    with database.writing() as session:
        card = add_account(
            session,
            add_connection(session, item_id="card"),
            pluggy_id="card",
            type="CREDIT",
            subtype="CREDIT_CARD",
            number="1234",
            bill_closes_on=date(2026, 12, 3),
            bill_due_on=date(2026, 12, 10),
        )
    (bought,) = add(database, card, {"occurred_on": TODAY, "status": "PENDING"})
    assert CategoryBook(database, ManualClock()).get_row(USER, bought).bill_month == date(2026, 12, 1)
    assert build_card(database, USER, card, START).open.month == date(2026, 12, 1)


def test_silent_instalments_of_one_day_are_each_on_the_bill_that_fatura_has(database: Database) -> None:
    with database.writing() as session:
        connection = add_connection(session, item_id="card")
        card = add_account(
            session, connection, type="CREDIT", bill_closes_on=date(2026, 12, 3), bill_due_on=date(2026, 12, 10)
        )
    parts = [
        {"n": n, "description": f"XKQJ {n}/3", "occurred_on": TODAY, "installment_number": n, "total_installments": 3}
        for n in (1, 2, 3)
    ]
    ids = add(database, card, *parts)
    book = CategoryBook(database, ManualClock())
    months = [book.get_row(USER, row).bill_month for row in ids]
    assert months == [date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
    report = build_card(database, USER, card, START)
    assert [row["id"] for row in report.open.rows] == ids[:1]
    assert [(month.month, bool(month.amount)) for month in report.next_twelve[:3]] == [
        (months[1], True),
        (months[2], True),
        (date(2027, 3, 1), False),
    ]


# --- in the midst of other things ----------------------------------------------------------------------------------------


def test_a_choice_goes_on_with_a_row_that_its_bank_lists_under_another_id(database: Database, account_id: int) -> None:
    clock = ManualClock()
    book = CategoryBook(database, clock)
    (row,) = add(database, account_id, {"n": 1})
    change = book.choose(USER, row, BOOKS)
    later = clock.advance(minutes=2)
    with database.writing() as session:
        ledger.merge_transactions(session, USER, account_id, [transaction_data("row-2", description=SHOP)], later)
        edits.hand_over_edits(session, USER, account_id, {row: "row-2"})
        ledger.remove_transactions(session, USER, [row], later)
        heir = next(one["id"] for one in transaction_rows.list_transactions(session, USER))
    assert decided(book, heir) == BOOKS
    with pytest.raises(RowNotFoundError):
        book.choose(USER, row, MARKET)
    assert book.undo(USER, change) == "undone"
    assert book.get_row(USER, heir).row["user_category"] is None


def test_many_taps_at_once_are_one(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    (row,) = add(database, account_id, {})
    found: list[object] = []

    def tap() -> None:
        change = book.choose(USER, row, BOOKS)
        book.make_rule(USER, row, BOOKS, retroactive=True)
        found.append(change)

    taps = [threading.Thread(target=tap) for _ in range(4)]
    for one in taps:
        one.start()
    for one in taps:
        one.join()
    assert len(set(found)) == 1
    assert len(found) == 4
    outcomes: list[str] = []
    undoing = [threading.Thread(target=lambda: outcomes.append(book.undo(USER, int(str(found[0]))))) for _ in range(3)]
    for one in undoing:
        one.start()
    for one in undoing:
        one.join()
    assert sorted(outcomes) == ["already", "already", "undone"]


def test_a_strangers_ids_are_missing(database: Database, account_id: int) -> None:
    book = CategoryBook(database, ManualClock())
    (row,) = add(database, account_id, {})
    book.make_rule(USER, row, BOOKS, retroactive=True)
    own = book.add_category(USER, "Futebol")["id"]
    (rule,) = book.list_rules(USER)
    calls: list[Callable[[], object]] = [
        lambda: book.get_row(STRANGER, row),
        lambda: book.choose(STRANGER, row, BOOKS),
        lambda: book.preview(STRANGER, row, BOOKS),
        lambda: book.make_rule(STRANGER, row, BOOKS, retroactive=True),
        lambda: book.set_note(STRANGER, row, "x"),
        lambda: book.dispute(STRANGER, row),
        lambda: book.likely_categories(STRANGER, row),
    ]
    for call in calls:
        with pytest.raises(RowNotFoundError):
            call()
    with pytest.raises(RuleNotFoundError):
        book.change_rule(STRANGER, rule["id"], MARKET)
    with pytest.raises(RuleNotFoundError):
        book.delete_rule(STRANGER, rule["id"])
    with pytest.raises(CategoryNotFoundError):
        book.delete_category(STRANGER, own)
    assert not book.list_rules(STRANGER)
    assert not book.list_own(STRANGER)
    assert book.list_rules(USER) == [rule]


# --- any order of corrections --------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("choose"), st.integers(0, 4), st.sampled_from([RESTAURANT, MARKET, BOOKS])),
        st.tuples(st.sampled_from(["always", "on"]), st.integers(0, 4), st.sampled_from([RESTAURANT, MARKET, BOOKS])),
        st.tuples(st.sampled_from(["change", "delete"]), st.integers(0, 1), st.sampled_from([MARKET, BOOKS])),
        st.tuples(st.just("undo"), st.integers(0, 6), st.just("")),
    ),
    min_size=1,
    max_size=8,
)


@given(STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undoing_the_last_change_restores_everything_exactly(
    sqlite_database: Database, steps: Iterable[tuple[str, int, str]]
) -> None:
    book, rows = household(sqlite_database)
    made: list[int] = []
    for step in steps:
        before = state(sqlite_database)
        change = take(book, rows, made, *step)
        if change is None or change in made:
            continue
        made.append(change)
        after = state(sqlite_database)
        assert book.undo(USER, change) == "undone"
        assert state(sqlite_database) == before
        again = take(book, rows, made, *step)
        assert again is not None
        made.append(again)
        assert [one[:4] for one in state(sqlite_database)[1]] == [one[:4] for one in after[1]]
        assert state(sqlite_database)[0] == after[0]


@given(STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_chosen_by_hand_is_overwritten_by_no_rule_and_no_undo_of_another(
    sqlite_database: Database, steps: Iterable[tuple[str, int, str]]
) -> None:
    book, rows = household(sqlite_database)
    book.choose(USER, rows[2], DELIVERY)
    made: list[int] = []
    for kind, number, category in steps:
        if kind == "choose" and number == 2:
            continue
        change = take(book, rows, made, kind, number, category)
        if change is not None:
            made.append(change)
        assert decided(book, rows[2]) == DELIVERY


def household(database: Database) -> tuple[CategoryBook, list[int]]:
    """Five rows of two shops over five months, nothing said of them."""
    with database.writing() as session:
        for change in categories.list_later_changes(session, USER, 0):
            categories.mark_undone(session, USER, change.id, START)
        for rule in categories.list_rules(session, USER):
            categories.delete_rule(session, USER, rule["id"])
        known = transaction_rows.list_transactions(session, USER)
        categories.choose(session, USER, {row["id"]: None for row in known})
        if not known:
            account_id = add_account(session, add_connection(session), pluggy_id="checking")
    book = CategoryBook(database, ManualClock())
    if known:
        return book, [row["id"] for row in known]
    names = (SHOP, "OUTRA WZY", SHOP, SHOP, "OUTRA WZY")
    add(database, account_id, *({**row, "description": name} for row, name in zip(months(5), names, strict=True)))
    return household(database)


def take(book: CategoryBook, rows: list[int], made: list[int], kind: str, number: int, category: str) -> int | None:
    rules = book.list_rules(USER)
    if kind == "choose":
        return book.choose(USER, rows[number], category)
    if kind in {"always", "on"}:
        return book.make_rule(USER, rows[number], category, retroactive=kind == "always")
    if kind == "undo":
        if number < len(made):
            book.undo(USER, made[number])
        return None
    if number >= len(rules):
        return None
    if kind == "delete":
        return book.delete_rule(USER, rules[number]["id"])
    return book.change_rule(USER, rules[number]["id"], category)


def state(database: Database) -> tuple[list[object], list[tuple[object, ...]]]:
    """What is chosen of rows, and the rules: their words first, then when they were said."""
    with database.reading() as session:
        chosen: list[object] = [
            (row["id"], row["user_category"]) for row in transaction_rows.list_transactions(session, USER)
        ]
        rules = categories.list_rules(session, USER)
    words = ("merchant_key", "money_in", "category", "applies_from", "name_key", "title", "created_at", "updated_at")
    return chosen, [tuple(rule[name] for name in words) for rule in rules]  # type: ignore[literal-required]
