"""A process that was forked is like one that began from nothing: whatever a program can see of itself is the same."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.bot_nursery import CAN_FORK
from tests.bot_process import BotProcess

#: Says what it sees, and then does what its first argument tells.
PROGRAM = """
import atexit, gc, json, locale, os, random, signal, sys, tempfile, threading, time
streams = [os.readlink(f"/proc/self/fd/{number}") for number in range(3)]
seen = {
    "argv": sys.argv, "name": __name__, "main": sys.modules["__main__"].__dict__ is globals(), "file": __file__,
    "environment": dict(os.environ), "folder": os.getcwd(), "temporary": tempfile.gettempdir(), "zone": time.tzname,
    "handlers": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "open": sorted(os.listdir("/proc/self/fd")), "streams": streams,
    "encodings": [(one.encoding, one.errors, one.line_buffering) for one in (sys.stdin, sys.stdout, sys.stderr)],
    "group": [os.getpgid(0), os.getsid(0)], "threads": len(os.listdir("/proc/self/task")), "mask": os.umask(0o77),
    "collector": [gc.isenabled(), gc.get_threshold()], "turn": sys.getswitchinterval(), "locale": locale.getlocale(),
}
atexit.register(lambda: print("the end", file=sys.stderr))
print(json.dumps({"same": seen, "own": random.random()}), flush=True)
print("ready", file=sys.stderr)
what = sys.argv[1]
if what == "wait":
    time.sleep(60)
elif what == "raise":
    raise ValueError("it was asked to")
elif what == "thread":
    threading.Thread(target=lambda: (time.sleep(0.05), print("the thread", file=sys.stderr))).start()
sys.exit(3)
"""

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="here every process begins from nothing")


@contextmanager
def started(folder: Path, *arguments: str, fresh: bool = False) -> Iterator[BotProcess]:
    """The program, in a folder of the same name wherever it begins."""
    folder.mkdir(exist_ok=True)
    program = folder / "program.py"
    program.write_text(PROGRAM)
    process = BotProcess(
        folder, {"SETTING": "ação", "TZ": "America/Sao_Paulo"}, (str(program), *arguments), fresh=fresh
    )
    process.start()
    yield process
    process.close()


def ended(folder: Path, *arguments: str, fresh: bool = False) -> tuple[Any, Any, Any]:
    """What it saw, wrote and ended with."""
    (folder / "stdout.txt").unlink(missing_ok=True)
    with started(folder, *arguments, fresh=fresh) as process:
        status = process.wait()
        return json.loads((folder / "stdout.txt").read_text()), process.log, status


@pytest.mark.parametrize("arguments", [["end"], ["thread", "ação"]])
def test_a_forked_process_sees_and_ends_what_a_new_one_does(tmp_path: Path, arguments: Sequence[str]) -> None:
    new, forked = ended(tmp_path, *arguments, fresh=True), ended(tmp_path, *arguments)
    assert forked[0]["same"] == new[0]["same"]
    assert forked[1:] == new[1:]
    assert forked[2] == 3
    assert forked[1].endswith("the end\n")


def test_no_two_have_the_same_luck(tmp_path: Path) -> None:
    assert len({ended(tmp_path, "end")[0]["own"] for _ in range(3)}) == 3


def test_an_error_is_status_1_and_told(tmp_path: Path) -> None:
    _, log, status = ended(tmp_path, "raise")
    assert status == 1
    assert "ValueError: it was asked to\n" in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_signal_ends_it_as_it_ends_a_new_one(tmp_path: Path, number: int) -> None:
    with started(tmp_path, "wait") as process:
        process.wait_for_log("ready")
        assert process.process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        assert process.stop(number) == -number
        assert process.process.poll() == -number
        process.process.send_signal(number)  # nobody hears it, and nobody else gets it
