"""Whether each thing that happens is told once, whatever a bank, Pluggy, Telegram and our processes do meanwhile."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.lives import a_process_a_core, as_new, in_shares
from benchmarks.report import Row
from tests.databases import PostgresServer, migrate, postgres_server
from tests.histories.run import Outcome, live
from tests.simulator.crash import SteppedDatabase

HISTORIES = 10_000
#: Histories that a process lives before it hands in what it has counted.
SHARE = 50
#: Every so many shares, one is lived on PostgreSQL.
ON_POSTGRES = 50
#: As many of those that do not hold are shown.
SHOWN = 20
#: What must have been staged at least once, for the zeros to mean something.
STAGED = (
    *(
        "equal twin",
        "back-dated",
        "of a day to come",
        "purchase",
        "income",
        "refund",
        "fee",
        "another door",
        "another bank",
    ),
    *("restated", "restated under another name", "renamed", "settled", "settled under another id", "vanished"),
    *(
        "settled for another amount",
        "settled on another day",
        "taken away",
        "left out",
        "back",
        "back under another id",
    ),
    *("page in no order", "row listed twice", "item unwell", "webhook lost", "webhook repeated", "webhook forged"),
    *(f"read: {how}" for how in ("narrow", "wide", "tick", "webhook")),
    *(f"meanwhile: {what}" for what in ("reads", "reads late", "hears", "tells", "tells late", "the bank")),
    *(f"Telegram: {what}" for what in ("flood", "away", "no connection", "not taken, no answer", "taken, no answer")),
    *("a slow sender", "two senders", "cut: killed"),
    *(
        f"ended {when} a {what}"
        for when in ("before", "after")
        for what in ("request", "statement", "commit", "message")
    ),
)
#: In memory, where the machine has such a folder: no power fails here.
FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass
class Count:
    """What came of some histories. ``failed``: how those that do not hold are seen again."""

    histories: int = 0
    events: int = 0
    lost: int = 0
    twice: int = 0
    wrong: int = 0
    again: int = 0
    cuts: int = 0
    failed: list[str] = field(default_factory=list)
    lived: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        verdict = outcome.verdict
        self.histories += 1
        self.events += verdict.events
        self.lost += len(verdict.lost)
        self.twice += len(verdict.twice)
        self.wrong += len(verdict.wrong)
        self.again += verdict.again
        self.cuts += verdict.cuts
        self.failed += [] if verdict.holds else [outcome.report()]
        self.lived += outcome.lived

    def merge(self, other: Count) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def measure(seed: int) -> list[Row]:
    """10,000 histories, on all cores; some of them on PostgreSQL. Prints the command that replays one that does not hold."""
    seeds = range(seed * 100_000, seed * 100_000 + HISTORIES)
    count = live_all(seeds)
    for report in count.failed[:SHOWN]:
        print(report, file=sys.stderr)
    missing = [kind for kind in STAGED if not count.lived[kind]]
    killed = count.lived["killed"]
    return [
        Row("events that nobody was told of", count.lost, "=", 0, f"of {count.events}"),
        Row(
            "events told twice without a death between Telegram's acceptance and our mark",
            count.twice,
            "=",
            0,
            "events",
        ),
        Row("events told again after such a death, or an answer that was lost", count.again, "≤", count.cuts, "events"),
        Row("messages of what was there before, and notifications left open", count.wrong, "=", 0),
        Row("histories", count.histories, "≥", HISTORIES, "histories"),
        Row("kinds of trouble that were not staged", len(missing), "=", 0, f"of {len(STAGED)}"),
        Row("deaths between two steps", killed, "≥", 1, "deaths"),
        Row("deaths between Telegram's acceptance and our mark", count.lived["cut: killed"], "≥", 1, "deaths"),
    ]


def live_all(seeds: range) -> Count:
    """Live these histories, a process a core."""
    total = Count()
    shares = in_shares(seeds, SHARE)
    with TemporaryDirectory(dir=FOLDER) as folder:
        template = Path(folder) / "template.db"
        migrate(f"sqlite:///{template}")
        with postgres_server() as postgres, a_process_a_core(live_share) as pool:
            elsewhere = shares[ON_POSTGRES - 1 :: ON_POSTGRES] if postgres is not None else []
            counts = pool.map(partial(live_share, template), [share for share in shares if share not in elsewhere])
            if postgres is not None:
                for share in elsewhere:
                    total.merge(live_on_postgres(postgres, share))
            for count in counts:
                total.merge(count)
    return total


def live_share(template: Path, seeds: range) -> Count:
    """Live these histories one after the other, in one file."""
    count = Count()
    for seed, database in as_new(template, seeds):
        count.add(live(seed, database))
    return count


def live_on_postgres(server: PostgresServer, seeds: range) -> Count:
    """The same there."""
    count = Count()
    for seed in seeds:
        url = server.create()
        count.add(live(seed, SteppedDatabase(url)))
        server.give_back(url)
    return count
