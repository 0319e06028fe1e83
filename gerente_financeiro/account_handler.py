"""One account: its name, whether it counts in the totals, and the history that was joined to it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest

from gerente_financeiro.connect.outcome import make_way
from gerente_financeiro.connect.view import say
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import base36, button, from_base36, keyboard, page_count, pager, to_id
from gerente_financeiro.messages import account as words
from gerente_financeiro.messages.accounts import NAME_LIMIT, account_name
from gerente_financeiro.messages.format import clean_text
from gerente_financeiro.screens import Screen, expired, looks, pressed_id, pressed_ids, show, user_id
from open_finance.errors import ConnectionNotFoundError
from open_finance.reading.balances import BankAccounts
from open_finance.records import Account, AccountJoin, Prompt
from open_finance.reports import build_accounts

COMMAND = "minhas_contas"
RENAME = "rename"
ACCOUNTS_A_PAGE = 6
UNDO = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class View:
    """An account of this person's, with its bank and what was joined to it, the newest first."""

    account: Account
    bank: BankAccounts
    joins: Sequence[AccountJoin]

    @property
    def separable(self) -> AccountJoin | None:
        """The join that can be undone now."""
        return next((join for join in self.joins if join["separable"]), None)


# --- looking -------------------------------------------------------------------------------------------------------


async def _list(update: Update, context: Context) -> None:
    """``ctas:<connection>:<page>``: the accounts of one connection."""
    bot, ids = bot_context(context), pressed_ids(update)
    banks = await bot.run(build_accounts, bot.core.database, user_id(update), bot.clock.now())
    bank = next((each for each in banks if each.connection["id"] == pressed_id(update)), None)
    if bank is None or not bank.accounts:
        await expired(update, COMMAND)
    else:
        page = int(ids[1]) if len(ids) > 1 and ids[1].isdecimal() and len(ids[1]) < 5 else 0
        await show(update, context.bot, Screen(words.accounts_of_bank(bank), _choice(bank, page)))


async def _open(update: Update, context: Context) -> None:
    """``cta:<account>``."""
    await _show(update, context)


async def _show(update: Update, context: Context, notice: str = "", undo: InlineKeyboardButton | None = None) -> None:
    bot = bot_context(context)
    view = await _find(bot, user_id(update), pressed_id(update))
    if view is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, account_screen(view, bot.clock.now(), notice, undo))


async def _find(bot: BotContext, person: int, account_id: int | None) -> View | None:
    """The account, if it is this person's and still listed by a bank that is read."""
    banks = await bot.run(build_accounts, bot.core.database, person, bot.clock.now())
    joins = await bot.run(bot.core.accounts.list_joins, person)
    return next(
        (
            View(account, bank, [each for each in joins if each["account_id"] == account_id])
            for bank in banks
            for account in bank.accounts
            if account["id"] == account_id
        ),
        None,
    )


def account_screen(view: View, now: datetime, notice: str = "", undo: InlineKeyboardButton | None = None) -> Screen:
    """One account and what can be done to it. ``notice``: what has just been done; ``undo``: and how to take it back."""
    text = words.account_screen(view.account, view.bank, view.joins, now)
    return Screen(f"{notice}\n\n{text}" if notice else text, _buttons(view, undo))


def _choice(bank: BankAccounts, page: int) -> InlineKeyboardMarkup:
    number, pages = bank.connection["id"], page_count(len(bank.accounts), ACCOUNTS_A_PAGE)
    page = min(page, pages - 1)
    shown = bank.accounts[page * ACCOUNTS_A_PAGE : (page + 1) * ACCOUNTS_A_PAGE]
    return keyboard(
        *([button(account_name(each), "cta", each["id"])] for each in shown),
        pager("ctas", page, pages, number),
        [button("‹ Voltar", "banco", number)],
    )


def _buttons(view: View, undo: InlineKeyboardButton | None) -> InlineKeyboardMarkup:
    number, hidden = view.account["id"], view.account["hidden"]
    total = button("Mostrar no total", "ctmos", number) if hidden else button("Ocultar do total", "ctocu", number)
    return keyboard(
        [undo] if undo else [total],
        [button("Renomear", "ctnom", number)],
        [button("Separar", "ctsep", number)] if view.separable else [],
        [button("‹ Voltar", "ctas", view.bank.connection["id"])],
    )


# --- in and out of the total ---------------------------------------------------------------------------------------


async def _hide(update: Update, context: Context) -> None:
    await _set_hidden(update, context, words.HIDDEN_NOW, hidden=True)


async def _unhide(update: Update, context: Context) -> None:
    await _set_hidden(update, context, words.SHOWN_NOW, hidden=False)


async def _set_hidden(update: Update, context: Context, notice: str, *, hidden: bool) -> None:
    """Done at once; ``Desfazer`` for ten minutes, by the moment that the button carries."""
    bot, number = bot_context(context), pressed_id(update) or 0
    try:
        await bot.run(bot.core.accounts.hide_account, user_id(update), number, hidden=hidden)
    except ConnectionNotFoundError:
        await expired(update, COMMAND)
        return
    moment = base36(int(bot.clock.now().timestamp()))
    await _show(update, context, notice, button("Desfazer", "ctdes", number, int(not hidden), moment))


async def _undo(update: Update, context: Context) -> None:
    """``ctdes:<account>:<hidden before>:<moment>``."""
    bot = bot_context(context)
    try:
        number, before, moment = pressed_ids(update)
        account_id, hidden = to_id(number), {"0": False, "1": True}[before]
        done_at = datetime.fromtimestamp(from_base36(moment), UTC)
    except (ValueError, KeyError, OverflowError, OSError):
        await expired(update, COMMAND)
        return
    if not -SECOND <= bot.clock.now() - done_at <= UNDO:
        await expired(update, COMMAND)
        return
    try:
        await bot.run(bot.core.accounts.hide_account, user_id(update), account_id, hidden=hidden)
    except ConnectionNotFoundError:
        await expired(update, COMMAND)
    else:
        await _show(update, context, words.UNDONE)


# --- a name of one's own -------------------------------------------------------------------------------------------


async def _ask_name(update: Update, context: Context) -> None:
    """``ctnom:<account>``: the next text is the name, also after a restart."""
    bot, person = bot_context(context), user_id(update)
    view = await _find(bot, person, pressed_id(update))
    if view is None:
        await expired(update, COMMAND)
        return
    await make_way(bot, person)
    number = view.account["id"]
    buttons = keyboard(
        [button("Usar o nome do banco", "ctban", number)] if view.account["custom_name"] else [],
        [button("Cancelar", "ctnao", number)],
    )
    asking = update.effective_message
    await bot.run(bot.core.prompts.ask, person, RENAME, number, asking.message_id if asking else None)
    await show(update, context.bot, Screen(words.ask_name(view.account), buttons))


async def receive_name(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers the prompt. One that cannot be a name is asked for again."""
    person, name = prompt["user_id"], clean_text(message.text or "", 1000)
    refusal = _refuse(name)
    if refusal is not None:
        await say(bot, person, refusal)
        return
    await bot.run(bot.core.prompts.close, person)
    await _drop_buttons(bot, person, prompt["message_id"])
    await _rename(bot, person, prompt["target_id"] or 0, name)


def _refuse(name: str) -> str | None:
    if name.startswith("/"):
        return words.NO_COMMAND
    if not any(char.isalnum() for char in name):
        return words.NAMELESS
    return words.too_long(len(name)) if len(name) > NAME_LIMIT else None


async def _rename(bot: BotContext, person: int, account_id: int, name: str) -> None:
    try:
        await bot.run(bot.core.accounts.rename_account, person, account_id, name)
        view = await _find(bot, person, account_id)
    except ConnectionNotFoundError:
        view = None
    if view is None:
        await say(bot, person, words.GONE)
        return
    bot.conversations.bury(person)
    screen = account_screen(view, bot.clock.now(), words.renamed(view.account["custom_name"] or name))
    await bot.telegram.send_message(person, screen.text, **looks(screen))


async def _use_bank_name(update: Update, context: Context) -> None:
    """``ctban:<account>``."""
    bot, person = bot_context(context), user_id(update)
    await _close_prompt(bot, person)
    try:
        await bot.run(bot.core.accounts.rename_account, person, pressed_id(update) or 0, None)
    except ConnectionNotFoundError:
        await expired(update, COMMAND)
    else:
        await _show(update, context, words.NAMED_BY_BANK)


async def _keep_name(update: Update, context: Context) -> None:
    """``ctnao:<account>``."""
    await _close_prompt(bot_context(context), user_id(update))
    await _show(update, context, words.NOT_RENAMED)


async def _close_prompt(bot: BotContext, person: int) -> None:
    """Ask for no name any more; another question stays."""
    prompt = await bot.run(bot.core.prompts.find, person)
    if prompt is not None and prompt["kind"] == RENAME:
        await bot.run(bot.core.prompts.close, person)


async def _drop_buttons(bot: BotContext, person: int, message_id: int | None) -> None:
    """The question was answered: what it offered is over."""
    if message_id is not None:
        with contextlib.suppress(BadRequest):
            await bot.telegram.edit_message_reply_markup(person, message_id)


# --- two accounts again --------------------------------------------------------------------------------------------


async def _ask_separation(update: Update, context: Context) -> None:
    """``ctsep:<account>``: the second step says what it means."""
    view = await _find(bot_context(context), user_id(update), pressed_id(update))
    if view is None or view.separable is None:
        await expired(update, COMMAND)
        return
    number, join = view.account["id"], view.separable
    buttons = keyboard([button("Sim, separar", "ctsep2", number, join["id"]), button("Não", "cta", number)])
    await show(update, context.bot, Screen(words.ask_separation(view.account, join), buttons))


async def _separate(update: Update, context: Context) -> None:
    """``ctsep2:<account>:<join>``: of two taps the second finds another join, or none, and does nothing."""
    bot, person = bot_context(context), user_id(update)
    view = await _find(bot, person, pressed_id(update))
    if view is None or view.separable is None or pressed_ids(update)[1:] != [str(view.separable["id"])]:
        await expired(update, COMMAND)
        return
    try:
        join = await bot.run(bot.core.accounts.separate_account, person, view.account["id"])
    except ConnectionNotFoundError:
        await expired(update, COMMAND)
    else:
        await _show(update, context, words.separated(join))


CALLBACKS = {
    "ctas": _list,
    "cta": _open,
    "ctocu": _hide,
    "ctmos": _unhide,
    "ctdes": _undo,
    "ctnom": _ask_name,
    "ctban": _use_bank_name,
    "ctnao": _keep_name,
    "ctsep": _ask_separation,
    "ctsep2": _separate,
}
