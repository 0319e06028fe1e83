"""The package as others install it: what the wheel holds, what it asks for, and that importing it does no work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BOTS = ("telegram", "babel", "segno", "aiohttp")  # what only the bot, or only a test, may need
MACHINES = ("dramatiq", "redis")  # what only several machines need
FILES = ("matplotlib", "icalendar", "xlsxwriter", "fpdf")  # what only a picture or a file of ours needs
HEAVY = (*BOTS, *MACHINES, *FILES, "apscheduler", "requests", "sqlalchemy", "alembic", "rapidfuzz", "numpy")

#: Imports every module of the packages named on the command line, and prints what that did.
WATCH = r"""
import importlib, json, os, pkgutil, sys, threading
did, before = [], dict(os.environ)

def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) if isinstance(flags, int) else "w" in str(mode)
        if writes or str(path).endswith(".env"):
            did.append(f"open {path}")
    elif event.split(".")[0] in {"socket", "subprocess", "sqlite3"} or event in {"os.putenv", "os.mkdir", "os.system"}:
        did.append(event)

packages = sys.argv[1:]
sys.path[:0] = [os.environ["PACKAGES"]]
root = importlib.import_module(packages[0])
alone = sorted({name.partition(".")[0] for name in sys.modules})
import urllib3  # tries at its own import whether the machine has IPv6
import numpy  # sets a variable for its BLAS while that loads
sys.addaudithook(watch)
modules = []
for package in packages:
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, package + ".", onerror=print):
        if ".migrations." not in module.name:  # scripts that alembic runs
            modules.append(module.name)
            importlib.import_module(module.name)
print(json.dumps({
    "file": root.__file__,
    "alone": alone,
    "modules": modules,
    "loaded": sorted({name.partition(".")[0] for name in sys.modules}),
    "did": did,
    "threads": threading.active_count(),
    "environment": dict(os.environ) == before,
}))
"""

#: The packages named in ``ABSENT`` are not installed.
WITHOUT = r"""
import importlib.abc, os, sys
sys.path[:0] = [os.environ["PACKAGES"]]

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in os.environ["ABSENT"].split():
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
"""

#: A database from nothing, by the migrations of the wheel.
USE = r"""
from open_finance.bank_connector import BankConnector
from open_finance.data_sync import schedule_daily_sync
connector = BankConnector()
print(connector.list_connections(user_id=1), connector.get_total_balance(user_id=1))
schedule_daily_sync().shutdown()
"""

#: What an invented family has invested, by the tables of the wheel.
INVEST = r"""
from datetime import UTC, datetime
from open_finance.demo import FAMILY, Demo
from open_finance.investment_reports import build_portfolio, build_tax_return
demo, now = Demo(), datetime(2026, 11, 23, 12, tzinfo=UTC)
report = build_portfolio(demo.database(now), FAMILY, now)
print(len(report.positions), *sorted(group.name for group in report.cover))
print(*sorted({one.asset_code.group for one in build_tax_return(demo.database(now), FAMILY, 2026, now).accounts}))
demo.close()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: building leaves folders behind."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for package in ("open_finance", "gerente_financeiro"):
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, target], cwd=source, check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel was unpacked."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def metadata(installed: Path) -> Message:
    (path,) = installed.glob("*.dist-info/METADATA")
    return Parser().parsestr(path.read_text(encoding="utf-8"))


def run(program: str, installed: Path, folder: Path, *arguments: str, **environment: str) -> str:
    """What a Python program prints that has the unpacked wheel and nothing of this repository."""
    finished = subprocess.run(
        [sys.executable, "-B", "-c", program, *arguments],
        cwd=folder,
        env={"PACKAGES": str(installed), "PATH": "/usr/bin:/bin", "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


# --- the wheel -----------------------------------------------------------------------------------------------------


def test_the_wheel_holds_everything_that_is_no_python_too(installed: Path) -> None:
    for path in (
        "open_finance/py.typed",
        "open_finance/README.md",
        "open_finance/storage/migrations/env.py",
        "open_finance/storage/migrations/script.py.mako",
        "gerente_financeiro/py.typed",
    ):
        assert (installed / path).is_file(), path
    for table in (ROOT / "open_finance/insights/data").iterdir():
        assert (installed / table.relative_to(ROOT)).is_file(), table
    for package in ("open_finance", "gerente_financeiro"):
        for module in (ROOT / package).rglob("*.py"):
            assert (installed / module.relative_to(ROOT)).is_file(), module


def test_the_wheel_holds_nothing_that_is_not_the_packages(installed: Path) -> None:
    folders = {path.name for path in installed.iterdir()}
    assert {name for name in folders if not name.endswith(".dist-info")} == {"open_finance", "gerente_financeiro"}


def test_installing_it_without_extras_brings_no_telegram(metadata: Message) -> None:
    needed = metadata.get_all("Requires-Dist", [])
    always = {re.split(r"[\s<>=!~;\[]", line)[0].lower() for line in needed if "extra ==" not in line}
    assert {"requests", "sqlalchemy", "alembic", "apscheduler"} <= always
    assert not always & {"python-telegram-bot", "babel", "segno", "aiohttp", "dramatiq", "fpdf2", *FILES}
    assert any(line.startswith("python-telegram-bot") and "extra == " in line for line in needed)
    assert {"bot", "worker"} <= set(metadata.get_all("Provides-Extra", []))


def test_the_wheel_says_what_it_is(metadata: Message) -> None:
    assert metadata["Name"] == "gerente-financeiro"
    assert metadata["License-Expression"] == "MIT"
    assert str(metadata.get_payload()).startswith((ROOT / "README.md").read_text(encoding="utf-8")[:40])


# --- importing it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packages", [("open_finance",), ("open_finance", "gerente_financeiro")], ids=["core", "bot"])
def test_importing_does_no_work(installed: Path, tmp_path: Path, packages: tuple[str, ...]) -> None:
    (tmp_path / ".env").write_text("PLUGGY_CLIENT_ID=read-at-import\n", encoding="utf-8")
    seen = json.loads(run(WATCH, installed, tmp_path, *packages))
    assert seen["file"].startswith(str(installed))
    assert seen["did"] == []
    assert seen["threads"] == 1
    assert seen["environment"]
    assert len(seen["modules"]) > 30
    assert set(seen["alone"]).isdisjoint(HEAVY), "import open_finance"
    if packages == ("open_finance",):
        assert set(seen["loaded"]).isdisjoint({*BOTS, *MACHINES, "apscheduler", "gerente_financeiro"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env"]


def test_without_the_bots_libraries_the_core_makes_its_database_and_works(installed: Path, tmp_path: Path) -> None:
    keys = {"PLUGGY_CLIENT_ID": "id", "PLUGGY_CLIENT_SECRET": "secret", "DATABASE_URL": "sqlite:///of.db"}
    absent = " ".join((*BOTS, *MACHINES))
    assert run(WITHOUT + USE, installed, tmp_path, ABSENT=absent, **keys).strip() == "[] 0.00"
    assert (tmp_path / "of.db").is_file()


def test_what_is_invested_needs_no_library_for_pictures_or_files(installed: Path, tmp_path: Path) -> None:
    absent = " ".join((*BOTS, *MACHINES, *FILES))
    said = run(WITHOUT + INVEST, installed, tmp_path, ABSENT=absent).splitlines()
    assert said == ["5 Caixa Itaú", "04 06"]
