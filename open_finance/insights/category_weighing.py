"""The model's probabilities for rows: text and merchant's name together, and the direction of the money. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from open_finance.insights.categories import Description
from open_finance.insights.category_model import Floats, Ints, Model, probabilities, recall, shipped
from open_finance.insights.category_text import EMPTY
from open_finance.insights.taxonomy import UNKNOWN, group_of

#: Without a word to read, "unknown" is likelier than anything, and not sure.
_NOTHING_READ: Final = 0.3
_EVERYTHING_ELSE: Final = 0.005
#: A group less likely than this is not looked into for its categories.
_WORTH_A_LOOK: Final = 0.05

#: Only money that comes in, only money that goes out: by the first digits of a category.
_ONLY_IN: Final = ("01", "0306", "0809")
_ONLY_OUT: Final = ("16", "0201", "0202", "1503")
_AGAINST_DIRECTION: Final = 1e-5
#: From this probability of a category on, the text is taken to speak for it.
_SPOKEN_FOR: Final = 0.02
#: So many of the likeliest group are offered before what is everyday.
_NEAREST: Final = 3
#: Groceries, restaurants, delivery, shopping, fuel, taxis, pharmacies, the house, leisure.
_EVERYDAY_OUT: Final = (
    "10000000", "11010000", "11020000", "08000000", "19050001", "19010000", "18020000", "17030000", "21000000",
)  # fmt: skip
#: Salary, odd jobs, transfers, a business of one's own, cashback, interest, benefits, a pension.
_EVERYDAY_IN: Final = (
    "01010000", "01050000", "05000000", "01030000", "08090000", "03060000", "01040000", "01020000",
)  # fmt: skip
_REFUND = re.compile(r"estorn|devol|reembols|ressarc|cancel", re.IGNORECASE)


def ranked(row: Description) -> list[str]:
    """All categories, as a person who corrects the row is likely to want them: those that the text speaks for, the nearest
    of the likeliest group, what people spend on (or are paid for) every day, and then the rest."""
    model = shipped()
    weights = weighed(model, [row])[0]
    order = [model.categories[i] for i in np.argsort(-weights, kind="stable")]
    weight_of = dict(zip(model.categories, weights.tolist(), strict=True))
    # Where a group was not looked into, its categories share a probability and stand in no order: none speaks for them.
    spoken = [one for one in order if weight_of[one] >= _SPOKEN_FOR]
    near = [one for one in order if group_of(one) == group_of(order[0]) and one not in spoken][:_NEAREST]
    everyday = _EVERYDAY_IN if len(_came_in([row])) else _EVERYDAY_OUT
    return list(dict.fromkeys([*spoken, *near, *everyday, *order]))


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
