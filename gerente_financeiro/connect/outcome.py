"""The fifth room of /conectar_banco: where a connection stands, and how its flow ends, shown in the flow's message."""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timedelta

from gerente_financeiro.connect import ends, screens
from gerente_financeiro.connect.banks import bank_of, check_attempt, door_of, other_doors
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import close, drop_pictures, show, show_picture
from gerente_financeiro.context import BotContext
from gerente_financeiro.messages import connect_progress as progress_words
from gerente_financeiro.messages import reconnect as back_words
from gerente_financeiro.messages.refresh import updated
from gerente_financeiro.screens import Screen
from open_finance.clock import local_day
from open_finance.connect_flow import ANSWERABLE, RUNNING, SUCCESSES, poll_delay
from open_finance.connecting.bank_errors import bank_error, wording_of
from open_finance.errors import (
    BankConnectionError,
    CredentialsRejectedError,
    DatabaseUnavailableError,
    OpenFinanceError,
)
from open_finance.records import Connection
from open_finance.reports import (
    build_accounts,
    count_new_rows,
    list_kept_histories,
    measure_connection,
    measure_return,
)

logger = logging.getLogger(__name__)

QUIET = timedelta(minutes=2)  # after that long the person has looked away: an edit would not be noticed
_BEFORE_LINK = frozenset({"CREATING", "CREATED", "LOGIN_IN_PROGRESS", "WAITING_USER_INPUT"})


def first_screen(conversation: Conversation, now: datetime) -> Screen:
    """What is shown the moment the request leaves."""
    door = conversation.door
    if conversation.purpose == "adopt":
        return screens.looking_up(conversation)
    by_link = door is not None and door["kind"] != "password"
    return screens.waiting_for_link(conversation, now) if by_link else screens.working(conversation)


async def present(bot: BotContext, conversation: Conversation, connection: Connection) -> bool:
    """Show where a connection stands; False when nothing more is to come of it here."""
    logger.debug("connection %d: %s, %s", connection["id"], connection["status"], connection["execution_status"])
    conversation.connection_id, now = connection["id"], bot.clock.now()
    if connection["disconnecting"]:
        await _leave(bot, conversation, connection)
        return False
    is_new = await _take_action(bot, conversation, connection)
    if conversation.action is not None:
        screen = screens.asked(conversation, now)
        await show(bot, conversation, screen, fresh=is_new and _looked_away(bot, conversation))
        return True
    if connection["execution_status"] == "USER_AUTHORIZATION_PENDING":
        since = conversation.began_at or connection["created_at"]
        standing = screens.standing_request(conversation, since, now)
        await show(bot, conversation, standing if conversation.sees_request else screens.awaiting_others(conversation))
        bot.conversations.set_aside(conversation)  # the tick looks after it
        return False
    if _is_corrected_elsewhere(conversation, connection):
        await show(bot, conversation, screens.correct_by_screen(conversation))
        return True
    if _has_failed(conversation, connection):
        code = connection["error_code"] or connection["execution_status"]
        await refuse(bot, conversation, bank_error(code, conversation.bank_name, wording=wording_of(code, connection)))
        return False
    if has_ended(conversation, connection, now):
        await finish(bot, conversation, connection)
        return False
    await show(bot, conversation, _working_screen(conversation, connection, now))
    return True


def has_ended(conversation: Conversation, connection: Connection, now: datetime) -> bool:
    """Whether the flow came to its good end, or to that which its person gave the connection. One that stood before is back
    once its news were read; what cannot be read for a quarter of an hour is left to the schedule."""
    if connection["disconnecting"]:
        return True
    if connection["settled_at"] is None or connection["status"] in RUNNING:
        return False
    if conversation.purpose != "reconnect":
        return True
    synced_at, began_at = connection["last_synced_at"], conversation.began_at
    is_read = synced_at is not None and began_at is not None and synced_at >= began_at
    is_late = poll_delay((now - (conversation.started_at or now)).total_seconds()) is None
    return connection["execution_status"] in SUCCESSES and (is_read or is_late)


def _is_corrected_elsewhere(conversation: Conversation, connection: Connection) -> bool:
    """The bank refused what was given in a page, and the refusal does not count yet."""
    return conversation.by_screen and connection["status"] == "LOGIN_ERROR" and connection["error_code"] is None


def _has_failed(conversation: Conversation, connection: Connection) -> bool:
    """Somebody else saw the way back end badly, and its error is in the row only."""
    return conversation.purpose == "reconnect" and connection["status"] in {"LOGIN_ERROR", "OUTDATED"}


async def _take_action(bot: BotContext, conversation: Conversation, connection: Connection) -> bool:
    """Note what the bank asks now; True when it is a new question."""
    action = connection["action"]
    if action == conversation.action and not conversation.unseen:
        return False
    conversation.unseen = False
    await drop_pictures(bot, conversation)
    if action is None:
        conversation.action = None
        return False
    conversation.action, conversation.notice, conversation.checks = action, "", 0
    conversation.action_seen_at = bot.clock.now()
    conversation.asked_code |= action["type"] in ANSWERABLE
    conversation.asked_link |= action["type"] == "authorize"
    if action["data"] and action["type"] in {"image", "qr"}:
        by_app = action["type"] == "qr"
        caption = progress_words.picture_caption(conversation.bank_name, action["label"], by_app=by_app)
        await show_picture(bot, conversation, action["data"], caption)
    return True


def _working_screen(conversation: Conversation, connection: Connection, now: datetime) -> Screen:
    """Before the link: waiting for it. Otherwise the phases."""
    by_link = connection["is_open_finance"] or (
        conversation.door is not None and conversation.door["kind"] == "meupluggy"
    )
    if by_link and not conversation.asked_link and connection["execution_status"] in _BEFORE_LINK:
        return screens.waiting_for_link(conversation, now)
    return screens.working(conversation, connection["execution_status"])


# --- a question of another kind ---------------------------------------------------------------------------------------

#: Conversations that would take the answer for something else: a bank's name, a password.
_TAKES_TEXT = frozenset({Stage.CHOOSING, Stage.ASKING, Stage.FILLING, Stage.SCREEN, Stage.ADOPTING, Stage.LOST})


async def make_way(bot: BotContext, person: int) -> None:
    """The person is about to be asked for a text of another kind. One thing at a time: a choice of a bank, or typing for
    one, ends here."""
    conversation = bot.conversations.active(person)
    if conversation is not None and conversation.stage in _TAKES_TEXT:
        await close(bot, conversation, ends.cancelled(conversation))


# --- the end -------------------------------------------------------------------------------------------------------


async def finish(bot: BotContext, conversation: Conversation, connection: Connection) -> None:
    """The bank is connected, or is back: how much came, and what was kept."""
    if conversation.purpose == "reconnect":
        screen = await _renewed(bot, conversation, connection)
        await bot.run(bot.core.notifications.leave_to_its_end, conversation.user_id, connection["id"])
    elif conversation.stood and conversation.asked_code:
        since = conversation.action_seen_at or bot.clock.now()
        news = await bot.run(count_new_rows, bot.core.database, conversation.user_id, connection["id"], since)
        screen = Screen(updated(connection["connector_name"], news))
    else:
        screen = await _connected(bot, conversation, connection)
    await drop_pictures(bot, conversation)
    await show(bot, conversation, screen, fresh=_looked_away(bot, conversation))
    await end(bot, conversation)


async def _leave(bot: BotContext, conversation: Conversation, connection: Connection) -> None:
    """The person disconnects it meanwhile: what becomes of that is told where they asked for it."""
    await drop_pictures(bot, conversation)
    await show(bot, conversation, Screen(progress_words.leaving(connection["connector_name"])))
    await end(bot, conversation)


async def _renewed(bot: BotContext, conversation: Conversation, connection: Connection) -> Screen:
    since = conversation.began_at or conversation.touched_at
    size = await bot.run(measure_return, bot.core.database, conversation.user_id, connection["id"], since)
    return screens.renewed(connection, size, since, local_day(bot.clock.now()))


async def _connected(bot: BotContext, conversation: Conversation, connection: Connection) -> Screen:
    person, connection_id, now = connection["user_id"], connection["id"], bot.clock.now()
    banks = await bot.run(build_accounts, bot.core.database, person, now)
    size = await bot.run(measure_connection, bot.core.database, person, connection_id)
    came_back = await bot.run(measure_return, bot.core.database, person, connection_id, connection["created_at"])
    accounts = next((bank.accounts for bank in banks if bank.connection["id"] == connection_id), ())
    more = [back_words.joined(came_back, local_day(now))] if came_back.kept and not conversation.stood else []
    if conversation.replaces_id is not None:
        kept = await bot.run(list_kept_histories, bot.core.database, person)
        left = sum(one.accounts for one in kept if one.connection["id"] == conversation.replaces_id)
        more += [back_words.left_behind(left)] if left else []
    return screens.done(connection, accounts, size, more)


async def refuse(bot: BotContext, conversation: Conversation, error: OpenFinanceError) -> None:
    """The flow ended without a connection: whose fault, and the way to begin anew."""
    logger.debug("intent %s: %s", conversation.intent_id, type(error).__name__)
    await drop_pictures(bot, conversation)
    await show(bot, conversation, await _refusal(bot, conversation, error), fresh=_looked_away(bot, conversation))
    conversation.failed = True
    await end(bot, conversation)


async def _refusal(bot: BotContext, conversation: Conversation, error: OpenFinanceError) -> Screen:
    """A password refused for the second time stops the person: banks lock accounts."""
    bank = conversation.bank
    if bank is None and conversation.connector_id is not None:
        bank = await bank_of(bot, conversation.connector_id)
    door = conversation.door or door_of(bank, conversation.connector_id)
    others = other_doors(bank, door) if door is not None else []
    if isinstance(error, CredentialsRejectedError) and door is not None and door["kind"] == "password":
        stopped = await check_attempt(bot, conversation, door)
        if stopped is not None and stopped.code == "PASSWORD_REFUSED_TWICE":
            error = stopped
    if isinstance(error, BankConnectionError) and error.code == "PASSWORD_REFUSED_TWICE":
        others = [way for way in others if way["kind"] == "open_finance"]
    return ends.refusal(conversation, error, bot.clock.now(), bank=bank, others=others)


async def end(bot: BotContext, conversation: Conversation) -> None:
    """After the last screen is shown, never before: a screen that did not arrive is shown again, after a restart too."""
    bot.vault.drop_values(conversation.user_id)
    bot.conversations.end(conversation)
    await note_told(bot, conversation)


async def note_told(bot: BotContext, conversation: Conversation) -> None:
    """The person has seen the end."""
    with contextlib.suppress(DatabaseUnavailableError):  # told twice is better than not at all
        await bot.run(bot.core.connector.mark_told, conversation.user_id, conversation.connection_id)


def _looked_away(bot: BotContext, conversation: Conversation) -> bool:
    """Whether an edit would not be noticed: too long ago, or too far up."""
    return conversation.is_buried or bot.clock.now() - conversation.touched_at > QUIET
