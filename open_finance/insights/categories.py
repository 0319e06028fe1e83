"""What a transaction was for: a category of Pluggy's tree, its group, how sure we are and why. Pure.

Order: what the merchant's official codes say (CNAE of its CNPJ, then MCC), then the model on the text. A person's own
choices and rules stand before all this and Pluggy's own category after it; both are the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import numpy as np

from open_finance.insights.category_model import Floats, Ints, Model, probabilities, recall, shipped
from open_finance.insights.category_text import EMPTY
from open_finance.insights.merchant_codes import category_of_cnae, category_of_mcc
from open_finance.insights.taxonomy import UNKNOWN, group_of

Reason = Literal["manual", "rule", "flow", "merchant", "mcc", "model", "advice", "pluggy", "unsure"]

#: From this probability of the group on, the model answers; below, it says that it does not know.
CONFIDENT: Final = 0.85
#: How often a merchant's official code tells what was bought.
_CODE_CONFIDENCE: Final = 0.97
#: A shop's MCC is its acquirer's word for it, and often wrong; a name as sure as this is a known one.
_SURER_THAN_A_CODE: Final = 0.98
#: Without a word to read, "unknown" is likelier than anything, and not sure.
_NOTHING_READ: Final = 0.3
_EVERYTHING_ELSE: Final = 0.005
_BATCH: Final = 2_000
#: A group less likely than this is not looked into for its categories.
_WORTH_A_LOOK: Final = 0.05

#: Only money that comes in, only money that goes out: by the first digits of a category.
_ONLY_IN: Final = ("01", "0306", "0809")
_ONLY_OUT: Final = ("16", "0201", "0202", "1503")
_AGAINST_DIRECTION: Final = 1e-5
_REFUND = re.compile(r"estorn|devol|reembols|ressarc|cancel", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Categorization:
    """``confidence`` is the probability that the group is right, 0 to 1.

    ``reason``: ``manual`` (chosen by the person), ``rule`` (the person's rule), ``flow`` (own transfer, bill payment,
    investment: decided elsewhere), ``merchant`` (CNAE), ``mcc``, ``model``, ``advice`` (an outside service), ``pluggy``,
    ``unsure``. With ``unsure``, category and group are only the best guess: the caller falls through to Pluggy's own
    category, or shows the row as uncertain; the guess leads the list of likely ones.
    """

    category_id: str
    group: str
    confidence: float
    reason: Reason

    @property
    def is_sure(self) -> bool:
        return self.reason != "unsure"


class Description(NamedTuple):
    """What is known of a row. ``amount``: BRL, negative = money out; ``account_type``: Pluggy's ``BANK`` or ``CREDIT``."""

    description: str
    merchant_name: str | None = None
    cnae: str | None = None
    mcc: str | None = None
    amount: Decimal | float | None = None
    account_type: str | None = None


def categorize(
    description: str,
    *,
    merchant_name: str | None = None,
    cnae: str | None = None,
    mcc: str | None = None,
    amount: Decimal | float | None = None,
    account_type: str | None = None,
) -> Categorization:
    """The category of one row; the same answer as ``categorize_many`` gives."""
    return categorize_many([Description(description, merchant_name, cnae, mcc, amount, account_type)])[0]


def categorize_many(rows: Sequence[Description], *, model: Model | None = None) -> list[Categorization]:
    """The category of each row, in order. ``model``: another than the shipped one."""
    model = model or shipped()
    answers: list[Categorization] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        answers += map(_answer, batch, *_best(model, _weighed(model, batch)))
    return answers


def likely(
    description: str,
    *,
    merchant_name: str | None = None,
    cnae: str | None = None,
    mcc: str | None = None,
    amount: Decimal | float | None = None,
    account_type: str | None = None,
    count: int = 8,
) -> list[str]:
    """The ids of the ``count`` likeliest categories, most likely first: the buttons of a choice."""
    row = Description(description, merchant_name, cnae, mcc, amount, account_type)
    model = shipped()
    categories, found = model.categories, _weighed(model, [row])[0]
    first = _by_code(row)
    ids = [*([first.category_id] if first else []), *(categories[i] for i in np.argsort(-found, kind="stable"))]
    return list(dict.fromkeys(ids))[:count]


def _weighed(model: Model, rows: Sequence[Description]) -> Floats:
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


def _best(model: Model, found: Floats) -> tuple[list[str], list[float]]:
    """The best category of the best group, and the group's probability, of each row."""
    starts = [span.start for span in model.spans]
    by_group = np.add.reduceat(found, starts, axis=1)
    group = by_group.argmax(axis=1)
    owner = np.repeat(np.arange(len(starts)), np.diff(starts, append=found.shape[1]))
    inside = np.where(owner == group[:, None], found, -1).argmax(axis=1)
    sure = np.minimum(by_group[np.arange(len(group)), group], 1.0)
    categories = model.categories
    return [categories[i] for i in inside.tolist()], sure.tolist()


def _answer(row: Description, category: str, confidence: float) -> Categorization:
    sure = confidence >= CONFIDENT
    by_code = _by_code(row)
    if not by_code or (
        by_code.reason == "mcc" and confidence >= _SURER_THAN_A_CODE and by_code.group != group_of(category)
    ):
        return Categorization(category, group_of(category), confidence, "model" if sure else "unsure")
    # Of one group with the code, the text knows more: a delivery app from a restaurant.
    finer = category if sure and group_of(category) == by_code.group else by_code.category_id
    return replace(by_code, category_id=finer)


def _by_code(row: Description) -> Categorization | None:
    if row.cnae and (category := category_of_cnae(row.cnae)):
        return Categorization(category, group_of(category), _CODE_CONFIDENCE, "merchant")
    if row.mcc and (category := category_of_mcc(row.mcc)):
        return Categorization(category, group_of(category), _CODE_CONFIDENCE, "mcc")
    return None
