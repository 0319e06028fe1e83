"""Messages of one chat with one bot, and how each side sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram_api.people import Group, Person
from sandbox.telegram_api.text import to_html

Json = dict[str, Any]
# What an edit replaces; the rest of a message stays.
CONTENT = (
    "text",
    "entities",
    "caption",
    "caption_entities",
    "photo",
    "document",
    "reply_markup",
    "link_preview_options",
)
SERVICE = (
    *("group_chat_created", "supergroup_chat_created", "pinned_message", "new_chat_members", "left_chat_member"),
    *("migrate_to_chat_id", "migrate_from_chat_id"),
)


@dataclass
class Message:
    """`body` holds the fields of the wire that make up its content; times are seconds of Unix.

    `seen` = the bot has confirmed the update that told of it: the second tick of the app.
    """

    message_id: int
    chat_id: int
    sender: Json
    date: int
    body: Json = field(repr=False)
    reply_to: Message | None = field(default=None, repr=False)
    edit_date: int | None = None
    deleted: bool = False
    seen: bool = False
    seq: int = 0
    history: list[Json] = field(default_factory=list, repr=False)

    @property
    def from_bot(self) -> bool:
        return bool(self.sender["is_bot"])

    def content(self) -> Json:
        return {key: self.body[key] for key in CONTENT if key in self.body}

    def replace(self, content: Json, date: int) -> None:
        """Put new content in place of the old one, which goes to the history."""
        self.history.append({"date": self.edit_date or self.date} | self.content())
        self.body = {key: value for key, value in self.body.items() if key not in CONTENT} | content
        self.edit_date = date

    def wire(self, chat: Json, *, with_reply: bool = True) -> Json:
        """A Telegram ``Message``."""
        message: Json = {"message_id": self.message_id, "from": self.sender, "chat": chat, "date": self.date}
        if self.edit_date is not None:
            message["edit_date"] = self.edit_date
        if with_reply and self.reply_to is not None and not self.reply_to.deleted:
            message["reply_to_message"] = self.reply_to.wire(chat, with_reply=False)
        body = dict(self.body)
        if "inline_keyboard" not in body.get("reply_markup", {}):
            body.pop("reply_markup", None)
        return message | body

    def control(self) -> Json:
        """The message as the control API and the chat page show it."""
        text, entities = text_of(self.body)
        return {
            "message_id": self.message_id,
            "chat": self.chat_id,
            "sender": self.sender,
            "from_bot": self.from_bot,
            "date": self.date,
            "edit_date": self.edit_date,
            "edited": self.edit_date is not None,
            "deleted": self.deleted,
            "seen": self.seen,
            "text": text,
            "html": to_html(text, entities),
            "entities": entities,
            "buttons": self.buttons(),
            "reply_markup": self.body.get("reply_markup"),
            "photo": media(self.body.get("photo", [None])[-1]),
            "document": media(self.body.get("document")),
            "media_group_id": self.body.get("media_group_id"),
            "service": next((key for key in SERVICE if key in self.body), None),
            "reply_to": self.reply_to.message_id if self.reply_to else None,
            "history": [revision(entry) for entry in self.history],
            "seq": self.seq,
        }

    def buttons(self) -> list[list[Json]]:
        rows = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return [[flat_button(button) for button in row] for row in rows]


def text_of(body: Json) -> tuple[str, list[Json]]:
    """The text or the caption, and its entities."""
    name, marks = ("text", "entities") if "text" in body else ("caption", "caption_entities")
    return str(body.get(name, "")), list(body.get(marks, []))


def flat_button(button: Json) -> Json:
    """``{text, data}`` or ``{text, url}``; other kinds as they are."""
    if "callback_data" in button:
        return {"text": button["text"], "data": button["callback_data"]}
    if "web_app" in button:
        return {"text": button["text"], "web_app": button["web_app"]["url"]}
    return button


def media(given: Json | None) -> Json | None:
    return given and given | {"href": f"/_control/files/{given['file_id']}"}


def revision(entry: Json) -> Json:
    text, entities = text_of(entry)
    rows = entry.get("reply_markup", {}).get("inline_keyboard", [])
    return {
        "date": entry["date"],
        "text": text,
        "html": to_html(text, entities),
        "buttons": [[flat_button(button) for button in row] for row in rows],
    }


class Conversation:
    """One chat of one bot: with a person, or with a group."""

    def __init__(self, partner: Person | Group) -> None:
        self.partner = partner
        self.messages: dict[int, Message] = {}
        self.pinned: list[int] = []
        self.reply_keyboard: Json | None = None

    @property
    def id(self) -> int:
        return self.partner.id

    @property
    def is_group(self) -> bool:
        return isinstance(self.partner, Group)

    def find(self, message_id: int) -> Message | None:
        """The message when it still stands."""
        message = self.messages.get(message_id)
        return None if message is None or message.deleted else message
