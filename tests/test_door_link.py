"""Open Finance, lived through both local servers: the link, the other device, and every way its request ends."""

from __future__ import annotations

import re

import pytest

from tests.bot_app import BRUNO, CPF, Chat, RunningBot, choose, connect_by_link, posts, running_bot
from tests.clocks import START, ManualClock
from tests.pluggy_server import PluggyServer, start_pluggy, wait_until
from tests.telegram_server import ANA, Json, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

STRANGER = "000.000.001-91"  # valid, and no bank has a client with it


def labels(message: Json) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


def picture(ana: Chat) -> Json:
    return ana.telegram.wait_for(ANA, lambda message: message["photo"])


def comes_with_time(ana: Chat, clock: ManualClock, fragment: str) -> Json:
    """What the ticks bring, each a minute after the last."""

    def told_after_a_minute() -> bool:
        clock.advance(minutes=1)
        return fragment in ana.transcript()

    wait_until(told_after_a_minute, every=0.3)
    return ana.sees(fragment)


def comes_below(ana: Chat, message: Json, fragment: str) -> Json:
    """A newer message of the bot's with these words."""
    number = message["message_id"]
    return ana.telegram.wait_for(ANA, lambda shown: shown["message_id"] > number and fragment in shown["text"])


# --- the wait for the link -----------------------------------------------------------------------------------------


def test_link_that_is_slow_to_come_is_waited_for_through_a_restart(
    telegram: TelegramServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with start_pluggy(speed=0.01, wall=START.timestamp) as slow:
        with running_bot(telegram, slow, sqlite_url, clock):
            choose(ana, "Nubank", "Open Finance (recomendado)")
            ana.loses(ana.write(CPF))
            message = ana.sees("⏳ Pedindo o link ao Nubank…")
            clock.advance(25)
            ana.sees("O Nubank está demorando para mandar o link")
        with running_bot(telegram, slow, sqlite_url, clock):
            clock.advance(60)
            ana.sees("O Nubank ainda não mandou o link. Sigo esperando")
            slow.advance(minutes=1)
            assert ana.sees("Toque em Autorizar no Nubank")["message_id"] == message["message_id"]
            slow.authorize(ana.link("🔗 Autorizar"))
            slow.advance(minutes=1)
            ana.sees("✅ Nubank conectado")
        assert posts(slow) == 1


# --- another device ------------------------------------------------------------------------------------------------


def test_link_opens_on_another_device_by_one_picture_that_goes_with_it(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, telegram: TelegramServer
) -> None:
    link = connect_by_link(ana)
    ana.tap("Abrir em outro aparelho (QR)")
    shown = picture(ana)
    assert telegram.file(shown).startswith(b"\x89PNG")
    assert "Aponte a câmera do outro aparelho para este QR code: ele abre a página do Nubank. Vale até" in shown["text"]
    bot.rest(ANA)  # the same tap while the first is in hand would be the second of two in a hurry
    again = ana.tap("Abrir em outro aparelho (QR)")
    assert telegram.wait_for_answer(again)["text"] == "O QR code já está aqui na conversa."
    bot.rest(ANA)  # a tap may be answered before it is acted on
    assert [message["photo"] for message in ana.messages()].count(None) == len(ana.messages()) - 1
    pluggy.authorize(link)
    ana.loses(shown)
    ana.sees("✅ Nubank conectado")


def test_picture_of_the_link_can_be_thrown_away_after_a_restart_and_nothing_else_can(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        connect_by_link(ana)
        ana.tap("Abrir em outro aparelho (QR)")
        shown = picture(ana)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.tap("Apagar esta imagem")
        ana.loses(shown)
        message = ana.sees("Toque em Autorizar")
        telegram.wait_for_answer(telegram.press(ANA, message["message_id"], data="cn_throw"))
        assert ana.has_button("Já autorizei")
        ana.tap("Abrir em outro aparelho (QR)")
        picture(ana)


# --- who does not get through --------------------------------------------------------------------------------------


def test_bank_that_sends_people_to_a_shop_hangs_and_its_person_is_helped(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    choose(ana, "Bradesco", "Open Finance (recomendado)")
    ana.loses(ana.write(CPF))
    link = ana.link("🔗 Autorizar")
    pluggy.authorize(link, "bounce")
    ana.telegram.wait_for_answer(ana.tap("Já autorizei"))
    bot.rest(ANA)
    ana.tap("Já autorizei")
    helped = ana.sees("Se o app do banco abriu a loja")
    assert link in helped["text"]
    assert labels(helped) == ["🔗 Autorizar no Bradesco", "Já autorizei", "Abrir em outro aparelho (QR)", "Cancelar"]
    pluggy.authorize(link)
    ana.sees("✅ Bradesco conectado")


def test_who_looks_at_a_link_for_long_is_helped_unasked(bot: RunningBot, ana: Chat, clock: ManualClock) -> None:
    connect_by_link(ana)
    assert "abriu a loja" not in ana.sees("Toque em Autorizar")["text"]
    clock.advance(minutes=3)
    ana.sees("Se o app do banco abriu a loja")


def test_link_that_expires_while_the_bot_is_down_says_when_and_makes_room_for_another(
    telegram: TelegramServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with start_pluggy(speed=50, wall=START.timestamp, options={"link_seconds": 24}) as pluggy:  # twenty minutes
        with running_bot(telegram, pluggy, sqlite_url, clock):
            connect_by_link(ana)
            message = ana.sees("O link vale até 12:2")
        pluggy.advance(hours=1)
        with running_bot(telegram, pluggy, sqlite_url, clock):
            makes_room(ana, pluggy, message)


def makes_room(ana: Chat, pluggy: PluggyServer, message: Json) -> None:
    told = ana.sees("expirou às")
    assert re.fullmatch(r"O link do Nubank expirou às 12:2\d\. Gero outro\?", told["text"])
    assert told["message_id"] == message["message_id"]
    wait_until(lambda: not pluggy.items())
    ana.tap("Gerar novo link")
    ana.loses(ana.write(CPF))
    pluggy.authorize(ana.link("🔗 Autorizar"))
    ana.sees("✅ Nubank conectado")


# --- how it ends ---------------------------------------------------------------------------------------------------


def test_nothing_shared_is_said_and_can_be_done_over(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        link = connect_by_link(ana)
    pluggy.authorize(link, accounts=[])
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.sees("O Nubank autorizou, mas sem nenhuma conta")
        wait_until(lambda: not pluggy.items())
        ana.tap("Refazer autorização")
        ana.loses(ana.write(CPF))
        link = ana.link("🔗 Autorizar")
        pluggy.authorize(link, accounts=pluggy.offered_accounts(link)[:1])
        assert ana.sees("✅ Nubank conectado")["text"].count("•••") == 0
        assert len(pluggy.items()) == 1


def test_cpf_that_the_bank_does_not_know_can_be_corrected(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose(ana, "Itaú", "Open Finance (recomendado)")
    ana.loses(ana.write(STRANGER))
    end = ana.sees("O Itaú não encontrou conta")
    assert labels(end) == ["Corrigir CPF", "Outro banco"]
    wait_until(lambda: not pluggy.items())
    ana.tap("Corrigir CPF")
    ana.loses(ana.write(CPF))
    pluggy.authorize(ana.link("🔗 Autorizar"))
    ana.sees("✅ Itaú conectado")


def test_bank_that_waits_for_its_link_is_no_connection_yet_and_leads_back_to_it(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        connect_by_link(ana)
        ana.write("o que faço?")
        ana.sees("Falta você autorizar no Nubank: toque no botão do link.")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.write("/minhas_contas")
        ana.tap("Nubank ⏳")
        own = ana.sees("Falta você autorizar no app do Nubank.")
        assert "Conectado" not in own["text"]
        ana.telegram.press(ANA, own["message_id"], "Ver o link")
        comes_below(ana, own, "Toque em Autorizar no Nubank")
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("✅ Nubank conectado")


def test_joint_account_waits_for_the_other_holder_and_says_where_it_stands(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    pluggy.joint("52998224725")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        pluggy.authorize(connect_by_link(ana))
        waiting = ana.sees("Falta a outra pessoa titular aprovar no app do Nubank")
        assert labels(waiting) == ["Ver pedido", "Cancelar"]
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.tap("Ver pedido")
        standing = ana.sees("Pedido ao Nubank")
        assert "Espero até 30/11" in standing["text"]
        choose(ana, "Nubank", "Open Finance (recomendado)", consent=False)  # the person is free meanwhile
        again = ana.sees("Seu pedido ao Nubank ainda espera a outra pessoa titular.")
        assert labels(again) == ["Ver pedido", "É outra conta minha", "Cancelar"]
        ana.telegram.press(ANA, again["message_id"], "Ver pedido")
        comes_below(ana, again, "Pedido ao Nubank")
        ana.loses(standing)
        ana.write("/minhas_contas")
        ana.tap("Nubank ⏳")
        assert labels(ana.sees("🏦 Nubank")) == ["Ver pedido", "‹ Voltar", "Desconectar"]
        pluggy.approve_device(pluggy.items()[0]["id"])
        comes_with_time(ana, clock, "✅ Nubank conectado")


def test_other_holder_who_refuses_ends_the_request(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    pluggy.joint("52998224725", "refuses")
    pluggy.authorize(connect_by_link(ana))
    ana.sees("Falta a outra pessoa titular aprovar")
    pluggy.advance(minutes=41)
    comes_with_time(ana, clock, "O compartilhamento não foi autorizado no Nubank")
    wait_until(lambda: not pluggy.items())


@pytest.mark.parametrize(
    ("door", "typed", "other", "goes_on"),
    [
        ("Open Finance de empresa", CPF, "Conectar pelo CPF", "Digite seu CPF"),
        ("Open Finance (recomendado)", "11.222.333/0001-81", "Conectar pelo CNPJ", "Digite seu CNPJ"),
    ],
)
def test_number_for_the_other_door_leads_there(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, door: str, typed: str, other: str, goes_on: str
) -> None:
    choose(ana, "Itaú", door)
    ana.sees("Itaú pelo Open Finance")
    ana.loses(ana.write(typed))
    assert labels(ana.sees("⚠️")) == [other, "Cancelar"]
    ana.tap(other)
    asked = ana.sees(goes_on)
    assert labels(asked) == ["Cancelar"]
    assert "⚠️" not in asked["text"]
    if other == "Conectar pelo CPF":
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("✅ Itaú conectado")


def test_same_person_at_the_same_bank_twice_is_caught_though_insisted_on(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    pluggy.authorize(connect_by_link(ana))
    ana.sees("✅ Nubank conectado")
    choose(ana, "Nubank", "Open Finance (recomendado)", consent=False)
    ana.tap("É outra conta minha")
    ana.loses(ana.write(CPF))
    if ana.has_button("🔗 Autorizar"):
        pluggy.authorize(ana.link("🔗 Autorizar"))
    wait_until(lambda: posts(pluggy) == 2)
    wait_until(lambda: len(pluggy.items()) == 1)
    assert len(bot.core.connector.list_connections(ANA)) == 1


@pytest.mark.parametrize("verb", ["cn_qr", "cn_req", "cn_see"])
def test_somebody_elses_request_is_a_missing_one(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, verb: str
) -> None:
    connect_by_link(ana)
    (connection,) = bot.core.connector.list_connections(ANA)
    bruno = Chat(telegram, BRUNO)
    bruno.write("/start")
    message = bruno.sees("Olá")
    query = telegram.press(BRUNO, message["message_id"], data=f"{verb}:{connection['id']}")
    assert telegram.wait_for_answer(query)["text"] == "Este menu expirou. Use /conectar_banco"
    bot.rest(BRUNO)
    assert all(message["photo"] is None for message in bruno.messages())
