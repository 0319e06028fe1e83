"""Where everything stands, for whoever runs this: machine-wide counts and ages, and the switches that all processes obey.

For the machine alone (``operations``, the synchroniser, the inbox), never for a handler. No answer speaks of anybody: they
are numbers, instants, and words of the code. Functions take the session first and never commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, and_, case, delete, func, not_, or_, select, text
from sqlalchemy.orm import Session

from open_finance.storage.alert_models import NotificationRow, WebhookEventRow
from open_finance.storage.models import ConnectionRow, LeaseRow
from open_finance.storage.operation_models import QuotaUseRow, SwitchRow
from open_finance.storage.statements import execute, insert_into

#: Of a connection, the first that is true of it: Pluggy lost its item; it is on its way out; it is being connected; its
#: person must act; it was given up after many failures; its bank is down; we fail to read it; none of these.
State = Literal["gone", "leaving", "connecting", "needs_person", "parked", "bank_down", "failing", "ok"]
STATES: Final[tuple[State, ...]] = (
    "ok",
    "failing",
    "bank_down",
    "parked",
    "needs_person",
    "connecting",
    "leaving",
    "gone",
)
#: The row that says that nothing is read by itself.
SYNC_PAUSED: Final = "sync_paused"


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, and since when the oldest of it does."""

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """All connections that are not over. ``people``: whose they are. ``oldest_read_at``: of those that are ok or failing,
    when the one that was not read for longest was read last. ``due``: how many the schedule owes a reading now, those that
    are being read among them."""

    people: int
    states: Mapping[State, int]
    oldest_read_at: datetime | None
    due: int


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """A month's use of the operational limits. ``connections``: how many banks of people were seen updated. ``always``,
    ``days``, ``weeks``: of the one that used most, by how often a part is asked for (``quotas.Rhythm``). ``updates`` and
    ``asked``: of all of them."""

    connections: int
    always: int
    days: int
    weeks: int
    updates: int
    asked: int


_TROUBLES: Final[tuple[tuple[ColumnElement[bool], str], ...]] = (
    (ConnectionRow.gone_at.is_not(None), "gone"),
    (ConnectionRow.disconnect_requested_at.is_not(None), "leaving"),
    (ConnectionRow.settled_at.is_(None), "connecting"),
    (ConnectionRow.trouble_code.is_not(None), "needs_person"),
    (ConnectionRow.parked_at.is_not(None), "parked"),
    (ConnectionRow.error_code.is_not(None), "bank_down"),
    (ConnectionRow.failing_since.is_not(None), "failing"),
)
#: What should be read, and whose age says something of us; what the schedule tries.
_READ: Final = ("ok", "failing")
_OWED: Final = ("ok", "failing", "bank_down", "parked", "needs_person")


# --- connections -----------------------------------------------------------------------------------------------------


def read_standing(session: Session, now: datetime, slot_at: datetime) -> Standing:
    """One look at every connection. ``slot_at``: the latest slot of the schedule.

    Nearly all are well: those are counted without being sorted, and from the index alone.
    """
    row = ConnectionRow
    oldest, due = (
        func.min(func.coalesce(row.last_synced_at, row.settled_at)),
        func.sum(case((_is_owed(now, slot_at), 1))),
    )
    stands, troubles = row.disconnected_at.is_(None), [condition for condition, _ in _TROUBLES]
    well = session.execute(
        select(func.count(), oldest, due).where(stands, *(not_(condition) for condition in troubles))
    ).one()
    state = case(*_TROUBLES)
    ill = session.execute(
        select(state.label("state"), func.count(), oldest, due).where(stands, or_(*troubles)).group_by(text("state"))
    )
    counts = {"ok": tuple(well), **{name: numbers for name, *numbers in ill}}
    return Standing(
        people=count_people(session),
        states={one: counts[one][0] if one in counts else 0 for one in STATES},
        oldest_read_at=min((counts[one][1] for one in _READ if one in counts and counts[one][1]), default=None),
        due=sum(int(counts[one][2] or 0) for one in _OWED if one in counts),
    )


def count_people(session: Session) -> int:
    """Who has a connection that is not over."""
    people = select(ConnectionRow.user_id).where(ConnectionRow.disconnected_at.is_(None)).distinct().subquery()
    return session.scalar(select(func.count()).select_from(people)) or 0


def _is_owed(now: datetime, slot_at: datetime) -> ColumnElement[bool]:
    row = ConnectionRow
    return and_(
        or_(row.served_slot_at.is_(None), row.served_slot_at < slot_at),
        or_(row.retry_at.is_(None), row.retry_at <= now),
    )


# --- what waits ------------------------------------------------------------------------------------------------------


def read_inbox(session: Session) -> Backlog:
    """What Pluggy told and nobody has worked on."""
    row = WebhookEventRow
    return Backlog(
        *session.execute(select(func.count(), func.min(row.received_at)).where(row.handled_at.is_(None))).one()
    )


def read_outbox(session: Session, now: datetime) -> Backlog:
    """What somebody is to be told by now, and was not."""
    row = NotificationRow
    waiting = and_(row.outcome.is_(None), row.not_before <= now)
    return Backlog(*session.execute(select(func.count(), func.min(row.not_before)).where(waiting)).one())


# --- the machine -----------------------------------------------------------------------------------------------------


def is_lease_held(session: Session, name: str, now: datetime) -> bool:
    """Whether some process has a named right now."""
    held = select(LeaseRow.name).where(LeaseRow.name == name, LeaseRow.holder != "", LeaseRow.expires_at > now)
    return session.scalar(held) is not None


def measure_database(session: Session) -> int:
    """Bytes of the whole database; of a SQLite file without its write-ahead log."""
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages, size = session.scalar(text("PRAGMA page_count")), session.scalar(text("PRAGMA page_size"))
    return int(pages or 0) * int(size or 0)


# --- the banks' monthly limits ---------------------------------------------------------------------------------------


def read_quota_use(session: Session, month: date) -> QuotaUse:
    """The most that one bank was asked for one person's data: several connections of theirs to it share its limits."""
    row: Any = QuotaUseRow
    always = row.updates + row.unanswered
    shared = (
        select(
            func.sum(always).label("always"),
            func.sum(row.days).label("days"),
            func.sum(row.weeks).label("weeks"),
            func.sum(row.updates).label("updates"),
            func.sum(row.asked).label("asked"),
        )
        .where(row.month == month)
        .group_by(row.user_id, row.connector_id)
        .subquery()
    )
    columns = shared.c
    found = session.execute(
        select(
            func.count(),
            *(func.max(columns[name]) for name in ("always", "days", "weeks")),
            *(func.sum(columns[name]) for name in ("updates", "asked")),
        ).select_from(shared)
    ).one()
    return QuotaUse(*(int(number or 0) for number in found))


def count_used_up(session: Session, month: date) -> dict[str, tuple[int, datetime]]:
    """Product → how many connections have used up its month, and since when the first of them has."""
    row = QuotaUseRow
    found = session.execute(
        select(row.used_up, func.count(), func.min(row.used_up_at))
        .where(row.month == month, row.used_up.is_not(None))
        .group_by(row.used_up)
    )
    counts: dict[str, tuple[int, datetime]] = {}
    for names, number, since in found:
        if names is None or since is None:
            continue
        for name in names.split(","):
            before = counts.get(name, (0, since))
            counts[name] = (before[0] + number, min(before[1], since))
    return counts


# --- switches --------------------------------------------------------------------------------------------------------


def sync_paused_since(session: Session) -> datetime | None:
    """Since when nothing is read by itself; None: it is."""
    return session.scalar(select(SwitchRow.since).where(SwitchRow.name == SYNC_PAUSED))


def pause_sync(session: Session, now: datetime) -> None:
    """From now on nothing is read by itself, in any process. One that is paused stays so since it was."""
    session.execute(insert_into(session, SwitchRow).values(name=SYNC_PAUSED, since=now).on_conflict_do_nothing())


def resume_sync(session: Session) -> bool:
    """What is due is read again. False: it was not paused."""
    return execute(session, delete(SwitchRow).where(SwitchRow.name == SYNC_PAUSED)) == 1
