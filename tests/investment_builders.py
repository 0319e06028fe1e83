"""Positions, movements, loans and caixinhas for tests: one of each, as stored; every field can be given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

from open_finance.investment_records import Investment, InvestmentTransaction, Loan, Pot
from tests.clocks import START

BOUGHT_ON = date(2026, 3, 15)


def investment(**fields: Any) -> Investment:
    """A CDB at 110 % of the CDI: R$ 10.000,00 applied on 15/03/2026, R$ 10.842,00 gross, 20 % of tax."""
    record: dict[str, Any] = {
        "id": 1,
        "connection_id": 1,
        "connector_name": "Banco Z",
        "listed": True,
        "missing_since": None,
        "ended_on": None,
        "read_at": START,
        "created_at": START,
        "pluggy_id": "position-1",
        "type": "FIXED_INCOME",
        "subtype": "CDB",
        "name": "CDB Banco Z 110% CDI",
        "number": None,
        "code": "CDB126ABC",
        "isin": None,
        "currency_code": "BRL",
        "balance": Decimal("10673.60"),
        "amount": Decimal("10842.00"),
        "amount_original": Decimal("10000.00"),
        "amount_profit": Decimal("842.00"),
        "amount_withdrawal": Decimal("10673.60"),
        "taxes": Decimal("168.40"),
        "taxes2": Decimal(0),
        "quantity": Decimal(1),
        "unit_value": Decimal("10842.00"),
        "valued_on": START.date(),
        "figures_on": START.date(),
        "rate": Decimal(110),
        "rate_type": "CDI",
        "fixed_annual_rate": None,
        "rate_periodicity": None,
        "indexer": None,
        "last_month_rate": None,
        "last_twelve_months_rate": None,
        "annual_rate": None,
        "issuer": "BANCO Z S.A.",
        "issuer_cnpj": "11222333000181",
        "debtor": None,
        "bank_name": "Banco Z",
        "bank_cnpj": "11222333000181",
        "insurer": None,
        "insurer_cnpj": None,
        "tax_regime": None,
        "issued_on": BOUGHT_ON,
        "purchased_on": BOUGHT_ON,
        "due_on": date(2027, 3, 15),
        "grace_on": None,
        "has_coupon": None,
        "tax_exempt": False,
        "status": "ACTIVE",
    }
    return cast("Investment", _with(record, fields))


def investment_transaction(**fields: Any) -> InvestmentTransaction:
    """The purchase of ``investment()``."""
    record: dict[str, Any] = {
        "id": 1,
        "investment_id": 1,
        "pluggy_id": "move-1",
        "type": "BUY",
        "movement": "CREDIT",
        "quantity": Decimal(1),
        "unit_value": Decimal("10000.00"),
        "amount": Decimal("10000.00"),
        "net_amount": None,
        "occurred_on": BOUGHT_ON,
        "traded_on": None,
        "description": "Aplicação CDB",
        "income_tax": None,
        "iof": None,
        "expenses": None,
    }
    return cast("InvestmentTransaction", _with(record, fields))


def loan(**fields: Any) -> Loan:
    """A personal loan: 24 instalments, 10 paid, 1.99 % a month."""
    record: dict[str, Any] = {
        "id": 1,
        "connection_id": 1,
        "connector_name": "Banco Z",
        "listed": True,
        "missing_since": None,
        "ended_on": None,
        "read_at": START,
        "created_at": START,
        "pluggy_id": "loan-1",
        "identity": "a" * 64,
        "kind": "LOAN",
        "product_name": "Crédito pessoal",
        "type": "CREDITO_PESSOAL_SEM_CONSIGNACAO",
        "currency_code": "BRL",
        "contract_amount": Decimal("8000.00"),
        "outstanding": Decimal("5123.45"),
        "contracted_on": date(2026, 1, 10),
        "due_on": date(2028, 1, 10),
        "settled_on": None,
        "first_due_on": date(2026, 2, 10),
        "periodicity": "MONTHLY",
        "cet": Decimal("29.9"),
        "amortization": "PRICE",
        "rates": [
            {
                "kind": "EFFECTIVE",
                "periodicity": "MONTHLY",
                "indexer": None,
                "fixed": Decimal("0.0199"),
                "floating": None,
            }
        ],
        "total_installments": 24,
        "paid_installments": 10,
        "due_installments": 14,
        "past_due_installments": 0,
        "payments": [],
    }
    return cast("Loan", _with(record, fields))


def pot(**fields: Any) -> Pot:
    """A caixinha of account 1."""
    record: dict[str, Any] = {"account_id": 1, "key": "rsv-1", "name": "Caixinha férias", "amount": Decimal("500.00")}
    return cast("Pot", _with(record, fields))


def _with(record: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - record.keys()
    assert not unknown, f"no such field: {unknown}"
    return record | fields
