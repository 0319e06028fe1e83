"""What aiogram makes of what the local Telegram says. It takes three seconds to import, so it is when it is first asked."""

from __future__ import annotations

from typing import Any


def read_as(kind: str, value: object) -> Any:
    """``value`` as aiogram's type of that name (``Update``, ``Message``, …); pydantic's error where it is none."""
    from aiogram import types

    return getattr(types, kind).model_validate(value)


def is_signed(token: str, init_data: str) -> bool:
    """Whether aiogram believes the data a Mini App was opened with."""
    from aiogram.utils.web_app import check_webapp_signature

    return check_webapp_signature(token, init_data)


def read_init_data(token: str, init_data: str) -> Any:
    """The same data as aiogram reads them; ValueError where it does not believe them."""
    from aiogram.utils.web_app import safe_parse_webapp_init_data

    return safe_parse_webapp_init_data(token, init_data)
