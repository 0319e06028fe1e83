"""``python -m tests.histories --seed N``: live one seed again, and say what came of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from open_finance.config import database_url
from tests.histories.run import Outcome, live
from tests.simulator.crash import SteppedDatabase


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--database", default="sqlite", help="sqlite, or the address of an empty PostgreSQL database")
    parser.add_argument("-v", "--verbose", action="store_true", help="print everything that happened")
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'gerente.db'}" if options.database == "sqlite" else options.database
        database = SteppedDatabase(database_url(address))
        database.migrate()
        outcome = live(options.seed, database)
    sys.stdout.write(words(outcome, verbose=options.verbose) + "\n")
    return 0 if outcome.verdict.holds else 1


def words(outcome: Outcome, *, verbose: bool) -> str:
    """The verdict, and the whole story before it where it is wanted."""
    counts = [f"{count:6} {kind}" for kind, count in sorted(outcome.lived.items())]
    story = [*outcome.trace, *counts] if verbose else []
    verdict = outcome.verdict
    said = f"{verdict.events} events, one message each" if verdict.holds else f"not so\n{outcome.report()}"
    again = f"; told again after a cut: {verdict.again} of {verdict.cuts}"
    return "\n".join([*story, f"seed {outcome.seed}: {said}{again}"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
