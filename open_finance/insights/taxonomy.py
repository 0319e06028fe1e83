"""Pluggy's category tree and the seventeen groups of spending charts. Read from ``data/`` at first use.

Ids are text, eight digits but for the children of Insurance (nine); ``99999999`` is "unknown". What a category is called for
people is in ``reading.category_names``.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Final

UNKNOWN: Final = "99999999"
OTHERS: Final = "Outros"
TRANSFERS: Final = "Transferências"
INVESTMENTS: Final = "Investimentos"
INCOME: Final = "Renda"
FEES: Final = "Tarifas, juros e empréstimos"
TAXES: Final = "Impostos"

#: In the order in which lists show them; the least telling last.
GROUPS: Final = (
    "Mercado",
    "Restaurantes e delivery",
    "Transporte",
    "Moradia",
    "Contas da casa",
    "Saúde e bem-estar",
    "Educação",
    "Lazer e assinaturas",
    "Compras",
    "Viagem",
    "Seguros",
    TAXES,
    FEES,
    INVESTMENTS,
    TRANSFERS,
    INCOME,
    OTHERS,
)


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of a file of ``data/`` (UTF-8, tab-separated, no quoting, header first), as mappings."""
    text = resources.files("open_finance.insights").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def groups_by_category() -> dict[str, str]:
    """Every id of the tree with its group."""
    return {row["category_id"]: row["group"] for row in read_table("category_groups.tsv")}


@cache
def parents() -> dict[str, str | None]:
    """Every id of the tree with its parent's, None at the top. Not every parent is the id's first digits."""
    return {row["id"]: row["parent_id"] or None for row in read_table("pluggy_categories.tsv")}


def group_of(category_id: str | None) -> str:
    """The group of a category; ``Outros`` for none and for one that the tree does not hold."""
    return groups_by_category().get(category_id or UNKNOWN, OTHERS)


def is_category(category_id: str) -> bool:
    """Whether the tree holds this id."""
    return category_id in groups_by_category()


def categories_of(group: str) -> list[str]:
    """The ids of a group, in the tree's order."""
    return [category_id for category_id, own in groups_by_category().items() if own == group]
