"""Whom a card bill is told of: written once to the outbox, and looked at again when it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from open_finance import bill_alerts
from open_finance.alerts.keys import bill_key
from open_finance.bill_alerts import BillAlerts
from open_finance.bill_records import BillData
from open_finance.events import ConnectionSynced
from open_finance.storage import bills, ledger, outbox, transaction_rows
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.database import Database, Session
from open_finance.storage.models import AccountRow, ConnectionRow
from open_finance.storage.outbox import Notification
from tests.clocks import ManualClock
from tests.fake_bank import CARD, CHECKING, build_world
from tests.pluggy_json import raw_bill
from tests.rows import USER, add_account, add_connection, transaction_data

NEIGHBOUR = 2000
DUE = date(2026, 11, 26)  # in three days
TOTAL = Decimal("1274.9041")
NINE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def alerts(database: Database, clock: ManualClock) -> BillAlerts:
    return BillAlerts(database, clock)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as opened:
        yield opened


def bill_data(**fields: Any) -> BillData:
    values: dict[str, Any] = {
        "pluggy_id": "bill-1",
        "due_on": DUE,
        "closes_on": DUE - timedelta(days=7),
        "total": TOTAL,
        "currency_code": "BRL",
        "minimum": Decimal("179.7600"),
        "finance_charges": [],
        "payments": [],
    }
    return BillData(**{**values, **fields})  # type: ignore[typeddict-item]


def add_card(
    database: Database, user_id: int = USER, item_id: str = "item-1", bill: dict[str, Any] | None = None, **fields: Any
) -> tuple[int, int]:
    """A card with a bill due in three days; (connection, account)."""
    with database.writing() as session:
        connection = add_connection(session, user_id, item_id)
        values = {"type": "CREDIT", "subtype": "CREDIT_CARD", "identity": f"card of {user_id}", **fields}
        card = add_account(session, connection, user_id, pluggy_id=f"card of {item_id}", **values)
        if bill is not None:
            bills.merge_bills(session, user_id, card, [bill_data(**bill)], NINE)
    return connection, card


def pay(database: Database, account: int, amount: str, user_id: int = USER, **fields: Any) -> None:
    row = transaction_data(
        f"payment {amount}",
        **{"occurred_on": DUE - timedelta(days=4), "amount": Decimal(amount), "category_id": "05100000", **fields},
    )
    with database.writing() as session:
        ledger.merge_transactions(session, user_id, account, [row], NINE)


def written(database: Database, user_id: int = USER) -> list[Notification]:
    with database.reading() as session:
        ids = session.scalars(select(NotificationRow.id).where(NotificationRow.user_id == user_id))
        found = [outbox.find_notification(session, user_id, number) for number in sorted(ids)]
    return [one for one in found if one is not None]


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_bill_of_three_days_is_noted_once_for_the_morning(
    database: Database, alerts: BillAlerts, clock: ManualClock
) -> None:
    connection, card = add_card(database, bill={})
    assert alerts.note_due() == 1
    [one] = written(database)
    assert (one.kind, one.key) == ("bill", bill_key(f"card of {USER}", DUE, 3))
    assert (one.connection_id, one.account_id) == (connection, card)
    assert one.detail == {"due_on": "2026-11-26", "days": 3}
    with database.reading() as session:
        assert session.scalar(select(NotificationRow.not_before)) == NINE
    for hours in (1, 9, 24):
        clock.advance(hours=hours)
        assert alerts.note_due() == 0


def test_a_bill_is_noted_again_on_the_eve(database: Database, alerts: BillAlerts, clock: ManualClock) -> None:
    add_card(database, bill={})
    noted = []
    for _ in range(8):
        noted.append(alerts.note_due())
        clock.advance(days=1)
    assert noted == [1, 0, 1, 0, 0, 0, 0, 0]
    assert [one.detail["days"] for one in written(database)] == [3, 1]


@pytest.mark.parametrize(("away", "stages"), [(1, [3, 1]), (2, [1]), (3, [1]), (4, [])])
def test_what_was_missed_is_made_up_for_until_the_due_day(
    database: Database, alerts: BillAlerts, clock: ManualClock, away: int, stages: list[int]
) -> None:
    add_card(database, bill={})
    clock.advance(days=away)
    for _ in range(4):
        alerts.note_due()
        clock.advance(days=1)
    assert [one.detail["days"] for one in written(database)] == stages


def test_everybody_is_looked_through_once_an_hour(database: Database, alerts: BillAlerts, clock: ManualClock) -> None:
    assert alerts.note_due() == 0
    add_card(database, bill={})
    clock.advance(minutes=59)
    assert alerts.note_due() == 0
    clock.advance(minutes=1)
    assert alerts.note_due() == 1


def test_of_many_people_some_are_looked_through_at_a_call(
    database: Database, alerts: BillAlerts, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bill_alerts, "PEOPLE_A_CALL", 2)
    for number in range(5):
        add_card(database, 3000 + number, f"item-{number}", bill={})
    assert [alerts.note_due() for _ in range(4)] == [2, 2, 1, 0]


def test_two_processes_note_a_bill_once(database: Database, clock: ManualClock) -> None:
    add_card(database, bill={})
    assert [BillAlerts(database, clock).note_due() for _ in range(2)] == [1, 0]


def test_each_person_is_told_of_their_own(database: Database, alerts: BillAlerts) -> None:
    add_card(database, bill={})
    add_card(database, NEIGHBOUR, "item-2", bill={"due_on": DUE - timedelta(days=2)})
    assert alerts.note_due() == 2
    assert [one.detail["days"] for one in written(database)] == [3]
    [theirs] = written(database, NEIGHBOUR)
    assert theirs.detail["days"] == 1
    assert alerts.find(USER, theirs) is None


def test_several_cards_are_several_notifications(database: Database, alerts: BillAlerts, session: Session) -> None:
    connection = add_connection(session)
    for number in ("1111", "2222"):
        card = add_account(session, connection, pluggy_id=number, identity=number, type="CREDIT")
        bills.merge_bills(session, USER, card, [bill_data()], NINE)
    session.commit()
    assert alerts.note_due() == 2


def test_a_card_that_only_its_account_speaks_of_is_noted_too(database: Database, alerts: BillAlerts) -> None:
    add_card(database, bill_due_on=DUE, minimum_payment=Decimal("50.00"))
    assert alerts.note_due() == 1
    due = alerts.find(USER, written(database)[0])
    assert due is not None
    assert (due.total, due.minimum) == (None, Decimal("50.00"))


# --- who is left in peace --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", ["hidden", "unlisted", "leaving", "left", "nothing owed", "no card", "other day"])
def test_nobody_is_told_of_a_bill_that_is_not_theirs_to_pay(
    database: Database, alerts: BillAlerts, silent: str
) -> None:
    due_on = DUE + timedelta(days=1) if silent == "other day" else DUE
    add_card(
        database,
        bill={"total": Decimal(0) if silent == "nothing owed" else TOTAL, "due_on": due_on},
        type="BANK" if silent == "no card" else "CREDIT",
    )
    changes: dict[str, Any] = {
        "hidden": update(AccountRow).values(hidden=True),
        "unlisted": update(AccountRow).values(listed=False),
        "leaving": update(ConnectionRow).values(disconnect_requested_at=NINE),
        "left": update(ConnectionRow).values(disconnect_requested_at=NINE, disconnected_at=NINE),
    }
    if silent in changes:
        with database.writing() as session:
            session.execute(changes[silent])
    assert alerts.note_due() == 0
    assert written(database) == []


def test_a_card_that_two_connections_bring_is_told_of_once(database: Database, alerts: BillAlerts) -> None:
    """The one that counts has no bills of its own; its twin was given them."""
    add_card(database, item_id="item-1", bill={})
    _, counted = add_card(database, item_id="item-2")
    assert alerts.note_due() == 1
    [one] = written(database)
    assert one.account_id == counted
    due = alerts.find(USER, one)
    assert due is not None
    assert due.total == Decimal("1274.90")


def test_a_bill_that_is_paid_is_not_noted(database: Database, alerts: BillAlerts) -> None:
    _, card = add_card(database, bill={})
    pay(database, card, "1274.90", type="CREDIT")
    assert alerts.note_due() == 0


def test_a_bill_that_is_paid_from_another_bank_is_not_noted(database: Database, alerts: BillAlerts) -> None:
    add_card(database, bill={})
    with database.writing() as session:
        checking = add_account(session, add_connection(session, item_id="other"))
    pay(database, checking, "-1274.90", description="Pagamento de fatura")
    assert alerts.note_due() == 0


def test_a_bill_that_was_paid_from_a_bank_left_since_is_not_noted(database: Database, alerts: BillAlerts) -> None:
    add_card(database, bill={})
    with database.writing() as session:
        left: dict[str, Any] = {"disconnect_requested_at": NINE, "disconnected_at": NINE}
        checking = add_account(session, add_connection(session, item_id="other", **left))
    pay(database, checking, "-1274.90")
    assert alerts.note_due() == 0


@pytest.mark.parametrize("how", ["removed", "unconfirmed", "still to come", "of somebody else"])
def test_what_is_no_payment_any_more_leaves_the_bill_to_be_told_of(
    database: Database, alerts: BillAlerts, how: str
) -> None:
    _, card = add_card(database, bill={}, user_id=USER)
    _, theirs = add_card(database, NEIGHBOUR, "item-2")
    day = DUE if how == "still to come" else DUE - timedelta(days=4)
    if how == "of somebody else":
        pay(database, theirs, "1274.90", NEIGHBOUR)
    else:
        pay(database, card, "1274.90", occurred_on=day)
    with database.writing() as session:
        if how == "removed":
            [row] = transaction_rows.list_transactions(session, USER)
            ledger.remove_transactions(session, USER, [row["id"]], NINE)
        if how == "unconfirmed":
            [row] = transaction_rows.list_transactions(session, USER)
            ledger.note_missing(session, USER, [row["id"]], NINE - timedelta(days=11))
    assert alerts.note_due() == 1


# --- looked at again -------------------------------------------------------------------------------------------------


@pytest.fixture
def noted(database: Database, alerts: BillAlerts) -> Notification:
    add_card(database, bill={})
    alerts.note_due()
    [one] = written(database)
    return one


def card_of(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(AccountRow.id)).one()


def test_a_notification_says_what_is_true_when_it_is_sent(
    database: Database, alerts: BillAlerts, clock: ManualClock, noted: Notification
) -> None:
    due = alerts.find(USER, noted)
    assert due is not None
    assert (due.days_left, due.stage, due.total, due.left) == (3, 3, Decimal("1274.90"), Decimal("1274.90"))
    pay(database, card_of(database), "500.00", type="CREDIT")
    clock.advance(days=1)
    due = alerts.find(USER, noted)
    assert due is not None
    assert (due.days_left, due.left) == (2, Decimal("774.90"))


@pytest.mark.parametrize("meanwhile", ["paid", "hidden", "left", "another day", "erased", "its next reminder"])
def test_a_notification_that_is_true_no_more_says_nothing(
    database: Database, alerts: BillAlerts, clock: ManualClock, noted: Notification, meanwhile: str
) -> None:
    card = card_of(database)
    if meanwhile == "paid":
        pay(database, card, "1274.90", type="CREDIT")
    if meanwhile == "its next reminder":
        clock.advance(days=2)
    with database.writing() as session:
        if meanwhile == "hidden":
            session.execute(update(AccountRow).values(hidden=True))
        if meanwhile == "left":
            session.execute(update(ConnectionRow).values(disconnect_requested_at=NINE))
        if meanwhile == "another day":
            bills.merge_bills(session, USER, card, [bill_data(due_on=DUE + timedelta(days=9))], NINE)
        if meanwhile == "erased":
            session.execute(delete(ConnectionRow))
    assert alerts.find(USER, noted) is None


def test_a_notification_outlives_the_account_that_it_was_noted_of(
    database: Database, alerts: BillAlerts, noted: Notification
) -> None:
    """The card goes on through another connection."""
    with database.writing() as session:
        session.execute(delete(ConnectionRow))
    _, now = add_card(database, item_id="item-2", bill={})
    due = alerts.find(USER, replace(noted, account_id=None, connection_id=None))
    assert due is not None
    assert due.card["id"] == now


def test_what_a_pass_has_read_is_told_and_what_it_reads_next_is_not(database: Database, clock: ManualClock) -> None:
    """From Pluggy's words to the outbox: the bill, and the payment that another account of the same bank made."""
    world = build_world(database, clock)
    alerts = BillAlerts(database, clock)
    world.bank.bills[CARD] = [raw_bill(dueDate="2026-11-26", billClosingDate="2026-11-19")]
    assert isinstance(world.sync(), ConnectionSynced)
    assert alerts.note_due() == 1
    [one] = written(database)
    assert alerts.find(USER, one) is not None
    world.bank.add("paid", amount=Decimal("-1302.44"), description="Pagamento de fatura", categoryId="05100000")
    assert world.bank.rows[CHECKING]
    world.next_day()
    world.sync()
    assert alerts.find(USER, one) is None
    world.synchronizer.stop()
