"""What a transaction was for: a category of Pluggy's tree, its group, how sure we are and why. Pure.

Order: what the merchant's official codes say (CNAE of its CNPJ, then MCC), then the model on the text. A person's own
choices and rules stand before all this and Pluggy's own category after it; both are the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from open_finance.insights.merchant_codes import category_of_cnae, category_of_mcc
from open_finance.insights.taxonomy import group_of

if TYPE_CHECKING:
    from open_finance.insights.category_model import Model

Reason = Literal["manual", "rule", "flow", "merchant", "mcc", "model", "advice", "pluggy", "unsure"]

#: From this probability of the group on, the model answers; below, it says that it does not know.
CONFIDENT: Final = 0.90
#: How often a merchant's official code tells what was bought.
_CODE_CONFIDENCE: Final = 0.97
#: A shop's MCC is its acquirer's word for it, and often wrong; a name as sure as this is a known one.
_SURER_THAN_A_CODE: Final = 0.98
_BATCH: Final = 2_000


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
    """What is known of a row. ``amount``: BRL, negative = money out; ``account_type``: Pluggy's ``BANK`` or ``CREDIT``.
    ``mcc``: as text or, as Pluggy sends it at times, as a number."""

    description: str
    merchant_name: str | None = None
    cnae: str | None = None
    mcc: str | int | None = None
    amount: Decimal | float | None = None
    account_type: str | None = None


def categorize(
    description: str,
    *,
    merchant_name: str | None = None,
    cnae: str | None = None,
    mcc: str | int | None = None,
    amount: Decimal | float | None = None,
    account_type: str | None = None,
) -> Categorization:
    """The category of one row; the same answer as ``categorize_many`` gives."""
    return categorize_many([Description(description, merchant_name, cnae, mcc, amount, account_type)])[0]


def categorize_many(rows: Sequence[Description], *, model: Model | None = None) -> list[Categorization]:
    """The category of each row, in order. ``model``: another than the shipped one."""
    # numpy and the model come with the first row, not with the program: small instances start small.
    from open_finance.insights.category_model import shipped
    from open_finance.insights.category_weighing import best, weighed

    model = model or shipped()
    answers: list[Categorization] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        answers += map(_answer, batch, *best(model, weighed(model, batch)))
    return answers


def likely(
    description: str,
    *,
    merchant_name: str | None = None,
    cnae: str | None = None,
    mcc: str | int | None = None,
    amount: Decimal | float | None = None,
    account_type: str | None = None,
    count: int = 8,
) -> list[str]:
    """The ids of the ``count`` likeliest categories, most likely first: the buttons of a choice."""
    from open_finance.insights.category_weighing import ranked

    row = Description(description, merchant_name, cnae, mcc, amount, account_type)
    first = _by_code(row)
    return list(dict.fromkeys([*([first.category_id] if first else []), *ranked(row)]))[:count]


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
