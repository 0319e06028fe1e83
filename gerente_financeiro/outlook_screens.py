"""What /previsao and /posso_gastar have in common: what is said where there is nothing to show, and lists of lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from telegram import InlineKeyboardButton

from gerente_financeiro.keyboards import button, keyboard, page_of, pager
from gerente_financeiro.messages.outlook_words import NO_ACCOUNT, NOTHING_YET, Origins, origins
from gerente_financeiro.screens import Screen
from gerente_financeiro.statement_handler import EMPTY
from open_finance.forecast_reports import LookAhead
from open_finance.insights.outlook import Expected

LINES_A_PAGE = 10


def nothing_to_show(report: LookAhead) -> Screen | None:
    """Where there is nothing to look at, or nothing yet."""
    if not report.has_bank:
        return EMPTY
    if not report.accounts:
        return Screen(NO_ACCOUNT, keyboard([button("Contas", "contas")]))
    return Screen(NOTHING_YET) if report.known_from is None else None


#: The text of a page: its lines, where all the lines are from, whether it is the last page.
Words = Callable[[Sequence[Expected], Origins, bool], str]


def lines_screen(
    report: LookAhead,
    lines: Sequence[Expected],
    page: int,
    words: Words,
    turn: Sequence[object],
    back: InlineKeyboardButton,
) -> Screen:
    """A page of lines. ``turn``: the verb that turns pages, and its ids."""
    shown, page, pages = page_of(lines, page, LINES_A_PAGE)
    told = origins(lines, report.accounts, report.row_days, report.cards)
    verb, *ids = turn
    turned = pager(str(verb), page, pages, *ids)
    return Screen(words(shown, told, page == pages - 1), keyboard(turned, [back]))
