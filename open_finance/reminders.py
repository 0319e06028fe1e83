"""Whom to remind of which bank, now. The rules are pure (``personal.reminder_rules``); the rows say what was said before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from open_finance.alerts.settings import AlertSettings, is_quiet
from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.errors import ConnectionNotFoundError
from open_finance.personal.reminder_rules import (
    BEFORE_THE_EVE,
    WAKING_HOURS,
    WARNINGS,
    Due,
    Kind,
    Said,
    due_notice,
    expiry_episode,
    is_waking_hour,
    may_speak,
)
from open_finance.records import Connection
from open_finance.storage import alerts, notices, repository
from open_finance.storage.database import Database, open_database
from open_finance.storage.notices import NoticeRecord

__all__ = ["WAKING_HOURS", "Notice", "Reminder", "Reminders"]

#: A day more than the earliest warning: what counts is the calendar day.
HORIZON = timedelta(days=WARNINGS[-1][0] + 1)


@dataclass(frozen=True, slots=True)
class Notice:
    """What to say of one connection. ``days_left``: until its authorisation ends (0: today), for ``expires_…``. ``since``:
    when it stopped, for ``trouble`` and ``trouble_3`` (the third day after), or was given up, for ``parked``."""

    connection: Connection
    kind: Kind
    episode: str
    days_left: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """One message to one person: troubles first, then what ends soonest."""

    user_id: int
    notices: tuple[Notice, ...]


class Reminders:
    """Decides what to say, and remembers what was said. Sends nothing."""

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def list_due(self, user_id: int | None = None) -> list[Reminder]:
        """What everybody, or one person, is to be told now; nothing outside the waking hours, in a person's own quiet hours,
        or to who wants to hear nothing of banks. Due until ``mark_sent``."""
        now = self._clock.now()
        if not is_waking_hour(now):
            return []
        with self._database.reading() as session:
            candidates = notices.list_candidates(session, now + HORIZON, user_id)
            wishes = alerts.list_wishes(session, {each["user_id"] for each in candidates})
            unwilling = {person for person, wish in wishes.items() if not _would_hear(wish.settings, now)}
            candidates = [each for each in candidates if each["user_id"] not in unwilling]
            past = notices.list_notices(session, {each["user_id"] for each in candidates})
        said: defaultdict[int, list[NoticeRecord]] = defaultdict(list)
        for notice in past:
            said[notice.user_id].append(notice)
        people = groupby(candidates, key=lambda each: each["user_id"])
        reminders = (_reminder(person, list(theirs), said[person], now) for person, theirs in people)
        return [reminder for reminder in reminders if reminder is not None]

    def mark_sent(self, user_id: int, sent: Iterable[Notice]) -> None:
        """Note that a person was told this: not again of this episode, and nothing more today."""
        now = self._clock.now()
        with self._database.writing() as session:
            notices.forget_loose_notices(session, user_id, now)
            for notice in sent:
                told = [(notice.kind, notice.episode)]
                notices.add_notices(session, user_id, notice.connection["id"], told, sent_at=now)

    def remind_only_on_the_eve(self, user_id: int, connection_id: int) -> None:
        """The person knows that this authorisation ends: the next word of it comes on the day before.

        Raises ConnectionNotFoundError; nothing to do where no end is known.
        """
        with self._database.writing() as session:
            connection = repository.find_connection(session, user_id, connection_id)
            if connection is None:
                raise ConnectionNotFoundError("no such connection for this person")
            if connection["consent_expires_at"] is not None:
                episode = expiry_episode(connection["consent_expires_at"])
                unwanted = [(kind, episode) for kind in BEFORE_THE_EVE]
                notices.add_notices(session, user_id, connection_id, unwanted, sent_at=None)


def _would_hear(settings: AlertSettings, now: datetime) -> bool:
    return settings.banks and not is_quiet(settings, now)


def _reminder(user_id: int, candidates: list[Connection], past: list[NoticeRecord], now: datetime) -> Reminder | None:
    """``past``: this person's notices."""
    sent = (each.sent_at for each in past if each.sent_at is not None)
    if not may_speak(sent, now):
        return None
    found = sorted(_notices(candidates, past, now), key=_urgency)
    return Reminder(user_id, tuple(found)) if found else None


def _notices(candidates: Iterable[Connection], past: list[NoticeRecord], now: datetime) -> Iterator[Notice]:
    said: defaultdict[int | None, list[Said]] = defaultdict(list)
    for each in past:
        said[each.connection_id].append(Said(each.kind, each.episode, each.sent_at))
    for connection in candidates:
        due = due_notice(
            connection["consent_expires_at"],
            connection["trouble_at"],
            said[connection["id"]],
            now,
            parked_at=connection["parked_at"],
        )
        if due is not None:
            yield _notice(connection, due)


def _notice(connection: Connection, due: Due) -> Notice:
    return Notice(connection, due.kind, due.episode, due.days_left, due.since)


def _urgency(notice: Notice) -> int:
    return -1 if notice.days_left is None else notice.days_left
