"""What was given in the secure screen goes on in the chat, in the flow's own message, as if it had been typed there."""

from __future__ import annotations

from gerente_financeiro.connect import progress
from gerente_financeiro.connect.outcome import first_screen
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.context import BotContext
from gerente_financeiro.messages.trouble import need_of
from open_finance.connecting.bank_errors import bank_error
from open_finance.records import Connection, Flow, ScreenToken

#: The person may still be typing, or a restart has forgotten it.
_WAITING = frozenset({Stage.FILLING, Stage.SCREEN, Stage.LOST})


async def note_open(bot: BotContext, person: int, intent_id: int, token: ScreenToken) -> None:
    """The person is in front of the page: the flow waits for as long as that is open."""
    async with bot.locks.turn(person):
        conversation = bot.conversations.active(person)
        if conversation is not None and conversation.intent_id == intent_id:
            bot.conversations.touch(conversation)
            conversation.screen_until = token.expires_at


async def go_on(bot: BotContext, person: int, intent_id: int, connection: Connection) -> None:
    """The page has made or renewed a connection. A conversation about something else is not disturbed: the tick looks after
    a flow that nobody shows."""
    intent = await bot.run(bot.core.connector.find_open_intent, person)
    if intent is not None and intent["id"] == intent_id:
        return  # nothing has begun yet
    async with bot.locks.turn(person):
        conversation = bot.conversations.active(person)
        if conversation is None or conversation.intent_id != intent_id:
            return
        if conversation.stage is Stage.WORKING:
            conversation.connection_id = connection["id"]  # a second try may be another item
            conversation.hurry.set()
        elif conversation.stage in _WAITING:
            await _take(bot, conversation, connection)


def is_of(conversation: Conversation, flow: Flow) -> bool:
    """Whether a flow began in the page that this conversation offers: it is shown in the same message."""
    is_waiting = conversation.stage in _WAITING and conversation.intent_id is not None
    return is_waiting and conversation.message_id is not None and conversation.message_id == flow["message_id"]


async def take_up(bot: BotContext, conversation: Conversation, flow: Flow) -> None:
    """Pluggy told what the page could not tell any more, or another process was told."""
    async with bot.locks.turn(conversation.user_id):
        if bot.conversations.is_current(conversation) and is_of(conversation, flow):
            await _take(bot, conversation, flow["connection"])


async def _take(bot: BotContext, conversation: Conversation, connection: Connection) -> None:
    bot.vault.drop_values(conversation.user_id)
    bot.conversations.touch(conversation)
    conversation.shown.clear()
    conversation.stage, conversation.by_screen = Stage.WORKING, True
    conversation.connection_id = connection["id"]
    conversation.began_at = conversation.started_at = now = bot.clock.now()
    if conversation.purpose == "connect" and connection["settled_at"] is not None and need_of(connection, now) is None:
        bank, number = conversation.bank_name, connection["id"]
        error = bank_error("ALREADY_CONNECTED", bank, connection_id=number)
        bot.create_task(progress.tell(bot, conversation, error), name="tell")
        return
    bot.create_task(progress.follow(bot, conversation), name="follow")
    await progress.show_now(bot, conversation, first_screen(conversation, now))
