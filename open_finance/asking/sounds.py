"""Words as they sound: who writes by ear is understood, *selular*, *setenbro*, *prestassão*, *cartaum*. Pure.

Two words are alike where Brazilians say them alike, or nearly. A letter that may be said in two ways gives several keys.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import Final

#: In their order, over folded letters: how it is written → how it sounds. Capitals are sounds of several letters.
_ALWAYS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(written), said)
    for written, said in (
        (r"(?:sh|ch)", "X"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"lh", "i"),
        (r"nh", "N"),
        (r"h", ""),
        (r"w(?=[aeiou])", "v"),
        (r"w", "u"),
        (r"y", "i"),
        (r"(?:qu|[ck]u(?=a))(?=[aeio])|q|k|c(?=[^aeiouh]|$)", "K"),
        (r"(?:sc|xc|ss|c)(?=[ei])", "s"),
        (r"ss", "s"),
        (r"gu(?=[ei])", "G"),
        (r"g(?=[ei])", "J"),
        (r"z", "s"),
        (r"(?:aum|oun|aun|am|ao|om)$", "AO"),
        (r"(?:oins|oems|ois|oes|ons|aos|aums|ams)$", "OS"),
        (r"nd(?=o$)", "n"),
        (r"n(?=[bcdfgjJKklmpqrstvxzXGC])|n$", "m"),
        (r"(?<=[bcdfgptKvG])l", "r"),
        (r"l(?=[^aeiou]|$)", "u"),
        (r"([a-zA-Z])\1+", r"\1"),
        (r"ei(?=[rxjX])", "e"),
        (r"ou", "o"),
        (r"(?<=[aeo])i(?=s$)", ""),
        (r"(?<=[aeo])r$", ""),
        (r"io$", "o"),
        (r"e", "i"),
        (r"o", "u"),
        (r"(?<=[KGfpgdtbxX])i$", ""),
        (r"i{2,}", "i"),
        (r"u{2,}", "u"),
    )
)
#: What may be said in several ways: ``c`` before ``a`` may be ``ç``, whose sign was folded away.
_SEVERAL: Final = {"c": ("K", "s"), "x": ("X", "s", "Ks"), "J": ("j", "G")}
_MOST: Final = 12


@lru_cache(maxsize=8192)
def sounds_of(word: str) -> frozenset[str]:
    """How a folded word may sound."""
    for pattern, said in _ALWAYS:
        word = pattern.sub(said, word)
    ways = [_SEVERAL.get(letter, (letter,)) for letter in word]
    spoken = ("".join(each) for each, _ in zip(product(*ways), range(_MOST), strict=False))
    return frozenset(re.sub(r"([a-zA-Z])\1+", r"\1", each) for each in spoken)
