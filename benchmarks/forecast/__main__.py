"""``python -m benchmarks.forecast PART … [--seed N]``."""

from benchmarks.forecast.parts import PARTS
from benchmarks.some_parts import run_parts

if __name__ == "__main__":
    run_parts("forecast", PARTS)
