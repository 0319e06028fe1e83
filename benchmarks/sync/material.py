"""A year of one person's rows, as Pluggy's JSON and as our records. Equal for equal seeds.

A row is shaped like the examples of Pluggy's reference: about 930 bytes of JSON, of which the core keeps about half of
the optional columns; one row in three is a card purchase.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby, islice
from random import Random
from typing import Any, cast
from uuid import UUID

from open_finance.pluggy_rows import read_transaction
from open_finance.records import TransactionData
from tests.clocks import START

Json = dict[str, Any]

PAGE = 500
DAYS = 365
#: Before it Pluggy has taken in every row.
COLLECTED_AT = START - timedelta(days=1)
CPF, CNPJ = "529.982.247-25", "11.222.333/0001-81"
#: Different rows, apart from id, day and order: more of them would only take longer to invent.
PATTERNS = 2000

_PLACES = ("Padaria", "Mercado", "Farmácia", "Posto", "Livraria", "Restaurante", "Oficina", "Pet Shop", "Academia")
_NAMES = ("São João", "Boa Vista", "Central", "do Zé", "Estrela", "Nova Era", "Três Irmãos", "Ipiranga", "Santa Clara")
_CATEGORIES = (("Eating out", "11010000"), ("Groceries", "10000000"), ("Pharmacy", "13020000"), ("Fuel", "15030000"))


def iter_rows(seed: int, count: int) -> Iterator[TransactionData]:
    """Our records, newest day first."""
    patterns = [
        read_transaction(raw, account_type="BANK", account_currency="BRL", holder_documents=frozenset({"52998224725"}))
        for raw in islice(iter_raw_rows(seed, PATTERNS), min(PATTERNS, count))
    ]
    random = Random(seed)
    for number in range(count):
        row = cast("dict[str, Any]", patterns[number % len(patterns)])
        moment = _moment(number, count)
        day = moment.date()
        timed = row["occurred_at"] is not None
        yield cast(
            "TransactionData",
            {**row, "pluggy_id": _uuid(random), "occurred_on": day, "occurred_at": moment if timed else None},
        )


def iter_raw_rows(seed: int, count: int) -> Iterator[Json]:
    """Pluggy's transactions of one account, newest first."""
    random = Random(seed)
    for _, of_day in groupby(range(count), key=lambda number: _moment(number, count).date()):
        rows = [
            (_card_row if number % 3 == 0 else _bank_row)(random, _uuid(random), _moment(number, count))
            for number in of_day
        ]
        yield from sorted(rows, key=lambda row: (row["date"], row["id"]), reverse=True)


def raw_item(item_id: str, collected_at: datetime) -> Json:
    """A healthy item that stands as it was collected then."""
    at = _instant(collected_at)
    return {
        "id": item_id,
        "connector": {"id": 201, "name": "Banco Exemplo", "type": "PERSONAL_BANK", "isOpenFinance": False},
        "status": "UPDATED",
        "executionStatus": "SUCCESS",
        "error": None,
        "clientUserId": "1000",
        "createdAt": _instant(START),
        "updatedAt": at,
        "lastUpdatedAt": at,
        "statusDetail": {
            name: {"isUpdated": True, "lastUpdatedAt": at, "warnings": []} for name in ("accounts", "transactions")
        },
    }


def raw_account(account_id: str, item_id: str, number: int) -> Json:
    """A checking account that does not say whose it is: the item's identity does."""
    return {
        "id": account_id,
        "itemId": item_id,
        "type": "BANK",
        "subtype": "CHECKING_ACCOUNT",
        "name": "Conta Corrente",
        "marketingName": None,
        "number": f"0001/{number:07}-1",
        "balance": 1234.56,
        "currencyCode": "BRL",
        "taxNumber": None,
        "owner": None,
        "bankData": {"transferNumber": f"260/0001/{number:07}-1", "closingBalance": 1234.56},
        "creditData": None,
    }


def raw_identity(item_id: str) -> Json:
    """Whose item it is."""
    return {
        "id": f"identity-of-{item_id}",
        "itemId": item_id,
        "document": CPF,
        "documentType": "CPF",
        "taxNumber": None,
    }


def _bank_row(random: Random, row_id: str, moment: datetime) -> Json:
    place, cents = _place(random), random.randrange(100, 100_000)
    category, category_id = random.choice(_CATEGORIES)
    return {
        **_common(random, row_id, moment, f"Pix enviado {place}"),
        "descriptionRaw": f"PIX ENVIADO {place.upper()} LTDA {random.randrange(10**6):06}",
        "amount": -cents / 100,
        "status": "POSTED",
        "balance": random.randrange(10**6) / 100 if random.random() < 0.5 else None,
        "category": category,
        "categoryId": category_id,
        "operationType": "PIX",
        "paymentData": {
            "paymentMethod": "PIX",
            "payer": {"name": None, "documentNumber": {"type": "CPF", "value": CPF}, "routingNumber": "260"},
            "receiver": {"name": f"{place.upper()} LTDA", "documentNumber": {"type": "CNPJ", "value": CNPJ}},
            "reason": None,
        },
        "creditCardMetadata": None,
        "merchant": {
            "name": None,
            "businessName": f"{place.upper()} LTDA",
            "cnpj": "11222333000181",
            "cnae": "1091102",
        },
    }


def _card_row(random: Random, row_id: str, moment: datetime) -> Json:
    place, cents = _place(random), random.randrange(100, 100_000)
    number, total = random.randint(1, 3), 3
    return {
        **_common(random, row_id, moment, f"{place} {number}/{total}"),
        "descriptionRaw": f"{place.upper()} {number}/{total}",
        "amount": -cents / 100,
        "status": "PENDING" if random.random() < 0.1 else "POSTED",
        "balance": None,
        "category": "Shopping",
        "categoryId": "08000000",
        "operationType": None,
        "paymentData": None,
        "creditCardMetadata": {
            "installmentNumber": number,
            "totalInstallments": total,
            "purchaseDate": _instant(moment - timedelta(days=30 * (number - 1))),
            "payeeMCC": 5651,
            "cardNumber": "4321",
            "billForecastDate": f"{moment:%Y-%m}",
            "paymentType": "INSTALLMENT",
        },
        "merchant": None,
    }


def _common(random: Random, row_id: str, moment: datetime, description: str) -> Json:
    # A collection a day, and all its rows are taken in at once (``reference`` 6.4).
    taken_in = (moment + timedelta(days=1)).replace(hour=6, minute=2, second=5)
    stamp = _instant(min(taken_in, COLLECTED_AT))
    return {
        "id": row_id,
        "accountId": "7b1f6f3e-58b8-4f0e-9d3c-0d9a2a8f1c01",
        "description": description,
        "currencyCode": "BRL",
        "amountInAccountCurrency": None,
        "date": _instant(moment if random.random() < 0.3 else moment.replace(hour=3, minute=0, second=0)),
        "type": "DEBIT",
        "order": random.randrange(5),
        "providerCode": None,
        "providerId": f"{random.getrandbits(64):016x}",
        "operationTypeAdditionalInfo": None,
        "createdAt": stamp,
        "updatedAt": stamp,
    }


def _place(random: Random) -> str:
    return f"{random.choice(_PLACES)} {random.choice(_NAMES)}"


def _moment(number: int, count: int) -> datetime:
    """Rows spread evenly over the year before ``START``, at hours of the day that are the same date in São Paulo."""
    day = START - timedelta(days=number * DAYS // count)
    return day.replace(hour=12 + number % 12, minute=number % 60, second=1)


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
