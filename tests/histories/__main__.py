"""``python -m tests.histories --seed N``: live one seed again, and say what came of it."""

from __future__ import annotations

import sys

from tests.histories.run import Outcome, live
from tests.simulator.again import database_at, seed_parser, told


def main(arguments: list[str]) -> int:
    options = seed_parser("python -m tests.histories", __doc__).parse_args(arguments)
    with database_at(options.database) as database:
        outcome = live(options.seed, database)
    sys.stdout.write(told(summary(outcome), outcome.trace, outcome.lived, verbose=options.verbose) + "\n")
    return 0 if outcome.verdict.holds else 1


def summary(outcome: Outcome) -> str:
    verdict = outcome.verdict
    said = f"{verdict.events} events, one message each" if verdict.holds else f"not so\n{outcome.report()}"
    return f"seed {outcome.seed}: {said}; told again after a cut: {verdict.again} of {verdict.cuts}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
