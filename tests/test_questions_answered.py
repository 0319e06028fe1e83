"""Every question of ``data/questions`` over its world: at least 95 of 100 are answered right, and each miss is shown."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from open_finance.question_answers import Answer, answer_question
from open_finance.storage.database import Database
from tests.question_world import FOLDER, NOW, read_questions, read_world, store_world


def are_questions(name: str) -> bool:
    """Whether a file holds questions with their answers."""
    told = read_questions(name)
    return all(isinstance(each, dict) and {"text", "answer"} <= each.keys() for each in cast("list[object]", told))


FILES = sorted(path.name for path in FOLDER.glob("*.json") if path.name != "world.json" and are_questions(path.name))
RIGHT = Decimal("0.95")


@pytest.fixture(scope="module")
def asked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    """The world, stored once: no question changes it."""
    path = tmp_path_factory.mktemp("questions") / "world.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database, store_world(database)
    database.dispose()


def keys() -> dict[tuple[Any, ...], str]:
    """The key of each row, by what the storage holds of it."""
    return {(row["day"], row["description"], row["amount"]): row["key"] for row in read_world()["rows"]}


def told(answer: Answer) -> dict[str, Any]:
    """An answer as the files write it."""
    names = keys()
    rows = [names[one.row["occurred_on"], one.row["description"], one.row["amount"]] for one in answer.rows]
    period = answer.period
    return {
        "kind": str(answer.kind),
        "figure": None if answer.figure is None else str(answer.figure),
        "rows": sorted(rows),
        "count": answer.count,
        "day": None if answer.day is None else str(answer.day),
        "period": None if period is None else [str(period.start), str(period.end)],
    }


def is_right(answer: Answer, expected: dict[str, Any]) -> bool:
    """As far as the file says. A report that has no figure in the file may have one."""
    found = told(answer)
    given = {name: expected[name] for name in found if expected[name] is not None}
    if "rows" in given:
        given["rows"] = sorted(given["rows"])
    return all(found[name] == value for name, value in given.items())


def misses(database: Database, user_id: int, questions: list[dict[str, Any]]) -> list[str]:
    """What is answered wrong, and how it was understood."""
    found = []
    for each in questions:
        answer = answer_question(database, user_id, each["text"], NOW)
        if not is_right(answer, each["answer"]):
            found.append(f"{each['id']} {each['text']!r}\n  {told(answer)}\n  {each['answer']}\n  {answer.question}")
    return found


@pytest.mark.parametrize("name", FILES)
def test_of_a_hundred_questions_95_are_answered_right(asked: tuple[Database, int], name: str) -> None:
    questions = read_questions(name)
    wrong = misses(*asked, questions)
    assert len(questions) - len(wrong) >= RIGHT * len(questions), "\n".join(wrong)


@pytest.mark.postgres
def test_postgresql_answers_the_same(asked: tuple[Database, int], postgres_url: str) -> None:
    database = Database(postgres_url)
    person = store_world(database)
    for each in read_questions()[::7]:
        answers = [told(answer_question(one, who, each["text"], NOW)) for one, who in (asked, (database, person))]
        assert answers[0] == answers[1], each["text"]
    database.dispose()
