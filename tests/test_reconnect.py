"""The way back in, lived through both local servers, each with a restart in its middle: the same item, its history kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from open_finance.records import Connection
from open_finance.reports import measure_connection
from open_finance.storage import system
from tests.bot_app import (
    BRUNO,
    CPF,
    PASSWORD,
    Chat,
    RunningBot,
    choose,
    choose_sandbox,
    connect_by_link,
    fill,
    running_bot,
)
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, Json, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

BARE_CPF = "52998224725"
NEW_PASSWORD = "uma-senha-nova"


def labels(message: Json) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


def connect_nubank(ana: Chat, pluggy: PluggyServer) -> Json:
    """By Open Finance."""
    pluggy.authorize(connect_by_link(ana))
    return ana.sees("✅ Nubank conectado")


def connect_caixa(ana: Chat) -> Json:
    """With user and password."""
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    return ana.sees("✅ Caixa conectada")


def only_connection(bot: RunningBot) -> Connection:
    (connection,) = bot.core.connector.list_connections(ANA)
    return connection


def notices(bot: RunningBot, pluggy: PluggyServer, **span: float) -> Connection:
    """Time passes at the bank, and the bot's next pass sees what it brought."""
    pluggy.advance(**(span or {"hours": 25}))
    connection = only_connection(bot)
    bot.core.synchronizer.sync_connection(user_id=ANA, connection_id=connection["id"])
    return only_connection(bot)


def go_back(ana: Chat, message: Json, connection: Connection) -> None:
    """Press a "Reconectar" that stands under a message."""
    ana.telegram.press(ANA, message["message_id"], data=f"rc:{connection['id']}")


def count_rows(bot: RunningBot) -> int:
    """All that is kept of the only connection."""
    return measure_connection(bot.core.database, ANA, only_connection(bot)["id"]).transactions


def under_way(bot: RunningBot) -> bool:
    """Whether anything would still be polled."""
    with bot.core.database.reading() as session:
        return bool(system.list_flows_to_poll(session, datetime(2030, 1, 1, tzinfo=UTC)))


def only_item(pluggy: PluggyServer) -> str:
    (item,) = pluggy.items()
    return str(item["id"])


def patches(pluggy: PluggyServer) -> int:
    return sum(one["method"] == "PATCH" for one in pluggy.requests())


# --- Open Finance --------------------------------------------------------------------------------------------------


def test_revoked_consent_is_renewed_and_the_end_counts_what_was_kept(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, database_url, clock) as bot:
        end = connect_nubank(ana, pluggy)
        before, item_id = count_rows(bot), only_item(pluggy)
        clock.advance(minutes=1)
        pluggy.revoke_consent(item_id)
        connection = notices(bot, pluggy)
        assert connection["trouble_code"] == "USER_AUTHORIZATION_REVOKED"
        go_back(ana, end, connection)
        ana.sees("Nubank: renovar a autorização")
        ana.loses(ana.write(CPF))
        message = ana.sees("Toque em Autorizar no Nubank")
        link = ana.link("🔗 Autorizar")
    pluggy.authorize(link)
    with running_bot(telegram, pluggy, database_url, clock) as bot:
        done = ana.sees("✅ Nubank renovado.")
        assert done["message_id"] == message["message_id"] > end["message_id"]
        said = re.search(
            r"renovado\. ([\d.]+) transações mantidas, (?:(\d+) retiradas? pelo banco, )?(\d+) novas desde .+?, "
            r"nenhuma repetida\.",
            done["text"],
        )
        assert said is not None
        kept, withdrawn, new = int(said[1].replace(".", "")), int(said[2] or 0), int(said[3])
        assert kept + new == count_rows(bot)
        assert kept + withdrawn == before  # a bank may take a row back
        assert only_item(pluggy) == item_id
        assert only_connection(bot)["trouble_code"] is None
        ana.tap(f"Ver as {new}")
        ana.sees("lançamentos")


@pytest.mark.parametrize("how", ["denied", "cancelled", "expired"])
def test_renewal_that_is_given_up_changes_nothing(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock, how: str
) -> None:
    end = connect_nubank(ana, pluggy)
    before, item_id, connection = count_rows(bot), only_item(pluggy), only_connection(bot)
    pluggy.options(link_seconds=230)  # nearly thirteen hours of the bank's time
    go_back(ana, end, connection)
    ana.sees("Nubank: renovar a autorização")
    ana.loses(ana.write(CPF))
    link = ana.link("🔗 Autorizar")
    if how == "cancelled":
        ana.tap("Cancelar")
    elif how == "denied":
        pluggy.authorize(link, "deny")
    else:
        pluggy.advance(hours=13)
    ana.sees("O Nubank segue como estava.")
    clock.advance(minutes=5)
    wait_until(lambda: not under_way(bot))
    assert only_item(pluggy) == item_id
    assert count_rows(bot) == before
    assert "🔗 Autorizar no Nubank" not in labels(ana.messages()[-1])
    if how != "cancelled":
        ana.tap("Gerar novo link" if how == "expired" else "Tentar de novo")
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("✅ Nubank renovado.")
    assert only_item(pluggy) == item_id


def test_giving_up_before_anything_left_sends_nothing(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        end = connect_nubank(ana, pluggy)
        connection = only_connection(bot)
        go_back(ana, end, connection)
        asked = ana.sees("renovar a autorização")
        ana.write("/cancelar")
        ana.sees("Tudo bem. O Nubank segue como estava.")
        ana.loses(asked)
        go_back(ana, end, connection)
        ana.sees("renovar a autorização")
        clock.advance(minutes=16)
        ana.sees("Esperei 15 minutos e parei. O Nubank segue como estava.")
        ana.tap("Recomeçar")
        ana.sees("renovar a autorização")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.sees("esqueci o que você digitou")
        ana.tap("Recomeçar")
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("✅ Nubank renovado.")
    assert patches(pluggy) == 1


def test_renewal_of_a_joint_account_waits_for_the_other_holder(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        end = connect_nubank(ana, pluggy)
        pluggy.joint(BARE_CPF)
        go_back(ana, end, only_connection(bot))
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("Falta a outra pessoa titular aprovar")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.tap("Ver pedido")
        ana.sees("Pedido ao Nubank")
        pluggy.approve_device(only_item(pluggy))

        def told_after_a_minute() -> bool:
            clock.advance(minutes=1)
            return "✅ Nubank renovado." in ana.transcript()

        wait_until(told_after_a_minute, every=0.3)


def test_end_that_waits_for_the_other_holder_is_told_after_another_bank_came_between(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        end = connect_nubank(ana, pluggy)
        item_id = only_item(pluggy)
        pluggy.joint(BARE_CPF)
        go_back(ana, end, only_connection(bot))
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("Falta a outra pessoa titular aprovar")
        choose(ana, "Caixa", consent=False)
        fill(ana, CPF, PASSWORD)
        ana.sees("✅ Caixa conectada")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        pluggy.approve_device(item_id)

        def told_after_a_minute() -> bool:
            clock.advance(minutes=1)
            return "✅ Nubank renovado." in ana.transcript()

        wait_until(told_after_a_minute, every=0.3)


def test_bank_that_is_on_its_way_out_is_followed_no_longer(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    end = connect_nubank(ana, pluggy)
    go_back(ana, end, only_connection(bot))
    ana.loses(ana.write(CPF))
    ana.link("🔗 Autorizar")
    pluggy.fault("status", method="DELETE", status=503, count=None)
    ana.write("/desconectar_banco")
    ana.tap("Nubank (")
    ana.tap("Guardar histórico")
    ana.sees("A Pluggy ainda não confirmou")
    ana.sees("Parei por aqui: você pediu para desconectar o Nubank.")
    wait_until(lambda: bot.context.conversations.active(ANA) is None)  # after it is shown, never before
    assert not ana.has_button("🔗 Autorizar")


def test_refresh_that_ends_does_not_take_the_place_of_a_question(
    bot: RunningBot, ana: Chat, clock: ManualClock
) -> None:
    end = connect_caixa(ana)
    clock.advance(minutes=6)
    connection = only_connection(bot)
    bot.core.connector.request_refresh(ANA, connection["id"])
    go_back(ana, end, connection)
    asked = ana.sees("Caixa: entrar de novo · 1 de 2")

    def refreshed_after_a_minute() -> bool:
        clock.advance(minutes=1)
        return not under_way(bot)

    wait_until(refreshed_after_a_minute, every=0.3)
    assert [one["text"] for one in ana.messages() if one["message_id"] == asked["message_id"]] == [asked["text"]]
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa renovada.")


# --- user and password ---------------------------------------------------------------------------------------------


def test_changed_password_is_given_again(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        end = connect_caixa(ana)
        before, item_id = count_rows(bot), only_item(pluggy)
        pluggy.change_password(BARE_CPF, NEW_PASSWORD)
        connection = notices(bot, pluggy)
        assert connection["trouble_code"] == "INVALID_CREDENTIALS"
        go_back(ana, end, connection)
        ana.sees("Caixa: entrar de novo · 1 de 2")
        ana.loses(ana.write(CPF))
        ana.sees("2 de 2")
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        lost = ana.sees("Nada foi enviado ao banco. A Caixa segue como estava.")
        assert labels(lost) == ["Recomeçar"]
        ana.tap("Recomeçar")
        fill(ana, CPF, NEW_PASSWORD)
        ana.sees("✅ Caixa renovada.")
        assert only_item(pluggy) == item_id
        assert count_rows(bot) >= before


def test_passwords_refused_on_the_way_back_stop_it(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    end = connect_caixa(ana)
    pluggy.change_password(BARE_CPF, NEW_PASSWORD)
    go_back(ana, end, only_connection(bot))
    fill(ana, CPF, PASSWORD)
    assert "Corrigir" in labels(ana.sees("A Caixa segue como estava."))
    ana.tap("Corrigir")
    fill(ana, CPF, PASSWORD)
    stopped = ana.sees("recusou")
    assert "Corrigir" not in labels(stopped)
    assert "A Caixa segue como estava." in stopped["text"]
    assert len(pluggy.items()) == 1


def test_bank_that_waits_for_something_in_its_app_asks_for_nothing_here(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        end = connect_caixa(ana)
        pluggy.outcome(BARE_CPF, "ACCOUNT_NEEDS_ACTION")
        connection = notices(bot, pluggy)
        go_back(ana, end, connection)
        ana.sees("A Caixa pede que você abra o app e aceite um aviso. Depois, toque em Continuar.")
    pluggy.outcome(BARE_CPF, None)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.tap("Continuar")
        ana.sees("✅ Caixa renovada.")
        assert "Digite:" not in ana.transcript()


def test_code_is_asked_on_the_way_back_too(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        choose_sandbox(ana, "Pluggy Bank 2-step")
        fill(ana, "user-ok", "password-ok")
        ana.sees("Chave de segurança")
        ana.write("123456")
        end = ana.sees("✅ Pluggy Bank 2-step conectado")
        go_back(ana, end, only_connection(bot))
        ana.sees("entrar de novo")
        fill(ana, "user-ok", "password-ok")
        ana.sees("Chave de segurança")
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        wait_until(lambda: _is_asked(bot))
        ana.loses(ana.write("123456"))
        ana.sees("✅ Pluggy Bank 2-step renovado.")


def test_code_of_the_moment_is_asked_last_and_must_be_a_new_one(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    def fill_three(code: str) -> None:
        ana.sees("1 de 3")
        ana.write("user-ok")
        ana.sees("2 de 3")
        ana.write("password-ok")
        ana.sees("3 de 3")
        ana.loses(ana.write(code))

    choose_sandbox(ana, "Pluggy Bank 1-step")
    fill_three("123456")
    end = ana.sees("✅ Pluggy Bank 1-step conectado")
    go_back(ana, end, only_connection(bot))
    fill_three("123456")
    ana.sees("Esse código já foi usado")
    ana.tap("Tentar de novo")
    fill_three("654321")
    ana.sees("✅ Pluggy Bank 1-step renovado.")
    assert len(pluggy.items()) == 1


def _is_asked(bot: RunningBot) -> bool:
    conversation = bot.context.conversations.active(ANA)
    return conversation is not None and conversation.action is not None


# --- what cannot stand again as it is ------------------------------------------------------------------------------


def test_closed_door_leads_to_open_finance_with_the_history(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock, ana: Chat
) -> None:
    pluggy.options(evolve=False)
    with running_bot(telegram, pluggy, database_url, clock) as bot:
        end = connect_caixa(ana)
        before = count_rows(bot)
        pluggy.close_connector(219)
        connection = notices(bot, pluggy)
        assert connection["trouble_code"] == "DOOR_CLOSED"
        go_back(ana, end, connection)
        ana.sees("O acesso por senha à Caixa foi encerrado. Conecte de novo pelo Open Finance")
    clock.advance(minutes=1)
    with running_bot(telegram, pluggy, database_url, clock) as bot:
        ana.tap("Conectar pelo Open Finance")
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"))
        done = ana.telegram.wait_for(ANA, lambda message: "Juntei o histórico que já estava aqui" in message["text"])
        assert "nenhuma repetida" in done["text"]
        wait_until(lambda: len(pluggy.items()) == 1)
        assert only_connection(bot)["is_open_finance"]
        assert count_rows(bot) == before


def test_account_that_the_new_door_does_not_bring_is_named_as_left_behind(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    pluggy.options(evolve=False)
    end = connect_caixa(ana)
    pluggy.close_connector(219)
    go_back(ana, end, notices(bot, pluggy))
    ana.tap("Conectar pelo Open Finance")
    ana.loses(ana.write(CPF))
    link = ana.link("🔗 Autorizar")
    pluggy.authorize(link, accounts=pluggy.offered_accounts(link)[:1])
    done = ana.telegram.wait_for(ANA, lambda message: "Juntei o histórico que já estava aqui" in message["text"])
    assert "1 conta do acesso anterior não veio por aqui: o histórico fica guardado, mas sem atualizar." in done["text"]


def test_connection_that_pluggy_lost_is_connected_anew_with_its_history(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    pluggy.options(evolve=False)
    end = connect_nubank(ana, pluggy)
    before = count_rows(bot)
    bot.core.client.delete_item(only_item(pluggy))
    connection = notices(bot, pluggy, minutes=1)
    assert connection["gone"]
    go_back(ana, end, connection)
    ana.sees("A conexão com o Nubank não existe mais na Pluggy.")
    ana.tap("Conectar de novo")
    ana.loses(ana.write(CPF))
    pluggy.authorize(ana.link("🔗 Autorizar"))
    ana.telegram.wait_for(ANA, lambda message: "Juntei o histórico que já estava aqui" in message["text"])
    assert count_rows(bot) == before
    assert len(bot.core.connector.list_connections(ANA)) == 1


def test_meu_pluggy_is_renewed_where_it_was_made(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose_sandbox(ana, "MeuPluggy")
    pluggy.authorize(ana.link("🔗 Autorizar"))
    end = ana.sees("✅ Nubank conectado")
    go_back(ana, end, only_connection(bot))
    told = ana.sees("O Nubank chega pelo MeuPluggy.")
    assert labels(told) == ["🔗 Abrir o MeuPluggy", "Conectar de novo por aqui", "Cancelar"]
    ana.tap("Cancelar")
    ana.sees("Tudo bem. O Nubank segue como estava.")
    assert patches(pluggy) == 0


# --- what may go wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cut_after", "cut_before"])
def test_answer_that_is_lost_makes_no_second_item(bot: RunningBot, ana: Chat, pluggy: PluggyServer, kind: str) -> None:
    end = connect_caixa(ana)
    item_id = only_item(pluggy)
    pluggy.fault(kind, method="PATCH", path="/items/")
    go_back(ana, end, only_connection(bot))
    fill(ana, CPF, PASSWORD)
    if kind == "cut_before":
        ana.sees("A Caixa segue como estava.")
        ana.tap("Tentar de novo")
        fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa renovada.")
    assert only_item(pluggy) == item_id


def test_person_in_the_middle_of_another_flow_is_told(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    end = connect_caixa(ana)
    choose(ana, "Nubank", "Open Finance (recomendado)", consent=False)
    ana.sees("Digite seu CPF")
    query = telegram.press(ANA, end["message_id"], data=f"rc:{only_connection(bot)['id']}")
    assert telegram.wait_for_answer(query)["text"].startswith("Você está no meio da conexão com o Nubank.")
    assert ana.sees("Digite seu CPF")


def test_somebody_elses_connection_is_a_missing_one(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, pluggy: PluggyServer
) -> None:
    connect_caixa(ana)
    bruno = Chat(telegram, BRUNO)
    bruno.write("/start")
    message, number = bruno.sees("Olá"), only_connection(bot)["id"]
    for data in [
        f"{verb}{ids}" for verb in ("rc", "rcgo", "rcok", "rcnew", "rcno") for ids in (f":{number}", "", ":x")
    ]:
        query = telegram.press(BRUNO, message["message_id"], data=data)
        assert telegram.wait_for_answer(query)["text"] == "Este menu expirou. Use /minhas_contas"
    assert patches(pluggy) == 0
