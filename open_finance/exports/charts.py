"""Charts of what was spent, as PNG files of 1080 × 1350 pixels, made to be read on a phone.

No text is smaller than 28 pixels, none is cut by the frame, and nothing is told by colour alone. Colours: Okabe and
Ito, "Color Universal Design" (2008), told apart by colour-blind people as well. Each chart says what it plots, read
back from what was drawn. matplotlib is loaded at first use: half a second, then a tenth a picture. Safe in threads: a
figure each, and no pyplot.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from open_finance.exports.chart_text import amount_label, axis_label, fitted, plain, put, text_width
from open_finance.extras import from_extra
from open_finance.insights.spending_figures import Column, Line
from open_finance.money import ZERO, round_to_centavo

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

WIDTH, HEIGHT = 1080, 1350  # pixels
DPI = 100
#: Sizes of text in pixels.
TITLE, TEXT, SMALL = 50, 37, 32
MARGIN = 60
HEAD, FOOT = 200, 190
_THICKEST = 52
INK, SOFT, GRID = "#1b1b1b", "#555555", "#d9d9d9"
BLUE, VERMILION = "#0072B2", "#D55E00"
#: Colour and hatching of the parts of a column, the last for all that is left.
_PARTS: Final = (("#0072B2", ""), ("#E69F00", "//"), ("#009E73", ".."), ("#CC79A7", "xx"), ("#56B4E9", "\\\\"))
_REST: Final = ("#B3B3B3", "--")


@dataclass(frozen=True, slots=True)
class Plotted:
    """What a bar, a part of a column, or a point of a line stands for. ``usual``: the mark beside the bar, or the other line
    at that point, None where there is none. ``band``: from where to where the shade reaches there."""

    label: str
    amount: Decimal
    usual: Decimal | None = None
    band: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """``png``: the picture. ``plotted``: what it shows, in the order of the table that it goes with."""

    png: bytes
    plotted: tuple[Plotted, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The words of a chart, plain text. ``now``: what a bar or the line is; ``usual``: what a mark or the other line is;
    ``nothing``: where nothing is to be shown; ``note``: a last line. ``band``: what the shade is; ``lowest``: two lines at
    the lowest point."""

    title: str
    subtitle: str
    now: str = ""
    usual: str = ""
    nothing: str = ""
    note: str = ""
    band: str = ""
    lowest: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Key:
    """A line of a legend. ``hatch``: of the patch; ``width``, ``height``: its pixels."""

    name: str
    colour: str
    hatch: str = ""
    width: int = 34
    height: int = 32


@dataclass(frozen=True, slots=True)
class Stack:
    """A month with the parts that are shown of it: they add up to its total."""

    label: str
    total: Decimal
    parts: tuple[tuple[str, Decimal], ...]


def bars_chart(lines: Sequence[Line], heading: Heading) -> Chart:
    """A bar for each line, its name and amount above it, and a mark where the usual amount is."""
    figure, plotted = draw_bars(lines, heading)
    return Chart(to_png(figure), plotted)


def columns_chart(stacks: Sequence[Stack], heading: Heading) -> Chart:
    """A column for each month, stacked by group. What came back stands below the line. All stacks have the same parts, of
    which the last is all that is left."""
    figure, plotted = draw_columns(stacks, heading)
    return Chart(to_png(figure), plotted)


def stack(column: Column, label: str, groups: Sequence[str], rest: str) -> Stack:
    """A month as shown: what each of ``groups`` cost, and under ``rest`` all the others."""
    told = [(title, column.parts.get(title, ZERO)) for title in groups]
    left = column.total - sum((amount for _, amount in told), ZERO)
    return Stack(label, column.total, (*told, (rest, left)))


# --- bars -------------------------------------------------------------------------------------------------------------


def draw_bars(lines: Sequence[Line], heading: Heading) -> tuple[Figure, tuple[Plotted, ...]]:
    """The figure behind ``bars_chart``, and what was drawn."""
    figure = new_figure()
    write_heading(figure, heading)
    if not lines:
        return write_nothing(figure, heading), ()
    axes = new_axes(figure, MARGIN, WIDTH - 2 * MARGIN)
    thick = _thickness(axes, len(lines))
    amounts = [float(line.amount) for line in lines]
    drawn = axes.barh(range(len(lines)), amounts, height=thick, color=BLUE, zorder=2)
    _set_range(axes, lines)
    _mark_usual(axes, lines, thick)
    _ticks(figure, axes)
    _name_bars(figure, axes, lines, thick)
    _bars_legend(figure, heading, has_usual=any(line.usual is not None for line in lines))
    bars = zip(drawn.patches, lines, strict=True)
    return figure, tuple(Plotted(line.title, exact(bar.get_width()), line.usual) for bar, line in bars)


def _set_range(axes: Axes, lines: Sequence[Line]) -> None:
    values = [float(value) for line in lines for value in (line.amount, line.usual) if value is not None]
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low or 1.0) * 0.01
    axes.set_xlim(low - (room if low else 0), high + room if high > low else 1.0)
    axes.set_ylim(len(lines) - 0.5, -0.67)
    if low:
        axes.axvline(0, color=SOFT, linewidth=2, zorder=1)


def _thickness(axes: Axes, count: int) -> float:
    """Of a bar, as a share of its line's height: few lines do not make fat bars."""
    row = axes.get_window_extent().height / (count + 0.17)
    return min(0.36, _THICKEST / row)


def _mark_usual(axes: Axes, lines: Sequence[Line], thick: float) -> None:
    """From the upper edge of the bar to well below it: the name stands above."""
    for place, line in enumerate(lines):
        if line.usual is not None:
            ends = [place - thick / 2, place + thick]
            for color, width in (("white", 9), (VERMILION, 6)):
                axes.plot([float(line.usual)] * 2, ends, color=color, linewidth=width, zorder=3, solid_capstyle="butt")


def _name_bars(figure: Figure, axes: Axes, lines: Sequence[Line], thick: float) -> None:
    for place, line in enumerate(lines):
        y = axes.transData.transform((0, place - thick / 2))[1] + 12
        amount = amount_label(line.amount)
        room = WIDTH - 2 * MARGIN - text_width(amount, TEXT, bold=True) - 30
        put(figure, (MARGIN, y), fitted(line.title, TEXT, room), TEXT, color=INK, over=True)
        put(figure, (WIDTH - MARGIN, y), amount, TEXT, color=INK, across="right", bold=True, over=True)


def _bars_legend(figure: Figure, heading: Heading, *, has_usual: bool) -> None:
    usual = [Key(heading.usual, VERMILION, width=8)] if has_usual else []
    write_legend(figure, [Key(heading.now, BLUE), *usual])


# --- columns ----------------------------------------------------------------------------------------------------------


def draw_columns(stacks: Sequence[Stack], heading: Heading) -> tuple[Figure, tuple[Plotted, ...]]:
    """The figure behind ``columns_chart``, and what was drawn: the parts of the first month, then those of the next."""
    figure = new_figure()
    write_heading(figure, heading)
    if not stacks:
        return write_nothing(figure, heading), ()
    names = [name for name, _ in stacks[0].parts]
    looks = [*_PARTS[: len(names) - 1], _REST]
    left = MARGIN + 30 + max(text_width(label, SMALL) for label in _labels_up(stacks))
    legend_rows = -(-len(names) // 2)
    axes = new_axes(figure, left, WIDTH - MARGIN - left, foot=120 + 46 * legend_rows)
    plotted = [
        Plotted(name, exact(bar.get_height()))
        for place, one in enumerate(stacks)
        for name, bar in zip(names, _pile(axes, place, one, looks), strict=True)
    ]
    _set_heights(axes, stacks)
    draw_rungs(figure, axes, left)
    _name_columns(figure, axes, stacks)
    write_legend(figure, [Key(name, *look) for name, look in zip(names, looks, strict=True)], columns=2)
    return figure, tuple(plotted)


def _pile(axes: Axes, place: int, one: Stack, looks: Sequence[tuple[str, str]]) -> list[Rectangle]:
    """The parts of a month, one on another; those below nothing hang from the line."""
    up = down = 0.0
    found = []
    for (_, amount), (colour, hatch) in zip(one.parts, looks, strict=True):
        height = float(amount)
        bottom = up if height >= 0 else down
        drawn = axes.bar(
            place,
            height,
            bottom=bottom,
            width=0.7,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=1.5,
            zorder=2,
        )
        up, down = (up + height, down) if height >= 0 else (up, down + height)
        found += drawn.patches
    return found


def _reach(stacks: Sequence[Stack]) -> tuple[float, float]:
    """How far down and how far up the columns go."""
    low = min(float(sum((amount for _, amount in one.parts if amount < 0), ZERO)) for one in stacks)
    high = max(float(sum((amount for _, amount in one.parts if amount > 0), ZERO)) for one in stacks)
    return low, high if high > low else low + 1


def _labels_up(stacks: Sequence[Stack]) -> list[str]:
    low, high = _reach(stacks)
    return [axis_label(value, high - low) for value in round_steps(low, high, 5)]


def _set_heights(axes: Axes, stacks: Sequence[Stack]) -> None:
    low, high = _reach(stacks)
    axes.set_ylim(low - (high - low) * 0.03 if low else 0, high + (high - low) * 0.12)
    axes.set_xlim(-0.6, max(len(stacks), 3) - 0.4)
    if low:
        axes.axhline(0, color=SOFT, linewidth=2, zorder=3)


def draw_rungs(figure: Figure, axes: Axes, left: float) -> None:
    """Lines across, each with its amount at the left."""
    low, high = axes.get_ylim()
    reach = high - low
    for value in round_steps(low, high, 5):
        axes.axhline(value, color=GRID, linewidth=2, zorder=0)
        y = axes.transData.transform((0, value))[1]
        put(figure, (left - 18, y), axis_label(value, reach), SMALL, color=SOFT, across="right", down="center")


def _name_columns(figure: Figure, axes: Axes, stacks: Sequence[Stack]) -> None:
    width = axes.transData.transform((1, 0))[0] - axes.transData.transform((0, 0))[0]
    bottom = axes.transAxes.transform((0, 0))[1]
    for place, one in enumerate(stacks):
        top = float(sum((amount for _, amount in one.parts if amount > 0), ZERO))
        x, y = axes.transData.transform((place, top))
        put(figure, (x, bottom - 14), fitted(one.label, TEXT, width - 8), TEXT, across="center", down="top")
        total = _short_total(one.total, width - 8)
        put(figure, (x, y + 8), total, SMALL, across="center", bold=True)


def _short_total(total: Decimal, room: float) -> str:
    """In whole reais, and shorter where a column has no room for that."""
    for reach in (Decimal(0), Decimal(10**3), Decimal(10**6), Decimal(10**9), Decimal(10**12)):
        label = axis_label(float(total), float(reach), sign="", shorten=bool(reach))
        if text_width(label, SMALL, bold=True) <= room:
            return label
    return "…"


# --- what all charts share ----------------------------------------------------------------------------------------------


def new_figure() -> Figure:
    """An empty picture."""
    with from_extra("charts"):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def to_png(figure: Figure) -> bytes:
    """The file; it does not say who made it."""
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=DPI, metadata={"Software": ""})
    return written.getvalue()


def new_axes(figure: Figure, left: float, width: float, *, foot: float = FOOT, head: float = HEAD) -> Axes:
    """A plot between the heading and the legend, without marks of its own."""
    height = HEIGHT - head - foot
    axes = figure.add_axes((left / WIDTH, foot / HEIGHT, width / WIDTH, height / HEIGHT))
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def write_heading(figure: Figure, heading: Heading) -> None:
    """Title, subtitle and note."""
    room = WIDTH - 2 * MARGIN
    put(figure, (MARGIN, HEIGHT - 50), fitted(heading.title, TITLE, room, bold=True), TITLE, down="top", bold=True)
    put(figure, (MARGIN, HEIGHT - 122), fitted(heading.subtitle, TEXT, room), TEXT, color=SOFT, down="top")
    if heading.note:
        put(figure, (MARGIN, 18), fitted(heading.note, SMALL, room), SMALL, color=SOFT)


def write_nothing(figure: Figure, heading: Heading) -> Figure:
    """What stands where a chart would."""
    told = fitted(heading.nothing, TEXT, WIDTH - 2 * MARGIN)
    put(figure, (WIDTH / 2, HEIGHT / 2), told, TEXT, color=SOFT, across="center", down="center")
    return figure


def _ticks(figure: Figure, axes: Axes) -> None:
    """The amounts along the bottom, the first and the last turned inwards."""
    low, high = axes.get_xlim()
    bottom = axes.transAxes.transform((0, 0))[1]
    taken = 0.0
    for value in round_steps(low, high, 4):
        axes.axvline(value, color=GRID, linewidth=2, zorder=0)
        label = axis_label(value, high - low)
        x, half = axes.transData.transform((value, 0))[0], text_width(label, SMALL) / 2
        x = min(max(x, MARGIN + half - 10), WIDTH - MARGIN - half + 10)
        if x - half < taken:
            continue
        put(figure, (x, bottom - 12), label, SMALL, color=SOFT, across="center", down="top")
        taken = x + half + 24


def round_steps(low: float, high: float, count: int) -> list[float]:
    """About ``count`` round values between the two."""
    with from_extra("charts"):
        from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(value) for value in found if low <= value <= high]


def write_legend(figure: Figure, keys: Sequence[Key], *, columns: int = 1) -> None:
    """In rows above the note; without those that have no name."""
    from matplotlib.patches import Rectangle

    shown = [key for key in keys if plain(key.name)]
    width = (WIDTH - 2 * MARGIN) / columns
    rows = -(-len(shown) // columns)
    for number, key in enumerate(shown):
        row, column = divmod(number, columns)
        x, y = MARGIN + column * width, 62 + 46 * (rows - 1 - row)
        corner = (x + (34 - key.width) / 2, y - 4 + (32 - key.height) / 2)
        patch = Rectangle(corner, key.width, key.height, facecolor=key.colour, edgecolor="white", transform=None)
        patch.set_hatch(key.hatch)
        figure.add_artist(patch)
        put(figure, (x + 50, y), fitted(key.name, SMALL, width - 70), SMALL)


def exact(value: float) -> Decimal:
    """What was drawn, to the centavo."""
    return round_to_centavo(Decimal(repr(float(value))))
