"""What a transaction was for: a category of Pluggy's tree, its group, how sure we are and why. Pure.

Order: what the merchant's official codes say (CNAE of its CNPJ, then MCC), then the model on the text. A person's own
choices and rules stand before all this and Pluggy's own category after it; both are the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import numpy as np

from open_finance.insights.category_model import Floats, Model, probabilities, recall, shipped
from open_finance.insights.merchant_codes import category_of_cnae, category_of_mcc
from open_finance.insights.taxonomy import group_of

Reason = Literal["manual", "rule", "flow", "merchant", "mcc", "model", "advice", "pluggy", "unsure"]

#: From this probability of the group on, the model answers; below, it says that it does not know.
CONFIDENT: Final = 0.85
#: How often a merchant's official code tells what was bought.
_CODE_CONFIDENCE: Final = 0.97
_BATCH: Final = 2_000
#: A group less likely than this is not looked into for its categories.
_WORTH_A_LOOK: Final = 0.05

#: Only money that comes in, only money that goes out: by the first digits of a category.
_ONLY_IN: Final = ("01", "0306", "0809")
_ONLY_OUT: Final = ("16", "0201", "0202", "1503")
_AGAINST_DIRECTION: Final = 0.02


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
    """(rows, categories): the model's probabilities, with what the direction of the money rules out made unlikely."""
    readings = [model.reading(row.merchant_name or row.description) for row in rows]
    found = probabilities(model, readings, least=_WORTH_A_LOOK)
    columns, trust = recall(model, readings)
    found *= 1 - trust[:, None]
    found[np.arange(len(rows)), columns] += trust
    for sign, against in ((1, _ONLY_OUT), (-1, _ONLY_IN)):
        wrong = np.array([category.startswith(against) for category in model.categories])
        these = [i for i, row in enumerate(rows) if row.amount and row.amount * sign > 0]
        if these:
            found[np.ix_(np.array(these), np.flatnonzero(wrong))] *= _AGAINST_DIRECTION
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float32)


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
    if by_code := _by_code(row):
        return by_code
    reason: Reason = "model" if confidence >= CONFIDENT else "unsure"
    return Categorization(category, group_of(category), confidence, reason)


def _by_code(row: Description) -> Categorization | None:
    if category := category_of_cnae(row.cnae):
        return Categorization(category, group_of(category), _CODE_CONFIDENCE, "merchant")
    if category := category_of_mcc(row.mcc):
        return Categorization(category, group_of(category), _CODE_CONFIDENCE, "mcc")
    return None
