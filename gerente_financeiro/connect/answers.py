"""The sixth room of /conectar_banco: what a person answers while the bank works."""

from __future__ import annotations

from telegram import Message

from gerente_financeiro.connect import progress, screens
from gerente_financeiro.connect.state import LATE_ANSWERS, Conversation
from gerente_financeiro.connect.view import delete_typed, say, show
from gerente_financeiro.context import BotContext
from gerente_financeiro.messages import connect_progress as words
from gerente_financeiro.messages.connect import TAP_AN_OPTION
from gerente_financeiro.messages.errors import refused
from gerente_financeiro.messages.format import bank_text
from gerente_financeiro.screens import Screen
from open_finance.connect_flow import ANSWERABLE
from open_finance.errors import BankConnectionError, InvalidCredentialError, OpenFinanceError, PluggyError
from open_finance.records import Connection

CODE_LIMIT = 64


async def receive(bot: BotContext, conversation: Conversation, message: Message) -> None:
    """A text while the bank works: an answer only when the bank asks for one and the text can be one.

    What comes within minutes of a secret may be that secret again: it is deleted and goes nowhere.
    """
    text = message.text or ""
    person, bank = conversation.user_id, conversation.bank_name
    asks = is_asked(conversation)
    is_repeated = bot.vault.is_credential(person, text)
    if asks and _can_be_answer(text) and not is_repeated:
        bot.vault.remember(person, text, is_code=True)
        await delete_typed(bot, message)
        await send_answer(bot, conversation, text)
        return
    deleted = is_near_a_secret(bot, conversation) and await delete_typed(bot, message)
    if asks and not is_repeated:
        await say(bot, person, TAP_AN_OPTION if _is_choice(conversation) else words.waiting_for_code(bank))
    else:
        await say(bot, person, words.still_connecting(bank, conversation.action, deleted=deleted))


def is_near_a_secret(bot: BotContext, conversation: Conversation) -> bool:
    """Whether a secret was typed minutes ago, perhaps to a process that is gone."""
    began_at = conversation.started_at or conversation.touched_at
    return bot.vault.is_recent(conversation.user_id) or bot.clock.now() - began_at < LATE_ANSWERS


async def send_answer(bot: BotContext, conversation: Conversation, value: str) -> None:
    """Give the bank its answer in the background; what it says to it comes with a later poll."""
    bot.conversations.touch(conversation)
    conversation.answering = conversation.asked_code = True
    conversation.notice = ""
    bot.create_task(_send(bot, conversation, value), name="answer")
    await progress.show_now(bot, conversation, Screen(words.SENDING_ANSWER))


async def _send(bot: BotContext, conversation: Conversation, value: str) -> None:
    person = conversation.user_id
    outcome: Connection | OpenFinanceError
    try:
        outcome = await bot.run(bot.core.connector.answer_mfa, person, conversation.connection_id or 0, value)
    except OpenFinanceError as error:
        outcome = error
    conversation.answering = False
    if isinstance(outcome, InvalidCredentialError | PluggyError):  # nothing was judged: the question stands
        async with bot.locks.turn(person):
            if bot.conversations.is_current(conversation) and conversation.action is not None:
                is_choice = isinstance(outcome, InvalidCredentialError) and _is_choice(conversation)
                conversation.notice = TAP_AN_OPTION if is_choice else bank_text(outcome.user_message, 300)
                await show(bot, conversation, screens.asked(conversation, bot.clock.now()))
        return
    if isinstance(outcome, BankConnectionError) and outcome.code in _NOT_ASKING:
        expired = outcome.code == "ITEM_MFA_EXPIRED"
        await say(bot, person, words.late_code(conversation.bank_name) if expired else refused(outcome))
    elif not await progress.tell(bot, conversation, outcome):
        return
    progress.hurry(bot, conversation)


#: The question is no longer open: what became of the flow is for a poll to say.
_NOT_ASKING = frozenset(
    {
        "ITEM_MFA_NOT_FOUND",
        "ITEM_MFA_ALREADY_PROVIDED",
        "ITEM_MFA_EXPIRED",
        "ITEM_MFA_PARAMETER_EXPECTED_MISMATCH",
        "MFA_PARAMERTER_WAS_ALREADY_USED_ERROR",
    }
)


def is_asked(conversation: Conversation) -> bool:
    """Whether the bank waits for an answer that the person may type."""
    return not conversation.answering and conversation.action is not None and conversation.action["type"] in ANSWERABLE


def _is_choice(conversation: Conversation) -> bool:
    return conversation.action is not None and conversation.action["type"] == "select"


def _can_be_answer(text: str) -> bool:
    """One word of reasonable length: a sentence is talk, and is never forwarded to a bank."""
    return len(text) <= CODE_LIMIT and len(text.split()) == 1
