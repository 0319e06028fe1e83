"""``python -m benchmarks.alerts PART … [--seed N]``."""

from benchmarks.alerts.parts import PARTS
from benchmarks.some_parts import run_parts

if __name__ == "__main__":
    run_parts("alerts", PARTS)
