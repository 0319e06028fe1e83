"""A household with its ledgers, and the single things that can happen to it: a payment, a purchase, a transfer."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from sandbox.household.banks import PHRASES, Bank, other_bank
from sandbox.household.calendar import add_months, midnight
from sandbox.household.cards import CardLedger
from sandbox.household.documents import masked
from sandbox.household.habits import Channel, Person, Slot
from sandbox.household.ledger import Ledger
from sandbox.household.rows import (
    BILL_PAYMENT,
    RAW_IS_MISSING,
    Draft,
    Pen,
    boleto_metadata,
    holder_side,
    merchant,
    moment,
    party_side,
    payment,
)
from sandbox.household.shops import Party, price

Json = dict[str, Any]

MONEY_IN = ("salary", "inss", "pix_in", "ted_in")
# Operation classes of Open Finance Brasil, by the way the money travels.
OPERATIONS = {
    "salary": "FOLHA_PAGAMENTO",
    "inss": "FOLHA_PAGAMENTO",
    "pix_in": "PIX",
    "pix_out": "PIX",
    "ted_in": "TED",
    "boleto": "BOLETO",
    "auto_debit": "CONVENIO_ARRECADACAO",
    "debit": "CARTAO",
    "withdrawal": "SAQUE",
    "fee": "PACOTE_TARIFA_SERVICOS",
}
OWN_PIX = "04020000"
OWN_TRANSFER = "04000000"
FIXED_INCOME = "03020000"
IOF_TAX = "15030000"
IOF_OF_FOREIGN_PURCHASE = 0.035
# A card this full declines everyday purchases.
USABLE_SHARE_OF_LIMIT = 0.92


@cache
def unaccented(text: str) -> str:
    """As a bank's mainframe prints it."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def as_nubank_prints(text: str) -> str:
    """Card descriptors in lower case with capitals, acronyms kept."""
    words = re.sub(r"\b(De|Do|Da|Com)\b", lambda word: word[0].lower(), text.title())
    return words.replace("Iof", "IOF").replace("Latam", "LATAM")


@dataclass
class Life:
    """``origin`` seeds what happens, ``numbers`` those of accounts and cards; ids come from the pen.

    ``born``: the day it was built on, from which what it holds and owes is counted. ``day``: the last day lived.
    ``boxes``: caixinhas, centavos by name.
    """

    person: Person
    bank: Bank
    origin: str
    numbers: str
    pen: Pen
    ledgers: dict[Slot, Ledger] = field(default_factory=dict)
    born: date = date.min
    day: date = date.min
    boxes: dict[str, int] = field(default_factory=dict)

    @property
    def card(self) -> CardLedger | None:
        found = self.ledgers.get("card")
        return found if isinstance(found, CardLedger) else None

    @property
    def checking(self) -> Ledger:
        return self.ledgers["checking"]

    def seen_first_at(self, now: str) -> None:
        """Everything that is there was first seen at ``now``, and so is what comes next."""
        self.pen.now = now
        for ledger in self.ledgers.values():
            for thing in (ledger.account, *ledger.rows.values(), *ledger.beside_rows()):
                thing["createdAt"] = thing["updatedAt"] = now

    # Accounts

    def phrase(self, key: str, who: str, document: str, day: date, rng: Random) -> tuple[str, str]:
        """Description and raw description of a bank row."""
        words = {
            "who": who,
            "WHO": unaccented(who.upper()),
            "short": unaccented(who.upper())[:9],
            "doc": masked(document),
            "dm": f"{day:%d/%m}",
            "nn": f"{rng.randrange(10**6):06d}",
        }
        clean, raw = PHRASES[self.bank.style][key]
        return clean.format(**words), raw.format(**words)

    def own_side(self, slot: Slot) -> Json:
        return holder_side(self.person.document, self.ledgers[slot].account, self.bank)

    def own_side_elsewhere(self) -> Json:
        """The same holder at another bank."""
        bank = other_bank(self.bank)
        return {
            "name": self.person.name.upper(),
            "documentNumber": {"type": "CPF", "value": self.person.document},
            "routingNumber": bank.compe,
            "routingNumberISPB": bank.ispb,
        }

    def post(self, slot: Slot, key: str, cents: int, category: str, day: date, rng: Random, **more: Any) -> Json:
        """Write a row of an account. ``more``: who, document, operation, payment, merchant, status, date."""
        text, raw = self.phrase(key, more.pop("who", ""), more.pop("document", ""), day, rng)
        when = more.pop("date", midnight(day))
        draft = Draft(when, text, raw, cents, category, **more)
        return self.ledgers[slot].write(draft, raw=rng.random() >= RAW_IS_MISSING)

    def pay(
        self, channel: Channel, party: Party, day: date, rng: Random, *, slot: Slot = "checking", status: str = "POSTED"
    ) -> Json:
        """A payment to (or from) somebody through a bank account."""
        cents = price(party, rng)
        when = moment(day, channel, rng, self.pen.now) if status == "POSTED" else midnight(day)
        return self.post(
            slot,
            channel,
            cents if channel in MONEY_IN else -cents,
            party.category,
            day,
            rng,
            who=party.name,
            document=party.document,
            date=when,
            operation=OPERATIONS[channel],
            payment=self._payment(channel, party, cents, slot, rng),
            merchant=merchant(party) if channel in ("pix_out", "boleto", "auto_debit", "debit") else None,
            status=status,
        )

    def _payment(self, channel: Channel, party: Party, cents: int, slot: Slot, rng: Random) -> Json | None:
        own, other = self.own_side(slot), party_side(party)
        if channel == "boleto":
            return payment("BOLETO", own, other, boletoMetadata=boleto_metadata(cents, rng))
        if channel in ("pix_in", "ted_in"):
            return payment(OPERATIONS[channel], other, own)
        return payment("PIX", own, other) if channel == "pix_out" else None

    def move(self, source: Slot, target: Slot, cents: int, day: date, rng: Random) -> None:
        """Money between two accounts of this household: a row in each, both documents the holder's."""
        out, into, method, category = "pix_out", "pix_in", "PIX", OWN_PIX
        if "savings" in (source, target):
            out = into = "to_savings" if target == "savings" else "from_savings"
            method, category = "TEV", OWN_TRANSFER
        operation = "PIX" if method == "PIX" else "TRANSFERENCIA_MESMA_INSTITUICAO"
        more = {"who": self.person.name, "document": self.person.document, "operation": operation}
        both = payment(method, self.own_side(source), self.own_side(target))
        self.post(source, out, -cents, category, day, rng, payment=both, **more)
        self.post(target, into, cents, category, day, rng, payment=both, **more)

    def move_elsewhere(self, cents: int, day: date, rng: Random) -> None:
        """A Pix to the holder's own account at another bank; negative = from it."""
        own, other = self.own_side("checking"), self.own_side_elsewhere()
        both = payment("PIX", own, other) if cents > 0 else payment("PIX", other, own)
        self.post(
            "checking", "pix_out" if cents > 0 else "pix_in", -cents, OWN_PIX, day, rng,
            who=self.person.name, document=self.person.document, operation="PIX", payment=both,
        )  # fmt: skip

    def move_box(self, box: str, cents: int, day: date, rng: Random) -> None:
        """Into a caixinha; negative = out of it."""
        self.boxes[box] += cents
        operation = "OUTROS" if cents > 0 else "RESGATE_APLIC_FINANCEIRA"
        key = "to_box" if cents > 0 else "from_box"
        self.post("checking", key, -cents, FIXED_INCOME, day, rng, who=box, operation=operation)

    # Card

    def card_text(self, party: Party, part: str = "") -> tuple[str, str]:
        """Description and raw description of a card row; ``part`` is ``2/3`` of an instalment."""
        if self.bank.style == "nubank":
            text = as_nubank_prints(party.text) + (f" - Parcela {part}" if part else "")
            return text, text
        text = f"{party.text} {part}".strip()
        city = unaccented(self.person.city[0].upper())
        return text, f"{party.text[:22]:<22} {part}{city[:13]:>14} BR"

    def charge(self, party: Party, day: date, rng: Random, *, cents: int = 0) -> Json | None:
        """A single purchase made on ``day``, listed today. None: the card has no limit left for it."""
        card = self.card
        assert card is not None
        cents = cents or price(party, rng)
        when = moment(day, "card", rng, self.pen.now)
        if card.balance + cents > card.terms.limit * USABLE_SHARE_OF_LIMIT:
            return None
        online = party.category.startswith(("08010000", "09", "11020000"))
        metadata = card.metadata(day, self.day, mcc=party.mcc, online=online) | {"paymentType": "SINGLE"}
        text, raw = self.card_text(party)
        draft = Draft(
            when, text, raw, -cents, party.category, card=metadata, merchant=merchant(party), status="PENDING"
        )
        return card.write(draft, raw=rng.random() >= RAW_IS_MISSING)

    def charge_foreign(self, party: Party, day: date, rng: Random) -> None:
        """A purchase in dollars and, as its own row, the IOF on it."""
        card = self.card
        assert card is not None
        dollars = price(party, rng)
        exact = dollars * (5.18 + rng.random() * 0.42)
        cents, fraction = int(exact), rng.choice((0, 0, 0, 17, 34))
        if card.balance + 2 * cents > card.terms.limit * USABLE_SHARE_OF_LIMIT:
            return
        metadata = card.metadata(day, self.day, mcc=party.mcc, online=True) | {"paymentType": "SINGLE"}
        text, raw = self.card_text(party)
        when = moment(day, "foreign", rng, self.pen.now)
        card.write(
            Draft(
                when, text, raw, -cents, party.category, card=metadata, status="PENDING",
                foreign=dollars, fraction=fraction,
            )
        )  # fmt: skip
        iof = Party("IOF DE COMPRA INTERNACIONAL", "IOF", IOF_TAX, 0, 0)
        text, raw = self.card_text(iof)
        tax = max(1, round(cents * IOF_OF_FOREIGN_PURCHASE))
        metadata = card.metadata(day, self.day) | {"paymentType": "SINGLE"}
        card.write(Draft(midnight(day), text, raw, -tax, IOF_TAX, operation="OUTROS", card=metadata, status="PENDING"))

    def charge_annuity(self, party: Party, day: date) -> None:
        """The card's yearly fee in twelve parts; after 12/12 comes 1/12."""
        card = self.card
        assert card is not None
        number = (day.month + 7) % 12 + 1
        text, raw = self.card_text(party, f"{number}/12")
        metadata = card.metadata(day, self.day) | {"installmentNumber": number, "totalInstallments": 12}
        metadata |= {"feeType": "ANNUAL_FEE", "paymentType": "INSTALLMENT"}
        cents = -party.low
        card.write(Draft(midnight(day), text, raw, cents, party.category, "TARIFA", card=metadata, status="PENDING"))

    def charge_in_parts(self, party: Party, parts: int, day: date, rng: Random) -> None:
        """A purchase in instalments: one row each, listed now or on its own day, as the bank does."""
        card = self.card
        assert card is not None
        total = price(party, rng)
        if card.balance + total > card.terms.limit * USABLE_SHARE_OF_LIMIT:
            return
        each = total // parts
        for number in range(1, parts + 1):
            cents = total - each * (parts - 1) if number == 1 else each
            row = card.compose(self._part(card, party, cents, (number, parts, total), day))
            if number == 1 or card.terms.shows_all:
                card.add(row)
            else:
                card.hold(row)

    def _part(self, card: CardLedger, party: Party, cents: int, plan: tuple[int, int, int], day: date) -> Draft:
        number, parts, total = plan
        metadata = card.metadata(day, self.day, mcc=party.mcc, months=number - 1)
        metadata |= {"installmentNumber": number, "totalInstallments": parts}
        metadata |= {"paymentType": "INSTALLMENT", "totalAmount": total / 100}
        text, raw = self.card_text(party, f"{number}/{parts}")
        when = midnight(add_months(day, number - 1))
        return Draft(when, text, raw, -cents, party.category, card=metadata, merchant=merchant(party), status="PENDING")

    def refund(self, bought: Json, day: date) -> None:
        """A purchase comes back: a negative row with the purchase's category."""
        card = self.card
        assert card is not None
        kept = {key: bought["creditCardMetadata"][key] for key in ("cardNumber", "payeeMCC")}
        text = (
            f"Estorno de {bought['description']}" if self.bank.style == "nubank" else f"ESTORNO {bought['description']}"
        )
        metadata = card.metadata(day, self.day) | kept
        cents = round(bought["amount"] * 100)
        card.write(
            Draft(
                midnight(day), text, text.upper(), cents, bought["categoryId"], "ESTORNO",
                card=metadata, merchant=bought["merchant"], status="PENDING",
            )
        )  # fmt: skip

    def pay_bill(self, cents: int, day: date, rng: Random) -> None:
        """From the checking account to the card: a row on both sides."""
        card = self.card
        assert card is not None
        self.post("checking", "bill_payment", -cents, BILL_PAYMENT, day, rng, who=card.last4, operation="OUTROS")
        card.pay(cents, day, "PAGAMENTO EFETUADO" if self.bank.style == "itau" else "Pagamento recebido")

    def recent_purchases(self, card: CardLedger, day: date) -> list[Json]:
        """Single purchases of the days before, those a shop might take back."""
        first, last = midnight(day - timedelta(days=12)), midnight(day - timedelta(days=3))
        taken = {-row["amount"] for row in card.rows.values() if row["operationType"] == "ESTORNO"}
        return [
            row
            for row in card.rows.values()
            if first <= row["date"] <= last
            and row["operationType"] is None
            and row["currencyCode"] == "BRL"
            and row["categoryId"].startswith(("08", "10", "11", "12"))
            and "payeeMCC" in row["creditCardMetadata"]
            and "installmentNumber" not in row["creditCardMetadata"]
            and row["amount"] not in taken
        ]
