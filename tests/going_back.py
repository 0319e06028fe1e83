"""What the tests of the way back in have in common: two banks that are connected, and how one goes back to them."""

from __future__ import annotations

from datetime import UTC, datetime

from open_finance.records import Connection
from open_finance.reports import measure_connection
from open_finance.storage import system
from tests.bot_app import (
    CPF,
    PASSWORD,
    Chat,
    RunningBot,
    choose,
    connect_by_link,
    fill,
)
from tests.pluggy_server import PluggyServer
from tests.telegram_server import ANA, Json

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
