"""The picture of what is invested: a bar for each part, the largest first, its amount and its share of the whole above it.

As ``charts`` draws: 1080 × 1350 pixels, and what it plots read back from what was drawn. There is no axis: each bar says its
own amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from open_finance.exports.chart_text import amount_label, fitted, put, text_width
from open_finance.exports.charts import (
    BLUE,
    INK,
    MARGIN,
    SOFT,
    TEXT,
    VERMILION,
    WIDTH,
    Chart,
    Heading,
    Plotted,
    exact,
    new_axes,
    new_figure,
    to_png,
    write_heading,
    write_nothing,
)
from open_finance.insights.portfolio import Share
from open_finance.money import ZERO

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: So many bars have room for their words; what is left over is one bar.
BARS: Final = 9
_FOOT: Final = 90
_THICKEST: Final = 48


def portfolio_chart(shares: Sequence[Share], heading: Heading, rest: str) -> Chart:
    """The picture; ``rest``: what the bar of all that has none of its own is called."""
    figure, plotted = draw_portfolio(shown_shares(shares, rest), heading)
    return Chart(to_png(figure), plotted)


def shown_shares(shares: Sequence[Share], rest: str, bars: int = BARS) -> list[Share]:
    """The largest, and the others as one under ``rest``: they add up to all of it."""
    if len(shares) <= bars:
        return list(shares)
    kept, left = shares[: bars - 1], shares[bars - 1 :]
    amount = sum((one.amount for one in left), ZERO)
    percent = sum((one.percent for one in left), Decimal(0))
    positions = tuple(position for one in left for position in one.positions)
    return [*kept, Share(rest, amount, percent, positions)]


def percent_label(percent: Decimal) -> str:
    """``31,2%``."""
    return f"{percent:.1f}%".replace(".", ",")


def draw_portfolio(shares: Sequence[Share], heading: Heading) -> tuple[Figure, tuple[Plotted, ...]]:
    """The figure behind ``portfolio_chart``, and what was drawn."""
    figure = new_figure()
    write_heading(figure, heading)
    if not shares:
        return write_nothing(figure, heading), ()
    axes = new_axes(figure, MARGIN, WIDTH - 2 * MARGIN, foot=_FOOT)
    thick = min(0.36, _THICKEST / (axes.get_window_extent().height / (len(shares) + 0.17)))
    _set_range(axes, shares)
    amounts = [float(share.amount) for share in shares]
    colours = [BLUE if share.amount >= 0 else VERMILION for share in shares]
    drawn = axes.barh(range(len(shares)), amounts, height=thick, color=colours, zorder=2)
    for place, share in enumerate(shares):
        _name_bar(figure, axes, place, share, thick)
    bars = zip(drawn.patches, shares, strict=True)
    return figure, tuple(Plotted(share.name, exact(bar.get_width())) for bar, share in bars)


def _set_range(axes: Axes, shares: Sequence[Share]) -> None:
    values = [float(share.amount) for share in shares]
    low, high = min(0.0, *values), max(0.0, *values)
    axes.set_xlim(low, high if high > low else 1.0)
    axes.set_ylim(len(shares) - 0.5, -0.67)
    if low:
        axes.axvline(0, color=SOFT, linewidth=2, zorder=1)


def _name_bar(figure: Figure, axes: Axes, place: int, share: Share, thick: float) -> None:
    """The name at the left, the amount and the share at the right; a name gives way to them."""
    y = axes.transData.transform((0, place - thick / 2))[1] + 12
    told = f"{amount_label(share.amount)} · {percent_label(share.percent)}"
    room = WIDTH - 2 * MARGIN - text_width(told, TEXT, bold=True) - 30
    put(figure, (MARGIN, y), fitted(share.name, TEXT, room), TEXT, color=INK, over=True)
    put(figure, (WIDTH - MARGIN, y), told, TEXT, color=INK, across="right", bold=True, over=True)
