"""/sincronizar in the chat: a tap asks the bank, one message says what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from gerente_financeiro.messages.format import clock_time
from open_finance.records import Connection
from open_finance.storage import system
from open_finance.storage.person_models import AttemptRow
from tests.builders import TODAY
from tests.pluggy_server import Json, wait_until
from tests.story import LOGIN, Story, checking, data_of, labels, row
from tests.telegram_server import ANA, transcript

pytest_plugins = ("tests.bot_fixtures",)

REFRESHES_AN_HOUR = 30


def days(count: int) -> list[Json]:
    return [row(number, TODAY - timedelta(days=number)) for number in range(count)]


def patches(story: Story) -> int:
    return sum(request["method"] == "PATCH" for request in story.pluggy.requests())


def test_the_only_bank_is_refreshed_and_the_news_are_counted(story: Story) -> None:
    story.bank_shows(checking(), rows=days(3))
    story.connect()
    story.clock.advance(hours=1)
    story.bank_shows(checking(), rows=days(5))
    story.ask("/sincronizar", "✅ Itaú atualizado: 2 novos lançamentos.")
    done = story.telegram.wait_for(ANA, lambda seen: labels(seen) == ["Ver saldo", "Extrato"])
    assert patches(story) == 1
    assert "5 lançamentos" in story.press(done, "Extrato", "Últimos 30 dias")["text"]


def test_the_first_word_comes_before_the_bank_has_answered(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    story.pluggy.fault("delay", method="PATCH", delay=1.0)
    story.ask("/sincronizar", "⏳ Pedindo atualização: Itaú…")
    story.telegram.wait_for_text(ANA, "✅ Itaú atualizado")
    assert story.telegram.calls("sendChatAction")


def test_with_several_banks_one_is_asked_which(story: Story) -> None:
    story.bank_shows(checking(1))
    story.bank_shows(checking(2), user="98765432100")
    story.connect()
    story.connect(connector_id=203, user="98765432100")
    story.clock.advance(hours=1)
    choice = story.ask("/sincronizar", "Qual banco atualizar?")
    assert labels(choice)[-2:] == ["Todos", "Cancelar"]
    both = story.press(choice, "Todos", "✅")
    assert both["message_id"] == choice["message_id"]
    done = story.telegram.wait_for(ANA, lambda seen: labels(seen) == ["Ver saldo", "Extrato"])
    assert done["text"].count("✅") == 2
    assert patches(story) == 2


def test_a_choice_can_be_left(story: Story) -> None:
    story.bank_shows(checking(1))
    story.bank_shows(checking(2), user="98765432100")
    story.connect()
    story.connect(connector_id=203, user="98765432100")
    choice = story.ask("/sincronizar", "Qual banco atualizar?")
    left = story.press(choice, "Cancelar", "Cancelado.")
    assert (left["message_id"], left["text"], left["buttons"]) == (choice["message_id"], "Cancelado.", [])
    assert patches(story) == 0


def test_two_taps_ask_the_bank_once(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    balance = story.ask("/saldo", "Você tem")
    story.pluggy.fault("delay", method="PATCH", delay=0.5)
    first = story.telegram.press(ANA, balance["message_id"], "🔄 Atualizar")
    second = story.telegram.press(ANA, balance["message_id"], "🔄 Atualizar")
    assert story.telegram.wait_for_answer(first)["text"] in {None, ""}
    assert story.telegram.wait_for_answer(second)["text"] in {None, ""}
    story.telegram.wait_for_text(ANA, "✅ Itaú atualizado")
    story.rest()
    assert patches(story) == 1
    assert story.current(balance)["text"] == balance["text"]


def test_a_tap_while_the_bank_is_asked_says_where_to_look(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    balance = story.ask("/saldo", "Você tem")
    story.pluggy.fault("status", method="GET", path="^/items/", status=400, count=None)
    story.press(balance, "🔄 Atualizar", "⏳ Pedi atualização ao Itaú.")
    said = story.forge(balance, data_of(balance, "🔄 Atualizar"))
    assert said == "Já estou atualizando. Aviso na mensagem acima quando terminar."
    assert patches(story) == 1


def test_too_soon_says_when_next(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(minutes=2)
    text = story.ask("/sincronizar", "Itaú: última leitura")["text"]
    assert "Próxima possível às 12:" in text
    assert patches(story) == 0


def test_pluggys_own_limit_is_told_with_its_hour(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    story.pluggy.options(min_update_hours=24)
    text = story.ask("/sincronizar", "Itaú: última leitura")["text"]
    assert "Próxima possível amanhã às" in text


def test_a_refusal_of_the_bank_is_told_in_its_words(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    story.pluggy.admin("households", {"match": "12345678900", "outcome": "SITE_NOT_AVAILABLE"})
    story.ask("/sincronizar", "⚠️ O Itaú está fora do ar.")
    story.ask("/saldo", "Você tem")


def test_a_partial_answer_is_told(story: Story) -> None:
    story.bank_shows(checking(), rows=days(2))
    story.connect()
    story.clock.advance(hours=1)
    story.pluggy.admin("households", {"match": "12345678900", "outcome": "PARTIAL_SUCCESS"})
    story.ask("/sincronizar", "✅ Itaú atualizado: nenhum lançamento novo. O banco não trouxe tudo;")
    story.ask("/saldo", "⚠️ Itaú: dados de hoje")


def test_refreshing_from_a_banks_screen_leaves_the_screen(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    screen = story.press(story.ask("/minhas_contas", "Suas conexões"), "Itaú", "Conectado hoje")
    done = story.press(screen, "🔄 Atualizar", "✅ Itaú atualizado")
    assert done["message_id"] > screen["message_id"]
    assert story.current(screen)["text"] == screen["text"]


def test_a_password_that_was_refused_leads_to_the_way_back_and_is_never_sent_again(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    story.pluggy.change_password("12345678900", "outra-senha")
    story.ask("/sincronizar", "⚠️ O Itaú não aceitou usuário ou senha.")
    way_back = ["🔒 Informar nova senha", "Ver saldo", "Extrato"]
    story.telegram.wait_for(ANA, lambda seen: labels(seen) == way_back)
    story.restart()
    story.clock.advance(hours=1)
    again = story.ask("/sincronizar", "⚠️ O Itaú não aceitou mais a senha. Isso acontece quando você troca a senha")
    assert labels(again) == way_back
    assert patches(story) == 1
    screen = story.press(story.ask("/minhas_contas", "Suas conexões"), "Itaú ⚠️", "não aceitou mais a senha")
    assert labels(screen)[:2] == ["🔒 Informar nova senha", "Extrato"]
    assert "🔄 Atualizar" not in labels(screen)


def connect_with_token(story: Story) -> Connection:
    """A bank that wants a code of the moment at every reading: Pluggy never reads it by itself."""
    credentials = {"user": "user-ok", "password": "password-ok", "token": "123456"}
    return story.core.connector.create_connection(user_id=ANA, connector_id=4, credentials=credentials)


@pytest.mark.parametrize("known", [True, False], ids=["from its item", "from a refusal"])
def test_bank_that_wants_a_code_at_every_reading_is_given_one(story: Story, known: bool) -> None:
    connection = connect_with_token(story)
    if not known:
        story.change(connection["id"], asks_code=False)
    story.clock.advance(hours=1)
    for _ in range(2):  # a refusal that asked the bank nothing begins no pause
        story.ask("/sincronizar", "O Pluggy Bank 1-step pede um código novo a cada leitura.")
        board = story.telegram.wait_for(ANA, lambda seen: labels(seen)[1:] == ["Ver saldo", "Extrato"])
        assert labels(board)[0] == "Informar novo código"
    assert patches(story) == (0 if known else 1)
    asked = story.press(board, "Informar novo código", "Pluggy Bank 1-step: entrar de novo · 1 de 1")
    assert "Token" in asked["text"]
    story.telegram.send_text(ANA, "654321")
    story.telegram.wait_for_text(ANA, "✅ Pluggy Bank 1-step renovado.")


def test_screen_of_a_bank_that_wants_a_code_offers_to_give_one(story: Story) -> None:
    connect_with_token(story)
    banks = story.ask("/minhas_contas", "Suas conexões")
    assert "⚠️" not in banks["text"]
    screen = story.press(banks, "Pluggy Bank 1-step", "O Pluggy Bank 1-step pede um código novo a cada leitura.")
    assert labels(screen)[:2] == ["Informar novo código", "Extrato"]
    assert "🔄 Atualizar" not in labels(screen)
    story.ask("/conectar_banco", "Qual banco")
    twin = story.ask("Pluggy Bank 1-step", "Você já conectou o Pluggy Bank 1-step")
    assert labels(twin) == ["Informar novo código", "É outra conta minha", "Cancelar"]
    story.press(screen, "Informar novo código", "entrar de novo · 1 de 1")


def test_one_bank_that_needs_its_person_does_not_keep_the_others_from_their_news(story: Story) -> None:
    story.bank_shows(checking(1))
    story.bank_shows(checking(2), user="98765432100")
    lost = story.connect()
    story.connect(connector_id=203, user="98765432100")
    story.change(lost["id"], gone_at=story.clock.now(), trouble_code="ITEM_NOT_FOUND", trouble_at=story.clock.now())
    story.clock.advance(hours=1)
    choice = story.ask("/sincronizar", "Qual banco atualizar?")
    story.press(choice, "Todos", "✅ Bradesco atualizado")
    done = story.telegram.wait_for(ANA, lambda seen: labels(seen) == ["Itaú: reconectar", "Ver saldo", "Extrato"])
    assert "A conexão com o Itaú não existe mais na Pluggy." in done["text"]
    assert patches(story) == 1


def test_the_fair_limit_says_when_it_ends_also_to_the_next_process(story: Story) -> None:
    story.bank_shows(checking())
    connection = story.connect()
    story.clock.advance(hours=1)
    asked_at = story.clock.now()  # how long connecting took depends on the machine
    attempts = [
        {"user_id": ANA, "kind": "refresh", "connection_id": connection["id"], "at": asked_at}
        for _ in range(REFRESHES_AN_HOUR)
    ]
    with story.core.database.writing() as session:
        session.execute(insert(AttemptRow), attempts)
    story.restart()
    text = story.ask("/sincronizar", "Itaú: você já pediu muitas atualizações em pouco tempo.")["text"]
    assert text.endswith(f"Próxima possível às {clock_time(asked_at + timedelta(hours=1))}.")
    assert patches(story) == 0
    story.clock.advance(hours=1, seconds=1)
    story.ask("/sincronizar", "✅ Itaú atualizado")


def test_a_stop_in_the_midst_leaves_the_bank_to_the_schedule_and_says_so(story: Story) -> None:
    story.bank_shows(checking(), rows=days(2))
    story.connect()
    story.clock.advance(hours=1)
    story.bank_shows(checking(), rows=days(3))
    story.pluggy.fault("status", method="GET", path="^/items/", status=400, count=None)
    asked = story.ask("/sincronizar", "⏳ Pedi atualização ao Itaú.")
    story.restart()
    left = story.current(asked)
    assert left["text"].startswith("⏳ Itaú: precisei reiniciar no meio. A leitura continua")
    assert labels(left) == ["Ver saldo", "Extrato"]
    story.pluggy.admin("faults", method="DELETE")

    def read_by_the_schedule() -> bool:
        # The next process may have asked before the fault was over, and waits longer then.
        story.clock.advance(minutes=1)
        return "3 lançamentos" in story.ask("/extrato", "lançamentos")["text"]

    wait_until(read_by_the_schedule, every=0.2)
    assert patches(story) == 1


def test_meu_pluggy_is_only_read_again(story: Story) -> None:
    story.bank_shows(checking(), rows=days(2))
    story.connect()
    with story.core.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE bank_connections SET connector_id = 200")
    story.clock.advance(hours=1)
    story.ask("/sincronizar", "O Itaú atualiza sozinho uma vez por dia; reli agora e não há novidades.")
    assert patches(story) == 0


def test_a_position_that_is_worth_something_else_is_news_without_a_new_row(story: Story) -> None:
    def bank_has(balance: float) -> None:
        position = {"id": "cdb", "type": "FIXED_INCOME", "name": "CDB", "currencyCode": "BRL", "balance": balance}
        household = {"accounts": [checking()], "investments": [position]}
        story.pluggy.admin("households", {"match": LOGIN["user"], "household": household})

    bank_has(103.5)
    story.connect()
    with story.core.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE bank_connections SET connector_id = 200")
    bank_has(104.25)
    story.pluggy.advance(hours=25)
    story.clock.advance(hours=1)
    story.ask("/sincronizar", "reli agora: nenhum lançamento novo, mas outros dados mudaram.")


def test_meu_pluggy_that_is_being_read_already_says_so(story: Story) -> None:
    story.bank_shows(checking(), rows=days(2))
    connection = story.connect()
    story.clock.advance(hours=1)
    with story.core.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE bank_connections SET connector_id = 200")
        assert system.claim_connection(session, ANA, connection["id"], story.clock.now(), 3600)
    story.ask("/sincronizar", "⏳ Já estou lendo o Itaú: os dados novos aparecem em instantes.")


def test_outcome_arrives_though_telegram_did_not_take_it_at_first(story: Story) -> None:
    story.bank_shows(checking(), rows=days(2))
    story.connect()
    story.clock.advance(hours=1)
    story.pluggy.fault("delay", method="PATCH", delay=0.3)
    story.ask("/sincronizar", "⏳ Pedindo atualização")
    story.telegram.add_fault("editMessageText", times=3, status=502)
    done = story.telegram.wait_for(ANA, lambda seen: labels(seen) == ["Ver saldo", "Extrato"])
    assert "✅ Itaú atualizado" in done["text"]
    assert "Algo deu errado" not in transcript(story.telegram.messages(ANA))


def test_a_bank_that_asks_for_a_code_says_so_and_asks(story: Story) -> None:
    sandbox = {"user": "user-ok", "password": "password-ok"}
    asked = story.core.connector.create_connection(user_id=ANA, connector_id=5, credentials=sandbox)
    connection = story.core.connector.answer_mfa(ANA, asked["id"], "123456")
    while connection["settled_at"] is None:
        story.clock.advance(seconds=2)
        connection = story.core.connector.check_connection(ANA, asked["id"])
    story.clock.advance(hours=1)
    story.ask("/sincronizar", "espera uma resposta sua para continuar.")
    story.clock.advance(seconds=30)  # nobody watches it any more: the tick asks the question
    story.telegram.wait_for_text(ANA, "Digite o código")


def test_a_bank_that_takes_too_long_is_left_to_the_schedule(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    story.pluggy.fault("status", method="GET", path="^/items/", status=400, count=None)
    message = story.ask("/sincronizar", "⏳ Pedi atualização ao Itaú. Costuma levar 1 a 3 min; aviso aqui.")
    again = story.ask("/sincronizar", "Já estou atualizando.")
    assert again["message_id"] > message["message_id"]
    story.clock.advance(minutes=20)
    story.telegram.wait_for_text(ANA, "⏳ Itaú está demorando mais que o normal.")
    assert patches(story) == 1


def test_how_far_the_bank_is_is_shown_while_it_is_read(story: Story) -> None:
    story.bank_shows(checking())
    connection = story.connect()
    story.clock.advance(hours=1)
    story.pluggy.fault("status", method="GET", path="^/items/", status=400, count=None)
    message = story.ask("/sincronizar", "⏳ Pedi atualização ao Itaú. Costuma levar")
    item = f"items/{connection['item_id']}"
    story.pluggy.admin(item, {"status": "UPDATING", "executionStatus": "TRANSACTIONS_IN_PROGRESS"})
    story.pluggy.admin("faults", method="DELETE")
    seen = story.telegram.wait_for_text(ANA, "ao Itaú: lendo lançamentos.")
    assert seen["message_id"] == message["message_id"]
    story.pluggy.admin(item, {"status": "UPDATED", "executionStatus": "SUCCESS"})
    story.telegram.wait_for_text(ANA, "✅ Itaú atualizado")


def test_pluggy_may_stumble_while_the_bank_is_watched(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(hours=1)
    story.pluggy.fault("status", method="GET", path="^/items/", status=400, count=2)
    story.ask("/sincronizar", "✅ Itaú atualizado")


def test_before_the_first_reading_has_ended_there_is_nothing_to_refresh(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    with story.core.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE bank_connections SET settled_at = NULL, next_poll_at = NULL")
    choice = story.ask("/sincronizar", "A primeira leitura ainda está em andamento.")
    assert "Este menu expirou" in story.forge(choice, "escolherp:0")


def test_a_bank_that_waits_for_its_authorisation_says_so_and_shows_the_link(story: Story) -> None:
    story.core.connector.create_connection(user_id=ANA, connector_id=601, credentials={"cpf": "52998224725"})
    asked = story.ask("/sincronizar", "Falta você autorizar no app do Itaú.")
    assert labels(asked) == ["Ver o link"]
    assert "primeira leitura" not in asked["text"]
