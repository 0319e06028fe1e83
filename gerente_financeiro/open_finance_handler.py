"""/minhas_contas and /saldo; with the modules beside it, all that reads, refreshes and ends a connection.

Reading commands ask the database only: with Pluggy down they still answer, and say how old the answer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from gerente_financeiro import (
    account_handler,
    category_handler,
    disconnect_handler,
    refresh_handler,
    reminder_handler,
    row_handler,
    rules_handler,
    statement_filters,
    statement_handler,
)
from gerente_financeiro.bank_names import list_banks
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.disconnect_handler import desconectar_banco
from gerente_financeiro.keyboards import (
    button,
    connect_button,
    keyboard,
    page_count,
    pager,
    rows,
    see_request_button,
)
from gerente_financeiro.listing import of_bank
from gerente_financeiro.messages import accounts as words
from gerente_financeiro.messages.balance import balance
from gerente_financeiro.messages.trouble import can_be_asked, is_to_be_mended, wants_code
from gerente_financeiro.reconnect_screens import mend_button
from gerente_financeiro.refresh_handler import sincronizar
from gerente_financeiro.screens import Screen, expired, pressed_id, show, user_id
from gerente_financeiro.statement_handler import EMPTY, extrato
from open_finance.reading.balances import is_card
from open_finance.records import Connection
from open_finance.reports import BalanceReport, BankAccounts, build_balance

__all__ = ["CALLBACKS", "COMMANDS", "desconectar_banco", "extrato", "minhas_contas", "saldo", "sincronizar"]

BANKS_A_PAGE = 8


async def minhas_contas(update: Update, context: Context) -> None:
    """Every bank with its age and accounts, and a button for each."""
    bot = bot_context(context)
    now = bot.clock.now()
    banks = await list_banks(bot, user_id(update))
    await show(update, context.bot, banks_screen(banks, now, pressed_id(update) or 0))


async def saldo(update: Update, context: Context) -> None:
    """What the person has, owes and keeps; the figures can be hidden from who looks on."""
    await _show_balance(update, context, hidden=False)


async def _hide_balance(update: Update, context: Context) -> None:
    await _show_balance(update, context, hidden=True)


async def _show_balance(update: Update, context: Context, *, hidden: bool) -> None:
    bot = bot_context(context)
    now = bot.clock.now()
    report = await bot.run(build_balance, bot.core.database, user_id(update), now)
    await show(update, context.bot, balance_screen(report, now, hidden=hidden))


async def _show_bank(update: Update, context: Context) -> None:
    """One bank's screen. Somebody else's id is a bank that does not exist."""
    bot = bot_context(context)
    now = bot.clock.now()
    banks = await list_banks(bot, user_id(update))
    family = await bot.run(bot.core.family_book.find_family, user_id(update))
    screen = bank_screen(banks, pressed_id(update), now, in_family=family is not None)
    if screen is None:
        await expired(update, "minhas_contas")
    else:
        _note_trouble(bot, banks, pressed_id(update), now)
        await show(update, context.bot, screen)


def _note_trouble(bot: BotContext, banks: Sequence[BankAccounts], number: int | None, now: datetime) -> None:
    """Who reads here what a bank needs is not told of it in the next minute."""
    for bank in banks:
        if bank.connection["id"] == number and is_to_be_mended(bank.connection, now):
            bot.conversations.note_shown(number)


# --- screens -------------------------------------------------------------------------------------------------------


def balance_screen(report: BalanceReport, now: datetime, *, hidden: bool) -> Screen:
    """What somebody has, owes and keeps; the way to a bank where there is none."""
    if not report.connections and report.is_empty:
        return EMPTY
    has_card = any(is_card(account) for account in (*report.cards, *report.apart, *report.hidden))
    buttons = None
    if not report.is_empty:
        buttons = _balance_keyboard(report, hidden=hidden, has_card=has_card)
    return Screen(balance(report, now, hidden=hidden), buttons)


def banks_screen(banks: Sequence[BankAccounts], now: datetime, page: int) -> Screen:
    """Every bank, and a button for each of a page."""
    return Screen(words.connections(banks, now), _banks_keyboard(banks, now, page)) if banks else EMPTY


def bank_screen(
    banks: Sequence[BankAccounts], connection_id: int | None, now: datetime, *, in_family: bool = False
) -> Screen | None:
    """One of the banks; None where there is none by that id. ``in_family``: its person may share it."""
    bank = next((bank for bank in banks if bank.connection["id"] == connection_id), None)
    return (
        None if bank is None else Screen(words.bank_screen(bank, now), _bank_keyboard(bank, now, in_family=in_family))
    )


def _banks_keyboard(banks: Sequence[BankAccounts], now: datetime, page: int) -> InlineKeyboardMarkup:
    pages = page_count(len(banks), BANKS_A_PAGE)
    page = min(page, pages - 1)
    shown = banks[page * BANKS_A_PAGE : (page + 1) * BANKS_A_PAGE]
    return keyboard(
        *rows((_bank_button(bank, now) for bank in shown), 2),
        pager("contas", page, pages),
        [
            connect_button("➕ Conectar"),
            *(
                [button("🔄 Atualizar", "sincronizar")]
                if any(refresh_handler.is_standing(bank.connection) for bank in banks)
                else []
            ),
        ],
    )


def _bank_button(bank: BankAccounts, now: datetime) -> InlineKeyboardButton:
    name = bank.connection["connector_name"]
    if words.is_awaited(bank.connection):
        return button(f"{name} ⏳", "banco", bank.connection["id"])
    doubtful = bank.age.is_doubtful or words.trouble(bank.connection, now)
    return button(f"{name}{' ⚠️' if doubtful else ''}", "banco", bank.connection["id"])


def _bank_keyboard(bank: BankAccounts, now: datetime, *, in_family: bool) -> InlineKeyboardMarkup:
    connection: Connection = bank.connection
    number = connection["id"]
    return keyboard(
        [see_request_button(connection)] if words.is_awaited(connection) else [],
        [mend_button(connection, now)] if is_to_be_mended(connection, now) or wants_code(connection, now) else [],
        [
            *([button("Extrato", *of_bank(number))] if bank.accounts else []),
            *([button("🔄 Atualizar", "atualizar", number)] if can_be_asked(connection, now) else []),
        ],
        [button("Contas desta conexão ›", "ctas", number)] if bank.accounts else [],
        [button("Compartilhar com a família", "famcontas", 0)] if bank.accounts and in_family else [],
        [
            button("‹ Voltar", "contas"),
            *([] if connection["disconnecting"] else [button("Desconectar", "sair", number)]),
        ],
    )


def _balance_keyboard(report: BalanceReport, *, hidden: bool, has_card: bool) -> InlineKeyboardMarkup:
    bill = [button("Fatura", "fatura")] if has_card else []
    ahead = [button("Previsão", "previsao"), button("Posso gastar hoje?", "posso_gastar")] if report.checking else []
    invested = [button("Investimentos", "investimentos")] if report.invested else []
    credit = [button("Crédito", "credito")] if report.loans else []
    return keyboard(
        [button("Extrato", "extrato"), button("Gastos", "gastos"), *bill, button("Contas", "contas")],
        ahead,
        [button("Patrimônio", "patrimonio"), *invested, *credit],
        [
            button("🔄 Atualizar", "sincronizar"),
            button("👁 Mostrar valores", "saldo") if hidden else button("🙈 Esconder valores", "ocultar"),
        ],
    )


COMMANDS = {
    "minhas_contas": minhas_contas,
    "saldo": saldo,
    "extrato": extrato,
    "sincronizar": sincronizar,
    "desconectar_banco": desconectar_banco,
}

CALLBACKS = {
    "contas": minhas_contas,
    "banco": _show_bank,
    "saldo": saldo,
    "ocultar": _hide_balance,
    **statement_handler.CALLBACKS,
    **statement_filters.CALLBACKS,
    **row_handler.CALLBACKS,
    **category_handler.CALLBACKS,
    **rules_handler.CALLBACKS,
    **refresh_handler.CALLBACKS,
    **disconnect_handler.CALLBACKS,
    **account_handler.CALLBACKS,
    **reminder_handler.CALLBACKS,
}
