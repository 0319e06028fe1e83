"""Inline keyboards. A button carries a verb and our own ids (``verb:id:id``); what it may do is looked up when pressed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from gerente_financeiro.messages.format import clean_text
from open_finance.records import Connection

CALLBACK_LIMIT = 64  # bytes: Telegram refuses more
LABEL_LIMIT = 40
HALF_A_ROW = 19  # letters that fit into half a phone's width

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


T = TypeVar("T")


def button(text: str, verb: str, *ids: object) -> InlineKeyboardButton:
    """A button that calls the handler of ``verb``. The label is plain text, cleaned and cut."""
    data = ":".join([verb, *(str(part) for part in ids)])
    assert len(data.encode()) <= CALLBACK_LIMIT, f"callback data of {verb} is too long"
    return InlineKeyboardButton(_label(text), callback_data=data)


def parse(data: str | None) -> tuple[str, list[str]]:
    """The verb and ids of a pressed button. Empty data gives an empty verb, which no handler has."""
    verb, *ids = (data or "").split(":")
    return verb, ids


def url_button(text: str, url: str) -> InlineKeyboardButton:
    """A button that opens an address."""
    return InlineKeyboardButton(_label(text), url=url)


def page_button(text: str, url: str) -> InlineKeyboardButton:
    """A button that opens a page of ours inside Telegram, in private chats only."""
    return InlineKeyboardButton(_label(text), web_app=WebAppInfo(url))


def keyboard(*lines: Sequence[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    """A keyboard of the lines given; empty ones are left out."""
    return InlineKeyboardMarkup([list(line) for line in lines if line])


def rows(buttons: Iterable[InlineKeyboardButton], width: int) -> list[list[InlineKeyboardButton]]:
    """The buttons in rows of ``width``."""
    row = list(buttons)
    return [row[start : start + width] for start in range(0, len(row), width)]


def columns(buttons: Iterable[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """The buttons in two columns, in which a label that half a phone's width would cut has a row of its own: the one that
    waits for its pair stands below it."""
    lines: list[list[InlineKeyboardButton]] = []
    waiting: list[InlineKeyboardButton] = []
    for each in buttons:
        if len(each.text) > HALF_A_ROW:
            lines.append([each])
        elif waiting:
            lines.append([*waiting, each])
            waiting = []
        else:
            waiting = [each]
    return [*lines, waiting] if waiting else lines


def pager(verb: str, page: int, pages: int, *ids: object, picker: str | None = None) -> list[InlineKeyboardButton]:
    """``[ ‹ ] [ 2/7 ] [ › ]`` for pages counted from 0; nothing where there is one page.

    Every button is ``verb:ids…:page``. ``‹`` and ``›`` are left out at the ends. The middle one calls ``picker``; without
    a picker it leads to the first page, from the first to the last: it never does nothing.
    """
    if pages <= 1:
        return []
    line = [button("‹", verb, *ids, page - 1)] if page > 0 else []
    if picker:
        line.append(button(f"{page + 1}/{pages}", picker, *ids, page))
    else:
        line.append(button(f"{page + 1}/{pages}", verb, *ids, 0 if page else pages - 1))
    if page < pages - 1:
        line.append(button("›", verb, *ids, page + 1))
    return line


def page_count(total: int, size: int) -> int:
    """How many pages ``total`` things fill: at least one."""
    return max(1, -(-total // size))


def page_of(items: Sequence[T], page: int, size: int) -> tuple[Sequence[T], int, int]:
    """``(what a page shows, which page it is, how many there are)``: the last, where a button asks for one beyond it."""
    pages = page_count(len(items), size)
    page = min(page, pages - 1)
    return items[page * size : (page + 1) * size], page, pages


def base36(number: int) -> str:
    """A non-negative integer in as few characters as buttons need."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def from_base36(text: str) -> int:
    """The inverse of ``base36``. Raises ValueError on anything else: buttons can be forged."""
    if not text or len(text) > 12 or not all(char in _DIGITS for char in text):
        raise ValueError("not a base 36 number")
    return int(text, 36)


def to_id(text: str) -> int:
    """One of our ids from a pressed button. Raises ValueError on anything that cannot be one: buttons can be forged."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError("not an id")
    return int(text)


def connect_button(text: str = "🏦 Conectar") -> InlineKeyboardButton:
    """The way into /conectar_banco from another screen; its handler belongs to the conversation."""
    return button(text, "conectar")


def demo_button(text: str = "👀 Demonstração") -> InlineKeyboardButton:
    """The way to an invented family, for whoever has no bank yet."""
    return button(text, "demo")


def reconnect_button(connection_id: int, text: str = "Reconectar") -> InlineKeyboardButton:
    """The way back in, from wherever a connection is in trouble; what it needs is found out when pressed."""
    return button(text, "rc", connection_id)


def see_request_button(connection: Connection) -> InlineKeyboardButton:
    """Brings a request that is no connection yet back to the end of the chat: its link, its question, where it stands."""
    action = connection["action"]
    by_link = action is not None and action["type"] == "authorize"
    return button("Ver o link" if by_link else "Ver pedido", "cn_see", connection["id"])


def _label(text: str) -> str:
    """Telegram refuses a button without text, and a bank may have a name of which nothing is left."""
    return clean_text(text, LABEL_LIMIT) or "…"
