"""Words written as one, taken apart: ``Autopostoestrela`` → ``auto posto estrela``. Pure.

Some banks drop every space of a shop's name. The words known from the labelled descriptions, and how often each stands
there, say where the spaces were: the cheapest way through the letters (Viterbi).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SHORT: Final = frozenset(("de", "da", "do", "e", "dos", "das", "cia", "bar", "pet", "gas", "spa"))
#: Shorter words stand for themselves.
_SHORTEST: Final = 9
_LONGEST_WORD: Final = 16
#: What unknown letters cost, a run and a letter of it, in nats: more than known words do, less than nonsense made of them.
_RUN: Final = 6.0
_LETTER: Final = 3.2
_KNOWN_SHARE: Final = 0.5
_SOME_WORD: Final = 1.0


@dataclass(frozen=True, slots=True)
class Splitter:
    """``costs``: the cost of each known word, in nats."""

    costs: Mapping[str, float]

    def reading(self, text: str) -> str:
        """The same reading, its long unknown words taken apart where known words explain half of their letters."""
        if all(len(word) < _SHORTEST for word in text.split()):
            return text
        return " ".join(self._parts(word) for word in text.split())

    def _parts(self, word: str) -> str:
        if len(word) < _SHORTEST or word in self.costs or not word.isalpha():
            return word
        parts = _cheapest(word, self.costs)
        known = sum(len(part) for part in parts if part in self.costs)
        return " ".join(parts) if known >= _KNOWN_SHARE * len(word) else word


def build_splitter(counts: Mapping[str, int]) -> Splitter:
    """A splitter of words and how often each occurs."""
    total = sum(counts.values())
    return Splitter({word: math.log(total / count) + _SOME_WORD for word, count in counts.items()})


def _cheapest(word: str, costs: Mapping[str, float]) -> list[str]:
    """The parts of the cheapest way through: ``best[i]`` is the cost of the first i letters, ``begins[i]`` where the last
    part of them begins; ``run[i]`` and ``run_begins[i]`` the same where that part is of unknown letters."""
    size = len(word)
    best, begins = [0.0] + [math.inf] * size, [0] * (size + 1)
    run, run_begins = [math.inf] * (size + 1), [0] * (size + 1)
    for end in range(1, size + 1):
        if run[end - 1] <= best[end - 1] + _RUN:
            run[end], run_begins[end] = run[end - 1] + _LETTER, run_begins[end - 1]
        else:
            run[end], run_begins[end] = best[end - 1] + _RUN + _LETTER, end - 1
        best[end], begins[end] = run[end], run_begins[end]
        for start in range(max(0, end - _LONGEST_WORD), end):
            cost = costs.get(word[start:end])
            if cost is not None and best[start] + cost < best[end]:
                best[end], begins[end] = best[start] + cost, start
    parts: list[str] = []
    while size:
        parts.append(word[begins[size] : size])
        size = begins[size]
    return parts[::-1]
