"""/gastos: what a month cost, as a picture with its table under it; by category, by shop, by account, and six months.

A button carries the view, the kind of report and the month, and nothing of what they show: it works after a restart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.keyboards import base36, button, from_base36, keyboard, rows, to_id
from gerente_financeiro.messages import spending as words
from gerente_financeiro.messages.format import MONTHS
from gerente_financeiro.pictures import Picture, show_drawn
from gerente_financeiro.screens import Screen, close, expired, pressed_ids, show, user_id
from gerente_financeiro.statement_handler import EMPTY
from open_finance.clock import local_day
from open_finance.exports.charts import Chart, bars_chart, columns_chart
from open_finance.insights.budget_names import find_named
from open_finance.insights.spending import group_title
from open_finance.insights.taxonomy import GROUPS, group_of
from open_finance.reading.statement_query import (
    DEFAULT_DAYS,
    fold,
    last_days,
    next_month,
    parse_query,
    previous_month,
)
from open_finance.spending_reports import By, SpendingReport, View, build_spending

COMMAND = "gastos"
DETAILS = 2  # groups that have a button of their own

_CASH = {"caixa", "fatura", "faturas"}
_VIEWS = {"p": View.PURCHASES, "b": View.BILLS}
_BYS: dict[str, By] = {"g": "group", "m": "merchant", "a": "account", "s": "months"}
_LABELS: dict[By, str] = {"group": "Por categoria", "merchant": "Por loja", "account": "Por conta", "months": "6 meses"}
#: Words after /gastos that choose a report, by how they begin.
_WORDS: tuple[tuple[str, By], ...] = (
    ("loja", "merchant"),
    ("conta", "account"),
    ("categoria", "group"),
    ("meses", "months"),
)
_SHORTEST_NAME = 3
_SMALL_WORDS = frozenset({"de", "do", "da", "em", "no", "na", "com", "por", "mes", "este", "neste", "6", "seis"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report. ``month``: its first day, None for the current one. ``group``: by ``category``, of which one.
    ``ignored``: what was typed and says nothing here."""

    view: View = View.PURCHASES
    by: By = "group"
    month: date | None = None
    group: str | None = None
    ignored: str = ""


async def gastos(update: Update, context: Context) -> None:
    """This month, or what the words after the command ask for: ``/gastos outubro``, ``/gastos caixa loja``."""
    bot = bot_context(context)
    asked = read_words(" ".join(context.args or ()), local_day(bot.clock.now()))
    if isinstance(asked, str):
        await show(update, context.bot, Screen(words.unclear_day(asked)))
    else:
        await show_spending(update, context, bot.core.rows_of(user_id(update)), asked)


async def _turn(update: Update, context: Context) -> None:
    asked = pressed_report(update)
    if asked is None:
        await expired(update, COMMAND)
    else:
        await show_spending(update, context, bot_context(context).core.rows_of(user_id(update)), asked)


async def _close(update: Update, _context: Context) -> None:
    await close(update)


async def show_spending(update: Update, context: Context, rows: Rows, asked: Asked) -> None:
    """The picture, or words where there is nothing to draw."""
    await show_drawn(update, context.bot, await build_picture(bot_context(context), rows, asked))


async def build_picture(bot: BotContext, rows: Rows, asked: Asked) -> Picture | Screen:
    """Read, counted and drawn in a person's thread."""
    now = bot.clock.now()
    report = await bot.run(
        build_spending,
        rows.database,
        rows.user_id,
        now,
        view=asked.view,
        month=asked.month,
        by=asked.by,
        group=asked.group,
    )
    if not report.accounts:
        return EMPTY
    if report.known_from is None:
        return Screen(words.NOTHING_YET)
    table = words.spending(report, now, asked.ignored)
    chart = await bot.run(draw, table)
    return Picture(chart.png, table.caption, spending_keyboard(report), "gastos.png")


def draw(table: words.Table) -> Chart:
    """The chart of a table."""
    return columns_chart(table.stacks, table.heading) if table.stacks else bars_chart(table.lines, table.heading)


# --- what was asked -------------------------------------------------------------------------------------------------------


def read_words(typed: str, today: date) -> Asked | str:
    """What was typed after the command; the word that looks like a day and is none."""
    query = parse_query(typed, today)
    if query.unclear:
        return query.unclear
    says_no_day = query.period == last_days(DEFAULT_DAYS, today)
    told = [word for word in fold(query.text).split() if word not in _SMALL_WORDS]
    by: By = next((by for word in told for beginning, by in _WORDS if word.startswith(beginning)), "group")
    view = View.BILLS if _CASH & set(told) else View.PURCHASES
    group = _group(" ".join(word for word in told if word not in _CASH)) if by == "group" else None
    month = None if says_no_day else query.period.end.replace(day=1)
    has_amount = query.above is not None or query.below is not None
    ignored = typed if has_amount else " ".join(word for word in told if group is None and not _is_known(word))
    return Asked(view, "category" if group else by, month, group, ignored)


def _is_known(word: str) -> bool:
    return word in _CASH or any(word.startswith(beginning) for beginning, _ in _WORDS)


def _group(words: str) -> str | None:
    """The group that these words name, or begin a word of (``mercado``, ``pix``, ``saude``), or of whose categories they
    name one (``farmacia``)."""
    if len(words) < _SHORTEST_NAME:
        return None
    told = next((group for group in GROUPS if f" {words}" in f" {fold(group_title(group))}"), None)
    found = told or find_named(words, {}).category
    return found if found is None or found in GROUPS else group_of(found)


def pressed_report(update: Update) -> Asked | None:
    """The report of a pressed button; None for what no button of ours carries."""
    ids = pressed_ids(update)
    if not ids:
        return Asked()
    try:
        view, by, month = ids
        if by.startswith("c"):
            return Asked(_VIEWS[view], "category", to_month(month), GROUPS[to_id(by[1:])])
        return Asked(_VIEWS[view], _BYS[by], to_month(month))
    except (IndexError, KeyError, ValueError):
        return None


def month_id(month: date) -> str:
    """A month in as few characters as buttons need."""
    return base36(month.year * 12 + month.month - 1)


def to_month(text: str) -> date:
    """The inverse of ``month_id``. Raises ValueError on anything else."""
    index = from_base36(text)
    if not 2000 * 12 <= index < 2100 * 12:
        raise ValueError("no such month")
    return date(index // 12, index % 12 + 1, 1)


# --- keyboard -------------------------------------------------------------------------------------------------------------


def spending_keyboard(report: SpendingReport) -> InlineKeyboardMarkup:
    """The other reports, the months around, the other view, and what may be own money."""
    here = Asked(report.view, report.by, report.figures.month, report.group)
    others = [
        report_button(label, replace(here, by=by, group=None)) for by, label in _LABELS.items() if by != report.by
    ]
    likely = "Conferir a possível transferência" if report.suggestions == 1 else "Conferir as possíveis transferências"
    return keyboard(
        *rows(others, 3 if len(others) <= 3 else 2),
        _details(report, here),
        _months(report, here),
        [button(likely, "gt", month_id(report.figures.month), 0)] if report.suggestions else [],
        [button("Fechar", "gf")],
    )


def _details(report: SpendingReport, here: Asked) -> list[InlineKeyboardButton]:
    """The ways into the largest groups; one with a single category in it has nothing to tell apart."""
    if report.by != "group":
        return []
    by_title = {group_title(group): group for group in GROUPS}
    told = [by_title[line.title] for line in report.figures.lines if len(line.parts) > 1 and line.title in by_title]
    return [
        report_button(f"{group_title(group)} ›", replace(here, by="category", group=group)) for group in told[:DETAILS]
    ]


def _months(report: SpendingReport, here: Asked) -> list[InlineKeyboardButton]:
    month = report.figures.month
    before, after = previous_month(month), next_month(month)
    line = [report_button(f"‹ {_short(before)}", replace(here, month=before))] if report.has_earlier else []
    if here.view is View.PURCHASES:
        line.append(report_button("Ver por caixa", replace(here, view=View.BILLS)))
    else:
        line.append(report_button("Ver por compras", replace(here, view=View.PURCHASES)))
    if report.has_later:
        line.append(report_button(f"{_short(after)} ›", replace(here, month=after)))
    return line


def report_button(label: str, asked: Asked) -> InlineKeyboardButton:
    """The way to a report of a month."""
    view = next(key for key, view in _VIEWS.items() if view is asked.view)
    if asked.group is not None:
        by = f"c{GROUPS.index(asked.group)}"
    else:
        by = next(key for key, by in _BYS.items() if by == asked.by)
    assert asked.month is not None
    return button(label, "gs", view, by, month_id(asked.month))


def _short(month: date) -> str:
    return MONTHS[month.month - 1][:3]


COMMANDS = {COMMAND: gastos}
CALLBACKS = {"gastos": _turn, "gs": _turn, "gf": _close}
