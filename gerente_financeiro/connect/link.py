"""The bank's link: hurried, shown to another device, and what becomes of a request that waits for others."""

from __future__ import annotations

from telegram import Message, Update

from gerente_financeiro.connect import progress, screens
from gerente_financeiro.connect.buttons import COMMAND, asked, talk_about, under_way
from gerente_financeiro.connect.view import close, delete, say, show, show_qr
from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.messages import accounts
from gerente_financeiro.messages import connect_progress as words
from gerente_financeiro.screens import Screen, acknowledge, expired, user_id


async def _check(update: Update, context: Context) -> None:
    """``cn_check:<connection>``: hurries one poll; never needed. Who says it twice in vain is helped."""
    bot, current = bot_context(context), bot_context(context).conversations.active(user_id(update))
    is_away = current is not None and current.unanswered
    conversation = await asked(update, context, words.NO_ANSWER if is_away else words.NOT_YET)
    if conversation is None:
        return
    conversation.checks += not is_away
    progress.hurry(bot, conversation)


async def _qr(update: Update, context: Context) -> None:
    """``cn_qr:<connection>``: the link as a picture, once, for the camera of another device."""
    bot, query, connection = bot_context(context), update.callback_query, await under_way(update, context)
    if connection is None or query is None:
        return
    action = connection["action"]
    if action is None or not action["url"]:
        await expired(update, COMMAND)
        return
    current = bot.conversations.active(connection["user_id"])
    stands = current is not None and current.connection_id == connection["id"] and current.qr_id is not None
    conversation = await talk_about(update, context, connection, words.QR_STANDS if stands else None)
    if conversation is None or stands:
        return
    conversation.action = action
    caption = words.qr_caption(conversation.bank_name, action, bot.clock.now())
    if not await show_qr(bot, conversation, action["url"], caption):
        await say(bot, conversation.user_id, words.NO_QR)


async def _throw_away(update: Update, context: Context) -> None:
    """``cn_throw``: a picture goes, after a restart too. No other message does."""
    bot, query = bot_context(context), update.callback_query
    conversation = bot.conversations.active(user_id(update))
    message = query.message if query is not None else None
    if query is None or message is None:
        return
    await acknowledge(query)
    if conversation is not None and conversation.qr_id == message.message_id:
        conversation.qr_id = None
    if conversation is not None and conversation.photo_id == message.message_id:
        conversation.photo_id = None
    if isinstance(message, Message) and message.photo:
        await delete(bot, message.chat.id, message.message_id)


async def _see_request(update: Update, context: Context) -> None:
    """``cn_req:<connection>``: where a request stands that waits for another holder, asked of the bank just now."""
    bot, conversation = bot_context(context), await asked(update, context)
    if conversation is not None:
        conversation.sees_request = True
        bot.create_task(progress.look(bot, conversation), name="look")


async def _see_here(update: Update, context: Context) -> None:
    """``cn_see:<connection>``: as ``cn_req`` from another screen, which stays: the flow's own message comes down to the end
    of the chat. A choice that led here is over."""
    bot, query, connection = bot_context(context), update.callback_query, await under_way(update, context)
    if connection is None or query is None or query.message is None:
        return
    current, pressed_id = bot.conversations.active(connection["user_id"]), query.message.message_id
    is_choice = current is not None and current.connection_id is None and current.message_id == pressed_id
    if current is not None and is_choice:
        await close(bot, current, Screen(accounts.awaited(connection)))
    conversation = await talk_about(update, context, connection)
    if conversation is None:
        return
    conversation.sees_request = connection["execution_status"] == "USER_AUTHORIZATION_PENDING"
    if conversation.message_id == pressed_id or conversation.screen is None:
        conversation.message_id, conversation.unseen = None, True
    await show(bot, conversation, conversation.screen or screens.working(conversation), fresh=True)
    bot.create_task(progress.look(bot, conversation), name="look")


CALLBACKS = {"cn_check": _check, "cn_qr": _qr, "cn_throw": _throw_away, "cn_req": _see_request, "cn_see": _see_here}
