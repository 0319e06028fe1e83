"""What the months are called: on every screen, in every file, and in what people type. Pure."""

from __future__ import annotations

from datetime import date
from typing import Final

#: As they stand within a sentence, January first.
MONTHS: Final = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)


def month_label(month: date) -> str:
    """``novembro de 2026``."""
    return f"{MONTHS[month.month - 1]} de {month.year}"
