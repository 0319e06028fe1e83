"""Pluggy's positions, their movements, loans and caixinhas → records, as ``pluggy_rows`` reads all else. Pure.

The holder's name and the number of an asset or a contract go no further than this module. Sources: ``reference`` 8.1, 8.2,
5.2, and the schemas of Pluggy's own description of its interface.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any, Final, Literal

from open_finance import bank_codes
from open_finance import pluggy_values as values
from open_finance.connectors import MEU_PLUGGY
from open_finance.folding import fold
from open_finance.investment_records import (
    InvestmentData,
    InvestmentTransactionData,
    LoanData,
    LoanPayment,
    LoanRate,
    PotData,
)
from open_finance.money import ZERO
from open_finance.pluggy_rows import required, required_id, reserved_amounts
from open_finance.pluggy_values import Raw

#: What is withheld and charged with a movement. ``iofProvision`` is not among them: it is set aside, and not yet paid.
_EXPENSES: Final = (
    *("serviceTax", "brokerageFee", "incomeTax", "tradingAssetsNoticeFee", "maintenanceFee", "settlementFee"),
    *("clearingFee", "stockExchangeFee", "custodyFee", "operatingFee", "other", "iof"),
)
_KEY_LIMIT: Final = 100
#: No quantity, price or rate is told more finely: what comes with more places is a broken row.
_PLACES: Final = 18
#: A total cost of 300 % a year is seldom surpassed, and one below 3 % a year is not lent at: up to here it is a fraction.
_MOST_CET: Final = Decimal(3)
#: Nobody lends at 1,200 % a year: from here on it is a percentage.
_LEAST_CET_PERCENT: Final = Decimal(12)
_SEPARATORS = re.compile(r"[\s.\-/]")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")


def read_investment(raw: Raw, today: date) -> InvestmentData:
    """A position, read on ``today`` (São Paulo). Days are calendar days: Pluggy writes them as either midnight. Raises
    PluggyServerError for a missing id, type or balance."""
    institution, metadata = values.mapping(raw.get("institution")), values.mapping(raw.get("metadata"))
    insurer = values.mapping(metadata.get("insurer"))
    amount = values.fine_money(raw.get("amount"))
    return InvestmentData(
        pluggy_id=required_id("investment", raw),
        type=required(values.text(raw.get("type")), "investment", "type"),
        subtype=values.text(raw.get("subtype")),
        name=values.text_without_cpf(raw.get("name")) or "",
        number=_asset_mark(raw.get("number")),
        code=values.text_without_cpf(raw.get("code")),
        isin=values.text(raw.get("isin")),
        currency_code=values.text(raw.get("currencyCode")) or "BRL",
        balance=required(values.fine_money(raw.get("balance")), "investment", "balance"),
        amount=amount,
        amount_original=values.fine_money(raw.get("amountOriginal")),
        amount_profit=values.fine_money(raw.get("amountProfit")),
        amount_withdrawal=values.fine_money(raw.get("amountWithdrawal")),
        taxes=values.fine_money(raw.get("taxes")),
        taxes2=values.fine_money(raw.get("taxes2")),
        quantity=_exact(raw.get("quantity")),
        unit_value=_exact(raw.get("value")),
        valued_on=values.parse_day(raw.get("date")),
        figures_on=None if amount is None else today,
        rate=_exact(raw.get("rate")),
        rate_type=values.text(raw.get("rateType")),
        fixed_annual_rate=_exact(raw.get("fixedAnnualRate")),
        rate_periodicity=values.text(raw.get("ratePeriodicity")),
        indexer=values.text(raw.get("indexerAdditionalInfo")),
        last_month_rate=_exact(raw.get("lastMonthRate")),
        last_twelve_months_rate=_exact(raw.get("lastTwelveMonthsRate")),
        annual_rate=_exact(raw.get("annualRate")),
        issuer=values.text_without_cpf(raw.get("issuer")),
        issuer_cnpj=_cnpj(raw.get("issuerCNPJ")),
        debtor=values.text_without_cpf(values.mapping(raw.get("debtor")).get("name")),
        bank_name=values.text_without_cpf(institution.get("name")),
        bank_cnpj=_cnpj(institution.get("number")),
        insurer=values.text_without_cpf(insurer.get("name")),
        insurer_cnpj=_cnpj(insurer.get("cnpj")),
        tax_regime=values.text_without_cpf(metadata.get("taxRegime")),
        issued_on=values.parse_day(raw.get("issueDate")),
        purchased_on=values.parse_day(raw.get("purchaseDate")),
        due_on=values.parse_day(raw.get("dueDate")),
        grace_on=values.parse_day(raw.get("gracePeriodDate")),
        has_coupon=_flag(values.mapping(raw.get("couponPayment")).get("hasCoupon")),
        tax_exempt=_flag(raw.get("taxExempt")),
        status=values.text(raw.get("status")),
    )


def read_investment_transaction(raw: Raw) -> InvestmentTransactionData:
    """A movement of a position: which way it goes is by its type where Pluggy leaves that out, and amounts and quantities
    have no sign. Raises PluggyServerError for a missing id or date."""
    kind = values.text(raw.get("type")) or "OTHER"
    expenses = values.mapping(raw.get("expenses"))
    charged = [abs(cost) for name in _EXPENSES if (cost := values.fine_money(expenses.get(name))) is not None]
    return InvestmentTransactionData(
        pluggy_id=required_id("investment transaction", raw),
        type=kind,
        movement=_movement(raw.get("movementType"), kind),
        quantity=_without_sign(_exact(raw.get("quantity"))),
        unit_value=_exact(raw.get("value")),
        amount=_without_sign(values.fine_money(raw.get("amount"))),
        net_amount=_without_sign(values.fine_money(raw.get("netAmount"))),
        occurred_on=required(values.parse_day(raw.get("date")), "investment transaction", "date"),
        traded_on=values.parse_day(raw.get("tradeDate")),
        description=values.text_without_cpf(raw.get("description")),
        income_tax=_without_sign(values.fine_money(expenses.get("incomeTax"))),
        iof=_without_sign(values.fine_money(expenses.get("iof"))),
        expenses=sum(charged, Decimal(0)) if charged else None,
    )


def read_loan(raw: Raw, *, connector_id: int, connector_name: str, bank_code: str | None = None) -> LoanData:
    """A loan. Its days are those that are written: they come without a zone. ``bank_code``: what ``find_bank_code`` says of
    the item's accounts. Rates and payments are in an order of ours, so that only what changed is a change. Raises
    PluggyServerError for a missing id or kind."""
    terms, payments = values.mapping(raw.get("installments")), values.mapping(raw.get("payments"))
    bank = "" if connector_id == MEU_PLUGGY else connector_name
    return LoanData(
        pluggy_id=required_id("loan", raw),
        identity=_loan_identity(raw, bank_code or bank_codes.code_of(bank) or fold(bank)),
        kind=required(values.text(raw.get("kind")), "loan", "kind"),
        product_name=values.text_without_cpf(raw.get("productName")) or "",
        type=values.text(raw.get("type")),
        currency_code=values.text(raw.get("currencyCode")) or "BRL",
        contract_amount=values.fine_money(raw.get("contractAmount")),
        outstanding=_without_sign(values.fine_money(payments.get("contractOutstandingBalance"))),
        contracted_on=values.plain_day(raw.get("contractDate")),
        due_on=values.plain_day(raw.get("dueDate")),
        settled_on=values.plain_day(raw.get("settlementDate")),
        first_due_on=values.plain_day(raw.get("firstInstallmentDueDate")),
        periodicity=values.text(raw.get("installmentPeriodicity")),
        cet=_cet(raw.get("CET")),
        amortization=values.text(raw.get("amortizationScheduled")),
        rates=_rates(raw.get("interestRates")),
        total_installments=values.integer(terms.get("totalNumberOfInstallments")),
        paid_installments=values.integer(terms.get("paidInstallments")),
        due_installments=values.integer(terms.get("dueInstallments")),
        past_due_installments=values.integer(terms.get("pastDueInstallments")),
        payments=_payments(payments.get("releases")),
    )


def read_pots(raw_account: Raw) -> list[PotData]:
    """The caixinhas of an account, as the bank orders them; they add up to the account's ``reserved``."""
    currency = values.text(raw_account.get("currencyCode")) or "BRL"
    reserved = values.items(values.mapping(raw_account.get("bankData")).get("reservedBalances"))
    pots: dict[str, PotData] = {}
    for place, balance in enumerate(map(values.mapping, reserved)):
        amounts = list(reserved_amounts([balance], currency))
        key = (values.text(balance.get("identification")) or "")[:_KEY_LIMIT] or f"{place:03}"
        while key in pots:
            key = f"{key}#{place:03}"
        if amounts:
            name = values.text_without_cpf(balance.get("name")) or ""
            pots[key] = PotData(key=key, name=name, amount=sum(amounts, ZERO))
    return list(pots.values())


def _movement(told: Any, kind: str) -> Literal["CREDIT", "DEBIT"]:
    direction = (values.text(told) or "").upper()
    if direction == "CREDIT" or (direction != "DEBIT" and kind == "BUY"):
        return "CREDIT"
    return "DEBIT"


def _rates(listed: Any) -> list[LoanRate]:
    read = [
        LoanRate(
            kind=values.text(rate.get("taxType")),
            periodicity=values.text(rate.get("taxPeriodicity")),
            indexer=values.text(rate.get("referentialRateIndexerType")),
            fixed=_exact(rate.get("preFixedRate")),
            floating=_exact(rate.get("postFixedRate")),
        )
        for rate in map(values.mapping, values.items(listed))
        if rate
    ]
    return sorted(read, key=lambda rate: [_sortable(value) for value in rate.values()])


def _cet(told: Any) -> Decimal | None:
    """In %. Open Finance Brasil writes it as a fraction (``0.290000`` is 29 %), and so does Pluggy's own example; some banks
    write the percentage. Between the two nobody knows which it is (5 is 5 % or 500 %): then it is not told."""
    cost = _exact(told)
    if cost is None or cost < ZERO:
        return None
    if cost <= _MOST_CET:
        return cost * 100
    return cost if cost >= _LEAST_CET_PERCENT else None


def _payments(listed: Any) -> list[LoanPayment]:
    read = [_payment(payment) for payment in map(values.mapping, values.items(listed))]
    told = [payment for payment in read if payment is not None]
    return sorted(told, key=lambda one: (one["paid_on"] or date.max, one["amount"], one["is_extra"]))


def _payment(raw: Mapping[str, Any]) -> LoanPayment | None:
    amount = values.fine_money(raw.get("paidAmount"))
    if amount is None:
        return None
    is_extra = raw.get("isOverParcelPayment") is True
    return LoanPayment(paid_on=values.plain_day(raw.get("paidDate")), amount=abs(amount), is_extra=is_extra)


def _asset_mark(number: Any) -> str | None:
    """A hash: at some banks the number of an asset is that of the account that it is in, or of a policy."""
    bare = _letters_and_digits(number)
    return hashlib.sha256(bare.encode()).hexdigest() if bare else None


def _letters_and_digits(value: Any) -> str:
    return "".join(filter(str.isalnum, (values.text(value) or "").upper()))


def _loan_identity(raw: Raw, bank: str) -> str:
    """A hash of bank, contract, kind and currency, the same whichever item the loan comes through. A loan that tells no
    contract is like no other."""
    numbers = map(_letters_and_digits, (raw.get("contractNumber"), raw.get("ipocCode")))
    contract = next(filter(None, numbers), None) or required_id("loan", raw)
    parts = [bank, contract, values.text(raw.get("kind")) or "", values.text(raw.get("currencyCode")) or "BRL"]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _exact(value: Any) -> Decimal | None:
    """The number as it came, with at most eighteen places."""
    number = values.decimal(value)
    exponent = 0 if number is None else number.as_tuple().exponent
    if number is None or not isinstance(exponent, int) or exponent >= -_PLACES:
        return number
    with localcontext() as context:
        context.prec = 40
        return number.quantize(Decimal(1).scaleb(-_PLACES), rounding=ROUND_HALF_UP)


def _without_sign(number: Decimal | None) -> Decimal | None:
    return None if number is None else number.copy_abs()


def _cnpj(value: Any) -> str | None:
    """A complete one, without punctuation; it may hold letters since July 2026."""
    bare = _SEPARATORS.sub("", values.text(value) or "").upper()
    return bare if _CNPJ.fullmatch(bare) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _sortable(value: Any) -> str:
    return "" if value is None else str(value)
