"""What happens by itself: what a start finds unfinished, the ticks, the schedule of the synchronisation.

The rows say what is due; a trigger only ticks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from telegram.ext import JobQueue

from gerente_financeiro import connect_choosing, connect_fields, connect_progress
from gerente_financeiro import connect_screens as screens
from gerente_financeiro.connect_conversation import of_connection
from gerente_financeiro.connect_state import Conversation, Stage
from gerente_financeiro.connect_view import say, show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages.connect_progress import withdrawn
from gerente_financeiro.messages.disconnect import confirmed
from gerente_financeiro.messages.format import the_bank
from gerente_financeiro.screens import Screen
from open_finance.data_sync import schedule_daily_sync
from open_finance.errors import OpenFinanceError, PluggyAuthError, PluggyError
from open_finance.records import Connection, Flow, Intent
from open_finance.storage import system
from open_finance.storage.database import Database, Session

logger = logging.getLogger(__name__)

FLOWS_SECONDS = 10.0
HOUSEKEEPING_SECONDS = 60.0
EVER = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
#: A refresh is polled by whoever asked for it; only one that nobody polls any more is looked after here.
UNATTENDED = timedelta(seconds=20)
JOB = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}


def schedule(bot: BotContext) -> None:
    """Put everything that happens by itself on the bot's own scheduler."""
    queue: JobQueue[Context] | None = bot.application.job_queue
    assert queue is not None
    flows, housekeeping = FLOWS_SECONDS * bot.poll_scale, HOUSEKEEPING_SECONDS * bot.poll_scale
    queue.run_repeating(_follow_flows, flows, first=flows, name="flows", job_kwargs=JOB)
    queue.run_repeating(_keep_house, housekeeping, first=flows, name="housekeeping", job_kwargs=JOB)
    # The scheduler ends with the right to poll, which may come back; the synchroniser, with the process.
    schedule_daily_sync(scheduler=queue.scheduler, synchronizer=bot.core.synchronizer, stops=False)


async def check_keys(bot: BotContext) -> None:
    """Tell the operator at start when Pluggy refuses the keys. The bot lives: what is stored can still be read."""
    try:
        await bot.run(bot.core.client.for_person().authenticate)
    except PluggyAuthError as error:
        logger.error("Pluggy: %s: confira PLUGGY_CLIENT_ID e PLUGGY_CLIENT_SECRET", error)  # noqa: TRY400 - one line
    except PluggyError as error:
        logger.warning("Pluggy could not be asked at start: %s", type(error).__name__)


# --- what a start finds unfinished ---------------------------------------------------------------------------------


async def resume(bot: BotContext) -> None:
    """Rebuild memory from the rows, before the first update is read.

    What was being typed is lost, and a text typed into the void is caught; a request whose answer is unknown is to be
    repeated; every other flow simply goes on.
    """
    intents, flows = await bot.run(_read_unfinished, bot.core.database, bot.clock.now())
    if intents or flows:
        logger.info("going on from the rows: %d intents, %d flows", len(intents), len(flows))
    for intent in intents:
        conversation = bot.conversations.put(_of_intent(bot, intent))
        text = words.UNCERTAIN if intent["state"] == "posting" else words.RESTARTED
        again = "Repetir" if intent["state"] == "posting" else "Recomeçar"
        sentence = text.format(bank=the_bank(intent["connector_name"]))
        bot.create_task(show(bot, conversation, screens.over(sentence, intent["connector_id"], again)), name="resume")
    for flow in flows:
        if flow["connection"]["settled_at"] is None and not _awaits_others(flow["connection"]):
            conversation = bot.conversations.put(_of_flow(bot, flow))
            bot.create_task(connect_progress.follow(bot, conversation), name="follow")


def _read_unfinished(database: Database, now: datetime) -> tuple[list[Intent], list[Flow]]:
    with database.writing() as session:
        system.expire_intents(session, now)
        intents = system.list_open_intents(session)
        system.mark_uncertain_intents(session, now)
        flows = system.list_flows_to_poll(session, EVER)
        _take_over(session, [flow["connection"] for flow in flows])
        return intents, flows


def _take_over(session: Session, connections: Iterable[Connection]) -> None:
    """Free what a dead process held: the first reading of a connection, or its end, and a person waits for it.

    One that is only slow loses its hold by the new fence, and writes nothing more.
    """
    for connection in connections:
        claim = system.claim_connection(session, connection["user_id"], connection["id"], EVER, 0)
        if claim is not None:
            system.release_claim(session, claim)
    for connection in system.list_pending_disconnections(session, EVER):
        fence = system.claim_end(session, connection["user_id"], connection["id"], EVER, 0)
        if fence is not None:
            system.release_end(session, connection["id"], fence)


def _of_intent(bot: BotContext, intent: Intent) -> Conversation:
    return Conversation(
        intent["user_id"],
        Stage.LOST,
        bot.clock.now(),
        message_id=intent["message_id"],
        bank_name=intent["connector_name"],
        connector_id=intent["connector_id"],
        intent_id=intent["id"] if intent["state"] == "collecting" else None,
    )


def _of_flow(bot: BotContext, flow: Flow) -> Conversation:
    """A flow of connecting goes on in its message; a question of a refresh gets one of its own."""
    stood = flow["connection"]["settled_at"] is not None
    conversation = of_connection(flow["connection"], Stage.WORKING, bot, None if stood else flow["message_id"])
    conversation.unseen = True
    conversation.started_at = conversation.touched_at = flow["started_at"]
    return conversation


def _awaits_others(connection: Connection) -> bool:
    return connection["execution_status"] == "USER_AUTHORIZATION_PENDING"


# --- the ticks -----------------------------------------------------------------------------------------------------


async def _follow_flows(context: Context) -> None:
    """Flows that no task polls: the slow ones, those that wait for others, those of a dead process."""
    bot = bot_context(context)
    now = bot.clock.now()
    for flow in await bot.run(_read_flows, bot.core.database, now):
        connection = flow["connection"]
        if connection["id"] not in bot.conversations.watched and not _is_attended(flow, now):
            await _look_at(bot, flow)


async def _look_at(bot: BotContext, flow: Flow) -> None:
    connection = flow["connection"]
    conversation = bot.conversations.active(connection["user_id"])
    if conversation is not None and conversation.connection_id == connection["id"]:
        await connect_progress.look(bot, conversation)
    elif connection["settled_at"] is not None and connection["action"] is None:
        await _check_quietly(bot, connection)
    elif conversation is None:  # one thing at a time: a person in another flow is not interrupted
        await connect_progress.look(bot, bot.conversations.put(_of_flow(bot, flow)))


async def _check_quietly(bot: BotContext, connection: Connection) -> None:
    """A refresh that outlived its message: its result is in the rows."""
    try:
        await bot.run(bot.core.connector.check_connection, connection["user_id"], connection["id"])
    except OpenFinanceError as error:
        logger.info("a refresh ended without news: %s", type(error).__name__)


def _is_attended(flow: Flow, now: datetime) -> bool:
    due_at, settled = flow["next_poll_at"], flow["connection"]["settled_at"] is not None
    return settled and flow["connection"]["action"] is None and due_at is not None and due_at > now - UNATTENDED


def _read_flows(database: Database, now: datetime) -> list[Flow]:
    with database.reading() as session:
        return system.list_flows_to_poll(session, now)


async def _keep_house(context: Context) -> None:
    """Forget what must be forgotten, close what was left open, finish what Pluggy has not confirmed.

    Each person in a task of their own: one who is being served, or cannot be told, holds up nobody.
    """
    bot = bot_context(context)
    for person in bot.vault.forget_stale():
        bot.create_task(_ask_again(bot, person), name="ask again")
    for conversation in bot.conversations.idle():
        bot.create_task(_give_up(bot, conversation), name="give up")
    bot.conversations.forget_over()
    await bot.run(_expire_intents, bot.core.database, bot.clock.now())
    for connection in await bot.run(bot.core.connector.retry_disconnections):
        told = confirmed if connection["settled_at"] is not None else withdrawn
        bot.create_task(say(bot, connection["user_id"], told(connection["connector_name"])), name="confirm")


async def _ask_again(bot: BotContext, person: int) -> None:
    """What was typed is forgotten: if it is still being waited for, say so and begin at the first field."""
    async with bot.locks.turn(person):
        conversation = bot.conversations.active(person)
        if conversation is not None and conversation.stage is Stage.FILLING:
            await connect_fields.start_over(bot, conversation)


async def _give_up(bot: BotContext, conversation: Conversation) -> None:
    """Close a flow whose person is silent, unless a word came in the meantime."""
    async with bot.locks.turn(conversation.user_id):
        if bot.conversations.is_current(conversation) and conversation in bot.conversations.idle():
            await connect_choosing.close(bot, conversation, _timed_out(conversation))


def _timed_out(conversation: Conversation) -> Screen:
    if conversation.connector_id is None:
        return screens.over(words.CHOICE_TIMED_OUT, None)
    sentence = words.TIMED_OUT.format(bank=the_bank(conversation.bank_name))
    return screens.over(sentence, conversation.connector_id, "Recomeçar", other=False)


def _expire_intents(database: Database, now: datetime) -> None:
    with database.writing() as session:
        system.expire_intents(session, now)
