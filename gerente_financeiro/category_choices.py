"""Choosing among all categories: the groups, then what is in one. For a row and for a rule alike; only the verbs differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from gerente_financeiro.keyboards import button, columns, keyboard, page_count, pager, to_id
from gerente_financeiro.listing import category_token
from gerente_financeiro.messages import categories as words
from gerente_financeiro.screens import pressed_ids
from open_finance.insights.labels import categories_shown
from open_finance.insights.row_categories import NOT_SPENDING, title_of
from open_finance.insights.taxonomy import GROUPS

ROWS_OF_CHOICES: Final = 5  # in two columns, where the names are short
OWN_GROUP: Final = len(GROUPS)  # stands behind the seventeen


def pressed_numbers(update: Update, wanted: int) -> tuple[int, ...]:
    """As many ids; zeros, of which there is nothing, for what no button of ours carries."""
    try:
        found = tuple(to_id(one) for one in pressed_ids(update))
    except ValueError:
        found = ()
    return found if len(found) == wanted else (0,) * wanted


def group_choices(number: int, names: Mapping[str, str], *, into: str, take: str) -> list[InlineKeyboardButton]:
    """The person's own categories, where they have some, the groups, and *Não é gasto*. ``into`` opens a group, ``take``
    chooses a category."""
    groups = [button(group, into, number, index, 0) for index, group in enumerate(GROUPS)]
    own = [button(words.OWN_GROUP, into, number, OWN_GROUP, 0)] if names else []
    return [*own, *groups, button(title_of(NOT_SPENDING, {}), take, number, category_token(NOT_SPENDING))]


def is_group(group: int, names: Mapping[str, str]) -> bool:
    """Whether there is such a group to open."""
    return 0 <= group < OWN_GROUP or (group == OWN_GROUP and bool(names))


def category_choices(number: int, group: int, names: Mapping[str, str], *, take: str) -> list[InlineKeyboardButton]:
    """The categories of a group, or the person's own."""
    offered: Iterable[str] = list(names) if group == OWN_GROUP else categories_shown(GROUPS[group])
    return [button(title_of(one, names), take, number, category_token(one)) for one in offered]


def paged(
    choices: Sequence[InlineKeyboardButton],
    verb: str,
    page: int,
    ids: Sequence[object],
    *below: Sequence[InlineKeyboardButton],
) -> InlineKeyboardMarkup:
    """A page of choices, the ways to the others, and what stands below them."""
    lines = columns(choices)
    pages = page_count(len(lines), ROWS_OF_CHOICES)
    page = min(max(page, 0), pages - 1)
    shown = lines[page * ROWS_OF_CHOICES : (page + 1) * ROWS_OF_CHOICES]
    return keyboard(*shown, pager(verb, page, pages, *ids), *below)
