"""A credit card: cycles, bills, instalments (reference 5.5, 6.6).

A purchase stays PENDING until the cycle it belongs to closes; then it is POSTED and carries the ``billId``. Which cycle
that is stands in ``billForecastDate``, the month in which its bill is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sandbox.household.calendar import add_months, business_day, midnight, plain
from sandbox.household.habits import Card
from sandbox.household.ledger import Ledger
from sandbox.household.rows import BILL_PAYMENT, Draft, holder_cents

Json = dict[str, Any]

MINIMUM_SHARE = 0.15
# What a bill with foreign purchases carries beyond its centavos, as Nubank's do; too little to change the rounding.
BILL_FRACTION = 0.0041
BILLS_KEPT = 13
# How late a forgotten bill is paid, and what that costs: fine, interest of a month, IOF, and IOF of a day.
DAYS_LATE = 4
LATE_FEE = 0.02
LATE_MONTHLY_INTEREST = 0.01
LATE_IOF, LATE_DAILY_IOF = 0.0038, 0.000082


def has_four_decimals(amount: float | None) -> bool:
    return amount is not None and round(amount, 2) != amount


@dataclass
class CardLedger(Ledger):
    """Here ``balance`` is the debt: ``opening`` + all rows, settled or not, + ``upcoming``.

    ``upcoming``: instalments the bank will list one a month. ``unpaid``: closed bills less payments; negative = paid
    ahead. ``due_on``: the day the last closed bill will be paid. ``late``: what was paid late since the last closing.
    Finance charges are on a bill and in the debt, and no row.
    """

    terms: Card = field(kw_only=True)
    virtual: str = field(kw_only=True)
    upcoming: list[Json] = field(default_factory=list)
    bills: list[Json] = field(default_factory=list)
    unpaid: int = 0
    due_on: date | None = None
    late: int = 0

    def weight(self, row: Mapping[str, Any]) -> int:
        return -holder_cents(row)

    @property
    def last4(self) -> str:
        return str(self.account["number"])

    @property
    def available(self) -> int:
        return self.terms.limit - self.balance

    def closing_after(self, day: date) -> date:
        """The first closing later than ``day``: what is bought on the closing day itself is on the next bill."""
        closing = day.replace(day=self.terms.closing_day)
        return closing if closing > day else add_months(closing, 1)

    def due_of(self, closing: date) -> date:
        due = closing.replace(day=self.terms.due_day)
        return due if due > closing else add_months(due, 1)

    def forecast(self, listed_on: date, months: int = 0) -> str:
        """``billForecastDate`` of what appears on ``listed_on`` (an instalment: that many months later)."""
        return f"{add_months(self.due_of(self.closing_after(listed_on)), months):%Y-%m}"

    def metadata(
        self, bought_on: date, listed_on: date, *, mcc: int = 0, months: int = 0, online: bool = False
    ) -> Json:
        """``creditCardMetadata`` without the keys that have nothing to say."""
        number = self.virtual if online and self.terms.has_virtual else self.last4
        found: Json = {"cardNumber": number, "purchaseDate": midnight(bought_on)}
        found |= {"payeeMCC": mcc} if mcc else {}
        return found | {"billForecastDate": self.forecast(listed_on, months)}

    def hold(self, row: Json) -> None:
        """An instalment that will be listed on its own day; it already uses the limit."""
        self.upcoming.append(row)
        self.balance += self.weight(row)

    def reveal(self, today: date) -> None:
        for row in [row for row in self.upcoming if row["date"] <= midnight(today)]:
            self.upcoming.remove(row)
            self.balance -= self.weight(row)
            self.add(row | {"createdAt": self.pen.now, "updatedAt": self.pen.now})

    def settle_due(self, today: date) -> None:
        """List today's instalments; close the cycle when its day has come."""
        self.reveal(today)
        if today.day == self.terms.closing_day:
            self.close(today)

    def close(self, closing: date) -> None:
        """The cycle ends: a bill, and every row of it POSTED."""
        due = self.due_of(closing)
        rows = [row for row in self.rows.values() if row["status"] == "PENDING" and self.is_of(row, f"{due:%Y-%m}")]
        if not rows:
            return
        charges = self.charge_late_payment()
        bill = self.build_bill(closing, due, rows, charges)
        for row in rows:
            self.settle(row["id"], creditCardMetadata=row["creditCardMetadata"] | {"billId": bill["id"]})
        self.bills = [bill, *self.bills][:BILLS_KEPT]
        self.unpaid += sum(self.weight(row) for row in rows if row["categoryId"] != BILL_PAYMENT)
        late = timedelta(days=DAYS_LATE if due.month in self.terms.forgotten else 0)
        self.due_on = business_day(due + late)

    @staticmethod
    def is_of(row: Mapping[str, Any], month: str) -> bool:
        return bool(row["creditCardMetadata"]["billForecastDate"] <= month)

    def charge_late_payment(self) -> list[Json]:
        """``financeCharges`` for what was paid late in the cycle that ends: part of the debt, and of no row."""
        shares = {
            "LATE_PAYMENT_FEE": LATE_FEE,
            "LATE_PAYMENT_INTEREST": LATE_MONTHLY_INTEREST * DAYS_LATE / 30,
            "IOF": LATE_IOF + LATE_DAILY_IOF * DAYS_LATE,
        }
        cents = {kind: round(self.late * share) for kind, share in shares.items()}
        self.late = 0
        charged = sum(cents.values())
        self.opening += charged
        self.balance += charged
        self.unpaid += charged
        return [
            {
                "id": self.pen.new_id(), "type": kind, "amount": amount / 100, "currencyCode": "BRL",
                "additionalInfo": None,
            }
            for kind, amount in cents.items()
            if amount
        ]  # fmt: skip

    def build_bill(self, closing: date, due: date, rows: list[Json], charges: list[Json]) -> Json:
        """A closed Bill; the payments it lists are those made during its cycle, which settled the bill before."""
        spent = [row for row in rows if row["categoryId"] != BILL_PAYMENT]
        charged = sum(round(charge["amount"] * 100) for charge in charges)
        total = (sum(self.weight(row) for row in spent) + charged) / 100
        has_fraction = any(has_four_decimals(row["amountInAccountCurrency"]) for row in spent)
        bill_id = self.pen.new_id()
        payments = [self.bill_payment(row) for row in rows if row["categoryId"] == BILL_PAYMENT]
        return {
            "id": bill_id,
            "dueDate": plain(due),
            "billClosingDate": plain(closing),
            "totalAmount": round(total + BILL_FRACTION, 4) if has_fraction else total,
            "totalAmountCurrencyCode": "BRL",
            "minimumPaymentAmount": round(max(0, total) * MINIMUM_SHARE, 2),
            "allowsInstallments": True,
            "financeCharges": charges,
            "payments": payments,
            "createdAt": self.pen.now,
            "updatedAt": self.pen.now,
        }

    @staticmethod
    def bill_payment(row: Mapping[str, Any]) -> Json:
        return {
            "id": row["id"],
            "valueType": "FULL_PAYMENT",
            "paymentDate": row["date"],
            "paymentMode": "DEBIT_ACCOUNT",
            "amount": -row["amount"],
            "currencyCode": "BRL",
        }

    def pay(self, cents: int, today: date, text: str) -> None:
        """The holder's payment arrives."""
        metadata = self.metadata(today, today)
        del metadata["purchaseDate"]
        if self.bills and today > business_day(date.fromisoformat(self.bills[0]["dueDate"][:10])):
            self.late += cents
        self.unpaid -= cents
        self.write(
            Draft(
                midnight(today), text, text.upper(), cents, BILL_PAYMENT,
                operation="PAGAMENTO_FATURA", card=metadata, status="PENDING",
            )
        )  # fmt: skip

    def beside_rows(self) -> list[Json]:
        return [*self.upcoming, *self.bills]

    def forget_before(self, first: date) -> None:
        super().forget_before(first)
        oldest = plain(first - timedelta(days=31))
        self.bills = [bill for bill in self.bills if bill["billClosingDate"] >= oldest]
