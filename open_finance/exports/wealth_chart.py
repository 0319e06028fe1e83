"""The picture of a net worth: what it is made of, one on another, what is owed below nothing, and the line of what is left.

As ``charts`` draws: 1080 × 1350 pixels, nothing told by colour alone, and what it plots read back from what was drawn. What
was worked out from rows is paler, and its line is dashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from open_finance.exports.chart_text import axis_label, put, text_width
from open_finance.exports.charts import (
    GRID,
    INK,
    MARGIN,
    SMALL,
    SOFT,
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
    write_nothing,
)
from open_finance.insights.wealth import Part, WealthPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colour and hatching, in the order in which they are piled up.
_LOOKS: Final = {Part.CASH: ("#0072B2", ""), Part.INVESTMENTS: ("#009E73", ".."), Part.DEBT: ("#E69F00", "//")}
_PALE, _FULL = 0.35, 0.85
#: Pixels of a legend's column that are not its name's.
_BESIDE_A_KEY: Final = 70
_NOWHERE: Final = float("nan")


@dataclass(frozen=True, slots=True)
class WealthWords:
    """The words of the picture, plain text. ``names``: of the parts that are shown; ``net``: of the line; ``ticks``: the
    days that are named along the bottom."""

    heading: Heading
    names: Mapping[Part, str]
    net: str
    ticks: tuple[tuple[date, str], ...] = ()


def wealth_chart(points: Sequence[WealthPoint], words: WealthWords) -> Chart:
    """The picture. What it plots is the last day's: each part, then the line."""
    figure, plotted = draw_wealth(points, words)
    return Chart(to_png(figure), plotted)


def draw_wealth(points: Sequence[WealthPoint], words: WealthWords) -> tuple[Figure, tuple[Plotted, ...]]:
    """The figure behind ``wealth_chart``, and what was drawn."""
    figure = new_figure()
    write_heading(figure, words.heading)
    if not points:
        return write_nothing(figure, words.heading), ()
    piles = _pile(points, words.names)
    low, high = _reach(piles, points)
    steps = round_steps(low, high, 5)
    left = MARGIN + 30 + max((text_width(axis_label(value, high - low), SMALL) for value in steps), default=0)
    columns = _columns([*words.names.values(), words.net])
    rows = -(-(len(words.names) + 1) // columns)
    axes = new_axes(figure, left, WIDTH - MARGIN - left, foot=120 + 46 * rows)
    axes.set_ylim(low - (high - low) * (0.04 if low else 0), high + (high - low) * 0.12)
    axes.set_xlim(0, len(points))
    heights = [Plotted(words.names[part], _draw_part(axes, part, pile, points)) for part, pile in piles.items()]
    net = _draw_net(axes, points)
    axes.axhline(0, color=SOFT, linewidth=2, zorder=3)
    draw_rungs(figure, axes, left)
    _name_days(figure, axes, points, words.ticks)
    keys = [Key(words.names[part], _LOOKS[part][0], _LOOKS[part][1]) for part in piles]
    write_legend(figure, [Key(words.net, INK, height=8), *keys], columns=columns)
    return figure, (*heights, Plotted(words.net, net))


def _columns(names: Sequence[str]) -> int:
    """Of the legend: two, where every name has room in half the width."""
    room = (WIDTH - 2 * MARGIN) / 2 - _BESIDE_A_KEY
    return 2 if all(text_width(name, SMALL) <= room for name in names) else 1


# --- the parts -----------------------------------------------------------------------------------------------------------

#: From where to where a part reaches on each day; nowhere where it is not known.
Pile = list[tuple[float, float]]


def _pile(points: Sequence[WealthPoint], names: Mapping[Part, str]) -> dict[Part, Pile]:
    """The parts of each day, one on another; what is below nothing hangs from the line."""
    piles: dict[Part, Pile] = {part: [] for part in Part if part in names}
    for point in points:
        up = down = 0.0
        for part, pile in piles.items():
            amount: Decimal | None = getattr(point, part.value)
            height = 0.0 if amount is None else float(amount)
            bottom = up if height >= 0 else down
            pile.append((_NOWHERE, _NOWHERE) if amount is None else (bottom, bottom + height))
            up, down = (up + height, down) if height >= 0 else (up, down + height)
    return piles


def _reach(piles: Mapping[Part, Pile], points: Sequence[WealthPoint]) -> tuple[float, float]:
    """How far down and how far up everything goes, nothing included."""
    ends = [end for pile in piles.values() for ends in pile for end in ends if end == end]  # noqa: PLR0124 - not nowhere
    known = [*ends, *(float(point.net) for point in points if point.net is not None)]
    low, high = min(0.0, *known), max(0.0, *known)
    return low, high if high > low else low + 1


def _draw_part(axes: Axes, part: Part, pile: Pile, points: Sequence[WealthPoint]) -> Decimal:
    """Returns how high it is on the last day, as drawn."""
    colour, hatch = _LOOKS[part]
    drawn: Any = None
    for is_calculated, start, end in _stretches(points):
        ends = [*pile[start:end], pile[end - 1]]  # each day is as wide as any other
        if all(one != one for one, _ in ends):  # noqa: PLR0124 - nowhere
            continue
        drawn = axes.fill_between(
            range(start, end + 1),
            [bottom for bottom, _ in ends],
            [top for _, top in ends],
            step="post",
            facecolor=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
            alpha=_PALE if is_calculated else _FULL,
            zorder=2,
        )
    return _height(drawn, len(points))


def _height(drawn: Any, end: int) -> Decimal:
    """Of a part's right edge; what hangs from the line is negative."""
    edge = [float(y) for x, y in drawn.get_paths()[-1].vertices if x == end]
    low, high = min(edge), max(edge)
    return exact(low - high if high <= 0 else high - low)


def _stretches(points: Sequence[WealthPoint]) -> list[tuple[bool, int, int]]:
    """What was worked out, and what was measured: ``(is_calculated, first, end)``."""
    begins = [at for at in range(len(points)) if not at or points[at].is_calculated != points[at - 1].is_calculated]
    ends = [*begins[1:], len(points)]
    return [(points[start].is_calculated, start, end) for start, end in zip(begins, ends, strict=True)]


# --- the line ------------------------------------------------------------------------------------------------------------


def _draw_net(axes: Axes, points: Sequence[WealthPoint]) -> Decimal:
    """The line of what is left, with a dot at its end. Returns its last amount, as drawn."""
    values = [_NOWHERE if point.net is None else float(point.net) for point in points]
    line: Any = None
    for is_calculated, start, end in _stretches(points):
        following = values[end] if end < len(points) else values[end - 1]
        style: dict[str, Any] = {"linestyle": (0, (2.2, 1.2))} if is_calculated else {}
        for color, width in (("white", 11), (INK, 6)):
            (line,) = axes.plot(
                range(start, end + 1),
                [*values[start:end], following],
                drawstyle="steps-post",
                color=color,
                linewidth=width,
                solid_capstyle="butt",
                zorder=4 if color == "white" else 5,
                **(style if color == INK else {}),
            )
    last = float(line.get_ydata()[-1])
    axes.plot([len(points)], [last], "o", markersize=12, color=INK, zorder=6, clip_on=False)
    return exact(last)


def _name_days(figure: Figure, axes: Axes, points: Sequence[WealthPoint], ticks: Sequence[tuple[date, str]]) -> None:
    """Along the bottom, as many as there is room for."""
    left, bottom = axes.transAxes.transform((0, 0))
    taken = 0.0
    for day, name in ticks:
        at = (day - points[0].day).days
        axes.axvline(at, color=GRID, linewidth=2, zorder=0)
        half = text_width(name, SMALL) / 2
        x = min(max(axes.transData.transform((at, 0))[0], left + half), WIDTH - MARGIN - half)
        if x - half >= taken:
            put(figure, (x, bottom - 14), name, SMALL, color=SOFT, across="center", down="top")
            taken = x + half + 24
