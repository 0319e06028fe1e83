"""The one message of a refresh: a line a bank, and in the end the buttons that the outcome calls for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from telegram import InlineKeyboardMarkup
from telegram.error import NetworkError, RetryAfter, TelegramError

from gerente_financeiro.keyboards import button, keyboard
from gerente_financeiro.messages import refresh as words
from gerente_financeiro.messages.trouble import MENDED_BY_PERSON, can_be_asked, need_of, wants_code
from gerente_financeiro.reconnect_screens import mend_button, mend_button_among
from gerente_financeiro.screens import Place, Screen
from open_finance.records import Connection

MENDS_A_MESSAGE = 6


class Board:
    """What becomes of each bank of a tap. ``asking``: those that can be asked; the others need their person first."""

    def __init__(self, connections: Sequence[Connection], now: datetime) -> None:
        self._now = now
        self._connections = {each["id"]: each for each in connections}
        self.asking = [each for each in connections if can_be_asked(each, now)]
        self._unanswered = {each["id"] for each in self.asking}
        self._lines = {each["id"]: self._first_line(each) for each in connections}
        self._refusals: dict[int, str] = {}
        self._lock = asyncio.Lock()

    def _first_line(self, connection: Connection) -> str:
        if connection["id"] in self._unanswered:
            return words.asking([connection["connector_name"]])
        return words.needs_its_person(connection, self._now)

    @property
    def first_screen(self) -> Screen:
        """Before any bank has answered; all there is to say where none is asked."""
        if not self.asking:
            return self.outcome
        asked = words.asking([each["connector_name"] for each in self.asking])
        told = (line for each, line in self._lines.items() if each not in self._unanswered)
        return Screen(words.outcome([asked, *told]))

    @property
    def outcome(self) -> Screen:
        """The end, with its buttons."""
        return Screen(self._text, self._buttons())

    async def put(self, place: Place, connection: Connection, line: str, *, answered: bool = True) -> None:
        """Change a bank's line and show the message. Edits follow one another, so that the last is the newest; after one
        that fails comes another."""
        self._lines[connection["id"]] = line
        if answered:
            self._unanswered.discard(connection["id"])
        async with self._lock:
            with contextlib.suppress(NetworkError, RetryAfter):
                await place.show(Screen(self._text))

    def learn(self, connection: Connection) -> None:
        """How a connection stands now."""
        self._connections[connection["id"]] = connection

    def learn_refusal(self, connection: Connection, code: str | None) -> None:
        """Why the bank was not asked: what only its person can mend is known here before the rows know it."""
        if code in MENDED_BY_PERSON:
            self._refusals[connection["id"]] = code

    async def end(self, place: Place, pause: float) -> None:
        """Nothing more comes: the message gets its buttons."""
        async with self._lock:
            await place.end(self.outcome, pause)

    async def leave(self, place: Place) -> None:
        """The process ends: what was not answered is left to the schedule, and said so."""
        for connection_id in self._unanswered:
            bank = self._connections[connection_id]["connector_name"]
            self._lines[connection_id] = words.left_to_the_schedule(bank)
        with contextlib.suppress(TelegramError):
            await place.show(self.outcome)

    @property
    def _text(self) -> str:
        return words.outcome(list(self._lines.values()))

    def stuck(self) -> list[Connection]:
        """Those that need their person."""
        standing = map(self._as_refused, self._connections.values())
        return [each for each in standing if need_of(each, self._now) is not None or wants_code(each, self._now)]

    def _as_refused(self, connection: Connection) -> Connection:
        code = connection["trouble_code"] or self._refusals.get(connection["id"])
        return cast("Connection", {**connection, "trouble_code": code})

    def _buttons(self) -> InlineKeyboardMarkup:
        alone = len(self._connections) == 1
        mends = (
            [mend_button(each, self._now) if alone else mend_button_among(each, self._now)]
            for each in self.stuck()[:MENDS_A_MESSAGE]
        )
        return keyboard(*mends, [button("Ver saldo", "saldo"), button("Extrato", "extrato")])
