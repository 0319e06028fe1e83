"""Decided categories as plain labels: what a statement shows, sums and looks for; and categories by what people call them.

Several ids of Pluggy's tree have one name for people (all transfers to others are *Transferência*): for them these are one
category, and the first id of that group and name stands for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from open_finance.folding import fold
from open_finance.insights.flows import Flow
from open_finance.insights.row_categories import (
    NOT_SPENDING,
    NOT_SPENDING_NAME,
    NOTHING_SAID,
    PersonalWords,
    RowCategory,
    decide,
    is_known,
    title_of,
)
from open_finance.insights.taxonomy import GROUPS, categories_of, groups_by_category
from open_finance.reading.category_names import category_name
from open_finance.reading.statements import Kind, Label

_KINDS: dict[Flow, Kind] = {
    Flow.OWN_TRANSFER: "own_transfer",
    Flow.BILL_PAYMENT: "bill_payment",
    Flow.INVESTMENT: "investment",
}


def label_rows(
    rows: Sequence[Mapping[str, Any]], account_types: Mapping[int, str], words: PersonalWords = NOTHING_SAID
) -> dict[int, Label]:
    """The label of each row, by our id."""
    found = decide(rows, account_types, words)
    return {row["id"]: label_of(one, row, words.names) for row, one in zip(rows, found, strict=True)}


def label_of(decided: RowCategory, row: Mapping[str, Any], names: Mapping[str, str]) -> Label:
    """A decided category for people; one that nobody is sure of has no name."""
    name = title_of(decided.category, names) if decided.is_sure else None
    return Label(canonical(decided.category), decided.group, name, kind_of_flow(decided, row))


def kind_of_flow(decided: RowCategory, row: Mapping[str, Any]) -> Kind:
    """What a statement's sums take the row for: own transfers, card bills and investments as decided, and what the person
    said is no spending, are left out."""
    if decided.category == NOT_SPENDING:
        return "not_spending"
    return _KINDS.get(decided.flow) or ("income" if row["amount"] > 0 else "outgoing")


@cache
def _canonical() -> dict[str, str]:
    first: dict[tuple[str, str | None], str] = {}
    for category, group in groups_by_category().items():
        first.setdefault((group, category_name(category)), category)
    return {category: first[group, category_name(category)] for category, group in groups_by_category().items()}


def canonical(category: str) -> str:
    """The id that stands for all of one name in a group; any other category is its own."""
    return _canonical().get(category, category)


def categories_shown(group: str) -> list[str]:
    """The categories of a group as people choose them, each name once, in the tree's order."""
    return list(dict.fromkeys(map(canonical, categories_of(group))))


def find_by_name(text: str, names: Mapping[str, str]) -> str | None:
    """The group or category that people call so, case and accents aside: their own first, then groups, then Pluggy's.
    ``names``: ``PersonalWords.names``."""
    wanted = fold(text)
    own = ((fold(name), category) for category, name in names.items())
    return next((category for name, category in own if name == wanted), None) or _by_name().get(wanted)


@cache
def _by_name() -> dict[str, str]:
    named = {fold(category_name(one) or ""): one for one in reversed(list(map(canonical, groups_by_category())))}
    return {**named, **{fold(group): group for group in GROUPS}, fold(NOT_SPENDING_NAME): NOT_SPENDING}


def is_filter(category: str, names: Mapping[str, str]) -> bool:
    """Whether rows can be asked for by this: a group's name, or a category that this person's rows can have."""
    return category in GROUPS or is_known(category, names)


def filter_title(category: str, names: Mapping[str, str]) -> str:
    """A filter's name for people."""
    return category if category in GROUPS else title_of(category, names)
