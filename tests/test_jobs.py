"""What the bot does by itself, person by person: one who cannot be served or told is nobody else's trouble."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select

from gerente_financeiro.resume import EVER
from open_finance.clock import local_day
from open_finance.records import Attempt
from open_finance.storage import attempts, system
from open_finance.storage.alert_models import NotificationRow
from tests.bot_app import BRUNO, CPF, PASSWORD, Chat, RunningBot, choose, connect_by_link, fill
from tests.clocks import START, ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.rows import add_account, add_connection
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


@contextmanager
def being_served(bot: RunningBot, person: int) -> Iterator[None]:
    """This person's turn is taken for the length of the ``with``."""
    release = bot.occupy(person)
    yield
    release()


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


def test_the_tick_notes_a_card_bill_that_is_due_soon(bot: RunningBot, clock: ManualClock) -> None:
    core = bot.context.core
    with core.database.writing() as session:
        add_account(
            session, add_connection(session, ANA), ANA, type="CREDIT", bill_due_on=local_day(START) + timedelta(days=3)
        )
    clock.advance(hours=1)

    def noted() -> list[NotificationRow]:
        with core.database.reading() as session:
            return list(session.scalars(select(NotificationRow).where(NotificationRow.user_id == ANA)))

    wait_until(lambda: bool(noted()))
    [one] = noted()
    assert (one.kind, one.detail["days"]) == ("bill", 3)


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


def test_a_tap_that_comes_after_the_first_reading_has_ended_cancels_nothing_and_says_so(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, pluggy: PluggyServer
) -> None:
    link = connect_by_link(ana)
    (connection,) = bot.core.connector.list_connections(ANA)

    def is_connected() -> bool:
        return bot.core.connector.check_connection(ANA, connection["id"])["settled_at"] is not None

    with being_served(bot, ANA):
        ana.tap("Cancelar")
        wait_until(lambda: bot.context.locks._users[ANA] == 3)  # the test's own, the tap, and what the poll would show
        pluggy.authorize(link)
        wait_until(is_connected)
    ana.sees("Não deu tempo de cancelar: o Nubank já está conectado.")
    assert len(pluggy.items()) == 1
    assert "Nada foi guardado" not in ana.transcript()
    ana.tap("Desconectar")
    ana.sees("Desconectar o Nubank")


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
        assert len(system.list_pending_disconnections(session, EVER)) == 2  # also while a tick asks for one of them
    telegram.add_fault("sendMessage", status=400, description="Bad Request: chat not found")
    pluggy.admin("faults", method="DELETE")
    wait_until(lambda: sum("A Pluggy confirmou" in chat.transcript() for chat in (ana, bruno)) == 1)


def test_attempts_are_forgotten_though_nobody_tries_again(bot: RunningBot, clock: ManualClock) -> None:
    with bot.core.database.writing() as session:
        attempts.add_attempt(session, ANA, "connect", 201, clock.now())
    clock.advance(days=2)
    assert kept_attempts(bot)
    clock.advance(days=2)
    wait_until(lambda: not kept_attempts(bot))


def kept_attempts(bot: RunningBot) -> list[Attempt]:
    with bot.core.database.reading() as session:
        return attempts.list_attempts(session, ANA, START)
