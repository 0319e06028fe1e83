"""A statement as a workbook: read back by a library that did not write it, and by LibreOffice, which works every sum out
anew."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from openpyxl import load_workbook

from open_finance.errors import ExportTooLargeError
from open_finance.exports import statement_sheet
from open_finance.exports.statement_sheet import write_xlsx
from open_finance.money import ZERO
from open_finance.reading.freshness import Freshness
from open_finance.reading.plain_text import plain_line
from open_finance.reading.statement_export import ExportRow, StatementExport
from open_finance.reading.statement_query import Period
from tests.builders import THIS_MORNING
from tests.export_records import HOSTILE, export_account, export_of, export_row, many_rows, rows_of, whole_period
from tests.libreoffice import SHEETS_AS_CSV, convert, needs_libreoffice, sheet

CENTAVO = Decimal("0.01")
ROWS, MONTHS, ACCOUNTS = "Lançamentos", "Categoria × mês", "Contas"
BRL_FORMAT = "[$R$-416] #,##0.00;[Red]-[$R$-416] #,##0.00"


def written(export: StatementExport) -> bytes:
    target = io.BytesIO()
    write_xlsx(export, target)
    return target.getvalue()


def read(export: StatementExport, *, formulas: bool = False) -> Any:
    """The workbook as it is opened: with its figures, or with the formulas behind them."""
    return load_workbook(io.BytesIO(written(export)), data_only=not formulas)


def table(page: Any) -> list[dict[str, Any]]:
    """The lines of a sheet below its titles, as far as there are ids."""
    titles = [cell.value for cell in page[1]]
    return [
        dict(zip(titles, (cell.value for cell in line), strict=True))
        for line in page.iter_rows(min_row=2)
        if line[-1].value is not None
    ]


def money(value: object) -> Decimal:
    assert isinstance(value, int | float)
    return Decimal(str(value)).quantize(CENTAVO)


def total_lines(lines: list[list[Any]], start: str = "Total em ") -> dict[str, list[Any]]:
    return {line[0]: line for line in lines if str(line[0] or "").startswith(start)}


def values(page: Any) -> list[list[Any]]:
    return [[cell.value for cell in line] for line in page.iter_rows()]


# --- the rows ------------------------------------------------------------------------------------------------------


def test_days_are_days_times_are_times_and_amounts_are_numbers() -> None:
    row = export_row(
        7,
        at=datetime(2026, 11, 20, 15, 41, tzinfo=UTC),
        amount=Decimal("-1234.56"),
        instalment=(2, 3),
        foreign_amount=Decimal("-230.00"),
        foreign_currency="USD",
        bill_month=date(2026, 12, 1),
    )
    page = read(export_of([row]))[ROWS]
    [line] = table(page)
    assert line["Data"] == datetime(2026, 11, 20)  # noqa: DTZ001 - as it is read
    assert line["Hora"] == time(12, 41)
    assert line["Valor"] == -1234.56
    assert line["Saiu (R$)"] == -1234.56
    assert line["Entrou (R$)"] is None
    assert (line["Valor no exterior"], line["Moeda no exterior"]) == (-230, "USD")
    assert (line["Parcela"], line["Fatura"], line["Número aqui"]) == ("2 de 3", "dezembro de 2026", 7)
    assert (page["A2"].number_format, page["B2"].number_format) == ("dd/mm/yyyy", "hh:mm")
    assert page["F2"].number_format == BRL_FORMAT
    assert page["F2"].data_type == "n"


def test_the_header_stays_in_view_and_filters() -> None:
    page = read(export_of([export_row(at) for at in range(1, 6)]))[ROWS]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref.startswith("A1:")
    assert page.auto_filter.ref.endswith("6")
    assert all(width.width > 5 for width in page.column_dimensions.values())


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_what_looks_like_a_formula_or_a_link_is_text(text: str) -> None:
    row = export_row(1, description=text, bank_text=text, note=text, merchant=text, counterparty=text, category=text)
    page = read(export_of([row]), formulas=True)[ROWS]
    [line] = table(page)
    wanted = plain_line(text, 32_000)
    for title in ("Descrição", "Texto do banco", "Sua nota", "Loja", "Quem pagou ou recebeu", "Categoria"):
        assert line[title] == wanted
    assert {cell.data_type for cell in page[2] if isinstance(cell.value, str)} == {"s"}
    assert not any(cell.hyperlink for cell in page[2])


def check_totals(export: StatementExport) -> None:
    """Each sum of the workbook is what the statement counts, and the lines above it add up to it."""
    workbook = read(export)
    lines, found = values(workbook[ROWS]), table(workbook[ROWS])
    brl, *others = export.totals
    totals = total_lines(lines)
    place = lines[0].index("Entrou (R$)")
    in_brl = totals["Total em reais (do que está à vista)"]
    assert [money(value) for value in in_brl[place : place + 2]] == [brl.income, brl.outgoing]
    for title, total in (("Entrou (R$)", brl.income), ("Saiu (R$)", brl.outgoing)):
        assert sum((money(line[title]) for line in found if line[title] is not None), ZERO) == total
    for other in others:
        line = totals[f"Total em {other.currency} (do período)"]
        assert [money(value) for value in line[place + 2 : place + 4]] == [other.income, other.outgoing]
    months = [line for line in values(workbook[MONTHS])[1:] if line[0]]
    shown = {line[0]: line for line in months}
    for one in export.totals:
        name = "R$" if one.currency == "BRL" else one.currency
        for word, amount in (("Entrou", one.income), ("Saiu", one.outgoing)):
            if f"{word} ({name})" in shown:
                assert money(shown[f"{word} ({name})"][-1]) == amount
            else:
                assert amount == 0


@given(rows_of())
@settings(max_examples=25)
def test_every_sum_is_what_the_statement_counts(rows: tuple[ExportRow, ...]) -> None:
    export = export_of(rows, period=whole_period(rows))
    check_totals(export)
    found = table(read(export)[ROWS])
    assert [(line["Número aqui"], money(line["Valor"])) for line in found] == [(row.id, row.amount) for row in rows]
    assert [line["Data"].date() for line in found] == [row.day for row in rows]


def test_a_period_without_rows_says_so() -> None:
    workbook = read(export_of())
    assert table(workbook[ROWS]) == []
    assert workbook[MONTHS]["A2"].value == "Nada entrou nem saiu neste período."
    check_totals(export_of())


def test_fifty_currencies_have_a_sum_each_and_none_is_in_reais() -> None:
    codes = [f"X{chr(65 + at // 26)}{chr(65 + at % 26)}" for at in range(49)]
    rows = [
        export_row(at, currency=code, amount=Decimal(at), kind="income") for at, code in enumerate(["BRL", *codes], 1)
    ]
    export = export_of(rows)
    check_totals(export)
    assert export.totals[0].income == 1
    totals = total_lines(values(read(export)[ROWS]))
    assert len(totals) == 50


def test_a_currency_that_is_no_code_is_no_pattern() -> None:
    rows = [export_row(1, currency="*", amount=Decimal(5)), export_row(2, currency="USD", amount=Decimal(-7))]
    lines = values(read(export_of(rows), formulas=True)[ROWS])
    assert [line[8:11].count(None) for line in total_lines(lines).values()]
    assert "SUMIF" not in str(total_lines(lines)["Total em * (do período)"])
    assert "SUMIF" in str(total_lines(lines)["Total em USD (do período)"])


# --- categories by month -------------------------------------------------------------------------------------------


def test_categories_stand_by_month_under_their_groups() -> None:
    rows = [
        export_row(1, day=date(2026, 9, 5), amount=Decimal(-10), group="Casa", category="Luz"),
        export_row(2, day=date(2026, 11, 5), amount=Decimal(-30), group="Casa", category="Luz"),
        export_row(3, day=date(2026, 11, 6), amount=Decimal(-5), group="Casa", category="Gás"),
        export_row(4, day=date(2026, 11, 7), amount=Decimal(500), kind="income", group="Renda", category="Salário"),
        export_row(5, day=date(2026, 11, 8), amount=Decimal(-900), kind="own_transfer", counted=False),
    ]
    export = export_of(rows, period=Period(date(2026, 9, 1), date(2026, 11, 30)))
    lines = values(read(export)[MONTHS])
    assert lines[0][2:] == [datetime(2026, month, 1) for month in (9, 10, 11)] + ["Total"]  # noqa: DTZ001
    assert [line for line in lines[1:] if line[0] or line[1]] == [
        ["Entrou (R$)", None, 0, 0, 500, 500],
        ["Renda", None, 0, 0, 500, 500],
        [None, "Salário", 0, 0, 500, 500],
        ["Saiu (R$)", None, -10, 0, -35, -45],
        ["Casa", None, -10, 0, -35, -45],
        [None, "Luz", -10, 0, -30, -40],
        [None, "Gás", 0, 0, -5, -5],
        ["Resultado (R$)", None, -10, 0, 465, 455],
    ]


# --- accounts ------------------------------------------------------------------------------------------------------


def test_accounts_have_their_balances_and_the_truth() -> None:
    export = export_of(
        accounts=(
            export_account(1, opening=Decimal("900.00")),
            export_account(
                2, type="CREDIT", subtype="CREDIT_CARD", name="Visa ••8890", balance=Decimal("-800.00"), listed=False
            ),
        ),
        freshness=(
            Freshness(1, "Itaú", THIS_MORNING, partial=False, is_old=False, is_connecting=False),
            Freshness(2, "Nubank", THIS_MORNING, partial=True, is_old=False, is_connecting=False),
        ),
        ended=(Freshness(3, "Caixa", THIS_MORNING, partial=False, is_old=True, is_connecting=False),),
    )
    lines = values(read(export)[ACCOUNTS])
    assert lines[1][:9] == [
        *("Itaú", "341", "Conta corrente ••4321", "Conta corrente", "BRL", 1000),
        *(datetime(2026, 11, 23), 900, None),  # noqa: DTZ001 - as it is read
    ]
    assert lines[2][2:6] == ["Visa ••8890", "Cartão de crédito", "BRL", -800]
    assert lines[2][9].startswith("Encerrada")
    words = [line[0] for line in lines[4:]]
    assert words[0] == "Extrato de todas as contas · novembro de 2026"
    assert words[2:5] == [
        "Atenção: Nubank: dados de 23/11/2026 06:12 (parcial).",
        "Itaú: atualizado em 23/11/2026 06:12.",
        "Caixa, acesso encerrado: dados até 23/11/2026.",
    ]


def test_it_says_what_it_is_and_not_by_whom() -> None:
    properties = read(export_of()).properties
    assert properties.title == "Extrato · todas as contas · novembro de 2026"
    assert not properties.creator
    assert not properties.lastModifiedBy


# --- large ones ----------------------------------------------------------------------------------------------------


def test_a_large_one_is_written_by_way_of_the_disk_and_says_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # openpyxl does not take back the escapes of a text that stands in its cell; LibreOffice does, below.
    texts = [text for text in HOSTILE if "_x" not in text]
    rows = [export_row(at, description=text, bank_text=text) for at, text in enumerate(texts, 1)]
    export = export_of([*rows, export_row(99, currency="USD", amount=Decimal(-3))])
    plain = [values(page) for page in read(export)]
    monkeypatch.setattr(statement_sheet, "LARGE", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert [values(page) for page in read(export)] == plain
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_sheet, "MOST_ROWS", 2)
    with pytest.raises(ExportTooLargeError):
        written(export_of([export_row(at) for at in range(3)]))


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    write_xlsx(export_of(many_rows(2500)), io.BytesIO(), lambda done, total: told.append((done, total)))
    assert told == [(1000, 2500), (2000, 2500), (2500, 2500)]


# --- LibreOffice ---------------------------------------------------------------------------------------------------

OPENED = {
    "nada": export_of(),
    "comum": export_of(
        [
            *many_rows(400),
            export_row(900, kind="own_transfer", counted=False, amount=Decimal("-5000.00"), day=date(2026, 1, 1)),
            export_row(901, currency="USD", amount=Decimal("-12.34"), day=date(2026, 1, 2)),
            export_row(902, currency="EUR", amount=Decimal("99.99"), kind="income", day=date(2026, 1, 3)),
            *(export_row(1000 + at, description=text, day=date(2026, 2, 1)) for at, text in enumerate(HOSTILE)),
        ],
        period=Period(date(2024, 1, 1), date(2026, 12, 31)),
    ),
}
OPENED["grande"] = OPENED["comum"]


def without_figures(data: bytes) -> bytes:
    """The workbook with a wrong figure beside every formula: who does not work it out shows that one."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/"):
                content, found = re.subn(rb"(</f>)<v>[^<]*</v>", rb"\1<v>424242.42</v>", content)
                assert found or name != "xl/worksheets/sheet1.xml"
            changed.writestr(name, content)
    return target.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What LibreOffice sees in the workbooks, all opened at once."""
    folder = tmp_path_factory.mktemp("xlsx")
    files = []
    for name, export in OPENED.items():
        with pytest.MonkeyPatch.context() as patch:
            if name == "grande":
                patch.setattr(statement_sheet, "LARGE", 0)
            files.append(folder / f"{name}.xlsx")
            files[-1].write_bytes(without_figures(written(export)))
    convert(files, SHEETS_AS_CSV, folder)
    return folder


@needs_libreoffice
@pytest.mark.parametrize("name", OPENED)
def test_libreoffice_adds_up_what_the_statement_counts(name: str, folder: Path) -> None:
    export, lines = OPENED[name], sheet(folder, name, ROWS)
    place = lines[0].index("Entrou (R$)")
    brl, *others = export.totals
    totals = total_lines(lines)
    in_brl = totals["Total em reais (do que está à vista)"]
    assert [cents(value) for value in in_brl[place : place + 2]] == [brl.income, brl.outgoing]
    for other in others:
        line = totals[f"Total em {other.currency} (do período)"]
        assert [cents(value) for value in line[place + 2 : place + 4]] == [other.income, other.outgoing]
    shown = {line[0]: line for line in sheet(folder, name, MONTHS)[1:]}
    if export.count:
        assert cents(shown["Entrou (R$)"][-1]) == brl.income
        assert cents(shown["Saiu (R$)"][-1]) == brl.outgoing
        assert cents(shown["Resultado (R$)"][-1]) == brl.income + brl.outgoing
        assert sum((cents(value) for value in shown["Saiu (R$)"][2:-1]), ZERO) == brl.outgoing
    assert "424242" not in str(sheet(folder, name, MONTHS)) + str(lines)


@needs_libreoffice
@pytest.mark.parametrize("name", ["comum", "grande"])
def test_libreoffice_sees_each_amount_as_a_number_and_each_text_as_one(name: str, folder: Path) -> None:
    export, lines = OPENED[name], sheet(folder, name, ROWS)
    rows = lines[1 : export.count + 1]
    assert [cents(line[5]) for line in rows] == [row.amount for row in export.rows]
    assert [line[4] for line in rows] == [plain_line(row.description, 32_000) for row in export.rows]


def cents(text: str) -> Decimal:
    return Decimal(text).quantize(CENTAVO)
