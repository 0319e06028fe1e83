"""The demonstration's records: a pure function of the day. What the screens show obeys the same truths as a person's money.

Every balance follows from the rows: an account holds what it opened with and what its rows brought; a card owes the rows of
its unpaid bills and, as through Open Finance, the instalments still to come. A day's rows are the same whichever later day
they are looked at from, so the demonstration grows like a real history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast

from open_finance.bill_records import BillData, BillPayment
from open_finance.clock import SAO_PAULO, local_day
from open_finance.demo_habits import (
    BANKS,
    BILL,
    HABITS,
    INSTALMENTS,
    INVESTED,
    OWN_PIX,
    PIX,
    TRANSFERS,
    BankPlan,
    BookPlan,
    CardTerms,
    Habit,
    Instalments,
    Transfer,
)
from open_finance.demo_holdings import DemoLoan, DemoPosition, build_loan, build_positions
from open_finance.investment_records import PotData
from open_finance.money import ZERO, round_to_centavo
from open_finance.records import AccountData, ItemData, ProductStatus, TransactionData

READ_AT = time(6, 12)  # São Paulo: when the reading of the banks has ended
MONTHS_BEFORE = 3
CONSENT = timedelta(days=365)
MINIMUM_SHARE = Decimal("0.15")
#: In one of two caixinhas.
EMERGENCY = Decimal("1000.00")

#: Account key → its rows, oldest first.
Books = dict[str, list[TransactionData]]

_PRODUCTS = ("accounts", "creditCards", "transactions", "investments", "loans")
_BOOKS = {book.key: book for bank in BANKS for book in bank.books}
_BANK_OF = {book.key: bank.name for bank in BANKS for book in bank.books}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account as last read and its rows, oldest first; of a card the bills that have closed; its caixinhas."""

    data: AccountData
    rows: tuple[TransactionData, ...]
    bills: tuple[BillData, ...] = ()
    pots: tuple[PotData, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoBank:
    """A connection with its accounts, positions and loan. ``behind``: how long before the day it was last read;
    ``error_code``: why."""

    item: ItemData
    behind: timedelta
    error_code: str | None
    connected_at: datetime
    accounts: tuple[DemoAccount, ...]
    positions: tuple[DemoPosition, ...] = ()
    loan: DemoLoan | None = None


def family_day(now: datetime) -> date:
    """The day of the latest reading at an instant: until 06:12 it is yesterday's."""
    local = now.astimezone(SAO_PAULO)
    return local.date() if local.time() >= READ_AT else local.date() - _ONE_DAY


def read_at(day: date) -> datetime:
    """When the banks were read on a day, in UTC."""
    return datetime.combine(day, READ_AT, SAO_PAULO).astimezone(UTC)


def first_day(today: date) -> date:
    """The first day shown: the beginning of the month three months before."""
    return _months_before(today.replace(day=1), MONTHS_BEFORE)


def build_family(today: date) -> tuple[DemoBank, ...]:
    """The family's banks as they stand on the morning of ``today``: always the same for the same day."""
    books = _keep_books(today)
    return tuple(_bank(bank, 3 * number, today, books) for number, bank in enumerate(BANKS))


# --- what is read of it -----------------------------------------------------------------------------------------------


def _bank(bank: BankPlan, connected_after: int, today: date, books: Books) -> DemoBank:
    behind = timedelta(days=bank.days_behind)
    connected_at = read_at(first_day(today) + timedelta(days=connected_after))
    seen_on, connected_on = today - behind, local_day(connected_at)
    return DemoBank(
        item=_item(bank, read_at(seen_on), connected_at),
        behind=behind,
        error_code=bank.error_code,
        connected_at=connected_at,
        accounts=tuple(_account(bank, book, today, seen_on, books[book.key]) for book in bank.books),
        positions=build_positions(bank.name, connected_on, seen_on),
        loan=build_loan(bank.name, connected_on, seen_on),
    )


def _item(bank: BankPlan, updated_at: datetime, connected_at: datetime) -> ItemData:
    product = ProductStatus(is_updated=True, last_updated_at=updated_at, warnings=[])
    fields: dict[str, Any] = {
        "item_id": f"demo-{bank.connector_id}",
        "connector_id": bank.connector_id,
        "connector_name": bank.name,
        "is_open_finance": True,
        "status": "OUTDATED" if bank.error_code else "UPDATED",
        "execution_status": bank.error_code or "SUCCESS",
        "error_code": bank.error_code,
        "created_at": connected_at,
        "updated_at": updated_at,
        "last_updated_at": updated_at,
        "consent_expires_at": connected_at + CONSENT,
        "has_pending_resources": False,
        "products": dict.fromkeys(_PRODUCTS, product),
    }
    return cast("ItemData", dict.fromkeys(ItemData.__annotations__) | fields)


def _account(bank: BankPlan, book: BookPlan, today: date, seen_on: date, history: list[TransactionData]) -> DemoAccount:
    rows = tuple(_as_seen(row, book, seen_on) for row in _between(history, first_day(today), seen_on))
    fields: dict[str, Any] = {
        "pluggy_id": f"demo-{book.key}",
        "identity": f"demo-{book.key}",
        "type": "CREDIT" if book.card else "BANK",
        "subtype": book.subtype,
        "name": book.name,
        "number": book.number,
        "currency_code": "BRL",
        "balance": book.opening + _sum(rows),
        "reserved_count": book.pot_count,
        "bank_code": bank.bank_code,
    }
    pots = tuple(_pots(book.pots, rows)) if book.pots is not None else ()
    if pots:
        fields["reserved"] = sum((pot["amount"] for pot in pots), ZERO)
    if book.card is not None:
        fields |= _card_fields(book, book.card, seen_on, _owed(book.key, book.card, history, seen_on))
    bills = () if book.card is None else tuple(_closed_bills(book.key, book.card, history, first_day(today), seen_on))
    return DemoAccount(cast("AccountData", dict.fromkeys(AccountData.__annotations__) | fields), rows, bills, pots)


def _pots(opening: Decimal, rows: Iterable[TransactionData]) -> Iterator[PotData]:
    """What is put by goes to the beach; the other one stays as it was."""
    put_by = -_sum(row for row in rows if row["category_id"] == INVESTED)
    yield PotData(key="demo-beach", name="Férias na praia", amount=opening - EMERGENCY + put_by)
    yield PotData(key="demo-emergency", name="Emergência", amount=EMERGENCY)


def _as_seen(row: TransactionData, book: BookPlan, seen_on: date) -> TransactionData:
    """What a card bought on the very day is not settled yet; its bank says on which bill it will be."""
    if book.card is None:
        return row
    is_fresh = row["occurred_on"] == seen_on and row["amount"] < 0
    forecast = f"{_closing_after(row['occurred_on'], book.card):%Y-%m}"
    return {**row, "bill_forecast": forecast, "status": "PENDING" if is_fresh else row["status"]}


def _closing_after(day: date, terms: CardTerms) -> date:
    """The last day of the bill that a purchase is on: what is bought on the closing day is still on it."""
    closing = day.replace(day=terms.closes)
    return closing if day <= closing else _months_after(closing, 1)


def _closed_bills(
    key: str, terms: CardTerms, history: list[TransactionData], first_on: date, seen_on: date
) -> Iterator[BillData]:
    """The bills from the first day shown on, each with the payment of the one before it."""
    closing, before = _closing_after(first_on, terms), None
    while closing < seen_on:
        total = -_spent(_between(history, _months_before(closing, 1) + _ONE_DAY, closing))
        due_on = closing.replace(day=terms.due)
        bill = BillData(
            pluggy_id=f"demo-{key}-{closing:%Y-%m}",
            due_on=due_on,
            closes_on=closing,
            total=total,
            currency_code="BRL",
            minimum=round_to_centavo(total * MINIMUM_SHARE),
            finance_charges=[],
            payments=[] if before is None else [_payment_of(before)],
        )
        yield bill
        closing, before = _months_after(closing, 1), bill


def _payment_of(bill: BillData) -> BillPayment:
    return BillPayment(
        paid_on=bill["due_on"],
        amount=bill["total"],
        currency_code="BRL",
        kind="FULL_PAYMENT",
        mode="DEBIT_ACCOUNT",
    )


def _card_fields(book: BookPlan, terms: CardTerms, seen_on: date, owed: Decimal) -> dict[str, Any]:
    due_on = _months_after(_latest(terms.due, seen_on), 1)
    return {
        "balance": owed,
        "credit_limit": terms.limit,
        "available_credit_limit": terms.limit - owed,
        "card_brand": book.brand,
        "card_level": book.name.upper(),
        "card_status": "ACTIVE",
        "bill_closes_on": due_on.replace(day=terms.closes),
        "bill_due_on": due_on,
    }


def _owed(key: str, terms: CardTerms, history: Iterable[TransactionData], seen_on: date) -> Decimal:
    """The rows of the bills not paid yet, and the instalments not billed yet.

    Source: Pluggy's card balance through Open Finance is all that is used of the limit.
    """
    paid_until = _latest(terms.due, seen_on).replace(day=terms.closes)
    return -_spent(_between(history, paid_until + _ONE_DAY, seen_on)) + _to_come(key, seen_on)


def _to_come(key: str, seen_on: date) -> Decimal:
    plans = (plan for plan in INSTALMENTS if plan.account == key)
    return sum(
        (
            plan.amount * sum(_months_after(bought_on, number) > seen_on for number in range(plan.total))
            for plan in plans
            for bought_on in _purchases(plan, seen_on)
        ),
        ZERO,
    )


# --- what happens ------------------------------------------------------------------------------------------------------


def _keep_books(today: date) -> Books:
    """Every row until ``today``, from a month before the first day shown: the first bill must be whole."""
    books: Books = defaultdict(list)
    day = _months_before(first_day(today), 1)
    while day <= today:
        for number, (key, row) in enumerate((*_events(day), *_bills(day, books))):
            books[key].append({**row, "pluggy_id": f"{key}-{day:%Y%m%d}-{number}"})
        day += _ONE_DAY
    return books


def _events(day: date) -> Iterator[tuple[str, TransactionData]]:
    for transfer in TRANSFERS:
        if transfer.when.turn(day) is not None:
            yield from _transfer(transfer, day)
    for habit in HABITS:
        turn = habit.when.turn(day)
        if turn is not None:
            yield habit.account, _habit(habit, day, turn)
    for plan in INSTALMENTS:
        for bought_on in _purchases(plan, day):
            for number in range(plan.total):
                if _months_after(bought_on, number) == day:
                    yield plan.account, _instalment(plan, day, bought_on, number + 1)


def _transfer(transfer: Transfer, day: date) -> Iterator[tuple[str, TransactionData]]:
    fields = {"category_id": OWN_PIX, "operation_type": "PIX", "payment_method": "PIX", "same_holder": True}
    source, target = _BANK_OF[transfer.source], _BANK_OF[transfer.target]
    yield transfer.source, _row(day, -transfer.amount, f"Pix enviado · {target}", **fields)
    yield transfer.target, _row(day, transfer.amount, f"Pix recebido · {source}", **fields)


def _habit(habit: Habit, day: date, turn: int) -> TransactionData:
    amounts, texts = habit.amounts.split(), habit.texts.split("|")
    fields: dict[str, Any] = {"category_id": habit.category}
    if habit.category == PIX or texts[0].startswith("Pix "):
        fields |= {"operation_type": "PIX", "payment_method": "PIX", "same_holder": False}
    if habit.foreign:
        fields |= {"foreign_amount": Decimal(habit.foreign), "foreign_currency": "USD"}
    return _row(day, Decimal(amounts[turn % len(amounts)]), texts[turn % len(texts)], **fields)


def _instalment(plan: Instalments, day: date, bought_on: date, number: int) -> TransactionData:
    return _row(
        day,
        -plan.amount,
        plan.text,
        category_id=plan.category,
        installment_number=number,
        total_installments=plan.total,
        purchased_on=bought_on,
    )


def _bills(day: date, books: Books) -> Iterator[tuple[str, TransactionData]]:
    """On its due day a bill is paid whole: a row on the account, its mirror on the card."""
    for key, book in _BOOKS.items():
        if book.card is None or book.card.due != day.day:
            continue
        closed_on = day.replace(day=book.card.closes)
        amount = _spent(_between(books[key], _months_before(closed_on, 1) + _ONE_DAY, closed_on))
        yield book.card.paid_by, _row(day, amount, f"Pagamento da fatura {_BANK_OF[key]}", category_id=BILL)
        yield key, _row(day, -amount, "Pagamento recebido", category_id=BILL)


def _row(day: date, amount: Decimal, description: str, **fields: Any) -> TransactionData:
    own: dict[str, Any] = {
        "pluggy_id": "",
        "occurred_on": day,
        "description": description,
        "amount": amount,
        "currency_code": "BRL",
        "type": "CREDIT" if amount > 0 else "DEBIT",
        "status": "POSTED",
    }
    return cast("TransactionData", dict.fromkeys(TransactionData.__annotations__) | own | fields)


# --- sums and days -----------------------------------------------------------------------------------------------------


def _between(rows: Iterable[TransactionData], start: date, end: date) -> list[TransactionData]:
    return [row for row in rows if start <= row["occurred_on"] <= end]


def _sum(rows: Iterable[TransactionData]) -> Decimal:
    return sum((row["amount"] for row in rows), ZERO)


def _spent(rows: Iterable[TransactionData]) -> Decimal:
    """What a card's rows add up to without the payments of its bills: negative."""
    return _sum(row for row in rows if row["category_id"] != BILL)


def _purchases(plan: Instalments, until: date) -> Iterator[date]:
    """The days of this purchase whose instalments may still be running."""
    for months in range(plan.total + 1):
        day = _months_before(until.replace(day=1), months).replace(day=plan.when.day)
        if day <= until and plan.when.turn(day) is not None:
            yield day


def _latest(day_of_month: int, until: date) -> date:
    """The last day with that number, ``until`` included."""
    day = until.replace(day=day_of_month)
    return day if day <= until else _months_before(day, 1)


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month; days up to the 28th only."""
    count = day.year * 12 + day.month - 1 - months
    return day.replace(year=count // 12, month=count % 12 + 1)


def _months_after(day: date, months: int) -> date:
    return _months_before(day, -months)
