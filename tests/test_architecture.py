"""The rooms of docs/architecture.md, read from the imports: who may import whom, downward only."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VOCABULARY = (
    *("errors", "clock", "money", "records", "bill_records", "personal_records"),
    *("investment_records", "investment_identity", "events", "connectors", "folding"),
)
PLUGGY = ("pluggy_client", "pluggy_rows", "pluggy_bills", "pluggy_investments", "pluggy_values")
STANDING = ("trouble", "closed_doors")  # whether a connection needs its person, and whether its door still opens
PURE = (
    "alerts",
    "trouble",
    "connecting.limits",
    "connect_flow",
    "webhook",
    "webhook_registration",
    "connecting.bank_errors",
    "connecting.banks",
    "connecting.credentials",
    "income_seal",
    "observing",
    "quotas",
    "reading",
    "tracing",
    "version",
    "sharing",
    "asking",
)
SERVICES = (
    "account_book",
    "alert_book",
    "backup",
    "bank_connector",
    "bill_alerts",
    "card_reports",
    "budget_alerts",
    "budget_book",
    "category_advice",
    "category_book",
    "credit_reports",
    "data_sync",
    "family_book",
    "family_groups",
    "family_reports",
    "forecast_reports",
    "idle_people",
    "inbox",
    "investment_reports",
    "notifications",
    "operations",
    "outlook_book",
    "personal_data",
    "prompts",
    "question_answers",
    "reminders",
    "reports",
    "retention",
    "spending_reports",
    "statement_exports",
    "subscription_alerts",
    "subscription_book",
    "summaries",
    "wealth_reports",
)

# room: (ours it may import, third parties it may import); a prefix stands for everything below it, the longest one counts.
ROOMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "open_finance.errors": ((), ()),
    "open_finance.clock": (("errors",), ()),
    "open_finance.money": (("errors",), ()),
    "open_finance.records": (("errors", "clock", "money"), ()),
    "open_finance.bill_records": (("records",), ()),
    "open_finance.personal_records": (("records",), ()),
    "open_finance.investment_records": ((), ()),
    "open_finance.investment_identity": (("folding", "investment_records"), ()),
    "open_finance.events": (("errors", "clock", "money", "records"), ()),
    "open_finance.connectors": ((), ()),
    "open_finance.folding": ((), ()),
    "open_finance.extras": (("errors",), ()),
    "open_finance.config": (("errors",), ("dotenv",)),
    "open_finance.pluggy_wire": ((*VOCABULARY, "pluggy_values"), ("msgspec",)),
    "open_finance.pluggy_values": (VOCABULARY, ("validate_docbr",)),
    "open_finance.bank_codes": (("folding",), ()),
    "open_finance.pluggy_rows": ((*VOCABULARY, "bank_codes", "pluggy_values"), ()),
    "open_finance.pluggy_bills": ((*VOCABULARY, "pluggy_rows", "pluggy_values"), ()),
    "open_finance.pluggy_investments": ((*VOCABULARY, "bank_codes", "pluggy_rows", "pluggy_values"), ()),
    "open_finance.pacing": (("clock", "errors"), ()),
    "open_finance.observing": ((), ()),
    "open_finance.tracing": ((), ()),
    "open_finance.version": ((), ()),
    "open_finance.quotas": (VOCABULARY, ()),
    # what the machine counts of itself, and what whoever runs it sees and switches
    "open_finance.machine_counts": ((*VOCABULARY, "config", "observing", "quotas", "storage"), ()),
    "open_finance.operations": ((*VOCABULARY, "config", "quotas", "storage", "syncing.schedule"), ()),
    "open_finance.pluggy_caller": ((*VOCABULARY, "observing", "pacing", "pluggy_wire"), ()),
    "open_finance.pluggy_http": ((*VOCABULARY, "pluggy_wire", "pluggy_caller"), ("requests", "urllib3")),
    "open_finance.pluggy_holdings": ((*VOCABULARY, "pluggy_wire", "pluggy_caller"), ()),
    "open_finance.pluggy_webhooks": ((*VOCABULARY, "pluggy_wire", "pluggy_caller"), ()),
    "open_finance.pluggy_client": (
        (
            *VOCABULARY,
            "config",
            "observing",
            "pacing",
            "pluggy_wire",
            "pluggy_caller",
            "pluggy_holdings",
            "pluggy_http",
            "pluggy_webhooks",
        ),
        (),
    ),
    # the outside adviser on categories, off by default: not Pluggy, so not Pluggy's room
    "open_finance.advice_http": (
        ("clock", "config", "insights.taxonomy", "pluggy_http", "reading.category_names"),
        ("requests",),
    ),
    "open_finance.category_advice": (
        (*VOCABULARY, "advice_http", "config", "insights", "personal_words", "storage"),
        (),
    ),
    "open_finance.connect_flow": ((*VOCABULARY, "pluggy_values"), ()),
    "open_finance.reconcile": (VOCABULARY, ()),
    "open_finance.balance_check": (VOCABULARY, ()),
    "open_finance.investment_merge": (VOCABULARY, ()),
    "open_finance.alerts": ((*VOCABULARY, "alerts", "insights", "reading", "reconcile"), ()),
    "open_finance.alerts.bill_payments": ((*VOCABULARY, "bank_codes", "reading.statements"), ()),
    "open_finance.alerts.bill_rules": ((*VOCABULARY, "alerts.bill_payments"), ()),
    "open_finance.process": ((), ()),
    "open_finance.income_seal": ((), ()),
    "open_finance.trouble": ((*VOCABULARY, "connect_flow"), ()),
    "open_finance.closed_doors": ((*VOCABULARY, "pluggy_client"), ()),
    # pure decisions, then the work that stands on them
    "open_finance.connecting.bank_errors": (VOCABULARY, ()),
    "open_finance.connecting.banks": ((*VOCABULARY, "pluggy_rows"), ("rapidfuzz",)),
    "open_finance.connecting.credentials": (VOCABULARY, ("validate_docbr",)),
    "open_finance.connecting.limits": (VOCABULARY, ()),
    "open_finance.connecting.newcomer": ((*VOCABULARY, "trouble"), ()),
    "open_finance.connecting": (
        (*VOCABULARY, *PLUGGY, *STANDING, "bank_codes", "connect_flow", "connecting", "data_sync", "storage"),
        (),
    ),
    "open_finance.syncing.schedule": (VOCABULARY, ()),
    "open_finance.syncing.spool": ((*VOCABULARY, "storage.row_codec"), ()),
    "open_finance.syncing.moving": ((*VOCABULARY, "pluggy_values"), ()),
    "open_finance.syncing.job": ((*VOCABULARY, "data_sync", "syncing.schedule"), ("apscheduler",)),
    "open_finance.syncing": (
        (
            *VOCABULARY,
            *PLUGGY,
            *STANDING,
            "bank_codes",
            "connect_flow",
            "reconcile",
            "balance_check",
            "investment_merge",
            "alerts",
            "quotas",
            "syncing",
            "storage",
        ),
        (),
    ),
    "open_finance.reading": ((*VOCABULARY, "reading"), ()),
    "open_finance.insights": ((*VOCABULARY, "insights", "reading"), ("numpy", "holidays")),
    "open_finance.personal_words": ((*VOCABULARY, "insights", "storage"), ()),
    # what is owed on a card, and what was paid of it
    "open_finance.insights.card_bills": ((*VOCABULARY, "alerts.bill_payments", "insights"), ()),
    "open_finance.insights.card_report": ((*VOCABULARY, "alerts.bill_payments", "insights"), ()),
    "open_finance.insights.available_money": (
        (*VOCABULARY, "alerts.bill_payments", "bank_codes", "insights", "reading"),
        (),
    ),
    "open_finance.insights.commitments": ((*VOCABULARY, "alerts.bill_payments", "insights"), ()),
    # an issuer without a CNPJ is told by its name, an account's bank by its code
    "open_finance.insights.deposit_cover": ((*VOCABULARY, "bank_codes", "insights"), ()),
    "open_finance.insights.everyday": ((*VOCABULARY, "alerts.bill_payments", "insights"), ("numpy",)),
    "open_finance.insights.recurring_rows": ((*VOCABULARY, "alerts.bill_payments", "insights", "reading"), ()),
    "open_finance.insights.spending": ((*VOCABULARY, "alerts.bill_payments", "insights", "reading"), ()),
    "open_finance.insights.what_if": ((*VOCABULARY, "alerts.typed", "insights"), ()),
    "open_finance.category_names": ((*VOCABULARY, "insights", "pluggy_values"), ()),
    "open_finance.category_rows": ((*VOCABULARY, "storage"), ()),
    "open_finance.category_changes": ((*VOCABULARY, "insights", "storage"), ()),
    "open_finance.category_book": (
        (
            *(*VOCABULARY, "config", "card_reports", "category_changes", "category_names", "category_rows", "insights"),
            *("personal_words", "pluggy_values", "reading", "reports", "storage"),
        ),
        (),
    ),
    "open_finance.data_sync": (
        (*VOCABULARY, *PLUGGY, "closed_doors", "config", "observing", "syncing", "storage", "tracing"),
        (),
    ),
    # what Pluggy tells by itself
    "open_finance.webhook": ((*VOCABULARY, "pluggy_values"), ()),
    "open_finance.webhook_registration": ((*VOCABULARY, "pluggy_client", "webhook"), ()),
    "open_finance.inbox_rules": ((*VOCABULARY, "pluggy_values", "reconcile", "webhook"), ()),
    "open_finance.inbox": ((*VOCABULARY, "data_sync", "inbox_rules", "storage"), ()),
    # several machines
    "open_finance.machines.link": (VOCABULARY, ("dramatiq", "redis")),
    "open_finance.machines": (
        (*VOCABULARY, "config", "machines", "pacing", "syncing.schedule"),
        ("dramatiq", "redis"),
    ),
    "open_finance.machines.probe": (("errors", "machines"), ("redis",)),
    "open_finance.worker": (
        (*VOCABULARY, "config", "data_sync", "machine_counts", "machines", "pacing", "pluggy_client", "storage"),
        (),
    ),
    "open_finance.demo_habits": (VOCABULARY, ()),
    "open_finance.demo_holdings": ((*VOCABULARY, "insights.tax_tables"), ()),
    "open_finance.demo_family": ((*VOCABULARY, "demo_habits", "demo_holdings"), ()),
    "open_finance.demo": ((*VOCABULARY, "demo_family", "storage"), ()),
    "open_finance.statement_lists": (
        (*VOCABULARY, "connecting.banks", "insights", "personal_words", "reading", "storage"),
        (),
    ),
    "open_finance.statement_exports": (
        (*VOCABULARY, "bank_codes", "card_reports", "exports", "insights", "reading", "statement_lists", "storage"),
        (),
    ),
    "open_finance.reports": (
        (
            *(*VOCABULARY, "config", "connecting.banks", "holding_days", "insights", "personal_words", "reading"),
            *("spending_reports", "statement_exports", "statement_lists", "storage"),
        ),
        (),
    ),
    "open_finance.spending_reports": (
        (
            *(*VOCABULARY, "card_reports", "category_changes", "category_rows", "insights"),
            *("personal_words", "reading", "statement_lists", "storage"),
        ),
        (),
    ),
    "open_finance.holding_days": ((*VOCABULARY, "insights", "reading", "storage"), ()),
    "open_finance.wealth_reports": (
        (*VOCABULARY, "card_reports", "holding_days", "insights", "reading", "statement_lists", "storage"),
        (),
    ),
    "open_finance.investment_reports": ((*VOCABULARY, "bank_codes", "insights", "reading", "storage"), ()),
    "open_finance.credit_reports": ((*VOCABULARY, "forecast_reports", "insights", "reading", "storage"), ()),
    "open_finance.exports": (
        (*VOCABULARY, "exports", "extras", "income_seal", "insights", "reading"),
        ("matplotlib", "icalendar", "xlsxwriter", "fpdf"),
    ),
    "open_finance.account_book": ((*VOCABULARY, "config", "pluggy_values", "reading", "storage"), ()),
    "open_finance.alert_book": ((*VOCABULARY, "alerts", "config", "storage"), ()),
    "open_finance.summaries": ((*VOCABULARY, "alerts", "config", "reading", "reports", "storage"), ()),
    "open_finance.bank_connector": (
        (
            *(*VOCABULARY, *PLUGGY, *STANDING, "config", "connect_flow", "connecting"),
            *("reading", "data_sync", "reports", "storage"),
        ),
        (),
    ),
    # what belongs to a person as a whole
    "open_finance.personal.protocol": (VOCABULARY, ()),
    "open_finance.personal.reminder_rules": ((*VOCABULARY, "trouble"), ()),
    "open_finance.personal.idle_rules": (VOCABULARY, ()),
    "open_finance.idle_people": (
        (*VOCABULARY, "alerts", "config", "connecting.end", "personal", "pluggy_client", "storage"),
        (),
    ),
    "open_finance.retention": ((*VOCABULARY, "config", "connecting.limits", "inbox_rules", "storage"), ()),
    "open_finance.personal": (
        (*VOCABULARY, *PLUGGY, "connecting.end", "insights", "personal", "reading", "storage"),
        (),
    ),
    "open_finance.personal_data": ((*VOCABULARY, *PLUGGY, "config", "personal", "storage"), ()),
    "open_finance.reminders": ((*VOCABULARY, "alerts", "config", "personal.reminder_rules", "storage"), ()),
    "open_finance.notifications": (
        (*VOCABULARY, "alerts", "config", "insights", "personal_words", "reading", "storage"),
        (),
    ),
    "open_finance.bill_alerts": ((*VOCABULARY, "config", "alerts", "reading", "storage"), ()),
    "open_finance.card_reports": ((*VOCABULARY, "alerts.bill_payments", "insights", "reading", "storage"), ()),
    "open_finance.budget_states": ((*VOCABULARY, "insights", "spending_reports", "storage"), ()),
    "open_finance.budget_alerts": (
        (*VOCABULARY, "alerts", "budget_states", "config", "insights", "storage"),
        (),
    ),
    "open_finance.budget_book": (
        (*VOCABULARY, "alerts", "budget_alerts", "budget_states", "config", "insights", "reading", "storage"),
        (),
    ),
    # questions in Portuguese: a reading knows names, never a row
    "open_finance.asking": (
        (*VOCABULARY, "asking", "bank_codes", "connecting.banks", "insights.taxonomy", "reading"),
        ("rapidfuzz",),
    ),
    "open_finance.question_rows": (
        (*VOCABULARY, "asking.question", "connecting.banks", "insights", "reading", "spending_reports"),
        (),
    ),
    "open_finance.question_asked": (
        (
            *(*VOCABULARY, "asking.question", "card_reports", "holding_days", "insights", "personal_words"),
            *("question_rows", "reading", "spending_reports", "storage"),
        ),
        (),
    ),
    "open_finance.question_names": ((*VOCABULARY, "asking", "question_asked", "question_rows", "storage"), ()),
    "open_finance.question_months": ((*VOCABULARY, "asking.question", "question_rows", "reading"), ()),
    "open_finance.question_kinds": (
        (
            *(*VOCABULARY, "asking.question", "asking.subjects_words", "budget_states", "card_reports", "insights"),
            *("question_asked", "question_months", "question_rows", "reading"),
        ),
        (),
    ),
    "open_finance.question_lists": (
        (
            *(*VOCABULARY, "asking.question", "insights", "question_asked", "question_rows"),
            *("reading", "statement_lists", "storage"),
        ),
        (),
    ),
    "open_finance.question_answers": (
        (
            *(*VOCABULARY, "asking", "connecting.banks", "insights", "personal_words"),
            *(
                "question_asked",
                "question_kinds",
                "question_lists",
                "question_names",
                "question_rows",
                "reading",
                "storage",
            ),
        ),
        (),
    ),
    "open_finance.outlook_book": ((*VOCABULARY, "config", "storage"), ()),
    "open_finance.forecast_reports": (
        (*VOCABULARY, "card_reports", "insights", "reading", "spending_reports", "storage", "subscription_book"),
        (),
    ),
    "open_finance.subscription_book": (
        (
            *(*VOCABULARY, "category_changes", "config", "insights", "reading"),
            *("personal_words", "statement_lists", "storage"),
        ),
        (),
    ),
    "open_finance.subscription_alerts": (
        (*VOCABULARY, "alerts", "config", "insights", "storage", "subscription_book"),
        (),
    ),
    "open_finance.prompts": ((*VOCABULARY, "config", "storage"), ()),
    # one encrypted file of everything
    "open_finance.backup.container": (("errors", "extras"), ("cryptography",)),
    "open_finance.backup": (("backup", "clock", "errors", "storage"), ("msgspec",)),
    # what is shared in a family, and what is divided there
    "open_finance.sharing": ((*VOCABULARY, "reading.balances", "sharing"), ()),
    "open_finance.family_expenses": ((*VOCABULARY, "pluggy_values", "sharing", "storage"), ()),
    "open_finance.family_book": (
        (*VOCABULARY, "alerts", "config", "family_expenses", "reading", "sharing", "storage"),
        (),
    ),
    "open_finance.family_groups": (("alerts", "storage"), ()),
    "open_finance.family_reports": ((*VOCABULARY, "reading", "sharing", "storage"), ()),
    "open_finance.storage.row_codec": ((*VOCABULARY, "storage"), ("sqlalchemy", "msgspec")),
    "open_finance.storage": (
        (*VOCABULARY, "alerts", "balance_check", "config", "investment_merge", "quotas", "sharing", "storage"),
        ("sqlalchemy", "alembic"),
    ),
}
#: What the bot may know of the core. Its ``core`` builds the services, ``jobs`` and the lease ask the machine's own queries.
BOT_OURS = (*VOCABULARY, "config", "alerts", "exports", "insights", *PURE, *SERVICES)
BOT_WIRING = {
    "gerente_financeiro.core": ("pluggy_client", "demo", "machine_counts", "machines", "storage"),
    "gerente_financeiro.jobs": ("storage",),
    "gerente_financeiro.resume": ("storage",),
    "gerente_financeiro.poller_lease": ("storage",),
    "gerente_financeiro.backup_command": ("storage",),
    "gerente_financeiro.doctor": ("machines.probe", "storage.inspection"),
}
BOT_THIRD_PARTIES = {
    "gerente_financeiro.config": ("dotenv",),
    "gerente_financeiro.qr": ("segno",),
    "gerente_financeiro.web": ("aiohttp",),
    "gerente_financeiro.secure_screen": ("aiohttp",),
    "gerente_financeiro.pluggy_hook": ("aiohttp",),
    "gerente_financeiro.telegram_hook": ("aiohttp", "telegram"),
    "gerente_financeiro.refusals": ("aiohttp",),
    "gerente_financeiro.doctor.ask": ("aiohttp", "certifi"),
    "gerente_financeiro.metrics_page": ("aiohttp",),
    "gerente_financeiro.metrics": ("prometheus_client",),
    "gerente_financeiro.logs": ("pythonjsonlogger",),
}


def modules(package: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names} if module.count(".") == 0 else {module}
    return {name for name in found if name.split(".")[0] not in sys.stdlib_module_names}


def is_below(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def is_only_a_docstring(path: Path) -> bool:
    return len(ast.parse(path.read_text(encoding="utf-8")).body) == 1


def room_of(module: str) -> str | None:
    return max((room for room in ROOMS if is_below(module, (room,))), key=len, default=None)


@pytest.mark.parametrize(("module", "path"), list(modules("open_finance")), ids=lambda value: str(value).split("/")[-1])
def test_core_room_imports_only_what_stands_below_it(module: str, path: Path) -> None:
    room = room_of(module)
    assert room or is_only_a_docstring(path), f"{module} has no room in the table"
    ours, third_parties = ROOMS.get(room or "", ((), ()))
    for name in imports(path):
        if is_below(name, ("open_finance",)):
            assert is_below(name.removeprefix("open_finance."), ours), f"{module} imports {name}"
        else:
            assert is_below(name, third_parties), f"{module} imports {name}"


@pytest.mark.parametrize(
    ("module", "path"), list(modules("gerente_financeiro")), ids=lambda value: str(value).split("/")[-1]
)
def test_bot_speaks_neither_http_nor_sql(module: str, path: Path) -> None:
    third_parties = BOT_THIRD_PARTIES.get(module, ("telegram", "babel"))
    wiring = (room for prefix, rooms in BOT_WIRING.items() if is_below(module, (prefix,)) for room in rooms)
    ours = tuple(f"open_finance.{room}" for room in (*BOT_OURS, *wiring))
    for name in imports(path):
        assert is_below(name, ("gerente_financeiro", *third_parties, *ours)), f"{module} imports {name}"


def test_sandbox_imports_nothing_of_ours() -> None:
    for module, path in modules("sandbox"):
        for name in imports(path):
            assert is_below(name, ("sandbox", "aiohttp")), f"{module} imports {name}"


def test_one_room_speaks_to_pluggy_one_to_the_adviser_and_one_speaks_sql() -> None:
    http = {module for module, path in modules("open_finance") if "requests" in imports(path)}
    sql = {
        module for module, path in modules("open_finance") if any(is_below(n, ("sqlalchemy",)) for n in imports(path))
    }
    assert http == {"open_finance.pluggy_http", "open_finance.advice_http"}
    assert all(is_below(module, ("open_finance.storage",)) for module in sql), sql


def uses(path: Path, *dotted: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and ast.unparse(node) in dotted
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_environment_is_read_in_the_two_config_files_only() -> None:
    readers = {
        module
        for package in ("open_finance", "gerente_financeiro")
        for module, path in modules(package)
        if uses(path, "os.environ", "os.getenv")
    }
    assert readers <= {"open_finance.config", "gerente_financeiro.config"}


def test_wall_clock_is_read_in_one_file_only() -> None:
    readers = {
        module
        for package in ("open_finance", "gerente_financeiro")
        for module, path in modules(package)
        if uses(path, "datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic", "datetime.today")
    }
    assert readers == {"open_finance.clock"}
