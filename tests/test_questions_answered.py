"""Every question of ``data/questions`` over its world: at least 95 of 100 are answered right, and each miss is shown."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from open_finance.question_answers import Answer, answer_question
from open_finance.storage.database import Database
from tests.hostile_rows import rename_rows, store_hostile
from tests.question_world import FOLDER, NOW, read_questions, read_world, store_world

FILES = sorted(path.name for path in FOLDER.glob("*_hundred.json"))
#: How people of all kinds would ask.
MANNERS = ["manners.json", "people.json", "examiners.json"]
RIGHT = Decimal("0.95")


@pytest.fixture(scope="module")
def asked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    """The world, stored once: no question changes it."""
    path = tmp_path_factory.mktemp("questions") / "world.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database, store_world(database)
    database.dispose()


@cache
def answers_over(database: Database, user_id: int, name: str) -> list[Answer]:
    """What is answered to the questions of a file: once, for all who look at it."""
    return [answer_question(database, user_id, each["text"], NOW) for each in read_questions(name)]


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


def misses(questions: list[dict[str, Any]], answers: list[Answer]) -> list[str]:
    """What is answered wrong, and how it was understood."""
    found = []
    for each, answer in zip(questions, answers, strict=True):
        if not is_right(answer, each["answer"]):
            found.append(f"{each['id']} {each['text']!r}\n  {told(answer)}\n  {each['answer']}\n  {answer.question}")
    return found


@pytest.mark.parametrize("name", [*FILES, *MANNERS])
def test_of_a_hundred_questions_95_are_answered_right(asked: tuple[Database, int], name: str) -> None:
    questions = read_questions(name)
    wrong = misses(questions, answers_over(*asked, name))
    assert len(questions) - len(wrong) >= RIGHT * len(questions), "\n".join(wrong)


def test_what_banks_write_changes_no_answer(asked: tuple[Database, int], tmp_path: Path, sqlite_template: Path) -> None:
    """Fifty hostile descriptions: beside the rows, in their place, and both."""
    path = tmp_path / "hostile.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    person = store_world(database)
    questions = [each["text"] for name in FILES for each in read_questions(name)]
    before = [what_counts(answer) for name in FILES for answer in answers_over(*asked, name)]
    for steer in (store_hostile, rename_rows):
        steer(database, person)
        after = [what_counts(answer_question(database, person, text, NOW)) for text in questions]
        changed = [text for text, one, other in zip(questions, before, after, strict=True) if one != other]
        assert changed == [], steer.__name__
    database.dispose()


def what_counts(answer: Answer) -> tuple[object, ...]:
    """What an answer says, but for what its rows are called."""
    rows = tuple((one.on, one.amount) for one in answer.rows)
    return answer.kind, answer.question, answer.figure, answer.count, answer.day, answer.period, rows


@pytest.mark.postgres
def test_postgresql_answers_the_same(asked: tuple[Database, int], postgres_url: str) -> None:
    database = Database(postgres_url)
    person = store_world(database)
    for each in read_questions()[::7]:
        answers = [told(answer_question(one, who, each["text"], NOW)) for one, who in (asked, (database, person))]
        assert answers[0] == answers[1], each["text"]
    database.dispose()
