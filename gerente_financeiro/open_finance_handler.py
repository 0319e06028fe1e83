"""/minhas_contas and /saldo; with the modules beside it, all that reads, refreshes and ends a connection.

Reading commands ask the database only: with Pluggy down they still answer, and say how old the answer is.
"""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from gerente_financeiro import disconnect_handler, refresh_handler, statement_handler
from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.disconnect_handler import desconectar_banco
from gerente_financeiro.keyboards import button, connect_button, keyboard, page_count, pager, rows
from gerente_financeiro.messages import accounts as words
from gerente_financeiro.messages.balance import balance
from gerente_financeiro.refresh_handler import sincronizar
from gerente_financeiro.screens import Screen, expired, pressed_id, show, user_id
from gerente_financeiro.statement_handler import extrato
from open_finance.records import Connection
from open_finance.reports import BankAccounts, build_accounts, build_balance

__all__ = ["CALLBACKS", "COMMANDS", "desconectar_banco", "extrato", "minhas_contas", "saldo", "sincronizar"]

BANKS_A_PAGE = 8

EMPTY = Screen(words.EMPTY, keyboard([connect_button()]))


async def minhas_contas(update: Update, context: Context) -> None:
    """Every bank with its age and accounts, and a button for each."""
    bot = bot_context(context)
    now = bot.clock.now()
    banks = await bot.run(build_accounts, bot.core.database, user_id(update), now)
    screen = Screen(words.connections(banks, now), _banks_keyboard(banks, pressed_id(update) or 0)) if banks else EMPTY
    await show(update, context.bot, screen)


async def saldo(update: Update, context: Context) -> None:
    """What the person has, owes and keeps; the figures can be hidden from who looks on."""
    await _show_balance(update, context, hidden=False)


async def _hide_balance(update: Update, context: Context) -> None:
    await _show_balance(update, context, hidden=True)


async def _show_balance(update: Update, context: Context, *, hidden: bool) -> None:
    bot = bot_context(context)
    now = bot.clock.now()
    report = await bot.run(build_balance, bot.core.database, user_id(update), now)
    if not report.connections and report.is_empty:
        await show(update, context.bot, EMPTY)
        return
    buttons = None if report.is_empty else _balance_keyboard(hidden=hidden)
    await show(update, context.bot, Screen(balance(report, now, hidden=hidden), buttons))


async def _show_bank(update: Update, context: Context) -> None:
    """One bank's screen. Somebody else's id is a bank that does not exist."""
    bot = bot_context(context)
    now = bot.clock.now()
    banks = await bot.run(build_accounts, bot.core.database, user_id(update), now)
    wanted = pressed_id(update)
    bank = next((bank for bank in banks if bank.connection["id"] == wanted), None)
    if bank is None:
        await expired(update, "minhas_contas")
        return
    await show(update, context.bot, Screen(words.bank_screen(bank, now), _bank_keyboard(bank)))


def _banks_keyboard(banks: Sequence[BankAccounts], page: int) -> InlineKeyboardMarkup:
    pages = page_count(len(banks), BANKS_A_PAGE)
    page = min(page, pages - 1)
    shown = banks[page * BANKS_A_PAGE : (page + 1) * BANKS_A_PAGE]
    return keyboard(
        *rows((_bank_button(bank) for bank in shown), 2),
        pager("contas", page, pages),
        [connect_button("➕ Conectar"), *([button("🔄 Atualizar", "sincronizar")] if _any_refreshable(banks) else [])],
    )


def _bank_button(bank: BankAccounts) -> InlineKeyboardButton:
    doubtful = bank.age.is_doubtful or words.trouble(bank.connection)
    return button(f"{bank.connection['connector_name']}{' ⚠️' if doubtful else ''}", "banco", bank.connection["id"])


def _any_refreshable(banks: Sequence[BankAccounts]) -> bool:
    return any(refresh_handler.is_refreshable(bank.connection) for bank in banks)


def _bank_keyboard(bank: BankAccounts) -> InlineKeyboardMarkup:
    connection: Connection = bank.connection
    can_refresh = refresh_handler.is_refreshable(connection)
    return keyboard(
        [
            *([button("Extrato", *statement_handler.of_bank(connection["id"]))] if bank.accounts else []),
            *([button("🔄 Atualizar", "atualizar", connection["id"])] if can_refresh else []),
        ],
        [
            button("‹ Voltar", "contas"),
            *([] if connection["disconnecting"] else [button("Desconectar", "sair", connection["id"])]),
        ],
    )


def _balance_keyboard(*, hidden: bool) -> InlineKeyboardMarkup:
    return keyboard(
        [button("Extrato", "extrato"), button("Contas", "contas")],
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
    **refresh_handler.CALLBACKS,
    **disconnect_handler.CALLBACKS,
}
