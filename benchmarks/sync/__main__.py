"""``python -m benchmarks.sync PART … [--seed N] [--profile]``: some parts alone; with a profile of this thread's time."""

from __future__ import annotations

import argparse
import cProfile
import pstats

from benchmarks.report import format_rows
from benchmarks.spine import quiet
from benchmarks.sync.parts import PARTS


def main() -> None:
    parts = {part.__name__.removeprefix("measure_"): part for part in PARTS}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__)
    parser.add_argument("parts", nargs="+", metavar="PART", choices=parts)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    profile = cProfile.Profile()
    with quiet("open_finance", "aiohttp"):
        if options.profile:
            profile.enable()
        rows = [row for name in options.parts for row in parts[name](options.seed)]
        profile.disable()
    print(format_rows(rows))
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
