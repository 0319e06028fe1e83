"""Likely transfers between a person's own accounts: one pair at a time, their answer, and the way back from it."""

from __future__ import annotations

from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.keyboards import button, keyboard, pager, to_id
from gerente_financeiro.messages import spending as words
from gerente_financeiro.messages.categories import NOT_UNDONE
from gerente_financeiro.privacy_handler import Handler, unless_erasing
from gerente_financeiro.screens import Screen, acknowledge, expired, pressed_ids, show, user_id
from gerente_financeiro.spending_handler import COMMAND, month_id, to_month
from open_finance.clock import local_day
from open_finance.spending_reports import Suggestion, answer_suggestion, list_suggestions, undo_answer


async def _show(update: Update, context: Context) -> None:
    """``gt:<month>:<which>``."""
    ids = _read(update, 2)
    if ids is None:
        await expired(update, COMMAND)
        return
    month, (place,) = ids
    bot = bot_context(context)
    now = bot.clock.now()
    pairs = await bot.run(list_suggestions, bot.core.database, user_id(update), now, month)
    await show(update, context.bot, pair_screen(pairs, place, month, local_day(now)))


async def _is_mine(update: Update, context: Context) -> None:
    await _answer(update, context, is_own=True)


async def _is_not(update: Update, context: Context) -> None:
    await _answer(update, context, is_own=False)


async def _answer(update: Update, context: Context, *, is_own: bool) -> None:
    """``gt1:<month>:<row that left>:<row that came>``: only a pair that is suggested just now."""
    ids = _read(update, 3)
    if ids is None:
        await expired(update, COMMAND)
        return
    bot = bot_context(context)
    month, (out_id, into_id) = ids
    now, person = bot.clock.now(), user_id(update)
    change = await bot.run(answer_suggestion, bot.core.database, person, out_id, into_id, month, now, is_own=is_own)
    if change is None:
        await expired(update, COMMAND)
        return
    said = words.ANSWERED_OWN if is_own else words.ANSWERED_OTHER
    left = await bot.run(list_suggestions, bot.core.database, person, now, month)
    undo = [button("Desfazer", "gtu", month_id(month), change)]
    next_ = [button("Próxima ›", "gt", month_id(month), 0)] if left else []
    await show(update, context.bot, Screen(said, keyboard([*undo, *next_], _back(month))))


async def _undo(update: Update, context: Context) -> None:
    """``gtu:<month>:<change>``."""
    ids = _read(update, 2)
    if ids is None:
        await expired(update, COMMAND)
        return
    bot = bot_context(context)
    month, (change,) = ids
    outcome = await bot.run(undo_answer, bot.core.database, user_id(update), change, bot.clock.now())
    if outcome in NOT_UNDONE and update.callback_query is not None:
        await acknowledge(update.callback_query, NOT_UNDONE[outcome])
        return
    if outcome != "undone":
        await expired(update, COMMAND)
        return
    again = [button("Ver de novo", "gt", month_id(month), 0)]
    await show(update, context.bot, Screen(words.UNDONE, keyboard(again, _back(month))))


def pair_screen(pairs: list[Suggestion], place: int, month: date, today: date) -> Screen:
    """One of the pairs."""
    if not pairs:
        return Screen(words.NONE_LEFT, keyboard(_back(month)))
    place = min(place, len(pairs) - 1)
    return Screen(words.likely_transfer(pairs[place], today), _pair_keyboard(pairs, place, month))


def _pair_keyboard(pairs: list[Suggestion], place: int, month: date) -> InlineKeyboardMarkup:
    pair = pairs[place].pair
    ids = (month_id(month), pair.out["id"], pair.into["id"])
    return keyboard(
        [button("É minha", "gt1", *ids), button("Não é", "gt0", *ids)],
        pager("gt", place, len(pairs), month_id(month)),
        _back(month),
    )


def _back(month: date) -> list[InlineKeyboardButton]:
    return [button("Ver gastos", "gs", "p", "g", month_id(month))]


def _read(update: Update, count: int) -> tuple[date, list[int]] | None:
    """The month and the ids of a pressed button; None for what no button of ours carries."""
    ids = pressed_ids(update)
    try:
        return (to_month(ids[0]), [to_id(text) for text in ids[1:]]) if len(ids) == count else None
    except ValueError:
        return None


_ANSWERS: dict[str, Handler] = {"gt1": _is_mine, "gt0": _is_not, "gtu": _undo}
CALLBACKS = {"gt": _show, **{verb: unless_erasing(handler) for verb, handler in _ANSWERS.items()}}
