"""A foreign id is a missing one: everything that takes a person is tried, as Bruno, with the ids of Ana's rows.

Functions and buttons are enumerated, never listed: whoever adds one is tested, or asked here for an argument.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, Integer, Select, String, Table, Text, insert, select
from sqlalchemy.orm import Session

import open_finance.storage
from open_finance.alerts.settings import AlertSettings
from open_finance.balance_check import BalanceGap
from open_finance.errors import OpenFinanceError
from open_finance.investment_merge import Standing
from open_finance.investment_records import InvestmentData, InvestmentSnapshot, LoanData, LoanSnapshot, PotData
from open_finance.pluggy_rows import read_item
from open_finance.records import Goal
from open_finance.sharing.debts import Transfer
from open_finance.storage.database import Database
from open_finance.storage.holding_rows import INVESTMENTS
from open_finance.storage.models import Base
from open_finance.storage.outbox import NewNotification
from open_finance.storage.row_codec import encode
from open_finance.storage.types import ExactDecimal, Money, UtcDateTime
from open_finance.trouble import judge
from tests.builders import action
from tests.clocks import START
from tests.every_row import needed_tables, owned_tables
from tests.investment_builders import investment, loan
from tests.pluggy_json import raw_item
from tests.rows import account_data, stored, transaction_data

ANA, BRUNO = 1000, 2000
#: Stands in every text of Ana's rows.
MARK = "so-da-ana"

#: The account that a join of Ana's took in, as JSON holds it.
FORMER: dict[str, object] = {
    **{name: value if value is None else str(value) for name, value in account_data(f"{MARK}-former").items()},
    "id": 9,
    "reserved_count": 0,
    "listed": True,
    "created_at": str(START),
    "updated_at": str(START),
}

#: They say nothing of a person but a seat in her family.
_DIVIDED = [
    Base.metadata.tables[name] for name in ("families", "shared_expenses", "shared_expense_parts", "settlements")
]

#: What Ana's rows must say for a function to have something to find.
VALUES: dict[str, dict[str, object]] = {
    "bank_connections": {"settled_at": START, "status": "UPDATED", "execution_status": "SUCCESS", "products": {}},
    "connection_actions": {"type": "mfa", "options": []},
    "connection_intents": {"state": "collecting", "purpose": "connect"},
    "bank_accounts": {"type": "BANK", "subtype": "CHECKING_ACCOUNT", "currency_code": "BRL", "listed": True},
    "bank_transactions": {"type": "DEBIT", "status": "POSTED", "removed_at": None, "occurred_on": date(2026, 11, 20)},
    "account_joins": {"former": {"account": FORMER}},
    "notifications": {"kind": "transaction", "outcome": None, "claimed_until": None},
}
#: Left empty, so that Ana's connection is one that is read.
EMPTY = (
    "disconnect_requested_at",
    "disconnected_at",
    "gone_at",
    "lease_until",
    "retry_at",
    "next_poll_at",
    "finished_at",
)


# --- Ana's rows ----------------------------------------------------------------------------------------------------


def add_anas_rows(session: Session) -> None:
    """One row of Ana's in every table, number 1, pointing at each other, and of what is divided in her family."""
    for table in [*needed_tables(), *_DIVIDED[1:]]:
        values = {column.name: value_for(table, column.name) for column in table.c}
        session.execute(insert(table).values(values | VALUES.get(table.name, {})))


def value_for(table: Table, name: str) -> object:
    column = table.c[name]
    if name == "user_id":
        return ANA
    if name in EMPTY and column.nullable:
        return None
    if column.foreign_keys or (isinstance(column.type, Integer) and column.primary_key):
        return 1
    return sample(column.type, f"{MARK}-{table.name}-{name}")


def sample(kind: object, text: str) -> object:
    if isinstance(kind, Money | ExactDecimal):
        return Decimal("7777.77")
    if isinstance(kind, UtcDateTime):
        return START
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Date):
        return START.date()
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, String | Text):
        length = getattr(kind, "length", None)
        return text[-length:] if length else text
    return 1


def anas_rows(session: Session) -> dict[str, list[dict[str, object]]]:
    """All that is Ana's, as it stands."""
    session.expire_all()
    return {name: [dict(row) for row in session.execute(found).mappings()] for name, found in _selects_of_ana()}


@cache
def _selects_of_ana() -> list[tuple[str, Select[Any]]]:
    """One a table, written once: they are asked hundreds of times."""
    owned = [(table.name, select(table).where(table.c.user_id == ANA)) for table in owned_tables()]
    return [*owned, *((table.name, select(table).where(next(iter(table.primary_key)) == 1)) for table in _DIVIDED)]


# --- the functions of storage --------------------------------------------------------------------------------------


def storage_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of storage that takes a person, by its name."""
    for module_info in pkgutil.iter_modules(open_finance.storage.__path__):
        if module_info.name == "migrations":
            continue
        module = importlib.import_module(f"open_finance.storage.{module_info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_own = function.__module__ == module.__name__ and not name.startswith("_")
            if is_own and "user_id" in inspect.signature(function).parameters:
                yield f"{module_info.name}.{name}", function


#: A value for every parameter, by its name: Ana's ids wherever an id is asked for.
ARGUMENTS: dict[str, object] = {
    **dict.fromkeys(("connection_id", "account_id", "intent_id", "replaces_id", "target_id", "join_id"), 1),
    "ids": [1],
    "account_ids": [1],
    "investment_ids": [1],
    "loan_ids": [1],
    "seen_on": START.date(),
    "idle_days": 180,
    "item_id": f"{MARK}-bank_connections-item_id",
    "item": read_item(raw_item(id=f"{MARK}-bank_connections-item_id")),
    "action": action(),
    "accounts": [account_data(f"{MARK}-bank_accounts-pluggy_id")],
    "rows": [transaction_data(f"{MARK}-bank_transactions-pluggy_id")],
    "pluggy_ids": [f"{MARK}-bank_transactions-pluggy_id"],
    **dict.fromkeys(("now", "at", "since", "opened_at", "next_poll_at", "expires_at", "flow_started_at"), START),
    **dict.fromkeys(("date_from", "start", "before"), date(2026, 1, 1)),
    **dict.fromkeys(("date_to", "end", "after"), date(2026, 12, 31)),
    "spacing": timedelta(0),
    "seconds": 60,
    "connector_id": 1,
    **dict.fromkeys(("connector_name", "version", "text", "name"), "de Bruno"),
    **dict.fromkeys(("erase_history", "include_disconnected", "include_removed", "lock", "hidden"), True),
    "message_id": 1,
    "state": "collecting",
    "kind": "connect",
    "trouble": None,
    "judgement": judge(None, START),
    "goal": Goal("reconnect", 1, 1),
    "pairs": {1: "outro"},
    "former_id": 1,
    "connection_ids": [1],
    "day": date(2026, 1, 1),
    "outcome": "INVALID_CREDENTIALS",
    "adopted": False,
    "is_open": False,
    "values": {"custom_name": "de Bruno"},
    "limit": 10,
    "offset": 0,
    "error_code": None,
    "protocol": f"{MARK}-erasures-protocol"[-16:],
    "table": "bank_transactions",
    "year": 2026,
    **dict.fromkeys(("awaited_since", "sent_at", "expires_before"), START),
    "slot_at": START + timedelta(days=1),
    "row": stored(1, transaction_data(f"{MARK}-bank_transactions-pluggy_id")),
    "currency": "BRL",
    "heirs": {1: "outro"},
    "gap": BalanceGap(date(2026, 11, 12), Decimal("35.00")),
    "notices": [("trouble", "2026-11-23")],
    **dict.fromkeys(("transaction_id", "notification_id"), 1),
    "echoes": {1: 1},
    "listed": [f"{MARK}-bank_transactions-pluggy_id"],
    "keys": [f"{MARK}-notifications-key"],
    "inserted": None,
    "notifications": [NewNotification("bruno", "transaction", 1, 1, 1)],
    "answer": "ok",
    "identity": f"{MARK}-bank_accounts-identity",
    "due_from": date(2026, 1, 1),
    "bills": [],
    "claimed_until": START,
    "row_id": 1,
    "note": "de Bruno",
    "pattern": "padrao",
    "patterns": [f"{MARK}-quiet_patterns-pattern"],
    "settings": AlertSettings(spending=False),
    "until": START + timedelta(hours=1),
    "is_news": True,
    **dict.fromkeys(("rule_id", "category_id", "change_id", "budget_id"), 1),
    "row_ids": [1],
    "chosen": {1: "10000000"},
    "category": f"{MARK}-bank_transactions-user_category",
    "rule": {
        "id": 1,
        "merchant_key": "bruno",
        "name_key": "bruno",
        "money_in": False,
        "title": "de Bruno",
        "category": "10000000",
        "applies_from": None,
        "created_at": START,
        "updated_at": START,
    },
    "advice": {"bruno": "10000000"},
    "mark_id": 1,
    "flow_key": f"{MARK}-recurring_marks-flow_key",
    "says": "cancelled",
    "title": "de Bruno",
    "amount": Decimal("1.00"),
    "said_on": date(2026, 11, 1),
    "kept": [["2026-01-01", "1.00", None, None, START.isoformat()]],
    **dict.fromkeys(("investment_id", "loan_id", "twin_id"), 1),
    "holding": INVESTMENTS,
    "standing": Standing(listed=False),
    "target": (1, "outro"),
    "pluggy_id": "outro",
    "pots": [PotData(key="outro", name="de Bruno", amount=Decimal("1.00"))],
    "product": "investments",
    "reading": "failed",
    "month": date(2026, 11, 1),
    "updated_at": START + timedelta(days=1),
    "limited_products": ["loans"],
    **dict.fromkeys(("family_id", "chat_id", "expense_id", "settlement_id"), 1),
    "token_sha256": "outro",
    "forget": True,
    "level": "all",
    "parts": {1: Decimal("1.00")},
    "description": "de Bruno",
    "paid": Transfer(1, 1, Decimal("7777.77")),
}
_LISTED = {**investment(pluggy_id=f"{MARK}-investments-pluggy_id")}
_OWED = {**loan(pluggy_id=f"{MARK}-loans-pluggy_id")}
#: Where a name means something else.
SPECIAL: dict[tuple[str, str], object] = {
    ("doors.give_way", "to"): 1,
    ("ledger.rekey_transactions", "pluggy_ids"): {1: "outro"},
    ("ledger.merge_encoded", "rows"): [encode(transaction_data(f"{MARK}-bank_transactions-pluggy_id"))],
    ("outbox.settle_notifications", "outcome"): "sent",
    ("outbox.list_of_kind", "kind"): "transaction",
    ("categories.add_change", "before"): {},
    ("categories.save_rule", "values"): {
        "merchant_key": "bruno",
        "name_key": "bruno",
        "money_in": False,
        "title": "de Bruno",
        "category": "10000000",
        "applies_from": None,
    },
    ("budgets.save_budget", "values"): {
        "category": "Mercado",
        "amount": Decimal("1.00"),
        "rolls_over": False,
        "starts_on": date(2026, 11, 1),
    },
    ("budgets.change_budget", "values"): {"rolls_over": True},
    ("repository.move_intent", "before"): ("collecting", "posting"),
    ("repository.move_intent", "after"): "failed",
    **{
        (name, "listed"): [{field: _LISTED[field] for field in InvestmentData.__annotations__}]
        for name in ("holding_rows.merge_listed", "investment_writes.merge_investments")
    },
    ("loan_writes.merge_loans", "listed"): [{field: _OWED[field] for field in LoanData.__annotations__}],
    ("investment_writes.merge_investment_transactions", "listed"): [],
    ("investment_writes.note_product_read", "listed"): 1,
    ("investment_writes.save_investment_snapshots", "snapshots"): [
        InvestmentSnapshot(1, date(2026, 1, 1), Decimal("1.00"), None, START)
    ],
    ("loan_writes.save_loan_snapshots", "snapshots"): [LoanSnapshot(1, date(2026, 1, 1), Decimal("1.00"), START)],
}


def arguments_for(name: str, function: Callable[..., Any], session: Session, person: int = BRUNO) -> dict[str, object]:
    arguments: dict[str, object] = {"session": session, "user_id": person}
    for parameter in inspect.signature(function).parameters:
        if parameter in arguments:
            continue
        known = (name, parameter) in SPECIAL or parameter in ARGUMENTS
        assert known, f"{name}({parameter}=…): give this parameter a value of Ana's in ARGUMENTS or SPECIAL"
        arguments[parameter] = SPECIAL.get((name, parameter), ARGUMENTS.get(parameter))
    if "session" not in inspect.signature(function).parameters:
        del arguments["session"]
    return arguments


@pytest.mark.parametrize(
    ("name", "function"), list(storage_functions()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_storage_answers_a_foreign_id_as_a_missing_one(
    sqlite_database: Database, name: str, function: Callable[..., Any]
) -> None:
    with sqlite_database.writing() as session:
        add_anas_rows(session)
    with sqlite_database.writing() as session:
        before = anas_rows(session)
        try:
            found = function(**arguments_for(name, function, session))
        except OpenFinanceError as error:
            found = error
        shown = repr(read_out(session, found))
        assert anas_rows(session) == before
    assert MARK not in shown
    assert "7777" not in shown


def test_most_of_the_same_calls_by_ana_find_her_rows(sqlite_database: Database) -> None:
    """The control: they show or change something of hers, so that the test above can fail. The others look for rows in
    another state than hers are in."""
    with sqlite_database.writing() as session:
        add_anas_rows(session)
    blind = []
    for name, function in storage_functions():
        with sqlite_database.reading() as session:
            before = anas_rows(session)
            try:
                shown = repr(read_out(session, function(**arguments_for(name, function, session, ANA))))
            except OpenFinanceError as error:
                shown = repr(error)
            if anas_rows(session) == before and not any(sign in shown for sign in (MARK, "7777", "True", "1")):
                blind.append(name)
            session.rollback()
    assert len(blind) * 3 < len(list(storage_functions())), blind


def read_out(session: Session, found: object) -> object:
    """What a caller would see of the answer."""
    if isinstance(found, Select):
        return session.execute(found).all()
    return list(found) if isinstance(found, Iterator) else found


def test_every_table_of_a_person_has_a_row_of_anas(sqlite_database: Database) -> None:
    """What the other tests stand on: there is something to find everywhere."""
    with sqlite_database.writing() as session:
        add_anas_rows(session)
        assert all(anas_rows(session).values())
        assert len(owned_tables()) >= 13
