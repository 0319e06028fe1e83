"""What hurried, clumsy and hostile people do to a connection, and what they get for it."""

from __future__ import annotations

import pytest

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
    posts,
    running_bot,
)
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, start_pluggy, wait_until
from tests.story import data_of
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


# --- in a hurry ----------------------------------------------------------------------------------------------------


def test_two_taps_on_a_button_do_nothing_twice(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose(ana, "Caixa", consent=False)
    message = ana.sees("preciso da sua autorização")
    agreed = data_of(message, "Autorizo")
    for _ in range(3):  # the later taps may come when the message shows another button already
        ana.telegram.press(ANA, message["message_id"], data=agreed)
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")
    assert posts(pluggy) == 1
    assert len(bot.core.connector.list_connections(ANA)) == 1


def test_everything_typed_at_once_arrives_in_order(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    typed = [ana.write(text) for text in (CPF, PASSWORD, PASSWORD, PASSWORD)]
    for message in typed:
        ana.loses(message)
    ana.sees("✅ Caixa conectada")
    assert posts(pluggy) == 1
    assert "Ainda conectando a Caixa" in ana.transcript()


def test_password_typed_twice_is_not_taken_for_the_code(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose_sandbox(ana, "Pluggy Bank 1-step")
    ana.sees("1 de 3")
    ana.write("user-ok")
    ana.sees("2 de 3")
    for message in [ana.write("password-ok"), ana.write("password-ok")]:
        ana.loses(message)
    assert "3 de 3" in ana.sees("chegou duas vezes")["text"]
    ana.write("123456")
    ana.sees("✅ Pluggy Bank 1-step conectado")
    assert posts(pluggy) == 1


def test_password_typed_again_after_the_end_is_deleted_too(bot: RunningBot, ana: Chat) -> None:
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")
    ana.loses(ana.write(PASSWORD))
    ana.write("saldo")
    ana.sees("Saldo: R$")


def test_other_password_typed_after_a_refusal_is_deleted(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose(ana, "Caixa")
    fill(ana, CPF, "errada")
    ana.sees("não aceitou")
    ana.loses(ana.write("outra-senha"))
    ana.sees("Essa conexão já terminou. Apaguei sua mensagem")
    assert posts(pluggy) == 1


def test_secret_typed_where_a_tap_is_awaited_is_deleted_and_that_is_said_once(bot: RunningBot, ana: Chat) -> None:
    ana.loses(ana.write(CPF))  # in no flow at all
    ana.sees("Apaguei sua mensagem: parece um CPF")
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")
    choose(ana, "Caixa", consent=False)
    ana.sees("Você já conectou a Caixa")
    for message in [ana.write(CPF), ana.write(PASSWORD)]:
        ana.loses(message)
    ana.write("e agora?")
    ana.sees("Para seguir, toque num dos botões da mensagem acima, ou em /cancelar.")
    assert ana.transcript().count("Apaguei sua mensagem. Para seguir, toque num dos botões acima.") == 1
    assert "Essa conexão já terminou" not in ana.transcript()


def test_text_while_the_bank_works_is_deleted_and_answered(
    telegram: TelegramServer, sqlite_url: str, clock: ManualClock
) -> None:
    ana = Chat(telegram, ANA)
    with start_pluggy(speed=1) as slow, running_bot(telegram, slow, sqlite_url, clock):
        choose(ana, "Caixa")
        fill(ana, CPF, PASSWORD)
        ana.loses(ana.write("e aí?"))
        ana.sees("Ainda conectando a Caixa")
        ana.write("/conectar_banco")
        ana.sees("Para parar, /cancelar")


def test_edited_message_that_may_hold_a_secret_is_deleted(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    early = ana.write("oi")
    ana.sees("/ajuda")
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    telegram.edit_text(ANA, early["message_id"], PASSWORD)
    ana.loses(early)
    assert "1 de 2" in ana.transcript()


def test_edited_message_outside_a_flow_is_left_alone(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    early = ana.write("oi")
    ana.sees("/ajuda")
    telegram.edit_text(ANA, early["message_id"], "/saldo")
    ana.write("/ajuda")
    ana.sees("Ver dinheiro")
    assert "Nenhum banco conectado" not in ana.transcript()


def test_answers_reach_the_bank_though_telegram_does_not_take_the_screens_between(
    bot: RunningBot, ana: Chat, telegram: TelegramServer
) -> None:
    choose_sandbox(ana, "Pluggy Bank 2-step")
    ana.sees("User")
    ana.write("user-ok")
    ana.sees("Password")
    telegram.add_fault("editMessageText", times=1)
    ana.write("password-ok")
    ana.sees("Chave de segurança")
    telegram.add_fault("editMessageText", times=1)
    ana.write("123456")
    ana.sees("✅ Pluggy Bank 2-step conectado")


@pytest.mark.parametrize("data", ["cn_refresh:7", "cn_refresh:x", "cn_bank:-1", "cn_bank:abc", "cn_page:", "cn_door:"])
def test_forged_button_of_a_flow_says_that_it_expired(bot: RunningBot, ana: Chat, data: str) -> None:
    ana.write("/conectar_banco")
    menu = ana.sees("Qual banco")
    query = ana.telegram.press(ANA, menu["message_id"], data=data)
    assert ana.telegram.wait_for_answer(query)["text"] == "Este menu expirou. Use /conectar_banco"
    bot.rest(ANA)  # a tap may be answered before it is acted on, here and below
    assert ana.sees("Qual banco")["text"] == menu["text"]


def test_old_button_of_a_flow_that_is_over_begins_no_new_one(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    end = ana.sees("✅ Caixa conectada")
    for data in ("cn_door:219", "cn_yes:219", "cn_no", "cn_page:1"):
        query = ana.telegram.press(ANA, end["message_id"], data=data)
        assert ana.telegram.wait_for_answer(query)["text"] == "Este menu expirou. Use /conectar_banco"
    bot.rest(ANA)
    assert ana.sees("✅ Caixa conectada")["message_id"] == end["message_id"]
    assert posts(pluggy) == 1


def test_bank_that_wants_something_done_says_it_itself(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Pluggy Bank", consent=False)
    ana.tap("Usuário e senha (2)")
    ana.tap("Autorizo")
    fill(ana, "user-account-need-actions-provider-message", "password-ok")
    told = ana.sees("pede uma ação sua no app (termo, cadastro ou aviso).")["text"]
    assert told.endswith("\nMensagem do banco: “Aceite os novos termos de uso no aplicativo do banco.”")


def test_message_that_cannot_be_deleted_is_told(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    telegram.add_fault("deleteMessage", status=400)
    ana.write(CPF)
    ana.sees("Não consegui apagar sua mensagem. Apague você, por favor.")
    ana.sees("2 de 2")


def test_answer_that_is_no_text_is_deleted_and_asked_again(
    bot: RunningBot, ana: Chat, telegram: TelegramServer
) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    telegram.pause_polling()
    message = ana.write("aqui esteve uma foto")
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}]
    sender = {"id": ANA, "is_bot": False, "first_name": "Ana"}
    shown = {"message_id": message["message_id"], "date": 1, "chat": {"id": ANA, "type": "private"}, "from": sender}
    bot.receive({"update_id": 1, "message": shown | {"photo": photo}})
    ana.loses(message)
    ana.sees("Preciso que você digite")


# --- stopping and waiting --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["bank", "door", "consent", "field", "second field"])
def test_cancel_before_the_request_leaves_nothing(bot: RunningBot, ana: Chat, pluggy: PluggyServer, step: str) -> None:
    ana.write("/conectar_banco")
    ana.sees("Qual banco")
    if step != "bank":
        ana.tap("Caixa")
    if step not in {"bank", "door"}:
        ana.tap("Usuário e senha")
    if step in {"field", "second field"}:
        ana.tap("Autorizo")
        ana.sees("1 de 2")
    if step == "second field":
        ana.write(CPF)
        ana.sees("2 de 2")
    ana.write("/cancelar")
    ana.sees("Cancelado. Nada foi guardado.")
    wait_until(lambda: not ana.has_button("Cancelar"))
    assert posts(pluggy) == 0
    assert bot.core.connector.find_open_intent(ANA) is None
    ana.write("/cancelar")
    ana.sees("Não há nada em andamento")


def test_cancel_while_a_link_waits_deletes_the_request_at_pluggy(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    connect_by_link(ana)
    ana.tap("Cancelar")
    ana.sees("Cancelado. Nada foi guardado.")
    assert pluggy.items() == []
    assert bot.core.connector.list_connections(ANA) == []


def test_cancel_while_the_request_is_under_way_undoes_it(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    pluggy.fault("delay", method="POST", path="/items$", delay=1)
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    ana.tap("Cancelar")
    ana.sees("Cancelado. Nada foi guardado.")
    assert posts(pluggy) == 1
    assert pluggy.items() == []


def test_what_was_typed_is_forgotten_after_five_minutes(bot: RunningBot, ana: Chat, clock: ManualClock) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    ana.write(CPF)
    ana.sees("2 de 2")
    clock.advance(minutes=6)
    assert "1 de 2" in ana.sees("Passaram-se mais de 5 minutos")["text"]
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")


def test_flow_waits_a_quarter_of_an_hour_and_says_so(bot: RunningBot, ana: Chat, clock: ManualClock) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    clock.advance(minutes=16)
    ana.sees("Esperei 15 minutos e parei a conexão com a Caixa")
    ana.tap("Recomeçar")
    ana.sees("1 de 2")


# --- buttons -------------------------------------------------------------------------------------------------------


def test_button_of_an_older_flow_says_that_it_expired(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    ana.write("/conectar_banco")
    old = ana.sees("Qual banco")
    ana.write("/conectar_banco")
    telegram.wait_for(
        ANA, lambda message: "Qual banco" in message["text"] and message["message_id"] != old["message_id"]
    )
    query = telegram.press(ANA, old["message_id"], data="cn_bank:619")
    assert telegram.wait_for_answer(query)["text"] == "Este menu expirou. Use /conectar_banco"


@pytest.mark.parametrize(
    "data", ["", "nada", "cn_bank", "cn_bank:x", "cn_page:-1", "cn_opt:9:9", "cn_door:999999", "cn_yes:0"]
)
def test_forged_button_changes_nothing(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, pluggy: PluggyServer, data: str
) -> None:
    ana.write("/start")
    message = ana.sees("Olá")
    telegram.wait_for_answer(telegram.press(ANA, message["message_id"], data=data or ":"))
    bot.rest(ANA)
    assert posts(pluggy) == 0
    ana.write("/ajuda")
    ana.sees("Ver dinheiro")


@pytest.mark.parametrize("verb", ["cn_drop", "cn_check", "cn_nocode", "cn_pick"])
def test_somebody_elses_connection_is_a_missing_one(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, pluggy: PluggyServer, verb: str
) -> None:
    connect_by_link(ana)
    (connection,) = bot.core.connector.list_connections(ANA)
    bruno = Chat(telegram, BRUNO)
    bruno.write("/start")
    message = bruno.sees("Olá")
    query = telegram.press(BRUNO, message["message_id"], data=f"{verb}:{connection['id']}:0")
    assert telegram.wait_for_answer(query)["text"] == "Este menu expirou. Use /conectar_banco"
    bot.rest(BRUNO)
    assert len(pluggy.items()) == 1
    assert ana.has_button("Já autorizei")


# --- twice the same bank ---------------------------------------------------------------------------------------------


def test_bank_that_is_connected_already_is_told(bot: RunningBot, ana: Chat, clock: ManualClock) -> None:
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")
    choose(ana, "Caixa", "Open Finance (recomendado)", consent=False)
    ana.sees("Você já conectou a Caixa (••")
    clock.advance(minutes=6)
    ana.tap("Atualizar essa conexão")
    ana.sees("Caixa atualizada")
    choose(ana, "Caixa", "Open Finance (recomendado)", consent=False)
    ana.tap("É outra conta minha")
    ana.sees("Caixa pelo Open Finance")


def test_same_credentials_again_lead_to_the_connection_that_exists(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")
    choose(ana, "Caixa", consent=False)
    ana.tap("É outra conta minha")
    fill(ana, CPF, PASSWORD)
    wait_until(lambda: posts(pluggy) == 2)
    end = ana.sees("A Caixa já está conectada, com essas mesmas contas. Nada mudou.")
    assert [button["text"] for row in end["buttons"] for button in row] == ["Ver essa conexão", "Outro banco"]
    assert ana.transcript().count("✅ Caixa conectada") == 1
    assert len(bot.core.connector.list_connections(ANA)) == 1
    assert len(pluggy.items()) == 1


def test_password_typed_again_brings_a_connection_in_trouble_back(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")
    pluggy.outcome("52998224725", "INVALID_CREDENTIALS")
    clock.advance(minutes=6)
    ana.write("/sincronizar")
    wait_until(lambda: bot.core.connector.list_connections(ANA)[0]["trouble_code"] is not None)
    pluggy.outcome("52998224725", None)
    choose(ana, "Caixa", consent=False)
    ana.tap("É outra conta minha")
    fill(ana, CPF, PASSWORD)
    wait_until(lambda: bot.core.connector.list_connections(ANA)[0]["trouble_code"] is None)
    wait_until(lambda: ana.transcript().count("✅ Caixa conectada") == 2)
    assert "Nada mudou" not in ana.transcript()


def test_lost_answer_is_repeated_without_a_second_item(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    pluggy.fault("cut_after", method="POST", path="/items$")
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    ana.sees("A resposta do banco se perdeu no caminho")
    ana.tap("Tentar de novo")
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")
    assert len(pluggy.items()) == 1
