"""``python -m tests.orders SEED:NUMBER …``: run these orders and tell them. Exit status 1 when one fails."""

from __future__ import annotations

import sys

from tests.orders.run import open_runner


def main(names: list[str]) -> int:
    failed = 0
    with open_runner() as runner:
        for outcome in runner.run_all(names):
            sys.stdout.write(f"{outcome}\n{dict(outcome.counts)}\n\n")
            failed += bool(outcome.violations)
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
