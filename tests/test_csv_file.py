"""A statement as CSV, read back as a Brazilian spreadsheet reads it: by Python's own reader, and by LibreOffice."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from openpyxl import load_workbook

from open_finance.exports.csv_file import write_csv
from open_finance.exports.statement_columns import COLUMNS
from open_finance.reading.statement_export import ExportRow, StatementExport
from tests.export_records import HOSTILE, export_of, export_row, many_rows, rows_of
from tests.libreoffice import BRAZILIAN_CSV, convert, needs_libreoffice

#: No CSV file can say that these are texts: a spreadsheet may make a day or a number of them, and never a formula.
AMBIGUOUS = ("01/02/2026", "1e5", "000123")


def written(export: StatementExport) -> bytes:
    target = io.BytesIO()
    write_csv(export, target)
    return target.getvalue()


def read(export: StatementExport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(export).decode("utf-8-sig"), newline=""), delimiter=";"))


def number(text: str) -> Decimal:
    """As a Brazilian reads it: no separator of thousands, a comma before the centavos."""
    assert text.count(",") == 1
    assert "." not in text
    return Decimal(text.replace(",", "."))


def test_a_row_says_what_extrato_says_of_it() -> None:
    row = export_row(
        7,
        at=datetime(2026, 11, 20, 15, 41, tzinfo=UTC),
        amount=Decimal("-1234.56"),
        instalment=(2, 3),
        note="presente",
        bill_month=date(2026, 12, 1),
        foreign_amount=Decimal("-230.00"),
        foreign_currency="USD",
        pending=True,
    )
    [found] = read(export_of([row]))
    assert found == {
        "Data": "20/11/2026",
        "Hora": "12:41",
        "Banco": "Itaú",
        "Conta": "Conta corrente ••4321",
        "Descrição": "Padaria Exemplo",
        "Valor": "-1234,56",
        "Moeda": "BRL",
        "Categoria": "Padaria",
        "Grupo": "Restaurantes e delivery",
        "Como conta": "Saída",
        "Situação": "Pendente",
        "Parcela": "2 de 3",
        "Fatura": "dezembro de 2026",
        "Valor no exterior": "-230,00",
        "Moeda no exterior": "USD",
        "Sua nota": "presente",
        "Loja": "",
        "Quem pagou ou recebeu": "",
        "Texto do banco": "PADARIA EXEMPLO SAO PAULO",
        "Número aqui": "7",
    }


def test_it_begins_with_the_mark_of_utf_8_and_ends_its_lines_as_windows_does() -> None:
    data = written(export_of([export_row(1), export_row(2)]))
    assert data.startswith(b"\xef\xbb\xbfData;Hora;Banco;")
    assert data.count(b"\r\n") == data.count(b"\n") == 3


def test_without_rows_there_are_the_titles() -> None:
    assert written(export_of()).decode("utf-8-sig") == ";".join(column.title for column in COLUMNS) + "\r\n"


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_what_looks_like_a_formula_is_text(text: str) -> None:
    row = export_row(1, description=text, bank_text=text, note=text, merchant=text, counterparty=text, category=text)
    [found] = read(export_of([row]))
    for title in ("Descrição", "Texto do banco", "Sua nota", "Loja", "Quem pagou ou recebeu", "Categoria"):
        assert not found[title].startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
        assert found[title].isprintable()
    assert found["Valor"] == "-50,00"


@given(rows_of())
@settings(max_examples=40)
def test_every_row_is_one_line_with_its_amount(rows: tuple[ExportRow, ...]) -> None:
    export = export_of(rows)
    found = read(export)
    assert written(export).count(b"\n") == len(rows) + 1
    assert [int(line["Número aqui"]) for line in found] == [row.id for row in rows]
    assert [number(line["Valor"]) for line in found] == [row.amount for row in rows]
    assert [datetime.strptime(line["Data"], "%d/%m/%Y").date() for line in found] == [row.day for row in rows]  # noqa: DTZ007
    counted = [line for line in found if line["Como conta"] == "Entrada" and line["Moeda"] == "BRL"]
    assert sum((number(line["Valor"]) for line in counted), Decimal(0)) == export.totals[0].income


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    write_csv(export_of(many_rows(2500)), io.BytesIO(), lambda done, total: told.append((done, total)))
    assert told == [(1000, 2500), (2000, 2500), (2500, 2500)]


def test_the_target_stays_open() -> None:
    target = io.BytesIO()
    write_csv(export_of(), target)
    assert not target.closed


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The sheet that LibreOffice makes of a file."""
    folder = tmp_path_factory.mktemp("csv")
    rows = [export_row(at, description=text, bank_text=text) for at, text in enumerate(HOSTILE, 1)]
    rows.append(
        export_row(99, amount=Decimal("1234567.89"), kind="income", at=datetime(2026, 11, 20, 15, 41, tzinfo=UTC))
    )
    (folder / "extrato.csv").write_bytes(written(export_of(rows)))
    convert([folder / "extrato.csv"], "xlsx", folder, read_as=BRAZILIAN_CSV)
    return load_workbook(folder / "extrato.xlsx").active


@needs_libreoffice
def test_libreoffice_sees_days_numbers_and_no_formula(opened: Any) -> None:
    lines = list(opened.iter_rows(min_row=2))
    assert len(lines) == len(HOSTILE) + 1
    assert all(isinstance(line[0].value, datetime) for line in lines)
    assert all(isinstance(line[5].value, int | float) for line in lines)
    assert lines[-1][5].value == 1234567.89
    assert not any(cell.data_type == "f" for line in lines for cell in line)
    texts = [
        cell
        for line, text in zip(lines, HOSTILE, strict=False)
        if text not in AMBIGUOUS
        for cell in (line[4], line[18])
    ]
    assert {cell.data_type for cell in texts} == {"s"}
