"""The model's probabilities for rows: text and merchant's name together, and the direction of the money. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from open_finance.insights.categories import Description
from open_finance.insights.category_model import Floats, Ints, Model, probabilities, recall, shipped
from open_finance.insights.category_text import EMPTY
from open_finance.insights.taxonomy import UNKNOWN

#: Without a word to read, "unknown" is likelier than anything, and not sure.
_NOTHING_READ: Final = 0.3
_EVERYTHING_ELSE: Final = 0.005
#: A group less likely than this is not looked into for its categories.
_WORTH_A_LOOK: Final = 0.05

#: Only money that comes in, only money that goes out: by the first digits of a category.
_ONLY_IN: Final = ("01", "0306", "0809")
_ONLY_OUT: Final = ("16", "0201", "0202", "1503")
_AGAINST_DIRECTION: Final = 1e-5
_REFUND = re.compile(r"estorn|devol|reembols|ressarc|cancel", re.IGNORECASE)


def ranked(row: Description) -> list[str]:
    """Every category, the likeliest for this row first."""
    model = shipped()
    categories, found = model.categories, weighed(model, [row])[0]
    return [categories[i] for i in np.argsort(-found, kind="stable")]


def weighed(model: Model, rows: Sequence[Description]) -> Floats:
    """(rows, categories): the model's probabilities, with what the direction of the money rules out made unlikely. Where
    the merchant has a name of its own, that or the description: whichever says more."""
    found = _found(model, [row.description for row in rows])
    named = [(i, name) for i, row in enumerate(rows) if (name := (row.merchant_name or "").strip())]
    if named:
        at = np.array([i for i, _ in named])
        by_name = _found(model, [name for _, name in named])
        found[at] = np.where((by_name.max(axis=1) > found[at].max(axis=1))[:, None], by_name, found[at])
    for against, these in ((_ONLY_OUT, _came_in(rows)), (_ONLY_IN, _went_out(rows))):
        wrong = np.array([category.startswith(against) for category in model.categories])
        found[np.ix_(these, np.flatnonzero(wrong))] *= _AGAINST_DIRECTION
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float32)


def _came_in(rows: Sequence[Description]) -> Ints:
    """Which rows brought money that is no refund: on a card it is one, and so it is where the bank says so."""
    return np.array(
        [
            i
            for i, row in enumerate(rows)
            if row.amount and row.amount > 0 and row.account_type != "CREDIT" and not _REFUND.search(row.description)
        ],
        dtype=np.int64,
    )


def _went_out(rows: Sequence[Description]) -> Ints:
    return np.array([i for i, row in enumerate(rows) if row.amount and row.amount < 0], dtype=np.int64)


def _found(model: Model, texts: Sequence[str]) -> Floats:
    readings = [model.reading(text) for text in texts]
    found = probabilities(model, readings, least=_WORTH_A_LOOK)
    columns, trust = recall(model, readings)
    found *= 1 - trust[:, None]
    found[np.arange(len(texts)), columns] += trust
    empty = np.array([reading == EMPTY for reading in readings], dtype=bool)
    found[empty] = np.array([category == UNKNOWN for category in model.categories]) * _NOTHING_READ + _EVERYTHING_ELSE
    return found


def best(model: Model, found: Floats) -> tuple[list[str], list[float]]:
    """The best category of the best group, and the group's probability, of each row."""
    starts = [span.start for span in model.spans]
    by_group = np.add.reduceat(found, starts, axis=1)
    group = by_group.argmax(axis=1)
    owner = np.repeat(np.arange(len(starts)), np.diff(starts, append=found.shape[1]))
    inside = np.where(owner == group[:, None], found, -1).argmax(axis=1)
    sure = np.minimum(by_group[np.arange(len(group)), group], 1.0)
    categories = model.categories
    return [categories[i] for i in inside.tolist()], sure.tolist()
