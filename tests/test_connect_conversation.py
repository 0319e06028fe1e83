"""/conectar_banco, lived through both local servers: every door this issue opens, and what banks answer at them."""

from __future__ import annotations

import pytest

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
from tests.pluggy_server import PluggyServer, start_pluggy, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

MASKED = "•••.982.247-••"

# --- choosing ------------------------------------------------------------------------------------------------------


def test_favourites_stand_three_a_row_with_the_way_to_all_banks(bot: RunningBot, ana: Chat) -> None:
    ana.write("/conectar_banco")
    rows = [[button["text"] for button in row] for row in ana.sees("Qual banco você quer conectar?")["buttons"]]
    assert rows[:3] == [
        ["Nubank", "Inter", "C6"],
        ["Itaú", "Bradesco", "Santander"],
        ["Caixa", "Banco do Brasil", "PagBank"],
    ]
    assert rows[3][0].startswith("🔎 Ver todos (1/")
    assert rows[4:] == [["Já tenho uma conexão na Pluggy"], ["Cancelar"]]


def test_list_of_banks_that_pluggy_does_not_give_can_be_asked_for_again(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    pluggy.fault("status", method="GET", path="^/connectors", status=503, count=None)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.write("/conectar_banco")
        refused = ana.sees("Tente de novo em alguns minutos.")
        assert [button["text"] for row in refused["buttons"] for button in row] == ["Tentar de novo"]
        pluggy.admin("faults", method="DELETE")
        ana.tap("Tentar de novo")
        ana.sees("Qual banco você quer conectar?")


def test_all_banks_are_paged_in_the_same_message(bot: RunningBot, ana: Chat) -> None:
    ana.write("/conectar_banco")
    first = ana.sees("Qual banco")
    ana.tap("Ver todos")
    ana.sees("(1/")
    ana.tap("›")
    page = ana.sees("(2/")
    assert page["message_id"] == first["message_id"]
    assert len(page["buttons"]) <= 8


@pytest.mark.parametrize(
    ("typed", "shown"), [("itau", "Itaú — como prefere"), ("bb", "Banco do Brasil"), ("roxinho", "Nubank — como")]
)
def test_bank_is_found_by_what_people_type(bot: RunningBot, ana: Chat, typed: str, shown: str) -> None:
    ana.write("/conectar_banco")
    ana.sees("Qual banco")
    ana.write(typed)
    ana.sees(shown)


def test_mistyped_name_gets_a_suggestion_that_can_be_taken(bot: RunningBot, ana: Chat) -> None:
    ana.write("/conectar_banco")
    ana.sees("Qual banco")
    ana.write("nubamk")
    ana.sees("Você quis dizer Nubank?")
    ana.tap("Sim, Nubank")
    ana.sees("como prefere conectar?")


def test_search_that_means_several_banks_offers_them(bot: RunningBot, ana: Chat) -> None:
    ana.write("/conectar_banco")
    ana.sees("Qual banco")
    ana.write("banco")
    assert ana.sees("Qual deles?")["buttons"]


def test_consent_is_asked_once_and_its_policy_can_be_read(bot: RunningBot, ana: Chat) -> None:
    choose(ana, "Caixa", consent=False)
    ana.sees("preciso da sua autorização")
    ana.tap("Ler a política")
    ana.sees("O que nunca guardo")
    ana.tap("Autorizo")
    ana.sees("1 de 2")
    ana.write("/cancelar")
    ana.sees("Cancelado. Nada foi guardado.")
    choose(ana, "Caixa", consent=False)
    ana.sees("1 de 2")


def test_without_consent_nothing_begins(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose(ana, "Caixa", consent=False)
    ana.sees("preciso da sua autorização")
    ana.tap("Não")
    ana.sees("Nada foi guardado")
    assert posts(pluggy) == 0


# --- user and password ---------------------------------------------------------------------------------------------


def test_bank_is_connected_with_user_and_password_in_one_message(bot: RunningBot, ana: Chat) -> None:
    ana.write("/conectar_banco")
    message = ana.sees("Qual banco")
    ana.tap("Caixa")
    ana.tap("Usuário e senha")
    ana.tap("Autorizo")
    ana.sees("1 de 2")
    cpf = ana.write(CPF)
    ana.loses(cpf)
    assert MASKED in ana.sees("2 de 2")["text"]
    secret = ana.write(PASSWORD)
    ana.loses(secret)
    end = ana.sees("✅ Caixa conectada")
    assert end["message_id"] == message["message_id"]
    assert "Conta corrente" in end["text"]
    assert "R$\xa0" in end["text"]
    assert "transações guardadas" in end["text"]
    ana.tap("Ver extrato")
    ana.sees("Saiu")
    assert PASSWORD not in ana.transcript()
    assert CPF not in ana.transcript()


def test_progress_shows_where_the_bank_is(telegram: TelegramServer, sqlite_url: str, clock: ManualClock) -> None:
    ana = Chat(telegram, ANA)
    with start_pluggy(speed=2) as slow, running_bot(telegram, slow, sqlite_url, clock):
        choose(ana, "Caixa")
        fill(ana, CPF, PASSWORD)
        ana.sees("⏳ Entrando no banco")
        ana.sees("✅ Acesso aceito")


def test_end_comes_below_what_was_said_in_the_meantime(
    telegram: TelegramServer, sqlite_url: str, clock: ManualClock
) -> None:
    ana = Chat(telegram, ANA)
    with start_pluggy(speed=2) as slow, running_bot(telegram, slow, sqlite_url, clock):
        choose(ana, "Caixa")
        fill(ana, CPF, PASSWORD)
        progress = ana.sees("⏳ Entrando no banco")
        ana.write("/ajuda")
        help_ = ana.sees("Ver dinheiro")
        slow.advance(minutes=1)
        assert ana.sees("✅ Caixa conectada")["message_id"] > help_["message_id"] > progress["message_id"]
        ana.loses(progress)


def test_wrong_password_says_so_and_leaves_nothing_behind(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose(ana, "Caixa")
    fill(ana, CPF, "errada")
    ana.sees("A Caixa não aceitou usuário ou senha")
    wait_until(lambda: not pluggy.items())
    assert bot.core.connector.list_connections(ANA) == []
    ana.tap("Corrigir")
    fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")


@pytest.mark.parametrize("bad", ["529.982.247-26", "abc", "111.111.111-11", "123"])
def test_bad_cpf_is_refused_at_once_and_nothing_is_sent(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, bad: str
) -> None:
    choose(ana, "Nubank", "Open Finance")
    ana.sees("Digite seu CPF")
    typed = ana.write(bad)
    ana.loses(typed)
    ana.sees("⚠️")
    assert posts(pluggy) == 0
    ana.write(CPF.replace(".", ""))
    ana.tap("Já autorizei")


def test_value_that_breaks_the_pattern_gets_the_banks_sentence_at_the_same_step(bot: RunningBot, ana: Chat) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    ana.write(CPF)
    ana.sees("2 de 2")
    ana.loses(ana.write("abc"))
    again = ana.sees("⚠️")
    assert "2 de 2" in again["text"]
    assert MASKED in again["text"]


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ("user-locked", "bloqueou seu acesso"),
        ("user-unavailable", "está fora do ar"),
        ("user-logged", "Há outra sessão sua aberta"),
        ("user-not-supported", "ainda não é atendido"),
        ("user-error", "Algo falhou do lado da conexão"),
    ],
)
def test_banks_refusal_has_its_own_sentence_and_the_item_is_not_left_behind(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, user: str, sentence: str
) -> None:
    choose(ana, "Ver todos", "", consent=False)
    ana.write("Pluggy Digital")
    ana.tap("Autorizo")
    fill(ana, user, "password-ok")
    ana.sees(sentence)
    wait_until(lambda: not pluggy.items())


def test_item_limit_of_the_plan_is_told(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    pluggy.options(item_limit=0)
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    ana.sees("/desconectar_banco")
    assert pluggy.items() == []


def test_select_field_becomes_buttons(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Pluggy Bank Cooperative")
    ana.sees("Escolha sua cooperativa")
    ana.loses(ana.write("nenhuma delas"))
    message = ana.sees("⚠️ Toque em uma das opções.")
    ana.tap(message["buttons"][0][0]["text"])
    ana.sees("2 de 3")
    ana.write("user-ok")
    ana.sees("3 de 3")
    ana.write("password-ok")
    ana.sees("✅ Pluggy Bank Cooperative conectado")


# --- a second step -------------------------------------------------------------------------------------------------


def test_code_the_bank_asks_for_is_deleted_and_answered(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Pluggy Bank 2-step")
    fill(ana, "user-ok", "password-ok")
    ana.sees("Chave de segurança")
    ana.loses(ana.write("123456"))
    ana.sees("✅ Pluggy Bank 2-step conectado")


def test_what_is_no_code_is_never_forwarded(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    choose_sandbox(ana, "Pluggy Bank 2-step")
    fill(ana, "user-ok", "password-ok")
    ana.sees("Chave de segurança")
    ana.write("não recebi nada ainda")
    ana.sees("ainda espera sua resposta")
    ana.loses(ana.write("12"))
    ana.sees("O token deve ter 6 dígitos")
    polls = len(pluggy.requests())
    wait_until(lambda: len(pluggy.requests()) > polls + 2)
    assert "⚠️ O token deve ter 6 dígitos" in ana.transcript()  # a poll shows the question again, with what was wrong
    ana.loses(ana.write("password-ok"))
    assert not any(one["path"].endswith("/mfa") for one in pluggy.requests())
    ana.write("123456")
    ana.sees("conectado")


def test_choice_the_bank_asks_for_becomes_buttons(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Pluggy Digital")
    fill(ana, "user-ok-select", "password-ok")
    ana.sees("pede uma escolha")
    ana.write("por carta registrada")
    ana.sees("Toque em uma das opções.")
    ana.loses(ana.write("carta"))
    ana.sees("⚠️ Toque em uma das opções.")
    ana.tap("Código por SMS")
    ana.sees("✅ Pluggy Digital conectado")


def test_picture_the_bank_shows_is_sent_and_taken_away(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    choose_sandbox(ana, "Pluggy Digital")
    fill(ana, "user-ok-img", "password-ok")
    ana.sees("Código da imagem")
    picture = telegram.wait_for(ANA, lambda message: message["photo"])
    ana.write("123456")
    ana.sees("✅ Pluggy Digital conectado")
    ana.loses(picture)


def test_not_received_explains_where_codes_come_from(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    choose_sandbox(ana, "Pluggy Bank 2-step")
    fill(ana, "user-ok", "password-ok")
    assert "SMS" in telegram.wait_for_answer(ana.tap("Não recebi"))["text"]


# --- by link -------------------------------------------------------------------------------------------------------


def test_bank_is_connected_by_its_link(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    link = connect_by_link(ana)
    assert "Eu percebo sozinho" in ana.sees("Toque em Autorizar")["text"]
    pluggy.authorize(link)
    ana.sees("✅ Nubank conectado")
    assert CPF not in ana.transcript()


def test_link_that_is_denied_says_so_and_begins_anew(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    pluggy.authorize(connect_by_link(ana), "deny")
    ana.sees("O compartilhamento não foi autorizado no Nubank")
    wait_until(lambda: not pluggy.items())
    ana.tap("Tentar de novo")
    ana.write(CPF)
    pluggy.authorize(ana.link("🔗 Autorizar"))
    ana.sees("✅ Nubank conectado")


def test_already_authorised_only_hurries_a_poll(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    connect_by_link(ana)
    answer = telegram.wait_for_answer(ana.tap("Já autorizei"))
    assert "Ainda não recebi a confirmação" in answer["text"]


def test_who_has_authorised_is_told_when_pluggy_does_not_answer(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, telegram: TelegramServer
) -> None:
    link = connect_by_link(ana)
    pluggy.fault("status", method="GET", path="^/items/", status=503, count=None)

    def said() -> str:
        return str(telegram.wait_for_answer(ana.tap("Já autorizei"))["text"])

    wait_until(lambda: said() == "A Pluggy não responde agora, e não sei se o banco confirmou. Sigo tentando e aviso.")
    pluggy.authorize(link)
    pluggy.admin("faults", method="DELETE")
    ana.sees("✅ Nubank conectado")
