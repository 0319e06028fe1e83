"""The picture of a forecast: the balance day by day, the band around it, and where money comes and goes.

Looks, sizes and promises are those of ``charts``. What is said of a day stands in rows above the plot, each with a thread
down to the line; what finds no room there keeps its mark on the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Final

from open_finance.exports.chart_text import axis_label, fitted, put, text_width
from open_finance.exports.charts import (
    BLUE,
    HEAD,
    HEIGHT,
    INK,
    MARGIN,
    SMALL,
    SOFT,
    TEXT,
    VERMILION,
    WIDTH,
    Chart,
    Heading,
    Key,
    Plotted,
    draw_rungs,
    exact,
    new_axes,
    new_figure,
    round_steps,
    to_png,
    write_heading,
    write_legend,
)
from open_finance.insights.outlook import Day, Forecast
from open_finance.money import ZERO

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_SHADE, _GREEN, _GREY = "#BFDFF2", "#009E73", "#8a8a8a"
_ROWS = 3
_MANY = 20  # marks: more of them are smaller
_ROW = 92  # pixels of a row of marks: a name and an amount
_LINE = 40
_MARK_ROOM, _GAP = 235, 26
_DATES = 72
_BELOW = 130  # pixels for the words of the lowest point, under what is drawn there
_CLEAR = 16  # of these, between that and the words
_LEAST_REACH = 100.0  # reais: of a balance of nothing that stays nothing
_Said = tuple[str, int, bool]  # a text, its size, whether it is bold
_LEAST_PLOT = HEIGHT - HEAD - _ROWS * _ROW - _DATES - 62 - 46 * 3
_SHORTEST_STEPS: Final = (1, 2, 5, 7, 10, 14, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Mark:
    """Money that is known to come (positive) or to go on a day. ``title``: plain text. ``is_asked``: of a question, and told
    before all others."""

    on: date
    title: str
    amount: Decimal
    is_asked: bool = False


def forecast_chart(
    forecast: Forecast, heading: Heading, marks: Sequence[Mark] = (), before: Forecast | None = None
) -> Chart:
    """The forecast as a picture. ``before``: the same days without what is asked about, as a thin line."""
    figure, plotted = draw_forecast(forecast, heading, marks, before)
    return Chart(to_png(figure), plotted)


def draw_forecast(
    forecast: Forecast, heading: Heading, marks: Sequence[Mark] = (), before: Forecast | None = None
) -> tuple[Figure, tuple[Plotted, ...]]:
    """The figure behind ``forecast_chart``, and what was drawn: a point for each day."""
    figure = new_figure()
    write_heading(figure, heading)
    keys = _keys(heading, forecast, before)
    told = _lowest_words(heading)
    low, high = _limits(forecast, before, told, MARGIN)
    low, high = _limits(
        forecast, before, told, _left(low, high)
    )  # where the words are depends on how wide the labels are
    left = _left(low, high)
    placed = _place(marks, forecast, left)
    rows = 1 + max((one.row for one in placed), default=-1)
    foot = 62 + 46 * len(keys) + _DATES + 12
    axes = new_axes(figure, left, WIDTH - MARGIN - left, foot=foot, head=HEAD + rows * _ROW)
    axes.patch.set_visible(False)  # the threads pass behind the plot
    axes.set_ylim(low, high)
    axes.set_xlim(*_span(forecast))
    plotted = _draw_lines(axes, forecast, before)
    draw_rungs(figure, axes, left)
    _draw_zero(axes)
    _draw_marks(figure, axes, forecast, marks, placed)
    _write_dates(figure, axes, forecast, left)
    _mark_lowest(figure, axes, forecast, told, _floor(forecast, before, told, left), left)
    write_legend(figure, keys)
    return figure, plotted


def _keys(heading: Heading, forecast: Forecast, before: Forecast | None) -> list[Key]:
    keys = [Key(heading.now, BLUE, height=10)]
    if forecast.has_band:
        keys.append(Key(heading.band, _SHADE))
    if before is not None:
        keys.append(Key(heading.usual, _GREY, height=6))
    return [key for key in keys if key.name]


# --- lines ---------------------------------------------------------------------------------------------------------------


def _draw_lines(axes: Axes, forecast: Forecast, before: Forecast | None) -> tuple[Plotted, ...]:
    """The band, the line before, the line; and what they say of each day, read back."""
    edges = _draw_band(axes, forecast) if forecast.has_band else None
    other = None if before is None else _line(axes, before, _GREY, 3, 3)
    line = _line(axes, forecast, BLUE, 6, 4)
    told = []
    for place, day in enumerate(forecast.days):
        usual = None if other is None else _value(other, place)
        band = None if edges is None else (_value(edges[0], place), _value(edges[1], place))
        told.append(Plotted(day.on.strftime("%d/%m"), _value(line, place), usual, band))
    return tuple(told)


def _draw_band(axes: Axes, forecast: Forecast) -> tuple[Line2D, Line2D]:
    days = [day.on.toordinal() for day in forecast.days]
    low, high = [float(day.low) for day in forecast.days], [float(day.high) for day in forecast.days]
    axes.fill_between(days, low, high, color=_SHADE, linewidth=0, zorder=1)
    under, over = (axes.plot(days, values, color=BLUE, linewidth=1.5, alpha=0.6, zorder=2)[0] for values in (low, high))
    if len(days) == 1:
        axes.vlines(days, low, high, color=_SHADE, linewidth=40, zorder=1)
    return under, over


def _line(axes: Axes, forecast: Forecast, colour: str, width: float, zorder: int) -> Line2D:
    """Steps where nothing but the lines moves the balance: between them it stands still."""
    days = [day.on.toordinal() for day in forecast.days]
    style = "default" if forecast.has_band else "steps-post"
    marker = "o" if len(days) == 1 else ""
    medians = [float(day.median) for day in forecast.days]
    return axes.plot(
        days, medians, color=colour, linewidth=width, drawstyle=style, marker=marker, markersize=14, zorder=zorder
    )[0]


def _value(line: Line2D, place: int) -> Decimal:
    return exact(float(line.get_ydata()[place]))  # type: ignore[arg-type, index]


def _left(low: float, high: float) -> float:
    """Where the plot begins, in pixels: after the amounts beside it."""
    return MARGIN + 24 + max(text_width(axis_label(value, high - low), SMALL) for value in round_steps(low, high, 5))


def _limits(forecast: Forecast, before: Forecast | None, told: Sequence[_Said], left: float) -> tuple[float, float]:
    """From below the band, with room for the lowest point's words, to above it; to nothing, where that is near."""
    days = (*forecast.days, *(() if before is None else before.days))
    low, high = (
        min(float(min(day.low, day.median)) for day in days),
        max(float(max(day.high, day.median)) for day in days),
    )
    reach = high - low or max(abs(high), _LEAST_REACH)
    if low == high:
        high += reach / 2
    if 0 < low <= reach / 2:
        low = 0.0
    if high < 0:
        high = 0.0
    high += (high - low or reach) * 0.05
    low -= reach * 0.04
    floor = _floor(forecast, before, told, left)
    least = min(low, _with_room(floor, high))
    if least <= 0 < floor and floor - (high - least) * _BELOW / _LEAST_PLOT < 0:
        least = min(least, _with_room(0.0, high))  # they would stand on the line of nothing
    return least, high


def _with_room(floor: float, high: float) -> float:
    """How low the plot reaches if there is to be room for words below this."""
    share = _BELOW / _LEAST_PLOT
    return (floor - share * high) / (1 - share)


def _span(forecast: Forecast) -> tuple[float, float]:
    first, last = forecast.days[0].on.toordinal(), forecast.days[-1].on.toordinal()
    room = max(0.5, (last - first) * 0.02) if first == last else (last - first) * 0.02
    return first - room, last + room


def _draw_zero(axes: Axes) -> None:
    low, high = axes.get_ylim()
    if low <= 0 <= high:
        axes.axhline(0, color=SOFT, linewidth=3, zorder=2)


# --- where money comes and goes --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Label:
    """A mark's words: in which row above the plot (0 the nearest), and from where to where, in pixels."""

    mark: Mark
    row: int
    start: float
    end: float
    at: float

    def clashes(self, other: _Label) -> bool:
        """Whether they would stand on each other, or the thread of one run through the other's words."""
        if self.row == other.row:
            return self.start < other.end + _GAP and other.start < self.end + _GAP
        upper, lower = (self, other) if self.row > other.row else (other, self)
        return upper.mark.on != lower.mark.on and lower.start - 8 < upper.at < lower.end + 8


def _place(marks: Sequence[Mark], forecast: Forecast, left: float) -> list[_Label]:
    """The words that find room: of all orders in which rows can be filled, the one that tells of most money."""
    orders = [order for count in range(1, _ROWS + 1) for order in permutations(range(count))]
    told = [_fill(marks, forecast, left, order) for order in orders]
    return max(told, key=_worth)


def _worth(placed: Sequence[_Label]) -> tuple[int, Decimal]:
    asked = sum(one.mark.is_asked for one in placed)
    return asked, sum((abs(one.mark.amount) for one in placed), ZERO)


def _fill(marks: Sequence[Mark], forecast: Forecast, left: float, rows: Sequence[int]) -> list[_Label]:
    """What was asked and then the largest amounts first, each in the first of these rows that has room for it."""
    first, last = _span(forecast)
    placed: list[_Label] = []
    for mark in sorted(marks, key=lambda mark: (not mark.is_asked, -abs(mark.amount))):
        if not first <= mark.on.toordinal() <= last:
            continue
        at = left + (mark.on.toordinal() - first) / (last - first) * (WIDTH - MARGIN - left)
        width = max(text_width(text, SMALL, bold=bold) for text, bold in zip(_words(mark), (False, True), strict=True))
        start = min(max(at - width / 2, left), WIDTH - MARGIN - width)
        tried = (_Label(mark, row, start, start + width, at) for row in rows)
        found = next((one for one in tried if not any(one.clashes(other) for other in placed)), None)
        if found is not None:
            placed.append(found)
    return placed


def _words(mark: Mark) -> tuple[str, str]:
    arrow, sign = ("▲", "+") if mark.amount > 0 else ("▼", "-")
    amount = float(abs(mark.amount))
    return f"{arrow} {fitted(mark.title, SMALL, _MARK_ROOM)}", f"{sign}{axis_label(amount, amount)}"


def _draw_marks(
    figure: Figure, axes: Axes, forecast: Forecast, marks: Sequence[Mark], placed: Sequence[_Label]
) -> None:
    """Triangles on the line, and the words with their threads."""
    from matplotlib.lines import Line2D

    by_day = {day.on: day for day in forecast.days}
    size = 17 if len(marks) <= _MANY else 12
    for mark in marks:
        if mark.on in by_day:
            shape, colour = ("^", _GREEN) if mark.amount > 0 else ("v", VERMILION)
            point = ([mark.on.toordinal()], [float(by_day[mark.on].median)])
            axes.plot(*point, shape, color=colour, markersize=size, markeredgecolor="white", zorder=5, clip_on=False)
    top = axes.transAxes.transform((0, 1))[1]
    for one in placed:
        foot = top + 22 + one.row * _ROW
        name, amount = _words(one.mark)
        middle = (one.start + one.end) / 2
        put(figure, (middle, foot + _LINE), name, SMALL, color=SOFT, across="center", over=True)
        put(figure, (middle, foot), amount, SMALL, across="center", bold=True, over=True)
        down = axes.transData.transform((0, float(by_day[one.mark.on].median)))[1]
        figure.add_artist(
            Line2D(
                [one.at] * 2, [down + 12, foot - 8], color=_GREY, linewidth=2, linestyle=":", zorder=-1, transform=None
            )
        )


# --- days ------------------------------------------------------------------------------------------------------------------


def _write_dates(figure: Figure, axes: Axes, forecast: Forecast, left: float) -> None:
    """The first day, the last, and as many between as there is room for."""
    bottom = axes.transAxes.transform((0, 0))[1]
    days = [day.on for day in forecast.days]
    width = text_width("00/00", SMALL)
    for when in _dates(days, (WIDTH - MARGIN - left) / (width + 34)):
        x = axes.transData.transform((when.toordinal(), 0))[0]
        axes.axvline(when.toordinal(), ymax=0.012, color=SOFT, linewidth=2, zorder=0)
        put(figure, (x, bottom - 26), when.strftime("%d/%m"), SMALL, color=SOFT, across="center", down="top")


def _dates(days: Sequence[date], room: float) -> list[date]:
    """At most ``room`` of these days: both ends, and between them every so many."""
    first, last = days[0], days[-1]
    if first == last:
        return [first]
    long = (last - first).days
    most = max(2, int(room))
    step = next((step for step in _SHORTEST_STEPS if long / step <= most - 1), long)
    between = [first + timedelta(days=at) for at in range(step, long, step)]
    closest = long / (most - 1)
    return [first, *(day for day in between if (last - day).days >= closest), last]


def _mark_lowest(
    figure: Figure, axes: Axes, forecast: Forecast, told: Sequence[_Said], floor: float, left: float
) -> None:
    """A ring around it, and the words below all that is drawn there, with a thread where that is farther down."""
    lowest: Day = forecast.lowest
    point = (lowest.on.toordinal(), float(lowest.median))
    axes.plot(
        *([value] for value in point),
        "o",
        markersize=26,
        markeredgewidth=3,
        fillstyle="none",
        color=INK,
        zorder=6,
        clip_on=False,
    )
    if not told:
        return
    y = axes.transData.transform(point)[1]
    zero, under = axes.transData.transform([(point[0], 0), (point[0], floor)])[:, 1]
    if under - _BELOW < zero < under:
        under = zero
    start, end = _across(forecast, told, left)
    first = min(under - _CLEAR - SMALL, y - 54)
    for line, (text, size, bold) in enumerate(told):
        put(figure, ((start + end) / 2, first - line * 46), text, size, across="center", bold=bold, over=True)
    ends = [axes.transData.inverted().transform((0, height))[1] for height in (y - 20, first + SMALL)]
    if ends[0] > ends[1]:
        axes.plot([point[0]] * 2, ends, color=INK, linewidth=2, linestyle=":", zorder=3, clip_on=False)


def _floor(forecast: Forecast, before: Forecast | None, told: Sequence[_Said], left: float) -> float:
    """The lowest that is drawn above the words of the lowest point, or just beside them."""
    first, last = _span(forecast)
    start, end = _across(forecast, told, left)
    width = (WIDTH - MARGIN - left) / (last - first)
    days = [(day.on, day.low if forecast.has_band else day.median) for day in forecast.days]
    days += [] if before is None else [(day.on, day.median) for day in before.days]
    places = ((left + (on.toordinal() - first) * width, float(value)) for on, value in days)
    return min([float(forecast.lowest.median), *(value for at, value in places if start - width <= at <= end + width)])


def _across(forecast: Forecast, told: Sequence[_Said], left: float) -> tuple[float, float]:
    """From where to where the words of the lowest point reach, in pixels: around it, as far as there is room."""
    first, last = _span(forecast)
    at = left + (forecast.lowest.on.toordinal() - first) / (last - first) * (WIDTH - MARGIN - left)
    half = max((text_width(text, size, bold=bold) for text, size, bold in told), default=0) / 2
    middle = min(max(at, left + half + 6), WIDTH - MARGIN - half)
    return middle - half, middle + half


def _lowest_words(heading: Heading) -> list[_Said]:
    if not any(heading.lowest):
        return []
    room = (WIDTH - 2 * MARGIN) * 0.7
    first, second = heading.lowest
    return [(fitted(first, SMALL, room), SMALL, False), (fitted(second, TEXT, room, bold=True), TEXT, True)]
