"""One order: who is there, what stands, what was done. ``steps`` says what may happen, ``invariants`` what must hold."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from aiohttp import web

from open_finance.bank_connector import BankConnector
from sandbox.telegram_api.conversation import Message
from tests.canaries import Person
from tests.clocks import ManualClock
from tests.orders.catalogue import bank_of, chosen_ids
from tests.orders.loop import Killed, VirtualLoop
from tests.orders.people import Traveller
from tests.orders.pluggy import Pluggy
from tests.orders.process import Process
from tests.orders.rows import Rows
from tests.orders.telegram import Telegram

Json = dict[str, Any]

NAMES = ("Ana", "Bruno")
PEOPLE = 500  # numbers of people there may be
#: The library's own word for Telegram saying "later" too often.
EXPECTED = "telegram.ext.AIORateLimiter"
#: The person wants a second connection to a bank that is connected.
ANOTHER = "outra conta"


@dataclass(frozen=True)
class Button:
    """A button in a chat. ``link`` is where it leads, ``data`` what it carries."""

    message: Message
    label: str
    data: str = ""
    link: str = ""


class ErrorLog(logging.Handler):
    """What was logged as an error: a living bot has no reason to."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == EXPECTED:
            return
        text = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        self.lines.append(text if error is None else f"{text}: {error!r}\n{logging.Formatter().format(record)}")


class Order:
    """``loop``, ``rows`` and ``app`` serve one order after the other; everything else is this one's own."""

    def __init__(self, name: str, loop: VirtualLoop, rows: Rows, app: web.Application) -> None:
        self.name = name
        self.random = Random(f"order {name}")
        self.loop, self.rows = loop, rows
        loop.clock = self.clock = ManualClock()
        rows.clear()
        self.pluggy = Pluggy(app, loop, self.random)
        catalogue = self.pluggy.world.catalogue
        self.pluggy.world.catalogue = {one: catalogue[one] for one in chosen_ids() if one in catalogue}
        self.telegram = Telegram(loop)
        self.errors = ErrorLog()
        self.process: Process | None = None
        self.diary: list[str] = []
        self.counts: Counter[str] = Counter()
        self.asked_for: Counter[tuple[int, str]] = Counter()
        self.foreign: set[str] = set()
        self.remains: list[str] = []
        self.pressed: list[tuple[Traveller, Button]] = []
        self.verbs: Counter[str] = Counter()
        self.people = tuple(self._arrivals())

    def _arrivals(self) -> Iterator[Traveller]:
        connectors = list(self.pluggy.world.catalogue.values())
        count = self.random.choice((1, 1, 2))
        for name, number in zip(NAMES, self.random.sample(range(PEOPLE), count), strict=False):
            secrets = Person(number)
            contact = self.telegram.add_person(secrets.user_id, name)
            yield Traveller(contact, secrets, tuple(self.random.sample(connectors, 2)), self.random)

    def note(self, line: str) -> None:
        """A line of the diary, with the time."""
        self.diary.append(f"{self.clock.now():%d/%m %H:%M:%S}  {line}")

    # --- the process ---

    def start(self) -> None:
        """The bot begins, unless it runs; one that dies of its own start is started again."""
        while self.process is None:
            self.process = Process(self.loop, self.rows.database, self.pluggy, self.telegram)
            try:
                self.process.start()
            except Killed:
                self.die("of its own start")

    def stop(self) -> None:
        """The bot ends as it should, unless it is down."""
        if self.process is not None:
            try:
                self.process.stop()
            except Killed:
                self.die("while it was stopping")
            self.process = None

    def die(self, how: str) -> None:
        """The bot ends at this very moment. What Telegram gave it last may come again."""
        self.bury()
        self.counts["killed"] += 1
        again = self.random.random() < 0.5
        if again:
            self.telegram.forget_confirmations()
        self.note(f"the bot is killed {how}{'; it will get its last updates again' if again else ''}")

    def bury(self) -> None:
        """Take apart what is left of the process."""
        self.loop.dead = True
        self.errors.setLevel(logging.CRITICAL + 1)
        if self.process is not None:
            self.loop.create_task(self.process.vanish())
            self.process = None
        self.loop.bury()
        self.errors.setLevel(logging.ERROR)

    def settle(self) -> None:
        """The bot does all it can do now."""
        if self.process is not None:
            self.process.read_updates()
            self.loop.drain()
            self._look_for_death()

    def pass_time(self, seconds: float) -> None:
        """So much time passes at once."""
        self.loop.pass_time(seconds)
        self._look_for_death()
        self.settle()

    def _look_for_death(self) -> None:
        if self.loop.dead:
            self.die("by a request that had left")

    def connector(self) -> BankConnector:
        """As a program has it, on the same rows."""
        assert self.process is not None
        return self.process.context.core.connector

    # --- the chats ---

    def said(self, person: Traveller, last: int = 3) -> list[Message]:
        """The bot's last messages that stand in a chat, the newest first."""
        own = [message for message in self.telegram.messages(person.contact) if message.from_bot]
        return own[-last:][::-1]

    def is_unanswered(self, person: Traveller) -> bool:
        """Whether the last word in a chat is the person's."""
        standing = self.telegram.messages(person.contact)
        return bool(standing) and not standing[-1].from_bot

    def press(self, person: Traveller, button: Button) -> str:
        """Press a button of a chat; what the diary says of it."""
        if ANOTHER in button.label:
            wanted = button.data.rpartition(":")[2]
            banks = {bank_of(one) for one in self.pluggy.world.catalogue.values() if str(one["id"]) == wanted}
            self.asked_for.update((person.user_id, bank) for bank in banks)
        self.pressed.append((person, button))
        self.verbs[verb_of(button)] += 1
        self.telegram.press(person.contact, button.message, button.data)
        return f"{person.name} presses [{button.label}] {button.data}"

    def write(self, person: Traveller, text: str) -> str:
        """Write to the bot; what the diary says of it."""
        adopted = next((item for item in self.items if item.id == text), None)
        if adopted is not None:
            self.asked_for[person.user_id, bank_of(adopted.connector)] += 1
        self.telegram.write(person.contact, text)
        return f"{person.name} writes «{text[:60]}»"

    @property
    def items(self) -> list[Any]:
        """Every item at Pluggy now."""
        self.pluggy.world.executions.settle()
        return list(self.pluggy.world.items.values())


def verb_of(button: Button) -> str:
    """What kind of button it is."""
    return button.data.partition(":")[0]


def buttons_of(messages: Iterable[Message]) -> list[Button]:
    """Every button of some messages that calls the bot or leads to a bank."""
    flat: list[tuple[Message, Json]] = [
        (message, one) for message in messages for row in message.buttons() for one in row
    ]
    return [Button(message, one["text"], one.get("data", ""), one.get("url", "")) for message, one in flat]
