"""What a month has used of the limits: rules over any history, what is remembered of it, and a bank that says enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance import quotas
from open_finance.clock import local_day
from open_finance.operations import Operations
from open_finance.quotas import OPERATIONAL_LIMITS, MonthUse, OperationalLimit, after_ask, after_update, without_ask
from open_finance.records import Connection, ProductStatus
from open_finance.storage import operating
from open_finance.storage import quotas as stored
from open_finance.storage.database import Database, Session
from open_finance.storage.operation_models import QuotaUseRow
from tests.clocks import START, ManualClock
from tests.databases import database_for, on_both
from tests.pluggy_server import wait_until
from tests.rows import USER, add_connection
from tests.story import Story, checking

pytest_plugins = ("tests.bot_fixtures",)

NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


def status(*warnings: str) -> ProductStatus:
    return ProductStatus(is_updated=True, last_updated_at=START, warnings=list(warnings))


# --- the rules -------------------------------------------------------------------------------------------------------


def month_of_updates(*instants: datetime) -> MonthUse:
    use = MonthUse()
    for instant in instants:
        use = after_update(use, instant)
    return use


def test_an_update_counts_by_the_rhythm_of_each_part() -> None:
    first = datetime(2026, 11, 1, 12, tzinfo=UTC)
    use = month_of_updates(*(first + timedelta(hours=6 * number) for number in range(4 * 15)))
    assert (use.updates, use.days, use.weeks) == (60, 16, 3)  # the last three are of the sixteenth day
    shares = {one.part: quotas.share(one, use.always, use.days, use.weeks) for one in OPERATIONAL_LIMITS}
    assert shares["balance"] == 15  # 60 of 420
    assert shares["investment_movements"] == 50
    assert shares["bills"] == 54  # 16 of 30
    assert shares["account_list"] == 75


@given(st.lists(st.integers(0, 40 * 24 * 60), max_size=40))
def test_whatever_is_seen_days_and_weeks_never_outnumber_updates_and_seeing_again_changes_nothing(
    minutes: list[int],
) -> None:
    use = MonthUse()
    newest: datetime | None = None
    for minute in minutes:
        at = START + timedelta(minutes=minute)
        after = after_update(use, at)
        assert after_update(after, at) == after
        if newest is not None and at <= newest:
            assert after == use
        newest = at if newest is None else max(newest, at)
        use = after
    seen = sorted({START + timedelta(minutes=one) for one in minutes})
    assert use.weeks <= use.days <= use.updates <= len(seen)
    assert use.updated_at == newest
    assert use.days <= len({local_day(one) for one in seen})


def test_a_tap_that_brought_nothing_may_have_asked_the_bank_and_one_that_did_is_the_update() -> None:
    use = after_ask(after_ask(MonthUse()))
    assert (use.asked, use.always) == (2, 2)
    use = after_update(use, START)
    assert (use.updates, use.asked, use.always) == (1, 2, 2)
    assert without_ask(after_ask(use)) == use
    assert without_ask(MonthUse()) == MonthUse()


def test_a_month_begins_empty_and_its_week_goes_on() -> None:
    before = month_of_updates(datetime(2026, 11, 28, 12, tzinfo=UTC))
    december = quotas.next_month(before)
    assert (december.updates, december.days, december.weeks, december.unanswered) == (0, 0, 0, 0)
    december = after_update(december, datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert (december.updates, december.days, december.weeks) == (1, 1, 0)
    assert after_update(december, datetime(2026, 12, 5, 12, tzinfo=UTC)).weeks == 1


@given(st.sampled_from(OPERATIONAL_LIMITS), st.integers(0, 900), st.integers(0, 60), st.integers(0, 9))
def test_a_share_is_a_percentage_that_never_hides_a_use(
    limit: OperationalLimit, always: int, days: int, weeks: int
) -> None:
    used = {"always": always, "daily": days, "weekly": weeks}[limit.rhythm]
    found = quotas.share(limit, always, days, weeks)
    assert (found == 0) == (used == 0)
    assert (found == 100) == (used * 100 > 99 * limit.monthly)


def test_only_pluggys_own_warnings_say_that_a_month_is_used_up() -> None:
    products = {
        "transactions": status("TXN_003"),
        "investments": status("INV_001", "INV_004"),
        "creditCards": status("CC_003"),
        "loans": status(),
        "R$ 10,00 do João": status("423"),
    }
    assert quotas.used_up(products) == ("investments", "other", "transactions")


@pytest.mark.parametrize(
    ("instant", "month"),
    [
        (datetime(2026, 12, 1, 2, 59, tzinfo=UTC), NOVEMBER),
        (datetime(2026, 12, 1, 3, 0, tzinfo=UTC), date(2026, 12, 1)),
    ],
)
def test_a_month_is_sao_paulos(instant: datetime, month: date) -> None:
    assert quotas.month_of(instant) == month


def test_months_are_counted_over_the_year() -> None:
    assert quotas.month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert quotas.month_after(date(2026, 1, 1), -12) == date(2025, 1, 1)
    assert quotas.month_after(date(2026, 2, 1), -2) == date(2025, 12, 1)


def test_calls_a_minute_are_pluggys() -> None:
    assert quotas.calls_a_minute("PATCH /items/{item_id}") == 20
    assert quotas.calls_a_minute("GET /v2/transactions") == 360


# --- what is remembered ----------------------------------------------------------------------------------------------


def find_use(session: Session, connection_id: int, month: date) -> MonthUse | None:
    row = session.get(QuotaUseRow, (connection_id, month))
    return None if row is None else stored._use(row)


@on_both("database")
def test_two_connections_of_a_person_to_a_bank_share_its_limits_and_other_doors_have_none(database: Database) -> None:
    with database.writing() as session:
        first = add_connection(session, is_open_finance=True)
        second = add_connection(session, item_id="item-2", is_open_finance=True)
        other = add_connection(session, USER + 1, item_id="item-3", is_open_finance=True)
        direct = add_connection(session, item_id="item-4", is_open_finance=False)
        for number in range(3):
            for connection in (first, second, direct):
                at = START + timedelta(days=number)
                stored.note_update(session, USER, connection, at, (), START)
        stored.note_update(session, USER + 1, other, START, (), START)
        stored.note_ask(session, USER, first, START)
        stored.note_ask(session, USER, direct, START)
    with database.reading() as session:
        use = operating.read_quota_use(session, NOVEMBER)
        assert find_use(session, direct, NOVEMBER) is None
        assert operating.read_quota_use(session, date(2026, 10, 1)).connections == 0
    assert (use.connections, use.always, use.days, use.weeks) == (2, 7, 6, 2)
    assert (use.updates, use.asked) == (7, 1)


@on_both("database")
def test_a_limit_that_is_reached_is_known_since_when_and_is_over_when_pluggy_says_so(database: Database) -> None:
    later = START + timedelta(hours=6)
    with database.writing() as session:
        one = add_connection(session, is_open_finance=True)
        two = add_connection(session, USER + 1, item_id="item-2", is_open_finance=True)
        stored.note_update(session, USER, one, START, ("investments",), START)
        stored.note_update(session, USER, one, later, ("investments", "transactions"), later)
        stored.note_update(session, USER + 1, two, later, ("investments",), later)
    with database.reading() as session:
        assert operating.count_used_up(session, NOVEMBER) == {"investments": (2, START), "transactions": (1, START)}
    with database.writing() as session:
        stored.note_update(session, USER, one, later, None, later)  # an item that says nothing of its products
        assert operating.count_used_up(session, NOVEMBER)["investments"][0] == 2
        stored.note_update(session, USER, one, later + timedelta(hours=1), (), later)
        assert operating.count_used_up(session, NOVEMBER) == {"investments": (1, later)}
    december = START + timedelta(days=10)
    with database.writing() as session:
        stored.note_update(session, USER + 1, two, december, (), december)
        assert operating.count_used_up(session, date(2026, 12, 1)) == {}
        use = find_use(session, two, date(2026, 12, 1))
        assert use is not None
        assert (use.updates, use.weeks) == (1, 1)


# --- as it happens ---------------------------------------------------------------------------------------------------


def test_an_update_that_a_pass_finds_is_counted_once_however_often_it_is_read(story: Story) -> None:
    story.bank_shows(checking())
    connection = story.connect()
    story.change(connection["id"], is_open_finance=True)
    for _ in range(3):
        story.core.synchronizer.sync_user(connection["user_id"])
    quotas_now = Operations(story.core.database, story.clock).quotas()
    assert (quotas_now.use.connections, quotas_now.use.always) == (1, 1)
    assert quotas_now.resets_on == date(2026, 12, 1)


def use_of(story: Story, connection: Connection) -> MonthUse:
    with story.core.database.reading() as session:
        found = find_use(session, connection["id"], quotas.month_of(story.clock.now()))
    assert found is not None
    return found


def test_a_tap_that_brings_news_is_one_use_and_a_refused_one_is_none(story: Story) -> None:
    story.bank_shows(checking())
    connection = story.connect()
    story.change(connection["id"], is_open_finance=True)
    story.clock.advance(hours=2)
    story.pluggy.advance(hours=2)
    story.ask("/sincronizar", "✅ Itaú atualizado")
    used = use_of(story, connection)
    assert (used.updates, used.asked, used.unanswered) == (1, 1, 0)
    story.clock.advance(hours=2)
    story.pluggy.advance(hours=2)
    refusal = {"code": 400, "codeDescription": "CLIENT_HAS_ITEM_UPDATES_DISABLED", "message": "no"}
    story.pluggy.fault("status", method="PATCH", path="^/items/", status=400, body=refusal, count=1)
    story.ask("/sincronizar", "Itaú")
    wait_until(lambda: patches(story) == 2 and use_of(story, connection).asked == 1)
    assert use_of(story, connection) == used


def patches(story: Story) -> int:
    return sum(one["method"] == "PATCH" for one in story.pluggy.requests())


def test_operations_of_a_fresh_database_are_empty(sqlite_database: Database, clock: ManualClock) -> None:
    found = Operations(sqlite_database, clock).quotas()
    assert (found.calls, found.used_up, found.use.connections, found.month) == ((), (), 0, NOVEMBER)
