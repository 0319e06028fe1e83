"""A bank that lives day by day: what its accounts really hold, whatever anybody has collected of it.

The rates are those of the convergence experiment (back-dated arrivals 5 %, pending first 50 %, postings restated 30 %), with
all that was seen in the wild besides: equal purchases, instalments, scheduled payments, amounts and texts that change, rows
and accounts that vanish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.clocks import ManualClock
from tests.simulator.timeline import Timeline

Json = dict[str, Any]

OWNER_CPF = "52998224725"
SHOPS = ("Padaria Exemplo", "Uber *Trip", "Mercado do Bairro", "Posto Avenida", "Pix enviado Maria", "Farmácia 24h")
INCOMES = ("Pix recebido João", "Estorno", "Rendimentos")
KINDS = ("CHECKING_ACCOUNT", "CREDIT_CARD")
YEAR = 365


def iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(eq=False)
class BankRow:
    """One posting as the bank knows it. ``is_certain``: whether what tells it from others has stayed, so that what a person
    wrote on it must be there at the end."""

    id: str
    at: str
    cents: int
    kind: str
    status: str
    description: str
    extra: Json = field(default_factory=dict)
    is_readable: bool = True
    is_certain: bool = True
    is_restated: bool = False
    version: int = 0


@dataclass(eq=False)
class BankAccount:
    """``rows`` in the order in which they came about."""

    id: str
    is_card: bool
    raw: Json
    balance: int
    rows: list[BankRow] = field(default_factory=list)
    is_listed: bool = True


class Bank:
    """The accounts of one person, and what becomes of their rows."""

    def __init__(self, random: Random, clock: ManualClock, timeline: Timeline) -> None:
        self._random = random
        self._clock = clock
        self._timeline = timeline
        self._ids = 0
        self.by_id: dict[str, BankRow] = {}  # every row that ever was, by every id it ever had
        extra = random.choice([(), (), (), (), ("CHECKING_ACCOUNT",), ("SAVINGS_ACCOUNT",)])
        self.accounts = [self._open(kind, number) for number, kind in enumerate((*KINDS, *extra))]
        for account in self.accounts:
            for _ in range(random.randrange(4, 10)):
                self._post(account, self._long_ago(random.randrange(3, YEAR)))
        self._begin_day()

    def rows(self) -> Iterator[tuple[BankAccount, BankRow]]:
        return ((account, row) for account in self.accounts for row in account.rows)

    def restate_everything(self) -> None:
        """A new consent: the same rows, all under new ids."""
        for _, row in self.rows():
            self._restate(row, keep=True)

    def purge(self) -> None:
        """An account of which hardly anything is left, truly: nobody believes it at once."""
        account = self._random.choice(self.accounts)
        self._timeline.lived["account purged"] += 1
        account.rows = self._random.sample(account.rows, len(account.rows) // 4)

    # --- a day -------------------------------------------------------------------------------------------------------

    def _begin_day(self) -> None:
        now = self._clock.now()
        for account in self.accounts:
            for _ in range(self._random.choices((0, 1, 2, 3), (62, 27, 8, 3))[0]):
                self._later(self._random.random(), self._something_new, account)
            if self._random.random() < 0.10:
                self._later(self._random.random(), self._something_changes, account)
            if self._random.random() < 0.006:
                self._later(self._random.random(), self._vanish, account)
        if self._random.random() < 0.003:
            self._later(self._random.random(), self.purge)
        self._timeline.at(now + timedelta(days=1), self._begin_day)

    def _later(self, days: float, deed: Callable[..., None], *about: object) -> None:
        self._timeline.at(self._clock.now() + timedelta(days=days), lambda: deed(*about))

    def _something_new(self, account: BankAccount) -> None:
        chance = self._random.random()
        if chance < 0.05:
            self._timeline.lived["back-dated arrival"] += 1
            self._grow(account, self._long_ago(self._random.randrange(5, 90)))
        elif chance < 0.10 and account.is_card:
            self._buy_in_instalments(account)
        elif chance < 0.10:
            self._schedule(account)
        elif chance < 0.15:
            self._timeline.lived["equal purchases"] += 1
            first = self._grow(account, self._moment())
            self._grow(account, first.at, first)
        else:
            self._grow(account, self._moment())

    def _something_changes(self, account: BankAccount) -> None:
        young = iso(self._clock.now() - timedelta(days=self._random.choice((7, 7, 120))))
        rows = [row for row in account.rows if row.at >= young]
        if not rows:
            return
        row, chance = self._random.choice(rows), self._random.random()
        if chance < 0.35:
            self._timeline.lived["deleted row"] += 1
            account.rows.remove(row)
        elif chance < 0.6:
            self._timeline.lived["amount edited"] += 1
            self._edit(row, cents=self._amount(row.kind))
        elif chance < 0.8:
            self._timeline.lived["text edited"] += 1
            self._edit(row, description=self._reworded(row))
        else:
            self._timeline.lived["unreadable row"] += 1
            self._edit(row, is_readable=False, is_certain=False)
            self._later(self._random.uniform(0.2, 4), self._heal, row)

    # --- rows --------------------------------------------------------------------------------------------------------

    def _grow(self, account: BankAccount, at: str, like: BankRow | None = None) -> BankRow:
        """A posting comes about, pending first as often as not."""
        pending = self._random.random() < 0.5
        row = self._post(account, at, like, status="PENDING" if pending else "POSTED")
        if pending:
            self._timeline.lived["pending first"] += 1
            self._later(self._random.uniform(0.3, 18 if account.is_card else 4), self._settle, account, row)
        else:
            self._maybe_restate(account, row)
        return row

    def _post(
        self, account: BankAccount, at: str, like: BankRow | None = None, *, status: str = "POSTED", **extra: Any
    ) -> BankRow:
        kind = "CREDIT" if self._random.random() < 0.2 else "DEBIT"
        row = BankRow(
            id=self._new_id(),
            at=at,
            cents=like.cents if like else self._amount(kind),
            kind=like.kind if like else kind,
            status=status,
            description=like.description if like else self._random.choice(SHOPS if kind == "DEBIT" else INCOMES),
            extra=extra or self._payment(account),
            is_certain=like is None,
        )
        if like is not None:
            like.is_certain = False
        self.by_id[row.id] = row
        account.rows.append(row)
        account.balance += (row.cents if row.kind == "CREDIT" else -row.cents) * (-1 if account.is_card else 1)
        return row

    def _settle(self, account: BankAccount, row: BankRow) -> None:
        """Posted: under the same id or a new one, of the same amount, day and text or not."""
        if row not in account.rows:
            return
        if self._random.random() < 0.5:
            self._restate(row, keep=self._random.random() < 0.7)
        elif self._random.random() < 0.1:
            self._edit(row, cents=self._amount(row.kind))
        row.status = "POSTED"
        row.version += 1
        self._maybe_restate(account, row)

    def _maybe_restate(self, account: BankAccount, row: BankRow) -> None:
        if self._random.random() < 0.3:
            keep = self._random.random() < 0.6
            self._later(
                self._random.uniform(0.5, 12), lambda: self._restate(row, keep=keep) if row in account.rows else None
            )

    def _restate(self, row: BankRow, *, keep: bool) -> None:
        """Under a new id; ``keep``: unchanged otherwise. It is then certain only of a pending row which it was."""
        self._timeline.lived["restated id"] += 1
        row.id = self._new_id()
        self.by_id[row.id] = row
        row.version += 1
        row.is_certain = row.is_certain and keep and row.status == "PENDING" and not row.is_restated
        row.is_restated = True
        if not keep:
            self._timeline.lived["restated otherwise"] += 1
            moved = datetime.fromisoformat(row.at) + timedelta(days=self._random.choice((0, 1, 2)))
            row.at = iso(moved)
            row.description = self._reworded(row)
            if self._random.random() < 0.2:
                row.cents = self._amount(row.kind)

    def _edit(self, row: BankRow, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(row, name, value)
        row.version += 1
        # It may settle, or have settled, under an id that nobody has seen yet.
        row.is_certain = row.is_certain and row.status != "PENDING" and not row.is_restated

    def _heal(self, row: BankRow) -> None:
        self._edit(row, is_readable=True)

    def _schedule(self, account: BankAccount) -> None:
        """A payment of some day to come; when it is made, the plan may stand beside it for a while, or be withdrawn."""
        self._timeline.lived["scheduled payment"] += 1
        days = self._random.randrange(1, 60)
        plan = self._post(account, iso(self._clock.now() + timedelta(days=days)), status="PENDING")

        def is_made() -> None:
            if plan not in account.rows:
                return
            if self._random.random() < 0.5:
                self._settle(account, plan)
                return
            if self._random.random() < 0.8:
                self._post(account, plan.at, plan)
            self._later(self._random.uniform(0, 2), lambda: account.rows.remove(plan) if plan in account.rows else None)

        self._later(days, is_made)

    def _buy_in_instalments(self, account: BankAccount) -> None:
        """All instalments listed at once, or each in its month; pending until its bill closes."""
        self._timeline.lived["instalments"] += 1
        total, now, at_once = self._random.randrange(2, 5), self._clock.now(), self._random.random() < 0.5
        first = self._post(account, self._moment(), status="PENDING", **_instalment(1, total, now))
        self._later(self._random.uniform(1, 25), self._settle, account, first)
        for number in range(2, total + 1):
            days = 30 * (number - 1)
            at, extra = iso(now + timedelta(days=days)), _instalment(number, total, now)

            def add(at: str = at, extra: Json = extra) -> None:
                row = self._post(account, at, first, status="PENDING", **extra)
                self._later(self._random.uniform(1, 25), self._settle, account, row)

            if at_once:
                add()
            else:
                self._later(days, add)

    def _vanish(self, account: BankAccount) -> None:
        """The bank shows the account no more, as a rule for some days only."""
        if all(other.is_listed for other in self.accounts):
            self._timeline.lived["vanished account"] += 1
            account.is_listed = False
            if self._random.random() < 0.8:
                self._later(self._random.uniform(1, 9), lambda: setattr(account, "is_listed", True))

    # --- small values ------------------------------------------------------------------------------------------------

    def _open(self, kind: str, number: int) -> BankAccount:
        is_card = kind == "CREDIT_CARD"
        raw: Json = {
            "type": "CREDIT" if is_card else "BANK",
            "subtype": kind,
            "number": f"43{number}1" if is_card else f"0001/123456{number}-8",
            "name": f"Conta {number}",
            "currencyCode": "BRL",
            "taxNumber": None if is_card else OWNER_CPF,
            "bankData": None if is_card else {"transferNumber": f"260/0001/123456{number}-8"},
        }
        return BankAccount(self._new_id(), is_card, raw, self._random.randrange(10_000, 900_000))

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._random.getrandbits(40):010x}-{self._ids}"

    def _amount(self, kind: str) -> int:
        return self._random.randrange(100, 20_000 if kind == "DEBIT" else 900_000)

    def _reworded(self, row: BankRow) -> str:
        new = (f"{row.description} SP", row.description.upper(), self._random.choice(SHOPS))
        return self._random.choice(new)[:60]

    def _moment(self) -> str:
        """Now, as banks write it: mostly the day's beginning in São Paulo, at times the hour, at times a plain date."""
        now = self._clock.now()
        form = self._random.random()
        if form < 0.3:
            return iso(now)
        return iso(now.replace(hour=0 if form < 0.4 else 3, minute=0, second=0))

    def _long_ago(self, days: int) -> str:
        return iso((self._clock.now() - timedelta(days=days)).replace(hour=3, minute=0, second=0))

    def _payment(self, account: BankAccount) -> Json:
        if account.is_card or self._random.random() < 0.7:
            return {}
        other = self._random.choice((OWNER_CPF, "11222333000181"))
        sides = {"payer": OWNER_CPF, "receiver": other}
        return {
            "paymentData": {
                "paymentMethod": "PIX",
                **{side: {"name": side, "documentNumber": {"value": value}} for side, value in sides.items()},
            }
        }


def _instalment(number: int, total: int, bought: datetime) -> Json:
    bought = bought.astimezone(UTC).replace(hour=3, minute=0, second=0)
    return {
        "creditCardMetadata": {
            "installmentNumber": number,
            "totalInstallments": total,
            "purchaseDate": iso(bought),
        }
    }
