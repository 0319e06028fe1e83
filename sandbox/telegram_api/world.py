"""Everything one server knows, in memory: people, groups, bots, files. What people and bots do changes it here only."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox.telegram_api.bot import Bot, CallbackQuery
from sandbox.telegram_api.calls import Calls
from sandbox.telegram_api.conversation import Conversation, Message
from sandbox.telegram_api.errors import ControlError, bad_request
from sandbox.telegram_api.faults import Faults
from sandbox.telegram_api.feed import Feed
from sandbox.telegram_api.files import FileStore
from sandbox.telegram_api.limits import Limiter, LimitSettings
from sandbox.telegram_api.mini_app import build_init_data, web_app_user
from sandbox.telegram_api.people import Group, Person
from sandbox.telegram_api.text import MAX_TEXT, finish
from sandbox.telegram_api.updates import UpdateQueue
from sandbox.telegram_api.utf16 import utf16_length
from sandbox.telegram_api.webhook import Delivery

Json = dict[str, Any]
FIRST_USER = 1000
FIRST_NAMES = ("Ana", "Bruno", "Carla", "Davi", "Elisa", "Fábio", "Gabriela", "Hugo")


@dataclass(frozen=True)
class Options:
    """How a server is started."""

    user_ids: tuple[int, ...] = (FIRST_USER,)
    allow_loopback: bool = False
    bot_name: str = "Gerente Financeiro"
    limited: bool = False


class World:
    """The state of one server. `clock` gives seconds of Unix, `monotonic` seconds for the flood limits."""

    def __init__(
        self,
        options: Options,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.options = options
        self.feed = Feed()
        self.faults = Faults()
        self.limits = LimitSettings(options.limited)
        self.files = FileStore()
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.bots: dict[int, Bot] = {}
        self.calls = Calls()
        self._clock = clock
        self._monotonic = monotonic
        self._ahead = 0.0
        self._jumped = asyncio.Event()
        self._populate()

    def _populate(self) -> None:
        for number, user_id in enumerate(self.options.user_ids):
            self.add_person(Person(user_id, FIRST_NAMES[number % len(FIRST_NAMES)]))

    def now(self) -> float:
        return self._clock() + self._ahead

    def monotonic(self) -> float:
        return self._monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move this server's time forward, for what depends on age: deletions, old buttons, flood limits, webhook pauses."""
        self._ahead += seconds
        self._jumped.set()
        self._jumped = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait on this server's clock: `advance` makes it shorter."""
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._jumped.wait(), left)

    def reset(self) -> None:
        """Back to the start: the first people, no messages, no faults. Bots stay known and may go on polling."""
        self._ahead = 0.0
        self.faults.clear()
        self.limits.restore(enabled=self.options.limited)
        self.files = FileStore()
        self.calls.clear()
        self.people.clear()
        self.groups.clear()
        for bot in self.bots.values():
            bot.start_over()
        self._populate()
        self.feed.publish("reset")

    # --- who is there ---

    async def close(self) -> None:
        """End what goes on by itself."""
        for bot in self.bots.values():
            await bot.delivery.stopped()

    def bot(self, bot_id: int) -> Bot:
        """The bot of this id. The first one takes over what people wrote before any bot was there."""
        if bot_id in self.bots:
            return self.bots[bot_id]
        bot = self.bots.pop(0, None) or self._new_bot(bot_id)
        bot.id = bot_id
        self.bots[bot_id] = bot
        self.feed.publish("bot", bot=bot_id)
        return bot

    def main_bot(self) -> Bot:
        """The first bot; before one has called, the one that is waited for."""
        if not self.bots:
            self.bots[0] = self._new_bot(0)
        return next(iter(self.bots.values()))

    def _new_bot(self, bot_id: int) -> Bot:
        updates = UpdateQueue()
        limiter = Limiter(self.limits, self.monotonic)
        bot = Bot(bot_id, self.options.bot_name, limiter, updates, Delivery(updates, self.now, self.sleep))
        updates.on_confirmed = partial(self._mark_seen, bot)
        return bot

    def _mark_seen(self, bot: Bot, update: Json) -> None:
        told = update.get("message")
        chat = bot.chats.get(told["chat"]["id"]) if told else None
        message = chat.find(told["message_id"]) if chat and told else None
        if message is not None:
            message.seen = True
            self._changed("seen", bot, message)

    def add_person(self, person: Person) -> Person:
        self.people[person.id] = person
        self.feed.publish("person", user=person.id)
        return person

    def person(self, user_id: int) -> Person:
        try:
            return self.people[user_id]
        except KeyError:
            raise ControlError(f"there is no person {user_id}", 404) from None

    def free_person_id(self) -> int:
        return max(self.people, default=FIRST_USER - 1) + 1

    def add_group(self, group: Group, inviter: Person, bot: Bot) -> Group:
        """A group in which the bot is put at once, as Telegram tells it."""
        self.groups[group.id] = group
        chat = self.conversation(bot, group.id)
        assert chat is not None
        self.tell_membership(bot, chat, inviter, "left", "member")
        title = "group_chat_created" if group.chat()["type"] == "group" else "supergroup_chat_created"
        self.post(bot, chat, inviter.user(), {title: True}, announce=True)
        return group

    def conversation(self, bot: Bot, chat_id: int) -> Conversation | None:
        if chat_id not in bot.chats:
            partner = self.people.get(chat_id) or self.groups.get(chat_id)
            if partner is None:
                return None
            bot.chats[chat_id] = Conversation(partner)
        return bot.chats[chat_id]

    def chat_of(self, bot: Bot, chat_id: int) -> Conversation:
        chat = self.conversation(bot, chat_id)
        if chat is None:
            raise ControlError(f"there is no chat {chat_id}", 404)
        return chat

    def init_data(self, bot: Bot, person: Person, auth_date: int | None = None) -> str:
        """What the app tells a Mini App of this bot when this person opens it; `auth_date` is now, unless given."""
        if not bot.token:
            raise ControlError("no bot has called yet: there is no token to sign with", 404)
        user = web_app_user(person, may_write=person.id not in bot.blocked_by)
        opened_at = int(self.now()) if auth_date is None else auth_date
        return build_init_data(user, token=bot.token, query_id=f"AAH{secrets.token_urlsafe(15)}", auth_date=opened_at)

    # --- messages ---

    def post(
        self,
        bot: Bot,
        chat: Conversation,
        sender: Json,
        body: Json,
        *,
        reply_to: Message | None = None,
        announce: bool = False,
    ) -> Message:
        """Add a message; `announce` also puts it in the bot's updates."""
        message = Message(bot.next_message_id(), chat.id, sender, int(self.now()), body, reply_to)
        chat.messages[message.message_id] = message
        self._changed("message", bot, message)
        if announce:
            bot.updates.push("message", message.wire(chat.partner.chat()))
        return message

    def edit(self, bot: Bot, message: Message, content: Json) -> None:
        message.replace(content, int(self.now()))
        self._changed("edited", bot, message)

    def delete(self, bot: Bot, message: Message) -> None:
        message.deleted = True
        self._changed("deleted", bot, message)

    def _changed(self, kind: str, bot: Bot, message: Message) -> None:
        message.seq = self.feed.seq + 1
        self.feed.publish(kind, bot=bot.id, chat=message.chat_id, message_id=message.message_id)

    # --- what people do ---

    def say(self, bot: Bot, person: Person, chat: Conversation, text: str, reply_to: int | None = None) -> Message:
        """A person's text. A long one is refused here; the app would cut it into several messages."""
        formatted = finish(text, [])
        if not formatted.text:
            raise ControlError("the text is empty")
        if utf16_length(formatted.text) > MAX_TEXT:
            raise ControlError(f"the text is longer than {MAX_TEXT} characters")
        replied = chat.find(reply_to) if reply_to else None
        heard = is_heard(bot, chat, formatted.text, replied)
        if person.id in bot.blocked_by and not chat.is_group:
            self.set_blocked(bot, person, blocked=False)
        return self.post(bot, chat, person.user(), formatted.fields(), reply_to=replied, announce=heard)

    def rewrite(self, bot: Bot, chat: Conversation, message: Message, text: str) -> None:
        """A person changes what they wrote; the bot hears of it."""
        formatted = finish(text, [])
        if not formatted.text:
            raise ControlError("the text is empty")
        self.edit(bot, message, formatted.fields())
        if not isinstance(chat.partner, Group) or bot.id not in chat.partner.without:
            bot.updates.push("edited_message", message.wire(chat.partner.chat()))

    def press(self, bot: Bot, person: Person, chat: Conversation, message: Message, data: str) -> CallbackQuery:
        """A button with this data was pressed, whether or not the message still shows it."""
        query = CallbackQuery(
            f"{person.id}{self.feed.seq:012d}", person.id, chat.id, message.message_id, data, self.now()
        )
        bot.callbacks[query.id] = query
        wire_chat = chat.partner.chat()
        gone = {"chat": wire_chat, "message_id": message.message_id, "date": 0}
        bot.updates.push(
            "callback_query",
            {
                "id": query.id,
                "from": person.user(),
                "message": gone if message.deleted else message.wire(wire_chat),
                "chat_instance": str(10**15 + abs(chat.id)),
                "data": data,
            },
        )
        self.feed.publish("pressed", bot=bot.id, chat=chat.id, message_id=message.message_id, query=query.id)
        return query

    def set_blocked(self, bot: Bot, person: Person, *, blocked: bool) -> None:
        if blocked == (person.id in bot.blocked_by):
            return
        (bot.blocked_by.add if blocked else bot.blocked_by.discard)(person.id)
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        chat = self.conversation(bot, person.id)
        assert chat is not None
        self.tell_membership(bot, chat, person, before, after)
        self.feed.publish("blocked" if blocked else "unblocked", bot=bot.id, chat=person.id)

    def tell_membership(self, bot: Bot, chat: Conversation, person: Person, before: str, after: str) -> None:
        """``my_chat_member``: what the bot is in a chat has changed, by this person's doing."""
        update = {
            "chat": chat.partner.chat(),
            "from": person.user(),
            "date": int(self.now()),
            "old_chat_member": chat_member(bot.user(), before),
            "new_chat_member": chat_member(bot.user(), after),
        }
        bot.updates.push("my_chat_member", update)


def chat_member(user: Json, status: str) -> Json:
    return {"user": user, "status": status} | ({"until_date": 0} if status == "kicked" else {})


def is_heard(bot: Bot, chat: Conversation, text: str, replied: Message | None) -> bool:
    """Whether the bot is told of a text at all."""
    if isinstance(chat.partner, Group):
        return bot.id not in chat.partner.without and is_for_bot(bot, text, replied)
    return True


def is_for_bot(bot: Bot, text: str, replied: Message | None) -> bool:
    """Privacy mode: in a group a bot hears commands, answers to it and its own name, nothing else."""
    if replied is not None and replied.from_bot:
        return True
    if text.startswith("/"):
        command = text.split(maxsplit=1)[0]
        return "@" not in command or command.lower().endswith(f"@{bot.username}")
    return f"@{bot.username}" in text.lower()


def standing(chat: Conversation, message_ids: Iterable[int]) -> list[Message]:
    """The messages that still stand, of those asked for. Raises ApiError for more than a hundred or none."""
    wanted = list(message_ids)
    if not 1 <= len(wanted) <= 100:
        raise bad_request("message identifiers are not specified" if not wanted else "too many message identifiers")
    return [message for message in map(chat.find, wanted) if message is not None]
