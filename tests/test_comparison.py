"""The comparison with other tools: each promise names a test that there is, each word on others says where it is from."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "comparacao.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/test_\w+\.py)::(\w+)`")


def rows_of(header: str) -> list[list[str]]:
    """The cells of a table's rows, found by the titles of its columns."""
    _, found, rest = PAGE.partition(f"{header}\n")
    assert found, header
    lines = rest.split("\n\n")[0].splitlines()[1:]  # without the line below the titles
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


PROMISES = [row for row in rows_of("| promessa | teste |") if not (row[0].startswith("**") and not row[1])]
OTHERS = rows_of("| jeito | como os dados chegam, e onde ficam | escolha se |")


@cache
def names_in(path: str) -> frozenset[str]:
    """Names of the tests that pytest finds in a file and does not always skip."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    skipped = {
        one.name for one in functions for mark in one.decorator_list if ast.unparse(mark).startswith("pytest.mark.skip")
    }
    return frozenset(one.name for one in functions if one.name.startswith("test_")) - skipped


def test_there_are_promises_and_others() -> None:
    assert len(PROMISES) > 30
    assert len(OTHERS) > 5


@pytest.mark.parametrize("promise", PROMISES, ids=lambda row: row[0][:40])
def test_each_promise_names_tests_that_there_are(promise: list[str]) -> None:
    words, tests = promise
    named = NAMED.findall(tests)
    assert words
    assert named
    assert NAMED.sub("", tests).strip(" ,") == "", "nothing but the names of tests stands there"
    for path, name in named:
        assert name in names_in(path), f"{path} has no {name}"


def test_no_other_test_is_named_than_there_are() -> None:
    assert PAGE.count("tests/test_") == len(NAMED.findall(PAGE))
    assert all(name in names_in(path) for path, name in NAMED.findall(PAGE))


@pytest.mark.parametrize("other", OTHERS, ids=lambda row: row[0][:40])
def test_each_word_on_others_says_where_it_is_from(other: list[str]) -> None:
    assert len(other) == 3
    assert "](https://" in other[1] or "Este bot" in other[0]


def test_what_it_does_not_do_is_said() -> None:
    limits = PAGE.partition("## O que ele não faz\n")[2]
    assert limits.count("\n- **Não ") >= 8
