"""The screens of /credito. A button carries which figure and page, or which order and sum; all of it is looked up anew for
whoever pressed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from telegram import InlineKeyboardButton

from gerente_financeiro.keyboards import (
    base36,
    button,
    columns,
    from_base36,
    keyboard,
    page_of,
    pager,
    rows,
    to_id,
)
from gerente_financeiro.messages import credit as words
from gerente_financeiro.messages import credit_figures, debts
from gerente_financeiro.messages import income_statement as statement_words
from gerente_financeiro.screens import Screen
from gerente_financeiro.statement_handler import EMPTY
from open_finance.credit_reports import DebtPlan
from open_finance.insights.credit import CreditReport, Figure, Order
from open_finance.money import ZERO, from_centavos, to_centavos

COMMAND = "credito"
ROWS_A_PAGE, DEBTS_A_PAGE, A_ROW = 10, 5, 5
#: How many months a statement may be of, as a button carries it.
MONTHS: Final[dict[str, Literal[6, 12]]] = {"6": 6, "12": 12}
#: What a button adds to the sum a month; the most that anybody plans with.
STEP, MOST = Decimal("100.00"), Decimal("1000000.00")
_FIGURES, _ORDERS = list(Figure), list(Order)


def credit_screen(report: CreditReport, now: datetime) -> Screen:
    """All figures, and the ways to what is behind them."""
    if not report.connections:
        return EMPTY
    ways = [button("Como calculei", "crh"), button("Minhas dívidas", "crd", 0)]
    if any(debt.monthly_rate is not None for debt in report.debts):
        ways.append(button("Plano para quitar", "crp"))
    statement = [button("Comprovante de renda (PDF)", "cri")]
    return Screen(words.credit_text(report, now), keyboard(*columns(ways), statement, [button("Fechar", "crx")]))


def pressed_screen(report: CreditReport, verb: str, ids: Sequence[int], now: datetime) -> Screen | None:
    """``crh``, ``crd:<page>``, ``crf:<figure>:<page>``; None for what no button of ours carries."""
    match ids:
        case [] if verb == "crh":
            return how_screen(report, now)
        case [page] if verb == "crd":
            return debts_screen(report, page, now)
        case [code, page] if verb == "crf" and is_figure(code):
            return figure_screen(report, _FIGURES[code], page, now)
    return None


def how_screen(report: CreditReport, now: datetime) -> Screen:
    """What each figure is made of, and a button for each."""
    opens = (figure_button(str(place), _FIGURES.index(figure), 0) for place, figure in enumerate(words.SHOWN, 1))
    return Screen(credit_figures.how_text(report, now), keyboard(*rows(opens, A_ROW), [_back()]))


def figure_screen(report: CreditReport, figure: Figure, page: int, now: datetime) -> Screen:
    """One figure with a page of its rows; those that stand in /extrato have a button of their number."""
    measure, code = report.measure(figure), _FIGURES.index(figure)
    on_page, page, pages = page_of(credit_figures.evidence_of(measure), page, ROWS_A_PAGE)
    shown = list(enumerate(on_page, page * ROWS_A_PAGE + 1))
    opens = (button(str(place), "crr", code, page, base36(one.id)) for place, one in shown if one.kind == "transaction")
    owed = [button("Minhas dívidas", "crd", 0)] if any(one.kind == "loan" for _, one in shown) else []
    text = credit_figures.figure_text(report, measure, shown, now, is_first=page == 0)
    turn = pager("crf", page, pages, code)
    return Screen(text, keyboard(*rows(opens, A_ROW), turn, [*owed, button("‹ Voltar", "crh")]))


def is_figure(code: int) -> bool:
    """Whether a button's number is that of a figure."""
    return code < len(_FIGURES)


def figure_button(label: str, code: int, page: int) -> InlineKeyboardButton:
    """The way to a page of a figure."""
    return button(label, "crf", code, page)


def debts_screen(report: CreditReport, page: int, now: datetime) -> Screen:
    """A page of what is owed."""
    on_page, page, pages = page_of(report.debts, page, DEBTS_A_PAGE)
    shown = list(enumerate(on_page, page * DEBTS_A_PAGE + 1))
    text = debts.debts_text(report, shown, now, is_last=page == pages - 1)
    return Screen(text, keyboard(pager("crd", page, pages), [_back()]))


def _back() -> InlineKeyboardButton:
    return button("‹ Voltar", COMMAND)


# --- the plan ------------------------------------------------------------------------------------------------------------


def plan_screen(report: DebtPlan, today: date, truth: str) -> Screen:
    """The plan, with a little more or less a month, and in the other order."""
    plan = report.plan
    if not plan.debts:
        return Screen(debts.no_plan(report.left_out, truth), keyboard([_back()]))
    less, more = plan.budget - STEP, plan.budget + STEP
    steps = [button("− R$ 100", "crp", *plan_ids(plan.order, less))] if less > ZERO else []
    steps += [button("+ R$ 100", "crp", *plan_ids(plan.order, more))] if more <= MOST else []
    other = debts.other_order(plan.order)
    across = [button(f"Ordem: {debts.ORDERS[other]}", "crp", *plan_ids(other, plan.budget))]
    typed = button("Outro valor", "crpv", *plan_ids(plan.order, plan.budget))
    text = debts.plan_text(plan, report.left_out, today, truth)
    return Screen(text, keyboard(steps, across if len(plan.debts) > 1 else [], [typed, _back()]))


def plan_ids(order: Order, budget: Decimal) -> tuple[object, ...]:
    """What a button carries of a plan."""
    return _ORDERS.index(order), base36(to_centavos(budget))


def read_plan_ids(ids: Sequence[str]) -> tuple[Order, Decimal | None]:
    """The inverse of ``plan_ids``; without ids, the dearest first and no sum. Raises ValueError on anything else: buttons
    can be forged."""
    if not ids:
        return Order.AVALANCHE, None
    code, centavos = ids
    if to_id(code) >= len(_ORDERS):
        raise ValueError("no order")
    return _ORDERS[to_id(code)], checked_budget(from_centavos(from_base36(centavos)))


def checked_budget(budget: Decimal) -> Decimal:
    """A sum that somebody may pay a month. Raises ValueError."""
    if not ZERO < budget <= MOST:
        raise ValueError("nobody pays that a month")
    return budget


# --- the income statement ------------------------------------------------------------------------------------------------


def months_screen() -> Screen:
    """Of how many months."""
    choices = [button(f"{months} meses", "crif", months) for months in MONTHS.values()]
    return Screen(statement_words.CHOOSE, keyboard(choices, [_back()]))


def no_statement_screen() -> Screen:
    """Why there is no file."""
    return Screen(statement_words.NO_INCOME, keyboard([_back()]))
