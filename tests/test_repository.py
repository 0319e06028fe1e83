"""Rows of one person: what is written, what is read, and that nobody else's are touched. On both databases."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.errors import BankConnectionError
from open_finance.pluggy_rows import read_item
from open_finance.records import Connection, ItemData
from open_finance.storage import doors, repository
from open_finance.storage.connection_rows import dump_products, load_products
from open_finance.storage.database import Database
from open_finance.storage.models import ActionRow, Base, ConnectionRow, IntentRow
from tests.builders import action, product

ANA, BRUNO = 1000, 2000
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
SPACING = timedelta(minutes=5)


def item(number: int = 1, **raw: Any) -> ItemData:
    """An item that has just been made."""
    return read_item(
        {
            "id": f"item-{number}",
            "connector": {"id": 601, "name": "Itaú", "isOpenFinance": True},
            "status": "UPDATING",
            "executionStatus": "CREATED",
        }
        | raw
    )


def connect(database: Database, user_id: int = ANA, number: int = 1, *, settled: bool = False) -> Connection:
    """A stored connection, its flow still under way unless ``settled``."""
    with database.writing() as session:
        made = repository.add_connection(session, user_id, item(number), now=NOW, message_id=77)
        if settled:
            repository.settle(session, user_id, made["id"], NOW)
    return made


def read(database: Database, connection_id: int, user_id: int = ANA) -> Connection | None:
    with database.reading() as session:
        return repository.find_connection(session, user_id, connection_id)


def snapshot(database: Database) -> dict[str, list[Any]]:
    """Every row of every table."""
    with database.reading() as session:
        return {table.name: list(session.execute(select(table))) for table in Base.metadata.sorted_tables}


def test_new_connection_is_due_for_a_poll_at_once(database: Database) -> None:
    made = connect(database)
    with database.reading() as session:
        flow = repository.find_flow(session, ANA, made["id"])
    assert flow is not None
    assert (flow["started_at"], flow["next_poll_at"], flow["message_id"]) == (NOW, NOW, 77)
    assert flow["connection"] == made
    assert (made["item_id"], made["status"], made["settled_at"], made["action"]) == ("item-1", "UPDATING", None, None)


def test_connections_are_listed_oldest_first_and_found_by_item(database: Database) -> None:
    first, second = connect(database, number=1), connect(database, number=2)
    connect(database, BRUNO, number=3)
    with database.reading() as session:
        assert [c["id"] for c in repository.list_connections(session, ANA)] == [first["id"], second["id"]]
        assert repository.find_connection_of_item(session, ANA, "item-2") == second
        assert repository.find_connection_of_item(session, ANA, "item-3") is None
    assert connect(database, number=2) == second  # an item is one connection
    with pytest.raises(BankConnectionError):
        connect(database, BRUNO, number=2)


def test_item_is_stored_as_pluggy_gives_it(database: Database) -> None:
    made = connect(database)
    detail = {
        "accounts": {"isUpdated": False, "lastUpdatedAt": "2026-11-19T06:00:00Z", "warnings": [{"code": "ACCT_003"}]}
    }
    seen = item(
        status="UPDATED",
        executionStatus="PARTIAL_SUCCESS",
        lastUpdatedAt="2026-11-23T14:59:00Z",
        consentExpiresAt="2027-11-23T00:00:00Z",
        statusDetail=detail,
    )
    with database.writing() as session:
        assert repository.save_item(session, ANA, made["id"], seen, error_code="CODE")
    stored = read(database, made["id"])
    assert stored is not None
    assert (stored["status"], stored["execution_status"], stored["error_code"]) == (
        "UPDATED",
        "PARTIAL_SUCCESS",
        "CODE",
    )
    assert stored["partial"]
    assert stored["products"] == seen["products"]
    assert stored["last_updated_at"] == seen["last_updated_at"]
    assert stored["consent_expires_at"] == seen["consent_expires_at"]


def test_products_survive_the_way_through_json() -> None:
    products = {"accounts": product(), "transactions": product(is_updated=False, at=None, warnings=("TXN_003",))}
    assert load_products(dump_products(products)) == products


def test_age_of_the_data_is_kept_when_an_execution_fails(database: Database) -> None:
    made = connect(database)
    with database.writing() as session:
        repository.save_item(session, ANA, made["id"], item(lastUpdatedAt="2026-11-22T10:00:00Z"))
        repository.save_item(session, ANA, made["id"], item(status="OUTDATED", lastUpdatedAt=None))
    stored = read(database, made["id"])
    assert stored is not None
    assert stored["last_updated_at"] == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_question_is_stored_once_and_keeps_when_it_was_asked(database: Database) -> None:
    made = connect(database)
    asked = action(type="mfa", name="token", label="Código", options=[{"value": "1", "label": "um"}])
    with database.writing() as session:
        repository.save_action(session, ANA, made["id"], asked, NOW)
    with database.writing() as session:
        repository.save_action(session, ANA, made["id"], asked, LATER)
    stored = read(database, made["id"])
    assert stored is not None
    assert stored["action"] == asked
    with database.reading() as session:
        assert session.scalars(select(ActionRow.asked_at)).all() == [NOW]
    with database.writing() as session:
        repository.save_action(session, ANA, made["id"], {**asked, "label": "Outro código"}, LATER)
    with database.reading() as session:
        assert session.scalars(select(ActionRow.asked_at)).all() == [LATER]


def test_question_is_taken_by_one_of_two(database: Database) -> None:
    made = connect(database)
    with database.writing() as session:
        repository.save_action(session, ANA, made["id"], action(), NOW)
    with database.writing() as session:
        taken = [repository.remove_action(session, ANA, made["id"]) for _ in range(2)]
    assert taken == [True, False]


def test_settled_connection_asks_and_polls_no_more(database: Database) -> None:
    made = connect(database)
    with database.writing() as session:
        repository.save_action(session, ANA, made["id"], action(), NOW)
        repository.settle(session, ANA, made["id"], LATER)
    with database.writing() as session:
        repository.settle(session, ANA, made["id"], LATER + SPACING)
    with database.reading() as session:
        flow = repository.find_flow(session, ANA, made["id"])
    assert flow is not None
    assert (flow["next_poll_at"], flow["connection"]["settled_at"], flow["connection"]["action"]) == (None, LATER, None)


def test_lost_item_is_marked_and_its_row_stays(database: Database) -> None:
    made = connect(database, settled=True)
    with database.writing() as session:
        repository.mark_gone(session, ANA, made["id"], LATER)
    stored = read(database, made["id"])
    assert stored is not None
    assert stored["gone"]


# --- refreshing ------------------------------------------------------------------------------------------------------


def begin(database: Database, connection_id: int, now: datetime, user_id: int = ANA) -> bool:
    with database.writing() as session:
        return doors.begin_refresh(
            session, user_id, connection_id, now=now, spacing=SPACING, next_poll_at=now + SPACING
        )


def test_one_refresh_at_a_time_and_not_too_often(database: Database) -> None:
    made, unsettled = connect(database, settled=True), connect(database, number=2)
    assert not begin(database, unsettled["id"], LATER)
    assert not begin(database, made["id"], LATER)  # the other connection to this bank is still being made
    with database.writing() as session:
        repository.settle(session, ANA, unsettled["id"], NOW)
    assert not begin(database, made["id"], NOW + timedelta(minutes=4))
    assert begin(database, made["id"], LATER)
    assert not begin(database, made["id"], LATER + SPACING)  # under way
    with database.reading() as session:
        assert doors.is_bank_busy(session, ANA, 601)
        assert not doors.is_bank_busy(session, ANA, 602)
        assert not doors.is_bank_busy(session, BRUNO, 601)


def test_connection_on_its_way_out_is_not_refreshed(database: Database) -> None:
    made = connect(database, settled=True)
    with database.writing() as session:
        repository.request_disconnection(session, ANA, made["id"], erase_history=False, now=NOW)
    assert not begin(database, made["id"], LATER)


# --- the way out -----------------------------------------------------------------------------------------------------


def test_leaving_connection_reads_asks_and_polls_no_more(database: Database) -> None:
    made = connect(database)
    with database.writing() as session:
        repository.save_action(session, ANA, made["id"], action(), NOW)
        assert repository.request_disconnection(session, ANA, made["id"], erase_history=False, now=NOW)
    with database.writing() as session:
        assert not repository.save_item(session, ANA, made["id"], item(status="UPDATED"))
        flow = repository.find_flow(session, ANA, made["id"])
    assert flow is not None
    assert flow["connection"]["disconnecting"]
    assert (flow["connection"]["status"], flow["connection"]["action"], flow["next_poll_at"]) == (
        "UPDATING",
        None,
        None,
    )


def test_kept_history_keeps_its_row_out_of_sight(database: Database) -> None:
    made = connect(database, settled=True)
    with database.writing() as session:
        repository.request_disconnection(session, ANA, made["id"], erase_history=False, now=NOW)
        assert repository.finish_disconnection(session, ANA, made["id"], LATER)
    with database.writing() as session:
        assert not repository.finish_disconnection(session, ANA, made["id"], LATER)
        assert repository.list_connections(session, ANA) == []
        assert [kept["id"] for kept in repository.list_ended_connections(session, ANA)] == [made["id"]]
        assert session.scalar(select(func.count()).select_from(ConnectionRow)) == 1


def test_only_a_kept_history_is_erased_and_that_once(database: Database) -> None:
    made = connect(database, settled=True)
    with database.writing() as session:
        assert not repository.erase_kept_history(session, ANA, made["id"])
        repository.request_disconnection(session, ANA, made["id"], erase_history=False, now=NOW)
        assert not repository.erase_kept_history(session, ANA, made["id"])
        repository.finish_disconnection(session, ANA, made["id"], LATER)
        assert repository.erase_kept_history(session, ANA, made["id"])
        assert not repository.erase_kept_history(session, ANA, made["id"])
        assert session.scalar(select(func.count()).select_from(ConnectionRow)) == 0


def test_erased_connection_leaves_nothing_but_the_intent(database: Database) -> None:
    made = connect(database)
    with database.writing() as session:
        intent = repository.add_intent(session, ANA, connector_id=601, connector_name="Itaú", now=NOW, expires_at=LATER)
        repository.finish_intent(session, ANA, intent["id"], made["id"], now=NOW)
        repository.save_action(session, ANA, made["id"], action(), NOW)
        repository.request_disconnection(session, ANA, made["id"], erase_history=True, now=NOW)
        repository.finish_disconnection(session, ANA, made["id"], LATER)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConnectionRow)) == 0
        assert session.scalar(select(func.count()).select_from(ActionRow)) == 0
        left = repository.find_intent(session, ANA, intent["id"])
    assert left is not None
    assert (left["state"], left["connection_id"]) == ("done", None)


def test_last_wish_about_the_history_counts(database: Database) -> None:
    made = connect(database, settled=True)
    with database.writing() as session:
        repository.request_disconnection(session, ANA, made["id"], erase_history=True, now=NOW)
        repository.request_disconnection(session, ANA, made["id"], erase_history=False, now=LATER)
        repository.finish_disconnection(session, ANA, made["id"], LATER)
        assert session.scalar(select(func.count()).select_from(ConnectionRow)) == 1


def test_nothing_ends_that_was_not_asked_to(database: Database) -> None:
    made = connect(database, settled=True)
    with database.writing() as session:
        assert not repository.finish_disconnection(session, ANA, made["id"], LATER)
    assert read(database, made["id"]) is not None


# --- intents and consents --------------------------------------------------------------------------------------------


def intend(database: Database, user_id: int = ANA, **fields: Any) -> int:
    with database.writing() as session:
        values: dict[str, Any] = {
            "connector_id": 601,
            "connector_name": "Itaú",
            "now": NOW,
            "expires_at": LATER,
        } | fields
        return repository.add_intent(session, user_id, **values)["id"]


def test_person_collects_values_for_one_bank_at_a_time(database: Database) -> None:
    first, other = intend(database), intend(database, BRUNO)
    second = intend(database)
    with database.reading() as session:
        states = {row.id: row.state for row in session.scalars(select(IntentRow))}
    assert states == {first: "abandoned", second: "collecting", other: "collecting"}


def test_intent_that_posts_leaves_a_conversation_alone(database: Database) -> None:
    talking = intend(database)
    intend(database, state="posting")
    with database.reading() as session:
        kept = repository.find_intent(session, ANA, talking)
    assert kept is not None
    assert kept["state"] == "collecting"


def test_open_intent_is_in_time_or_under_way(database: Database) -> None:
    collecting = intend(database)
    with database.writing() as session:
        found = repository.find_open_intent(session, ANA, NOW)
        assert found is not None
        assert found["id"] == collecting
        assert repository.find_open_intent(session, ANA, LATER) is None
        repository.move_intent(session, ANA, collecting, before=("collecting",), after="posting", now=NOW)
        assert repository.find_open_intent(session, ANA, LATER) is not None
        repository.move_intent(session, ANA, collecting, before=("posting",), after="failed", now=NOW)
        assert repository.find_open_intent(session, ANA, NOW) is None


def test_intent_is_claimed_by_one_of_two(database: Database) -> None:
    made = intend(database)
    with database.writing() as session:
        claims = [
            repository.move_intent(session, ANA, made, before=("collecting",), after="posting", now=NOW)
            for _ in range(2)
        ]
    assert claims == [True, False]


def test_consent_is_kept_by_version(database: Database) -> None:
    with database.writing() as session:
        repository.add_consent(session, ANA, version="1", text="Autorizo", now=NOW)
    with database.reading() as session:
        assert repository.has_consent(session, ANA, "1")
        assert not repository.has_consent(session, ANA, "2")
        assert not repository.has_consent(session, BRUNO, "1")


# --- ownership -------------------------------------------------------------------------------------------------------

#: For every function that takes a row's id: the arguments that follow the person and the id.
BY_ID: dict[str, dict[str, Any]] = {
    "find_connection": {},
    "find_flow": {},
    "save_item": {"item": item(status="UPDATED"), "error_code": "CODE"},
    "schedule_poll": {"at": LATER, "flow_started_at": LATER},
    "settle": {"now": LATER},
    "mark_gone": {"now": LATER},
    "follow_again": {"now": LATER},
    "request_disconnection": {"erase_history": True, "now": LATER},
    "finish_disconnection": {"now": LATER},
    "erase_kept_history": {},
    "remove_connection": {},
    "save_action": {"action": action(label="forged"), "now": LATER},
    "remove_action": {},
    "find_intent": {},
    "move_intent": {"before": ("collecting",), "after": "failed", "now": LATER},
    "finish_intent": {"connection_id": 1, "now": LATER},
    "remove_intent": {},
}
#: These find rows by something else than an id of ours, or make new ones.
OTHERS = {
    "add_connection",
    "add_consent",
    "add_intent",
    "find_connection_of_item",
    "find_open_intent",
    "has_consent",
    "list_connections",
    "list_ended_connections",
    "mark_told",
}


def functions() -> dict[str, Callable[..., Any]]:
    members = inspect.getmembers(repository, inspect.isfunction)
    return {
        name: member
        for name, member in members
        if member.__module__ == repository.__name__ and not name.startswith("_")
    }


def test_every_function_names_its_person() -> None:
    assert functions().keys() == BY_ID.keys() | OTHERS
    for name, function in functions().items():
        assert list(inspect.signature(function).parameters)[:2] == ["session", "user_id"], name


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_foreign_id_is_a_missing_one(database: Database, name: str) -> None:
    """With another person's id nothing is read or written, and the answer is that of an id nobody has."""
    mine = connect(database)
    intend(database)
    with database.writing() as session:
        repository.save_action(session, ANA, mine["id"], action(), NOW)
        if name == "finish_disconnection":
            repository.request_disconnection(session, ANA, mine["id"], erase_history=True, now=NOW)
        if name == "erase_kept_history":
            repository.request_disconnection(session, ANA, mine["id"], erase_history=False, now=NOW)
            repository.finish_disconnection(session, ANA, mine["id"], NOW)
    before = snapshot(database)
    function = functions()[name]
    with database.writing() as session:
        foreign = function(session, BRUNO, 1, **BY_ID[name])
    with database.writing() as session:
        missing = function(session, BRUNO, 999, **BY_ID[name])
    assert mine["id"] == 1
    assert foreign == missing
    assert snapshot(database) == before
