"""A stop in the middle of things: it ends, and what an update in hand has begun goes on from the rows."""

from __future__ import annotations

import asyncio
import threading

from telegram.ext import JobQueue

from gerente_financeiro.context import Context
from gerente_financeiro.notifier import keep_telling
from tests.bot_app import CPF, Chat, RunningBot, choose, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


def names() -> set[str]:
    """Of the tasks of this loop."""
    return {task.get_name() for task in asyncio.all_tasks()}


def let_go_in_the_middle_of_a_stop(bot: RunningBot, person: int) -> None:
    """Hold the person's turn until the bot ends its background work, which does not end before something new has begun."""
    held, stopping = threading.Event(), asyncio.Event()

    async def hold() -> None:
        async with bot.context.locks.turn(person):
            held.set()
            await stopping.wait()

    async def end_slowly() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            stopping.set()
            while not names() & {"connect", "follow"}:  # noqa: ASYNC110 - a task tells nobody that it begins
                await asyncio.sleep(0.001)

    wait_until(lambda: bot.application.running)
    bot.call(lambda: asyncio.get_running_loop().create_task(hold(), name="hold"))
    bot.call(lambda: bot.context.create_task(end_slowly(), name="slow"))
    assert held.wait(10)


def test_what_an_update_in_hand_begins_holds_up_no_stop_and_goes_on_at_the_next_start(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        choose(ana, "Nubank", "Open Finance")
        ana.sees("Digite seu CPF")
        let_go_in_the_middle_of_a_stop(bot, ANA)
        number = ana.write(CPF)["message_id"]
        wait_until(lambda: next(one for one in telegram.messages(ANA) if one["message_id"] == number)["seen"])
    with running_bot(telegram, pluggy, sqlite_url, clock):
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("✅ Nubank conectado")
    assert len(pluggy.items()) == 1


def test_news_that_come_with_the_stop_do_not_keep_the_notifier_alive(bot: RunningBot) -> None:
    async def stopped_as_news_come() -> bool:
        task = asyncio.get_running_loop().create_task(keep_telling(bot.context))
        await asyncio.sleep(0)
        bot.context.wake_notifier()
        await asyncio.sleep(0)  # the wait is over, and who waited does not know it yet
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        return task.cancelled()

    wait_until(lambda: bot.application.running)
    assert bot.wait_for(stopped_as_news_come())


def test_no_tick_outlives_the_stop(bot: RunningBot) -> None:
    """While those under way are waited for no other begins: it would work on with the threads closed and the lease gone."""
    begun, ended = [], []

    async def tick(context: Context) -> None:
        begun.append(context)
        await asyncio.sleep(0.3)
        ended.append(context)

    wait_until(lambda: bot.application.running)
    queue: JobQueue[Context] | None = bot.application.job_queue
    assert queue is not None
    bot.call(lambda: queue.run_repeating(tick, 0.02, job_kwargs={"max_instances": 100}))
    wait_until(lambda: begun)
    bot.stop()
    assert len(begun) == len(ended)
