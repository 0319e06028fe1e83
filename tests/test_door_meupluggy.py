"""MeuPluggy, one connection a bank; and connections that were made elsewhere, taken over by their id."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bot_app import CPF, PASSWORD, Chat, RunningBot, choose_sandbox, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import Caller, PluggyServer, wait_until
from tests.telegram_server import ANA, Json, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

UNKNOWN = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


@pytest.fixture
def elsewhere(pluggy: PluggyServer) -> Iterator[Caller]:
    """Another program with the same keys."""
    caller = Caller(pluggy)
    yield caller
    caller.close()


def labels(message: Json) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


def made_elsewhere(elsewhere: Caller, **more: str) -> str:
    """The id of an item of Caixa's that nobody here has seen."""
    return str(elsewhere.connect(219, {"user": "52998224725", "password": PASSWORD}, **more)["id"])


# --- MeuPluggy -----------------------------------------------------------------------------------------------------


def test_each_bank_of_meu_pluggy_is_a_connection_with_its_own_name(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose_sandbox(ana, "MeuPluggy")
        link = ana.link("🔗 Autorizar no MeuPluggy")
        assert "Abra o MeuPluggy, escolha um banco e autorize." in ana.sees("Cada banco é uma conexão")["text"]
    pluggy.authorize(link)
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        first = ana.sees("✅ Nubank conectado")
        assert "O MeuPluggy atualiza uma vez por dia; aqui o botão Atualizar só relê." in first["text"]
        ana.tap("Conectar outro banco do MeuPluggy")
        pluggy.authorize(ana.link("🔗 Autorizar no MeuPluggy"), bank=601)
        assert ana.sees("✅ Itaú conectado")["message_id"] > first["message_id"]
        names = [one["connector_name"] for one in bot.core.connector.list_connections(ANA)]
        assert names == ["Nubank", "Itaú"]
    assert len(pluggy.items()) == 2


# --- a connection that exists already ------------------------------------------------------------------------------


def test_connection_made_elsewhere_is_taken_over_by_its_id(
    telegram: TelegramServer, pluggy: PluggyServer, elsewhere: Caller, database_url: str, clock: ManualClock, ana: Chat
) -> None:
    item_id = made_elsewhere(elsewhere)
    with running_bot(telegram, pluggy, database_url, clock):
        ana.write("/conectar_banco")
        message = ana.sees("Qual banco")
        ana.tap("Já tenho uma conexão na Pluggy")
        ana.tap("Autorizo")
        assert ana.sees("Mande o código dela")["message_id"] == message["message_id"]
        ana.loses(ana.write("isto não é um id"))
        ana.sees("Isso não parece o código de uma conexão")
    with running_bot(telegram, pluggy, database_url, clock) as bot:
        ana.loses(ana.write(f" {item_id.upper()} "))
        ana.sees("✅ Caixa conectada")
        (connection,) = bot.core.connector.list_connections(ANA)
        assert connection["item_id"] == item_id
        assert item_id not in ana.transcript()
        ana.write(item_id)
        no_news = ana.sees("A Caixa já está conectada, com essas mesmas contas. Nada mudou.")
        assert [button["text"] for row in no_news["buttons"] for button in row] == ["Ver essa conexão", "Outro banco"]
        assert ana.transcript().count("✅ Caixa conectada") == 1
        assert len(bot.core.connector.list_connections(ANA)) == 1


def test_adopted_connection_that_is_at_work_goes_on_after_a_restart(
    telegram: TelegramServer, pluggy: PluggyServer, elsewhere: Caller, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    item_id = str(elsewhere.create(612, {"cpf": "52998224725"})["id"])
    pluggy.advance(seconds=30)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.write("/conectar_banco")
        ana.sees("Qual banco")
        ana.loses(ana.write(item_id))  # typed while a bank is being chosen
        ana.tap("Autorizo")
        link = ana.link("🔗 Autorizar no Nubank")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        pluggy.authorize(link)
        ana.sees("✅ Nubank conectado")
    assert [item["id"] for item in pluggy.items()] == [item_id]


def test_giving_up_an_adopted_connection_leaves_it_where_it_was_made(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, elsewhere: Caller
) -> None:
    item_id = str(elsewhere.create(612, {"cpf": "52998224725"})["id"])
    pluggy.advance(seconds=30)
    ana.write(item_id)
    ana.tap("Autorizo")
    ana.link("🔗 Autorizar no Nubank")
    ana.tap("Cancelar")
    ana.sees("Cancelado. Aqui nada foi guardado; na Pluggy a conexão segue como estava.")
    wait_until(lambda: bot.core.connector.list_connections(ANA) == [])
    assert [item["id"] for item in pluggy.items()] == [item_id]


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's"])
def test_id_that_is_not_ones_own_is_refused_with_one_sentence(
    bot: RunningBot, ana: Chat, elsewhere: Caller, whose: str
) -> None:
    item_id = UNKNOWN if whose == "nobody's" else made_elsewhere(elsewhere, clientUserId="2000")
    ana.write(item_id)
    ana.tap("Autorizo")
    end = ana.sees("Não encontrei essa conexão na Pluggy, ou ela não é sua.")
    assert labels(end) == ["Mandar outro código", "Outro banco"]
    assert bot.core.connector.list_connections(ANA) == []
    ana.tap("Mandar outro código")
    ana.loses(ana.write(made_elsewhere(elsewhere, clientUserId="1000")))
    ana.sees("✅ Caixa conectada")


def test_plan_that_forbids_new_connections_offers_to_take_one_over(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, elsewhere: Caller
) -> None:
    item_id = made_elsewhere(elsewhere)
    pluggy.options(free_plan=True)
    choose_sandbox(ana, "Pluggy Digital")
    ana.sees("1 de 2")
    ana.write("user-ok")
    ana.sees("2 de 2")
    ana.write("password-ok")
    ana.sees("não permite conectar por aqui")
    ana.tap("Já tenho uma conexão na Pluggy")
    ana.loses(ana.write(item_id))
    ana.sees("✅ Caixa conectada")
    assert CPF not in ana.transcript()
