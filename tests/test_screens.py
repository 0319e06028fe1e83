"""Editing in place: what Telegram refuses harmlessly is swallowed, and nothing else."""

from __future__ import annotations

from typing import Any, cast

import pytest
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from gerente_financeiro.screens import Place, Screen


class RefusingBot:
    """A bot whose edits all end with one error, or with none."""

    def __init__(self, error: TelegramError | None = None) -> None:
        self.error = error
        self.edits: list[dict[str, Any]] = []

    async def edit_message_text(self, text: str, **rest: Any) -> None:
        self.edits.append({"text": text, **rest})
        if self.error:
            raise self.error


def place(bot: RefusingBot) -> Place:
    return Place(cast("ExtBot[None]", bot), 1000, 7)


async def test_an_edit_is_html_without_a_link_preview() -> None:
    bot = RefusingBot()
    await place(bot).show(Screen("<b>oi</b>"))
    (edit,) = bot.edits
    assert (edit["chat_id"], edit["message_id"], edit["parse_mode"]) == (1000, 7, "HTML")
    assert edit["link_preview_options"].is_disabled


@pytest.mark.parametrize(
    "words",
    [
        "Message is not modified: specified new message content and reply markup are exactly the same",
        "Message to edit not found",
        "Message can't be edited",
    ],
)
async def test_an_edit_that_changes_nothing_is_no_error(words: str) -> None:
    await place(RefusingBot(BadRequest(words))).show(Screen("oi"))


@pytest.mark.parametrize("error", [BadRequest("Can't parse entities"), Forbidden("bot was blocked by the user")])
async def test_every_other_refusal_is(error: TelegramError) -> None:
    with pytest.raises(type(error)):
        await place(RefusingBot(error)).show(Screen("oi"))
