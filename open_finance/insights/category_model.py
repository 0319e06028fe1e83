"""The trained model applied by numpy alone: readings → features → probabilities. Pure but for reading its own file once.

Two levels: one softmax over the groups, and within each group one over its categories; the probability of a category is
the product. Training is ``tools/train.py``; that both give the same answers is tested.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from open_finance.insights.category_text import ALPHABET, model_text, name_of
from open_finance.insights.category_words import Splitter, build_splitter

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

ARTEFACT: Final = "categories-v1.npz"
VERSION: Final = 1
#: Names are compared by so many symbols, and one cut short is recognised by so many.
NAME_SYMBOLS: Final = 20
CUT_SYMBOLS: Final = 8
#: How much of the answer a known name is, whole or cut; the rest is the layers'.
TRUST_NAME: Final = 0.9
TRUST_CUT: Final = 0.6
_BASE_BITS: Final = 6
_SPACE: Final = 1
_LONGEST_GRAM: Final = 5
_WORD_SYMBOLS: Final = 10
#: The bit of a feature that is a word, and of one that is a pair of words.
WORD: Final = 1 << 61
PAIR: Final = 1 << 62
_LOW: Final = (1 << 60) - 1
_MIX: Final = 0x9E3779B97F4A7C15 & _LOW | 1
_NUMBER_OF: Final = {symbol: number for number, symbol in enumerate(ALPHABET, start=1)}
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_BUCKET_BITS: Final = 17
_BUCKET_SHIFT: Final = np.uint64(64 - _BUCKET_BITS)
_SYMBOLS = np.zeros(256, dtype=np.int64)
_SYMBOLS[np.frombuffer(ALPHABET.encode(), dtype=np.uint8)] = np.arange(1, len(ALPHABET) + 1)


@dataclass(frozen=True, slots=True)
class Layer:
    """A linear layer: ``weights`` (features, classes) in steps of ``scale`` (classes), ``bias`` (classes)."""

    classes: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Index:
    """Where each feature stands in the vocabulary: ``mixed`` are the features times an odd number (modulo 2**64), sorted,
    ``columns`` the places of them in the vocabulary; those whose first bits are b stand from ``first[b]`` to
    ``first[b + 1]``, seldom more than two. Several times as fast as a binary search among all."""

    mixed: NDArray[np.uint64]
    columns: Ints
    first: Ints

    def find(self, codes: Ints) -> tuple[Ints, Ints]:
        """(place among ``codes``, column) of every code that is known."""
        wanted = codes.astype(np.uint64) * _SPREAD
        bucket = (wanted >> _BUCKET_SHIFT).astype(np.int64)
        at, end = self.first[bucket], self.first[bucket + 1]
        left = np.flatnonzero(at < end)
        places, columns = [], []
        while len(left):
            hit = self.mixed[at[left]] == wanted[left]
            places.append(left[hit])
            columns.append(self.columns[at[left[hit]]])
            left = left[~hit]
            at[left] += 1
            left = left[at[left] < end[left]]
        return (np.concatenate(places), np.concatenate(columns)) if places else (left, left)


def build_index(vocabulary: Ints) -> Index:
    """The index of a vocabulary without doubles."""
    mixed = vocabulary.astype(np.uint64) * _SPREAD
    order = np.argsort(mixed)
    buckets = (mixed[order] >> _BUCKET_SHIFT).astype(np.int64)
    first = np.searchsorted(buckets, np.arange((1 << _BUCKET_BITS) + 1))
    return Index(mixed[order], order, first)


@dataclass(frozen=True, slots=True)
class Model:
    """``vocabulary`` (V, sorted) with ``idf`` (V); a layer for the groups and one for each group's categories, in the
    order of ``groups.classes``. ``names`` (sorted, without spaces) are the shops that training knew, ``name_columns`` the
    column of ``categories`` of each."""

    vocabulary: Ints
    index: Index
    idf: Floats
    groups: Layer
    within: tuple[Layer, ...]
    names: NDArray[np.bytes_]
    name_columns: Ints
    splitter: Splitter
    data_digest: str

    def reading(self, description: str) -> str:
        """What the model reads of a description."""
        return self.splitter.reading(model_text(description))

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category, group after group: the columns of ``probabilities``."""
        return tuple(category for layer in self.within for category in layer.classes)

    @property
    def spans(self) -> list[slice]:
        """The columns of each group's categories."""
        ends = np.cumsum([len(layer.classes) for layer in self.within]).tolist()
        return [slice(end - len(layer.classes), end) for layer, end in zip(self.within, ends, strict=True)]


def features_of(reading: str) -> list[int]:
    """Every feature of one reading, repeated as often as it occurs: within words and their two spaces all runs of two to
    five symbols, the words (ten symbols of each), the pairs of neighbouring words. What ``features`` does for many at
    once, written to be read: the tests hold the two against each other, and scikit-learn's vectoriser is fed with it."""
    found: list[int] = []
    words = []
    for word in reading.split():
        symbols = [_NUMBER_OF[c] for c in f" {word} "]
        for size in range(2, _LONGEST_GRAM + 1):
            found += [_number(symbols[i : i + size]) for i in range(len(symbols) - size + 1)]
        words.append(_number(symbols[1:-1][:_WORD_SYMBOLS]))
    found += [word | WORD for word in words]
    found += [_pair(first, second) for first, second in pairwise(words)]
    return found


def _number(symbols: list[int]) -> int:
    number = 0
    for symbol in symbols:
        number = number << _BASE_BITS | symbol
    return number


def _pair(first: int, second: int) -> int:
    return ((first * _MIX + second) & _LOW) | PAIR


def features(readings: Sequence[str]) -> tuple[Ints, Ints]:
    """(row, feature) of every feature of every reading, both of one length, in no order."""
    text = "\n".join(f" {reading} " for reading in readings) + "\n" * (_WORD_SYMBOLS + 1)
    symbols = _SYMBOLS[np.frombuffer(text.encode("ascii"), dtype=np.uint8)]
    rows = np.cumsum(symbols == 0) - (symbols == 0)
    parts = [_grams(symbols, size) for size in range(2, _LONGEST_GRAM + 1)]
    starts, words = _words(symbols)
    parts.append((starts, words | WORD))
    neighbours = rows[starts[1:]] == rows[starts[:-1]]
    pairs = ((words[:-1] * np.int64(_MIX) + words[1:]) & _LOW) | PAIR
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

    def some(self, rows: Ints) -> Matrix:
        """These rows only, in this order."""
        sizes = np.diff(self.start)[rows]
        start = np.concatenate([[0], np.cumsum(sizes)])
        places = np.arange(start[-1]) + np.repeat(self.start[rows] - start[:-1], sizes)
        return Matrix(start, self.columns[places], self.values[places])


def tfidf(model: Model, readings: Sequence[str]) -> Matrix:
    """(1 + ln tf) · idf, every row of length 1, as scikit-learn's TfidfVectorizer(sublinear_tf=True)."""
    rows, codes = features(readings)
    size = len(model.vocabulary)
    places, columns = model.index.find(codes)
    keys = np.sort(rows[places] * size + columns)
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(first, append=len(keys))
    rows, columns = np.divmod(keys[first], size)
    values = (1 + np.log(counts)) * model.idf[columns]
    lengths = np.sqrt(np.bincount(rows, values * values, len(readings)))
    start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(readings)))])
    return Matrix(start, columns, (values / lengths[rows]).astype(np.float32))


def logits(matrix: Matrix, layer: Layer) -> Floats:
    """matrix · weights + bias: (rows, classes). A row without a known feature has the bias alone."""
    out = np.zeros((len(matrix.start) - 1, len(layer.classes)), dtype=np.float32)
    filled = np.flatnonzero(np.diff(matrix.start))
    if len(filled):
        products = layer.weights[matrix.columns].astype(np.float32)
        products *= matrix.values[:, None]
        out[filled] = np.add.reduceat(products, matrix.start[filled], axis=0)
    return out * layer.scale + layer.bias


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def probabilities(model: Model, readings: Sequence[str], *, least: float = 0.0) -> Floats:
    """(readings, categories): how likely each category is; every row sums to 1. Groups less likely than ``least`` are not
    looked into: their categories share their probability equally, which is most of the work saved."""
    out = np.empty((len(readings), len(model.categories)), dtype=np.float32)
    if not readings:
        return out
    matrix = tfidf(model, readings)
    by_group = softmax(logits(matrix, model.groups))
    for group, (layer, span) in enumerate(zip(model.within, model.spans, strict=True)):
        out[:, span] = by_group[:, [group]] / len(layer.classes)
        rows = np.flatnonzero(by_group[:, group] >= least)
        if len(rows) and len(layer.classes) > 1:
            out[rows, span] = softmax(logits(matrix.some(rows), layer)) * by_group[rows][:, [group]]
    return out


def name_key(reading: str) -> str:
    """The name in a reading, without marks and spaces, cut: equal for all dresses of a shop."""
    return name_of(reading)[:NAME_SYMBOLS]


def recall(model: Model, readings: Sequence[str]) -> tuple[Ints, Floats]:
    """(column of ``categories``, trust from 0 to 1) of the known shop that each reading names; trust 0 where none does. A
    name cut short counts as the known names that begin with it, when they are all of one category."""
    keys = np.array([name_key(reading).encode() for reading in readings], dtype=model.names.dtype)
    sizes = np.char.str_len(keys)
    first = np.searchsorted(model.names, keys)
    beyond = np.searchsorted(model.names, np.char.add(keys, b"~").astype(model.names.dtype))
    at = np.minimum(first, len(model.names) - 1)
    changes = np.cumsum(np.diff(model.name_columns, prepend=-1) != 0)
    same = (beyond > first) & (changes[np.maximum(beyond - 1, 0)] == changes[at])
    trust = np.where((sizes >= CUT_SYMBOLS) & same, TRUST_CUT, 0.0)
    trust = np.where((model.names[at] == keys) & (sizes > 0), TRUST_NAME, trust)
    return model.name_columns[at], trust.astype(np.float32)


@cache
def shipped() -> Model:
    """The artefact of ``make train``, read at first use."""
    return load(resources.files("open_finance.insights").joinpath("data", ARTEFACT).read_bytes())


def load(data: bytes) -> Model:
    """A model from the bytes of its ``.npz``. ``ValueError`` for one of another version."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        if int(held["version"]) != VERSION:
            raise ValueError(f"categories: version {held['version']}, expected {VERSION}: run make train")
        groups = tuple(held["groups"].tolist())
        vocabulary = np.cumsum(held["vocabulary_steps"])
        return Model(
            vocabulary=vocabulary,
            index=build_index(vocabulary),
            idf=held["idf"],
            groups=_layer(held, "group", groups),
            within=tuple(_layer(held, f"in{i}", tuple(held[f"in{i}"].tolist())) for i in range(len(groups))),
            names=held["names"],
            name_columns=held["name_columns"].astype(np.int64),
            splitter=build_splitter(dict(zip(str(held["words"]).split(), held["word_counts"].tolist(), strict=True))),
            data_digest=str(held["data_digest"]),
        )


def _layer(held: Mapping[str, Any], name: str, classes: tuple[str, ...]) -> Layer:
    return Layer(classes, held[f"{name}_weights"], held[f"{name}_scale"], held[f"{name}_bias"])
