"""Keyboards under a message and under the text box: what Telegram takes, and what it stores of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.telegram_api.errors import ApiError, bad_request
from sandbox.telegram_api.links import LinkError, check_link, check_web_app_link

Json = dict[str, Any]
MAX_BUTTONS = 100
MAX_REPLY_BUTTONS = 300
MAX_BYTES = 10_000
MAX_CALLBACK_BYTES = 64
KINDS = (
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def read_markup(given: Any, *, allow_loopback: bool = False, private: bool = True) -> Json | None:
    """A checked ``reply_markup``; None when there is none or an inline keyboard is empty. Raises ApiError.

    A Mini App knows who opened it only in a private chat: elsewhere its button is refused.
    """
    if given is None or given == {}:
        return None
    if not isinstance(given, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in given:
        rows = [
            [inline_button(button, allow_loopback=allow_loopback) for button in row]
            for row in rows_of(given["inline_keyboard"], "inline_keyboard")
        ]
        rows = [row for row in rows if row]
        check_size(rows, MAX_BUTTONS)
        if not private and any("web_app" in button for row in rows for button in row):
            raise bad_request("BUTTON_TYPE_INVALID")
        return {"inline_keyboard": rows} if rows else None
    if "keyboard" in given:
        return reply_keyboard(given)
    return {key: given[key] for key in ("remove_keyboard", "force_reply", "input_field_placeholder") if key in given}


def rows_of(given: Any, name: str) -> list[list[Any]]:
    if not isinstance(given, list):
        raise bad_request(f'can\'t parse reply keyboard markup JSON object: Field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in given):
        raise bad_request("can't parse reply keyboard markup JSON object: Expected an Array of Arrays of buttons")
    return given


def check_size(rows: list[list[Json]], most: int) -> None:
    if sum(map(len, rows)) > most or len(json.dumps(rows, ensure_ascii=False).encode()) > MAX_BYTES:
        raise bad_request("reply markup is too long")


def button_error(text: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {text}")


def inline_button(given: Any, *, allow_loopback: bool) -> Json:
    if not isinstance(given, dict):
        raise button_error("InlineKeyboardButton must be an Object")
    text = given.get("text")
    if not isinstance(text, str):
        raise button_error('Can\'t find field "text"' if text is None else 'Field "text" must be of type String')
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    kinds = [kind for kind in KINDS if given.get(kind) is not None]
    if not kinds:
        raise button_error("Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise button_error("More than one action is specified for the button")
    kind = kinds[0]
    return {"text": text, kind: check_action(kind, given[kind], allow_loopback=allow_loopback)}


def check_action(kind: str, value: Any, *, allow_loopback: bool) -> Any:
    if kind == "callback_data":
        if not isinstance(value, str):
            raise button_error('Field "callback_data" must be of type String')
        if not 1 <= len(value.encode()) <= MAX_CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    elif kind == "url":
        return button_link("URL", str(value), check_link, allow_loopback=allow_loopback)
    elif kind == "web_app":
        url = str(value.get("url", "")) if isinstance(value, dict) else ""
        return {"url": button_link("Web App URL", url, check_web_app_link, allow_loopback=allow_loopback)}
    return value


def button_link(name: str, url: str, check: Callable[..., str], *, allow_loopback: bool) -> str:
    try:
        return check(url, allow_loopback=allow_loopback)
    except LinkError as error:
        raise bad_request(f"inline keyboard button {name} '{url}' is invalid: {error}") from None


def reply_keyboard(given: Json) -> Json:
    rows = []
    for row in rows_of(given["keyboard"], "keyboard"):
        buttons = [{"text": button} if isinstance(button, str) else button for button in row]
        if not all(isinstance(button, dict) and str(button.get("text") or "").strip() for button in buttons):
            raise bad_request("can't parse keyboard button: KeyboardButton must have a non-empty text")
        rows.append(buttons)
    check_size(rows, MAX_REPLY_BUTTONS)
    options = ("resize_keyboard", "one_time_keyboard", "is_persistent", "input_field_placeholder")
    return {"keyboard": rows} | {key: given[key] for key in options if key in given}
