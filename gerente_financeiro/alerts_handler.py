"""/alertas: what a person is told and when, on one screen of switches.

A switch carries what it sets, not that it turns: of two taps the second changes nothing, and an old button does what it
says. An amount and the hours have a screen of their own, with the usual choices; while it stands, any other may be typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import partial
from hashlib import blake2b
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from gerente_financeiro.connect.outcome import make_way
from gerente_financeiro.connect.view import say
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, keyboard, page_count, pager, rows, to_id
from gerente_financeiro.messages import alerts as words
from gerente_financeiro.messages.format import money
from gerente_financeiro.privacy_handler import Handler, unless_erasing
from gerente_financeiro.screens import (
    Place,
    Screen,
    close,
    expired,
    looks,
    pressed_id,
    pressed_ids,
    send,
    show,
    user_id,
)
from open_finance.alerts.settings import AlertSettings, Summary
from open_finance.alerts.typed import read_amount, read_hour, read_quiet
from open_finance.money import from_centavos
from open_finance.records import Prompt

COMMAND = "alertas"
NEW = "novo"
PATTERNS_A_PAGE = 5
MARK, NO_MARK = "✅", "⬜"

_FROM = (0, 20_00, 50_00, 100_00, 200_00, 500_00)
_HOURS = ("0600", "0700", "0730", "0800", "0900", "1200", "1800", "2000", "2100")
_QUIET = (("2200", "0700"), ("2100", "0800"), ("2300", "0600"), ("0000", "0800"), ("0000", "0000"))

Changes = Mapping[str, Any]


async def alertas(update: Update, context: Context) -> None:
    """All switches, as they stand. ``alertas:novo``: as a new message, the one with the button stays."""
    bot = bot_context(context)
    await _close_question(bot, update)
    screen = await _screen(bot, user_id(update))
    await (send if pressed_ids(update) == [NEW] else show)(update, context.bot, screen)


async def _screen(bot: BotContext, person: int, notice: str = "") -> Screen:
    settings = await bot.run(bot.core.alert_book.get, person)
    quiet = await bot.run(bot.core.alert_book.list_quiet, person)
    return Screen(words.settings_screen(settings, notice), _switches(settings, len(quiet)))


def _switches(settings: AlertSettings, quiet: int) -> InlineKeyboardMarkup:
    threshold = button(words.from_amount(settings.spending_from), "avde")
    spending, *others = (_switch(settings, name) for name in words.SWITCHES)
    summary = button(f"Resumo: {words.SUMMARIES[settings.summary]}", "avres")
    at = button(f"às {words.hour(settings.summary_at)}", "avhora")
    return keyboard(
        [spending, threshold] if settings.spending else [spending],
        *rows(others, 2),
        [summary] if settings.summary is Summary.OFF else [summary, at],
        [button(words.quiet_button(quiet), "avmeus")] if quiet else [],
        [button(f"Silêncio: {words.quiet_hours(settings)}", "avsil"), button("Fechar", "avfim")],
    )


def _switch(settings: AlertSettings, name: str) -> InlineKeyboardButton:
    is_on = getattr(settings, name)
    return button(f"{MARK if is_on else NO_MARK} {words.SWITCHES[name][0]}", "avliga", name, int(not is_on))


async def _turn(update: Update, context: Context) -> None:
    """``avliga:<switch>:<0 or 1>``."""
    match pressed_ids(update):
        case [name, ("0" | "1") as wanted] if name in words.SWITCHES:
            await _set(update, context, {name: wanted == "1"})
        case _:
            await expired(update, COMMAND)


async def _set(update: Update, context: Context, changes: Changes) -> None:
    bot, person = bot_context(context), user_id(update)
    try:
        await bot.run(bot.core.alert_book.change, person, **changes)
    except ValueError:
        await expired(update, COMMAND)
        return
    await _close_question(bot, update)
    await show(update, context.bot, await _screen(bot, person))


async def _leave(update: Update, context: Context) -> None:
    await _close_question(bot_context(context), update)
    await close(update)


# --- an amount, an hour, the quiet hours -----------------------------------------------------------------------------


def _amount(centavos: str) -> Changes:
    return {"spending_from": from_centavos(to_id(centavos))}


def _typed_amount(text: str) -> Changes:
    return {"spending_from": read_amount(text)}


def _hour(digits: str) -> Changes:
    return {"summary_at": _to_time(digits)}


def _typed_hour(text: str) -> Changes:
    return {"summary_at": read_hour(text)}


def _quiet(begins: str, ends: str) -> Changes:
    return {"quiet_from": _to_time(begins), "quiet_to": _to_time(ends)}


def _typed_quiet(text: str) -> Changes:
    begins, ends = read_quiet(text)
    return {"quiet_from": begins, "quiet_to": ends}


def _summary(name: str) -> Changes:
    return {"summary": Summary(name)}


def _to_time(digits: str) -> time:
    """Raises ValueError on what no button of ours carries."""
    number = to_id(digits)
    return time(number // 100, number % 100)


@dataclass(frozen=True, slots=True)
class Question:
    """A screen of choices. ``options``: label and what the button carries; ``pick`` turns that into settings, ``read`` what
    is typed instead: both raise ValueError. ``kind``: of the prompt; without one there is nothing to type."""

    verb: str
    text: str
    width: int
    options: Sequence[tuple[str, tuple[object, ...]]]
    pick: Callable[..., Changes]
    kind: str = ""
    read: Callable[[str], Changes] | None = None
    refusal: str = ""


QUESTIONS = (
    Question(
        "avde",
        words.ASK_FROM,
        3,
        [(money(from_centavos(each), "BRL") if each else "Todas", (each,)) for each in _FROM],
        _amount,
        "alert_from",
        _typed_amount,
        words.NO_AMOUNT,
    ),
    Question(
        "avhora",
        words.ASK_HOUR,
        3,
        [(words.hour(_to_time(each)), (each,)) for each in _HOURS],
        _hour,
        "alert_hour",
        _typed_hour,
        words.NO_HOUR,
    ),
    Question(
        "avsil",
        words.ASK_QUIET,
        2,
        [(words.between(*map(_to_time, each)), each) for each in _QUIET],
        _quiet,
        "alert_quiet",
        _typed_quiet,
        words.NO_QUIET,
    ),
    Question(
        "avres",
        words.ASK_SUMMARY,
        2,
        [(name.capitalize(), (summary.value,)) for summary, name in words.SUMMARIES.items()],
        _summary,
    ),
)
KINDS = {question.kind: question for question in QUESTIONS if question.kind}


async def _answer(question: Question, update: Update, context: Context) -> None:
    """``<verb>``: ask. ``<verb>:<choice>``: set it."""
    ids = pressed_ids(update)
    if not ids:
        await _ask(question, update, context)
        return
    try:
        changes = question.pick(*ids)
    except (TypeError, ValueError):
        await expired(update, COMMAND)
    else:
        await _set(update, context, changes)


async def _ask(question: Question, update: Update, context: Context) -> None:
    """Where something may be typed, the next text is the answer, also after a restart."""
    bot, person = bot_context(context), user_id(update)
    settings = await bot.run(bot.core.alert_book.get, person)
    if question.kind:
        await make_way(bot, person)
        asking = update.effective_message
        await bot.run(bot.core.prompts.ask, person, question.kind, None, asking.message_id if asking else None)
    options = [_option(question, settings, label, ids) for label, ids in question.options]
    await show(
        update,
        context.bot,
        Screen(question.text, keyboard(*rows(options, question.width), [button("‹ Voltar", COMMAND)])),
    )


def _option(question: Question, settings: AlertSettings, label: str, ids: Sequence[object]) -> InlineKeyboardButton:
    chosen = all(getattr(settings, name) == value for name, value in question.pick(*map(str, ids)).items())
    return button(f"{MARK} {label}" if chosen else label, question.verb, *ids)


async def receive_value(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers the prompt. One that is not understood is asked for again, and changes nothing."""
    person, question = prompt["user_id"], KINDS[prompt["kind"]]
    assert question.read is not None
    try:
        changes = question.read(message.text or "")
    except ValueError:
        await say(bot, person, question.refusal)
        return
    settings = await bot.run(bot.core.alert_book.change, person, **changes)
    await bot.run(bot.core.prompts.close, person)
    if prompt["message_id"] is not None:
        await Place(bot.telegram, person, prompt["message_id"]).drop_keyboard()
    bot.conversations.bury(person)
    screen = await _screen(bot, person, words.changed(settings, prompt["kind"]))
    await bot.telegram.send_message(person, screen.text, **looks(screen))


async def _close_question(bot: BotContext, update: Update) -> None:
    """What the message of the pressed button asked to be typed is not awaited any more; what another one asked is."""
    if update.callback_query is None or update.effective_message is None:
        return
    prompt = await bot.run(bot.core.prompts.find, user_id(update))
    if prompt and prompt["kind"] in KINDS and prompt["message_id"] == update.effective_message.message_id:
        await bot.run(bot.core.prompts.close, prompt["user_id"])


# --- what the person said that it is theirs --------------------------------------------------------------------------


async def _list_quiet(update: Update, context: Context) -> None:
    """``avmeus:<page>``."""
    await _show_quiet(update, context, pressed_id(update) or 0)


async def _show_quiet(update: Update, context: Context, page: int = 0, notice: str = "") -> None:
    bot = bot_context(context)
    patterns = await bot.run(bot.core.alert_book.list_quiet, user_id(update))
    await show(update, context.bot, quiet_screen(patterns, page, notice))


def quiet_screen(patterns: Sequence[str], page: int, notice: str = "") -> Screen:
    """A page of them, each with the way back."""
    pages = page_count(len(patterns), PATTERNS_A_PAGE)
    page = min(page, pages - 1)
    first = page * PATTERNS_A_PAGE
    shown = patterns[first : first + PATTERNS_A_PAGE]
    text = words.quiet_list(shown, len(patterns), first + 1)
    numbered = enumerate(shown, first + 1) if len(patterns) > 1 else ()
    one_by_one = ([button(words.wake_button(number), "avmeu", _digest(each))] for number, each in numbered)
    everything = "Voltar a avisar de todos" if len(patterns) > 1 else "Voltar a avisar"
    return Screen(
        f"{notice}\n\n{text}" if notice else text,
        keyboard(
            *one_by_one,
            pager("avmeus", page, pages),
            [button(everything, "avtodos")] if patterns else [],
            [button("‹ Voltar", COMMAND)],
        ),
    )


async def _wake_one(update: Update, context: Context) -> None:
    """``avmeu:<digest of the pattern>``."""
    bot = bot_context(context)
    patterns = await bot.run(bot.core.alert_book.list_quiet, user_id(update))
    await _wake(update, context, [each for each in patterns if [_digest(each)] == pressed_ids(update)])


async def _wake_all(update: Update, context: Context) -> None:
    """``avtodos``."""
    bot = bot_context(context)
    await _wake(update, context, await bot.run(bot.core.alert_book.list_quiet, user_id(update)))


async def _wake(update: Update, context: Context, patterns: Sequence[str]) -> None:
    bot = bot_context(context)
    woken = await bot.run(bot.core.alert_book.wake_quiet, user_id(update), patterns)
    if woken:
        await _show_quiet(update, context, notice=words.woken(patterns))
    else:
        await expired(update, COMMAND)


def _digest(pattern: str) -> str:
    """A pattern is longer than a button can carry."""
    return blake2b(pattern.encode(), digest_size=8).hexdigest()


COMMANDS = {COMMAND: unless_erasing(alertas)}

_ANSWERS: dict[str, Handler] = {
    COMMAND: alertas,
    "avliga": _turn,
    **{question.verb: partial(_answer, question) for question in QUESTIONS},
    "avmeus": _list_quiet,
    "avmeu": _wake_one,
    "avtodos": _wake_all,
    "avfim": _leave,
}
CALLBACKS = {verb: unless_erasing(handler) for verb, handler in _ANSWERS.items()}
