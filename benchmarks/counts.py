"""What the spine asks of Pluggy and writes to the database, counted by those two themselves: exact for any seed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

from sqlalchemy import text

from benchmarks.report import Row
from benchmarks.town import ANA, SANDBOX_BANK, Town, new_town
from open_finance.errors import BankConnectionError
from open_finance.events import ConnectionBusy
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.syncing.job import TICK_MINUTES

HEALTHY = ("user-ok", "user-ok-two-checking-accounts", "user-ok-account-warning", "user-ok-perf-60x")
SLOTS_A_DAY = 4
PAGE = 500
THREADS = 32
CPF = "52998224725"

#: A trigger of PostgreSQL's calls a function.
COUNT_IN_POSTGRES = (
    "CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN UPDATE writes SET n = n + 1; RETURN NULL; END $$"
)
COUNT_EACH_ROW = "FOR EACH ROW EXECUTE FUNCTION count_write()"

#: User and password at the test bank: each is refused, for another reason.
REFUSALS = (
    ("user-ok", "password-wrong"),
    ("user-locked", "password-ok"),
    ("user-account-credentials-reset", "password-ok"),
    ("user-account-need-actions", "password-ok"),
    ("user-logged", "password-ok"),
    ("user-error", "password-ok"),
    ("user-unavailable", "password-ok"),
    ("user-connection-error", "password-ok"),
    ("user-not-supported", "password-ok"),
)
REFUSED_LOGINS = 4 * len(REFUSALS)
DENIED_LINKS = 4


def measure_schedule(seed: int) -> list[Row]:
    """A simulated day at the scheduler's own pace, with banks that are well, one that is down, one that wants its person."""
    with new_town(seed) as town:
        connections = [town.connect(user) for user in HEALTHY]
        down, refused = town.connect("user-ok-perf-2x"), town.connect("user-ok-perf-3x")
        town.server.admin(f"items/{down['item_id']}", {"next": "SITE_NOT_AVAILABLE"})
        error = {"code": "INVALID_CREDENTIALS"}
        state = {"status": "LOGIN_ERROR", "executionStatus": "INVALID_CREDENTIALS", "error": error}
        town.server.admin(f"items/{refused['item_id']}", state)
        connections += [down, refused]
        town.clock.advance(minutes=90)  # away from a slot: the day has its four, none of them at an end
        town.requests()
        passes: Counter[int] = Counter()
        for _ in range(24 * 60 // TICK_MINUTES):
            town.clock.advance(minutes=TICK_MINUTES)
            for event in town.synchronizer.sync_due_connections():
                passes[event.connection_id] += not isinstance(event, ConnectionBusy)
        sent = Counter(request["method"] for request in town.requests())
    uneven = sum(passes[connection["id"]] != SLOTS_A_DAY for connection in connections)
    return [
        Row("PATCH requests in 24 hours of schedule", sent["PATCH"], "=", 0, f"of {sent.total()} requests"),
        Row("anything but GET in those hours", sent.total() - sent["GET"], "=", 0, "requests"),
        Row("connections not read four times in them", uneven, "=", 0, f"of {len(connections)} connections"),
    ]


def measure_reading(seed: int) -> list[Row]:
    """A first synchronisation, a second one, and one that reads again all that has not changed."""
    with new_town(seed, evolve=False) as town:
        written = count_writes(town.database)
        users = ("user-ok", "user-ok-perf-60x")
        ids = [town.collect(user) for user in users]
        town.requests()
        first = _sync(town, ids)
        first_written = written()
        pages, cards, listed = _listed(town)
        beside = _beside(town)
        second = _sync(town, ids)
        second_written = written()
        town.clock.advance(days=1, minutes=1)  # Pluggy collects again, and the bank has nothing new
        again = _sync(town, ids)
        again_written = written()
        if again < first:
            raise RuntimeError("the full re-read did not happen: nothing was measured")
    # Item, accounts, identity; a card's bills are a request of their own.
    needed = len(ids) * 3 + pages + cards + beside
    return [
        Row("HTTP requests of a first sync", first / len(ids), "≤", needed / len(ids), "a connection"),
        Row("rows written by the first sync, to one listed", first_written / listed, "=", 1, f"of {listed} rows"),
        Row("HTTP requests for an unchanged connection", second / len(ids), "=", 1, "a connection"),
        Row("rows written by the second sync", second_written, "=", 0, f"of {listed} rows"),
        Row("rows written when all is read again, unchanged", again_written, "=", 0, f"of {listed} rows"),
    ]


def measure_keys(seed: int) -> list[Row]:
    """Threads that all need a key at the same moment."""
    with new_town(seed) as town:
        client, gate = PluggyClient(town.settings, pacer=NO_PACING), threading.Barrier(THREADS)

        def ask(_: int) -> None:
            gate.wait()
            client.get_connector(SANDBOX_BANK)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(ask, range(THREADS)))
        keys = sum(request["path"] == "/auth" for request in town.server.requests())
    return [Row(f"API keys asked for by {THREADS} threads at once", keys, "=", 1, "keys")]


def measure_refusals(seed: int) -> list[Row]:
    """Connections that the bank or the person refuses, some while Pluggy refuses to delete; then one tick."""
    with new_town(seed) as town:
        logins = list(REFUSALS) * (REFUSED_LOGINS // len(REFUSALS))
        attempts: list[Callable[[], None]] = [partial(_log_in, town, *login) for login in logins]
        attempts += [partial(_deny, town)] * DENIED_LINKS
        random = Random(seed)
        random.shuffle(attempts)
        refused = 0
        for attempt in attempts:
            if random.random() < 0.25:
                town.server.fault("status", method="DELETE", path="^/items", count=4)  # outlives the client's retries
            refused += _is_refused(attempt)
            town.server.admin("faults", method="DELETE")
        town.connector.retry_disconnections()
        posted = sum(request["method"] == "POST" and request["path"] == "/items" for request in town.requests())
        left, rows = len(town.server.items()), len(town.connector.list_connections(ANA))
    return [
        Row("connections refused", refused, "=", len(attempts), "connections"),
        Row("items they left behind at Pluggy", left, "=", 0, f"of {posted} requests for one"),
        Row("connections they left behind here", rows, "=", 0, "rows"),
    ]


def count_writes(database: Database) -> Callable[[], int]:
    """A counter of the rows of accounts and transactions written since it was last read, kept by the database itself."""
    with database.writing() as session:
        session.execute(text("CREATE TABLE writes (n INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO writes VALUES (0)"))
        if not database.is_sqlite:
            session.execute(text(COUNT_IN_POSTGRES))
        for table in ("bank_accounts", "bank_transactions"):
            for event in ("INSERT", "UPDATE", "DELETE"):
                work = "BEGIN UPDATE writes SET n = n + 1; END" if database.is_sqlite else COUNT_EACH_ROW
                session.execute(text(f"CREATE TRIGGER count_{event}_{table} AFTER {event} ON {table} {work}"))

    def read() -> int:
        with database.writing() as session:
            count = session.scalar(text("SELECT n FROM writes")) or 0
            session.execute(text("UPDATE writes SET n = 0"))
        return int(count)

    return read


def _sync(town: Town, ids: list[int]) -> int:
    """Read these connections, wide; the number of requests it took."""
    for connection_id in ids:
        town.synchronizer.sync_connection(user_id=ANA, connection_id=connection_id)
    return len(town.requests())


def _listed(town: Town) -> tuple[int, int, int]:
    """Pages of transactions, cards, and rows of accounts and transactions, that Pluggy lists in all."""
    accounts = [raw for item in town.server.items() for raw in town.client.list_accounts(item["id"])]
    sizes = [sum(map(len, town.client.iter_transaction_pages(raw["id"]))) for raw in accounts]
    town.requests()
    cards = sum(raw["type"] == "CREDIT" for raw in accounts)
    return sum(max(-(-size // PAGE), 1) for size in sizes), cards, len(accounts) + sum(sizes)


def _beside(town: Town) -> int:
    """Lists of investments and of loans, where an item has that product, and of the movements of each position."""
    items = [town.client.get_item(item["id"]) for item in town.server.items()]
    lists = sum(product in item["products"] for item in items for product in ("INVESTMENTS", "LOANS"))
    positions = sum(len(town.client.list_investments(item["id"])) for item in items)
    town.requests()
    return lists + positions


def _log_in(town: Town, user: str, password: str) -> None:
    town.connect(user, password=password)


def _deny(town: Town) -> None:
    """The person goes to the bank's page and says no."""
    connection = town.connector.create_connection(user_id=ANA, connector_id=600, credentials={"cpf": CPF})
    action = connection["action"]
    if action is None or action["url"] is None:
        raise RuntimeError("the test bank gave no link")
    town.server.authorize(action["url"], "deny")
    for _ in range(30):
        town.clock.advance(2)
        town.connector.check_connection(ANA, connection["id"])


def _is_refused(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except BankConnectionError:
        return True
    return False
