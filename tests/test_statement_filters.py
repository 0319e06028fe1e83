"""What narrows a list: on all its pages stand the rows that a plain look at every row finds, and no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gerente_financeiro.listing import Listing, category_token, read_category, short
from gerente_financeiro.messages.statement import CATEGORY_LABEL, category_button
from gerente_financeiro.statement_filters import CATEGORIES_A_PAGE, categories_screen
from open_finance.category_book import CategoryBook
from open_finance.errors import CategoryNotFoundError
from open_finance.folding import fold
from open_finance.insights.labels import categories_shown, find_by_name, label_rows
from open_finance.insights.row_categories import NOT_SPENDING, own_category
from open_finance.insights.taxonomy import GROUPS, groups_by_category
from open_finance.personal_words import load_words
from open_finance.reading.statement_query import parse_amounts, parse_query
from open_finance.reports import (
    Period,
    StatementFilters,
    build_statement,
    list_statement_categories,
    list_transactions,
    read_query,
)
from open_finance.storage import ledger
from open_finance.storage.database import Database
from tests.builders import TODAY
from tests.clocks import START, ManualClock
from tests.rows import USER, add_account, add_connection, transaction_data

YEAR = Period(TODAY - timedelta(days=365), TODAY)
SHOPS = (
    "Farmácia Azul",
    "Posto Ipiranga",
    "Uber *trip",
    "Padaria do Zé",
    "XKQJ Wzvh",
    "Netflix.com",
    "Pix enviado Ana",
)
WORDS = ("", "azul", "farmacia", "uber", "posto ipiranga", "nada disso", "delivery", "futebol", "presente")


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Two accounts, a hundred rows, some of them corrected: by hand, by a rule, as no spending, with a note."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('filters')}/gerente.db")
    database.migrate()
    with database.writing() as session:
        connection = add_connection(session)
        accounts = [add_account(session, connection, pluggy_id=f"account-{n}") for n in range(2)]
        for n, account_id in enumerate(accounts):
            rows = [
                transaction_data(
                    f"row-{n}-{i}",
                    occurred_on=TODAY - timedelta(days=i // 3),
                    description=SHOPS[(i + n) % len(SHOPS)],
                    amount=Decimal((i * 37 + n) % 301 - 250) + Decimal(i % 100) / 100,
                    same_holder=i % 11 == 0 or None,
                )
                for i in range(50)
            ]
            ledger.merge_transactions(session, USER, account_id, rows, START)
    book = CategoryBook(database, ManualClock())
    own = own_category(book.add_category(USER, "Futebol")["id"])
    for row_id, category in ((1, own), (2, NOT_SPENDING), (3, "11020000")):
        book.choose(USER, row_id, category)
    book.make_rule(USER, 5, own, retroactive=True)
    book.set_note(USER, 7, "presente da Ana")
    return database


def plainly(database: Database, filters: StatementFilters) -> list[int]:
    """The rows of a list, by looking at every row."""
    rows = [row for row in list_transactions(database, USER, YEAR) if row["occurred_on"] <= filters.period.end]
    with database.reading() as session:
        labels = label_rows(rows, {1: "BANK", 2: "BANK"}, load_words(session, USER))
    found = []
    for row in rows:
        label, amount = labels[row["id"]], abs(row["amount"])
        texts = (
            row["description"],
            row["description_raw"],
            row["merchant_name"],
            row["counterparty"],
            row["note"],
            label.name,
        )
        said = fold(" ".join(filter(None, texts)))
        if (
            row["occurred_on"] >= filters.period.start
            and filters.account_id in {None, row["account_id"]}
            and (filters.above is None or amount > filters.above)
            and (filters.below is None or amount < filters.below)
            and filters.category in {None, label.category, label.group}
            and all(word in said for word in filters.text.split())
        ):
            found.append(row["id"])
    return found


FILTERS = st.builds(
    lambda start, length, account, above, below, category, text: short(
        StatementFilters(
            Period(TODAY - timedelta(days=start), TODAY - timedelta(days=max(start - length, 0))),
            account_id=account,
            above=above,
            below=below,
            category=category,
            text=text,
        )
    ),
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from([None, 1, 2]),
    st.none() | st.integers(0, 250).map(Decimal),
    st.none() | st.integers(0, 250).map(Decimal),
    st.none() | st.sampled_from([*GROUPS, "11020000", "18020000", "own:1", NOT_SPENDING, "99999999"]),
    st.sampled_from(WORDS),
)


@given(FILTERS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_pages_hold_the_rows_that_a_plain_look_finds(household: Database, filters: StatementFilters) -> None:
    first = build_statement(household, USER, filters, START)
    shown = [
        line.row["id"]
        for page in range(first.pages)
        for line in build_statement(household, USER, filters, START, page=page).lines
    ]
    assert shown == plainly(household, filters)
    assert first.total == len(shown)
    for row_id in shown[:1] + shown[-1:]:
        around = build_statement(household, USER, filters, START, row_id=row_id)
        assert row_id in [line.row["id"] for line in around.lines]


@given(FILTERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sums_by_category_are_those_of_the_lists_they_lead_to(
    household: Database, filters: StatementFilters
) -> None:
    groups = list_statement_categories(household, USER, filters, START)
    everything = build_statement(household, USER, replace(filters, category=None), START)
    assert sum(one.rows for one in groups) == everything.total
    for group in groups:
        for one in group.categories:
            listed = build_statement(household, USER, replace(filters, category=one.category), START)
            assert listed.total == one.rows
        if group.group in GROUPS:
            assert build_statement(household, USER, replace(filters, category=group.group), START).total == group.rows


def test_every_button_of_the_category_filter_fits_and_nothing_is_out_of_reach(household: Database) -> None:
    filters = StatementFilters(YEAR, account_id=1, above=Decimal("1.00"), below=Decimal("9999.99"))
    found = build_statement(household, USER, filters, START)
    groups = list_statement_categories(household, USER, filters, START)
    pages = -(-len(groups) // CATEGORIES_A_PAGE)
    labels = []
    for page in range(pages):
        screen = categories_screen(groups, Listing(found.filters, START, page))
        assert screen.keyboard is not None
        assert len(screen.keyboard.inline_keyboard) <= 8
        labels += [line[0].text for line in screen.keyboard.inline_keyboard]
    assert all(len(label) <= CATEGORY_LABEL for label in labels)
    assert all(any(label.startswith(group.group[:20]) for label in labels) for group in groups)


def test_a_long_name_loses_the_number_of_rows_before_its_own_letters() -> None:
    assert category_button("Mercado", Decimal("-1102.10"), 12) == "Mercado · -R$\xa01.102,10 (12)"
    long = category_button("Restaurantes e delivery", Decimal("-409.50"), 12)
    assert long == "Restaurantes e delivery · -R$\xa0409,50"
    assert (
        category_button("Tarifas, juros e empréstimos", Decimal("-1409.50"), 3)
        == "Tarifas, juros e emprést… · -R$\xa01.409,50"
    )


def test_a_category_that_is_none_of_the_persons_is_missing(household: Database) -> None:
    for category in ("own:99", "12345678"):
        with pytest.raises(CategoryNotFoundError):
            build_statement(household, USER, StatementFilters(YEAR, category=category), START)
    with pytest.raises(CategoryNotFoundError):
        build_statement(household, 2000, StatementFilters(YEAR, category="own:1"), START)


# --- what is typed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "category", "text"),
    [
        ("mercado", "Mercado", ""),
        ("FARMÁCIA outubro", "18020000", ""),
        ("restaurantes e delivery", "Restaurantes e delivery", ""),
        ("restaurantes", "11010000", ""),
        ("transferência", "05000000", ""),
        ("futebol >50", "own:1", ""),
        ("nao e gasto", NOT_SPENDING, ""),
        ("farmácia azul", None, "farmacia azul"),
        ("qualquer coisa", None, "qualquer coisa"),
    ],
)
def test_a_name_of_a_group_or_category_asks_for_it(
    household: Database, typed: str, category: str | None, text: str
) -> None:
    filters = read_query(household, USER, typed, TODAY).filters
    assert (filters.category, filters.text) == (category, text)


@pytest.mark.parametrize(
    ("typed", "above", "below", "start", "text"),
    [
        (">500", "500", None, None, ""),
        ("<20", None, "20", None, ""),
        ("50 a 100", "49.99", "100.01", None, ""),
        ("100 até 50", "49.99", "100.01", None, ""),
        ("de R$ 50,00 a R$ 1.000,50", "49.99", "1000.51", None, ""),
        ("entre 50 e 100 padaria", "49.99", "100.01", None, "padaria"),
        ("0 a 50", None, "50.01", None, ""),
        (">50 <100", "50", "100", None, ""),
        ("menos de 20", None, "20", None, ""),
        ("01/11 a 15/11", None, None, date(2026, 11, 1), ""),
        ("10 a 15/11", None, None, date(2026, 11, 10), ""),
        ("1 a 15 de outubro", None, None, date(2026, 10, 1), ""),
        ("50 a 100 01/11 a 15/11", "49.99", "100.01", date(2026, 11, 1), ""),
        ("outubro >500 padaria", "500", None, date(2026, 10, 1), "padaria"),
        ("7-11", None, None, None, "7-11"),
        ("posto 10 a", None, None, None, "posto 10 a"),
    ],
)
def test_amounts_are_told_from_days(
    typed: str, above: str | None, below: str | None, start: date | None, text: str
) -> None:
    query = parse_query(typed, TODAY)
    assert query.above == (None if above is None else Decimal(above))
    assert query.below == (None if below is None else Decimal(below))
    assert query.period.start == (start or TODAY - timedelta(days=29))
    assert query.text == text


@pytest.mark.parametrize("typed", ["", "muito", ">", "50 a", "> 10 reais", "10/11"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no amounts"):
        parse_amounts(typed)


def test_an_amount_alone_is_the_least() -> None:
    assert parse_amounts("R$ 500") == (Decimal("499.99"), None)


# --- categories by name ----------------------------------------------------------------------------------------------


def test_every_category_has_a_token_of_at_most_six_characters() -> None:
    for category in [*GROUPS, *groups_by_category(), own_category(36**5 - 1), NOT_SPENDING]:
        token = category_token(category)
        assert len(token) <= 6
        assert read_category(token) == category


def test_within_a_group_each_name_stands_once() -> None:
    for group in GROUPS:
        shown = categories_shown(group)
        assert len(shown) <= 12
        assert all(groups_by_category()[category] == group for category in shown)
    assert categories_shown("Transferências") == ["04000000", "05000000", "05100000"]


def test_ones_own_name_comes_first() -> None:
    assert find_by_name("Futebol", {"own:3": "Futebol"}) == "own:3"
    assert find_by_name("Futebol", {}) is None
