"""``python -m benchmarks [NAME …] [--seed N] [--json]``: measure, compare with the bars, exit 1 when one falls short."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from benchmarks import doors, holdings, spine
from benchmarks.alerts import parts as alerts
from benchmarks.categories import parts as categories
from benchmarks.forecast import parts as forecast
from benchmarks.machine import describe_machine
from benchmarks.report import Row, format_rows
from benchmarks.sync import parts as sync

BENCHMARKS: dict[str, Callable[[int], list[Row]]] = {
    "spine": spine.measure,
    "doors": doors.measure,
    "sync": sync.measure,
    "alerts": alerts.measure,
    "categories": categories.measure,
    "forecast": forecast.measure,
    "holdings": holdings.measure,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all when none is given")
    parser.add_argument("--seed", type=int, default=7, help="seed of everything random")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    rows = {name: BENCHMARKS[name](options.seed) for name in options.names or BENCHMARKS}
    machine = describe_machine()
    if options.json:
        print(json.dumps({"seed": options.seed, **machine, **{n: [r.as_json() for r in rs] for n, rs in rows.items()}}))
    else:
        print(
            f"seed {options.seed} · Python {machine['python']} · SQLite {machine['sqlite']} · "
            f"PostgreSQL {machine['postgresql']} · {machine['machine']} · {machine['cores']} cores"
        )
        for name, measured in rows.items():
            print(f"\n{name}\n{format_rows(measured)}")
    return 0 if all(row.holds for measured in rows.values() for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
