"""LibreOffice for tests: opens what was written and says what it sees, every formula worked out anew."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice")
PATIENCE_S = 110  # a busy machine; it starts in some seconds
needs_libreoffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed (libreoffice-calc)")

#: Semicolons, quotes, UTF-8, from the first line; not as shown but as it is; every sheet a file of its own.
SHEETS_AS_CSV = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,false,false,false,false,-1"
#: A Brazilian's reading of a CSV file: semicolons, quotes, UTF-8, Portuguese numbers and days.
BRAZILIAN_CSV = "Text - txt - csv (StarCalc):59,34,76,1,,1046,false,true,false,false"
#: Formulas are worked out at every opening, whatever stands beside them in the file.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value>
</prop></item></oor:items>
"""


def convert(files: Sequence[Path], wanted: str, folder: Path, *, read_as: str | None = None) -> None:
    """Write the files anew into a folder. ``wanted``, ``read_as``: LibreOffice's filters."""
    assert SOFFICE is not None
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    how = [] if read_as is None else [f"--infilter={read_as}"]
    profile_option = f"-env:UserInstallation=file://{profile}"
    finished = subprocess.run(
        [SOFFICE, profile_option, "--headless", *how, "--convert-to", wanted, "--outdir", folder, *files],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def sheet(folder: Path, name: str, title: str) -> list[list[str]]:
    """A sheet of a workbook converted with ``SHEETS_AS_CSV``, cell by cell."""
    text = (folder / f"{name}-{title}.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(text.splitlines(), delimiter=";"))
