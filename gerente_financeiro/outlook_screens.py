"""What /previsao and /posso_gastar have in common: what is said where there is nothing to show, and lists of lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol

from telegram import InlineKeyboardButton

from gerente_financeiro.keyboards import button, keyboard, page_of, pager
from gerente_financeiro.messages.outlook_words import NO_ACCOUNT, NOTHING_YET, Origins, origins
from gerente_financeiro.screens import Screen
from gerente_financeiro.statement_handler import EMPTY
from open_finance.insights.card_report import CardReport
from open_finance.insights.outlook import Expected
from open_finance.records import Account

LINES_A_PAGE = 10


class Outlook(Protocol):
    """What both reports tell; see ``forecast_reports``."""

    @property
    def has_bank(self) -> bool: ...
    @property
    def accounts(self) -> tuple[Account, ...]: ...
    @property
    def known_from(self) -> date | None: ...
    @property
    def cards(self) -> tuple[CardReport, ...]: ...
    @property
    def row_days(self) -> Mapping[int, date]: ...


def nothing_to_show(report: Outlook) -> Screen | None:
    """Where there is nothing to look at, or nothing yet."""
    if not report.has_bank:
        return EMPTY
    if not report.accounts:
        return Screen(NO_ACCOUNT, keyboard([button("Contas", "contas")]))
    return Screen(NOTHING_YET) if report.known_from is None else None


#: The text of a page: its lines, where all the lines are from, whether it is the last page.
Words = Callable[[Sequence[Expected], Origins, bool], str]


def lines_screen(
    report: Outlook,
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
