"""``python -m benchmarks.categories PART … [--seed N]``: some parts of the categoriser's benchmark alone."""

from __future__ import annotations

import argparse
import sys

from benchmarks.categories.parts import PARTS
from benchmarks.report import format_rows


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.categories", description=__doc__)
    parser.add_argument("parts", nargs="+", metavar="PART", choices=PARTS)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    rows = [row for name in options.parts for row in PARTS[name](options.seed)]
    print(format_rows(rows))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
