"""What a start finds unfinished: memory is rebuilt from the rows, before the first update is read."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gerente_financeiro.connect import ends, outcome, progress, screens
from gerente_financeiro.connect.buttons import of_connection
from gerente_financeiro.connect.fields import page_address
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import show
from gerente_financeiro.context import BotContext
from open_finance.connecting.bank_errors import bank_error
from open_finance.records import Connection, Flow, Intent
from open_finance.storage import intent_system, system
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
    goes_on = {flow["connection"]["id"] for flow in found.flows}
    for intent in found.intents:
        # Of a way back, the connection itself says whether the request arrived.
        if intent["connection_id"] in goes_on or _is_page_over(bot, intent):
            continue
        conversation = bot.conversations.put(_of_intent(bot, intent))
        if conversation.stage is Stage.SCREEN:
            screen = screens.by_screen(conversation)
        else:
            screen = ends.interrupted(conversation, sent=intent["state"] == "posting")
        bot.create_task(show(bot, conversation, screen), name="resume")
    for flow in found.flows:
        way_back = found.ways_back.get(flow["connection"]["id"])
        if flow["connection"]["settled_at"] is not None and way_back is None:
            continue  # a refresh: nobody looks at its message any more
        conversation = of_flow(bot, flow, way_back)
        if flow["connection"]["execution_status"] == "USER_AUTHORIZATION_PENDING":
            bot.conversations.set_aside(conversation)
        else:
            bot.create_task(progress.follow(bot, bot.conversations.put(conversation)), name="follow")


async def _tell_end(bot: BotContext, intent: Intent, connection: Connection | None) -> None:
    """The process died between the last row and the last message."""
    if connection is not None and intent["state"] == "done":
        conversation = of_connection(connection, Stage.OVER, bot, intent["message_id"])
        conversation.purpose, conversation.began_at = intent["purpose"], intent["created_at"]
        conversation.stood = False
        conversation.touched_at = connection["settled_at"] or conversation.touched_at
        if connection["trouble_code"] is None or conversation.purpose == "connect":
            await outcome.finish(bot, conversation, connection)
        else:
            await outcome.refuse(bot, conversation, bank_error(connection["trouble_code"], conversation.bank_name))
        return
    conversation = _of_intent(bot, intent)
    await show(bot, conversation, ends.not_connected(conversation))
    await outcome.end(bot, conversation)


@dataclass(frozen=True, slots=True)
class _Unfinished:
    """``ways_back``: connection id → the intent to bring it back. ``untold``: flows that ended, each with its connection,
    None when there is none."""

    intents: list[Intent]
    flows: list[Flow]
    ways_back: dict[int, Intent]
    untold: list[tuple[Intent, Connection | None]]


def _read_unfinished(database: Database, now: datetime) -> _Unfinished:
    with database.writing() as session:
        intent_system.expire_intents(session, now)
        intents = intent_system.list_open_intents(session)
        intent_system.mark_uncertain_intents(session, now)
        flows = system.list_flows_to_poll(session, EVER)
        _take_over(session, [flow["connection"] for flow in flows])
        ways_back, untold = (
            intent_system.list_ways_back(session),
            intent_system.list_untold_intents(session, now - NEWS),
        )
        return _Unfinished(intents, flows, ways_back, untold)


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


def _is_page_over(bot: BotContext, intent: Intent) -> bool:
    """Whether only what a page made in its last moment could still come of the intent."""
    until = intent["screen_until"]
    return intent["state"] == "collecting" and until is not None and until <= bot.clock.now()


def _of_intent(bot: BotContext, intent: Intent) -> Conversation:
    """What was being typed is lost; a page that is open goes on, whoever serves it."""
    public_url, until = bot.settings.public_url, intent["screen_until"]
    is_by_screen = intent["state"] == "collecting" and until is not None and public_url is not None
    return Conversation(
        intent["user_id"],
        Stage.SCREEN if is_by_screen else Stage.LOST,
        bot.clock.now(),
        purpose=intent["purpose"],
        message_id=intent["message_id"],
        bank_name=intent["connector_name"],
        connector_id=intent["connector_id"],
        connection_id=intent["connection_id"],
        replaces_id=intent["replaces_id"],
        intent_id=intent["id"] if intent["state"] == "collecting" else None,
        stood=intent["purpose"] == "reconnect",
        screen_url=page_address(public_url, intent["id"]) if is_by_screen and public_url else None,
        screen_until=until,
    )


def of_flow(bot: BotContext, flow: Flow, way_back: Intent | None) -> Conversation:
    """A flow of connecting, or the way back that ``way_back`` began, goes on in its message; a question of a refresh gets
    one of its own."""
    is_refresh = way_back is None and flow["connection"]["settled_at"] is not None
    conversation = of_connection(flow["connection"], Stage.WORKING, bot, None if is_refresh else flow["message_id"])
    conversation.unseen = True
    conversation.started_at = conversation.touched_at = flow["started_at"]
    conversation.began_at = way_back["created_at"] if way_back else flow["started_at"]
    conversation.purpose = "reconnect" if way_back else conversation.purpose
    conversation.by_screen = way_back is not None and way_back["screen_until"] is not None
    return conversation
