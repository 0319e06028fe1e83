"""The world that questions are asked of is right: what its rows are said to be is what the reports make of them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from open_finance.card_reports import list_cards
from open_finance.insights.row_categories import title_of
from open_finance.insights.spending import group_title
from open_finance.reading.statement_query import month_of
from open_finance.reports import StatementFilters, build_balance, build_statement, get_total_balance
from open_finance.spending_reports import build_spending, read_known
from open_finance.storage.database import Database
from tests.question_oracle import EMPTY, WITH_FIGURES, answer_of, greater_month
from tests.question_world import NOW, TODAY, read_questions, read_world, store_world

MONTHS = [date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 12))]
COUNTS = {"spent", "refund"}
#: Files of questions: the ids of each, and how many of them nothing may answer.
QUESTIONS = {
    "first_hundred.json": (range(1, 101), 8),
    "second_hundred.json": (range(101, 201), 8),
    "third_hundred.json": (range(201, 281), 6),
    "manners.json": (range(281, 491), 13),
    "people.json": (range(491, 839), 30),
    "examiners.json": (range(839, 1180), 7),
}
#: Kinds that a whole report answers, and what nothing may answer.
WITHOUT_FIGURES = {
    "subscriptions", "forecast", "allowance", "budget_left", "invested", "net_worth", "debts", "data_age", "unknown",
}  # fmt: skip


@pytest.fixture
def person(database: Database) -> int:
    return store_world(database)


def sums(rows: list[dict[str, Any]], *names: str) -> dict[Any, Decimal]:
    """What was spent, by purchase, by what a row says of itself."""
    found: dict[Any, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["flow"] in COUNTS:
            found[tuple(row[name] for name in names)] -= row["amount"]
    return dict(found)


def bought_in(month: date) -> list[dict[str, Any]]:
    return [row for row in read_world()["rows"] if row.get("purchased_on", row["day"]).replace(day=1) == month]


def test_every_month_is_spent_on_what_the_flags_say(database: Database, person: int) -> None:
    for month in MONTHS:
        figures = build_spending(database, person, NOW, month=month, by="group").figures
        lines = {(line.title,): line.amount for line in figures.lines if line.amount}
        assert lines == sums(bought_in(month), "group"), month
        assert figures.total == sum(lines.values())


def test_every_row_counts_as_its_flag_says_and_under_its_category(database: Database, person: int) -> None:
    with database.reading() as session:
        known = read_known(session, person, NOW, TODAY)
    texts = [(row["day"], row["description"], row["amount"]) for row in read_world()["rows"]]
    assert len(set(texts)) == len(texts)
    found = {
        (one.row["occurred_on"], one.row["description"], one.row["amount"]): (
            group_title(one.group), title_of(one.category, {}),
        )
        for one in known.spent()
    }  # fmt: skip
    flags = {
        (row["day"], row["description"], row["amount"]): (row["group"], row["category"])
        for row in read_world()["rows"]
        if row["flow"] in COUNTS
    }
    assert found == flags


def test_every_month_of_the_statement_adds_up_to_the_flags(database: Database, person: int) -> None:
    for month in MONTHS:
        rows = [row for row in read_world()["rows"] if row["day"].replace(day=1) == month]
        report = build_statement(database, person, StatementFilters(month_of(month)), NOW)
        came = sum((row["amount"] for row in rows if row["flow"] in {"income", "refund"}), Decimal(0))
        left = sum((row["amount"] for row in rows if row["flow"] == "spent"), Decimal(0))
        assert (report.total, report.totals[0].income, report.totals[0].outgoing) == (len(rows), came, left), month


def test_cards_owe_what_the_bills_say(database: Database, person: int) -> None:
    for card in list_cards(database, person, NOW):
        told = next(one for one in read_world()["accounts"] if one["name"] == card.card["name"])
        bills = [one for one in read_world()["bills"] if one["account"] == told["key"]]
        on_no_bill = [
            row
            for row in read_world()["rows"]
            if row["account"] == told["key"] and "bill_id" not in row and row["flow"] != "bill_payment"
        ]
        assert card.open.total == -sum(row["amount"] for row in on_no_bill)
        assert card.open.due_on == told["bill_due_on"]
        latest = max(bills, key=lambda one: one["due_on"])
        assert (card.closed[0].total, card.closed[0].left) == (latest["total"], latest["total"] - latest["paid"])
        assert all(one.total == one.ours for one in card.closed)
        assert card.limit.available == told["available_credit_limit"]
        assert [(plan.title, len(plan.to_come)) for plan in card.plans] == (
            [("Magazine Luiza", 7)] if told["key"] == "nubank_card" else []
        )


def test_money_at_hand_is_what_the_accounts_say(database: Database, person: int) -> None:
    by_key = {one["key"]: one for one in read_world()["accounts"]}
    everything = sum(by_key[key]["balance"] for key in ("itau", "nubank", "caixa"))
    assert get_total_balance(database, person) == everything
    balance = build_balance(database, person, NOW)
    assert balance.available == by_key["itau"]["balance"] + by_key["nubank"]["balance"]
    assert balance.reserved == by_key["nubank"]["reserved"]


# --- the questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_answer_is_what_the_flags_come_to(name: str) -> None:
    for question in read_questions(name):
        answer = question["answer"]
        kind, about, period = answer["kind"], answer["about"], answer["period"]
        expected = answer_of(kind, about, period) if kind in WITH_FIGURES else EMPTY
        assert {name: answer[name] for name in EMPTY} == expected, question["text"]
        if kind == "compare_months":
            assert period == next(each for each in about["periods"] if each[0] == greater_month(about))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_file_has_questions_of_every_kind(name: str) -> None:
    ids, unknown = QUESTIONS[name]
    questions = read_questions(name)
    assert [each["id"] for each in questions] == list(ids)
    kinds = [each["answer"]["kind"] for each in questions]
    assert set(kinds) == WITH_FIGURES | WITHOUT_FIGURES
    assert kinds.count("unknown") == unknown


def test_every_question_is_asked_once() -> None:
    texts = [each["text"].casefold() for name in QUESTIONS for each in read_questions(name)]
    assert len(set(texts)) == len(texts) == 1179


def test_every_row_has_a_key_of_its_own_and_none_is_of_a_day_to_come() -> None:
    rows = read_world()["rows"]
    assert len({row["key"] for row in rows}) == len(rows)
    assert max(row["day"] for row in rows) == TODAY
