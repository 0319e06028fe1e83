"""Pluggy's card bills → records, as ``pluggy_rows`` reads all else. Pure. Source: ``reference`` 5.5."""

from __future__ import annotations

from datetime import date
from typing import Any

from open_finance import pluggy_values as values
from open_finance.bill_records import BillData, BillPayment, FinanceCharge
from open_finance.pluggy_rows import read_id, required, required_id
from open_finance.pluggy_values import Raw


def read_bill(raw: Raw) -> BillData:
    """A Pluggy card bill. Its days are calendar days, whatever hour Pluggy writes beside them (reference 5.5). Charges and
    payments are in an order of ours, so that only what changed is a change; one without an amount is left out. Raises
    PluggyServerError for a missing id, due date or total."""
    currency = values.text(raw.get("totalAmountCurrencyCode")) or "BRL"
    return BillData(
        pluggy_id=required_id("bill", raw),
        due_on=required(values.plain_day(raw.get("dueDate")), "bill", "dueDate"),
        closes_on=values.plain_day(raw.get("billClosingDate")),
        total=required(values.fine_money(raw.get("totalAmount")), "bill", "totalAmount"),
        currency_code=currency,
        minimum=values.fine_money(raw.get("minimumPaymentAmount")),
        finance_charges=sorted(
            (
                charge
                for charge in (_charge(each, currency) for each in _listed_once(raw.get("financeCharges")))
                if charge
            ),
            key=lambda charge: (charge["type"], charge["amount"], charge["currency_code"]),
        ),
        payments=sorted(
            (
                payment
                for payment in (_payment(each, currency) for each in _listed_once(raw.get("payments")))
                if payment
            ),
            key=lambda payment: (payment["paid_on"] or date.max, payment["amount"], payment["mode"] or ""),
        ),
    )


def _listed_once(listed: Any) -> list[Raw]:
    """The parts of a bill, one that is listed again under its id left out."""
    found: dict[Any, Raw] = {}
    for place, part in enumerate(map(values.mapping, values.items(listed))):
        found.setdefault(read_id(part) or place, part)
    return list(found.values())


def _charge(raw: Raw, currency: str) -> FinanceCharge | None:
    amount = values.fine_money(raw.get("amount"))
    if amount is None:
        return None
    return FinanceCharge(
        type=values.text(raw.get("type")) or "OTHER",
        amount=amount,
        currency_code=values.text(raw.get("currencyCode")) or currency,
    )


def _payment(raw: Raw, currency: str) -> BillPayment | None:
    """Its amount is money that the bill received, whichever sign a bank gives it."""
    amount = values.fine_money(raw.get("amount"))
    if amount is None:
        return None
    return BillPayment(
        paid_on=values.plain_day(raw.get("paymentDate")),
        amount=abs(amount),
        currency_code=values.text(raw.get("currencyCode")) or currency,
        kind=values.text(raw.get("valueType")),
        mode=values.text(raw.get("paymentMode")),
    )
