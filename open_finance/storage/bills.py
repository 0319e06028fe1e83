"""Card bills as Pluggy lists them. As in ``ledger``: the session first and the person second, only that person's rows, and
nothing is committed. ``list_due_cards`` is for the machine: it looks at everybody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from open_finance.bill_records import Bill, BillData, BillPayment, FinanceCharge
from open_finance.storage.alert_models import CardBillRow
from open_finance.storage.models import AccountRow, ConnectionRow
from open_finance.storage.statements import execute, insert_into

_VALUES = tuple(BillData.__annotations__)
_COLUMNS = tuple(CardBillRow.__table__.c[name] for name in ("id", "account_id", *_VALUES))


class DueCard(NamedTuple):
    """A card of a person, by its identity, that may have to be paid on a day."""

    user_id: int
    identity: str
    due_on: date


def merge_bills(session: Session, user_id: int, account_id: int, bills: Iterable[BillData], now: datetime) -> int:
    """Store a card's bills as last read, by their Pluggy id; one that is not listed any more stays. Returns the rows
    written: none for what is unchanged, nor for an account of somebody else's."""
    owned = select(AccountRow.id).where(AccountRow.id == account_id, AccountRow.user_id == user_id)
    if session.scalar(owned) is None:
        return 0
    stored = {bill["pluggy_id"]: _data(bill) for bill in list_bills(session, user_id, [account_id])}
    listed = {bill["pluggy_id"]: bill for bill in bills}
    written = 0
    for bill in listed.values():
        if stored.get(bill["pluggy_id"]) != bill:
            columns = _encoded(bill)
            values = {**columns, "user_id": user_id, "account_id": account_id, "created_at": now, "updated_at": now}
            written += execute(
                session,
                insert_into(session, CardBillRow)
                .values(**values)
                .on_conflict_do_update(
                    index_elements=[CardBillRow.account_id, CardBillRow.pluggy_id], set_={**columns, "updated_at": now}
                ),
            )
    return written


def list_bills(
    session: Session, user_id: int, account_ids: Iterable[int], *, due_from: date | None = None
) -> list[Bill]:
    """The person's bills of these cards, due on a day or later, the latest due first and of one day the latest written."""
    query = select(*_COLUMNS).where(CardBillRow.user_id == user_id, CardBillRow.account_id.in_(list(account_ids)))
    if due_from is not None:
        query = query.where(CardBillRow.due_on >= due_from)
    order = (CardBillRow.due_on.desc(), CardBillRow.updated_at.desc(), CardBillRow.id.desc())
    return [_bill(row) for row in session.execute(query.order_by(*order)).mappings()]


def list_due_cards(session: Session, due_from: date, due_to: date) -> list[DueCard]:
    """Everybody's cards of which a bill, or the account itself, says that it is due in these days (inclusive): those that
    are read, listed, and not hidden by their person."""
    account = (AccountRow.user_id, AccountRow.identity)
    is_shown = (
        AccountRow.type == "CREDIT",
        AccountRow.listed,
        AccountRow.hidden.is_(False),
        ConnectionRow.disconnect_requested_at.is_(None),
    )
    of_connection = ConnectionRow.id == AccountRow.connection_id
    by_account = (
        select(*account, AccountRow.bill_due_on.label("due_on"))
        .join(ConnectionRow, of_connection)
        .where(*is_shown, AccountRow.bill_due_on.between(due_from, due_to))
    )
    by_bill = (
        select(*account, CardBillRow.due_on)
        .join(AccountRow, AccountRow.id == CardBillRow.account_id)
        .join(ConnectionRow, of_connection)
        .where(*is_shown, CardBillRow.due_on.between(due_from, due_to))
    )
    rows: Sequence[Any] = session.execute(union(by_account, by_bill)).all()
    return sorted(DueCard(user_id, identity, due_on) for user_id, identity, due_on in rows)


def _bill(row: Mapping[Any, Any]) -> Bill:
    parts = {
        "finance_charges": [_charge(each) for each in row["finance_charges"] or ()],
        "payments": [_payment(each) for each in row["payments"] or ()],
    }
    return cast("Bill", {**row, **parts})


def _encoded(bill: BillData) -> dict[str, Any]:
    """The columns of a bill: in JSON an amount is its text, to be read back exactly, and a day as ISO writes it."""
    parts = {name: [_written(each) for each in bill[name]] for name in ("finance_charges", "payments")}
    return {**bill, **parts}


def _written(part: Mapping[str, Any]) -> dict[str, Any]:
    paid_on = part.get("paid_on")
    day = {"paid_on": None if paid_on is None else paid_on.isoformat()} if "paid_on" in part else {}
    return {**part, **day, "amount": format(part["amount"], "f")}


def _charge(part: Mapping[str, Any]) -> FinanceCharge:
    return FinanceCharge(type=part["type"], amount=Decimal(part["amount"]), currency_code=part["currency_code"])


def _payment(part: Mapping[str, Any]) -> BillPayment:
    return BillPayment(
        paid_on=None if part["paid_on"] is None else date.fromisoformat(part["paid_on"]),
        amount=Decimal(part["amount"]),
        currency_code=part["currency_code"],
        kind=part["kind"],
        mode=part["mode"],
    )


def _data(bill: Bill) -> BillData:
    return cast("BillData", {name: bill[name] for name in _VALUES})  # type: ignore[literal-required]
