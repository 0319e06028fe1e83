"""Killed at any moment whatever, again and again, while people connect banks: all get there, and nothing is doubled."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from tests.canaries import SANDBOX_PASSWORD, search
from tests.crowd import Part, Scene, scene
from tests.pluggy_server import Json

PEOPLE = 9
KILLS = 3
REQUESTS = range(10, 40)  # how many Pluggy gets between two kills
SECONDS = 60
#: How to a bank: through which door, and what is seen when it is connected.
BANKS = {
    "Caixa": ("Usuário e senha", "✅ Caixa conectada"),
    "Nubank": ("Open Finance (recomendado)", "✅ Nubank conectado"),
    "Pluggy Bank 2-step": ("", "✅ Pluggy Bank 2-step conectado"),
}


class Insistent:
    """A person who does whatever the chat asks, and begins anew where it asks for nothing, until the bank is connected."""

    def __init__(self, part: Part, bank: str) -> None:
        self.part = part
        self._door, self._end = BANKS[bank]
        self._done: set[tuple[int, str]] = set()
        person = part.person
        self._answers = {
            "Qual banco você quer": bank,
            "Digite: User": person.sandbox_user,
            "Digite: Password": SANDBOX_PASSWORD,
            "Digite seu CPF": person.typed_cpf,
            "Digite sua senha": person.password,
            "Chave de segurança": "123456",
        }

    def begin_anew(self) -> None:
        """The process was killed: what was done may have been for nothing."""
        self._done.clear()

    def is_connected(self) -> bool:
        """Told, or not told because the process died between the last row and the last message."""
        return self.is_told() or self.part.owner in self.part.scene.settled()

    def is_told(self) -> bool:
        return any(self._end in message["text"] for message in self.part.chat.messages())

    def finds_the_bank(self) -> None:
        self.part.chat.write("/minhas_contas")
        self.part.chat.sees("🏦 Suas conexões")

    def act(self) -> None:
        """One thing: what the newest message that asks for any asks for."""
        told = [message for message in self.part.chat.messages() if message["from_bot"]]
        asking = next((message for message in reversed(told) if self._stands(message)), None)
        asked = (asking["message_id"], asking["text"]) if asking else (0, "nothing")
        if asked in self._done:
            return
        self._done.add(asked)
        if asking is None:
            self.part.chat.write("/conectar_banco")
        elif reaction := self._reaction(asking):
            reaction()

    def _stands(self, message: Json) -> bool:
        return "⏳" in message["text"] or self._reaction(message) is not None

    def _reaction(self, message: Json) -> Callable[[], object] | None:
        chat, text = self.part.chat, message["text"]
        if "Toque em Autorizar" in text:
            return lambda: self.part.scene.pluggy.authorize(message["buttons"][0][0]["url"])
        answer = next((answer for question, answer in self._answers.items() if question in text), None)
        if answer is not None:
            return lambda: chat.write(answer)
        labels = [button["text"] for line in message["buttons"] for button in line]
        wanted = [one for one in (self._door, "Autorizo", "Recomeçar", "Repetir", "Tentar de novo", "É outra") if one]
        label = next((label for label in labels if any(one in label for one in wanted)), None)
        return None if label is None else lambda: chat.telegram.press(chat.user_id, message["message_id"], label)


def carry_on(stage: Scene, people: Sequence[Insistent], until: Callable[[], bool]) -> None:
    """Everybody acts on whatever happens, until then or until all are connected."""
    deadline = time.monotonic() + SECONDS
    while not until():
        seen = stage.telegram.get("")["seq"]
        waiting = [person for person in people if not person.is_connected()]
        if not waiting:
            return
        for person in waiting:
            person.act()
        assert time.monotonic() < deadline, "\n\n".join(person.part.chat.transcript() for person in waiting)
        stage.telegram.get("/wait", after=seen, timeout=0.2)


@pytest.mark.parametrize("seed", [2])
def test_everybody_is_connected_once_however_often_the_process_is_killed(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    with scene(tmp_path, f"sqlite:///{tmp_path}/gerente.db") as stage:
        stage.start()
        people = [Insistent(stage.arrive(number), list(BANKS)[number % len(BANKS)]) for number in range(PEOPLE)]
        for _ in range(KILLS):
            carry_on(stage, people, has_asked_for(stage, random.choice(REQUESTS)))
            stage.kill()
            assert set(stage.unknown()) <= set(stage.asking())  # whoever has an unknown item is asked to repeat
            assert search(tmp_path) == {}
            stage.restart()
            for person in people:
                person.begin_anew()
        carry_on(stage, people, lambda: False)
        assert stage.unknown() == []
        for person in people:
            person.part.has_exactly_one_connection()
            person.finds_the_bank()


def has_asked_for(stage: Scene, more: int) -> Callable[[], bool]:
    """Whether Pluggy has received so many more requests."""
    enough = len(stage.pluggy.requests()) + more
    return lambda: len(stage.pluggy.requests()) >= enough
