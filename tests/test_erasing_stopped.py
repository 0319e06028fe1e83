"""A process that stops while it is putting back whom to tell of the end does put it back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

from telegram.error import NetworkError

from gerente_financeiro import erasing
from gerente_financeiro.context import BotContext
from open_finance.personal_data import ErasureDone
from tests.clocks import START, ManualClock
from tests.telegram_server import ANA

DONE = ErasureDone(user_id=ANA, message_id=None, protocol="A1B2C3D4", finished_at=START)


class Stopping:
    """A bot whose Telegram is away and whose threads are all busy: a call waits before it begins, and is dropped if whoever
    waits for it is."""

    def __init__(self) -> None:
        self.reopened: list[ErasureDone] = []
        self.busy = asyncio.Event()
        self.asked_again = asyncio.Event()
        self.clock = ManualClock()
        self.locks = SimpleNamespace(turn=self.turn)
        self.core = SimpleNamespace(
            personal_data=SimpleNamespace(close_erasure=lambda _: DONE, reopen_erasure=self.reopened.append)
        )
        nothing = SimpleNamespace(forget=lambda _: None, drop_user_data=lambda _: None)
        self.conversations = self.vault = self.application = nothing
        self.telegram = SimpleNamespace(send_message=self.send)

    @asynccontextmanager
    async def turn(self, _person: int) -> Any:
        yield

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        if function == self.core.personal_data.reopen_erasure:
            self.asked_again.set()
            await self.busy.wait()
        return function(*args)

    async def send(self, *_args: object, **_more: object) -> None:
        raise NetworkError("away")


async def test_whom_to_tell_is_put_back_though_the_process_stops_meanwhile() -> None:
    bot = Stopping()
    telling = asyncio.create_task(erasing._tell_end(cast("BotContext", bot), ANA, in_place=False))
    await bot.asked_again.wait()
    telling.cancel()
    await asyncio.sleep(0)
    bot.busy.set()
    with suppress(asyncio.CancelledError):
        await telling
    assert telling.cancelled()
    assert bot.reopened == [DONE]
