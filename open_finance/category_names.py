"""What a person may call a category of their own. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from open_finance.errors import CategoryNameError
from open_finance.folding import fold
from open_finance.insights.labels import find_by_name
from open_finance.pluggy_values import text_without_cpf

NAME_LIMIT: Final = 40
FOLDED_LIMIT: Final = 80
#: Nobody reads a longer list.
MOST: Final = 50


def check_name(name: str, names: Mapping[str, str]) -> str:
    """The name with single spaces and nothing invisible. ``names``: those there are (``PersonalWords.names``). Raises
    CategoryNameError."""
    cleaned = " ".join("".join(" " if c.isspace() else c for c in name if _is_visible(c)).split())
    if not any(char.isalpha() for char in cleaned):
        raise CategoryNameError("empty")
    if len(cleaned) > NAME_LIMIT or len(fold(cleaned)) > FOLDED_LIMIT:
        raise CategoryNameError("long")
    if text_without_cpf(cleaned) != cleaned:
        raise CategoryNameError("cpf")
    taken_by = find_by_name(cleaned, names)
    if taken_by is not None:
        raise CategoryNameError("taken", taken_by)
    if len(names) >= MOST:
        raise CategoryNameError("many")
    return cleaned


def _is_visible(char: str) -> bool:
    return char.isspace() or not unicodedata.category(char).startswith("C")
