"""A statement as a PDF (A4) that a person would hand over: totals, balances, rows by day, on each page its number and how
many there are. It names nobody: nothing here knows a name.

What stands on which page is decided by ``statement_pages``. fpdf2 is loaded at first use, and matplotlib for its font; a
letter that the font lacks is a question mark, other signs are left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from open_finance.exports.chart_text import amount_label
from open_finance.exports.statement_pages import (
    ACCOUNTS,
    ROWS,
    Block,
    Day,
    Entry,
    Figures,
    Heading,
    Line,
    Note,
    Title,
    plan_pages,
    row_words,
)
from open_finance.extras import from_extra
from open_finance.money import BRL
from open_finance.reading.plain_text import plain_line
from open_finance.reading.statement_export import StatementExport, moment_text, period_title

if TYPE_CHECKING:
    from fpdf import FPDF

DISCLAIMER: Final = "Gerado pelo próprio titular a partir do Open Finance; não é documento de banco."
LEFT, TOP, WIDTH, FOOT = 14.0, 24.0, 182.0, 283.0
_FAMILY, _SMALL, _TEXT, _HEAD = "DejaVu", 7.0, 8.0, 10.0
_INK, _SOFT, _BLUE, _RED, _GREEN = (27, 27, 27), (95, 95, 95), (20, 66, 114), (176, 32, 32), (22, 101, 52)
_BAND, _RULE = (236, 242, 248), (205, 213, 222)
#: Of a row: words, category, account, amount; where all are of one account, its room is the words'.
_WITH_ACCOUNT, _WITHOUT = (72.0, 40.0, 38.0, 32.0), (100.0, 50.0, 0.0, 32.0)
#: Where the columns of the small tables end, from the left margin.
_ACCOUNT_EDGES, _ASIDE_EDGES = (98.0, 132.0, 182.0), (104.0, 143.0, 182.0)


def write_pdf(export: StatementExport, target: BinaryIO, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the file. ``progress``: told after each page how many rows are done, and of how many."""
    pages = plan_pages(export)
    sheet = _Sheet(export, len(pages))
    done = 0
    for number, blocks in enumerate(pages, 1):
        sheet.begin(number, blocks[0])
        for block in blocks:
            sheet.draw(block)
        done += sum(isinstance(block, Entry) for block in blocks)
        if progress:
            progress(done, export.count)
    sheet.save(target)
    if progress and not export.rows:
        progress(0, 0)


class _Sheet:
    """The document, and how each block is drawn. Places are millimetres from the upper left."""

    def __init__(self, export: StatementExport, pages: int) -> None:
        self._export, self._pages = export, pages
        self._widths = _WITH_ACCOUNT if len(export.accounts) > 1 else _WITHOUT
        self._name = f"Extrato · {period_title(export.period)} · {export.title}"
        self._pdf = _new_document(export, self._name)
        self._y = TOP

    def save(self, target: BinaryIO) -> None:
        """Write it all."""
        self._pdf.output(target)

    def begin(self, number: int, first: Block) -> None:
        """A new page with its head and foot. ``first``: what it begins with."""
        self._pdf.add_page()
        self._y = TOP
        if number > 1:
            self._put(self._name, LEFT, 11, WIDTH, _SMALL, _SOFT)
        self._put(DISCLAIMER, LEFT, FOOT, 140, _SMALL, _SOFT)
        self._put(f"Página {number} de {self._pages}", LEFT + 140, FOOT, 42, _SMALL, _SOFT, side="R")
        if isinstance(first, Day | Entry):
            self._columns(("Categoria", "Conta" if self._widths[2] else "", "Valor"), 17.5)
            self._rule(TOP - 1.2)

    def draw(self, block: Block) -> None:
        """What comes next on the page."""
        draw: dict[type, Callable[..., None]] = {
            Title: self._title,
            Heading: self._heading,
            Figures: self._figures,
            Line: self._line,
            Day: self._day,
            Entry: self._entry,
            Note: self._note,
        }
        draw[type(block)](block)
        self._y += block.height

    # --- blocks ---

    def _title(self, block: Title) -> None:
        self._pdf.set_fill_color(*_BLUE)
        self._pdf.rect(0, 0, 210, 3, style="F")
        self._put(block.text, LEFT, self._y - 12, WIDTH, 18, _BLUE, bold=True, height=9)
        self._put(
            f"Gerado em {moment_text(self._export.made_at)}", LEFT + 112, self._y - 9.5, 70, _TEXT, _SOFT, side="R"
        )
        for number, line in enumerate(block.lines):
            self._put(line, LEFT, self._y + 0.5 + 5.6 * number, WIDTH, 9, _INK)

    def _figures(self, block: Figures) -> None:
        shown = (
            ("Entrou", block.income),
            ("Saiu", block.outgoing),
            ("Diferença", block.income + block.outgoing),
        )
        for place, (name, amount) in enumerate(shown):
            left = LEFT + place * 61.5
            self._pdf.set_fill_color(*_BAND)
            self._pdf.rect(left, self._y, 59, 15, style="F")
            self._put(name, left + 3, self._y + 1, 53, _TEXT, _SOFT)
            colour = _RED if amount < 0 else _GREEN if name == "Entrou" else _INK
            self._put(_money(amount, block.currency), left + 3, self._y + 6.8, 53, 12, colour, bold=True, height=6)

    def _heading(self, block: Heading) -> None:
        self._put(block.text, LEFT, self._y + 3.6, 70, _HEAD, _BLUE, bold=True)
        if block.text == ROWS:
            self._columns(block.columns, self._y + 4)
        else:
            edges = _ACCOUNT_EDGES if block.text == ACCOUNTS else _ASIDE_EDGES
            for name, edge in zip(block.columns, edges, strict=False):
                self._put(name, LEFT + edge - 32, self._y + 4, 32, _SMALL, _SOFT, side="R")
        self._rule(self._y + 10)

    def _columns(self, names: tuple[str, ...], y: float) -> None:
        left = LEFT + self._widths[0]
        for name, width, side in zip(names, self._widths[1:], "LLR", strict=True):
            if width:
                self._put(name, left, y, width - 2 * (side == "L"), _SMALL, _SOFT, side=side)
            left += width

    def _line(self, block: Line) -> None:
        is_account = len(block.amounts) == len(_ACCOUNT_EDGES)
        edges: tuple[float, ...] = _ACCOUNT_EDGES if is_account else _ASIDE_EDGES[1:]
        self._put(block.texts[0], LEFT, self._y, 66 if is_account else 80, _TEXT, _INK)
        if is_account:
            self._put(block.texts[1], LEFT + 134, self._y, 17, _SMALL, _SOFT, side="R")
        else:
            self._put(block.texts[1], LEFT + _ASIDE_EDGES[0] - 20, self._y, 20, _TEXT, _INK, side="R")
        for edge, amount in zip(edges, block.amounts, strict=True):
            self._amount(amount, block.currency, LEFT + edge - 31, 31)

    def _day(self, block: Day) -> None:
        self._pdf.set_fill_color(*_BAND)
        self._pdf.rect(LEFT, self._y + 0.8, WIDTH, 5.8, style="F")
        self._put(block.title, LEFT + 1.5, self._y + 0.9, 100, _TEXT, _INK, bold=True, height=5.6)
        sums = "  ".join(_money(amount, currency) for currency, amount in block.sums)
        self._put(sums, LEFT + 100, self._y + 0.9, WIDTH - 100, _TEXT, _INK, side="R", bold=True, height=5.6)

    def _entry(self, block: Entry) -> None:
        row, (words, category, account, amount) = block.row, self._widths
        marks, under = row_words(row)
        colour = _INK if row.counted else _SOFT
        tail = f"· {marks}" if marks else ""
        room = words - 5 - (self._width(tail, _SMALL) if tail else 0)
        shown = self._fit(_shown(row.description) or "Sem descrição", _TEXT, room, bold=False)
        self._put(shown, LEFT + 1.5, self._y, words - 2, _TEXT, colour)
        if tail:
            self._put(tail, LEFT + 2.7 + self._width(shown, _TEXT), self._y, words, _SMALL, _BLUE)
        self._put(under, LEFT + words, self._y, category - 2, _TEXT, _SOFT)
        if account:
            self._put(block.account, LEFT + words + category, self._y, account - 2, _SMALL, _SOFT)
        self._amount(row.amount, row.currency, LEFT + WIDTH - amount, amount, soft=not row.counted)

    def _note(self, block: Note) -> None:
        self._put(block.text, LEFT, self._y, WIDTH, _TEXT, _INK)

    # --- words ---

    def _amount(self, amount: Decimal | None, currency: str, x: float, width: float, *, soft: bool = False) -> None:
        colour = _SOFT if amount is None else _RED if amount < 0 else _SOFT if soft else _INK
        self._put("–" if amount is None else _money(amount, currency), x, self._y, width, _TEXT, colour, side="R")

    def _put(  # noqa: PLR0913 - every text of the file is set here
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        size: float,
        colour: tuple[int, int, int],
        *,
        side: str = "L",
        bold: bool = False,
        height: float = 5.0,
    ) -> None:
        """One line, without what the font lacks, cut where it would be wider."""
        shown = self._fit(_shown(text), size, width, bold=bold)
        if shown:
            self._pdf.set_text_color(*colour)
            self._pdf.set_xy(x, y)
            self._pdf.cell(w=width, h=height, text=shown, align=side)

    def _fit(self, text: str, size: float, width: float, *, bold: bool) -> str:
        self._pdf.set_font(_FAMILY, "B" if bold else "", size)
        if self._pdf.get_string_width(text) <= width:
            return text
        low, high = 0, min(len(text), 300)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self._pdf.get_string_width(f"{text[:middle].rstrip()}…") <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return f"{text[:low].rstrip()}…"

    def _width(self, text: str, size: float) -> float:
        self._pdf.set_font(_FAMILY, "", size)
        return float(self._pdf.get_string_width(text))

    def _rule(self, y: float) -> None:
        self._pdf.set_draw_color(*_RULE)
        self._pdf.set_line_width(0.25)
        self._pdf.line(LEFT, y, LEFT + WIDTH, y)


def _new_document(export: StatementExport, title: str) -> FPDF:
    with from_extra("pdf"):
        import matplotlib as mpl
        from fpdf import FPDF, ViewerPreferences

    pdf = FPDF(format="A4")
    pdf.alias_nb_pages("")  # fpdf2's mark for the number of pages could be a shop's name
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    pdf.add_font(_FAMILY, "", fonts / "DejaVuSans.ttf")
    pdf.add_font(_FAMILY, "B", fonts / "DejaVuSans-Bold.ttf")
    pdf.c_margin = 0
    pdf.set_auto_page_break(auto=False)
    pdf.set_creation_date(export.made_at)
    pdf.set_lang("pt-BR")
    pdf.set_title(_shown(title))
    pdf.set_producer("Gerente Financeiro")
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    return pdf


def _money(amount: Decimal, currency: str) -> str:
    """``-R$ 45,90``; ``-USD 45,90``."""
    label = amount_label(amount)
    return label if currency == BRL else label.replace("R$", currency, 1)


def _shown(text: str) -> str:
    """One plain line of what the font has."""
    kept = "".join(map(_drawn, unicodedata.normalize("NFC", plain_line(text))))
    return " ".join(part for part in kept.split(" ") if part)


@cache
def _drawn(char: str) -> str:
    if ord(char) in _drawable():
        return char
    return "?" if unicodedata.category(char)[0] in {"L", "N"} else ""


@cache
def _drawable() -> frozenset[int]:
    """The characters that both fonts have."""
    with from_extra("pdf"):
        import matplotlib as mpl
        from matplotlib.font_manager import get_font

    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    regular, strong = (get_font(str(fonts / name)) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
    return frozenset(regular.get_charmap()) & frozenset(strong.get_charmap())
