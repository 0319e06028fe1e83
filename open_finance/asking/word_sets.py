"""Tables of words. Pure."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a table that is written as one text."""
    return frozenset(text.split())
