"""``python bot.py`` as the operator runs it: what it says when it cannot begin, and how it ends."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.bot_app import CPF, PASSWORD, Chat, choose, fill, posts
from tests.bot_nursery import ROOT
from tests.bot_process import BOT, HASTY, BotProcess, bot_process, environment
from tests.pluggy_server import PluggyServer, start_pluggy, wait_until
from tests.telegram_server import ANA, TOKEN, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

Settings = dict[str, str]
REFUSED_TOKEN = "O Telegram recusou TELEGRAM_BOT_TOKEN: confira o token com o @BotFather (veja .env.example).\n"


@pytest.fixture
def pluggy() -> Iterator[PluggyServer]:
    """A local Pluggy in the time of the process: its clock is the machine's."""
    with start_pluggy(speed=200, today=None) as server:
        yield server


@pytest.fixture
def settings(telegram: TelegramServer, pluggy: PluggyServer) -> Settings:
    """Complete settings, open to everybody."""
    return environment(telegram, pluggy)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Any]:
    """``run(settings)`` starts a process, ``hasty`` one that waits and polls ten times as short, ``fresh`` one that has
    everything to import, as the operator's; none outlives the test."""
    started: list[BotProcess] = []

    def begin(settings: Mapping[str, str], folder: str = "", *, hasty: bool = False, fresh: bool = False) -> BotProcess:
        (tmp_path / folder).mkdir(exist_ok=True)
        program = HASTY if hasty else BOT
        environment = {**settings, "PYTHONPATH": str(ROOT)} if hasty else settings
        started.append(BotProcess(tmp_path / folder, environment, program, fresh=fresh).start())
        return started[-1]

    yield begin
    for process in started:
        process.close()


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """Where the process keeps its data when nothing else is said."""
    return tmp_path / "data" / "gerente.db"


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def is_sound(path: Path) -> bool:
    """Whether the file is a whole database whose every row has what it refers to."""
    return rows(path, "PRAGMA integrity_check") == [("ok",)] and rows(path, "PRAGMA foreign_key_check") == []


def lease_holder(path: Path) -> str:
    return str(rows(path, "SELECT holder FROM leases WHERE name = 'telegram-poller'")[0][0])


# --- what keeps it from beginning ----------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["TELEGRAM_BOT_TOKEN", "PLUGGY_CLIENT_ID", "PLUGGY_CLIENT_SECRET"])
def test_a_missing_key_is_one_line_and_status_2(run: Any, settings: Settings, variable: str) -> None:
    del settings[variable]
    process = run(settings, fresh=variable == "TELEGRAM_BOT_TOKEN")
    assert process.wait() == 2
    assert process.log.count("\n") == 1
    assert variable in process.log
    assert ".env.example" in process.log


@pytest.mark.parametrize(
    "url",
    [
        "mysql://gerente:a-database-password@localhost/gerente",
        "postgresql://gerente:a-database-password@127.0.0.1:{port}/gerente",
        "sqlite:////proc/nobody/writes/here.db",
        "sqlite:///{folder}/not-a-database",
    ],
    ids=["another kind", "nobody listens", "nobody may write", "another file"],
)
def test_a_database_that_cannot_be_used_is_one_line_and_status_2(
    run: Any, settings: Settings, tmp_path: Path, url: str
) -> None:
    (tmp_path / "not-a-database").write_text("a letter to my aunt\n" * 100)
    process = run(settings | {"DATABASE_URL": url.format(port=closed_port(), folder=tmp_path)})
    assert process.wait() == 2
    assert process.log.startswith("DATABASE_URL")
    assert process.log.count("\n") == 1
    assert ".env.example" in process.log
    assert "a-database-password" not in process.log


def test_a_refused_token_is_one_line_and_status_2(
    run: Any, settings: Settings, telegram: TelegramServer, database_file: Path
) -> None:
    telegram.add_fault("getMe", status=401, description="Unauthorized")
    process = run(settings)
    assert process.wait() == 2
    assert process.log == REFUSED_TOKEN
    assert is_sound(database_file)


def test_a_token_that_is_revoked_later_ends_the_process_with_the_same_line(
    run: Any, settings: Settings, telegram: TelegramServer, database_file: Path
) -> None:
    process = run(settings)
    process.wait_until_answering()
    telegram.add_fault("getUpdates", status=401, description="Unauthorized", times=5)
    telegram.send_text(ANA, "oi")  # ends the request that is waiting now
    assert process.wait() == 2
    assert process.log.endswith(REFUSED_TOKEN)
    assert TOKEN not in process.log
    assert lease_holder(database_file) == ""


def test_refused_pluggy_keys_are_told_at_start_and_to_who_needs_pluggy_and_the_bot_lives(
    run: Any, settings: Settings, telegram: TelegramServer
) -> None:
    process, ana = run(settings | {"PLUGGY_CLIENT_SECRET": "errado-mas-secreto"}), Chat(telegram, ANA)
    process.wait_for_log("Client ID ou Client Secret inválidos")
    ana.write("/conectar_banco")
    ana.sees("Client ID ou Client Secret inválidos. Avise quem administra o bot.")
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    assert process.stop() == 0
    assert "PLUGGY_CLIENT_ID" in process.log
    assert "Traceback" not in process.log
    assert "errado-mas-secreto" not in process.log


# --- how it ends ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_long_poll_ends_it_cleanly_and_the_next_begins_at_once(
    run: Any, settings: Settings, telegram: TelegramServer, database_file: Path, number: int
) -> None:
    ana, process = Chat(telegram, ANA), run(settings, fresh=number == signal.SIGTERM)
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    holder = lease_holder(database_file)
    assert holder
    assert process.stop(number) == 0
    assert lease_holder(database_file) == ""
    assert is_sound(database_file)
    assert "Traceback" not in process.log
    assert TOKEN not in process.log
    heir = run(settings)
    heir.wait_until_answering()
    assert "another process" not in heir.log
    assert lease_holder(database_file) not in {"", holder}


def test_a_telegram_that_cannot_be_reached_is_tried_until_a_signal_comes(run: Any, settings: Settings) -> None:
    process = run(settings | {"TELEGRAM_API_URL": f"http://127.0.0.1:{closed_port()}"})
    process.wait_for_log("Telegram could not be reached: ")
    assert process.process.poll() is None
    assert process.stop() == 0
    assert "Traceback" not in process.log
    assert TOKEN not in process.log


def test_a_telegram_that_listens_and_says_nothing_does_not_hold_up_a_signal(run: Any, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = run(settings | {"TELEGRAM_API_URL": f"http://127.0.0.1:{listener.getsockname()[1]}"})
        with listener.accept()[0]:
            assert process.stop() == 0
    assert process.log == ""


def test_a_signal_in_the_middle_of_a_first_reading_loses_nothing(
    run: Any, settings: Settings, telegram: TelegramServer, pluggy: PluggyServer, database_file: Path
) -> None:
    pluggy.fault("delay", path="/v2/transactions$", delay=0.5, count=None)
    ana, process = Chat(telegram, ANA), run(settings)
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    wait_until(lambda: any(one["path"] == "/v2/transactions" for one in pluggy.requests()), seconds=20)
    assert process.stop() == 0
    assert is_sound(database_file)
    assert rows(database_file, "SELECT settled_at, lease_until FROM bank_connections") == [(None, None)]
    assert "Traceback" not in process.log
    pluggy.admin("faults", method="DELETE")
    run(settings, hasty=True)
    ana.sees("✅ Caixa conectada")
    (accounts,) = rows(database_file, "SELECT count(*) FROM bank_accounts")[0]
    assert accounts > 0
    assert posts(pluggy) == 1


def test_a_signal_while_a_request_is_under_way_waits_for_its_answer(
    run: Any, settings: Settings, telegram: TelegramServer, pluggy: PluggyServer, database_file: Path
) -> None:
    ana, process = Chat(telegram, ANA), run(settings)
    choose(ana, "Caixa")
    pluggy.fault("delay", method="POST", path="/items$", delay=1)
    fill(ana, CPF, PASSWORD)
    wait_until(lambda: rows(database_file, "SELECT count(*) FROM connection_intents WHERE state = 'posting'") == [(1,)])
    assert process.stop() == 0
    assert is_sound(database_file)
    assert len(rows(database_file, "SELECT item_id FROM bank_connections")) == 1
    run(settings, hasty=True)
    ana.sees("✅ Caixa conectada")
    assert "se perdeu" not in ana.transcript()
    assert posts(pluggy) == len(pluggy.items()) == 1


def test_a_second_process_waits_and_follows(
    run: Any, settings: Settings, telegram: TelegramServer, tmp_path: Path
) -> None:
    shared = settings | {"DATABASE_URL": f"sqlite:///{tmp_path / 'shared.db'}"}
    ana = Chat(telegram, ANA)
    first = run(shared, "first")
    first.wait_until_answering()
    second = run(shared, "second", hasty=True)
    second.wait_for_log("another process is reading this bot's updates")
    ana.write("/ajuda")
    ana.sees("Ver dinheiro")
    assert first.stop() == 0
    second.wait_until_answering()
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    assert second.stop() == 0
    assert sum(message["from_bot"] for message in ana.messages()) == 2
    assert "Traceback" not in first.log + second.log


def test_what_the_operator_must_hear_is_said_at_start(tmp_path: Path, settings: Settings) -> None:
    del settings["ALLOWED_USER_IDS"]
    with bot_process(tmp_path, settings | {"RENDER": "true"}) as process:
        assert "ALLOWED_USER_IDS não tem ninguém" in process.log
        assert "ATENÇÃO: DATABASE_URL aponta para um SQLite fora de um volume, e o Render apaga" in process.log
        assert process.stop() == 0
