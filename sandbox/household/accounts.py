"""Account and Identity objects as Pluggy sends them (reference 5.2, 8.3), and their figures kept true to the ledgers."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from sandbox.household.banks import Bank, account_numbers
from sandbox.household.cards import CardLedger
from sandbox.household.documents import identifier
from sandbox.household.habits import Person, Slot
from sandbox.household.ledger import Ledger

Json = dict[str, Any]

TITLES: dict[Slot, str] = {"checking": "Conta Corrente", "second": "Conta Corrente", "savings": "Poupança"}


def new_account(person: Person, bank: Bank, slot: Slot, origin: str, account_id: str, now: str) -> Json:
    """The Account object of a slot, figures still empty."""
    common = {"id": account_id, "taxNumber": person.document, "owner": person.name, "currencyCode": "BRL"}
    times = {"createdAt": now, "updatedAt": now}
    shape = _card if slot == "card" else _bank_account
    return common | shape(person, bank, slot, origin) | times


def _bank_account(_person: Person, bank: Bank, slot: Slot, origin: str) -> Json:
    branch, number = account_numbers(origin, bank, slot)
    title = TITLES[slot]
    brand = bank.brand or "Digital"
    return {
        "type": "BANK",
        "subtype": "SAVINGS_ACCOUNT" if slot == "savings" else "CHECKING_ACCOUNT",
        "number": f"{branch}/{number}",
        "name": title,
        "marketingName": f"{'Poupança' if slot == 'savings' else 'Conta'} {brand}",
        "balance": 0,
        "bankData": {"transferNumber": f"{bank.compe}/{branch}/{number}"},
        "creditData": None,
    }


def _card(person: Person, bank: Bank, slot: Slot, origin: str) -> Json:
    assert person.card is not None
    last4, virtual = card_numbers(origin, slot)
    terms = person.card
    name = f"{terms.brand.title()} {terms.level.title()}"
    credit = {
        "level": terms.level,
        "brand": terms.brand,
        "isLimitFlexible": False,
        "balanceForeignCurrency": 0,
        "status": "ACTIVE",
        "holderType": "MAIN",
    }
    extra = {"additionalCards": [{"number": virtual}]} if terms.has_virtual else {}
    return {
        "type": "CREDIT",
        "subtype": "CREDIT_CARD",
        "number": last4,
        "name": name,
        "marketingName": f"Cartão {bank.brand} {name}".replace("  ", " "),
        "balance": 0,
        # Banks leave the holder out of cards (reference 5.2).
        "taxNumber": None,
        "owner": None,
        "bankData": None,
        "creditData": credit | extra,
    }


def card_numbers(origin: str, slot: Slot) -> tuple[str, str]:
    """Last digits of the plastic card and of the virtual one."""
    rng = Random(f"{origin}:{slot}")
    return f"{rng.randrange(1000, 5000)}", f"{rng.randrange(5000, 9999)}"


def refresh_account(ledger: Ledger, person: Person, slot: Slot, boxes: Mapping[str, int], now: str) -> None:
    """Write the ledger's figures into its account. Nested objects are replaced, since readers may hold the old ones."""
    account = ledger.account
    before = (account["balance"], account["bankData"], account["creditData"])
    account["balance"] = ledger.balance / 100
    if isinstance(ledger, CardLedger):
        account["creditData"] = account["creditData"] | _credit_figures(ledger)
    else:
        figures = _bank_figures(ledger, person if slot == "checking" else None, boxes)
        account["bankData"] = {"transferNumber": account["bankData"]["transferNumber"]} | figures
    if (account["balance"], account["bankData"], account["creditData"]) != before:
        account["updatedAt"] = now


def _bank_figures(ledger: Ledger, person: Person | None, boxes: Mapping[str, int]) -> Json:
    """``person``: given for the account that has the overdraft and the caixinhas."""
    limit = person.overdraft if person else 0
    used = min(limit, max(0, -ledger.balance))
    reserved = boxes if person else {}
    return {
        "closingBalance": ledger.balance / 100,
        "automaticallyInvestedBalance": 0,
        "overdraftContractedLimit": limit / 100,
        "overdraftUsedLimit": used / 100,
        "unarrangedOverdraftAmount": max(0, -ledger.balance - used) / 100,
        "hasReservedBalance": bool(reserved),
    } | ({"reservedBalances": [_box(*box) for box in enumerate(reserved.items(), 1)]} if reserved else {})


def _box(position: int, box: tuple[str, int]) -> Json:
    name, cents = box
    amounts = [{"amount": cents / 100, "currencyCode": "BRL"}]
    return {"name": name, "identification": f"rsv-{position}", "availableAmounts": amounts}


def _credit_figures(ledger: CardLedger) -> Json:
    """Due date and minimum are the last closed bill's; the balance is the limit in use (reference 5.2, 5.3)."""
    last = ledger.bills[0] if ledger.bills else None
    limit, used, free = ledger.terms.limit / 100, ledger.balance / 100, ledger.available / 100
    line = {
        "creditLineLimitType": "LIMITE_CREDITO_TOTAL",
        "consolidationType": "CONSOLIDADO",
        "identificationNumber": ledger.last4,
        "lineName": "CREDITO_A_VISTA",
        "isLimitFlexible": False,
        "usedAmount": used,
        "usedAmountCurrencyCode": "BRL",
        "limitAmount": limit,
        "limitAmountCurrencyCode": "BRL",
        "availableAmount": free,
        "availableAmountCurrencyCode": "BRL",
    }
    return {
        "brandAdditionalInfo": None,
        "balanceCloseDate": last["billClosingDate"][:10] if last else None,
        "balanceDueDate": last["dueDate"][:10] if last else None,
        "availableCreditLimit": free,
        "creditLimit": limit,
        "minimumPayment": last["minimumPaymentAmount"] if last else None,
        "disaggregatedCreditLimits": [line],
    }


def new_identity(person: Person, bank: Bank, origin: str, door: str, now: str) -> Json:
    """The Identity object. Mail, telephone and street are of the kinds reserved for examples."""
    handle = person.name.lower().split()[0].encode("ascii", "ignore").decode()
    city, state = person.city
    branch, number = account_numbers(origin, bank, "checking")
    bare, _, digit = number.partition("-")
    account = {"compeCode": bank.compe, "branchCode": branch, "number": bare, "checkDigit": digit}
    income = {"frequency": "MENSAL", "amount": person.income / 100, "date": f"{now[:10]}T03:00:00.000Z"}
    return {
        "id": identifier(door, "identity"),
        "fullName": person.name,
        "socialName": None,
        "companyName": None,
        "document": person.document,
        "documentType": "CPF",
        "taxNumber": person.document,
        "jobTitle": None,
        "birthDate": f"{person.birth_date}T03:00:00.000Z",
        "investorProfile": None,
        "emails": [{"type": "Personal", "value": f"{handle}@exemplo.example"}],
        "phoneNumbers": [{"type": "Personal", "value": "+55 11 90000-0000"}],
        "addresses": [
            {
                "fullAddress": "Rua das Amostras, 100",
                "primaryAddress": "Rua das Amostras, 100",
                "city": city,
                "state": state,
                "postalCode": "00000-000",
                "country": "BR",
                "type": "Personal",
            }
        ],
        "qualifications": {"informedIncome": income} if person.income else None,
        "financialRelationships": {
            "startDate": "2019-03-01T03:00:00.000Z",
            "accounts": [account | {"type": "CONTA_DEPOSITO_A_VISTA", "subtype": "INDIVIDUAL"}],
        },
        "createdAt": now,
        "updatedAt": now,
    }
