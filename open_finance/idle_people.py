"""People who are not here any more: warned, and then disconnected, where the operator wants it (``IDLE_DAYS``).

The rules are pure (``personal.idle_rules``). A warning goes to the outbox and counts from the day on which its sender was
done with it; the end is the ordinary way out (``connecting.end``): the wish first, then Pluggy, repeated until it confirms.
The history stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from open_finance.alerts.keys import idle_days_of, idle_end_key, idle_key
from open_finance.clock import SAO_PAULO, Clock, SystemClock, local_day, local_midnight
from open_finance.config import Settings, load_settings
from open_finance.connecting.end import ConnectionEnder
from open_finance.personal.idle_rules import SHORTEST, Attempt, End, Warn, first_idle_day, next_step
from open_finance.personal.reminder_rules import WAKING_HOURS, is_waking_hour
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.storage import erasures, outbox, people_seen, repository
from open_finance.storage.database import Database, Session, open_database
from open_finance.storage.outbox import NewNotification, Notification
from open_finance.storage.people_seen import IdleWarning

__all__ = ["SHORTEST", "Farewell", "IdleNotice", "IdlePeople"]

#: Everybody is looked through only so often: what is due is due for a day.
EVERY = timedelta(hours=1)
#: As many as a tick may look at: an end waits for Pluggy.
PEOPLE_A_CALL = 50
#: An older warning is of an idleness that is over.
WARNING_HOLDS = timedelta(days=40)
#: What a sender was done with, be it that the person could not be told.
_ATTEMPTED = frozenset({"sent", "blocked", "refused", "quiet"})


@dataclass(frozen=True, slots=True)
class IdleNotice:
    """A warning as it stands now. ``idle_for``: days since the person was last here; ``days_left``: until ``ends_on``."""

    connections: tuple[Connection, ...]
    idle_for: int
    days_left: int
    ends_on: date


@dataclass(frozen=True, slots=True)
class Farewell:
    """Connections that were ended, and those of them whose end Pluggy has not confirmed. ``idle_for``: days without a word;
    None where the person wanted it."""

    connections: tuple[Connection, ...]
    unconfirmed: tuple[Connection, ...]
    idle_for: int | None = None


@dataclass(frozen=True, slots=True)
class _Idleness:
    """What is due of one person, and the warnings that were written before."""

    seen_on: date
    step: Warn | End
    warnings: tuple[IdleWarning, ...]


class IdlePeople:
    """Thread-safe. ``list_due`` is the tick's; everything else is one person's. Sends nothing."""

    def __init__(
        self,
        client: PluggyClient | None = None,
        database: Database | None = None,
        clock: Clock | None = None,
        *,
        settings: Settings | None = None,
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        settings = settings or load_settings()
        self._clock = clock or SystemClock()
        self._database = database or open_database(settings)
        client = client or PluggyClient(settings, clock=self._clock)
        self._ender = ConnectionEnder(client, self._database, self._clock)
        self._idle_days = settings.idle_days
        self._looked_at: datetime | None = None
        self._waiting: deque[int] = deque()

    # --- being here --------------------------------------------------------------------------------------------------

    def note_seen(self, user_id: int) -> None:
        """The person wrote or tapped: whatever was said of their idleness is over. One write a São Paulo day at most."""
        now = self._clock.now()
        with self._database.writing() as session:
            people_seen.note_seen(session, user_id, now, local_midnight(local_day(now)))

    # --- the tick ----------------------------------------------------------------------------------------------------

    def list_due(self) -> list[int]:
        """Whom to look at now, some at a call; everybody who has a bank is looked through once an hour, in waking hours.
        Each of them is for ``take_step``."""
        now = self._clock.now()
        if not self._waiting and is_waking_hour(now) and self._is_time(now):
            self._waiting.extend(self._look_through(now))
            self._looked_at = now
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), PEOPLE_A_CALL))]

    def take_step(self, user_id: int) -> bool:
        """Write the warning that is due to the outbox, or end the access; True when either was done. May run twice, also at
        the same time: of two, one does it."""
        now = self._clock.now()
        with self._database.reading() as session:
            idleness = self._find_idleness(session, user_id, now)
        if idleness is None:
            return False
        if isinstance(idleness.step, End):
            return bool(self._ender.end_all(user_id, lambda session, all_: self._decide(session, user_id, all_)))
        with self._database.writing() as session:
            idleness = self._find_idleness(session, user_id, now, lock=True)
            if idleness is None or isinstance(idleness.step, End):
                return False
            told = _warning(idleness, idleness.step, self._idle_days, now)
            return outbox.add_notifications(session, user_id, [told], now) > 0

    # --- what is told ------------------------------------------------------------------------------------------------

    def find_warning(self, user_id: int, notification: Notification) -> IdleNotice | None:
        """What a notification of kind ``idle`` has to say now; None when the person has come back, has no bank any more, or
        another warning is due by now."""
        now = self._clock.now()
        today = local_day(now)
        with self._database.reading() as session:
            found = self._find_idleness(session, user_id, now, sending=notification.id)
            standing = _list_standing(session, user_id)
        if found is None or not isinstance(found.step, Warn) or not standing:
            return None
        if notification.key != _key(found, found.step, self._idle_days, sending=notification.id):
            return None
        ends_on = found.step.ends_on
        return IdleNotice(tuple(standing), (today - found.seen_on).days, (ends_on - today).days, ends_on)

    def find_end(self, user_id: int, notification: Notification) -> Farewell | None:
        """What a notification of kind ``idle_end`` has to say now; None when nothing is kept of these banks any more."""
        ended = set(notification.detail.get("connections", ()))
        with self._database.reading() as session:
            kept = [each for each in repository.list_ended_connections(session, user_id) if each["id"] in ended]
            pending = [each for each in repository.list_connections(session, user_id) if each["id"] in ended]
        if not kept and not pending:
            return None
        return Farewell((*kept, *pending), tuple(pending), int(notification.detail["idle_for"]))

    # --- what they answer --------------------------------------------------------------------------------------------

    def list_warned(self, user_id: int, notification_id: int) -> list[Connection]:
        """The connections that a warning is about, as they stand now; none when there is no such warning of the person's, it
        is old, or all of them have left."""
        with self._database.reading() as session:
            return self._list_warned(session, user_id, notification_id)

    def disconnect_now(self, user_id: int, notification_id: int) -> Farewell | None:
        """*Desconectar agora* on a warning: end all of the person's connections, the history kept. None: see
        ``list_warned``."""
        ended = self._ender.end_all(
            user_id, lambda session, _: bool(self._list_warned(session, user_id, notification_id))
        )
        left = tuple(each for each, confirmed in ended if not confirmed)
        return Farewell(tuple(each for each, _ in ended), left) if ended else None

    # --- inside ------------------------------------------------------------------------------------------------------

    def _is_time(self, now: datetime) -> bool:
        return self._looked_at is None or now - self._looked_at >= EVERY

    def _look_through(self, now: datetime) -> list[int]:
        """Also where nobody is ever idle it is known who was here when: an operator may want it otherwise one day."""
        with self._database.writing() as session:
            people_seen.forget_people(session)
            people_seen.add_missing(session, now)
            if self._idle_days == 0:
                return []
            after = first_idle_day(local_day(now), self._idle_days) + timedelta(days=1)
            return people_seen.list_idle(session, local_midnight(after))

    def _find_idleness(
        self, session: Session, user_id: int, now: datetime, *, lock: bool = False, sending: int | None = None
    ) -> _Idleness | None:
        """What is due of a person; None while a warning is on its way, but for the one that is being sent."""
        seen_at = people_seen.find_seen(session, user_id, lock=lock)
        if seen_at is None or erasures.is_being_erased(session, user_id):
            return None
        seen_on = local_day(seen_at)
        warnings = people_seen.list_warnings(session, user_id, seen_on, self._idle_days)
        if any(each.outcome is None and each.id != sending for each in warnings):
            return None
        step = next_step(local_day(now), seen_on, self._idle_days, list(_attempts(warnings)))
        if step is None or not _list_standing(session, user_id):
            return None
        return _Idleness(seen_on, step, tuple(warnings))

    def _decide(self, session: Session, user_id: int, standing: Sequence[Connection]) -> bool:
        """Whether the end is due still, with nobody coming back in between; then it is told, too."""
        now = self._clock.now()
        idleness = self._find_idleness(session, user_id, now, lock=True)
        if idleness is None or not isinstance(idleness.step, End):
            return False
        detail = {
            "connections": [each["id"] for each in standing],
            "idle_for": (local_day(now) - idleness.seen_on).days,
        }
        told = NewNotification(idle_end_key(idleness.seen_on, self._idle_days), "idle_end", detail=detail)
        outbox.add_notifications(session, user_id, [told], now)
        return True

    def _list_warned(self, session: Session, user_id: int, notification_id: int) -> list[Connection]:
        told = outbox.find_notification(session, user_id, notification_id)
        if told is None or told.kind != "idle" or self._clock.now() - told.created_at > WARNING_HOLDS:
            return []
        return [] if erasures.is_being_erased(session, user_id) else _list_standing(session, user_id)


def _list_standing(session: Session, user_id: int) -> list[Connection]:
    return [each for each in repository.list_connections(session, user_id) if not each["disconnecting"]]


def _attempts(warnings: Iterable[IdleWarning]) -> Iterable[Attempt]:
    for each in warnings:
        if each.outcome in _ATTEMPTED and each.settled_at is not None:
            yield Attempt(idle_days_of(each.key), local_day(each.settled_at), each.outcome == "sent")


def _warning(idleness: _Idleness, step: Warn, idle_days: int, now: datetime) -> NewNotification:
    return NewNotification(_key(idleness, step, idle_days), "idle", not_before=_waking(now))


def _key(idleness: _Idleness, step: Warn, idle_days: int, *, sending: int | None = None) -> str:
    written: Collection[IdleWarning] = [each for each in idleness.warnings if each.id != sending]
    again = sum(idle_days_of(each.key) == step.days for each in written)
    return idle_key(idleness.seen_on, idle_days, step.days, again)


def _waking(now: datetime) -> datetime:
    """The next moment at which people are awake."""
    if is_waking_hour(now):
        return now
    here = now.astimezone(SAO_PAULO)
    day = here.date() + timedelta(days=here.hour >= WAKING_HOURS.stop)
    return datetime.combine(day, time(WAKING_HOURS.start), SAO_PAULO).astimezone(UTC)
