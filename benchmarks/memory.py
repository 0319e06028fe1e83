"""Resident memory of real processes: the bot once it answers and after its first charts, and a synchronisation above the
same process at rest."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import packages_distributions
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row
from tests.pluggy_server import start_pluggy, wait_until
from tests.telegram_server import ANA, TelegramServer, start_telegram

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 30
PROBE_SECONDS = 120
KB_A_MB = 1024


def measure_memory(seed: int) -> list[Row]:
    """Megabytes, each in a process of its own."""
    with TemporaryDirectory() as folder, start_pluggy(seed=seed) as pluggy, start_telegram() as telegram:
        environment = _environment(folder, pluggy.url, telegram)
        with _running_bot(folder, environment) as bot:
            telegram.send_text(ANA, "/start")
            wait_until(lambda: _has_answered(telegram, bot), seconds=START_SECONDS, every=0.05)
            start = resident_kb(bot.pid, "VmHWM")
            _draw_charts(telegram)
            drawn = resident_kb(bot.pid, "VmHWM")
        grown = _probe(folder, environment)
    return [
        Row("resident memory of the bot when it first answers", round(start / KB_A_MB, 1), "≤", 120, "MB"),
        Row("resident memory of the bot after its first charts", round(drawn / KB_A_MB, 1), "≤", 200, "MB"),
        Row(
            f"memory of a first sync of {grown['rows']} rows, above idle",
            round((grown["peak_kb"] - grown["idle_kb"]) / KB_A_MB, 1),
            "≤",
            16,
            "MB",
        ),
    ]


def resident_kb(process: int | str, field: str = "VmRSS") -> int:
    """A process's resident memory; ``VmHWM`` is its peak. Where there is no ``/proc``, ``ps`` says what is resident now."""
    status = Path(f"/proc/{process}/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith(f"{field}:"))
        return int(line.split()[1])
    pid = str(os.getpid() if process == "self" else process)
    return int(subprocess.run(["ps", "-o", "rss=", "-p", pid], capture_output=True, check=True, text=True).stdout)


def _environment(folder: str, pluggy_url: str, telegram: TelegramServer) -> dict[str, str]:
    ours = {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "ALLOWED_USER_IDS": "*",
        "PLUGGY_CLIENT_ID": "id",
        "PLUGGY_CLIENT_SECRET": "secret",
        "PLUGGY_API_URL": pluggy_url,
        "DATABASE_URL": f"sqlite:///{folder}/bot.db",
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **ours}


def _without_tools(folder: str) -> str:
    """Where Python finds what hides the developers' packages from the bot: a library that finds one of them may load it."""
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    served = {_canonical(name) for name in locked}
    owners = {name: whose for name, whose in packages_distributions().items() if name not in sys.stdlib_module_names}
    hidden = sorted(name for name, whose in owners.items() if not served & set(map(_canonical, whose)))
    path = Path(folder, "site", "sitecustomize.py")
    path.parent.mkdir()
    path.write_text(f"import sys\nsys.modules.update(dict.fromkeys({hidden!r}))\n", encoding="utf-8")
    return str(path.parent)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@contextmanager
def _running_bot(folder: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """``python bot.py`` away from the project's folder, where no ``.env`` of the developer's is read."""
    environment = {**environment, "PYTHONPATH": os.pathsep.join([str(ROOT), _without_tools(folder)])}
    with (
        Path(folder, "bot.log").open("wb") as log,
        subprocess.Popen([sys.executable, str(ROOT / "bot.py")], cwd=folder, env=environment, stderr=log) as bot,
    ):
        try:
            yield bot
        finally:
            bot.send_signal(signal.SIGTERM)
            bot.wait(STOP_SECONDS)


def _has_answered(telegram: TelegramServer, bot: subprocess.Popen[bytes]) -> bool:
    if bot.poll() is not None:
        raise RuntimeError(f"the bot ended with status {bot.returncode}")
    return bool(telegram.from_bot(ANA))


def _draw_charts(telegram: TelegramServer) -> None:
    """The invented family's, by category and by shop: the model, numpy and matplotlib are loaded."""
    telegram.send_text(ANA, "/demo")
    first = telegram.wait_for_text(ANA, "não existe", timeout=START_SECONDS)
    telegram.press(ANA, first["message_id"], "Gastos")
    drawn = telegram.wait_for(ANA, lambda message: bool(message.get("photo")), timeout=START_SECONDS)
    telegram.press(ANA, drawn["message_id"], "Por loja")
    telegram.wait_for_text(ANA, "Por loja ·", timeout=START_SECONDS)


def _probe(folder: str, environment: dict[str, str]) -> dict[str, int]:
    environment = {**environment, "DATABASE_URL": f"sqlite:///{folder}/probe.db"}
    command = [sys.executable, "-m", "benchmarks.sync_probe"]
    ended = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, timeout=PROBE_SECONDS, check=True
    )
    answer: dict[str, int] = json.loads(ended.stdout)
    return answer
