"""What whoever hears a protocol can tell of it."""

from __future__ import annotations

from open_finance.personal.protocol import ALPHABET, LENGTH, new_protocol


def is_protocol(text: str) -> bool:
    """Whether a text can be a protocol: one that was misheard or mistyped in one place cannot."""
    characters = iter(text)
    known = len(text) >= LENGTH and all(char in ALPHABET for char in text)
    return known and new_protocol(lambda _: next(characters), len(text)) == text
