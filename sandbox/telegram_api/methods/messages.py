"""Texts: sending, editing, deleting, copying."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram_api.call import Call
from sandbox.telegram_api.conversation import Conversation, Message
from sandbox.telegram_api.errors import bad_request
from sandbox.telegram_api.world import standing

Json = dict[str, Any]
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "record_audio",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
        "cancel",
    }
)


def send_message(call: Call) -> Json:
    chat, content = call.chat_to_write(), call.text()
    markup = call.markup(chat)
    return call.wire(chat, call.post(chat, content, markup))


def send_chat_action(call: Call) -> bool:
    chat = call.open_chat()
    action = call.params.text("action").strip().lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.world.feed.publish("action", bot=call.bot.id, chat=chat.id, action=action)
    return True


def message_to_edit(call: Call) -> tuple[Conversation, Message]:
    chat = call.chat_to_write()
    message = call.message(chat, "message to edit not found")
    if not message.from_bot:
        raise bad_request("message can't be edited")
    return chat, message


def looks(content: Json) -> Json:
    """What a reader sees of it: a preview switched off or on is no change by itself."""
    return {key: value for key, value in content.items() if key != "link_preview_options"}


def apply_edit(call: Call, chat: Conversation, message: Message, content: Json, markup: Json | None) -> Json:
    """The new content; without a keyboard the old one goes. Raises ApiError when nothing would change."""
    if markup and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    wanted = content | ({"reply_markup": markup} if markup else {})
    if looks(wanted) == looks(message.content()):
        raise bad_request(NOT_MODIFIED)
    call.world.edit(call.bot, message, wanted)
    return call.wire(chat, message)


def edit_message_text(call: Call) -> Json:
    chat, message = message_to_edit(call)
    content, markup = call.text(), call.markup(chat)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    return apply_edit(call, chat, message, content, markup)


def edit_message_caption(call: Call) -> Json:
    chat, message = message_to_edit(call)
    caption, markup = call.caption(), call.markup(chat)
    if not {"photo", "document"} & set(message.body):
        raise bad_request("there is no caption in the message to edit")
    media = {key: value for key, value in message.content().items() if key in {"photo", "document"}}
    return apply_edit(call, chat, message, media | caption, markup)


def edit_message_reply_markup(call: Call) -> Json:
    chat, message = message_to_edit(call)
    content = {key: value for key, value in message.content().items() if key != "reply_markup"}
    return apply_edit(call, chat, message, content, call.markup(chat))


def check_deletable(call: Call, chat: Conversation, message: Message) -> None:
    """Anything of the last 48 hours in a private chat, only the bot's own messages in a group."""
    if not call.is_deletable(message):
        raise bad_request("message can't be deleted for everyone")
    if chat.is_group and not message.from_bot:
        raise bad_request("message can't be deleted")


def delete_message(call: Call) -> bool:
    chat = call.chat()
    message = call.message(chat, "message to delete not found")
    check_deletable(call, chat, message)
    call.world.delete(call.bot, message)
    return True


def delete_messages(call: Call) -> bool:
    chat = call.chat()
    found = standing(chat, identifiers(call))
    for message in found:
        check_deletable(call, chat, message)
    for message in found:
        call.world.delete(call.bot, message)
    return True


def identifiers(call: Call) -> list[int]:
    given = call.params.parsed("message_ids")
    if not isinstance(given, list) or not all(isinstance(number, int) for number in given):
        raise bad_request("expected an Array of message identifiers")
    return given


def source_message(call: Call, missing: str) -> Message:
    return call.message(call.chat("from_chat_id"), missing)


def copy_message(call: Call) -> Json:
    chat = call.chat_to_write()
    source = source_message(call, "message to copy not found")
    content = {key: value for key, value in source.content().items() if key != "reply_markup"}
    if call.params.has("caption"):
        content = {key: value for key, value in content.items() if not key.startswith("caption")} | call.caption()
    return {"message_id": call.post(chat, content, call.markup(chat)).message_id}


def forward_message(call: Call) -> Json:
    chat = call.chat_to_write()
    source = source_message(call, "message to forward not found")
    content = {key: value for key, value in source.content().items() if key != "reply_markup"}
    origin = {"type": "user", "date": source.date, "sender_user": source.sender}
    return call.wire(chat, call.post(chat, content | {"forward_origin": origin}, None))


def set_message_reaction(call: Call) -> bool:
    chat = call.chat()
    message = call.message(chat, "message to react not found")
    given = call.params.parsed("reaction") or []
    if not isinstance(given, list) or not all(isinstance(item, dict) and "type" in item for item in given):
        raise bad_request("can't parse reaction types JSON object")
    emoji = [str(item.get("emoji", "")) for item in given]
    call.world.feed.publish("reaction", bot=call.bot.id, chat=chat.id, message_id=message.message_id, emoji=emoji)
    return True


METHODS: Mapping[str, Callable[[Call], Any]] = {
    "sendmessage": send_message,
    "sendchataction": send_chat_action,
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "deletemessages": delete_messages,
    "copymessage": copy_message,
    "forwardmessage": forward_message,
    "setmessagereaction": set_message_reaction,
}
