"""``python -m benchmarks.categories PART … [--seed N]``."""

from benchmarks.categories.parts import PARTS
from benchmarks.some_parts import run_parts

if __name__ == "__main__":
    run_parts("categories", PARTS)
