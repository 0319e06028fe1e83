"""The printed statement, read back: every row once, the totals of /extrato, and on each page which of how many it is."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from open_finance.exports.chart_text import amount_label
from open_finance.exports.statement_pages import ROOM, Day, Entry, Heading, Title, plan_pages
from open_finance.exports.statement_pdf import DISCLAIMER, write_pdf
from open_finance.reading.statement_export import ExportRow, StatementExport
from tests.export_records import HOSTILE, export_account, export_of, export_row, many_rows, rows_of, whole_period

CHECKING = export_account(1)


def pdf_of(export: StatementExport) -> PdfReader:
    written = io.BytesIO()
    write_pdf(export, written)
    return PdfReader(written)


def texts(export: StatementExport) -> list[str]:
    return [page.extract_text() for page in pdf_of(export).pages]


def money(amount: Decimal) -> str:
    return amount_label(amount).replace("\xa0", " ")


def test_first_page_says_what_it_is_of_what_period_and_how_old() -> None:
    account = replace(CHECKING, opening=Decimal("1234.50"), closing=Decimal("-99.10"))
    (told,) = texts(export_of([export_row(1)], accounts=(account,), title="Itaú · Conta corrente ••4321"))
    for words in (
        "Extrato da conta",
        "Período: novembro de 2026 (01/11/2026 a 30/11/2026)",
        "Itaú · Conta corrente ••4321",
        "Instituição: Itaú",
        "Gerado em 23/11/2026",
        "Saldo inicial",
        "R$ 1.234,50",
        "-R$ 99,10",
        "20/11/2026, sexta-feira",
        "Padaria Exemplo",
        "Itaú: atualizado em 23/11/2026",
        DISCLAIMER,
        "Página 1 de 1",
    ):
        assert words in told, words


def test_document_has_a_title_and_a_language_and_no_name() -> None:
    reader = pdf_of(export_of([export_row(1)]))
    assert reader.metadata is not None
    assert reader.metadata.title == "Extrato · novembro de 2026 · todas as contas"
    assert reader.metadata.author is None
    assert str(reader.root_object["/Lang"]) == "pt-BR"
    assert "'/DisplayDocTitle': True" in str(reader.root_object["/ViewerPreferences"])


def test_totals_are_those_of_the_statement_and_own_money_stands_apart() -> None:
    rows = [
        export_row(1, amount=Decimal("-1234.56")),
        export_row(2, amount=Decimal("6200.00"), kind="income"),
        export_row(3, amount=Decimal("-70.00"), kind="own_transfer", counted=False),
        export_row(4, amount=Decimal("-7.10"), currency="USD"),
    ]
    (told,) = texts(export_of(rows))
    for words in (
        "R$ 6.200,00",
        "-R$ 1.234,56",
        "R$ 4.965,44",
        "-USD 7,10",
        "Transferências entre contas suas",
        "Transferência sua",
    ):
        assert words in told, words
    assert told.count("R$ 4.965,44") == 2, "the difference, and the only day"


def test_marks_of_a_row() -> None:
    rows = [
        export_row(1, pending=True, instalment=(2, 3)),
        export_row(2, scheduled=True, counted=False, day=date(2026, 11, 29)),
        export_row(3, unconfirmed=True, counted=False),
    ]
    (told,) = texts(export_of(rows))
    assert "2/3 · pendente" in told
    assert "Pendente: o banco ainda não confirmou" in told
    assert "agendado" in told
    assert "não confirmado" in told


def test_each_row_is_on_one_page_and_pages_are_numbered() -> None:
    rows = [replace(row, description=f"Loja nº {row.id}.") for row in many_rows(400, step=timedelta(hours=8))]
    export = export_of(rows, period=whole_period(rows))
    pages = texts(export)
    assert len(pages) > 5
    for number, page in enumerate(pages, 1):
        assert f"Página {number} de {len(pages)}" in page
        assert page.count("Página ") == 1
        assert "Extrato" in page
        assert "Valor" in page or number == len(pages)
    assert Counter(re.findall(r"Loja nº (\d+)\.", "\n".join(pages))) == Counter(str(row.id) for row in rows)
    told = "\n".join(pages)
    for total in export.totals:
        assert money(total.income) in told
        assert money(total.outgoing) in told


@given(rows_of(most=90), st.integers(1, 70))
@settings(max_examples=30)
def test_no_page_is_too_full_nor_ends_with_what_leads_on(rows: tuple[ExportRow, ...], accounts: int) -> None:
    export = export_of(rows, accounts=tuple(export_account(at) for at in range(1, accounts + 1)))
    pages = plan_pages(export)
    assert [block.row for page in pages for block in page if isinstance(block, Entry)] == list(rows)
    for page in pages:
        assert sum(block.height for block in page) <= ROOM + 1e-9
        assert not isinstance(page[-1], Title | Heading | Day)
    for page in pages[1:]:
        if any(isinstance(block, Entry) for block in page):
            first = next(block for block in page if isinstance(block, Entry | Day | Heading))
            assert not isinstance(first, Entry), "a day that goes on is named again"


def test_hostile_text_is_cut_and_shown_as_far_as_the_font_goes() -> None:
    rows = [export_row(at, description=text, category=text) for at, text in enumerate(HOSTILE, 1)]
    rows += [export_row(99, description="{nb} de {total}"), export_row(100, description="商店 do João")]
    export = export_of(rows, accounts=(replace(CHECKING, name="x" * 500, bank="\u202eBanco"),), title="{nb}")
    pages = texts(export)
    told = "\n".join(pages)
    assert "{nb} de {total}" in told
    assert "?? do João" in told
    assert "\u202e" not in told
    assert told.count("-R$ 50,00") == len(rows)


def test_nothing_in_the_period_is_said() -> None:
    (told,) = texts(export_of())
    assert "Nenhum lançamento no período." in told
    assert "R$ 0,00" in told


@pytest.mark.parametrize("rows", [0, 300])
def test_progress_ends_with_all_rows(rows: int) -> None:
    told: list[tuple[int, int]] = []
    made = many_rows(rows)
    write_pdf(export_of(made), io.BytesIO(), lambda done, total: told.append((done, total)))
    assert told[-1] == (rows, rows)
    assert told == sorted(told)
