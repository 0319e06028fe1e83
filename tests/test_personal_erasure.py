"""Everything of a person is erased, whatever was under way, and no item of theirs is left at Pluggy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import insert, select

from open_finance.bank_connector import BankConnector
from open_finance.config import Settings
from open_finance.errors import BankConnectionError, OpenFinanceError
from open_finance.personal.erasure import BATCH
from open_finance.personal_data import ErasureDone, PersonalData
from open_finance.pluggy_client import PluggyClient
from open_finance.prompts import Prompts
from open_finance.storage import repository
from open_finance.storage.database import Database
from open_finance.storage.models import Base, TransactionRow
from tests.bank_world import ANA, BRUNO, ITAU, ITAU_LINK, World, sandbox
from tests.clocks import ManualClock
from tests.databases import database_for, on_both
from tests.every_row import PERSON, everything, fill_every_table, owned_tables, rows_of, tables_that_name
from tests.protocols import is_protocol

OTHER = PERSON + 1


def personal_data(world: World) -> PersonalData:
    """Of a process that has just started."""
    client = PluggyClient(Settings("id", "secret", world.server.url), clock=world.clock)
    return PersonalData(client, world.database, world.clock)


def erase(personal: PersonalData, user_id: int) -> ErasureDone:
    protocol = personal.request_erasure(user_id)
    (done,) = personal.work_off_erasures()
    assert (done.user_id, done.protocol) == (user_id, protocol)
    return done


def owners(world: World) -> set[str]:
    """Of whom Pluggy has an item."""
    return {item["clientUserId"] for item in world.server.items()}


# --- every row -----------------------------------------------------------------------------------------------------


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


def offline(database: Database, clock: ManualClock) -> PersonalData:
    """Where Pluggy is not needed; a request to it would fail."""
    return PersonalData(PluggyClient(Settings("id", "secret", "http://127.0.0.1:9")), database, clock)


@on_both("database")
def test_every_row_of_the_person_in_every_table_goes_and_no_row_of_anybody_else(
    database: Database, clock: ManualClock
) -> None:
    with database.writing() as session:
        for user_id in (PERSON, OTHER):
            fill_every_table(session, user_id, but=("erasures",))
    everybody = rows_of(database, OTHER)
    assert set(everybody) == {table.name for table in owned_tables()} - {"erasures"}
    personal = offline(database, clock)
    with database.writing() as session:  # there is no item to delete
        session.execute(Base.metadata.tables["bank_connections"].update().values(disconnected_at=clock.now()))
    clock.advance(minutes=3)
    done = erase(personal, PERSON)
    assert tables_that_name(database, PERSON) == set()
    assert rows_of(database, OTHER) == everybody
    (kept,) = everything(database)["erasures"]
    assert kept["protocol"] == done.protocol
    assert (kept["user_id"], kept["message_id"]) == (None, None)
    assert kept["requested_at"] < kept["finished_at"] or kept["requested_at"] == kept["finished_at"] == done.finished_at


def test_only_machines_tables_and_what_a_family_divides_have_no_owner() -> None:
    """A new table says whose its rows are, or is named here: then an erasure finds them. What a family has in common names
    nameless seats: it stays for the others, and goes with the last of them."""
    assert {table.name for table in Base.metadata.sorted_tables if "user_id" not in table.c} == {
        "call_counts",
        "error_counts",
        "leases",
        "switches",
        "webhook_events",
        *("families", "family_seats", "shared_expenses", "shared_expense_parts", "settlements"),
    }


@on_both("database")
def test_many_rows_go_in_portions(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else waits long for SQLite's only writer."""
    with database.writing() as session:
        ids = fill_every_table(session, but=("erasures",))
        row = session.execute(select(TransactionRow.__table__)).mappings().one()
        copies = [{**row, "id": None, "pluggy_id": f"copy {number}"} for number in range(2 * BATCH + 1)]
        for copy in copies:
            del copy["id"]
        session.execute(insert(TransactionRow), copies)
        session.execute(Base.metadata.tables["bank_connections"].update().values(disconnected_at=clock.now()))
    portions: list[int] = []
    from open_finance.storage import personal as rows

    erase_rows = rows.erase_rows

    def counted(session: Any, user_id: int, table: str, limit: int) -> int:
        erased = erase_rows(session, user_id, table, limit)
        if table == "bank_transactions":
            portions.append(erased)
        return erased

    monkeypatch.setattr(rows, "erase_rows", counted)
    assert ids["bank_transactions"] == 1
    clock.advance(minutes=3)
    erase(offline(database, clock), PERSON)
    assert portions == [BATCH, BATCH, 2]
    assert rows_of(database, PERSON) == {}


# --- the wish ------------------------------------------------------------------------------------------------------


def test_the_wish_is_one_and_its_protocol_is_drawn_until_it_is_new(
    sqlite_database: Database, clock: ManualClock
) -> None:
    draws = iter("7Q2" + "7Q2" + "A2B")
    client = PluggyClient(Settings("id", "secret", "http://127.0.0.1:9"))
    personal = PersonalData(client, sqlite_database, clock, choose=lambda _: next(draws))
    assert personal.request_erasure(PERSON, 5) == "7Q2M"
    assert personal.request_erasure(PERSON) == "7Q2M"
    other = personal.request_erasure(OTHER)
    assert other.startswith("A2B")
    assert is_protocol(other)
    found = personal.find_erasure(PERSON)
    assert found is not None
    assert (found.message_id, found.protocol, found.banks) == (5, "7Q2M", ())
    assert [each.user_id for each in personal.list_erasures()] == [PERSON, OTHER]


def test_protocols_grow_when_the_short_ones_are_used_up(sqlite_database: Database, clock: ManualClock) -> None:
    client = PluggyClient(Settings("id", "secret", "http://127.0.0.1:9"))
    personal = PersonalData(client, sqlite_database, clock, choose=lambda _: "2")
    assert [personal.request_erasure(each) for each in (1, 2, 3)] == ["2222", "22222", "222222"]


def test_nothing_new_begins_while_everything_is_being_erased(sqlite_database: Database, clock: ManualClock) -> None:
    personal = offline(sqlite_database, clock)
    client = PluggyClient(Settings("id", "secret", "http://127.0.0.1:9"))
    connector = BankConnector(client, sqlite_database, settings=Settings("id", "secret"), clock=clock)
    Prompts(sqlite_database, clock).ask(PERSON, "erase")
    before = connector.open_intent(PERSON, 601, "Itaú")
    personal.request_erasure(PERSON)
    assert Prompts(sqlite_database, clock).find(PERSON) is None
    assert not connector.close_intent(PERSON, before)
    with pytest.raises(BankConnectionError, match="being erased") as refused:
        connector.open_intent(PERSON, 601, "Itaú")
    assert refused.value.code == "BEING_ERASED"
    with pytest.raises(BankConnectionError, match="being erased"):
        connector.adopt_connection(PERSON, "3fa85f64-5717-4562-b3fc-2c963f66afa6")
    assert connector.open_intent(OTHER, 601, "Itaú")
    personal.work_off_erasures()
    assert connector.open_intent(PERSON, 601, "Itaú")  # a new beginning


# --- telling -------------------------------------------------------------------------------------------------------


@on_both("database")
def test_who_could_not_be_told_is_told_later_and_then_forgotten(database: Database, clock: ManualClock) -> None:
    personal = offline(database, clock)
    personal.request_erasure(PERSON, 77)
    (done,) = personal.work_off_erasures()
    assert tables_that_name(database, PERSON) == set()
    personal.reopen_erasure(done)
    assert offline(database, clock).work_off_erasures() == [done]
    assert personal.work_off_erasures() == []
    assert tables_that_name(database, PERSON) == set()


def test_a_newer_wish_tells_for_one_that_could_not_be_told(sqlite_database: Database, clock: ManualClock) -> None:
    personal = offline(sqlite_database, clock)
    first = erase(personal, PERSON)
    personal.reopen_erasure(first)
    again = personal.request_erasure(PERSON, 78)
    assert again != first.protocol
    personal.reopen_erasure(first)
    assert [(each.protocol, each.message_id) for each in personal.work_off_erasures()] == [(again, 78)]
    assert tables_that_name(sqlite_database, PERSON) == set()


# --- with Pluggy ---------------------------------------------------------------------------------------------------


@on_both("world")
def test_rows_go_at_once_and_the_rest_when_pluggy_is_back_whoever_goes_on(world: World) -> None:
    for user_id, bank in ((ANA, ITAU), (BRUNO, sandbox("user-ok"))):
        world.connector.create_connection(user_id=user_id, **bank)
    world.connector.create_connection(user_id=ANA, **sandbox("user-ok-perf-2x"))
    world.connector.create_connection(user_id=ANA, **ITAU_LINK)  # its link was never used
    world.connector.give_consent(ANA, "1", "texto")
    kept = rows_of(world.database, BRUNO)
    world.server.fault("status", method="DELETE", status=503, count=None)
    protocol = personal_data(world).request_erasure(ANA, message_id=9)
    assert personal_data(world).work_off_erasures() == []
    assert world.connector.get_statement(ANA, days=400) == []
    left = rows_of(world.database, ANA)
    assert set(left) == {"bank_connections", "erasures"}
    erasure = personal_data(world).find_erasure(ANA)
    assert erasure is not None
    assert (len(erasure.banks), erasure.protocol, erasure.message_id) == (3, protocol, 9)
    assert "Itaú" in erasure.banks
    world.server.forget_requests()
    assert world.connector.retry_disconnections() == []  # an erasure has its own way
    assert world.server.requests() == []
    world.server.admin("faults", method="DELETE")
    (done,) = personal_data(world).work_off_erasures()
    assert (done.user_id, done.message_id, done.protocol) == (ANA, 9, protocol)
    assert rows_of(world.database, ANA) == {}
    assert owners(world) == {str(BRUNO)}
    assert rows_of(world.database, BRUNO) == kept


def test_a_bank_pluggy_has_forgotten_and_one_that_was_kept_are_no_obstacle(world: World) -> None:
    lost = world.connector.create_connection(user_id=ANA, **ITAU)
    kept = world.connector.create_connection(user_id=ANA, **sandbox("user-ok"))
    world.lose(lost)
    world.connector.delete_connection(ANA, kept["id"], keep_history=True)
    erase(personal_data(world), ANA)
    assert rows_of(world.database, ANA) == {}


def test_each_part_says_where_it_stands(world: World) -> None:
    for user in ("user-ok", "user-ok-perf-2x"):
        world.connector.create_connection(user_id=ANA, **sandbox(user))
    personal = personal_data(world)
    personal.request_erasure(ANA)
    steps = [(len(each.banks), each.finished_at is not None) for each in personal.iter_erasure(ANA)]
    assert steps == [(2, False), (1, False), (0, False), (0, True)]
    assert list(personal.iter_erasure(ANA)) == []
    assert personal.close_erasure(ANA) is not None
    assert list(personal.iter_erasure(ANA)) == []


@on_both("world")
def test_several_processes_at_once_tell_the_person_once(world: World) -> None:
    for user in ("user-ok", "user-ok-perf-2x"):
        world.connector.create_connection(user_id=ANA, **sandbox(user))
    personal_data(world).request_erasure(ANA)
    with ThreadPoolExecutor(4) as processes:
        found = list(processes.map(lambda _: personal_data(world).work_off_erasures(), range(4)))
    assert len([done for each in found for done in each]) == 1
    assert rows_of(world.database, ANA) == {}
    assert owners(world) == set()


Interrupt = Callable[[], None]


def during_the_request(monkeypatch: pytest.MonkeyPatch, interrupt: Interrupt) -> None:
    """Do this when Pluggy has made the item and we do not know of it yet."""
    create_item = PluggyClient.create_item

    def create(client: PluggyClient, *args: Any, **more: Any) -> Any:
        raw = create_item(client, *args, **more)
        interrupt()
        return raw

    monkeypatch.setattr(PluggyClient, "create_item", create)


@on_both("world")
def test_an_item_that_was_being_made_does_not_survive(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def wish() -> None:
        personal_data(world).request_erasure(ANA)
        assert personal_data(world).work_off_erasures() == []
        erasure = personal_data(world).find_erasure(ANA)
        assert erasure is not None
        assert erasure.awaits_request

    during_the_request(monkeypatch, wish)
    world.connector.start_connection(user_id=ANA, **ITAU)
    assert owners(world) == {str(ANA)}
    (done,) = personal_data(world).work_off_erasures()
    assert done.user_id == ANA
    assert owners(world) == set()
    assert rows_of(world.database, ANA) == {}


@on_both("world")
def test_an_item_whose_answer_comes_after_the_erasure_is_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wish_and_wait() -> None:
        personal_data(world).request_erasure(ANA)
        world.clock.sleep(130)
        assert len(personal_data(world).work_off_erasures()) == 1

    during_the_request(monkeypatch, wish_and_wait)
    with pytest.raises(BankConnectionError):
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert owners(world) == set()
    assert rows_of(world.database, ANA) == {}


@on_both("world")
def test_an_item_that_cannot_be_taken_back_after_the_erasure_is_deleted_by_the_tick(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wish_and_wait() -> None:
        personal_data(world).request_erasure(ANA)
        world.clock.sleep(130)
        assert len(personal_data(world).work_off_erasures()) == 1
        world.server.fault("status", method="DELETE", status=400, count=1)

    during_the_request(monkeypatch, wish_and_wait)
    with pytest.raises(BankConnectionError):
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert owners(world) == {str(ANA)}
    world.restart()
    assert len(world.connector.retry_disconnections()) == 1
    assert owners(world) == set()
    assert rows_of(world.database, ANA) == {}


@pytest.mark.parametrize("is_carried_out", [False, True])
@pytest.mark.parametrize("what", ["adopt", "watch"])
def test_a_question_whose_answer_comes_after_the_wish_brings_nobody_back(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str, is_carried_out: bool
) -> None:
    """«Tudo apagado» stays true, and an item that was made elsewhere stays where it is."""
    personal = personal_data(world)
    item = world.connector.start_connection(user_id=BRUNO, **ITAU)
    with world.database.writing() as session:
        repository.remove_connection(session, BRUNO, item["id"])
    world.server.admin(f"items/{item['item_id']}", {"clientUserId": None})
    name = {"adopt": "get_item", "watch": "get_connector"}[what]
    ask = getattr(PluggyClient, name)

    def ask_slowly(client: PluggyClient, wanted: Any) -> Any:
        answer = ask(client, wanted)
        personal.request_erasure(ANA)
        if is_carried_out:
            world.clock.sleep(130)
            assert len(personal.work_off_erasures()) == 1
        return answer

    monkeypatch.setattr(PluggyClient, name, ask_slowly)
    with suppress(OpenFinanceError):
        if what == "adopt":
            world.connector.adopt_connection(ANA, item["item_id"])
        else:
            world.connector.watch_bank(ANA, 603)
    assert world.connector.list_connections(ANA) == []
    assert world.connector.list_returned_banks() == []
    assert [each["id"] for each in world.server.items()] == [item["item_id"]]


def test_one_erasure_that_fails_does_not_stop_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from open_finance.errors import DatabaseUnavailableError
    from open_finance.storage import personal as rows

    personal = personal_data(world)
    for user_id in (ANA, BRUNO):
        personal.request_erasure(user_id)
    erase_rows = rows.erase_rows

    def fail_for_ana(session: Any, user_id: int, *rest: Any) -> int:
        if user_id == ANA:
            raise DatabaseUnavailableError("busy")
        return erase_rows(session, user_id, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(rows, "erase_rows", fail_for_ana)
        assert [each.user_id for each in personal.work_off_erasures()] == [BRUNO]
    assert [each.user_id for each in personal.work_off_erasures()] == [ANA]
