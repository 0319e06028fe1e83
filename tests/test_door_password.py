"""User and password, lived through both local servers: every kind of field and question, and two refused passwords."""

from __future__ import annotations

import pytest

from tests.bot_app import CPF, PASSWORD, Chat, RunningBot, choose, choose_sandbox, fill, posts, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, Json, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


def labels(message: Json) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


def picture(ana: Chat) -> Json:
    return ana.telegram.wait_for(ANA, lambda message: message["photo"])


# --- fields --------------------------------------------------------------------------------------------------------


def test_picture_of_a_field_is_shown_answered_and_taken_away(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose_sandbox(ana, "Credisan")
        ana.sees("1 de 3")
        ana.write(CPF)
        ana.sees("2 de 3")
        ana.write(PASSWORD)
        ana.sees("Digite o que vê na imagem")
        forgotten = picture(ana)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.sees("esqueci o que você digitou. Nada foi enviado ao banco.")
        ana.tap("Recomeçar")
        ana.tap("Apagar esta imagem")
        ana.loses(forgotten)
        ana.sees("1 de 3")
        ana.write(CPF)
        ana.sees("2 de 3")
        ana.write(PASSWORD)
        shown = picture(ana)
        ana.loses(ana.write("426153"))
        ana.loses(shown)
        ana.sees("✅ Credisan conectada")


def test_answers_after_the_password_may_be_the_same_at_the_second_attempt(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Credisan")
    for secret in ("errada", PASSWORD):
        ana.sees("1 de 3")
        ana.write(CPF)
        ana.sees("2 de 3")
        ana.write(secret)
        ana.sees("3 de 3")
        ana.loses(ana.write("426153"))
        if secret == "errada":
            ana.tap("Corrigir")
    ana.sees("✅ Credisan conectada")


def test_captcha_of_a_web_page_is_refused_politely(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose_sandbox(ana, "Coopanest", consent=False)
    told = ana.sees("pede um captcha")
    assert "só posso conectar outro banco" in told["text"]
    assert labels(told) == ["Outro banco", "Cancelar"]
    assert posts(pluggy) == 0


def test_optional_field_can_be_skipped(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Sicredi", consent=False)
    ana.tap("Usuário e senha")
    ana.tap("Autorizo")
    for number, answer in enumerate(("0001", "12345-6", PASSWORD), start=1):
        assert "Pular" not in labels(ana.sees(f"{number} de 4"))
        ana.loses(ana.write(answer))
    ana.sees("4 de 4")
    ana.tap("Pular")
    ana.sees("✅ Sicredi conectado")


def test_code_of_the_moment_is_asked_last_and_kept_by_nobody(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Pluggy Bank 1-step")
    ana.sees("1 de 3")
    ana.write("user-ok")
    ana.sees("2 de 3")
    ana.write("password-ok")
    assert "Use o código que está no app agora; ele muda a cada minuto." in ana.sees("3 de 3")["text"]
    ana.loses(ana.write("123456"))
    ana.sees("✅ Pluggy Bank 1-step conectado")
    assert bot.context.vault.take(ANA) == {}


# --- questions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "question", "choice"),
    [
        ("user-ok-phone", "Escolha o telefone", "(11) *****-1234"),
        ("user-ok-multi-company", "Escolha a empresa", "Padaria Exemplo LTDA"),
    ],
)
def test_choice_the_bank_asks_for_survives_a_restart(
    telegram: TelegramServer,
    pluggy: PluggyServer,
    sqlite_url: str,
    clock: ManualClock,
    ana: Chat,
    user: str,
    question: str,
    choice: str,
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose_sandbox(ana, "Pluggy Digital")
        fill(ana, user, "password-ok")
        ana.sees(question)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.tap(choice)
        ana.sees("✅ Pluggy Digital conectado")


def test_login_by_qr_is_a_picture_to_be_read_by_the_banks_app(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    pluggy.options(phone_seconds=None)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose_sandbox(ana, "Pluggy Bank QR")
        ana.sees("pede que você leia um QR code com o app dele")
        picture(ana)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        assert labels(ana.sees("leia um QR code"))[0] == "Já li"
        pluggy.approve_device(pluggy.items()[0]["id"])
        ana.tap("Já li")
        ana.sees("✅ Pluggy Bank QR conectado")


def test_new_access_is_approved_in_the_banks_app(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    pluggy.options(phone_seconds=None)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose(ana, "Nubank")
        fill(ana, CPF, PASSWORD)
        ana.sees("Abra o app do Nubank e aprove o acesso")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        pluggy.approve_device(pluggy.items()[0]["id"])
        ana.tap("Já aprovei")
        ana.sees("✅ Nubank conectado")


def test_refused_code_is_said_and_a_late_one_leads_back(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose_sandbox(ana, "Pluggy Bank 2-step")
    fill(ana, "user-ok", "password-ok")
    ana.sees("Chave de segurança")
    ana.loses(ana.write("654321"))
    assert "Tentar de novo" in labels(ana.sees("O Pluggy Bank 2-step não aceitou esse código. Toque em Tentar de novo"))
    wait_until(lambda: not pluggy.items())
    ana.loses(ana.write("123456"))
    ana.sees("Esse código era para o Pluggy Bank 2-step e já expirou. Apaguei sua mensagem.")
    ana.tap("Recomeçar")
    fill(ana, "user-ok", "password-ok")
    ana.sees("Chave de segurança")
    ana.write("123456")
    ana.sees("✅ Pluggy Bank 2-step conectado")


def test_code_that_nobody_typed_in_time_begins_anew(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose_sandbox(ana, "Pluggy Bank 2-step")
    fill(ana, "user-ok", "password-ok")
    ana.sees("Chave de segurança")
    pluggy.advance(hours=4)  # it lives a minute of a person's time, two hundred of the bank's
    assert labels(ana.sees("O código do Pluggy Bank 2-step expirou")) == ["Recomeçar", "Outro banco"]


# --- two refused passwords -----------------------------------------------------------------------------------------


def test_after_two_refused_passwords_the_bot_stops_and_offers_another_way(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, database_url, clock):
        choose(ana, "Caixa")
        fill(ana, CPF, "errada")
        ana.sees("A Caixa não aceitou usuário ou senha")
        ana.tap("Corrigir")
        fill(ana, CPF, "errada")
        stopped = ana.sees("A Caixa recusou a senha duas vezes, e parei por aqui")
        assert "Corrigir" not in labels(stopped)
        assert any("Open Finance" in label for label in labels(stopped))
    with running_bot(telegram, pluggy, database_url, clock):
        choose(ana, "Caixa", consent=False)
        ana.telegram.wait_for(
            ANA, lambda message: message["message_id"] > stopped["message_id"] and "duas vezes" in message["text"]
        )
        assert posts(pluggy) == 2
        ana.tap("Conectar pelo Open Finance")
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"))
        ana.sees("✅ Caixa conectada")


def test_password_may_be_tried_again_after_an_hour(bot: RunningBot, ana: Chat, clock: ManualClock) -> None:
    choose(ana, "Caixa")
    fill(ana, CPF, "errada")
    ana.tap("Corrigir")
    fill(ana, CPF, "errada")
    ana.sees("recusou a senha duas vezes")
    clock.advance(minutes=61)
    choose(ana, "Caixa", consent=False)
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")


def test_who_asks_too_often_is_told_when_to_come_back(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose_sandbox(ana, "Pluggy Digital")
    for _ in range(5):
        fill(ana, "user-error", "password-ok")
        ana.tap("Tentar de novo")
    told = ana.sees("Você já fez 5 pedidos em 15 minutos")
    assert "Pode tentar de novo hoje às 12:15." in told["text"]
    assert posts(pluggy) == 5
