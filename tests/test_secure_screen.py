"""The secure screen between the local servers: what the chat offers, what the page may ask, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from gerente_financeiro.messages import secure_screen as words
from tests.bot_app import BRUNO, CPF, PASSWORD, Chat, RunningBot, choose, choose_sandbox, posts, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.public_bot import Page, public_bot
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)
Json = dict[str, Any]
USER = "12345678900"
UNKNOWN = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"


@pytest.fixture
def bot(telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock) -> Iterator[RunningBot]:
    """The bot at a public address."""
    with public_bot(telegram, pluggy, sqlite_url, clock) as running:
        yield running


def labels(message: Json) -> list[str]:
    return [one["text"] for row in message["buttons"] for one in row]


def page_in(ana: Chat, bot: RunningBot, pluggy: PluggyServer, fragment: str) -> Page:
    """The page behind the button of a message with these words."""
    message = ana.telegram.wait_for(
        ana.user_id,
        lambda shown: fragment in shown["text"] and any(one.get("web_app") for row in shown["buttons"] for one in row),
    )
    return Page(bot, ana.telegram, pluggy, message)


def offered(ana: Chat, bot: RunningBot, pluggy: PluggyServer, *, consent: bool = True) -> Page:
    """From /conectar_banco to the page of Itaú."""
    choose(ana, "Itaú", consent=consent)
    return page_in(ana, bot, pluggy, "Abra a tela segura")


def connected(ana: Chat, bot: RunningBot, pluggy: PluggyServer) -> Page:
    page = offered(ana, bot, pluggy)
    page.opens()
    assert page.tells(page.connects(user=USER, password=PASSWORD))[0] == 204
    ana.sees("✅ Itaú conectado")
    return page


# --- what the chat offers -------------------------------------------------------------------------------------------


def test_a_password_is_given_in_the_page_and_the_chat_goes_on_in_the_same_message(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    page = offered(ana, bot, pluggy)
    message = ana.sees("Abra a tela segura")
    assert labels(message) == ["🔒 Abrir tela segura", "Digitar aqui no chat", "Cancelar"]
    token = page.opens()
    assert (token["connectorId"], token["updateItem"], token["bank"]) == (201, None, "Itaú")
    item_id = page.connects(user=USER, password=PASSWORD)
    assert [page.tells(item_id)[0] for _ in range(3)] == [204, 204, 204]
    done = ana.sees("✅ Itaú conectado")
    assert done["message_id"] == message["message_id"]
    assert posts(pluggy) == 1
    assert PASSWORD not in ana.transcript()
    assert page.tells(item_id)[0] == 204  # the page is slow to close
    assert len(bot.core.connector.list_connections(ANA)) == 1


def test_without_a_public_address_nothing_is_offered(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        choose(ana, "Itaú")
        message = ana.sees("1 de 2")
        assert labels(message) == ["Cancelar"]
        ana.write(CPF)
        assert "tela segura" not in ana.sees("2 de 2")["text"]


def test_typing_in_the_chat_comes_second_and_with_its_warning(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    offered(ana, bot, pluggy)
    ana.tap("Digitar aqui no chat")
    assert labels(ana.sees("1 de 2")) == ["🔒 Usar tela segura", "Cancelar"]
    ana.loses(ana.write(CPF))
    asked = ana.sees("2 de 2")
    assert "⚠️ Conversas com bots não são cifradas de ponta a ponta. A tela segura é melhor." in asked["text"]
    page = Page(bot, ana.telegram, pluggy, asked)
    page.opens()  # the person thinks better of it
    assert page.tells(page.connects(user=USER, password=PASSWORD))[0] == 204
    ana.sees("✅ Itaú conectado")
    assert not bot.context.vault.names(ANA)


def test_what_is_typed_while_the_page_is_offered_is_deleted(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    page = offered(ana, bot, pluggy)
    ana.loses(ana.write(PASSWORD))
    ana.sees("Apaguei sua mensagem")
    ana.loses(ana.write(PASSWORD))
    assert posts(pluggy) == 0
    page.opens()


def test_open_finance_asks_for_the_cpf_and_offers_the_page_beside_it(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    choose(ana, "Nubank", "Open Finance (recomendado)")
    message = ana.sees("Nubank pelo Open Finance")
    assert labels(message) == ["🔒 Usar tela segura", "Cancelar"]
    page = Page(bot, ana.telegram, pluggy, message)
    page.opens()
    assert page.tells(page.connects(cpf=CPF))[0] == 204
    pluggy.authorize(ana.link("🔗 Autorizar"))
    ana.sees("✅ Nubank conectado")


def test_a_test_bank_is_typed_in_the_chat(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Pluggy Bank", consent=False)
    ana.tap("Usuário e senha (1)")
    ana.tap("Autorizo")
    assert "🔒 Usar tela segura" in labels(ana.sees("1 de 2"))


def test_a_door_that_no_chat_can_serve_is_served_by_the_page(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Coopanest")
    assert labels(ana.sees("Abra a tela segura")) == ["🔒 Abrir tela segura", "Cancelar"]


def test_a_wrong_password_is_corrected_in_the_page(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    page = offered(ana, bot, pluggy)
    page.opens()
    item_id = page.connects(user=USER, password="errada")
    page.tells(item_id)
    ana.sees("não aceitou esses dados. Corrija na tela segura")
    page.widget("PATCH", f"/items/{item_id}", {"parameters": {"user": USER, "password": PASSWORD}})
    page.tells(item_id)
    ana.sees("✅ Itaú conectado")


def test_a_wrong_password_that_nobody_corrects_ends_in_the_chat(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    page = offered(ana, bot, pluggy)
    page.opens()
    page.tells(page.connects(user=USER, password="errada"))
    ana.sees("Corrija na tela segura")
    clock.advance(130)
    assert "Corrigir" in labels(ana.sees("não aceitou usuário ou senha"))
    wait_until(lambda: pluggy.items() == [])


# --- the way back ---------------------------------------------------------------------------------------------------


def test_a_changed_password_is_given_in_the_page(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    connected(ana, bot, pluggy)
    pluggy.change_password(USER, "a-nova")
    pluggy.advance(hours=25)
    clock.advance(25 * 3600)
    (connection,) = bot.core.connector.list_connections(ANA)
    bot.core.connector.check_connection(ANA, connection["id"])
    ana.write("/minhas_contas")
    ana.tap("Informar nova senha")
    page = page_in(ana, bot, pluggy, "Itaú: entrar de novo")
    assert page.opens()["updateItem"] == connection["item_id"]
    assert page.tells(connection["item_id"])[0] == 204  # nothing was given yet
    assert "Itaú: entrar de novo" in ana.transcript()
    page.renews(user=USER, password="a-nova")
    assert page.tells(connection["item_id"])[0] == 204
    assert "nenhuma repetida" in ana.sees("✅ Itaú renovado")["text"]
    assert len(pluggy.items()) == 1


# --- the page is closed, the bot restarts, the person changes their mind ----------------------------------------------


def test_a_page_closed_at_once_loses_nothing_where_pluggy_tells(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    page = offered(ana, bot, pluggy)
    page.opens()
    bot.core.inbox.on_unknown_item(page.connects(user=USER, password=PASSWORD))
    ana.sees("✅ Itaú conectado")


def test_a_restart_in_the_middle_keeps_the_page(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with public_bot(telegram, pluggy, sqlite_url, clock) as first:
        page = offered(ana, first, pluggy)
        page.opens()
        port = first.settings.port
    with public_bot(telegram, pluggy, sqlite_url, clock, port=port) as second:
        page.bot = second
        item_id = page.connects(user=USER, password=PASSWORD)
        assert page.tells(item_id)[0] == 204
        ana.sees("✅ Itaú conectado")


def test_what_comes_after_cancelar_is_refused_and_nothing_stays(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    page = offered(ana, bot, pluggy)
    page.opens()
    ana.write("/cancelar")
    ana.sees("Nada foi")
    assert page.tells(page.connects(user=USER, password=PASSWORD)) == (404, {"message": words.OVER, "again": False})
    assert pluggy.items() == []
    assert page.post("abrir")[0] == 404


def test_the_flow_waits_as_long_as_the_page_is_open(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    page = offered(ana, bot, pluggy)
    page.opens()
    clock.advance(29 * 60)
    assert page.tells(page.connects(user=USER, password=PASSWORD))[0] == 204
    ana.sees("✅ Itaú conectado")


def test_an_old_button_opens_nothing(bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock) -> None:
    page = offered(ana, bot, pluggy)
    clock.advance(16 * 60)
    ana.sees("Esperei 15 minutos")
    assert page.post("abrir") == (404, {"message": words.OVER, "again": False})


def test_a_bank_that_is_connected_already_says_so(bot: RunningBot, ana: Chat, pluggy: PluggyServer) -> None:
    connected(ana, bot, pluggy)
    ana.write("/conectar_banco")
    ana.tap("Itaú")
    ana.tap("Usuário e senha")
    ana.tap("É outra conta minha")
    page = page_in(ana, bot, pluggy, "Abra a tela segura")
    page.opens()
    (item,) = pluggy.items()
    assert page.tells(item["id"])[0] == 204
    ana.sees("já está conectado")


# --- forgeries ------------------------------------------------------------------------------------------------------


def test_forged_words_of_telegram_change_nothing(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock, log: StringIO
) -> None:
    page = offered(ana, bot, pluggy)
    page.opens()
    item_id = page.connects(user=USER, password=PASSWORD)
    mine, old = page.init_data(), ana.telegram.init_data(ANA, auth_date=int(clock.now().timestamp()) - 3601)
    forged = ["", "null", mine[:-1], mine.replace("1000", "2000"), mine.replace("Ana", "Eva"), f"{mine}&user=1"]
    for init_data in forged:
        for path in ("abrir", "item"):
            assert page.post(path, initData=init_data, itemId=item_id) == (
                403,
                {"message": words.OUTSIDE, "again": False},
            )
    assert page.post("item", initData=old, itemId=item_id)[1]["message"] == words.STALE
    assert bot.core.connector.list_connections(ANA) == []
    assert "without Telegram's word" in log.getvalue()
    assert mine not in log.getvalue()
    assert page.tells(item_id)[0] == 204


def test_somebody_elses_page_and_somebody_elses_item_are_refused(
    bot: RunningBot, ana: Chat, telegram: TelegramServer, pluggy: PluggyServer
) -> None:
    page = offered(ana, bot, pluggy)
    page.opens()
    item_id = page.connects(user=USER, password=PASSWORD)
    assert page.post("abrir", BRUNO)[0] == 404
    assert page.tells(item_id, BRUNO)[0] == 403
    bruno = Chat(telegram, BRUNO)
    his = offered(bruno, bot, pluggy)
    assert his.post("abrir", BRUNO)[0] == 200
    assert his.tells(item_id, BRUNO) == (403, {"message": words.NOT_YOURS, "again": False})
    assert his.tells(UNKNOWN, BRUNO)[0] == 403
    assert his.tells("../..", BRUNO)[0] == 400
    assert bot.core.connector.list_connections(BRUNO) == []
    assert page.tells(item_id)[0] == 204


def test_who_may_not_use_the_bot_may_not_open_its_page(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with public_bot(telegram, pluggy, sqlite_url, clock, allowed={ANA}) as bot:
        page = offered(ana, bot, pluggy)
        assert page.post("abrir", BRUNO) == (403, {"message": words.STRANGER, "again": False})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"initData": 1, "intent": []}', b"[" * 9000])
def test_nonsense_is_refused(bot: RunningBot, ana: Chat, pluggy: PluggyServer, body: bytes) -> None:
    page = offered(ana, bot, pluggy)
    for path in ("abrir", "item"):
        answer = page.session.post(f"{bot.url}/tela/{path}", data=body, timeout=30)
        assert answer.status_code in {400, 403}
        assert answer.json()["message"] in {words.BROKEN, words.OUTSIDE}


@pytest.mark.parametrize("intent", ["", "x", "-1", "9" * 30, "0"])
def test_an_intent_that_is_none_is_over(bot: RunningBot, ana: Chat, pluggy: PluggyServer, intent: str) -> None:
    page = offered(ana, bot, pluggy)
    assert page.post("abrir", intent=intent) == (404, {"message": words.OVER, "again": False})


def test_a_pluggy_that_does_not_answer_is_said_and_may_be_tried_again(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer
) -> None:
    page = offered(ana, bot, pluggy)
    pluggy.fault("status", method="POST", path="^/connect_token$", status=400, count=1)
    assert page.post("abrir") == (502, {"message": words.AWAY, "again": True})
    page.opens()


# --- what is served -------------------------------------------------------------------------------------------------


def test_the_page_allows_its_own_two_scripts_and_nothing_else(
    bot: RunningBot, telegram: TelegramServer, pluggy: PluggyServer, ana: Chat
) -> None:
    page = offered(ana, bot, pluggy)
    answer = page.session.get(page.url, timeout=30)
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' {telegram.url} {pluggy.url}"
    assert policy["connect-src"] == f"'self' {pluggy.url}"
    assert policy["frame-src"] == "https://connect.pluggy.ai"
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'lang="pt-BR"' in answer.text
    for path in ("tela/tela.js", "tela/tela.css", "tela/volta"):
        assert page.session.get(f"{bot.url}/{path}", timeout=30).status_code == 200
    for path in ("tela/tela.html", "tela/../config.py", "tela/", "tela/x.js"):
        assert page.session.get(f"{bot.url}/{path}", timeout=30).status_code == 404
