"""How well unusual spending is told: a year of simulated households, a synchronisation a day.

Recall: of the seeded rows, how many were told (a charge made twice also by its other half). A false alert is one about any
other row. Weeks are those in which a history of ninety days allows alerts at all.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from statistics import median

from benchmarks.alerts.households import HOUSEHOLDS, SimulatedHousehold, simulate
from benchmarks.alerts.seeding import KINDS
from benchmarks.report import Row
from open_finance.insights.anomalies import LEARNING, find_unusual
from open_finance.records import Transaction

RECALL, FALSE_A_WEEK = 0.8, 1.0
PROCESSES = 2
_CALLS = 5


@dataclass(slots=True)
class Verdict:
    """What was told of one household. ``found``: of each seeded kind, how many; ``named``: under that very name;
    ``mistaken``: the kinds of false alerts; ``reasons``: what the honest rows behind them were; ``busiest``: false alerts in
    the worst seven days."""

    seeded: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    named: int = 0
    mistaken: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    weeks: float = 0.0
    busiest: int = 0


def measure(seed: int) -> list[Row]:
    """Recall, false alerts, and how long a call takes."""
    return [*report([*judge_all(seed)]), *measure_time(seed)]


def judge_all(seed: int, households: int = HOUSEHOLDS) -> list[Verdict]:
    """One verdict a household, on two processes."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        return list(pool.map(partial(_judge_number, seed), range(households)))


def _judge_number(seed: int, number: int) -> Verdict:
    return judge(simulate(seed, number))


def judge(home: SimulatedHousehold) -> Verdict:
    """Live through the year: each day's rows are new once, with all before them as history."""
    verdict = Verdict(Counter(home.labels.values()), weeks=((home.end - home.start).days + 1 - LEARNING) / 7)
    seen: list[Transaction] = []
    told: list[date] = []
    hits: set[int] = set()
    mistakes: list[date] = []
    for day, rows in groupby(home.rows, key=lambda row: row["occurred_on"]):
        new = list(rows)
        recent = [other for other in told if day - other < timedelta(days=7)]
        for unusual in find_unusual(new, seen, today=day, told=recent):
            told.append(day)
            about = [i for i in (unusual.transaction_id, *unusual.other_ids) if i in home.labels and i not in hits]
            if about:
                hits.add(about[0])
                verdict.found[home.labels[about[0]]] += 1
                verdict.named += home.labels[about[0]] in {unusual.kind, *unusual.also}
            else:
                mistakes.append(day)
                verdict.mistaken[unusual.kind] += 1
                verdict.reasons[home.look_alikes.get(unusual.transaction_id, "an ordinary row")] += 1
        seen += new
    verdict.busiest = max((sum(0 <= (d - m).days < 7 for m in mistakes) for d in mistakes), default=0)
    return verdict


def report(verdicts: Sequence[Verdict]) -> list[Row]:
    """Rows over all households: the two bars first, then each kind for information."""
    seeded: Counter[str] = sum((v.seeded for v in verdicts), Counter())
    found: Counter[str] = sum((v.found for v in verdicts), Counter())
    false = sum(v.mistaken.total() for v in verdicts)
    rates = [v.mistaken.total() / v.weeks for v in verdicts]
    return [
        Row(
            "seeded anomalies that were told",
            _share(found.total(), seeded.total()),
            "≥",
            RECALL,
            f"of {seeded.total()}",
        ),
        Row("false alerts a person and week", round(false / sum(v.weeks for v in verdicts), 3), "≤", FALSE_A_WEEK),
        Row("the same for the worst household", round(max(rates), 3), "≤", FALSE_A_WEEK),
        Row("false alerts in anybody's worst week", max(v.busiest for v in verdicts), "≤", 3),
        Row("told that were called by their kind", _share(sum(v.named for v in verdicts), found.total()), "≥", 0),
        *(
            Row(f"told: {kind.replace('_', ' ')}", _share(found[kind], seeded[kind]), "≥", 0, f"of {seeded[kind]}")
            for kind in KINDS
        ),
    ]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 1.0


def measure_time(seed: int) -> list[Row]:
    """The processor's time of one call with 5,000 rows of history and 10 new ones; the bar is there to notice another order
    of magnitude."""
    rows = [row for number in range(12) for row in simulate(seed, number).rows]
    for number, row in enumerate(rows):
        row["id"] = number
    history, new = rows[:5000], rows[5000:5010]
    today = max(row["occurred_on"] for row in rows)
    spent = []
    for _ in range(_CALLS):
        begun = time.process_time()
        find_unusual(new, history, today=today)
        spent.append(time.process_time() - begun)
    return [Row("one call, 5,000 rows of history and 10 new", round(median(spent) * 1000, 1), "≤", 250, "ms")]
