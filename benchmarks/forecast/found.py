"""Recurring flows: how many of those that are found are there, and how many of those that are there are found."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from benchmarks.forecast.households import HOUSEHOLDS, SimulatedHousehold, TrueFlow, simulate
from benchmarks.forecast.seen import Watch, origins
from benchmarks.lives import a_process_a_core
from benchmarks.report import Row
from open_finance.insights.recurring import Recurring

#: Every so many days one looks.
STRIDE = 60
#: A flow that is found is one that is there when so much of it is of that one, and it has so much of its latest rows.
PURE, WHOLE = 0.8, 0.6
LATELY = timedelta(days=183)
#: So long after its last day a flow that has ended is still to be found.
FORGOTTEN = timedelta(days=45)
MONTHS = 3
NEAR = timedelta(days=3)


def measure(seed: int) -> list[Row]:
    count: Counter[str] = Counter()
    with a_process_a_core(count_flows) as pool:
        for counted in pool.map(count_flows, [seed] * HOUSEHOLDS, range(HOUSEHOLDS)):
            count.update(counted)
    print(f"forecast, recurring: {_told(count)}", file=sys.stderr)
    return [
        Row("flows that were found", count["found"], "≥", 1000),
        Row("precision", share(count["right"], count["found"]), "≥", 0.9),
        Row("recall", share(count["met"], count["there"]), "≥", 0.9),
        Row("next dates within three days", share(count["on time"], count["dated"]), "≥", 0.8),
        Row("next amounts within a tenth", share(count["amounts"], count["dated"]), "≥", 0.7),
    ]


def _told(count: Counter[str]) -> str:
    """What was missed and what was wrong, for whoever looks at the figures."""
    kinds = [
        (name.removeprefix("missed "), number) for name, number in count.most_common() if name.startswith("missed ")
    ]
    missed = ", ".join(f"{name} {number}" for name, number in kinds if number) or "none"
    return f"missed of each kind: {missed}; found that are none: {count['wrong']}; found twice: {count['twice']}"


def share(some: int, whole: int) -> float:
    return round(some / whole, 4) if whole else 0.0


def count_flows(seed: int, number: int) -> Counter[str]:
    """Of one household, over several looks."""
    household = simulate(seed, number)
    watch, count = Watch(household), Counter[str]()
    for today in origins(household, STRIDE):
        situation = watch.situation_on(today)
        seen = {row["id"]: row["occurred_on"] for row in situation.rows if row["occurred_on"] <= today}
        compare(household, situation.recurring, seen, today, count)
    return count


def compare(
    household: SimulatedHousehold,
    found: Sequence[Recurring],
    seen: dict[int, date],
    today: date,
    count: Counter[str],
) -> None:
    """Also what is told to have ended must have been there. A flow that is found twice is right once: an earlier and a
    later price of one are one flow."""
    there = [_Seen(flow, seen, today) for flow in household.flows]
    met: dict[int, Recurring] = {}
    for flow in found:
        best = next((place for place, one in enumerate(there) if one.is_met_by(flow)), None)
        if best is not None and not there[best].flow.counts:
            continue
        count["found"] += 1
        if best is None:
            count["wrong"] += 1
        elif best in met:
            count["twice"] += 1
        else:
            met[best] = flow
            count["right"] += 1
    for place, one in enumerate(there):
        if one.counts:
            count["there"] += 1
            count["met"] += place in met
            count[f"missed {one.flow.kind}"] += place not in met
    for place, flow in met.items():
        _judge_next(household, there[place].flow, flow, today, count)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A true flow, and what is seen of it by now."""

    flow: TrueFlow
    seen: dict[int, date]
    today: date

    @property
    def rows(self) -> list[int]:
        return [row_id for row_id in self.flow.row_ids if row_id in self.seen]

    @property
    def counts(self) -> bool:
        """Seen in three months, and not over for long."""
        rows = self.rows
        months = {(self.seen[row_id].year, self.seen[row_id].month) for row_id in rows}
        if not self.flow.counts or len(months) < MONTHS:
            return False
        return self.seen[rows[-1]] > self.today - FORGOTTEN

    def is_met_by(self, found: Recurring) -> bool:
        own = set(self.rows)
        last = max((self.seen[row_id] for row_id in own), default=self.today)
        lately = {row_id for row_id in own if self.seen[row_id] > last - LATELY}
        of_it = own.intersection(found.row_ids)
        return (
            len(of_it) >= PURE * len(found.row_ids)
            and bool(lately)
            and len(lately.intersection(found.row_ids)) >= WHOLE * len(lately)
        )


def _judge_next(
    household: SimulatedHousehold, true: TrueFlow, found: Recurring, today: date, count: Counter[str]
) -> None:
    """Its next day and amount, where something more came."""
    after = next(_coming(household, true, today), None)
    if after is None or found.next_on is None:
        return
    day, amount = after
    count["dated"] += 1
    count["on time"] += abs(found.next_on - day) <= NEAR
    count["amounts"] += abs(found.amount - amount) <= abs(amount) / 10


def _coming(household: SimulatedHousehold, true: TrueFlow, today: date) -> Iterator[tuple[date, Decimal]]:
    rows = {row["id"]: row for row in household.rows}
    for row_id in true.row_ids:
        if rows[row_id]["occurred_on"] > today:
            yield rows[row_id]["occurred_on"], rows[row_id]["amount"]
