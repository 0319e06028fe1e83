"""Pluggy's JSON → records, once and for all: one sign, centavos, São Paulo days, hashed identities. Pure.

Lenient in reading: enumerations are open, extra keys are ignored, an omitted key and an explicit null mean the same, and an
optional value of the wrong kind counts as absent. What a row cannot be without (an id, a balance, an amount, a date) raises
``PluggyServerError("malformed …")`` naming the field, never its value; the caller skips that row and counts it.

Single values are read by ``pluggy_values``. Documents (CPF, CNPJ) are compared here and go no further.
Sources: ``reference`` sections 3.2, 5.2, 5.3, 6.4–6.7, 13.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol, TypeVar, cast

from open_finance import bank_codes
from open_finance import pluggy_values as values
from open_finance.clock import local_midnight
from open_finance.connectors import MEU_PLUGGY
from open_finance.errors import PluggyServerError
from open_finance.folding import fold
from open_finance.money import ZERO
from open_finance.pluggy_values import Raw
from open_finance.records import AccountData, CredentialField, ItemData, Option, ProductStatus, TransactionData

T = TypeVar("T")

ID_LIMIT = 64

_SEPARATORS = re.compile(r"[\s.\-/]")
#: A CPF, or a CNPJ, which may hold letters since July 2026. A masked one does not match.
_DOCUMENT = re.compile(r"[0-9]{11}|[0-9A-Z]{12}[0-9]{2}")
_PUNCTUATION = str.maketrans(dict.fromkeys(" .-/"))
_RENAMED_PRODUCTS = {"investmentTransactions": "investmentsTransactions"}


class Documents(Protocol):
    """Documents to be asked about: a set of them, or what says only whether one is among them."""

    def __contains__(self, document: object, /) -> bool: ...

    def __len__(self) -> int: ...


def read_item(raw: Raw) -> ItemData:
    """A Pluggy item. ``products`` has one entry a product Pluggy reported on; ``investmentTransactions``, one SDK's
    spelling, becomes ``investmentsTransactions``. Raises PluggyServerError for a missing id, status or connector."""
    connector = values.mapping(raw.get("connector"))
    error = values.mapping(raw.get("error"))
    return ItemData(
        item_id=required_id("item", raw),
        connector_id=required(values.integer(connector.get("id", raw.get("connectorId"))), "item", "connector"),
        connector_name=values.text(connector.get("name")) or "",
        is_open_finance=connector.get("isOpenFinance") is True,
        status=required(values.text(raw.get("status")), "item", "status"),
        execution_status=values.text(raw.get("executionStatus")) or "",
        error_code=values.text(error.get("code")),
        provider_message=values.text_without_cpf(error.get("providerMessage")),
        client_user_id=values.text(raw.get("clientUserId")),
        created_at=values.parse_instant(raw.get("createdAt")),
        updated_at=values.parse_instant(raw.get("updatedAt")),
        last_updated_at=values.parse_instant(raw.get("lastUpdatedAt")),
        next_auto_sync_at=values.parse_instant(raw.get("nextAutoSyncAt")),
        consent_expires_at=values.parse_instant(raw.get("consentExpiresAt")),
        has_pending_resources=raw.get("hasResourcesPendingAuthorization") is True,
        asks_code=_asks_code(connector),
        products=_products(values.mapping(raw.get("statusDetail"))),
        parameter=dict(values.mapping(raw.get("parameter"))) or None,
        user_action=dict(values.mapping(raw.get("userAction"))) or None,
    )


def read_account(raw: Raw, *, connector_id: int, connector_name: str, bank_code: str | None = None) -> AccountData:
    """A Pluggy account. ``balance`` keeps Pluggy's sign (a card's is what is owed), money is rounded to the centavo.

    ``identity`` is the same through whichever item or connector the account comes: see ``_identity``. ``bank_code``: what
    ``find_bank_code`` says of all the item's accounts, since a card does not tell its bank.
    Raises PluggyServerError for a missing id, type or balance.
    """
    bank, card = values.mapping(raw.get("bankData")), values.mapping(raw.get("creditData"))
    currency = values.text(raw.get("currencyCode")) or "BRL"
    reserved = values.items(bank.get("reservedBalances"))
    return AccountData(
        pluggy_id=required_id("account", raw),
        identity=_identity(raw, connector_id, connector_name, bank_code),
        type=required(values.text(raw.get("type")), "account", "type"),
        subtype=values.text(raw.get("subtype")) or "",
        name=values.text(raw.get("name")) or values.text(raw.get("marketingName")) or "",
        marketing_name=values.text(raw.get("marketingName")),
        number=_letters_and_digits(raw.get("number"))[-4:],
        currency_code=currency,
        balance=required(values.money(raw.get("balance")), "account", "balance"),
        overdraft_limit=values.money(bank.get("overdraftContractedLimit")),
        overdraft_used=values.money(bank.get("overdraftUsedLimit")),
        automatically_invested=values.money(bank.get("automaticallyInvestedBalance")),
        reserved=sum(reserved_amounts(reserved, currency), ZERO) if reserved else None,
        reserved_count=len(reserved),
        credit_limit=values.money(card.get("creditLimit")),
        available_credit_limit=values.money(card.get("availableCreditLimit")),
        minimum_payment=values.money(card.get("minimumPayment")),
        bill_closes_on=values.parse_day(card.get("balanceCloseDate")),
        bill_due_on=values.parse_day(card.get("balanceDueDate")),
        card_brand=values.text(card.get("brand")),
        card_level=values.text(card.get("level")),
        card_status=values.text(card.get("status")),
        bank_code=_bank_code(raw),
    )


def read_transaction(
    raw: Raw, *, account_type: str, account_currency: str, holder_documents: Documents
) -> TransactionData:
    """A Pluggy transaction of an account of that type (``BANK``, ``CREDIT``) and currency.

    ``amount`` is signed by ``type``, money out negative for bank and card rows alike, and counts
    ``amountInAccountCurrency`` where there is one; ``foreign_amount`` is then the purchase's own amount with the same sign.
    A foreign row without a conversion stays in its own currency. ``type`` null is settled by the account type's sign rule.
    ``holder_documents`` are compared and forgotten. Raises PluggyServerError for a missing id, date or amount.
    """
    amount, own_amount, kind = _amounts(raw, account_type)
    own_currency = values.text(raw.get("currencyCode")) or account_currency
    converted = raw.get("amountInAccountCurrency") is not None
    is_foreign = converted and own_currency != account_currency
    occurred_on, occurred_at = _moment(raw)
    description_raw = values.text_without_cpf(raw.get("descriptionRaw"))
    row = {
        "pluggy_id": required_id("transaction", raw),
        "occurred_on": occurred_on,
        "occurred_at": occurred_at,
        "description": values.text_without_cpf(raw.get("description")) or description_raw or "",
        "description_raw": description_raw,
        "amount": amount,
        "currency_code": account_currency if converted else own_currency,
        "foreign_amount": own_amount if is_foreign else None,
        "foreign_currency": own_currency if is_foreign else None,
        "type": kind,
        "status": values.text(raw.get("status")) or "POSTED",
        "balance_after": values.money(raw.get("balance")),
        "day_order": values.integer(raw.get("order")),
        "category_id": values.text(raw.get("categoryId")),
        "category": values.text(raw.get("category")),
        "operation_type": values.text(raw.get("operationType")),
        "provider_id": values.text(raw.get("providerId")),
        "pluggy_created_at": values.parse_instant(raw.get("createdAt")),
        "pluggy_updated_at": values.parse_instant(raw.get("updatedAt")),
        **_payment_values(values.mapping(raw.get("paymentData")), kind, holder_documents),
        **_card_values(values.mapping(raw.get("creditCardMetadata"))),
        **_merchant_values(values.mapping(raw.get("merchant"))),
    }
    return cast("TransactionData", row)


def _payment_values(payment: Raw, kind: str, holder: Documents) -> dict[str, Any]:
    if not payment:  # most rows have one of the three parts, or none
        return _NO_PAYMENT
    same_holder = _same_holder(payment, kind, holder)
    other_side = values.mapping(payment.get("receiver" if kind == "DEBIT" else "payer"))
    return {
        "payment_method": values.text(payment.get("paymentMethod")),
        "same_holder": same_holder,
        # The holder's own name is not kept.
        "counterparty": None if same_holder else values.text(other_side.get("name")),
    }


def _card_values(card: Raw) -> dict[str, Any]:
    if not card:
        return _NO_CARD
    return {
        "mcc": values.integer(card.get("payeeMCC")),
        "installment_number": values.integer(card.get("installmentNumber")),
        "total_installments": values.integer(card.get("totalInstallments")),
        "purchased_on": values.parse_day(card.get("purchaseDate")),
        "bill_id": values.text(card.get("billId")),
        "bill_forecast": values.month(card.get("billForecastDate")),
        "card_number": _letters_and_digits(card.get("cardNumber"))[-4:] or None,
        "fee_type": values.text(card.get("feeType")),
        "other_credits_type": values.text(card.get("otherCreditsType")),
    }


def _merchant_values(merchant: Raw) -> dict[str, Any]:
    if not merchant:
        return _NO_MERCHANT
    return {
        "merchant_name": values.text(merchant.get("name")) or values.text(merchant.get("businessName")),
        "merchant_cnpj": values.text(merchant.get("cnpj")),
        "merchant_cnae": values.text(merchant.get("cnae")),
    }


def read_id(raw: Raw) -> str | None:
    """Which item, account, transaction or bill it says it is; None where that cannot be told."""
    told = values.text(raw.get("id"))
    return told if told and len(told) <= ID_LIMIT else None


def holder_documents(accounts: Iterable[Raw], identity: Raw | None) -> frozenset[str]:
    """The CPF and CNPJ of an item's holder, without punctuation, from its accounts and its identity. For memory only."""
    sources = [account.get("taxNumber") for account in accounts]
    if identity is not None:
        sources += [identity.get("document"), identity.get("taxNumber")]
    return frozenset(document for document in map(_document, sources) if document)


def read_connector_field(raw: Raw) -> CredentialField:
    """One credential of a connector, or an item's ``parameter``. Raises PluggyServerError for a missing name."""
    name = required(values.text(raw.get("name")), "credential", "name")
    return CredentialField(
        name=name,
        label=values.text(raw.get("label")) or name,
        type=values.text(raw.get("type")) or "text",
        placeholder=values.text(raw.get("placeholder")),
        assistive_text=values.text(raw.get("assistiveText")) or values.text(raw.get("instructions")),
        validation=values.text(raw.get("validation")),
        validation_message=values.text(raw.get("validationMessage")),
        mfa=raw.get("mfa") is True,
        optional=raw.get("optional") is True,
        options=[option for option in map(_option, values.items(raw.get("options"))) if option],
        data=raw["data"] if isinstance(raw.get("data"), str) else None,
    )


def find_bank_code(accounts: Iterable[Raw]) -> str | None:
    """The COMPE code that the accounts of an item name; None where none does. An item is of one bank."""
    return next(filter(None, map(_bank_code, accounts)), None)


def _identity(raw: Raw, connector_id: int, connector_name: str, bank_code: str | None) -> str:
    """A hash of bank, number, kind and currency, the same whichever item or connector the account comes through.

    The bank is its COMPE code: where ``transferNumber`` has one, else that of the item's other accounts, else by the
    connector's name; a bank without a known code is its folded name. MeuPluggy's own name says nothing of the bank, so there
    the account's name stands in. The subtype counts: banks number a savings account like the
    checking account it belongs to. An account without a number is like no other.
    """
    kind = values.text(raw.get("type")) or ""
    own_name = values.text(raw.get("marketingName")) or values.text(raw.get("name"))
    bank = bank_codes.find_name(own_name or "") or own_name if connector_id == MEU_PLUGGY else connector_name
    code = _bank_code(raw) or bank_code or bank_codes.code_of(bank or "")
    if kind == "CREDIT":
        number = _letters_and_digits(raw.get("number"))[-4:]
    else:
        parts = _transfer_parts(raw)[-2:] or (values.text(raw.get("number")) or "").split("/")[-2:]
        number = "/".join(_letters_and_digits(part).lstrip("0") for part in parts)
    number = number.strip("/") or required_id("account", raw)
    currency = values.text(raw.get("currencyCode")) or "BRL"
    parts = [code or fold(bank or ""), number, kind, values.text(raw.get("subtype")) or "", currency]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _transfer_parts(raw: Raw) -> list[str]:
    """``260/0001/1234567-8`` → its parts; the COMPE code may be missing. Empty where there is no transfer number."""
    transfer = values.text(values.mapping(raw.get("bankData")).get("transferNumber"))
    return [part.strip() for part in transfer.split("/")] if transfer else []


def _bank_code(raw: Raw) -> str | None:
    """The three digits of the bank's COMPE code."""
    parts = _transfer_parts(raw)
    return parts[0] if len(parts) == 3 and re.fullmatch(r"[0-9]{3}", parts[0]) else None


def reserved_amounts(balances: Iterable[Any], currency: str) -> Iterator[Decimal]:
    """The amounts set aside ("caixinhas") in the account's currency. One SDK says ``amounts``, the other the long name."""
    for balance in map(values.mapping, balances):
        amounts = balance.get("availableAmounts") or balance.get("amounts")
        for entry in map(values.mapping, amounts if isinstance(amounts, list) else [amounts]):
            amount = values.money(entry.get("amount"))
            if amount is not None and (values.text(entry.get("currencyCode")) or currency) == currency:
                yield amount


def _amounts(raw: Raw, account_type: str) -> tuple[Decimal, Decimal, str]:
    """The amount that counts and the purchase's own, with our sign, and ``DEBIT`` or ``CREDIT``.

    Source: the sign table of ``reference`` 6.5. Pluggy's own sign is turned around on cards, so ``type`` decides; where
    that is missing or new, Pluggy's sign does, by the account's type.
    """
    own = required(values.money(raw.get("amount")), "transaction", "amount")
    converted = raw.get("amountInAccountCurrency")
    amount = own if converted is None else required(values.money(converted), "transaction", "amountInAccountCurrency")
    kind = values.text(raw.get("type"))
    if kind not in {"DEBIT", "CREDIT"}:
        sign = own or amount
        kind = "DEBIT" if (sign > 0 if account_type == "CREDIT" else sign < 0) else "CREDIT"
    return (-abs(amount), -abs(own), kind) if kind == "DEBIT" else (abs(amount), abs(own), kind)


def _moment(raw: Raw) -> tuple[date, datetime | None]:
    """The São Paulo day, and the instant where a time of day is known: both midnights, UTC's and ours, are plain dates."""
    value = raw.get("date")
    return required(_moment_of(value) if isinstance(value, str) else None, "transaction", "date")


@lru_cache(maxsize=2048)
def _moment_of(value: str) -> tuple[date, datetime | None] | None:
    day, instant = values.parse_day(value), values.parse_instant(value)
    if day is None:
        return None
    if instant is None or instant in {local_midnight(day), datetime(day.year, day.month, day.day, tzinfo=UTC)}:
        return day, None
    return day, instant


def _same_holder(payment: Raw, kind: str, holder: Documents) -> bool | None:
    """Whether money moved between accounts of the same person; None where the documents do not say.

    The account's own side is the holder's when its document is missing: money sent to the holder came from the holder. A
    strange document opposite a missing one settles nothing, for accounts can have a second holder.
    """
    if not holder:
        return None
    own_side, other_side = ("payer", "receiver") if kind == "DEBIT" else ("receiver", "payer")
    own, other = _side_document(payment, own_side), _side_document(payment, other_side)
    if other is None or (own is None and other not in holder):
        return None
    return other in holder and (own is None or own in holder)


def _side_document(payment: Raw, side: str) -> str | None:
    number = values.mapping(values.mapping(payment.get(side)).get("documentNumber"))
    return _document(number.get("value"))


def _document(value: Any) -> str | None:
    """A complete CPF or CNPJ without punctuation; a masked or partial one is unknown."""
    if value is None:
        return None
    written = values.text(value) or ""
    bare = written.translate(_PUNCTUATION).upper()
    if not _DOCUMENT.fullmatch(bare):
        bare = _SEPARATORS.sub("", written).upper()
    return bare if _DOCUMENT.fullmatch(bare) else None


def _asks_code(connector: Raw) -> bool | None:
    """Whether the bank wants a code of the moment at every reading (reference 3.10); None where no fields were sent."""
    fields = [values.mapping(one) for one in values.items(connector.get("credentials"))]
    needed = (one.get("mfa") is True and one.get("optional") is not True for one in fields)
    return any(needed) if fields else None


def _products(detail: Raw) -> dict[str, ProductStatus]:
    """The products Pluggy reported on. Only an explicit ``isUpdated: true`` counts as updated."""
    return {
        _RENAMED_PRODUCTS.get(product, product): ProductStatus(
            is_updated=status.get("isUpdated") is True,
            last_updated_at=values.parse_instant(status.get("lastUpdatedAt")),
            warnings=[code for code in map(_warning, values.items(status.get("warnings"))) if code],
        )
        for product, status in detail.items()
        if isinstance(status, Mapping)
    }


def _warning(raw: Any) -> str | None:
    """The code of a warning, which is an object or, at times, a plain string."""
    return values.text(values.mapping(raw).get("code", raw))


def _option(raw: Any) -> Option | None:
    option = values.mapping(raw)
    value, label = values.text(option.get("value")), values.text(option.get("label"))
    return None if value is None else Option(value=value, label=label or value)


def required(value: T | None, kind: str, field: str) -> T:
    """What a row cannot be without. Raises PluggyServerError."""
    if value is None:
        raise PluggyServerError(f"malformed {kind}: {field}")
    return value


def required_id(kind: str, raw: Raw) -> str:
    """Which one it is. Raises PluggyServerError where that cannot be told."""
    return required(read_id(raw), kind, "id")


def _letters_and_digits(value: Any) -> str:
    """An account or card number without its punctuation; a check digit may be an X."""
    written = values.text(value) or ""
    if written.isalnum():  # most are
        return written.upper()
    return "".join(character for character in written if character.isalnum()).upper()


#: What the three parts say that are not there.
_NO_PAYMENT = _payment_values({"": None}, "DEBIT", frozenset())
_NO_CARD = _card_values({"": None})
_NO_MERCHANT = _merchant_values({"": None})
