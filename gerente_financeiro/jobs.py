"""What happens by itself: the ticks, and the schedule of the synchronisation.

The rows say what is due; a trigger only ticks.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from telegram.ext import JobQueue

from gerente_financeiro import bank_watch, disconnect_handler, erasing, idle_jobs, prompts, reminder_jobs
from gerente_financeiro.connect import by_screen, ends, fields, progress
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import close, say
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.messages.connect_progress import withdrawn
from gerente_financeiro.messages.disconnect import End
from gerente_financeiro.resume import of_flow
from open_finance.data_sync import schedule_daily_sync
from open_finance.errors import OpenFinanceError, PluggyAuthError, PluggyError
from open_finance.records import Connection, Flow, Intent
from open_finance.storage import doors, intent_system, repository, system
from open_finance.storage.database import Database

logger = logging.getLogger(__name__)

FLOWS_SECONDS = 10.0
HOUSEKEEPING_SECONDS = 60.0
WATCH_SECONDS = 600.0
#: A refresh is polled by whoever asked for it; only one that nobody polls any more is looked after here.
UNATTENDED = timedelta(seconds=20)
JOB = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}


def schedule(bot: BotContext) -> None:
    """Put everything that happens by itself on the bot's own scheduler."""
    queue: JobQueue[Context] | None = bot.application.job_queue
    assert queue is not None
    flows, housekeeping = FLOWS_SECONDS * bot.poll_scale, HOUSEKEEPING_SECONDS * bot.poll_scale
    queue.run_repeating(_tick_flows, flows, first=flows, name="flows", job_kwargs=JOB)
    queue.run_repeating(_keep_house, housekeeping, first=flows, name="housekeeping", job_kwargs=JOB)
    # Whoever could not be looked at is looked at again by the next tick: that is to keep nothing else back.
    queue.run_repeating(_watch_budgets, housekeeping, first=flows, name="budgets", job_kwargs=JOB)
    queue.run_repeating(_watch_subscriptions, housekeeping, first=flows, name="subscriptions", job_kwargs=JOB)
    queue.run_repeating(idle_jobs.look_after_idle, housekeeping, first=flows, name="idle", job_kwargs=JOB)
    queue.run_repeating(idle_jobs.clean, housekeeping, first=flows, name="retention", job_kwargs=JOB)
    watch = WATCH_SECONDS * bot.poll_scale
    queue.run_repeating(bank_watch.tell_returned, watch, first=flows, name="returned banks", job_kwargs=JOB)
    if bot.core.category_advice.is_on:
        queue.run_repeating(_ask_adviser, housekeeping, first=housekeeping, name="advice", job_kwargs=JOB)
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


# --- the ticks -----------------------------------------------------------------------------------------------------


async def _tick_flows(context: Context) -> None:
    await follow_flows(bot_context(context))


async def follow_flows(bot: BotContext) -> None:
    """Flows that no task polls: the slow ones, those that wait for others, those of a dead process.

    Each in a task of its own: one whose end Telegram does not take holds up neither the others nor a stop.
    """
    now = bot.clock.now()
    flows, ways_back = await bot.run(_read_flows, bot.core.database, now)
    for flow in flows:
        connection_id = flow["connection"]["id"]
        is_watched = connection_id in bot.conversations.watched | bot.conversations.looked_at
        if not is_watched and not _is_attended(flow, now):
            bot.conversations.looked_at.add(connection_id)
            bot.create_task(_look_once(bot, flow, ways_back.get(connection_id)), name="look")


async def _look_once(bot: BotContext, flow: Flow, way_back: Intent | None) -> None:
    try:
        await _look_at(bot, flow, way_back)
    finally:
        bot.conversations.looked_at.discard(flow["connection"]["id"])


async def _look_at(bot: BotContext, flow: Flow, way_back: Intent | None) -> None:
    connection = flow["connection"]
    conversation = bot.conversations.active(connection["user_id"])
    is_awaited = way_back is not None or bot.conversations.is_aside(connection["id"])
    if conversation is not None and by_screen.is_of(conversation, flow):
        await by_screen.take_up(bot, conversation, flow)
    elif conversation is not None and _is_followed(conversation, connection):
        await progress.look(bot, conversation)
    elif connection["settled_at"] is not None and connection["action"] is None and not is_awaited:
        await _check_quietly(bot, connection)
    elif conversation is None:  # one thing at a time: a person in another flow is not interrupted
        aside = bot.conversations.take_up(connection["id"])
        await progress.look(bot, bot.conversations.put(aside or of_flow(bot, flow, way_back)))


def _is_followed(conversation: Conversation, connection: Connection) -> bool:
    """Whether the conversation shows how this connection goes on; one that still asks for values is not written over."""
    return conversation.connection_id == connection["id"] and conversation.stage is Stage.WORKING


async def _check_quietly(bot: BotContext, connection: Connection) -> None:
    """A refresh that outlived its message: its result is in the rows."""
    try:
        await bot.run(bot.core.connector.check_connection, connection["user_id"], connection["id"])
    except OpenFinanceError as error:
        logger.info("a refresh ended without news: %s", type(error).__name__)


def _is_attended(flow: Flow, now: datetime) -> bool:
    due_at, settled = flow["next_poll_at"], flow["connection"]["settled_at"] is not None
    return settled and flow["connection"]["action"] is None and due_at is not None and due_at > now - UNATTENDED


def _read_flows(database: Database, now: datetime) -> tuple[list[Flow], dict[int, Intent]]:
    with database.reading() as session:
        return system.list_flows_to_poll(session, now), intent_system.list_ways_back(session)


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
    await bot.run(_close_what_is_over, bot.core.database, bot.clock.now())
    await bot.run(bot.core.counts.flush_if_due)
    await prompts.tell_expired(bot)
    await erasing.carry_on_all(bot)
    for connection in await bot.run(bot.core.connector.retry_disconnections):
        bot.create_task(_tell_end(bot, connection), name="confirm")
    await bot.run(bot.core.summaries.note_due)
    await bot.run(bot.core.bill_alerts.note_due)
    await reminder_jobs.remind(bot)


async def _watch_budgets(context: Context) -> None:
    bot = bot_context(context)
    await bot.run(bot.core.budget_alerts.note_due)


async def _watch_subscriptions(context: Context) -> None:
    bot = bot_context(context)
    await bot.run(bot.core.subscription_alerts.note_due)


async def _ask_adviser(context: Context) -> None:
    """Some texts of one person that nobody knows the category of. Nothing else waits for the answers."""
    bot = bot_context(context)
    await bot.run_apart(bot.core.category_advice.ask_due)


async def _tell_end(bot: BotContext, connection: Connection) -> None:
    end = await bot.run(_end_of, bot.core.database, connection)
    if connection["settled_at"] is None:
        await say(bot, connection["user_id"], withdrawn(connection["connector_name"], kept=end is End.KEPT))
    else:
        await disconnect_handler.tell_confirmed(bot, connection, end)


async def _ask_again(bot: BotContext, person: int) -> None:
    """What was typed is forgotten: if it is still being waited for, say so and begin at the first field."""
    async with bot.locks.turn(person):
        conversation = bot.conversations.active(person)
        if conversation is not None and conversation.stage is Stage.FILLING:
            await fields.start_over(bot, conversation)


async def _give_up(bot: BotContext, conversation: Conversation) -> None:
    """Close a flow whose person is silent, unless a word came in the meantime."""
    async with bot.locks.turn(conversation.user_id):
        if bot.conversations.is_current(conversation) and conversation in bot.conversations.idle():
            await close(bot, conversation, ends.timed_out(conversation))


def _end_of(database: Database, connection: Connection) -> End:
    """What became of a connection that has just left."""
    person, connection_id = connection["user_id"], connection["id"]
    with database.reading() as session:
        if doors.is_replaced(session, person, connection_id):
            return End.REPLACED
        ended = repository.list_ended_connections(session, person)
    return End.KEPT if any(each["id"] == connection_id for each in ended) else End.ERASED


def _close_what_is_over(database: Database, now: datetime) -> None:
    with database.writing() as session:
        intent_system.expire_intents(session, now)
