"""Where processes of ``python bot.py`` begin without importing everything again: ``python -m tests.bot_nursery``.

An import of the bot costs more than a second, most tests of a process are over in less. This process has imported it once;
each order forks a child that runs the program as Python would have: own environment, folder, arguments and standard streams,
and nothing of this one's but the modules. ``born`` starts one; it is used like a ``subprocess.Popen``.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
#: What a bot or a worker imports, at its start or in its first minute.
MODULES = (
    "aiohttp.web",
    "anyio._backends._asyncio",
    "dramatiq.brokers.redis",
    "httpcore",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "psycopg2",
    "sqlalchemy.dialects.sqlite",
    "gerente_financeiro.app",
    "gerente_financeiro.config",
    "gerente_financeiro.core",
    "gerente_financeiro.logs",
    "open_finance.machines.queue",
    "open_finance.process",
    "open_finance.worker",
)
#: Of this machine, what a process is told.
INHERITED = ("PATH", "LANG", "LC_ALL")
CAN_FORK = hasattr(os, "pidfd_open")  # elsewhere every process begins from nothing

Json = dict[str, Any]


def inherited() -> dict[str, str]:
    """What a process knows of this machine's environment."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


class Born:
    """A forked process. It stays a zombie until it was waited for, so its number is never another's."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self.pid = pid
        self.returncode: int | None = None
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self.returncode if self._has_ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, as soon as there is one."""
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _has_ended(self, seconds: float | None) -> bool:
        if self.returncode is None:
            waiting = select.poll()
            waiting.register(self._handle, select.POLLIN)
            if not waiting.poll(None if seconds is None else seconds * 1000):
                return False
            self.returncode = int(self._nursery.ask({"reap": self.pid})["status"])
            os.close(self._handle)
        return True


class Nursery:
    """The process, seen from the tests. It ends when its input does: with whoever opened it, however that ends."""

    def __init__(self) -> None:
        # Without anybody's home: nothing that is installed there, and no settings.
        environment = {**inherited(), "PYTHONPATH": str(ROOT), "HOME": os.devnull}
        command = [sys.executable, "-m", "tests.bot_nursery"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lock = threading.Lock()

    def ask(self, order: Json) -> Json:
        """One order, and what came of it."""
        given, told = self._process.stdin, self._process.stdout
        assert given is not None
        assert told is not None
        with self._lock:
            given.write(json.dumps(order) + "\n")
            given.flush()
            return dict(json.loads(told.readline()))

    def close(self) -> None:
        self._process.communicate()


@cache
def nursery() -> Nursery:
    """The one of this session of tests: opened when it is first asked for."""
    opened = Nursery()
    atexit.register(opened.close)
    return opened


def born(program: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path, errors: Path) -> Born:
    """A process of ``program`` (``(path, *arguments)`` or ``("-m", module, *arguments)``) in ``folder``. What it writes is
    added to the two files."""
    order = {
        "program": list(program),
        "folder": str(folder),
        "environment": dict(environment),
        "streams": [os.devnull, str(output), str(errors)],
    }
    return Born(nursery(), int(nursery().ask(order)["pid"]))


# --- the process itself ------------------------------------------------------------------------------------------------


def main() -> None:
    """Import, then do what is asked. A child leaves through here, so that Python ends as it always does."""
    for name in MODULES:
        import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a fork would lose a thread"
    gc.collect()
    gc.freeze()
    while line := sys.stdin.readline():
        order = json.loads(line)
        answer = reap(order["reap"]) if "reap" in order else begin(order)
        if answer is None:
            run(order["program"])
            return
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def reap(pid: int) -> Json:
    """The exit status of a child that has ended."""
    return {"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}


def begin(order: Json) -> Json | None:
    """Fork; in the child, None, with all that a new process is given."""
    pid = os.fork()
    if pid:
        return {"pid": pid}
    for number, path in enumerate(order["streams"]):
        opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    tempfile.tempdir = None
    time.tzset()
    return None


def run(program: Sequence[str]) -> None:
    """As ``python PROGRAM``."""
    if program[0] == "-m":
        sys.argv = list(program[1:])
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(program)
        runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    main()
