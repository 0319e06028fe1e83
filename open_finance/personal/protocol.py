"""The protocol of an erasure: four characters that can be read aloud, the last of which guards the others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle

#: Nothing that looks like something else: no 0 and O, no 1, I and L. Thirty-one, a prime: every wrong character and every
#: two that changed places are noticed.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 4
_WEIGHTS = (1, 8, 2, 16, 4)  # powers of eight modulo thirty-one


def new_protocol(choose: Callable[[Sequence[str]], str], length: int = LENGTH) -> str:
    """A protocol such as ``7Q2M``. ``choose`` picks one of some characters (``secrets.choice``)."""
    drawn = "".join(choose(ALPHABET) for _ in range(length - 1))
    return drawn + _check_character(drawn)


def _check_character(drawn: str) -> str:
    total = sum(weight * ALPHABET.index(char) for weight, char in zip(cycle(_WEIGHTS), drawn, strict=False))
    return ALPHABET[total % len(ALPHABET)]
