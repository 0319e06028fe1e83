"""``python -m benchmarks.<name> PART … [--seed N]``: some parts of a benchmark alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from benchmarks.report import Row, format_rows


def run_parts(name: str, parts: Mapping[str, Callable[[int], list[Row]]]) -> None:
    """Run the parts that the command line names, print them, and exit with 1 where one falls short."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=f"Parts of the benchmark {name}.")
    parser.add_argument("parts", nargs="+", metavar="PART", choices=parts)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rows = [row for part in options.parts for row in parts[part](options.seed)]
    print(format_rows(rows))
    sys.exit(0 if all(row.holds for row in rows) else 1)
