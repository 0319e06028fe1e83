"""The family in a Telegram group: linking it, what works in it, and what happens to the link when the group changes.

A group is the one place that people outside of the family read: everything here asks first whether who speaks is of the
family that the group is linked to, and shows what is shared and nothing else.
"""

from __future__ import annotations

import logging

from telegram import ChatMember, ChatMemberMember, ChatMemberUpdated, Message, Update
from telegram.error import ChatMigrated, TelegramError
from telegram.ext import ChatMemberHandler, MessageHandler, filters

from gerente_financeiro import split_handler
from gerente_financeiro.context import BotApplication, BotContext, Context, bot_context
from gerente_financeiro.family_handler import COMMAND, see, see_rows
from gerente_financeiro.family_screens import balance_screen
from gerente_financeiro.family_ways import Handler, alert, group_of, keeping_link, of_the_group, say, spoken
from gerente_financeiro.keyboards import button, keyboard
from gerente_financeiro.messages import family as words
from gerente_financeiro.messages.errors import PRIVATE_ONLY
from gerente_financeiro.screens import Screen, show, user_id
from open_finance.family_reports import build_group_balance

logger = logging.getLogger(__name__)

#: Before the gate: who takes the bot out of a group, or makes a supergroup of it, need not be allowed to use the bot.
BEFORE_THE_GATE = -2
_OUT = frozenset({ChatMember.LEFT, ChatMember.BANNED})


async def familia(update: Update, context: Context) -> None:
    """What the group's family shares; where no family has the group, a way to link it, for who has a family."""
    bot, person, group = bot_context(context), user_id(update), group_of(update)
    assert group is not None
    if await bot.run(bot.core.family_book.is_group_of, person, group):
        await keeping_link(bot, group, spoken(_show)(update, context))
        return
    taken = await bot.run(bot.core.family_book.find_group_family, group)
    has_family = taken is None and await bot.run(bot.core.family_book.find_family, person) is not None
    offer = Screen(words.OFFER, keyboard([button("Vincular este grupo", "fgv")]))
    await keeping_link(bot, group, say(update, offer if has_family else Screen(PRIVATE_ONLY)))


async def _show(update: Update, context: Context) -> None:
    bot, group, now = bot_context(context), group_of(update), bot_context(context).clock.now()
    assert group is not None
    report = await bot.run(build_group_balance, bot.core.database, user_id(update), group, now)
    await say(update, balance_screen(report, now, in_group=True))


# --- linking ---------------------------------------------------------------------------------------------------------


async def _warn(update: Update, context: Context) -> None:
    """``fgv``: who would read it all."""
    bot, group = bot_context(context), group_of(update)
    family = await bot.run(bot.core.family_book.find_family, user_id(update))
    if family is None or group is None:
        await alert(update, words.NO_FAMILY_TO_LINK)
        return
    people = max(await context.bot.get_chat_member_count(group) - 1, 1)
    buttons = keyboard([button("Vincular", "fgs"), button("Não", "fgn")])
    await show(update, context.bot, Screen(words.warning(people, family), buttons))


async def _link(update: Update, context: Context) -> None:
    """``fgs``: the group is the family's of whoever presses."""
    bot, group = bot_context(context), group_of(update)
    family = await bot.run(bot.core.family_book.find_family, user_id(update))
    if family is None or group is None:
        await alert(update, words.NO_FAMILY_TO_LINK)
        return
    await bot.run(bot.core.family_book.link_group, user_id(update), group)
    await show(update, context.bot, Screen(words.LINKED))


async def _do_not_link(update: Update, context: Context) -> None:
    """``fgn``: for who could have."""
    bot = bot_context(context)
    if await bot.run(bot.core.family_book.find_family, user_id(update)) is None:
        await alert(update, words.NO_FAMILY_TO_LINK)
    else:
        await show(update, context.bot, Screen(words.NOT_LINKED))


def _anywhere(handler: Handler) -> Handler:
    """In any group: the handler itself looks who pressed."""

    async def answer(update: Update, context: Context) -> None:
        group = group_of(update)
        if group is not None:
            await keeping_link(bot_context(context), group, spoken(handler)(update, context))

    return answer


# --- what happens to the group -----------------------------------------------------------------------------------------


def watch_groups(application: BotApplication) -> None:
    """Hear of what happens to groups, whoever does it."""
    left = ChatMemberHandler(_on_membership, ChatMemberHandler.MY_CHAT_MEMBER)
    moved = MessageHandler(filters.StatusUpdate.MIGRATE, _on_migration)
    application.add_handlers([left, moved], group=BEFORE_THE_GATE)


async def _on_membership(update: Update, context: Context) -> None:
    """The bot was taken out: the link ends, and coming back is no link. Where Telegram speaks so of a group that has just
    become a supergroup, it goes on there."""
    told, group = update.my_chat_member, group_of(update)
    if told is None or group is None or not _is_out(told):
        return
    bot = bot_context(context)
    try:
        await context.bot.send_chat_action(group, "typing")
    except ChatMigrated as error:
        await bot.run(bot.core.family_groups.move, group, error.new_chat_id)
        return
    except TelegramError:
        pass
    await _drop(bot, group)


def _is_out(told: ChatMemberUpdated) -> bool:
    now = told.new_chat_member
    return now.status in _OUT or (not isinstance(now, ChatMemberMember) and getattr(now, "is_member", True) is False)


async def _drop(bot: BotContext, group: int) -> None:
    if await bot.run(bot.core.family_groups.drop, group):
        logger.info("a family's group is linked no more: the bot was taken out of it")


async def _on_migration(update: Update, context: Context) -> None:
    """A group became a supergroup: both chats say so, and either is enough."""
    message, bot = update.effective_message, bot_context(context)
    if not isinstance(message, Message):
        return
    if message.migrate_to_chat_id:
        await bot.run(bot.core.family_groups.move, message.chat.id, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id:
        await bot.run(bot.core.family_groups.move, message.migrate_from_chat_id, message.chat.id)


COMMANDS: dict[str, Handler] = {
    COMMAND: familia,
    **{name: of_the_group(handler) for name, handler in split_handler.SHARED_COMMANDS.items()},
}
CALLBACKS: dict[str, Handler] = {
    "fgv": _anywhere(_warn),
    "fgs": _anywhere(_link),
    "fgn": _anywhere(_do_not_link),
    "famver": of_the_group(see),
    "famext": of_the_group(see_rows),
    **{verb: of_the_group(handler) for verb, handler in split_handler.SHARED.items()},
}
