"""A bank that lives on and a process that is killed while it reads it, again and again; after each kill everything is looked
at. From one seed; ``tests/killed_pass.py`` is what is killed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import delete, select, text

from open_finance.data_sync import DataSynchronizer
from open_finance.events import ConnectionBusy, ConnectionSynced
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, ConnectionRow, TransactionRow
from open_finance.syncing.pass_tools import LEASE_SECONDS
from tests.bank_rows import listed_rows, standing_rows
from tests.clocks import ManualClock
from tests.killed_pass import Fate, Order
from tests.pluggy_server import TODAY, Json, PluggyServer, start_pluggy, wait_until
from tests.pluggy_stub import settings
from tests.rows import USER, add_connection
from tests.story import checking, row

ROOT = Path(__file__).resolve().parent.parent
ROWS = (900, 300, 300)  # of each account; the first has two pages
BANK = 2
LOGIN = {"user": "user-ok", "password": "password-ok"}
MATCH = "user-ok"
KILLED = -9
Nursery = subprocess.Popen[str]
#: Of an account: its balance, and each of its rows.
Account = tuple[Any, frozenset[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill and what was found ``amiss`` after it. ``outside``: by another's hand. ``first``: nothing had been read yet.
    ``between``: some accounts were written, and others not."""

    round: int
    step: int
    outside: bool
    first: bool
    between: bool
    amiss: tuple[str, ...]


class LivingBank:
    """Three accounts whose rows change: edited, gone, new, restated under another id."""

    def __init__(self, server: PluggyServer, random: Random, rows: Sequence[int]) -> None:
        self._server = server
        self._random = random
        self._number = 0
        self._rows = [[self._new_row() for _ in range(count)] for count in rows]
        self._tell()

    def live_on(self) -> None:
        """A day passes: Pluggy collects what has changed since."""
        for rows in self._rows:
            for _ in range(20):
                self._random.choice(rows)["description"] = f"Corrigida {self._random.random()}"
            for _ in range(5):
                rows.pop(self._random.randrange(len(rows)))
                rows.append(self._new_row())
            self._random.choice(rows)["id"] = self._new_row()["id"]
        self._tell()
        self._server.advance(hours=25)

    def _tell(self) -> None:
        accounts = [checking(key, f"{self._random.randrange(100_000)}.00") for key, _ in enumerate(self._rows, 1)]
        rows = {account["id"]: listed for account, listed in zip(accounts, self._rows, strict=True)}
        self._server.assign(MATCH, {"accounts": accounts, "transactions": rows})

    def _new_row(self) -> Json:
        self._number += 1
        day = TODAY - timedelta(days=self._random.randrange(200))
        return row(self._number, day, f"-{self._random.randrange(1, 90_000) / 100:.2f}")


class Stage:
    """One database, one connection, a nursery of processes to be killed."""

    def __init__(
        self,
        server: PluggyServer,
        database_url: str,
        nursery: Nursery,
        seed: int,
        rows: Sequence[int],
    ) -> None:
        self._server = server
        self._url = database_url
        self._nursery = nursery
        self._random = Random(seed)
        self._bank = LivingBank(server, self._random, rows)
        self._database = Database(database_url)
        self._client = PluggyClient(settings(server.url), pacer=NO_PACING)
        self._item = self._client.create_item(BANK, LOGIN)["id"]
        server.advance(seconds=60)
        self._connection_id = self._add_connection()
        self._steps: dict[bool, int] = {}
        for first in (True, False):
            self._steps[first] = self._run(None, outside=False)["steps"]
            self._bank.live_on()

    def kill(self, number: int) -> Kill:
        """Let the bank live on, kill a pass in the midst of it, look at what is left, and let the next pass converge."""
        first, outside = number % 5 == 0, number % 2 == 1
        before, step = self._kill_somewhere(first, outside)
        middle, amiss = self._accounts(), self._unsound()
        amiss += self._unleased()
        after = self._accounts()
        known = {account: {before.get(account), after.get(account)} for account in {*before, *middle, *after}}
        amiss += [f"half an account: {one}" for one, found in middle.items() if found not in known[one]]
        if standing_rows(self._database) != listed_rows(self._client, self._item):
            amiss.append("not the bank's rows")
        return Kill(number, step, outside, first, middle not in (before, after), tuple(amiss))

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()

    def _kill_somewhere(self, first: bool, outside: bool) -> tuple[Mapping[str, Account], int]:
        """At a random step; where the pass was over before the blow fell, at another one of the next day. What stood before,
        and the step."""
        while True:
            if first:
                self._begin_anew()
            self._bank.live_on()
            before, step = self._accounts(), self._random.randint(1, self._steps[first])
            fate = self._run(step, outside=outside)
            if fate["exit_code"] == KILLED:
                return before, step
            assert fate["exit_code"] == 0, fate

    def _run(self, kill_at: int | None, *, outside: bool) -> Fate:
        order = Order(
            pluggy_url=self._server.url,
            database_url=self._url,
            connection_id=self._connection_id,
            now=self._now().isoformat(),
            kill_at=kill_at,
            outside=outside,
        )
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(json.dumps(order) + "\n")
        self._nursery.stdin.flush()
        fate: Fate = json.loads(self._nursery.stdout.readline())
        self._await_the_server()
        return fate

    def _await_the_server(self) -> None:
        """PostgreSQL notices a little later that its client has died, and may be committing still."""
        others = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state <> 'idle'"
        )

        def is_quiet() -> bool:
            with self._database.reading() as session:  # anew each time: within a transaction the view stands still
                return bool(session.scalar(others) == 0)

        if not self._database.is_sqlite:
            wait_until(is_quiet, every=0.002)

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._server.admin("now")["now"])

    def _unleased(self) -> list[str]:
        """The lease holds until it ends and no longer; then the next pass reads everything."""
        now = self._now()
        with self._database.reading() as session:
            lease = session.get_one(ConnectionRow, self._connection_id).lease_until
        amiss = []
        if lease is not None:
            if lease > now + timedelta(seconds=LEASE_SECONDS):
                amiss.append("a lease that is too long")
            if not isinstance(self._sync(now), ConnectionBusy):
                amiss.append("a lease that does not hold")
        event = self._sync(now + timedelta(seconds=LEASE_SECONDS))
        return amiss if isinstance(event, ConnectionSynced) else [*amiss, f"not taken over: {event}"]

    def _sync(self, now: datetime) -> Any:
        clock = ManualClock(now)
        synchronizer = DataSynchronizer(
            PluggyClient(settings(self._server.url), clock=clock), self._database, clock=clock
        )
        try:
            return synchronizer.sync_connection(user_id=USER, connection_id=self._connection_id)
        finally:
            synchronizer.stop()

    def _accounts(self) -> Mapping[str, Account]:
        """Everything in our books that Pluggy has a part in."""
        columns = ("pluggy_id", "occurred_on", "description", "amount", "status", "removed_at")
        with self._database.reading() as session:
            accounts = session.execute(select(AccountRow.id, AccountRow.pluggy_id, AccountRow.balance)).all()
            rows: dict[int, list[tuple[Any, ...]]] = {one.id: [] for one in accounts}
            listed = select(TransactionRow.account_id, *(getattr(TransactionRow, name) for name in columns))
            for account_id, *values in session.execute(listed):
                rows[account_id].append((*values[:-1], values[-1] is None))
        return {one.pluggy_id: (one.balance, frozenset(rows[one.id])) for one in accounts}

    def _unsound(self) -> list[str]:
        """What the database itself finds wrong."""
        with self._database.reading() as session:
            if self._database.is_sqlite:
                check = session.scalars(text("PRAGMA integrity_check")).all()
                broken = session.execute(text("PRAGMA foreign_key_check")).all()
                return [*(f"integrity: {line}" for line in check if line != "ok"), *map(str, broken)]
            orphans = (
                "SELECT count(*) FROM bank_transactions t LEFT JOIN bank_accounts a ON a.id = t.account_id "
                "WHERE a.id IS NULL"
            )
            twice = "SELECT count(*) - count(DISTINCT (account_id, pluggy_id)) FROM bank_transactions"
            return [query for query in (orphans, twice) if session.scalar(text(query)) != 0]

    def _add_connection(self) -> int:
        with self._database.writing() as session:
            return add_connection(session, item_id=self._item, connector_id=BANK, created_at=self._now())

    def _begin_anew(self) -> None:
        """Nothing has been read yet."""
        with self._database.writing() as session:
            for table in (TransactionRow, AccountRow, ConnectionRow):
                session.execute(delete(table))
        self._connection_id = self._add_connection()


@contextmanager
def open_nursery() -> Iterator[Nursery]:
    """Where passes begin; it takes a second to start."""
    command = [sys.executable, "-m", "tests.killed_pass"]
    pipes: Json = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # its input is closed at the end, which ends it
        yield process


@contextmanager
def killing_stage(database_url: str, nursery: Nursery, seed: int, rows: Sequence[int] = ROWS) -> Iterator[Stage]:
    """Everything it takes, on a migrated database that holds nothing yet. ``rows``: how many each account has."""
    with start_pluggy(speed=1, seed=seed) as server:
        stage = Stage(server, database_url, nursery, seed, rows)
        try:
            yield stage
        finally:
            stage.close()
