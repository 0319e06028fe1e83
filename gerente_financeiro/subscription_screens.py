"""The screens of /assinaturas. A button carries a flow as a digest of its key (``insights.subscriptions.token_of``),
and what its person said of it as an id of ours; both are looked up for whoever pressed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from telegram import InlineKeyboardButton

from gerente_financeiro.keyboards import button, keyboard, page_of, pager, rows
from gerente_financeiro.messages import subscriptions as words
from gerente_financeiro.messages.format import truth_line
from gerente_financeiro.messages.subscriptions import Which
from gerente_financeiro.screens import Screen
from gerente_financeiro.statement_handler import EMPTY
from open_finance.exports.calendar_file import Entry
from open_finance.insights.subscriptions import Item, Listed
from open_finance.personal_records import RecurringMark
from open_finance.subscription_alerts import CancelledCharge
from open_finance.subscription_book import SubscriptionReport

ITEMS_A_PAGE = 10
A_ROW = 5
_OTHER: dict[Which, Which] = {"a": "f", "f": "a"}


def listed(report: SubscriptionReport, which: Which) -> Listed:
    """One of the two lists."""
    return report.found.subscriptions if which == "a" else report.found.fixed


def list_screen(report: SubscriptionReport, which: Which, page: int, now: datetime) -> Screen:
    """A page of a list, each flow with a button of its number."""
    if not report.has_bank:
        return EMPTY
    items = listed(report, which).items
    on_page, page, pages = page_of(items, page, ITEMS_A_PAGE)
    shown = list(enumerate(on_page, page * ITEMS_A_PAGE + 1))
    opens = (button(str(number), "asv", item.token, which, page) for number, item in shown)
    return Screen(
        words.overview(report, shown, which, now, is_first=page == 0),
        keyboard(*rows(opens, A_ROW), pager("asl", page, pages, which), *_ways(report, which)),
    )


def _ways(report: SubscriptionReport, which: Which) -> list[list[InlineKeyboardButton]]:
    other = len(listed(report, _OTHER[which]).items)
    name = "Contas fixas" if which == "a" else "Assinaturas"
    across = [button(f"{name} ({other})", "asl", _OTHER[which], 0)] if other or which == "f" else []
    calendar = [button("Calendário .ics", "asics", which)] if listed(report, which).items else []
    said = [button("O que você disse", "asw", 0)] if report.has_marks else []
    return [[*across, *calendar], said, [button("Fechar", "asfim")]]


def item_screen(report: SubscriptionReport, item: Item, which: Which, page: int, now: datetime) -> Screen:
    """One flow, and what can be said of it."""
    truth = truth_line(report.connections, now)
    back = [button("‹ Voltar", "asl", which, page)]
    text = words.one(item, report.accounts, truth, report.found.today)
    return Screen(text, keyboard(_answers(item), back))


def _answers(item: Item) -> list[InlineKeyboardButton]:
    if item.mark is not None:
        return [_take_back(item.mark)]
    is_none = [button("Não é assinatura", "asn", item.token)] if item.takes("not_subscription") else []
    return [*is_none, *([button("Cancelei", "asc", item.token)] if item.takes("cancelled") else [])]


def _take_back(mark: RecurringMark) -> InlineKeyboardButton:
    return button("Não cancelei" if mark["says"] == "cancelled" else "É assinatura", "asb", mark["id"])


def said_screen(mark: RecurringMark) -> Screen:
    """What the person has just said."""
    text = words.cancelled(mark) if mark["says"] == "cancelled" else words.not_subscription(mark)
    return Screen(text, keyboard([button("Desfazer", "asd", mark["id"])], [_all_button()]))


def undone_screen() -> Screen:
    """*Desfazer*."""
    return Screen(words.UNDONE, keyboard([_all_button()]))


def taken_back_screen(mark: RecurringMark) -> Screen:
    """What they said holds no more."""
    return Screen(words.taken_back(mark), keyboard([_all_button()]))


def marks_screen(report: SubscriptionReport, page: int, now: datetime) -> Screen:
    """All that the person said, the latest first."""
    marks = report.marks[::-1]
    on_page, page, pages = page_of(marks, page, ITEMS_A_PAGE)
    shown = list(enumerate(on_page, page * ITEMS_A_PAGE + 1))
    opens = (button(str(number), "asm", mark["id"]) for number, mark in shown)
    truth = truth_line(report.connections, now)
    text = words.said_list(shown, report.found.watched, report.found.today, truth)
    return Screen(text, keyboard(*rows(opens, A_ROW), pager("asw", page, pages), [_all_button("‹ Voltar")]))


def mark_screen(report: SubscriptionReport, mark: RecurringMark, now: datetime) -> Screen:
    """One thing that the person said, and the way back from it."""
    watched = next((one for one in report.found.watched if one.mark["id"] == mark["id"]), None)
    text = words.open_mark(mark, watched, report.found.today, truth_line(report.connections, now))
    return Screen(text, keyboard([_take_back(mark)], [button("‹ Voltar", "asw", 0)]))


def charge_screen(found: CancelledCharge, now: datetime) -> Screen:
    """What is told by itself."""
    ways = [button("Ver assinaturas", "assinaturas", "novo"), _take_back(found.mark)]
    return Screen(words.charged_again(found, now), keyboard(ways, [button("🔔 Avisos", "alertas", "novo")]))


def calendar_entries(items: Sequence[Item]) -> list[Entry]:
    """What a list puts into the calendar."""
    return [Entry(item.flow, words.calendar_summary(item)) for item in items]


def _all_button(label: str = "Ver assinaturas") -> InlineKeyboardButton:
    return button(label, "asl", "a", 0)
