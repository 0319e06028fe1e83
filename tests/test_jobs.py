"""What the bot does by itself, person by person: one who cannot be served or told is nobody else's trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from open_finance.storage import system
from tests.bot_app import BRUNO, CPF, PASSWORD, Chat, RunningBot, choose, fill
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


@contextmanager
def being_served(bot: RunningBot, person: int) -> Iterator[None]:
    """This person's turn is taken for the length of the ``with``."""
    let_go = asyncio.Event()

    async def occupy() -> None:
        async with bot.context.locks.turn(person):
            await let_go.wait()

    bot.call(lambda: bot.context.create_task(occupy(), name="occupy"))
    wait_until(lambda: len(bot.context.locks) > 0)
    yield
    bot.call(let_go.set)


def test_a_person_being_served_keeps_nobodys_secrets_and_flows_alive(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, clock: ManualClock
) -> None:
    bruno = Chat(telegram, BRUNO)
    for chat in (ana, bruno):
        choose(chat, "Caixa")
        chat.sees("1 de 2")
        chat.write(CPF)
        chat.sees("2 de 2")
    with being_served(bot, ANA):
        clock.advance(minutes=6)
        assert "1 de 2" in bruno.sees("Passaram-se mais de 5 minutos")["text"]
        clock.advance(minutes=16)
        bruno.sees("Esperei 15 minutos e parei a conexão com a Caixa")
        assert bot.context.vault.names(ANA) == frozenset()
        assert "1 de 2" not in ana.transcript()
    ana.sees("Passaram-se mais de 5 minutos")
    clock.advance(minutes=16)
    ana.sees("Esperei 15 minutos e parei a conexão com a Caixa")


def test_a_word_in_the_last_moment_keeps_the_flow(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, clock: ManualClock
) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    with being_served(bot, ANA):
        ana.write(CPF)  # waits for its turn, before the tick that finds the person silent
        wait_until(lambda: bot.context.locks._users[ANA] == 2)
        clock.advance(minutes=16)
    ana.sees("2 de 2")
    assert "Esperei 15 minutos" not in ana.transcript()


def test_an_end_that_pluggy_confirms_late_is_told_to_everyone_who_can_be_told(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, pluggy: PluggyServer
) -> None:
    bruno = Chat(telegram, BRUNO)
    for chat, cpf in ((ana, CPF), (bruno, "111.444.777-35")):
        choose(chat, "Caixa")
        fill(chat, cpf, PASSWORD)
        chat.sees("✅ Caixa conectada")
    pluggy.fault("status", method="DELETE", status=503, count=None)
    for chat in (ana, bruno):
        chat.write("/desconectar_banco")
        chat.tap("Caixa (")
        chat.tap("Guardar histórico")
        chat.sees("A Pluggy ainda não confirmou")
    with bot.core.database.reading() as session:
        assert len(system.list_pending_disconnections(session, bot.context.clock.now())) == 2
    telegram.add_fault("sendMessage", status=400, description="Bad Request: chat not found")
    pluggy.admin("faults", method="DELETE")
    wait_until(lambda: sum("A Pluggy confirmou" in chat.transcript() for chat in (ana, bruno)) == 1)
