"""Card bills, as ``records`` has everything else: what Pluggy said of one, and a stored one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypedDict


class FinanceCharge(TypedDict):
    """What a bill charges for itself: ``type`` is ``IOF``, ``LATE_PAYMENT_FEE``, ``LATE_PAYMENT_INTEREST``,
    ``LATE_PAYMENT_REMUNERATIVE_INTEREST`` or ``OTHER``. ``amount``: to four decimals, positive = charged."""

    type: str
    amount: Decimal
    currency_code: str


class BillPayment(TypedDict):
    """A payment that a bill lists: it settles the bill *before* it. ``amount``: to four decimals, positive. ``kind``:
    ``FULL_PAYMENT``, ``INSTALLMENT_PAYMENT``, ``OTHER_PAYMENT``; ``mode``: ``PIX``, ``DEBIT_ACCOUNT``, ``BANK_SLIP``…"""

    paid_on: date | None
    amount: Decimal
    currency_code: str
    kind: str | None
    mode: str | None


class BillData(TypedDict):
    """A Pluggy card bill, as a rule a closed one. ``total`` (negative = the bank owes) and ``minimum`` are in
    ``currency_code``, to four decimals. ``due_on`` is the calendar day that the bank names. ``finance_charges`` are rarely
    rows as well; ``payments`` are those of the bill before."""

    pluggy_id: str
    due_on: date
    closes_on: date | None
    total: Decimal
    currency_code: str
    minimum: Decimal | None
    finance_charges: list[FinanceCharge]
    payments: list[BillPayment]


class Bill(BillData):
    """A stored bill of one of our accounts."""

    id: int
    account_id: int
