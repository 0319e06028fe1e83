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
#: What unknown letters cost, a run and a letter of it, in nats: more than known words do, less than nonsense made of them.
_RUN: Final = 6.0
_LETTER: Final = 3.2
_KNOWN_SHARE: Final = 0.5
_SOME_WORD: Final = 1.0


@dataclass(frozen=True, slots=True)
class Splitter:
    """``costs``: the cost of each known word, in nats; ``beginnings``: of two letters or more, of all of them."""

    costs: Mapping[str, float]
    beginnings: frozenset[str]

    def reading(self, text: str) -> str:
        """The same reading, its long unknown words taken apart where known words explain half of their letters."""
        words = text.split(" ")
        if max(map(len, words)) < _SHORTEST:
            return text
        return " ".join([self._parts(word) if len(word) >= _SHORTEST else word for word in words])

    def _parts(self, word: str) -> str:
        if word in self.costs or not word.isalpha():
            return word
        parts = self._cheapest(word)
        known = sum(len(part) for part in parts if part in self.costs)
        return " ".join(parts) if known >= _KNOWN_SHARE * len(word) else word

    def _cheapest(self, word: str) -> list[str]:
        """The parts of the cheapest way through: ``best[i]`` is the cost of the first i letters, ``begins[i]`` where their
        last part begins; ``run[i]`` and ``run_begins[i]`` the same where that part is of unknown letters."""
        costs, beginnings, size = self.costs, self.beginnings, len(word)
        best, begins = [0.0] + [math.inf] * size, [0] * (size + 1)
        run, run_begins = [math.inf] * (size + 1), [0] * (size + 1)
        for at in range(size):
            if at and run[at] < best[at]:
                best[at], begins[at] = run[at], run_begins[at]
            new = best[at] + _RUN
            cost, begin = (new, at) if new < run[at] else (run[at], run_begins[at])
            run[at + 1], run_begins[at + 1] = cost + _LETTER, begin
            for end in range(at + 1, size + 1):
                part = word[at:end]
                if part in costs and best[at] + costs[part] < best[end]:
                    best[end], begins[end] = best[at] + costs[part], at
                if end > at + 1 and part not in beginnings:
                    break
        if run[size] < best[size]:
            begins[size] = run_begins[size]
        parts: list[str] = []
        while size:
            parts.append(word[begins[size] : size])
            size = begins[size]
        return parts[::-1]


def build_splitter(counts: Mapping[str, int]) -> Splitter:
    """A splitter of words and how often each occurs."""
    total = sum(counts.values())
    costs = {word: math.log(total / count) + _SOME_WORD for word, count in counts.items()}
    return Splitter(costs, frozenset(word[:size] for word in counts for size in range(2, len(word) + 1)))
