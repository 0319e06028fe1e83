"""Records for tests: each function gives a plausible one, and takes the fields a test is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from open_finance.reading.statements import StatementLine, kind_of
from open_finance.records import Account, Action, Connection, ProductStatus, StatementRow, Transaction

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # noon in São Paulo
TODAY = date(2026, 11, 23)
THIS_MORNING = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)  # 06:12 in São Paulo


def connection(**fields: Any) -> Connection:
    """A healthy connection to Itaú, read this morning."""
    record: dict[str, Any] = {
        "id": 1,
        "user_id": 1000,
        "item_id": f"item-{fields.get('id', 1)}",
        "connector_id": 601,
        "connector_name": "Itaú",
        "is_open_finance": True,
        "status": "UPDATED",
        "execution_status": "SUCCESS",
        "error_code": None,
        "partial": False,
        "action": None,
        "created_at": NOW - timedelta(days=90),
        "settled_at": NOW - timedelta(days=90),
        "last_updated_at": THIS_MORNING,
        "last_synced_at": THIS_MORNING,
        "consent_expires_at": None,
        "products": {},
        "disconnecting": False,
        "gone": False,
        "trouble_code": None,
        "trouble_at": None,
        "failing_since": None,
        "parked_at": None,
        "adopted": False,
        "asks_code": False,
    }
    return cast("Connection", _merged(record, fields))


def product(
    *, is_updated: bool = True, at: datetime | None = THIS_MORNING, warnings: tuple[str, ...] = ()
) -> ProductStatus:
    """The state of one product of an item."""
    return ProductStatus(is_updated=is_updated, last_updated_at=at, warnings=list(warnings))


def action(**fields: Any) -> Action:
    """Something the person must do: by default, open the bank's page."""
    record: dict[str, Any] = {
        "type": "authorize",
        "name": None,
        "label": "Autorizar no Itaú",
        "url": "https://itau.example/autorizar",
        "options": [],
        "data": None,
        "validation": None,
        "validation_message": None,
        "expires_at": NOW + timedelta(minutes=20),
    }
    return cast("Action", _merged(record, fields))


def account(**fields: Any) -> Account:
    """A checking account with R$ 1.000,00 at Itaú."""
    number = fields.get("id", 1)
    record: dict[str, Any] = {
        "id": number,
        "connection_id": 1,
        "connector_name": "Itaú",
        "pluggy_id": f"account-{number}",
        "identity": f"identity-{number}",
        "type": "BANK",
        "subtype": "CHECKING_ACCOUNT",
        "name": "Conta Corrente",
        "marketing_name": None,
        "number": "4321",
        "currency_code": "BRL",
        "balance": Decimal("1000.00"),
        "overdraft_limit": None,
        "overdraft_used": None,
        "automatically_invested": None,
        "reserved": None,
        "reserved_count": 0,
        "credit_limit": None,
        "available_credit_limit": None,
        "minimum_payment": None,
        "bill_closes_on": None,
        "bill_due_on": None,
        "card_brand": None,
        "card_level": None,
        "card_status": None,
        "bank_code": None,
        "synced_at": THIS_MORNING,
        "balance_at": THIS_MORNING,
        "custom_name": None,
        "hidden": False,
        "apart": False,
        "balance_gap_on": None,
        "balance_gap": None,
    }
    return cast("Account", _merged(record, fields))


def card(**fields: Any) -> Account:
    """A credit card that owes R$ 800,00, due on 10/12."""
    record: dict[str, Any] = {
        "id": 2,
        "type": "CREDIT",
        "subtype": "CREDIT_CARD",
        "name": "gold",
        "marketing_name": "Cartão Gold",
        "number": "8890",
        "balance": Decimal("800.00"),
        "bill_due_on": date(2026, 12, 10),
        "card_brand": "VISA",
        "card_level": "GOLD",
        "card_status": "ACTIVE",
    }
    return account(**(record | fields))


def savings(**fields: Any) -> Account:
    """A savings account with R$ 1.120,00."""
    record = {
        "id": 3,
        "subtype": "SAVINGS_ACCOUNT",
        "name": "Poupança",
        "number": "9913",
        "balance": Decimal("1120.00"),
    }
    return account(**(record | fields))


def statement_row(**fields: Any) -> StatementRow:
    """R$ 89,90 spent at iFood today, known since this morning."""
    record: dict[str, Any] = {
        **dict.fromkeys(StatementRow.__annotations__),
        "id": 1,
        "account_id": 1,
        "occurred_on": TODAY,
        "description": "iFood",
        "description_raw": "IFD*IFOOD CLUB",
        "amount": Decimal("-89.90"),
        "currency_code": "BRL",
        "foreign_amount": None,
        "foreign_currency": None,
        "status": "POSTED",
        "category_id": "11020000",
        "operation_type": None,
        "same_holder": None,
        "counterparty": None,
        "merchant_name": None,
        "installment_number": None,
        "total_installments": None,
        "user_category": None,
        "note": None,
        "created_at": THIS_MORNING,
        "removed_at": None,
        "missing_since": None,
    }
    return cast("StatementRow", _merged(record, fields))


def statement_line(of: Account | None = None, **fields: Any) -> StatementLine:
    """A row as a statement shows it, of ``of`` or of the account of the row's ``account_id``."""
    currency = {} if of is None else {"currency_code": of["currency_code"]}
    row = statement_row(**(currency | fields))
    owner = of or account(id=row["account_id"])
    return StatementLine(row, owner, kind_of(row), is_scheduled=row["occurred_on"] > TODAY)


def transaction(**fields: Any) -> Transaction:
    """R$ 27,90 paid by Pix today."""
    number = fields.get("id", 1)
    record: dict[str, Any] = {
        "id": number,
        "account_id": 1,
        "connection_id": 1,
        "user_category": None,
        "note": None,
        "removed_at": None,
        "pluggy_id": f"transaction-{number}",
        "occurred_on": TODAY,
        "occurred_at": None,
        "description": "Pix enviado Padaria Exemplo",
        "description_raw": None,
        "amount": Decimal("-27.90"),
        "currency_code": "BRL",
        "foreign_amount": None,
        "foreign_currency": None,
        "type": "DEBIT",
        "status": "POSTED",
        "balance_after": None,
        "day_order": None,
        "category_id": "11010000",
        "category": "Eating out",
        "operation_type": "PIX",
        "payment_method": "PIX",
        "same_holder": False,
        "counterparty": None,
        "merchant_name": None,
        "merchant_cnpj": None,
        "merchant_cnae": None,
        "mcc": None,
        "installment_number": None,
        "total_installments": None,
        "purchased_on": None,
        "bill_id": None,
        "bill_forecast": None,
        "card_number": None,
        "fee_type": None,
        "other_credits_type": None,
        "provider_id": None,
        "pluggy_created_at": None,
        "pluggy_updated_at": None,
    }
    return cast("Transaction", _merged(record, fields))


def _merged(record: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - record.keys()
    assert not unknown, f"no such field: {', '.join(sorted(unknown))}"
    return record | fields
