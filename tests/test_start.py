"""What ./run starts, decided from the keys that are there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.up import bot_environment
from tools.start import KEYS, choose, read_dotenv

ROOT = Path(__file__).resolve().parent.parent
ALL_KEYS = dict.fromkeys(KEYS, "x")


def test_every_key_present_starts_the_real_bot() -> None:
    assert choose([], ALL_KEYS) == ("bot", [])


def test_no_key_starts_the_sandbox() -> None:
    assert choose([], dict.fromkeys(KEYS, " "))[0] == "sandbox"
    assert choose([], {})[0] == "sandbox"


@pytest.mark.parametrize("absent", KEYS)
def test_some_keys_missing_are_named(absent: str) -> None:
    values = {key: value for key, value in ALL_KEYS.items() if key != absent}
    assert choose([], values) == ("incomplete", [absent])


def test_sandbox_can_be_asked_for_with_keys_present() -> None:
    assert choose(["sandbox"], ALL_KEYS)[0] == "sandbox"


def test_env_file_that_cannot_be_read_is_left_to_the_bot_to_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# comentário".encode("latin-1"))
    assert choose([], read_dotenv(tmp_path / ".env"))[0] == "bot"
    assert choose(["sandbox"], read_dotenv(tmp_path / ".env"))[0] == "sandbox"


def test_incomplete_keys_exit_with_2_and_one_line(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in KEYS}
    finished = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "start.py")],
        env=environment | {"TELEGRAM_BOT_TOKEN": "x", "PLUGGY_CLIENT_ID": "x"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert "PLUGGY_CLIENT_SECRET" in finished.stderr
    assert ".env.example" in finished.stderr


def test_sandbox_never_uses_real_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.setenv(key, "a-real-secret")
    environment = bot_environment("http://127.0.0.1:1", "http://127.0.0.1:2", "/somewhere", 3)
    assert "a-real-secret" not in environment.values()
    assert environment["PLUGGY_API_URL"] == "http://127.0.0.1:1"
    assert environment["TELEGRAM_API_URL"] == "http://127.0.0.1:2"
