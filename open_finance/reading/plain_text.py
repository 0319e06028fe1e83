"""Text from outside, and figures, as one plain cell or line: for screens, spreadsheets and files. Pure."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

#: What a spreadsheet takes for a formula, in any width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: Control, format (bidi marks, zero width), surrogate, private and unassigned characters.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def plain_line(text: str | None, limit: int | None = None) -> str:
    """Text from outside as one plain line: no control or direction marks, one space between words, at most ``limit``
    characters. Not escaped for anything."""
    if not text:
        return ""
    line = text if text.isascii() and text.isprintable() else _visible(text)
    line = " ".join(line.split())
    return line if limit is None or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    spaced = (" " if char.isspace() else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE)


def inert(text: str | None) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it where it begins like one."""
    text = text or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def decimal_comma(amount: Decimal | None) -> str:
    """``-1234,56``: a number to any Brazilian spreadsheet, so no separator of thousands."""
    return "" if amount is None else f"{amount:.2f}".replace(".", ",")


def day_text(when: date | None) -> str:
    """``23/11/2026``."""
    return "" if when is None else f"{when:%d/%m/%Y}"
