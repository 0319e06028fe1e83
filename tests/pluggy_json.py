"""Pluggy's JSON as the client parses it: one account, card, transaction and item, each key changeable."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

OWNER_CPF = "529.982.247-25"
SHOP_CNPJ = "11.222.333/0001-81"


def raw_account(**changes: Any) -> dict[str, Any]:
    """A checking account with a caixinha."""
    return {
        "id": "7b1f6f3e-58b8-4f0e-9d3c-0d9a2a8f1c01",
        "itemId": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10",
        "type": "BANK",
        "subtype": "CHECKING_ACCOUNT",
        "number": "0001/1234567-8",
        "name": "Conta Corrente",
        "marketingName": "Conta Digital",
        "balance": Decimal("1843.27"),
        "taxNumber": OWNER_CPF,
        "owner": "Marina Exemplo",
        "currencyCode": "BRL",
        "bankData": {
            "transferNumber": "260/0001/1234567-8",
            "closingBalance": Decimal("1843.27"),
            "automaticallyInvestedBalance": 300,
            "overdraftContractedLimit": Decimal("500.005"),
            "overdraftUsedLimit": 0,
            "hasReservedBalance": True,
            "reservedBalances": [
                {"name": "Férias", "availableAmounts": [{"amount": Decimal("500.0"), "currencyCode": "BRL"}]}
            ],
        },
        "creditData": None,
        **changes,
    }


def raw_card(**changes: Any) -> dict[str, Any]:
    """A credit card that owes R$ 2.310,55."""
    return {
        "id": "c0a9f3d2-0c0e-4b51-8f5f-4f5f2f0e7a02",
        "itemId": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10",
        "type": "CREDIT",
        "subtype": "CREDIT_CARD",
        "number": "4321",
        "name": "gold",
        "marketingName": "Cartão Gold",
        "balance": Decimal("2310.55"),
        "taxNumber": None,
        "owner": None,
        "currencyCode": "BRL",
        "bankData": None,
        "creditData": {
            "level": "GOLD",
            "brand": "MASTERCARD",
            "balanceCloseDate": None,
            "balanceDueDate": "2026-12-05",
            "availableCreditLimit": Decimal("2689.4451"),
            "creditLimit": 5000,
            "minimumPayment": Decimal("231.055"),
            "status": "ACTIVE",
            "holderType": "MAIN",
        },
        **changes,
    }


def raw_investment(**changes: Any) -> dict[str, Any]:
    """A CDB at 110 % of the CDI: R$ 10.000,00 applied in January, R$ 10.500,00 gross, R$ 10.412,33 net."""
    return {
        "id": "2a961c5e-1d2f-4f7e-9a55-6f0c8d1b7a01",
        "itemId": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10",
        "type": "FIXED_INCOME",
        "subtype": "CDB",
        "name": "CDB Banco Exemplo 110% CDI",
        "number": None,
        "code": "CDB11X",
        "isin": None,
        "currencyCode": "BRL",
        "balance": Decimal("10412.33"),
        "amount": Decimal("10500.00"),
        "amountOriginal": Decimal("10000.0"),
        "amountProfit": Decimal("500.0"),
        "amountWithdrawal": Decimal("10412.33"),
        "taxes": Decimal("87.67"),
        "taxes2": 0,
        "quantity": 1,
        "value": Decimal("10500.0"),
        "date": "2026-11-19T03:00:00.000Z",
        "rate": 110,
        "rateType": "CDI",
        "fixedAnnualRate": None,
        "issuer": "BANCO EXEMPLO S.A.",
        "issuerCNPJ": "11.222.333/0001-81",
        "issueDate": "2026-01-10T03:00:00.000Z",
        "purchaseDate": "2026-01-10T03:00:00.000Z",
        "dueDate": "2028-01-10T03:00:00.000Z",
        "taxExempt": False,
        "status": "ACTIVE",
        "owner": "Marina Exemplo",
        "institution": {"name": "BANCO EXEMPLO S.A.", "number": "11222333000181"},
        **changes,
    }


def raw_investment_transaction(**changes: Any) -> dict[str, Any]:
    """The purchase of that CDB."""
    return {
        "id": "5d3b1a77-9c55-4b18-8a6f-0f2c7e9d1b11",
        "type": "BUY",
        "movementType": None,
        "quantity": 1,
        "value": Decimal("10000.0"),
        "amount": Decimal("10000.0"),
        "netAmount": None,
        "date": "2026-01-10T03:00:00.000Z",
        "tradeDate": "2026-01-10T03:00:00.000Z",
        "description": "Aplicação CDB",
        "brokerageNumber": None,
        "expenses": None,
        **changes,
    }


def raw_loan(**changes: Any) -> dict[str, Any]:
    """A personal loan of 24 instalments, ten of them paid; its dates come without a zone."""
    return {
        "id": "9c1f0a55-7a3b-4d7e-8f6a-2b1c3d4e5f60",
        "itemId": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10",
        "contractNumber": "98765432",
        "ipocCode": None,
        "productName": "Crédito pessoal",
        "type": "CREDITO_PESSOAL_SEM_CONSIGNACAO",
        "kind": "LOAN",
        "date": "2026-11-23T06:00:00.000",
        "contractDate": "2026-01-10T00:00:00.000",
        "settlementDate": None,
        "contractAmount": Decimal("8000.00"),
        "currencyCode": "BRL",
        "dueDate": "2028-01-10T00:00:00.000",
        "installmentPeriodicity": "MONTHLY",
        "firstInstallmentDueDate": "2026-02-10T00:00:00.000",
        "CET": Decimal("29.9"),
        "amortizationScheduled": "PRICE",
        "interestRates": [
            {
                "taxType": "EFFECTIVE",
                "taxPeriodicity": "MONTHLY",
                "preFixedRate": Decimal("0.0199"),
                "postFixedRate": None,
            }
        ],
        "installments": {
            "totalNumberOfInstallments": 24,
            "paidInstallments": 10,
            "dueInstallments": 14,
            "pastDueInstallments": 0,
        },
        "payments": {
            "contractOutstandingBalance": Decimal("5123.45"),
            "releases": [
                {"paidDate": "2026-11-10T00:00:00.000", "paidAmount": Decimal("450.00"), "isOverParcelPayment": True},
                {"paidDate": "2026-10-10T00:00:00.000", "paidAmount": Decimal("450.00"), "isOverParcelPayment": False},
                {"paidDate": "2026-09-10T00:00:00.000", "paidAmount": None},
            ],
        },
        **changes,
    }


def raw_bill(**changes: Any) -> dict[str, Any]:
    """A closed bill of R$ 1.302,44 and a fraction, due on 5 December."""
    return {
        "id": "05c6a2de-54cf-4d5d-8b8b-2c1a4fb4f9aa",
        "dueDate": "2026-12-05T00:00:00.000Z",
        "billClosingDate": "2026-11-28T00:00:00.000Z",
        "totalAmount": Decimal("1302.4409"),
        "totalAmountCurrencyCode": "BRL",
        "minimumPaymentAmount": Decimal("195.37"),
        "allowsInstallments": True,
        "financeCharges": [],
        "payments": [],
        **changes,
    }


def raw_transaction(**changes: Any) -> dict[str, Any]:
    """A Pix of R$ 27,90 to a bakery."""
    return {
        "id": "3d6f0b7e-7f7f-4b3a-9f7d-0f5a3c1b2a10",
        "accountId": "7b1f6f3e-58b8-4f0e-9d3c-0d9a2a8f1c01",
        "description": "Pix enviado Padaria Exemplo",
        "descriptionRaw": "PIX ENVIADO PADARIA EXEMPLO LTDA",
        "currencyCode": "BRL",
        "amount": Decimal("-27.9"),
        "amountInAccountCurrency": None,
        "date": "2026-11-19T15:04:05.000Z",
        "type": "DEBIT",
        "status": "POSTED",
        "balance": None,
        "order": 2,
        "category": "Eating out",
        "categoryId": "11010000",
        "providerCode": None,
        "providerId": "b2f1",
        "operationType": "PIX",
        "paymentData": {
            "paymentMethod": "PIX",
            "payer": {"name": None, "documentNumber": {"type": "CPF", "value": OWNER_CPF}},
            "receiver": {"name": "PADARIA EXEMPLO LTDA", "documentNumber": {"type": "CNPJ", "value": SHOP_CNPJ}},
        },
        "creditCardMetadata": None,
        "merchant": {"name": None, "businessName": "PADARIA EXEMPLO LTDA", "cnpj": "11222333000181", "cnae": "1091102"},
        "createdAt": "2026-11-20T06:02:05.000Z",
        "updatedAt": "2026-11-20T06:02:06.000Z",
        **changes,
    }


def raw_purchase(**changes: Any) -> dict[str, Any]:
    """The second instalment of three on a card."""
    purchase: dict[str, Any] = {
        "amount": Decimal("150.0"),
        "status": "PENDING",
        "operationType": None,
        "paymentData": None,
        "merchant": None,
        "creditCardMetadata": {
            "installmentNumber": 2,
            "totalInstallments": 3,
            "purchaseDate": "2026-10-10T03:00:00.000Z",
            "payeeMCC": 5651,
            "cardNumber": "4321",
            "billForecastDate": "2026-12",
        },
    }
    return raw_transaction(**{**purchase, **changes})


def raw_item(**changes: Any) -> dict[str, Any]:
    """An Open Finance item whose cards lag behind."""
    return {
        "id": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10",
        "connector": {"id": 612, "name": "Nubank", "isOpenFinance": True, "oauth": True},
        "status": "UPDATED",
        "executionStatus": "PARTIAL_SUCCESS",
        "createdAt": "2026-09-01T13:00:00.000Z",
        "updatedAt": "2026-11-20T06:02:40.000Z",
        "lastUpdatedAt": "2026-11-20T06:02:39.000Z",
        "nextAutoSyncAt": "2026-11-21T06:02:39.000Z",
        "consentExpiresAt": "2027-09-01T13:00:00.000Z",
        "clientUserId": "user-42",
        "error": None,
        "parameter": None,
        "userAction": None,
        "hasResourcesPendingAuthorization": False,
        "statusDetail": {
            "accounts": {"isUpdated": True, "lastUpdatedAt": "2026-11-20T06:01:30.000Z", "warnings": []},
            "creditCards": {
                "isUpdated": False,
                "lastUpdatedAt": "2026-11-18T06:01:31.000Z",
                "warnings": [{"code": "CC_003", "message": "Resource temporarily unavailable"}, "423", {}],
            },
            "investments": None,
        },
        **changes,
    }
