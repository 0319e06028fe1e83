"""Leases with a fence, what is due, flows to poll, ends to confirm: the machine's own queries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.storage import intent_system, leases, system
from open_finance.storage.database import Database, Session
from open_finance.storage.models import ActionRow, ConnectionRow, IntentRow, SyncRunRow
from open_finance.storage.system import ConnectionKey, SyncClaim, SyncRun
from tests.clocks import START
from tests.rows import USER, add_connection

LATER = START + timedelta(minutes=20)
LEASE = 900
AWAY: list[dict[str, Any]] = [
    {"disconnect_requested_at": START},
    {"disconnect_requested_at": START, "disconnected_at": START},
    {"gone_at": START},
]


def claim(session: Session, connection_id: int, now: datetime = START, user_id: int = USER) -> SyncClaim | None:
    return system.claim_connection(session, user_id, connection_id, now, LEASE)


def held(database: Database, connection_id: int, now: datetime = START) -> SyncClaim:
    with database.writing() as session:
        found = claim(session, connection_id, now)
    assert found is not None
    return found


def connection(database: Database, **values: Any) -> int:
    with database.writing() as session:
        return add_connection(session, **values)


def row(session: Session, connection_id: int) -> ConnectionRow:
    return session.get_one(ConnectionRow, connection_id)


# --- the lease of a connection ---------------------------------------------------------------------------------------


def test_a_connection_is_claimed_once_until_its_lease_ends(database: Database) -> None:
    connection_id = connection(database, synced_state="state", failures=2)
    first = held(database, connection_id)
    assert (first.item_id, first.synced_state, first.failures) == ("item-1", "state", 2)
    with database.writing() as session:
        assert claim(session, connection_id) is None
        assert claim(session, connection_id, START + timedelta(seconds=LEASE - 1)) is None
    second = held(database, connection_id, START + timedelta(seconds=LEASE))
    assert second.fence > first.fence


def test_of_eight_simultaneous_claims_one_succeeds(database: Database) -> None:
    connection_id = connection(database)

    def try_it(_: int) -> bool:
        with database.writing() as session:
            return claim(session, connection_id) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1


def test_whoever_lost_the_lease_writes_nothing_more(database: Database) -> None:
    connection_id = connection(database)
    first = held(database, connection_id)
    second = held(database, connection_id, LATER)
    with database.writing() as session:
        assert not system.renew_claim(session, first, LATER, LEASE)
        assert not system.finish_claim(session, first, synced_state="stale")
        assert not system.mark_gone(session, first, LATER)
        assert not system.release_claim(session, first)
        assert system.renew_claim(session, second, LATER, LEASE)
        assert system.finish_claim(session, second, synced_state="fresh")
    with database.reading() as session:
        assert (row(session, connection_id).synced_state, row(session, connection_id).gone_at) == ("fresh", None)


def test_a_released_or_finished_connection_is_free_at_once(database: Database) -> None:
    connection_id = connection(database)
    for give_back in (system.release_claim, system.finish_claim):
        taken = held(database, connection_id)
        with database.writing() as session:
            assert give_back(session, taken)
    held(database, connection_id)


def test_a_renewed_lease_lasts_from_its_renewal(database: Database) -> None:
    connection_id = connection(database)
    taken = held(database, connection_id)
    with database.writing() as session:
        assert system.renew_claim(session, taken, START + timedelta(seconds=800), LEASE)
        assert claim(session, connection_id, START + timedelta(seconds=LEASE)) is None


@pytest.mark.parametrize("away", AWAY)
def test_what_is_leaving_or_gone_cannot_be_claimed_and_ends_a_pass_under_way(
    database: Database, away: dict[str, Any]
) -> None:
    connection_id = connection(database)
    taken = held(database, connection_id)
    with database.writing() as session:
        for name, value in away.items():
            setattr(row(session, connection_id), name, value)
        session.flush()
        assert not system.renew_claim(session, taken, START, LEASE)
        assert claim(session, connection_id, LATER) is None


def test_a_connection_of_another_person_cannot_be_claimed(database: Database) -> None:
    connection_id = connection(database)
    with database.writing() as session:
        assert claim(session, connection_id, user_id=USER + 1) is None
        assert system.is_gone(session, USER + 1, connection_id) is None


def test_a_gone_item_leaves_its_history_and_nothing_to_do(database: Database) -> None:
    connection_id = connection(database, next_poll_at=START)
    with database.writing() as session:
        session.add(ActionRow(connection_id=connection_id, user_id=USER, type="mfa", label="Código", asked_at=START))
    taken = held(database, connection_id)
    with database.writing() as session:
        assert system.is_gone(session, USER, connection_id) is False
        assert system.mark_gone(session, taken, LATER)
    with database.reading() as session:
        assert system.is_gone(session, USER, connection_id) is True
        assert (row(session, connection_id).gone_at, row(session, connection_id).next_poll_at) == (LATER, None)
        assert session.scalar(select(func.count()).select_from(ActionRow)) == 0


# --- what is due -----------------------------------------------------------------------------------------------------


def test_candidates_stand_were_not_served_and_may_be_tried(database: Database) -> None:
    slot = START - timedelta(hours=3)
    with database.writing() as session:
        due = [
            add_connection(session, item_id="never"),
            add_connection(session, item_id="earlier", served_slot_at=slot - timedelta(hours=6)),
            add_connection(session, item_id="retry", served_slot_at=slot - timedelta(hours=1), retry_at=START),
            add_connection(session, item_id="crashed", served_slot_at=slot - timedelta(minutes=1), lease_until=START),
        ]
        add_connection(session, item_id="served", served_slot_at=slot)
        add_connection(session, item_id="waiting", retry_at=START + timedelta(seconds=1))
        add_connection(session, item_id="in other hands", lease_until=START + timedelta(seconds=1))
        add_connection(session, item_id="connecting", settled_at=None)
        for number, away in enumerate(AWAY):
            add_connection(session, item_id=f"away-{number}", **away)
        candidates = system.list_due_candidates(session, START, slot)
    assert [candidate["connection_id"] for candidate in candidates] == due
    assert candidates[1] == {
        "user_id": USER,
        "connection_id": due[1],
        "served_slot_at": slot - timedelta(hours=6),
        "retry_at": None,
    }


def test_readable_connections_are_those_that_stand(database: Database) -> None:
    with database.writing() as session:
        mine = add_connection(session)
        theirs = add_connection(session, USER + 1, "item-2")
        add_connection(session, item_id="connecting", settled_at=None)
        for number, away in enumerate(AWAY):
            add_connection(session, item_id=f"away-{number}", **away)
        assert system.list_readable_connections(session, USER) == [ConnectionKey(USER, mine)]
        assert system.list_readable_connections(session) == [
            ConnectionKey(USER, mine),
            ConnectionKey(USER + 1, theirs),
        ]


def test_passes_are_recorded_for_ninety_days(database: Database) -> None:
    taken = held(database, connection(database))
    for days in (0, 80, 100):
        at = START + timedelta(days=days)
        run = SyncRun(
            width="wide",
            started_at=at,
            finished_at=at,
            outcome="changed",
            reason=None,
            added=days,
            updated=0,
            removed=0,
        )
        with database.writing() as session:
            system.add_sync_run(session, taken, run)
    with database.reading() as session:
        assert list(session.scalars(select(SyncRunRow.added).order_by(SyncRunRow.id))) == [80, 100]


# --- flows and ends --------------------------------------------------------------------------------------------------


def test_flows_of_connecting_and_of_refreshing_are_polled_when_their_time_has_come(database: Database) -> None:
    with database.writing() as session:
        refreshing = add_connection(session, item_id="refreshing", next_poll_at=START, message_id=7)
        connecting = add_connection(
            session, item_id="connecting", settled_at=None, next_poll_at=START - timedelta(seconds=9)
        )
        add_connection(session, item_id="later", next_poll_at=START + timedelta(seconds=1))
        add_connection(session, item_id="settled")
        for number, away in enumerate(AWAY):
            add_connection(session, item_id=f"away-{number}", next_poll_at=START, **away)
        session.add(ActionRow(connection_id=connecting, user_id=USER, type="mfa", label="Código", asked_at=START))
        session.flush()
        flows = system.list_flows_to_poll(session, START)
    assert [flow["connection"]["id"] for flow in flows] == [connecting, refreshing]
    assert flows[0]["connection"]["action"] is not None
    assert (flows[1]["message_id"], flows[1]["started_at"], flows[1]["next_poll_at"]) == (7, START, START)


def test_ends_that_pluggy_has_not_confirmed_are_pending_unless_somebody_asks_it_now(database: Database) -> None:
    with database.writing() as session:
        second = add_connection(session, item_id="second", disconnect_requested_at=START, lease_until=START)
        first = add_connection(session, USER + 1, "first", disconnect_requested_at=START - timedelta(days=1))
        add_connection(session, item_id="in hand", disconnect_requested_at=START, lease_until=LATER)
        add_connection(session, item_id="done", disconnect_requested_at=START, disconnected_at=START)
        add_connection(session, item_id="stays")
        pending = system.list_pending_disconnections(session, START)
    assert [connection["id"] for connection in pending] == [first, second]
    assert all(connection["disconnecting"] for connection in pending)


def test_an_end_is_in_one_pair_of_hands_until_they_let_go(database: Database) -> None:
    connection_id = connection(database, disconnect_requested_at=START)
    with database.writing() as session:
        fence = system.claim_end(session, USER, connection_id, START, 60)
        assert fence is not None
        assert system.claim_end(session, USER, connection_id, START, 60) is None
        system.release_end(session, connection_id, fence)
        again = system.claim_end(session, USER, connection_id, START, 60)
        system.release_end(session, connection_id, fence)
        assert system.claim_end(session, USER, connection_id, START, 60) is None
        late = system.claim_end(session, USER, connection_id, START + timedelta(seconds=60), 60)
    assert (again, late) == (fence + 1, fence + 2)


@pytest.mark.parametrize(
    ("user_id", "values"),
    [
        (USER, {}),
        (USER + 1, {"disconnect_requested_at": START}),
        (USER, {"disconnect_requested_at": START, "disconnected_at": START}),
    ],
)
def test_only_an_unfinished_end_of_the_persons_own_is_claimed(
    sqlite_database: Database, user_id: int, values: dict[str, Any]
) -> None:
    connection_id = connection(sqlite_database, **values)
    with sqlite_database.writing() as session:
        assert system.claim_end(session, user_id, connection_id, START, 60) is None


def intent(
    state: str, expires_at: datetime, connection_id: int | None = None, *, updated_at: datetime = START
) -> IntentRow:
    return IntentRow(
        user_id=USER,
        connector_id=1,
        connector_name="Banco",
        state=state,
        connection_id=connection_id,
        created_at=START,
        updated_at=updated_at,
        expires_at=expires_at,
    )


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(IntentRow.state).order_by(IntentRow.id)))


def test_intents_of_a_dead_process_are_uncertain_and_old_ones_abandoned(database: Database) -> None:
    with database.writing() as session:
        session.add_all([intent("posting", LATER), intent("collecting", START), intent("collecting", LATER)])
        session.add_all([intent("uncertain", START), intent("done", START), intent("failed", START)])
        session.flush()
        found = [intent["state"] for intent in intent_system.list_open_intents(session)]
        assert found == ["posting", "collecting", "collecting"]
        assert intent_system.mark_uncertain_intents(session, START) == 1
        assert intent_system.expire_intents(session, START) == 2
        assert intent_system.expire_intents(session, START) == 0
    assert states(database) == ["uncertain", "abandoned", "collecting", "abandoned", "done", "failed"]


def test_wishes_that_ended_are_forgotten_after_a_while_but_for_one_whose_connection_goes_on(
    sqlite_database: Database,
) -> None:
    with sqlite_database.writing() as session:
        followed = add_connection(session, item_id="followed", next_poll_at=START)
        idle = add_connection(session, item_id="idle")
        wishes = [("done", idle), ("failed", None), ("abandoned", None), ("done", followed), ("uncertain", None)]
        for state, connection_id in wishes:
            for updated_at in (START, START - timedelta(days=31)):
                session.add(intent(state, updated_at, connection_id, updated_at=updated_at))
        session.flush()
        assert intent_system.forget_intents(session, START - intent_system.KEEP_INTENTS) == 3
        assert intent_system.forget_intents(session, START - intent_system.KEEP_INTENTS) == 0


# --- named leases ----------------------------------------------------------------------------------------------------


def acquire(database: Database, holder: str, now: datetime = START) -> int | None:
    with database.writing() as session:
        return leases.acquire_lease(session, "telegram-poller", holder, now, 30)


def test_a_named_lease_has_one_holder_who_renews_it(database: Database) -> None:
    assert acquire(database, "a") == 1
    assert acquire(database, "b") is None
    assert acquire(database, "a", START + timedelta(seconds=20)) == 1
    assert acquire(database, "b", START + timedelta(seconds=40)) is None
    assert acquire(database, "b", START + timedelta(seconds=50)) == 2
    assert acquire(database, "a", START + timedelta(seconds=51)) is None


def test_a_released_lease_is_free_at_once_and_only_its_holder_releases_it(database: Database) -> None:
    acquire(database, "a")
    with database.writing() as session:
        assert not leases.release_lease(session, "telegram-poller", "b", START)
        assert leases.release_lease(session, "telegram-poller", "a", START)
    assert acquire(database, "b") == 2


def test_of_eight_processes_one_gets_the_lease(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        fences = list(pool.map(lambda number: acquire(database, str(number)), range(8)))
    assert sorted(fence for fence in fences if fence) == [1]
