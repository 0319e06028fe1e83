"""The picture of a forecast: what is plotted is what was forecast, every text is whole, and no label stands on another."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.messages.forecast import forecast_words
from gerente_financeiro.messages.format import day
from open_finance.exports.chart_text import axis_label
from open_finance.exports.charts import Heading, round_steps
from open_finance.exports.forecast_chart import Mark, draw_forecast, forecast_chart
from open_finance.insights.outlook import Forecast, Source
from open_finance.money import ZERO
from tests.builders import TODAY
from tests.forecasts import any_forecasts, expected, forecast, household
from tests.test_charts import assert_readable, texts
from tests.test_messages_forecast import summands

HEADING = Heading(
    "Próximos 30 dias", "hoje R$ 3.832,57 · em 23/12 cerca de R$ 3.850", now="o mais provável",
    usual="sem a compra", band="em 8 de cada 10 cenários", lowest=("ponto mais baixo: 04/12", "cerca de R$ 2.650"),
)  # fmt: skip
DRAWN = settings(max_examples=18, deadline=None)


def marks_of(found: Forecast) -> list[Mark]:
    return [Mark(line.on, line.title, line.amount) for line in found.lines]


@given(any_forecasts())
@DRAWN
def test_every_day_is_where_it_was_forecast_and_every_text_is_whole(found: Forecast) -> None:
    figure, plotted = draw_forecast(found, HEADING, marks_of(found))
    assert [one.label for one in plotted] == [day.on.strftime("%d/%m") for day in found.days]
    assert [one.amount for one in plotted] == [day.median for day in found.days]
    assert [one.band for one in plotted] == [(day.low, day.high) if found.has_band else None for day in found.days]
    assert_readable(figure)


@given(any_forecasts())
@settings(max_examples=8, deadline=None)
def test_what_is_plotted_is_what_the_caption_says(found: Forecast) -> None:
    told = forecast_words(found, "Atualizado hoje 06:12")
    figure, plotted = draw_forecast(found, told.heading, told.marks)
    added, end = summands(told.caption)
    assert plotted[-1].amount == end
    moved = sum((mark.amount for mark in told.marks), ZERO) + (found.everyday if found.has_band else ZERO)
    assert added[0] + moved == end
    lowest = min(plotted, key=lambda one: one.amount)
    assert f"{day(found.lowest.on, found.today)}" in told.heading.lowest[0]
    assert found.lowest.on.strftime("%d/%m") == lowest.label
    assert_readable(figure)


@given(any_forecasts((30,)), st.integers(1, 10**7))
@settings(max_examples=8, deadline=None)
def test_a_question_is_drawn_beside_what_was_forecast_without_it(before: Forecast, cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    after = replace(
        before,
        days=tuple(
            replace(
                day, known=day.known - amount, median=day.median - amount, low=day.low - amount, high=day.high - amount
            )
            for day in before.days
        ),
    )
    figure, plotted = draw_forecast(after, HEADING, marks_of(before), before)
    assert [(one.amount, one.usual) for one in plotted] == [
        (one.median, two.median) for one, two in zip(after.days, before.days, strict=True)
    ]
    assert "sem a compra" in {text.get_text() for text in texts(figure)}
    assert_readable(figure)


@given(any_forecasts((1, 30, 60, 90)), any_forecasts((30,)))
@settings(max_examples=25, deadline=None)
def test_the_words_of_the_lowest_point_cover_nothing_of_what_is_drawn(found: Forecast, other: Forecast) -> None:
    before = other if len(other.days) == len(found.days) else None
    figure, _ = draw_forecast(found, HEADING, marks_of(found), before)
    axes = figure.axes[0]
    boxes = [text.get_window_extent() for text in texts(figure) if text.get_text() in HEADING.lowest]
    left, right, top = min(box.x0 for box in boxes), max(box.x1 for box in boxes), max(box.y1 for box in boxes)
    drawn = [(day.on, day.low if found.has_band else day.median) for day in found.days]
    drawn += [] if before is None else [(day.on, day.median) for day in before.days]
    points = [axes.transData.transform((on.toordinal(), float(value))) for on, value in drawn]
    assert all(y >= top for x, y in points if left <= x <= right)
    zero = axes.transData.transform((0, 0))[1]
    assert not min(box.y0 for box in boxes) < zero < top
    assert min(box.y0 for box in boxes) > axes.get_window_extent().y0 - 8


def said(figure: object) -> set[str]:
    return {text.get_text().replace("\xa0", " ") for text in texts(figure)}


def test_money_that_comes_and_goes_is_named_and_the_lowest_point_told() -> None:
    found = forecast(household())
    named = [replace(mark, title="Salário") if mark.amount > 0 else mark for mark in marks_of(found)]
    figure, _ = draw_forecast(found, HEADING, named)
    assert {"▲ Salário", "+R$ 6.200", "-R$ 1.800", "-R$ 1.275", "ponto mais baixo: 04/12"} <= said(figure)
    assert {"23/11", "30/11", "23/12", "R$ 0"} <= said(figure)


def test_what_finds_no_room_for_words_keeps_its_mark_on_the_line() -> None:
    lines = [expected(TODAY + timedelta(days=number), "-50.00", title=f"Conta {number}") for number in range(1, 30)]
    figure, _ = draw_forecast(forecast(lines), HEADING, marks_of(forecast(lines)))
    named = [text for text in said(figure) if text.startswith("▼")]
    marked = [line for line in figure.axes[0].lines if line.get_marker() == "v"]
    assert 3 <= len(named) < 29
    assert len(marked) == 29
    assert_readable(figure)


def test_the_largest_amounts_are_named_first() -> None:
    lines = [expected(TODAY + timedelta(days=number), "-5.00", title=f"Conta {number}") for number in range(1, 30)]
    lines.append(expected(TODAY + timedelta(days=9), "-900.00", Source.RENT, "Aluguel"))
    figure, _ = draw_forecast(forecast(lines), HEADING, marks_of(forecast(lines)))
    assert "▼ Aluguel" in said(figure)


def test_without_a_band_the_balance_stands_still_between_what_is_known() -> None:
    found = forecast(household(), has_band=False)
    figure, plotted = draw_forecast(found, replace(HEADING, now="só o que já é conhecido"))
    line = next(one for one in figure.axes[0].lines if one.get_linewidth() == 6)
    assert line.get_drawstyle() == "steps-post"
    assert {one.band for one in plotted} == {None}
    assert "em 8 de cada 10 cenários" not in said(figure)


@pytest.mark.parametrize("days", [0, 1, 90])
def test_any_number_of_days_makes_a_picture_for_a_phone(days: int) -> None:
    png = forecast_chart(forecast(days=days), HEADING).png
    assert struct.unpack(">II", png[16:24]) == (1080, 1350)
    assert len(png) < 300_000


@pytest.mark.parametrize(("start", "is_drawn"), [("3832.57", True), ("-210.00", True), ("98765.00", False)])
def test_nothing_is_a_line_where_the_balance_comes_near_it(start: str, is_drawn: bool) -> None:
    figure, _ = draw_forecast(forecast([expected(date(2026, 12, 1), "-900.00")], start=start), HEADING)
    low, high = figure.axes[0].get_ylim()
    assert bool(low <= 0 <= high) is is_drawn


@pytest.mark.parametrize("start", ["0.00", "500.00", "2345678.90", "98765432109.87"])
def test_amounts_beside_the_plot_are_all_different(start: str) -> None:
    for found in (forecast([], start=start, has_band=False), forecast(household(), start=start)):
        figure, _ = draw_forecast(found, HEADING)
        low, high = figure.axes[0].get_ylim()
        beside = [axis_label(value, high - low) for value in round_steps(low, high, 5)]
        assert set(beside) <= {text.get_text() for text in texts(figure)}
        assert len(set(beside)) == len(beside) >= 2
        assert high - low >= 50
        assert_readable(figure)
