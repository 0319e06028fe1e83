"""The income statement's file: what is printed on it, what is attached to it, and that no byte of it can be another."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

import bot
from gerente_financeiro.verify_command import read_figures, verify_file
from open_finance.exports.income_statement import DISCLAIMER, LEFT_OUT, NO_NAME, code_lines, income_pdf
from open_finance.income_seal import EMPTY, Refusal, Refused, Verified, attachment, grouped, seal, verify
from open_finance.insights.income_statement import (
    IncomeMonth,
    IncomeRow,
    IncomeSource,
    IncomeStatement,
    LeftOut,
    canonical,
    digest,
)
from open_finance.reading.months import month_label
from tests.income_builders import ISSUED_ON, income_month, income_row, income_statement

ROOT = Path(__file__).resolve().parent.parent
N = "\xa0"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return income_pdf(income_statement())


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def flipped(content: bytes, place: int, bits: int = 1) -> bytes:
    changed = bytearray(content)
    changed[place] ^= bits
    return bytes(changed)


# --- what it says ----------------------------------------------------------------------------------------------------


def test_the_file_prints_every_figure_and_where_it_is_from(pdf: bytes) -> None:
    text = "\n".join(pages_of(pdf))
    lines = text.split("\n")
    assert lines[:3] == ["Comprovante de renda", "Período: maio de 2026 a outubro de 2026", "Emitido em 23/11/2026"]
    for expected in (
        DISCLAIMER,
        NO_NAME,
        "Média por mês R$ 6.341,75",
        "Mediana dos meses R$ 6.200,00",
        "Total de 6 meses R$ 38.050,50",
        "maio de 2026 1 entrada R$ 6.200,00",
        "outubro de 2026 2 entradas R$ 7.050,50",
        "05/10/2026 Estúdio Jatobá Itaú R$ 850,50",
        f"{LEFT_OUT[LeftOut.OWN_TRANSFER]} 2× R$ 1.500,00",
        f"{LEFT_OUT[LeftOut.ONCE]} 1× R$ 80,00",
        "Itaú lido em 23/11/2026 06:12",
        "Caixa ainda não lido",
    ):
        assert expected in lines, text
    assert "python bot.py verify" in text
    assert "não prova quem" in text
    for line in code_lines(digest(canonical(income_statement()))):
        assert line in lines


def test_every_reason_to_leave_money_out_has_words() -> None:
    assert LEFT_OUT.keys() == set(LeftOut)


def test_fewer_months_than_were_asked_for_are_said() -> None:
    one = income_statement([income_month(date(2026, 10, 1), "6200.00")], asked=12)
    text = pages_of(income_pdf(one))[0]
    assert "Período: outubro de 2026\n" in text
    assert "Foram pedidos 12 meses; só 1 são conhecidos por inteiro." not in text
    assert "Foram pedidos 12 meses; só 1 é conhecido por inteiro." in text


def test_a_statement_of_no_month_is_no_file() -> None:
    with pytest.raises(ValueError, match="no month"):
        income_pdf(income_statement([]))


def test_the_same_statement_is_the_same_file(pdf: bytes) -> None:
    assert income_pdf(income_statement()) == pdf
    assert income_pdf(income_statement(asked=12)) != pdf


def test_the_figures_are_attached_as_a_text_that_anybody_can_read(pdf: bytes) -> None:
    attached = PdfReader(BytesIO(pdf)).attachments["valores.txt"]
    assert attached == [attachment(canonical(income_statement()))]


HOSTILE = (
    "<b>Eva & Cia</b>",
    "\u202eoãçome\x00",
    "{nb}",
    "😀" * 30,
    "محمد",
    "-----VALORES-----",
    "selo-sha256:",
    "x" * 60,
)


def test_whatever_a_payer_is_called_the_file_is_made_and_verified() -> None:
    rows = [income_row(number, date(2026, 10, 5), "1.00", payer) for number, payer in enumerate(HOSTILE * 30)]
    told = income_statement([IncomeMonth(date(2026, 10, 1), tuple(rows))], sources=(IncomeSource("{nb}", None),))
    content = income_pdf(told)
    assert isinstance(verify(content), Verified)
    pages = pages_of(content)
    assert len(pages) > 4
    assert sum(page.count("R$ 1,00") for page in pages) == len(rows)
    for payer in ("<b>Eva & Cia</b>", "{nb}", "-----VALORES-----"):
        assert any(f"05/10/2026 {payer} Itaú R$ 1,00" in page for page in pages)


# --- no byte of it can be another ------------------------------------------------------------------------------------


def test_an_untouched_file_is_verified(pdf: bytes) -> None:
    found = verify(pdf)
    assert found == Verified(canonical(income_statement()), digest(canonical(income_statement())))


def test_every_changed_byte_of_the_figures_is_found(pdf: bytes) -> None:
    region = attachment(canonical(income_statement()))
    start = pdf.index(region)
    for place in range(start, start + len(region)):
        assert isinstance(verify(flipped(pdf, place)), Refused), place


def test_every_changed_byte_of_seal_and_code_is_found(pdf: bytes) -> None:
    for field in (b"selo-sha256:", b"codigo-sha256:"):
        start = pdf.index(field)
        for place in range(start, start + len(field) + 64):
            assert isinstance(verify(flipped(pdf, place)), Refused), place


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_change_anywhere_is_found(pdf: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(pdf) - 1))
    bits = data.draw(st.integers(1, 255))
    assert isinstance(verify(flipped(pdf, place, bits)), Refused)


def test_what_is_added_or_cut_is_found(pdf: bytes) -> None:
    for changed in (pdf + b"\n", b"\n" + pdf, pdf[:-1], pdf[1:], pdf + pdf, pdf[: len(pdf) // 2]):
        assert isinstance(verify(changed), Refused)


def test_who_seals_other_figures_anew_is_given_away_by_the_code(pdf: bytes) -> None:
    """Anybody can: the code is then another than the one that the person's bot shows."""
    raised = income_pdf(income_statement([income_month(date(2026, 10, 1), "9200.00")]))
    found, honest = verify(raised), verify(pdf)
    assert isinstance(found, Verified)
    assert isinstance(honest, Verified)
    assert found.code != honest.code


def test_a_code_that_is_not_that_of_the_figures_is_refused_though_the_seal_holds(pdf: bytes) -> None:
    code, made = digest(canonical(income_statement())).encode(), verify(pdf)
    assert isinstance(made, Verified)
    own_seal = pdf[pdf.index(b"selo-sha256:") + 12 :][:64]
    forged = pdf.replace(b"codigo-sha256:" + code, b"codigo-sha256:" + b"0" * 64)
    assert verify(forged) == Refused(Refusal.CHANGED)
    assert verify(seal(forged.replace(own_seal, EMPTY.encode()))) == Refused(Refusal.OTHER_FIGURES)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_no_statement(content: bytes) -> None:
    assert verify(content) == Refused(Refusal.NOT_A_STATEMENT)


def test_a_file_has_one_place_for_its_seal(pdf: bytes) -> None:
    with pytest.raises(ValueError, match="one place"):
        seal(pdf + pdf)
    with pytest.raises(ValueError, match="one place"):
        seal(b"%PDF-1.7")


amounts = st.integers(1, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
payers = st.text(max_size=60)


statements = st.builds(
    lambda months, asked: IncomeStatement(
        ISSUED_ON,
        asked,
        tuple(
            IncomeMonth(
                date(2026, number, 1),
                tuple(IncomeRow(date(2026, number, 5), payer, amount, payer, 1) for amount, payer in rows),
            )
            for number, rows in enumerate(months, 1)
        ),
        (),
        (),
    ),
    st.lists(st.lists(st.tuples(amounts, payers), max_size=4), min_size=1, max_size=4),
    st.integers(4, 12),
)


@given(statements)
def test_what_is_read_of_the_text_is_what_went_into_it(told: IncomeStatement) -> None:
    figures = read_figures(canonical(told))
    assert figures is not None
    assert figures.months == tuple((month.month, month.total) for month in told.months)
    assert (figures.issued_on, figures.total) == (ISSUED_ON, told.total)
    assert (figures.mean, figures.median) == (told.mean, told.median)


@settings(max_examples=6, deadline=None)
@given(statements)
def test_the_text_in_a_file_is_the_one_that_was_attached(told: IncomeStatement) -> None:
    assert verify(income_pdf(told)) == Verified(canonical(told), digest(canonical(told)))


# --- the command -----------------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str, str]:
    """The command in a process without settings, and without any library but Python's own."""
    command = [sys.executable, "-S", "-B", str(ROOT / "bot.py"), "verify", *arguments]
    done = subprocess.run(
        command, env={"PYTHONUTF8": "1"}, cwd="/", capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_needs_no_settings_no_network_and_no_library(tmp_path: Path, pdf: bytes) -> None:
    path = tmp_path / "comprovante.pdf"
    path.write_bytes(pdf)
    status, shown, errors = run(str(path))
    assert (status, errors) == (0, "")
    assert shown.split("\n")[:5] == [
        "CONFERE: o arquivo está como foi gerado, byte por byte.",
        "Emitido em 23/11/2026, sobre maio de 2026 a outubro de 2026.",
        f"Média por mês: R${N}6.341,75",
        f"Mediana dos meses: R${N}6.200,00",
        f"Total: R${N}38.050,50",
    ]
    assert f"  outubro de 2026: R${N}7.050,50" in shown
    assert f"Código dos valores: {grouped(digest(canonical(income_statement())))}" in shown
    assert "não prova quem emitiu" in shown


def test_the_command_refuses_a_changed_file(tmp_path: Path, pdf: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "comprovante.pdf"
    path.write_bytes(pdf.replace(b"6200.00", b"9200.00", 1))
    assert bot.main(["verify", str(path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "NÃO CONFERE: o arquivo foi alterado depois de gerado. Não confie nos valores.\n"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"%PDF-1.7\nanother\n%%EOF\n", 1, "NÃO CONFERE: não é um comprovante de renda do Gerente Financeiro"),
        (b"", 1, "NÃO CONFERE: não é um comprovante de renda do Gerente Financeiro"),
        (None, 2, "Não consegui ler o arquivo."),
    ],
)
def test_what_is_no_statement_is_said_to_be_none(tmp_path: Path, content: bytes | None, status: int, said: str) -> None:
    path = tmp_path / "outro.pdf"
    if content is not None:
        path.write_bytes(content)
    assert verify_file(path)[0] == status
    assert verify_file(path)[1].startswith(said)
    assert verify_file(tmp_path)[0] == 2  # a folder


def sealed(figures: str) -> bytes:
    """A file that somebody else made and sealed, as anybody can."""
    head = f"%PDF-1.7\n(codigo-sha256:{digest(figures)})\n(selo-sha256:{EMPTY})\n".encode()
    return seal(head + attachment(figures))


@pytest.mark.parametrize(
    "figures",
    [
        "",
        "outro texto",
        "comprovante-de-renda 1\n",
        "comprovante-de-renda 1\nemitido|ontem\nmes|2026-10|1|1.00\ntotal|1.00\nmedia|1.00\nmediana|1.00\n",
        "comprovante-de-renda 1\nemitido|2026-11-23\nmes|2026-10|1|NaN\ntotal|1.00\nmedia|1.00\nmediana|1.00\n",
        "comprovante-de-renda 1\nemitido|2026-11-23\nmes|2026-10|1\ntotal|1.00\nmedia|1.00\nmediana|1.00\n",
    ],
)
def test_sealed_figures_that_are_none_of_ours_are_refused(tmp_path: Path, figures: str) -> None:
    path = tmp_path / "forjado.pdf"
    path.write_bytes(sealed(figures))
    assert isinstance(verify(path.read_bytes()), Verified)
    assert verify_file(path) == (1, "NÃO CONFERE: o código não é o dos valores do arquivo. Não confie neles.")


def test_months_have_names() -> None:
    assert [month_label(date(2026, month, 1)) for month in (1, 3, 12)] == [
        "janeiro de 2026",
        "março de 2026",
        "dezembro de 2026",
    ]


def test_parts_of_a_code_are_groups_of_four() -> None:
    code: Any = "0123456789abcdef" * 4
    assert grouped(code).replace(" ", "") == code
    assert code_lines(code) == [grouped(code[:32]), grouped(code[32:])]
