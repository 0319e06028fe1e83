"""The local Telegram without a socket: the bot's library hands its calls straight to it, and people act in its world."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from telegram.request import BaseRequest, RequestData

from sandbox.telegram_api.conversation import Message
from sandbox.telegram_api.errors import ApiError
from sandbox.telegram_api.params import Params, Upload
from sandbox.telegram_api.people import Person
from sandbox.telegram_api.server import BotApi
from sandbox.telegram_api.world import Options, World
from tests.orders.loop import VirtualLoop

Json = dict[str, Any]

BOT_ID = 1000000001
TOKEN = f"{BOT_ID}:a-token-of-the-right-shape-for-orders"


class Telegram(BaseRequest):
    """What the bot's library talks to, and the world behind it."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.world = World(
            Options((), allow_loopback=True), clock=lambda: loop.clock.now().timestamp(), monotonic=loop.time
        )
        self.bot = self.world.bot(BOT_ID)
        self._api = BotApi(self.world)
        self._offset = 0

    # --- the bot's side ---

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to free."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        """One call of the Bot API."""
        self._loop.check_alive()
        name = url.rpartition("/")[2].lower()
        try:
            answer = await self._api.answer(BOT_ID, name, _params(request_data))
        except ApiError as error:
            return error.code, json.dumps(error.body()).encode()
        return 200, json.dumps(answer).encode()

    def take_updates(self) -> list[Json]:
        """What the bot has not seen yet; what it was given before is confirmed by that."""
        self.bot.updates.confirm(self._offset)
        updates = list(self.bot.updates.pending)
        if updates:
            self._offset = updates[-1]["update_id"] + 1
        return updates

    def forget_confirmations(self) -> None:
        """The bot died before it could confirm what it was given last: the next one gets that again."""
        self._offset = 0

    # --- the people's side ---

    def add_person(self, user_id: int, name: str) -> Person:
        return self.world.add_person(Person(user_id, name))

    def messages(self, person: Person) -> list[Message]:
        """What stands in a person's chat, oldest first."""
        return [message for message in self.world.chat_of(self.bot, person.id).messages.values() if not message.deleted]

    def said(self, person: Person) -> Iterator[str]:
        """Everything the bot ever said to a person, in all its versions."""
        for message in self.world.chat_of(self.bot, person.id).messages.values():
            if message.from_bot:
                for body in (message.body, *message.history):
                    yield f"{body.get('text', '')}{body.get('caption', '')}{body.get('reply_markup', '')}"

    def write(self, person: Person, text: str) -> Message:
        return self.world.say(self.bot, person, self.world.chat_of(self.bot, person.id), text)

    def press(self, person: Person, message: Message, data: str) -> None:
        """Press a button, whether or not the message still shows it."""
        self.world.press(self.bot, person, self.world.chat_of(self.bot, person.id), message, data)


def _params(data: RequestData | None) -> Params:
    if data is None:
        return Params({})
    files: dict[str, Upload] = {}
    if data.contains_files:
        for name, (filename, content, kind) in data.multipart_data.items():
            files[name] = Upload(filename, kind, content if isinstance(content, bytes) else content.read())
    return Params(data.json_parameters, files)
