"""The trained model applied by numpy alone: readings → features → probabilities. Pure but for reading its own file once.

Two levels: one softmax over the groups, and within each group one over its categories; the probability of a category is
the product. Training is ``tools/train.py``; that both give the same answers is tested.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from open_finance.insights.category_text import ALPHABET

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

ARTEFACT: Final = "categories-v1.npz"
VERSION: Final = 1
_BASE_BITS: Final = 6
_SPACE: Final = 1
_LONGEST_GRAM: Final = 5
_WORD_SYMBOLS: Final = 10
_WORD: Final = 1 << 61
_PAIR: Final = 1 << 62
_LOW: Final = (1 << 60) - 1
_MIX: Final = 0x9E3779B97F4A7C15 & _LOW | 1
_SYMBOLS = np.zeros(256, dtype=np.int64)
_SYMBOLS[np.frombuffer(ALPHABET.encode(), dtype=np.uint8)] = np.arange(1, len(ALPHABET) + 1)


@dataclass(frozen=True, slots=True)
class Model:
    """``vocabulary`` (V, sorted) with ``idf`` (V); ``group_weights`` (V, groups) and ``weights`` (V, categories) with
    their ``…bias``; category c belongs to group ``owner[c]`` (non-decreasing)."""

    vocabulary: Ints
    idf: Floats
    groups: tuple[str, ...]
    group_weights: NDArray[np.float32]
    group_bias: Floats
    categories: tuple[str, ...]
    owner: Ints
    weights: NDArray[np.float32]
    bias: Floats
    temperature: float
    data_digest: str


def features_of(reading: str) -> list[int]:
    """Every feature of one reading, repeated as often as it occurs: within words and their two spaces all runs of two to
    five symbols, the words (ten symbols of each), the pairs of neighbouring words. What ``features`` does for many at
    once; this is what scikit-learn's vectoriser calls in training."""
    found: list[int] = []
    words = []
    for word in reading.split():
        symbols = [ALPHABET.index(c) + 1 for c in f" {word} "]
        for size in range(2, _LONGEST_GRAM + 1):
            found += [_number(symbols[i : i + size]) for i in range(len(symbols) - size + 1)]
        words.append(_number(symbols[1:-1][:_WORD_SYMBOLS]))
    found += [word | _WORD for word in words]
    found += [_pair(first, second) for first, second in pairwise(words)]
    return found


def _number(symbols: list[int]) -> int:
    number = 0
    for symbol in symbols:
        number = number << _BASE_BITS | symbol
    return number


def _pair(first: int, second: int) -> int:
    return ((first * _MIX + second) & _LOW) | _PAIR


def features(readings: Sequence[str]) -> tuple[Ints, Ints]:
    """(row, feature) of every feature of every reading, both of one length, in no order."""
    text = "\n".join(f" {reading} " for reading in readings) + "\n" * (_WORD_SYMBOLS + 1)
    symbols = _SYMBOLS[np.frombuffer(text.encode("ascii"), dtype=np.uint8)]
    rows = np.cumsum(symbols == 0) - (symbols == 0)
    parts = [_grams(symbols, size) for size in range(2, _LONGEST_GRAM + 1)]
    starts, words = _words(symbols)
    parts.append((starts, words | _WORD))
    neighbours = rows[starts[1:]] == rows[starts[:-1]]
    pairs = ((words[:-1] * np.int64(_MIX) + words[1:]) & _LOW) | _PAIR
    parts.append((starts[:-1][neighbours], pairs[neighbours]))
    return rows[np.concatenate([at for at, _ in parts])], np.concatenate([codes for _, codes in parts])


def _grams(symbols: Ints, size: int) -> tuple[Ints, Ints]:
    """Where runs of this size begin, and their numbers; none crosses a row or holds a space within."""
    count = len(symbols) - size + 1
    numbers = np.zeros(count, dtype=np.int64)
    good = np.ones(count, dtype=bool)
    for place in range(size):
        here = symbols[place : place + count]
        numbers = numbers << _BASE_BITS | here
        good &= (here > _SPACE) if 0 < place < size - 1 else (here > 0)
    good &= (symbols[:count] != _SPACE) | (symbols[size - 1 :] != _SPACE) | (size > 2)
    at = np.flatnonzero(good)
    return at, numbers[at]


def _words(symbols: Ints) -> tuple[Ints, Ints]:
    starts = np.flatnonzero((symbols[1:] > _SPACE) & (symbols[:-1] == _SPACE)) + 1
    words = np.zeros(len(starts), dtype=np.int64)
    alive = np.ones(len(starts), dtype=bool)
    for place in range(_WORD_SYMBOLS):
        here = symbols[starts + place]
        alive &= here > _SPACE
        words = np.where(alive, words << _BASE_BITS | here, words)
    return starts, words


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of tf-idf values in compressed form: those of row r stand from ``start[r]`` to ``start[r + 1]``."""

    start: Ints
    columns: Ints
    values: Floats


def tfidf(model: Model, readings: Sequence[str]) -> Matrix:
    """(1 + ln tf) · idf, every row of length 1, as scikit-learn's TfidfVectorizer(sublinear_tf=True)."""
    rows, codes = features(readings)
    columns = np.searchsorted(model.vocabulary, codes)
    columns[columns == len(model.vocabulary)] = 0
    known = model.vocabulary[columns] == codes
    keys, counts = np.unique(rows[known] * len(model.vocabulary) + columns[known], return_counts=True)
    rows, columns = np.divmod(keys, len(model.vocabulary))
    values = (1 + np.log(counts)) * model.idf[columns]
    lengths = np.sqrt(np.bincount(rows, values * values, len(readings)))
    start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(readings)))])
    return Matrix(start, columns, (values / lengths[rows]).astype(np.float32))


def scores(matrix: Matrix, weights: Floats, bias: Floats, rows: Ints | None = None) -> Floats:
    """matrix · weights + bias, for all rows or these: (rows, columns of ``weights``)."""
    chosen = np.arange(len(matrix.start) - 1) if rows is None else rows
    out = np.tile(bias.astype(np.float32), (len(chosen), 1))
    for i, row in enumerate(chosen):
        these = slice(matrix.start[row], matrix.start[row + 1])
        out[i] += matrix.values[these] @ weights[matrix.columns[these]]
    return out


def softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def probabilities(model: Model, readings: Sequence[str]) -> Floats:
    """(readings, categories): how likely each category is; every row sums to 1."""
    if not readings:
        return np.zeros((0, len(model.categories)), dtype=np.float32)
    matrix = tfidf(model, readings)
    by_group = softmax(scores(matrix, model.group_weights, model.group_bias) / model.temperature)
    logits = scores(matrix, model.weights, model.bias)
    out = np.empty_like(logits)
    for group in range(len(model.groups)):
        own = model.owner == group
        out[:, own] = softmax(logits[:, own]) * by_group[:, [group]]
    return out


@cache
def shipped() -> Model:
    """The artefact of ``make train``, read at first use."""
    data = resources.files("open_finance.insights").joinpath("data", ARTEFACT).read_bytes()
    return load(data)


def load(data: bytes) -> Model:
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        if int(held["version"]) != VERSION:
            raise ValueError(f"categories: version {held['version']}, expected {VERSION}: run make train")
        return Model(
            vocabulary=held["vocabulary"],
            idf=held["idf"].astype(np.float32),
            groups=tuple(held["groups"].tolist()),
            group_weights=held["group_weights"].astype(np.float32),
            group_bias=held["group_bias"].astype(np.float32),
            categories=tuple(held["categories"].tolist()),
            owner=held["owner"].astype(np.int64),
            weights=held["weights"].astype(np.float32),
            bias=held["bias"].astype(np.float32),
            temperature=float(held["temperature"]),
            data_digest=str(held["data_digest"]),
        )
