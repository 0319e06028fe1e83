"""The workbook for a tax return, read back by a library that did not write it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from open_finance.exports.tax_return_sheet import Column, Sheet, tax_return_sheet
from tests.builders import NOW

COLUMNS = (Column("Nome", 30), Column("Valor", 16), Column("Dia", 12))
CENTS = st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents).scaleb(-2))
WORDS = st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=("Cs", "Co", "Cn")), max_size=80)


def read(*sheets: Sheet) -> Any:
    """The workbook as it is opened."""
    return load_workbook(io.BytesIO(tax_return_sheet(sheets, NOW)))


def test_a_sheet_has_titles_amounts_as_numbers_and_days_as_days() -> None:
    rows = (("CDB", Decimal("10673.60"), date(2025, 12, 31)), ("Fundo", None, None))
    page = read(Sheet("Bens e direitos", COLUMNS, rows))["Bens e direitos"]
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        ["Nome", "Valor", "Dia"],
        ["CDB", 10673.6, datetime(2025, 12, 31)],  # noqa: DTZ001 - as it is read
        ["Fundo", None, None],
    ]
    assert page["B2"].data_type == "n"
    assert "R$" in page["B2"].number_format
    assert page["C2"].number_format == "dd/mm/yyyy"
    assert page.freeze_panes == "A2"


def test_what_looks_like_a_formula_or_a_link_is_text() -> None:
    hostile = ("=1+1", "+A1", "-2", "@SUM(A1)", '=HYPERLINK("http://x.example")', "http://x.example", "{=1}", "\t=1")
    page = read(Sheet("Nomes", COLUMNS, tuple((each,) for each in hostile)))["Nomes"]
    cells = [page.cell(number, 1) for number in range(2, 2 + len(hostile))]
    assert [cell.value for cell in cells] == list(hostile)
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


@given(st.lists(st.tuples(WORDS, CENTS), max_size=20))
@settings(max_examples=25, deadline=None)
def test_all_that_is_written_is_read_back(rows: list[tuple[str, Decimal]]) -> None:
    page = read(Sheet("Tudo", COLUMNS, tuple(rows)))["Tudo"]
    found = [(page.cell(number, 1), page.cell(number, 2)) for number in range(2, 2 + len(rows))]
    assert [Decimal(str(amount.value)).quantize(Decimal("0.01")) for _, amount in found] == [each for _, each in rows]
    assert [name.value or "" for name, _ in found] == [name for name, _ in rows]


def test_a_page_of_words_has_no_titles() -> None:
    page = read(Sheet("Leia-me", (Column("", 90),), (("Vale o informe oficial.",),)))["Leia-me"]
    assert page["A1"].value == "Vale o informe oficial."
    assert page.freeze_panes is None


def test_it_says_when_it_was_made_and_not_by_whom() -> None:
    properties = read(Sheet("Tudo", COLUMNS, ())).properties
    assert properties.created == datetime(2026, 11, 23, 15, 0, tzinfo=UTC).replace(tzinfo=None)
    assert not properties.creator
