"""Chats and who is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram_api.call import Call
from sandbox.telegram_api.errors import bad_request
from sandbox.telegram_api.people import Group
from sandbox.telegram_api.world import chat_member

Json = dict[str, Any]
GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


def get_chat(call: Call) -> Json:
    chat = call.chat()
    info = chat.partner.chat() | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, False),
    }
    if isinstance(chat.partner, Group):
        info["permissions"] = {"can_send_messages": True}
    if chat.pinned and (message := chat.find(chat.pinned[-1])):
        info["pinned_message"] = call.wire(chat, message)
    return info


def get_chat_member(call: Call) -> Json:
    chat, user_id = call.chat(), call.params.integer("user_id")
    call.check_inside(chat)
    if user_id == call.bot.id:
        return chat_member(call.bot.user(), "member")
    person = call.world.people.get(user_id)
    if person is None:
        raise bad_request("member not found")
    if isinstance(chat.partner, Group):
        status = "member" if person.id in chat.partner.members else "left"
        return chat_member(person.user(), status)
    return chat_member(person.user(), "member" if person.id == chat.id else "left")


def get_chat_member_count(call: Call) -> int:
    chat = call.chat()
    call.check_inside(chat)
    partner = chat.partner
    return len(partner.members) + 1 if isinstance(partner, Group) else 2


def pin_chat_message(call: Call) -> bool:
    chat = call.chat()
    message = call.message(chat, "message to pin not found")
    if message.message_id not in chat.pinned:
        chat.pinned.append(message.message_id)
    call.world.feed.publish("pinned", bot=call.bot.id, chat=chat.id, message_id=message.message_id)
    return True


def unpin_chat_message(call: Call) -> bool:
    chat = call.chat()
    wanted = call.params.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if wanted not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(wanted)
    call.world.feed.publish("unpinned", bot=call.bot.id, chat=chat.id, message_id=wanted)
    return True


def unpin_all_chat_messages(call: Call) -> bool:
    chat = call.chat()
    chat.pinned.clear()
    call.world.feed.publish("unpinned", bot=call.bot.id, chat=chat.id)
    return True


METHODS: Mapping[str, Callable[[Call], Any]] = {
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatmembercount": get_chat_member_count,
    "pinchatmessage": pin_chat_message,
    "unpinchatmessage": unpin_chat_message,
    "unpinallchatmessages": unpin_all_chat_messages,
}
