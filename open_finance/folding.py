"""Texts compared as people read them."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower case, without accents, single spaces. Folded again it is the same."""
    if text.isascii():  # as most of what banks write is: nothing is to be taken apart
        return " ".join(text.lower().split())
    # Some signs are capitals only once they are taken apart: the letter in a square, in bold, in TM.
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
