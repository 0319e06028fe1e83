"""Families with banks, for tests of what is shared: each account and row has texts, amounts and instants of its own, so that
whatever shows one shows whose it is. Beside the database stands what ought to be seen, kept by plain rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from open_finance.account_book import AccountBook
from open_finance.connecting.end import ConnectionEnder
from open_finance.errors import GroupTakenError, NotInFamilyError
from open_finance.family_book import FamilyBook
from open_finance.personal_data import PersonalData
from open_finance.pluggy_client import PluggyClient
from open_finance.records import ProductStatus, TransactionData
from open_finance.storage import doors, ledger, repository
from open_finance.storage.connection_rows import dump_products
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, TransactionRow
from open_finance.syncing import joining
from tests.clocks import START, ManualClock
from tests.rows import add_account, add_connection, transaction_data

CANARY = "canario"
#: More than anybody divides: a figure from there on is an account's, a row's, or a sum of them.
LARGE = Decimal("200000.00")
KINDS = {
    "checking": ("BANK", "CHECKING_ACCOUNT"),
    "savings": ("BANK", "SAVINGS_ACCOUNT"),
    "card": ("CREDIT", "CREDIT_CARD"),
}


class QuietPluggy:
    """Every item is there, and goes when asked."""

    def for_person(self) -> QuietPluggy:
        return self

    def delete_item(self, item_id: str) -> bool:
        return True


@dataclass
class Seen:
    """An account, and what its family may see of it. ``instants``: when its balance was told, ``rows_at``: its rows."""

    id: int
    owner: int
    connection_id: int
    identity: str
    kind: str
    bank: str
    label: str
    balance: Decimal
    instants: set[datetime]
    rows_at: set[datetime]
    rows: dict[str, Decimal] = field(default_factory=dict)
    level: str = "hidden"
    is_read: bool = True
    is_listed: bool = True
    is_apart: bool = False

    @property
    def is_seen(self) -> bool:
        return self.is_read and self.is_listed and self.level != "hidden"


class FamilyWorld:
    """``families``: who is in which, by person; ``accounts``: by id; ``groups``: who linked it, by chat."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.book = FamilyBook(database, clock)
        client = cast("PluggyClient", QuietPluggy())
        self.personal_data = PersonalData(client, database, clock)
        self.ender = ConnectionEnder(client, database, clock)
        self.families: dict[int, int] = {}
        self.accounts: dict[int, Seen] = {}
        self.groups: dict[int, int] = {}
        self._numbers = count(1)

    # --- banks -----------------------------------------------------------------------------------------------------

    def connect(self, owner: int, *kinds: str, identities: tuple[str, ...] = ()) -> list[Seen]:
        """A bank with an account of each kind, each with two rows."""
        number = next(self._numbers)
        told = {
            name: START - timedelta(hours=1, minutes=number, seconds=place)
            for place, name in enumerate(("item", "accounts", "creditCards", "transactions"))
        }
        bank = f"{CANARY}-banco-{number}"
        products = {
            name: ProductStatus(is_updated=True, last_updated_at=told[name], warnings=[])
            for name in ("accounts", "creditCards", "transactions")
        }
        with self.database.writing() as session:
            connection_id = add_connection(
                session,
                owner,
                f"{CANARY}-item-{number}",
                connector_name=bank,
                last_updated_at=told["item"],
                products=dump_products(products),
            )
        found = []
        for place, kind in enumerate(kinds):
            seen = self._add_account(owner, connection_id, bank, kind, identities[place : place + 1])
            seen.instants = {told["item"], told["creditCards" if kind == "card" else "accounts"]}
            seen.rows_at = {told["transactions"]}
            found.append(seen)
        return found

    def _add_account(self, owner: int, connection_id: int, bank: str, kind: str, identity: tuple[str, ...]) -> Seen:
        number = next(self._numbers)
        amount = LARGE * 2 + Decimal(f"{number}000.07")
        label = f"{CANARY}-conta-{number}"
        name = identity[0] if identity else f"{CANARY}-identity-{number}"
        kind_of, subtype = KINDS[kind]
        with self.database.writing() as session:
            account_id = add_account(
                session,
                connection_id,
                owner,
                pluggy_id=f"{CANARY}-pluggy-{number}",
                identity=name,
                type=kind_of,
                subtype=subtype,
                name=label,
                number=f"{CANARY}-numero-{number}",
                balance=amount,
                credit_limit=amount + Decimal("0.01"),
                overdraft_limit=amount + Decimal("0.02"),
                reserved=amount + Decimal("0.03"),
            )
            rows: list[TransactionData] = [
                transaction_data(
                    f"{label}-{place}",
                    description=f"{CANARY}-linha-{number}-{place}",
                    description_raw=f"{CANARY}-cru-{number}-{place}",
                    counterparty=f"{CANARY}-gente-{number}-{place}",
                    merchant_name=f"{CANARY}-loja-{number}-{place}",
                    amount=-amount - Decimal(f"0.1{place}"),
                    occurred_on=date(2026, 11, 20 + place),
                )
                for place in range(2)
            ]
            ledger.merge_transactions(session, owner, account_id, rows, self.clock.now())
            session.execute(
                update(TransactionRow)
                .where(TransactionRow.account_id == account_id)
                .values(note=f"{CANARY}-nota-{number}", user_category=f"{CANARY}-categoria-{number}")
            )
        seen = Seen(account_id, owner, connection_id, name, kind, bank, label, amount, set(), set())
        seen.rows = {each["description"]: each["amount"] for each in rows}
        self.accounts[account_id] = seen
        return seen

    def disconnect(self, account: Seen, *, erase: bool = False) -> None:
        assert self.ender.end(account.owner, account.connection_id, erase_history=erase)
        for each in self.of_connection(account):
            each.is_read, each.level = False, "hidden"
            if erase:
                del self.accounts[each.id]

    def come_back(self, account: Seen, *, replaced: bool) -> Seen:
        """The same account through another item, which takes in its history: after the person left (its share ended then),
        or in the place of the one that stood (it goes on)."""
        own = [each for each in self.of_connection(account) if not each.is_apart]
        wanted = {each.identity: each for each in own}
        found = self.connect(account.owner, *(each.kind for each in own), identities=tuple(wanted))
        connection_id = found[0].connection_id
        if replaced:
            with self.database.writing() as session:
                assert doors.give_way(
                    session,
                    account.owner,
                    account.connection_id,
                    to=connection_id,
                    erase_history=False,
                    now=self.clock.now(),
                )
            assert self.ender.finish(self._connection(account))
            for each in self.of_connection(account):
                each.is_read = False
        self._join(account.owner, connection_id)
        there = self._stored_ids()
        for new in found:
            for old in [each for each in self.accounts.values() if self._went_on(each, new) and each.id not in there]:
                new.level = old.level if new.level == "hidden" else new.level
                new.rows |= old.rows
                del self.accounts[old.id]
        return next(each for each in found if each.identity == account.identity)

    def _went_on(self, old: Seen, new: Seen) -> bool:
        is_same = old.identity == new.identity and old.owner == new.owner and old.id != new.id
        return is_same and not old.is_read and not old.is_apart

    def _stored_ids(self) -> set[int]:
        with self.database.reading() as session:
            return set(session.scalars(select(AccountRow.id)))

    def _join(self, owner: int, connection_id: int) -> None:
        now = self.clock.now()
        with self.database.writing() as session:
            known = ledger.list_account_states(session, owner, connection_id)
            for pluggy_id, former in joining.plan(session, owner, connection_id, known).items():
                joining.take_in(session, owner, known[pluggy_id].id, former, now)

    def unlist(self, account: Seen) -> None:
        """The bank stops listing the account."""
        with self.database.writing() as session:
            ledger.unlist_account(session, account.owner, account.id, self.clock.now())
        account.is_listed = False

    def hide(self, account: Seen, hidden: bool) -> None:
        """Out of the owner's totals, through whichever connection."""
        AccountBook(self.database, self.clock).hide_account(account.owner, account.id, hidden)

    def of_connection(self, account: Seen) -> list[Seen]:
        return [each for each in list(self.accounts.values()) if each.connection_id == account.connection_id]

    def _connection(self, account: Seen) -> Any:
        with self.database.reading() as session:
            return repository.find_connection(session, account.owner, account.connection_id)

    # --- families --------------------------------------------------------------------------------------------------

    def share(self, account: Seen, level: str) -> None:
        """Through whichever of their own connections it comes."""
        shared = self.book.share(account.owner, account.id, cast("Any", level))
        assert shared.level == level
        for each in self.accounts.values():
            is_twin = each.identity == account.identity and not each.is_apart and not account.is_apart
            if each.id == account.id or (is_twin and each.owner == account.owner and each.is_read and each.is_listed):
                each.level = level

    def join_family(self, person: int, token: str) -> None:
        self.families[person] = self.book.accept(person, token, f"Pessoa {person}").family_id

    def leave_family(self, person: int) -> None:
        assert self.book.leave(person) is (self.families.pop(person, None) is not None)
        self.groups = {chat: linker for chat, linker in self.groups.items() if linker != person}
        for each in self.accounts.values():
            if each.owner == person:
                each.level = "hidden"

    def erase(self, person: int) -> None:
        """Everything; the person may begin anew after."""
        self.personal_data.request_erasure(person)
        assert [done.user_id for done in self.personal_data.work_off_erasures()] == [person]
        self.families.pop(person, None)
        self.groups = {chat: linker for chat, linker in self.groups.items() if linker != person}
        self.accounts = {number: each for number, each in self.accounts.items() if each.owner != person}

    def link_group(self, person: int, chat: int) -> None:
        own = self.families.get(person)
        if own is None or self.family_of_group(chat) not in {None, own}:
            with pytest.raises(NotInFamilyError if own is None else GroupTakenError):
                self.book.link_group(person, chat)
            return
        self.book.link_group(person, chat)
        self.unlink_of(own)
        self.groups[chat] = person

    def unlink_group(self, person: int) -> None:
        own = self.families.get(person)
        assert self.book.unlink_group(person) is (own is not None and own in map(self.family_of_group, self.groups))
        self.unlink_of(own)

    def unlink_of(self, family: int | None) -> None:
        self.groups = {chat: linker for chat, linker in self.groups.items() if self.families[linker] != family}

    def family_of_group(self, chat: int | None) -> int | None:
        return self.families[self.groups[chat]] if chat in self.groups else None

    def is_group_of(self, person: int | None, chat: int | None) -> bool:
        return person in self.families and self.family_of_group(chat) == self.families[person]

    def seen_by(self, person: int) -> list[Seen]:
        """What is shared in the person's family, their own included."""
        family = self.families.get(person)
        if family is None:
            return []
        return [each for each in self.accounts.values() if each.is_seen and self.families.get(each.owner) == family]
