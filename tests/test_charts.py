"""Charts: what is plotted is what the table says, every text is whole, and what a bank writes is only text."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.messages.spending import CAPTION_LIMIT, Table, spending
from open_finance.exports.chart_text import amount_label, axis_label, fitted, plain, text_width
from open_finance.exports.charts import (
    HEIGHT,
    SMALL,
    WIDTH,
    Heading,
    Stack,
    bars_chart,
    columns_chart,
    draw_bars,
    draw_columns,
)
from open_finance.insights.spending import View
from open_finance.insights.spending_figures import Column, Figures, Line
from open_finance.spending_reports import SpendingReport
from tests.builders import NOW, TODAY, account, connection

HEADING = Heading(
    "Gastos de novembro", "até o dia 23 · por loja", "novembro até o dia 23", "normal: mediana de 3 meses"
)
DRAWN = settings(max_examples=12, deadline=None)
CENTS = st.integers(-(10**9), 10**11).map(lambda cents: Decimal(cents).scaleb(-2))
HOSTILE = [
    "$\\frac{1}{0}$", "C:\\new\\$HOME", "<b>A&B</b>", "_^{}%#&~", "مقهى \u202eabc", "日本料理", "🍕🍕🍕", "a" * 300,
    "Pão de Açúcar · Ações", "\n\t\x00", "Uma loja de nome muito comprido que nenhum telefone mostra inteiro de uma vez",
]  # fmt: skip
TITLES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


@st.composite
def any_lines(draw: st.DrawFn) -> list[Line]:
    usual = st.none() | CENTS
    return [Line(draw(TITLES), draw(CENTS), draw(usual)) for _ in range(draw(st.integers(0, 10)))]


@st.composite
def any_stacks(draw: st.DrawFn) -> list[Stack]:
    names = [*draw(st.lists(TITLES, max_size=4)), "Demais"]
    found = []
    for number in range(draw(st.integers(0, 6))):
        parts = tuple((name, draw(CENTS)) for name in names)
        found.append(Stack(f"M{number}*", sum((amount for _, amount in parts), Decimal(0)), parts))
    return found


def texts(figure: Any) -> list[Any]:
    figure.canvas.draw()
    return [text for text in [*figure.texts, *(one for axes in figure.axes for one in axes.texts)] if text.get_text()]


def assert_readable(figure: Any) -> None:
    """Every text lies within the frame, is large enough, and stands on no other."""
    boxes = [(text, text.get_window_extent()) for text in texts(figure)]
    for text, box in boxes:
        assert min(box.x0, box.y0, WIDTH - box.x1, HEIGHT - box.y1) >= 0, text.get_text()
        assert round(text.get_fontsize() / 0.72) >= SMALL >= 28
        assert not text.get_parse_math()
    for (one, box), (other, another) in combinations(boxes, 2):
        clear = (
            box.x1 <= another.x0 + 1 or another.x1 <= box.x0 + 1 or box.y1 <= another.y0 + 3 or another.y1 <= box.y0 + 3
        )
        assert clear, (one.get_text(), other.get_text())


@given(any_lines())
@DRAWN
def test_bars_are_as_long_as_the_table_says_and_every_text_is_whole(lines: list[Line]) -> None:
    figure, plotted = draw_bars(lines, HEADING)
    assert [(one.label, one.amount, one.usual) for one in plotted] == [
        (line.title, line.amount, line.usual) for line in lines
    ]
    assert_readable(figure)


@given(any_stacks())
@DRAWN
def test_columns_are_as_high_as_the_table_says_and_every_text_is_whole(stacks: list[Stack]) -> None:
    figure, plotted = draw_columns(stacks, replace(HEADING, note="* mês incompleto"))
    assert [(one.label, one.amount) for one in plotted] == [part for one in stacks for part in one.parts]
    assert_readable(figure)


@pytest.mark.parametrize("lines", [[], [Line("Padaria", Decimal("12.34"))], [Line("Nada", Decimal("0.00"))]])
def test_a_chart_of_little_or_nothing_is_one_too(lines: list[Line]) -> None:
    png = bars_chart(lines, replace(HEADING, nothing="Nenhum gasto neste mês")).png
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (1080, 1350)
    assert columns_chart([], HEADING).plotted == ()


def test_a_picture_says_nothing_of_who_made_it_and_is_small() -> None:
    png = bars_chart([Line("Padaria", Decimal(10))], HEADING).png
    assert b"tEXt" not in png.replace(b"tEXtSoftware\0", b"")
    assert len(png) < 300_000


def test_what_the_font_cannot_draw_is_left_out_and_nothing_is_cut() -> None:
    assert plain("Bar 🍕 do\u202e Zé\n") == "Bar do Zé"
    assert fitted("🍕", 32, 500) == "Sem nome"
    shown = fitted("a" * 300, 32, 400)
    assert shown.endswith("…")
    assert text_width(shown, 32) <= 400


@pytest.mark.parametrize(
    ("value", "reach", "label"),
    [
        (0, 100, "R$ 0"), (1234, 5000, "R$ 1.234"), (-500, 900, "-R$ 500"), (1.5, 2, "R$ 1,50"),
        (2_500_000, 5_000_000, "R$ 2,5 mi"), (3_000_000_000, 4_000_000_000, "R$ 3 bi"),
    ],
)  # fmt: skip
def test_axes_are_brazilian(value: float, reach: float, label: str) -> None:
    assert axis_label(value, reach).replace("\xa0", " ") == label
    assert amount_label(Decimal("-1234567.8")).replace("\xa0", " ") == "-R$ 1.234.567,80"


# --- the chart and the caption -------------------------------------------------------------------------------------------


def report(by: str = "merchant", **fields: Any) -> SpendingReport:
    values: dict[str, Any] = {
        "month": TODAY.replace(day=1), "until": TODAY, "total": Decimal("100.00"), "usual": Decimal("80.00"),
        "compared": 3, "lines": (), "columns": (),
    }  # fmt: skip
    figures = Figures(**{key: fields.pop(key, value) for key, value in values.items()})
    screen: dict[str, Any] = {
        "view": View.PURCHASES, "by": by, "group": None, "today": TODAY, "figures": figures, "apart": (), "suggestions": 0,
        "known_from": TODAY,
        "has_earlier": True, "has_later": False, "accounts": (account(),), "connections": (connection(),),
    }  # fmt: skip
    return SpendingReport(**{**screen, **fields})


def to_amount(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", "."))


def amounts_of(caption: str) -> list[Decimal]:
    """The first amount in reais of each line of the table."""
    body = caption.split("\n\n")[1]
    found = [re.search(r"(-?)R\$\xa0([\d.]+,\d\d)(?!.*R\$)", line) for line in body.split("\n")]
    return [to_amount(one.group(1) + one.group(2)) for one in found if one]


@given(st.lists(st.tuples(TITLES, CENTS, st.none() | CENTS), max_size=40))
@settings(max_examples=40, deadline=None)
def test_a_caption_fits_and_its_table_adds_up_to_the_whole(told: list[tuple[str, Decimal, Decimal | None]]) -> None:
    lines = tuple(Line(re.sub(r"R\$", "", title), amount, usual) for title, amount, usual in told)
    total = sum((line.amount for line in lines), Decimal(0))
    table = spending(report(lines=lines, total=total), NOW)
    assert len(table.caption.encode("utf-16-le")) // 2 <= CAPTION_LIMIT < 1024
    assert len(table.lines) <= 10
    assert sum((line.amount for line in table.lines), Decimal(0)) == total
    if len(lines) > 10:
        assert re.search(r"E mais \d+ lojas", table.caption)


@given(st.lists(st.tuples(st.from_regex(r"[A-Za-z ]{3,20}", fullmatch=True), CENTS), min_size=1, max_size=15))
@DRAWN
def test_what_is_plotted_is_what_the_caption_says(told: list[tuple[str, Decimal]]) -> None:
    table = spending(report(lines=tuple(Line(title, amount) for title, amount in told)), NOW)
    assert [one.amount for one in bars_chart(table.lines, table.heading).plotted] == amounts_of(table.caption)


MONTHS = [(TODAY.replace(day=1) - timedelta(days=31 * back)).replace(day=1) for back in range(5, -1, -1)]
GROUPS = ["Mercado", "Moradia", "Transporte", "Restaurantes e delivery", "Tarifas, juros e empréstimos", "Viagem"]


@st.composite
def any_columns(draw: st.DrawFn) -> tuple[Column, ...]:
    amounts = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
    found = []
    for month in MONTHS[draw(st.integers(0, 5)) :]:
        parts = {group: draw(amounts) for group in draw(st.sets(st.sampled_from(GROUPS)))}
        found.append(Column(month, sum(parts.values(), Decimal(0)), parts, is_whole=draw(st.booleans())))
    return tuple(found)


@given(any_columns())
@DRAWN
def test_six_months_are_plotted_as_the_caption_says(columns: tuple[Column, ...]) -> None:
    table = spending(report("months", columns=columns), NOW)
    assert len(table.caption.encode("utf-16-le")) // 2 <= CAPTION_LIMIT
    plotted = [one.amount for one in columns_chart(table.stacks, table.heading).plotted]
    assert [one.total for one in table.stacks] == [column.total for column in columns]
    assert plotted == [amount for one in table.stacks for _, amount in one.parts]
    body = table.caption.split("\n\n")[1].split("\n")
    for line, one in zip(body, table.stacks, strict=True):
        total, _, parts = line.partition("</b>")
        assert to_amount(total.split("\xa0")[1]) == one.total == sum((amount for _, amount in one.parts), Decimal(0))
        if len(one.parts) > 1:
            shown = [part.rsplit(" ", 1) for part in parts.removeprefix(": ").split(" · ")]
            assert [(name, to_amount(amount)) for name, amount in shown] == list(one.parts)


def test_little_history_is_said_and_never_a_nought() -> None:
    line = Line("Padaria", Decimal("10.00"), None)
    nothing: Table = spending(report(lines=(line,), usual=None, compared=0), NOW)
    assert "Ainda sem mês anterior completo" in nothing.caption
    assert "normal" not in nothing.caption.replace("Normal", "").split("\n")[0]
    assert "▲" not in nothing.caption
    one = spending(report(lines=(replace(line, usual=Decimal("8.00")),), compared=1), NOW)
    assert "o único completo que conheço" in one.caption
    assert "▲\xa025%" in one.caption
    two = spending(report(lines=(replace(line, usual=Decimal("0.00")),), compared=2), NOW)
    assert "os únicos completos que conheço" in two.caption
    assert " · novo" in two.caption


def test_the_first_line_is_the_answer_and_the_last_how_old_it_is() -> None:
    caption = spending(report(total=Decimal("3914.28"), usual=Decimal("4077.38")), NOW).caption
    assert caption.split("\n")[0] == "<b>Novembro até o dia 23: R$\xa03.914,28</b> · 4% menos que o normal"
    assert caption.split("\n")[-1] == "Atualizado hoje 06:12"
