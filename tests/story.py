"""A person, a bank and the bot between the two local servers: what the stories of the reading commands are told with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import NullPool, create_engine, text, update
from sqlalchemy.engine import make_url
from telegram.request import BaseRequest

from open_finance.connecting.patience import needs_no_more_polls
from open_finance.records import Connection
from open_finance.storage.models import ConnectionRow
from tests.bot_app import RunningBot, bot_settings, core_of, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import Json, PluggyServer, start_pluggy
from tests.telegram_server import ANA, TelegramServer, start_telegram

BRUNO = 2000
HALF_A_MINUTE = 30
LOGIN = {"user": "12345678900", "password": "minhasenha"}


class Servers:
    """Both local servers, shared by the tests of a module; each test begins with them as new."""

    def __init__(self, telegram: TelegramServer, pluggy: PluggyServer) -> None:
        self.telegram = telegram
        self.pluggy = pluggy


@contextmanager
def both_servers() -> Iterator[Servers]:
    """Telegram and Pluggy for the length of a ``with``."""
    with start_telegram(allow_loopback=True) as telegram, start_pluggy(speed=200) as pluggy:
        yield Servers(telegram, pluggy)


class Story:
    """One test's world: the servers, a clock that stands still, a core, and the bot.

    The bot starts with the first word written to it: what is connected before that is told to nobody.
    """

    def __init__(self, servers: Servers, database_url: str, clock: ManualClock, stack: ExitStack) -> None:
        self.telegram = servers.telegram
        self.pluggy = servers.pluggy
        self.clock = clock
        self.request: BaseRequest | None = (
            None  # what carries the bot's words to Telegram, unless a test hands in its own
        )
        self.options: dict[str, Any] = {}  # settings of the bot that a test wants otherwise, before it begins
        self._database_url = database_url
        self._stack = stack
        self.core = core_of(bot_settings(self.telegram, self.pluggy, database_url).core, clock)
        stack.callback(self.core.close)

    @cached_property
    def bot(self) -> RunningBot:
        """The bot, started when first needed."""
        url, request = self._database_url, self.request
        return self._stack.enter_context(
            running_bot(self.telegram, self.pluggy, url, self.clock, request=request, **self.options)
        )

    def restart(self) -> None:
        """The bot stops and another process takes over."""
        self.bot.stop()
        del self.bot
        self.begin()

    def begin(self) -> RunningBot:
        """The bot, from now on."""
        return self.bot

    # --- the bank ---

    def bank_shows(self, *accounts: Json, rows: list[Json] | None = None, user: str = LOGIN["user"]) -> None:
        """What the bank has of the person from its next execution on; ``rows`` are the first account's."""
        household = {"accounts": list(accounts), "transactions": {accounts[0]["id"]: rows or []}}
        self.pluggy.admin("households", {"match": user, "household": household})

    def connect(self, user_id: int = ANA, connector_id: int = 201, user: str = LOGIN["user"]) -> Connection:
        """A bank connected with all it shows. The bank's half minutes and ours pass together: a clock that a test moves
        would have the core ask again without a pause for as long as the bank takes."""
        connector = self.core.connector
        made = connector.start_connection(
            user_id=user_id, connector_id=connector_id, credentials={**LOGIN, "user": user}
        )
        while not needs_no_more_polls(made):
            self.pluggy.advance(seconds=HALF_A_MINUTE)
            self.clock.advance(HALF_A_MINUTE)
            made = connector.check_connection(user_id, made["id"])
        return made

    def change(self, connection_id: int, **values: Any) -> None:
        """What a synchronisation would have found out about a connection: columns of its row."""
        with self.core.database.writing() as session:
            session.execute(update(ConnectionRow).where(ConnectionRow.id == connection_id).values(**values))

    # --- the chat ---

    def ask(self, text: str, fragment: str, user: int = ANA) -> Json:
        """Write, and wait for a *new* message of the bot's that holds the fragment."""
        self.begin()
        sent = self.telegram.send_text(user, text)
        return self.telegram.wait_for(
            user,
            lambda message: (
                message["from_bot"] and message["message_id"] > sent["message_id"] and fragment in message["text"]
            ),
        )

    def press(self, message: Json, label: str, fragment: str, user: int = ANA) -> Json:
        """Press a button of a message, and wait until that message or a newer one holds the fragment."""
        self.rest(user)
        self.telegram.press(user, message["message_id"], label)
        return self.telegram.wait_for(
            user,
            lambda seen: (
                seen["from_bot"]
                and seen["message_id"] >= message["message_id"]
                and seen["text"] != message["text"]
                and fragment in seen["text"]
            ),
        )

    def forge(self, message: Json, data: str, user: int = ANA) -> str:
        """Press a button with any data; what the bot answers to the press itself. All that follows from it has happened."""
        self.rest(user)
        query = self.telegram.press(user, message["message_id"], data=data)
        answer = self.telegram.wait_for_answer(query)
        self.rest(user)  # a tap may be answered before it is acted on
        return str(answer["text"] or "")

    def rest(self, user: int = ANA) -> None:
        """Until the bot has no tap of theirs in hand: the same one again would be the second of two in a hurry."""
        self.bot.rest(user)

    def current(self, message: Json, user: int = ANA) -> Json:
        """The message as it stands now."""
        return next(each for each in self.telegram.messages(user) if each["message_id"] == message["message_id"])


@contextmanager
def tell(servers: Servers, database_url: str) -> Iterator[Story]:
    """A story from its beginning: nobody has a bank yet. The bank's data does not move by itself."""
    servers.telegram.reset()
    servers.telegram.add_user(BRUNO, "Bruno")
    servers.pluggy.reset()
    servers.pluggy.options(evolve=False)
    with ExitStack() as stack:
        yield Story(servers, database_url, ManualClock(), stack)


@contextmanager
def postgres_away(url: str) -> Iterator[None]:
    """The server of this database ends its connections, and takes none, for the length of a ``with``."""
    name = make_url(url).database
    server = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def allow(answer: str) -> None:
        with server.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {answer}'))
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
            )

    allow("false")
    try:
        yield
    finally:
        allow("true")


def labels(message: Json) -> list[str]:
    """The buttons of a message."""
    return [button["text"] for row in message["buttons"] for button in row]


def data_of(message: Json, label: str) -> str:
    """What a button of a message carries."""
    return next(str(button["data"]) for row in message["buttons"] for button in row if button["text"] == label)


def checking(key: int = 1, balance: str = "1000.00", **more: Any) -> Json:
    """A checking account as Pluggy shows it."""
    account: Json = {
        "id": f"7b1f6f3e-58b8-4f0e-9d3c-{key:012d}",
        "type": "BANK",
        "subtype": "CHECKING_ACCOUNT",
        "number": f"0001/1234{key}-6",
        "name": "Conta Corrente",
        "balance": float(balance),
        "currencyCode": "BRL",
        "bankData": None,
        "creditData": None,
    }
    return account | more


def credit_card(key: int = 9, balance: str = "800.00", due: str = "2026-12-10") -> Json:
    """A card as Pluggy shows it: what is owed is positive."""
    more = {"type": "CREDIT", "subtype": "CREDIT_CARD", "number": "8890", "name": "gold"}
    credit = {"brand": "VISA", "level": "GOLD", "balanceDueDate": due, "status": "ACTIVE"}
    return checking(key, balance) | more | {"creditData": credit}


def row(number: int, day: date, amount: str = "-10.00", **more: Any) -> Json:
    """A bank row as Pluggy shows it, at São Paulo's midnight."""
    body: Json = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "description": f"Loja {number}",
        "date": f"{day}T03:00:00.000Z",
        "amount": float(Decimal(amount)),
        "type": "DEBIT" if Decimal(amount) < 0 else "CREDIT",
        "status": "POSTED",
        "currencyCode": "BRL",
    }
    return body | more
