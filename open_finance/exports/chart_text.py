"""Words and amounts as they stand in a chart: measured before they are set, shortened rather than cut, and never read as
mathematics, whatever a bank writes."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from open_finance.extras import from_extra
from open_finance.money import round_to_centavo

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text

FONT = "DejaVu Sans"
POINTS = 72 / 100  # of a pixel, at 100 pixels an inch
NO_NAME = "Sem nome"
_UNITS = ((10**9, "bi"), (10**6, "mi"), (10**3, "mil"))


def put(  # noqa: PLR0913 - every text of a chart is set here
    figure: Figure,
    at: tuple[float, float],
    text: str,
    pixels: int,
    *,
    color: str = "#1b1b1b",
    across: str = "left",
    down: str = "baseline",
    bold: bool = False,
    over: bool = False,
) -> Text:
    """Set a text at a place in pixels, from the lower left. ``over``: what is behind it is not seen through it."""
    set_ = figure.text(
        0,
        0,
        text,
        transform=None,
        color=color,
        ha=across,
        va=down,
        parse_math=False,
        fontproperties=_font(pixels, bold=bold),
    )
    set_.set_position(at)
    if over:
        set_.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
    return set_


@lru_cache(maxsize=4096)
def text_width(text: str, pixels: int, *, bold: bool = False) -> float:
    """Pixels."""
    with from_extra("charts"):
        from matplotlib.backends.backend_agg import RendererAgg

    renderer: Any = cast("Any", RendererAgg)(1, 1, 100)
    width, _, _ = renderer.get_text_width_height_descent(text, _font(pixels, bold=bold), ismath=False)
    return float(width)


def fitted(text: str, pixels: int, room: float, *, bold: bool = False) -> str:
    """The text, without what the font cannot draw, as much of it as there is room for; an ellipsis in the place of the
    rest."""
    text = plain(text) or NO_NAME
    if text_width(text, pixels, bold=bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(_cut(text, middle), pixels, bold=bold) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return _cut(text, low)


def _cut(text: str, length: int) -> str:
    return f"{text[:length].rstrip()}…"


def plain(text: str) -> str:
    """One line of what the font has: no control or direction marks, no emoji."""
    spaced = (" " if char.isspace() else char for char in unicodedata.normalize("NFC", text))
    kept = (char for char in spaced if unicodedata.category(char)[0] != "C" and ord(char) in _drawable())
    return " ".join("".join(kept).split())


def amount_label(amount: Decimal) -> str:
    """``R$ 1.234,56``; ``-R$ 45,90``."""
    sign, cents = ("-" if amount < 0 else ""), int(abs(round_to_centavo(amount)).scaleb(2))
    return f"{sign}R$\xa0{_grouped(cents // 100)},{cents % 100:02d}"


def axis_label(value: float, reach: float, *, sign: str = "R$\xa0", shorten: bool = False) -> str:
    """``R$ 1.234``; millions and more in words, where the axis is long enough to tell these apart; centavos where the whole
    axis is a few reais long."""
    minus, size = ("-" if round(value, 2) < 0 else ""), abs(value)
    largest = max(size, abs(reach))
    for unit, name in _UNITS:
        tells_apart = not reach or abs(reach) * 2 >= unit
        if largest >= unit and (unit >= 10**6 or shorten) and size and tells_apart:
            written = f"{size / unit:,.1f}".replace(",", " ").replace(".", ",").replace(" ", ".").removesuffix(",0")
            return f"{minus}{sign}{written}\xa0{name}"
    if reach and reach < 5:
        return f"{minus}{sign}{size:.2f}".replace(".", ",")
    return f"{minus}{sign}{_grouped(round(size))}"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")


@cache
def _font(pixels: int, *, bold: bool) -> FontProperties:
    with from_extra("charts"):
        from matplotlib.font_manager import FontProperties

    return FontProperties(family=FONT, size=pixels * POINTS, weight="bold" if bold else "normal")


@cache
def _drawable() -> frozenset[int]:
    """The characters that the font can draw."""
    with from_extra("charts"):
        from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont(_font(28, bold=False))).get_charmap()) & frozenset(
        get_font(findfont(_font(28, bold=True))).get_charmap()
    )
