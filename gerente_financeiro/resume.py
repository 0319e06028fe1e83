"""What a start finds unfinished: memory is rebuilt from the rows, before the first update is read."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gerente_financeiro import connect_progress
from gerente_financeiro import connect_screens as screens
from gerente_financeiro.connect_conversation import of_connection
from gerente_financeiro.connect_state import Conversation, Stage
from gerente_financeiro.connect_view import show
from gerente_financeiro.context import BotContext
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages.format import the_bank
from open_finance.records import Connection, Flow, Intent
from open_finance.storage import system
from open_finance.storage.database import Database, Session

logger = logging.getLogger(__name__)

EVER = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
#: An end that was not shown for longer is no news any more.
NEWS = timedelta(days=1)


async def resume(bot: BotContext) -> None:
    """Rebuild memory from the rows, before the first update is read.

    What was being typed is lost, and a text typed into the void is caught; a request whose answer is unknown is to be
    repeated; an end that nobody was shown is told; every other flow simply goes on.
    """
    found = await bot.run(_read_unfinished, bot.core.database, bot.clock.now())
    if any((found.intents, found.flows, found.untold)):
        counts = len(found.intents), len(found.flows), len(found.untold)
        logger.info("going on from the rows: %d intents, %d flows, %d ends to tell", *counts)
    for intent, connection in found.untold:
        bot.create_task(_tell_end(bot, intent, connection), name="resume")
    for intent in found.intents:
        conversation = bot.conversations.put(_of_intent(bot, intent))
        text = words.UNCERTAIN if intent["state"] == "posting" else words.RESTARTED
        again = "Repetir" if intent["state"] == "posting" else "Recomeçar"
        sentence = text.format(bank=the_bank(intent["connector_name"]))
        bot.create_task(show(bot, conversation, screens.over(sentence, intent["connector_id"], again)), name="resume")
    for flow in found.flows:
        if flow["connection"]["settled_at"] is None and not _awaits_others(flow["connection"]):
            conversation = bot.conversations.put(of_flow(bot, flow))
            bot.create_task(connect_progress.follow(bot, conversation), name="follow")


async def _tell_end(bot: BotContext, intent: Intent, connection: Connection | None) -> None:
    """The process died between the last row and the last message."""
    if connection is not None:
        conversation = of_connection(connection, Stage.OVER, bot, intent["message_id"])
        conversation.stood = False
        conversation.touched_at = connection["settled_at"] or conversation.touched_at
        await connect_progress.finish(bot, conversation, connection)
        return
    conversation = _of_intent(bot, intent)
    sentence = words.NOT_CONNECTED.format(bank=the_bank(intent["connector_name"]))
    await show(bot, conversation, screens.over(sentence, intent["connector_id"]))
    await connect_progress.end(bot, conversation)


@dataclass(frozen=True, slots=True)
class _Unfinished:
    """``untold``: flows that ended, each with its connection, None when there is none."""

    intents: list[Intent]
    flows: list[Flow]
    untold: list[tuple[Intent, Connection | None]]


def _read_unfinished(database: Database, now: datetime) -> _Unfinished:
    with database.writing() as session:
        system.expire_intents(session, now)
        intents = system.list_open_intents(session)
        system.mark_uncertain_intents(session, now)
        flows = system.list_flows_to_poll(session, EVER)
        _take_over(session, [flow["connection"] for flow in flows])
        return _Unfinished(intents, flows, system.list_untold_intents(session, now - NEWS))


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


def of_flow(bot: BotContext, flow: Flow) -> Conversation:
    """A flow of connecting goes on in its message; a question of a refresh gets one of its own."""
    stood = flow["connection"]["settled_at"] is not None
    conversation = of_connection(flow["connection"], Stage.WORKING, bot, None if stood else flow["message_id"])
    conversation.unseen = True
    conversation.started_at = conversation.touched_at = flow["started_at"]
    return conversation


def _awaits_others(connection: Connection) -> bool:
    return connection["execution_status"] == "USER_AUTHORIZATION_PENDING"
