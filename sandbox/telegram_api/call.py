"""One Bot API call: who calls, with which parameters, and the look-ups every method needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.telegram_api.bot import Bot
from sandbox.telegram_api.conversation import Conversation, Message
from sandbox.telegram_api.errors import ApiError, bad_request, forbidden
from sandbox.telegram_api.markup import read_markup
from sandbox.telegram_api.params import Params
from sandbox.telegram_api.people import Group, Person
from sandbox.telegram_api.text import MAX_CAPTION, MAX_TEXT, Formatted, format_text
from sandbox.telegram_api.utf16 import utf16_length
from sandbox.telegram_api.world import World

Json = dict[str, Any]
NUMBER = re.compile(r"-?[0-9]{1,19}")
DELETABLE_SECONDS = 48 * 3600


@dataclass(frozen=True)
class Answer:
    """A result that comes with Telegram's own words on it."""

    result: Any
    description: str


def done(description: str) -> Answer:
    return Answer(result=True, description=description)


@dataclass(frozen=True)
class Call:
    """What a method works with. Every look-up raises ApiError with Telegram's sentence."""

    world: World
    bot: Bot
    params: Params

    @property
    def allow_loopback(self) -> bool:
        return self.world.options.allow_loopback

    def chat(self, name: str = "chat_id") -> Conversation:
        given = self.params.text(name).strip()
        if not given:
            raise bad_request(f"{name} is empty")
        return self.chat_by(given)

    def chat_by(self, given: str) -> Conversation:
        """The chat of an id or a @username."""
        number = NUMBER.fullmatch(given)
        chat = self.world.conversation(self.bot, int(given)) if number else self._named(given)
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def _named(self, given: str) -> Conversation | None:
        name = given.removeprefix("@").lower()
        for person in self.world.people.values():
            if person.username and person.username.lower() == name:
                return self.world.conversation(self.bot, person.id)
        return None

    def open_chat(self) -> Conversation:
        """The chat, unless its person blocked the bot or has no account any more, or the bot is not in that group."""
        chat = self.chat()
        self.check_inside(chat)
        if isinstance(chat.partner, Person) and chat.partner.deactivated:
            raise forbidden("user is deactivated")
        if chat.id in self.bot.blocked_by:
            raise forbidden("bot was blocked by the user")
        return chat

    def check_inside(self, chat: Conversation) -> None:
        """Raises ApiError for a group that goes on under another id, or that the bot was taken out of."""
        group = chat.partner
        if not isinstance(group, Group):
            return
        if group.migrated_to:
            moved = {"migrate_to_chat_id": group.migrated_to}
            raise ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", moved)
        if self.bot.id in group.without:
            raise forbidden(f"bot was kicked from the {group.kind} chat")

    def chat_to_write(self, messages: int = 1) -> Conversation:
        """An open chat, the messages counted against the flood limits."""
        chat = self.open_chat()
        self.bot.limiter.count(chat.id, messages)
        return chat

    def message(self, chat: Conversation, missing: str, name: str = "message_id") -> Message:
        if not self.params.has(name):
            raise bad_request("message identifier is not specified")
        message = chat.find(self.params.integer(name))
        if message is None:
            raise bad_request(missing)
        return message

    def reply_to(self, chat: Conversation) -> Message | None:
        given = self.params.parsed("reply_parameters")
        options = given if isinstance(given, dict) else {}
        wanted = options.get("message_id") or self.params.integer("reply_to_message_id")
        if not wanted:
            return None
        found = chat.find(wanted) if isinstance(wanted, int) else None
        optional = options.get("allow_sending_without_reply") or self.params.flag("allow_sending_without_reply")
        if found is None and not optional:
            raise bad_request("message to be replied not found")
        return found

    def markup(self, chat: Conversation) -> Json | None:
        given = self.params.parsed("reply_markup")
        return read_markup(given, allow_loopback=self.allow_loopback, private=not chat.is_group)

    def formatted(
        self, source: str, entities_name: str, parse_mode: str | None = None, entities: Any = None
    ) -> Formatted:
        return format_text(
            source,
            parse_mode=self.params.text("parse_mode") if parse_mode is None else parse_mode,
            entities=self.params.parsed(entities_name) if entities is None else entities,
            allow_loopback=self.allow_loopback,
        )

    def text(self) -> Json:
        """``text`` and ``entities`` of a text message."""
        if not self.params.text("text"):
            raise bad_request("message text is empty")
        formatted = self.formatted(self.params.text("text"), "entities")
        if not formatted.text:
            raise bad_request("text must be non-empty")
        if utf16_length(formatted.text) > MAX_TEXT:
            raise bad_request("message is too long")
        return formatted.fields() | self._link_preview()

    def _link_preview(self) -> Json:
        options = self.params.parsed("link_preview_options")
        if self.params.flag("disable_web_page_preview"):
            options = {"is_disabled": True}
        return {"link_preview_options": options} if isinstance(options, dict) and options else {}

    def caption(self, given: Json | None = None) -> Json:
        """``caption`` and ``caption_entities``, of the parameters or of one media of a group."""
        if given is None:
            formatted = self.formatted(self.params.text("caption"), "caption_entities")
        else:
            mode, entities = str(given.get("parse_mode") or ""), given.get("caption_entities") or []
            formatted = self.formatted(str(given.get("caption") or ""), "", mode, entities)
        if utf16_length(formatted.text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        return formatted.fields("caption", "caption_entities")

    def wire(self, chat: Conversation, message: Message) -> Json:
        return message.wire(chat.partner.chat())

    def is_deletable(self, message: Message) -> bool:
        return self.world.now() - message.date < DELETABLE_SECONDS

    def post(self, chat: Conversation, content: Json, markup: Json | None) -> Message:
        """Add the bot's message; a keyboard that is not inline goes under the text box of the chat."""
        reply_to = self.reply_to(chat)
        body = dict(content)
        if self.params.flag("protect_content"):
            body["has_protected_content"] = True
        if markup and "inline_keyboard" in markup:
            body["reply_markup"] = markup
        elif markup:
            chat.reply_keyboard = None if "remove_keyboard" in markup else markup
            self.world.feed.publish("keyboard", bot=self.bot.id, chat=chat.id, keyboard=chat.reply_keyboard)
        return self.world.post(self.bot, chat, self.bot.user(), body, reply_to=reply_to)
