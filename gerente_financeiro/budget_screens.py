"""The screens of /orcamento, and what their buttons carry: a budget's id, or a category as a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from telegram import InlineKeyboardButton

from gerente_financeiro.keyboards import button, columns, keyboard, page_count, pager, rows, to_id
from gerente_financeiro.messages import budget as words
from gerente_financeiro.screens import Screen
from open_finance.budget_alerts import BudgetWarning
from open_finance.budget_book import Choice, NamedState, Offer
from open_finance.insights.row_categories import own_category, own_number
from open_finance.insights.spending import Spent
from open_finance.insights.taxonomy import GROUPS
from open_finance.money import to_centavos
from open_finance.records import Connection

BUDGETS_A_PAGE = 6  # a long name has a row of its own
ROWS_OF_CHOICES = 6
#: Pluggy's ids keep their leading zeros behind a one; a person's own are above all of these.
_OWN = 10**12


def overview_screen(
    states: Sequence[NamedState], connections: Iterable[Connection], now: datetime, page: int = 0
) -> Screen:
    """All budgets, each with a button of its own; without any, the way to the first."""
    if not states:
        return Screen(words.EMPTY, keyboard([_new_button()], [_close_button()]))
    pages = page_count(len(states), BUDGETS_A_PAGE)
    page = min(page, pages - 1)
    shown = states[page * BUDGETS_A_PAGE :][:BUDGETS_A_PAGE]
    return Screen(
        words.overview(shown, connections, now),
        keyboard(
            *columns(button(one.title, "orcver", one.state.budget["id"]) for one in shown),
            pager("orc", page, pages),
            [_new_button(), _close_button()],
        ),
    )


def budget_screen(named: NamedState, truth: str, notice: str = "") -> Screen:
    """One budget, and what can be done with it. ``truth``: how old the figures are."""
    budget = named.state.budget
    number, rolls = budget["id"], budget["rolls_over"]
    return Screen(
        words.one_budget(named, truth, notice),
        keyboard(
            [button("Ver gastos", "orcgas", number), adjust_button(number)],
            [button(f"Acumular sobra: {'sim' if rolls else 'não'}", "orcac", number, int(not rolls))],
            [quiet_button(named)],
            [button("Apagar", "orcdel", number), button("‹ Voltar", "orc")],
        ),
    )


def set_screen(named: NamedState, truth: str) -> Screen:
    """A budget as it was set just now."""
    budget = named.state.budget
    number, rolls = budget["id"], budget["rolls_over"]
    return Screen(
        words.was_set(named, truth),
        keyboard(
            [adjust_button(number), button("Apagar", "orcdel", number)],
            [button(f"Acumular sobra: {'sim' if rolls else 'não'}", "orcac", number, int(not rolls))],
            [button("Todos os orçamentos", "orc")],
        ),
    )


def choices_screen(choices: Sequence[Choice], centavos: int = 0, page: int = 0) -> Screen:
    """What the budget is to be for. ``centavos``: the amount, where it is known already."""
    lines = columns(choice_button(one, centavos) for one in choices)
    pages = page_count(len(lines), ROWS_OF_CHOICES)
    page = min(page, pages - 1)
    return Screen(
        words.ASK_WHAT,
        keyboard(
            *lines[page * ROWS_OF_CHOICES :][:ROWS_OF_CHOICES],
            pager("orcnovo", page, pages, centavos),
            [button("‹ Voltar", "orc")],
        ),
    )


def offer_screen(offer: Offer) -> Screen:
    """How much a month."""
    code = code_of(offer.choice.category)
    amounts = (button(words.amount_label(each), "orcpoe", code, to_centavos(each)) for each in offer.amounts)
    return Screen(words.ask_amount(offer), keyboard(*rows(amounts, 2), [button("‹ Voltar", "orc")]))


def unknown_screen(name: str, like: Sequence[Choice], amount: Decimal | None) -> Screen:
    """What was typed is no name: what it may be, or the way to all."""
    centavos = 0 if amount is None else to_centavos(amount)
    offered = [[choice_button(one, centavos)] for one in like]
    return Screen(
        words.not_found(name, likes=bool(like)),
        keyboard(*offered, [button("Ver todas", "orcnovo", centavos, 0)], [_close_button()]),
    )


def delete_screen(named: NamedState) -> Screen:
    """The second step: what is lost."""
    number = named.state.budget["id"]
    yes, no = button("Sim, apagar", "orcapg", number), button("Não", "orcver", number)
    return Screen(words.ask_delete(named), keyboard([yes, no]))


def spent_screen(named: NamedState, spent: Sequence[Spent], today: date, truth: str) -> Screen:
    """What the month's spending is made of."""
    number = named.state.budget["id"]
    back = button("‹ Voltar", "orcver", number)
    return Screen(words.spent_list(named, spent, today, truth), keyboard([adjust_button(number), back]))


def warning_screen(found: BudgetWarning) -> Screen:
    """What is told by itself."""
    number = found.of.state.budget["id"]
    return Screen(
        words.warning(found),
        keyboard(
            [button("Ver gastos", "orcgas", number), adjust_button(number)],
            [quiet_button(found.of)],
            [button("🔔 Avisos", "alertas", "novo")],
        ),
    )


def quiet_screen(named: NamedState) -> Screen:
    """Nothing is told of it this month, or is again."""
    text = words.quieted(named) if named.state.is_quiet else words.woken(named)
    return Screen(text, keyboard([quiet_button(named)]))


def adjust_button(budget_id: int) -> InlineKeyboardButton:
    """The way to another amount."""
    return button("Ajustar", "orcaj", budget_id)


def quiet_button(named: NamedState) -> InlineKeyboardButton:
    """Carries what it sets, and for which month: an old one does nothing in the next."""
    number, month = named.state.budget["id"], f"{named.state.today:%Y%m}"
    if named.state.is_quiet:
        return button("Voltar a avisar", "orcsil", number, 0, month)
    return button("Não avisar este mês", "orcsil", number, 1, month)


def choice_button(choice: Choice, centavos: int) -> InlineKeyboardButton:
    """Sets it where the amount is known, else asks for that."""
    code = code_of(choice.category)
    if centavos:
        return button(choice.title, "orcpoe", code, centavos)
    return button(choice.title, "orccat", code)


def code_of(category: str) -> int:
    """A group, a category or one of the person's own as one number: what buttons and prompts carry."""
    number = own_number(category)
    if number is not None:
        return _OWN + number
    return GROUPS.index(category) if category in GROUPS else int(f"1{category}")


def category_of(code: str | int | None) -> str:
    """The inverse of ``code_of``. Raises ValueError on what it never gives; what it gives may be gone meanwhile."""
    number = to_id(str(code))
    if number >= _OWN:
        return own_category(number - _OWN)
    return GROUPS[number] if number < len(GROUPS) else str(number)[1:]


def _new_button() -> InlineKeyboardButton:
    return button("➕ Novo orçamento", "orcnovo")


def _close_button() -> InlineKeyboardButton:
    return button("Fechar", "orcfim")
