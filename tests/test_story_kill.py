"""The process is killed (SIGKILL) in the middle of connections and of ends: another one goes on from the rows.

One process is killed while ten people stand at ten different steps; what each of them sees afterwards is a test of its own.
The one window that nothing can close (the request left, its answer did not arrive) is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bot_app import choose_sandbox, connect_by_link, fill
from tests.canaries import SANDBOX_PASSWORD, search
from tests.crowd import PATIENCE, Part, scene
from tests.databases import BOTH_DATABASES
from tests.pluggy_server import wait_until

# --- the steps: how one comes there, what brings the kill upon it, and how it goes on ----------------------------------


class Step:
    """``reach``: stands there for as long as one likes. ``strike``: sends what is not answered before the kill.

    ``strike_last``: the same, for what troubles all others. ``meanwhile``: between the two processes.
    """

    def reach(self, part: Part) -> None: ...

    def strike(self, part: Part) -> None: ...

    def strike_last(self, part: Part) -> None: ...

    def meanwhile(self, part: Part) -> None: ...

    def go_on(self, part: Part) -> None: ...


class Choosing(Step):
    def reach(self, part: Part) -> None:
        part.chat.write("/conectar_banco")
        part.chat.sees("Qual banco")

    def go_on(self, part: Part) -> None:
        for button in ("Caixa", "Usuário e senha", "Autorizo"):
            part.chat.tap(button)
        part.fills_in()
        part.chat.sees("✅ Caixa conectada")
        part.has_exactly_one_connection()


class Typing(Step):
    def reach(self, part: Part) -> None:
        part.types_until_the_password()

    def go_on(self, part: Part) -> None:
        part.chat.sees("esqueci o que você digitou. Nada foi enviado ao banco.")
        part.chat.loses(part.chat.write(part.person.password))
        part.chat.sees("apaguei sua mensagem, que não foi enviada a ninguém")
        assert part.items == []
        part.chat.tap("Recomeçar")
        part.fills_in()
        part.chat.sees("✅ Caixa conectada")
        part.has_exactly_one_connection()


class Asking(Step):
    """The one window: Pluggy has the request, and nobody hears the answer. The repeat takes over what it made."""

    def reach(self, part: Part) -> None:
        part.types_until_the_password()

    def strike(self, part: Part) -> None:
        arrived = part.scene.holds("POST", "/items")
        part.chat.write(part.person.password)
        arrived()

    def go_on(self, part: Part) -> None:
        part.chat.sees("a resposta se perdeu. Repita a conexão: se ela já existir, eu a aproveito, sem duplicar.")
        (made,) = part.items
        assert part.rows == []
        part.chat.tap("Repetir")
        part.fills_in()
        part.chat.sees("✅ Caixa conectada")
        assert part.items == [made]
        part.has_exactly_one_connection()


class Stored(Step):
    """The item is a row, and nobody has looked at it yet."""

    def reach(self, part: Part) -> None:
        part.types_until_the_password()

    def strike_last(self, part: Part) -> None:
        part.scene.pluggy.fault("status", status=503, method="GET", path="^/items/", count=None)
        part.chat.write(part.person.password)
        wait_until(lambda: part.rows, seconds=PATIENCE)

    def go_on(self, part: Part) -> None:
        part.chat.sees("✅ Caixa conectada")
        part.has_exactly_one_connection()


class AskedForACode(Step):
    def reach(self, part: Part) -> None:
        is_asked_for_a_code(part)

    def go_on(self, part: Part) -> None:
        part.chat.loses(part.chat.write("123456"))
        part.chat.sees("✅ Pluggy Bank 2-step conectado")
        part.has_exactly_one_connection()


class AnsweringNobody(Step):
    """The code is typed while no process is there: the next one takes it."""

    def reach(self, part: Part) -> None:
        is_asked_for_a_code(part)

    def meanwhile(self, part: Part) -> None:
        part.chat.write("123456")

    def go_on(self, part: Part) -> None:
        part.chat.sees("✅ Pluggy Bank 2-step conectado")
        assert [message for message in part.chat.messages() if message["text"] == "123456"] == []
        part.has_exactly_one_connection()


class TalkingToNobody(Step):
    """Something like a secret is typed while the bank works and no process is there."""

    def reach(self, part: Part) -> None:
        connect_by_link(part.chat, part.person.cpf)

    def meanwhile(self, part: Part) -> None:
        part.chat.write(part.person.password)

    def go_on(self, part: Part) -> None:
        part.chat.sees("Falta você autorizar no Nubank")
        assert [message for message in part.chat.messages() if message["text"] == part.person.password] == []
        part.scene.pluggy.authorize(part.chat.link("🔗 Autorizar"))
        part.chat.sees("✅ Nubank conectado")


class AnsweringTheCode(Step):
    """The answer left, and what Pluggy said to it was not heard: it is not given twice."""

    def reach(self, part: Part) -> None:
        is_asked_for_a_code(part)

    def strike(self, part: Part) -> None:
        arrived = part.scene.holds("POST", "/mfa")
        part.chat.loses(part.chat.write("123456"))
        arrived()

    def go_on(self, part: Part) -> None:
        part.chat.sees("✅ Pluggy Bank 2-step conectado")
        part.has_exactly_one_connection()


class AskedForTheLink(Step):
    def reach(self, part: Part) -> None:
        connect_by_link(part.chat, part.person.cpf)

    def go_on(self, part: Part) -> None:
        message = part.chat.sees("Toque em Autorizar")
        part.scene.pluggy.authorize(part.chat.link("🔗 Autorizar"))
        assert part.chat.sees("✅ Nubank conectado")["message_id"] == message["message_id"]
        part.has_exactly_one_connection()


class FirstSync(Step):
    def reach(self, part: Part) -> None:
        connect_by_link(part.chat, part.person.cpf)

    def strike(self, part: Part) -> None:
        arrived = part.scene.holds("GET", "/accounts")
        part.scene.pluggy.authorize(part.chat.link("🔗 Autorizar"))
        arrived()

    def go_on(self, part: Part) -> None:
        assert "R$\xa01.000,00" in part.chat.sees("✅ Nubank conectado")["text"]
        part.has_exactly_one_connection()


class Cancelling(Step):
    def reach(self, part: Part) -> None:
        connect_by_link(part.chat, part.person.cpf)

    def strike(self, part: Part) -> None:
        arrived = part.scene.holds("DELETE", part.items[0])
        part.chat.tap("Cancelar")
        arrived()

    def go_on(self, part: Part) -> None:
        part.chat.sees("✅ A Pluggy confirmou: o pedido ao Nubank foi apagado. Nada foi guardado.")
        part.has_none()


class LeavingUnheard(Step):
    """Pluggy was asked to delete, and has not done it."""

    def reach(self, part: Part) -> None:
        part.connects()
        begins_to_leave(part)
        part.scene.pluggy.fault("status", status=400, method="DELETE", path=f"{part.items[0]}$", count=None)
        part.chat.tap("Guardar histórico")
        part.chat.sees("A Pluggy ainda não confirmou")

    def go_on(self, part: Part) -> None:
        part.chat.sees("✅ A Pluggy confirmou: Caixa desconectada.")
        part.has_none()
        part.chat.write("/extrato")
        part.chat.sees("Últimos 30 dias")


class Leaving(Step):
    """Pluggy deleted, and nobody heard that it did."""

    def reach(self, part: Part) -> None:
        part.connects()
        begins_to_leave(part)
        part.chat.tap("Apagar tudo")
        part.chat.sees("Isso não tem volta")

    def strike(self, part: Part) -> None:
        arrived = part.scene.holds("DELETE", part.items[0])
        part.chat.tap("Sim, apagar")
        arrived()

    def go_on(self, part: Part) -> None:
        part.chat.sees("✅ A Pluggy confirmou: Caixa desconectada e apagada.")
        part.has_none()
        part.chat.write("/extrato")
        part.chat.sees("Nenhum banco conectado")


def is_asked_for_a_code(part: Part) -> None:
    choose_sandbox(part.chat, "Pluggy Bank 2-step")
    fill(part.chat, part.person.sandbox_user, SANDBOX_PASSWORD)
    part.chat.sees("Chave de segurança")


def begins_to_leave(part: Part) -> None:
    part.chat.write("/desconectar_banco")
    part.chat.tap("Caixa (1 conta)")
    part.chat.sees("E o seu histórico")


STEPS: dict[str, Step] = {
    "a bank is being chosen": Choosing(),
    "a field is being asked for": Typing(),
    "the bank asks for a code": AskedForACode(),
    "the bank asks for a code, typed to nobody": AnsweringNobody(),
    "the bank waits for the link": AskedForTheLink(),
    "the bank waits for the link, and somebody types": TalkingToNobody(),
    "the bank is being left, unheard": LeavingUnheard(),
    "the request is under way": Asking(),
    "the code is under way": AnsweringTheCode(),
    "the request is being cancelled": Cancelling(),
    "the bank is being left": Leaving(),
    "the first data is being read": FirstSync(),
    "the item was just stored": Stored(),
}


@dataclass(frozen=True)
class Killed:
    """What the kill left: ``unknown``: whose items no row knew; ``found``: the secrets on the disk."""

    parts: dict[str, Part]
    unknown: list[str]
    found: dict[str, list[str]]


@pytest.fixture(scope="module", params=BOTH_DATABASES)
def killed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    """Everybody at their step, then the kill, then another process."""
    folder = tmp_path_factory.mktemp("killed")
    with fresh_database(request, folder) as url, scene(folder, url) as stage:
        stage.start()
        parts = {name: stage.arrive(number) for number, name in enumerate(STEPS)}
        with ThreadPoolExecutor(len(STEPS)) as pool:
            list(pool.map(lambda name: STEPS[name].reach(parts[name]), STEPS))
            list(pool.map(lambda name: STEPS[name].strike(parts[name]), STEPS))
            list(pool.map(lambda name: STEPS[name].strike_last(parts[name]), STEPS))
        stage.kill()
        unknown, found = stage.unknown(), search(folder)
        for name, step in STEPS.items():
            step.meanwhile(parts[name])
        stage.restart()
        yield Killed(parts, unknown, found)


@contextmanager
def fresh_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder}/gerente.db"
        return
    server = request.getfixturevalue("postgres_session")
    if server is None:
        pytest.skip("PostgreSQL not found")
    url = server.create()
    yield url
    server.drop(url)


@pytest.mark.parametrize("step", STEPS)
def test_killed_while(killed: Killed, step: str) -> None:
    STEPS[step].go_on(killed.parts[step])


def test_only_the_request_that_was_under_way_left_an_item_that_no_row_knew(killed: Killed) -> None:
    assert killed.unknown == [killed.parts["the request is under way"].owner]


def test_kill_leaves_no_secret_on_the_disk(killed: Killed) -> None:
    assert killed.found == {}
