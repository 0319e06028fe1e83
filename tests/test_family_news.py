"""Who came into the family, and who left it: told to the others by the outbox, once, whatever happens to Telegram."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from open_finance.alerts.notification import Notification
from open_finance.family_book import FamilyBook
from open_finance.family_groups import FamilyGroups
from open_finance.notifications import Notifications
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.databases import BOTH_DATABASES, on_both
from tests.family_chat import EVA, come_in, invite
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Servers, Story, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

CAME, WENT = "Bruno entrou na família", "Bruno saiu da família"


@pytest.fixture(params=BOTH_DATABASES)
def story(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Story]:
    """A story on each kind of database."""
    with tell(servers, request.getfixturevalue(f"{request.param}_url")) as told:
        told.telegram.add_user(EVA, "Eva")
        yield told


def heard(story: Story, fragment: str, user: int = ANA) -> list[Json]:
    return [message for message in story.telegram.from_bot(user) if fragment in message["text"]]


def outcomes(story: Story) -> list[str | None]:
    with story.core.database.reading() as session:
        return list(session.scalars(select(NotificationRow.outcome).order_by(NotificationRow.id)))


def settled(story: Story, *, number: int = 1) -> list[str | None]:
    """Once so many notifications were written and none waits: what became of them."""

    def look() -> list[str | None]:
        story.clock.advance(seconds=10)  # what Telegram would not take is tried again after a pause
        found = outcomes(story)
        return found if len(found) == number and None not in found else []

    return wait_until(look, every=0.1)


def test_who_comes_in_while_telegram_is_away_is_told_of_later_and_once(story: Story) -> None:
    story.begin()
    payload = invite(story)
    story.ask(f"/start {payload}", "convida você para a família", BRUNO)
    guest = story.telegram.from_bot(BRUNO)[-1]
    story.telegram.add_fault("sendMessage", times=4, status=502)
    story.press(guest, "Entrar", "Você está na família", BRUNO)
    assert settled(story) == ["sent"]
    assert len(heard(story, CAME)) == 1
    story.restart()
    assert "Ana (você) e Bruno" in story.ask("/familia", "Sua família")["text"]
    assert len(heard(story, CAME)) == 1


def test_what_was_to_be_told_survives_the_process_that_was_to_tell_it(story: Story) -> None:
    story.begin()
    come_in(story, invite(story))
    come_in(story, invite(story), EVA)
    settled(story, number=3)  # Ana of Bruno and of Eva, Bruno of Eva
    story.bot.stop()
    story.core.family_book.leave(BRUNO)
    assert heard(story, WENT) == heard(story, WENT, EVA) == []
    story.restart()
    assert settled(story, number=5) == ["sent"] * 5
    assert len(heard(story, WENT)) == len(heard(story, WENT, EVA)) == 1
    assert heard(story, WENT, BRUNO) == []


def test_nobody_is_woken_by_it(story: Story) -> None:
    story.begin()
    payload = invite(story)
    story.clock.advance(hours=13)  # after ten at night: it is one in the morning
    come_in(story, payload)
    wait_until(lambda: outcomes(story) == [None])
    story.ask("/familia", "Sua família", BRUNO)
    assert heard(story, CAME) == []
    story.clock.advance(hours=7)
    story.bot.context.notify.set()
    story.telegram.wait_for_text(ANA, CAME)


# --- what is written -------------------------------------------------------------------------------------------------


@pytest.fixture
def book(database: Database, clock: ManualClock) -> FamilyBook:
    """Ana is in a family with Eva, who has been told of."""
    book = FamilyBook(database, clock)
    book.create_family(ANA, "Ana")
    book.accept(EVA, book.invite(ANA).token, "Eva")
    settle(database, clock, ANA)
    return book


def waiting(database: Database, clock: ManualClock, user_id: int) -> list[Notification]:
    clock.advance(minutes=1)  # what another sender held is free again
    return [one.notification for one in Notifications(database, clock).take(user_id).others]


def settle(database: Database, clock: ManualClock, user_id: int) -> None:
    ids = [one.id for one in waiting(database, clock, user_id)]
    Notifications(database, clock).mark_sent(user_id, ids, 1)


@on_both("database")
def test_each_of_the_others_has_one_and_who_came_or_went_has_none(
    database: Database, clock: ManualClock, book: FamilyBook
) -> None:
    groups = FamilyGroups(database)
    book.accept(BRUNO, book.invite(EVA).token, "Bruno")
    for person in (ANA, EVA):
        [told] = waiting(database, clock, person)
        assert (told.kind, groups.find_name(person, told)) == ("family_joined", "Bruno")
        settle(database, clock, person)
    assert waiting(database, clock, BRUNO) == []
    assert book.leave(BRUNO)
    assert not book.leave(BRUNO)
    for person in (ANA, EVA):
        [told] = waiting(database, clock, person)
        assert (told.kind, groups.find_name(person, told)) == ("family_left", "Bruno")
    assert waiting(database, clock, BRUNO) == []


@on_both("database")
def test_the_name_of_who_left_stays_no_longer_than_until_it_was_told(
    database: Database, clock: ManualClock, book: FamilyBook
) -> None:
    book.accept(BRUNO, book.invite(ANA).token, "Bruno")
    book.leave(BRUNO)
    for person in (ANA, EVA):
        settle(database, clock, person)
    with database.reading() as session:
        details = session.scalars(select(NotificationRow.detail)).all()
    assert len(details) == 5
    assert "Bruno" not in str(details)


@on_both("database")
def test_what_is_no_news_any_more_is_not_told(database: Database, clock: ManualClock, book: FamilyBook) -> None:
    groups = FamilyGroups(database)
    book.accept(BRUNO, book.invite(ANA).token, "Bruno")
    [came] = waiting(database, clock, ANA)
    book.leave(BRUNO)
    assert groups.find_name(ANA, came) is None  # gone again
    [_, went] = waiting(database, clock, ANA)
    assert groups.find_name(ANA, went) == "Bruno"
    assert groups.find_name(BRUNO, went) is None
    book.leave(ANA)
    assert groups.find_name(ANA, went) is None
    book.create_family(ANA, "Ana")
    assert groups.find_name(ANA, went) is None  # another family's


@on_both("database")
def test_the_last_one_out_tells_nobody(database: Database, clock: ManualClock) -> None:
    book = FamilyBook(database, clock)
    book.create_family(ANA, "Ana")
    assert book.leave(ANA)
    clock.advance(hours=1)
    assert Notifications(database, clock).list_waiting() == []
