"""Names that nobody's rows have: said in words, never a flat zero; words of every day among them are asked back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from gerente_financeiro.messages import answers
from open_finance.asking.question import Kind
from open_finance.question_answers import answer_question, answer_reading
from open_finance.storage.database import Database
from tests.question_world import NOW, store_world


@pytest.fixture(scope="module")
def asked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    """The world, stored once: no question changes it."""
    path = tmp_path_factory.mktemp("names") / "world.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database, store_world(database)
    database.dispose()


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("quanto gastei na Granado em outubro?", Kind.SPENT, "Granado"),
        ("quanto gastei na zlikor", Kind.SPENT, "zlikor"),
        ("quanto mandei pra Clarice esse ano", Kind.PAID_TO, "Clarice"),
        ("quantas vezes fui na Padaria do Zé", Kind.COUNT, "Padaria do Zé"),
        ("quanto gastei na Floresta em outubro", Kind.SPENT, "Floresta"),
    ],
)
def test_a_name_that_no_row_has_is_said_in_words(asked: tuple[Database, int], text: str, kind: Kind, name: str) -> None:
    found = answer_question(*asked, text, NOW)
    assert (found.kind, found.figure, found.rows, found.unfound) == (kind, Decimal("0.00"), (), (name,))
    told = answers.answer(found, NOW)
    assert told.startswith(f"Não achei “{name}” nos seus lançamentos.")
    assert "0,00" not in told
    assert "atualizad" in told.lower()  # how old


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("quanto gastei com floresta em outubro", "floresta"),
        ("quanto gastei em outubro no plantão", "plantão"),
        ("QUANTO GASTEI COM FLORESTA EM OUTUBRO", "FLORESTA"),
        ("quanto recebi do dono em outubro", "dono"),
    ],
)
def test_a_word_of_every_day_that_no_row_has_is_asked_back(asked: tuple[Database, int], text: str, name: str) -> None:
    found = answer_question(*asked, text, NOW)
    assert (found.kind, found.figure, found.unfound) == (Kind.UNKNOWN, None, (name,))
    told = answers.guess(found, NOW)
    assert told.startswith(f"Não achei “{name}” nos seus lançamentos.\nVocê quer ver ")
    assert found.guess is not None
    assert found.guess.texts == ()
    assert answer_reading(*asked, found.guess, NOW).unfound == ()


def test_such_a_word_beside_a_name_is_left_out_and_said(asked: tuple[Database, int]) -> None:
    found = answer_question(*asked, "quanto gastei no uber e na floresta em outubro", NOW)
    plain = answer_question(*asked, "quanto gastei no uber em outubro", NOW)
    assert found.figure == plain.figure
    assert "Não usei: floresta" in answers.answer(found, NOW)


def test_a_name_of_other_days_and_a_known_shop_have_their_zero(asked: tuple[Database, int]) -> None:
    for text in ("quanto gastei na Netflix em janeiro de 2020", "quanto mandei pro Bruno em janeiro de 2020"):
        found = answer_question(*asked, text, NOW)
        assert (found.figure, found.unfound) == (Decimal("0.00"), ())
        assert "R$\xa00,00" in answers.answer(found, NOW).replace("R$ ", "R$\xa0")


def test_a_persons_title_is_no_part_of_the_name(asked: tuple[Database, int]) -> None:
    plain = answer_question(*asked, "quanto transferi ao Bruno Lima este ano", NOW)
    assert plain.figure
    for title in ("ao Sr.", "ao senhor", "pro tio", "pro meu irmão", "pro seu", "pro Dr.", "ao compadre"):
        found = answer_question(*asked, f"quanto transferi {title} Bruno Lima este ano", NOW)
        assert (found.kind, found.figure) == (plain.kind, plain.figure), title
