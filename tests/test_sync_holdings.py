"""What is invested and owed, through passes: stored once, never forgotten, gone after a second look, and never the reason
that a pass fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from open_finance.clock import local_day
from open_finance.errors import (
    PluggyAuthError,
    PluggyError,
    PluggyNotFoundError,
    PluggyQuotaError,
    PluggyRateLimitError,
    PluggyRequestError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.events import ConnectionBusy, ConnectionSynced, ConnectionSyncFailed
from open_finance.investment_records import Investment, Loan
from open_finance.storage.investment_models import (
    InvestmentRow,
    InvestmentSnapshotRow,
    InvestmentTransactionRow,
    LoanRow,
    LoanSnapshotRow,
    PotRow,
)
from open_finance.storage.investments import (
    list_investment_snapshots,
    list_investment_transactions,
    list_investments,
    list_pots,
    list_product_reads,
)
from open_finance.storage.loans import list_loan_snapshots, list_loans
from open_finance.storage.models import ConnectionRow
from open_finance.syncing.products import PRODUCT_SECONDS
from tests.clocks import START, ManualClock
from tests.databases import database_for, on_both
from tests.fake_bank import ITEM, World, started_world
from tests.pluggy_json import raw_account, raw_investment, raw_investment_transaction, raw_loan
from tests.rows import USER

CDB, SHARE, LOAN = "cdb", "share", "loan-1"
NEW = "item-2"
TABLES = (InvestmentRow, InvestmentTransactionRow, InvestmentSnapshotRow, LoanRow, LoanSnapshotRow, PotRow)


def share(**changes: Any) -> dict[str, Any]:
    dayless = dict.fromkeys(("dueDate", "issueDate", "purchaseDate", "rate", "rateType"))
    return raw_investment(
        **{"id": SHARE, "type": "EQUITY", "subtype": "STOCK", "code": "PETR4", "name": "PETR4", "quantity": 100}
        | dayless
        | {"balance": Decimal("3500.00"), "amount": Decimal("3500.00"), **changes}
    )


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    """A CDB that was bought, a share without a movement, and a loan."""
    with database_for(request) as database:
        for world in started_world(database, clock):
            world.bank.investments[ITEM] = [raw_investment(id=CDB), share()]
            world.bank.movements[CDB] = [raw_investment_transaction(id="bought")]
            world.bank.loans[ITEM] = [raw_loan(id=LOAN)]
            yield world


def positions(world: World) -> dict[str, Investment]:
    with world.database.reading() as session:
        return {one["pluggy_id"]: one for one in list_investments(session, USER, include_disconnected=True)}


def loans(world: World) -> dict[str, Loan]:
    with world.database.reading() as session:
        return {one["pluggy_id"]: one for one in list_loans(session, USER, include_disconnected=True)}


def moves(world: World, pluggy_id: str) -> list[str]:
    investment_id = positions(world)[pluggy_id]["id"]
    with world.database.reading() as session:
        return [one["pluggy_id"] for one in list_investment_transactions(session, USER, [investment_id])]


def readings(world: World) -> dict[str, tuple[str, int]]:
    with world.database.reading() as session:
        return {one.product: (one.reading, one.listed) for one in list_product_reads(session, USER)}


def rows(world: World) -> dict[str, list[Any]]:
    """Every row of what is invested and owed."""
    with world.database.reading() as session:
        return {
            table.__tablename__: sorted(map(tuple, session.execute(select(*table.__table__.c))), key=repr)
            for table in TABLES
        }


def refuse(world: World, call: str, error: PluggyError) -> None:
    def on_call(asked: str) -> None:
        if call in asked:
            raise error

    world.bank.on_call = on_call


# --- what is stored --------------------------------------------------------------------------------------------------


@on_both("world")
def test_first_pass_stores_every_position_its_movements_the_loans_and_the_day(world: World) -> None:
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=True, first=True, added=4)
    kept = positions(world)
    assert {name: (one["balance"], one["listed"], one["ended_on"]) for name, one in kept.items()} == {
        CDB: (Decimal("10412.33"), True, None),
        SHARE: (Decimal("3500.00"), True, None),
    }
    assert (moves(world, CDB), moves(world, SHARE)) == (["bought"], [])
    assert loans(world)[LOAN]["outstanding"] == Decimal("5123.45")
    assert readings(world) == {"investments": ("listed", 2), "loans": ("listed", 1)}
    with world.database.reading() as session:
        days = list_investment_snapshots(session, USER, [one["id"] for one in kept.values()])
        [debt] = list_loan_snapshots(session, USER, [loans(world)[LOAN]["id"]])
        pots = list_pots(session, USER)
    assert [(one.day, one.balance) for one in days] == [
        (START.date(), Decimal("10412.33")),
        (START.date(), Decimal("3500.00")),
    ]
    assert (debt.day, debt.outstanding) == (START.date(), Decimal("5123.45"))
    assert [(pot["name"], pot["amount"]) for pot in pots] == [("Férias", Decimal("500.00"))]


@on_both("world")
@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_second_pass_over_the_same_writes_no_row(world: World, width: str) -> None:
    world.sync()
    before = rows(world)
    world.clock.advance(60)
    world.bank.collect()
    event = world.sync(width)
    assert event == ConnectionSynced(USER, world.connection_id, changed=False)
    assert rows(world) == before


def test_item_that_stands_costs_one_request(world: World) -> None:
    world.sync()
    world.sync()
    assert world.bank.calls == ["item"]


def test_narrow_pass_asks_for_the_movements_of_what_changed_and_for_no_loan(world: World) -> None:
    world.sync()
    world.next_day()
    world.bank.investments[ITEM][0]["balance"] = Decimal("10420.00")
    assert world.sync("narrow").changed
    assert [call for call in world.bank.calls if "movements" in call] == [f"{CDB} movements"]
    assert "loans" not in world.bank.calls


def test_each_day_has_its_worth_and_a_day_alone_is_no_news(world: World) -> None:
    world.sync()
    world.next_day()
    assert not world.sync().changed
    assert positions(world)[CDB]["figures_on"] == local_day(world.clock.now())
    with world.database.reading() as session:
        assert len(list_investment_snapshots(session, USER, [positions(world)[CDB]["id"]])) == 2


@on_both("world")
def test_sparse_listing_erases_nothing(world: World) -> None:
    world.sync()
    before = positions(world)[CDB]
    told = ("id", "type", "name", "currencyCode", "date")
    world.bank.investments[ITEM][0] = {name: raw_investment(id=CDB)[name] for name in told} | {
        "balance": Decimal(10500)
    }
    world.next_day()
    assert world.sync().changed
    assert positions(world)[CDB] == {**before, "balance": Decimal(10500), "read_at": world.clock.now()}


def test_position_that_cannot_be_read_stops_no_other_and_is_not_missing(world: World) -> None:
    world.sync()
    for _ in range(3):
        world.next_day()
        world.bank.investments[ITEM][0]["balance"] = None
        world.sync()
    kept = positions(world)
    assert (kept[CDB]["listed"], kept[CDB]["missing_since"], kept[CDB]["balance"]) == (True, None, Decimal("10412.33"))
    assert kept[SHARE]["figures_on"] == local_day(world.clock.now())


# --- sold, ended, back again -----------------------------------------------------------------------------------------


@on_both("world")
def test_position_that_vanishes_stays_until_a_second_wide_pass_misses_it_too(world: World) -> None:
    world.sync()
    world.bank.investments[ITEM].pop()
    world.next_day()
    world.sync()
    missing_since = world.clock.now()
    kept = positions(world)[SHARE]
    assert (kept["listed"], kept["ended_on"], kept["missing_since"]) == (True, None, missing_since)
    world.next_day()
    world.sync("narrow")
    assert positions(world)[SHARE]["ended_on"] is None
    world.next_day()
    assert world.sync().changed
    kept = positions(world)[SHARE]
    assert (kept["listed"], kept["ended_on"]) == (False, local_day(world.clock.now()))
    world.bank.investments[ITEM].append(share())
    world.next_day()
    assert world.sync("narrow").changed
    kept = positions(world)[SHARE]
    assert (kept["listed"], kept["ended_on"], kept["missing_since"]) == (True, None, None)


@pytest.mark.parametrize(
    "health",
    [
        {"status": "OUTDATED", "executionStatus": "ERROR"},
        {"statusDetail": {"investments": {"isUpdated": False}, "loans": {"isUpdated": False}}},
    ],
)
def test_item_that_fails_takes_nothing_away(world: World, health: dict[str, Any]) -> None:
    world.sync()
    world.bank.investments[ITEM] = []
    world.bank.loans[ITEM] = []
    for _ in range(3):
        world.next_day(**health)
        world.sync()
    assert all(one["listed"] and one["missing_since"] is None for one in positions(world).values())
    assert all(one["listed"] and one["missing_since"] is None for one in loans(world).values())


def test_empty_list_is_believed_the_second_time_only(world: World) -> None:
    world.sync()
    world.bank.investments[ITEM] = []
    world.next_day()
    world.sync()
    assert all(one["listed"] for one in positions(world).values())
    assert readings(world)["investments"] == ("listed", 0)
    world.next_day()
    world.sync()
    assert not any(one["listed"] for one in positions(world).values())


def test_position_that_is_left_out_and_was_sold_is_gone_at_once(world: World) -> None:
    sale = {"type": "SELL", "quantity": 1, "amount": Decimal("10500.00"), "date": "2026-11-23T03:00:00.000Z"}
    world.bank.movements[CDB].append(raw_investment_transaction(id="sold", **sale))
    world.sync()
    assert positions(world)[CDB]["ended_on"] is None
    world.bank.investments[ITEM].pop(0)
    world.next_day()
    world.sync()
    kept = positions(world)[CDB]
    assert (kept["listed"], kept["ended_on"]) == (False, local_day(world.clock.now()))


def test_flag_of_a_withdrawal_says_nothing_while_there_is_a_balance(world: World) -> None:
    world.sync()
    world.bank.investments[ITEM][0]["status"] = "TOTAL_WITHDRAWAL"
    world.next_day()
    world.sync()
    assert positions(world)[CDB]["ended_on"] is None
    world.bank.investments[ITEM][0] |= {"balance": 0, "amount": 0}
    world.next_day()
    world.sync("narrow")
    assert positions(world)[CDB]["ended_on"] == local_day(world.clock.now())
    world.bank.investments[ITEM][0] |= {"balance": Decimal("10412.33"), "amount": Decimal("10500.00")}
    world.next_day()
    world.sync("narrow")
    assert positions(world)[CDB]["ended_on"] is None


def test_position_worth_nothing_ends_when_its_movements_say_so(world: World) -> None:
    world.sync()
    world.bank.investments[ITEM][1] |= {"balance": 0, "amount": 0, "quantity": None}
    world.next_day()
    world.sync("narrow")
    assert positions(world)[SHARE]["ended_on"] is None
    sold = raw_investment_transaction(id="sold", type="SELL", date="2026-11-24T03:00:00.000Z")
    world.bank.movements[SHARE] = [sold]
    world.next_day()
    world.sync()
    assert positions(world)[SHARE]["ended_on"] == local_day(world.clock.now())


def test_loan_that_is_paid_ends_and_one_that_vanishes_waits(world: World) -> None:
    world.sync()
    world.bank.loans[ITEM][0] |= {
        "settlementDate": "2026-11-24T00:00:00",
        "payments": {"contractOutstandingBalance": 0},
    }
    world.next_day()
    assert world.sync().changed
    assert loans(world)[LOAN]["ended_on"] == local_day(world.clock.now())
    world.bank.loans[ITEM] = []
    for listed in (True, False):
        world.next_day()
        world.sync()
        assert loans(world)[LOAN]["listed"] is listed


# --- what is not given -----------------------------------------------------------------------------------------------

REFUSALS = [
    (PluggyNotFoundError("no", status_code=404), "refused"),
    (PluggyRequestError("no", status_code=400), "refused"),
    (PluggyAuthError("no", status_code=403), "refused"),
    (PluggyQuotaError("no", status_code=429), "refused"),
    (PluggyServerError("no", status_code=500), "failed"),
    (PluggyUnreachableError("no", sent=True), "failed"),
]


@pytest.mark.parametrize(("error", "reading"), REFUSALS, ids=lambda value: type(value).__name__)
def test_product_that_is_not_given_is_noted_and_the_pass_is_good(
    world: World, error: PluggyError, reading: str
) -> None:
    world.sync()
    before = rows(world)
    for product in ("investments", "loans"):
        refuse(world, product, error)
        world.next_day()
        assert isinstance(world.sync(), ConnectionSynced)
        assert readings(world)[product][0] == reading
    after = rows(world)
    assert {name: after[name] for name in ("loans", "investment_transactions")} == {
        name: before[name] for name in ("loans", "investment_transactions")
    }
    with world.database.reading() as session:
        loan_read = next(one for one in list_product_reads(session, USER) if one.product == "loans")
    assert (loan_read.listed, loan_read.asked_at) == (1, world.clock.now())
    assert loan_read.read_at == world.clock.now() - timedelta(days=1)


def test_movements_that_fail_keep_what_was_known_and_the_positions_are_stored(world: World) -> None:
    world.sync()
    world.bank.movements[CDB].append(raw_investment_transaction(id="more", amount=Decimal(5)))
    world.bank.investments[ITEM][0]["balance"] = Decimal(11000)
    refuse(world, f"{CDB} movements", PluggyServerError("broken", status_code=500))
    world.next_day()
    assert world.sync().changed
    assert (positions(world)[CDB]["balance"], moves(world, CDB)) == (Decimal(11000), ["bought"])
    world.bank.on_call = lambda call: None
    world.next_day()
    world.sync()
    assert moves(world, CDB) == ["bought", "more"]


def test_what_the_next_position_would_meet_too_is_asked_once(world: World) -> None:
    refuse(world, "movements", PluggyUnreachableError("no answer", sent=True))
    assert isinstance(world.sync(), ConnectionSynced)
    assert sum("movements" in call for call in world.bank.calls) == 1


@pytest.mark.parametrize(
    "error", [PluggyRateLimitError("wait", status_code=429), PluggyAuthError("bad key", status_code=401)]
)
def test_what_the_accounts_would_meet_as_well_ends_the_pass(world: World, error: PluggyError) -> None:
    refuse(world, "investments", error)
    assert isinstance(world.sync(), ConnectionSyncFailed)


def test_product_that_the_item_does_not_have_is_not_asked_for(world: World) -> None:
    world.bank.collect(
        statusDetail={"accounts": {"isUpdated": True}, "transactions": {"isUpdated": True}, "loans": None}
    )
    assert isinstance(world.sync(), ConnectionSynced)
    assert not {"investments", "loans"} & set(world.bank.calls)
    assert readings(world) == {"investments": ("refused", 0), "loans": ("refused", 0)}


def test_all_of_it_takes_a_minute_at_most(world: World) -> None:
    def slow(call: str) -> None:
        if "movements" in call:
            world.clock.advance(PRODUCT_SECONDS)

    world.bank.on_call = slow
    assert isinstance(world.sync(), ConnectionSynced)
    assert sum("movements" in call for call in world.bank.calls) == 1
    assert len(positions(world)) == 2


def test_where_time_does_not_do_for_all_another_position_is_first_each_day(world: World) -> None:
    world.sync()
    refuse(world, "movements", PluggyUnreachableError("no answer", sent=True))
    asked = set()
    for _ in range(2):
        world.next_day()
        world.sync()
        asked |= {call for call in world.bank.calls if "movements" in call}
    assert asked == {f"{CDB} movements", f"{SHARE} movements"}


def test_stop_ends_it_between_two_requests_and_the_next_pass_reads_all(world: World) -> None:
    world.bank.on_call = lambda call: world.synchronizer.stop() if call == "investments" else None
    assert isinstance(world.sync(), ConnectionBusy)
    assert world.connection().synced_state is None


# --- a bank that is connected again ----------------------------------------------------------------------------------


def lots(suffix: str) -> list[dict[str, Any]]:
    """Two equal lots of one paper, one of another day, and a share; under the ids of an item."""
    other_day = {"issueDate": "2026-02-10T03:00:00.000Z", "purchaseDate": "2026-02-10T03:00:00.000Z"}
    return [
        raw_investment(id=f"a{suffix}"),
        raw_investment(id=f"b{suffix}"),
        raw_investment(id=f"c{suffix}", **other_day),
        share(id=f"d{suffix}"),
    ]


def stand_ready(world: World) -> None:
    world.bank.investments[ITEM] = lots("")
    twice = [raw_investment_transaction(id=f"bought-{number}") for number in (1, 2)]
    world.bank.movements |= {"a": twice, "a2": [one | {"id": f"{one['id']}-again"} for one in twice]}
    world.sync()


def connect_again(world: World) -> int:
    connection_id = world.connect(NEW)
    world.bank.investments[NEW] = lots("2")
    world.bank.loans[NEW] = [raw_loan(id="loan-2")]
    return connection_id


def let_go(world: World, **values: Any) -> None:
    with world.database.writing() as session:
        row = session.get_one(ConnectionRow, world.connection_id)
        for name, value in (values or {"gone_at": world.clock.now()}).items():
            setattr(row, name, value)


@on_both("world")
@pytest.mark.parametrize("late", [False, True], ids=["gone before", "gone after"])
def test_bank_that_is_connected_again_doubles_nothing_and_keeps_its_ids(world: World, *, late: bool) -> None:
    stand_ready(world)
    before, debts = positions(world), loans(world)
    if not late:
        let_go(world)
    world.clock.advance(60)
    connection_id = connect_again(world)
    world.sync(connection_id=connection_id)
    if late:
        assert len(positions(world)) == 8  # both are read: neither goes on from the other
        let_go(world)
        assert world.sync(connection_id=connection_id).changed  # nothing new to list
        assert world.bank.calls == ["item"]
    after = positions(world)
    assert {one["id"] for one in after.values()} == {one["id"] for one in before.values()}
    assert {one["connection_id"] for one in after.values()} == {connection_id}
    assert {name: after[f"{name}2"]["id"] for name in "cd"} == {name: before[name]["id"] for name in "cd"}
    assert [one["id"] for one in loans(world).values()] == [one["id"] for one in debts.values()]
    with world.database.reading() as session:
        rows = list_investment_transactions(session, USER, [one["id"] for one in after.values()])
    assert len(rows) == 2
    standing = rows_of(world)
    world.next_day()
    world.sync(connection_id=connection_id)
    assert rows_of(world) == standing


def rows_of(world: World) -> dict[str, int]:
    return {name: len(found) for name, found in rows(world).items() if "snapshot" not in name}


def test_position_that_its_bank_lists_under_another_id_is_the_same(world: World) -> None:
    stand_ready(world)
    before = positions(world)
    world.bank.investments[ITEM] = lots("2")
    world.next_day()
    world.sync()
    after = positions(world)
    assert {one["id"] for one in after.values()} == {one["id"] for one in before.values()}
    assert set(after) == {"a2", "b2", "c2", "d2"}


def test_history_that_is_to_be_erased_is_not_taken_over(world: World) -> None:
    stand_ready(world)
    let_go(world, disconnect_requested_at=world.clock.now(), erase_history=True)
    world.sync(connection_id=connect_again(world))
    assert len(positions(world)) == 8


@on_both("world")
def test_nobody_takes_over_what_another_person_had(world: World) -> None:
    stand_ready(world)
    let_go(world)
    connection_id = world.connect(NEW, user_id=USER + 1)
    world.bank.investments[NEW] = lots("2")
    world.synchronizer.sync_connection(user_id=USER + 1, connection_id=connection_id, width="wide")
    assert len(positions(world)) == 4
    with world.database.reading() as session:
        assert len(list_investments(session, USER + 1)) == 4


# --- caixinhas -------------------------------------------------------------------------------------------------------


def test_pots_follow_their_account_also_where_its_rows_are_not_listed(world: World) -> None:
    world.sync()
    account = world.bank.accounts[ITEM][0]
    account["bankData"] = raw_account()["bankData"] | {"reservedBalances": []}
    world.next_day()
    world.sync("narrow")
    with world.database.reading() as session:
        assert list_pots(session, USER) == []
