"""Investments, loans and caixinhas, as ``records`` has everything else: what Pluggy said of one, and a stored one.

Amounts are ``Decimal`` in the position's or loan's currency, to four decimals (Pluggy sends them as finely); quantities and
unit prices are exact. A rate is a percentage as it is written: ``110`` of the CDI is 110 %. None is *not told*, which is
never nothing: fields come one day and are missing the next (reference 8.1), and what was known stays. Pluggy's enumerations
stay strings. The holder's name is never kept.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple, TypedDict

#: What of an item is read beside its accounts.
Product = Literal["investments", "loans"]
#: How asking for it ended. ``refused``: the plan, the bank or the consent does not give it; ``failed``: no answer this time.
Reading = Literal["listed", "refused", "failed"]


class InvestmentData(TypedDict):
    """A Pluggy investment (a position). ``balance``: net, what counts; ``amount``: gross; ``quantity`` × ``unit_value`` is
    the gross amount where both come. ``taxes``: income tax, ``taxes2``: IOF, both as the bank provisions them.
    ``valued_on``: of which day ``unit_value`` is. ``issued_on`` is the person's purchase day only for FIXED_INCOME and COE.
    ``number``: its bank's reference number of it, hashed: it tells one from another, and is itself not kept.
    ``figures_on``: the São Paulo day on which ``amount`` was last told (what was merged may be older than ``balance``).
    ``rate`` and ``rate_type``: 110 of ``CDI``, 6.2 over ``IPCA``; ``fixed_annual_rate``: a fixed part, % a year.
    ``tax_regime``: a pension's. Documents of companies are digits only. ``bank_name``/``bank_cnpj``: where it is held, as
    Pluggy's ``institution`` says."""

    pluggy_id: str
    type: str
    subtype: str | None
    name: str
    number: str | None
    code: str | None
    isin: str | None
    currency_code: str
    balance: Decimal
    amount: Decimal | None
    amount_original: Decimal | None
    amount_profit: Decimal | None
    amount_withdrawal: Decimal | None
    taxes: Decimal | None
    taxes2: Decimal | None
    quantity: Decimal | None
    unit_value: Decimal | None
    valued_on: date | None
    figures_on: date | None
    rate: Decimal | None
    rate_type: str | None
    fixed_annual_rate: Decimal | None
    rate_periodicity: str | None
    indexer: str | None
    last_month_rate: Decimal | None
    last_twelve_months_rate: Decimal | None
    annual_rate: Decimal | None
    issuer: str | None
    issuer_cnpj: str | None
    debtor: str | None
    bank_name: str | None
    bank_cnpj: str | None
    insurer: str | None
    insurer_cnpj: str | None
    tax_regime: str | None
    issued_on: date | None
    purchased_on: date | None
    due_on: date | None
    grace_on: date | None
    has_coupon: bool | None
    tax_exempt: bool | None
    status: str | None


class Investment(InvestmentData):
    """A stored position. ``listed``: its bank still lists it; ``missing_since``: since when complete listings leave it out,
    while it is not yet believed that it is gone. ``ended_on``: the São Paulo day of the reading that took it out of what is
    counted (sold, matured, or listed no more); None while it counts. ``connector_name``: the bank's name for people;
    ``read_at``: when its connection's investments were last read."""

    id: int
    connection_id: int
    connector_name: str
    listed: bool
    missing_since: datetime | None
    ended_on: date | None
    read_at: datetime | None
    created_at: datetime


class InvestmentTransactionData(TypedDict):
    """A movement of a position. ``movement``: ``CREDIT`` = into the position, ``DEBIT`` = out of it, whatever the bank left
    out (reference 8.1 has each type's default). ``amount``: gross, positive; None only on TRANSFER. ``income_tax``, ``iof``:
    what was withheld in it; ``expenses``: all that it cost, these two included."""

    pluggy_id: str
    type: str
    movement: Literal["CREDIT", "DEBIT"]
    quantity: Decimal | None
    unit_value: Decimal | None
    amount: Decimal | None
    net_amount: Decimal | None
    occurred_on: date
    traded_on: date | None
    description: str | None
    income_tax: Decimal | None
    iof: Decimal | None
    expenses: Decimal | None


class InvestmentTransaction(InvestmentTransactionData):
    """A stored movement of one of our positions."""

    id: int
    investment_id: int


class InvestmentSnapshot(NamedTuple):
    """What a position was worth on a São Paulo day, as its bank last told it: ``balance`` net, ``amount`` gross."""

    investment_id: int
    day: date
    balance: Decimal
    amount: Decimal | None
    taken_at: datetime


class LoanRate(TypedDict):
    """One interest rate of a contract, as a fraction (``0.0199`` = 1.99 %). ``periodicity``: MONTHLY, YEARLY, MES, ANO…;
    ``kind``: NOMINAL, EFFECTIVE, EFETIVA…: opaque texts (reference 8.2)."""

    kind: str | None
    periodicity: str | None
    indexer: str | None
    fixed: Decimal | None
    floating: Decimal | None


class LoanPayment(TypedDict):
    """A payment that a contract lists. ``is_extra``: beside the agreed instalments."""

    paid_on: date | None
    amount: Decimal
    is_extra: bool


class LoanData(TypedDict):
    """A Pluggy loan. ``kind``: LOAN, FINANCING, INVOICE_FINANCING, UNARRANGED_ACCOUNT_OVERDRAFT. ``outstanding``: what would
    settle it, positive. ``cet``: the total effective cost, % a year. ``identity``: the contract's own, hashed; the contract
    number is not kept."""

    pluggy_id: str
    identity: str
    kind: str
    product_name: str
    type: str | None
    currency_code: str
    contract_amount: Decimal | None
    outstanding: Decimal | None
    contracted_on: date | None
    due_on: date | None
    settled_on: date | None
    first_due_on: date | None
    periodicity: str | None
    cet: Decimal | None
    amortization: str | None
    rates: list[LoanRate]
    total_installments: int | None
    paid_installments: int | None
    due_installments: int | None
    past_due_installments: int | None
    payments: list[LoanPayment]


class Loan(LoanData):
    """A stored loan. ``listed``, ``missing_since``, ``ended_on``, ``connector_name``, ``read_at``: as in ``Investment``."""

    id: int
    connection_id: int
    connector_name: str
    listed: bool
    missing_since: datetime | None
    ended_on: date | None
    read_at: datetime | None
    created_at: datetime


class LoanSnapshot(NamedTuple):
    """What a loan owed on a São Paulo day, as its bank last told it; positive."""

    loan_id: int
    day: date
    outstanding: Decimal
    taken_at: datetime


class PotData(TypedDict):
    """A caixinha of an account (``reservedBalances``): ``key`` is the bank's own mark of it, or its place in the list.
    To the centavo, in the account's currency."""

    key: str
    name: str
    amount: Decimal


class Pot(PotData):
    """A stored caixinha of one of our accounts, as last told."""

    account_id: int


class ProductRead(NamedTuple):
    """How asking a connection for a product last ended, and how many it listed. ``read_at``: when it last was listed, None
    where it never was; ``asked_at``: the last attempt."""

    connection_id: int
    product: Product
    reading: Reading
    listed: int
    read_at: datetime | None
    asked_at: datetime
