"""A card made by hand, as Pluggy would show it on 23 November 2026: what was bought, on which bill, what it comes to.

It closes on the 3rd and is due on the 10th. All figures that tests compare with were added up on paper, not by a program:

=================  =====  ======================================  ==========================================
what               parts  on the bill of November (closed)        on the bill of December (open), and after
=================  =====  ======================================  ==========================================
GELADEIRA 15/08    12     3/12    250,00                          4/12 250,00 … 12/12 in August
TENIS 20/10        3      1/3      33,34                          2/3 33,33, 3/3 33,33 in January
SOFA 05/10         10     1/10    180,00                          taken back on 12/11: 180,00 returned
CURSO 10/11        6                                              1/6 89,90 … 6/6 in May
ANUIDADE           12     12/12    29,90                          1/12 29,90 … 12/12 in November 2027
MERCADO            1      01/11   311,16                          05/11 412,37
STEAM, US$ 20      1                                              14/11 108,40, and its IOF of 3,79
FARMACIA           1                                              21/11 58,90, returned on 22/11
=================  =====  ======================================  ==========================================
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.pluggy_server import Json
from tests.story import credit_card

CARD_ID = "7b1f6f3e-58b8-4f0e-9d3c-000000000009"
NOVEMBER_BILL = "05c6a2de-54cf-4d5d-8b8b-000000000011"
OCTOBER_BILL = "05c6a2de-54cf-4d5d-8b8b-000000000010"
SEPTEMBER_BILL = "05c6a2de-54cf-4d5d-8b8b-000000000009"
BILLS = {"2026-09": SEPTEMBER_BILL, "2026-10": OCTOBER_BILL, "2026-11": NOVEMBER_BILL}

#: (text, day, bill of the first part, amounts of the parts, what else)
IN_PARTS: tuple[tuple[str, date, str, tuple[str, ...], Json], ...] = (
    ("GELADEIRA MAGALU", date(2026, 8, 15), "2026-09", ("250.00",) * 12, {"categoryId": "08000000"}),
    ("TENIS CENTAURO", date(2026, 10, 20), "2026-11", ("33.34", "33.33", "33.33"), {"categoryId": "08000000"}),
    ("CURSO ALURA", date(2026, 11, 10), "2026-12", ("89.90",) * 6, {"categoryId": "07020000"}),
    ("ANUIDADE", date(2026, 11, 22), "2026-12", ("29.90",) * 12, {"operationType": "TARIFA", "feeType": "ANNUAL_FEE"}),
)
#: What both kinds of banks list alike: (text, day, bill, amount, what else).
SINGLE: tuple[tuple[str, date, str, str, Json], ...] = (
    ("ANUIDADE 11/12", date(2026, 9, 22), "2026-10", "29.90", {"operationType": "TARIFA", "feeType": "ANNUAL_FEE"}),
    ("ANUIDADE 12/12", date(2026, 10, 22), "2026-11", "29.90", {"operationType": "TARIFA", "feeType": "ANNUAL_FEE"}),
    ("SOFA TOK STOK 1/10", date(2026, 10, 5), "2026-11", "180.00", {"categoryId": "08000000"}),
    ("ESTORNO SOFA TOK STOK 1/10", date(2026, 11, 12), "2026-12", "-180.00", {"operationType": "ESTORNO"}),
    ("MERCADO CENTRAL", date(2026, 11, 1), "2026-11", "311.16", {"categoryId": "10000000"}),
    ("MERCADO CENTRAL", date(2026, 11, 5), "2026-12", "412.37", {"categoryId": "10000000"}),
    ("STEAM GAMES", date(2026, 11, 14), "2026-12", "108.40", {"categoryId": "09000000", "foreign": "20.00"}),
    ("IOF DE COMPRA INTERNACIONAL", date(2026, 11, 14), "2026-12", "3.79", {"categoryId": "15030000"}),
    ("FARMACIA PAGUE MENOS", date(2026, 11, 21), "2026-12", "58.90", {"categoryId": "18020000"}),
    ("ESTORNO FARMACIA PAGUE MENOS", date(2026, 11, 22), "2026-12", "-58.90", {"operationType": "ESTORNO"}),
    ("PAGAMENTO RECEBIDO", date(2026, 11, 10), "2026-12", "-812.20", {"categoryId": "05100000"}),
)

OPEN = {
    "purchases": "579.67",  # 412,37 + 108,40 + 58,90
    "instalments": "403.13",  # 250,00 + 33,33 + 89,90 + 29,90
    "fees": "3.79",
    "refunds": "238.90",  # 180,00 + 58,90
    "total": "747.69",
}
#: January to December 2027.
COMMITTED = (
    "403.13",  # 250,00 + 33,33 + 89,90 + 29,90
    *("369.80",) * 4,  # 250,00 + 89,90 + 29,90
    *("279.90",) * 3,  # 250,00 + 29,90
    *("29.90",) * 3,
    "0.00",
)
COMMITTED_TOTAL = "2811.73"
#: 250,00 + 33,34 + 180,00 + 29,90 + 311,16 = 804,40, and 3,90 of charges that are no rows.
NOVEMBER = {"rows": "804.40", "charges": "3.90", "ours": "808.30", "told": "812.20", "difference": "3.90"}


def bills() -> list[Json]:
    """Three closed bills, the newest first; the payments of November's are those of October's, and so on."""
    charges = [("LATE_PAYMENT_FEE", 2.80), ("IOF", 1.10)]
    return [
        _bill("2026-11", 812.2041, 121.83, charges, [("2026-10-09", 500.00)]),
        _bill("2026-10", 279.90, 41.99, [], [("2026-09-10", 150.00), ("2026-09-14", 100.00)]),
        _bill("2026-09", 250.00, 37.50, [], []),
    ]


def rows(*, all_at_once: bool) -> list[Json]:
    """The card's rows. ``all_at_once``: every instalment is listed, otherwise those of the bills until the open one."""
    found = [_row(text, day, month, amount, more) for text, day, month, amount, more in SINGLE]
    for text, day, first, amounts, more in IN_PARTS:
        for place, amount in enumerate(amounts):
            month = _months_later(first, place)
            if all_at_once or month <= "2026-12":
                written = f"{text} {place + 1}/{len(amounts)}"
                found.append(_row(written, _later(day, place), month, amount, more, bought_on=day))
    return [row | {"id": f"00000000-0000-4000-8000-{number:012d}"} for number, row in enumerate(found, 1)]


def account(**credit: Any) -> Json:
    """The card itself: R$ 3.559,42 of R$ 8.000,00 are in use, what is still to come included."""
    body = credit_card(balance="3559.42", due="2026-11-10")
    figures = {
        "creditLimit": 8000.0,
        "availableCreditLimit": 4440.58,
        "minimumPayment": 121.83,
        "balanceCloseDate": None,
    }
    return body | {"creditData": body["creditData"] | figures | credit}


def household(*, all_at_once: bool, with_bills: bool = True) -> Json:
    """What ``/_admin/households`` takes."""
    listed = {"bills": {CARD_ID: bills()}} if with_bills else {}
    return {"accounts": [account()], "transactions": {CARD_ID: rows(all_at_once=all_at_once)}, **listed}


def _bill(
    month: str, total: float, minimum: float, charges: list[tuple[str, float]], payments: list[tuple[str, float]]
) -> Json:
    return {
        "id": BILLS[month],
        "dueDate": f"{month}-10T00:00:00.000Z",
        "billClosingDate": f"{month}-03T00:00:00.000Z",
        "totalAmount": total,
        "totalAmountCurrencyCode": "BRL",
        "minimumPaymentAmount": minimum,
        "allowsInstallments": True,
        "financeCharges": [
            {"id": f"charge {place}", "type": kind, "amount": amount, "currencyCode": "BRL", "additionalInfo": None}
            for place, (kind, amount) in enumerate(charges)
        ],
        "payments": [
            {
                "id": f"payment {day}", "valueType": "OTHER_PAYMENT", "paymentDate": f"{day}T00:00:00.000Z",
                "paymentMode": "PIX", "amount": amount, "currencyCode": "BRL",
            }
            for day, amount in payments
        ],
    }  # fmt: skip


def _row(text: str, day: date, month: str, amount: str, more: Json, bought_on: date | None = None) -> Json:
    counter = text.rsplit(" ", 1)[-1]
    number, _, total = counter.partition("/")
    metadata: Json = {"billForecastDate": month, "purchaseDate": f"{bought_on or day}T03:00:00.000Z"}
    if total:
        metadata |= {"installmentNumber": int(number), "totalInstallments": int(total)}
    if month in BILLS:
        metadata |= {"billId": BILLS[month]}
    if "feeType" in more:
        metadata |= {"feeType": more["feeType"]}
    foreign = more.get("foreign")
    return {
        "description": text,
        "descriptionRaw": text,
        "currencyCode": "USD" if foreign else "BRL",
        "amount": float(foreign or amount),
        "amountInAccountCurrency": float(amount) if foreign else None,
        "date": f"{day}T03:00:00.000Z",
        "type": "CREDIT" if amount.startswith("-") else "DEBIT",
        "status": "POSTED" if month in BILLS else "PENDING",
        "categoryId": more.get("categoryId"),
        "operationType": more.get("operationType"),
        "creditCardMetadata": metadata,
    }


def _months_later(month: str, number: int) -> str:
    return f"{_later(date.fromisoformat(f'{month}-01'), number):%Y-%m}"


def _later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return day.replace(year=index // 12, month=index % 12 + 1)
