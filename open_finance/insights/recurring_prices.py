"""What a recurring charge costs, and since when: plateaus of amounts. Pure functions.

A plateau ends where the amounts after it lie clearly apart from those before it, measured by how far single ones lie from
their plateau: a fixed price changes by a few centavos, a power bill only by half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import Final, NamedTuple

#: A change is at least this (natural logarithm), and so many times what single ones lie from their plateau.
_LEAST_CHANGE, _NOISES = 0.012, 4.0
#: One alone speaks for a new price only where the old one was exact, and is not far from it.
_EXACT, _ONE_ALONE = 0.003, 0.5
#: Of amounts that move more than this, as a power bill's with the season, so few on either side say nothing.
_MOVING, _MOVING_NOISES, _FEW = 0.015, 6.0, 3
#: The latest of a plateau that moves tell what it is now.
LATEST: Final = 3


class Plateau(NamedTuple):
    """From one charge (by place) up to, not including, another. ``level``: the median, ``noise``: how far single ones lie
    from it on average; natural logarithms."""

    start: int
    end: int
    level: float
    noise: float


def find_plateaus(logs: Sequence[float]) -> list[Plateau]:
    """The plateaus of a chain's prices, the oldest first."""
    bounds = sorted({0, *_cuts(logs, 0, len(logs)), len(logs)})
    return [_plateau(logs, start, end) for start, end in pairwise(bounds)]


def _plateau(logs: Sequence[float], start: int, end: int) -> Plateau:
    part = logs[start:end]
    level = median(part)
    return Plateau(start, end, level, fmean(min(abs(log - level), 1.0) for log in part))


def _cuts(logs: Sequence[float], start: int, end: int) -> list[int]:
    """Where plateaus begin, within a part: the clearest cut first, then those on either side of it."""
    best, clearest = None, 1.0
    for cut in range(start + 2, end):
        if abs(logs[cut] - logs[cut - 1]) <= _LEAST_CHANGE:
            continue  # no cut is clearest where nothing changes
        clear = _clearness(logs[start:cut], logs[cut:end])
        if clear > clearest + 1e-9:
            best, clearest = cut, clear
    if best is None:
        return []
    return [*_cuts(logs, start, best), best, *_cuts(logs, best, end)]


def _clearness(before: Sequence[float], after: Sequence[float]) -> float:
    """How many times the least change that counts lies between two parts; 0 where too little is known."""
    low, high = median(before), median(after)
    change = abs(high - low)
    if change <= _LEAST_CHANGE:
        return 0.0
    noise_before = _typical(before, low)
    if len(after) == 1:
        return change / _LEAST_CHANGE if noise_before <= _EXACT and change <= _ONE_ALONE else 0.0
    spread = sum(abs(log - low) for log in before) + sum(abs(log - high) for log in after)
    noise = spread / (len(before) + len(after))
    if noise > _MOVING and min(len(before), len(after)) <= _FEW:
        return 0.0
    needed = (_MOVING_NOISES if noise > _MOVING else _NOISES) * noise
    return change / max(_LEAST_CHANGE, needed) * (1 + math.log(min(len(before), len(after))) / 10)


def _typical(part: Sequence[float], level: float) -> float:
    return median(abs(log - level) for log in part)
