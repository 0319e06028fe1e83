"""What a bank or a stranger writes into a row changes no figure: the reports before and after are the same."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from open_finance.card_reports import list_cards
from open_finance.insights.merchants import merchant_key
from open_finance.reading.statement_query import Period, month_of
from open_finance.reports import StatementFilters, build_balance, build_statement, get_total_balance
from open_finance.spending_reports import build_spending, read_known
from open_finance.storage.database import Database
from tests.hostile_rows import QUESTIONS, read_hostile, rename_rows, store_hostile
from tests.question_world import NOW, TODAY, read_questions, read_world, store_world

MONTHS = [date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 12))]
YEAR = Period(date(2025, 12, 1), TODAY)


@pytest.fixture
def person(database: Database) -> int:
    return store_world(database)


def figures(database: Database, person: int) -> dict[str, Any]:
    """What the reports say of every month, of the cards and of the money at hand."""
    found: dict[str, Any] = {}
    for month in MONTHS:
        for by in ("group", "category"):
            spent = build_spending(database, person, NOW, month=month, by=by).figures
            lines = {line.title: line.amount for line in spent.lines if line.amount}
            found[f"{by} {month}"] = (spent.total, lines)
        totals = build_statement(database, person, StatementFilters(month_of(month)), NOW).totals
        found[f"statement {month}"] = [(one.currency, one.income, one.outgoing) for one in totals]
    found["cards"] = [
        (card.card["name"], card.open.total, card.closed[0].total, card.closed[0].left, card.limit.available)
        for card in list_cards(database, person, NOW)
    ]
    balance = build_balance(database, person, NOW)
    found["money"] = (get_total_balance(database, person), balance.available, balance.reserved)
    return found


def counted(database: Database, person: int) -> list[tuple[Any, ...]]:
    """Every row that is spent or taken off it: its id, day, amount, category and group."""
    with database.reading() as session:
        spent = read_known(session, person, NOW, TODAY).spent()
    return sorted((one.row["id"], one.on, one.amount, one.category, one.group) for one in spent)


def flows(database: Database, person: int) -> dict[int, str]:
    """What each row counts as, by our id."""
    with database.reading() as session:
        known = read_known(session, person, NOW, TODAY)
    return {row["id"]: str(one.flow) for row, one in zip(known.rows, known.decided, strict=True)}


def most_of_a_merchant(database: Database, person: int, first: date, last: date) -> Decimal:
    """The sum of the merchant of most."""
    with database.reading() as session:
        spent = read_known(session, person, NOW, TODAY).spent()
    sums: dict[str, Decimal] = {}
    for one in spent:
        if first <= one.on <= last:
            key = merchant_key(one.row)
            sums[key] = sums.get(key, Decimal(0)) + one.amount
    return max(sums.values())


def descriptions(database: Database, person: int) -> set[str]:
    """What the statement shows of the year, on all its pages."""
    pages = [build_statement(database, person, StatementFilters(YEAR), NOW)]
    pages += [build_statement(database, person, StatementFilters(YEAR), NOW, page=n) for n in range(1, pages[0].pages)]
    return {line.row["description"] for page in pages for line in page.lines}


def test_rows_that_nothing_counts_change_no_figure_whatever_they_say(database: Database, person: int) -> None:
    before = figures(database, person), counted(database, person), flows(database, person)
    stored = store_hostile(database, person)
    assert sorted(stored.values()) == sorted(read_hostile())
    assert set(stored.values()) <= descriptions(database, person)
    after = flows(database, person)
    assert stored.keys() <= after.keys()
    assert (figures(database, person), counted(database, person)) == before[:2]
    assert {number: flow for number, flow in after.items() if number not in stored} == before[2]


def test_rows_of_another_name_change_no_figure_under_the_category_they_had(database: Database, person: int) -> None:
    before = figures(database, person), counted(database, person), flows(database, person)
    renamed = rename_rows(database, person)
    assert set(renamed.values()) <= descriptions(database, person)
    assert figures(database, person) == before[0]
    assert counted(database, person) == before[1]
    changed = flows(database, person)
    assert {n: flow for n, flow in changed.items() if flow in {"income", "refund"}} == {
        n: flow for n, flow in before[2].items() if flow in {"income", "refund"}
    }


def test_both_together_change_no_figure(database: Database, person: int) -> None:
    before = figures(database, person), counted(database, person)
    store_hostile(database, person)
    rename_rows(database, person)
    assert (figures(database, person), counted(database, person)) == before


def test_the_merchant_of_most_is_still_the_one_of_the_answers(database: Database, person: int) -> None:
    store_hostile(database, person)
    rename_rows(database, person)
    asked = [each["answer"] for name in QUESTIONS for each in read_questions(name)]
    for answer in (one for one in asked if one["kind"] == "top_merchants"):
        first, last = map(date.fromisoformat, answer["period"])
        assert most_of_a_merchant(database, person, first, last) == Decimal(answer["figure"])


def test_rows_that_a_question_names_keep_their_name(database: Database, person: int) -> None:
    renamed = rename_rows(database, person)
    rows = {row["key"]: row for row in read_world()["rows"]}
    taken = {rows[key].get("merchant") for key in renamed}
    for question in (each for name in QUESTIONS for each in read_questions(name)):
        about = question["answer"]["about"]
        assert not taken & {about.get("merchant"), about.get("first")} - {None}, question["text"]
    assert {"Enel", "Sabesp", "Posto Shell", "Drogasil"} <= taken
    assert len(set(renamed.values())) > 40


def test_there_are_fifty_hostile_descriptions_of_every_sort() -> None:
    texts = read_hostile()
    assert len(texts) == len(set(texts)) == 50
    kinds = {unicodedata.category(char) for text in texts for char in text}
    assert {"Cc", "Cf", "So", "Mn", "Sc"} <= kinds
    assert max(map(len, texts)) > 2000
    assert not any("\0" in text for text in texts)  # nothing stores it
