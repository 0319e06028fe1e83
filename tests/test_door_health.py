"""Banks that are not well, and banks one has already, lived through both local servers."""

from __future__ import annotations

from sqlalchemy import update

from open_finance.storage.models import ConnectionRow
from tests.bot_app import BRUNO, CPF, PASSWORD, Chat, RunningBot, choose, fill, posts, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, Json, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


def labels(message: Json) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


def set_health(pluggy: PluggyServer, status: str, *connectors: int) -> None:
    for number in connectors:
        pluggy.admin(f"connectors/{number}", {"health": {"status": status, "stage": None}})


def connect_caixa(ana: Chat, *, consent: bool = True) -> Json:
    choose(ana, "Caixa", consent=consent)
    fill(ana, CPF, PASSWORD)
    return ana.sees("✅ Caixa conectada")


# --- out of order --------------------------------------------------------------------------------------------------


def test_bank_that_is_down_is_not_tried_and_its_return_is_told_once(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock, ana: Chat
) -> None:
    set_health(pluggy, "OFFLINE", 219)
    with running_bot(telegram, pluggy, database_url, clock):
        choose(ana, "Caixa", consent=False)
        down = ana.sees("A Caixa está fora do ar agora. Quer que eu avise quando voltar?")
        assert "Tentar assim mesmo" not in labels(down)
        assert "🔗 Open Finance (recomendado)" in labels(down)
        ana.tap("Me avise quando voltar")
        ana.sees("Combinado: aviso aqui quando a Caixa voltar.")
    assert posts(pluggy) == 0
    set_health(pluggy, "ONLINE", 219)
    with running_bot(telegram, pluggy, database_url, clock):
        ana.sees("A Caixa voltou. Quer conectar agora?")
    with running_bot(telegram, pluggy, database_url, clock) as bot:
        assert bot.core.connector.list_returned_banks() == []
        assert ana.transcript().count("voltou") == 1
        ana.tap("🏦 Conectar")
        ana.tap("Autorizo")
        fill(ana, CPF, PASSWORD)
        ana.sees("✅ Caixa conectada")


def test_another_door_of_a_bank_that_is_down_stands_open(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    set_health(pluggy, "OFFLINE", 219)
    choose(ana, "Caixa", consent=False)
    ana.sees("fora do ar agora")
    ana.tap("Open Finance (recomendado)")
    ana.tap("Autorizo")
    ana.loses(ana.write(CPF))
    pluggy.authorize(ana.link("🔗 Autorizar"))
    ana.sees("✅ Caixa conectada")


def test_unstable_bank_may_be_tried(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    set_health(pluggy, "UNSTABLE", 219)
    choose(ana, "Caixa", consent=False)
    ana.sees("A Caixa está instável agora")
    ana.tap("Tentar assim mesmo")
    ana.tap("Autorizo")
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")


def test_bank_that_goes_down_in_the_last_moment_can_be_waited_for(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    ana.write(CPF)
    ana.sees("2 de 2")
    set_health(pluggy, "OFFLINE", 219)
    ana.write(PASSWORD)
    ana.sees("A Caixa está fora do ar agora")
    ana.tap("Me avise quando voltar")
    ana.sees("Combinado")
    assert pluggy.items() == []


def test_person_who_blocked_the_bot_is_not_waited_for(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    set_health(pluggy, "OFFLINE", 219)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose(ana, "Caixa", consent=False)
        ana.tap("Me avise quando voltar")
        ana.sees("Combinado")
    telegram.block(ANA)
    set_health(pluggy, "ONLINE", 219)
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        wait_until(lambda: bot.core.connector.list_returned_banks() == [])
    assert "voltou" not in ana.transcript()


def test_person_who_is_no_longer_allowed_is_not_told(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    bruno = Chat(telegram, BRUNO)
    set_health(pluggy, "OFFLINE", 219)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        for chat in (ana, bruno):
            choose(chat, "Caixa", consent=False)
            chat.tap("Me avise quando voltar")
            chat.sees("Combinado")
    set_health(pluggy, "ONLINE", 219)
    with running_bot(telegram, pluggy, sqlite_url, clock, allowed=[BRUNO]) as bot:
        bruno.sees("A Caixa voltou.")
        wait_until(lambda: [each.user_id for each in bot.core.connector.list_returned_banks()] == [ANA])
    assert "voltou" not in ana.transcript()


# --- twice the same bank -------------------------------------------------------------------------------------------


def test_password_is_exchanged_for_open_finance_and_the_history_stays(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    pluggy.options(evolve=False)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        connect_caixa(ana)
        choose(ana, "Caixa", "Open Finance (recomendado)", consent=False)
        twin = ana.sees("Você já conectou a Caixa (••")
        assert labels(twin) == [
            "Atualizar essa conexão",
            "Trocar a senha pelo Open Finance",
            "É outra conta minha",
            "Cancelar",
        ]
        ana.tap("Trocar a senha pelo Open Finance")
        ana.loses(ana.write(CPF))
        clock.advance(minutes=1)
        link = ana.link("🔗 Autorizar")
    pluggy.authorize(link)
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        end = ana.telegram.wait_for(ANA, lambda message: "Juntei o histórico que já estava aqui" in message["text"])
        assert "nenhuma repetida" in end["text"]
        wait_until(lambda: len(pluggy.items()) == 1)
        (connection,) = bot.core.connector.list_connections(ANA)
        assert connection["is_open_finance"]


def test_connection_that_others_may_use_is_not_replaced_without_a_warning(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        connect_caixa(ana)
        with bot.core.database.writing() as session:
            session.execute(update(ConnectionRow).values(adopted=True))
        choose(ana, "Caixa", "Open Finance (recomendado)", consent=False)
        ana.tap("Trocar a senha pelo Open Finance")
        warned = ana.sees("foi criada fora deste bot. Se eu a trocar, ela é encerrada na Pluggy")
        assert labels(warned) == ["Trocar assim mesmo", "Cancelar"]
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.tap("Trocar assim mesmo")
        ana.loses(ana.write(CPF))
        clock.advance(minutes=1)
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("✅ Caixa conectada")
        wait_until(lambda: len(pluggy.items()) == 1)


def test_connection_in_trouble_is_brought_back_from_the_question_about_it(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    connect_caixa(ana)
    pluggy.outcome("52998224725", "INVALID_CREDENTIALS")
    clock.advance(minutes=6)
    ana.write("/sincronizar")
    wait_until(lambda: bot.core.connector.list_connections(ANA)[0]["trouble_code"] is not None)
    pluggy.outcome("52998224725", None)
    choose(ana, "Caixa", consent=False)
    assert labels(ana.sees("Você já conectou a Caixa"))[:2] == ["Reconectar", "É outra conta minha"]
    ana.telegram.press(ANA, ana.sees("Você já conectou a Caixa")["message_id"], "Reconectar")
    ana.sees("Caixa: entrar de novo")
