"""A thousand events for fifty people in ten seconds, while Telegram applies its limits and Pluggy's are kept.

The two servers and the bot are processes of their own, the clock is the real one. Three times: as it should be, with the bot
killed in the midst and begun again, and with two bots on one database by mistake.
"""

from __future__ import annotations

import random
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update

from benchmarks.alerts.crowd import Person, carry_out, connect, plan
from benchmarks.alerts.telling import Told, judge, open_work
from benchmarks.report import Row
from benchmarks.sync.homes import running
from open_finance.config import Settings
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow, LeaseRow
from tests.bot_process import BotProcess, environment
from tests.databases import postgres_server
from tests.pluggy_server import Json, PluggyAdmin, wait_until
from tests.telegram_server import TelegramServer

PEOPLE = tuple(range(5000, 5050))
SECONDS = 10.0
ORDERS = 5
#: Each event comes so often, and each of these so late.
REPEAT, DELAY = 2, [0.0, 0.5]
#: Pluggy repeats what was not answered after a quarter of an hour.
REPEATED_AFTER = 16
PATIENCE = 120.0
#: Whatever would be said twice is said by then.
QUIET_SECONDS = 3.0
REGISTERED = "Pluggy tells us what happens"
SECOND_MISTAKE = "another process is reading this bot's updates"


def measure(seed: int) -> list[Row]:
    """Under two minutes and a half."""
    rows: list[Row] = []
    with square(None) as place:
        rows += _one_burst(place, seed)
        rows += _killed(place, seed + 1)
    with postgres_server() as postgres:
        if postgres is not None:
            with square(postgres.create()) as place:
                rows += _two_bots(place, seed + 2)
    return rows


def _one_burst(place: Square, seed: int) -> list[Row]:
    place.start()
    return place.burst("SQLite", seed).rows()


def _killed(place: Square, seed: int) -> list[Row]:
    bot = place.bots[0]

    def kill() -> None:
        bot.kill()
        let_go(place.database)
        bot.start()

    def repeat() -> None:
        bot.wait_until_answering()
        place.pluggy.advance(minutes=REPEATED_AFTER)

    return place.burst("killed in the midst", seed, kill, repeat).rows(is_killed=True)


def _two_bots(place: Square, seed: int) -> list[Row]:
    """Pluggy talks to the one that does not answer people."""
    place.start(2)
    return place.burst("PostgreSQL, two bots", seed).rows()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One burst. ``deliveries``: Pluggy's log of it; ``refusals``: how often Telegram said 429."""

    name: str
    deliveries: list[Json]
    told: Told
    refusals: int

    def rows(self, *, is_killed: bool = False) -> list[Row]:
        """Of a killed bot no time is measured: how long it is away is another's matter. A message that Telegram has taken
        and that was not marked yet is said again, and may tell several purchases."""
        told, by_copy = self.told, len(self.deliveries)
        answered = [one for one in self.deliveries if 200 <= one["status"] < 300]
        late = max((one["latency"] for one in answered), default=0.0)
        unheard = {one["eventId"] for one in self.deliveries} - {one["eventId"] for one in answered}
        p95 = statistics.quantiles(told.latencies, n=20)[-1] if len(told.latencies) > 1 else float("inf")
        rows = [
            Row(f"{self.name}: deliveries in {SECONDS:g} s", by_copy, "≥", 1000, "requests"),
            Row(f"{self.name}: worst answer to Pluggy", round(late, 3), "≤", 5, "s"),
            Row(f"{self.name}: purchases told to nobody", told.missing, "=", 0, f"of {told.purchases}"),
            Row(f"{self.name}: Telegram's 429", self.refusals, "=", 0),
        ]
        if is_killed:
            return [
                *rows,
                Row(f"{self.name}: events never answered 2xx", len(unheard), "=", 0),
                Row(f"{self.name}: messages said twice", told.repeated, "≤", 1),
            ]
        return [
            *rows,
            Row(f"{self.name}: not answered 2xx", by_copy - len(answered), "=", 0),
            Row(f"{self.name}: messages said twice", told.repeated, "=", 0),
            Row(f"{self.name}: purchases told once more than bought", told.extra, "=", 0),
            Row(f"{self.name}: event to message, p95", round(p95, 2), "≤", 10, "s"),
        ]


@dataclass
class Square:
    """The two servers, a database, and the people; the bots, once they are started."""

    telegram: TelegramServer
    pluggy: PluggyAdmin
    settings: Settings
    database: Database
    folder: Path
    people: list[Person]
    bots: list[BotProcess] = field(default_factory=list)
    cents: int = 60_00

    def start(self, count: int = 1) -> None:
        """So many bots, each ready when this returns. Pluggy and Telegram know the last one's address."""
        ports = [free_port() for _ in range(count)]
        for number, port in enumerate(ports):
            public = {"PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{ports[-1]}", "LOG_LEVEL": "INFO"}
            values = environment(self.telegram, self.pluggy, DATABASE_URL=self.settings.database_url, **public)
            bot = BotProcess(self.folder / f"bot-{number}", values, fresh=True).start()
            self.bots.append(bot)
            bot.wait_for_log(REGISTERED if number == 0 else SECOND_MISTAKE)

    def burst(
        self, name: str, seed: int, midst: Callable[[], None] | None = None, after: Callable[[], None] | None = None
    ) -> Outcome:
        """``midst`` is done at half time, ``after`` at the end."""
        chance = random.Random(seed)
        for person in self.people:
            person.bought.clear()
            person.pending.clear()
        self.telegram.reset()
        self.telegram.set_limits()
        self._deliver()
        self.pluggy.admin("webhooks/log", method="DELETE")
        self.pluggy.spoil_webhooks(repeat=REPEAT, delay=DELAY)
        refused = self.telegram.counts("sendMessage").get(429, 0)
        orders = plan(chance, PEOPLE, SECONDS, ORDERS, self.cents)
        self.cents += len(orders) * 2
        timer = threading.Timer(SECONDS / 2, midst or list)
        timer.start()
        carry_out(self.pluggy, self.people, orders, chance)
        timer.join()
        self._deliver()
        if after is not None:
            after()
            self._deliver()
        self._settle()
        told = judge(self.telegram, self.database, self.people)
        refusals = self.telegram.counts("sendMessage").get(429, 0) - refused
        return Outcome(name, self.pluggy.deliveries(), told, refusals)

    def _deliver(self) -> None:
        """Until nothing is on its way from Pluggy."""
        wait_until(lambda: self.pluggy.admin("webhooks")["sending"] == 0, seconds=PATIENCE, every=0.05)

    def _settle(self) -> None:
        """Until nothing is left to do, for as long as it is waited for."""
        deadline = time.monotonic() + PATIENCE
        while open_work(self.database) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(QUIET_SECONDS)

    def close(self) -> None:
        for bot in self.bots:
            bot.close()
        self.telegram.close()
        self.pluggy.close()
        self.database.dispose()


@contextmanager
def square(database_url: str | None) -> Iterator[Square]:
    """A square for the length of a ``with``; on SQLite where no other database is given."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        users = [str(user) for user in PEOPLE]
        telegram = stack.enter_context(
            running([sys.executable, "-m", "sandbox", "telegram", "--port", "0", "--limits", "--user-id", *users])
        )
        pluggy = stack.enter_context(
            running([sys.executable, "-m", "sandbox", "pluggy", "--port", "0", "--allow-loopback"])
        )
        url = database_url or f"sqlite:///{folder / 'gerente.db'}"
        settings = Settings("a-client-id-for-tests", "a-client-secret-for-tests", pluggy, url, include_sandbox=True)
        admin = PluggyAdmin(pluggy)
        people = connect(admin, settings, PEOPLE)
        place = Square(TelegramServer(telegram), admin, settings, Database(url), folder, people)
        stack.callback(place.close)
        yield place


def let_go(database: Database) -> None:
    """What a killed process had in its hands is free again, as it would be after minutes of waiting."""
    now = datetime.now(UTC)
    with database.writing() as session:
        session.execute(update(LeaseRow).values(expires_at=now))
        session.execute(update(ConnectionRow).where(ConnectionRow.lease_until > now).values(lease_until=now))
        session.execute(update(NotificationRow).where(NotificationRow.claimed_until > now).values(claimed_until=now))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
