"""The way back in, lived through both local servers, each with a restart in its middle: the same item, its history kept."""

from __future__ import annotations

import re

import pytest

from tests.bot_app import (
    BRUNO,
    CPF,
    PASSWORD,
    Chat,
    RunningBot,
    choose,
    choose_sandbox,
    fill,
    running_bot,
)
from tests.clocks import ManualClock
from tests.going_back import (
    BARE_CPF,
    connect_caixa,
    connect_nubank,
    count_rows,
    go_back,
    labels,
    notices,
    only_connection,
    only_item,
    patches,
    under_way,
)
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


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
        listed = ana.sees("📄 Novos desde")
        assert f" · {new} lançamento" in listed["text"]


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


@pytest.mark.parametrize("lost", ["door", "item"])
def test_screen_that_has_said_why_leads_straight_on(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, lost: str
) -> None:
    if lost == "door":
        connect_caixa(ana)
        pluggy.close_connector(219)
        notices(bot, pluggy)
        bank, why, label = "Caixa", "O acesso por senha à Caixa foi encerrado", "Conectar pelo Open Finance"
    else:
        connect_nubank(ana, pluggy)
        bot.core.client.delete_item(only_item(pluggy))
        notices(bot, pluggy, minutes=1)
        bank, why, label = "Nubank", "A conexão com o Nubank não existe mais na Pluggy", "Conectar de novo"
    ana.write("/minhas_contas")
    ana.tap(f"{bank} ⚠️")
    screen = ana.sees(why)
    ana.tap(label)
    asked = ana.sees(f"{bank} pelo Open Finance\n\nDigite seu CPF")
    assert asked["message_id"] > screen["message_id"]
    assert why not in asked["text"]  # a notice of the same trouble may stand above
    assert len(pluggy.items()) == (lost == "door")


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
        f"{verb}{ids}" for verb in ("rc", "rcgo", "rcok", "rcanew", "rcnew", "rcno") for ids in (f":{number}", "", ":x")
    ]:
        query = telegram.press(BRUNO, message["message_id"], data=data)
        assert telegram.wait_for_answer(query)["text"] == "Este menu expirou. Use /minhas_contas"
    bot.rest(BRUNO)
    assert patches(pluggy) == 0
