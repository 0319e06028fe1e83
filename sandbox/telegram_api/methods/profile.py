"""What a bot is and shows of itself: name, descriptions, command menu."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram_api.call import Call
from sandbox.telegram_api.errors import ApiError, bad_request

Json = dict[str, Any]
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"([a-z]{2})?")
MAX_COMMANDS = 100
MAX_DESCRIPTION = 256
SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
TEXT_LIMITS = {"name": 64, "description": 512, "short_description": 120}


def get_me(call: Call) -> Json:
    return call.bot.user() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def stay(call: Call) -> bool:  # noqa: ARG001 - every method takes the call
    """``logOut`` and ``close`` move a bot between servers; here there is nowhere to go."""
    return True


def language(call: Call) -> str:
    code = call.params.text("language_code")
    if not LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def scope(call: Call) -> tuple[str, int, int, str]:
    """The key under which a menu is kept: kind of scope, chat, person, language."""
    given = call.params.parsed("scope") or {"type": "default"}
    kind = str(given.get("type")) if isinstance(given, dict) else ""
    if kind in SCOPES:
        return kind, 0, 0, language(call)
    if kind not in CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat = call.chat_by(str(given.get("chat_id")))
    user_id = given.get("user_id", 0)
    if not isinstance(user_id, int):
        raise bad_request("can't parse BotCommandScope: user_id must be a number")
    return kind, chat.id, user_id, language(call)


def checked_command(given: Any) -> Json:
    if not isinstance(given, dict):
        raise bad_request("expected an Array of BotCommand")
    name, description = str(given.get("command", "")).removeprefix("/"), str(given.get("description", ""))
    if not COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description.strip()) <= MAX_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description.strip()}


def set_my_commands(call: Call) -> bool:
    given = call.params.parsed("commands")
    if not isinstance(given, list):
        raise bad_request("expected an Array of BotCommand")
    if len(given) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    commands = [checked_command(command) for command in given]
    call.bot.commands[scope(call)] = commands
    call.world.feed.publish("commands", bot=call.bot.id)
    return True


def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(scope(call), [])


def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop(scope(call), None)
    call.world.feed.publish("commands", bot=call.bot.id)
    return True


def text_setter(kind: str) -> Callable[[Call], bool]:
    def set_text(call: Call) -> bool:
        text = call.params.text(kind)
        if len(text) > TEXT_LIMITS[kind]:
            raise ApiError(400, f"Bad Request: bot {kind.replace('_', ' ')} is too long")
        code = language(call)
        call.bot.texts[kind, code] = text
        if kind == "name" and not code and text:
            call.bot.name = text
        call.world.feed.publish("bot", bot=call.bot.id)
        return True

    return set_text


def text_getter(kind: str) -> Callable[[Call], Json]:
    def get_text(call: Call) -> Json:
        default = call.bot.name if kind == "name" else ""
        code = language(call)
        return {kind: call.bot.texts.get((kind, code)) or call.bot.texts.get((kind, "")) or default}

    return get_text


def set_chat_menu_button(call: Call) -> bool:
    chat_id = call.chat().id if call.params.has("chat_id") else 0
    button = call.params.parsed("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in {"default", "commands", "web_app"}:
        raise bad_request("MenuButton has unsupported type")
    call.bot.menu_buttons[chat_id] = button
    return True


def get_chat_menu_button(call: Call) -> Json:
    chat_id = call.chat().id if call.params.has("chat_id") else 0
    return call.bot.menu_buttons.get(chat_id) or call.bot.menu_buttons.get(0) or {"type": "commands"}


METHODS: Mapping[str, Callable[[Call], Any]] = {
    "getme": get_me,
    "logout": stay,
    "close": stay,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmyname": text_setter("name"),
    "getmyname": text_getter("name"),
    "setmydescription": text_setter("description"),
    "getmydescription": text_getter("description"),
    "setmyshortdescription": text_setter("short_description"),
    "getmyshortdescription": text_getter("short_description"),
    "setchatmenubutton": set_chat_menu_button,
    "getchatmenubutton": get_chat_menu_button,
}
