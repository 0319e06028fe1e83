"""A family's stories: coming in, sharing, dividing, leaving; on both databases, also at the same instant."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from threading import Barrier
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from open_finance.account_book import AccountBook
from open_finance.clock import local_day
from open_finance.errors import (
    AccountNotFoundError,
    AlreadyInFamilyError,
    BankConnectionError,
    DatabaseUnavailableError,
    DebtNotFoundError,
    ExpenseError,
    GroupTakenError,
    InvitationError,
    MemberNotFoundError,
    NotInFamilyError,
    OpenFinanceError,
)
from open_finance.family_book import DEPARTED, Debt, FamilyBook, InvitationView, Member
from open_finance.family_reports import build_family_balance, build_family_statement, build_group_balance
from open_finance.reading.statement_query import Period
from open_finance.sharing.splitting import Split
from open_finance.storage import families
from open_finance.storage.database import Database
from open_finance.storage.family_models import FamilyMemberRow, FamilyRow, FamilyShareRow
from open_finance.storage.models import Base
from tests.clocks import ManualClock
from tests.databases import database_for, on_both
from tests.family_world import FamilyWorld

ANA, BRUNO, CAIO = 1001, 1002, 1003
GROUP = -5001
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


@pytest.fixture
def world(database: Database, clock: ManualClock) -> FamilyWorld:
    """Ana has a family."""
    told = FamilyWorld(database, clock)
    told.families[ANA] = told.book.create_family(ANA, "  Ana   Souza ").family_id
    return told


@pytest.fixture
def book(world: FamilyWorld) -> FamilyBook:
    return world.book


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call answered, or the error it raised; all begin at the same instant."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return call()
        except OpenFinanceError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def number_of(database: Database, row: type[Base]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(row)) or 0


def ids(book: FamilyBook, user_id: int = ANA) -> dict[str, int]:
    """Member ids by name."""
    family = book.find_family(user_id)
    assert family is not None
    return {member.name: member.member_id for member in family.members}


# --- coming in -------------------------------------------------------------------------------------------------------


def test_a_family_is_made_once(book: FamilyBook, database: Database) -> None:
    family = book.find_family(ANA)
    assert family is not None
    assert [(member.name, member.is_you) for member in family.members] == [("Ana Souza", True)]
    assert book.create_family(ANA, "outro") == family
    assert number_of(database, FamilyRow) == 1
    assert book.find_family(BRUNO) is None


def test_a_guest_sees_who_invites_and_nothing_more_and_comes_in_once(book: FamilyBook, clock: ManualClock) -> None:
    invitation = book.invite(ANA)
    assert invitation.expires_at == clock.now() + timedelta(hours=24)
    seen = book.look_at_invitation(BRUNO, invitation.token)
    assert seen == InvitationView("Ana Souza", ("Ana Souza",), invitation.expires_at)
    family = book.accept(BRUNO, invitation.token, "Bruno 529.982.247-25")
    assert [(each.name, each.is_you) for each in family.members] == [
        ("Ana Souza", False),
        ("Bruno ***.982.247-**", True),
    ]
    assert refused(lambda: book.accept(BRUNO, invitation.token, "Bruno")) == "own"
    assert refused(lambda: book.accept(CAIO, invitation.token, "Caio")) == "used"
    assert refused(lambda: book.look_at_invitation(CAIO, "nada")) == "unknown"


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(InvitationError) as error:
        call()
    return error.value.reason


def test_an_invitation_ends_after_a_day_by_a_newer_one_and_with_who_made_it(
    world: FamilyWorld, clock: ManualClock
) -> None:
    book = world.book
    first, second = book.invite(ANA).token, book.invite(ANA).token
    assert refused(lambda: book.accept(BRUNO, first, "Bruno")) == "unknown"
    clock.advance(hours=23, minutes=59)
    world.join_family(BRUNO, second)
    third = book.invite(BRUNO).token
    clock.advance(hours=24)
    assert refused(lambda: book.accept(CAIO, third, "Caio")) == "expired"
    fourth = book.invite(BRUNO).token
    world.leave_family(BRUNO)
    assert refused(lambda: book.accept(CAIO, fourth, "Caio")) == "unknown"


def test_a_person_is_in_one_family(world: FamilyWorld) -> None:
    book, invitation = world.book, world.book.invite(ANA)
    book.create_family(BRUNO, "Bruno")
    for call in (book.look_at_invitation, lambda person, token: book.accept(person, token, "Bruno")):
        with pytest.raises(AlreadyInFamilyError):
            call(BRUNO, invitation.token)
    assert refused(lambda: book.look_at_invitation(ANA, invitation.token)) == "own"
    assert book.leave(BRUNO)
    assert len(book.accept(BRUNO, invitation.token, "Bruno").members) == 2  # it was not used up


def test_a_family_has_room_for_twelve(world: FamilyWorld) -> None:
    for person in range(2001, 2012):
        world.join_family(person, world.book.invite(ANA).token)
    assert refused(lambda: world.book.accept(BRUNO, world.book.invite(ANA).token, "Bruno")) == "full"


@on_both("database")
def test_of_two_who_tap_an_invitation_at_the_same_instant_one_gets_in(world: FamilyWorld) -> None:
    for attempt in range(4):
        token = world.book.invite(ANA).token
        people = (3001 + attempt, 4001 + attempt)
        found = at_once(*(partial(world.book.accept, who, token, "Alguém") for who in people))
        [error] = [each for each in found if isinstance(each, InvitationError)]
        assert error.reason == "used"
    assert number_of(world.database, FamilyMemberRow) == 5


@on_both("database")
def test_two_taps_of_one_guest_bring_them_in_once(world: FamilyWorld) -> None:
    token = world.book.invite(ANA).token
    found = at_once(*[lambda: world.book.accept(BRUNO, token, "Bruno")] * 3)
    errors = [each for each in found if isinstance(each, OpenFinanceError)]
    assert len(errors) == 2
    assert all(isinstance(each, InvitationError) and each.reason in {"own", "used"} for each in errors)
    assert number_of(world.database, FamilyMemberRow) == 2


@on_both("database")
def test_two_families_at_the_same_instant_take_a_person_once(world: FamilyWorld) -> None:
    world.book.create_family(CAIO, "Caio")
    tokens = [world.book.invite(each).token for each in (ANA, CAIO)]
    found = at_once(*(partial(world.book.accept, BRUNO, one, "Bruno") for one in tokens))
    assert sum(isinstance(each, AlreadyInFamilyError) for each in found) == 1
    assert number_of(world.database, FamilyMemberRow) == 3


@on_both("database")
def test_the_last_ones_out_and_a_guest_coming_in_never_leave_half_a_family(world: FamilyWorld) -> None:
    for _ in range(4):
        world.book.create_family(ANA, "Ana")
        world.book.accept(BRUNO, world.book.invite(ANA).token, "Bruno")
        token = world.book.invite(BRUNO).token
        leave, accept = world.book.leave, world.book.accept
        found = at_once(partial(leave, ANA), partial(leave, BRUNO), partial(accept, CAIO, token, "Caio"))
        assert not any(isinstance(each, DatabaseUnavailableError) for each in found)  # nobody waits for each other
        family = world.book.find_family(CAIO)
        assert number_of(world.database, FamilyRow) == (family is not None)
        assert number_of(world.database, FamilyMemberRow) == (family is not None)
        world.book.leave(CAIO)


# --- sharing ---------------------------------------------------------------------------------------------------------


@on_both("database")
def test_hidden_is_the_default_and_each_level_shows_what_it_says(world: FamilyWorld, clock: ManualClock) -> None:
    world.join_family(BRUNO, world.book.invite(ANA).token)
    checking, card = world.connect(ANA, "checking", "card")
    [savings] = world.connect(ANA, "savings")
    assert [each.level for each in world.book.list_sharing(ANA)] == ["hidden"] * 3
    assert build_family_balance(world.database, BRUNO, clock.now()).is_empty
    world.share(checking, "all")
    world.share(card, "balance")
    balance = build_family_balance(world.database, BRUNO, clock.now())
    assert [len(member.accounts) for member in balance.members] == [2, 0]
    assert (balance.available, balance.saved, balance.owed) == (checking.balance, Decimal("0.00"), card.balance)
    statement = build_family_statement(world.database, BRUNO, YEAR, clock.now())
    assert {row.description for row in statement.rows} == set(checking.rows)
    assert [each.name for each in statement.accounts] == [checking.label]
    world.share(checking, "hidden")
    world.share(savings, "balance")
    assert build_family_statement(world.database, BRUNO, YEAR, clock.now()).rows == ()
    assert build_family_balance(world.database, BRUNO, clock.now()).available == Decimal("0.00")
    with pytest.raises(AccountNotFoundError):
        world.book.share(BRUNO, savings.id, "all")
    with pytest.raises(ValueError, match="level"):
        world.book.share(ANA, savings.id, "tudo")  # type: ignore[arg-type]
    with pytest.raises(NotInFamilyError):
        world.book.share(CAIO, savings.id, "all")


def test_what_its_owner_keeps_out_of_totals_is_shown_and_not_added_up(world: FamilyWorld, clock: ManualClock) -> None:
    [checking] = world.connect(ANA, "checking")
    world.share(checking, "balance")
    world.hide(checking, True)
    balance = build_family_balance(world.database, ANA, clock.now())
    assert [(each.balance, each.counts) for each in balance.accounts] == [(checking.balance, False)]
    assert balance.available == Decimal("0.00")
    [sharing] = world.book.list_sharing(ANA)
    assert (sharing.hidden, sharing.level) == (True, "balance")


def test_an_account_that_two_members_bring_counts_once_as_whole_as_it_is_shared(
    world: FamilyWorld, clock: ManualClock
) -> None:
    world.join_family(BRUNO, world.book.invite(ANA).token)
    [anas] = world.connect(ANA, "checking", identities=("conjunta",))
    [brunos] = world.connect(BRUNO, "checking", identities=("conjunta",))
    world.share(brunos, "balance")
    world.share(anas, "all")
    balance = build_family_balance(world.database, ANA, clock.now())
    assert [(each.name, each.level) for each in balance.accounts] == [(anas.label, "all")]
    assert balance.available == anas.balance
    world.share(anas, "hidden")
    balance = build_family_balance(world.database, ANA, clock.now())
    assert [(each.name, each.level) for each in balance.accounts] == [(brunos.label, "balance")]
    assert build_family_statement(world.database, ANA, YEAR, clock.now()).rows == ()


def test_cards_of_two_members_with_the_same_digits_are_two_cards(world: FamilyWorld, clock: ManualClock) -> None:
    world.join_family(BRUNO, world.book.invite(ANA).token)
    cards = [world.connect(person, "card", identities=("banco 1234",))[0] for person in (ANA, BRUNO)]
    for card in cards:
        world.share(card, "balance")
    assert build_family_balance(world.database, ANA, clock.now()).owed == cards[0].balance + cards[1].balance


def test_an_account_that_two_connections_bring_is_shared_and_hidden_as_one(
    world: FamilyWorld, clock: ManualClock
) -> None:
    first = world.connect(ANA, "checking", identities=("uma",))[0]
    world.connect(ANA, "checking", identities=("uma",))
    world.share(first, "all")
    assert [each.level for each in world.book.list_sharing(ANA)] == ["all"]
    assert len(build_family_balance(world.database, ANA, clock.now()).accounts) == 1
    assert len(build_family_statement(world.database, ANA, YEAR, clock.now()).rows) == 2
    world.share(first, "hidden")
    assert build_family_balance(world.database, ANA, clock.now()).is_empty


@on_both("database")
def test_leaving_hides_at_once_and_another_family_begins_hidden(world: FamilyWorld, clock: ManualClock) -> None:
    world.join_family(BRUNO, world.book.invite(ANA).token)
    [brunos] = world.connect(BRUNO, "checking")
    world.share(brunos, "all")
    world.leave_family(BRUNO)
    assert build_family_balance(world.database, ANA, clock.now()).is_empty
    assert number_of(world.database, FamilyShareRow) == 0
    world.join_family(BRUNO, world.book.invite(ANA).token)
    assert [each.level for each in world.book.list_sharing(BRUNO)] == ["hidden"]
    assert build_family_balance(world.database, ANA, clock.now()).is_empty


@on_both("database")
def test_an_account_that_is_left_is_hidden_when_it_comes_back_and_one_that_is_replaced_goes_on(
    world: FamilyWorld, clock: ManualClock
) -> None:
    [left] = world.connect(ANA, "checking")
    world.share(left, "all")
    world.disconnect(left)
    again = world.come_back(left, replaced=False)
    assert [(each.account_id, each.level) for each in world.book.list_sharing(ANA)] == [(again.id, "hidden")]
    world.share(again, "balance")
    other = world.come_back(again, replaced=True)
    assert other.id != again.id
    assert [(each.account_id, each.level) for each in world.book.list_sharing(ANA)] == [(other.id, "balance")]
    assert [each.name for each in build_family_balance(world.database, ANA, clock.now()).accounts] == [other.label]


def test_what_was_taken_for_one_account_and_separated_is_hidden_on_both_sides(
    world: FamilyWorld, clock: ManualClock
) -> None:
    [first] = world.connect(ANA, "checking")
    world.share(first, "all")
    other = world.come_back(first, replaced=True)
    assert build_family_balance(world.database, ANA, clock.now()).available == other.balance
    AccountBook(world.database, clock).separate_account(ANA, other.id)
    assert build_family_balance(world.database, ANA, clock.now()).is_empty
    assert number_of(world.database, FamilyShareRow) == 0


# --- the group -------------------------------------------------------------------------------------------------------


@on_both("database")
def test_a_group_is_one_familys_and_answers_its_people_only(world: FamilyWorld, clock: ManualClock) -> None:
    book = world.book
    [checking] = world.connect(ANA, "checking")
    world.share(checking, "balance")
    book.create_family(CAIO, "Caio")
    book.link_group(ANA, GROUP)
    book.link_group(ANA, GROUP)
    with pytest.raises(GroupTakenError):
        book.link_group(CAIO, GROUP)
    found = book.find_group_family(GROUP)
    assert found is not None
    assert found.members == (Member(ids(book)["Ana Souza"], "Ana Souza"),)
    assert (book.is_group_of(ANA, GROUP), book.is_group_of(CAIO, GROUP)) == (True, False)
    assert build_group_balance(world.database, ANA, GROUP, clock.now()).available == checking.balance
    with pytest.raises(NotInFamilyError):
        build_group_balance(world.database, CAIO, GROUP, clock.now())
    book.link_group(ANA, GROUP - 1)  # one group a family
    assert book.find_group_family(GROUP) is None
    world.join_family(BRUNO, book.invite(ANA).token)
    assert book.unlink_group(BRUNO)
    assert not book.unlink_group(BRUNO)


@on_both("database")
def test_of_two_families_that_link_a_group_at_the_same_instant_one_has_it(world: FamilyWorld) -> None:
    world.book.create_family(BRUNO, "Bruno")
    found = at_once(lambda: world.book.link_group(ANA, GROUP), lambda: world.book.link_group(BRUNO, GROUP))
    assert sum(isinstance(each, GroupTakenError) for each in found) == 1
    assert world.book.find_group_family(GROUP) is not None


# --- dividing --------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(world: FamilyWorld) -> FamilyWorld:
    """Ana, Bruno and Caio."""
    for person in (BRUNO, CAIO):
        world.families[person] = world.book.accept(person, world.book.invite(ANA).token, f"Pessoa {person}").family_id
    return world


def debts(book: FamilyBook, person: int = ANA) -> list[tuple[str, str, str]]:
    return [(each.debtor.name, each.creditor.name, str(each.amount)) for each in book.list_debts(person)]


@on_both("database")
def test_an_expense_is_divided_to_the_centavo_and_settled_by_one_of_the_two(
    three: FamilyWorld, clock: ManualClock
) -> None:
    book = three.book
    expense = book.add_expense(ANA, Decimal("100.00"), "  mercado   da esquina ")
    assert (expense.description, expense.day, expense.can_undo) == ("mercado da esquina", local_day(clock.now()), True)
    assert [str(part.amount) for part in expense.parts] == ["33.34", "33.33", "33.33"]
    assert debts(book) == [("Pessoa 1002", "Ana Souza", "33.33"), ("Pessoa 1003", "Ana Souza", "33.33")]
    [first, second] = book.list_debts(BRUNO)
    assert (first.is_yours, second.is_yours) == (True, False)
    with pytest.raises(DebtNotFoundError):  # not one of the two
        book.settle(BRUNO, second.debtor.member_id, second.creditor.member_id, second.amount)
    paid = book.settle(BRUNO, first.debtor.member_id, first.creditor.member_id, first.amount)
    again = book.settle(ANA, first.debtor.member_id, first.creditor.member_id, first.amount)
    assert paid.settlement_id == again.settlement_id
    assert (paid.can_undo, again.can_undo) == (True, False)
    assert debts(book) == [("Pessoa 1003", "Ana Souza", "33.33")]
    assert not book.undo_settlement(ANA, paid.settlement_id)
    assert book.undo_settlement(BRUNO, paid.settlement_id)
    assert len(book.list_debts(ANA)) == 2
    clock.advance(minutes=11)
    with pytest.raises(DebtNotFoundError):
        book.settle(BRUNO, first.debtor.member_id, first.creditor.member_id, Decimal("33.34"))


@on_both("database")
def test_two_taps_at_the_same_instant_pay_once(three: FamilyWorld) -> None:
    book = three.book
    book.add_expense(ANA, Decimal("90.00"))
    [debt, _] = book.list_debts(BRUNO)
    taps = [partial(settle, book, who, debt) for who in (ANA, BRUNO, BRUNO)]
    found = at_once(*taps)
    assert len({getattr(each, "settlement_id", None) for each in found}) == 1
    assert len(book.list_settlements(ANA)) == 1
    assert debts(book) == [("Pessoa 1003", "Ana Souza", "30.00")]


def settle(book: FamilyBook, person: int, debt: Debt) -> object:
    return book.settle(person, debt.debtor.member_id, debt.creditor.member_id, debt.amount)


def test_an_expense_can_be_among_some_and_by_shares_percent_or_amounts(three: FamilyWorld) -> None:
    book, members = three.book, ids(three.book)
    ana, bruno, caio = members.values()
    book.add_expense(
        BRUNO, Decimal("90.00"), among=[ana, bruno], how=Split("shares", {ana: Decimal(2), bruno: Decimal(1)})
    )
    book.add_expense(
        CAIO, Decimal("50.00"), among=[ana, caio], how=Split("percent", {ana: Decimal(20), caio: Decimal(80)})
    )
    book.add_expense(ANA, Decimal("10.00"), among=[bruno], how=Split("exact", {bruno: Decimal("10.00")}))
    assert debts(book) == [("Ana Souza", "Pessoa 1002", "50.00"), ("Ana Souza", "Pessoa 1003", "10.00")]
    assert [str(each.amount) for each in book.list_expenses(CAIO)] == ["10.00", "50.00", "90.00"]
    with pytest.raises(ExpenseError, match="split"):
        book.add_expense(ANA, Decimal("10.00"), among=[ana], how=Split("exact", {ana: Decimal("9.00")}))
    with pytest.raises(MemberNotFoundError):
        book.add_expense(ANA, Decimal("10.00"), among=[ana, 999])
    with pytest.raises(ExpenseError, match="among"):
        book.add_expense(ANA, Decimal("10.00"), among=[])


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001", "1000000.01", "NaN", "Infinity"])
def test_what_nobody_pays_is_no_expense(book: FamilyBook, amount: str) -> None:
    with pytest.raises(ExpenseError, match="amount"):
        book.add_expense(ANA, Decimal(amount))
    assert book.list_expenses(ANA) == []


def test_an_expense_is_taken_back_within_ten_minutes_by_who_wrote_it(three: FamilyWorld, clock: ManualClock) -> None:
    book = three.book
    first = book.add_expense(ANA, Decimal("10.00"))
    assert not book.undo_expense(BRUNO, first.expense_id)
    clock.advance(minutes=10)
    assert book.undo_expense(ANA, first.expense_id)
    assert not book.undo_expense(ANA, first.expense_id)
    second = book.add_expense(ANA, Decimal("10.00"))
    clock.advance(minutes=10, seconds=1)
    assert not book.undo_expense(ANA, second.expense_id)
    assert [each.can_undo for each in book.list_expenses(ANA)] == [False]


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_whoever_leaves_is_nameless_in_what_was_divided_and_the_sums_hold(three: FamilyWorld) -> None:
    book = three.book
    book.add_expense(ANA, Decimal("90.00"), "luz")
    book.add_expense(BRUNO, Decimal("30.00"), "pão")
    three.leave_family(BRUNO)
    assert debts(book) == [("Pessoa 1003", "Ana Souza", "40.00"), (DEPARTED, "Ana Souza", "10.00")]
    debt = book.list_debts(ANA)[1]
    assert debt.debtor.has_left
    settle(book, ANA, debt)
    assert debts(book) == [("Pessoa 1003", "Ana Souza", "40.00")]
    assert [each.description for each in book.list_expenses(ANA)] == ["pão", "luz"]
    with pytest.raises(MemberNotFoundError):  # nobody new is divided with
        book.add_expense(ANA, Decimal("1.00"), among=[debt.debtor.member_id])
    with pytest.raises(NotInFamilyError):
        book.list_debts(BRUNO)


@on_both("database")
def test_whoever_erases_everything_leaves_sums_and_no_words(three: FamilyWorld, clock: ManualClock) -> None:
    book = three.book
    book.add_expense(ANA, Decimal("90.00"), "luz")
    book.add_expense(BRUNO, Decimal("30.00"), "presente da Bia")
    [brunos] = three.connect(BRUNO, "checking")
    three.share(brunos, "all")
    book.link_group(BRUNO, GROUP)
    before = [str(each.amount) for each in book.list_debts(ANA)]
    three.personal_data.request_erasure(BRUNO)
    assert build_family_balance(three.database, ANA, clock.now()).is_empty  # at once, before anything else is done
    token = book.invite(ANA).token
    with pytest.raises(BankConnectionError) as refused_now:
        book.accept(BRUNO, token, "Bruno")
    assert refused_now.value.code == "BEING_ERASED"
    assert [done.user_id for done in three.personal_data.work_off_erasures()] == [BRUNO]
    assert [str(each.amount) for each in book.list_debts(ANA)] == before
    assert [each.description for each in book.list_expenses(ANA)] == ["", "luz"]
    assert book.find_group_family(GROUP) is None
    with three.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = [tuple(row) for row in session.execute(table.select())]
            assert not any("Bia" in str(value) or value == BRUNO for row in rows for value in row), table.name


@on_both("database")
def test_the_last_one_out_takes_everything_along(three: FamilyWorld) -> None:
    three.book.add_expense(ANA, Decimal("90.00"))
    settle(three.book, BRUNO, three.book.list_debts(BRUNO)[0])
    three.book.link_group(CAIO, GROUP)
    for person in (ANA, BRUNO, CAIO):
        three.leave_family(person)
    tables = [table for table in Base.metadata.sorted_tables if table.name.startswith(("famil", "shared_", "settle"))]
    assert len(tables) == 9
    with three.database.reading() as session:
        assert {table.name: session.execute(table.select()).all() for table in tables} == {
            table.name: [] for table in tables
        }
    assert not three.book.leave(ANA)


def test_whoever_is_in_no_family_is_told_so(book: FamilyBook, database: Database, clock: ManualClock) -> None:
    for call in (book.invite, book.list_sharing, book.list_expenses, book.list_debts, book.list_settlements):
        with pytest.raises(NotInFamilyError) as error:
            call(CAIO)
        assert "/familia" in error.value.user_message
    with pytest.raises(NotInFamilyError):
        book.add_expense(CAIO, Decimal("1.00"))
    with pytest.raises(NotInFamilyError):
        book.link_group(CAIO, GROUP)
    with pytest.raises(NotInFamilyError):
        build_family_statement(database, CAIO, YEAR, clock.now())
    assert not book.undo_expense(CAIO, 1)
    assert not book.undo_settlement(CAIO, 1)


def test_a_share_cannot_be_written_outside_a_family_or_of_another_ones_account(
    world: FamilyWorld, clock: ManualClock
) -> None:
    [anas] = world.connect(ANA, "checking")
    [caios] = world.connect(CAIO, "checking")
    with world.database.writing() as session:
        families.set_level(session, CAIO, [caios.id], "all", clock.now())
        families.set_level(session, ANA, [anas.id, caios.id], "all", clock.now())
    with world.database.reading() as session:
        assert [each.account["id"] for each in families.shared_accounts(session, ANA)] == [anas.id]
        assert families.shared_accounts(session, CAIO) == []
    assert number_of(world.database, FamilyShareRow) == 1


def test_an_archive_has_what_was_divided_as_far_as_it_is_the_persons(three: FamilyWorld) -> None:
    book = three.book
    book.add_expense(ANA, Decimal("90.00"), "luz")
    members = ids(book)
    book.add_expense(ANA, Decimal("8.00"), "presente", among=[members["Ana Souza"], members["Pessoa 1003"]])
    settle(book, BRUNO, book.list_debts(BRUNO)[1])
    written = BytesIO()
    three.personal_data.export(BRUNO, written)
    with ZipFile(written) as archive:
        [expense] = json.loads(archive.read("dados/shared_expenses.json"))
        [settlement] = json.loads(archive.read("dados/settlements.json"))
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert (expense["description"], expense["amount"], expense["your_part"]) == ("luz", "90.00", "30.00")
    assert (expense["paid_by_you"], settlement["amount"], settlement["paid_by_you"]) == (False, "30.00", True)
    assert not any(word in everything for word in (b"presente", b"Ana Souza", b"1001", b"Pessoa 1003"))
