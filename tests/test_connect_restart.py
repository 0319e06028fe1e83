"""The bot is stopped in the middle of a connection and started anew on the same database: the rows go on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from gerente_financeiro.connect.state import Conversations
from gerente_financeiro.vault import CredentialVault
from open_finance.storage import repository
from open_finance.storage.database import Database
from tests.bot_app import (
    CPF,
    PASSWORD,
    Chat,
    RunningBot,
    choose,
    choose_sandbox,
    connect_by_link,
    fill,
    posts,
    running_bot,
)
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


def test_what_was_being_typed_is_lost_and_a_late_password_is_caught(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, database_url, clock):
        choose(ana, "Caixa")
        ana.sees("1 de 2")
        ana.write(CPF)
        message = ana.sees("2 de 2")
    typed_meanwhile = ana.write(PASSWORD)
    with running_bot(telegram, pluggy, database_url, clock):
        ana.loses(typed_meanwhile)
        answer = ana.sees("Reiniciei no meio da conexão e apaguei sua mensagem")
        assert answer["buttons"][0][0]["text"] == "Recomeçar"
        ana.loses(ana.write(PASSWORD))
        assert ana.transcript().count("Reiniciei no meio da conexão") == 1
        told = ana.sees("esqueci o que você digitou. Nada foi enviado ao banco.")
        assert told["message_id"] == message["message_id"]
        assert posts(pluggy) == 0
        ana.write("/conectar_banco")
        ana.sees("Qual banco")
        assert "esqueci o que você digitou" in ana.transcript()
        ana.tap("Recomeçar")
        fill(ana, CPF, PASSWORD)
        ana.sees("✅ Caixa conectada")


def test_link_goes_on_in_the_same_message(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, database_url, clock):
        link = connect_by_link(ana)
        message = ana.sees("Toque em Autorizar")
    pluggy.authorize(link)
    with running_bot(telegram, pluggy, database_url, clock):
        assert ana.sees("✅ Nubank conectado")["message_id"] == message["message_id"]
    assert posts(pluggy) == 1


def test_code_can_be_answered_after_a_restart(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose_sandbox(ana, "Pluggy Bank 2-step")
        fill(ana, "user-ok", "password-ok")
        ana.sees("Chave de segurança")
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        wait_until(lambda: _action_is_known(bot.context.conversations))
        ana.loses(ana.write("123456"))
        ana.sees("✅ Pluggy Bank 2-step conectado")


def test_refusal_that_came_while_the_bot_was_down_is_told(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        link = connect_by_link(ana)
    pluggy.authorize(link, "deny")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.sees("O compartilhamento não foi autorizado no Nubank")
    assert pluggy.items() == []


@pytest.mark.parametrize(
    ("password", "told", "then"),
    [
        (PASSWORD, "✅ Caixa conectada", "Ver extrato"),
        ("errada", "a conexão com a Caixa não foi concluída. Nada foi guardado.", "Tentar de novo"),
    ],
)
def test_end_that_nobody_was_shown_is_told_once_by_the_next_process(
    telegram: TelegramServer,
    pluggy: PluggyServer,
    database_url: str,
    clock: ManualClock,
    ana: Chat,
    password: str,
    told: str,
    then: str,
) -> None:
    with running_bot(telegram, pluggy, database_url, clock) as bot:
        choose(ana, "Caixa")
        ana.sees("1 de 2")
        ana.write(CPF)
        ana.sees("2 de 2")
        for method in ("editMessageText", "sendMessage"):
            telegram.add_fault(method, times=10_000)
        ana.loses(ana.write(password))
        wait_until(lambda: posts(pluggy) == 1 and _nothing_is_under_way(bot))
    telegram.clear_faults()
    with running_bot(telegram, pluggy, database_url, clock):
        end = ana.sees(told)
        assert next(button["text"] for row in end["buttons"] for button in row) == then
    with running_bot(telegram, pluggy, database_url, clock):
        ana.write("/ajuda")
        ana.sees("Ver dinheiro")
        assert ana.transcript().count(told) == 1


def _nothing_is_under_way(bot: RunningBot) -> bool:
    """Connected, or refused and taken back; the request itself has been answered."""
    if bot.core.connector.find_open_intent(ANA) is not None:  # asked first: an answer makes its row in the same moment
        return False
    return all(connection["settled_at"] is not None for connection in bot.core.connector.list_connections(ANA))


def test_request_whose_answer_nobody_heard_is_to_be_repeated(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    now = clock.now()
    database = Database(sqlite_url)
    with database.writing() as session:
        intent = repository.add_intent(
            session, ANA, connector_id=219, connector_name="Caixa", now=now, expires_at=now.replace(year=2027)
        )
        repository.move_intent(session, ANA, intent["id"], before=("collecting",), after="posting", now=now)
    database.dispose()
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.sees("a resposta se perdeu. Repita a conexão")
        ana.tap("Repetir")
        ana.tap("Autorizo")
        fill(ana, CPF, PASSWORD)
        ana.sees("✅ Caixa conectada")


def test_menu_of_banks_still_works(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.write("/conectar_banco")
        message = ana.sees("Qual banco")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.tap("Caixa")
        assert ana.sees("como prefere conectar?")["message_id"] == message["message_id"]
        ana.tap("Usuário e senha")
        ana.sees("preciso da sua autorização")


def test_request_for_another_holders_approval_outlives_the_restart(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose_sandbox(ana, "Pluggy Digital")
        fill(ana, "user-ok-auth-pending", "password-ok")
        ana.sees("Falta a outra pessoa titular aprovar")
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        ana.tap("Cancelar")
        ana.sees("Cancelado. Nada foi guardado.")
        wait_until(lambda: bot.core.connector.list_connections(ANA) == [])
    assert pluggy.items() == []


def test_second_process_waits_until_the_first_has_ended(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    answered = threading.Event()
    with running_bot(telegram, pluggy, sqlite_url, clock) as first:
        ana.write("/ajuda")
        ana.sees("Ver dinheiro")
        with running_bot(telegram, pluggy, sqlite_url, clock) as second:
            choose(ana, "Caixa")
            ana.sees("1 de 2")
            assert len(second.context.locks) == 0
            assert second.context.conversations.find(ANA) is None
            first.stop()
            ana.sees("Nada foi enviado ao banco")
            ana.write("/saldo")
            ana.sees("Nenhum banco conectado")
            answered.set()
    assert answered.is_set()


def test_process_that_lost_its_lease_stops_polling_and_comes_back(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    from open_finance.storage import leases

    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        ana.write("/ajuda")
        ana.sees("Ver dinheiro")
        with bot.core.database.writing() as session:
            late = datetime(2026, 12, 1, tzinfo=UTC)
            assert leases.acquire_lease(session, "telegram-poller", "somebody else", late, 30)
        wait_until(lambda: not bot.context.application.running)
        ana.write("/saldo")
        with bot.core.database.writing() as session:
            leases.release_lease(session, "telegram-poller", "somebody else", clock.now())
        ana.sees("Nenhum banco conectado")


def test_memory_holds_nothing_after_the_end(clock: ManualClock) -> None:
    vault, conversations = CredentialVault(clock), Conversations(clock)
    vault.put(ANA, "password", PASSWORD)
    vault.clear()
    conversations.clear()
    assert vault.take(ANA) == {}
    assert not vault.recognises(ANA, PASSWORD)


def _action_is_known(conversations: Conversations) -> bool:
    conversation = conversations.active(ANA)
    return conversation is not None and conversation.action is not None


def test_slow_link_is_followed_by_the_tick_and_told_in_a_new_message(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        pluggy.options(link_seconds=3600)
        link = connect_by_link(ana)
        message = ana.sees("Toque em Autorizar")
        clock.advance(minutes=20)
        wait_until(lambda: not bot.context.conversations.watched)
        pluggy.authorize(link)

        def told_after_a_minute() -> bool:
            clock.advance(minutes=1)
            return "✅ Nubank conectado" in ana.transcript()

        wait_until(told_after_a_minute, every=0.3)
        assert ana.sees("✅ Nubank conectado")["message_id"] > message["message_id"]
