"""Texts compared as people read them."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower case, without accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
