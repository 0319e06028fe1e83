"""/sincronizar and every "Atualizar": a person's tap asks the banks for news, one message says what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from telegram import Update
from telegram.constants import ChatAction

from gerente_financeiro.bank_names import list_connections
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, connect_button, keyboard, page_count, pager, rows, see_request_button
from gerente_financeiro.messages import accounts
from gerente_financeiro.messages import refresh as words
from gerente_financeiro.refresh_board import Board
from gerente_financeiro.screens import (
    Place,
    Screen,
    acknowledge,
    expired,
    pressed_id,
    pressed_ids,
    send,
    show,
    user_id,
)
from open_finance.connect_flow import PHASES, RUNNING, poll_delay
from open_finance.connecting.bank_errors import bank_error
from open_finance.errors import (
    BankConnectionError,
    DatabaseUnavailableError,
    OpenFinanceError,
    PluggyError,
)
from open_finance.events import ConnectionBusy, ConnectionGone, ConnectionNeedsPerson, ConnectionSynced
from open_finance.records import Connection
from open_finance.reports import count_new_rows

BANKS_A_PAGE = 10
COMMAND = "sincronizar"
ALL = "todos"


async def sincronizar(update: Update, context: Context) -> None:
    """Refresh the only bank at once; with several, ask which."""
    connections = await _list_standing(update, context)
    if len(connections) == 1:
        await _begin(update, context, connections)
    elif connections:
        await send(update, context.bot, _choice(connections, 0))
    else:
        await send(update, context.bot, await _nothing_to_do(update, context))


async def _press(update: Update, context: Context) -> None:
    """``atualizar:<id>`` on another screen, which stays: the progress is a message of its own."""
    await _begin_chosen(update, context, in_place=False)


async def _choose(update: Update, context: Context) -> None:
    """``escolher:<id>`` or ``escolher:todos``: the progress takes the place of the choice."""
    await _begin_chosen(update, context, in_place=True)


async def _begin_chosen(update: Update, context: Context, *, in_place: bool) -> None:
    ids = pressed_ids(update)
    connections = await _list_standing(update, context)
    chosen = [connection for connection in connections if ids in ([ALL], [str(connection["id"])])]
    if chosen:
        await _begin(update, context, chosen, in_place=in_place)
    else:
        await expired(update, COMMAND)


async def _turn(update: Update, context: Context) -> None:
    page, connections = pressed_id(update), await _list_standing(update, context)
    if page is None or not connections:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, _choice(connections, page))


async def _cancel(update: Update, context: Context) -> None:
    await show(update, context.bot, Screen(words.CANCELLED))


def is_standing(connection: Connection) -> bool:
    """Whether a tap has an answer: news, or the way back in. Not before the first reading ended, not on the way out."""
    return connection["settled_at"] is not None and not connection["disconnecting"]


async def _list_standing(update: Update, context: Context) -> list[Connection]:
    """What can be asked for news, and what the person must bring back first: that one is answered with the way."""
    connections = await list_connections(bot_context(context), user_id(update))
    return [connection for connection in connections if is_standing(connection)]


async def _nothing_to_do(update: Update, context: Context) -> Screen:
    connections = await list_connections(bot_context(context), user_id(update))
    awaited = [connection for connection in connections if accounts.is_awaited(connection)]
    if awaited:
        lines = dict.fromkeys(accounts.awaited(connection) for connection in awaited)
        return Screen("\n".join(lines), keyboard(*([see_request_button(each)] for each in awaited if each["action"])))
    return Screen(words.NOTHING, keyboard([connect_button()]))


def _choice(connections: Sequence[Connection], page: int) -> Screen:
    pages = page_count(len(connections), BANKS_A_PAGE)
    page = min(page, pages - 1)
    shown = connections[page * BANKS_A_PAGE : (page + 1) * BANKS_A_PAGE]
    return Screen(
        words.CHOOSE,
        keyboard(
            *rows((button(each["connector_name"], "escolher", each["id"]) for each in shown), 2),
            pager("escolherp", page, pages),
            [button("Todos", "escolher", ALL), button("Cancelar", "escolherx")],
        ),
    )


async def _begin(
    update: Update, context: Context, connections: Iterable[Connection], *, in_place: bool = False
) -> None:
    """Answer at once and go on in the background. A bank that is being asked already is not asked again, and one that needs
    its person is not asked at all: to repeat a password that was refused locks accounts."""
    bot = bot_context(context)
    busy: set[int] = _busy(context)
    chosen = [connection for connection in connections if connection["id"] not in busy]
    if not chosen:
        if update.callback_query:
            await acknowledge(update.callback_query, words.ALREADY)
        else:
            await send(update, context.bot, Screen(words.ALREADY))
        return
    board = Board(chosen, bot.clock.now())
    _note_stuck(bot, board)
    place = await (show if in_place else send)(update, context.bot, board.first_screen)
    if board.asking:
        await context.bot.send_chat_action(place.chat_id, ChatAction.TYPING)
        busy.update(connection["id"] for connection in board.asking)
        bot.create_task(_work(bot, place, board, busy), name="refresh", update=update)


def _busy(context: Context) -> set[int]:
    """The ids of this person's connections that this process is refreshing."""
    assert context.user_data is not None
    busy: set[int] = context.user_data.setdefault("refreshing", set())
    return busy


async def _work(bot: BotContext, place: Place, board: Board, busy: set[int]) -> None:
    try:
        await asyncio.gather(*(_refresh(bot, place, board, connection, busy) for connection in board.asking))
        await _learn(bot, board)
    except asyncio.CancelledError:
        await board.leave(place)
        raise
    _note_stuck(bot, board)
    await board.end(place, bot.show_again_seconds)


def _note_stuck(bot: BotContext, board: Board) -> None:
    """Who reads here what a bank needs is not told of it in the next minute."""
    for connection in board.stuck():
        bot.conversations.note_shown(connection["id"])


async def _learn(bot: BotContext, board: Board) -> None:
    """What the banks said is in the rows."""
    asked = {connection["id"] for connection in board.asking}
    try:
        connections = await list_connections(bot, board.asking[0]["user_id"])
    except DatabaseUnavailableError:
        return
    for connection in connections:
        if connection["id"] in asked:
            board.learn(connection)


async def _refresh(bot: BotContext, place: Place, board: Board, connection: Connection, busy: set[int]) -> None:
    try:
        line = await _ask_and_watch(bot, place, board, connection)
    except BankConnectionError as error:
        board.learn_refusal(connection, error.code)
        line = words.refused(error, connection, bot.clock.now())
    except OpenFinanceError as error:  # Pluggy or the database is away
        line = words.failed(connection["connector_name"], error.user_message)
    finally:
        busy.discard(connection["id"])
    await board.put(place, connection, line)


async def _ask_and_watch(bot: BotContext, place: Place, board: Board, connection: Connection) -> str:
    since = bot.clock.now()
    try:
        await bot.run(bot.core.connector.request_refresh, connection["user_id"], connection["id"])
    except BankConnectionError as error:
        if error.code == "MEU_PLUGGY":
            return await _reread(bot, connection, since)
        raise
    await board.put(place, connection, words.asked(connection["connector_name"]), answered=False)
    return await _watch(bot, place, board, connection, since)


async def _watch(bot: BotContext, place: Place, board: Board, connection: Connection, since: datetime) -> str:
    """Poll until the bank has answered and its data is here, and say how far it is. The rows can go on without us."""
    bank, started, told = connection["connector_name"], bot.clock.monotonic(), None
    while (delay := poll_delay(bot.clock.monotonic() - started)) is not None:
        await asyncio.sleep(delay * bot.poll_scale)
        try:
            now = await bot.run(bot.core.connector.check_connection, connection["user_id"], connection["id"])
        except (PluggyError, DatabaseUnavailableError):
            continue
        if now["action"] is not None:
            return words.needs_person(bank)
        if _has_arrived(now, since):
            new_rows = await _count(bot, connection, since)
            return (words.updated_in_part if now["partial"] else words.updated)(bank, new_rows)
        phase = PHASES.get(now["execution_status"]) if now["status"] in RUNNING else None
        if phase is not None and phase != told:
            told = phase
            await board.put(place, connection, words.reading(bank, phase), answered=False)
    return words.slow(bank)


def _has_arrived(connection: Connection, since: datetime) -> bool:
    """Collected by Pluggy, and read by us since the tap."""
    synced_at = connection["last_synced_at"]
    return connection["status"] not in RUNNING and synced_at is not None and synced_at >= since


async def _reread(bot: BotContext, connection: Connection, since: datetime) -> str:
    """A connection that only Pluggy's schedule refreshes: read again what Pluggy has."""
    person, connection_id = connection["user_id"], connection["id"]
    event = await bot.run(bot.core.synchronizer.sync_connection, user_id=person, connection_id=connection_id)
    bank = connection["connector_name"]
    match event:
        case ConnectionSynced(changed=changed):
            return words.reread(bank, await _count(bot, connection, since), changed=changed)
        case ConnectionBusy():
            return words.being_read(bank)
        case ConnectionNeedsPerson(code=code):
            return words.failed(bank, bank_error(code, bank).user_message)
        case ConnectionGone():
            return words.failed(bank, bank_error("ITEM_NOT_FOUND", bank).user_message)
        case _:
            return words.failed(bank, PluggyError.default_user_message)


async def _count(bot: BotContext, connection: Connection, since: datetime) -> int:
    return await bot.run(count_new_rows, bot.core.database, connection["user_id"], connection["id"], since)


CALLBACKS = {
    "sincronizar": sincronizar,
    "atualizar": _press,
    "escolher": _choose,
    "escolherp": _turn,
    "escolherx": _cancel,
}
