"""``python -m tests.simulator --seed N``: live one seed again, and say what came of it."""

from __future__ import annotations

import sys

from tests.simulator.again import database_at, seed_parser, told
from tests.simulator.run import DAYS, Outcome, simulate


def main(arguments: list[str]) -> int:
    parser = seed_parser("python -m tests.simulator", __doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    options = parser.parse_args(arguments)
    with database_at(options.database) as database:
        outcome = simulate(options.seed, database, options.days)
    sys.stdout.write(told(summary(outcome), outcome.trace, outcome.lived, verbose=options.verbose) + "\n")
    return 0 if outcome.verdict.holds else 1


def summary(outcome: Outcome) -> str:
    holds = outcome.verdict.holds
    verdict = f"converged, wide passes needed: {outcome.needed}" if holds else f"did not converge\n{outcome.report()}"
    return f"seed {outcome.seed}: {verdict}; trace {outcome.trace_hash[:16]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
