"""What one big account takes of the memory, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row
from benchmarks.sync.bank import open_bank
from benchmarks.sync.homes import ROOT
from benchmarks.sync.timing import say

ROWS = 100_000
BAR_MB = 64
PATIENCE = 300


def measure_memory(seed: int, rows: int = ROWS) -> list[Row]:
    """A first load, and a wide pass over the same rows."""
    say(f"the memory that an account of {rows:,} rows takes")
    with TemporaryDirectory() as folder, open_bank(seed, rows) as bank:
        command = [
            sys.executable,
            "-m",
            "benchmarks.sync.memory_probe",
            bank.url,
            str(rows),
            str(Path(folder, "probe.db")),
        ]
        ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
    grown: dict[str, int] = json.loads(ended.stdout)
    return [
        Row(
            f"memory above idle, {what} of an account of {rows:,} rows", round(grown[name] / 1024, 1), "≤", BAR_MB, "MB"
        )
        for name, what in (("first", "first load"), ("again", "unchanged re-read"))
    ]
