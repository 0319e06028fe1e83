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
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

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


#: An invented family as the programs below know it. ``family.database`` has all its rows; who asks is ``FAMILY``.
FILLED = r"""
from datetime import UTC, date, datetime
from open_finance.clock import SystemClock
from open_finance.demo import FAMILY, Demo
from open_finance.errors import MissingExtraError
from open_finance.reports import Reports

class Fixed(SystemClock):
    def now(self):
        return datetime(2026, 11, 23, 12, tzinfo=UTC)

demo, clock = Demo(), Fixed()
database, now = demo.database(clock.now()), clock.now()
reports, november = Reports(database, clock=clock), {"start": date(2026, 11, 1), "end": date(2026, 11, 23)}
"""

#: The public face on a database that is filled.
FACE = r"""
from open_finance.family_book import FamilyBook
from open_finance.family_reports import build_family_balance
from open_finance.operations import Operations
from open_finance.question_answers import answer_question

statement = reports.statement(FAMILY, **november)
print("rows", len(statement.rows) > 50, reports.balance(FAMILY).available > 0, reports.spending(FAMILY).figures.total > 0)
csv, ofx, beancount = (reports.export(FAMILY, name, **november) for name in ("csv", "ofx", "beancount"))
print("csv", csv.startswith(b"\xef\xbb\xbfData;"), csv.count(b"\r\n") == len(statement.rows) + 1)
print("ofx", ofx.startswith(b"OFXHEADER:100"), ofx.count(b"<STMTTRN>") > 50)
print("beancount", beancount.count(b"open Assets:") > 1, b"Expenses:" in beancount)
print("file", reports.export(FAMILY, "csv", path=".", **november).name)

asked = answer_question(database, FAMILY, "quanto gastei com mercado em outubro?", now)
print("answer", asked.kind.value, asked.figure > 0, len(asked.rows) > 0, *asked.titles)
print("refused", answer_question(database, FAMILY, "qual o sentido da vida?", now).kind.value)

book = FamilyBook(database, clock)
book.create_family(FAMILY, "Ana")
account = next(one for one in book.list_sharing(FAMILY) if one.kind == "checking")
book.share(FAMILY, account.account_id, "balance")
book.accept(2, book.invite(FAMILY).token, "Bruno")
seen = build_family_balance(database, 2, now)
print("family", len(seen.accounts), seen.available == account.balance)

operations = Operations(database, clock)
print("operations", operations.situation().paused_since, dict(operations.troubles().errors), operations.quotas().month)
demo.close()
"""

#: What needs an extra says which.
EXTRAS = r"""
from pathlib import Path
from open_finance.backup.copies import write_backup
from open_finance.exports.calendar_file import calendar_file
from open_finance.exports.charts import Heading, bars_chart
from open_finance.exports.income_statement import income_pdf
from open_finance.exports.tax_return_sheet import tax_return_sheet
from open_finance.credit_reports import build_income_statement

lines, heading = reports.spending(FAMILY).figures.lines, Heading("Gastos", "por categoria", now="agora", usual="normal")
for name, make in {
    "xlsx": lambda: reports.export(FAMILY, "xlsx", **november),
    "xlsx in a folder": lambda: reports.export(FAMILY, "xlsx", path=".", **november),
    "pdf": lambda: reports.export(FAMILY, "pdf", **november),
    "chart": lambda: bars_chart(lines, heading),
    "calendar": lambda: calendar_file([], FAMILY, now),
    "tax return": lambda: tax_return_sheet([], now),
    "income": lambda: income_pdf(build_income_statement(database, FAMILY, now)),
    "backup": lambda: write_backup(database, "uma-chave-bem-longa", Path("copia.gfb"), clock),
}.items():
    try:
        make()
    except MissingExtraError as error:
        print(name, error.extra, error, sep=" | ")
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


@pytest.fixture(scope="module")
def absent(metadata: Message) -> str:
    """What stands here and a bare installation of the wheel would not bring, by what is imported."""
    installed = {canonicalize_name(each.metadata["Name"]): each.requires or [] for each in distributions()}
    brought: set[str] = set()
    wanted = metadata.get_all("Requires-Dist", [])
    while wanted:
        requirement = Requirement(wanted.pop())
        name = canonicalize_name(requirement.name)
        if name in brought or not (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            continue
        brought.add(name)
        wanted += installed.get(name, [])
    return " ".join(
        module
        for module, owners in packages_distributions().items()
        if module not in sys.stdlib_module_names and not brought & {canonicalize_name(owner) for owner in owners}
    )


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


# --- with what a bare installation brings, and nothing else -------------------------------------------------------


def test_a_bare_installation_is_told_apart_from_what_stands_here(absent: str) -> None:
    names = set(absent.split())
    assert {*BOTS, *MACHINES, *FILES, "cryptography", "prometheus_client", "pythonjsonlogger", "PIL", "pytest"} <= names
    assert names.isdisjoint({"requests", "sqlalchemy", "alembic", "apscheduler", "rapidfuzz", "numpy", "msgspec"})


def test_files_questions_families_and_operations_need_no_extra(installed: Path, tmp_path: Path, absent: str) -> None:
    said = run(WITHOUT + FILLED + FACE, installed, tmp_path, ABSENT=absent).splitlines()
    assert said == [
        "rows True True True",
        "csv True True",
        "ofx True True",
        "beancount True True",
        "file extrato_2026-11-01_a_2026-11-23.csv",
        "answer spent True True Mercado",
        "refused unknown",
        "family 1 True",
        "operations None {} 2026-11-01",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["extrato_2026-11-01_a_2026-11-23.csv"]


def test_what_needs_an_extra_says_which_and_leaves_nothing_behind(
    installed: Path, tmp_path: Path, absent: str, metadata: Message
) -> None:
    said = [
        line.split(" | ") for line in run(WITHOUT + FILLED + EXTRAS, installed, tmp_path, ABSENT=absent).splitlines()
    ]
    assert {name: extra for name, extra, _ in said} == {
        "xlsx": "sheets",
        "xlsx in a folder": "sheets",
        "pdf": "pdf",
        "chart": "charts",
        "calendar": "calendar",
        "tax return": "sheets",
        "income": "pdf",
        "backup": "backup",
    }
    for name, extra, told in said:
        assert told.endswith(f'pip install "{metadata["Name"]}[{extra}]"'), name
        library = re.fullmatch(r"falta (\w+), do extra .*", told)
        assert library is not None
        assert library[1] in absent.split()
        assert extra in metadata.get_all("Provides-Extra", [])
    assert list(tmp_path.iterdir()) == []
