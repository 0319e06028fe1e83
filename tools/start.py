"""What ``./run`` starts: the real bot when every key is present, the sandbox when none is, exit 2 when some are missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

KEYS = ("TELEGRAM_BOT_TOKEN", "PLUGGY_CLIENT_ID", "PLUGGY_CLIENT_SECRET")
ROOT = Path(__file__).resolve().parent.parent


def choose(arguments: list[str], values: Mapping[str, str | None]) -> tuple[str, list[str]]:
    """``("sandbox" | "bot" | "incomplete", missing keys)`` for the command line and the merged environment."""
    missing = [key for key in KEYS if not (values.get(key) or "").strip()]
    if arguments[:1] == ["sandbox"] or len(missing) == len(KEYS):
        return "sandbox", missing
    return ("incomplete", missing) if missing else ("bot", missing)


def read_dotenv(path: Path) -> Mapping[str, str | None]:
    """What the file sets; one that is no UTF-8 is the bot's to complain of, and nothing to the sandbox."""
    try:
        return dotenv_values(path, encoding="utf-8-sig")
    except UnicodeDecodeError:
        return dict.fromkeys(KEYS, "?")


def main(arguments: list[str]) -> None:
    os.chdir(ROOT)
    choice, missing = choose(arguments, {**read_dotenv(Path(".env")), **os.environ})
    if choice == "incomplete":
        print(
            f"Falta definir {', '.join(missing)} no ambiente ou no arquivo .env (veja .env.example). "
            "Para experimentar sem chaves: ./run sandbox",
            file=sys.stderr,
        )
        sys.exit(2)
    rest = arguments[1:] if arguments[:1] == ["sandbox"] else arguments
    command = ["-m", "sandbox", "up", *rest] if choice == "sandbox" else ["bot.py", *rest]
    os.execv(sys.executable, [sys.executable, *command])


if __name__ == "__main__":
    main(sys.argv[1:])
