"""The consent's button, pressed once more when nothing is remembered: what stood in the way is looked at again."""

from __future__ import annotations

from tests.bot_app import Chat, RunningBot, choose_sandbox, posts, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer
from tests.story import data_of
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


def test_consent_leads_to_the_bank_whose_number_is_0(bot: RunningBot, ana: Chat) -> None:
    choose_sandbox(ana, "Pluggy Bank", consent=False)
    ana.tap("Usuário e senha (1)")
    ana.tap("Ler a política")
    ana.tap("Autorizo")
    ana.sees("Pluggy Bank · 1 de 2")


def test_consent_leads_to_the_connection_that_was_made_elsewhere(bot: RunningBot, ana: Chat) -> None:
    ana.write("/conectar_banco")
    ana.tap("Já tenho uma conexão na Pluggy")
    ana.tap("Ler a política")
    ana.tap("Autorizo")
    ana.sees("Mande o código dela")


def test_an_old_consent_connects_no_bank_twice(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.write("/conectar_banco")
        ana.sees("Qual banco")
        ana.write("Pluggy Bank QR")
        consent = ana.sees("Para continuar, preciso da sua autorização")
        ana.tap("Autorizo")
        ana.sees("QR code")
        pluggy.admin(f"items/{pluggy.items()[0]['id']}", {"approve": True})
        ana.sees("✅ Pluggy Bank QR conectado")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        telegram.press(ANA, consent["message_id"], data=data_of(consent, "Autorizo"))
        ana.sees("Você já conectou o Pluggy Bank QR")
        assert posts(pluggy) == 1
