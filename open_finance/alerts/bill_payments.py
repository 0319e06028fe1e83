"""Which rows pay which bills. Pure.

A bill is paid where the card says so, or where some bank account of the person's, at any bank, paid it: the card may say it
days later. A bank row rarely says which card it pays: its bank's name, and the amount to the centavo, do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from open_finance import bank_codes
from open_finance.folding import fold
from open_finance.money import CENTAVO, ZERO
from open_finance.reading.statements import kind_of
from open_finance.records import Account, StatementRow

#: Pluggy's category of a payment of a card bill, on either side.
BILL_PAYMENT = "05100000"
#: Of more rows than that nobody asks which of them make up a sum.
SUMMED = 12
#: How long before, and after, a card's own row of a payment the bank account's may be dated.
POSTED_AFTER, POSTED_BEFORE = timedelta(days=6), timedelta(days=3)

#: What banks call a payment that a card received. "PAG*Padaria" is a purchase, and its refund is no payment.
_CARD_PAYMENT = re.compile(
    r"(pagamentos?|pagtos?|pgtos?|pag)"
    r"( (via|por|com|em|de|da|do))?"
    r" ((recebid|efetuad|realizad|antecipad)[oa]s?|fatura|boleto|titulo|cartao|conta|pix|deb|debito|saldo|on ?line"
    r"|internet|loterica|lot|banco|c c|obrigado)"
    r"( .*)?"
)
#: Alone it says enough; with a shop's name behind it, it is that shop's.
_BARE = frozenset({"pagamento", "pagto", "pgto"})
#: What stands beside these on a bank account's row may be the name of somebody else's card.
_PLAIN = frozenset(
    {"pagamento", "pagamentos", "pagto", "pgto", "pag", "efetuado", "realizado", "debito", "deb", "automatico", "aut"}
    | {"fatura", "faturas", "fat", "cartao", "cartoes", "credito", "cred", "conta", "internet", "app", "online", "pix"}
    | {"de", "da", "do", "em", "via", "por", "com", "int", "on", "line"}
)
_REFUND = re.compile(r"\b(estorno|reembolso|devolucao|cashback|cancelad[oa]|cancelamento)\b")
_REFUND_OPERATIONS = frozenset({"ESTORNO", "CASHBACK"})
_MARKS = re.compile(r"[^a-z0-9*]+")

#: Who stands on a statement for a bank's cards, beside the names that people know (``bank_codes``).
_ISSUERS = {
    "nu pagamentos": "260",
    "nu financeira": "260",
    "nu bank": "260",
    "itaucard": "341",
    "hipercard": "341",
    "luizacred": "341",
    "ourocard": "001",
    "bradescard": "237",
    "bradesco cartoes": "237",
    "pagseguro": "290",
    "mercadopago": "323",
    "btgpactual": "208",
}


@dataclass(frozen=True, slots=True)
class Owed:
    """A card bill that may have been paid from ``since`` on. ``total``: to the centavo and positive, None where nobody says;
    ``minimum``: positive, or None."""

    card: Account
    due_on: date
    since: date
    total: Decimal | None
    minimum: Decimal | None
    currency_code: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What has come of a bill. ``paid``: what rows tell of it; ``paid_on``: the day on which it was enough, or of the last
    row while it is not."""

    paid: Decimal
    is_paid: bool
    paid_on: date | None = None


def settle(
    owed: Sequence[Owed], cards: Iterable[Account], rows: Iterable[StatementRow], payers: Iterable[Account] = ()
) -> list[Settlement]:
    """What has been paid of each bill. ``cards``: all that the person has; ``rows``: of these and of every bank account,
    none of a day to come; ``payers``: these bank accounts. A bank row pays one bill only; in which order anything is given
    does not matter."""
    till = _Till(cards, rows, payers)
    books = [_Book(one, till.payments(one)) for one in owed]
    by_day = sorted(books, key=lambda book: (book.owed.due_on, book.owed.card["id"]))
    for rank in RANKS:
        for book in _open(by_day):
            book.rows += till.take_exact(book.owed, book.paid, rank)
    for book in _open(by_day):
        book.rows += till.take_sum(book.owed, book.paid)
    for book in _open(by_day):
        if sum(till.is_of_one_bank(book.owed, other.owed) for other in _open(by_day)) == 1:
            book.rows += till.take_named(book.owed)
    return [Settlement(book.paid, book.is_paid, book.paid_on) for book in books]


def find_twins(cards: Iterable[Account], rows: Iterable[StatementRow]) -> frozenset[int]:
    """Ids of bank accounts' rows that are the other side of a payment which a card lists itself: of its amount and days,
    called a bill payment or naming the card's bank. ``rows``: of these cards and of bank accounts."""
    own, given = list(cards), list(rows)
    ids = {card["id"] for card in own}
    amounts = {-row["amount"] for row in given if row["account_id"] in ids and is_card_payment(row)}
    likely = [row for row in given if row["account_id"] in ids or row["amount"] in amounts]
    return frozenset(_Till(own, likely).twins) if amounts else frozenset()


def is_card_payment(row: StatementRow) -> bool:
    """Whether a card's own row is a payment of a bill, and not a refund."""
    words = _words(row["description"])
    if row["amount"] <= ZERO or row["operation_type"] in _REFUND_OPERATIONS or _REFUND.search(words):
        return False
    if row["category_id"] == BILL_PAYMENT or row["operation_type"] == "PAGAMENTO_FATURA":
        return True
    return words in _BARE or _CARD_PAYMENT.fullmatch(words) is not None


def bank_paid_by(row: StatementRow) -> str | None:
    """The COMPE code of the bank that a bank account's row says it pays; None where it names none."""
    for text in (row["description"], row["description_raw"], row["counterparty"], row["merchant_name"]):
        words = f" {_words(text or '')} "
        code = next((code for name, code in _ISSUERS.items() if f" {name} " in words), None)
        code = code or bank_codes.code_of(bank_codes.find_name(words) or "")
        if code is not None:
            return code
    return None


@dataclass(slots=True)
class _Book:
    """One bill, while it is being settled. ``rows``: what pays it, of its card or of a bank account."""

    owed: Owed
    rows: list[StatementRow]

    @property
    def paid(self) -> Decimal:
        return sum((abs(row["amount"]) for row in self.rows), ZERO)

    @property
    def is_paid(self) -> bool:
        return self.paid >= self._enough

    @property
    def paid_on(self) -> date | None:
        paid, day = ZERO, None
        for row in sorted(self.rows, key=lambda row: row["occurred_on"]):
            paid, day = paid + abs(row["amount"]), row["occurred_on"]
            if paid >= self._enough:
                break
        return day

    @property
    def _enough(self) -> Decimal:
        return self.owed.total or self.owed.minimum or CENTAVO


def _open(books: Iterable[_Book]) -> Iterator[_Book]:
    return (book for book in books if not book.is_paid)


#: How well a bank row goes with a card: it names the card's bank, it names none, it names one that no card of theirs is of.
NAMED, NAMELESS, STRANGE = RANKS = (0, 1, 2)


class _Till:
    """The payments of a person. ``_unused``: rows of bank accounts that pay a card's bill, nobody knows yet whose;
    ``twins``: ids of those that a card lists as well."""

    def __init__(self, cards: Iterable[Account], rows: Iterable[StatementRow], payers: Iterable[Account] = ()) -> None:
        self._codes = {card["id"]: code_of(card) for card in cards}
        self._homes = {payer["id"]: code_of(payer) for payer in payers}
        ordered = sorted(rows, key=lambda row: (row["occurred_on"], row["id"]))
        self._payments = [row for row in ordered if row["account_id"] in self._codes and is_card_payment(row)]
        out = [row for row in ordered if row["account_id"] not in self._codes and row["amount"] < ZERO]
        self._named = {row["id"]: bank_paid_by(row) for row in out}
        self._unused = [row for row in out if self._may_pay(row)]
        self.twins: set[int] = set()
        for payment in self._payments:
            self._take_twin(payment)

    def payments(self, owed: Owed) -> list[StatementRow]:
        """What the card itself has received for a bill."""
        return [row for row in self._payments if row["account_id"] == owed.card["id"] and _is_for(row, owed)]

    def is_of_one_bank(self, one: Owed, other: Owed) -> bool:
        return self._codes[one.card["id"]] == self._codes[other.card["id"]]

    def take_exact(self, owed: Owed, paid: Decimal, rank: int) -> Sequence[StatementRow]:
        """The row that pays just what is left of a bill, or the whole of it."""
        if owed.total is None:
            return ()
        amounts = {owed.total - paid, owed.total}
        fitting = (row for row in self._unused if self._rank(row, owed.card["id"]) == rank and _is_for(row, owed))
        row = next((row for row in fitting if -row["amount"] in amounts), None)
        return () if row is None else self._take([row])

    def take_sum(self, owed: Owed, paid: Decimal) -> Sequence[StatementRow]:
        """The rows that together pay just what is left of a bill."""
        if owed.total is None:
            return ()
        ranks = {NAMED, NAMELESS}
        fitting = [row for row in self._bill_payments(owed) if self._rank(row, owed.card["id"]) in ranks]
        return self._take(_adding_up(fitting[-SUMMED:], owed.total - paid))

    def take_named(self, owed: Owed) -> Sequence[StatementRow]:
        """The rows that pay a bill of this bank, whatever they come to: they name it, or are its own and name none."""
        return self._take([row for row in self._bill_payments(owed) if self._is_of_bank(row, owed.card["id"])])

    def _bill_payments(self, owed: Owed) -> list[StatementRow]:
        return [row for row in self._unused if kind_of(row) == "bill_payment" and _is_for(row, owed)]

    def _is_of_bank(self, row: StatementRow, card_id: int) -> bool:
        rank, code = self._rank(row, card_id), self._codes[card_id]
        is_plain = set(_words(row["description"]).split()) <= _PLAIN
        is_only = list(self._codes.values()).count(code) == 1
        is_home = code is not None and is_only and self._homes.get(row["account_id"]) == code
        return rank == NAMED or (rank == NAMELESS and is_plain and is_home)

    def _may_pay(self, row: StatementRow) -> bool:
        """A boleto or Pix that no category tells of may pay a card's bill when it names the card's bank."""
        kind = kind_of(row)
        return kind == "bill_payment" or (kind == "outgoing" and self._named[row["id"]] in self._codes.values())

    def _rank(self, row: StatementRow, card_id: int) -> int | None:
        """How well a row goes with a card; None when it pays another one."""
        named = self._named[row["id"]]
        if named is None:
            return NAMELESS
        if named == self._codes[card_id]:
            return NAMED
        return None if named in self._codes.values() else STRANGE

    def _take_twin(self, payment: StatementRow) -> None:
        """The bank account's row of a payment that the card has as well pays nothing more."""
        first, last = payment["occurred_on"] - POSTED_AFTER, payment["occurred_on"] + POSTED_BEFORE
        twins = [
            (rank, abs(payment["occurred_on"] - row["occurred_on"]), row["id"], row)
            for row in self._unused
            if row["amount"] == -payment["amount"] and first <= row["occurred_on"] <= last
            if (rank := self._rank(row, payment["account_id"])) is not None
        ]
        if twins:
            *_, row = min(twins, key=lambda twin: twin[:3])
            self.twins |= {row["id"]}
            self._take([row])

    def _take(self, rows: Sequence[StatementRow]) -> Sequence[StatementRow]:
        taken = {row["id"] for row in rows}
        self._unused = [row for row in self._unused if row["id"] not in taken]
        return rows


def _is_for(row: StatementRow, owed: Owed) -> bool:
    return row["occurred_on"] >= owed.since and row["currency_code"] == owed.currency_code


def _adding_up(rows: Sequence[StatementRow], amount: Decimal) -> tuple[StatementRow, ...]:
    """The first of these rows of which the amounts, money out, come to just so much; none where none do."""
    sums: dict[Decimal, tuple[StatementRow, ...]] = {ZERO: ()}
    for row in rows:
        for reached, made_of in list(sums.items()):
            sums.setdefault(reached - row["amount"], (*made_of, row))
    return sums.get(amount, ())


def code_of(account: Account) -> str | None:
    """The COMPE code of an account's bank: its own, or by its name."""
    return account["bank_code"] or bank_codes.code_of(bank_codes.find_name(account["connector_name"]) or "")


def _words(text: str) -> str:
    return _MARKS.sub(" ", fold(text)).strip()
