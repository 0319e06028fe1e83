"""``python bot.py`` as a real process, for tests: all it reads, writes and says is in one folder.

``BotProcess(folder, environment(telegram, pluggy)).start()`` begins it, ``wait_until_answering`` waits for its first word;
then ``kill`` is SIGKILL and ``stop`` is SIGTERM. A second one on the same folder is the bot after a restart. It is forked
where everything is imported already (``bot_nursery``), or begun from nothing where that is what a test is about: ``fresh``.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from open_finance.storage.database import Database
from open_finance.storage.models import LeaseRow
from tests.bot_nursery import CAN_FORK, ROOT, Born, born, inherited
from tests.pluggy_server import PluggyAdmin, wait_until
from tests.telegram_server import TelegramServer

BOT = (str(ROOT / "bot.py"),)
HASTY = ("-m", "tests.hasty_bot")  # needs PYTHONPATH
START_SECONDS = 60  # on a machine that does much else
STOP_SECONDS = 30
ANSWERING = "the bot is answering"


def environment(telegram: TelegramServer, pluggy: PluggyAdmin, **values: str) -> dict[str, str]:
    """The settings of a bot between the two local servers, open to everybody; ``values`` change or add some.

    The database is the default one: ``data/gerente.db`` in the process's folder.
    """
    return {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "PLUGGY_CLIENT_ID": "a-client-id-for-tests",
        "PLUGGY_CLIENT_SECRET": "a-client-secret-for-tests",
        "PLUGGY_API_URL": pluggy.url,
        "PLUGGY_SANDBOX": "1",
        "ALLOWED_USER_IDS": "*",
        **values,
    }


class BotProcess:
    """One process. Its working folder, home and temporary folder are ``folder``; it inherits no setting of this machine.

    ``log`` is what it wrote to standard error (in ``bot.log``, appended to by every process of the folder).
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, str], program: Sequence[str] = BOT, *, fresh: bool = False
    ) -> None:
        self.folder = folder
        self._program = program
        self._is_forked = CAN_FORK and not fresh
        temporary = folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        self._environment = {**inherited(), "HOME": str(folder), "TMPDIR": str(temporary), **settings}
        self._process: subprocess.Popen[bytes] | Born | None = None
        self._log_path = folder / "bot.log"
        self._log_began = 0

    def start(self) -> BotProcess:
        """Begin, and return at once."""
        self._log_path.touch()
        self._log_began = self._log_path.stat().st_size
        output = self.folder / "stdout.txt"
        if self._is_forked:
            self._process = born(self._program, self.folder, self._environment, output, self._log_path)
        else:
            self._process = self._begin_from_nothing(output)
        return self

    def _begin_from_nothing(self, output: Path) -> subprocess.Popen[bytes]:
        with self._log_path.open("ab") as log, output.open("ab") as written:
            return subprocess.Popen(
                [sys.executable, *self._program],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=log,
            )

    @property
    def process(self) -> subprocess.Popen[bytes] | Born:
        assert self._process is not None, "the bot was not started"
        return self._process

    @property
    def log(self) -> str:
        """What this process has written to standard error so far."""
        return self._log_path.read_bytes()[self._log_began :].decode()

    def wait_for_log(self, fragment: str, seconds: float = START_SECONDS) -> None:
        """Until the log holds the fragment; a process that ends without saying it is an AssertionError with its log."""

        def said() -> bool:
            ended = self.process.poll() is not None
            if fragment in self.log:
                return True
            assert not ended, f"the bot ended with status {self.process.returncode}:\n{self.log}"
            return False

        wait_until(said, seconds=seconds, every=0.02)

    def wait_until_answering(self) -> None:
        """Until it reads Telegram's updates."""
        self.wait_for_log(ANSWERING)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """The exit status of a process that ends by itself."""
        return self.process.wait(seconds)

    def freeze(self) -> None:
        """SIGSTOP: what arrives from now on is not read. Followed by ``kill``: it died before it could."""
        self.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(self.process.pid), seconds=STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL: not one more instruction is done."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, wait until it has, and return its exit status."""
        self.process.send_signal(number)
        return self.wait()

    def close(self) -> None:
        """At the end of a test: whatever still runs does not outlive it."""
        if self._process is not None and self._process.poll() is None:
            self.kill()


def is_stopped(pid: int) -> bool:
    """Whether not one of its threads runs on. Elsewhere than on Linux that is not known, and taken to be so."""
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            if thread.read_text().rpartition(")")[2].split()[0] != "T":
                return False
    return True


@contextmanager
def bot_process(folder: Path, settings: Mapping[str, str], program: Sequence[str] = BOT) -> Iterator[BotProcess]:
    """``python bot.py``, answering, for the length of a ``with``."""
    bot = BotProcess(folder, settings, program).start()
    try:
        bot.wait_until_answering()
        yield bot
    finally:
        bot.close()


def end_leases(database_url: str, now: datetime) -> None:
    """Let the poller's lease of a killed process run out, as thirty seconds of waiting would."""
    database = Database(database_url)
    with database.writing() as session:
        for lease in session.query(LeaseRow):
            lease.expires_at = now
    database.dispose()
