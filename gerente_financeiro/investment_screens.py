"""The screens of /investimentos under its picture. A button carries a page, or a position by our id of it; it is looked up
among the positions of whoever pressed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from gerente_financeiro.keyboards import button, connect_button, keyboard, page_of, pager, rows
from gerente_financeiro.messages import investments as words
from gerente_financeiro.messages import positions as position_words
from gerente_financeiro.messages import tax_return as tax_words
from gerente_financeiro.messages.balance import STILL_CONNECTING
from gerente_financeiro.messages.cover import cover
from gerente_financeiro.messages.investments import Way
from gerente_financeiro.screens import Screen
from gerente_financeiro.statement_handler import EMPTY
from open_finance.insights.deposit_cover import cover_rules
from open_finance.insights.portfolio import PortfolioReport, Position
from open_finance.insights.tax_return import TaxReturn
from open_finance.insights.tax_tables import tax_tables
from open_finance.investment_records import InvestmentTransaction

POSITIONS_A_PAGE = 8
A_ROW = 4


def picture_keyboard(report: PortfolioReport, way: Way) -> InlineKeyboardMarkup:
    """The other division of the whole, where there is one, and the ways on."""
    others = [button("Por banco", "inv", Way.BANK)] if len(report.by_bank) > 1 else []
    if way is Way.BANK:
        others = [button("Por tipo", "inv", Way.KIND)]
    return keyboard(
        [*others, button("Posições", "invp", 0)],
        [button("Vencimentos", "invv"), button("FGC", "invg")],
        [button("Posição em 31/12", "invir")],
        [_close_button()],
    )


def nothing_screen(report: PortfolioReport, now: datetime) -> Screen:
    """Where no position is counted."""
    if not report.connections:
        return EMPTY
    if any(connection["settled_at"] is None for connection in report.connections):
        return Screen(STILL_CONNECTING)
    had = [button("Posição em 31/12", "invir")] if report.ended else []
    ways = [button("🔄 Atualizar", "sincronizar"), connect_button()]
    return Screen(words.nothing(report, now), keyboard(ways, had, [_close_button()]))


def positions_screen(report: PortfolioReport, page: int, now: datetime) -> Screen:
    """A page of the positions, the largest first, each with a button of its number."""
    on_page, page, pages = page_of(report.positions, page, POSITIONS_A_PAGE)
    shown = list(enumerate(on_page, page * POSITIONS_A_PAGE + 1))
    opens = (button(str(number), "invd", one.investment["id"], page) for number, one in shown)
    text = position_words.positions(report, shown, now, is_last=page == pages - 1)
    return Screen(text, keyboard(*rows(opens, A_ROW), pager("invp", page, pages), _ways("invp")))


def position_screen(
    report: PortfolioReport, one: Position, moves: Sequence[InvestmentTransaction], page: int, now: datetime
) -> Screen:
    """One of them, and the way back to its page."""
    text = position_words.position(report, one, moves, tax_tables(), now)
    return Screen(text, keyboard([button("‹ Voltar", "invp", page), _close_button()]))


def ladder_screen(report: PortfolioReport, now: datetime) -> Screen:
    """What comes free, and when."""
    return Screen(words.ladder(report, now), keyboard(_ways("invv")))


def cover_screen(report: PortfolioReport, now: datetime) -> Screen:
    """What the FGC stands behind."""
    return Screen(cover(report, cover_rules(), now), keyboard(_ways("invg")))


def years_screen(years: Sequence[int], today: date) -> Screen:
    """Of which year the file is to be."""
    of = [button(tax_words.year_label(year, today), "inva", year) for year in years]
    return Screen(tax_words.CHOOSE, keyboard(*rows(of, 2), [_close_button()]))


def no_year_screen(found: TaxReturn) -> Screen:
    """Where nothing is known of a year."""
    return Screen(tax_words.nothing_of(found), keyboard([button("‹ Voltar", "invir"), _close_button()]))


def _ways(here: str) -> list[InlineKeyboardButton]:
    ways = {"invp": button("Posições", "invp", 0), "invv": button("Vencimentos", "invv"), "invg": button("FGC", "invg")}
    return [*(way for verb, way in ways.items() if verb != here), _close_button()]


def _close_button() -> InlineKeyboardButton:
    return button("Fechar", "invfim")
