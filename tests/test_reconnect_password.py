"""The way back in by user and password: a changed password, a code, a pause of Pluggy's, something to do in the app."""

from __future__ import annotations

import pytest

from tests.bot_app import (
    CPF,
    PASSWORD,
    Chat,
    RunningBot,
    choose_sandbox,
    fill,
    running_bot,
)
from tests.clocks import ManualClock
from tests.going_back import (
    BARE_CPF,
    NEW_PASSWORD,
    connect_caixa,
    connect_nubank,
    count_rows,
    go_back,
    labels,
    notices,
    only_connection,
    only_item,
)
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


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


@pytest.mark.parametrize("door", ["password", "link"])
def test_pause_that_pluggy_asks_for_is_told_before_anything_is_typed(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock, door: str
) -> None:
    """The bank had refused Pluggy's own refresh already: one slip of the person's is the second refusal in a row."""
    if door == "password":
        end = connect_caixa(ana)
        pluggy.change_password(BARE_CPF, NEW_PASSWORD)
        refused = notices(bot, pluggy)
        clock.advance(hours=25)
        go_back(ana, end, refused)
        fill(ana, CPF, PASSWORD)
        ana.sees("não aceitou usuário ou senha")
        ana.tap("Corrigir")
    else:
        end = connect_nubank(ana, pluggy)
        pluggy.revoke_consent(only_item(pluggy))
        revoked = notices(bot, pluggy)
        clock.advance(hours=25)
        go_back(ana, end, revoked)
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"), "deny")
        ana.sees("não foi autorizado")
        ana.tap("Tentar de novo")
    resting = ana.sees("a Pluggy pede uma pausa. Próxima tentativa possível:")
    assert labels(resting) == ["Tentar de novo"]
    ana.tap("Tentar de novo")
    ana.sees("a Pluggy pede uma pausa")
    for passes in (clock.advance, pluggy.advance):
        passes(minutes=30)
    ana.tap("Tentar de novo")
    if door == "password":
        fill(ana, CPF, NEW_PASSWORD)
    else:
        ana.loses(ana.write(CPF))
        pluggy.authorize(ana.link("🔗 Autorizar"))
    ana.sees("renovad")


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


def test_code_of_the_moment_is_all_that_is_asked_of_a_bank_that_stands_and_must_be_a_new_one(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, clock: ManualClock
) -> None:
    choose_sandbox(ana, "Pluggy Bank 1-step")
    for number, value in enumerate(("user-ok", "password-ok", "123456"), start=1):
        ana.sees(f"{number} de 3")
        typed = ana.write(value)
    ana.loses(typed)
    end = ana.sees("✅ Pluggy Bank 1-step conectado")
    go_back(ana, end, only_connection(bot))
    ana.sees("entrar de novo · 1 de 1")
    ana.loses(ana.write("123456"))
    ana.sees("Esse código já foi usado")
    ana.tap("Tentar de novo")
    ana.sees("entrar de novo · 1 de 1")
    ana.loses(ana.write("654321"))
    ana.sees("✅ Pluggy Bank 1-step renovado.")
    assert len(pluggy.items()) == 1


def _is_asked(bot: RunningBot) -> bool:
    conversation = bot.context.conversations.active(ANA)
    return conversation is not None and conversation.action is not None
