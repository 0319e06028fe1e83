"""What a person wants to be told, and of what they said that it is theirs. As in ``ledger``: the session first and the
person second, only that person's rows, and nothing is committed. ``list_wishes`` and ``list_summary_wishes``, of several
people, are the ticks'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from open_finance.alerts.settings import DEFAULTS, AlertSettings, dump, load
from open_finance.storage.alert_models import AlertSettingsRow, QuietPatternRow
from open_finance.storage.statements import batches, execute, insert_into


class Wishes(NamedTuple):
    """``blocked_at``: since when the person has the bot blocked; ``summary_on``: the day of the last summary."""

    settings: AlertSettings = DEFAULTS
    blocked_at: datetime | None = None
    summary_on: date | None = None


def find_wishes(session: Session, user_id: int, *, lock: bool = False) -> Wishes:
    """What a person wants to be told; what everybody begins with where they have chosen nothing. ``lock``: who reads them in
    order to change them."""
    columns = (AlertSettingsRow.settings, AlertSettingsRow.blocked_at, AlertSettingsRow.summary_on)
    query = select(*columns).where(AlertSettingsRow.user_id == user_id)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return Wishes() if row is None else Wishes(load(row.settings), row.blocked_at, row.summary_on)


def list_wishes(session: Session, people: Iterable[int]) -> dict[int, Wishes]:
    """What these people want to be told; who has chosen nothing is left out."""
    columns = (
        AlertSettingsRow.user_id,
        AlertSettingsRow.settings,
        AlertSettingsRow.blocked_at,
        AlertSettingsRow.summary_on,
    )
    found: dict[int, Wishes] = {}
    for batch in batches(people):
        rows = session.execute(select(*columns).where(AlertSettingsRow.user_id.in_(batch)))
        found |= {row.user_id: Wishes(load(row.settings), row.blocked_at, row.summary_on) for row in rows}
    return found


def list_summary_wishes(session: Session, today: date) -> list[tuple[int, Wishes]]:
    """``(user_id, wishes)`` of everybody who wants summaries, has not blocked the bot, and has none of ``today`` yet."""
    wants = AlertSettingsRow.settings["summary"].as_string().is_not(None)  # the default, none, is not stored
    lacks = or_(AlertSettingsRow.summary_on.is_(None), AlertSettingsRow.summary_on < today)
    columns = (AlertSettingsRow.user_id, AlertSettingsRow.settings, AlertSettingsRow.summary_on)
    query = select(*columns).where(wants, lacks, AlertSettingsRow.blocked_at.is_(None))
    rows = session.execute(query.order_by(AlertSettingsRow.user_id))
    return [(row.user_id, Wishes(load(row.settings), None, row.summary_on)) for row in rows]


def save_settings(session: Session, user_id: int, settings: AlertSettings) -> None:
    """Write what a person wants to be told."""
    _write(session, user_id, {"settings": dump(settings)})


def note_blocked(session: Session, user_id: int, at: datetime | None) -> None:
    """The person has blocked the bot, or (None) writes to it again."""
    if at is not None:
        _write(session, user_id, {"blocked_at": at})
        return
    known = (AlertSettingsRow.user_id == user_id, AlertSettingsRow.blocked_at.is_not(None))
    execute(session, update(AlertSettingsRow).where(*known).values(blocked_at=None))


def list_blocked(session: Session) -> frozenset[int]:
    """Everybody who has the bot blocked."""
    return frozenset(session.scalars(select(AlertSettingsRow.user_id).where(AlertSettingsRow.blocked_at.is_not(None))))


def note_summary(session: Session, user_id: int, day: date) -> None:
    """The summary of a day was made, or there was nothing to say in it."""
    _write(session, user_id, {"summary_on": day})


def add_quiet_pattern(session: Session, user_id: int, pattern: str, now: datetime) -> None:
    """The person said *Fui eu* of a pattern of spending."""
    row = insert_into(session, QuietPatternRow).values(user_id=user_id, pattern=pattern, created_at=now)
    session.execute(row.on_conflict_do_nothing())


def list_quiet_patterns(session: Session, user_id: int) -> frozenset[str]:
    """The patterns of which the person said *Fui eu*."""
    return frozenset(session.scalars(select(QuietPatternRow.pattern).where(QuietPatternRow.user_id == user_id)))


def remove_quiet_patterns(session: Session, user_id: int, patterns: Iterable[str]) -> int:
    """*Fui eu* is taken back. Returns of how many patterns it was."""
    owned = QuietPatternRow.user_id == user_id
    return sum(
        execute(session, delete(QuietPatternRow).where(owned, QuietPatternRow.pattern.in_(batch)))
        for batch in batches(patterns)
    )


def _write(session: Session, user_id: int, values: Mapping[str, Any]) -> None:
    row = insert_into(session, AlertSettingsRow).values(**{"user_id": user_id, "settings": {}, **values})
    session.execute(row.on_conflict_do_update(index_elements=[AlertSettingsRow.user_id], set_=dict(values)))
