"""No secret leaves memory: two hundred people connect banks through ``python bot.py``, and then every file is searched.

Each person has an own CPF, password and code; the bot an own token, Pluggy an own client secret. The process works in one
folder: its database with the WAL, its log, its temporary files. It is killed in the middle, and goes on.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.bot_app import choose, choose_sandbox, connect_by_link, fill, posts, running_bot
from tests.bot_process import ANSWERING
from tests.canaries import BOT_TOKEN, CLIENT_SECRET, SANDBOX_PASSWORD, Person, find_secrets, search
from tests.crowd import Part, Scene, scene
from tests.pluggy_server import wait_until

AT_ONCE = 12


# --- what people do ------------------------------------------------------------------------------------------------


def connects(part: Part) -> None:
    part.connects()


def is_refused(part: Part) -> None:
    """A wrong password, and another one typed after the refusal."""
    part.scene.pluggy.admin("households", {"match": part.person.cpf, "outcome": "INVALID_CREDENTIALS"})
    choose(part.chat, "Caixa")
    part.fills_in()
    part.chat.sees("não aceitou")
    part.chat.loses(part.chat.write(f"outra{part.person.password}"))
    part.chat.sees("Apaguei sua mensagem")


def gives_a_token(part: Part) -> None:
    """The code is one of the fields."""
    choose(part.chat, "Ver todos", "", consent=False)
    part.chat.write("XP")
    part.chat.tap("Usuário e senha")
    part.chat.tap("Autorizo")
    part.chat.sees("1 de 3")
    for value, then in (
        (part.person.typed_cpf, "2 de 3"),
        (part.person.password, "3 de 3"),
        (part.person.code, "✅ XP"),
    ):
        part.chat.write(value)
        part.chat.sees(then)


def answers_a_question(part: Part) -> None:
    """Something that is no code, a password by mistake, then the right one."""
    choose_sandbox(part.chat, "Pluggy Bank 2-step")
    fill(part.chat, part.person.sandbox_user, SANDBOX_PASSWORD)
    part.chat.sees("Chave de segurança")
    part.chat.loses(part.chat.write(part.person.password))
    part.chat.sees("O token deve ter 6 dígitos")
    part.chat.loses(part.chat.write("123456"))
    part.chat.sees("✅ Pluggy Bank 2-step conectado")


def answers_wrongly(part: Part) -> None:
    choose_sandbox(part.chat, "Pluggy Bank 2-step")
    fill(part.chat, part.person.sandbox_user, SANDBOX_PASSWORD)
    part.chat.sees("Chave de segurança")
    part.chat.loses(part.chat.write(part.person.code))
    part.chat.sees("não aceitou esse código")


def approves(part: Part) -> None:
    part.scene.pluggy.authorize(connect_by_link(part.chat, part.person.typed_cpf))
    part.chat.sees("✅ Nubank conectado")


def denies(part: Part) -> None:
    part.scene.pluggy.authorize(connect_by_link(part.chat, part.person.typed_cpf), "deny")
    part.chat.sees("não foi autorizado")


def mistypes(part: Part) -> None:
    """A wrong check digit, the right ones where nobody reads them, and the end."""
    early = part.chat.write("oi")
    choose(part.chat, "Nubank", "Open Finance (recomendado)")
    part.chat.sees("Digite seu CPF")
    part.chat.loses(part.chat.write(part.person.mistyped_cpf))
    part.chat.sees("⚠️")
    part.chat.telegram.edit_text(part.person.user_id, early["message_id"], part.person.typed_cpf)
    part.chat.loses(early)
    part.chat.write("/cancelar")
    part.chat.sees("Cancelado. Nada foi guardado.")


def cancels(part: Part) -> None:
    part.types_until_the_password()
    part.chat.write("/cancelar")
    part.chat.sees("Cancelado. Nada foi guardado.")
    part.chat.loses(part.chat.write(part.person.typed_cpf))


def hurries(part: Part) -> None:
    """Everything at once, the password three times."""
    choose(part.chat, "Caixa")
    part.chat.sees("1 de 2")
    typed = [part.chat.write(text) for text in (part.person.typed_cpf, *[part.person.password] * 3)]
    for message in typed:
        part.chat.loses(message)
    part.chat.sees("✅ Caixa conectada")


def loses_the_answer(part: Part) -> None:
    """What Pluggy says to the request does not arrive, or is spoiled."""
    choose(part.chat, "Caixa")
    part.fills_in()
    part.chat.sees("A resposta do banco se perdeu no caminho")


def repeats(part: Part) -> None:
    part.chat.tap("Tentar de novo")
    part.fills_in()
    part.chat.sees("✅ Caixa conectada")


def is_interrupted_typing(part: Part) -> None:
    part.types_until_the_password()


def types_on(part: Part) -> None:
    """The process is another one: what is typed now is no answer any more."""
    part.chat.loses(part.chat.write(part.person.password))
    part.chat.tap("Recomeçar")
    part.fills_in()
    part.chat.sees("✅ Caixa conectada")


def is_interrupted_sending(part: Part) -> None:
    choose(part.chat, "Caixa")
    part.fills_in()
    part.chat.sees("Conectando à Caixa")


def sends_again(part: Part) -> None:
    part.chat.tap("Repetir")
    part.fills_in()
    part.chat.sees("✅ Caixa conectada")


Flow = Callable[[Part], None]

FLOWS: tuple[tuple[Flow, int], ...] = (
    (connects, 40),
    (is_refused, 25),
    (gives_a_token, 20),
    (answers_a_question, 10),
    (answers_wrongly, 20),
    (approves, 15),
    (denies, 15),
    (mistypes, 10),
    (cancels, 10),
    (hurries, 10),
)
SPOILED = ("status", "malformed", "truncated", "cut_after", "html")
#: How often each flow asks Pluggy for an item, and whether one stands at its end.
POSTS: dict[Flow, int] = {mistypes: 0, cancels: 0, is_interrupted_typing: 0}
CONNECTED: set[Flow] = {connects, gives_a_token, answers_a_question, approves, hurries, repeats, types_on, sends_again}


class Crowd:
    """People who arrive, and then write many at once."""

    def __init__(self, stage: Scene) -> None:
        self._scene = stage
        self.parts: list[Part] = []
        self.flows: Counter[Flow] = Counter()

    def send(self, *flows: tuple[Flow, int]) -> list[Part]:
        """New people, so many for each flow; returns when all have come to its end."""
        sent = [(flow, self._arrives()) for flow, count in flows for _ in range(count)]
        self.go_on(sent)
        return [part for _, part in sent]

    def go_on(self, sent: Sequence[tuple[Flow, Part]]) -> None:
        """People who are here already."""
        self.flows.update(flow for flow, _ in sent)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda each: each[0](each[1]), sent):
                pass

    def _arrives(self) -> Part:
        self.parts.append(self._scene.arrive(len(self.parts)))
        return self.parts[-1]


def live(stage: Scene, share: int) -> Crowd:
    """Two hundred flows, or one in ``share`` of them, and a kill in their middle."""
    crowd, spoiled, interrupted = Crowd(stage), ceil(3 / share), ceil(5 / share)
    stage.start()
    for kind in SPOILED:
        stage.pluggy.fault(kind, method="POST", path="/items$", count=spoiled)
    losing = crowd.send((loses_the_answer, spoiled * len(SPOILED)))
    crowd.go_on([(repeats, part) for part in losing])
    typing = crowd.send((is_interrupted_typing, interrupted))
    stage.pluggy.fault("hold", method="POST", path="/items$", count=interrupted)
    before = posts(stage.pluggy)
    sending = crowd.send((is_interrupted_sending, interrupted))
    wait_until(lambda: posts(stage.pluggy) == before + interrupted)
    stage.kill()
    assert search(stage.folder) == {}
    stage.restart()
    crowd.go_on([*((types_on, part) for part in typing), *((sends_again, part) for part in sending)])
    for kind in SPOILED:
        stage.pluggy.fault(kind, method="GET", path="^/items/", count=spoiled)
    crowd.send(*((flow, ceil(count / share)) for flow, count in FLOWS))
    assert search(stage.folder) == {}  # while the write-ahead log is still there
    assert stage.bot.stop() == 0
    return crowd


# INFO writes a part of what DEBUG does, so a few of each flow are enough to see that it is that log.
@pytest.mark.parametrize(("level", "share"), [("INFO", 20), ("DEBUG", 1)], ids=["INFO", "DEBUG"])
def test_no_secret_of_two_hundred_flows_is_left_anywhere(tmp_path: Path, level: str, share: int) -> None:
    with scene(tmp_path, f"sqlite:///{tmp_path}/gerente.db", level) as stage:
        crowd = live(stage, share)
        assert search(tmp_path) == {}
        assert crowd.flows.total() >= 200 / share
        assert posts(stage.pluggy) == sum(count * POSTS.get(flow, 1) for flow, count in crowd.flows.items())
        assert len(stage.items()) == sum(count for flow, count in crowd.flows.items() if flow in CONNECTED)
        assert stage.items() == stage.rows()
        assert count_deleted_secrets(crowd.parts) >= 300 / share
    log = (tmp_path / "bot.log").read_text()
    assert log.count(ANSWERING) == 2
    assert (" DEBUG " in log) == (level == "DEBUG")


def count_deleted_secrets(parts: Iterable[Part]) -> int:
    """How many messages held a secret. All were deleted, and the bot repeats none of it."""
    told = 0
    for part in parts:
        for message in part.scene.telegram.messages(part.person.user_id, deleted=True):
            if find_secrets(message["text"].encode()):
                told += 1
                assert not message["from_bot"], message["text"]
                assert message["deleted"], message["text"]
    return told


# --- the proof that the search can find ------------------------------------------------------------------------------


ESCAPES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": json.dumps,
    "HTML": html.escape,
    "URL": lambda secret: quote(secret, safe=""),
    "repr": lambda secret: repr([secret.encode()]),
    "hex": lambda secret: secret.encode().hex(),
    "backwards": lambda secret: secret[::-1],
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 behind one letter": lambda secret: base64.b64encode(f":{secret}".encode()).decode(),
    "base64 behind two letters": lambda secret: base64.urlsafe_b64encode(f'["{secret}'.encode()).decode(),
}


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("secret", [Person(7).password, CLIENT_SECRET, BOT_TOKEN, SANDBOX_PASSWORD])
def test_search_finds_a_secret_however_it_was_written(secret: str, escape: str) -> None:
    assert find_secrets(f"before {ESCAPES[escape](secret)} after".encode())


def test_search_finds_a_document_and_a_code_however_they_were_written() -> None:
    cpf, code = Person(7).cpf, Person(7).code
    written = (cpf, Person(7).masked_cpf, quote(Person(7).masked_cpf), f"{cpf[:9]} {cpf[9:]}", f"SUCCESS{cpf}CREATED")
    for text in (*written, f'{{"token": "{code}"}}', f"SUCCESS{code}", f"token={code}&"):
        assert find_secrets(text.encode()), text


def test_search_takes_no_moment_and_no_id_for_a_code() -> None:
    innocent = f"2025-11-25 20:02:12.{Person(7).code} f47ac10b-58cc-4372-a567-0e02b2{Person(7).code} R$ 1.000,00"
    assert find_secrets(innocent.encode()) == []


def test_search_looks_into_the_database_and_its_write_ahead_log(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "gerente.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE kept (value TEXT)")
    connection.execute("INSERT INTO kept VALUES (?)", (Person(7).password,))
    connection.commit()
    assert list(search(tmp_path)) == ["gerente.db-wal"]
    connection.close()
    assert list(search(tmp_path)) == ["gerente.db"]


def test_libraries_would_write_the_secrets_down_if_we_let_them(
    tmp_path: Path, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The same bot without ``set_up_logging``: its log at DEBUG holds the token, and every message a person typed."""
    with scene(tmp_path, sqlite_url) as stage, caplog.at_level(logging.DEBUG):
        stage.telegram.token = BOT_TOKEN
        part = stage.arrive(7)
        with running_bot(stage.telegram, stage.pluggy, sqlite_url):
            part.connects()
        found = " ".join(find_secrets(caplog.text.encode()))
    assert part.person.masked_cpf in found
    assert part.person.password.partition("é")[0] in found
    assert BOT_TOKEN in found
