"""Loans and what they owed on each day. As in ``ledger``: the session first and the person second, only that person's rows,
and nothing is committed. What writes them is ``loan_writes``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from open_finance.investment_records import Loan, LoanData, LoanPayment, LoanRate, LoanSnapshot
from open_finance.storage.investment_models import LoanRow, LoanSnapshotRow
from open_finance.storage.investments import holdings_of

_OWN = ("id", "connection_id", "listed", "missing_since", "ended_on", "created_at")
_LOANS = cast("Table", LoanRow.__table__)
_COLUMNS = [_LOANS.c[name] for name in (*_OWN, *LoanData.__annotations__)]


def list_loans(session: Session, user_id: int, *, include_disconnected: bool = False) -> list[Loan]:
    """The person's loans, oldest connection first; also those that ended. Without ``include_disconnected`` those of a
    connection on its way out are left out."""
    query = holdings_of(user_id, LoanRow, _COLUMNS, "loans", include_disconnected=include_disconnected)
    return [cast("Loan", decode_loan(row)) for row in session.execute(query).mappings()]


def list_loan_snapshots(
    session: Session, user_id: int, loan_ids: Iterable[int], *, date_from: date | None = None
) -> list[LoanSnapshot]:
    """What these loans of the person owed from a day on, the oldest day first."""
    columns = [getattr(LoanSnapshotRow, name) for name in LoanSnapshot._fields]
    query = select(*columns).where(LoanSnapshotRow.user_id == user_id, LoanSnapshotRow.loan_id.in_(list(loan_ids)))
    if date_from is not None:
        query = query.where(LoanSnapshotRow.day >= date_from)
    ordered = query.order_by(LoanSnapshotRow.day, LoanSnapshotRow.loan_id)
    return [LoanSnapshot(*row) for row in session.execute(ordered)]


def encode_loan(loan: LoanData) -> dict[str, Any]:
    """The columns of a loan: in JSON an amount is its text, to be read back exactly, and a day as ISO writes it."""
    parts = {
        "rates": [
            {**rate, "fixed": _text(rate["fixed"]), "floating": _text(rate["floating"])} for rate in loan["rates"]
        ],
        "payments": [
            {**each, "paid_on": each["paid_on"] and each["paid_on"].isoformat(), "amount": _text(each["amount"])}
            for each in loan["payments"]
        ],
    }
    return {**loan, **parts}


def decode_loan(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The loan that ``encode_loan`` made columns of, with whatever else the row has."""
    parts = {"rates": [_rate(each) for each in row["rates"]], "payments": [_payment(each) for each in row["payments"]]}
    return {**row, **parts}


def _rate(part: Mapping[str, Any]) -> LoanRate:
    return LoanRate(
        kind=part["kind"],
        periodicity=part["periodicity"],
        indexer=part["indexer"],
        fixed=_decimal(part["fixed"]),
        floating=_decimal(part["floating"]),
    )


def _payment(part: Mapping[str, Any]) -> LoanPayment:
    return LoanPayment(
        paid_on=None if part["paid_on"] is None else date.fromisoformat(part["paid_on"]),
        amount=Decimal(part["amount"]),
        is_extra=part["is_extra"],
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
