"""An income statement as a PDF (A4) that says how it can be checked: the same statement gives the same bytes.

Its figures are attached to it as plain text (``insights.income_statement.canonical``), their SHA-256 is printed on it, and
the whole file is sealed (``income_seal``). It names nobody. fpdf2 is loaded at first use, and matplotlib for its font.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from open_finance.clock import SAO_PAULO
from open_finance.exports.chart_text import amount_label, plain
from open_finance.extras import from_extra
from open_finance.income_seal import CODE_FIELD, EMPTY, SEAL_FIELD, attachment, grouped, seal
from open_finance.insights.income_statement import (
    IncomeMonth,
    IncomeRow,
    IncomeSource,
    IncomeStatement,
    Left,
    LeftOut,
    canonical,
    digest,
)
from open_finance.reading.months import month_label

if TYPE_CHECKING:
    from fpdf import FPDF

TITLE: Final = "Comprovante de renda"
DISCLAIMER: Final = "Gerado pelo próprio titular a partir do Open Finance; não é documento de banco."
NO_NAME: Final = "Este comprovante não traz nome nem CPF: vale junto com um documento de quem o apresenta."
HOW_TO_VERIFY: Final = (
    "Para conferir sem internet: python bot.py verify ARQUIVO.pdf, com o programa de código aberto Gerente Financeiro. "
    "Ele diz se algum byte deste arquivo mudou, e mostra os valores que o código abaixo resume. Isso mostra alteração; não "
    "prova quem emitiu, porque quem altera pode gerar outro código. Por isso, peça à pessoa que mostre o código na conversa "
    "dela com o bot, que o envia junto com este arquivo, e compare."
)
LEFT_OUT: Final = {
    LeftOut.OWN_TRANSFER: "Transferências entre contas da própria pessoa",
    LeftOut.LIKELY_OWN: "Prováveis transferências entre contas da própria pessoa",
    LeftOut.REFUND: "Estornos e devoluções",
    LeftOut.INVESTMENT: "Resgates e rendimentos de investimentos",
    LeftOut.LOAN: "Empréstimos",
    LeftOut.ONCE: "Entradas avulsas: não se repetem nem são pagas como renda",
}
_MARGIN, _BOTTOM, _LINE = 18.0, 18.0, 5.4
_FAMILY, _SMALL, _TEXT, _HEAD, _LARGE = "DejaVu", 8, 9.5, 12, 18


def income_pdf(statement: IncomeStatement) -> bytes:
    """The sealed file. Raises ValueError where there is no whole month: a statement of nothing is none."""
    if not statement.months:
        raise ValueError("no month to tell of")
    text = canonical(statement)
    page = _new_page(statement, text)
    _heading(page, statement)
    _figures(page, statement)
    _months(page, statement.months)
    _verification(page, digest(text))
    for month in statement.months:
        _rows(page, month)
    _left_out(page, statement.left_out)
    _sources(page, statement.sources)
    return seal(bytes(page.output()))


def period_label(first: date, last: date) -> str:
    """From one month to another: ``junho de 2026 a novembro de 2026``."""
    return month_label(first) if first == last else f"{month_label(first)} a {month_label(last)}"


def _new_page(statement: IncomeStatement, text: str) -> FPDF:
    """A document with its font, its properties and the attached figures. Nothing in it depends on when it is made."""
    with from_extra("pdf"):
        from fpdf import FPDF

    class Numbered(FPDF):
        """Each page says which it is."""

        def footer(self) -> None:
            """Without how many there are: fpdf2's mark for that could be a payer's name."""
            self.set_y(-12)
            self.set_font(_FAMILY, size=_SMALL)
            self.cell(w=0, h=5, text=f"{TITLE} · página {self.page_no()}", align="C")

    page = Numbered(format="A4")
    page.alias_nb_pages("")
    fonts = _fonts()
    page.add_font(_FAMILY, "", fonts / "DejaVuSans.ttf")
    page.add_font(_FAMILY, "B", fonts / "DejaVuSans-Bold.ttf")
    page.set_margins(_MARGIN, _MARGIN)
    page.set_auto_page_break(auto=True, margin=_BOTTOM)
    page.set_creation_date(datetime.combine(statement.issued_on, time(12), UTC))
    page.set_lang("pt-BR")
    page.set_title(TITLE)
    page.set_producer("Gerente Financeiro")
    page.set_subject(f"{CODE_FIELD}{digest(text)}")
    page.set_keywords(f"{SEAL_FIELD}{EMPTY}")
    page.embed_file(bytes=attachment(text), basename="valores.txt", mime_type="text/plain", compress=False)
    page.add_page()
    return page


def _fonts() -> Path:
    with from_extra("pdf"):
        import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


# --- the parts, from top to bottom ---------------------------------------------------------------------------------------


def _heading(page: FPDF, statement: IncomeStatement) -> None:
    _write(page, TITLE, _LARGE, bold=True, height=10)
    period = period_label(statement.months[0].month, statement.months[-1].month)
    _write(page, f"Período: {period}", _HEAD, height=7)
    _write(page, f"Emitido em {statement.issued_on:%d/%m/%Y}", _TEXT)
    _write(page, DISCLAIMER, _TEXT, bold=True)
    _write(page, NO_NAME, _TEXT)
    _gap(page)


def _figures(page: FPDF, statement: IncomeStatement) -> None:
    number = len(statement.months)
    pairs = (
        ("Média por mês", statement.mean),
        ("Mediana dos meses", statement.median),
        (f"Total de {number} {'mês' if number == 1 else 'meses'}", statement.total),
    )
    for label, amount in pairs:
        _table_row(page, ((label, 100, "L"), (_amount(amount), 74, "R")), _HEAD, bold=True, height=7)
    if number < statement.asked:
        known = "1 é conhecido" if number == 1 else f"{number} são conhecidos"
        _write(page, f"Foram pedidos {statement.asked} meses; só {known} por inteiro.", _TEXT)
    _gap(page)


def _months(page: FPDF, months: Sequence[IncomeMonth]) -> None:
    _title(page, "Renda de cada mês")
    for month in months:
        number = f"{len(month.rows)} {'entrada' if len(month.rows) == 1 else 'entradas'}"
        cells = ((month_label(month.month), 70, "L"), (number, 50, "L"), (_amount(month.total), 54, "R"))
        _table_row(page, cells, _TEXT)
    _gap(page)


def _rows(page: FPDF, month: IncomeMonth) -> None:
    """What came in, by day."""
    _title(page, f"Entradas de {month_label(month.month)}")
    for row in month.rows:
        _table_row(page, _row_cells(row), _TEXT)
    if not month.rows:
        _write(page, "Nenhuma.", _TEXT)
    _gap(page)


def _row_cells(row: IncomeRow) -> tuple[tuple[str, float, str], ...]:
    return (f"{row.on:%d/%m/%Y}", 24, "L"), (row.payer, 78, "L"), (row.bank, 38, "L"), (_amount(row.amount), 34, "R")


def _left_out(page: FPDF, left_out: Sequence[Left]) -> None:
    _title(page, "O que entrou e não foi contado como renda")
    for left in left_out:
        cells = ((LEFT_OUT[left.reason], 116, "L"), (f"{left.count}×", 18, "R"), (_amount(left.amount), 40, "R"))
        _table_row(page, cells, _TEXT)
    if not left_out:
        _write(page, "Nada.", _TEXT)
    _gap(page)


def _sources(page: FPDF, sources: Sequence[IncomeSource]) -> None:
    _title(page, "De onde vêm os dados")
    for source in sources:
        _table_row(page, ((source.bank, 87, "L"), (_read_at(source.read_at), 87, "L")), _TEXT)
    _gap(page)


def _verification(page: FPDF, code: str) -> None:
    _title(page, "Como conferir")
    _write(page, HOW_TO_VERIFY, _TEXT)
    _gap(page)
    _title(page, "Código dos valores (SHA-256)")
    for line in code_lines(code):
        _write(page, line, _HEAD, bold=True, height=7)
    _gap(page)


def code_lines(code: str) -> list[str]:
    """A code as it is printed: two lines of eight groups."""
    half = len(code) // 2
    return [grouped(code[:half]), grouped(code[half:])]


def _amount(amount: Decimal | None) -> str:
    return "–" if amount is None else amount_label(amount)


def _read_at(at: datetime | None) -> str:
    return "ainda não lido" if at is None else f"lido em {at.astimezone(SAO_PAULO):%d/%m/%Y %H:%M}"


# --- how words are set ---------------------------------------------------------------------------------------------------


def _title(page: FPDF, text: str) -> None:
    """Never the last line of a page."""
    if page.will_page_break(3 * _LINE):
        page.add_page()
    _write(page, text, _HEAD, bold=True, height=7)


def _write(page: FPDF, text: str, size: float, *, bold: bool = False, height: float = _LINE) -> None:
    page.set_font(_FAMILY, "B" if bold else "", size)
    page.multi_cell(w=0, h=height, text=text, align="L", new_x="LMARGIN", new_y="NEXT")


def _table_row(
    page: FPDF, cells: Iterable[tuple[str, float, str]], size: float, *, bold: bool = False, height: float = _LINE
) -> None:
    """Cells of a text, a width in millimetres and a side, in one line."""
    page.set_font(_FAMILY, "B" if bold else "", size)
    if page.will_page_break(height):
        page.add_page()
    for text, width, side in cells:
        page.cell(w=width, h=height, text=_cut(page, plain(text) or "–", width - 2), align=side)
    page.ln(height)


def _cut(page: FPDF, text: str, width: float) -> str:
    """As much of it as there is room for."""
    if page.get_string_width(text) <= width:
        return text
    while text and page.get_string_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _gap(page: FPDF) -> None:
    page.ln(_LINE)
