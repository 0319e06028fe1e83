"""No path shows an account that its owner does not share with the family at that moment, whatever happened before.

Random families come and go, share, hide, connect, leave banks and return. After each step every public method of the book
and every function of the reports is called as every person, in every group (what they write is rolled back). They are found
by inspection: whoever adds one is tested, or asked here for an argument. Each text, large figure and instant of an answer
must be one of those that may be seen: that is stronger than looking for those that may not.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, text, update

from open_finance import family_reports
from open_finance.errors import FamilyError, InvitationError, NotInFamilyError, OpenFinanceError
from open_finance.family_book import FamilyBook, Invitation
from open_finance.reading.statement_query import Period
from open_finance.sharing.levels import LEVELS
from open_finance.storage.database import Database, Session
from open_finance.storage.models import AccountRow, Base
from tests.clocks import ManualClock
from tests.family_world import CANARY, KINDS, LARGE, FamilyWorld, Seen
from tests.rows import add_account, add_connection

PEOPLE = (1001, 1002, 1003, 1004, 1005)
CHATS = (-5001, -5002)
#: Owns one account that nobody shares.
GHOST = 9
FIRST_ID = 100_000
PERIOD = Period(date(2025, 1, 1), date(2027, 12, 31))
#: What belongs to a person alone: there they see their own accounts, shared or not.
OWN = ("FamilyBook.list_sharing", "FamilyBook.share")
#: Two accounts of the same people or of others may be one account.
IDENTITIES = st.sampled_from([(), (), (), (f"{CANARY}-conjunta-1",), (f"{CANARY}-conjunta-2",)])


class RolledBack:
    """A database in which everything works, and nothing stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._database.reading() as session:
            yield session

    writing = reading


def paths(database: Database, clock: ManualClock) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every way to ask something of a family."""
    for name, method in inspect.getmembers(FamilyBook(database, clock), inspect.ismethod):
        if not name.startswith("_"):
            yield f"FamilyBook.{name}", method
    for name, function in inspect.getmembers(family_reports, inspect.isfunction):
        if function.__module__ == family_reports.__name__ and not name.startswith("_"):
            yield f"family_reports.{name}", function


def number_from(session: Session, first: int) -> None:
    """No id is less from now on: a smaller number in an answer counts something."""
    ghost = add_connection(session, GHOST, "ghost", id=first)
    add_account(session, ghost, GHOST)
    session.execute(update(AccountRow).values(id=first))
    session.execute(text("DELETE FROM sqlite_sequence"))
    numbered = [table.name for table in Base.metadata.sorted_tables if table.dialect_options["sqlite"]["autoincrement"]]
    session.execute(
        text("INSERT INTO sqlite_sequence VALUES (:name, :seq)"), [{"name": n, "seq": first} for n in numbered]
    )


@dataclass
class Allowed:
    """What may stand in an answer. Figures below ``LARGE`` are what people divide, numbers from ``FIRST_ID`` on ids."""

    texts: set[str]
    amounts: set[Decimal]
    instants: set[datetime]

    def add_account(self, account: Seen, *, whole: bool) -> None:
        self.texts |= {account.bank, account.label}
        self.amounts.add(account.balance)
        self.instants |= account.instants
        if whole:
            self.texts |= set(account.rows)
            self.amounts |= set(account.rows.values())
            self.instants |= account.rows_at


@cache
def properties(kind: type) -> list[str]:
    return [name for name, _ in inspect.getmembers(kind, lambda member: isinstance(member, property))]


@cache
def needed_by(path: Callable[..., Any]) -> list[str]:
    parameters = inspect.signature(path).parameters.values()
    return [each.name for each in parameters if each.default is inspect.Parameter.empty]


def leaves(value: object) -> Iterator[object]:
    """All that an answer is made of, its properties as well."""
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from leaves(getattr(value, each.name))
        for name in properties(type(value)):
            yield from (leaf for leaf in leaves(getattr(value, name)) if not isinstance(leaf, Decimal))
    elif isinstance(value, dict):
        for pair in value.items():
            yield from leaves(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from leaves(item)
    else:
        yield value


class Families(RuleBasedStateMachine):
    """See the module. ``world`` keeps what ought to be seen by plain rules."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        with self.database.writing() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
            number_from(session, FIRST_ID)
        self.clock = ManualClock()
        self.world = FamilyWorld(self.database, self.clock)
        self.book = self.world.book
        self.invitations: list[Invitation] = []
        self.tried = list(paths(cast("Database", RolledBack(self.database)), self.clock))
        self.everybodys_instants: set[datetime] = set()

    # --- what happens ----------------------------------------------------------------------------------------------

    @initialize(
        size=st.integers(1, 4),
        kinds=st.lists(st.sampled_from(list(KINDS)), min_size=4, max_size=4),
        identity=IDENTITIES,
        levels=st.lists(st.sampled_from(LEVELS), min_size=9, max_size=9),
    )
    def begin(self, size: int, kinds: list[str], identity: tuple[str, ...], levels: list[str]) -> None:
        """A family of some, each with a bank and something shared or not; the last person is alone, with one more."""
        self.book.create_family(PEOPLE[0], "Pessoa 1001")
        self.world.families[PEOPLE[0]] = self.book.create_family(PEOPLE[0], "outro nome").family_id
        for person, kind in zip(PEOPLE[:size], kinds, strict=False):
            if person != PEOPLE[0]:
                self.world.join_family(person, self.book.invite(PEOPLE[0]).token)
            self.world.connect(person, kind, "checking", identities=identity)
        self.world.connect(PEOPLE[-1], "checking", identities=identity)
        self.world.families[PEOPLE[-1]] = self.book.create_family(PEOPLE[-1], "Pessoa 1005").family_id
        for account, level in zip(list(self.world.accounts.values()), levels, strict=False):
            self.world.share(account, level)

    @rule(person=st.sampled_from(PEOPLE))
    def create(self, person: int) -> None:
        family = self.book.create_family(person, f"Pessoa {person}")
        assert self.world.families.setdefault(person, family.family_id) == family.family_id

    @rule(person=st.sampled_from(PEOPLE))
    def invite(self, person: int) -> None:
        if person in self.world.families:
            self.invitations.append(self.book.invite(person))
        else:
            with pytest.raises(NotInFamilyError):
                self.book.invite(person)

    @precondition(lambda self: self.invitations)
    @rule(person=st.sampled_from(PEOPLE), data=st.data())
    def accept(self, person: int, data: st.DataObject) -> None:
        """Also one that was used, replaced, is too old, or whose family is no more."""
        invitation = data.draw(st.sampled_from(self.invitations))
        try:
            self.world.join_family(person, invitation.token)
        except FamilyError:
            return
        with pytest.raises(InvitationError):
            self.book.accept(person, invitation.token, "de novo")

    @rule(person=st.sampled_from(PEOPLE))
    def leave(self, person: int) -> None:
        self.world.leave_family(person)

    @rule(person=st.sampled_from(PEOPLE))
    def erase(self, person: int) -> None:
        self.world.erase(person)

    @rule(
        person=st.sampled_from(PEOPLE),
        kinds=st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=2),
        one=IDENTITIES,
    )
    def connect(self, person: int, kinds: list[str], one: tuple[str, ...]) -> None:
        self.world.connect(person, *kinds, identities=one)

    @precondition(lambda self: self.choice())
    @rule(data=st.data(), level=st.sampled_from([*LEVELS, "all"]), stranger=st.sampled_from(PEOPLE))
    def share(self, data: st.DataObject, level: str, stranger: int) -> None:
        account = data.draw(st.sampled_from(self.choice()))
        if account.owner in self.world.families:
            self.world.share(account, level)
        if stranger != account.owner:
            with pytest.raises(OpenFinanceError):
                self.book.share(stranger, account.id, "all")

    @precondition(lambda self: self.choice())
    @rule(data=st.data(), erase=st.booleans())
    def disconnect(self, data: st.DataObject, erase: bool) -> None:
        self.world.disconnect(self.draw_shared(data), erase=erase)

    @precondition(lambda self: self.choice())
    @rule(data=st.data(), replaced=st.booleans())
    def come_back(self, data: st.DataObject, replaced: bool) -> None:
        account = self.draw_shared(data)
        if not replaced:
            self.world.disconnect(account)
        self.world.come_back(account, replaced=replaced)

    @precondition(lambda self: self.choice())
    @rule(data=st.data())
    def unlist(self, data: st.DataObject) -> None:
        self.world.unlist(self.draw_shared(data))

    @precondition(lambda self: self.choice())
    @rule(data=st.data(), hidden=st.booleans())
    def keep_out_of_totals(self, data: st.DataObject, hidden: bool) -> None:
        self.world.hide(self.draw_shared(data), hidden)

    @rule(person=st.sampled_from(PEOPLE), chat=st.sampled_from(CHATS), on=st.booleans())
    def group(self, person: int, chat: int, on: bool) -> None:
        if on:
            self.world.link_group(person, chat)
        else:
            self.world.unlink_group(person)

    @rule(person=st.sampled_from(PEOPLE), centavos=st.integers(1, 99_999))
    def divide(self, person: int, centavos: int) -> None:
        family = self.world.families.get(person)
        if family is not None:
            self.book.add_expense(person, Decimal(centavos) / 100, f"{CANARY}-despesa-{family}")

    @rule(hours=st.sampled_from([1, 25]))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    def draw_shared(self, data: st.DataObject) -> Seen:
        """One that is shared, if any is."""
        return data.draw(st.sampled_from([each for each in self.choice() if each.is_seen] or self.choice()))

    def choice(self) -> list[Seen]:
        return [each for each in self.world.accounts.values() if each.is_read and each.is_listed]

    # --- what is seen ----------------------------------------------------------------------------------------------

    @invariant()
    def nobody_sees_what_is_not_shared(self) -> None:
        self.everybodys_instants |= {
            instant for each in self.world.accounts.values() for instant in each.instants | each.rows_at
        }
        for person in PEOPLE:
            seen = self.world.seen_by(person)
            common = self.allowed(person, seen)
            values = self.values(person)
            for name, path in self.tried:
                allowed = self.allowed(person, seen, own=True) if name in OWN else common
                for arguments in self.arguments(path, name, values):
                    self.call(name, path, arguments, allowed)
            self.check_figures(person, seen)

    def allowed(self, person: int, seen: list[Seen], *, own: bool = False) -> Allowed:
        allowed = Allowed(set(), set(), set())
        for account in seen:
            allowed.add_account(account, whole=account.level == "all")
        if own:
            for account in self.world.accounts.values():
                if account.owner == person:
                    allowed.add_account(account, whole=False)
        if person in self.world.families:
            allowed.texts.add(f"{CANARY}-despesa-{self.world.families[person]}")
        return allowed

    def values(self, person: int) -> dict[str, list[Any]]:
        """Of what is there, with other people's ids as well as their own, by the names of parameters."""
        accounts = list(self.world.accounts.values())
        own = [each.id for each in accounts if each.owner == person][:1]
        foreign = [each.id for each in accounts if each.owner != person][-1:]
        with self.database.reading() as session:
            top = {
                table: [row[0] for row in session.execute(Base.metadata.tables[table].select())][-1:] or [1]
                for table in ("shared_expenses", "settlements", "family_seats")
            }
        return {
            "database": [self.database],
            "user_id": [person],
            "now": [self.clock.now()],
            "period": [PERIOD],
            "chat_id": list(CHATS),
            "token": [each.token for each in self.invitations[-2:]] or ["outro"],
            "account_id": own + foreign or [1],
            "level": ["all"],
            "display_name": ["Alguém"],
            "amount": [Decimal("10.00")],
            "expense_id": top["shared_expenses"],
            "settlement_id": top["settlements"],
            "debtor": top["family_seats"],
            "creditor": top["family_seats"],
        }

    def arguments(self, path: Callable[..., Any], name: str, values: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
        needed = needed_by(path)
        unknown = set(needed) - set(values)
        assert not unknown, f"{name}: give {', '.join(unknown)} a value here"
        longest = max((len(values[each]) for each in needed), default=1)
        for place in range(longest):
            yield {each: values[each][place % len(values[each])] for each in needed}

    def call(self, name: str, path: Callable[..., Any], arguments: dict[str, Any], allowed: Allowed) -> None:
        chat, person = arguments.get("chat_id"), arguments.get("user_id")
        try:
            found = path(**arguments)
            if name.startswith("family_reports.build_group"):
                assert self.world.is_group_of(person, chat), name
            if name == "FamilyBook.find_group_family":
                assert found is None or found.family_id == self.world.family_of_group(chat)
        except OpenFinanceError as error:
            found = f"{error!r} {error.user_message}"
            assert CANARY not in found, name
        for leaf in leaves(found):
            self.check(name, leaf, allowed)

    def check(self, name: str, leaf: object, allowed: Allowed) -> None:
        if isinstance(leaf, str):
            assert CANARY not in leaf or leaf in allowed.texts, (name, leaf)
        elif isinstance(leaf, Decimal):
            assert abs(leaf) < LARGE or leaf in allowed.amounts, (name, leaf)
        elif isinstance(leaf, datetime):
            assert leaf not in self.everybodys_instants or leaf in allowed.instants, (name, leaf)
        elif isinstance(leaf, int) and not isinstance(leaf, bool):
            assert leaf >= FIRST_ID, (name, leaf)

    def check_figures(self, person: int, seen: list[Seen]) -> None:
        """All that is shared is there, once, and the sums are those of what is there."""
        now = self.clock.now()
        if person not in self.world.families:
            with pytest.raises(NotInFamilyError):
                family_reports.build_family_balance(self.database, person, now)
            return
        balance = family_reports.build_family_balance(self.database, person, now)
        shown = {account.name for account in balance.accounts}
        assert len(shown) == len(balance.accounts)
        identities = [each.identity for each in seen]
        assert {each.label for each in seen if identities.count(each.identity) == 1} <= shown
        assert len(shown) >= len(set(identities))
        for figure, kind in ((balance.available, "checking"), (balance.saved, "savings"), (balance.owed, "card")):
            assert figure == sum(each.balance for each in balance.accounts if each.kind == kind and each.counts)
        statement = family_reports.build_family_statement(self.database, person, PERIOD, now)
        whole = [each for each in seen if each.level == "all"]
        listed = [row.description for row in statement.rows]
        assert len(set(listed)) == len(listed)
        assert {text for each in whole if identities.count(each.identity) == 1 for text in each.rows} <= set(listed)


def test_no_path_shows_an_account_that_is_not_shared(sqlite_database: Database) -> None:
    class Here(Families):
        database = sqlite_database

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=6,
            stateful_step_count=12,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),  # making a story of twelve steps shorter takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_method_and_function_is_a_path(sqlite_database: Database, clock: ManualClock) -> None:
    found = {name for name, _ in paths(sqlite_database, clock)}
    assert {"FamilyBook.list_sharing", "FamilyBook.look_at_invitation", "FamilyBook.list_debts"} <= found
    assert {f"family_reports.{name}" for name in family_reports.__all__ if name.startswith("build_")} <= found
    assert len(found) >= 22
    assert set(OWN) <= found


def test_the_book_keeps_no_token(sqlite_database: Database, clock: ManualClock) -> None:
    book = FamilyBook(sqlite_database, clock)
    book.create_family(1001, "Ana")
    token = book.invite(1001).token
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", token)
    folder = Path(str(sqlite_database.url.database)).parent
    written = b"".join(path.read_bytes() for path in folder.glob("gerente.db*"))
    assert token.encode() not in written
    assert hashlib.sha256(token.encode()).hexdigest().encode() in written
