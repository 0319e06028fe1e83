"""Whether our books end where the bank's are, whatever happens: simulated histories, with faults and kills on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.lives import a_process_a_core, as_new, in_shares
from benchmarks.report import Row
from tests.databases import migrate
from tests.simulator.faults import FAULTS
from tests.simulator.run import DAYS, Outcome, simulate

HISTORIES = 300
#: Histories that a process lives before it hands in what it has counted.
SHARE = 10
#: What the simulator must have staged at least once, for the zeros to mean something.
STAGED = (
    *("restated id", "back-dated arrival", "pending first", "equal purchases", "instalments", "scheduled payment"),
    *("amount edited", "deleted row", "unreadable row", "vanished account", "account purged", "everything restated"),
    *("item: failed", "item: login error", "item: partial, old data", "item: partial, no data"),
    *("item: revoked, empty and well", "item: revoked, empty and known", "item: revoked, no accounts and well"),
    *FAULTS,
    *("pages that move", "paused beyond the lease", "killed", "stopped"),
    *(f"ended {when} a {what}" for when in ("before", "after") for what in ("request", "statement", "commit")),
)


@dataclass
class Count:
    """What came of some histories. ``failed``: how those that did not converge are seen again."""

    histories: int = 0
    failed: list[str] = field(default_factory=list)
    duplicates: int = 0
    lost: int = 0
    centavos: int = 0
    twice: int = 0
    lived: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        verdict = outcome.verdict
        self.histories += 1
        self.failed += [] if verdict.holds else [outcome.report()]
        self.duplicates += len(verdict.duplicates)
        self.lost += len(verdict.lost)
        self.centavos += verdict.centavos
        self.twice += outcome.needed == 2
        self.lived += outcome.lived

    def merge(self, other: Count) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def measure_convergence(seed: int) -> list[Row]:
    """300 histories of 60 days, on all cores. Prints the command that replays one that did not converge."""
    count = live(range(seed * 1000, seed * 1000 + HISTORIES))
    for report in count.failed:
        print(report)
    missing = [kind for kind in STAGED if not count.lived[kind]]
    restated, kills = count.lived["restated id"], count.lived["killed"]
    return [
        Row("histories of 60 days that did not converge", len(count.failed), "=", 0, f"of {count.histories}"),
        Row("rows that stand and are not listed", count.duplicates, "=", 0, "duplicates"),
        Row("rows that are listed and do not stand", count.lost, "=", 0, "lost"),
        Row("error of sums and balances", count.centavos, "=", 0, "centavos"),
        Row("histories that needed a second wide pass to believe an emptiness", count.twice, "≥", 1, "histories"),
        Row("kinds of trouble that were not staged", len(missing), "=", 0, f"of {len(STAGED)}"),
        Row("rows restated under a new id", restated, "≥", 1, "rows"),
        Row("kills between two steps", kills, "≥", 1, "kills"),
        Row("answers lost, refused, cut or garbled", faults(count), "≥", 1, "answers"),
    ]


def faults(count: Count) -> int:
    """How many requests went wrong."""
    return sum(count.lived[kind] for kind in FAULTS)


def live(seeds: range) -> Count:
    """Live these histories, a process a core."""
    total = Count()
    with TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        migrate(f"sqlite:///{template}")
        with a_process_a_core(live_share) as pool:
            for count in pool.map(partial(live_share, template), in_shares(seeds, SHARE)):
                total.merge(count)
    return total


def live_share(template: Path, seeds: range) -> Count:
    """Live these histories one after the other, in one file."""
    count = Count()
    for seed, database in as_new(template, seeds):
        count.add(simulate(seed, database, DAYS))
    return count
