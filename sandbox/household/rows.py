"""One statement line as Pluggy sends it (reference 6.4), made from what the holder would say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from random import Random
from typing import Any

from sandbox.categories import DESCRIPTIONS
from sandbox.household.banks import Bank
from sandbox.household.calendar import day_of, local, midnight, plain, stamp
from sandbox.household.documents import identifier
from sandbox.household.shops import Party

Json = dict[str, Any]

BILL_PAYMENT = "05100000"
RAW_IS_MISSING = 0.03
# How often a row carries a real time of day instead of São Paulo's midnight, by the way it travels.
HAS_CLOCK = {"pix_in": 0.65, "pix_out": 0.65, "debit": 0.3, "withdrawal": 0.5, "card": 0.18, "foreign": 0.18}
IS_PLAIN_DATE = 0.05


@dataclass(frozen=True)
class Draft:
    """``cents``: from the holder's view, negative = money out (or card debt up). ``foreign``: US cents of the purchase.

    ``fraction``: ten-thousandths of a real a foreign purchase carries beyond its centavos (below half a centavo).
    """

    date: str
    description: str
    raw: str
    cents: int
    category: str
    operation: str | None = None
    payment: Json | None = None
    merchant: Json | None = None
    card: Json | None = None
    status: str = "POSTED"
    foreign: int = 0
    fraction: int = 0


@dataclass
class Pen:
    """Writes rows: gives them ids nobody else gives, and the time they were first seen."""

    door: str
    now: str
    written: int = 0

    def new_id(self) -> str:
        self.written += 1
        return identifier(self.door, self.written)

    def provider_id(self, row_id: str) -> str:
        return identifier("provider", row_id)

    def row(self, account: Mapping[str, Any], draft: Draft, order: int, *, raw: bool = True) -> Json:
        """The Transaction object; every top-level key is there, null when it has nothing to say."""
        sign = -1 if account["type"] == "CREDIT" else 1
        reais = sign * draft.cents / 100
        row_id = self.new_id()
        return {
            "id": row_id,
            "accountId": account["id"],
            "description": draft.description,
            "descriptionRaw": draft.raw if raw else None,
            "currencyCode": "USD" if draft.foreign else "BRL",
            "amount": draft.foreign / 100 if draft.foreign else reais,
            "amountInAccountCurrency": round(reais + draft.fraction / 10_000, 4) if draft.foreign else None,
            "date": draft.date,
            "type": "DEBIT" if draft.cents < 0 else "CREDIT",
            "status": draft.status,
            "balance": None,
            "order": order,
            "category": DESCRIPTIONS[draft.category],
            "categoryId": draft.category,
            "providerCode": None,
            "providerId": self.provider_id(row_id),
            "operationType": draft.operation,
            "operationTypeAdditionalInfo": None,
            "paymentData": draft.payment,
            "creditCardMetadata": draft.card,
            "merchant": draft.merchant,
            "createdAt": self.now,
            "updatedAt": self.now,
        }


def holder_cents(row: Mapping[str, Any]) -> int:
    """Centavos of a row from the holder's view (negative = out), rounded half up."""
    foreign = row["amountInAccountCurrency"]
    cents = int(abs(row["amount"] if foreign is None else foreign) * 100 + 0.5 + 1e-7)
    return -cents if row["type"] == "DEBIT" else cents


def row_order(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["date"], row["id"]


def row_day(row: Mapping[str, Any]) -> date:
    return day_of(row["date"])


def moment(day: date, channel: str, rng: Random, now: str) -> str:
    """The row's ``date``: mostly midnight in São Paulo, some with a real time (never later than ``now``), few 00:00Z."""
    chance = rng.random()
    clock = time(min(23, 7 + int(rng.random() ** 0.8 * 17)), rng.randrange(60), rng.randrange(60))
    if chance < HAS_CLOCK.get(channel, 0):
        exact = stamp(local(day, clock))
        return exact if exact <= now else midnight(day)
    return plain(day) if chance > 1 - IS_PLAIN_DATE else midnight(day)


def party_side(party: Party) -> Json:
    kind = "CPF" if party.is_person else "CNPJ"
    return {"name": party.name.upper(), "documentNumber": {"type": kind, "value": party.document}}


def holder_side(document: str, account: Mapping[str, Any], bank: Bank) -> Json:
    """The holder as payer or receiver through one of the own accounts."""
    branch, _, number = account["number"].partition("/")
    return {
        "name": account["owner"].upper(),
        "documentNumber": {"type": "CPF", "value": document},
        "accountNumber": number,
        "branchNumber": branch,
        "routingNumber": bank.compe,
        "routingNumberISPB": bank.ispb,
    }


def payment(method: str, payer: Json | None, receiver: Json | None, **more: object) -> Json:
    return {"paymentMethod": method, "payer": payer, "receiver": receiver} | more


def boleto_metadata(cents: int, rng: Random) -> Json:
    """A digitable line of the bank 999, which does not exist."""
    fields = f"999{rng.randrange(10**29):029d}"
    return {"digitableLine": f"{fields}{rng.randrange(10):d}{cents:014d}", "baseAmount": cents / 100}


def merchant(party: Party) -> Json | None:
    """The merchant, where Pluggy knows it."""
    if not party.cnae:
        return None
    return {
        "name": party.name,
        "businessName": party.name.upper(),
        "cnpj": "".join(filter(str.isdigit, party.document)),
        "cnae": party.cnae,
        "category": DESCRIPTIONS[party.category],
    }
